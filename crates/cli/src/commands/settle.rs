//! `gpu-lease settle`

use crate::{
    args::Sending,
    config,
    context::{Action, Context},
    output::Record,
};
use anyhow::Result;
use clap::Args;
use gpu_lease_client::instruction;
use solana_address::Address;

/// Settles.
#[derive(Debug, Args)]
pub struct Settle {
    /// The lease
    #[arg(value_name = "LEASE", value_parser = config::parse_address)]
    lease: Address,
    #[command(flatten)]
    sending: Sending,
}

/// Pays the provider what has become due.
pub async fn run(Settle { lease, sending }: &Settle, context: &Context) -> Result<()> {
    let wallet = context.wallet()?;
    let lease = context.client.lease(lease).await?;
    let decimals = context.mint(&lease.lease.terms.mint).await?.decimals;
    let mut instructions =
        context.missing_token_accounts(&lease, &[lease.provider.authority], &wallet).await?;
    instructions.push(instruction::settle(&lease));
    let record = Record::new().text("lease", "lease", lease.address);
    context
        .act(
            Action::new("Settled the lease", *sending).with(record).in_units_of(decimals),
            &instructions,
            &[&wallet],
        )
        .await
}
