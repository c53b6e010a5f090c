//! `gpu-lease dispute`

mod evidence;

use crate::{
    args::{Figure, Sending},
    config,
    context::{Action, Context, require_role},
    failure::usage,
    output::{self, Record},
    signer, units, views,
};
use anyhow::{Result, ensure};
use clap::{Args, Subcommand};
use gpu_lease_client::{
    account::Keyed,
    instruction,
    outlook::{self, DisputeConsequences, rehearse},
    state::{Lease, Moment, Phase},
};
use solana_address::Address;
use solana_signer::Signer;

#[derive(Debug, Subcommand)]
pub enum Command {
    /// As the renter, or its session key: refuse a claim above the usage that you admit, and let the arbiter decide
    #[command(
        after_help = "What you admit is accepted at once and the lease ends. The arbiter can only choose a \
                      figure between yours and the provider's; each side pays it for the distance of its own. \
                      Both outcomes are shown in money before you are asked."
    )]
    Open(Open),
    /// Let the midpoint of both figures count, if the arbiter did not decide in time; anyone may
    Timeout(Timeout),
    /// Put what your guard saw beside what the provider recorded, and say where they differ
    #[command(
        after_help = "The exit status is 1 if the provider counts what the guard did not see, or if its record is not the one that \
                      it signed."
    )]
    Evidence(evidence::Evidence),
}

#[derive(Debug, Args)]
pub struct Open {
    /// The lease
    #[arg(value_name = "LEASE", value_parser = config::parse_address)]
    lease: Address,
    #[command(flatten)]
    figure: Figure,
    /// Highest stake that you accept, in the mint's units: a newer claim raises it [default: the bond]
    #[arg(long, value_name = "AMOUNT")]
    max_stake: Option<String>,
    /// Keypair of a sponsor that pays the stake [default: you]
    #[arg(long, value_name = "KEYPAIR")]
    payer: Option<String>,
    /// Do not ask
    #[arg(long, short)]
    yes: bool,
    #[command(flatten)]
    sending: Sending,
}

#[derive(Debug, Args)]
pub struct Timeout {
    /// The lease
    #[arg(value_name = "LEASE", value_parser = config::parse_address)]
    lease: Address,
    #[command(flatten)]
    sending: Sending,
}

/// Runs a command of this group.
pub async fn run(command: &Command, context: &Context) -> Result<()> {
    match command {
        Command::Open(open) => self::open(open, context).await,
        Command::Timeout(timeout) => self::timeout(timeout, context).await,
        Command::Evidence(evidence) => evidence::run(evidence, context).await,
    }
}

async fn open(open: &Open, context: &Context) -> Result<()> {
    let wallet = context.wallet()?;
    let sponsor = open.payer.as_deref().map(signer::read).transpose()?;
    let funder = sponsor.as_ref().unwrap_or(&wallet);
    let lease = context.client.lease(&open.lease).await?;
    require_of_renter(&wallet.pubkey(), &lease)?;
    let mint = context.mint(&lease.terms.mint).await?;
    let (moment, figure) = (context.moment().await?, open.figure.units());
    let now = moment.time;

    let before = outlook::matured(&lease, now);
    let (accepted, claimed) = (before.meter.accepted, before.meter.latest.units);
    ensure!(
        accepted == claimed || (accepted..claimed).contains(&figure),
        "{} cannot be your figure: {accepted} are accepted already and {claimed} are claimed; \
         name at least {accepted} and fewer than {claimed}",
        units::format_count(figure, "GPU-second")
    );
    let max_stake = match &open.max_stake {
        Some(limit) => units::parse_amount(limit, mint.decimals).map_err(usage)?,
        None => lease.ledger.bond,
    };
    let consequences = DisputeConsequences::of(&before, figure, max_stake, moment)?;
    context.require_tokens(&funder.pubkey(), &mint, consequences.stake).await?;

    let account = Keyed { address: lease.address, account: before };
    let funding = (&funder.pubkey(), max_stake);
    let consequences = views::dispute::consequences(&account, figure, &consequences, funding, &mint, now);
    output::note(&consequences);
    if !open.sending.dry_run {
        output::confirm("Dispute it?", open.yes)?;
    }
    let valid_until = open.sending.valid_until(now, false);
    let (party, funder_key) = (wallet.pubkey(), funder.pubkey());
    let dispute = instruction::dispute_lease(party, funder_key, &lease, figure, max_stake, valid_until);
    let action =
        Action::new("Disputed the usage", open.sending).with(consequences.without_lines()).in_units_of(&mint);
    context.act(action, &[dispute], &[&wallet, funder]).await
}

/// Requires `key` to dispute for the renter: its wallet, or its session key.
fn require_of_renter(key: &Address, lease: &Lease) -> Result<()> {
    if lease.session_key == Address::default() {
        return require_role(key, &lease.renter, "the lease's renter");
    }
    ensure!(
        lease.is_of_renter(key),
        "{key} is neither the lease's renter nor its session key; sign with --keypair of {} or {}",
        lease.renter,
        lease.session_key
    );
    Ok(())
}

async fn timeout(Timeout { lease, sending }: &Timeout, context: &Context) -> Result<()> {
    let wallet = context.wallet()?;
    let lease = context.client.lease(lease).await?;
    let now = context.now().await?;
    let (deadline, phase) = (lease.dispute.deadline(), lease.phase(Moment::by_clock(now)));
    ensure!(
        now > deadline || phase != Phase::Disputed,
        "the arbiter has until {} ({}); wait for its decision",
        units::format_time(deadline),
        units::format_relative(deadline, now)
    );
    rehearse(&lease.account, |lease| lease.resolve_by_timeout(Moment::by_clock(now)))?;
    let record = Record::new()
        .text("lease", "lease", lease.address)
        .line("next", format!("anyone can run `gpu-lease lease close {}`", lease.address));
    let action = Action::new("Ended the dispute at its midpoint", *sending).with(record);
    context.act(action, &[instruction::resolve_by_timeout(&lease)], &[&wallet]).await
}
