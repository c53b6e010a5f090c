//! Growing, shrinking and giving GPUs back: more than there are, twice, too early, or without the provider.

use crate::gain;
use gpu_lease_tests::prelude::*;
use rstest::rstest;

/// A lease of four of the offer's eight GPUs that began just now; notice an hour, bond 5 000 000 for a GPU.
fn active() -> (World, LeaseKey) {
    let mut world = World::new();
    let lease = world.active_lease();
    (world, lease)
}

fn provider(world: &World) -> Address {
    world.people.provider.pubkey()
}

// ----- how many -----

#[rstest]
#[case::none(0, LeaseError::GpuCountOutOfBounds)]
#[case::as_many_as_before(4, LeaseError::GpuCountOutOfBounds)]
#[case::one_more_than_the_offer_has(9, LeaseError::NotEnoughFreeGpus)]
#[case::the_most_there_can_be(MAX_GPUS, LeaseError::NotEnoughFreeGpus)]
#[case::one_above(MAX_GPUS + 1, LeaseError::GpuCountOutOfBounds)]
#[case::the_largest_number(u32::MAX, LeaseError::GpuCountOutOfBounds)]
fn a_lease_does_not_go_on_with(#[case] gpus: u32, #[case] error: LeaseError) {
    let (mut world, lease) = active();
    let before = world.lease(&lease);
    world.resize(&lease, gpus).refused(error);
    assert_eq!(world.lease(&lease), before);
}

#[test]
fn a_lease_does_not_grow_into_gpus_of_another() {
    let (mut world, lease) = active();
    world.active_lease_as(|request| (request.nonce, request.gpus) = (1, 2));
    world.resize(&lease, 7).refused(LeaseError::NotEnoughFreeGpus);
    world.resize(&lease, 6).ok();
    assert_eq!(world.offer().gpus_free, 0);
}

#[test]
fn a_lease_does_not_grow_in_another_offers_gpus() {
    let (mut world, lease) = active();
    let sibling = world.sibling();
    let resize = world.resize_lease_ix(&lease, 8);
    world.play([resize.clone().with("offer", sibling.offer)]).refused(LeaseError::WrongAccount);
    world.play([resize.with("vault", sibling.active.vault)]).refused(LeaseError::WrongAccount);
}

#[test]
fn a_bond_that_does_not_fit_64_bits_is_refused() {
    // 720 hours of 22 GPUs at the highest price fit, of 23 they do not.
    let mut world = World::with_terms(|terms| {
        (terms.price, terms.min_duration, terms.bond_hours) = (MAX_PRICE, MIN_DURATION, MAX_BOND_HOURS);
    });
    world.play([world.update_offer_ix(64, true, world.offer().terms, listing())]).ok();
    let renter = world.people.renter.pubkey();
    let deposit = 16 * MAX_PRICE / 60 + 1;
    world.mint_to(world.mint, world.wallet(&renter), deposit);
    let supply = world.people.all().len() as u64 * WEALTH + deposit;
    let providers = world.wallet(&provider(&world));
    world.mint_to(world.mint, providers, u64::MAX - supply);
    let lease = world.active_lease_as(|request| (request.gpus, request.deposit) = (16, deposit));
    world.resize(&lease, 23).refused(LeaseError::AmountOverflow);
    world.resize(&lease, 40).refused(LeaseError::AmountOverflow);
    world.resize(&lease, 17).ok();
    assert_eq!(world.lease(&lease).ledger.bond, 17 * 720 * MAX_PRICE);
}

// ----- whose signature -----

#[test]
fn a_lease_does_not_grow_without_the_providers_signature() {
    let (mut world, lease) = active();
    let grow = world.resize_lease_ix(&lease, 8);
    world.play([grow.clone().unsigned("authority")]).refused(LeaseError::NotProviderAuthority);
    world.play([grow.clone().unsigned("renter")]).failed(InstructionError::MissingRequiredSignature);
    for another in [world.people.rival.pubkey(), world.people.attestor.pubkey(), lease.renter] {
        let grow = grow.clone().with("authority", another);
        world.play([grow]).refused(LeaseError::NotProviderOperator);
    }
    world.play([grow.with("renter", provider(&world))]).refused(LeaseError::NotRenter);
}

#[test]
fn a_lease_does_not_shrink_without_the_renters_signature() {
    let (mut world, lease) = active();
    let shrink = world.resize_lease_ix(&lease, 1);
    world.play([shrink.clone().unsigned("renter")]).failed(InstructionError::MissingRequiredSignature);
    for another in [provider(&world), world.people.stranger.pubkey()] {
        world.play([shrink.clone().with("renter", another)]).refused(LeaseError::NotRenter);
    }
}

#[test]
fn a_providers_signature_covers_the_transaction_that_it_signed_and_no_other() {
    let (mut world, lease) = active();
    let grow = world.resize_lease_ix(&lease, 8).unsigned("authority");
    let update = |world: &World| world.update_offer_ix(8, true, world.offer().terms, listing());
    world.play([update(&world)]).ok();
    world.play([grow.clone()]).refused(LeaseError::NotProviderAuthority);
    // Who signs a transaction signs all its instructions: the cluster shows the signature to each.
    world.play([update(&world), grow]).ok();
    assert_eq!(world.lease(&lease).gpus, 8);
}

#[test]
fn a_provider_without_the_bond_does_not_grow_a_lease() {
    let (mut world, lease) = active();
    let [provider, stranger] = [provider(&world), world.people.stranger.pubkey()];
    let leaves = world.money(&provider) - 19_999_999;
    world.transfer(&provider, &world.wallet(&stranger), leaves).ok();
    world.resize(&lease, 8).failed(INSUFFICIENT_FUNDS);
    let out_of_anothers = world.resize_lease_ix(&lease, 8).with("bond_token", world.wallet(&lease.renter));
    world.play([out_of_anothers]).failed(OWNER_MISMATCH);
}

// ----- one after the other -----

#[test]
fn a_resize_waits_for_the_one_before_it_and_for_its_gpus() {
    let (mut world, lease) = active();
    let start = world.now();
    world.resize(&lease, 2).ok();
    for seconds in [0, 3_599, 3_600, 4_000] {
        world.set_time(start + seconds);
        for gpus in [1, 3, 8] {
            world.resize(&lease, gpus).refused(LeaseError::ResizePending);
        }
        world.resize(&lease, 2).refused(LeaseError::GpuCountOutOfBounds);
    }
    world.release_gpus(&lease).ok();
    // Nor before the provider has said what it delivered until then.
    world.agree_message(&lease, &world.message_until(&lease, 0, start + 3_599)).ok();
    world.resize(&lease, 8).refused(LeaseError::ResizePending);
    world.agree_message(&lease, &world.message_until(&lease, 0, start + 3_600)).ok();
    world.resize(&lease, 8).ok();
    assert_eq!((world.lease(&lease).gpus, world.offer().gpus_free), (8, 0));
}

#[test]
fn a_pending_shrink_is_not_revoked_by_growing_in_the_same_transaction() {
    let (mut world, lease) = active();
    let (shrink, grow) = (world.resize_lease_ix(&lease, 2), world.resize_lease_ix(&lease, 8));
    // Whoever signed for growing saw four GPUs.
    world.play([shrink, grow]).failed_at(1, LeaseError::GpusChanged);
    assert_eq!(world.lease(&lease).meter.gpus, 4);
}

// ----- giving back -----

#[test]
fn gpus_are_given_back_neither_early_nor_twice() {
    let (mut world, lease) = active();
    let start = world.now();
    let freed = |world: &World| (world.offer().gpus_free, world.lease(&lease).ledger.bond);
    world.release_gpus(&lease).ok();
    assert_eq!(freed(&world), (4, 20_000_000), "nothing was shrunk");
    world.resize(&lease, 2).ok();
    for seconds in [0, 1, 3_599] {
        world.set_time(start + seconds);
        world.release_gpus(&lease).ok();
        assert_eq!(freed(&world), (4, 20_000_000), "the notice runs");
    }
    world.set_time(start + 3_600);
    let release = world.release_gpus_ix(&lease);
    world.play([release.clone(), release.clone()]).ok();
    world.play([release]).ok();
    assert_eq!(freed(&world), (6, 20_000_000), "the bond answers for what was promised until now");
    assert_eq!(gain(&world, &provider(&world)), -20_000_000);

    world.set_time(world.lease(&lease).ends_at);
    let release = world.release_gpus_ix(&lease);
    world.play([release.clone(), release]).ok();
    assert_eq!(freed(&world), (8, 20_000_000), "after the end too");
    world.pass_grace(&lease);
    world.close(&lease).ok();
    assert_eq!(world.offer().gpus_free, 8);
}

#[test]
fn gpus_go_back_to_their_own_offer() {
    let (mut world, lease) = active();
    let sibling = world.sibling();
    world.resize(&lease, 2).ok();
    world.pass(3_600);
    let release = world.release_gpus_ix(&lease);
    world.play([release.clone().with("offer", sibling.offer)]).refused(LeaseError::WrongAccount);
    world.play([release]).ok();
}

#[test]
fn a_lease_that_has_not_started_gives_nothing_back() {
    let mut world = World::new();
    let lease = world.pending_lease();
    world.release_gpus(&lease).refused(LeaseError::NotActive);
    assert_eq!(world.offer().gpus_free, 8);
}

// ----- what it does to the meter -----

#[test]
fn a_lease_that_grew_counts_the_new_gpus_from_then_on_only() {
    let (mut world, lease) = active();
    let start = world.now();
    world.pass(3_600);
    world.resize(&lease, 8).ok();
    // A window that ends before the growth, however late it is stated.
    let early = |units| world.message_until(&lease, units, start + 1_800);
    let [at, above] = [early(7_200), early(7_201)];
    world.agree_message(&lease, &above).refused(LeaseError::UnitsAboveCapacity);
    world.agree_message(&lease, &at).ok();
    world.agree(&lease, 14_401).refused(LeaseError::UnitsAboveCapacity);
    world.pass(1);
    world.agree(&lease, 14_409).refused(LeaseError::UnitsAboveCapacity);
    world.agree(&lease, 14_408).ok();
}

#[test]
fn a_shrink_counts_fewer_gpus_from_the_end_of_the_notice_on() {
    let (mut world, lease) = active();
    world.resize(&lease, 1).ok();
    world.pass(3_601);
    world.agree(&lease, 14_402).refused(LeaseError::UnitsAboveCapacity);
    world.agree(&lease, 14_401).ok();
}

#[rstest]
#[case::with_notice(3_600)]
#[case::without(0)]
fn a_shrink_right_before_an_attestation_does_not_invalidate_it(#[case] notice: u32) {
    let mut world = World::with_terms(|terms| terms.notice = notice);
    let lease = world.active_lease();
    world.pass(3_600);
    let message = world.message(&lease, 14_400);
    world.resize(&lease, 1).ok();
    world.claim_message(&lease, &message).ok();
    world.pass(600);
    world.settle(&lease).ok();
    assert_eq!(gain(&world, &provider(&world)), -20_000_000 + 9_900_000);
}

#[test]
fn two_shrinks_move_no_window_that_the_provider_did_not_attest() {
    // Without any notice: else a renter could shrink twice, dispute, and have time promised that nobody can
    // attest any more.
    let mut world = World::with_terms(|terms| terms.notice = 0);
    let lease = world.active_lease();
    world.pass(600);
    world.claim(&lease, 2_400).ok();
    let window_end = world.now();
    world.pass(599);
    world.resize(&lease, 3).ok();
    world.release_gpus(&lease).ok();
    world.resize(&lease, 2).refused(LeaseError::ResizePending);
    world.dispute(&lease, 2_399).ok();
    let Lease { ends_at, promised_until, .. } = world.lease(&lease);
    assert_eq!((ends_at, promised_until), (window_end, window_end));
}

#[test]
fn a_resize_is_no_sign_of_life_of_the_provider() {
    for gpus in [8, 2] {
        let (mut world, lease) = active();
        world.pass(800);
        world.resize(&lease, gpus).ok();
        world.pass(100);
        world.expire(&lease).refused(LeaseError::HeartbeatNotMissed);
        world.pass(1);
        world.expire(&lease).ok();
    }
}

#[test]
fn a_shrink_does_not_take_back_what_was_promised_until_its_notice_is_over() {
    let (mut world, lease) = active();
    world.resize(&lease, 1).ok();
    world.pass(3_600);
    world.terminate(&lease, provider(&world)).ok();
    world.pass_grace(&lease);
    world.close(&lease).ok();
    // 14 400 units with four GPUs, 3 600 with one; 99 % of the price of both.
    assert_eq!(gain(&world, &provider(&world)), -12_375_000);
    assert_eq!(gain(&world, &lease.payer), 12_375_000);
}

#[test]
fn a_shrink_leaves_the_bond_for_the_hours_before_it() {
    // Given a provider that delivers nothing, says so when its lease has shrunk, and gives the GPUs back.
    let (mut world, lease) = active();
    world.resize(&lease, 1).ok();
    world.pass(3_600);
    world.claim(&lease, 0).ok();
    world.release_gpus(&lease).ok();
    assert_eq!(world.offer().gpus_free, 7);
    // When it is closed an hour later, then the bond of all four GPUs has answered for the hour with them.
    world.terminate(&lease, provider(&world)).ok();
    world.pass_grace(&lease);
    world.close(&lease).ok();
    assert_eq!((gain(&world, &provider(&world)), gain(&world, &lease.payer)), (-12_375_000, 12_375_000));
}

#[test]
fn a_lease_over_or_pending_is_not_resized() {
    let mut world = World::new();
    let lease = world.pending_lease();
    world.resize(&lease, 2).refused(LeaseError::NotActive);
    world.start(&lease).ok();
    world.set_time(world.lease(&lease).ends_at);
    world.resize(&lease, 2).refused(LeaseError::LeaseEnding);
    world.resize(&lease, 8).refused(LeaseError::LeaseEnding);
}

// ----- longer -----

#[rstest]
#[case::as_long_as_before(86_400)]
#[case::shorter(3_600)]
#[case::nothing(0)]
#[case::longer_than_the_terms_allow(30 * 86_400 + 1)]
#[case::the_largest_number(u32::MAX)]
fn a_lease_does_not_run_for(#[case] duration: u32) {
    let (mut world, lease) = active();
    world.extend(&lease, duration).refused(LeaseError::DurationOutOfBounds);
    world.extend(&lease, 30 * 86_400).ok();
}

#[test]
fn nobody_but_the_renter_extends_and_nobody_after_the_end() {
    let (mut world, lease) = active();
    let extend = instruction::extend_lease(&world.context(&lease), 2 * 86_400, FOR_EVER);
    for another in [provider(&world), world.people.stranger.pubkey()] {
        world.play([extend.clone().with("renter", another)]).refused(LeaseError::NotRenter);
    }
    let ends_at = world.lease(&lease).ends_at;
    world.set_time(ends_at);
    world.play([extend.clone()]).refused(LeaseError::LeaseEnding);
    world.set_time(ends_at - 1);
    world.play([extend]).ok();
}
