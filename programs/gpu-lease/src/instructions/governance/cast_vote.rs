use super::vote::Vote;
use crate::{creation::New, errors::LeaseError, state::*};
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
    pub record: Account<New<VoteRecord>>,
    /// Creates the record.
    pub system_program: Program<System>,
}

/// See [`crate::gpu_lease::cast_vote`].
pub fn cast_vote(
    ctx: &mut Context<CastVote>,
    valid_until: i64,
    action_hash: [u8; 32],
    is_for: bool,
) -> Result<()> {
    let CastVote { voter, proposal, lock, record, .. } = &mut ctx.accounts;

    // Check
    let by_delegate = lock.votes_by_delegate(voter.address())?;
    require!(record.ballot().is_none() || !by_delegate, LeaseError::AlreadyVoted);

    // Effect
    let (voter, bump) = (*voter.address(), ctx.bumps.record);
    Vote { valid_until, action_hash, is_for, by_delegate }.count(proposal, record, |proposal| {
        let weight = proposal.weight_of_lock(lock)?;
        Ok(VoteRecord::new(House::Tokens, *proposal.address(), *lock.address(), voter, weight, bump))
    })
}
