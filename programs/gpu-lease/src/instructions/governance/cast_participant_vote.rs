use super::vote::Vote;
use crate::{creation::New, state::*};
use anchor_lang::prelude::*;

/// Accounts of [`cast_participant_vote`].
#[derive(Accounts)]
pub struct CastParticipantVote {
    /// The wallet that votes for the participant; pays for the record.
    #[account(mut)]
    pub voter: Signer,
    /// Counts.
    #[account(mut)]
    pub proposal: Account<Proposal>,
    /// Votes.
    pub participant: Account<Participant>,
    /// Created by the first vote.
    #[account(
        init_if_needed,
        payer = voter,
        seeds = [VOTE_SEED, proposal.address().as_ref(), participant.address().as_ref()],
        bump
    )]
    pub record: Account<New<VoteRecord>>,
    /// Creates the record.
    pub system_program: Program<System>,
}

/// See [`crate::gpu_lease::cast_participant_vote`].
pub fn cast_participant_vote(
    ctx: &mut Context<CastParticipantVote>,
    valid_until: i64,
    action_hash: [u8; 32],
    is_for: bool,
) -> Result<()> {
    let CastParticipantVote { voter, proposal, participant, record, .. } = &mut ctx.accounts;

    // Check
    participant.authorize(voter.address())?;

    // Effect
    let (voter, bump) = (*voter.address(), ctx.bumps.record);
    Vote { valid_until, action_hash, is_for, by_delegate: false }.count(proposal, record, |proposal| {
        let weight = proposal.weight_of_participant(participant)?;
        Ok(VoteRecord::new(
            House::Participants,
            *proposal.address(),
            *participant.address(),
            voter,
            weight,
            bump,
        ))
    })
}
