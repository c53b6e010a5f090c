//! `gpu-lease-agent run`

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use gpu_lease_runtime::{Docker, ProcessConfig, Processes, Runtime};
use gpu_lease_service::client::Client as Caller;
use gpu_lease_service::health::Health;
use gpu_lease_service::lock::FolderLock;
use gpu_lease_service::services::{Service, Services};
use gpu_lease_service::{metrics, monitoring};
use nix::time::{ClockId, clock_gettime};
use tokio::time::{MissedTickBehavior, interval, timeout};

use super::genesis::{client, require_local, require_loopback};
use crate::api;
use crate::cards::{NvidiaCards, Tools};
use crate::config::{Config, Runtime as Engine};
use crate::doors::{GatewayDoors, public_host_key};
use crate::figures;
use crate::machine::{Cards, Doors, Machine, Parts};
use crate::maintenance::Notice;
use crate::meter::PERIOD;
use crate::records;
use crate::rpc::Rpc;
use crate::signer::Remote;
use crate::site::{HelperTester, SimulatedCards, SshSite};
use crate::status;
use crate::store::Store;

/// How long what has begun may take when the agent is stopped. What is left is begun again at the next start.
const GRACE: Duration = Duration::from_secs(20);

/// How long the signer may take: until it is known what became of a transaction.
const PATIENCE: Duration = Duration::from_secs(200);

/// How long the gateway may take to make the machine's host key.
const FIRST_KEY: Duration = Duration::from_secs(60);

/// How long processes of a lease have to end by themselves.
const STOPPING: Duration = Duration::from_secs(5);

/// Where the kernel says which boot this is.
const BOOT: &str = "/proc/sys/kernel/random/boot_id";

/// Runs until it is told to stop. Leases go on.
pub async fn agent(config: Config) -> Result<()> {
    let state = &config.machine.state;
    std::fs::create_dir_all(state)?;
    let _lock = FolderLock::take(state)?;
    let boot = std::fs::read_to_string(BOOT).context("the kernel does not say which boot this is")?;
    let api = config.machine.api();
    let doors = GatewayDoors::open(&config.gateway, api.path.clone())?;
    let (simulated, is_walled) = (config.cards.simulated, matches!(config.runtime, Engine::Docker(_)));
    if simulated.is_some() || !is_walled {
        // What is worth nothing is leased on clusters that are worth nothing only.
        require_local(&config.chain).await?;
    }
    let cards: Arc<dyn Cards> = match simulated {
        Some(cards) => Arc::new(SimulatedCards(cards)),
        None => Arc::new(NvidiaCards::start(Tools::new(&config.cards), state)?),
    };
    let parts = Parts {
        cluster: Arc::new(Rpc::new(client(&config.chain))),
        runtime: runtime(&config).await?,
        signer: Arc::new(remote(&config, PATIENCE)?),
        site: Arc::new(SshSite {
            host: config.gateway.host.clone(),
            port: config.gateway.public_port(),
            host_key: public_host_key(&config.gateway, FIRST_KEY).await?,
        }),
        doors: Arc::new(doors) as Arc<dyn Doors>,
        cards,
        tester: Arc::new(HelperTester),
        store: Arc::new(Store::open(&state.join("store"))?),
        notice: Notice::of(state),
        policy: Arc::new(config.policy()),
    };
    let machine = Arc::new(Machine::new(parts)?);

    let health = Health::default();
    let mut registry = metrics::registry("gpu-lease-agent", env!("CARGO_PKG_VERSION"), &health);
    let counted = machine.clone();
    metrics::read_from(&mut registry, move || figures::agent(&counted));
    let watched = config.machine.monitoring.bind().await?;
    let mut services = Services::new()?;
    let (watching, told) = (health.clone(), status::router(machine.clone()));
    let told = told.merge(records::router(machine.clone()));
    services.start("monitoring", |service| monitoring::run_with(watched, watching, registry, told, service));
    let (metered, named, watching) = (machine.clone(), boot.clone(), health.clone());
    services.start("meter", |service| meter(metered, named, watching, service));
    let ticked = machine.clone();
    services.start("clock", |service| clock(ticked, boot, service));
    let (socket, asked) = (api.bind()?, machine.clone());
    services.start("api", |mut service| async move {
        service.ready();
        service.stop.run_until_cancelled(api::serve(socket, asked)).await;
        Ok(())
    });
    let (planned, watching) = (machine.clone(), health.clone());
    services.start("planner", move |service| planner(planned, config.chain.every, watching, service));
    services.run(health, GRACE).await
}

/// Samples once a second. No node is waited for.
async fn meter(machine: Arc<Machine>, boot: String, health: Health, mut service: Service) -> Result<()> {
    let check = health.check("meter", Duration::from_secs(60));
    let mut every = interval(Duration::from_millis(PERIOD));
    every.set_missed_tick_behavior(MissedTickBehavior::Skip);
    while service.stop.run_until_cancelled(every.tick()).await.is_some() {
        machine.sample(&boot, since_boot()).await?;
        check.fine();
        service.ready();
    }
    Ok(())
}

/// Reads the cluster's clock once a second, and when something has changed; after a sample, so that what is sampled as good
/// before a lease starts counts from its first second on.
async fn clock(machine: Arc<Machine>, boot: String, mut service: Service) -> Result<()> {
    service.ready();
    let mut changes = machine.changes();
    let read = async {
        loop {
            machine.sample(&boot, since_boot()).await?;
            machine.tick(&boot, since_boot).await?;
            timeout(Duration::from_millis(PERIOD), changes.changed()).await.ok();
        }
    };
    service.stop.run_until_cancelled(read).await.unwrap_or(Ok(()))
}

/// Looks, decides and acts, each time something has changed, and every so often.
async fn planner(machine: Arc<Machine>, every: Duration, health: Health, mut service: Service) -> Result<()> {
    let check = health.check("planner", Duration::from_secs(120));
    let mut changes = machine.changes();
    loop {
        machine.round(since_boot()).await;
        check.fine();
        service.ready();
        let pause = timeout(every, changes.changed());
        if service.stop.run_until_cancelled(pause).await.is_none() {
            break;
        }
    }
    machine.rest().await;
    Ok(())
}

/// What leases run in. For processes of the same user the caller sees to it that the cluster is no public one.
pub(super) async fn runtime(config: &Config) -> Result<Arc<dyn Runtime>> {
    Ok(match &config.runtime {
        Engine::Docker(containers) => Arc::new(Docker::new(containers.into())?),
        Engine::Process(of) => {
            let loopback = require_loopback(&config.chain).await?;
            let (state, helper) = (of.state.clone(), of.helper.clone());
            Arc::new(Processes::new(ProcessConfig { state, helper, grace: STOPPING }, loopback)?)
        }
    })
}

/// The signer, as this machine reaches it, if it answers within `patience`.
pub(crate) fn remote(config: &Config, patience: Duration) -> Result<Remote> {
    let signer = &config.signer;
    let caller = match (&signer.url, &signer.tls, &signer.socket) {
        (Some(url), Some(tls), _) => Caller::tls(url, tls, patience)?,
        (Some(_), None, _) => {
            bail!("the signer's `url` needs `tls`: it lets nobody in without a certificate")
        }
        (None, _, Some(socket)) => Caller::unix(Path::new(&socket.path), patience)?,
        (None, _, None) => bail!("say where the signer is: `socket` or `url` in the table `signer`"),
    };
    Ok(Remote(caller))
}

/// Milliseconds since the machine was booted, those included in which it slept.
fn since_boot() -> u64 {
    let time = clock_gettime(ClockId::CLOCK_BOOTTIME).expect("every Linux has this clock");
    u64::try_from(Duration::from(time).as_millis()).unwrap_or(u64::MAX)
}
