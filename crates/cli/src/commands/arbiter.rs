//! `gpu-lease arbiter`

use crate::{
    args::{Figure, Sending},
    config,
    context::{Action, Context, require_role},
    output, units, views,
};
use anyhow::{Result, ensure};
use clap::{Args, Subcommand};
use gpu_lease_client::{
    instruction,
    outlook::{self, Outcome},
    state::LeaseState,
};
use solana_address::Address;
use solana_signer::Signer;

#[derive(Debug, Subcommand)]
pub enum Command {
    /// List the disputed leases that name you: both figures, the money between them, your fee, the deadline
    List(List),
    /// Decide a dispute, for good, by a figure between the two; creates your token account if it is missing
    Resolve(Resolve),
}

#[derive(Debug, Args)]
pub struct List {
    /// Disputes of this arbiter [default: your wallet]
    #[arg(long, value_name = "WALLET", value_parser = config::parse_address)]
    arbiter: Option<Address>,
}

#[derive(Debug, Args)]
pub struct Resolve {
    /// The lease
    #[arg(value_name = "LEASE", value_parser = config::parse_address)]
    lease: Address,
    #[command(flatten)]
    figure: Figure,
    /// Do not ask
    #[arg(long, short)]
    yes: bool,
    #[command(flatten)]
    sending: Sending,
}

/// Runs a command of this group.
pub async fn run(command: &Command, context: &Context) -> Result<()> {
    match command {
        Command::List(list) => self::list(list, context).await,
        Command::Resolve(resolve) => self::resolve(resolve, context).await,
    }
}

async fn list(List { arbiter }: &List, context: &Context) -> Result<()> {
    let arbiter = match arbiter {
        Some(arbiter) => *arbiter,
        None => context.wallet()?.pubkey(),
    };
    let mut leases = context.client.disputes_of_arbiter(&arbiter).await?;
    leases.sort_by_key(|lease| (lease.dispute.deadline(), lease.address));
    let now = context.now().await?;
    let mut list = views::dispute::list();
    for lease in &leases {
        let mint = context.mint(&lease.terms.mint).await?;
        let record =
            views::lease::details(lease, None, &mint, now).json("in_dispute", outlook::in_dispute(lease));
        list.push(views::dispute::row(lease, &mint, now), record);
    }
    context.print(&list)
}

async fn resolve(Resolve { lease, figure, yes, sending }: &Resolve, context: &Context) -> Result<()> {
    let wallet = context.wallet()?;
    let lease = context.client.lease(lease).await?;
    require_role(&wallet.pubkey(), &lease.arbiter, "the arbiter that the lease names")?;
    let mint = context.mint(&lease.terms.mint).await?;
    let (now, figure) = (context.now().await?, figure.units());
    let (lowest, highest) = (lease.dispute.renter_units, lease.dispute.provider_units);
    ensure!(
        lease.state != LeaseState::Disputed || (lowest..=highest).contains(&figure),
        "{} cannot be your figure: the renter admits {lowest}, the provider claims {highest}; \
         name one of them or a figure between",
        units::format_count(figure, "GPU-second")
    );
    let outcome = Outcome::resolved(&lease, figure, now)?;
    let account = lease.keyed();
    let consequences = views::dispute::decision(&account, &outcome, &mint);
    output::note(&consequences);
    if !sending.dry_run {
        output::confirm("Decide so?", *yes)?;
    }
    let mut instructions = Vec::new();
    let account = context.receiver(&wallet.pubkey(), &lease.mint(), &wallet, &mut instructions).await?;
    let valid_until = sending.valid_until(now, false);
    instructions.push(instruction::resolve_dispute_to(account, &lease, figure, valid_until));
    let action =
        Action::new("Decided the dispute", *sending).with(consequences.without_lines()).in_units_of(&mint);
    context.act(action, &instructions, &[&wallet]).await
}
