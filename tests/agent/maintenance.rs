//! Work on a machine that its provider announces.

use crate::town::{Process, Town, answer};
use gpu_lease_agent::maintenance::Maintenance;
use gpu_lease_agent::meter::Cause;
use gpu_lease_agent::plan::{Access, Refusal, life_of};
use gpu_lease_agent::status::Status;

#[test]
fn announced_work_takes_nothing_on_stops_nothing_and_says_why_something_is_missing() {
    let town = Town::new(|terms| terms.heartbeat_timeout = 300);
    let mut process = Process::new(&town);
    let lease = town.open(|request| request.duration = 300);
    process.seconds(50);
    let life = life_of(&town.world().context(&lease));
    process.notice().announce(&Maintenance::new("new fans", None).unwrap()).unwrap();

    // What runs goes on, and counts.
    town.open(|request| request.nonce = 1);
    process.seconds(20);
    let (observed, plan) = process.machine().newest();
    assert_eq!(plan.refusals.iter().map(|(_, why)| *why).collect::<Vec<_>>(), [Refusal::Maintenance]);
    let note = "The provider works on this machine: new fans";
    let door = town.outside().doors[&life].door.clone();
    assert_eq!((door.access, door.note.as_str()), (Access::Open, note));
    let status = Status::of(&observed, &process.machine().notebook().book());
    assert_eq!(status.table().lines().next(), Some(note));
    let asked = br#"{"jsonrpc":"2.0","id":1,"method":"state"}"#;
    let answer = answer(process.machine(), &life, asked);
    assert_eq!(answer["result"]["maintenance"]["reason"], "new fans");

    // What is missing is missing for this reason, also for an agent that began again.
    process.kill();
    town.outside().is_engine_down = true;
    process.seconds(20);
    town.outside().is_engine_down = false;
    process.seconds(10);
    process.notice().end().unwrap();
    process.seconds(2);
    assert_eq!(town.outside().doors[&life].door.note, "");
    assert_eq!(town.outside().instances.len(), 2);
    process.seconds(250);
    let record = process.machine().notebook().book().records[&life].clone();
    let ends_at = town.world().lease(&lease).ends_at;
    let missing: Vec<_> = record.at_hand().filter(|row| row.cause.is_some() && row.from < ends_at).collect();
    assert_eq!(missing.iter().map(|row| row.cause).collect::<Vec<_>>(), [Some(Cause::Maintenance)]);
    assert_eq!(town.units(&lease), 4 * 300 - missing[0].gpu_seconds());
    assert!((4 * 20..=4 * 22).contains(&missing[0].gpu_seconds()));
}
