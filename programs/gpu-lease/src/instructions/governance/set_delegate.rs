use crate::{
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
pub fn set_delegate(ctx: &mut Context<SetDelegate>, delegate: Address) -> Result<()> {
    let SetDelegate { owner, lock } = &mut ctx.accounts;

    // Check, effect
    lock.require_owner(owner.address())?;
    lock.delegate = delegate;
    emit(DelegateSet { lock: *lock.address(), delegate });
    Ok(())
}
