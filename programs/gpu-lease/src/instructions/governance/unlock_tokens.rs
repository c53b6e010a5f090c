use crate::{
    errors::LeaseError,
    events::{TokensUnlocked, emit},
    state::*,
    token::{self, CloseVault, Mint, TokenAccount, Transfer},
};
use anchor_lang::prelude::*;
use anchor_spl::token_interface::TokenInterface;

/// Accounts of [`unlock_tokens`].
#[derive(Accounts)]
pub struct UnlockTokens {
    /// The lock's owner; gets the rent.
    #[account(mut, address = lock.owner @ LeaseError::NotLockOwner)]
    pub owner: Signer,
    /// Closed.
    #[account(mut, close = owner)]
    pub lock: Account<VoteLock>,
    /// Counts what is locked.
    #[account(mut)]
    pub governance: Account<Governance>,
    /// Emptied and closed.
    #[account(mut, address = lock.vault @ LeaseError::WrongAccount, token::token_program = token_program)]
    pub vault: Account<TokenAccount>,
    /// Gets the tokens. Safe: the token program requires its mint to match, and the owner chose it.
    #[account(mut)]
    pub owner_token: UncheckedAccount,
    /// The vote mint. Safe: the token program requires it to be the vault's.
    pub mint: Account<Mint>,
    /// Owns the vault.
    pub token_program: Interface<'static, TokenInterface>,
}

/// See [`crate::gpu_lease::unlock_tokens`].
pub fn unlock_tokens(ctx: &mut Context<UnlockTokens>) -> Result<()> {
    let accounts = &mut ctx.accounts;

    // Check, effect
    accounts.lock.require_unlockable(Clock::get()?.unix_timestamp)?;
    accounts.governance.unlock(accounts.lock.amount)?;

    // Interaction
    let program = accounts.token_program.address();
    // Tokens that strangers sent are the owner's, too.
    let amount = accounts.vault.amount();
    Transfer {
        program,
        from: accounts.vault.cpi_handle_mut().into(),
        mint: accounts.mint.cpi_handle(),
        to: accounts.owner_token.cpi_handle_mut().into(),
        authority: accounts.lock.cpi_handle(),
        amount,
        decimals: accounts.mint.decimals(),
    }
    .invoke_as(&accounts.lock);
    CloseVault {
        program,
        vault: accounts.vault.cpi_handle_mut().into(),
        destination: accounts.owner.cpi_handle_mut().into(),
        authority: accounts.lock.cpi_handle(),
    }
    .invoke_as(&accounts.lock);

    emit(TokensUnlocked { lock: *accounts.lock.address(), owner: accounts.lock.owner, amount });
    Ok(())
}
