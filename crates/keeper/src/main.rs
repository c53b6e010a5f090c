//! `gpu-lease-keeper`

#[cfg(test)]
mod packaging;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Result, ensure};
use clap::{Parser, Subcommand};
use gpu_lease_keeper::config::{Config, PREFIX};
use gpu_lease_keeper::plan::Outcome;
use gpu_lease_keeper::status::{self, Status};
use gpu_lease_keeper::{daemon, doctor};
use gpu_lease_service::{config, finding, logs, monitoring, services};

/// Does for leases and proposals what anyone may do once it is due. Nobody is paid for it
#[derive(Parser)]
#[command(name = "gpu-lease-keeper", version)]
struct Cli {
    /// The configuration
    #[arg(
        long,
        short,
        global = true,
        env = "GPU_LEASE_KEEPER_CONFIG",
        default_value = "/etc/gpu-lease/gpu-lease-keeper.toml"
    )]
    config: PathBuf,
    /// What is logged, for instance `info` or `gpu_lease_keeper=debug`
    #[arg(long, global = true, env = "GPU_LEASE_KEEPER_LOG", default_value = logs::DEFAULT)]
    log: String,
    /// Check the configuration, and do nothing else
    #[arg(long)]
    check: bool,
    #[command(subcommand)]
    process: Option<Process>,
}

#[derive(Clone, Subcommand)]
enum Process {
    /// Do what is due, as long as this runs
    Run,
    /// Do what is due now, and end
    Once,
    /// Show what is due and what was done
    Status {
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Say whether a keeper can work here, and what to do if it cannot
    Doctor {
        /// For programs
        #[arg(long)]
        json: bool,
    },
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let loaded = config::load::<Config>(Some(&cli.config), PREFIX);
    if cli.check {
        return config::check(loaded, Config::faults);
    }
    let run = async {
        let config = loaded?;
        logs::start(&cli.log, logs::LogFormat::Auto)?;
        match cli.process.unwrap_or(Process::Run) {
            Process::Run => daemon::run(config).await,
            Process::Once => once(&config).await,
            Process::Status { json } => show_status(&config, json).await,
            Process::Doctor { json } => {
                finding::report(&doctor::examine(&config).await, json, "a keeper cannot work here as it is")
            }
        }
    };
    services::run_alone(run)
}

/// Prints what was done. It is an error that something failed.
async fn once(config: &Config) -> Result<()> {
    let done = daemon::once(config).await?;
    let mut failures = 0;
    for (errand, outcome) in &done {
        let what = match outcome {
            Outcome::Failed(problem) => {
                failures += 1;
                format!("failed: {problem}")
            }
            outcome => outcome.name().replace('_', " "),
        };
        println!("{:<18} {:<44} {what}", errand.what.name(), errand.account.to_string());
    }
    if done.is_empty() {
        println!("nothing is due");
    }
    ensure!(failures == 0, "{failures} of {} deeds failed", done.len());
    Ok(())
}

/// Prints what the keeper tells.
async fn show_status(config: &Config, json: bool) -> Result<()> {
    monitoring::show(config.monitoring.listen, status::PATH, json, Status::lines).await
}
