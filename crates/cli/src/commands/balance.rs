//! `gpu-lease balance`

use crate::{
    config,
    context::Context,
    views::{self, balance::Holding},
};
use anyhow::Result;
use clap::Args;
use gpu_lease_client::{
    address,
    rpc::{Client, MintInfo},
    state::VoteLock,
};
use solana_address::Address;
use solana_signer::Signer;
use std::collections::BTreeMap;

#[derive(Debug, Args)]
pub struct Balance {
    /// The wallet [default: that of --keypair]
    #[arg(value_name = "ADDRESS", value_parser = config::parse_address)]
    wallet: Option<Address>,
}

/// Shows what a wallet has.
pub async fn run(Balance { wallet }: &Balance, context: &Context) -> Result<()> {
    let wallet = match wallet {
        Some(wallet) => *wallet,
        None => context.wallet()?.pubkey(),
    };
    let client = &context.client;
    let lamports = client.lamports(&wallet).await?;
    let (holdings, others) = holdings(&wallet, client, context).await?;
    context.print(&views::balance::details(&wallet, lamports, &holdings, others))
}

/// What a wallet has of the mints that are known here, and of how many others it has something.
async fn holdings(
    wallet: &Address,
    client: &Client,
    context: &Context,
) -> Result<(Vec<(MintInfo, Holding)>, usize)> {
    let vote_mint = client.protocol().await?.vote_mint;
    let mut known: BTreeMap<Address, Holding> =
        client.mint_policies().await?.iter().map(|policy| (policy.mint, Holding::default())).collect();
    known.entry(vote_mint).or_default();
    let mut others = BTreeMap::new();
    for token in client.tokens_of(wallet).await? {
        let holding = known.get_mut(&token.mint).unwrap_or_else(|| others.entry(token.mint).or_default());
        holding.tokens = holding.tokens.saturating_add(token.amount);
    }
    others.retain(|_, holding: &mut Holding| holding.tokens > 0);
    for lease in client.leases_of_payer(wallet).await? {
        if let Some(holding) = known.get_mut(&lease.terms.mint) {
            let ledger = lease.ledger;
            let left = ledger.deposited.saturating_sub(ledger.released).saturating_add(ledger.stake);
            holding.in_leases = holding.in_leases.saturating_add(left);
        }
    }
    if let Some(lock) = client.find::<VoteLock>(&address::lock(wallet)).await? {
        let holding = known.entry(vote_mint).or_default();
        holding.locked = holding.locked.saturating_add(lock.amount);
    }
    let providers = client.providers_of(wallet).await?;
    for provider in &providers {
        for lease in client.leases_of_provider(&provider.address).await? {
            if let Some(holding) = known.get_mut(&lease.terms.mint) {
                holding.bonds = holding.bonds.saturating_add(lease.ledger.bond);
            }
        }
    }
    let mut holdings = Vec::new();
    for (mint, mut holding) in known {
        let info = context.mint(&mint).await?;
        for provider in &providers {
            let account = address::bond_account(&provider.address, &mint, &info.token_program);
            let held = client.token_balance(&account).await?.map_or(0, |balance| balance.amount);
            holding.bond_accounts = holding.bond_accounts.saturating_add(held);
        }
        holdings.push((info, holding));
    }
    Ok((holdings, others.len()))
}
