//! `gpu-lease settle`

use crate::{
    args::Sending,
    config,
    context::{Action, Context},
    output::Record,
};
use anyhow::{Result, ensure};
use clap::Args;
use gpu_lease_client::{instruction, state::LeaseState};
use solana_address::Address;

/// Leases that fit one transaction even if each has another provider, whose token account is missing.
const MOST: usize = 4;

#[derive(Debug, Args)]
pub struct Settle {
    /// The leases, at most four; they are settled in one transaction, all or none
    #[arg(value_name = "LEASE", value_parser = config::parse_address, required = true, num_args = 1..=MOST)]
    leases: Vec<Address>,
    #[command(flatten)]
    sending: Sending,
}

/// Pays the providers what has become due.
pub async fn run(Settle { leases, sending }: &Settle, context: &Context) -> Result<()> {
    let wallet = context.wallet()?;
    let mut instructions = Vec::new();
    let mut mint = None;
    for address in leases {
        let mut lease = context.client.lease(address).await?;
        ensure!(
            lease.state != LeaseState::Pending,
            "{address} has not started, so that nothing can be due; leave it out"
        );
        ensure!(
            *mint.get_or_insert(lease.terms.mint) == lease.terms.mint,
            "the leases are priced in different mints; settle those of each mint apart"
        );
        let payee = lease.provider_account.authority;
        lease.provider_token = context.receiver(&payee, &lease.mint(), &wallet, &mut instructions).await?;
        instructions.push(instruction::settle(&lease));
    }
    let record = match leases.as_slice() {
        [lease] => Record::new().text("lease", "lease", lease),
        _ => Record::new().object("leases", &leases.iter().map(ToString::to_string).collect::<Vec<_>>()),
    };
    let done = if leases.len() == 1 { "Settled the lease" } else { "Settled the leases" };
    let mut action = Action::new(done, *sending).with(record);
    if let Some(mint) = mint {
        action = action.in_units_of(&context.mint(&mint).await?);
    }
    context.act(action, &instructions, &[&wallet]).await
}
