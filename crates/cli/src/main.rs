//! `gpu-lease`: the command line of a decentralized GPU market.

mod account_file;
mod args;
mod commands;
mod config;
mod context;
mod journal;
mod keys;
mod output;
mod phase;
mod units;
mod views;

use anyhow::Result;
use args::{Cli, Command};
use clap::Parser;
use console::style;
use context::Context;
use gpu_lease_client::{Error, explain::Explanation, text::harmless, url::without_secrets};
use std::process::ExitCode;

/// Exit status when a transaction was sent and nobody said what became of it.
const NOT_KNOWN: u8 = 3;

#[tokio::main]
async fn main() -> ExitCode {
    match run(&Cli::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            report(&error);
            match error.downcast_ref() {
                Some(Error::NotKnown { .. }) => ExitCode::from(NOT_KNOWN),
                _ => ExitCode::FAILURE,
            }
        }
    }
}

async fn run(Cli { global, command }: &Cli) -> Result<()> {
    if let Command::Localnet(localnet) = command {
        return commands::localnet::run(localnet, global.output).await;
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
        Command::Gov(command) => commands::gov::run(command, context).await,
        Command::Guardian(command) => commands::guardian::run(command, context).await,
        Command::Sign(sign) => commands::sign::run(sign, context).await,
        Command::Pending(look) => commands::pending::run(look, context).await,
        Command::Settle(settle) => commands::settle::run(settle, context).await,
        Command::Mint(command) => commands::mint::run(command, context).await,
        Command::Init(init) => commands::init::run(init, context).await,
        Command::Migrate(migrate) => commands::migrate::run(migrate, context).await,
        Command::Localnet(_) => Ok(()),
    }
}

/// Says on standard error what happened, and on the next line what to do about it.
fn report(error: &anyhow::Error) {
    let refused = |explanation: &Explanation| {
        let Explanation { instruction, what, name, number, .. } = explanation;
        let place = instruction.as_ref().map(|name| format!("{name}: ")).unwrap_or_default();
        let number = number.map(|number| format!(" {number}")).unwrap_or_default();
        format!("{place}{what} ({name}{number})")
    };
    let (what, advice) = match error.downcast_ref() {
        Some(Error::Refused(explanation)) => (refused(explanation), Some(explanation.advice.clone())),
        Some(Error::Failed { signature, explanation }) => {
            let what = format!("{}: transaction {signature} landed and failed", refused(explanation));
            (what, Some(explanation.advice.clone()))
        }
        Some(Error::NotKnown { .. }) => {
            let text = error.to_string();
            let what = text.split_once("; ").map_or(text.as_str(), |(what, _)| what).to_owned();
            let advice = "`gpu-lease pending` looks again; the same command sends this same transaction again, and \
                          never a second one";
            (what, Some(advice.to_owned()))
        }
        // Every text says what happened, then what to do.
        _ => {
            let first = error.to_string();
            let causes: String = error.chain().skip(1).map(|cause| format!(": {cause}")).collect();
            match (first.split_once("; "), causes.rsplit_once("; ")) {
                (Some((what, advice)), _) => (format!("{what}{causes}"), Some(advice.to_owned())),
                (None, Some((causes, advice))) => (format!("{first}{causes}"), Some(advice.to_owned())),
                (None, None) => (format!("{first}{causes}"), None),
            }
        }
    };
    // Nodes and programs have a say in it, and the URL of a node can hold a key.
    let shown = |text: &str| harmless(&without_secrets(text));
    output::note(format!("{} {}", style("error:").red().bold().for_stderr(), shown(&what)));
    if let Some(advice) = advice {
        output::note(format!("{}   {}", style("try:").cyan().bold().for_stderr(), shown(&advice)));
    }
}
