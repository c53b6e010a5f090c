//! What a provider promises for money, and what it does not for money that comes too late.

use crate::gains;
use gpu_lease_tests::prelude::*;

/// Four GPUs of which four hours are paid, for a day.
fn four_hours() -> (World, LeaseKey) {
    let mut world = World::new();
    let lease = world.active_lease_as(|request| request.deposit = 40_000_000);
    world.pass(4 * 3_600);
    (world, lease)
}

/// Closes a lease when its time has come; the gains of payer, provider, arbiter and fee vault.
#[track_caller]
fn gains_at_the_close(world: &mut World, lease: &LeaseKey) -> [i64; 4] {
    world.pass_grace(lease);
    world.close(lease).ok();
    gains(world, lease)
}

#[test]
fn money_in_front_of_a_true_statement_takes_no_bond_for_hours_that_nobody_paid() {
    // Given a provider that delivered what was paid and says so eight hours later.
    let (mut world, lease) = four_hours();
    world.agree(&lease, 57_599).ok();
    world.pass(8 * 3_600);
    let claim = world.attestation(&lease, 57_600, &[world.people.attestor.pubkey()]);
    // When the renter pays for those hours, lands the statement and disputes it.
    let top_up = world.top_up_ix(&lease, lease.renter, 80_000_000);
    let dispute = world.dispute_lease_ix(&lease, 57_599);
    world.play([&[top_up], &claim[..], &[dispute]].concat()).ok();
    world.resolve(&lease, 57_600).ok();
    let closed = world.close(&lease).closed();
    // Then four hours were promised; a dispute over 695 base units costs the renter a hundredth of the bond.
    assert_eq!((closed.promised, closed.credit), (57_024, 0));
    assert_eq!(gains(&world, &lease), [-40_200_000, 39_600_000, 200_000, 400_000]);
}

#[test]
fn dust_in_front_of_each_statement_takes_no_bond_for_hours_that_nobody_paid() {
    let (mut world, lease) = four_hours();
    world.agree(&lease, 57_600).ok();
    for _ in 0..48 {
        world.pass(600);
        world.top_up(&lease, 1).refused(LeaseError::TopUpTooSmall);
        world.claim(&lease, 57_600).ok();
    }
    assert_eq!(gains_at_the_close(&mut world, &lease), [-40_000_000, 39_600_000, 0, 400_000]);
}

#[test]
fn a_minute_in_front_of_each_statement_promises_a_minute_each() {
    let (mut world, lease) = four_hours();
    world.agree(&lease, 57_600).ok();
    for _ in 0..48 {
        world.pass(600);
        world.top_up(&lease, 166_667).ok();
        world.claim(&lease, 57_600).ok();
    }
    world.pass_grace(&lease);
    let closed = world.close(&lease).closed();
    // Nobody took a minute up: each statement is of the second in which it was paid for.
    assert_eq!((closed.promised, closed.credit), (57_024, 0));
}

#[test]
fn a_statement_in_the_second_of_a_top_up_does_not_bind_the_provider() {
    let (mut world, lease) = four_hours();
    world.agree(&lease, 57_600).ok();
    world.pass(3_600);
    world.top_up(&lease, 80_000_000).ok();
    world.claim(&lease, 57_600).ok();
    assert!(world.lease(&lease).meter.is_free());
    // It leaves without notice, and with its bond.
    let provider = world.people.provider.pubkey();
    world.terminate(&lease, provider).ok();
    assert_eq!(world.lease(&lease).ends_at, world.now());
    assert_eq!(gains_at_the_close(&mut world, &lease), [-40_000_000, 39_600_000, 0, 400_000]);
}

#[test]
fn a_provider_that_took_a_top_up_up_owes_notice_and_what_has_passed_since() {
    // Given four paid hours, four that nobody paid, and a top-up for two more.
    let (mut world, lease) = four_hours();
    world.agree(&lease, 57_600).ok();
    world.pass(4 * 3_600);
    world.top_up(&lease, 20_000_000).ok();
    world.pass(1);
    world.resize(&lease, 2).refused(LeaseError::ResizePending);
    // When the provider states usage once more, it is paid again and leaves with an hour's notice.
    world.claim(&lease, 57_600).ok();
    let provider = world.people.provider.pubkey();
    world.terminate(&lease, provider).ok();
    assert_eq!(world.lease(&lease).ends_at, world.now() + 3_600);
    world.pass_grace(&lease);
    let closed = world.close(&lease).closed();
    // Then 57 600 units and those of an hour and a second are promised, and not the hours that nobody paid.
    assert_eq!((closed.promised, closed.credit), (72_004 * 99 / 100, 9_502_083));
}

#[test]
fn a_statement_of_a_moment_before_the_top_up_is_refused_and_one_after_it_binds() {
    for (seconds, refused, is_free) in [(-1, true, true), (0, false, true), (1, false, false)] {
        let (mut world, lease) = four_hours();
        world.agree(&lease, 57_600).ok();
        world.pass(3_600);
        let revived_at = world.now();
        world.top_up(&lease, 80_000_000).ok();
        world.pass(10);
        let message = world.message_until(&lease, 57_600, revived_at + seconds);
        let outcome = world.claim_message(&lease, &message);
        match refused {
            true => outcome.refused(LeaseError::WindowBeforeRevival),
            false => drop(outcome.ok()),
        }
        assert_eq!(world.lease(&lease).meter.is_free(), is_free, "{seconds}");
    }
}

#[test]
fn two_top_ups_that_nobody_answered_promise_nothing() {
    let (mut world, lease) = four_hours();
    world.agree(&lease, 57_600).ok();
    for _ in 0..2 {
        world.pass(3_600);
        world.top_up(&lease, 5_000_000).ok();
    }
    world.pass(1_800 + 901);
    world.expire(&lease).ok();
    assert_eq!(world.lease(&lease).end_reason, EndReason::Exhausted);
    assert_eq!(gains_at_the_close(&mut world, &lease), [-40_000_000, 39_600_000, 0, 400_000]);
    assert_eq!(world.read::<Provider>(&world.provider).record.leases_abandoned, 0);
}

#[test]
fn a_shrink_to_come_does_not_weigh_in_a_silence_that_was() {
    for notice in [0, 3_600] {
        let mut world = World::with_terms(|terms| terms.notice = notice);
        let lease = world.active_lease();
        world.set_time(world.lease(&lease).funded_until() - 899);
        world.agree(&lease, 172_800 - 899 * 4).ok();
        world.pass(899 + 2);
        world.resize(&lease, 1).ok();
        world.expire(&lease).ok();
        assert_eq!(world.lease(&lease).end_reason, EndReason::Exhausted, "{notice}");
        assert_eq!(world.read::<Provider>(&world.provider).record.leases_abandoned, 0);
    }
}

#[test]
fn a_rival_ends_no_lease_that_both_parties_keep_for_three_days() {
    let timeout = 900 + 3 * 86_400;
    for (seconds, may) in [(-1, false), (0, false), (1, true)] {
        let mut world = World::new();
        let lease = world.active_lease_as(|request| {
            (request.duration, request.deposit) = (10 * 86_400, 2_400_000_000);
        });
        let rival = world.people.rival.pubkey();
        world.pass(timeout + seconds);
        let outcome = world.play([world.expire_lease_ix(&lease, rival)]);
        match may {
            true => drop(outcome.ok()),
            false => outcome.refused(LeaseError::HeartbeatNotMissed),
        }
    }
}

#[test]
fn a_record_without_fees_shows_that_it_cost_none() {
    let mut world = World::with_terms(|terms| (terms.price, terms.bond_hours) = (1, 0));
    world.play([world.update_offer_ix(MAX_GPUS, true, world.offer().terms, listing())]).ok();
    for nonce in 0..3 {
        let lease = world.active_lease_as(|request| {
            (request.nonce, request.gpus, request.deposit) = (nonce, 16_384, 16_384);
        });
        world.pass(21);
        world.claim(&lease, 344_064).ok();
        world.close_as_claimed(&lease).ok();
    }
    let record = world.read::<Provider>(&world.provider).record;
    assert_eq!((record.units_delivered, record.fees_paid), (1_032_192, 0));
}

#[test]
fn a_log_that_others_filled_hides_a_settlement_and_moves_the_money_all_the_same() {
    let mut world = World::new();
    let lease = world.active_lease();
    world.pass(3_600);
    world.agree(&lease, 14_400).ok();
    let mut instructions = vec![world.release_gpus_ix(&lease); 36];
    instructions.push(world.settle_ix(&lease));
    let events = world.play(instructions).events();
    assert!(!events.iter().any(|event| matches!(event, Event::LeaseSettled(_))), "the log is cut");
    assert_eq!(gains(&world, &lease), [-120_000_000, -20_000_000 + 9_900_000, 0, 0]);
    assert_eq!(world.lease(&lease).ledger.released, 10_000_000);
}
