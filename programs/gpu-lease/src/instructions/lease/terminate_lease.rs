use crate::{
    errors::LeaseError,
    events::{LeaseTerminated, emit},
    state::*,
};
use anchor_lang::prelude::*;

/// Accounts of [`terminate_lease`].
#[derive(Accounts)]
pub struct TerminateLease {
    /// The lease's renter, its session key, the provider's wallet or its operator.
    pub party: Signer,
    /// Ends sooner.
    #[account(mut)]
    pub lease: Account<Lease>,
    /// Names the provider's keys.
    #[account(address = lease.provider @ LeaseError::WrongAccount)]
    pub provider: Account<Provider>,
}

/// See [`crate::gpu_lease::terminate_lease`].
pub fn terminate_lease(ctx: &mut Context<TerminateLease>, seen: Seen, max_ends_at: i64) -> Result<()> {
    let TerminateLease { party, lease, provider } = &mut ctx.accounts;

    // Check, effect
    let now = Moment::now()?;
    lease.require_seen(&seen, now.time)?;
    lease.terminate(party.address(), provider, max_ends_at, now)?;
    lease.invariant()?;
    emit(LeaseTerminated {
        lease: *lease.address(),
        by: *party.address(),
        ends_at: lease.ends_at,
        reason: u64::from(lease.end_reason.0),
    });
    Ok(())
}
