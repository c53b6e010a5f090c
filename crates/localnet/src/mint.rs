use crate::Wallets;
use anyhow::{Context, Result};
use gpu_lease_client::{
    address::{self, SPL_TOKEN},
    instruction::create_associated_token,
    rpc::{Client, MintInfo},
};
use solana_address::Address;
use solana_instruction::Instruction;
use solana_keypair::Keypair;
use solana_signer::Signer;
use spl_token_interface::instruction::{self as token, AuthorityType};

/// Decimals of both mints: those of the dollar tokens.
pub const DECIMALS: u8 = 6;

/// Base units of one token.
const ONE: u64 = 1_000_000;

/// Bytes of a mint's account.
const MINT_SIZE: u64 = 82;

/// What each wallet that pays gets of the test mint, base units.
const ENDOWMENT: u64 = 10_000 * ONE;

/// Creates the test mint over RPC, like anyone would, gives those who pay some of it, and opens accounts for
/// those who are paid: the arbiter and the treasury.
pub async fn create(client: &Client, wallets: &Wallets) -> Result<MintInfo> {
    let minter = wallets.deployer.pubkey();
    let mint = wallets.mint.pubkey();
    let payers = [&wallets.renter, &wallets.sponsor, &wallets.provider, &wallets.other_provider];
    let mut rest = endow(&minter, &mint, &payers.map(|wallet| (wallet, ENDOWMENT)))?;
    for wallet in [&wallets.arbiter, &wallets.treasury] {
        rest.push(create_associated_token(&minter, &wallet.pubkey(), &mint, &SPL_TOKEN));
    }
    create_mint(client, wallets, &wallets.mint, rest).await.context("the test mint was not created")
}

/// Creates the mint whose tokens vote, a million and never more: most for those who lock them, some for the
/// parties of leases. Who could mint could vote as it likes, so that right is given up.
pub async fn create_votes(client: &Client, wallets: &Wallets) -> Result<MintInfo> {
    let minter = wallets.deployer.pubkey();
    let mint = wallets.vote_mint.pubkey();
    let shares = [
        (&wallets.holder, 400_000 * ONE),
        (&wallets.other_holder, 300_000 * ONE),
        (&wallets.provider, 200_000 * ONE),
        (&wallets.renter, 100_000 * ONE),
    ];
    let mut rest = endow(&minter, &mint, &shares)?;
    rest.push(token::set_authority(&SPL_TOKEN, &mint, None, AuthorityType::MintTokens, &minter, &[])?);
    create_mint(client, wallets, &wallets.vote_mint, rest).await.context("the vote mint was not created")
}

/// Creates a mint that the deployer mints, and does the `rest` in the same transaction.
async fn create_mint(
    client: &Client,
    wallets: &Wallets,
    mint: &Keypair,
    rest: Vec<Instruction>,
) -> Result<MintInfo> {
    let (address, minter) = (mint.pubkey(), wallets.deployer.pubkey());
    let rent = client
        .rpc()
        .get_minimum_balance_for_rent_exemption(usize::try_from(MINT_SIZE)?)
        .await
        .context("the validator does not say what rent is")?;
    let mut instructions = vec![
        solana_system_interface::instruction::create_account(&minter, &address, rent, MINT_SIZE, &SPL_TOKEN),
        token::initialize_mint2(&SPL_TOKEN, &address, &minter, None, DECIMALS)?,
    ];
    instructions.extend(rest);
    client.send(&instructions, &wallets.deployer, &[mint]).await?;
    Ok(client.mint(&address).await?)
}

/// Gives each wallet so many base units.
fn endow(minter: &Address, mint: &Address, shares: &[(&Keypair, u64)]) -> Result<Vec<Instruction>> {
    let mut instructions = Vec::new();
    for (wallet, amount) in shares {
        let owner = wallet.pubkey();
        let account = address::associated_token(&owner, mint, &SPL_TOKEN);
        instructions.push(create_associated_token(minter, &owner, mint, &SPL_TOKEN));
        instructions.push(token::mint_to_checked(
            &SPL_TOKEN,
            mint,
            &account,
            minter,
            &[],
            *amount,
            DECIMALS,
        )?);
    }
    Ok(instructions)
}
