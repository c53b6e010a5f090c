use crate::{
    errors::LeaseError,
    events::{TokensUnlocked, emit},
    state::*,
    token::{self, CloseVault, Mint, TokenAccount, Transfer},
};
use anchor_lang::prelude::*;
use anchor_spl::token_interface::TokenInterface;

/// Accounts of [`unlock_tokens`]. Anyone may call it.
#[derive(Accounts)]
pub struct UnlockTokens {
    /// Gets the rent. Safe: it must be the lock's owner, whose data is not touched.
    #[account(mut, address = lock.owner @ LeaseError::NotLockOwner)]
    pub owner: UncheckedAccount,
    /// Closed.
    #[account(mut, close = owner)]
    pub lock: Account<VoteLock>,
    /// Emptied and closed.
    #[account(mut, address = lock.vault @ LeaseError::WrongAccount, token::token_program = token_program)]
    pub vault: Account<TokenAccount>,
    /// Gets the tokens; any token account of the owner's.
    #[account(mut, token::mint = mint.address(), token::authority = owner.address())]
    pub owner_token: Account<TokenAccount>,
    /// The vote mint. Safe: the token program requires it to be the vault's.
    pub mint: Account<Mint>,
    /// Owns the vault.
    pub token_program: Interface<'static, TokenInterface>,
}

/// See [`crate::gpu_lease::unlock_tokens`].
pub fn unlock_tokens(ctx: &mut Context<UnlockTokens>) -> Result<()> {
    let accounts = &mut ctx.accounts;

    // Check
    accounts.lock.require_unlockable(Clock::get()?.unix_timestamp)?;

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
