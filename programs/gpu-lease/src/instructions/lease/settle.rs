use crate::{
    errors::LeaseError,
    events::{LeaseSettled, emit},
    state::*,
    token::{self, TokenAccount, Transfer},
};
use anchor_lang::prelude::*;
use anchor_spl::token_interface::TokenInterface;

/// Accounts of [`settle`]. Anyone may call it.
#[derive(Accounts)]
pub struct Settle {
    /// Its claims mature and its ledger moves.
    #[account(mut)]
    pub lease: Account<Lease>,
    /// Names the wallet that is paid.
    #[account(address = lease.provider @ LeaseError::WrongAccount)]
    pub provider: Account<Provider>,
    /// Pays.
    #[account(mut, address = lease.vault @ LeaseError::WrongAccount, token::token_program = token_program)]
    pub vault: Account<TokenAccount>,
    /// Is paid; any token account of the provider's wallet.
    #[account(
        mut,
        token::mint = lease.terms.mint,
        token::authority = provider.authority
    )]
    pub payout_token: Account<TokenAccount>,
    /// Owns the vault.
    pub token_program: Interface<'static, TokenInterface>,
}

/// See [`crate::gpu_lease::settle`].
pub fn settle(ctx: &mut Context<Settle>) -> Result<()> {
    let accounts = &mut ctx.accounts;

    // Check, effect
    let Settlement { payout, fee } = accounts.lease.settle(Moment::now()?)?;

    // Interaction
    Transfer {
        program: accounts.token_program.address(),
        from: accounts.vault.account(),
        to: accounts.payout_token.account(),
        authority: accounts.lease.account(),
        amount: payout,
    }
    .invoke_as(&accounts.lease);

    let lease = &accounts.lease;
    lease.invariant()?;
    lease.vault_invariant(accounts.vault.amount())?;
    emit(LeaseSettled {
        lease: *lease.address(),
        accepted: lease.meter.accepted,
        payout,
        fee,
        ledger: lease.ledger,
    });
    Ok(())
}
