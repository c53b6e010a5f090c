use crate::{
    events::{LeasesPaused, emit},
    state::*,
};
use anchor_lang::prelude::*;

/// Accounts of [`pause`].
#[derive(Accounts)]
pub struct Pause {
    /// The guardian.
    pub guardian: Signer,
    /// Keeps the pause.
    #[account(mut)]
    pub protocol: Account<Protocol>,
}

/// See [`crate::gpu_lease::pause`].
pub fn pause(ctx: &mut Context<Pause>, valid_until: i64, duration: u32) -> Result<()> {
    let Pause { guardian, protocol } = &mut ctx.accounts;

    // Check, effect
    let now = Clock::get()?.unix_timestamp;
    require_valid_until(valid_until, now)?;
    protocol.require_guardian(guardian.address())?;
    protocol.pause(duration, now)?;
    emit(LeasesPaused { until: protocol.paused_until });
    Ok(())
}
