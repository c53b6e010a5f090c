use super::bond;
use crate::{
    errors::LeaseError,
    events::{LeaseResized, emit},
    state::*,
    token::{self, TokenAccount, Transfer},
};
use anchor_lang::prelude::*;
use anchor_spl::token_interface::TokenInterface;

/// Accounts of [`resize_lease`].
#[derive(Accounts)]
pub struct ResizeLease {
    /// The lease's renter.
    pub renter: Signer,
    /// The provider's wallet or its operator; signs when the lease grows. Safe: only its address and signature are
    /// looked at.
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
    /// Pays the bond: the provider's bond account, or a token account of the wallet that signs.
    #[account(mut)]
    pub bond_token: Account<TokenAccount>,
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
    let bond_is_pooled = bond::is_pooled(&accounts.bond_token, &accounts.provider);
    let holds_bond_of_wallet = accounts.lease.holds_bond_of_wallet();

    // Effect
    let (more, bond) = accounts.lease.resize(&change, bond_is_pooled, now)?;
    if more > 0 {
        require!(accounts.authority.account().is_signer(), LeaseError::NotProviderAuthority);
        let role = bond::require_allowed(accounts.authority.address(), &accounts.provider, bond_is_pooled)?;
        require!(role == ProviderRole::Authority || !holds_bond_of_wallet, LeaseError::OperatorMayNot);
        accounts.offer.reserve(more)?;
    }

    // Interaction
    let transfer = Transfer {
        program: accounts.token_program.address(),
        from: accounts.bond_token.account(),
        to: accounts.vault.account(),
        authority: accounts.authority.account(),
        amount: bond,
    };
    bond::pay(transfer, &accounts.provider, bond_is_pooled);

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
