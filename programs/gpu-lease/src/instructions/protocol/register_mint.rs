use crate::{
    creation::New,
    events::{MintRegistered, emit},
    state::*,
    token::{self, Mint, TokenAccount},
};
use anchor_lang::prelude::*;
use anchor_spl::token_interface::TokenInterface;

/// Accounts of [`register_mint`].
#[derive(Accounts)]
pub struct RegisterMint {
    /// Pays for the accounts; anyone.
    #[account(mut)]
    pub rent_payer: Signer,
    /// Created.
    #[account(init, payer = rent_payer, seeds = [MINT_POLICY_SEED, mint.address().as_ref()], bump)]
    pub mint_policy: Account<New<MintPolicy>>,
    /// Created; owned by the policy.
    #[account(
        init,
        payer = rent_payer,
        seeds = [FEE_VAULT_SEED, mint.address().as_ref()],
        bump,
        token::mint = mint,
        token::authority = mint_policy,
        token::token_program = token_program
    )]
    pub fee_vault: Account<TokenAccount>,
    /// The mint.
    pub mint: Account<Mint>,
    /// Owns the mint.
    pub token_program: Interface<'static, TokenInterface>,
    /// Creates the accounts.
    pub system_program: Program<System>,
}

/// See [`crate::gpu_lease::register_mint`].
pub fn register_mint(ctx: &mut Context<RegisterMint>) -> Result<()> {
    // Effect
    let mint = *ctx.accounts.mint.address();
    let fee_vault = *ctx.accounts.fee_vault.address();
    let token_program = *ctx.accounts.token_program.address();
    *ctx.accounts.mint_policy = New(MintPolicy {
        mint,
        fee_vault,
        token_program,
        fees: FeeEpochs::default(),
        version: ACCOUNT_VERSION,
        bump: ctx.bumps.mint_policy,
        decimals: ctx.accounts.mint.decimals(),
        spare: [0; 37],
    });
    emit(MintRegistered { mint, fee_vault, token_program });
    Ok(())
}
