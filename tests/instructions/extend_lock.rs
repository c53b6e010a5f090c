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
        let (before, unlock_at) = (world.vote_lock(&owner), unlock_at + later * i64::from(LOCK_STEP));
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
fn a_lock_ends_at_a_multiple_of_thirty_days_up_to_two_years_ahead() {
    let (mut world, owner, unlock_at) = locked();
    for odd in [unlock_at + 1, unlock_at + i64::from(LOCK_STEP) - 1] {
        world.extend_lock(owner, odd).refused(LeaseError::UnlockTimeOutOfBounds);
    }
    let latest = world.lock_end(world.now() + i64::from(MAX_LOCK));
    world.set_time(latest - i64::from(MAX_LOCK) - 1);
    world.extend_lock(owner, latest).refused(LeaseError::UnlockTimeOutOfBounds);
    world.extend_lock(owner, i64::MAX).refused(LeaseError::UnlockTimeOutOfBounds);
    world.pass(1);
    world.extend_lock(owner, latest).ok();
}

#[test]
fn a_lock_that_has_ended_ends_in_the_future_again() {
    let (mut world, owner, unlock_at) = locked();
    world.set_time(unlock_at + 60);
    let next = unlock_at + i64::from(LOCK_STEP);
    world.extend_lock(owner, unlock_at).refused(LeaseError::UnlockTimeOutOfBounds);
    world.extend_lock(owner, next).ok();
    world.unlock(owner).refused(LeaseError::StillLocked);
    assert_eq!(world.vote_lock(&owner).deposit_slot, world.slot());
    let governance: Governance = world.read(&address::governance());
    assert_eq!([next - 1, next].map(|time| governance.locked.beyond(time)), [7, 0]);
}

#[test]
fn nobody_but_the_owner_may() {
    let (mut world, owner, unlock_at) = locked();
    let extend = instruction::extend_lock(owner, unlock_at);
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
        &instruction::extend_lock(owner, unlock_at),
        &[
            ("owner", other, &LeaseError::NotLockOwner),
            ("lock", address::lock(&other), &LeaseError::NotLockOwner),
            ("lock", world.provider, &InstructionError::InvalidAccountData),
            ("governance", world.provider, &InstructionError::AccountDataTooSmall),
        ],
    );
}
