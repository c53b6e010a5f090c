//! What stands before and behind every command.

use crate::{commands, config, output::Format};
use clap::{Args, Parser, Subcommand};
use solana_commitment_config::CommitmentConfig;
use std::path::PathBuf;

/// Lease GPUs, and lease them out, through an on-chain escrow that pays for delivered time only.
///
/// URL, keypair and commitment come from the Solana CLI's configuration unless they are passed.
#[derive(Debug, Parser)]
#[command(name = "gpu-lease", version, propagate_version = true, max_term_width = 100)]
pub struct Cli {
    /// Options of every command.
    #[command(flatten)]
    pub global: Global,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// Options of every command.
#[derive(Debug, Args)]
pub struct Global {
    /// RPC URL of the cluster, or its moniker: localhost, devnet, testnet, mainnet-beta [or l, d, t, m]
    #[arg(
        short, long, global = true, env = "GPU_LEASE_URL", value_name = "URL_OR_MONIKER",
        value_parser = config::parse_url, help_heading = "Global options"
    )]
    pub url: Option<String>,

    /// Keypair file that signs and pays; `-` reads it from standard input
    #[arg(
        short,
        long,
        global = true,
        env = "GPU_LEASE_KEYPAIR",
        value_name = "KEYPAIR",
        help_heading = "Global options"
    )]
    pub keypair: Option<String>,

    /// Configuration file [default: the Solana CLI's, ~/.config/solana/cli/config.yml]
    #[arg(short = 'C', long, global = true, value_name = "FILE", help_heading = "Global options")]
    pub config: Option<PathBuf>,

    /// How settled the state must be that is read and waited for: processed, confirmed, finalized
    #[arg(long, global = true, value_name = "COMMITMENT", help_heading = "Global options")]
    pub commitment: Option<CommitmentConfig>,

    /// Priority fee, in micro-lamports per compute unit [default: what recent transactions paid]
    #[arg(long, global = true, value_name = "MICRO_LAMPORTS", help_heading = "Global options")]
    pub with_compute_unit_price: Option<u64>,

    /// How to print results; with JSON, standard output is nothing but JSON
    #[arg(
        long,
        global = true,
        value_enum,
        default_value_t,
        value_name = "FORMAT",
        hide_default_value = true,
        help_heading = "Global options"
    )]
    pub output: Format,
}

/// Options of every command that sends transactions.
#[derive(Clone, Copy, Debug, Default, Args)]
pub struct Sending {
    /// Simulate only: show what the transaction would do to whose balance, and send nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Show the cluster, the program, the fee and the mints
    Status,
    /// Register as a provider, change the key that signs usage
    #[command(subcommand)]
    Provider(commands::provider::Command),
    /// List GPUs, find listed GPUs
    #[command(subcommand)]
    Offer(commands::offer::Command),
    /// Lease GPUs: open, start, top up, close, get the credentials
    #[command(subcommand)]
    Lease(commands::lease::Command),
    /// Sign delivered usage, co-sign it as the renter, submit it
    #[command(subcommand)]
    Attest(commands::attest::Command),
    /// Pay the provider what has become due; anyone may
    Settle(commands::settle::Settle),
    /// Register the mints that leases may be priced in
    #[command(subcommand)]
    Mint(commands::mint::Command),
    /// Create the protocol on a cluster, once, as the program's upgrade authority
    Init(commands::init::Init),
    /// Bring a cluster to the state that this version expects, step by step
    Migrate(commands::migrate::Migrate),
    /// Run a local validator with a market on it, and play one lease
    Localnet(commands::localnet::Localnet),
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_options_of_all_commands_fit_together() {
        Cli::command().debug_assert();
    }
}
