//! Lives of leases that nobody touches.

use crate::town::{GRACE, Process, Town};
use gpu_lease_agent::machine::Pass;
use gpu_lease_agent::plan::{Access, OnChain, Refusal, Wish};
use gpu_lease_tests::prelude::*;

/// Everything after the end: the grace hour, in which claims mature; the close; and the workspace's grace.
pub fn afterwards(process: &mut Process) {
    process.skip(3_601);
    process.seconds(6);
    process.skip(GRACE);
    process.seconds(12);
}

#[test]
fn a_lease_is_started_metered_stated_collected_closed_and_cleaned_up() {
    let town = Town::new(|_| {});
    let mut process = Process::new(&town);
    let lease = town.open(|request| request.duration = 300);

    // Rented, and seconds later somebody could log in.
    process.seconds(8);
    let life = process.machine().notebook().book().entries.keys().next().cloned().unwrap();
    assert_eq!(town.world().lease(&lease).state, LeaseState::Active);
    assert_eq!(town.outside().doors[&life].door.access, Access::Open);

    // All of it was delivered and stated.
    process.seconds(330);
    assert_eq!(town.units(&lease), 4 * 300);
    assert_eq!(town.outside().doors[&life].door.access, Access::Files);
    assert_eq!(town.outside().wiped.len(), 4);

    // What is due is collected when nobody can dispute it any more, and the rest goes back.
    process.skip(3_601);
    process.seconds(5);
    assert!(!town.world().exists(&lease.address));
    let price = 300 * 4 * 2_500_000 / 3_600;
    assert_eq!(town.world().money(&lease.renter), WEALTH - price);

    // The workspace outlasts it for as long as was promised, and then there is nothing.
    assert_eq!(town.outside().workspaces.len(), 1);
    process.skip(GRACE);
    process.seconds(10);
    process.assert_clean();
}

#[test]
fn a_lease_is_known_until_it_is_closed_however_short_its_files_are_kept() {
    let town = Town::new(|_| {});
    let mut process = Process::new(&town);
    process.policy.grace = 60;
    let lease = town.open(|request| request.duration = 300);
    process.seconds(330);
    process.skip(60);
    process.seconds(10);
    assert!(town.outside().workspaces.is_empty());
    assert_eq!(process.machine().notebook().book().entries.len(), 1);
    process.skip(3_601);
    process.seconds(10);
    assert!(!town.world().exists(&lease.address));
    process.assert_clean();
}

#[test]
fn an_agent_that_comes_back_too_late_to_state_anything_closes_all_the_same() {
    let town = Town::new(|_| {});
    let mut process = Process::new(&town);
    let lease = town.open(|request| request.duration = 300);
    process.seconds(100);
    process.kill();
    process.skip(200 + 3_700);
    process.seconds(10);
    assert!(!town.world().exists(&lease.address));
    process.skip(GRACE);
    process.seconds(10);
    process.assert_clean();
}

#[test]
fn two_leases_share_the_cards_and_a_third_waits_for_them() {
    let town = Town::new(|_| {});
    let mut process = Process::new(&town);
    let open = |nonce| {
        town.open(|request| {
            request.nonce = nonce;
            request.duration = 120;
            request.start_deadline += 10_000;
        })
    };
    let leases: Vec<_> = (0..3).map(open).collect();
    let states = |town: &Town| {
        let world = town.world();
        leases
            .iter()
            .map(|it| world.exists(&it.address).then(|| world.lease(it).state.into()))
            .collect::<Vec<_>>()
    };
    process.seconds(15);
    let running = states(&town).into_iter().filter(|state| *state == Some(LeaseState::Active)).count();
    assert_eq!(running, 2);
    let (_, plan) = process.machine().newest();
    assert_eq!(plan.refusals.iter().map(|(_, why)| *why).collect::<Vec<_>>(), [Refusal::NoCards]);

    // Its start is refused until the others are closed, and is tried every minute.
    process.seconds(140);
    process.skip(3_601);
    process.seconds(70);
    let mut left = states(&town);
    left.sort_by_key(Option::is_some);
    assert_eq!(left, [None, None, Some(LeaseState::Active)]);
    process.seconds(140);
    afterwards(&mut process);
    process.assert_clean();
    assert_eq!(town.outside().wiped.len(), 3 * 4);
}

#[test]
fn a_workspace_and_its_container_are_as_before_when_the_machine_was_rebooted() {
    let town = Town::new(|_| {});
    let mut process = Process::new(&town);
    let lease = town.open(|request| request.duration = 300);
    process.seconds(100);

    // The machine is gone for half a minute; its engine brings no container back by itself.
    process.kill();
    town.outside().instances.values_mut().for_each(|instance| instance.is_running = false);
    process.skip(30);
    (process.at, process.boot) = (5_000, "second".to_owned());
    process.seconds(250);

    let units = town.units(&lease);
    let lost = 4 * 300 - units;
    assert!((4 * 30..=4 * 34).contains(&lost), "{lost}");
    afterwards(&mut process);
    process.assert_clean();
}

#[test]
fn a_tenant_that_ends_its_container_gets_it_back_and_no_credit() {
    let town = Town::new(|_| {});
    let mut process = Process::new(&town);
    let lease = town.open(|request| request.duration = 120);
    for _ in 0..160 {
        process.second();
        if town.world().now() % 7 == 0 {
            let mut outside = town.outside();
            let is_open = |(_, pass): &(_, &Pass)| pass.door.access == Access::Open;
            let open: Vec<_> = outside.doors.iter().filter(is_open).map(|(life, _)| life.clone()).collect();
            open.iter().for_each(|life| outside.instances.get_mut(life).unwrap().is_running = false);
        }
    }
    assert_eq!(town.units(&lease), 4 * 120);
}

#[test]
fn the_last_statement_is_about_the_very_end_however_short_the_lease() {
    let town = Town::new(|_| {});
    let mut process = Process::new(&town);
    let lease = town.open(|request| request.duration = MIN_DURATION);
    process.seconds(MIN_DURATION + 30);
    let meter = town.world().lease(&lease).meter;
    assert_eq!((meter.window_end, meter.latest.units), (town.world().lease(&lease).ends_at, 4 * 60));
}

#[test]
fn a_lease_whose_deposit_is_used_up_stops_and_goes_on_after_a_top_up() {
    let town = Town::new(|_| {});
    let mut process = Process::new(&town);
    process.policy.most_bond_percent = 200;
    let hour = 4 * 2_500_000;
    let lease = town.open(|request| (request.deposit, request.duration) = (hour, 7_200));
    process.seconds(10);
    process.skip(3_601);
    process.seconds(5);
    let running = |town: &Town| town.outside().instances.values().map(|it| it.is_running).collect::<Vec<_>>();
    assert_eq!(running(&town), [false]);
    assert_eq!(town.open_doors(), 0);

    town.world().top_up(&lease, hour).ok();
    process.seconds(10);
    assert_eq!(running(&town), [true]);
    assert_eq!(town.open_doors(), 1);
}

#[test]
fn an_address_that_is_opened_again_has_a_door_of_its_newest_life_and_keeps_both_workspaces() {
    let town = Town::new(|_| {});
    let mut process = Process::new(&town);
    let lease = town.open(|request| request.duration = MIN_DURATION);
    process.seconds(MIN_DURATION + 30);
    process.skip(3_601);
    process.seconds(6);
    assert!(!town.world().exists(&lease.address));

    let again = town.open(|request| request.duration = 300);
    assert_eq!(again.address, lease.address);
    process.seconds(20);
    let opened_slot = town.world().lease(&again).opened_slot;
    let doors: Vec<_> = town.outside().doors.keys().map(|life| life.opened_slot).collect();
    assert_eq!(doors, [opened_slot]);
    assert_eq!(town.outside().workspaces.len(), 2);

    // Each is destroyed in its own time.
    process.seconds(320);
    afterwards(&mut process);
    process.assert_clean();
}

#[test]
fn a_machine_that_lost_its_book_leaves_what_runs_alone_and_cleans_up_what_is_over() {
    let town = Town::new(|_| {});
    let mut process = Process::new(&town);
    let lease = town.open(|request| request.duration = 300);
    process.seconds(100);
    // Another process, with a store that knows nothing.
    let mut process = Process::new(&town);
    process.seconds(60);
    assert_eq!(town.outside().instances.values().filter(|instance| instance.is_running).count(), 1);
    assert_eq!(town.open_doors(), 1);

    process.skip(3_901);
    town.world().close(&lease).ok();
    process.seconds(10);
    process.assert_clean();
}

#[test]
fn a_lease_that_has_ended_goes_on_until_its_last_second_is_known_but_not_for_long() {
    let town = Town::new(|_| {});
    let mut process = Process::new(&town);
    let lease = town.open(|request| request.duration = MIN_DURATION);
    process.seconds(30);
    let book = process.machine().notebook().book();
    let (entry, record) = (book.entries.values().next().unwrap(), book.records.values().next().unwrap());
    let context = town.world().context(&lease);
    let wish = |now| Wish::of(entry, &OnChain::There(Box::new(context)), Some(record), now);
    assert!(record.until() < context.ends_at);
    for (after, cards, access) in
        [(-1, 4, Access::Open), (0, 4, Access::Files), (9, 4, Access::Files), (10, 0, Access::Files)]
    {
        let wish = wish(context.ends_at + after);
        assert_eq!((wish.cards, wish.door.map(|door| door.access)), (cards, Some(access)), "{after}");
    }
}
