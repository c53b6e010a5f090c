//! `gpu-lease governance`

mod count;
mod decide;
mod lock;
mod propose;
mod show;
mod vote;

use crate::{
    args::Sending,
    context::Context,
    units,
    views::governance::{FeeVault, Present},
};
use anyhow::{Context as _, Result};
use clap::{Args, Subcommand};
use gpu_lease_client::{
    account::Keyed,
    address,
    state::{Action, Proposal},
};

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Show what can be voted on and by whom: fee, rules, both houses and how their weight is spread
    Status,
    /// List all proposals, the newest first
    Proposals,
    /// Show everything about a proposal: votes, what it means in money, who can do what next
    Show(show::Show),
    /// Put a change to the vote; anyone may, with a deposit that comes back
    #[command(subcommand)]
    Propose(propose::Propose),
    /// Vote with everything that is yours: locked tokens and, before the fee rises, paid fees
    #[command(
        after_help = "You may vote again until the end; the last vote counts. A delegate votes with --owner where \
                      the owner has not voted; the owner may overrule it."
    )]
    Vote(vote::Vote),
    /// Let the fees that a lease has paid so far weigh in votes, before it is closed; anyone may
    CountFees(count::CountFees),
    /// Lock tokens, which vote until they are unlocked, or add to your lock
    #[command(
        after_help = "Locked tokens vote on proposals that are made after they were locked and whose vote they \
                      outlast. Adding tokens moves the end of all that you have locked, never nearer, and lets all \
                      of it vote only on proposals made after that."
    )]
    Lock(lock::Lock),
    /// Let your lock last longer
    ExtendLock(lock::ExtendLock),
    /// Show a lock [default: your own], and those whose owners you may vote for
    ShowLock(lock::ShowLock),
    /// Name the wallet that may vote with your lock, too; it cannot move the tokens
    Delegate(lock::Delegate),
    /// Get your tokens back once their time has come
    Unlock(lock::Unlock),
    /// Decide a proposal whose vote is over; anyone may
    Finalize(OneProposal),
    /// Make what a passed proposal says so, after its timelock; anyone may. Decides it first where nobody did
    Execute(OneProposal),
    /// Take your proposal back, as long as nobody has voted
    Cancel(OneProposal),
    /// Get the rent of your votes' records back, of all votes that are over
    Reclaim(decide::Reclaim),
}

/// Something that is done with a proposal.
#[derive(Debug, Args)]
pub struct OneProposal {
    /// The proposal's number
    #[arg(value_name = "ID", value_parser = units::parse_count::<u64>)]
    id: u64,
    #[command(flatten)]
    sending: Sending,
}

/// Runs a command of this group.
pub async fn run(command: &Command, context: &Context) -> Result<()> {
    match command {
        Command::Status => show::status(context).await,
        Command::Proposals => show::list(context).await,
        Command::Show(show) => show::show(show, context).await,
        Command::Propose(propose) => propose::run(propose, context).await,
        Command::Vote(vote) => vote::run(vote, context).await,
        Command::CountFees(count) => count::run(count, context).await,
        Command::Lock(lock) => lock::lock(lock, context).await,
        Command::ExtendLock(extend) => lock::extend(extend, context).await,
        Command::ShowLock(show) => lock::show(show, context).await,
        Command::Delegate(delegate) => lock::delegate(delegate, context).await,
        Command::Unlock(unlock) => lock::unlock(unlock, context).await,
        Command::Finalize(one) => decide::finalize(one, context).await,
        Command::Execute(one) => decide::execute(one, context).await,
        Command::Cancel(one) => decide::cancel(one, context).await,
        Command::Reclaim(reclaim) => decide::reclaim(reclaim, context).await,
    }
}

/// How things are now.
pub async fn present(context: &Context) -> Result<Present> {
    let client = &context.client;
    let protocol = client.protocol().await?;
    Ok(Present {
        governance: client.governance().await?,
        fee_params: client.fee_params().await?,
        vote_mint: context.mint(&protocol.vote_mint).await?,
        unit_mint: context.mint(&protocol.unit_mint).await?,
        now: context.now().await?,
        protocol,
    })
}

/// Proposal number `id`, which must exist.
async fn proposal(id: u64, context: &Context) -> Result<Keyed<Proposal>> {
    let proposal = context.client.find(&address::proposal(id)).await?;
    proposal.with_context(|| {
        format!("there is no proposal {id}, or it was taken back; see `gpu-lease governance proposals`")
    })
}

/// The vault that an action withdraws from, if it does.
async fn fee_vault(action: &Action, context: &Context) -> Result<Option<FeeVault>> {
    let Action::WithdrawFees { mint, .. } = action else { return Ok(None) };
    let balance = context.client.token_balance(&address::fee_vault(mint)).await?;
    let Some(balance) = balance.map(|balance| balance.amount) else { return Ok(None) };
    Ok(Some(FeeVault { mint: context.mint(mint).await?, balance }))
}

/// A moment with its distance from `now`.
fn moment(time: i64, now: i64) -> String {
    format!("{} ({})", units::format_time(time), units::format_relative(time, now))
}
