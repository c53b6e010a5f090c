use crate::{
    errors::LeaseError,
    events::{LeaseCancelled, emit},
    state::*,
    token::{self, Calls, TokenAccount},
};
use anchor_lang::prelude::*;
use anchor_spl::token_interface::TokenInterface;

/// Accounts of [`cancel_lease`].
#[derive(Accounts)]
pub struct CancelLease {
    /// The renter; anyone after the start deadline.
    pub canceller: Signer,
    /// Closed.
    #[account(
        mut,
        close = payer
    )]
    pub lease: Account<Lease>,
    /// Emptied and closed.
    #[account(mut, address = lease.vault @ LeaseError::WrongAccount, token::token_program = token_program)]
    pub vault: Account<TokenAccount>,
    /// Gets the refund; any token account of the payer's.
    #[account(
        mut,
        token::mint = lease.terms.mint,
        token::authority = lease.payer
    )]
    pub refund_token: Account<TokenAccount>,
    /// Gets the rent; often the canceller too. Safe: it must be the lease's payer, whose data is not touched.
    #[account(unsafe(dup), address = lease.payer @ LeaseError::WrongAccount)]
    pub payer: UncheckedAccount,
    /// Owns the vault.
    pub token_program: Interface<'static, TokenInterface>,
}

/// See [`crate::gpu_lease::cancel_lease`].
pub fn cancel_lease(ctx: &mut Context<CancelLease>, seen: Seen) -> Result<()> {
    let accounts = &mut ctx.accounts;

    // Check
    let now = Clock::get()?.unix_timestamp;
    accounts.lease.require_seen(&seen, now)?;
    accounts.lease.require_cancellable(accounts.canceller.address(), now)?;

    // Effect
    let refund = accounts.vault.amount();
    accounts.lease.vault_invariant(refund)?;

    // Interaction
    let [vault, refund_token, lease, payer] = [
        accounts.vault.account(),
        accounts.refund_token.account(),
        accounts.lease.account(),
        accounts.payer.account(),
    ];
    let mut calls = Calls::empty();
    calls.transfer(vault, refund_token, lease, refund);
    calls.close(vault, payer, lease);
    calls.invoke_as(accounts.token_program.account(), [vault, refund_token, payer, lease], &accounts.lease);

    let lease = *accounts.lease.address();
    let never_started = u64::from(now > accounts.lease.start_deadline);
    emit(LeaseCancelled { lease, refund, never_started });
    Ok(())
}
