use crate::{
    commands::attest::evidence::{on_chain, read},
    context::Context,
    views,
};
use anyhow::{Result, ensure};
use clap::Args;
use gpu_lease_client::evidence::{EvidenceCheck, EvidenceFile, WatchComparison, WatchFile, is_watch};
use std::path::PathBuf;

#[derive(Debug, Args)]
pub struct Evidence {
    /// What the guard saw: a file of `gpu-lease-guard record`
    #[arg(value_name = "GUARD_FILE")]
    guard: PathBuf,
    /// What the provider's machine recorded: a file of `lease evidence`, or of `gpu-lease-agent record`
    #[arg(value_name = "PROVIDER_FILE")]
    provider: PathBuf,
    /// Ask no node: leave out what is claimed on chain
    #[arg(long)]
    offline: bool,
}

/// Puts two records beside each other, and says where they differ.
pub async fn run(Evidence { guard, provider, offline }: &Evidence, context: &Context) -> Result<()> {
    let (first, second) = (read(guard)?, read(provider)?);
    ensure!(
        is_watch(&first) && !is_watch(&second),
        "{} has to be what the guard saw, and {} what the provider recorded; name them in this order",
        guard.display(),
        provider.display()
    );
    let (watch, record) = (WatchFile::read(&first)?, EvidenceFile::read(&second)?);
    let lease = match offline {
        true => None,
        false => on_chain(&record, context).await?,
    };
    let comparison = WatchComparison::of(&watch, &record, lease.as_ref().map(|lease| &lease.account))?;
    let is_signed = EvidenceCheck::of(&record, lease.as_ref())?.matches();
    context.print(&views::watch::comparison(&comparison, is_signed))?;
    ensure!(
        is_signed,
        "the provider's record is not the one that it signed; ask for it again, and tell the arbiter"
    );
    ensure!(
        comparison.only_provider == 0,
        "the records differ: the provider counts {} GPU-seconds that the guard did not see delivered; hand both files to the \
         arbiter if it comes to that",
        comparison.only_provider
    );
    Ok(())
}
