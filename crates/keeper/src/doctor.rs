//! Says whether a keeper can work, and what to do if it cannot.

use std::time::{Duration, SystemTime};

use anyhow::{Result, ensure};
use gpu_lease_client::state::Lease;
use gpu_lease_client::token_account;
use gpu_lease_service::finding::Finding;
use solana_signer::Signer;

use crate::book::CHANGING;
use crate::config::Config;
use crate::node::{Node, try_subscription};
use crate::plan::rent;

/// How far the cluster's clock may be from this machine's, seconds: it is what its validators agree on.
const SKEW: i64 = 600;

/// Looks at everything.
pub async fn examine(config: &Config) -> Vec<Finding> {
    let node = Node::new(&config.chain);
    vec![
        Finding::of("configuration", settings(config)),
        Finding::of("node", program(&node).await),
        Finding::of("clock", clock(&node).await),
        Finding::of("websocket", websocket(config).await),
        Finding::of("wallet", wallet(config, &node).await),
    ]
}

fn settings(config: &Config) -> Result<String> {
    let faults = config.faults();
    ensure!(faults.is_empty(), "{}", faults.join("; "));
    let keeping = &config.keeping;
    let created = rent(token_account::SIZE);
    ensure!(
        !keeping.create_accounts || keeping.lamports_a_day > created,
        "`create_accounts` is on, and a token account costs {created} lamports, more than `lamports_a_day` allows: \
         raise it"
    );
    Ok(format!("{} kinds of deeds, {} lamports a day", keeping.deeds.len(), keeping.lamports_a_day))
}

async fn program(node: &Node) -> Result<String> {
    let domain = node.client.protocol().await?.domain;
    node.client.require_domain(&domain).await?;
    let leases = node.client.list_from::<Lease>(CHANGING).await?;
    Ok(format!("it shows the program and its {} leases", leases.len()))
}

async fn clock(node: &Node) -> Result<String> {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?.as_secs();
    let first = node.clock().await?;
    let ahead = first.time.saturating_sub(i64::try_from(now)?);
    ensure!(
        ahead.abs() < SKEW,
        "the cluster's clock is {ahead} s ahead of this machine's: synchronize this one, or ask another node"
    );
    tokio::time::sleep(Duration::from_secs(2)).await;
    let slots = node.clock().await?.slot.saturating_sub(first.slot);
    ensure!(slots > 0, "the node is still at slot {}: ask another one", first.slot);
    Ok(format!("the cluster's is {ahead} s ahead of this machine's"))
}

async fn websocket(config: &Config) -> Result<String> {
    let Some(websocket) = &config.chain.websocket else {
        return Ok("none is configured: everything is looked at from time to time".to_owned());
    };
    try_subscription(websocket).await?;
    Ok("it takes a subscription".to_owned())
}

async fn wallet(config: &Config, node: &Node) -> Result<String> {
    let wallet = config.wallet()?.pubkey();
    let lamports = node.client.lamports(&wallet).await?;
    ensure!(lamports > 0, "{wallet} has no SOL: send it some");
    let days = lamports / config.keeping.lamports_a_day.max(1);
    Ok(format!("{wallet} holds {lamports} lamports, for {days} days at least"))
}
