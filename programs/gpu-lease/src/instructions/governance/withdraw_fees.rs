use crate::{
    errors::LeaseError,
    events::{FeesWithdrawn, ProposalExecuted, emit},
    state::*,
    token::{self, TokenAccount, Transfer},
};
use anchor_lang::prelude::*;
use anchor_spl::token_interface::TokenInterface;

/// Accounts of [`withdraw_fees`]. Anyone may call it.
#[derive(Accounts)]
pub struct WithdrawFees {
    /// Keeps what it has paid; is executed once that is all.
    #[account(mut)]
    pub proposal: Account<Proposal>,
    /// Names the treasury.
    pub fee_params: Account<FeeParams>,
    /// Owns the fee vault.
    #[account(constraint = mint_policy.mint == proposal.action.address @ LeaseError::WrongMint)]
    pub mint_policy: Account<MintPolicy>,
    /// Pays.
    #[account(
        mut,
        address = mint_policy.fee_vault @ LeaseError::WrongAccount,
        token::token_program = token_program
    )]
    pub fee_vault: Account<TokenAccount>,
    /// Is paid; any token account of the treasury's.
    #[account(
        mut,
        token::mint = mint_policy.mint,
        token::authority = fee_params.treasury
    )]
    pub treasury_token: Account<TokenAccount>,
    /// Owns the fee vault.
    pub token_program: Interface<'static, TokenInterface>,
}

/// See [`crate::gpu_lease::withdraw_fees`].
pub fn withdraw_fees(ctx: &mut Context<WithdrawFees>) -> Result<()> {
    let accounts = &mut ctx.accounts;

    // Check, effect
    let now = Clock::get()?.unix_timestamp;
    let amount = accounts.proposal.withdraw(accounts.fee_vault.amount(), now)?;

    // Interaction
    Transfer {
        program: accounts.token_program.address(),
        from: accounts.fee_vault.account(),
        to: accounts.treasury_token.account(),
        authority: accounts.mint_policy.account(),
        amount,
    }
    .invoke_as(&accounts.mint_policy);

    let proposal = &accounts.proposal;
    if proposal.state == ProposalState::Executed {
        emit(ProposalExecuted { proposal: *proposal.address(), action: proposal.action });
    }
    emit(FeesWithdrawn {
        proposal: *proposal.address(),
        mint: accounts.mint_policy.mint,
        treasury: accounts.fee_params.treasury,
        amount,
        paid: proposal.paid,
    });
    Ok(())
}
