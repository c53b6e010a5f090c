//! `gpu-lease-agent signer`

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use axum::extract::Extension;
use gpu_lease_client::rpc::Client;
use gpu_lease_service::health::Health;
use gpu_lease_service::lock::FolderLock;
use gpu_lease_service::secret::SecretFile;
use gpu_lease_service::server::{Limits, serve};
use gpu_lease_service::services::{Service, Services};
use gpu_lease_service::tls::TlsListener;
use gpu_lease_service::{metrics, monitoring};
use solana_address::Address;
use solana_keypair::Keypair;
use solana_signer::Signer;
use tokio::sync::watch;
use tokio::time::sleep;

use super::genesis::client;
use crate::config::Config;
use crate::figures;
use crate::rpc::Rpc;
use crate::signer::{Desk, Keys, Machine, fleet, router};
use crate::store::Store;

/// How long what has begun may take when the signer is stopped: a transaction that is on its way.
const GRACE: Duration = Duration::from_secs(120);

/// How often it is read what the operator has left.
const BALANCE: Duration = Duration::from_secs(30);

/// How long a request may take: until it is known what became of a transaction.
const LIMITS: Limits = Limits { body: 64 * 1024, patience: Duration::from_secs(200), connections: 1_024 };

/// Runs until it is told to stop.
pub async fn signer(config: Config) -> Result<()> {
    let missing = |what| format!("the signer needs `{what}` in the table `signer`");
    let state = config.signer.state.as_ref().with_context(|| missing("state"))?;
    std::fs::create_dir_all(state)?;
    let _lock = FolderLock::take(state)?;
    let key = |file: &Option<SecretFile>, what| -> Result<_> {
        Ok(Box::new(keypair(file.as_ref().with_context(|| missing(what))?)?))
    };
    let keys = Keys {
        operator: key(&config.signer.operator, "operator")?,
        attestor: key(&config.signer.attestor, "attestor")?,
    };
    let operator = keys.operator.pubkey();
    let cluster = Rpc::new(client(&config.chain));
    let journal = Store::open(&state.join("journal"))?;
    let rules = config.signer.rules();
    ensure!(!rules.machines.is_empty(), "no machine may ask for anything: name one in `[signer.machines]`");
    let desk = Arc::new(Desk::new(cluster, keys, journal, rules));

    let health = Health::default();
    let mut registry = metrics::registry("gpu-lease-agent signer", env!("CARGO_PKG_VERSION"), &health);
    let (counted, (told, balance)) = (desk.clone(), watch::channel(None));
    metrics::read_from(&mut registry, move || {
        figures::signer(counted.counts(), counted.budget(), *balance.borrow())
    });
    let mut services = Services::new()?;
    let (node, watching) = (client(&config.chain), health.clone());
    services.start("balance", move |service| watch_balance(node, operator, told, watching, service));
    if let Some(watched) = config.signer.monitoring {
        let (listener, health) = (watched.bind().await?, health.clone());
        services.start("monitoring", |service| monitoring::run(listener, health, registry, service));
    }
    if let Some(file) = &config.signer.socket {
        let socket = file.bind()?;
        // Whoever may open the socket is the one machine that there is.
        let machine = Machine(config.machine.name.clone());
        let router = router(desk.clone()).layer(Extension(machine));
        services.start("socket", |mut service| async move {
            service.ready();
            serve(socket, router, LIMITS, service.stop.clone()).await;
            Ok(())
        });
    }
    if let Some(address) = config.signer.listen {
        let tls = config.signer.tls.as_ref().with_context(|| missing("tls"))?;
        let listener = TlsListener::bind(address, tls).await?;
        let router = fleet(desk);
        services.start("fleet", |mut service| async move {
            service.ready();
            serve(listener, router, LIMITS, service.stop.clone()).await;
            Ok(())
        });
    }
    services.run(health, GRACE).await
}

/// Reads once in a while what the operator has left for transactions.
async fn watch_balance(
    node: Client,
    operator: Address,
    told: watch::Sender<Option<u64>>,
    health: Health,
    mut service: Service,
) -> Result<()> {
    let check = health.check("balance", 3 * BALANCE);
    service.ready();
    loop {
        match node.lamports(&operator).await {
            Ok(0) => {
                told.send_replace(Some(0));
                check.failing(format!("the operator {operator} has no SOL: send it some"));
            }
            Ok(lamports) => {
                told.send_replace(Some(lamports));
                check.fine();
            }
            // What it had is an old figure, and the node's silence is a failure of its own.
            Err(error) => {
                told.send_replace(None);
                check.failing(format!("the node does not tell the operator's balance: {error}"));
            }
        }
        if service.stop.run_until_cancelled(sleep(BALANCE)).await.is_none() {
            return Ok(());
        }
    }
}

/// Reads a key file as Solana's tools write it: an array of 64 numbers.
fn keypair(file: &SecretFile) -> Result<Keypair> {
    let secret = file.read()?;
    let bytes: Vec<u8> = serde_json::from_slice(secret.bytes())
        .with_context(|| format!("{file:?} is not a key file; make one with `solana-keygen new`"))?;
    Keypair::try_from(bytes.as_slice()).with_context(|| format!("{file:?} holds no key"))
}
