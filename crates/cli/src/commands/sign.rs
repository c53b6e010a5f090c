//! `gpu-lease sign`

use crate::{
    args::Sending,
    context::{Action, Context},
    output::{self, Record},
    units::{format_amount, format_time},
    views,
};
use anyhow::{Context as _, Result, ensure};
use clap::Args as Arguments;
use gpu_lease_client::{
    decode::{Args, DecodedInstruction},
    json::Json,
    rpc::PartlySigned,
    together,
};
use solana_signer::Signer;
use std::{fs, path::PathBuf};

/// Signs.
#[derive(Debug, Arguments)]
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

    let simulation = context.simulate(&instructions, &payer).await?;
    let mut record = Record::new().text("payer", "network fee by", payer);
    let mut content = Record::new();
    for instruction in &decoded {
        let name = instruction.name.replace('_', " ");
        record = record.line("instruction", &name).json("instruction", instruction.name);
        if let Some(lease) = instruction.account("lease") {
            record = record.text("lease", "lease", lease);
        }
        content = content.and(self::content(instruction, context).await?);
    }
    let statement = Record::new()
        .heading("You are asked to sign this transaction:")
        .and(record.clone())
        .and(content)
        .heading("What happens")
        .and(context.event_lines(&instructions, &simulation.events, 0).await?)
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
    context.send_signed(Action::new("Signed and sent", *sending).with(record), signed).await
}

/// What an instruction's own arguments say that it buys, in money of its own mint.
async fn content(instruction: &DecodedInstruction, context: &Context) -> Result<Record> {
    let account = |name: &str| {
        instruction
            .account(name)
            .with_context(|| format!("{} names no {name}", instruction.name.replace('_', " ")))
    };
    Ok(match &instruction.args {
        Args::OpenLease { request } => {
            let offer = context.client.offer(&account("offer")?).await?;
            ensure!(
                offer.terms.hash() == request.expected_terms,
                "the offer {} has changed since the other party signed, and the lease would be refused; let it \
                 prepare the transaction again",
                offer.address
            );
            let mint = account("mint")?;
            ensure!(mint == offer.terms.mint, "the lease is not paid in the offer's mint; do not sign it");
            let arbiter = context.client.protocol().await?.arbiter;
            let decimals = context.mint(&mint).await?.decimals;
            Record::new()
                .heading("The lease")
                .line("lease", account("lease")?)
                .line("renter", account("renter")?)
                .and(views::opening(request, &offer, &arbiter, &account("payer")?, decimals))
                .json("offer", offer.address.to_string())
                .json("provider", offer.provider.to_string())
                .json("price", offer.terms.price)
                .json("request", request.json())
        }
        Args::ResizeLease { gpus, .. } => {
            let lease = context.client.lease(&account("lease")?).await?;
            let decimals = context.mint(&lease.lease.terms.mint).await?.decimals;
            Record::new()
                .heading("The resize")
                .line("lease", lease.address)
                .line("renter", lease.lease.renter)
                .line("provider", lease.lease.provider)
                .line("price", format!("{} per GPU-hour", format_amount(lease.lease.terms.price, decimals)))
                .line("GPUs", format!("{gpus} instead of {}", lease.lease.meter.gpus))
                .line("ends", format_time(lease.lease.ends_at))
                .json("gpus", gpus)
        }
        _ => Record::new(),
    })
}
