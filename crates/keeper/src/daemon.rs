//! The loops of a keeper.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use anyhow::{Result, ensure};
use axum::routing::get;
use axum::{Json, Router};
use gpu_lease_service::health::Health;
use gpu_lease_service::lock::FolderLock;
use gpu_lease_service::services::{Service, Services};
use gpu_lease_service::{metrics, monitoring};
use solana_address::Address;
use tokio::sync::{Notify, mpsc};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until};

use crate::book::Subject;
use crate::config::Config;
use crate::figures::figures;
use crate::keeper::Keeper;
use crate::node::subscribe;
use crate::plan::{Errand, Outcome};
use crate::status::{PATH, Status};

/// How long what has begun may take when the keeper is stopped: a transaction that is on its way.
pub const GRACE: Duration = Duration::from_secs(120);

/// Time between two questions what there is to do.
const TICK: Duration = Duration::from_millis(500);

/// How often it is read what the wallet holds.
const BALANCE: Duration = Duration::from_secs(60);

/// What the wallet holds at least, for a hundred transactions, lamports.
const LEAST: u64 = 500_000;

/// Changes that the node tells of and that are not looked at yet. What is more waits in the node's connection.
const CHANGES: usize = 1_024;

/// Runs until it is told to stop.
pub async fn run(config: Config) -> Result<()> {
    let faults = config.faults();
    ensure!(faults.is_empty(), "{}", faults.join("; "));
    std::fs::create_dir_all(&config.state)?;
    let _lock = FolderLock::take(&config.state)?;
    let keeper = Arc::new(Keeper::new(&config)?);
    let health = Health::default();
    let wallet = Arc::new(AtomicU64::new(u64::MAX));
    let subscribed = Arc::new(AtomicBool::new(false));
    let mut registry = metrics::registry("gpu-lease-keeper", env!("CARGO_PKG_VERSION"), &health);
    let (of, holds, is_subscribed) = (keeper.clone(), wallet.clone(), subscribed.clone());
    metrics::read_from(&mut registry, move || {
        let lamports = Some(holds.load(Relaxed)).filter(|lamports| *lamports < u64::MAX);
        figures(&of, lamports, is_subscribed.load(Relaxed))
    });
    let listener = config.monitoring.bind().await?;
    let mut services = Services::new()?;
    let (watching, telling) = (health.clone(), keeper.clone());
    let router = Router::new().route(PATH, get(async move || Json(Status::of(&telling))));
    services
        .start("monitoring", |service| monitoring::run_with(listener, watching, registry, router, service));
    let (changes, heard) = mpsc::channel(CHANGES);
    if let Some(websocket) = config.chain.websocket.clone() {
        tokio::spawn(subscribe(websocket, changes, subscribed));
    }
    let news = Arc::new(Notify::new());
    let (looking, hearing, acting) = (keeper.clone(), keeper.clone(), keeper.clone());
    let (first, then) = (health.clone(), health.clone());
    let every = config.chain.every;
    services.start("look", move |service| look(looking, every, first, service));
    let told = news.clone();
    services.start("hear", move |service| hear(hearing, heard, told, service));
    services.start("act", move |service| act(acting, news, then, service));
    let watched = health.clone();
    services.start("balance", move |service| watch_balance(keeper, wallet, watched, service));
    services.run(health, GRACE).await
}

/// Does what is due now, and returns what came of it. What is left to others for a while after it is due is left to them here,
/// too.
pub async fn once(config: &Config) -> Result<Vec<(Errand, Outcome)>> {
    let faults = config.faults();
    ensure!(faults.is_empty(), "{}", faults.join("; "));
    std::fs::create_dir_all(&config.state)?;
    let _lock = FolderLock::take(&config.state)?;
    let keeper = Keeper::new(config)?;
    keeper.book().plan.hurry();
    keeper.look().await?;
    let mut done = Vec::new();
    while let Some(errand) = keeper.pick() {
        let outcome = keeper.act(&errand).await;
        done.push((errand, outcome));
    }
    Ok(done)
}

async fn look(keeper: Arc<Keeper>, every: Duration, health: Health, mut service: Service) -> Result<()> {
    let check = health.check("node", every * 3 + GRACE);
    loop {
        match keeper.look().await {
            Ok(()) => check.fine(),
            Err(error) => check.failing(format!("the node does not show everything: {error:#}")),
        }
        service.ready();
        if service.stop.run_until_cancelled(sleep(every)).await.is_none() {
            return Ok(());
        }
    }
}

/// Takes what the node tells of by itself.
async fn hear(
    keeper: Arc<Keeper>,
    mut heard: mpsc::Receiver<(Address, Subject)>,
    news: Arc<Notify>,
    mut service: Service,
) -> Result<()> {
    service.ready();
    loop {
        match service.stop.run_until_cancelled(heard.recv()).await {
            Some(Some((address, subject))) => {
                keeper.hear(address, subject);
                news.notify_one();
            }
            // There is no WebSocket.
            Some(None) => {
                service.stop.cancelled().await;
                return Ok(());
            }
            None => return Ok(()),
        }
    }
}

async fn act(keeper: Arc<Keeper>, news: Arc<Notify>, health: Health, mut service: Service) -> Result<()> {
    let check = health.check("act", GRACE * 3);
    service.ready();
    let mut acting = JoinSet::new();
    while !service.stop.is_cancelled() {
        while let Some(errand) = keeper.pick() {
            let keeper = keeper.clone();
            acting.spawn(async move { keeper.act(&errand).await });
        }
        check.fine();
        let tick = sleep_until(Instant::now() + TICK);
        tokio::select! {
            () = tick => {}
            () = news.notified() => {}
            Some(ended) = acting.join_next() => { ended?; }
            () = service.stop.cancelled() => {}
        }
    }
    while let Some(ended) = acting.join_next().await {
        ended?;
    }
    Ok(())
}

/// Reads once in a while what the wallet has left.
async fn watch_balance(
    keeper: Arc<Keeper>,
    told: Arc<AtomicU64>,
    health: Health,
    mut service: Service,
) -> Result<()> {
    let check = health.check("balance", 3 * BALANCE);
    service.ready();
    loop {
        match keeper.client().lamports(&keeper.wallet()).await {
            Ok(lamports) => {
                told.store(lamports, Relaxed);
                match lamports < LEAST {
                    true => check.failing(format!(
                        "the wallet {} holds less than {LEAST} lamports: send it some SOL",
                        keeper.wallet()
                    )),
                    false => check.fine(),
                }
            }
            Err(error) => {
                told.store(u64::MAX, Relaxed);
                check.failing(format!("the node does not tell the wallet's balance: {error}"));
            }
        }
        if service.stop.run_until_cancelled(sleep(BALANCE)).await.is_none() {
            return Ok(());
        }
    }
}
