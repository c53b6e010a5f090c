use crate::Wallets;
use anyhow::{Context, Result};
use gpu_lease_client::{
    address::{self, SPL_TOKEN},
    instruction::create_associated_token,
    rpc::{Client, MintInfo},
};
use solana_address::Address;
use solana_instruction::Instruction;
use solana_signer::Signer;
use spl_token_interface::instruction as token;

/// Decimals of the test mint: those of the dollar tokens.
const DECIMALS: u8 = 6;

/// Bytes of a mint's account.
const MINT_SIZE: u64 = 82;

/// What each wallet that pays gets, base units: 10,000 tokens.
const ENDOWMENT: u64 = 10_000_000_000;

/// Creates the test mint over RPC, like anyone would, gives those who pay some of it, and opens an account for
/// the arbiter, who is paid.
pub async fn create(client: &Client, wallets: &Wallets) -> Result<MintInfo> {
    let (mint, minter) = (wallets.mint.pubkey(), wallets.deployer.pubkey());
    let rent = client
        .rpc()
        .get_minimum_balance_for_rent_exemption(usize::try_from(MINT_SIZE)?)
        .await
        .context("the validator does not say what rent is")?;
    let mut instructions = vec![
        solana_system_interface::instruction::create_account(&minter, &mint, rent, MINT_SIZE, &SPL_TOKEN),
        token::initialize_mint2(&SPL_TOKEN, &mint, &minter, None, DECIMALS)?,
    ];
    for wallet in [&wallets.renter, &wallets.sponsor, &wallets.provider, &wallets.other_provider] {
        instructions.extend(endow(&minter, &wallet.pubkey(), &mint)?);
    }
    instructions.push(create_associated_token(&minter, &wallets.arbiter.pubkey(), &mint, &SPL_TOKEN));
    client
        .send(&instructions, &wallets.deployer, &[&wallets.mint])
        .await
        .context("the test mint was not created")?;
    Ok(client.mint(&mint).await?)
}

fn endow(minter: &Address, wallet: &Address, mint: &Address) -> Result<[Instruction; 2]> {
    let account = address::associated_token(wallet, mint, &SPL_TOKEN);
    Ok([
        create_associated_token(minter, wallet, mint, &SPL_TOKEN),
        token::mint_to_checked(&SPL_TOKEN, mint, &account, minter, &[], ENDOWMENT, DECIMALS)?,
    ])
}
