use crate::{
    events::{LeaseExtended, emit},
    state::*,
};
use anchor_lang::prelude::*;

/// Accounts of [`extend_lease`].
#[derive(Accounts)]
pub struct ExtendLease {
    /// The lease's renter.
    pub renter: Signer,
    /// Ends later.
    #[account(mut)]
    pub lease: Account<Lease>,
}

/// See [`crate::gpu_lease::extend_lease`].
pub fn extend_lease(ctx: &mut Context<ExtendLease>, seen: Seen, gpus: u32, duration: u32) -> Result<()> {
    let lease = &mut ctx.accounts.lease;

    // Check, effect
    let now = Moment::now()?;
    lease.require_renter(ctx.accounts.renter.address())?;
    lease.require_seen(&seen, now.time)?;
    lease.extend(gpus, duration, now)?;
    lease.invariant()?;
    emit(LeaseExtended { lease: *lease.address(), ends_at: lease.ends_at });
    Ok(())
}
