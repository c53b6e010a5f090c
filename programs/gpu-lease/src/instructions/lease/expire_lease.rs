use crate::{
    errors::LeaseError,
    events::{LeaseExpired, emit},
    state::*,
};
use anchor_lang::prelude::*;

/// Accounts of [`expire_lease`]. Anyone may call it.
#[derive(Accounts)]
pub struct ExpireLease {
    /// Ends at its last attested moment.
    #[account(mut)]
    pub lease: Account<Lease>,
    /// Counts a lease that was abandoned.
    #[account(mut, address = lease.provider @ LeaseError::WrongAccount)]
    pub provider: Account<Provider>,
}

/// See [`crate::gpu_lease::expire_lease`].
pub fn expire_lease(ctx: &mut Context<ExpireLease>) -> Result<()> {
    let ExpireLease { lease, provider } = &mut ctx.accounts;

    // Check, effect
    if lease.expire(Clock::get()?.unix_timestamp)? == EndReason::Abandoned {
        provider.record.lease_abandoned();
    }
    lease.invariant()?;
    emit(LeaseExpired {
        lease: *lease.address(),
        ends_at: lease.ends_at,
        reason: u64::from(lease.end_reason.0),
    });
    Ok(())
}
