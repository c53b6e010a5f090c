use crate::{
    args::Sending,
    config,
    context::{Action, Context},
    output::Record,
};
use anyhow::{Result, ensure};
use clap::Args;
use gpu_lease_client::{instruction, outlook::rehearse};
use solana_address::Address;

#[derive(Debug, Args)]
pub struct CountFees {
    /// The lease
    #[arg(value_name = "LEASE", value_parser = config::parse_address)]
    lease: Address,
    #[command(flatten)]
    sending: Sending,
}

/// Lets the fees that a lease has paid so far weigh in votes.
pub async fn run(CountFees { lease, sending }: &CountFees, context: &Context) -> Result<()> {
    let wallet = context.wallet()?;
    let lease = context.client.lease(lease).await?;
    let mint = context.mint(&lease.terms.mint).await?;
    let (_, fees) = rehearse(&lease.account, |lease| lease.count_fees())?;
    ensure!(
        fees > 0,
        "all fees that {} has paid are counted already; `gpu-lease settle` makes it pay what is due",
        lease.address
    );
    let record = Record::new().text("lease", "lease", lease.address).json("fees", fees);
    let action = Action::new("Counted the fees", *sending).with(record).in_units_of(&mint);
    context.act(action, &[instruction::count_fees(&lease)], &[&wallet]).await
}
