//! `gpu-lease-agent`

#[cfg(test)]
mod packaging;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Result, ensure};
use clap::{Args, Parser, Subcommand};
use gpu_lease_agent::cards::{sampler, survey, wiper};
use gpu_lease_agent::config::{Config, PREFIX};
use gpu_lease_agent::daemon;
use gpu_lease_agent::doctor::{self, Level};
use gpu_lease_agent::status::{self, Status};
use gpu_lease_service::{config, logs, monitoring, services};

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
    /// End all that runs on this machine and destroy its workspaces. The agent must not run
    #[command(hide = true)]
    Clear,
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
            Process::Clear => daemon::clear(config).await,
            Process::Doctor { json } => show_findings(&config, json).await,
            Process::Restore { card } => daemon::restore(&config, &card).await,
            Process::Sampler(_) | Process::Survey { .. } | Process::Wiper(_) => Ok(()),
        }
    };
    match tokio::runtime::Runtime::new() {
        Ok(runtime) => services::exit(runtime.block_on(run)),
        Err(error) => services::exit(Err(error.into())),
    }
}

/// Prints what the agent tells of its leases.
async fn show_status(config: &Config, json: bool) -> Result<()> {
    let status: Status = monitoring::ask(config.machine.monitoring.listen, status::PATH).await?;
    match json {
        true => println!("{}", serde_json::to_string_pretty(&status)?),
        false => print!("{}", status.table()),
    }
    Ok(())
}

/// Prints what was found. It is an error that something fails.
async fn show_findings(config: &Config, json: bool) -> Result<()> {
    let findings = doctor::examine(config).await;
    match json {
        true => println!("{}", serde_json::to_string_pretty(&findings)?),
        false => findings.iter().for_each(|finding| println!("{finding}")),
    }
    ensure!(doctor::worst(&findings) < Level::Failure, "this machine cannot run leases as it is");
    Ok(())
}
