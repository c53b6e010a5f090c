//! `gpu-lease attest evidence`

use crate::{config, context::Context, output, views};
use anyhow::{Context as _, Result, ensure};
use clap::Args;
use gpu_lease_client::{
    Error,
    account::LeaseContext,
    evidence::{EvidenceCheck, EvidenceFile, LONGEST_FILE},
};
use solana_address::Address;
use std::{
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
};

#[derive(Debug, Args)]
pub struct Evidence {
    /// The evidence file, of `lease evidence` or `gpu-lease-agent record`; `-` reads standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The lease that it should be about
    #[arg(long, value_name = "LEASE", value_parser = config::parse_address)]
    lease: Option<Address>,
    /// Ask no node: only compare it with what is signed in it
    #[arg(long)]
    offline: bool,
}

/// Replays a record and says what matches.
pub async fn run(Evidence { file, lease, offline }: &Evidence, context: &Context) -> Result<()> {
    let evidence = EvidenceFile::read(&read(file)?)?;
    if let Some(lease) = lease {
        ensure!(
            evidence.lease == *lease,
            "{} is about lease {}, and not about {lease}; ask for the right one",
            file.display(),
            evidence.lease
        );
    }
    let on_chain = match offline {
        true => None,
        false => on_chain(&evidence, context).await?,
    };
    report(&evidence, on_chain.as_ref(), context)
}

/// The lease on chain, as long as it is there.
pub async fn on_chain(evidence: &EvidenceFile, context: &Context) -> Result<Option<LeaseContext>> {
    match context.client.lease(&evidence.lease).await {
        Ok(lease) => Ok(Some(lease)),
        Err(Error::NotFound { .. }) => {
            output::note(
                "The lease is not on this cluster, or was closed: only what is signed in the file can be compared.",
            );
            Ok(None)
        }
        Err(error) => Err(error.into()),
    }
}

/// Prints what a record says, and what it matches. It is an error that something does not.
pub fn report(evidence: &EvidenceFile, on_chain: Option<&LeaseContext>, context: &Context) -> Result<()> {
    let check = EvidenceCheck::of(evidence, on_chain)?;
    context.print(&views::evidence::record(&check))?;
    ensure!(
        check.matches(),
        "the record does not match what was signed or is on chain; ask for the record again, and do not rely on this one"
    );
    Ok(())
}

/// A file, no longer than it may be.
pub fn read(path: &Path) -> Result<String> {
    let unreadable = || format!("{} cannot be read", path.display());
    let from: Box<dyn Read> = match path == Path::new("-") {
        true => Box::new(io::stdin()),
        false => Box::new(File::open(path).with_context(unreadable)?),
    };
    let mut text = String::new();
    from.take(LONGEST_FILE as u64 + 1).read_to_string(&mut text).with_context(unreadable)?;
    Ok(text)
}
