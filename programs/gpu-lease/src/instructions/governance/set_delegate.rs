use crate::{
    errors::LeaseError,
    events::{DelegateSet, emit},
    state::*,
};
use anchor_lang::prelude::*;

/// Accounts of [`set_delegate`].
#[derive(Accounts)]
pub struct SetDelegate {
    /// The lock's owner.
    pub owner: Signer,
    /// Gets the delegate.
    #[account(mut)]
    pub lock: Account<VoteLock>,
}

/// See [`crate::gpu_lease::set_delegate`].
pub fn set_delegate(
    ctx: &mut Context<SetDelegate>,
    valid_until: i64,
    replaced: Address,
    delegate: Address,
) -> Result<()> {
    let SetDelegate { owner, lock } = &mut ctx.accounts;

    // Check
    require_valid_until(valid_until, Clock::get()?.unix_timestamp)?;
    lock.require_owner(owner.address())?;
    require!(lock.delegate == replaced, LeaseError::ValueReplaced);

    // Effect
    lock.delegate = delegate;
    emit(DelegateSet { lock: *lock.address(), delegate });
    Ok(())
}
