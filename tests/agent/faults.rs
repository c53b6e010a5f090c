//! What does not answer, lies, comes in front, or is somebody else.

use crate::lives::afterwards;
use crate::town::{Process, Town};
use gpu_lease_agent::meter::CardReading;
use gpu_lease_agent::plan::{Plan, Refusal};
use gpu_lease_tests::prelude::*;

fn refusals(process: &mut Process) -> Vec<Refusal> {
    let (_, plan) = process.machine().newest();
    plan.refusals.into_iter().map(|(_, why)| why).collect()
}

/// A lease that has run for a while.
fn running(town: &Town, process: &mut Process, duration: u32) -> LeaseKey {
    let lease = town.open(|request| request.duration = duration);
    process.seconds(20);
    assert_eq!(town.world().lease(&lease).state, LeaseState::Active);
    lease
}

#[test]
fn a_node_that_is_gone_for_an_hour_costs_no_unit_and_ends_no_lease() {
    let town = Town::new(|terms| terms.heartbeat_timeout = 7_200);
    let mut process = Process::new(&town);
    let lease = running(&town, &mut process, 4_000);
    town.outside().is_node_down = true;
    for _ in 0..3_600 {
        process.second();
        assert!(town.outside().instances.values().all(|instance| instance.is_running));
        assert_eq!(town.open_doors(), 1);
    }
    town.outside().is_node_down = false;
    process.seconds(420);
    assert_eq!(town.units(&lease), 4 * 4_000);
    afterwards(&mut process);
    process.assert_clean();
}

#[test]
fn an_agent_that_dies_while_the_node_is_gone_keeps_what_it_sampled() {
    let town = Town::new(|terms| terms.heartbeat_timeout = 7_200);
    let mut process = Process::new(&town);
    let lease = running(&town, &mut process, 1_000);
    town.outside().is_node_down = true;
    process.seconds(300);
    process.kill();
    process.seconds(300);
    town.outside().is_node_down = false;
    process.seconds(420);
    assert_eq!(town.units(&lease), 4 * 1_000);
}

#[test]
fn a_node_that_leaves_leases_out_ends_none_of_them() {
    let town = Town::new(|terms| terms.heartbeat_timeout = 7_200);
    let mut process = Process::new(&town);
    let lease = running(&town, &mut process, 600);
    town.outside().is_node_lying = true;
    process.seconds(300);
    assert_eq!(town.outside().instances.values().filter(|instance| instance.is_running).count(), 1);
    // Even a container that has ended is started again.
    town.outside().instances.values_mut().for_each(|instance| instance.is_running = false);
    process.seconds(3);
    assert_eq!(town.outside().instances.values().filter(|instance| instance.is_running).count(), 1);
    town.outside().is_node_lying = false;
    process.seconds(320);
    assert_eq!(town.units(&lease), 4 * 600);
}

#[test]
fn an_engine_that_does_not_answer_stops_the_count_and_ends_no_lease() {
    let town = Town::new(|_| {});
    let mut process = Process::new(&town);
    let lease = running(&town, &mut process, 600);
    town.outside().is_engine_down = true;
    process.seconds(100);
    town.outside().is_engine_down = false;
    assert_eq!(town.outside().instances.len(), 1);
    process.seconds(520);
    // Of the seconds on both sides of the outage, one each is not bracketed by good samples.
    let lost = 4 * 600 - town.units(&lease);
    assert!((4 * 100..=4 * 102).contains(&lost), "{lost}");
    afterwards(&mut process);
    process.assert_clean();
}

#[test]
fn a_card_that_falls_off_the_bus_stops_the_count_and_is_given_to_nobody() {
    let town = Town::new(|_| {});
    let mut process = Process::new(&town);
    let lease = running(&town, &mut process, 300);
    let card = process.machine().notebook().book().entries.values().next().unwrap().cards[2].clone();
    let lost = CardReading { xids: vec![79], ..CardReading::SOUND };
    town.outside().cards.insert(card.clone(), lost);
    process.seconds(300);
    let units = town.units(&lease);
    assert!((4 * 5..=4 * 20).contains(&units), "{units}");
    afterwards(&mut process);
    process.assert_clean();

    // The other seven are rented out again; eight are not there any more.
    town.open(|request| (request.nonce, request.gpus, request.deposit) = (1, 8, 8 * 12 * 2_500_000));
    process.seconds(3);
    assert_eq!(refusals(&mut process), [Refusal::NoCards]);
}

#[test]
fn a_lease_that_is_cancelled_in_front_of_its_start_leaves_nothing() {
    for after in 1..8 {
        let town = Town::new(|_| {});
        let mut process = Process::new(&town);
        let lease = town.open(|_| {});
        process.seconds(after);
        let is_pending = town.world().lease(&lease).state == LeaseState::Pending;
        if !is_pending {
            assert!(after >= 4, "{after}");
            continue;
        }
        town.world().cancel(&lease, lease.renter).ok();
        process.seconds(70);
        process.assert_clean();
        assert_eq!(town.world().money(&lease.renter), WEALTH);
    }
}

#[test]
fn an_empty_bond_account_takes_nothing_on_until_it_is_filled() {
    let town = Town::new(|_| {});
    let mut process = Process::new(&town);
    let all = {
        let world = town.world();
        world.balance(&world.bond_account())
    };
    town.world().withdraw_bond(all).ok();
    let lease = town.open(|_| {});
    process.seconds(5);
    assert_eq!(refusals(&mut process), [Refusal::NoBond]);
    assert!(town.outside().instances.is_empty());
    let bond = {
        let lease = town.world().lease(&lease);
        lease.terms.bond(lease.gpus).unwrap()
    };
    town.world().pay_bond_in(bond - 1);
    process.seconds(5);
    assert_eq!(refusals(&mut process), [Refusal::NoBond]);
    town.world().pay_bond_in(1);
    process.seconds(20);
    assert_eq!(town.world().lease(&lease).state, LeaseState::Active);
}

#[test]
fn of_two_machines_that_serve_one_offer_one_has_the_lease() {
    let town = Town::new(|_| {});
    let (mut first, mut second) = (Process::named("first", &town), Process::named("second", &town));
    // The outside is one: give the second machine an engine of its own.
    second.town = town.elsewhere();
    let lease = town.open(|request| request.duration = 200);
    second.town.outside().leases.push(lease.address);
    for _ in 0..30 {
        first.second();
        second.town.outside().leases.clone_from(&town.outside().leases);
        second.sample();
        second.round();
    }
    assert_eq!(town.world().lease(&lease).state, LeaseState::Active);
    let running = |process: &Process| process.town.outside().instances.len();
    assert_eq!(running(&first) + running(&second), 1);
    let (loser, winner) = match running(&first) {
        0 => (&mut first, &mut second),
        _ => (&mut second, &mut first),
    };
    loser.assert_clean();
    winner.seconds(200);
    assert_eq!(town.units(&lease), 4 * 200);
}

#[test]
fn a_machine_that_the_signer_does_not_know_starts_nothing() {
    let town = Town::new(|_| {});
    let mut process = Process::new(&town);
    process.served_by = vec!["another"];
    let lease = town.open(|_| {});
    process.seconds(30);
    assert_eq!(town.world().lease(&lease).state, LeaseState::Pending);
    assert_eq!(town.open_doors(), 0);
    // And gives up when it is too late.
    process.skip(600);
    process.seconds(70);
    process.assert_clean();
}

#[test]
fn renters_that_are_not_wanted_are_not_served() {
    let town = Town::new(|_| {});
    let renter = town.world().people.renter.pubkey().to_string();
    let policies: [fn(&mut Process, String); 3] = [
        |process, renter| _ = process.policy.refused.insert(renter),
        |process, _| _ = process.policy.allowed.insert("somebody else".to_owned()),
        |process, _| process.policy.leases_per_renter = 0,
    ];
    town.open(|_| {});
    for (policy, why) in policies.into_iter().zip([Refusal::Renter, Refusal::Renter, Refusal::TooMany]) {
        let mut process = Process::new(&town);
        policy(&mut process, renter.clone());
        process.seconds(2);
        assert_eq!(refusals(&mut process), [why]);
    }
}

#[test]
fn nobody_is_sent_credentials_that_everybody_can_read() {
    let town = Town::new(|_| {});
    let mut process = Process::new(&town);
    town.open(|request| request.access_key = [0; 32]);
    process.seconds(2);
    assert_eq!(refusals(&mut process), [Refusal::WeakKey]);
}

#[test]
fn a_bond_above_what_the_deposit_allows_is_not_risked() {
    let town = Town::new(|terms| terms.bond_hours = 24);
    let mut process = Process::new(&town);
    // Half of the day is paid, and the bond is for all of it.
    town.open(|_| {});
    process.seconds(2);
    assert_eq!(refusals(&mut process), [Refusal::LargeBond]);
    process.policy.most_bond_percent = 200;
    process.kill();
    process.seconds(1);
    assert_eq!(
        process.machine().newest().1,
        Plan { accepted: process.machine().newest().1.accepted, ..Plan::default() }
    );
}

#[test]
fn the_leases_of_one_renter_hold_no_more_bonds_than_they_may() {
    for (less, refused) in [(1, vec![Refusal::RenterBonds]), (0, vec![]), (-1, vec![])] {
        let town = Town::new(|_| {});
        let mut process = Process::new(&town);
        let leases = [0, 1].map(|nonce| town.open(|request| request.nonce = nonce));
        let (mint, bond) = {
            let lease = town.world().lease(&leases[0]);
            (lease.terms.mint.to_string(), i64::try_from(lease.terms.bond(lease.gpus).unwrap()).unwrap())
        };
        process.policy.bond_per_renter = [(mint, (2 * bond - less).unsigned_abs())].into();
        process.seconds(3);
        assert_eq!(refusals(&mut process), refused);
        if less == 1 {
            // A node that does not tell of what there is makes nobody lucky.
            town.outside().is_node_down = true;
            process.seconds(2);
            town.outside().is_node_down = false;
            process.seconds(20);
            assert_eq!(refusals(&mut process), refused);
            assert_eq!(process.machine().notebook().book().entries.len(), 1);
        }
    }
}

#[test]
fn a_dispute_ends_the_lease_on_the_machine_and_keeps_its_workspace() {
    let town = Town::new(|terms| terms.heartbeat_timeout = 300);
    let mut process = Process::new(&town);
    let lease = running(&town, &mut process, 3_600);
    process.seconds(120);
    let claimed = town.units(&lease);
    assert!(claimed >= 4 * 90, "{claimed}");
    town.world().dispute(&lease, claimed / 2).ok();
    process.seconds(20);
    assert_eq!(town.outside().wiped.len(), 4);
    assert_eq!(town.outside().workspaces.len(), 1);
    assert_eq!(town.world().lease(&lease).dispute.provider_units, claimed);
}

#[test]
fn a_later_configuration_does_not_touch_what_runs() {
    let town = Town::new(|_| {});
    let mut process = Process::new(&town);
    let lease = running(&town, &mut process, 200);
    process.policy.offers.values_mut().for_each(|served| served.image = "another".to_owned());
    process.kill();
    process.seconds(200);
    assert!(town.outside().instances.values().all(|instance| instance.spec.image == "image"));
    assert_eq!(town.units(&lease), 4 * 200);
}

#[test]
fn a_start_that_a_fork_undoes_comes_again_and_counts_from_then_on() {
    let town = Town::new(|_| {});
    let mut process = Process::new(&town);
    let lease = town.open(|request| request.duration = 100);
    let before = town.world().clone();
    process.seconds(20);
    assert_eq!(town.world().lease(&lease).state, LeaseState::Active);
    let now = town.world().now();
    *town.world() = before;
    town.world().set_time(now);
    process.seconds(140);
    let meter = town.world().lease(&lease).meter;
    assert!(town.world().lease(&lease).started_at > now);
    assert_eq!(meter.latest.units, 4 * 100);
    afterwards(&mut process);
    process.assert_clean();
}

#[test]
fn a_statement_that_a_fork_undoes_is_sent_again() {
    let town = Town::new(|terms| terms.heartbeat_timeout = 300);
    let mut process = Process::new(&town);
    let lease = running(&town, &mut process, 1_000);
    let before = town.world().clone();
    process.seconds(130);
    let stated = town.units(&lease);
    assert!(stated > 0);
    let now = town.world().now();
    *town.world() = before;
    town.world().set_time(now);
    assert_eq!(town.units(&lease), 0);
    process.seconds(30);
    assert!(town.units(&lease) >= stated);
    process.seconds(1_000);
    assert_eq!(town.units(&lease), 4 * 1_000);
}

#[test]
fn one_renter_is_served_at_a_time_unless_the_provider_lets_in_more() {
    let town = Town::new(|_| {});
    let mut process = Process::new(&town);
    let sponsor = town.world().people.sponsor.pubkey();
    town.world().join(sponsor).ok();
    let open_as_another = |nonce| {
        let swap = || {
            let mut world = town.world();
            let people = &mut world.people;
            std::mem::swap(&mut people.renter, &mut people.sponsor);
        };
        swap();
        let lease = town.open(|request| (request.nonce, request.gpus, request.duration) = (nonce, 2, 300));
        swap();
        lease
    };
    let first = town.open(|request| (request.gpus, request.duration) = (2, 120));
    process.seconds(10);
    open_as_another(1);
    // The same renter may have another one beside it.
    town.open(|request| (request.nonce, request.gpus, request.duration) = (2, 2, 120));
    process.seconds(10);
    assert_eq!(refusals(&mut process), [Refusal::OtherRenters]);
    assert_eq!(process.machine().notebook().book().entries.len(), 2);

    // When the first renter's cards are wiped, the next one's turn has come.
    process.seconds(140);
    assert_ne!(town.world().phase(&first), Phase::Running);
    assert_eq!(refusals(&mut process), []);
    assert_eq!(process.machine().notebook().book().entries.len(), 3);

    process.policy.renters_at_once = 2;
    process.kill();
    town.open(|request| (request.nonce, request.gpus, request.duration) = (3, 2, 120));
    process.seconds(10);
    assert_eq!(refusals(&mut process), []);
}
