use crate::{
    args::Sending,
    config,
    context::{Action, Context, require_role},
    output::Record,
};
use anyhow::{Context as _, Result};
use clap::Args;
use gpu_lease_client::{access, explain::rehearse, instruction, state::Moment};
use solana_address::Address;
use solana_signer::Signer;
use std::{
    fs,
    io::{self, Read},
    path::{Path, PathBuf},
};

/// Starts.
#[derive(Debug, Args)]
pub struct Start {
    /// The lease
    #[arg(value_name = "LEASE", value_parser = config::parse_address)]
    lease: Address,
    /// File with the credentials, for instance an SSH command and a key; `-` reads standard input
    #[arg(long, value_name = "FILE")]
    credentials: PathBuf,
    #[command(flatten)]
    sending: Sending,
}

/// Starts a lease: pays the bond and publishes the credentials, encrypted to the renter's access key. The start is for
/// the lease with just that key: if a node showed another, it is refused, and what it published is of no use.
pub async fn run(Start { lease, credentials, sending }: &Start, context: &Context) -> Result<()> {
    let wallet = context.wallet()?;
    let lease = context.client.lease(lease).await?;
    require_role(&wallet.pubkey(), &lease.provider.authority, "the lease's provider")?;
    let mint = context.mint(&lease.lease.terms.mint).await?;
    let now = context.now().await?;
    let (_, bond) = rehearse(&lease.lease, |lease| lease.start([0; 32], Moment::by_clock(now)))?;
    context.require_tokens(&wallet.pubkey(), &mint, bond).await?;
    let blob = access::encrypt(&lease.lease.access_key, &read(credentials)?)?;
    let record = Record::new().text("lease", "lease", lease.address);
    let instruction = instruction::start_lease(&lease, &blob, sending.valid_until(now, false));
    context
        .act(
            Action::new("Started the lease", *sending).with(record).in_units_of(mint.decimals),
            &[instruction],
            &[&wallet],
        )
        .await
}

fn read(path: &Path) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    match path == Path::new("-") {
        true => io::stdin().read_to_end(&mut bytes).context("standard input cannot be read")?,
        false => {
            bytes = fs::read(path).with_context(|| format!("{} cannot be read", path.display()))?;
            bytes.len()
        }
    };
    Ok(bytes)
}
