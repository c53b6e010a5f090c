//! `gpu-lease-guard run`

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use gpu_lease_service::health::Health;
use gpu_lease_service::lock::FolderLock;
use gpu_lease_service::services::Services;
use gpu_lease_service::{metrics, monitoring};

use crate::chain::Chain;
use crate::config::Config;
use crate::figures::{self, Counts};
use crate::guard::{GRACE, Guard, Parts};
use crate::journal::Journal;
use crate::keys::Keys;
use crate::news::OUTBOX;
use crate::records;
use crate::status::Shown;

/// Runs until it is told to stop.
pub async fn run(config: Config) -> Result<()> {
    std::fs::create_dir_all(&config.state)?;
    let _lock = FolderLock::take(&config.state)?;
    let keys = Arc::new(Keys::read(&config.keys)?);
    let chain = Arc::new(Chain::new(&config.chain));
    let journal = Arc::new(Journal::open(&config.state, config.webhook.is_some())?);
    let (counts, shown) = (Arc::<Counts>::default(), Arc::<Shown>::default());

    let health = Health::default();
    let mut registry = metrics::registry("gpu-lease-guard", env!("CARGO_PKG_VERSION"), &health);
    let (counted, told) = (counts.clone(), shown.clone());
    metrics::read_from(&mut registry, move || figures::guard(&counted, told.get().as_ref()));
    let sender = config.webhook.as_ref().map(|webhook| webhook.sender()).transpose()?;
    if let Some(sender) = &sender {
        let (sent, kept) = (sender.counts(), journal.store());
        metrics::read_from(&mut registry, move || sent.metrics(OUTBOX.waiting(&kept).ok()));
    }
    let watched = config.monitoring.bind().await?;
    let mut services = Services::new()?;
    let (watching, told) = (health.clone(), records::router(shown.clone(), journal.clone()));
    services.start("monitoring", |service| monitoring::run_with(watched, watching, registry, told, service));
    if let Some(sender) = sender {
        let (store, health) = (journal.store(), health.clone());
        services.start("webhook", |service| sender.run(store, OUTBOX, health, service));
    }
    let guard = Guard::new(Parts { config, keys, chain, journal, counts, shown })?;
    let watching = health.clone();
    services.start("guard", |service| guard.run(watching, service));
    services.run(health, GRACE + Duration::from_secs(5)).await
}
