//! `gpu-lease lease`

mod access;
mod open;
mod show;
mod start;

use crate::{
    args::Sending,
    config,
    context::{Action, Context},
    output::Record,
    units,
};
use anyhow::Result;
use clap::{Args, Subcommand};
use gpu_lease_client::instruction;
use solana_address::Address;
use solana_signer::Signer;

/// Leases.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Rent GPUs: open and fund a lease on an offer
    Open(open::Open),
    /// As the provider: start a lease, and hand the credentials to the renter, encrypted
    Start(start::Start),
    /// Take a lease back that has not started: the renter at any time, anyone after the deadline
    Cancel(OneLease),
    /// Add money to a lease; anyone may
    TopUp(TopUp),
    /// End a lease that is over, and divide what is left; anyone may
    Close(OneLease),
    /// Show everything about a lease
    Show(show::Show),
    /// List leases [default: those of your wallet, as renter or provider]
    List(show::List),
    /// As the renter: get the credentials of a lease
    Access(access::Access),
}

/// A command about one lease.
#[derive(Debug, Args)]
pub struct OneLease {
    /// The lease
    #[arg(value_name = "LEASE", value_parser = config::parse_address)]
    lease: Address,
    #[command(flatten)]
    sending: Sending,
}

/// Tops up.
#[derive(Debug, Args)]
pub struct TopUp {
    /// The lease
    #[arg(value_name = "LEASE", value_parser = config::parse_address)]
    lease: Address,
    /// How much to add, in the mint's units, for instance 12.50
    #[arg(value_name = "AMOUNT")]
    amount: String,
    #[command(flatten)]
    sending: Sending,
}

/// Runs a command of this group.
pub async fn run(command: &Command, context: &Context) -> Result<()> {
    match command {
        Command::Open(open) => open::run(open, context).await,
        Command::Start(start) => start::run(start, context).await,
        Command::Cancel(OneLease { lease, sending }) => {
            let wallet = context.wallet()?;
            let lease = context.client.lease(lease).await?;
            let decimals = context.mint(&lease.lease.terms.mint).await?.decimals;
            let mut instructions =
                context.missing_token_accounts(&lease, &[lease.lease.payer], &wallet).await?;
            instructions.push(instruction::cancel_lease(wallet.pubkey(), &lease));
            let record = Record::new().text("lease", "lease", lease.address);
            context
                .act(
                    Action::new("Cancelled the lease", *sending).with(record).in_units_of(decimals),
                    &instructions,
                    &[&wallet],
                )
                .await
        }
        Command::TopUp(TopUp { lease, amount, sending }) => {
            let wallet = context.wallet()?;
            let lease = context.client.lease(lease).await?;
            let decimals = context.mint(&lease.lease.terms.mint).await?.decimals;
            let amount = units::parse_amount(amount, decimals).map_err(anyhow::Error::msg)?;
            let instruction = instruction::top_up(wallet.pubkey(), &lease, amount);
            let record = Record::new().text("lease", "lease", lease.address);
            context
                .act(
                    Action::new("Topped up the lease", *sending).with(record).in_units_of(decimals),
                    &[instruction],
                    &[&wallet],
                )
                .await
        }
        Command::Close(OneLease { lease, sending }) => {
            let wallet = context.wallet()?;
            let lease = context.client.lease(lease).await?;
            let decimals = context.mint(&lease.lease.terms.mint).await?.decimals;
            let paid = [lease.provider.authority, lease.lease.payer];
            let mut instructions = context.missing_token_accounts(&lease, &paid, &wallet).await?;
            instructions.push(instruction::close_lease(&lease));
            let record = Record::new().text("lease", "lease", lease.address);
            context
                .act(
                    Action::new("Closed the lease", *sending).with(record).in_units_of(decimals),
                    &instructions,
                    &[&wallet],
                )
                .await
        }
        Command::Show(show) => show::show(show, context).await,
        Command::List(list) => show::list(list, context).await,
        Command::Access(access) => access::run(access, context).await,
    }
}
