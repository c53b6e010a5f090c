use crate::{
    errors::LeaseError,
    events::{OfferUpdated, emit},
    state::*,
};
use anchor_lang::prelude::*;

/// Accounts of [`update_offer`].
#[derive(Accounts)]
pub struct UpdateOffer {
    /// The provider's wallet.
    pub authority: Signer,
    /// Whose offer it is.
    pub provider: Account<Provider>,
    /// Changed.
    #[account(mut, constraint = offer.provider == *provider.address() @ LeaseError::WrongAccount)]
    pub offer: Account<Offer>,
    /// Shows that the terms' mint is registered.
    pub mint_policy: Account<MintPolicy>,
}

/// See [`crate::gpu_lease::update_offer`].
pub fn update_offer(
    ctx: &mut Context<UpdateOffer>,
    valid_until: i64,
    revision: u32,
    gpus: u32,
    is_open: bool,
    terms: Terms,
    listing: Listing,
) -> Result<()> {
    // Check
    require_valid_until(valid_until, Clock::get()?.unix_timestamp)?;
    ctx.accounts.provider.authorize(ctx.accounts.authority.address())?;
    require!(ctx.accounts.mint_policy.mint == terms.mint, LeaseError::WrongMint);
    terms.validate()?;

    // Effect
    ctx.accounts.offer.update(revision, gpus, is_open, terms, listing)?;
    let offer = *ctx.accounts.offer.address();
    let (gpus, is_open) = (u64::from(gpus), u64::from(is_open));
    emit(OfferUpdated { offer, gpus, is_open, terms });
    Ok(())
}
