use crate::{
    constants::MAX_ACCESS_BLOB,
    errors::LeaseError,
    events::{LeaseStarted, emit},
    state::*,
    token::{self, Mint, TokenAccount, Transfer},
};
use anchor_lang::{hash::sha256, prelude::*};
use anchor_spl::token_interface::TokenInterface;

/// Accounts of [`start_lease`].
#[derive(Accounts)]
pub struct StartLease {
    /// The provider's wallet; owns the bond's source.
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
    /// Pays the bond. Safe: the token program requires the authority to own it and its mint to match.
    #[account(mut)]
    pub bond_token: UncheckedAccount,
    /// Mint of the lease.
    #[account(address = lease.terms.mint @ LeaseError::WrongMint)]
    pub mint: Account<Mint>,
    /// Owns the vault.
    pub token_program: Interface<'static, TokenInterface>,
}

/// See [`crate::gpu_lease::start_lease`].
pub fn start_lease(ctx: &mut Context<StartLease>, seen: Seen, access_blob: &[u8]) -> Result<()> {
    let accounts = &mut ctx.accounts;

    // Check
    let now = Moment::now()?;
    accounts.provider.authorize(accounts.authority.address())?;
    accounts.lease.require_seen(&seen, now.time)?;
    require!((1..=MAX_ACCESS_BLOB).contains(&access_blob.len()), LeaseError::AccessBlobInvalid);

    // Effect
    let access_blob_hash = sha256(access_blob);
    let bond = accounts.lease.start(access_blob_hash, now)?;
    accounts.offer.start_lease(accounts.lease.gpus)?;
    accounts.provider.record.lease_started();

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
