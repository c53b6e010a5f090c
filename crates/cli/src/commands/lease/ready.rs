//! Waiting for the provider to start a lease that was just opened.

use crate::{
    context::Context,
    output::{self, Record},
    units::format_duration,
};
use anyhow::Result;
use gpu_lease_client::{
    access::{AccessKey, Credentials},
    account::Keyed,
    state::Lease,
};
use solana_address::Address;
use std::{
    path::{Path, PathBuf},
    time::Duration,
};
use tokio::time::{sleep, timeout};

/// Time between two looks.
const LOOK: Duration = Duration::from_millis(300);

/// What its renter opens the credentials with.
pub struct Opener {
    pub key: AccessKey,
    /// Its file, if that is not where the command line keeps keys.
    pub file: Option<PathBuf>,
}

impl Opener {
    /// Waits until a lease has started and its credentials are published, at most for `patience`; how long that took since
    /// it was opened, and how to get in.
    pub async fn wait(&self, lease: &Address, patience: Duration, context: &Context) -> Record {
        let spinner = output::spinner("Waiting for the provider to start the lease");
        let started = timeout(patience, async {
            loop {
                // A node that fails once may answer again.
                if let Ok(Some(started)) = self.started(lease, context).await {
                    return started;
                }
                sleep(LOOK).await;
            }
        });
        let started = started.await;
        spinner.finish_and_clear();
        match started {
            Ok((seconds, command)) => Record::new()
                .json("ready_in", seconds)
                .json("log_in", command.clone())
                .heading(format!("Ready in {}: {command}", format_duration(seconds))),
            Err(_) => Record::new().json("ready_in", None::<u64>).json("log_in", None::<String>).heading(format!(
                "The provider has not started it yet. `gpu-lease lease watch {lease}` goes on waiting, `gpu-lease lease \
                 cancel {lease}` takes the money back"
            )),
        }
    }

    /// In how many seconds of the cluster's clock it was started, and the command that gets in; nothing if it was not.
    async fn started(&self, lease: &Address, context: &Context) -> Result<Option<(u64, String)>> {
        let found: Option<Keyed<Lease>> = context.client.find(lease).await?;
        let Some(found) = found.filter(|found| found.started_at > 0) else { return Ok(None) };
        // The node may list the transaction a moment after it shows the lease.
        let published = context.client.published_access(lease).await?;
        let command = match Credentials::from_bytes(&self.key.decrypt(&published.access_blob)?)? {
            Credentials::Ssh(_) => "ssh",
            Credentials::Text(_) => "access",
        };
        let file = self.file.as_deref().map(Path::display);
        let file = file.map(|file| format!(" --access-key {file}")).unwrap_or_default();
        // The cluster's clock shows whole seconds: it took no more.
        let seconds = found.started_at.saturating_sub(found.opened_at).max(1);
        Ok(Some((seconds.unsigned_abs(), format!("gpu-lease lease {command} {lease}{file}"))))
    }
}
