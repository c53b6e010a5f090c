use crate::{
    errors::LeaseError,
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
pub fn update_provider(ctx: &mut Context<UpdateProvider>, attestor: Address) -> Result<()> {
    // Check
    ctx.accounts.provider.authorize(ctx.accounts.authority.address())?;
    require!(attestor != Address::default(), LeaseError::AddressMissing);

    // Effect
    ctx.accounts.provider.attestor = attestor;
    let provider = *ctx.accounts.provider.address();
    emit(ProviderUpdated { provider, attestor });
    Ok(())
}
