//! `gpu-lease guard`

mod init;

use crate::context::Context;
use anyhow::Result;
use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make what a guard needs in one folder: a session key, a wallet, and its configuration
    #[command(
        after_help = "A guard watches your leases in your place: it co-signs what was delivered, disputes what was not, and keeps \
                      them paid for. Run it on a machine of your own, never on one that you lease.\n\n  gpu-lease guard init\n  \
                      gpu-lease guard init --lease LEASE --top-ups 50"
    )]
    Init(init::Init),
}

/// Runs a command of this group.
pub async fn run(command: &Command, context: &Context) -> Result<()> {
    match command {
        Command::Init(init) => init::run(init, context).await,
    }
}
