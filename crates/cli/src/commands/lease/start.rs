use super::access;
use crate::{
    args::Sending,
    config,
    context::{Action, Context, for_provider},
    output::Record,
    views,
};
use anyhow::Result;
use clap::Args;
use gpu_lease_client::{instruction, outlook::rehearse, state::Moment};
use solana_address::Address;
use solana_signer::Signer;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub struct Start {
    /// The lease
    #[arg(value_name = "LEASE", value_parser = config::parse_address)]
    lease: Address,
    /// File with the credentials, for instance an SSH command and a key; `-` reads standard input
    #[arg(long, value_name = "FILE")]
    credentials: PathBuf,
    /// Put up the bond out of the provider's bond account, to which it returns [default: out of your own account; what the
    /// operator puts up always comes from there]
    #[arg(long)]
    from_bond_account: bool,
    #[command(flatten)]
    sending: Sending,
}

/// Starts a lease: pays the bond and publishes the credentials, encrypted to the renter's access key. The start is for
/// the lease with just that key: if a node showed another, it is refused, and what it published is of no use.
pub async fn run(
    Start { lease, credentials, from_bond_account, sending }: &Start,
    context: &Context,
) -> Result<()> {
    let wallet = context.wallet()?;
    let lease = for_provider(context.client.lease(lease).await?, &wallet.pubkey())?;
    let lease = if *from_bond_account { lease.with_pooled_bond() } else { lease };
    let mint = context.mint(&lease.terms.mint).await?;
    let now = context.now().await?;
    let (_, bond) = rehearse(&lease.account, |lease| lease.start([0; 32], false, Moment::by_clock(now)))?;
    context.require_bond(&lease, &mint, bond).await?;
    let blob = access::encrypted(&lease, credentials)?;
    let record = Record::new()
        .text("lease", "lease", lease.address)
        .json("bond_from", lease.bond_token.to_string())
        .line("bond from", views::bond::source(&lease.bond_token, &lease));
    let instruction = instruction::start_lease(&lease, &blob, sending.valid_until(now, false));
    context
        .act(
            Action::new("Started the lease", *sending).with(record).in_units_of(&mint),
            &[instruction],
            &[&wallet],
        )
        .await
}
