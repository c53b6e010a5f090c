//! `gpu-lease provider bond`

use crate::{
    args::Sending,
    config,
    context::{Action, Context},
    failure::usage,
    units::{money, parse_amount},
    views::{self, bond::BondAccount},
};
use anyhow::{Result, bail, ensure};
use clap::{Args, Subcommand};
use gpu_lease_client::{
    account::{Keyed, MintRef, ProviderRef},
    address, instruction,
    rpc::MintInfo,
    state::Provider,
};
use solana_address::Address;
use solana_signer::Signer;
use std::collections::BTreeSet;

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Show what a provider's bond accounts hold, and what leases hold that came out of them [default: your own]
    Show(Show),
    /// Pay into a bond account, out of your own account; anyone may. Creates it if it is missing
    #[command(
        after_help = "Leases that the operator starts take their bonds from there, and give back what is left of them. \
                      Only the provider's wallet can take anything out."
    )]
    PayIn(PayIn),
    /// Take money out of a bond account, as the provider's wallet
    Withdraw(Withdraw),
}

#[derive(Debug, Args)]
pub struct Show {
    /// The provider's wallet, operator or account
    #[arg(value_name = "PROVIDER", value_parser = config::parse_address)]
    provider: Option<Address>,
}

#[derive(Debug, Args)]
pub struct Which {
    /// The provider's account, or its wallet [default: the one that you act for]
    #[arg(long, value_name = "PROVIDER", value_parser = config::parse_address)]
    provider: Option<Address>,
    /// The mint [default: the only one of the provider's offers]
    #[arg(long, value_name = "MINT", value_parser = config::parse_address)]
    mint: Option<Address>,
}

/// Pays in.
#[derive(Debug, Args)]
pub struct PayIn {
    /// How much, in the mint's units, for instance 250
    #[arg(value_name = "AMOUNT")]
    amount: String,
    #[command(flatten)]
    which: Which,
    #[command(flatten)]
    sending: Sending,
}

/// Takes out.
#[derive(Debug, Args)]
pub struct Withdraw {
    /// How much, in the mint's units, or `all`; it goes to your own account
    #[arg(value_name = "AMOUNT")]
    amount: String,
    #[command(flatten)]
    which: Which,
    #[command(flatten)]
    sending: Sending,
}

/// Runs a command of this group.
pub async fn run(command: &Command, context: &Context) -> Result<()> {
    match command {
        Command::Show(Show { provider }) => show(provider.as_ref(), context).await,
        Command::PayIn(pay_in) => self::pay_in(pay_in, context).await,
        Command::Withdraw(withdraw) => self::withdraw(withdraw, context).await,
    }
}

async fn show(provider: Option<&Address>, context: &Context) -> Result<()> {
    let provider = match provider {
        Some(provider) => *provider,
        None => context.wallet()?.pubkey(),
    };
    let mut list = views::bond::list();
    for provider in context.providers_of(&provider).await? {
        let leases = context.client.leases_of_provider(&provider.address).await?;
        let mut mints: BTreeSet<_> = leases.iter().map(|lease| lease.terms.mint).collect();
        mints.extend(mints_of(&provider, context).await?);
        for account in accounts(&provider, mints, context).await? {
            let pooled = leases
                .iter()
                .filter(|lease| lease.bond_is_pooled == 1 && lease.terms.mint == account.mint.address);
            let in_leases = pooled.map(|lease| lease.ledger.bond).sum();
            list.push(
                views::bond::row(&account, in_leases),
                views::bond::record(&provider, &account, in_leases),
            );
        }
    }
    context.print(&list)
}

async fn pay_in(PayIn { amount, which, sending }: &PayIn, context: &Context) -> Result<()> {
    let wallet = context.wallet()?;
    let provider = context.one_provider(&wallet.pubkey(), which.provider.as_ref()).await?;
    let mint = which.mint(&provider, context).await?;
    let amount = parse_amount(amount, mint.decimals).map_err(usage)?;
    ensure!(amount > 0, "nothing would be paid in; pass an amount above zero");
    context.require_tokens(&wallet.pubkey(), &mint, amount).await?;
    let account = BondAccount::of(&provider, mint, context).await?;
    let after = account.holds().saturating_add(amount);
    let record = views::bond::of(&provider, &account)
        .json("amount", amount)
        .line("paid in", money(amount, &mint))
        .line("holds", format!("{} then; only {} can take it out", money(after, &mint), provider.authority));
    let reference = MintRef { mint: mint.address, token_program: mint.token_program };
    let instructions =
        instruction::pay_in_bond(wallet.pubkey(), &provider.address, &reference, mint.decimals, amount);
    let action = Action::new("Paid into the bond account", *sending).with(record).in_units_of(&mint);
    context.act(action, &instructions, &[&wallet]).await
}

async fn withdraw(Withdraw { amount, which, sending }: &Withdraw, context: &Context) -> Result<()> {
    let wallet = context.wallet()?;
    let provider = context.own_provider(&wallet.pubkey(), which.provider.as_ref()).await?;
    let mint = which.mint(&provider, context).await?;
    let account = BondAccount::of(&provider, mint, context).await?;
    let amount = match amount.as_str() {
        "all" => account.holds(),
        amount => parse_amount(amount, mint.decimals).map_err(usage)?,
    };
    ensure!(
        0 < amount && amount <= account.holds(),
        "the bond account holds {}, of the mint {}; name an amount above zero and no larger, or `all`. What leases hold \
         comes back to it when they are closed",
        money(account.holds(), &mint),
        mint.address
    );
    let reference = MintRef { mint: mint.address, token_program: mint.token_program };
    let mut instructions = Vec::new();
    let destination = context.receiver(&wallet.pubkey(), &reference, &wallet, &mut instructions).await?;
    let valid_until = sending.valid_until(context.now().await?, false);
    let from = ProviderRef::from(&provider);
    instructions.push(instruction::withdraw_bond(from, &reference, destination, amount, valid_until));
    let left = account.holds().saturating_sub(amount);
    let record = views::bond::of(&provider, &account)
        .text("to", "to", destination)
        .line("holds", format!("{} then", money(left, &mint)));
    let action = Action::new("Withdrew from the bond account", *sending).with(record).in_units_of(&mint);
    context.act(action, &instructions, &[&wallet]).await
}

impl Which {
    /// The mint that is named, or the one of the provider's offers.
    async fn mint(&self, provider: &Keyed<Provider>, context: &Context) -> Result<MintInfo> {
        if let Some(mint) = &self.mint {
            return context.mint(mint).await;
        }
        let mints: Vec<_> = mints_of(provider, context).await?.into_iter().collect();
        match mints.as_slice() {
            [mint] => context.mint(mint).await,
            several => {
                let mints: Vec<_> = several.iter().map(ToString::to_string).collect();
                bail!(
                    "the provider's offers are priced in several mints; name one with --mint: {}",
                    mints.join(" or ")
                )
            }
        }
    }
}

impl BondAccount {
    /// The bond account of a provider for `mint`.
    async fn of(provider: &Keyed<Provider>, mint: MintInfo, context: &Context) -> Result<Self> {
        let address = address::bond_account(&provider.address, &mint.address, &mint.token_program);
        let balance = context.client.token_balance(&address).await?;
        Ok(Self { mint, address, balance: balance.map(|balance| balance.amount) })
    }
}

/// The bond accounts of a provider for the mints of its offers.
pub async fn accounts_of(provider: &Keyed<Provider>, context: &Context) -> Result<Vec<BondAccount>> {
    accounts(provider, mints_of(provider, context).await?, context).await
}

async fn accounts(
    provider: &Keyed<Provider>,
    mints: BTreeSet<Address>,
    context: &Context,
) -> Result<Vec<BondAccount>> {
    let mut accounts = Vec::new();
    for mint in mints {
        accounts.push(BondAccount::of(provider, context.mint(&mint).await?, context).await?);
    }
    Ok(accounts)
}

/// The mints of a provider's offers; without offers the unit mint.
async fn mints_of(provider: &Keyed<Provider>, context: &Context) -> Result<BTreeSet<Address>> {
    let offers = context.client.offers(Some(&provider.address)).await?;
    let mut mints: BTreeSet<_> = offers.iter().map(|offer| offer.terms.mint).collect();
    if mints.is_empty() {
        mints.insert(context.client.protocol().await?.unit_mint);
    }
    Ok(mints)
}
