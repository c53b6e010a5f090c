//! The smallest daemon that has all of what this crate has. It counts, and tells the count to those on its socket.

use anyhow::{Result, ensure};
use axum::extract::{Extension, State};
use axum::routing::post;
use axum::{Json, Router};
use gpu_lease_service::config::{self, duration};
use gpu_lease_service::health::Health;
use gpu_lease_service::lock::FolderLock;
use gpu_lease_service::monitoring::{self, Monitoring};
use gpu_lease_service::server::{Limits, serve};
use gpu_lease_service::services::{Service, Services, exit};
use gpu_lease_service::unix::{Peer, SocketFile};
use gpu_lease_service::{file, logs, metrics};
use prometheus_client::metrics::counter::Counter;
use serde::Deserialize;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;
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
}

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
    let watching = health.clone();
    services.start("monitoring", |service| monitoring::run(watched, watching, registry, service));
    services.start("api", |mut service| async move {
        service.ready();
        let router = Router::new().route("/add", post(add)).with_state(count.clone());
        serve(socket, router, Limits::default(), service.stop.clone()).await;
        Ok(())
    });
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

async fn add(
    State(count): State<Counter<u64>>,
    Extension(peer): Extension<Peer>,
    Json(by): Json<u64>,
) -> Json<(u32, u64)> {
    count.inc_by(by);
    Json((peer.user, count.get()))
}
