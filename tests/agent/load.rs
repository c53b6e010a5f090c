//! What agent and signer take of a processor and of memory under load. It asserts nothing, since that is this machine's:
//! `cargo t --test agent -- --ignored --nocapture load` prints rows for docs/figures.md.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::stream::{self, StreamExt};
use gpu_lease_agent::plan::life_of;
use gpu_lease_agent::signer::{Remote, Signed, Signer as _};
use gpu_lease_client::access::AccessKey;
use gpu_lease_client::account::ProviderRef;
use gpu_lease_runtime::Life;
use gpu_lease_service::client::Client as Caller;
use gpu_lease_tests::prelude::*;
use tokio::time::{MissedTickBehavior, interval, sleep};

use crate::daemons::{Daemon, Said, of_processes};
use crate::measure::{deployed, measure};
use crate::place::{Place, lease, until};

/// How long is measured.
const WHILE: Duration = Duration::from_secs(60);

/// How long all leases may take to be opened, or started.
const LONG: Duration = Duration::from_secs(300);

/// Leases that are opened at a time.
const AT_ONCE: usize = 16;

/// A market with so many GPUs on one offer, so cheap that all can be rented.
async fn market(gpus: u32) -> Place {
    let mut place = Place::new().await;
    let provider = ProviderRef::of(place.net.wallets.provider.pubkey());
    let terms = Terms { price: 3_600, heartbeat_timeout: 3_600, ..place.offer.terms };
    let create = instruction::create_offer(provider, 10, gpus, terms, place.offer.listing);
    place.net.client.send(&[create], &place.net.wallets.provider, &[]).await.unwrap();
    place.offer = place.net.client.offer(&address::offer(&provider.address, 10)).await.unwrap();
    place
}

/// Leases of a GPU each.
async fn rented(place: &Place, count: u32) -> Vec<Address> {
    let key = AccessKey::generate();
    let open = |nonce| {
        place.rent_as(&key, move |request| {
            (request.nonce, request.gpus, request.duration) = (nonce, 1, 6 * 3_600);
        })
    };
    stream::iter(0..u64::from(count)).map(open).buffer_unordered(AT_ONCE).collect().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "it measures for minutes"]
async fn an_agent_with_64_leases() {
    let agent = deployed("gpu-lease-agent");
    let place = market(64).await;
    let config = of_processes(&place);
    let text = fs::read_to_string(&config).unwrap();
    let text = text
        .replace("simulated = 8", "simulated = 64")
        .replace("[policy]", "[policy]\nleases_per_renter = 64");
    fs::write(&config, text).unwrap();
    let _said = Said(config.with_extension("log"));
    let daemons =
        ["signer", "gateway", "run"].map(|name| Daemon::spawn(&mut Command::new(&agent), &config, name));
    let leases = rented(&place, 64).await;
    until("all starts", LONG, || async {
        let started = stream::iter(&leases).then(|address| lease(&place, address));
        started.all(|lease| async move { lease.is_some_and(|lease| lease.started_at > 0) }).await
    })
    .await;
    sleep(Duration::from_secs(10)).await;
    measure("agent with 64 leases on one machine", &daemons[2].0, sleep(WHILE)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "it measures for minutes"]
async fn a_signer_with_1_000_leases() {
    let agent = deployed("gpu-lease-agent");
    let place = market(1_000).await;
    let folder = place.folder.path().to_owned();
    let config = of_processes(&place);
    let _said = Said(config.with_extension("log"));
    let daemon = Daemon::spawn(&mut Command::new(&agent), &config, "signer");
    let socket = folder.join("signer.sock");
    until("the signer", LONG, || async { socket.exists() }).await;
    let signer = Arc::new(Remote(Caller::unix(&socket, LONG).unwrap()));

    let leases: BTreeSet<Address> = rented(&place, 1_000).await.into_iter().collect();
    let start = async |address: &Address| {
        let life = life_of(&lease(&place, address).await.unwrap());
        signer.start(&life, b"blob").await.unwrap();
        (life, lease(&place, address).await.unwrap().started_at)
    };
    let started: Vec<(Life, i64)> =
        stream::iter(&leases).map(start).buffer_unordered(AT_ONCE).collect().await;
    sleep(Duration::from_secs(5)).await;

    for (heartbeat, pause) in
        [("an hour", Duration::from_millis(1_200)), ("5 minutes", Duration::from_millis(100))]
    {
        let state = async {
            let (since, mut pace, mut all) = (Instant::now(), interval(pause), started.iter().cycle());
            pace.set_missed_tick_behavior(MissedTickBehavior::Burst);
            let mut stating = tokio::task::JoinSet::new();
            while since.elapsed() < WHILE {
                pace.tick().await;
                let (life, started_at) = all.next().unwrap().clone();
                let (now, signer) = (place.net.now().await.unwrap(), signer.clone());
                let units = now.abs_diff(started_at);
                let usage = Signed { window_end: now, units, energy_wh: 0, evidence: [1; 32] };
                stating.spawn(async move { signer.state(&life, &usage, &[]).await });
            }
            let stated = stating.join_all().await;
            let failed: Vec<_> = stated.iter().filter_map(|result| result.as_ref().err()).collect();
            assert!(failed.is_empty(), "{} of {} failed: {:?}", failed.len(), stated.len(), failed[0]);
        };
        measure(
            &format!("signer with 1,000 leases, each stated at a third of {heartbeat}"),
            &daemon.0,
            state,
        )
        .await;
    }
}
