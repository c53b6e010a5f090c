use crate::{
    creation::New,
    errors::LeaseError,
    events::{TokensLocked, emit},
    state::*,
    token::{self, Mint, TokenAccount, Transfer},
};
use anchor_lang::prelude::*;
use anchor_spl::token_interface::TokenInterface;

/// Accounts of [`lock_tokens`].
#[derive(Accounts)]
pub struct LockTokens {
    /// Wallet whose tokens they are; pays for the accounts.
    #[account(mut)]
    pub owner: Signer,
    /// Created at the first deposit.
    #[account(init_if_needed, payer = owner, seeds = [LOCK_SEED, owner.address().as_ref()], bump)]
    pub lock: Account<New<VoteLock>>,
    /// Counts what is locked until when.
    #[account(mut)]
    pub governance: Account<Governance>,
    /// Names the vote mint.
    pub protocol: Account<Protocol>,
    /// Created at the first deposit; holds the tokens. Owned by the lock.
    #[account(
        init_if_needed,
        payer = owner,
        seeds = [VAULT_SEED, lock.address().as_ref()],
        bump,
        token::mint = vote_mint,
        token::authority = lock,
        token::token_program = token_program
    )]
    pub vault: Account<TokenAccount>,
    /// Pays. Safe: the token program requires the owner to own it and its mint to match.
    #[account(mut)]
    pub owner_token: UncheckedAccount,
    /// The vote mint.
    #[account(address = protocol.vote_mint @ LeaseError::WrongMint)]
    pub vote_mint: Account<Mint>,
    /// Owns the mint.
    pub token_program: Interface<'static, TokenInterface>,
    /// Creates the accounts.
    pub system_program: Program<System>,
}

/// See [`crate::gpu_lease::lock_tokens`].
pub fn lock_tokens(ctx: &mut Context<LockTokens>, amount: u64, unlock_at: i64) -> Result<()> {
    let accounts = &mut ctx.accounts;

    // Check, effect
    let owner = *accounts.owner.address();
    if accounts.lock.is_new() {
        *accounts.lock = New(VoteLock::new(owner, *accounts.vault.address(), ctx.bumps.lock));
    }
    accounts.lock.deposit(amount, unlock_at, &mut accounts.governance.locked, &Clock::get()?)?;

    // Interaction
    Transfer {
        program: accounts.token_program.address(),
        from: accounts.owner_token.account(),
        to: accounts.vault.account(),
        authority: accounts.owner.account(),
        amount,
    }
    .invoke();

    let lock = *accounts.lock.address();
    emit(TokensLocked { lock, owner, amount, total: accounts.lock.amount, unlock_at });
    Ok(())
}
