use crate::{
    errors::LeaseError,
    events::{TokensUnlocked, emit},
    state::*,
    token::{self, Calls, TokenAccount},
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
    #[account(mut, token::mint = vault.mint(), token::authority = owner.address())]
    pub owner_token: Account<TokenAccount>,
    /// Owns the vault.
    pub token_program: Interface<'static, TokenInterface>,
}

/// See [`crate::gpu_lease::unlock_tokens`].
pub fn unlock_tokens(ctx: &mut Context<UnlockTokens>) -> Result<()> {
    let accounts = &mut ctx.accounts;

    // Check
    accounts.lock.require_unlockable(Clock::get()?.unix_timestamp)?;

    // Interaction
    // Tokens that strangers sent are the owner's, too.
    let amount = accounts.vault.amount();
    let [vault, owner_token, lock, owner] = [
        accounts.vault.account(),
        accounts.owner_token.account(),
        accounts.lock.account(),
        accounts.owner.account(),
    ];
    let mut calls = Calls::empty();
    calls.transfer(vault, owner_token, lock, amount);
    calls.close(vault, owner, lock);
    calls.invoke_as(accounts.token_program.account(), [vault, owner_token, owner, lock], &accounts.lock);

    emit(TokensUnlocked { lock: *accounts.lock.address(), owner: accounts.lock.owner, amount });
    Ok(())
}
