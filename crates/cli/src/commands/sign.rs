//! `gpu-lease sign`

use crate::{
    args::Sending,
    context::{Action, Context},
    output::{self, Record},
    units::{format_duration, format_time, money},
    views,
};
use anyhow::{Context as _, Result, ensure};
use clap::Args as Arguments;
use gpu_lease_client::{
    account::LeaseContext,
    decode::{Args, DecodedInstruction},
    json::Json,
    rpc::{MintInfo, PartlySigned},
    state::{ProviderRole, Seen},
    together,
};
use solana_address::Address;
use solana_signer::Signer;
use std::{fs, path::PathBuf};

#[derive(Debug, Arguments)]
#[command(
    after_help = "The other party makes such a file with the --out of `lease resize` or `lease close --together`, \
                  of `lease open` with the --payer of a sponsor, or on the page. It counts for about a minute, or until \
                  its nonce account is advanced. Nothing but those is signed."
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
    signed.require_genuine()?;
    let nonce = context.client.require_current(&signed).await?;
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
    if let Some(nonce) = &nonce {
        record = record.and(views::nonce::for_signer(nonce));
    }
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
        .and(context.event_lines(&instructions, &simulation.events, None).await?)
        .heading("Balances")
        .text_block(context.balances(&instructions, &you, &payer, &simulation.changes).await?);
    if sending.dry_run {
        let statement = statement
            .heading("(dry run: nothing was signed)")
            .json("dry_run", true)
            .object("events", &simulation.events)
            .object("changes", &simulation.changes)
            .json("compute_units", simulation.units);
        return context.print(&statement);
    }
    output::note(statement);
    output::confirm("Sign and send it?", *yes)?;
    signed.sign(&wallet)?;
    if let Some(fee_payer) = context.fee_payer()? {
        signed.sign(&fee_payer)?;
    }
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
                offer.content_hash() == request.expected_offer,
                "the offer {} has changed since the other party signed, and the lease would be refused; let it \
                 prepare the transaction again",
                offer.address
            );
            let mint = account("mint")?;
            ensure!(mint == offer.terms.mint, "the lease is not paid in the offer's mint; do not sign it");
            let mint = context.mint(&mint).await?;
            Record::new()
                .heading("The lease")
                .line("lease", account("lease")?)
                .line("renter", account("renter")?)
                .and(views::lease::opening(request, &offer, &account("payer")?, &mint))
                .json("offer", offer.address.to_string())
                .json("provider", offer.provider.to_string())
                .json("price", offer.terms.price)
                .json("request", request.json())
        }
        Args::ResizeLease { seen, change } => {
            let (lease, mint) = seen_lease(seen, &account("lease")?, context).await?;
            let record = Record::new()
                .heading("The resize")
                .line("renter", lease.renter)
                .line("provider", lease.provider);
            // Whoever shrinks signs alone.
            let record = match change.to > change.from {
                true => record
                    .and(for_provider(instruction, &lease)?)
                    .line("more bond from", views::bond::source(&account("bond_token")?, &lease)),
                false => record,
            };
            record
                .line("price", format!("{} per GPU-hour", money(lease.terms.price, &mint)))
                .line("GPUs", format!("{} instead of {}", change.to, change.from))
                .line("runs", format!("{} in all", format_duration(change.duration.into())))
                .line("counts until", format_time(seen.valid_until))
                .json("gpus", change.to)
        }
        Args::CloseLease { agreed: Some(agreed) } => {
            let (lease, mint) = seen_lease(&agreed.seen, &account("lease")?, context).await?;
            let now = context.now().await?;
            Record::new()
                .heading("How the lease ends")
                .line("renter", lease.renter)
                .line("provider", lease.provider)
                .and(for_provider(instruction, &lease)?)
                .and(views::lease::division(&lease, agreed, &mint, now)?)
                .line("counts until", format_time(agreed.seen.valid_until))
        }
        _ => Record::new(),
    })
}

/// Who signs for the provider: its wallet, or its operator.
fn for_provider(instruction: &DecodedInstruction, lease: &LeaseContext) -> Result<Record> {
    Ok(match together::provider_role(instruction, lease)? {
        ProviderRole::Authority => {
            Record::new().line("for the provider", format!("its wallet {}", lease.provider_account.authority))
        }
        ProviderRole::Operator => Record::new()
            .line("for the provider", format!("its operator {}", lease.provider_account.operator)),
    })
}

/// The lease that the other party saw, if it is the one that is shown here, and its mint.
async fn seen_lease(seen: &Seen, lease: &Address, context: &Context) -> Result<(LeaseContext, MintInfo)> {
    let lease = context.client.lease(lease).await?;
    ensure!(
        lease.seen(seen.valid_until) == *seen,
        "the other party signed for another lease at {} than the one that is there now; let it prepare the transaction \
         again",
        lease.address
    );
    let mint = context.mint(&lease.terms.mint).await?;
    Ok((lease, mint))
}
