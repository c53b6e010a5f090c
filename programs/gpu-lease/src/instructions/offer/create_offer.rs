// The derive binds the argument in places that do not use it.
#![allow(unused_variables)]

use crate::{
    creation::New,
    errors::LeaseError,
    events::{OfferCreated, emit},
    state::*,
};
use anchor_lang::prelude::*;

/// Accounts of [`create_offer`].
#[derive(Accounts)]
#[instruction(id: u64)]
pub struct CreateOffer {
    /// The provider's wallet; pays for the account.
    #[account(mut)]
    pub authority: Signer,
    /// Whose offer it is.
    pub provider: Account<Provider>,
    /// Created.
    #[account(
        init,
        payer = authority,
        seeds = [OFFER_SEED, provider.address().as_ref(), &id.to_le_bytes()],
        bump
    )]
    pub offer: Account<New<Offer>>,
    /// Shows that the terms' mint is registered.
    pub mint_policy: Account<MintPolicy>,
    /// Creates the account.
    pub system_program: Program<System>,
}

/// See [`crate::gpu_lease::create_offer`].
pub fn create_offer(
    ctx: &mut Context<CreateOffer>,
    id: u64,
    gpus: u32,
    terms: Terms,
    listing: Listing,
) -> Result<()> {
    // Check
    ctx.accounts.provider.authorize(ctx.accounts.authority.address())?;
    require!(ctx.accounts.mint_policy.mint == terms.mint, LeaseError::WrongMint);
    terms.validate()?;

    // Effect
    let provider = *ctx.accounts.provider.address();
    let mut offer = Offer {
        provider,
        id,
        terms,
        listing,
        gpus: 0,
        gpus_free: 0,
        leases: 0,
        revision: 0,
        is_open: 1,
        version: ACCOUNT_VERSION,
        bump: ctx.bumps.offer,
        spare: [0; 53],
    };
    offer.resize(gpus)?;
    offer.invariant()?;
    *ctx.accounts.offer = New(offer);
    let offer = *ctx.accounts.offer.address();
    emit(OfferCreated { offer, provider, id, gpus: u64::from(gpus), terms });
    Ok(())
}
