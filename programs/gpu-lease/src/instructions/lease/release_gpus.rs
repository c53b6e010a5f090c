use crate::{
    errors::LeaseError,
    events::{GpusReleased, emit},
    state::*,
    token::{self, Mint, TokenAccount, Transfer},
};
use anchor_lang::prelude::*;
use anchor_spl::token_interface::TokenInterface;

/// Accounts of [`release_gpus`]. Anyone may call it.
#[derive(Accounts)]
pub struct ReleaseGpus {
    /// Gives up what it does not need.
    #[account(mut)]
    pub lease: Account<Lease>,
    /// Gets the GPUs back.
    #[account(mut, address = lease.offer @ LeaseError::WrongAccount)]
    pub offer: Account<Offer>,
    /// Names the wallet that gets the bond.
    #[account(address = lease.provider @ LeaseError::WrongAccount)]
    pub provider: Account<Provider>,
    /// Returns the bond.
    #[account(mut, address = lease.vault @ LeaseError::WrongAccount, token::token_program = token_program)]
    pub vault: Account<TokenAccount>,
    /// Gets the bond; any token account of the provider's wallet.
    #[account(
        mut,
        token::mint = lease.terms.mint,
        token::authority = provider.authority
    )]
    pub payout_token: Account<TokenAccount>,
    /// Mint of the lease.
    #[account(address = lease.terms.mint @ LeaseError::WrongMint)]
    pub mint: Account<Mint>,
    /// Owns the vault.
    pub token_program: Interface<'static, TokenInterface>,
}

/// See [`crate::gpu_lease::release_gpus`].
pub fn release_gpus(ctx: &mut Context<ReleaseGpus>) -> Result<()> {
    let accounts = &mut ctx.accounts;

    // Check, effect
    let (gpus, bond) = accounts.lease.release_gpus(Clock::get()?.unix_timestamp)?;
    accounts.offer.release(gpus)?;

    // Interaction
    Transfer {
        program: accounts.token_program.address(),
        from: accounts.vault.cpi_handle_mut().into(),
        mint: accounts.mint.cpi_handle(),
        to: accounts.payout_token.cpi_handle_mut().into(),
        authority: accounts.lease.cpi_handle(),
        amount: bond,
        decimals: accounts.mint.decimals(),
    }
    .invoke_as(&accounts.lease);

    let lease = &accounts.lease;
    lease.invariant()?;
    lease.vault_invariant(accounts.vault.amount())?;
    emit(GpusReleased { lease: *lease.address(), gpus: u64::from(gpus), bond, ledger: lease.ledger });
    Ok(())
}
