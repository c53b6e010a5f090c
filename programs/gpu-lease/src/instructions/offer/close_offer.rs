use crate::{
    errors::LeaseError,
    events::{OfferClosed, emit},
    state::*,
};
use anchor_lang::prelude::*;

/// Accounts of [`close_offer`].
#[derive(Accounts)]
pub struct CloseOffer {
    /// The provider's wallet; gets the rent.
    #[account(mut)]
    pub authority: Signer,
    /// Whose offer it is.
    pub provider: Account<Provider>,
    /// Closed.
    #[account(
        mut,
        close = authority,
        constraint = offer.provider == *provider.address() @ LeaseError::WrongAccount
    )]
    pub offer: Account<Offer>,
}

/// See [`crate::gpu_lease::close_offer`].
pub fn close_offer(ctx: &mut Context<CloseOffer>) -> Result<()> {
    // Check
    ctx.accounts.provider.authorize(ctx.accounts.authority.address())?;
    require!(ctx.accounts.offer.leases == 0, LeaseError::OfferInUse);

    // Effect
    let offer = *ctx.accounts.offer.address();
    emit(OfferClosed { offer });
    Ok(())
}
