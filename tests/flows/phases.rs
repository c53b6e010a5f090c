//! What a lease says about itself is what the chain then does: its phase, what is due, how long it is paid.

use gpu_lease_tests::prelude::*;
use rstest::rstest;

fn provider(world: &World) -> Address {
    world.people.provider.pubkey()
}

/// Settling now must pay exactly what the lease calls due.
#[track_caller]
fn pays_what_is_claimable(world: &World, lease: &LeaseKey) {
    let mut world = world.clone();
    let due = world.lease(lease).due(world.moment());
    let before = (world.lease(lease).ledger.released, world.money(&provider(&world)));
    let settled = world.settle(lease).settled();
    assert_eq!(settled.payout + settled.fee, due);
    assert_eq!(settled.ledger.released, before.0 + due);
    assert_eq!(world.money(&provider(&world)), before.1 + settled.payout);
    assert_eq!(world.lease(lease).due(world.moment()), 0);
}

/// Closing now must succeed if the lease calls itself closable, and be refused otherwise.
#[track_caller]
fn closes_when_it_is_closable(world: &World, lease: &LeaseKey) {
    let mut world = world.clone();
    let phase = world.phase(lease);
    let outcome = world.close(lease);
    match phase {
        Phase::Closable => drop(outcome.ok()),
        Phase::Pending | Phase::Disputed => outcome.refused(LeaseError::NotActive),
        Phase::Running | Phase::Exhausted | Phase::Ending => outcome.refused(LeaseError::NotClosable),
    }
}

/// The provider leaves now: at once if the lease calls itself exhausted or a top-up was not taken up, with notice
/// otherwise.
#[track_caller]
fn stops_when_it_is_exhausted(world: &World, lease: &LeaseKey) {
    let mut world = world.clone();
    let before = world.lease(lease);
    let (phase, now, party) = (world.phase(lease), world.now(), provider(&world));
    let outcome = world.terminate(lease, party);
    let expected = match phase {
        Phase::Pending | Phase::Disputed => return outcome.refused(LeaseError::NotActive),
        Phase::Closable if before.state == LeaseState::Resolved => {
            return outcome.refused(LeaseError::NotActive);
        }
        Phase::Exhausted => now,
        Phase::Running if before.meter.is_free() => now,
        Phase::Running => before.ends_at.min(now + i64::from(before.terms.notice)),
        Phase::Ending | Phase::Closable => return outcome.refused(LeaseError::LeaseEnding),
    };
    outcome.ok();
    assert_eq!(world.lease(lease).ends_at, expected);
}

/// The GPUs go back now: all if the lease is over, else what a shrink freed.
#[track_caller]
fn gives_back_what_it_does_not_need(world: &World, lease: &LeaseKey) {
    let mut world = world.clone();
    let Lease { gpus, meter, .. } = world.lease(lease);
    let phase = world.phase(lease);
    let outcome = world.release_gpus(lease);
    let left = match phase {
        Phase::Pending => return outcome.refused(LeaseError::NotActive),
        Phase::Running | Phase::Exhausted if world.now() < meter.segment_start => gpus,
        Phase::Running | Phase::Exhausted => meter.gpus,
        Phase::Disputed | Phase::Ending | Phase::Closable => 0,
    };
    outcome.ok();
    assert_eq!(world.lease(lease).gpus, left);
}

/// Everything above, at this moment and at the moments around `times`.
#[track_caller]
fn keeps_its_word(world: &mut World, lease: &LeaseKey, times: &[i64]) -> Vec<Phase> {
    let mut moments: Vec<_> = times.iter().flat_map(|time| [time - 1, *time, time + 1]).collect();
    moments.sort_unstable();
    moments.dedup();
    let mut phases = Vec::new();
    for time in moments.into_iter().filter(|time| *time >= world.now()).collect::<Vec<_>>() {
        world.set_time(time);
        if world.lease(lease).state != LeaseState::Pending {
            pays_what_is_claimable(world, lease);
        }
        closes_when_it_is_closable(world, lease);
        stops_when_it_is_exhausted(world, lease);
        gives_back_what_it_does_not_need(world, lease);
        phases.push(world.phase(lease));
    }
    phases.dedup();
    phases
}

#[rstest]
fn a_lease_that_runs_out_of_money_and_time(#[values(TOKEN, TOKEN_2022)] token_program: Address) {
    let mut world = World::on(token_program);
    let lease = world.pending_lease();
    assert_eq!(keeps_its_word(&mut world, &lease, &[GENESIS_TIME + 60]), [Phase::Pending]);
    world.start(&lease).ok();
    world.pass(3_600);
    world.claim(&lease, 14_001).ok();
    let claimed = world.now();
    world.pass(300);
    world.claim(&lease, 15_003).ok();
    let Lease { ends_at, .. } = world.lease(&lease);
    let used_up = world.lease(&lease).funded_until();
    let times = [claimed + 600, claimed + 900, used_up, ends_at - 3_600, ends_at, ends_at + GRACE];
    assert_eq!(
        keeps_its_word(&mut world, &lease, &times),
        [Phase::Running, Phase::Exhausted, Phase::Ending, Phase::Closable]
    );
}

#[rstest]
fn a_lease_whose_last_claim_comes_late(#[values(TOKEN, TOKEN_2022)] token_program: Address) {
    let mut world = World::on(token_program);
    let lease = world.active_lease();
    let Lease { ends_at, .. } = world.lease(&lease);
    world.set_time(ends_at + GRACE - 100);
    world.claim_message(&lease, &world.message_until(&lease, 100_001, ends_at)).ok();
    world.pass(100);
    world.claim_message(&lease, &world.message_until(&lease, 190_000, ends_at)).ok();
    let times = [ends_at + GRACE, ends_at + GRACE + 500, ends_at + GRACE + 600];
    assert_eq!(keeps_its_word(&mut world, &lease, &times), [Phase::Ending, Phase::Closable]);
}

#[rstest]
fn a_lease_that_is_revived_extended_and_ended_by_notice(#[values(TOKEN, TOKEN_2022)] token_program: Address) {
    let mut world = World::on(token_program);
    let lease = world.active_lease();
    let used_up = world.lease(&lease).funded_until();
    world.set_time(used_up + 1_000);
    assert_eq!(world.phase(&lease), Phase::Exhausted);
    world.top_up(&lease, 10_000_001).ok();
    world.extend(&lease, 2 * 86_400).ok();
    // An hour more is paid, from the top-up on.
    let used_up_again = world.lease(&lease).funded_until();
    assert_eq!(used_up_again, used_up + 1_000 + 3_600);
    assert_eq!(
        keeps_its_word(&mut world, &lease, &[used_up_again]),
        [Phase::Running, Phase::Exhausted],
        "an hour was paid"
    );
    world.terminate(&lease, lease.renter).ok();
    let Lease { ends_at, .. } = world.lease(&lease);
    assert_eq!(
        keeps_its_word(&mut world, &lease, &[ends_at, ends_at + GRACE]),
        [Phase::Exhausted, Phase::Ending, Phase::Closable]
    );
}

#[rstest]
fn a_lease_that_is_expired_and_one_that_is_disputed(#[values(TOKEN, TOKEN_2022)] token_program: Address) {
    let mut world = World::on(token_program);
    let lease = world.active_lease();
    world.pass(3_600);
    world.claim(&lease, 14_001).ok();
    let window_end = world.now();

    let mut expired = world.clone();
    expired.pass(901);
    expired.expire(&lease).ok();
    let times = [window_end + 902, window_end + GRACE];
    assert_eq!(keeps_its_word(&mut expired, &lease, &times), [Phase::Ending, Phase::Closable]);

    world.dispute(&lease, 10_000).ok();
    let deadline = world.lease(&lease).dispute.deadline();
    let times = [window_end + 600, window_end + GRACE, deadline];
    assert_eq!(keeps_its_word(&mut world, &lease, &times), [Phase::Disputed]);
    world.resolve_by_timeout(&lease).ok();
    assert_eq!(keeps_its_word(&mut world, &lease, &[deadline + 2]), [Phase::Closable]);
}

#[rstest]
fn a_lease_is_funded_until_the_first_second_that_its_deposit_does_not_cover(
    #[values(TOKEN, TOKEN_2022)] token_program: Address,
    #[values(1_234_567, 2_500_000, 3_600, 7)] price: u64,
) {
    let mut world = World::on_with_terms(token_program, |terms| (terms.price, terms.notice) = (price, 1_001));
    // Exact, without rounding: is every unit of every GPU until `time` paid?
    let is_covered = |lease: &Lease, time: i64| {
        let units = u128::from(lease.meter.capacity(time) - lease.meter.excused);
        units * u128::from(price) <= u128::from(lease.ledger.deposited) * 3_600
    };
    let check = |world: &mut World, lease: &LeaseKey| {
        let (now, account) = (world.now(), world.lease(lease));
        let used_up = account.funded_until();
        assert!(is_covered(&account, used_up) && !is_covered(&account, used_up + 1));
        let phases = keeps_its_word(&mut world.clone(), lease, &[used_up]);
        assert_eq!(phases, [Phase::Running, Phase::Exhausted], "{} seconds from now", used_up - now);
    };
    // Six hours of three GPUs and a base unit more.
    let lease = world.active_lease_as(|request| {
        (request.gpus, request.deposit) = (3, 18 * price + 1);
    });
    check(&mut world, &lease);
    world.pass(777);
    world.resize(&lease, 7).ok();
    check(&mut world, &lease);
    world.pass(778);
    world.claim(&lease, 0).ok();
    // A shrink whose notice ends before the deposit does, one that outlasts it, and a top-up too late.
    world.resize(&lease, 2).ok();
    check(&mut world, &lease);
    world.pass(1_001);
    world.release_gpus(&lease).ok();
    world.set_time(world.lease(&lease).funded_until() - 500);
    world.claim(&lease, 0).ok();
    world.resize(&lease, 1).ok();
    check(&mut world, &lease);
    world.pass(2_002);
    world.top_up(&lease, 2 * price + 3).ok();
    check(&mut world, &lease);
}
