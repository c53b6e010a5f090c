use crate::{errors::LeaseError, state::*};
use anchor_lang::prelude::*;

/// Accounts of [`close_vote_record`]. Anyone may call it.
#[derive(Accounts)]
pub struct CloseVoteRecord {
    /// Closed.
    #[account(mut, close = rent_payer)]
    pub record: Account<VoteRecord>,
    /// Has counted it.
    #[account(address = record.proposal @ LeaseError::WrongAccount)]
    pub proposal: Account<Proposal>,
    /// Gets the rent. Safe: it must be the wallet that paid it, whose data is not touched.
    #[account(mut, address = record.rent_payer @ LeaseError::WrongAccount)]
    pub rent_payer: UncheckedAccount,
}

/// See [`crate::gpu_lease::close_vote_record`].
pub fn close_vote_record(ctx: &mut Context<CloseVoteRecord>) -> Result<()> {
    // Check
    ctx.accounts.proposal.require_decided()
}
