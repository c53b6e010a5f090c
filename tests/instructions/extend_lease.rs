use crate::states::not_active;
use gpu_lease_tests::prelude::*;

#[test]
fn the_renter_lets_a_lease_run_longer() {
    let mut world = World::new();
    let lease = world.active_lease();
    world.pass(3_600);
    let before = world.lease(&lease);
    let ends_at = before.started_at + 172_800;

    world
        .extend(&lease, 172_800)
        .emitted(Event::LeaseExtended(LeaseExtended { lease: lease.address, ends_at }));

    let end_slot = world.moment().ahead_at(ends_at).slot;
    let after = Lease { duration: 172_800, ends_at, end_slot, promised_until: ends_at, ..before };
    assert_eq!(world.lease(&lease), after);
    assert_eq!(world.balance(&lease.vault), 140_000_000, "an extension costs nothing by itself");
    assert_eq!(world.offer().gpus_free, 4);
}

#[test]
fn nobody_but_the_renter_may() {
    let mut world = World::new();
    let lease = world.sponsored_lease();
    world.start(&lease).ok();
    let extend = instruction::extend_lease(&world.context(&lease), 172_800, FOR_EVER);
    let People { sponsor, provider, agent, stranger, .. } = &world.people;
    for nobody in [sponsor, provider, agent, stranger].map(Signer::pubkey) {
        world.play([extend.clone().with("renter", nobody)]).refused(LeaseError::NotRenter);
    }
    world.play([extend]).ok();
}

#[test]
fn a_lease_becomes_longer_and_never_longer_than_the_terms_allow() {
    let longest = 30 * 24 * 3_600;
    for (duration, may) in [
        (0, false),
        (86_399, false),
        (86_400, false),
        (86_401, true),
        (longest - 1, true),
        (longest, true),
        (longest + 1, false),
        (u32::MAX, false),
    ] {
        let mut world = World::new();
        let lease = world.active_lease();
        let outcome = world.extend(&lease, duration);
        match may {
            true => drop(outcome.ok()),
            false => outcome.refused(LeaseError::DurationOutOfBounds),
        }
    }
}

#[test]
fn inv_6_the_longest_duration_is_the_one_that_the_renter_signed_for() {
    let mut world = World::new();
    let lease = world.active_lease();
    let shorter = Terms { max_duration: 86_400, ..terms(world.mint) };
    world.play([world.update_offer_ix(8, false, shorter, listing())]).ok();
    world.extend(&lease, 30 * 24 * 3_600).ok();
}

#[test]
fn a_lease_is_extended_again_and_again_until_the_second_before_its_end() {
    let mut world = World::new();
    let lease = world.active_lease();
    for duration in [86_401, 90_000, 172_800] {
        world.set_time(world.lease(&lease).ends_at - 1);
        world.extend(&lease, duration).ok();
    }
    for seconds in [0, 1] {
        world.set_time(world.lease(&lease).ends_at + seconds);
        world.extend(&lease, 200_000).refused(LeaseError::LeaseEnding);
    }
}

#[test]
fn nobody_extends_a_lease_to_which_notice_was_given() {
    for by_provider in [false, true] {
        let mut world = World::new();
        let lease = world.active_lease();
        let party = if by_provider { world.people.provider.pubkey() } else { lease.renter };
        world.terminate(&lease, party).ok();
        world.extend(&lease, 172_800).refused(LeaseError::LeaseEnding);
    }
}

#[test]
fn nobody_extends_a_lease_that_an_exhausted_provider_stopped_or_that_expired() {
    let mut world = World::new();
    let lease = world.active_lease();
    world.set_time(world.lease(&lease).funded_until());
    world.terminate(&lease, world.people.provider.pubkey()).ok();
    world.extend(&lease, 172_800).refused(LeaseError::LeaseEnding);

    let mut world = World::new();
    let lease = world.active_lease();
    world.pass(901);
    world.expire(&lease).ok();
    world.extend(&lease, 172_800).refused(LeaseError::LeaseEnding);
}

#[test]
fn only_an_active_lease_is_extended() {
    for (mut world, lease) in not_active() {
        world.extend(&lease, 172_800).refused(LeaseError::NotActive);
    }
}

#[test]
fn every_account_is_checked() {
    let mut world = World::new();
    let sibling = world.sibling();
    let lease = world.active_lease();
    world.refuses_wrong_accounts(
        &[],
        &instruction::extend_lease(&world.context(&lease), 172_800, FOR_EVER),
        &[
            ("renter", world.people.sponsor.pubkey(), &LeaseError::NotRenter),
            ("lease", sibling.pending.address, &LeaseError::LeaseChanged),
            ("lease", world.offer, &InstructionError::AccountDataTooSmall),
        ],
    );
}

#[test]
fn an_extension_is_for_the_gpus_that_were_seen() {
    for (gpus, may) in [(3, false), (4, true), (5, false)] {
        let mut world = World::new();
        let lease = world.active_lease();
        let mut reference = world.context(&lease);
        reference.account.meter.gpus = gpus;
        let outcome = world.play([instruction::extend_lease(&reference, 172_800, FOR_EVER)]);
        match may {
            true => drop(outcome.ok()),
            false => outcome.refused(LeaseError::GpusChanged),
        }
    }
}
