//! What a provider is told of the leases on its machine.

use crate::town::{Process, Town};
use gpu_lease_agent::plan::Access;
use gpu_lease_agent::status::{LeaseState, LeaseStatus, Status};

fn status(process: &mut Process) -> Status {
    let machine = process.machine();
    Status::of(&machine.newest().0, &machine.notebook().book())
}

fn only(process: &mut Process) -> LeaseStatus {
    let Status { leases, .. } = status(process);
    let [lease] = leases.try_into().unwrap();
    lease
}

#[test]
fn a_provider_sees_what_a_lease_is_at_from_its_preparation_until_its_files_are_gone() {
    let town = Town::new(|_| {});
    let mut process = Process::new(&town);
    process.round();
    assert_eq!(status(&mut process).table(), "no lease is on this machine\n");

    let lease = town.open(|request| request.duration = 300);
    process.round();
    process.round();
    let seen = only(&mut process);
    assert_eq!(
        (seen.lease.as_str(), seen.opened_slot),
        (&*lease.address.to_string(), town.world().lease(&lease).opened_slot)
    );
    assert_eq!((seen.state, seen.delivered, seen.attested_until), (LeaseState::Preparing, 0, None));
    assert_eq!((seen.offer.is_some(), seen.cards.len()), (true, 4));

    process.seconds(100);
    let seen = only(&mut process);
    assert_eq!((seen.state, seen.login), (LeaseState::Running, Some(Access::Open)));
    assert!((4 * 80..=4 * 100).contains(&seen.delivered), "{}", seen.delivered);

    // A node that is silent makes nothing of it look gone.
    town.outside().is_node_down = true;
    process.round();
    assert_eq!(only(&mut process).state, LeaseState::Unknown);
    town.outside().is_node_down = false;

    process.seconds(240);
    let seen = only(&mut process);
    assert_eq!((seen.state, seen.login), (LeaseState::Kept, Some(Access::Files)));
    assert_eq!((seen.cards.len(), seen.delivered), (0, 4 * 300));
    assert_eq!(seen.attested_until, Some(town.world().lease(&lease).ends_at));
    let table = status(&mut process).table();
    let row = table.lines().nth(1).unwrap();
    assert!(row.starts_with(&lease.address.to_string()) && row.contains("  kept until 20"), "{table}");
}
