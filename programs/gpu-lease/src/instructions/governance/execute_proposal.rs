use crate::{
    events::{FeeChanged, ProposalExecuted, emit},
    state::*,
};
use anchor_lang::prelude::*;

/// Accounts of [`execute_proposal`]. Anyone may call it.
#[derive(Accounts)]
pub struct ExecuteProposal {
    /// Is executed.
    #[account(mut)]
    pub proposal: Account<Proposal>,
    /// Gets the arbiter or the guardian.
    #[account(mut)]
    pub protocol: Account<Protocol>,
    /// Gets the voting rules; keeps which decisions are obsolete.
    #[account(mut)]
    pub governance: Account<Governance>,
    /// Gets the fee or the treasury.
    #[account(mut)]
    pub fee_params: Account<FeeParams>,
}

/// See [`crate::gpu_lease::execute_proposal`].
pub fn execute_proposal(ctx: &mut Context<ExecuteProposal>) -> Result<()> {
    let ExecuteProposal { proposal, protocol, governance, fee_params } = &mut ctx.accounts;

    // Check, effect
    let now = Clock::get()?.unix_timestamp;
    let from_bps = fee_params.fee_bps;
    let action = proposal.execute(from_bps, now)?;
    governance.supersede(proposal.action.kind.into(), proposal.id)?;
    action.apply(protocol, governance, fee_params, now)?;
    fee_params.invariant()?;
    emit(ProposalExecuted { proposal: *proposal.address(), action: proposal.action });
    if let Action::SetFee { fee_bps } = action {
        emit(FeeChanged { from_bps: u64::from(from_bps), to_bps: u64::from(fee_bps) });
    }
    Ok(())
}
