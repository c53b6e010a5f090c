use crate::{
    errors::LeaseError,
    events::{GpusReleased, emit},
    state::*,
};
use anchor_lang::prelude::*;

/// Accounts of [`release_gpus`]. Anyone may call it.
#[derive(Accounts)]
pub struct ReleaseGpus {
    /// Gives up what it does not need.
    #[account(mut)]
    pub lease: Account<Lease>,
    /// Gets the GPUs back.
    #[account(mut, address = lease.offer @ LeaseError::WrongAccount)]
    pub offer: Account<Offer>,
}

/// See [`crate::gpu_lease::release_gpus`].
pub fn release_gpus(ctx: &mut Context<ReleaseGpus>) -> Result<()> {
    let accounts = &mut ctx.accounts;
    let gpus = accounts.lease.release_gpus(Clock::get()?.unix_timestamp)?;
    accounts.offer.release(gpus)?;
    emit(GpusReleased { lease: *accounts.lease.address(), gpus: u64::from(gpus) });
    Ok(())
}
