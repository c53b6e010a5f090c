use crate::{
    errors::LeaseError,
    events::{DisputeResolved, emit},
    state::*,
    token::{self, TokenAccount, Transfer},
};
use anchor_lang::prelude::*;
use anchor_spl::token_interface::TokenInterface;

/// Accounts of [`resolve_dispute`].
#[derive(Accounts)]
pub struct ResolveDispute {
    /// The arbiter that the lease names.
    #[account(address = lease.arbiter @ LeaseError::NotArbiter)]
    pub arbiter: Signer,
    /// Resolved.
    #[account(mut)]
    pub lease: Account<Lease>,
    /// Counts a dispute that it lost.
    #[account(mut, address = lease.provider @ LeaseError::WrongAccount)]
    pub provider: Account<Provider>,
    /// Pays the arbiter.
    #[account(mut, address = lease.vault @ LeaseError::WrongAccount, token::token_program = token_program)]
    pub vault: Account<TokenAccount>,
    /// Gets the fee. Safe: the arbiter chose it, and the token program requires its mint to match.
    #[account(mut)]
    pub arbiter_token: UncheckedAccount,
    /// Owns the vault.
    pub token_program: Interface<'static, TokenInterface>,
}

/// See [`crate::gpu_lease::resolve_dispute`].
pub fn resolve_dispute(
    ctx: &mut Context<ResolveDispute>,
    seen: Seen,
    renter_units: u64,
    provider_units: u64,
    units: u64,
) -> Result<()> {
    let accounts = &mut ctx.accounts;

    // Check, effect
    let now = Moment::now()?;
    accounts.lease.require_seen(&seen, now.time)?;
    let ArbiterFee { from_renter, from_provider } =
        accounts.lease.resolve((renter_units, provider_units), units, now)?;
    let fee = from_renter.checked_add(from_provider).ok_or(LeaseError::AmountOverflow)?;
    if accounts.lease.dispute.favours_renter(units) {
        accounts.provider.record.dispute_lost();
    }

    // Interaction
    Transfer {
        program: accounts.token_program.address(),
        from: accounts.vault.account(),
        to: accounts.arbiter_token.account(),
        authority: accounts.lease.account(),
        amount: fee,
    }
    .invoke_as(&accounts.lease);

    let lease = &accounts.lease;
    lease.invariant()?;
    lease.vault_invariant(accounts.vault.amount())?;
    emit(DisputeResolved {
        lease: *lease.address(),
        units,
        from_renter,
        from_provider,
        by_arbiter: 1,
        ledger: lease.ledger,
    });
    Ok(())
}
