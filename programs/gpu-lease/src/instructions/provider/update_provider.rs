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
    /// Gets the new attestor.
    #[account(mut)]
    pub provider: Account<Provider>,
}

/// See [`crate::gpu_lease::update_provider`].
pub fn update_provider(
    ctx: &mut Context<UpdateProvider>,
    valid_until: i64,
    replaced: Address,
    attestor: Address,
) -> Result<()> {
    // Check
    require_valid_until(valid_until, Clock::get()?.unix_timestamp)?;
    ctx.accounts.provider.authorize(ctx.accounts.authority.address())?;

    // Effect
    ctx.accounts.provider.update(&replaced, attestor)?;
    let provider = *ctx.accounts.provider.address();
    emit(ProviderUpdated { provider, attestor });
    Ok(())
}
