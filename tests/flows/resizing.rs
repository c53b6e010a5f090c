//! Leases that grow and shrink: what their GPUs can deliver is exact to the second.

use crate::closed;
use gpu_lease_tests::prelude::*;
use rstest::rstest;

fn provider(world: &World) -> Address {
    world.people.provider.pubkey()
}

/// The provider claims exactly what can have been delivered until `window_end`, after one unit more is refused.
#[track_caller]
fn claims_at_most(world: &mut World, lease: &LeaseKey, window_end: i64, units: u64) {
    let above = world.message_until(lease, units + 1, window_end);
    world.claim_message(lease, &above).refused(LeaseError::UnitsAboveCapacity);
    world.claim_message(lease, &world.message_until(lease, units, window_end)).ok();
}

#[rstest]
fn a_lease_that_grows_is_metered_and_promised_over_both_segments(
    #[values(TOKEN, TOKEN_2022)] token_program: Address,
) {
    // Given four GPUs for an hour, then eight for the rest of the day: 676 800 units, worth 470 000 000.
    let mut world = World::on(token_program);
    let lease = world.active_lease_as(|request| request.deposit = 470_000_000);
    let start = world.now();
    world.pass(3_600);
    world.resize(&lease, 8).ok();
    assert_eq!((world.offer().gpus_free, world.lease(&lease).ledger.bond), (0, 40_000_000));
    assert_eq!(world.lease(&lease).funded_until(), start + 86_400);

    // When windows end in either segment.
    world.pass(3_600);
    for (window_end, units) in
        [(1_800, 7_200), (3_599, 14_396), (3_600, 14_400), (3_601, 14_408), (7_200, 43_200)]
    {
        claims_at_most(&mut world, &lease, start + window_end, units);
    }
    world.set_time(start + 86_400);
    world.agree(&lease, 670_031).ok();
    world.pass_grace(&lease);
    let closed = closed(&mut world, &lease);

    // Then 99 % of both segments were promised; a unit is missing. The rest is worth 465 299 305.5…
    assert_eq!((closed.promised, closed.credit, closed.bond), (670_032, 694, 40_000_000 - 694));
    assert_eq!(world.money(&lease.renter), WEALTH - 465_299_305 + 694);
    assert_eq!(world.money(&provider(&world)), WEALTH + 465_299_305 - 4_652_993 - 694);
    assert_eq!(world.offer().gpus_free, 8);
}

#[rstest]
fn a_lease_that_shrinks_frees_gpus_when_the_notice_is_over_and_its_bond_at_the_close(
    #[values(TOKEN, TOKEN_2022)] token_program: Address,
) {
    // Given four GPUs of which the renter wants to keep one, an hour from now.
    let mut world = World::on(token_program);
    let lease = world.active_lease();
    let start = world.now();
    world.pass(3_600);
    world.resize(&lease, 1).ok();
    let wanted = |world: &World| LeaseRequest { gpus: 5, ..world.request(1) };
    world.open(wanted(&world)).refused(LeaseError::NotEnoughFreeGpus);

    // When the notice is over, the GPUs serve somebody else as soon as anyone has released them.
    world.pass(3_600);
    world.open(wanted(&world)).refused(LeaseError::NotEnoughFreeGpus);
    world.release_gpus(&lease).ok();
    world.active_lease_as(|request| (request.nonce, request.gpus) = (1, 5));
    assert_eq!((world.offer().gpus_free, world.lease(&lease).ledger.bond), (2, 20_000_000));
    world.pass(3_600);
    for (window_end, units) in
        [(3_600, 14_400), (7_199, 28_796), (7_200, 28_800), (7_201, 28_801), (10_800, 32_400)]
    {
        claims_at_most(&mut world, &lease, start + window_end, units);
    }

    // Then 99 % of 108 000 units are promised, and the bond of four GPUs answers for what is missing.
    world.pass_grace(&lease);
    let closed = closed(&mut world, &lease);
    assert_eq!((closed.accepted, closed.promised), (32_400, 106_920));
    assert_eq!((closed.credit, closed.bond), (20_000_000, 0));
    assert_eq!(closed.payout + closed.fees, 22_500_000);
    assert_eq!(world.offer().gpus_free, 3, "one more than before the close");
}

#[rstest]
fn several_resizes_in_a_row_forget_no_unit(#[values(TOKEN, TOKEN_2022)] token_program: Address) {
    let mut world = World::on_with_terms(token_program, |terms| terms.notice = 977);
    let lease = world.active_lease_as(|request| request.deposit = 480_000_000);
    let start = world.now();
    // From when on, how many: growing counts at once, shrinking after the notice.
    let mut segments = vec![(start, 4)];
    let capacity = |segments: &[(i64, u64)], time: i64| {
        let ends = segments.iter().skip(1).map(|(from, _)| *from).chain([i64::MAX]);
        let units = |((from, gpus), end): (&(i64, u64), i64)| gpus * (end.min(time) - from).max(0) as u64;
        segments.iter().zip(ends).map(units).sum::<u64>()
    };
    for (seconds, gpus) in [(1_001, 6_u32), (13, 2), (1_500, 7), (4_000, 8), (1, 3), (2_222, 1), (5_000, 5)] {
        world.pass(seconds);
        let grows = u64::from(gpus) > segments[segments.len() - 1].1;
        world.resize(&lease, gpus).ok();
        segments.push((world.now() + if grows { 0 } else { 977 }, gpus.into()));
        assert_eq!(world.lease(&lease).meter.capacity(world.now()), capacity(&segments, world.now()));
        if !grows {
            world.pass(977);
            world.release_gpus(&lease).ok();
        }
        let most = segments.iter().map(|(_, gpus)| *gpus).max().unwrap_or(0);
        let Lease { gpus: held, ledger, .. } = world.lease(&lease);
        assert_eq!((held, ledger.bond), (gpus, most * 5_000_000));
        assert_eq!(world.offer().gpus_free, 8 - gpus);
        let units = capacity(&segments, world.now());
        if units > world.lease(&lease).meter.latest.units {
            let now = world.now();
            claims_at_most(&mut world, &lease, now, units);
        }
    }

    // What is promised is the share of all that can have been delivered.
    let ends_at = world.lease(&lease).ends_at;
    let all = capacity(&segments, ends_at);
    world.set_time(ends_at);
    claims_at_most(&mut world, &lease, ends_at, all);
    world.pass_grace(&lease);
    let closed = closed(&mut world, &lease);
    assert_eq!((closed.accepted, closed.promised, closed.credit), (all, all * 99 / 100, 0));
    let gross = all * 2_500_000 / 3_600;
    assert_eq!(world.money(&lease.renter), WEALTH - gross);
    assert_eq!(world.money(&provider(&world)), WEALTH + gross - gross / 100);
}

#[rstest]
fn a_segment_is_attested_before_the_one_before_it_is_forgotten(
    #[values(TOKEN, TOKEN_2022)] token_program: Address,
) {
    // Given three segments, of which the meter knows the last two.
    let mut world = World::on(token_program);
    let lease = world.active_lease();
    let start = world.now();
    world.pass(1_000);
    world.resize(&lease, 6).ok();
    world.pass(1_000);
    world.claim_message(&lease, &world.message_until(&lease, 0, start + 999)).ok();
    world.resize(&lease, 8).refused(LeaseError::ResizePending);
    world.claim_message(&lease, &world.message_until(&lease, 0, start + 1_000)).ok();
    world.resize(&lease, 8).ok();
    world.pass(1);
    // Then windows go on from there, and the capacity of all three is exact.
    let message = world.message_until(&lease, 1, start + 999);
    world.claim_message(&lease, &message).refused(LeaseError::AttestationRegressed);
    claims_at_most(&mut world, &lease, start + 1_000, 4_000);
    claims_at_most(&mut world, &lease, start + 1_001, 4_006);
    claims_at_most(&mut world, &lease, start + 2_000, 10_000);
    claims_at_most(&mut world, &lease, start + 2_001, 10_008);
}

#[rstest]
fn more_gpus_use_the_deposit_up_sooner(#[values(TOKEN, TOKEN_2022)] token_program: Address) {
    // Given twelve paid hours of four GPUs, which are six of eight.
    for (seconds, reason) in [(0, EndReason::ProviderNotice), (1, EndReason::Exhausted)] {
        let mut world = World::on(token_program);
        let lease = world.active_lease();
        world.resize(&lease, 8).ok();
        world.pass(6 * 3_600 + seconds);
        let party = provider(&world);
        world.terminate(&lease, party).ok();
        assert_eq!(world.lease(&lease).end_reason, reason, "{seconds}");
    }
}

#[rstest]
fn a_lease_that_ends_while_it_shrinks_promises_the_larger_number(
    #[values(TOKEN, TOKEN_2022)] token_program: Address,
) {
    // Given a renter that wants one GPU an hour from now, and a second later none at all.
    let mut world = World::on(token_program);
    let lease = world.active_lease();
    world.resize(&lease, 1).ok();
    world.pass(1);
    world.terminate(&lease, lease.renter).ok();
    world.pass_grace(&lease);
    let closed = closed(&mut world, &lease);
    // 14 400 units of four GPUs and one of a single one; 14 256 of them are worth 9 900 000.
    assert_eq!((closed.promised, closed.credit, closed.bond), (14_256, 9_900_000, 10_100_000));
}

#[rstest]
fn inv_5_gpus_of_leases_that_grow_shrink_and_end_are_never_lost(
    #[values(TOKEN, TOKEN_2022)] token_program: Address,
) {
    let mut world = World::on(token_program);
    let [a, b] =
        [(0, 2), (1, 3)].map(|wish| world.active_lease_as(|request| (request.nonce, request.gpus) = wish));
    assert_eq!(world.offer().gpus_free, 3);
    world.resize(&a, 5).ok();
    world.resize(&b, 4).refused(LeaseError::NotEnoughFreeGpus);
    world.resize(&b, 1).ok();
    world.pass(3_600);
    world.resize(&a, 7).refused(LeaseError::NotEnoughFreeGpus);
    world.release_gpus(&b).ok();
    world.resize(&a, 7).ok();
    assert_eq!(world.offer().gpus_free, 0);
    // An offer keeps what is leased, and can be closed when nothing is.
    let shrink = |world: &World, gpus| world.update_offer_ix(gpus, true, terms(world.mint), listing());
    world.play([shrink(&world, 7)]).refused(LeaseError::GpuCountOutOfBounds);
    world.close_as_claimed(&a).ok();
    assert_eq!(world.offer().gpus_free, 7);
    world.play([shrink(&world, 1)]).ok();
    world.play([world.close_offer_ix()]).refused(LeaseError::OfferInUse);
    world.pass_grace(&b);
    world.release_gpus(&b).ok();
    world.close(&b).ok();
    assert_eq!(world.offer().gpus_free, 1);
    world.play([world.close_offer_ix()]).ok();
}
