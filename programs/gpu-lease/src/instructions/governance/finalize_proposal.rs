use crate::{
    errors::LeaseError,
    events::{ProposalFinalized, emit},
    state::*,
};
use anchor_lang::prelude::*;

/// Accounts of [`finalize_proposal`]. Anyone may call it.
#[derive(Accounts)]
pub struct FinalizeProposal {
    /// Is decided.
    #[account(mut)]
    pub proposal: Account<Proposal>,
    /// Gets the deposit. Safe: it must be the proposer, whose data is not touched.
    #[account(mut, address = proposal.proposer @ LeaseError::WrongAccount)]
    pub proposer: UncheckedAccount,
}

/// See [`crate::gpu_lease::finalize_proposal`].
pub fn finalize_proposal(ctx: &mut Context<FinalizeProposal>) -> Result<()> {
    let FinalizeProposal { proposal, proposer } = &mut ctx.accounts;

    // Check, effect
    let deposit = proposal.finalize(Clock::get()?.unix_timestamp)?;

    // Interaction
    let (mut from, mut to) = (*proposal.account(), *proposer.account());
    let (rest, sum) = (from.lamports().checked_sub(deposit), to.lamports().checked_add(deposit));
    from.set_lamports(rest.ok_or(LeaseError::AmountOverflow)?);
    to.set_lamports(sum.ok_or(LeaseError::AmountOverflow)?);
    emit(ProposalFinalized {
        proposal: *proposal.address(),
        state: u64::from(proposal.state.0),
        executable_from: proposal.executable_from(),
    });
    Ok(())
}
