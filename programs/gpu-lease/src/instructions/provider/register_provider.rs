use crate::{
    errors::LeaseError,
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
    pub provider: Account<Provider>,
    /// Created; will count the fees of its earnings.
    #[account(init, payer = authority, seeds = [PARTICIPANT_SEED, provider.address().as_ref()], bump)]
    pub participant: Account<Participant>,
    /// Creates the accounts.
    pub system_program: Program<System>,
}

/// See [`crate::gpu_lease::register_provider`].
pub fn register_provider(ctx: &mut Context<RegisterProvider>, attestor: Address) -> Result<()> {
    // Check
    require!(attestor != Address::default(), LeaseError::AddressMissing);

    // Effect
    let authority = *ctx.accounts.authority.address();
    *ctx.accounts.provider = Provider {
        authority,
        pending_authority: Address::default(),
        attestor,
        record: ProviderRecord::default(),
        version: ACCOUNT_VERSION,
        bump: ctx.bumps.provider,
        spare: [0; 62],
    };
    let provider = *ctx.accounts.provider.address();
    *ctx.accounts.participant = Participant::new(provider, authority, ctx.bumps.participant);
    emit(ProviderRegistered { provider, authority, attestor });
    Ok(())
}
