use crate::{
    errors::LeaseError,
    events::{LeaseDisputed, emit},
    state::*,
    token::{self, TokenAccount, Transfer},
};
use anchor_lang::prelude::*;
use anchor_spl::token_interface::TokenInterface;

/// Accounts of [`dispute_lease`].
#[derive(Accounts)]
pub struct DisputeLease {
    /// The lease's renter or its session key.
    pub renter: Signer,
    /// Pays the stake; a sponsor or the renter, who is then here twice.
    pub funder: Signer,
    /// Disputed.
    #[account(mut)]
    pub lease: Account<Lease>,
    /// Counts the dispute.
    #[account(mut, address = lease.provider @ LeaseError::WrongAccount)]
    pub provider: Account<Provider>,
    /// Takes the stake.
    #[account(mut, address = lease.vault @ LeaseError::WrongAccount, token::token_program = token_program)]
    pub vault: Account<TokenAccount>,
    /// Pays the stake. Safe: the token program requires the funder to own it and its mint to match.
    #[account(mut)]
    pub funder_token: UncheckedAccount,
    /// Owns the vault.
    pub token_program: Interface<'static, TokenInterface>,
}

/// See [`crate::gpu_lease::dispute_lease`].
pub fn dispute_lease(ctx: &mut Context<DisputeLease>, seen: Seen, units: u64, max_stake: u64) -> Result<()> {
    let accounts = &mut ctx.accounts;

    // Check, effect
    let now = Moment::now()?;
    accounts.lease.require_of_renter(accounts.renter.address())?;
    accounts.lease.require_seen(&seen, now.time)?;
    let stake = accounts.lease.dispute(units, max_stake, now)?;
    accounts.provider.record.lease_disputed();

    // Interaction
    Transfer {
        program: accounts.token_program.address(),
        from: accounts.funder_token.account(),
        to: accounts.vault.account(),
        authority: accounts.funder.account(),
        amount: stake,
    }
    .invoke();

    let lease = &accounts.lease;
    lease.invariant()?;
    lease.vault_invariant(accounts.vault.amount())?;
    let Dispute { renter_units, provider_units, .. } = lease.dispute;
    emit(LeaseDisputed {
        lease: *lease.address(),
        funder: *accounts.funder.address(),
        renter_units,
        provider_units,
        stake,
        deadline: lease.dispute.deadline(),
        ledger: lease.ledger,
    });
    Ok(())
}
