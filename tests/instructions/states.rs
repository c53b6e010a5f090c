//! Leases in the states that come after the first hour.

use gpu_lease_tests::prelude::*;

/// A lease of four GPUs that has run for an hour: 4 000 of its units are accepted, 14 000 are claimed.
pub fn claimed() -> (World, LeaseRef) {
    let mut world = World::new();
    let lease = world.active_lease();
    world.pass(3_600);
    world.agree(&lease, 4_000).ok();
    world.claim(&lease, 14_000).ok();
    (world, lease)
}

/// As [`claimed`], of which the renter admits 10 000 units.
pub fn disputed() -> (World, LeaseRef) {
    let (mut world, lease) = claimed();
    world.dispute(&lease, 10_000).ok();
    (world, lease)
}

/// As [`disputed`], of which the arbiter found 12 000 units.
pub fn resolved() -> (World, LeaseRef) {
    let (mut world, lease) = disputed();
    world.resolve(&lease, 12_000).ok();
    (world, lease)
}

/// A lease in each state that is not Active.
pub fn not_active() -> [(World, LeaseRef); 3] {
    let mut world = World::new();
    let pending = world.pending_lease();
    [(world, pending), disputed(), resolved()]
}

/// A lease in each state that is not Disputed.
pub fn not_disputed() -> [(World, LeaseRef); 3] {
    let mut world = World::new();
    let pending = world.pending_lease();
    [(world, pending), claimed(), resolved()]
}
