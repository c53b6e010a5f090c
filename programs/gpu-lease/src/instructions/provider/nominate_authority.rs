use crate::{
    events::{AuthorityNominated, emit},
    state::*,
};
use anchor_lang::prelude::*;

/// Accounts of [`nominate_authority`].
#[derive(Accounts)]
pub struct NominateAuthority {
    /// The provider's wallet.
    pub authority: Signer,
    /// Gets the nominee.
    #[account(mut)]
    pub provider: Account<Provider>,
}

/// See [`crate::gpu_lease::nominate_authority`].
pub fn nominate_authority(
    ctx: &mut Context<NominateAuthority>,
    valid_until: i64,
    replaced: Address,
    nominee: Address,
) -> Result<()> {
    // Check
    require_valid_until(valid_until, Clock::get()?.unix_timestamp)?;
    ctx.accounts.provider.authorize(ctx.accounts.authority.address())?;

    // Effect
    ctx.accounts.provider.nominate(&replaced, nominee)?;
    let provider = *ctx.accounts.provider.address();
    emit(AuthorityNominated { provider, nominee });
    Ok(())
}
