//! Notice, expiry and mutual close: ending a lease to somebody else's cost.

use crate::gains;
use gpu_lease_tests::prelude::*;
use rstest::rstest;

/// A lease of four GPUs that began just now: heartbeat timeout 900 s, notice an hour.
fn active() -> (World, LeaseKey) {
    let mut world = World::new();
    let lease = world.active_lease();
    (world, lease)
}

/// Closes a lease when its time has come; the gains of payer, provider, arbiter and fee vault.
#[track_caller]
fn gains_at_the_close(world: &mut World, lease: &LeaseKey) -> [i64; 4] {
    world.pass_grace(lease);
    world.close(lease).ok();
    gains(world, lease)
}

// ----- notice -----

#[rstest]
#[case::a_stranger(|world: &World| world.people.stranger.pubkey())]
#[case::the_sponsor(|world: &World| world.people.sponsor.pubkey())]
#[case::the_attestor(|world: &World| world.people.attestor.pubkey())]
#[case::the_arbiter(|world: &World| world.people.arbiter.pubkey())]
#[case::the_rival(|world: &World| world.people.rival.pubkey())]
fn nobody_but_the_parties_gives_notice(#[case] who: fn(&World) -> Address) {
    let mut world = World::new();
    let lease = world.sponsored_lease();
    world.start(&lease).ok();
    let who = who(&world);
    world.terminate(&lease, who).refused(LeaseError::NotParty);
}

#[test]
fn a_lease_that_has_not_started_takes_no_notice() {
    let mut world = World::new();
    let lease = world.pending_lease();
    for party in [lease.renter, world.people.provider.pubkey()] {
        world.terminate(&lease, party).refused(LeaseError::NotActive);
    }
}

#[test]
fn notice_given_again_or_by_both_neither_shortens_nor_prolongs_it() {
    let (mut world, lease) = active();
    let provider = world.people.provider.pubkey();
    world.terminate(&lease, lease.renter).ok();
    let noticed = world.lease(&lease);
    assert_eq!(noticed.ends_at, world.now() + 3_600);
    for party in [provider, lease.renter, provider] {
        world.pass(600);
        world.terminate(&lease, party).ok();
        assert_eq!(world.lease(&lease), noticed);
    }
}

#[test]
fn notice_does_not_get_a_provider_out_of_its_sla() {
    let (mut world, lease) = active();
    let provider = world.people.provider.pubkey();
    world.pass(3_600);
    world.terminate(&lease, provider).ok();
    // Two hours were promised and nothing was delivered, whether or not someone expires the lease meanwhile.
    let mut expired = world.clone();
    expired.expire(&lease).ok();
    let expected = [19_800_000, -19_800_000, 0, 0];
    expired.pass(7_200);
    assert_eq!(gains_at_the_close(&mut world, &lease), expected);
    expired.close(&lease).ok();
    assert_eq!(gains(&expired, &lease), expected);
}

#[test]
fn a_provider_with_zero_notice_leaves_at_once_and_answers_for_the_time_until_then() {
    let mut world = World::with_terms(|terms| terms.notice = 0);
    let lease = world.active_lease();
    world.pass(3_600);
    world.terminate(&lease, world.people.provider.pubkey()).ok();
    assert_eq!(world.lease(&lease).ends_at, world.now());
    assert_eq!(gains_at_the_close(&mut world, &lease), [9_900_000, -9_900_000, 0, 0]);
}

#[test]
fn a_renter_with_zero_notice_still_pays_for_what_was_delivered() {
    let mut world = World::with_terms(|terms| terms.notice = 0);
    let lease = world.active_lease();
    world.pass(3_600);
    world.terminate(&lease, lease.renter).ok();
    // The message comes after the notice, within the grace, and is not the renter's to stop.
    world.pass(60);
    world.claim_message(&lease, &world.message_until(&lease, 14_400, world.now() - 60)).ok();
    assert_eq!(gains_at_the_close(&mut world, &lease), [-10_000_000, 9_900_000, 0, 100_000]);
}

#[test]
fn a_provider_owes_notice_until_the_deposit_is_used_up() {
    let mut world = World::new();
    let lease = world.active_lease_as(|request| request.deposit = 10_000_000);
    let (provider, start) = (world.people.provider.pubkey(), world.now());
    for (seconds, ends_at, reason) in [
        (3_599, start + 3_599 + 3_600, EndReason::ProviderNotice),
        (3_600, start + 3_600 + 3_600, EndReason::ProviderNotice),
        (3_601, start + 3_601, EndReason::Exhausted),
    ] {
        let mut world = world.clone();
        world.set_time(start + seconds);
        world.terminate(&lease, provider).ok();
        let ended = world.lease(&lease);
        assert_eq!(ended.ends_at, ends_at);
        assert_eq!(ended.end_reason, reason);
    }
    // A top-up in time makes it owe notice again.
    world.pass(3_599);
    world.top_up(&lease, 10_000_000).ok();
    world.pass(1);
    world.terminate(&lease, provider).ok();
    assert_eq!(world.lease(&lease).ends_at, world.now() + 3_600);
}

#[test]
fn after_a_notice_the_end_is_not_moved_any_more() {
    let (world, lease) = active();
    for party in [lease.renter, world.people.provider.pubkey()] {
        let mut world = world.clone();
        world.terminate(&lease, party).ok();
        world.extend(&lease, 2 * 86_400).refused(LeaseError::LeaseEnding);
        world.resize(&lease, 8).refused(LeaseError::LeaseEnding);
        world.resize(&lease, 1).refused(LeaseError::LeaseEnding);
    }
}

// ----- expiry -----

#[test]
fn a_lease_is_not_expired_one_second_early() {
    let (mut world, lease) = active();
    let start = world.now();
    for seconds in [0, 1, 899, 900] {
        world.set_time(start + seconds);
        world.expire(&lease).refused(LeaseError::HeartbeatNotMissed);
    }
    world.set_time(start + 901);
    world.expire(&lease).ok();
    assert_eq!(world.lease(&lease).ends_at, start);
}

#[test]
fn a_sign_of_life_in_time_keeps_a_lease_even_without_units() {
    let (mut world, lease) = active();
    world.pass(900);
    world.claim(&lease, 0).ok();
    world.pass(900);
    world.expire(&lease).refused(LeaseError::HeartbeatNotMissed);
    world.pass(1);
    world.expire(&lease).ok();
}

#[test]
fn a_lease_is_expired_once() {
    let (mut world, lease) = active();
    world.pass(901);
    let expire = instruction::expire_lease(lease.renter, &world.context(&lease), FOR_EVER);
    world.play([expire.clone(), expire.clone()]).failed_at(1, LeaseError::HeartbeatNotMissed);
    world.play([expire.clone()]).ok();
    world.pass(100_000);
    world.play([expire]).refused(LeaseError::HeartbeatNotMissed);
    assert_eq!(world.read::<Provider>(&world.provider).record.leases_abandoned, 1);
}

#[test]
fn an_exhausted_lease_that_is_expired_abandons_nobody_and_costs_no_bond() {
    let mut world = World::new();
    let lease = world.active_lease_as(|request| request.deposit = 10_000_000);
    world.pass(3_600);
    world.agree(&lease, 14_400).ok();
    world.pass(901);
    world.expire(&lease).ok();
    assert_eq!(world.lease(&lease).end_reason, EndReason::Exhausted);
    assert_eq!(world.read::<Provider>(&world.provider).record.leases_abandoned, 0);
    assert_eq!(gains_at_the_close(&mut world, &lease), [-10_000_000, 9_900_000, 0, 100_000]);
}

#[test]
fn a_top_up_does_not_let_the_renter_expire_a_provider_that_had_reason_to_stop() {
    let mut world = World::new();
    let lease = world.active_lease_as(|request| request.deposit = 10_000_000);
    world.pass(3_600);
    world.agree(&lease, 14_400).ok();
    world.pass(7_200);
    let top_up = world.top_up_ix(&lease, lease.renter, 100_000_000);
    let expire = instruction::expire_lease(lease.renter, &world.context(&lease), FOR_EVER);
    world.play([top_up.clone(), expire.clone()]).failed_at(1, LeaseError::HeartbeatNotMissed);
    world.play([top_up]).ok();
    world.pass(900);
    world.play([expire.clone()]).refused(LeaseError::HeartbeatNotMissed);
    world.pass(1);
    world.play([expire]).ok();
}

#[test]
fn a_silent_provider_that_tops_up_not_to_be_expired_is_left_by_notice_and_answers_for_what_was_paid() {
    let mut world = World::new();
    let lease = world.active_lease_as(|request| request.deposit = 10_000_000);
    let provider = world.people.provider.pubkey();
    world.pass(3_601);
    world.terminate(&lease, lease.renter).ok();
    // A minute's money buys another heartbeat timeout, until the notice is over; a base unit does not.
    for _ in 0..4 {
        world.play([world.top_up_ix(&lease, provider, 1)]).refused(LeaseError::TopUpTooSmall);
        world.play([world.top_up_ix(&lease, provider, 166_667)]).ok();
        world.expire(&lease).refused(LeaseError::HeartbeatNotMissed);
        world.pass(900);
        world.expire(&lease).refused(LeaseError::HeartbeatNotMissed);
    }
    // The four minutes' money is lost, and 99 % of the hour that was paid for come out of the bond.
    assert_eq!(gains_at_the_close(&mut world, &lease), [10_566_668, -10_566_668, 0, 0]);
}

#[test]
fn a_provider_attests_no_window_after_its_expiry() {
    let (mut world, lease) = active();
    world.pass(600);
    world.claim(&lease, 2_400).ok();
    let attested = world.now();
    world.pass(901);
    let late = world.message(&lease, 6_004);
    world.expire(&lease).ok();
    world.claim_message(&lease, &late).refused(LeaseError::WindowOutOfBounds);
    world.agree_message(&lease, &late).refused(LeaseError::WindowOutOfBounds);
    let one_second = world.message_until(&lease, 2_404, attested + 1);
    world.agree_message(&lease, &one_second).refused(LeaseError::WindowOutOfBounds);
    let more_units = world.message_until(&lease, 2_401, attested);
    world.agree_message(&lease, &more_units).refused(LeaseError::UnitsAboveCapacity);
}

#[test]
fn a_lease_that_was_served_to_its_end_is_not_expired_afterwards() {
    let (mut world, lease) = active();
    let ends_at = world.lease(&lease).ends_at;
    world.set_time(ends_at - 900);
    world.agree(&lease, 0).ok();
    for time in [ends_at, ends_at + 1, ends_at + GRACE, ends_at + 100_000] {
        world.set_time(time);
        world.expire(&lease).refused(LeaseError::HeartbeatNotMissed);
    }
}

#[test]
fn a_lease_that_has_not_started_does_not_expire() {
    let mut world = World::new();
    let lease = world.pending_lease();
    world.pass(100_000);
    world.expire(&lease).refused(LeaseError::NotActive);
}

#[test]
fn an_expired_lease_is_neither_extended_nor_resized_back_to_life() {
    let (mut world, lease) = active();
    world.pass(901);
    world.expire(&lease).ok();
    world.extend(&lease, 2 * 86_400).refused(LeaseError::LeaseEnding);
    world.resize(&lease, 8).refused(LeaseError::LeaseEnding);
    world.resize(&lease, 1).refused(LeaseError::LeaseEnding);
    // A top-up is no way back either.
    world.top_up(&lease, 1_000_000).refused(LeaseError::LeaseEnding);
    world.claim(&lease, 1).refused(LeaseError::WindowOutOfBounds);
    world.pass(GRACE);
    assert_eq!(gains_at_the_close(&mut world, &lease), [20_000_000, -20_000_000, 0, 0]);
}

// ----- mutual close -----

/// An hour after the start of a lease that a sponsor paid for, with an open claim.
fn sponsored() -> (World, LeaseKey, Instruction) {
    let mut world = World::new();
    let lease = world.sponsored_lease();
    world.start(&lease).ok();
    world.pass(3_600);
    world.claim(&lease, 14_400).ok();
    let close = world.close_together_ix(&lease, 14_400, 0);
    (world, lease, close)
}

#[test]
fn one_signature_is_no_mutual_close() {
    let (mut world, lease, close) = sponsored();
    for name in ["renter", "authority"] {
        world.play([close.clone().unsigned(name)]).refused(LeaseError::NotAgreed);
    }
    world.close(&lease).refused(LeaseError::NotClosable);
    world.play([close]).ok();
    assert_eq!(gains(&world, &lease), [-10_000_000, 9_900_000, 0, 100_000], "the sponsor gets the refund");
}

#[test]
fn nobody_signs_a_mutual_close_in_a_partys_place() {
    let (mut world, lease, close) = sponsored();
    let people = &world.people;
    let [stranger, attestor, rival] = [&people.stranger, &people.attestor, &people.rival].map(Signer::pubkey);
    for another in [lease.payer, stranger, attestor] {
        world.play([close.clone().with("renter", another)]).refused(LeaseError::NotRenter);
    }
    for another in [lease.payer, stranger, attestor, rival, lease.renter] {
        let close = close.clone().with("authority", another);
        world.play([close]).refused(LeaseError::NotProviderOperator);
    }
}

#[test]
fn parties_that_agree_do_not_take_the_sponsors_money_or_the_fee() {
    let (mut world, lease, close) = sponsored();
    for (name, thief) in [("refund_token", lease.renter), ("payout_token", lease.renter)] {
        let thiefs = world.wallet(&thief);
        world.play([close.clone().with(name, thiefs)]).refused(LeaseError::WrongTokenOwner);
    }
    world.play([close.clone().with("payer", lease.renter)]).refused(LeaseError::WrongAccount);
    let not_the_fee_vault = world.create_other_token_account(lease.renter, world.mint, 60);
    world.play([close.with("fee_vault", not_the_fee_vault)]).refused(LeaseError::WrongAccount);
}

#[test]
fn a_lease_is_closed_together_once_and_only_while_it_runs() {
    let mut world = World::new();
    let lease = world.pending_lease();
    world.close_as_claimed(&lease).refused(LeaseError::NotActive);
    world.start(&lease).ok();
    let close = instruction::close_lease_together(&world.context(&lease), 0, 0, FOR_EVER);
    world.play([close.clone(), close.clone()]).failed_at(1, InstructionError::AccountDataTooSmall);
    world.play([close]).ok();
    assert_eq!(gains(&world, &lease), [0; 4]);
}

#[test]
fn a_mutual_close_after_an_expiry_divides_the_bond_as_both_have_signed() {
    let (mut world, lease) = active();
    world.pass(901);
    world.expire(&lease).ok();
    world.close_together(&lease, 0, 15_000_000).ok();
    assert_eq!(gains(&world, &lease), [15_000_000, -15_000_000, 0, 0]);
}
