use crate::{
    events::{LockExtended, emit},
    state::*,
};
use anchor_lang::prelude::*;

/// Accounts of [`extend_lock`].
#[derive(Accounts)]
pub struct ExtendLock {
    /// The lock's owner.
    pub owner: Signer,
    /// Ends later.
    #[account(mut)]
    pub lock: Account<VoteLock>,
    /// Counts what is locked until when.
    #[account(mut)]
    pub governance: Account<Governance>,
}

/// See [`crate::gpu_lease::extend_lock`].
pub fn extend_lock(ctx: &mut Context<ExtendLock>, unlock_at: i64) -> Result<()> {
    let ExtendLock { owner, lock, governance } = &mut ctx.accounts;

    // Check, effect
    lock.require_owner(owner.address())?;
    lock.extend(unlock_at, &mut governance.locked, &Clock::get()?)?;
    emit(LockExtended { lock: *lock.address(), unlock_at });
    Ok(())
}
