use crate::{
    creation::New,
    events::{ProviderRegistered, emit},
    state::*,
};
use anchor_lang::prelude::*;

/// Accounts of [`register_provider`].
#[derive(Accounts)]
pub struct RegisterProvider {
    /// The provider's wallet; pays for the accounts.
    #[account(mut)]
    pub authority: Signer,
    /// Created.
    #[account(init, payer = authority, seeds = [PROVIDER_SEED, authority.address().as_ref()], bump)]
    pub provider: Account<New<Provider>>,
    /// Created; will count the fees of its earnings.
    #[account(init, payer = authority, seeds = [PARTICIPANT_SEED, provider.address().as_ref()], bump)]
    pub participant: Account<New<Participant>>,
    /// Creates the accounts.
    pub system_program: Program<System>,
}

/// See [`crate::gpu_lease::register_provider`].
pub fn register_provider(ctx: &mut Context<RegisterProvider>, keys: HotKeys) -> Result<()> {
    // Check, effect
    let authority = *ctx.accounts.authority.address();
    *ctx.accounts.provider = New(Provider::register(authority, keys, ctx.bumps.provider)?);
    let provider = *ctx.accounts.provider.address();
    *ctx.accounts.participant = New(Participant::new(provider, authority, ctx.bumps.participant));
    let HotKeys { attestor, operator } = keys;
    emit(ProviderRegistered { provider, authority, attestor, operator });
    Ok(())
}
