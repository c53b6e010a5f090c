//! Providers that fall silent: those that were paid have abandoned a lease, the others nobody.

use crate::closed;
use gpu_lease_tests::prelude::*;
use rstest::rstest;

/// A market with a bond of twenty hours, 200 000 000 for four GPUs, and two hours to challenge a claim.
fn market(token_program: Address) -> (World, LeaseKey) {
    let mut world = World::on_with_terms(token_program, |terms| {
        (terms.bond_hours, terms.challenge_window) = (20, 7_200);
    });
    let lease = world.active_lease();
    (world, lease)
}

fn provider(world: &World) -> Address {
    world.people.provider.pubkey()
}

fn record(world: &World) -> ProviderRecord {
    world.read::<Provider>(&world.provider).record
}

#[rstest]
fn an_abandoned_renter_is_credited_for_everything_that_was_promised(
    #[values(TOKEN, TOKEN_2022)] token_program: Address,
) {
    // Given a provider that delivers one of twelve paid hours and falls silent.
    let (mut world, lease) = market(token_program);
    world.pass(3_600);
    world.agree(&lease, 14_400).ok();
    world.pass(901);
    world.expire(&lease).ok();

    // When the GPUs go back at once and the lease is closed an hour after its last attested moment.
    world.release_gpus(&lease).ok();
    assert_eq!(world.offer().gpus_free, 8);
    world.set_time(world.lease(&lease).ends_at + GRACE);
    world.close(&lease).refused(LeaseError::NotClosable);
    world.pass(1);
    let closed = closed(&mut world, &lease);

    // Then 156 672 of 171 072 promised units are missing, worth 108 800 000.
    assert_eq!((closed.promised, closed.credit), (171_072, 108_800_000));
    assert_eq!(closed.reason, EndReason::Abandoned as u64);
    assert_eq!(world.money(&lease.renter), WEALTH - 10_000_000 + 108_800_000);
    assert_eq!(world.money(&provider(&world)), WEALTH + 9_900_000 - 108_800_000);
    assert_eq!(
        record(&world),
        ProviderRecord {
            units_delivered: 14_400,
            fees_paid: 100_000,
            units_promised: 171_072,
            leases_started: 1,
            leases_completed: 1,
            leases_abandoned: 1,
            ..ProviderRecord::default()
        }
    );
}

#[rstest]
fn what_was_claimed_before_the_silence_matures_and_is_paid(
    #[values(TOKEN, TOKEN_2022)] token_program: Address,
) {
    let (mut world, lease) = market(token_program);
    world.pass(3_600);
    world.claim(&lease, 14_000).ok();
    let claimed_at = world.now();
    world.pass(901);
    world.expire(&lease).ok();
    // The provider may still add what it delivered until its last window, and nothing after that.
    world.claim_message(&lease, &world.message_until(&lease, 14_400, claimed_at)).ok();
    let late = world.message_until(&lease, 14_400, claimed_at + 1);
    world.claim_message(&lease, &late).refused(LeaseError::WindowOutOfBounds);

    world.set_time(claimed_at + 7_200 - 1);
    world.settle(&lease).ok();
    assert_eq!(world.lease(&lease).ledger.released, 0);
    world.pass(1);
    world.settle(&lease).ok();
    // 14 000 units are worth 9 722 222, and the fee is 97 222.
    assert_eq!(world.money(&provider(&world)), WEALTH - 200_000_000 + 9_625_000);
    world.close(&lease).refused(LeaseError::NotClosable);
    world.set_time(claimed_at + 901 + 7_200 - 1);
    world.close(&lease).refused(LeaseError::NotClosable);
    world.pass(1);
    let closed = closed(&mut world, &lease);
    assert_eq!((closed.accepted, closed.credit), (14_400, 108_800_000));
    assert_eq!(world.money(&lease.renter), WEALTH - 10_000_000 + 108_800_000);
}

#[rstest]
fn a_dispute_after_the_expiry_keeps_what_was_promised(
    #[values(TOKEN, TOKEN_2022)] token_program: Address,
    #[values(false, true)] in_one_transaction: bool,
) {
    // Given a silent provider with an open claim of 14 000 units.
    let (mut world, lease) = market(token_program);
    world.pass(3_600);
    world.claim(&lease, 14_000).ok();
    world.pass(901);

    // When the lease expires and the renter disputes the claim.
    let expire = instruction::expire_lease(lease.renter, &world.context(&lease), FOR_EVER);
    let dispute = world.dispute_lease_ix(&lease, 10_000);
    if in_one_transaction {
        world.play([expire, dispute]).ok();
    } else {
        world.play([expire]).ok();
        world.play([dispute]).ok();
    }
    world.resolve(&lease, 12_000).ok();
    let closed = closed(&mut world, &lease);

    // Then 159 072 units of twelve hours are missing, worth 110 466 666.6…
    assert_eq!((closed.promised, closed.credit), (171_072, 110_466_666));
    assert_eq!(closed.reason, EndReason::Abandoned as u64);
    // 12 000 units are worth 8 333 333; the arbiter got a hundredth of the bond, of each side a half.
    assert_eq!(world.money(&lease.renter), WEALTH - 8_333_333 + 110_466_666 - 1_000_000);
    assert_eq!(world.money(&provider(&world)), WEALTH + 8_333_333 - 83_333 - 110_466_666 - 1_000_000);
}

#[rstest]
fn a_dispute_of_a_lease_that_runs_promises_nothing_after_its_last_window(
    #[values(TOKEN, TOKEN_2022)] token_program: Address,
) {
    let (mut world, lease) = market(token_program);
    world.pass(3_600);
    world.claim(&lease, 14_000).ok();
    world.pass(900);
    world.expire(&lease).refused(LeaseError::HeartbeatNotMissed);
    world.dispute(&lease, 10_000).ok();
    world.pass(1);
    world.expire(&lease).refused(LeaseError::NotActive);
    world.resolve(&lease, 14_000).ok();
    let closed = closed(&mut world, &lease);
    // 256 of the hour's 14 256 units are missing, worth 177 777.7…
    assert_eq!((closed.promised, closed.credit), (14_256, 177_777));
    assert_eq!(closed.reason, EndReason::Disputed as u64);
    assert_eq!(record(&world).leases_abandoned, 0);
}

#[rstest]
fn a_provider_that_falls_silent_when_nothing_is_paid_any_more_has_abandoned_nobody(
    #[values(TOKEN, TOKEN_2022)] token_program: Address,
) {
    let (mut world, lease) = market(token_program);
    world.pass(12 * 3_600);
    world.agree(&lease, 172_800).ok();
    world.pass(901);
    world.expire(&lease).ok();
    world.pass_grace(&lease);
    let closed = closed(&mut world, &lease);
    assert_eq!((closed.promised, closed.credit), (171_072, 0));
    assert_eq!(closed.reason, EndReason::Exhausted as u64);
    assert_eq!(record(&world).leases_abandoned, 0);
    assert_eq!(world.money(&lease.renter), WEALTH - 120_000_000);
    assert_eq!(world.money(&provider(&world)), WEALTH + 118_800_000);
}

#[rstest]
fn a_provider_that_is_paid_again_too_late_and_stays_silent_has_abandoned_nobody(
    #[values(TOKEN, TOKEN_2022)] token_program: Address,
) {
    // Given twelve paid hours that were delivered, and a top-up an hour later.
    let (mut world, lease) = market(token_program);
    world.pass(12 * 3_600);
    world.agree(&lease, 172_800).ok();
    world.pass(3_600);
    world.top_up(&lease, 120_000_000).ok();
    assert_eq!(world.lease(&lease).meter.revived_at, world.now());

    // When the provider does not come back.
    world.pass(900);
    world.expire(&lease).refused(LeaseError::HeartbeatNotMissed);
    world.pass(1);
    world.expire(&lease).ok();
    world.pass_grace(&lease);
    let closed = closed(&mut world, &lease);

    // Then the twelve hours are all that it had promised: it may stop when it is not paid.
    assert_eq!((closed.promised, closed.credit), (171_072, 0));
    assert_eq!((closed.reason, record(&world).leases_abandoned), (EndReason::Exhausted as u64, 0));
    assert_eq!(world.money(&lease.renter), WEALTH - 120_000_000);
    assert_eq!(world.money(&provider(&world)), WEALTH + 118_800_000);
}

#[rstest]
fn a_top_up_of_a_lease_that_runs_does_not_forgive_silence(
    #[values(TOKEN, TOKEN_2022)] token_program: Address,
) {
    let (mut world, lease) = market(token_program);
    let meter = world.lease(&lease).meter;
    world.pass(900);
    let party = provider(&world);
    world.play([world.top_up_ix(&lease, party, 1)]).ok();
    assert_eq!(world.lease(&lease).meter, meter);
    world.pass(1);
    world.expire(&lease).ok();
    assert_eq!(record(&world).leases_abandoned, 1);
}

#[rstest]
fn a_provider_that_reports_delivers_and_is_never_abandoning(
    #[values(TOKEN, TOKEN_2022)] token_program: Address,
) {
    let (mut world, lease) = market(token_program);
    for quarter in 1..=8 {
        world.pass(900);
        world.expire(&lease).refused(LeaseError::HeartbeatNotMissed);
        world.claim(&lease, quarter * 3_600).ok();
    }
}

#[rstest]
fn the_grace_after_an_expiry_counts_from_the_last_attested_moment(
    #[values(TOKEN, TOKEN_2022)] token_program: Address,
) {
    for (seconds, may) in [(-1, true), (0, true), (1, false)] {
        let (mut world, lease) = market(token_program);
        world.pass(3_600);
        world.claim(&lease, 14_000).ok();
        let window_end = world.now();
        world.pass(901);
        world.expire(&lease).ok();
        world.set_time(window_end + GRACE + seconds);
        let message = world.message_until(&lease, 14_400, window_end);
        let outcome = world.claim_message(&lease, &message);
        match may {
            true => drop(outcome.ok()),
            false => outcome.refused(LeaseError::AttestationTooLate),
        }
    }
}

#[rstest]
fn a_top_up_of_a_lease_that_runs_again_does_not_forgive_silence(
    #[values(TOKEN, TOKEN_2022)] token_program: Address,
) {
    // Given a lease that was exhausted for an hour, and is paid for another one.
    let (mut world, lease) = market(token_program);
    world.pass(13 * 3_600);
    world.claim(&lease, 172_800).ok();
    world.top_up(&lease, 10_000_000).ok();
    let revived_at = world.now();
    // When the provider falls silent and adds a base unit before its heartbeat is missed.
    world.pass(900);
    assert_eq!(world.phase(&lease), Phase::Running);
    let party = provider(&world);
    world.play([world.top_up_ix(&lease, party, 1)]).ok();
    // Then it is silent all the same.
    assert_eq!(world.lease(&lease).meter.revived_at, revived_at);
    world.pass(1);
    world.expire(&lease).ok();
}

#[rstest]
fn a_top_up_that_pays_for_nothing_makes_nobody_abandon_a_lease(
    #[values(TOKEN, TOKEN_2022)] token_program: Address,
) {
    // Given a provider that delivered the twelve paid hours and stopped.
    let (mut world, lease) = market(token_program);
    world.pass(12 * 3_600);
    world.agree(&lease, 172_800).ok();
    // When the renter adds a base unit an hour later: a unit of usage costs 694 of them.
    world.pass(3_600);
    world.top_up(&lease, 1).refused(LeaseError::TopUpTooSmall);
    assert_eq!(world.phase(&lease), Phase::Exhausted);
    world.pass(901);
    world.expire(&lease).ok();
    // Then nothing was paid that was not delivered.
    assert_eq!(world.lease(&lease).end_reason, EndReason::Exhausted);
    assert_eq!(record(&world).leases_abandoned, 0);
}

#[rstest]
fn a_top_up_after_the_end_does_not_end_a_silence(#[values(TOKEN, TOKEN_2022)] token_program: Address) {
    // Given a provider that was silent from its second hour on, though twelve were paid.
    let (mut world, lease) = market(token_program);
    world.pass(3_600);
    world.agree(&lease, 14_400).ok();
    let window_end = world.now();
    world.set_time(world.lease(&lease).ends_at + 1);
    // When it adds a base unit after the end.
    let party = provider(&world);
    world.play([world.top_up_ix(&lease, party, 1)]).refused(LeaseError::LeaseEnding);
    // Then it has abandoned its renter all the same.
    world.expire(&lease).ok();
    assert_eq!(world.lease(&lease).ends_at, window_end);
    assert_eq!(world.lease(&lease).end_reason, EndReason::Abandoned);
    assert_eq!(record(&world).leases_abandoned, 1);
}
