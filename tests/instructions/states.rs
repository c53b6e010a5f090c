//! Leases in the states that come after the first hour.

use gpu_lease_tests::prelude::*;

/// A lease of four GPUs that has run for an hour: 4 000 of its units are accepted, 14 000 are claimed.
pub fn claimed() -> (World, LeaseKey) {
    let mut world = World::new();
    let lease = world.active_lease();
    world.pass(3_600);
    world.agree(&lease, 4_000).ok();
    world.claim(&lease, 14_000).ok();
    (world, lease)
}

/// As [`claimed`], of which the renter admits 10 000 units.
pub fn disputed() -> (World, LeaseKey) {
    let (mut world, lease) = claimed();
    world.dispute(&lease, 10_000).ok();
    (world, lease)
}

/// As [`disputed`], of which the arbiter found 12 000 units.
pub fn resolved() -> (World, LeaseKey) {
    let (mut world, lease) = disputed();
    world.resolve(&lease, 12_000).ok();
    (world, lease)
}

/// A lease in each state that is not Active.
pub fn not_active() -> [(World, LeaseKey); 3] {
    let mut world = World::new();
    let pending = world.pending_lease();
    [(world, pending), disputed(), resolved()]
}

/// A lease in each state that is not Disputed.
pub fn not_disputed() -> [(World, LeaseKey); 3] {
    let mut world = World::new();
    let pending = world.pending_lease();
    [(world, pending), claimed(), resolved()]
}

/// What every lock in [`voting`] holds, base units.
pub const LOCKED: u64 = WEALTH / 2;

/// A hundredth of all seventeen people's tokens: the quorum while fewer than a tenth of all are locked.
pub const QUORUM: u64 = WEALTH * 17 / 100;

/// A rise of the fee to 150 basis points is proposed. Both holders have locked [`LOCKED`] for a year; nobody voted.
pub fn voting() -> (World, Address) {
    let mut world = World::new();
    world.lock(world.people.other_holder.pubkey(), LOCKED);
    let proposal = world.propose_fee(150);
    (world, proposal)
}

/// As [`voting`], after fees that weigh: `weight` for the renter and for the provider.
pub fn voting_with_fees(weight: u64) -> (World, Address) {
    let mut world = World::new();
    world.weigh_fees(weight / 3);
    let proposal = world.propose_fee(150);
    (world, proposal)
}

/// `action` has passed by the holder's votes, and it is the first moment of its execution.
pub fn passed(action: Action) -> (World, Address) {
    passed_in(World::new(), action)
}

/// As [`passed`], in this world.
pub fn passed_in(mut world: World, action: Action) -> (World, Address) {
    world.lock(world.people.holder.pubkey(), LOCKED);
    if action.is_rise(FEE_BPS) {
        world.weigh_fees_of(&[], 1);
    }
    let proposal = world.propose(action);
    world.pass_proposal(proposal);
    (world, proposal)
}
