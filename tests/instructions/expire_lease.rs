use crate::states::not_active;
use gpu_lease_tests::prelude::*;

/// Heartbeat timeout of the usual terms, seconds.
const HEARTBEAT: i64 = 900;

fn expired(lease: &LeaseKey, ends_at: i64, reason: EndReason) -> Event {
    Event::LeaseExpired(LeaseExpired { lease: lease.address, ends_at, reason: reason as u64 })
}

fn abandoned(world: &World) -> u32 {
    world.read::<Provider>(&world.provider).record.leases_abandoned
}

#[test]
fn a_silent_providers_lease_ends_at_its_last_attested_moment() {
    let mut world = World::new();
    let lease = world.active_lease();
    world.pass(3_600);
    world.agree(&lease, 14_400).ok();
    let ends_at = world.now();
    world.pass(HEARTBEAT + 1);
    let (before, record) = (world.lease(&lease), world.read::<Provider>(&world.provider).record);

    world.expire(&lease).emitted(expired(&lease, ends_at, EndReason::Abandoned));

    let end_slot = before.meter.heartbeat.slot;
    let after = Lease { ends_at, end_slot, end_reason: PodEndReason::Abandoned, ..before };
    assert_eq!(world.lease(&lease), after, "what was promised stays promised");
    assert_eq!(
        world.read::<Provider>(&world.provider).record,
        ProviderRecord { leases_abandoned: 1, ..record }
    );
    assert_eq!(world.balance(&lease.vault), 140_000_000);
}

#[test]
fn a_provider_is_silent_for_longer_than_the_timeout() {
    for attests in [false, true] {
        for (seconds, may) in [(-1, false), (0, false), (1, true)] {
            let mut world = World::new();
            let lease = world.active_lease();
            if attests {
                world.pass(777);
                world.claim(&lease, 0).ok();
            }
            world.pass(HEARTBEAT + seconds);
            let outcome = world.expire(&lease);
            match may {
                true => drop(outcome.ok()),
                false => outcome.refused(LeaseError::HeartbeatNotMissed),
            }
        }
    }
}

#[test]
fn the_timeout_is_the_one_of_the_terms() {
    let mut world = World::with_terms(|terms| terms.heartbeat_timeout = MAX_HEARTBEAT_TIMEOUT);
    let lease = world.active_lease_as(|request| request.duration = 30 * 24 * 3_600);
    world.pass(i64::from(MAX_HEARTBEAT_TIMEOUT));
    world.expire(&lease).refused(LeaseError::HeartbeatNotMissed);
    world.pass(1);
    world.expire(&lease).ok();
}

#[test]
fn it_is_the_attested_window_that_counts_not_when_it_was_submitted() {
    let mut world = World::new();
    let lease = world.active_lease();
    world.pass(HEARTBEAT + 1);
    let message = world.message_until(&lease, 0, world.now() - HEARTBEAT - 1);
    world.claim_message(&lease, &message).refused(LeaseError::AttestationRepeated);
    let message = world.message_until(&lease, 0, world.now() - HEARTBEAT);
    world.claim_message(&lease, &message).ok();
    world.expire(&lease).refused(LeaseError::HeartbeatNotMissed);
    world.pass(1);
    world.expire(&lease).ok();
}

#[test]
fn silence_after_the_end_is_none() {
    for (before_the_end, may) in [(HEARTBEAT - 1, false), (HEARTBEAT, false), (HEARTBEAT + 1, true)] {
        let mut world = World::new();
        let lease = world.active_lease_as(|request| request.deposit *= 2);
        let ends_at = world.lease(&lease).ends_at;
        world.set_time(ends_at - before_the_end);
        world.claim(&lease, 0).ok();
        world.set_time(ends_at + GRACE);
        let outcome = world.expire(&lease);
        match may {
            true => outcome.emitted(expired(&lease, ends_at - before_the_end, EndReason::Abandoned)),
            false => outcome.refused(LeaseError::HeartbeatNotMissed),
        }
    }
}

#[test]
fn a_provider_has_abandoned_a_lease_if_it_was_silent_for_longer_than_its_timeout_while_paid() {
    for (seconds, reason) in
        [(-1, EndReason::Abandoned), (0, EndReason::Exhausted), (1, EndReason::Exhausted)]
    {
        let mut world = World::new();
        let lease = world.active_lease();
        world.set_time(world.lease(&lease).funded_until() - HEARTBEAT + seconds);
        world.claim(&lease, 0).ok();
        let ends_at = world.now();
        world.pass(2 * HEARTBEAT);
        world.expire(&lease).emitted(expired(&lease, ends_at, reason));
        assert_eq!(abandoned(&world), u32::from(reason == EndReason::Abandoned));
    }
}

#[test]
fn silence_counts_again_from_the_top_up_that_makes_a_lease_run_again() {
    for (seconds, may) in [(-1, false), (0, false), (1, true)] {
        let mut world = World::new();
        let lease = world.active_lease();
        world.set_time(world.lease(&lease).funded_until());
        world.claim(&lease, 0).ok();
        world.pass(5_000);
        world.top_up(&lease, 60_000_000).ok();
        world.pass(HEARTBEAT + seconds);
        let outcome = world.expire(&lease);
        match may {
            true => drop(outcome.ok()),
            false => outcome.refused(LeaseError::HeartbeatNotMissed),
        }
    }
}

#[test]
fn a_lease_expires_once() {
    let mut world = World::new();
    let lease = world.active_lease();
    world.pass(HEARTBEAT + 1);
    world.expire(&lease).ok();
    world.pass(10_000);
    world.expire(&lease).refused(LeaseError::HeartbeatNotMissed);
    assert_eq!(abandoned(&world), 1);
}

#[test]
fn a_notice_does_not_keep_a_silent_providers_lease_from_expiring() {
    let mut world = World::new();
    let lease = world.active_lease();
    let start = world.now();
    world.terminate(&lease, world.people.provider.pubkey()).ok();
    world.pass(HEARTBEAT + 1);
    world.expire(&lease).emitted(expired(&lease, start, EndReason::Abandoned));
}

#[test]
fn only_an_active_lease_expires() {
    for (mut world, lease) in not_active() {
        world.pass(86_400);
        world.expire(&lease).refused(LeaseError::NotActive);
    }
}

#[test]
fn every_account_is_checked() {
    let mut world = World::new();
    let sibling = world.sibling();
    let lease = world.active_lease();
    world.pass(HEARTBEAT + 1);
    world.refuses_wrong_accounts(
        &[],
        &instruction::expire_lease(lease.renter, &world.context(&lease), FOR_EVER),
        &[
            ("lease", sibling.active.address, &LeaseError::WrongAccount),
            ("provider", sibling.provider, &LeaseError::WrongAccount),
        ],
    );
}

#[test]
fn an_expiry_is_for_the_silence_since_the_window_that_was_seen() {
    let mut world = World::new();
    let lease = world.active_lease();
    let expire = instruction::expire_lease(lease.renter, &world.context(&lease), FOR_EVER);
    world.pass(1);
    world.claim(&lease, 0).ok();
    world.pass(HEARTBEAT + 1);
    let [before, after] = [-1, 1].map(|seconds| {
        let mut reference = world.context(&lease);
        reference.account.meter.window_end += seconds;
        instruction::expire_lease(lease.renter, &reference, FOR_EVER)
    });
    for signed in [expire, before, after] {
        world.play([signed]).refused(LeaseError::WindowMoved);
    }
    world.expire(&lease).ok();
}

#[test]
fn the_session_key_expires_for_the_renter_and_others_wait_for_three_days() {
    for (seconds, may) in [(-1, false), (0, false), (1, true)] {
        let mut world = World::new();
        let agent = world.people.agent.pubkey();
        let lease = world.active_lease_as(|request| {
            (request.duration, request.deposit, request.session_key) = (10 * 86_400, 2_400_000_000, agent);
        });
        let by_others = world.expire_lease_ix(&lease, world.people.provider.pubkey());
        world.pass(HEARTBEAT + 1);
        let mut by_the_agent = world.clone();
        by_the_agent.play([by_the_agent.expire_lease_ix(&lease, agent)]).ok();
        world.pass(3 * 86_400 - 1 + seconds);
        let by_others = Instruction { data: world.expire_lease_ix(&lease, agent).data, ..by_others };
        let outcome = world.play([by_others]);
        match may {
            true => drop(outcome.ok()),
            false => outcome.refused(LeaseError::HeartbeatNotMissed),
        }
    }
}

#[test]
fn a_session_key_expires_in_the_renters_time_whoever_else_it_is() {
    let People { provider, attestor, operator, .. } = People::default();
    for own in [provider, attestor, operator].map(|person| person.pubkey()) {
        let mut world = World::new();
        let lease = world.active_lease_as(|request| request.session_key = own);
        world.pass(HEARTBEAT + 1);
        world.play([world.expire_lease_ix(&lease, own)]).ok();
    }
}
