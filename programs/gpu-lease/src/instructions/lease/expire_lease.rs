use crate::{
    errors::LeaseError,
    events::{LeaseExpired, emit},
    state::*,
};
use anchor_lang::prelude::*;

/// Accounts of [`expire_lease`].
#[derive(Accounts)]
pub struct ExpireLease {
    /// The renter or its session key; anyone, three days later.
    pub caller: Signer,
    /// Ends at its last attested moment.
    #[account(mut)]
    pub lease: Account<Lease>,
    /// Counts a lease that was abandoned.
    #[account(mut, address = lease.provider @ LeaseError::WrongAccount)]
    pub provider: Account<Provider>,
}

/// See [`crate::gpu_lease::expire_lease`].
pub fn expire_lease(ctx: &mut Context<ExpireLease>, seen: Seen, window_end: i64) -> Result<()> {
    let ExpireLease { caller, lease, provider } = &mut ctx.accounts;

    // Check, effect
    let now = Moment::now()?;
    lease.require_seen(&seen, now.time)?;
    let is_by_renter = lease.is_of_renter(caller.address());
    if lease.expire(window_end, is_by_renter, now)? == EndReason::Abandoned {
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
