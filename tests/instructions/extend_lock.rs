use gpu_lease_tests::prelude::*;

/// A lock of the holder's for a year, with a delegate. Returns owner and unlock time.
fn locked() -> (World, Address, i64) {
    let mut world = World::new();
    let owner = world.people.holder.pubkey();
    world.lock(owner, 7);
    world.set_delegate(owner, world.people.delegate.pubkey()).ok();
    let unlock_at = world.vote_lock(&owner).unlock_at;
    (world, owner, unlock_at)
}

#[test]
fn the_owner_locks_its_tokens_longer_and_never_shorter() {
    let (mut world, owner, unlock_at) = locked();
    let lock = address::lock(&owner);
    for (later, may) in [(-1, false), (0, true), (1, true)] {
        let (before, unlock_at) = (world.vote_lock(&owner), unlock_at + later);
        let outcome = world.extend_lock(owner, unlock_at);
        match may {
            true => {
                outcome.emitted(Event::LockExtended(LockExtended { lock, unlock_at }));
                assert_eq!(world.vote_lock(&owner), VoteLock { unlock_at, ..before });
            }
            false => outcome.refused(LeaseError::LockShortened),
        }
    }
    for earlier in [i64::MIN, world.now()] {
        world.extend_lock(owner, earlier).refused(LeaseError::LockShortened);
    }
}

#[test]
fn no_lock_is_longer_than_two_years() {
    let (mut world, owner, _) = locked();
    let latest = world.now() + i64::from(MAX_LOCK);
    for unlock_at in [latest - 1, latest] {
        world.extend_lock(owner, unlock_at).ok();
    }
    for unlock_at in [latest + 1, i64::MAX] {
        world.extend_lock(owner, unlock_at).refused(LeaseError::UnlockTimeOutOfBounds);
    }
    world.pass(1);
    world.extend_lock(owner, latest + 1).ok();
}

#[test]
fn a_lock_that_has_ended_ends_in_the_future_again() {
    let (mut world, owner, unlock_at) = locked();
    world.set_time(unlock_at + 60);
    for not_future in [unlock_at, unlock_at + 59, unlock_at + 60] {
        world.extend_lock(owner, not_future).refused(LeaseError::UnlockTimeOutOfBounds);
    }
    world.extend_lock(owner, unlock_at + 61).ok();
    world.unlock(owner).refused(LeaseError::StillLocked);
}

#[test]
fn nobody_but_the_owner_may() {
    let (mut world, owner, unlock_at) = locked();
    let extend = instruction::extend_lock(owner, unlock_at + 1);
    for nobody in
        [&world.people.delegate, &world.people.other_holder, &world.people.stranger].map(Signer::pubkey)
    {
        let extend = extend.clone().with("owner", nobody);
        world.play([extend]).refused(LeaseError::NotLockOwner);
    }
}

#[test]
fn every_account_is_checked() {
    let (mut world, owner, unlock_at) = locked();
    let other = world.people.other_holder.pubkey();
    world.lock(other, 7);
    world.refuses_wrong_accounts(
        &[],
        &instruction::extend_lock(owner, unlock_at + 100),
        &[
            ("owner", other, &LeaseError::NotLockOwner),
            ("lock", address::lock(&other), &LeaseError::NotLockOwner),
            ("lock", world.provider, &InstructionError::InvalidAccountData),
        ],
    );
}
