//! `gpu-lease sign`

use crate::{
    args::Sending,
    context::{Action, Context, event_lines},
    output::{self, Record},
};
use anyhow::{Context as _, Result, ensure};
use clap::Args;
use gpu_lease_client::{rpc::PartlySigned, together};
use solana_signer::Signer;
use std::{fs, path::PathBuf};

/// Signs.
#[derive(Debug, Args)]
#[command(
    after_help = "The other party makes such a file with the --out of `lease resize` or `lease close --together`, \
                  or on the page, where a renter names a sponsor. It counts for about a minute. Nothing but those \
                  is signed."
)]
pub struct Sign {
    /// File with the transaction
    #[arg(value_name = "FILE")]
    transaction: PathBuf,
    /// Do not ask
    #[arg(long, short)]
    yes: bool,
    #[command(flatten)]
    sending: Sending,
}

/// Shows what a transaction does, signs it and sends it.
pub async fn run(Sign { transaction, yes, sending }: &Sign, context: &Context) -> Result<()> {
    let wallet = context.wallet()?;
    let you = wallet.pubkey();
    let text = fs::read_to_string(transaction)
        .with_context(|| format!("{} cannot be read", transaction.display()))?;
    let mut signed: PartlySigned = text.parse()?;
    let (payer, missing) = (signed.payer(), signed.missing());
    ensure!(
        missing.contains(&you),
        "{you} is not asked to sign this; sign with --keypair of {}",
        missing.iter().map(ToString::to_string).collect::<Vec<_>>().join(" or ")
    );
    let instructions = signed.instructions()?;
    let decoded = together::check(&instructions)?;
    let mint = decoded.iter().find_map(|instruction| instruction.account("mint"));
    let decimals = match mint {
        Some(mint) => context.mint(&mint).await?.decimals,
        None => 0,
    };

    let simulation = context.simulate(&instructions, &payer).await?;
    let mut record = Record::new().text("payer", "network fee by", payer);
    for instruction in &decoded {
        record = record
            .line("instruction", instruction.name.replace('_', " "))
            .json("instruction", instruction.name);
        if let Some(lease) = instruction.account("lease") {
            record = record.text("lease", "lease", lease);
        }
    }
    let statement = Record::new()
        .heading("You are asked to sign this transaction:")
        .and(record.clone())
        .and(event_lines(&simulation.events, decimals))
        .heading("Balances")
        .text_block(context.balances(&instructions, &you, &simulation.changes).await?);
    if sending.dry_run {
        let statement = statement
            .heading("(dry run: nothing was signed)")
            .json("dry_run", true)
            .json("events", &simulation.events)
            .json("changes", &simulation.changes)
            .json("compute_units", simulation.units);
        return context.print(&statement);
    }
    output::note(statement);
    output::confirm("Sign and send it?", *yes)?;
    signed.sign(&wallet)?;
    let action = Action::new("Signed and sent", *sending).with(record).in_units_of(decimals);
    context.send_signed(action, &signed).await
}
