use crate::{
    errors::LeaseError,
    events::{SessionKeySet, emit},
    state::*,
};
use anchor_lang::{address_eq, prelude::*};

/// Accounts of [`set_session_key`].
#[derive(Accounts)]
pub struct SetSessionKey {
    /// The lease's renter.
    pub renter: Signer,
    /// Gets the key.
    #[account(mut)]
    pub lease: Account<Lease>,
}

/// See [`crate::gpu_lease::set_session_key`].
pub fn set_session_key(
    ctx: &mut Context<SetSessionKey>,
    seen: Seen,
    replaced: Address,
    session_key: Address,
) -> Result<()> {
    let accounts = &mut ctx.accounts;

    // Check
    accounts.lease.require_renter(accounts.renter.address())?;
    accounts.lease.require_seen(&seen, Clock::get()?.unix_timestamp)?;
    require!(address_eq(&accounts.lease.session_key, &replaced), LeaseError::ValueReplaced);

    // Effect
    accounts.lease.session_key = session_key;
    let lease = *accounts.lease.address();
    emit(SessionKeySet { lease, session_key });
    Ok(())
}
