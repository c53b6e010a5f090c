use crate::{
    events::{LeasesUnpaused, emit},
    state::*,
};
use anchor_lang::prelude::*;

/// Accounts of [`unpause`].
#[derive(Accounts)]
pub struct Unpause {
    /// The guardian.
    pub guardian: Signer,
    /// Ends the pause.
    #[account(mut)]
    pub protocol: Account<Protocol>,
}

/// See [`crate::gpu_lease::unpause`].
pub fn unpause(ctx: &mut Context<Unpause>, replaced: i64) -> Result<()> {
    let Unpause { guardian, protocol } = &mut ctx.accounts;

    // Check, effect
    protocol.require_guardian(guardian.address())?;
    protocol.unpause(replaced, Clock::get()?.unix_timestamp)?;
    emit(LeasesUnpaused { pause_allowed_from: protocol.pause_allowed_from });
    Ok(())
}
