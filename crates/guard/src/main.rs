//! `gpu-lease-guard`

#[cfg(test)]
mod packaging;

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, ensure};
use clap::{Parser, Subcommand};
use gpu_lease_guard::config::{Config, PREFIX};
use gpu_lease_guard::status::{self, Status};
use gpu_lease_guard::{daemon, doctor, orders, records};
use gpu_lease_service::{config, finding, logs, monitoring, services};
use serde_json::Value;
use solana_address::Address;

/// Watches a renter's leases: co-signs what was delivered, disputes what was not, keeps them paid for
#[derive(Parser)]
#[command(name = "gpu-lease-guard", version)]
struct Cli {
    /// The configuration
    #[arg(
        long,
        short,
        global = true,
        env = "GPU_LEASE_GUARD_CONFIG",
        default_value = "/etc/gpu-lease/gpu-lease-guard.toml"
    )]
    config: PathBuf,
    /// What is logged, for instance `info` or `gpu_lease_guard=debug`
    #[arg(long, env = "GPU_LEASE_GUARD_LOG", default_value = logs::DEFAULT)]
    log: String,
    /// Check the configuration, and do nothing else
    #[arg(long)]
    check: bool,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Clone, Subcommand)]
enum Command {
    /// Watch
    Run,
    /// Show the leases that are watched, and what was seen of them
    Status {
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Hand out the record of what was seen of a lease, for an arbiter: also when it is over, for 400 days
    Record {
        /// The lease
        lease: Address,
        /// The slot in which it was opened, where its address was used more than once [default: the newest]
        #[arg(long, value_name = "SLOT")]
        life: Option<u64>,
        /// Where to write it [default: standard output]
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// Let the guard do what it asks for about a lease: in `mode = "ask"`
    Do {
        /// The lease
        lease: Address,
    },
    /// Say whether leases can be guarded, and what to do if they cannot
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
        let faults = config.faults();
        ensure!(faults.is_empty(), "{}", faults.join("\n"));
        logs::start(&cli.log, logs::LogFormat::Auto)?;
        match cli.command.unwrap_or(Command::Run) {
            Command::Run => daemon::run(config).await,
            Command::Status { json } => show_status(&config, json).await,
            Command::Record { lease, life, out } => write_record(&config, &lease, life, out.as_deref()).await,
            Command::Do { lease } => Ok(orders::give(&config.state, &lease)?),
            Command::Doctor { json } => {
                finding::report(&doctor::examine(&config).await, json, "leases cannot be guarded as it is")
            }
        }
    };
    services::run_alone(run)
}

/// Prints what the guard tells of its leases.
async fn show_status(config: &Config, json: bool) -> Result<()> {
    monitoring::show(config.monitoring.listen, status::PATH, json, Status::table).await
}

/// Writes the record of a lease.
async fn write_record(config: &Config, lease: &Address, life: Option<u64>, out: Option<&Path>) -> Result<()> {
    let path = records::path(&lease.to_string(), life);
    let found = monitoring::find::<Value>(config.monitoring.listen, &path).await?;
    let file = found.with_context(|| format!("this guard has no record of the lease {lease}"))?;
    let text = serde_json::to_string(&file)?;
    match out {
        Some(path) => fs::write(path, text).with_context(|| format!("{} cannot be written", path.display())),
        None => Ok(io::stdout().write_all(text.as_bytes())?),
    }
}
