use crate::{
    errors::LeaseError,
    events::{VoteCast, emit},
    state::*,
};
use anchor_lang::prelude::*;

/// Accounts of [`cast_vote`].
#[derive(Accounts)]
pub struct CastVote {
    /// The lock's owner or its delegate; pays for the record.
    #[account(mut)]
    pub voter: Signer,
    /// Counts.
    #[account(mut)]
    pub proposal: Account<Proposal>,
    /// Votes. Not changed: what was weighed outlasts the vote.
    pub lock: Account<VoteLock>,
    /// Created by the first vote.
    #[account(
        init_if_needed,
        payer = voter,
        seeds = [VOTE_SEED, proposal.address().as_ref(), lock.address().as_ref()],
        bump
    )]
    pub record: Account<VoteRecord>,
    /// Creates the record.
    pub system_program: Program<System>,
}

/// See [`crate::gpu_lease::cast_vote`].
pub fn cast_vote(ctx: &mut Context<CastVote>, is_for: bool) -> Result<()> {
    let CastVote { voter, proposal, lock, record, .. } = &mut ctx.accounts;

    // Check
    let by_delegate = lock.votes_by_delegate(voter.address())?;
    let before = record.ballot();
    require!(before.is_none() || !by_delegate, LeaseError::AlreadyVoted);

    // Effect
    if before.is_none() {
        let weight = proposal.weight_of_lock(lock)?;
        let (proposal, lock) = (*proposal.address(), *lock.address());
        **record = VoteRecord::new(House::Tokens, proposal, lock, *voter.address(), weight, ctx.bumps.record);
    }
    record.choose(is_for, by_delegate);
    proposal.cast(before, record, Clock::get()?.unix_timestamp)?;
    emit(VoteCast::of(record, proposal.ends_at));
    Ok(())
}
