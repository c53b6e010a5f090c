use crate::{
    errors::LeaseError,
    events::{LeaseResized, emit},
    state::*,
    token::{self, Mint, TokenAccount, Transfer},
};
use anchor_lang::prelude::*;
use anchor_spl::token_interface::TokenInterface;

/// Accounts of [`resize_lease`].
#[derive(Accounts)]
pub struct ResizeLease {
    /// The lease's renter.
    pub renter: Signer,
    /// The provider's wallet; signs when the lease grows. Safe: only its address and signature are looked at.
    #[account(address = provider.authority @ LeaseError::NotProviderAuthority)]
    pub authority: UncheckedAccount,
    /// Gets a new meter segment.
    #[account(mut)]
    pub lease: Account<Lease>,
    /// Gives the GPUs.
    #[account(mut, address = lease.offer @ LeaseError::WrongAccount)]
    pub offer: Account<Offer>,
    /// Names the provider's wallet.
    #[account(address = lease.provider @ LeaseError::WrongAccount)]
    pub provider: Account<Provider>,
    /// Takes the bond.
    #[account(mut, address = lease.vault @ LeaseError::WrongAccount, token::token_program = token_program)]
    pub vault: Account<TokenAccount>,
    /// Pays the bond. Safe: the token program requires the authority to own it and its mint to match.
    #[account(mut)]
    pub bond_token: UncheckedAccount,
    /// Mint of the lease.
    #[account(address = lease.terms.mint @ LeaseError::WrongMint)]
    pub mint: Account<Mint>,
    /// Owns the vault.
    pub token_program: Interface<'static, TokenInterface>,
}

/// See [`crate::gpu_lease::resize_lease`].
pub fn resize_lease(ctx: &mut Context<ResizeLease>, seen: Seen, change: Resize) -> Result<()> {
    let accounts = &mut ctx.accounts;

    // Check
    let now = Clock::get()?.unix_timestamp;
    accounts.lease.require_renter(accounts.renter.address())?;
    accounts.lease.require_seen(&seen, now)?;
    let is_agreed = accounts.authority.account().is_signer();

    // Effect
    let (more, bond) = accounts.lease.resize(&change, now)?;
    if more > 0 {
        require!(is_agreed, LeaseError::NotProviderAuthority);
        accounts.offer.reserve(more)?;
    }

    // Interaction
    Transfer {
        program: accounts.token_program.address(),
        from: accounts.bond_token.cpi_handle_mut().into(),
        mint: accounts.mint.cpi_handle(),
        to: accounts.vault.cpi_handle_mut().into(),
        authority: accounts.authority.cpi_handle(),
        amount: bond,
        decimals: accounts.mint.decimals(),
    }
    .invoke();

    let lease = &accounts.lease;
    lease.invariant()?;
    lease.vault_invariant(accounts.vault.amount())?;
    emit(LeaseResized {
        lease: *lease.address(),
        gpus: u64::from(change.to),
        effective_at: lease.meter.segment_start,
        bond,
        ledger: lease.ledger,
    });
    Ok(())
}
