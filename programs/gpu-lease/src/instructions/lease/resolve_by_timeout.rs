use crate::{
    events::{DisputeResolved, emit},
    state::*,
};
use anchor_lang::prelude::*;

/// Accounts of [`resolve_by_timeout`]. Anyone may call it.
#[derive(Accounts)]
pub struct ResolveByTimeout {
    /// Resolved.
    #[account(mut)]
    pub lease: Account<Lease>,
}

/// See [`crate::gpu_lease::resolve_by_timeout`].
pub fn resolve_by_timeout(ctx: &mut Context<ResolveByTimeout>) -> Result<()> {
    let lease = &mut ctx.accounts.lease;

    // Check, effect
    let units = lease.resolve_by_timeout(Moment::now()?)?;
    lease.invariant()?;
    emit(DisputeResolved {
        lease: *lease.address(),
        units,
        from_renter: 0,
        from_provider: 0,
        by_arbiter: 0,
        ledger: lease.ledger,
    });
    Ok(())
}
