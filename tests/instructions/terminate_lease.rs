use crate::states::not_active;
use gpu_lease_tests::prelude::*;

/// Notice of the usual terms, seconds.
const NOTICE: i64 = 3_600;

fn terminated(lease: &LeaseKey, by: Address, ends_at: i64, reason: EndReason) -> Event {
    Event::LeaseTerminated(LeaseTerminated { lease: lease.address, by, ends_at, reason: reason as u64 })
}

#[test]
fn either_party_ends_a_lease_when_the_notice_is_over() {
    for by_provider in [false, true] {
        let mut world = World::new();
        let lease = world.active_lease();
        world.pass(1_000);
        let before = world.lease(&lease);
        let ends_at = world.now() + NOTICE;
        let (party, reason, stored) = match by_provider {
            false => (lease.renter, EndReason::RenterNotice, PodEndReason::RenterNotice),
            true => (world.people.provider.pubkey(), EndReason::ProviderNotice, PodEndReason::ProviderNotice),
        };

        world.terminate(&lease, party).emitted(terminated(&lease, party, ends_at, reason));

        let end_slot = world.moment().ahead_at(ends_at).slot;
        let after = Lease { ends_at, end_slot, promised_until: ends_at, end_reason: stored, ..before };
        assert_eq!(world.lease(&lease), after);
        assert_eq!(world.balance(&lease.vault), 140_000_000);
        assert_eq!(world.offer().gpus_free, 4, "the GPUs serve until then");
    }
}

#[test]
fn nobody_but_the_parties_may() {
    let mut world = World::new();
    let lease = world.sponsored_lease();
    world.start(&lease).ok();
    let People { sponsor, rival, attestor, agent, stranger, arbiter, .. } = &world.people;
    for nobody in [sponsor, rival, attestor, agent, stranger, arbiter].map(Signer::pubkey) {
        world.terminate(&lease, nobody).refused(LeaseError::NotParty);
    }
}

#[test]
fn the_session_key_gives_notice_for_the_renter() {
    let mut world = World::new();
    let agent = world.people.agent.pubkey();
    let lease = world.active_lease_as(|request| request.session_key = agent);
    world.pass(1_000);
    let ends_at = world.now() + NOTICE;
    let event = terminated(&lease, agent, ends_at, EndReason::RenterNotice);
    world.terminate(&lease, agent).emitted(event);
}

#[test]
fn a_session_key_that_was_removed_gives_no_notice() {
    let mut world = World::new();
    let agent = world.people.agent.pubkey();
    let lease = world.active_lease_as(|request| request.session_key = agent);
    let notice = world.terminate_lease_ix(&lease, agent);
    world.set_session_key(&lease, Address::default()).ok();
    world.play([notice]).refused(LeaseError::NotParty);
}

#[test]
fn the_operator_leaves_an_exhausted_lease_and_no_other() {
    for (seconds, may) in [(-1, false), (0, false), (1, true)] {
        let mut world = World::new();
        let lease = world.active_lease();
        let (operator, used_up) = (world.people.operator.pubkey(), world.lease(&lease).funded_until());
        world.set_time(used_up + seconds);
        let outcome = world.terminate(&lease, operator);
        match may {
            true => outcome.emitted(terminated(&lease, operator, used_up + 1, EndReason::Exhausted)),
            false => outcome.refused(LeaseError::OperatorMayNot),
        }
    }
}

#[test]
fn the_operator_leaves_a_lease_that_it_was_called_back_to_until_a_later_window_is_attested() {
    let mut world = World::new();
    let lease = world.active_lease();
    let operator = world.people.operator.pubkey();
    world.set_time(world.lease(&lease).funded_until() + 1_000);
    world.top_up(&lease, 60_000_000).ok();
    let mut taken_up = world.clone();
    world.pass(1);
    let event = terminated(&lease, operator, world.now(), EndReason::Exhausted);
    world.terminate(&lease, operator).emitted(event);

    taken_up.claim(&lease, 0).ok();
    let mut at_once = taken_up.clone();
    at_once.terminate(&lease, operator).ok();
    taken_up.pass(1);
    taken_up.claim(&lease, 0).ok();
    taken_up.terminate(&lease, operator).refused(LeaseError::OperatorMayNot);
}

#[test]
fn an_operator_that_is_the_session_key_too_gives_the_renters_notice() {
    let mut world = World::new();
    let operator = world.people.operator.pubkey();
    let lease = world.active_lease_as(|request| request.session_key = operator);
    let event = terminated(&lease, operator, world.now() + NOTICE, EndReason::RenterNotice);
    world.terminate(&lease, operator).emitted(event);
}

#[test]
fn a_notice_ends_a_lease_never_later_than_agreed() {
    for seconds in [-1, 0, 1, NOTICE - 1] {
        let mut world = World::new();
        let lease = world.active_lease();
        let before = world.lease(&lease);
        world.set_time(before.ends_at - NOTICE + seconds);
        let ends_at = before.ends_at + seconds.min(0);
        let event = terminated(&lease, lease.renter, ends_at, EndReason::RenterNotice);
        world.terminate(&lease, lease.renter).emitted(event);
        let end_reason = PodEndReason::RenterNotice;
        let end_slot = if seconds < 0 { world.moment().ahead_at(ends_at).slot } else { before.end_slot };
        let after = Lease { ends_at, end_slot, promised_until: ends_at, end_reason, ..before };
        assert_eq!(world.lease(&lease), after, "{seconds}");
        // It is a notice, whether it moved the end or not.
        world.extend(&lease, 172_800).refused(LeaseError::LeaseEnding);
    }
}

#[test]
fn nobody_gives_notice_of_what_is_over() {
    for seconds in [0, 1] {
        let mut world = World::new();
        let lease = world.active_lease();
        world.set_time(world.lease(&lease).ends_at + seconds);
        for party in [lease.renter, world.people.provider.pubkey()] {
            world.terminate(&lease, party).refused(LeaseError::LeaseEnding);
        }
    }
}

#[test]
fn a_lease_without_notice_ends_at_once() {
    let mut world = World::with_terms(|terms| terms.notice = 0);
    let lease = world.active_lease();
    world.pass(1_000);
    let (provider, now) = (world.people.provider.pubkey(), world.now());
    world.terminate(&lease, provider).emitted(terminated(&lease, provider, now, EndReason::ProviderNotice));
    assert_eq!(world.phase(&lease), Phase::Ending);
}

#[test]
fn the_first_notice_counts() {
    for provider_first in [false, true] {
        let mut world = World::new();
        let lease = world.active_lease();
        let mut parties = [lease.renter, world.people.provider.pubkey()];
        if provider_first {
            parties.reverse();
        }
        world.terminate(&lease, parties[0]).ok();
        let first = world.lease(&lease);
        world.pass(1);
        for party in parties {
            world.terminate(&lease, party).ok();
            assert_eq!(world.lease(&lease), first);
        }
    }
}

#[test]
fn a_provider_that_is_not_paid_owes_no_notice() {
    for (seconds, stops) in [(-1, false), (0, false), (1, true)] {
        let mut world = World::new();
        let lease = world.active_lease();
        let (provider, used_up) = (world.people.provider.pubkey(), world.lease(&lease).funded_until());
        world.set_time(used_up + seconds);
        let (ends_at, reason) = match stops {
            true => (world.now(), EndReason::Exhausted),
            false => (world.now() + NOTICE, EndReason::ProviderNotice),
        };
        world.terminate(&lease, provider).emitted(terminated(&lease, provider, ends_at, reason));
        assert_eq!(world.lease(&lease).promised_until, ends_at);
    }
}

#[test]
fn a_provider_that_gave_notice_and_is_not_paid_any_more_stops_sooner() {
    let mut world = World::new();
    let lease = world.active_lease();
    let provider = world.people.provider.pubkey();
    let used_up = world.lease(&lease).funded_until();
    world.set_time(used_up - 100);
    world.terminate(&lease, provider).ok();
    world.set_time(used_up + 1);
    let event = terminated(&lease, provider, used_up + 1, EndReason::Exhausted);
    world.terminate(&lease, provider).emitted(event);
}

#[test]
fn a_renter_that_does_not_pay_gives_notice_all_the_same() {
    let mut world = World::new();
    let lease = world.active_lease();
    world.set_time(world.lease(&lease).funded_until());
    let ends_at = world.now() + NOTICE;
    world.terminate(&lease, lease.renter).emitted(terminated(
        &lease,
        lease.renter,
        ends_at,
        EndReason::RenterNotice,
    ));
}

#[test]
fn only_an_active_lease_is_terminated() {
    for (mut world, lease) in not_active() {
        for party in [lease.renter, world.people.provider.pubkey()] {
            world.terminate(&lease, party).refused(LeaseError::NotActive);
        }
    }
}

#[test]
fn every_account_is_checked() {
    let mut world = World::new();
    let sibling = world.sibling();
    let lease = world.active_lease();
    for party in [lease.renter, world.people.provider.pubkey()] {
        let mut world = world.clone();
        world.refuses_wrong_accounts(
            &[],
            &instruction::terminate_lease(party, &world.context(&lease), i64::MAX, FOR_EVER),
            &[
                ("party", world.people.rival.pubkey(), &LeaseError::NotParty),
                ("party", world.people.operator.pubkey(), &LeaseError::OperatorMayNot),
                ("lease", sibling.active.address, &LeaseError::WrongAccount),
                ("provider", sibling.provider, &LeaseError::WrongAccount),
            ],
        );
    }
}
