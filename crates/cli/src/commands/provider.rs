//! `gpu-lease provider`

use crate::{
    args::Sending,
    config,
    context::{Action, Context},
    output::Record,
    views,
};
use anyhow::{Result, ensure};
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
    /// Show a provider and its record [default: your own]
    Show(Show),
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
            ensure!(
                context.client.find::<Provider>(&address::provider(&wallet.pubkey())).await?.is_none(),
                "your wallet is registered already; `gpu-lease provider update` changes the attestor"
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
        Command::Update(Update { attestor, sending }) => {
            let wallet = context.wallet()?;
            let provider = context.provider_of(&wallet.pubkey()).await?;
            let instruction = instruction::update_provider(ProviderRef::from(&provider), *attestor);
            let record = Record::new()
                .text("provider", "provider", provider.address)
                .text("attestor", "attestor", attestor);
            context
                .act(Action::new("Changed the attestor", *sending).with(record), &[instruction], &[&wallet])
                .await
        }
        Command::Show(Show { provider }) => {
            let wallet = match provider {
                Some(provider) => *provider,
                None => context.wallet()?.pubkey(),
            };
            let provider = context.provider_of(&wallet).await?;
            context.print(&views::provider(&provider))
        }
    }
}
