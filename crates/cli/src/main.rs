//! `gpu-lease`: the command line of a decentralized GPU market.

mod account_file;
mod args;
mod commands;
mod config;
mod context;
mod failure;
mod journal;
mod keys;
mod node;
mod output;
mod phase;
mod signer;
mod units;
mod views;

use anyhow::Result;
use args::{Cli, Command};
use clap::Parser;
use context::Context;
use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    output::choose(output::Format::named_in(std::env::args()));
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return failure::report_usage(&error),
    };
    output::choose(cli.global.output);
    match run(&cli).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => failure::report(&error),
    }
}

async fn run(Cli { global, command }: &Cli) -> Result<()> {
    if let Command::Localnet(localnet) = command {
        return commands::localnet::run(localnet, global.output).await;
    }
    match command {
        Command::Completions(completions) => return commands::manual::completions(completions),
        Command::Man(man) => return commands::manual::man(man),
        _ => node::show_traffic(global.verbose, global.output),
    }
    let context = &Context::new(global, command)?;
    if context.resume().await? {
        return Ok(());
    }
    match command {
        Command::Status => commands::status::run(context).await,
        Command::Provider(command) => commands::provider::run(command, context).await,
        Command::Offer(command) => commands::offer::run(command, context).await,
        Command::Offers(list) => commands::offer::list(list, context).await,
        Command::Lease(command) => commands::lease::run(command, context).await,
        Command::Attest(command) => commands::attest::run(command, context).await,
        Command::Dispute(command) => commands::dispute::run(command, context).await,
        Command::Arbiter(command) => commands::arbiter::run(command, context).await,
        Command::Governance(command) => commands::governance::run(command, context).await,
        Command::Guardian(command) => commands::guardian::run(command, context).await,
        Command::Sign(sign) => commands::sign::run(sign, context).await,
        Command::Nonce(command) => commands::nonce::run(command, context).await,
        Command::Balance(balance) => commands::balance::run(balance, context).await,
        Command::Pending(look) => commands::pending::run(look, context).await,
        Command::Settle(settle) => commands::settle::run(settle, context).await,
        Command::Mint(command) => commands::mint::run(command, context).await,
        Command::Init(init) => commands::init::run(init, context).await,
        Command::Migrate(migrate) => commands::migrate::run(migrate, context).await,
        Command::Localnet(_) | Command::Completions(_) | Command::Man(_) => Ok(()),
    }
}
