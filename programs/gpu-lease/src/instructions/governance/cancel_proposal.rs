use crate::{
    events::{ProposalCancelled, emit},
    state::*,
};
use anchor_lang::prelude::*;

/// Accounts of [`cancel_proposal`].
#[derive(Accounts)]
pub struct CancelProposal {
    /// Made the proposal; gets deposit and rent.
    #[account(mut)]
    pub proposer: Signer,
    /// Closed. Its number is not given again.
    #[account(mut, close = proposer)]
    pub proposal: Account<Proposal>,
}

/// See [`crate::gpu_lease::cancel_proposal`].
pub fn cancel_proposal(ctx: &mut Context<CancelProposal>) -> Result<()> {
    let CancelProposal { proposer, proposal } = &mut ctx.accounts;

    // Check
    proposal.require_cancellable(proposer.address())?;
    emit(ProposalCancelled { proposal: *proposal.address() });
    Ok(())
}
