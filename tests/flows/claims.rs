//! Claims: units without the renter's signature, and their challenge windows of ten minutes.

use gpu_lease_tests::prelude::*;
use rstest::rstest;

/// A lease of four GPUs that has run for an hour.
fn after_an_hour(token_program: Address) -> (World, LeaseKey) {
    let mut world = World::on(token_program);
    let lease = world.active_lease();
    world.pass(3_600);
    (world, lease)
}

fn accepted_after_settling(world: &mut World, lease: &LeaseKey) -> u64 {
    world.settle(lease).ok();
    world.lease(lease).meter.accepted
}

#[rstest]
fn a_claim_matures_when_its_window_is_over_and_not_a_second_before(
    #[values(TOKEN, TOKEN_2022)] token_program: Address,
) {
    let (mut world, lease) = after_an_hour(token_program);
    world.claim(&lease, 100).ok();
    world.pass(599);
    assert_eq!(accepted_after_settling(&mut world, &lease), 0);
    world.pass(1);
    assert_eq!(accepted_after_settling(&mut world, &lease), 100);
    world.pass(1);
    assert_eq!(accepted_after_settling(&mut world, &lease), 100);
}

#[rstest]
fn a_window_is_as_long_as_the_terms_say(#[values(TOKEN, TOKEN_2022)] token_program: Address) {
    let mut world =
        World::on_with_terms(token_program, |terms| terms.challenge_window = MAX_CHALLENGE_WINDOW);
    let lease = world.active_lease();
    world.pass(3_600);
    world.claim(&lease, 100).ok();
    world.pass(i64::from(MAX_CHALLENGE_WINDOW) - 1);
    assert_eq!(accepted_after_settling(&mut world, &lease), 0);
    world.pass(1);
    assert_eq!(accepted_after_settling(&mut world, &lease), 100);
}

#[rstest]
fn claiming_often_does_not_postpone_the_window_that_runs(
    #[values(TOKEN, TOKEN_2022)] token_program: Address,
) {
    let (mut world, lease) = after_an_hour(token_program);
    world.claim(&lease, 100).ok();
    for minute in 1..10 {
        world.pass(60);
        world.claim(&lease, 100 + minute).ok();
    }
    world.pass(59);
    assert_eq!(accepted_after_settling(&mut world, &lease), 0);
    world.pass(1);
    assert_eq!(accepted_after_settling(&mut world, &lease), 100, "ten minutes after the first claim");
}

#[rstest]
fn claiming_often_does_not_shorten_the_window_of_a_later_claim(
    #[values(TOKEN, TOKEN_2022)] token_program: Address,
) {
    let (mut world, lease) = after_an_hour(token_program);
    world.claim(&lease, 100).ok();
    world.pass(599);
    world.claim(&lease, 14_000).ok();
    world.pass(1);
    assert_eq!(accepted_after_settling(&mut world, &lease), 100);
    world.pass(598);
    assert_eq!(accepted_after_settling(&mut world, &lease), 100);
    world.pass(1);
    assert_eq!(accepted_after_settling(&mut world, &lease), 14_000, "ten minutes after its own submission");
}

#[rstest]
fn a_newer_claim_takes_the_place_of_the_one_that_waits(#[values(TOKEN, TOKEN_2022)] token_program: Address) {
    let (mut world, lease) = after_an_hour(token_program);
    world.claim(&lease, 100).ok();
    world.pass(100);
    world.claim(&lease, 200).ok();
    world.pass(100);
    world.claim(&lease, 300).ok();
    let meter = world.lease(&lease).meter;
    assert_eq!((meter.accepted, meter.maturing.units, meter.latest.units), (0, 100, 300));

    world.pass(400);
    assert_eq!(accepted_after_settling(&mut world, &lease), 100);
    world.pass(199);
    assert_eq!(accepted_after_settling(&mut world, &lease), 100);
    world.pass(1);
    assert_eq!(accepted_after_settling(&mut world, &lease), 300, "the claim of 200 is part of it");
}

#[rstest]
fn both_claims_mature_at_once_if_nobody_looked_in_between(
    #[values(TOKEN, TOKEN_2022)] token_program: Address,
) {
    let (mut world, lease) = after_an_hour(token_program);
    world.claim(&lease, 100).ok();
    world.pass(300);
    world.claim(&lease, 200).ok();
    world.pass(600);
    assert_eq!(accepted_after_settling(&mut world, &lease), 200);
}

#[rstest]
fn the_next_attestation_matures_claims_as_well(#[values(TOKEN, TOKEN_2022)] token_program: Address) {
    let (mut world, lease) = after_an_hour(token_program);
    world.claim(&lease, 100).ok();
    world.pass(600);
    world.claim(&lease, 200).ok();
    let meter = world.lease(&lease).meter;
    assert_eq!((meter.accepted, meter.maturing.units, meter.latest.units), (100, 200, 200));
}

#[rstest]
fn a_heartbeat_neither_claims_nor_moves_a_window(#[values(TOKEN, TOKEN_2022)] token_program: Address) {
    let (mut world, lease) = after_an_hour(token_program);
    world.claim(&lease, 100).ok();
    let claimed = world.lease(&lease).meter;
    world.pass(300);
    world.claim(&lease, 100).ok();
    let meter = world.lease(&lease).meter;
    assert_eq!((meter.maturing, meter.latest), (claimed.maturing, claimed.latest));
    assert_eq!(meter.window_end, claimed.window_end + 300);
    world.pass(300);
    assert_eq!(accepted_after_settling(&mut world, &lease), 100);
}

#[rstest]
fn the_renters_signature_accepts_every_open_claim(#[values(TOKEN, TOKEN_2022)] token_program: Address) {
    let (mut world, lease) = after_an_hour(token_program);
    world.claim(&lease, 100).ok();
    world.pass(300);
    world.claim(&lease, 200).ok();
    world.agree(&lease, 200).ok();
    let meter = world.lease(&lease).meter;
    assert_eq!((meter.accepted, meter.maturing.units, meter.latest.units), (200, 200, 200));
}

#[rstest]
fn inv_2_accepted_maturing_and_latest_stay_in_order_whatever_comes(
    #[values(TOKEN, TOKEN_2022)] token_program: Address,
) {
    let (mut world, lease) = after_an_hour(token_program);
    let mut units = 0;
    // A fixed sequence without a pattern: pauses, claims, agreements, settlements.
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    for _ in 0..60 {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        world.pass((state % 400) as i64 + 1);
        units += state % 1_000;
        match state % 5 {
            0 => drop(world.agree(&lease, units).ok()),
            1 => drop(world.settle(&lease).ok()),
            _ => drop(world.claim(&lease, units).ok()),
        }
        let meter = world.lease(&lease).meter;
        let order = [meter.accepted, meter.maturing.units, meter.latest.units, units.max(meter.latest.units)];
        assert!(order.is_sorted(), "{order:?}");
        let elapsed = u64::try_from(meter.window_end - meter.segment_start).unwrap();
        assert!(meter.latest.units <= 4 * elapsed);
    }
    world.pass(600);
    world.claim(&lease, units).ok();
    world.pass(600);
    assert_eq!(accepted_after_settling(&mut world, &lease), units);
}
