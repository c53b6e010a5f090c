use crate::{
    errors::LeaseError,
    events::{BondWithdrawn, emit},
    state::*,
    token::{self, TokenAccount, Transfer},
};
use anchor_lang::prelude::*;
use anchor_spl::token_interface::TokenInterface;

/// Accounts of [`withdraw_bond`].
#[derive(Accounts)]
pub struct WithdrawBond {
    /// The provider's wallet.
    pub authority: Signer,
    /// Owns the bond account.
    pub provider: Account<Provider>,
    /// Pays: the provider's bond account.
    #[account(mut, token::authority = provider, token::token_program = token_program)]
    pub bond_account: Account<TokenAccount>,
    /// Is paid; any token account that the wallet chooses. Safe: the token program requires its mint to match.
    #[account(mut)]
    pub destination: UncheckedAccount,
    /// Owns the bond account.
    pub token_program: Interface<'static, TokenInterface>,
}

/// See [`crate::gpu_lease::withdraw_bond`].
pub fn withdraw_bond(ctx: &mut Context<WithdrawBond>, valid_until: i64, amount: u64) -> Result<()> {
    let accounts = &mut ctx.accounts;

    // Check
    require_valid_until(valid_until, Clock::get()?.unix_timestamp)?;
    accounts.provider.authorize(accounts.authority.address())?;
    require!(amount > 0, LeaseError::AmountZero);

    // Interaction
    Transfer {
        program: accounts.token_program.address(),
        from: accounts.bond_account.account(),
        to: accounts.destination.account(),
        authority: accounts.provider.account(),
        amount,
    }
    .invoke_as(&accounts.provider);

    let (provider, mint) = (*accounts.provider.address(), *accounts.bond_account.mint());
    emit(BondWithdrawn { provider, mint, amount });
    Ok(())
}
