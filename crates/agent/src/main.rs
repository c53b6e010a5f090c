//! `gpu-lease-agent`

#[cfg(test)]
mod packaging;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::SystemTime;
use std::{fs, io, io::Write};

use anyhow::{Context, Result};
use clap::{Args, Parser, Subcommand};
use gpu_lease_agent::cards::{sampler, survey, wiper};
use gpu_lease_agent::config::{Config, PREFIX};
use gpu_lease_agent::daemon;
use gpu_lease_agent::doctor;
use gpu_lease_agent::maintenance::{self, Maintenance, Notice};
use gpu_lease_agent::records;
use gpu_lease_agent::status::{self, Status};
use gpu_lease_client::evidence::EvidenceFile;
use gpu_lease_service::{config, finding, logs, monitoring, services};
use solana_address::Address;

/// Runs leases on a provider's machine
#[derive(Parser)]
#[command(name = "gpu-lease-agent", version)]
struct Cli {
    /// The configuration
    #[arg(
        long,
        short,
        global = true,
        env = "GPU_LEASE_AGENT_CONFIG",
        default_value = "/etc/gpu-lease/gpu-lease-agent.toml"
    )]
    config: PathBuf,
    /// What is logged, for instance `info` or `gpu_lease_agent=debug`
    #[arg(long, env = "GPU_LEASE_AGENT_LOG", default_value = logs::DEFAULT)]
    log: String,
    /// Check the configuration, and do nothing else
    #[arg(long)]
    check: bool,
    #[command(subcommand)]
    process: Process,
}

/// What a child is told that the agent starts.
#[derive(Clone, Args)]
struct OneCard {
    /// The driver's library
    #[arg(long)]
    library: PathBuf,
    /// The card's UUID
    #[arg(long)]
    card: String,
}

#[derive(Clone, Subcommand)]
enum Process {
    /// Take leases on, and run them
    Run,
    /// Keep the keys, and sign and send for the machines
    Signer,
    /// Let renters in by SSH
    Gateway,
    /// Show the leases on this machine
    Status {
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Hand out the record of what was delivered of a lease, for an arbiter: also when it is over, for 400 days
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
    /// End all that runs on this machine and destroy its workspaces. The agent must not run
    #[command(hide = true)]
    Clear,
    /// Say that you work on this machine, and why: nothing new is taken on, and renters are told. Without more, show what is said
    Maintenance {
        #[command(subcommand)]
        say: Option<Announcement>,
    },
    /// Wipe a card that was kept out of use, and give it back if it is well
    Restore {
        /// Its UUID
        card: String,
    },
    /// Read a card each second
    #[command(hide = true)]
    Sampler(OneCard),
    /// Say what a card is, or which there are
    #[command(hide = true)]
    Survey {
        /// The driver's library
        #[arg(long)]
        library: PathBuf,
        /// Its UUID
        #[arg(long)]
        card: Option<String>,
    },
    /// Overwrite the memory of a card
    #[command(hide = true)]
    Wiper(OneCard),
    /// Say whether this machine can run leases, and what to do if it cannot
    Doctor {
        /// For programs
        #[arg(long)]
        json: bool,
    },
}

#[derive(Clone, Subcommand)]
enum Announcement {
    /// Begin. Leases go on, and seconds in which something is missing do not count
    Start {
        /// What renters read
        #[arg(long, value_name = "TEXT")]
        reason: String,
        /// When it ends by itself: a time, as 2026-12-01T08:00:00Z, or how long from now, as 2h
        #[arg(long, value_name = "TIME", value_parser = maintenance::parse_until)]
        until: Option<SystemTime>,
    },
    /// End
    Stop,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    match &cli.process {
        Process::Sampler(OneCard { library, card }) => sampler(library, card),
        Process::Survey { library, card } => survey(library, card.as_deref()),
        Process::Wiper(OneCard { library, card }) => wiper(library, card),
        _ => {}
    }
    let loaded = config::load::<Config>(Some(&cli.config), PREFIX);
    if cli.check {
        return config::check(loaded, |_| Vec::new());
    }
    let run = async {
        let config = loaded?;
        logs::start(&cli.log, logs::LogFormat::Auto)?;
        match cli.process {
            Process::Run => daemon::agent(config).await,
            Process::Signer => daemon::signer(config).await,
            Process::Gateway => daemon::gateway(config).await,
            Process::Status { json } => show_status(&config, json).await,
            Process::Record { lease, life, out } => write_record(&config, &lease, life, out.as_deref()).await,
            Process::Clear => daemon::clear(config).await,
            Process::Maintenance { say } => announce(&config, say),
            Process::Doctor { json } => finding::report(
                &doctor::examine(&config).await,
                json,
                "this machine cannot run leases as it is",
            ),
            Process::Restore { card } => daemon::restore(&config, &card).await,
            Process::Sampler(_) | Process::Survey { .. } | Process::Wiper(_) => Ok(()),
        }
    };
    services::run_alone(run)
}

/// Prints what the agent tells of its leases.
async fn show_status(config: &Config, json: bool) -> Result<()> {
    monitoring::show(config.machine.monitoring.listen, status::PATH, json, Status::table).await
}

/// Writes the record of a lease.
async fn write_record(config: &Config, lease: &Address, life: Option<u64>, out: Option<&Path>) -> Result<()> {
    let path = records::path(&lease.to_string(), life);
    let found = monitoring::find::<EvidenceFile>(config.machine.monitoring.listen, &path).await?;
    let file = found.with_context(|| format!("this machine has no record of the lease {lease}"))?;
    match out {
        Some(path) => {
            fs::write(path, file.text()).with_context(|| format!("{} cannot be written", path.display()))
        }
        None => Ok(io::stdout().write_all(file.text().as_bytes())?),
    }
}

/// Says that maintenance begins or ends, and prints what is said now.
fn announce(config: &Config, say: Option<Announcement>) -> Result<()> {
    let notice = Notice::of(&config.machine.state);
    match say {
        Some(Announcement::Start { reason, until }) => notice.announce(&Maintenance::new(&reason, until)?)?,
        Some(Announcement::Stop) => notice.end()?,
        None => {}
    }
    match notice.read()? {
        Some(announced) => println!("{}", announced.note()),
        None => println!("no maintenance is announced"),
    }
    Ok(())
}
