//! `gpu-lease guardian`

use crate::{
    args::Sending,
    context::{Action, Context, require_role},
    output::Record,
    units,
};
use anyhow::{Result, ensure};
use clap::{Args, Subcommand};
use gpu_lease_client::instruction;
use solana_signer::Signer;

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Pause new leases; what runs goes on, and every way out stays open
    #[command(after_help = "A pause ends by itself. The next one is possible 72 hours after that.")]
    Pause(Pause),
    /// Let new leases be opened again before the pause is over
    Unpause(Unpause),
}

#[derive(Debug, Args)]
pub struct Pause {
    /// For how long, at most 72h
    #[arg(value_name = "DURATION", value_parser = units::parse_duration, default_value = "72h")]
    duration: u32,
    #[command(flatten)]
    sending: Sending,
}

#[derive(Debug, Args)]
pub struct Unpause {
    #[command(flatten)]
    sending: Sending,
}

/// Runs a command of this group.
pub async fn run(command: &Command, context: &Context) -> Result<()> {
    let wallet = context.wallet()?;
    let guardian = wallet.pubkey();
    let (protocol, now) = (context.client.protocol().await?, context.now().await?);
    require_role(&guardian, &protocol.guardian, "the guardian")?;
    match command {
        Command::Pause(Pause { duration, sending }) => {
            ensure!(
                now >= protocol.pause_allowed_from,
                "{}; pause again from {} ({}) on",
                match protocol.is_paused(now) {
                    true =>
                        format!("new leases are paused until {}", units::format_time(protocol.paused_until)),
                    false => format!("the last pause ended at {}", units::format_time(protocol.paused_until)),
                },
                units::format_time(protocol.pause_allowed_from),
                units::format_relative(protocol.pause_allowed_from, now)
            );
            let record = Record::new()
                .line("for", units::format_duration((*duration).into()))
                .line("what runs", "goes on: usage, payouts, top-ups, ends, disputes, votes");
            let action = Action::new("Paused new leases", *sending).with(record);
            let pause = instruction::pause(guardian, *duration, sending.valid_until(now, false));
            context.act(action, &[pause], &[&wallet]).await
        }
        Command::Unpause(Unpause { sending }) => {
            ensure!(protocol.is_paused(now), "new leases are not paused; nothing is to be done");
            let action = Action::new("New leases are open again", *sending);
            let unpause = instruction::unpause(guardian, protocol.paused_until);
            context.act(action, &[unpause], &[&wallet]).await
        }
    }
}
