//! Leases that end otherwise than they were to, and what comes in front of what the agent does.

use crate::lives::afterwards;
use crate::town::{GRACE, Process, Town};
use gpu_lease_agent::meter::{CardReading, Record};
use gpu_lease_agent::plan::{Access, life_of};
use gpu_lease_client::attestation::SignedAttestation;
use gpu_lease_tests::prelude::*;

const PRICE: u64 = 2_500_000;

/// Base units that four GPUs cost for three minutes, exactly.
const THREE_MINUTES: u64 = 4 * 180 * PRICE / 3_600;

fn town() -> (Town, Process) {
    let town = Town::new(|terms| (terms.heartbeat_timeout, terms.notice) = (300, 60));
    let mut process = Process::new(&town);
    process.policy.most_bond_percent = 1_000_000;
    process.policy.leave_after = 120;
    (town, process)
}

/// A lease that has run for a moment.
fn running(town: &Town, process: &mut Process, change: impl FnOnce(&mut LeaseRequest)) -> LeaseKey {
    let lease = town.open(|request| {
        request.duration = 3_600;
        change(request);
    });
    process.seconds(10);
    assert_eq!(town.world().lease(&lease).state, LeaseState::Active);
    lease
}

/// One whose deposit is just used up.
fn exhausted(town: &Town, process: &mut Process) -> LeaseKey {
    let lease = running(town, process, |request| request.deposit = THREE_MINUTES);
    process.seconds(190);
    assert_eq!(phase(town, &lease), Phase::Exhausted);
    lease
}

fn phase(town: &Town, lease: &LeaseKey) -> Phase {
    let world = town.world();
    world.lease(lease).phase(world.moment())
}

fn record(process: &mut Process) -> Record {
    process.machine().notebook().book().records.into_values().next().unwrap()
}

fn runs(town: &Town) -> bool {
    town.outside().instances.values().any(|it| it.is_running && !it.spec.cards.is_empty())
}

/// What landed of what was signed: windows and units.
fn statements(town: &Town) -> Vec<(i64, u64)> {
    let outside = town.outside();
    let signed = outside.sent.iter().filter_map(|it| SignedAttestation::from_instruction((), &it.data).ok());
    signed.map(|it| (it.message().window_end.get(), it.message().gpu_seconds.get())).collect()
}

/// It is closed, all is cleaned up, and the renter has paid for so many units less this credit.
#[track_caller]
fn assert_paid(town: &Town, process: &mut Process, lease: &LeaseKey, units: u64, credit: u64) {
    afterwards(process);
    process.assert_clean();
    let world = town.world();
    assert!(!world.exists(&lease.address) && !world.exists(&lease.vault));
    assert_eq!(world.money(&lease.renter), WEALTH - units * PRICE / 3_600 + credit);
    let windows = {
        drop(world);
        statements(town)
    };
    assert!(windows.windows(2).all(|pair| pair[0].0 < pair[1].0 && pair[0].1 <= pair[1].1), "{windows:?}");
}

#[test]
fn a_notice_of_either_party_moves_the_end_and_all_until_then_is_stated() {
    for is_renters in [true, false] {
        let (town, mut process) = town();
        let lease = running(&town, &mut process, |_| {});
        process.seconds(70);
        let party = if is_renters { lease.renter } else { town.world().people.provider.pubkey() };
        town.world().terminate(&lease, party).ok();
        let there = town.world().lease(&lease);
        process.seconds(55);
        assert!(runs(&town));
        process.seconds(30);
        assert!(!runs(&town));
        let units = 4 * there.started_at.abs_diff(there.ends_at);
        assert_eq!(town.units(&lease), units);
        assert_paid(&town, &mut process, &lease, units, 0);
    }
}

#[test]
fn a_lease_that_nobody_pays_for_is_paused_and_then_left() {
    let (town, mut process) = town();
    let lease = exhausted(&town, &mut process);
    process.seconds(5);
    assert!(!runs(&town));
    assert_eq!(town.outside().wiped.len(), 0);
    let paused = record(&mut process).units(i64::MAX);
    process.seconds(100);
    assert_eq!(record(&mut process).units(i64::MAX), paused);
    assert_eq!(town.world().lease(&lease).end_reason, EndReason::Completed);

    process.seconds(40);
    let there = town.world().lease(&lease);
    assert_eq!(there.end_reason, EndReason::Exhausted);
    assert!(there.ends_at < there.started_at + 330);
    process.seconds(20);
    assert_eq!(town.outside().wiped.len(), 4);
    assert_eq!(
        town.outside().doors.values().map(|pass| pass.door.access).collect::<Vec<_>>(),
        [Access::Files]
    );
    assert_paid(&town, &mut process, &lease, 4 * 180, 0);
}

#[test]
fn a_top_up_in_front_of_the_leaving_gives_the_renter_its_money_back() {
    let (town, mut process) = town();
    let lease = exhausted(&town, &mut process);
    process.seconds(100);
    town.outside().in_front = Some(Box::new(move |world| _ = world.top_up(&lease, 10 * THREE_MINUTES).ok()));
    process.seconds(40);
    let there = town.world().lease(&lease);
    assert!(town.outside().in_front.is_none());
    assert_eq!((there.end_reason.into(), there.ledger.deposited), (EndReason::Exhausted, 11 * THREE_MINUTES));
    let units = town.units(&lease);
    assert!(units >= 4 * 180);
    process.seconds(10);
    // What was delivered before it was seen that the deposit is used up is paid, now that there is money.
    let units = town.units(&lease).max(units);
    assert!(units <= 4 * 183, "{units}");
    assert_paid(&town, &mut process, &lease, units, 0);
}

#[test]
fn a_top_up_in_time_brings_a_lease_back_as_it_was_and_is_taken_up() {
    let (town, mut process) = town();
    let lease = exhausted(&town, &mut process);
    process.seconds(60);
    town.world().top_up(&lease, 2 * THREE_MINUTES).ok();
    assert!(town.world().lease(&lease).meter.is_free());
    process.seconds(15);
    assert!(runs(&town));
    let before = record(&mut process).units(i64::MAX);
    process.seconds(120);
    let there = town.world().lease(&lease);
    assert!(!there.meter.is_free(), "it was not taken up");
    assert_eq!(town.outside().wiped.len(), 0);
    assert!(record(&mut process).units(i64::MAX) >= before + 4 * 119);
    // It is used up again, and left. Of what was promised all was delivered but the seconds in which it came back.
    process.seconds(600);
    assert_eq!(town.world().lease(&lease).end_reason, EndReason::Exhausted);
    let there = town.world().lease(&lease);
    let missing = there.promised_units(there.promised_until).saturating_sub(there.meter.latest.units);
    let credit = there.terms.sla_credit_floor(missing, there.ledger.bond);
    assert!(missing < 4 * 12, "{missing}");
    let units = there.meter.latest.units.min(4 * 540);
    assert_paid(&town, &mut process, &lease, units, credit);
}

#[test]
fn a_lease_that_was_paid_for_again_and_cannot_be_served_is_left_without_a_promise() {
    let (town, mut process) = town();
    let lease = exhausted(&town, &mut process);
    let card = process.machine().notebook().book().entries.into_values().next().unwrap().cards.remove(0);
    town.outside().cards.insert(card, CardReading { answers: false, ..CardReading::SOUND });
    process.seconds(60);
    town.world().top_up(&lease, 20 * THREE_MINUTES).ok();
    let revived_at = town.world().lease(&lease).meter.revived_at;
    process.seconds(110);
    let meter = town.world().lease(&lease).meter;
    assert!(meter.is_free() && meter.window_end <= revived_at);
    process.seconds(30);
    assert_eq!(town.world().lease(&lease).end_reason, EndReason::Exhausted);
    process.seconds(20);
    let units = town.units(&lease);
    assert!((4 * 180..=4 * 183).contains(&units), "{units}");
    assert_paid(&town, &mut process, &lease, units, 0);
}

#[test]
fn an_expiry_in_front_of_a_statement_ends_the_lease_at_what_was_stated() {
    let (town, mut process) = town();
    let lease = running(&town, &mut process, |_| {});
    process.seconds(110);
    let stated = statements(&town);
    let (window_end, units) = *stated.last().unwrap();
    // It is down for longer than a heartbeat, and its renter is faster.
    process.kill();
    process.skip(310);
    town.outside().in_front = Some(Box::new(move |world| _ = world.expire(&lease).ok()));
    process.seconds(20);
    assert!(town.outside().in_front.is_none());
    let there = town.world().lease(&lease);
    assert_eq!((there.ends_at, there.end_reason.into()), (window_end, EndReason::Abandoned));
    assert_eq!(statements(&town), stated);
    assert!(!runs(&town));
    assert_eq!(town.outside().wiped.len(), 4);
    let missing = there.promised_units(there.promised_until) - units;
    let credit = there.terms.sla_credit_floor(missing, there.ledger.bond);
    assert_paid(&town, &mut process, &lease, units, credit);
}

#[test]
fn a_dispute_in_front_of_a_statement_keeps_evidence_and_workspace_until_it_is_decided() {
    let (town, mut process) = town();
    let lease = running(&town, &mut process, |_| {});
    process.seconds(110);
    let (window_end, claimed) = *statements(&town).last().unwrap();
    let life = life_of(&town.world().context(&lease));
    town.outside().in_front = Some(Box::new(move |world| _ = world.dispute(&lease, 4).ok()));
    process.seconds(150);
    let there = town.world().lease(&lease);
    assert_eq!((there.state.into(), there.ends_at), (LeaseState::Disputed, window_end));
    assert_eq!((there.dispute.renter_units, there.dispute.provider_units), (4, claimed));
    assert_eq!(town.outside().wiped.len(), 4);
    assert_eq!(town.open_doors(), 1);

    // Files go in their time. What an arbiter may want to see stays.
    process.skip(GRACE);
    process.seconds(10);
    assert_eq!(town.outside().workspaces.len(), 0);
    let (_, record, stated) = process.machine().notebook().of(&life).unwrap();
    let (record, stated) = (record.unwrap(), stated.unwrap());
    assert_eq!(record.units(window_end), claimed);
    assert_eq!(record.evidence(window_end), stated.usage(&lease.address).unwrap().evidence);

    town.world().resolve(&lease, claimed).ok();
    process.seconds(5);
    process.assert_clean();
    let world = town.world();
    assert!(!world.exists(&lease.address) && !world.exists(&lease.vault));
    // The renter lost it, and its stake.
    let stake = there.ledger.stake;
    assert_eq!(world.money(&lease.renter), WEALTH - claimed * PRICE / 3_600 - stake);
}

#[test]
fn a_top_up_in_front_of_a_statement_about_unpaid_time_does_not_bind() {
    let (town, mut process) = town();
    process.policy.leave_after = 3_600;
    let lease = exhausted(&town, &mut process);
    town.outside().in_front = Some(Box::new(move |world| _ = world.top_up(&lease, 10 * THREE_MINUTES).ok()));
    while town.outside().in_front.is_some() {
        process.second();
    }
    let meter = town.world().lease(&lease).meter;
    assert!(meter.is_free() && meter.window_end <= meter.revived_at);
    assert_eq!(meter.free_fundable, 4 * 180);
    process.seconds(130);
    assert!(!town.world().lease(&lease).meter.is_free());
    assert!(runs(&town));
}

#[test]
fn an_outage_over_the_end_costs_no_unit_when_it_is_over_within_the_grace_hour() {
    let (town, mut process) = town();
    let lease = running(&town, &mut process, |request| request.duration = 300);
    process.seconds(100);
    town.outside().is_node_down = true;
    process.seconds(600);
    town.outside().is_node_down = false;
    let there = town.world().lease(&lease);
    assert!(town.world().now() > there.ends_at && there.meter.window_end < there.ends_at);
    process.seconds(20);
    assert_eq!(town.units(&lease), 4 * 300);
    assert_paid(&town, &mut process, &lease, 4 * 300, 0);
}

#[test]
fn a_machine_that_was_down_over_the_end_states_what_it_had_seen() {
    let (town, mut process) = town();
    let lease = running(&town, &mut process, |request| request.duration = 300);
    process.seconds(240);
    process.kill();
    process.skip(1_200);
    (process.at, process.boot) = (5_000, "second".to_owned());
    process.seconds(20);
    let units = town.units(&lease);
    assert!((4 * 240..4 * 250).contains(&units), "{units}");
    let there = town.world().lease(&lease);
    let missing = there.promised_units(there.promised_until) - units;
    let credit = there.terms.sla_credit_floor(missing, there.ledger.bond);
    assert_paid(&town, &mut process, &lease, units, credit);
}

/// The machine goes down with all that runs on it, and comes back half a minute later.
fn reboot(town: &Town, process: &mut Process) {
    process.kill();
    town.outside().instances.values_mut().for_each(|instance| instance.is_running = false);
    process.skip(30);
    (process.at, process.boot) = (5_000, "second".to_owned());
}

/// Cards of what runs, and how far the doors are open.
fn there(town: &Town) -> (Vec<usize>, Vec<Access>) {
    let outside = town.outside();
    let running = outside.instances.values().filter(|it| it.is_running);
    let cards = running.map(|it| it.spec.cards.len()).collect();
    (cards, outside.doors.values().map(|pass| pass.door.access).collect())
}

#[test]
fn a_paused_lease_stays_paused_over_a_reboot_and_comes_back_with_a_top_up() {
    let (town, mut process) = town();
    process.policy.leave_after = 3_600;
    let lease = exhausted(&town, &mut process);
    process.seconds(5);
    reboot(&town, &mut process);
    process.seconds(10);
    assert_eq!(there(&town), (vec![], vec![Access::Shut]));
    assert_eq!(
        (town.outside().instances.len(), town.world().lease(&lease).end_reason.into()),
        (1, EndReason::Completed)
    );
    town.world().top_up(&lease, 10 * THREE_MINUTES).ok();
    process.seconds(10);
    assert_eq!(there(&town), (vec![4], vec![Access::Open]));
    assert!(town.outside().wiped.is_empty());
}

#[test]
fn a_lease_that_has_shrunk_comes_back_so_after_a_reboot_in_the_middle_and_afterwards() {
    for after in 0..6 {
        let (town, mut process) = town();
        let lease = running(&town, &mut process, |_| {});
        town.world().resize(&lease, 1).ok();
        process.seconds(59 + after);
        reboot(&town, &mut process);
        process.seconds(10);
        assert_eq!(there(&town), (vec![1], vec![Access::Open]), "{after}");
        reboot(&town, &mut process);
        process.boot = "third".to_owned();
        process.seconds(10);
        assert_eq!(there(&town), (vec![1], vec![Access::Open]), "{after}");
        assert_eq!(town.outside().workspaces.len(), 1);
        let wiped = town.outside().wiped.clone();
        assert_eq!(wiped.len(), 3, "{wiped:?}");
    }
}

#[test]
fn files_of_a_lease_that_ended_early_can_be_read_over_a_reboot_until_their_time_is_over() {
    type End = fn(&Town, &mut Process) -> LeaseKey;
    let ends: [End; 2] = [
        |town, process| {
            let lease = exhausted(town, process);
            process.seconds(150);
            assert_eq!(town.world().lease(&lease).end_reason, EndReason::Exhausted);
            lease
        },
        |town, process| {
            let lease = running(town, process, |_| {});
            process.seconds(110);
            town.world().dispute(&lease, 4).ok();
            lease
        },
    ];
    for end in ends {
        let (town, mut process) = town();
        end(&town, &mut process);
        process.seconds(20);
        assert_eq!(there(&town), (vec![0], vec![Access::Files]));
        reboot(&town, &mut process);
        process.seconds(5);
        assert_eq!(there(&town), (vec![0], vec![Access::Files]));
        let keep_until =
            process.machine().notebook().book().entries.into_values().next().unwrap().keep_until.unwrap();
        let left = u32::try_from(keep_until - town.world().now()).unwrap();
        assert!(left <= GRACE && left > GRACE - 120, "{left}");
        process.skip(left - 10);
        process.seconds(9);
        assert_eq!((there(&town).0, town.outside().workspaces.len()), (vec![0], 1));
        process.seconds(8);
        let outside = town.outside();
        assert!(outside.workspaces.is_empty() && outside.instances.is_empty() && outside.doors.is_empty());
    }
}
