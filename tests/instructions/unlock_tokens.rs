use crate::states::LOCKED;
use gpu_lease_tests::prelude::*;
use rstest::rstest;

#[rstest]
fn the_owner_takes_its_tokens_and_the_rent_back(#[values(TOKEN, TOKEN_2022)] token_program: Address) {
    let mut world = World::on(token_program);
    let (owner, other) = (world.people.holder.pubkey(), world.people.other_holder.pubkey());
    let (lock, lamports) = (address::lock(&owner), world.lamports(&owner));
    world.lock(owner, 7);
    world.lock(other, 100);
    world.set_time(world.vote_lock(&owner).unlock_at);
    let before: Governance = world.read(&address::governance());

    world.unlock(owner).emitted(Event::TokensUnlocked(TokensUnlocked { lock, owner, amount: 7 }));

    assert!(!world.exists(&lock) && !world.exists(&address::vault(&lock)));
    assert_eq!((world.votes_of(&owner), world.lamports(&owner)), (WEALTH, lamports));
    assert_eq!(world.read::<Governance>(&address::governance()), before, "a sum that is over stays");
    assert_eq!(world.vote_lock(&other).amount, 100);
}

#[test]
fn tokens_are_unlocked_when_their_time_has_come_and_not_before() {
    for (seconds, may) in [(-1, false), (0, true), (1, true)] {
        let mut world = World::new();
        let owner = world.people.holder.pubkey();
        world.lock(owner, 7);
        world.set_time(world.vote_lock(&owner).unlock_at + seconds);
        let outcome = world.unlock(owner);
        match may {
            true => drop(outcome.ok()),
            false => outcome.refused(LeaseError::StillLocked),
        }
    }
}

#[rstest]
fn what_strangers_sent_goes_to_the_owner_and_never_voted(
    #[values(TOKEN, TOKEN_2022)] token_program: Address,
) {
    let mut world = World::on(token_program);
    let owner = world.people.holder.pubkey();
    let lock = address::lock(&owner);
    world.lock(owner, 7);
    world.mint_to(world.vote_mint, address::vault(&lock), 5);
    assert_eq!(world.vote_lock(&owner).amount, 7);
    assert_eq!(world.read::<Governance>(&address::governance()).locked.beyond(world.now()), 7);
    world.set_time(world.vote_lock(&owner).unlock_at);

    world.unlock(owner).emitted(Event::TokensUnlocked(TokensUnlocked { lock, owner, amount: 12 }));

    assert_eq!(world.votes_of(&owner), WEALTH + 5);
    assert_eq!(world.read::<Governance>(&address::governance()).locked.beyond(world.now()), 0);
}

#[test]
fn tokens_go_to_any_account_of_the_owner() {
    let mut world = World::new();
    let owner = world.people.holder.pubkey();
    world.lock(owner, 7);
    world.set_time(world.vote_lock(&owner).unlock_at);
    let elsewhere = world.create_other_token_account(owner, world.vote_mint, 60);
    world.play([world.unlock_ix(owner).with("owner_token", elsewhere)]).ok();
    assert_eq!((world.balance(&elsewhere), world.votes_of(&owner)), (7, WEALTH - 7));
}

#[test]
fn a_lock_is_unlocked_once_and_begins_again() {
    let mut world = World::new();
    let owner = world.people.holder.pubkey();
    world.lock(owner, 7);
    world.set_delegate(owner, world.people.delegate.pubkey()).ok();
    world.set_time(world.vote_lock(&owner).unlock_at);
    world.unlock(owner).ok();
    world.unlock(owner).failed(InstructionError::AccountDataTooSmall);
    let unlock_at = world.lock_end(world.now() + i64::from(MIN_LOCK));
    world.lock_until(owner, 3, unlock_at).ok();
    let VoteLock { delegate, amount, unlock_at: now_at, .. } = world.vote_lock(&owner);
    assert_eq!((delegate, amount, now_at), (Address::default(), 3, unlock_at));
}

#[test]
fn anyone_may_and_only_the_owner_is_paid() {
    let mut world = World::new();
    let (owner, delegate) = (world.people.holder.pubkey(), world.people.delegate.pubkey());
    world.lock(owner, 7);
    world.set_delegate(owner, delegate).ok();
    world.set_time(world.vote_lock(&owner).unlock_at);
    for nobody in [delegate, world.people.other_holder.pubkey(), world.people.stranger.pubkey()] {
        let unlock = world.unlock_ix(owner).with("owner", nobody);
        world.play([unlock]).refused(LeaseError::NotLockOwner);
        let theirs = address::associated_token(&nobody, &world.vote_mint, &TOKEN);
        let unlock = world.unlock_ix(owner).with("owner_token", theirs);
        world.play([unlock]).refused(LeaseError::WrongTokenOwner);
    }
    world.play([world.unlock_ix(owner)]).ok();
    assert_eq!(world.votes_of(&owner), WEALTH);
}

#[test]
fn every_account_is_checked() {
    let mut world = World::new();
    let (owner, other) = (world.people.holder.pubkey(), world.people.other_holder.pubkey());
    for holder in [owner, other] {
        world.lock(holder, LOCKED);
    }
    world.pass(400 * 24 * 3_600);
    let others_lock = address::lock(&other);
    world.refuses_wrong_accounts(
        &[],
        &world.unlock_ix(owner),
        &[
            ("owner", other, &LeaseError::NotLockOwner),
            ("lock", others_lock, &LeaseError::NotLockOwner),
            ("lock", world.provider, &InstructionError::InvalidAccountData),
            ("vault", address::vault(&others_lock), &LeaseError::WrongAccount),
            ("owner_token", world.wallet(&owner), &LeaseError::WrongMint),
            ("token_program", TOKEN_2022, &LeaseError::WrongTokenProgram),
            ("token_program", system_program::ID, &InstructionError::IncorrectProgramId),
        ],
    );
}
