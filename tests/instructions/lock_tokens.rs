use crate::states::LOCKED;
use gpu_lease_tests::prelude::*;
use rstest::rstest;

/// When a lock ends that lasts for at least a year.
fn in_a_year(world: &World) -> i64 {
    world.lock_end(world.now() + 365 * 24 * 3_600)
}

#[rstest]
fn an_owner_locks_tokens_for_the_first_time(#[values(TOKEN, TOKEN_2022)] token_program: Address) {
    let mut world = World::on(token_program);
    let owner = world.people.holder.pubkey();
    let (lock, bump) = VoteLock::address(&owner);
    let (vault, unlock_at) = (address::vault(&lock), in_a_year(&world));
    let lamports = world.lamports(&owner);
    let before: Governance = world.read(&address::governance());

    let outcome = world.lock_until(owner, 7, unlock_at);

    outcome.emitted(Event::TokensLocked(TokensLocked { lock, owner, amount: 7, total: 7, unlock_at }));
    assert_eq!(
        world.vote_lock(&owner),
        VoteLock {
            owner,
            vault,
            delegate: Address::default(),
            amount: 7,
            unlock_at,
            deposit_slot: world.slot(),
            version: 1,
            bump,
            spare: [0; 30],
        }
    );
    let mut locked = before.locked;
    locked.add(7, unlock_at).unwrap();
    assert_eq!(world.read::<Governance>(&address::governance()), Governance { locked, ..before });
    assert_eq!((world.balance(&vault), world.votes_of(&owner)), (7, WEALTH - 7));
    let account = world.svm().get_account(&vault).unwrap();
    assert_eq!(account.owner, token_program);
    assert_eq!(account.data[..32], world.vote_mint.to_bytes());
    assert_eq!(account.data[32..64], lock.to_bytes(), "the lock owns its vault");
    assert_eq!(world.lamports(&owner), lamports - world.lamports(&lock) - world.lamports(&vault));
}

#[rstest]
fn what_is_added_later_counts_from_then_on(#[values(TOKEN, TOKEN_2022)] token_program: Address) {
    let mut world = World::on(token_program);
    let (owner, delegate) = (world.people.holder.pubkey(), world.people.delegate.pubkey());
    let unlock_at = in_a_year(&world);
    world.lock_until(owner, 7, unlock_at).ok();
    world.set_delegate(owner, delegate).ok();
    world.lock(world.people.other_holder.pubkey(), 100);
    world.pass(60);
    let (before, lamports) = (world.vote_lock(&owner), world.lamports(&owner));

    let (lock, later) = (address::lock(&owner), unlock_at + i64::from(LOCK_STEP));
    world.lock_until(owner, 4, later).emitted(Event::TokensLocked(TokensLocked {
        lock,
        owner,
        amount: 4,
        total: 11,
        unlock_at: later,
    }));

    let after = VoteLock { amount: 11, unlock_at: later, deposit_slot: world.slot(), ..before };
    assert_eq!(world.vote_lock(&owner), after);
    assert!(after.deposit_slot > before.deposit_slot);
    assert_eq!(world.read::<Governance>(&address::governance()).locked.beyond(world.now()), 111);
    assert_eq!((world.balance(&before.vault), world.votes_of(&owner)), (11, WEALTH - 11));
    assert_eq!(world.lamports(&owner), lamports, "no rent is due twice");
}

#[test]
fn nothing_is_not_locked() {
    let mut world = World::new();
    let (owner, unlock_at) = (world.people.holder.pubkey(), in_a_year(&world));
    world.lock_until(owner, 0, unlock_at).refused(LeaseError::AmountZero);
    assert!(!world.exists(&address::lock(&owner)));
    world.lock_until(owner, 1, unlock_at).ok();
    world.lock_until(owner, 0, unlock_at).refused(LeaseError::AmountZero);
}

#[test]
fn nobody_locks_more_than_it_has() {
    let mut world = World::new();
    let (owner, unlock_at) = (world.people.holder.pubkey(), in_a_year(&world));
    world.lock_until(owner, WEALTH + 1, unlock_at).failed(INSUFFICIENT_FUNDS);
    world.lock_until(owner, WEALTH, unlock_at).ok();
    world.lock_until(owner, 1, unlock_at).failed(INSUFFICIENT_FUNDS);
}

#[test]
fn sums_that_do_not_fit_are_refused() {
    let mut world = World::new();
    let (owner, unlock_at) = (world.people.holder.pubkey(), in_a_year(&world));
    world.lock_until(owner, 1, unlock_at).ok();
    world.write(&address::lock(&owner), |lock: &mut VoteLock| lock.amount = u64::MAX);
    world.lock_until(owner, 1, unlock_at).refused(LeaseError::AmountOverflow);
    let other = world.people.other_holder.pubkey();
    world.write(&address::governance(), |governance: &mut Governance| {
        governance.locked.ends.iter_mut().filter(|end| end.amount > 0).for_each(|end| end.amount = u64::MAX);
    });
    world.lock_until(other, 1, unlock_at).refused(LeaseError::AmountOverflow);
}

#[test]
fn tokens_are_locked_for_a_whole_vote_to_two_years() {
    let (shortest, longest) = (i64::from(MIN_LOCK), i64::from(MAX_LOCK));
    for (seconds, may) in [
        (-1, false),
        (0, false),
        (1, false),
        (shortest - 1, false),
        (shortest, true),
        (shortest + 1, true),
        (longest - 1, true),
        (longest, true),
        (longest + 1, false),
    ] {
        let mut world = World::new();
        let owner = world.people.holder.pubkey();
        let unlock_at = world.lock_end(world.now() + 3 * longest);
        world.set_time(unlock_at - seconds);
        let outcome = world.lock_until(owner, 1, unlock_at);
        match may {
            true => drop(outcome.ok()),
            false => outcome.refused(LeaseError::UnlockTimeOutOfBounds),
        }
        for odd in [unlock_at - 1, unlock_at + 1] {
            let shorter = world.exists(&address::lock(&owner)) && odd < unlock_at;
            let error = if shorter { LeaseError::LockShortened } else { LeaseError::UnlockTimeOutOfBounds };
            world.lock_until(owner, 1, odd).refused(error);
        }
    }
}

#[test]
fn what_is_locked_is_never_locked_shorter() {
    let mut world = World::new();
    let (owner, unlock_at) = (world.people.holder.pubkey(), in_a_year(&world));
    world.lock_until(owner, 1, unlock_at).ok();
    for earlier in [i64::MIN, unlock_at - i64::from(LOCK_STEP), unlock_at - 1] {
        world.lock_until(owner, 1, earlier).refused(LeaseError::LockShortened);
    }
    for same_or_later in [unlock_at, unlock_at + i64::from(LOCK_STEP)] {
        world.lock_until(owner, 1, same_or_later).ok();
        assert_eq!(world.vote_lock(&owner).unlock_at, same_or_later);
    }
}

#[test]
fn a_lock_that_has_ended_is_locked_again() {
    let mut world = World::new();
    let owner = world.people.holder.pubkey();
    let unlock_at = world.lock_end(world.now() + i64::from(MIN_LOCK));
    world.lock_until(owner, 1, unlock_at).ok();
    world.set_time(unlock_at);
    world.lock_until(owner, 1, unlock_at).refused(LeaseError::UnlockTimeOutOfBounds);
    world.lock_until(owner, 1, unlock_at + i64::from(LOCK_STEP)).ok();
    world.unlock(owner).refused(LeaseError::StillLocked);
}

#[test]
fn only_the_vote_mint_is_locked() {
    let mut world = World::new();
    let owner = world.people.holder.pubkey();
    let lock = instruction::lock_tokens(owner, world.mint, TOKEN, 1, in_a_year(&world));
    world.play([lock]).refused(LeaseError::WrongMint);
}

#[test]
fn a_vote_mint_that_could_take_or_hide_tokens_locks_nothing() {
    for (extension, error) in [
        (1_u16, LeaseError::TransferFee),
        (3, LeaseError::MintCloseAuthority),
        (4, LeaseError::ConfidentialTransfer),
        (6, LeaseError::DefaultAccountState),
        (9, LeaseError::NonTransferable),
        (10, LeaseError::InterestBearing),
        (12, LeaseError::PermanentDelegate),
        (14, LeaseError::TransferHook),
        (25, LeaseError::ScaledUiAmount),
        (26, LeaseError::Pausable),
        (u16::MAX, LeaseError::UnknownExtension),
    ] {
        let mut world = World::on(TOKEN_2022);
        let mint = world.vote_mint;
        world.change_account(&mint, |account| {
            // Padding, the mark of a mint, and an extension of no length.
            account.data.resize(165, 0);
            account.data.push(1);
            account.data.extend(extension.to_le_bytes());
            account.data.extend([0; 2]);
        });
        let (owner, unlock_at) = (world.people.holder.pubkey(), in_a_year(&world));
        world.lock_until(owner, 1, unlock_at).refused(error);
    }
}

#[test]
fn every_account_is_checked() {
    let mut world = World::new();
    let (owner, other) = (world.people.holder.pubkey(), world.people.other_holder.pubkey());
    world.lock(other, LOCKED);
    let others_lock = address::lock(&other);
    let others_tokens = address::associated_token(&other, &world.vote_mint, &TOKEN);
    world.refuses_wrong_accounts(
        &[],
        &world.lock_ix(owner, 5, in_a_year(&world)),
        &[
            ("owner", world.people.agent.pubkey(), &InstructionError::InvalidSeeds),
            ("lock", others_lock, &InstructionError::InvalidSeeds),
            ("lock", NOWHERE, &InstructionError::InvalidSeeds),
            ("governance", world.provider, &InstructionError::AccountDataTooSmall),
            ("protocol", world.provider, &InstructionError::InvalidAccountData),
            ("vault", address::vault(&others_lock), &InstructionError::InvalidSeeds),
            ("vault", NOWHERE, &InstructionError::InvalidSeeds),
            ("owner_token", others_tokens, &OWNER_MISMATCH),
            ("owner_token", world.wallet(&owner), &MINT_MISMATCH),
            ("vote_mint", world.mint, &LeaseError::WrongMint),
            ("token_program", TOKEN_2022, &LeaseError::WrongTokenProgram),
            ("token_program", system_program::ID, &InstructionError::IncorrectProgramId),
            ("system_program", TOKEN, &InstructionError::IncorrectProgramId),
        ],
    );
}

#[test]
fn every_account_of_a_later_deposit_is_checked() {
    let mut world = World::new();
    let (owner, other) = (world.people.holder.pubkey(), world.people.other_holder.pubkey());
    for holder in [owner, other] {
        world.lock(holder, LOCKED);
    }
    let others_lock = address::lock(&other);
    let add = world.lock_ix(owner, 5, in_a_year(&world));
    for (name, wrong) in [("owner", other), ("lock", others_lock), ("vault", address::vault(&others_lock))] {
        world.play([add.clone().with(name, wrong)]).failed(InstructionError::InvalidSeeds);
    }
    world.play([add.clone().with("vote_mint", world.mint)]).refused(LeaseError::WrongMint);
    world.play([add.clone().with("token_program", TOKEN_2022)]).refused(LeaseError::WrongTokenProgram);
    let others_tokens = address::associated_token(&other, &world.vote_mint, &TOKEN);
    world.play([add.clone().with("owner_token", others_tokens)]).failed(OWNER_MISMATCH);
    world.play([add]).ok();
}
