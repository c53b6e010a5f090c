//! A node that is silent, stands still, leaves out or lies leads to nothing.

use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use gpu_lease_client::account::ProgramAccount;
use gpu_lease_client::address;
use gpu_lease_client::outlook::Upkeep;
use gpu_lease_client::state::Lease;
use gpu_lease_keeper::book::{CHANGING, Subject};
use gpu_lease_keeper::plan::Outcome;
use gpu_lease_localnet::{Proxy, Request, Treatment};
use serde_json::{Value, json};
use solana_rpc_client_api::request::RpcRequest;
use solana_sdk_ids::sysvar;
use tokio::time::sleep;

use crate::market::{Market, until};

const KEEPING: &str = r#"
    delay = "0s"
    jitter = "0s"
"#;

/// Sets the clock that a node shows forward by so many seconds.
fn later(seconds: i64) -> Treatment {
    Treatment::PassAndChange(Box::new(move |answer: &mut Value| {
        let data = &mut answer["value"][0]["data"][0];
        let mut clock = BASE64_STANDARD.decode(data.as_str().unwrap()).unwrap();
        let time = i64::from_le_bytes(clock[32..40].try_into().unwrap()) + seconds;
        clock[32..40].copy_from_slice(&time.to_le_bytes());
        *data = json!(BASE64_STANDARD.encode(clock));
    }))
}

/// Whether a request is for the cluster's clock, of this commitment.
fn asks_for_clock(request: &Request, commitment: &str) -> bool {
    request.method == "getMultipleAccounts"
        && request.params[0] == json!([sysvar::clock::ID.to_string()])
        && request.params[1]["commitment"] == commitment
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_is_silent_or_lies_leads_to_nothing_and_costs_nothing() {
    let market = Market::new().await;
    let proxy = Proxy::start(market.net.validator.rpc_url()).await.unwrap();
    let (pending, running) = (market.rent(1).await, market.rent(2).await);
    market.start(&running).await;
    let keeper = market.keeper("lies", proxy.url(), KEEPING).await;
    let is_untouched = async || {
        let wallet = keeper.wallet();
        market.lamports(&wallet).await == crate::market::LAMPORTS
            && market.lease(&pending).await.is_some()
            && market.lease(&running).await.is_some_and(|lease| lease.gpus == 1)
    };

    // It answers nothing.
    proxy.script(|_| Treatment::Fail(502));
    assert!(keeper.look().await.is_err());
    assert_eq!((keeper.now(), keeper.pick()), (None, None));

    // All is well, and nothing due.
    proxy.script(|_| Treatment::Pass);
    keeper.look().await.unwrap();
    assert_eq!(keeper.book().len(), 2);
    assert_eq!(keeper.pick(), None);

    // It stands still, or falls silent. After three looks nobody knows the time.
    let slot = market.net.client.clock().await.unwrap().slot;
    proxy.script(move |request| match asks_for_clock(request, "confirmed") {
        true => Treatment::PassAndChange(Box::new(move |answer: &mut Value| {
            let data = &mut answer["value"][0]["data"][0];
            let mut clock = BASE64_STANDARD.decode(data.as_str().unwrap()).unwrap();
            clock[..8].copy_from_slice(&(slot - 100).to_le_bytes());
            *data = json!(BASE64_STANDARD.encode(clock));
        })),
        false => Treatment::Pass,
    });
    assert!(keeper.look().await.is_err());
    assert!(keeper.now().is_some());
    sleep(Duration::from_secs(7)).await;
    assert_eq!(keeper.now(), None);

    // It shows a later time. What is due by that is refused before it is sent.
    proxy.script(|request| match asks_for_clock(request, "confirmed") {
        true => later(3_000),
        false => Treatment::Pass,
    });
    keeper.look().await.unwrap();
    let mut outcomes = Vec::new();
    while let Some(errand) = keeper.pick() {
        outcomes.push((errand.what, keeper.act(&errand).await));
    }
    assert_eq!(outcomes.len(), 2, "{outcomes:?}");
    assert!(matches!(&outcomes[0].1, Outcome::Failed(why) if why.contains("NotRenter")), "{outcomes:?}");
    // That would have been taken, and nothing come of it.
    assert_eq!(outcomes[1], (Upkeep::ReleaseGpus, Outcome::WasDone));
    assert!(is_untouched().await);

    // It leaves all leases out: what was planned for them is forgotten.
    proxy.script(|request| match request.method.as_str() {
        "getProgramAccounts" => Treatment::Answer(json!([])),
        _ => Treatment::Pass,
    });
    keeper.look().await.unwrap();
    assert!(keeper.book().is_empty());
    assert_eq!(keeper.pick(), None);

    // What is due by what is confirmed and not by what is finalized is not expired; and if both lie, it is refused.
    let silent = market.rent_as(&market.net.wallets.renter, 3, 10 * 86_400).await;
    market.start(&silent).await;
    let rules = format!("{KEEPING}deeds = [\"expire_lease\"]");
    let expiry = market.keeper("expiry", proxy.url(), &rules).await;
    for commitments in [&["confirmed"][..], &["confirmed", "finalized"]] {
        proxy.script(|request| match commitments.iter().any(|it| asks_for_clock(request, it)) {
            true => later(3 * 86_400 + 400),
            false => Treatment::Pass,
        });
        until("a finalized lease", async || expiry.look().await.is_ok()).await;
        let errand = expiry.pick().unwrap();
        assert_eq!((errand.account, errand.what), (silent, Upkeep::ExpireLease));
        match (commitments.len(), expiry.act(&errand).await) {
            (1, Outcome::NotYet) => {}
            (2, Outcome::Failed(why)) if why.contains("HeartbeatNotMissed") => {}
            (_, outcome) => panic!("{outcome:?} with {commitments:?}"),
        }
        sleep(Duration::from_secs(6)).await;
    }
    assert!(market.lease(&silent).await.unwrap().ends_at > market.net.now().await.unwrap());
    assert_eq!(expiry.day().0, 0);
    assert_eq!(keeper.day().0, 0);
    assert!(is_untouched().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_node_says_was_not_taken_is_not_done_twice_and_counts_as_spent() {
    let market = Market::new().await;
    let proxy = Proxy::start(market.net.validator.rpc_url()).await.unwrap();
    let lease = market.rent(1).await;
    let keeper = market.keeper("lost", proxy.url(), KEEPING).await;
    market.net.validator.travel_to(market.net.now().await.unwrap() + 700).unwrap();
    // Answers are lost after the node has passed the transaction on.
    proxy.script(|request| match (request.method.as_str(), request.number) {
        ("sendTransaction", 0) => Treatment::PassAndDrop,
        ("getTransaction", _) => Treatment::Answer(Value::Null),
        _ => Treatment::Pass,
    });
    keeper.look().await.unwrap();
    let errand = keeper.pick().unwrap();
    assert_eq!(keeper.act(&errand).await, Outcome::Done);
    assert!(market.lease(&lease).await.is_none());
    keeper.look().await.ok();
    assert_eq!(keeper.pick(), None);
    assert_eq!(keeper.day().0, crate::market::LAMPORTS - market.lamports(&keeper.wallet()).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_look_takes_what_changes_of_leases_and_knows_them_whole() {
    let market = Market::new().await;
    let (client, first) = (&market.net.client, market.rent(1).await);
    market.rent(2).await;
    let keeper = market.keeper("looks", market.net.validator.rpc_url(), KEEPING).await;
    keeper.look().await.unwrap();
    market.start(&first).await;
    until("another look", async || keeper.look().await.is_ok()).await;
    let as_it_is = market.lease(&first).await.unwrap().account;
    let known = match keeper.book().subject(&first) {
        Some(Subject::Lease(lease)) => **lease,
        other => panic!("{other:?}"),
    };
    assert_eq!((known, known.started_at > 0), (as_it_is, true));

    let asked = async |slice: Value| {
        let filters = json!([{ "dataSize": Lease::SIZE }]);
        let config = json!({ "encoding": "base64", "filters": filters, "dataSlice": slice });
        let params = json!([address::PROGRAM.to_string(), config]);
        let answer: Value = client.rpc().send(RpcRequest::GetProgramAccounts, params).await.unwrap();
        answer.to_string().len() / 2
    };
    let whole = asked(Value::Null).await;
    let (offset, length) = (8 + CHANGING, Lease::SIZE - 8 - CHANGING);
    let changing = asked(json!({ "offset": offset, "length": length })).await;
    eprintln!("a lease takes {changing} bytes of an answer, and {whole} if it is read whole");
    assert!(3 * changing < 2 * whole);
}
