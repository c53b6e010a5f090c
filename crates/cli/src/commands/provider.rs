//! `gpu-lease provider`

mod bond;

use crate::{
    args::Sending,
    config,
    context::{Action, Context, require_role},
    output::Record,
    views,
};
use anyhow::{Result, bail, ensure};
use clap::{Args, Subcommand};
use gpu_lease_client::{
    account::ProviderRef,
    address, instruction,
    state::{HotKeys, Provider},
};
use solana_address::Address;
use solana_signer::Signer;

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Register your wallet as a provider
    Register(Register),
    /// Change the keys of your machines, for all your leases at once: the one that signs usage, the one that runs leases
    #[command(after_help = "What is not named stays as it is. A key that is replaced is worthless at once.")]
    Update(Update),
    /// Name the wallet that may take over your provider, with its offers and what its leases pay
    Nominate(Nominate),
    /// Take over a provider that nominated your wallet
    Accept(Accept),
    /// Show a provider, its record, and what its bond accounts hold [default: your own]
    Show(Show),
    /// See, fill and empty the accounts out of which the operator puts up bonds
    #[command(subcommand)]
    Bond(bond::Command),
}

#[derive(Debug, Args)]
pub struct Nominate {
    /// The wallet, which has to accept; `none` takes a nomination back
    #[arg(value_name = "WALLET", value_parser = config::parse_address_or_none)]
    nominee: Address,
    /// Your provider's account [default: the one that you act for]
    #[arg(long, value_name = "PROVIDER", value_parser = config::parse_address)]
    provider: Option<Address>,
    #[command(flatten)]
    sending: Sending,
}

/// The keys of a provider that is new, or in new hands.
#[derive(Clone, Copy, Debug, Args)]
pub struct NewKeys {
    /// Address of the hot key that will sign usage; keep it apart from your wallet
    #[arg(long, value_name = "ADDRESS", value_parser = config::parse_address)]
    attestor: Address,
    /// Address of the hot key that will run leases, with bonds out of your bond account and without your wallet; or `none`
    /// [default: none]
    #[arg(long, value_name = "ADDRESS", value_parser = config::parse_address_or_none)]
    operator: Option<Address>,
}

impl From<NewKeys> for HotKeys {
    fn from(NewKeys { attestor, operator }: NewKeys) -> Self {
        Self { attestor, operator: operator.unwrap_or_default() }
    }
}

#[derive(Debug, Args)]
pub struct Accept {
    /// The provider's account, or its present wallet
    #[arg(value_name = "PROVIDER", value_parser = config::parse_address)]
    provider: Address,
    /// In place of the seller's: its machines must not go on signing for you.
    #[command(flatten)]
    keys: NewKeys,
    #[command(flatten)]
    sending: Sending,
}

#[derive(Debug, Args)]
pub struct Register {
    /// What its machines sign with.
    #[command(flatten)]
    keys: NewKeys,
    #[command(flatten)]
    sending: Sending,
}

/// The keys that are changed.
#[derive(Clone, Copy, Debug, Args)]
#[group(required = true, multiple = true)]
pub struct ChangedKeys {
    /// Address of the new key that signs usage
    #[arg(long, value_name = "ADDRESS", value_parser = config::parse_address)]
    attestor: Option<Address>,
    /// Address of the new key that runs leases, or `none`
    #[arg(long, value_name = "ADDRESS", value_parser = config::parse_address_or_none)]
    operator: Option<Address>,
}

/// Changes the keys.
#[derive(Debug, Args)]
pub struct Update {
    /// At least one.
    #[command(flatten)]
    keys: ChangedKeys,
    /// Your provider's account [default: the one that you act for]
    #[arg(long, value_name = "PROVIDER", value_parser = config::parse_address)]
    provider: Option<Address>,
    #[command(flatten)]
    sending: Sending,
}

#[derive(Debug, Args)]
pub struct Show {
    /// The provider's wallet, operator or account
    #[arg(value_name = "PROVIDER", value_parser = config::parse_address)]
    provider: Option<Address>,
}

/// Runs a command of this group.
pub async fn run(command: &Command, context: &Context) -> Result<()> {
    match command {
        Command::Register(register) => self::register(register, context).await,
        Command::Update(update) => self::update(update, context).await,
        Command::Nominate(nominate) => self::nominate(nominate, context).await,
        Command::Accept(accept) => self::accept(accept, context).await,
        Command::Show(Show { provider }) => show(provider.as_ref(), context).await,
        Command::Bond(command) => bond::run(command, context).await,
    }
}

async fn register(Register { keys, sending }: &Register, context: &Context) -> Result<()> {
    let wallet = context.wallet()?;
    let provider = address::provider(&wallet.pubkey());
    let registered = context.client.find::<Provider>(&provider).await?;
    ensure!(
        registered.is_none_or(|provider| provider.authority != wallet.pubkey()),
        "your wallet is registered already; `gpu-lease provider update` changes its keys"
    );
    ensure!(
        registered.is_none(),
        "your wallet registered a provider that another wallet has taken over; register with a new wallet"
    );
    let keys = HotKeys::from(*keys);
    let record = Record::new()
        .text("provider", "provider", provider)
        .text("authority", "wallet", wallet.pubkey())
        .and(views::provider::keys(&keys));
    let record = match keys.operator == Address::default() {
        true => record,
        false => record.line("next", "`gpu-lease provider bond pay-in` gives its operator bonds to put up"),
    };
    let action = Action::new("Registered as a provider", *sending).with(record);
    context.act(action, &[instruction::register_provider(wallet.pubkey(), keys)], &[&wallet]).await
}

async fn update(update: &Update, context: &Context) -> Result<()> {
    let Update { keys: ChangedKeys { attestor, operator }, provider, sending } = update;
    let wallet = context.wallet()?;
    let provider = context.own_provider(&wallet.pubkey(), provider.as_ref()).await?;
    let replaced = provider.keys();
    let keys = HotKeys {
        attestor: attestor.unwrap_or(replaced.attestor),
        operator: operator.unwrap_or(replaced.operator),
    };
    ensure!(keys != replaced, "these are the provider's keys already; nothing has to be done");
    let valid_until = sending.valid_until(context.now().await?, false);
    let instruction = instruction::update_provider(ProviderRef::from(&provider), replaced, keys, valid_until);
    let record =
        Record::new().text("provider", "provider", provider.address).and(views::provider::keys(&keys));
    let action = Action::new("Changed the keys", *sending).with(record);
    context.act(action, &[instruction], &[&wallet]).await
}

async fn nominate(Nominate { nominee, provider, sending }: &Nominate, context: &Context) -> Result<()> {
    let wallet = context.wallet()?;
    let provider = context.own_provider(&wallet.pubkey(), provider.as_ref()).await?;
    let instruction = instruction::nominate_authority(
        ProviderRef::from(&provider),
        provider.pending_authority,
        *nominee,
        sending.valid_until(context.now().await?, false),
    );
    let record = Record::new().text("provider", "provider", provider.address);
    let (done, record) = match *nominee == Address::default() {
        true => ("Took the nomination back", record),
        false => (
            "Nominated a wallet",
            record.text("nominee", "nominated", nominee).line(
                "next",
                format!(
                    "that wallet runs `gpu-lease provider accept {} --attestor KEY --operator KEY`, or `--operator none`",
                    provider.address
                ),
            ),
        ),
    };
    context.act(Action::new(done, *sending).with(record), &[instruction], &[&wallet]).await
}

async fn accept(Accept { provider, keys, sending }: &Accept, context: &Context) -> Result<()> {
    let wallet = context.wallet()?;
    let [provider] = context.providers_of(provider).await?[..] else {
        bail!("{provider} acts for several providers; pass the account of the one that you take over")
    };
    ensure!(
        provider.pending_authority != Address::default(),
        "nobody is nominated to take this provider over; let {} run `gpu-lease provider nominate {}`",
        provider.authority,
        wallet.pubkey()
    );
    require_role(&wallet.pubkey(), &provider.pending_authority, "the wallet that is nominated")?;
    let keys = HotKeys::from(*keys);
    let valid_until = sending.valid_until(context.now().await?, false);
    let instruction = instruction::accept_authority(wallet.pubkey(), provider.address, keys, valid_until);
    let record =
        Record::new().text("provider", "provider", provider.address).and(views::provider::keys(&keys));
    let action = Action::new("Took the provider over", *sending).with(record);
    context.act(action, &[instruction], &[&wallet]).await
}

async fn show(provider: Option<&Address>, context: &Context) -> Result<()> {
    let wallet = match provider {
        Some(provider) => *provider,
        None => context.wallet()?.pubkey(),
    };
    let providers = context.providers_of(&wallet).await?;
    let mint = context.mint(&context.client.protocol().await?.unit_mint).await?;
    match providers.as_slice() {
        [provider] => {
            let accounts = bond::accounts_of(provider, context).await?;
            context.print(&views::provider::details(provider, &mint).and(views::bond::accounts(&accounts)))
        }
        several => {
            let mut list = views::provider::list();
            for provider in several {
                list.push(views::provider::row(provider, &mint), views::provider::details(provider, &mint));
            }
            context.print(&list)
        }
    }
}
