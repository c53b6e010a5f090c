//! `gpu-lease-indexer`

#[cfg(test)]
mod packaging;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Result, ensure};
use clap::{Parser, Subcommand};
use gpu_lease_indexer::audit::Report;
use gpu_lease_indexer::config::{Config, PREFIX};
use gpu_lease_indexer::status::{self, Status};
use gpu_lease_indexer::{api, daemon, doctor};
use gpu_lease_service::{config, finding, logs, monitoring, services};

/// Remembers the market: every lease, statement, vote and price, from transactions alone
#[derive(Parser)]
#[command(name = "gpu-lease-indexer", version)]
struct Cli {
    /// The configuration
    #[arg(
        long,
        short,
        global = true,
        env = "GPU_LEASE_INDEXER_CONFIG",
        default_value = "/etc/gpu-lease/gpu-lease-indexer.toml"
    )]
    config: PathBuf,
    /// What is logged, for instance `info` or `gpu_lease_indexer=debug`
    #[arg(long, global = true, env = "GPU_LEASE_INDEXER_LOG", default_value = logs::DEFAULT)]
    log: String,
    /// Check the configuration, and do nothing else
    #[arg(long)]
    check: bool,
    #[command(subcommand)]
    process: Option<Process>,
}

#[derive(Clone, Subcommand)]
enum Process {
    /// Read the chain and answer, as long as this runs
    Run,
    /// Have the indexer that runs here hold every token account against the ledger now. The exit status says whether all is well
    Audit {
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Show how far the record goes, and what the last audit found
    Status {
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Say whether an indexer can work here, and what to do if it cannot
    Doctor {
        /// For programs
        #[arg(long)]
        json: bool,
    },
    /// Print the description of the API, in OpenAPI
    Openapi,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    if matches!(cli.process, Some(Process::Openapi)) {
        print!("{}", api::description());
        return ExitCode::SUCCESS;
    }
    let loaded = config::load::<Config>(Some(&cli.config), PREFIX);
    if cli.check {
        return config::check(loaded, Config::faults);
    }
    let run = async {
        let config = loaded?;
        logs::start(&cli.log, logs::LogFormat::Auto)?;
        match cli.process.unwrap_or(Process::Run) {
            Process::Run => daemon::run(config).await,
            Process::Audit { json } => audit(&config, json).await,
            Process::Status { json } => {
                monitoring::show(config.monitoring.listen, status::PATH, json, Status::lines).await
            }
            Process::Doctor { json } => {
                finding::report(&doctor::examine(&config).await, json, "an indexer cannot work here as it is")
            }
            Process::Openapi => Ok(()),
        }
    };
    services::run_alone(run)
}

/// Prints what an audit finds that is asked for now. It is an error that something deviates.
async fn audit(config: &Config, json: bool) -> Result<()> {
    let report: Report = status::audit_now(config.monitoring.listen).await?;
    match json {
        true => println!("{}", serde_json::to_string_pretty(&report)?),
        false => print!("{}", report.lines()),
    }
    let deviations = report.deviations.len();
    ensure!(report.is_fine(), "{deviations} token accounts hold something else than is booked");
    Ok(())
}
