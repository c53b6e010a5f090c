//! The loops of an indexer.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};
use axum::{Json, Router};
use gpu_lease_service::health::Health;
use gpu_lease_service::lock::FolderLock;
use gpu_lease_service::services::{Service, Services};
use gpu_lease_service::{metrics, monitoring, server};
use tokio::net::TcpListener;
use tokio::time::{Instant, sleep, timeout};

use crate::audit::Auditor;
use crate::config::Config;
use crate::figures::{Requests, figures};
use crate::live::Live;
use crate::node::Node;
use crate::status::{AUDIT, PATH, Status};
use crate::store::Store;
use crate::{api, ingest};

/// How long what has begun may take when the indexer is stopped: answers on their way, and what is being written.
pub const GRACE: Duration = Duration::from_secs(30);

/// How often it is looked how far reading is.
const TICK: Duration = Duration::from_secs(1);

/// How long reading may stand still.
const SILENCE: Duration = Duration::from_secs(120);

/// How far the record may be behind before that is told.
const BEHIND: Duration = Duration::from_secs(300);

/// How long an audit that does not come to an end is waited for.
const AUDIT_PATIENCE: Duration = Duration::from_secs(1_800);

/// Runs until it is told to stop.
pub async fn run(config: Config) -> Result<()> {
    let faults = config.faults();
    ensure!(faults.is_empty(), "{}", faults.join("; "));
    std::fs::create_dir_all(&config.state)?;
    let _lock = FolderLock::take(&config.state)?;
    let (monitored, listener) = (config.monitoring.bind().await?, listen(config.api.listen).await?);
    let mut services = Services::new()?;
    let node = Arc::new(Node::new(&config.chain)?);
    let genesis_hash = node.genesis_hash().await.context("the node does not say which cluster it is of")?;
    let store = Store::open(&config.database()?, &genesis_hash).await?;

    let health = Health::default();
    let (live, reading) = (Live::default(), Arc::new(ingest::Status::default()));
    let (arrivals, arrived) = ingest::arrivals();
    let auditor = Arc::new(Auditor::new(node, store.clone(), arrivals));
    let (lag, requests) = (Arc::new(Lag::default()), Arc::new(Requests::default()));

    let mut registry = metrics::registry("gpu-lease-indexer", env!("CARGO_PKG_VERSION"), &health);
    let (of, audits, behind, asked) = (reading.clone(), auditor.clone(), lag.clone(), requests.clone());
    metrics::read_from(&mut registry, move || {
        figures(&of.progress(), behind.seconds(), &audits.totals(), &asked)
    });
    let address = listener.local_addr()?;
    let told = telling(address, reading.clone(), auditor.clone());
    let watched = health.clone();
    services.start("monitoring", |service| monitoring::run_with(monitored, watched, registry, told, service));
    let (source, kept, tells, status) = (config.chain.clone(), store.clone(), live.clone(), reading.clone());
    services.start("read", move |mut service: Service| async move {
        service.ready();
        ingest::run_with(source, kept, tells, status, arrived, service.stop).await
    });
    let limits = config.api.limits();
    services.start("answer", move |service| answer(listener, store, live, limits, requests, service));
    let (every, checked) = (config.audit.every, health.clone());
    services.start("audit", move |service| audit(auditor, every, checked, service));
    let seen = health.clone();
    services.start("watch", move |service| watch(reading, lag, seen, service));
    services.run(health, GRACE).await
}

/// Listens, so that it is found out at the start if that cannot be.
async fn listen(address: SocketAddr) -> Result<TcpListener> {
    let bound = TcpListener::bind(address).await;
    bound.with_context(|| {
        format!("cannot listen at {address} for the API; choose another port as `api.listen`")
    })
}

/// What whoever watches is told besides health and metrics.
fn telling(api: SocketAddr, reading: Arc<ingest::Status>, auditor: Arc<Auditor>) -> Router {
    let (last, asked) = (auditor.clone(), auditor);
    let status = move || {
        let status = Status {
            api: api.to_string(),
            reading: reading.progress(),
            audit: last.last(),
            audits: last.totals().begun(),
            audit_problem: last.problem(),
        };
        async move { Json(status) }
    };
    Router::new().route(PATH, get(status)).route(AUDIT, post(async move || Json(asked.ask())))
}

async fn answer(
    listener: TcpListener,
    store: Store,
    live: Live,
    limits: api::Limits,
    requests: Arc<Requests>,
    mut service: Service,
) -> Result<()> {
    service.ready();
    let router = api::router(store, live, limits, service.stop.clone())
        .layer(from_fn_with_state(requests, Requests::count));
    server::serve(listener, router, server::Limits::default(), service.stop).await;
    Ok(())
}

/// Audits every so often, and when somebody asks for it.
async fn audit(auditor: Arc<Auditor>, every: Duration, health: Health, mut service: Service) -> Result<()> {
    let check = health.check("audit", every + AUDIT_PATIENCE);
    service.ready();
    loop {
        let audited = service.stop.run_until_cancelled(timeout(AUDIT_PATIENCE, auditor.audit())).await;
        match audited {
            None => return Ok(()),
            Some(Ok(Ok(report))) if report.is_fine() => check.fine(),
            Some(Ok(Ok(report))) => check.failing(format!(
                "{} token accounts hold something else than is booked: `gpu-lease-indexer audit` names them",
                report.deviations.len()
            )),
            Some(Ok(Err(error))) => check.failing(format!("the audit does not come to an end: {error:#}")),
            Some(Err(_)) => check.failing("the audit takes too long: the node answers too slowly"),
        }
        tokio::select! {
            () = sleep(every) => {}
            () = auditor.asked() => {}
            () = service.stop.cancelled() => return Ok(()),
        }
    }
}

/// Tells how far reading is, and whether it goes on.
async fn watch(
    reading: Arc<ingest::Status>,
    lag: Arc<Lag>,
    health: Health,
    mut service: Service,
) -> Result<()> {
    let node = health.check("node", SILENCE);
    let record = health.check("record", SILENCE);
    service.ready();
    let mut looks = None;
    while service.stop.run_until_cancelled(sleep(TICK)).await.is_some() {
        let progress = reading.progress();
        lag.see(progress.recorded_slot, progress.finalized_slot);
        match &progress.problem {
            Some(problem) => node.failing(problem),
            None if looks != Some(progress.looks) => node.fine(),
            None => {}
        }
        looks = Some(progress.looks);
        match lag.seconds() {
            behind if behind > BEHIND.as_secs() => record.failing(format!(
                "it lacks what was finalized {behind} s ago: {} slots",
                progress.slots_behind()
            )),
            _ => record.fine(),
        }
    }
    Ok(())
}

/// Since when the record lacks something that is finalized.
#[derive(Default)]
struct Lag {
    seconds: AtomicU64,
    /// Slots that were finalized and not in the record, and when that was seen.
    seen: Mutex<VecDeque<(u64, Instant)>>,
}

impl Lag {
    fn see(&self, recorded: u64, finalized: u64) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.back().is_none_or(|(slot, _)| *slot < finalized) {
            seen.push_back((finalized, Instant::now()));
        }
        while seen.front().is_some_and(|(slot, _)| *slot <= recorded) {
            seen.pop_front();
        }
        let since = seen.front().map_or(Duration::ZERO, |(_, since)| since.elapsed());
        self.seconds.store(since.as_secs(), Relaxed);
    }

    fn seconds(&self) -> u64 {
        self.seconds.load(Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn the_record_is_behind_since_the_first_slot_that_it_lacks_was_finalized() {
        let lag = Lag::default();
        let at = async |recorded, finalized| {
            lag.see(recorded, finalized);
            sleep(Duration::from_secs(10)).await;
            lag.see(recorded, finalized);
            lag.seconds()
        };
        assert_eq!(at(5, 5).await, 0);
        assert_eq!(at(5, 8).await, 10);
        assert_eq!(at(5, 9).await, 20);
        assert_eq!(at(8, 9).await, 20);
        assert_eq!(at(9, 9).await, 0);
    }
}
