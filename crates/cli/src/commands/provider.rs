//! `gpu-lease provider`

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
    address,
    instruction::{self, ProviderRef},
    state::Provider,
};
use solana_address::Address;
use solana_signer::Signer;

/// Providers.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Register your wallet as a provider
    Register(Register),
    /// Change the key that signs usage, for all your leases at once
    Update(Update),
    /// Name the wallet that may take your provider over, with its offers and what its leases pay
    Nominate(Nominate),
    /// Take a provider over that nominated your wallet
    Accept(Accept),
    /// Show a provider and its record [default: your own]
    Show(Show),
}

/// Nominates.
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

/// Accepts.
#[derive(Debug, Args)]
pub struct Accept {
    /// The provider's account, or its present wallet
    #[arg(value_name = "PROVIDER", value_parser = config::parse_address)]
    provider: Address,
    /// Address of the hot key that will sign usage for you, in place of the seller's
    #[arg(long, value_name = "ADDRESS", value_parser = config::parse_address)]
    attestor: Address,
    #[command(flatten)]
    sending: Sending,
}

/// Registers.
#[derive(Debug, Args)]
pub struct Register {
    /// Address of the hot key that will sign usage; keep it apart from your wallet
    #[arg(long, value_name = "ADDRESS", value_parser = config::parse_address)]
    attestor: Address,
    #[command(flatten)]
    sending: Sending,
}

/// Changes the attestor.
#[derive(Debug, Args)]
pub struct Update {
    /// Address of the new key; the old one is worthless at once
    #[arg(long, value_name = "ADDRESS", value_parser = config::parse_address)]
    attestor: Address,
    /// Your provider's account [default: the one that you act for]
    #[arg(long, value_name = "PROVIDER", value_parser = config::parse_address)]
    provider: Option<Address>,
    #[command(flatten)]
    sending: Sending,
}

/// Shows.
#[derive(Debug, Args)]
pub struct Show {
    /// The provider's wallet or account
    #[arg(value_name = "PROVIDER", value_parser = config::parse_address)]
    provider: Option<Address>,
}

/// Runs a command of this group.
pub async fn run(command: &Command, context: &Context) -> Result<()> {
    match command {
        Command::Register(Register { attestor, sending }) => {
            let wallet = context.wallet()?;
            let registered = context.client.find::<Provider>(&address::provider(&wallet.pubkey())).await?;
            ensure!(
                registered.is_none_or(|provider| provider.authority != wallet.pubkey()),
                "your wallet is registered already; `gpu-lease provider update` changes the attestor"
            );
            ensure!(
                registered.is_none(),
                "your wallet registered a provider that another wallet has taken over; register with a new wallet"
            );
            let instruction = instruction::register_provider(wallet.pubkey(), *attestor);
            let record = Record::new()
                .text("provider", "provider", address::provider(&wallet.pubkey()))
                .text("authority", "wallet", wallet.pubkey())
                .text("attestor", "attestor", attestor);
            context
                .act(
                    Action::new("Registered as a provider", *sending).with(record),
                    &[instruction],
                    &[&wallet],
                )
                .await
        }
        Command::Update(Update { attestor, provider, sending }) => {
            let wallet = context.wallet()?;
            let provider = context.own_provider(&wallet.pubkey(), provider.as_ref()).await?;
            let instruction = instruction::update_provider(
                ProviderRef::from(&provider),
                provider.attestor,
                *attestor,
                sending.valid_until(context.now().await?, false),
            );
            let record = Record::new()
                .text("provider", "provider", provider.address)
                .text("attestor", "attestor", attestor);
            context
                .act(Action::new("Changed the attestor", *sending).with(record), &[instruction], &[&wallet])
                .await
        }
        Command::Nominate(Nominate { nominee, provider, sending }) => {
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
                            "that wallet runs `gpu-lease provider accept {} --attestor KEY`",
                            provider.address
                        ),
                    ),
                ),
            };
            context.act(Action::new(done, *sending).with(record), &[instruction], &[&wallet]).await
        }
        Command::Accept(Accept { provider, attestor, sending }) => {
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
            let valid_until = sending.valid_until(context.now().await?, false);
            let instruction =
                instruction::accept_authority(wallet.pubkey(), provider.address, *attestor, valid_until);
            let record = Record::new()
                .text("provider", "provider", provider.address)
                .text("attestor", "attestor", attestor);
            context
                .act(Action::new("Took the provider over", *sending).with(record), &[instruction], &[&wallet])
                .await
        }
        Command::Show(Show { provider }) => {
            let wallet = match provider {
                Some(provider) => *provider,
                None => context.wallet()?.pubkey(),
            };
            let providers = context.providers_of(&wallet).await?;
            let decimals = context.mint(&context.client.protocol().await?.unit_mint).await?.decimals;
            match providers.as_slice() {
                [provider] => context.print(&views::provider(provider, decimals)),
                several => {
                    let mut list = views::provider_list();
                    for provider in several {
                        list.push(
                            views::provider_row(provider, decimals),
                            views::provider(provider, decimals),
                        );
                    }
                    context.print(&list)
                }
            }
        }
    }
}
