use crate::{
    errors::LeaseError,
    events::{FeesCounted, emit},
    state::*,
};
use anchor_lang::prelude::*;

/// Accounts of [`count_fees`]. Anyone may call it.
#[derive(Accounts)]
pub struct CountFees {
    /// Released the fees.
    #[account(mut)]
    pub lease: Account<Lease>,
    /// Says in which mint fees are a weight in votes.
    pub protocol: Account<Protocol>,
    /// Counts the fees of the renter.
    #[account(mut, constraint = renter_participant.party == lease.renter @ LeaseError::WrongAccount)]
    pub renter_participant: Account<Participant>,
    /// Counts the fees of the provider.
    #[account(mut, constraint = provider_participant.party == lease.provider @ LeaseError::WrongAccount)]
    pub provider_participant: Account<Participant>,
    /// Counts all fees of the mint.
    #[account(mut, constraint = mint_policy.mint == lease.terms.mint @ LeaseError::WrongMint)]
    pub mint_policy: Account<MintPolicy>,
}

/// See [`crate::gpu_lease::count_fees`].
pub fn count_fees(ctx: &mut Context<CountFees>) -> Result<()> {
    let accounts = &mut ctx.accounts;

    // Check, effect
    let fees = accounts.lease.count_fees()?;
    accounts.lease.invariant()?;
    let mut count = FeeCount {
        protocol: &accounts.protocol,
        mint_policy: &mut accounts.mint_policy,
        renter: &mut accounts.renter_participant,
        provider: &mut accounts.provider_participant,
    };
    count.add(fees, Clock::get()?.unix_timestamp);
    emit(FeesCounted { lease: *accounts.lease.address(), fees, ledger: accounts.lease.ledger });
    Ok(())
}
