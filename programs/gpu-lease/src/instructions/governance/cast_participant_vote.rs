use crate::{
    events::{VoteCast, emit},
    state::*,
};
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
    pub record: Account<VoteRecord>,
    /// Creates the record.
    pub system_program: Program<System>,
}

/// See [`crate::gpu_lease::cast_participant_vote`].
pub fn cast_participant_vote(ctx: &mut Context<CastParticipantVote>, is_for: bool) -> Result<()> {
    let CastParticipantVote { voter, proposal, participant, record, .. } = &mut ctx.accounts;

    // Check
    participant.authorize(voter.address())?;

    // Effect
    let before = record.ballot();
    if before.is_none() {
        let weight = proposal.weight_of_participant(participant)?;
        let (proposal, participant) = (*proposal.address(), *participant.address());
        **record =
            VoteRecord::new(House::Payers, proposal, participant, *voter.address(), weight, ctx.bumps.record);
    }
    record.choose(is_for, false);
    proposal.cast(before, record, Clock::get()?.unix_timestamp)?;
    emit(VoteCast::of(record, proposal.ends_at));
    Ok(())
}
