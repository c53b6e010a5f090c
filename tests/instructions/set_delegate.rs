use gpu_lease_tests::prelude::*;

#[test]
fn the_owner_sets_and_removes_its_delegate() {
    let mut world = World::new();
    let owner = world.people.holder.pubkey();
    let lock = address::lock(&owner);
    world.lock(owner, 7);
    for delegate in [world.people.delegate.pubkey(), owner, NOWHERE, Address::default()] {
        let before = world.vote_lock(&owner);
        world.set_delegate(owner, delegate).emitted(Event::DelegateSet(DelegateSet { lock, delegate }));
        assert_eq!(world.vote_lock(&owner), VoteLock { delegate, ..before });
    }
}

#[test]
fn the_owner_of_a_lock_that_has_ended_may_too() {
    let mut world = World::new();
    let owner = world.people.holder.pubkey();
    world.lock(owner, 7);
    world.set_time(world.vote_lock(&owner).unlock_at + 1);
    world.set_delegate(owner, NOWHERE).ok();
}

#[test]
fn nobody_but_the_owner_may() {
    let mut world = World::new();
    let (owner, delegate) = (world.people.holder.pubkey(), world.people.delegate.pubkey());
    world.lock(owner, 7);
    world.set_delegate(owner, delegate).ok();
    let set = world.delegate_ix(owner, NOWHERE);
    for nobody in [delegate, world.people.other_holder.pubkey(), world.people.stranger.pubkey()] {
        world.play([set.clone().with("owner", nobody)]).refused(LeaseError::NotLockOwner);
    }
}

#[test]
fn every_account_is_checked() {
    let mut world = World::new();
    let (owner, other) = (world.people.holder.pubkey(), world.people.other_holder.pubkey());
    for holder in [owner, other] {
        world.lock(holder, 7);
    }
    world.refuses_wrong_accounts(
        &[],
        &world.delegate_ix(owner, NOWHERE),
        &[
            ("owner", other, &LeaseError::NotLockOwner),
            ("lock", address::lock(&other), &LeaseError::NotLockOwner),
            ("lock", world.provider, &InstructionError::InvalidAccountData),
        ],
    );
}
