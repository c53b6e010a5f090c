//! The token house: tokens that vote twice, too late, or on their way elsewhere, and delegates that go too far.

use gpu_lease_tests::prelude::*;
use spl_token_interface::instruction as token;

/// What everybody locks here, base units.
pub const LOCKED: u64 = WEALTH / 2;

/// Wallets of the two who hold tokens that vote.
pub fn holders(world: &World) -> [Address; 2] {
    [&world.people.holder, &world.people.other_holder].map(Signer::pubkey)
}

/// Both holders have locked for a year; then one of them proposed a rise of the fee.
pub fn voting() -> (World, Address) {
    let mut world = World::new();
    for holder in holders(&world) {
        world.lock(holder, LOCKED);
    }
    let proposal = world.propose_fee(150);
    (world, proposal)
}

/// Votes for and against in the token house.
pub fn tally(world: &World, proposal: &Address) -> [u64; 2] {
    let Tally { votes_for, votes_against, .. } = world.proposal(proposal).tokens;
    [votes_for, votes_against]
}

/// Someone sends tokens that vote to a token account.
pub fn send_votes(world: &mut World, from: Address, to: Address, amount: u64) -> Outcome {
    let wallet = address::associated_token(&from, &world.vote_mint, &TOKEN);
    let send = token::transfer_checked(&TOKEN, &wallet, &world.vote_mint, &to, &from, &[], amount, DECIMALS);
    world.play([send.expect("valid")])
}

// ----- the slot of the deposit -----

#[test]
fn tokens_locked_in_the_slot_of_the_proposal_or_later_do_not_vote() {
    let mut world = World::new();
    let [holder, other] = holders(&world);
    world.lock(holder, LOCKED);
    let until = world.lock_end(world.now() + 30 * 86_400);
    world.lock_until(other, LOCKED, until).ok();
    // No slot has passed since.
    let proposal = world.propose_fee(150);
    world.vote(other, proposal, true).refused(LeaseError::LockedAfterProposal);
    world.vote(holder, proposal, true).ok();
    world.pass(1);
    let delegate = world.people.delegate.pubkey();
    world.lock_until(delegate, LOCKED, until).ok();
    world.pass(1);
    world.vote(delegate, proposal, true).refused(LeaseError::LockedAfterProposal);
}

#[test]
fn tokens_borrowed_for_one_transaction_neither_propose_nor_vote() {
    let (mut world, _) = voting();
    let borrower = world.people.delegate.pubkey();
    let lock = world.lock_ix(borrower, WEALTH, world.lock_end(world.now() + 30 * 86_400));
    let new = instruction::CreateProposal {
        proposer: borrower,
        ..world.proposing(Action::SetArbiter { arbiter: borrower })
    };
    let propose = instruction::create_proposal(&new);
    let mut voted = world.keyed_proposal(address::proposal(new.id - 1));
    (voted.address, voted.account.action) = (address::proposal(new.id), new.action.into());
    let vote = instruction::cast_vote(borrower, &borrower, &voted, true, FOR_EVER);
    world.play([lock.clone(), propose.clone(), vote]).failed_at(2, LeaseError::LockedAfterProposal);
    world.play([lock, propose, world.unlock_ix(borrower)]).failed_at(2, LeaseError::StillLocked);
}

#[test]
fn tokens_added_in_the_slot_of_the_proposal_silence_the_whole_lock() {
    let mut world = World::new();
    let [holder, other] = holders(&world);
    let until = world.lock_end(world.now() + 30 * 86_400);
    for owner in [holder, other] {
        world.lock_until(owner, LOCKED, until).ok();
        world.pass(1);
    }
    world.lock_until(other, 1, until).ok();
    let proposal = world.propose_fee(150);
    world.vote(other, proposal, true).refused(LeaseError::LockedAfterProposal);
    world.vote(holder, proposal, true).ok();
}

#[test]
fn tokens_added_after_a_vote_weigh_nothing_in_it() {
    let (mut world, proposal) = voting();
    let [holder, other] = holders(&world);
    world.vote(holder, proposal, true).ok();
    for owner in [holder, other] {
        world.lock(owner, LOCKED);
    }
    world.vote(holder, proposal, false).ok();
    assert_eq!(tally(&world, &proposal), [0, LOCKED]);
    world.vote(other, proposal, false).refused(LeaseError::LockedAfterProposal);
}

// ----- the end of the lock -----

/// Both holders have locked, the other until `seconds` after the latest end of a vote that begins then.
fn with_short_lock(seconds: i64) -> (World, Address) {
    let mut world = World::new();
    let [holder, other] = holders(&world);
    world.lock(holder, LOCKED);
    let end = world.lock_end(world.now() + i64::from(MIN_LOCK));
    world.lock_until(other, LOCKED, end).ok();
    let longest = i64::from(RULES.voting_period) + 3 * i64::from(RULES.extension);
    world.set_time(end - longest - seconds);
    let proposal = world.propose_fee(150);
    assert_eq!(world.proposal(&proposal).latest_end() + seconds, end);
    (world, proposal)
}

#[test]
fn a_lock_that_ends_with_the_vote_or_its_possible_extensions_has_no_vote() {
    let extension = i64::from(RULES.extension);
    for seconds in [-3, -2, -1].map(|times| times * extension).into_iter().chain([-1, 0]) {
        let (mut world, proposal) = with_short_lock(seconds);
        let [_, other] = holders(&world);
        world.vote(other, proposal, true).refused(LeaseError::LockEndsBeforeVote);
    }
    let (mut world, proposal) = with_short_lock(1);
    let [_, other] = holders(&world);
    world.vote(other, proposal, true).ok();
}

#[test]
fn tokens_that_voted_leave_after_the_vote_and_not_before() {
    let (mut world, proposal) = with_short_lock(1);
    let [_, other] = holders(&world);
    world.vote(other, proposal, true).ok();
    let Proposal { ends_at, .. } = world.proposal(&proposal);
    let latest_end = world.proposal(&proposal).latest_end();
    for time in [world.now(), ends_at - 1, ends_at, latest_end] {
        world.set_time(time);
        world.unlock(other).refused(LeaseError::StillLocked);
    }
    world.set_time(latest_end + 1);
    world.unlock(other).ok();
    assert_eq!(world.votes_of(&other), WEALTH);
    assert!(!world.exists(&address::lock(&other)) && !world.exists(&address::vault(&address::lock(&other))));
}

#[test]
fn a_lock_is_shortened_by_nobody() {
    let (mut world, proposal) = voting();
    let [holder, _] = holders(&world);
    world.vote(holder, proposal, true).ok();
    let unlock_at = world.vote_lock(&holder).unlock_at;
    world.extend_lock(holder, unlock_at - 1).refused(LeaseError::LockShortened);
    world.lock_until(holder, 1, unlock_at - 1).refused(LeaseError::LockShortened);
    assert_eq!(world.vote_lock(&holder).unlock_at, unlock_at);
}

// ----- voting twice -----

#[test]
fn a_lock_that_votes_twice_is_counted_once() {
    let (mut world, proposal) = voting();
    let [holder, _] = holders(&world);
    for is_for in [true, true, false, false, true] {
        world.vote(holder, proposal, is_for).ok();
        let expected = if is_for { [LOCKED, 0] } else { [0, LOCKED] };
        assert_eq!(tally(&world, &proposal), expected);
    }
    let twice = [false, true].map(|is_for| world.vote_ix(holder, holder, proposal, is_for));
    world.play(twice).ok();
    assert_eq!(tally(&world, &proposal), [LOCKED, 0]);
}

#[test]
fn tokens_lent_to_a_second_wallet_after_voting_do_not_vote_again() {
    let (mut world, proposal) = with_short_lock(1);
    let [holder, lender] = holders(&world);
    world.vote(lender, proposal, true).ok();
    let friend = world.people.delegate.pubkey();
    let to = address::associated_token(&friend, &world.vote_mint, &TOKEN);
    // While they are locked, there is nothing to lend.
    send_votes(&mut world, lender, to, LOCKED + 1).failed(INSUFFICIENT_FUNDS);
    // A younger proposal, on which they have not voted yet, still runs when they are free.
    world.set_time(world.proposal(&proposal).ends_at - 1);
    let younger = world.propose(Action::SetArbiter { arbiter: friend });
    world.vote(lender, younger, true).refused(LeaseError::LockEndsBeforeVote);
    world.set_time(world.proposal(&proposal).latest_end() + 1);
    world.unlock(lender).ok();
    send_votes(&mut world, lender, to, LOCKED).ok();
    world.lock(friend, WEALTH + LOCKED);
    for proposal in [proposal, younger] {
        world.vote(friend, proposal, true).refused(LeaseError::LockedAfterProposal);
    }
    world.vote(holder, younger, true).ok();
    assert_eq!(tally(&world, &proposal), [LOCKED, 0]);
}

#[test]
fn a_record_is_closed_after_the_end_and_votes_no_second_time() {
    let (mut world, proposal) = voting();
    let [holder, _] = holders(&world);
    world.vote(holder, proposal, true).ok();
    let record = world.vote_record(&proposal, &holder);
    let ends_at = world.proposal(&proposal).ends_at;
    for time in [world.now(), ends_at - 1] {
        world.set_time(time);
        world.close_vote_record(&record).refused(LeaseError::VoteRunning);
    }
    world.set_time(ends_at);
    // The vote is over, and a clock that jumps back could make it run again until it is decided.
    world.close_vote_record(&record).refused(LeaseError::VoteRunning);
    world.finalize(proposal).ok();
    let close = instruction::close_vote_record(&record);
    let revive = solana_system_interface::instruction::transfer(
        &world.people.stranger.pubkey(),
        &record.address,
        10_000_000,
    );
    let vote = world.vote_ix(holder, holder, proposal, true);
    world.play([close.clone(), vote.clone()]).failed_at(1, LeaseError::VoteOver);
    world.play([close.clone(), revive.clone(), vote.clone()]).failed_at(2, LeaseError::VoteOver);
    world.play([close.clone(), revive, close.clone()]).failed_at(2, InstructionError::AccountDataTooSmall);
    world.play([close]).ok();
    for time in [ends_at, ends_at - 1] {
        world.set_time(time);
        world.play([vote.clone()]).refused(LeaseError::VoteOver);
    }
    assert_eq!(tally(&world, &proposal), [LOCKED, 0]);
}

#[test]
fn the_rent_of_a_record_goes_to_who_paid_it_and_to_nobody_else() {
    let (mut world, proposal) = voting();
    let [holder, _] = holders(&world);
    let (delegate, stranger) = (world.people.delegate.pubkey(), world.people.stranger.pubkey());
    world.set_delegate(holder, delegate).ok();
    let before = world.lamports(&delegate);
    world.vote_by(delegate, holder, proposal, true).ok();
    world.vote(holder, proposal, false).ok();
    world.set_time(world.proposal(&proposal).ends_at);
    world.finalize(proposal).ok();
    let close = instruction::close_vote_record(&world.vote_record(&proposal, &holder));
    for thief in [stranger, holder] {
        world.play([close.clone().with("rent_payer", thief)]).refused(LeaseError::WrongAccount);
    }
    world.play([close]).ok();
    assert_eq!(world.lamports(&delegate), before);
}

#[test]
fn a_fee_that_rose_on_the_way_of_a_renters_signature_opens_no_lease() {
    let mut world = World::new();
    // Signed at 1 %, with a deadline far enough away, and held back until a vote is through.
    let signed = world.request(7);
    world.change_fee(FEE_BPS + 1);
    let signed =
        LeaseRequest { start_deadline: world.now() + 600, valid_until: world.valid_until(), ..signed };
    world.open(signed).refused(LeaseError::FeeAboveAgreed);
    world.open(LeaseRequest { max_fee_bps: FEE_BPS + 1, ..signed }).ok();
}

// ----- delegates -----

#[test]
fn a_delegate_votes_and_its_owner_overrules_it() {
    let (mut world, proposal) = voting();
    let ([holder, _], delegate) = (holders(&world), world.people.delegate.pubkey());
    world.set_delegate(holder, delegate).ok();
    world.vote_by(delegate, holder, proposal, true).ok();
    world.vote_by(delegate, holder, proposal, true).refused(LeaseError::AlreadyVoted);
    world.vote_by(delegate, holder, proposal, false).refused(LeaseError::AlreadyVoted);
    assert_eq!(tally(&world, &proposal), [LOCKED, 0]);
    world.vote(holder, proposal, false).ok();
    assert_eq!(tally(&world, &proposal), [0, LOCKED]);
    world.vote_by(delegate, holder, proposal, true).refused(LeaseError::AlreadyVoted);
}

#[test]
fn a_delegate_does_not_overrule_the_owner() {
    let (mut world, proposal) = voting();
    let ([holder, _], delegate) = (holders(&world), world.people.delegate.pubkey());
    world.set_delegate(holder, delegate).ok();
    world.vote(holder, proposal, false).ok();
    for is_for in [true, false] {
        world.vote_by(delegate, holder, proposal, is_for).refused(LeaseError::AlreadyVoted);
    }
    assert_eq!(tally(&world, &proposal), [0, LOCKED]);
    // Owner and delegate in one transaction, in either order.
    let next = world.propose(Action::SetArbiter { arbiter: delegate });
    let [owners, delegates] =
        [holder, delegate].map(|voter| world.vote_ix(voter, holder, next, voter == delegate));
    world.play([owners.clone(), delegates.clone()]).failed_at(1, LeaseError::AlreadyVoted);
    world.play([delegates, owners]).ok();
    assert_eq!(tally(&world, &next), [0, LOCKED]);
}

#[test]
fn a_delegate_that_is_replaced_votes_no_more_and_its_vote_stands() {
    let (mut world, proposal) = voting();
    let [holder, _] = holders(&world);
    let [former, next] = [&world.people.delegate, &world.people.agent].map(Signer::pubkey);
    world.set_delegate(holder, former).ok();
    world.vote_by(former, holder, proposal, true).ok();
    world.set_delegate(holder, next).ok();
    world.vote_by(former, holder, proposal, false).refused(LeaseError::NotVoter);
    world.vote_by(next, holder, proposal, false).refused(LeaseError::AlreadyVoted);
    world.set_delegate(holder, Address::default()).ok();
    world.vote_by(next, holder, proposal, false).refused(LeaseError::NotVoter);
    assert_eq!(tally(&world, &proposal), [LOCKED, 0]);
    world.vote(holder, proposal, false).ok();
    assert_eq!(tally(&world, &proposal), [0, LOCKED]);
}

#[test]
fn a_delegate_passes_nothing_on_and_touches_nothing_but_the_vote() {
    let (mut world, proposal) = voting();
    let [holder, other] = holders(&world);
    let delegate = world.people.delegate.pubkey();
    world.set_delegate(holder, other).ok();
    world.set_delegate(other, delegate).ok();
    world.vote_by(delegate, holder, proposal, true).refused(LeaseError::NotVoter);
    // What the owner signs, signed by its delegate.
    let until = world.lock_end(world.now() + 500 * 86_400);
    world.set_time(world.vote_lock(&holder).unlock_at);
    for owners in [instruction::extend_lock(holder, until), world.delegate_ix(holder, delegate)] {
        world.play([owners.with("owner", other)]).refused(LeaseError::NotLockOwner);
    }
}

#[test]
fn nobody_votes_with_a_lock_of_someone_else() {
    let (mut world, proposal) = voting();
    let [holder, other] = holders(&world);
    for thief in [other, world.people.stranger.pubkey()] {
        world.vote_by(thief, holder, proposal, true).refused(LeaseError::NotVoter);
    }
    let unsigned = world.vote_ix(holder, holder, proposal, true).unsigned("voter");
    world.play([unsigned]).failed(InstructionError::MissingRequiredSignature);
}

// ----- the vault -----

#[test]
fn strangers_tokens_sent_to_a_locks_vault_weigh_and_block_nothing() {
    let (mut world, proposal) = voting();
    let ([holder, _], stranger) = (holders(&world), world.people.stranger.pubkey());
    let vault = address::vault(&address::lock(&holder));
    send_votes(&mut world, stranger, vault, 7).ok();
    world.vote(holder, proposal, true).ok();
    assert_eq!(tally(&world, &proposal), [LOCKED, 0]);
    assert_eq!(world.read::<Governance>(&address::governance()).locked.beyond(world.now()), 2 * LOCKED);
    world.set_time(world.vote_lock(&holder).unlock_at);
    world.unlock(holder).ok();
    assert_eq!(world.votes_of(&holder), WEALTH + 7);
    // The other holder's lock ends now, too.
    assert_eq!(world.read::<Governance>(&address::governance()).locked.beyond(world.now()), 0);
}

#[test]
fn a_lock_is_filled_and_emptied_through_its_own_vault_and_no_other() {
    let (mut world, _) = voting();
    let [holder, other] = holders(&world);
    let unlock_at = world.vote_lock(&holder).unlock_at;
    let theirs = address::vault(&address::lock(&other));
    let own = address::vault(&address::lock(&holder));
    let lock = world.lock_ix(holder, 1, unlock_at);
    world.play([lock.clone().with("owner_token", theirs)]).failed(OWNER_MISMATCH);
    world.play([lock.clone().with("owner_token", own)]).failed(ACCOUNT_TWICE);
    let another_mint = world.wallet(&holder);
    world.play([lock.clone().with("owner_token", another_mint)]).failed(MINT_MISMATCH);
    world.play([lock.with("vote_mint", world.mint)]).refused(LeaseError::WrongMint);
    world.set_time(unlock_at);
    let unlock = world.unlock_ix(holder);
    world.play([unlock.clone().with("vault", theirs)]).refused(LeaseError::WrongAccount);
    world.play([unlock.clone().with("lock", address::lock(&other))]).refused(LeaseError::NotLockOwner);
    world.play([unlock.clone().with("owner_token", theirs)]).refused(LeaseError::WrongTokenOwner);
    world.play([unlock.with("owner_token", another_mint)]).refused(LeaseError::WrongMint);
}

// ----- limits -----

#[test]
fn locks_at_the_limits_of_64_bits_vote_and_overflow_nothing() {
    let mut world = World::new();
    let [holder, other] = holders(&world);
    let wallet = address::associated_token(&holder, &world.vote_mint, &TOKEN);
    world.mint_to(world.vote_mint, wallet, u64::MAX - world.supply_of_votes());
    let until = world.lock_end(world.now() + 30 * 86_400);
    world.lock_until(other, 0, until).refused(LeaseError::AmountZero);
    world.lock_until(other, 1, until).ok();
    world.lock_until(other, u64::MAX, until).refused(LeaseError::AmountOverflow);
    let all = world.votes_of(&holder);
    world.lock_until(holder, all, until).ok();
    // Fewer than 2^64 in this lock, more in all.
    let delegate = world.people.delegate.pubkey();
    world.lock_until(delegate, u64::MAX, until).refused(LeaseError::AmountOverflow);
    world.pass(1);
    let proposal = world.propose(Action::SetArbiter { arbiter: delegate });
    assert_eq!(world.proposal(&proposal).tokens.electorate, all + 1);
    world.vote(holder, proposal, true).ok();
    world.vote(other, proposal, false).ok();
    assert_eq!(tally(&world, &proposal), [all, 1]);
}

#[test]
fn unlock_times_at_the_limits_of_their_type_are_refused() {
    let mut world = World::new();
    let [holder, _] = holders(&world);
    let now = world.now();
    for (unlock_at, refusal) in [
        (i64::MIN, LeaseError::LockShortened),
        (-1, LeaseError::LockShortened),
        (now, LeaseError::UnlockTimeOutOfBounds),
        (world.lock_end(now + i64::from(MAX_LOCK) + 1), LeaseError::UnlockTimeOutOfBounds),
        (i64::MAX, LeaseError::UnlockTimeOutOfBounds),
    ] {
        world.lock_until(holder, 1, unlock_at).refused(refusal);
    }
    let last = world.lock_end(now + i64::from(MAX_LOCK)) - i64::from(LOCK_STEP);
    world.lock_until(holder, 1, last).ok();
}

#[test]
fn a_lock_that_was_emptied_begins_again() {
    let (mut world, _) = voting();
    let ([holder, _], delegate) = (holders(&world), world.people.delegate.pubkey());
    world.set_delegate(holder, delegate).ok();
    world.set_time(world.vote_lock(&holder).unlock_at);
    let (unlock, lock) =
        (world.unlock_ix(holder), world.lock_ix(holder, 1, world.lock_end(world.now() + 30 * 86_400)));
    let extend = instruction::extend_lock(holder, world.lock_end(world.now() + 30 * 86_400));
    world.play([unlock.clone(), extend]).failed_at(1, InstructionError::AccountDataTooSmall);
    world.play([unlock, lock]).ok();
    let new = world.vote_lock(&holder);
    assert_eq!((new.amount, new.delegate), (1, Address::default()));
}
