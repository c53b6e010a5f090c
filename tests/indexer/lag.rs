//! What is confirmed is shown at once, and what is finalized is the chain's, on a local validator.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use gpu_lease_client::account::ProviderRef;
use gpu_lease_client::rpc::Client;
use gpu_lease_indexer::live::Told;
use gpu_lease_indexer::node::Source;
use gpu_lease_indexer::store::Store;
use gpu_lease_indexer::views::Commitment;
use gpu_lease_localnet::{Localnet, Options};
use gpu_lease_tests::prelude::*;
use tokio::sync::broadcast::Receiver;
use tokio::time::{sleep, timeout};

use crate::reading::{Reading, sqlite};

/// Offers that are created, one after the other.
const OFFERS: u64 = 20;

/// How long anything may take on a machine that is busy.
const SOON: Duration = Duration::from_secs(30);

/// The moments in which offers were told of.
type Moments = Arc<Mutex<BTreeMap<(String, &'static str), Instant>>>;

/// Notes when each offer is told of.
async fn listen(mut told: Receiver<Arc<Told>>, moments: Moments) {
    while let Ok(told) = told.recv().await {
        let event = &told.event;
        if event.instruction == "create_offer" {
            let offer = event.accounts["offer"].as_str().unwrap().to_owned();
            let commitment = match event.landed.commitment {
                Commitment::Confirmed => "confirmed",
                Commitment::Finalized => "finalized",
            };
            let known = moments.lock().unwrap().insert((offer, commitment), Instant::now());
            assert!(known.is_none(), "{} was told of twice", event.id);
        }
    }
}

/// Waits until something is so, and says when.
async fn when(what: &str, is: impl AsyncFn() -> bool) -> Instant {
    let waiting = async {
        while !is().await {
            sleep(Duration::from_millis(4)).await;
        }
        Instant::now()
    };
    timeout(SOON, waiting).await.unwrap_or_else(|_| panic!("{what} did not come about"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_confirmed_is_shown_within_a_second_and_what_is_finalized_is_the_chains() {
    let net = Localnet::start(Options::default(), |_| {}).await.unwrap();
    let genesis_hash = net.client.rpc().get_genesis_hash().await.unwrap().to_bytes();
    let folder = tempfile::tempdir().unwrap();
    let url = sqlite(&folder);
    let store = Store::open(&url, &genesis_hash).await.unwrap();
    let websocket = Some(net.validator.ws_url().to_owned());
    let source = Source { websocket, ..Source::new(net.validator.rpc_url()) };
    let reading = Reading::over(source, store);
    let moments = Moments::default();
    let listening = tokio::spawn(listen(reading.live.listen(), moments.clone()));
    // It has read how the market was opened.
    let first = net.offers[0];
    when("the market", async || reading.store.offer(&first).await.unwrap().is_some()).await;
    reading.until("the subscription", |progress| progress.is_subscribed).await;

    let provider = ProviderRef::of(net.wallets.provider.pubkey());
    let sample = net.client.offer(&first).await.unwrap();
    let watcher = Client::new(net.validator.rpc_url());
    let mut lags = Vec::new();
    for id in 100..100 + OFFERS {
        let offer = address::offer(&provider.address, id);
        let create = [instruction::create_offer(provider, id, 8, sample.terms, sample.listing)];
        let seen = when("its account", async || watcher.find::<Offer>(&offer).await.unwrap().is_some());
        let sent = net.client.send(&create, &net.wallets.provider, &[]);
        let (confirmed, sent) = tokio::join!(seen, sent);
        sent.unwrap();
        let key = (offer.to_string(), "confirmed");
        let shown = when("being told", async || moments.lock().unwrap().contains_key(&key)).await;
        assert!(reading.store.offer(&offer).await.unwrap().is_some(), "it is told and not shown");
        let told = moments.lock().unwrap()[&key].min(shown);
        lags.push(told.saturating_duration_since(confirmed));
    }
    lags.sort_unstable();
    let p95 = lags[lags.len() * 95 / 100 - 1];
    let worst = lags[lags.len() - 1];
    eprintln!("shown after it was confirmed: p95 {} ms, at most {} ms", p95.as_millis(), worst.as_millis());
    assert!(p95 < Duration::from_secs(5), "{lags:?}");

    // In the end everything is finalized, told once, and as the chain has it.
    let last = (address::offer(&provider.address, 99 + OFFERS).to_string(), "finalized");
    when("the last one", async || moments.lock().unwrap().contains_key(&last)).await;
    let told = moments.lock().unwrap().clone();
    for id in 100..100 + OFFERS {
        let offer = address::offer(&provider.address, id).to_string();
        for commitment in ["confirmed", "finalized"] {
            assert!(
                told.contains_key(&(offer.clone(), commitment)),
                "{offer} was not told of as {commitment}"
            );
        }
    }
    let accounts = net.client.rpc().get_program_accounts(&gpu_lease::ID).await.unwrap();
    let on_chain: BTreeMap<Address, Vec<u8>> =
        accounts.into_iter().map(|(address, account)| (address, account.data)).collect();
    let entries = reading.store.entries().await.unwrap();
    let booked: BTreeMap<Address, Vec<u8>> =
        entries.iter().filter_map(|(address, entry)| Some((*address, entry.bytes()?))).collect();
    assert!(booked == on_chain, "the record is not what the chain is");
    assert_eq!(reading.store.ledger().await.unwrap().differences(), []);
    listening.abort();
    reading.end().await;
}
