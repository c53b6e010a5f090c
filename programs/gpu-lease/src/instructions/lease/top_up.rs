use crate::{
    errors::LeaseError,
    events::{LeaseToppedUp, emit},
    state::*,
    token::{self, TokenAccount, Transfer},
};
use anchor_lang::prelude::*;
use anchor_spl::token_interface::TokenInterface;

/// Accounts of [`top_up`].
#[derive(Accounts)]
pub struct TopUp {
    /// Pays; anyone.
    pub funder: Signer,
    /// Its deposit grows.
    #[account(mut)]
    pub lease: Account<Lease>,
    /// Takes the money.
    #[account(mut, address = lease.vault @ LeaseError::WrongAccount, token::token_program = token_program)]
    pub vault: Account<TokenAccount>,
    /// Pays. Safe: the token program requires the funder to own it and its mint to match.
    #[account(mut)]
    pub funder_token: UncheckedAccount,
    /// Owns the vault.
    pub token_program: Interface<'static, TokenInterface>,
}

/// See [`crate::gpu_lease::top_up`].
pub fn top_up(ctx: &mut Context<TopUp>, seen: Seen, amount: u64, min_ends_at: i64) -> Result<()> {
    let accounts = &mut ctx.accounts;

    // Check, effect
    let now = Moment::now()?;
    accounts.lease.require_seen(&seen, now.time)?;
    Lease::top_up(&mut accounts.lease, amount, min_ends_at, now)?;

    // Interaction
    Transfer {
        program: accounts.token_program.address(),
        from: accounts.funder_token.account(),
        to: accounts.vault.account(),
        authority: accounts.funder.account(),
        amount,
    }
    .invoke();

    let lease = &accounts.lease;
    lease.invariant()?;
    lease.vault_invariant(accounts.vault.amount())?;
    emit(LeaseToppedUp {
        lease: *lease.address(),
        funder: *accounts.funder.address(),
        amount,
        ledger: lease.ledger,
    });
    Ok(())
}
