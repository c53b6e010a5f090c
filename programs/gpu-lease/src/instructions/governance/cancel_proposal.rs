use crate::{
    events::{ProposalCancelled, emit},
    state::*,
};
use anchor_lang::prelude::*;

/// Accounts of [`cancel_proposal`].
#[derive(Accounts)]
pub struct CancelProposal {
    /// Made the proposal.
    pub proposer: Signer,
    /// Is taken back. It stays, with its number and its deposit.
    #[account(mut)]
    pub proposal: Account<Proposal>,
}

/// See [`crate::gpu_lease::cancel_proposal`].
pub fn cancel_proposal(ctx: &mut Context<CancelProposal>) -> Result<()> {
    let CancelProposal { proposer, proposal } = &mut ctx.accounts;

    // Check, effect
    proposal.cancel(proposer.address())?;
    emit(ProposalCancelled { proposal: *proposal.address() });
    Ok(())
}
