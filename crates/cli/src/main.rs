//! `gpu-lease`: the command line of a decentralized GPU market.

mod account_file;
mod agent_api;
mod args;
mod commands;
mod config;
mod context;
mod failure;
mod guard_files;
mod guard_status;
mod http;
mod indexer;
mod journal;
mod keys;
mod node;
mod output;
mod phase;
mod report;
mod signer;
mod ssh_config;
mod ssh_files;
mod units;
mod views;

use clap::Parser;
use commands::Cli;
use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    output::choose(output::Format::named_in(std::env::args()));
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return report::usage(&error),
    };
    output::choose(cli.global.output);
    match commands::run(&cli).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => report::failure(&error),
    }
}
