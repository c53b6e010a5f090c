use crate::{
    events::{ProviderUpdated, emit},
    state::*,
};
use anchor_lang::prelude::*;

/// Accounts of [`update_provider`].
#[derive(Accounts)]
pub struct UpdateProvider {
    /// The provider's wallet.
    pub authority: Signer,
    /// Gets the new keys.
    #[account(mut)]
    pub provider: Account<Provider>,
}

/// See [`crate::gpu_lease::update_provider`].
pub fn update_provider(
    ctx: &mut Context<UpdateProvider>,
    valid_until: i64,
    replaced: HotKeys,
    keys: HotKeys,
) -> Result<()> {
    // Check
    require_valid_until(valid_until, Clock::get()?.unix_timestamp)?;
    ctx.accounts.provider.authorize(ctx.accounts.authority.address())?;

    // Effect
    ctx.accounts.provider.update(&replaced, keys)?;
    let provider = *ctx.accounts.provider.address();
    let HotKeys { attestor, operator } = keys;
    emit(ProviderUpdated { provider, attestor, operator });
    Ok(())
}
