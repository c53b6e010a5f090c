//! `gpu-lease lease`

mod access;
mod change;
mod open;
mod show;
mod start;

use crate::{
    args::{OtherParty, Sending},
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
    /// Let a lease run longer, as its renter
    Extend(change::Extend),
    /// Go on with more or fewer GPUs, as the renter; growing needs the provider's signature, too
    #[command(
        after_help = "Fewer GPUs count when the notice is over, more at once. The provider puts up the bond for \
                      them, so that it signs: here with --with, or on its own machine with --out and \
                      `gpu-lease sign`."
    )]
    Resize(change::Resize),
    /// Give notice, as the renter or the provider; shows when the lease will end
    Terminate(OneLease),
    /// End a lease whose provider fell silent; anyone may
    Expire(OneLease),
    /// Give GPUs that a lease needs no more back to its offer; anyone may
    Release(OneLease),
    /// Change the key that may co-sign usage for you, as the renter
    SessionKey(change::SessionKey),
    /// End a lease that is over, and divide what is left; anyone may. At once if both parties sign
    Close(Close),
    /// Show everything about a lease
    Show(show::Show),
    /// List leases [default: those of your wallet, as renter, payer or provider]
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

/// Closes.
#[derive(Debug, Args)]
pub struct Close {
    /// The lease
    #[arg(value_name = "LEASE", value_parser = config::parse_address)]
    lease: Address,
    /// Close at once, signed by renter and provider: what is claimed is accepted, in a dispute what the renter
    /// admits
    #[arg(long)]
    together: bool,
    #[command(flatten)]
    other: OtherParty,
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
            context
                .require_tokens(&wallet.pubkey(), &context.mint(&lease.lease.terms.mint).await?, amount)
                .await?;
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
        Command::Extend(extend) => change::extend(extend, context).await,
        Command::Resize(resize) => change::resize(resize, context).await,
        Command::Terminate(one) => change::terminate(one, context).await,
        Command::Expire(one) => change::expire(one, context).await,
        Command::Release(one) => change::release(one, context).await,
        Command::SessionKey(session_key) => change::session_key(session_key, context).await,
        Command::Close(close) => self::close(close, context).await,
        Command::Show(show) => show::show(show, context).await,
        Command::List(list) => show::list(list, context).await,
        Command::Access(access) => access::run(access, context).await,
    }
}

async fn close(Close { lease, together, other, sending }: &Close, context: &Context) -> Result<()> {
    let wallet = context.wallet()?;
    let lease = context.client.lease(lease).await?;
    let decimals = context.mint(&lease.lease.terms.mint).await?.decimals;
    let paid = [lease.provider.authority, lease.lease.payer];
    let mut instructions = context.missing_token_accounts(&lease, &paid, &wallet).await?;
    instructions.push(match together {
        true => instruction::close_lease_together(&lease),
        false => instruction::close_lease(&lease),
    });
    let record = Record::new().text("lease", "lease", lease.address);
    let action = Action::new("Closed the lease", *sending).with(record).in_units_of(decimals);
    context.act_together(action, &instructions, &wallet, other).await
}
