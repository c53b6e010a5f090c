//! The smallest daemon that has all of what this crate has. It counts, and tells the count to those on its socket.

use anyhow::{Result, ensure};
use axum::extract::{Extension, State};
use axum::routing::post;
use axum::{Json, Router};
use gpu_lease_service::config::{self, duration};
use gpu_lease_service::health::Health;
use gpu_lease_service::lock::FolderLock;
use gpu_lease_service::monitoring::{self, Monitoring};
use gpu_lease_service::outbox::Outbox;
use gpu_lease_service::server::{Limits, serve};
use gpu_lease_service::services::{Service, Services, exit};
use gpu_lease_service::store::{Store, Table};
use gpu_lease_service::unix::{Peer, SocketFile};
use gpu_lease_service::webhook::Webhook;
use gpu_lease_service::{file, logs, metrics};
use prometheus_client::metrics::counter::Counter;
use serde::Deserialize;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use tokio::time::sleep;

/// Before each variable that stands over a key of the file.
const PREFIX: &str = "GPU_LEASE_SAMPLE_";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Config {
    state: PathBuf,
    monitoring: Monitoring,
    socket: SocketFile,
    #[serde(with = "duration")]
    grace: Duration,
    #[serde(default)]
    then: Then,
    /// Who is told of each turn.
    webhook: Option<Webhook>,
}

const OUTBOX: Outbox = Outbox::new("outbox", 1_000);
const TURNS: Table = Table::new("turns");

/// What the loop does after its first turns, so that each end of a daemon can be watched.
#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Then {
    #[default]
    GoOn,
    Fail,
    Hang,
    Panic,
}

#[tokio::main]
async fn main() -> ExitCode {
    let path = std::env::args().nth(1).unwrap_or_default();
    let config = config::load::<Config>(Some(Path::new(&path)), PREFIX);
    if std::env::args().nth(2).as_deref() == Some("--check") {
        return config::check(config, |config| match config.state.is_dir() {
            true => Vec::new(),
            false => vec![format!("{} is not a folder; make it", config.state.display())],
        });
    }
    exit(match config {
        Ok(config) => run(config).await,
        Err(error) => Err(error),
    })
}

async fn run(config: Config) -> Result<()> {
    logs::start(logs::DEFAULT, logs::LogFormat::Auto)?;
    let _lock = FolderLock::take(&config.state)?;
    let health = Health::default();
    let count = Counter::<u64>::default();
    let mut registry = metrics::registry("sample", env!("CARGO_PKG_VERSION"), &health);
    registry.register("turns", "Turns of the loop", count.clone());
    let watched = config.monitoring.bind().await?;
    let socket = config.socket.bind()?;
    file::replace(&config.state.join("monitoring"), watched.local_addr()?.to_string().as_bytes(), 0o600)?;

    let mut services = Services::new()?;
    services.start("api", |mut service| async move {
        service.ready();
        let router = Router::new().route("/add", post(add)).with_state(count.clone());
        serve(socket, router, Limits::default(), service.stop.clone()).await;
        Ok(())
    });
    if let Some(webhook) = &config.webhook {
        let store = Arc::new(Store::open(&config.state.join("store"))?);
        let sender = webhook.sender()?;
        let (counts, waiting) = (sender.counts(), store.clone());
        metrics::read_from(&mut registry, move || counts.metrics(OUTBOX.waiting(&waiting).ok()));
        let (telling, told) = (store.clone(), health.clone());
        services.start("webhook", |service| sender.run(store, OUTBOX, told, service));
        services.start("teller", |service| tell(telling, service));
    }
    let watching = health.clone();
    services.start("monitoring", |service| monitoring::run(watched, watching, registry, service));
    let counting = health.clone();
    services.start("counter", move |service| turn(counting, config.then, config.state, service));
    services.run(health, config.grace).await
}

/// A loop with a check and an orderly end.
async fn turn(health: Health, then: Then, state: PathBuf, mut service: Service) -> Result<()> {
    let check = health.check("counter", Duration::from_secs(2));
    let mut turns = 0;
    let period = Duration::from_millis(100);
    while service.stop.run_until_cancelled(sleep(period)).await.is_some() {
        check.fine();
        service.ready();
        turns += 1;
        match then {
            Then::Fail => ensure!(turns < 3, "the disk is full"),
            Then::Hang if turns == 3 => std::future::pending().await,
            Then::Panic => assert!(turns < 3, "the impossible happened"),
            _ => {}
        }
    }
    fs::write(state.join("last"), turns.to_string())?;
    Ok(())
}

/// Counts turns on disk, and tells each.
async fn tell(store: Arc<Store<(String, u64)>>, mut service: Service) -> Result<()> {
    service.ready();
    let key = ("turns".to_owned(), 0);
    while service.stop.run_until_cancelled(sleep(Duration::from_millis(50))).await.is_some() {
        let at = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?.as_secs();
        store.change(|changes| {
            let turn = changes.get::<u64>(TURNS, &key)?.unwrap_or_default() + 1;
            changes.set(TURNS, &key, &turn)?;
            OUTBOX.tell(changes, "turn.made", at.cast_signed(), &turn).map(|_| ())
        })?;
    }
    Ok(())
}

async fn add(
    State(count): State<Counter<u64>>,
    Extension(peer): Extension<Peer>,
    Json(by): Json<u64>,
) -> Json<(u32, u64)> {
    count.inc_by(by);
    Json((peer.user, count.get()))
}
