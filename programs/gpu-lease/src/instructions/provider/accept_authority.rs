use crate::{
    errors::LeaseError,
    events::{AuthorityAccepted, emit},
    state::*,
};
use anchor_lang::prelude::*;

/// Accounts of [`accept_authority`].
#[derive(Accounts)]
pub struct AcceptAuthority {
    /// The nominated wallet.
    pub nominee: Signer,
    /// Gets the new authority. Its address stays.
    #[account(mut)]
    pub provider: Account<Provider>,
    /// Votes by the new authority from now on.
    #[account(mut, constraint = participant.party == *provider.address() @ LeaseError::WrongAccount)]
    pub participant: Account<Participant>,
}

/// See [`crate::gpu_lease::accept_authority`].
pub fn accept_authority(ctx: &mut Context<AcceptAuthority>, valid_until: i64, keys: HotKeys) -> Result<()> {
    // Check, effect
    require_valid_until(valid_until, Clock::get()?.unix_timestamp)?;
    let authority = *ctx.accounts.nominee.address();
    ctx.accounts.provider.accept(&authority, keys)?;
    ctx.accounts.participant.authority = authority;
    let provider = *ctx.accounts.provider.address();
    let HotKeys { attestor, operator } = keys;
    emit(AuthorityAccepted { provider, authority, attestor, operator });
    Ok(())
}
