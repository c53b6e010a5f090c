use super::bond;
use crate::{
    constants::MAX_ACCESS_BLOB,
    errors::LeaseError,
    events::{LeaseStarted, emit},
    state::*,
    token::{self, TokenAccount, Transfer},
};
use anchor_lang::{hash::sha256, prelude::*};
use anchor_spl::token_interface::TokenInterface;

/// Accounts of [`start_lease`].
#[derive(Accounts)]
pub struct StartLease {
    /// The provider's wallet or its operator.
    pub authority: Signer,
    /// Started.
    #[account(mut)]
    pub lease: Account<Lease>,
    /// Gives the GPUs.
    #[account(mut, address = lease.offer @ LeaseError::WrongAccount)]
    pub offer: Account<Offer>,
    /// Counts the lease.
    #[account(mut, address = lease.provider @ LeaseError::WrongAccount)]
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

/// See [`crate::gpu_lease::start_lease`].
pub fn start_lease(ctx: &mut Context<StartLease>, seen: Seen, access_blob: &[u8]) -> Result<()> {
    let accounts = &mut ctx.accounts;

    // Check
    let now = Moment::now()?;
    let bond_is_pooled = bond::is_pooled(&accounts.bond_token, &accounts.provider);
    bond::require_allowed(accounts.authority.address(), &accounts.provider, bond_is_pooled)?;
    accounts.lease.require_seen(&seen, now.time)?;
    require!((1..=MAX_ACCESS_BLOB).contains(&access_blob.len()), LeaseError::AccessBlobInvalid);

    // Effect
    let access_blob_hash = sha256(access_blob);
    let bond = accounts.lease.start(access_blob_hash, bond_is_pooled, now)?;
    accounts.offer.start_lease(accounts.lease.gpus)?;
    accounts.provider.record.lease_started();

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
    emit(LeaseStarted {
        lease: *lease.address(),
        access_blob_hash,
        bond,
        started_at: lease.started_at,
        ends_at: lease.ends_at,
        ledger: lease.ledger,
    });
    Ok(())
}
