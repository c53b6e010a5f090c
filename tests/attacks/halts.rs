//! A cluster that stands still for hours: its clock jumps, and hardly a slot passes in which anybody could act.

use gpu_lease_tests::prelude::*;

/// Longer than any of the waits below.
const HALT: i64 = 5 * 3_600;

/// A lease of four GPUs that has run for an hour, all of it claimed.
fn claimed() -> (World, LeaseKey) {
    let mut world = World::new();
    let lease = world.active_lease();
    world.pass(3_600);
    world.claim(&lease, 14_400).ok();
    (world, lease)
}

#[test]
fn a_claim_does_not_mature_while_nobody_can_dispute_it() {
    let (mut world, lease) = claimed();
    world.halt(HALT);
    world.settle(&lease).ok();
    assert_eq!(world.lease(&lease).meter.accepted, 0);
    world.dispute(&lease, 0).ok();
}

#[test]
fn a_claim_matures_once_the_challenge_window_has_passed_in_slots() {
    let (mut world, lease) = claimed();
    world.halt(HALT);
    // 599 slots since the claim, and 601: two a second and one more at each step.
    world.pass(298);
    world.pass(0);
    assert_eq!(world.moment().slot - world.lease(&lease).meter.latest.submitted.slot, 599);
    world.settle(&lease).ok();
    assert_eq!(world.lease(&lease).meter.accepted, 0);
    world.pass(0);
    world.settle(&lease).ok();
    assert_eq!(world.lease(&lease).meter.accepted, 14_400);
}

#[test]
fn nobody_is_silent_while_the_cluster_stands_still() {
    let (mut world, lease) = claimed();
    world.halt(HALT);
    world.expire(&lease).refused(LeaseError::HeartbeatNotMissed);
    world.claim(&lease, 14_400).ok();
    // Silence that goes on afterwards is one.
    world.pass(901);
    world.expire(&lease).ok();
}

#[test]
fn an_arbiter_does_not_lose_its_time_to_a_halt() {
    let (mut world, lease) = claimed();
    world.dispute(&lease, 0).ok();
    world.halt(8 * 86_400);
    world.resolve_by_timeout(&lease).refused(LeaseError::ArbitrationRunning);
    world.resolve(&lease, 14_400).ok();
}

#[test]
fn the_grace_for_the_last_statement_outlasts_a_halt() {
    let (mut world, lease) = claimed();
    let ends_at = world.lease(&lease).ends_at;
    world.set_time(ends_at - 60);
    world.claim(&lease, 14_400).ok();
    world.halt(60 + HALT);
    world.close(&lease).refused(LeaseError::NotClosable);
    world.claim_message(&lease, &world.message_until(&lease, 14_401, ends_at)).ok();
    world.pass(GRACE);
    world.close(&lease).ok();
}
