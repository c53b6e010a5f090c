//! Says whether an indexer can work, and what to do if it cannot.

use std::collections::HashMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, bail, ensure};
use gpu_lease_client::address::PROGRAM;
use gpu_lease_client::decode;
use gpu_lease_service::finding::Finding;
use nix::sys::statvfs::statvfs;
use solana_address::{Address, address};
use solana_commitment_config::CommitmentLevel::Finalized;
use tokio::net::TcpListener;

use crate::config::Config;
use crate::node::answer::Answer;
use crate::node::{MOST_LISTED, Node, Shown, try_subscription};
use crate::store::Store;

/// The account in which the cluster keeps its clock.
const CLOCK: Address = address!("SysvarC1ock11111111111111111111111111111111");

/// How far the cluster's clock may be from this machine's, seconds: it is what its validators agree on.
const SKEW: u64 = 600;

/// What a year of a busy market takes, bytes.
const ROOM: u64 = 20 << 30;

/// Pages of signatures that are gone through on the way to the program's first transaction.
const PAGES: usize = 50;

/// Looks at everything.
pub async fn examine(config: &Config) -> Vec<Finding> {
    let mut findings = vec![Finding::of("configuration", settings(config))];
    match Node::new(&config.chain) {
        Ok(node) => {
            findings.push(Finding::of("node", keeps(&node).await));
            findings.push(history(&node, config).await);
            findings.push(Finding::of("clock", clock(&node).await));
            findings.push(Finding::of("store", store(&node, config).await));
        }
        Err(error) => findings.push(Finding::of("node", Err(error))),
    }
    findings.push(Finding::of("websocket", websocket(config).await));
    findings.push(ports(config).await);
    findings.push(disk(config));
    findings
}

fn settings(config: &Config) -> Result<String> {
    let faults = config.faults();
    ensure!(faults.is_empty(), "{}", faults.join("; "));
    let database = if config.store.url == "sqlite" { "SQLite" } else { "PostgreSQL" };
    Ok(format!("the record is in {database}, the API at {}", config.api.listen))
}

/// Whether it keeps of a transaction what is needed: what programs called, logs, token balances. Reading refuses the rest.
async fn keeps(node: &Node) -> Result<String> {
    let seen = node.slot(Finalized).await?;
    let page = node.signatures(&PROGRAM, None, MOST_LISTED, seen, Finalized).await?;
    let Some(newest) = page.listed.iter().find(|it| !it.is_failed) else {
        bail!("the node lists no transaction of the program {PROGRAM}: is it of the right cluster?");
    };
    let shown = node.transactions(&[*newest], HashMap::new(), Finalized).await?;
    ensure!(!shown.is_empty(), "the node does not show what it lists");
    Ok(format!("it shows all that is needed of {}", newest.signature))
}

/// Whether its history goes back to the program's first transaction.
async fn history(node: &Node, config: &Config) -> Finding {
    let advice = "name a node that keeps everything as `chain.archive`";
    match first(node).await {
        Ok(Some(shown)) if is_beginning(&shown) => Finding::ok(
            "history",
            format!("it goes back to the program's first transaction, {}", shown.listed.signature),
        ),
        Ok(Some(shown)) if config.chain.archive.is_none() => {
            let found =
                format!("it begins with {}, which is not the program's first", shown.listed.signature);
            Finding::failure("history", found, advice)
        }
        Ok(Some(shown)) => Finding::failure(
            "history",
            format!(
                "it begins with {} even on the archive, which is not the program's first",
                shown.listed.signature
            ),
            "name another archive",
        ),
        Ok(None) => Finding::warning(
            "history",
            format!(
                "it is longer than {} transactions, and was not gone through",
                PAGES.saturating_mul(MOST_LISTED)
            ),
            "reading will say whether it is whole",
        ),
        Err(error) => Finding::failure("history", format!("{error:#}"), advice),
    }
}

/// The first transaction of the program that succeeded; `None` if that is too far back.
async fn first(node: &Node) -> Result<Option<Shown>> {
    let seen = node.slot(Finalized).await?;
    let (mut before, mut oldest) = (None, None);
    for _ in 0..PAGES {
        let page = node.signatures(&PROGRAM, before.as_ref(), MOST_LISTED, seen, Finalized).await?;
        let mut of_page = page.listed.into_iter().filter(|it| !it.is_failed);
        oldest = of_page.next_back().or(oldest);
        if !page.is_last {
            before = page.last;
            continue;
        }
        let oldest = oldest.context("the node lists no transaction of the program")?;
        return Ok(node.transactions(&[oldest], HashMap::new(), Finalized).await?.into_iter().next());
    }
    Ok(None)
}

/// Whether nothing of the program can have been before it. Deploying one names it, and does not call it.
fn is_beginning(shown: &Shown) -> bool {
    let Answer::Succeeded(transaction) = &shown.answer else { return true };
    let mut called =
        transaction.calls.iter().filter_map(|call| decode::instruction(&call.instruction).ok()?);
    called.next().is_some_and(|first| first.name == "initialize")
}

async fn clock(node: &Node) -> Result<String> {
    let first = node.slot(Finalized).await?;
    tokio::time::sleep(Duration::from_secs(2)).await;
    let slots = node.slot(Finalized).await?.saturating_sub(first);
    ensure!(slots > 0, "the node is still at slot {first}: ask another one");
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
    let cluster = time(node).await?;
    let apart = i64::try_from(now)?.saturating_sub(cluster).unsigned_abs();
    ensure!(
        apart < SKEW,
        "the cluster's clock is {apart} s from this machine's: synchronize this one, or ask another node"
    );
    Ok(format!("the cluster's is {apart} s from this machine's"))
}

/// The cluster's time, of the account in which it keeps it: behind four other figures of 64 bits.
async fn time(node: &Node) -> Result<i64> {
    let seen = node.accounts(&[CLOCK]).await?;
    let account =
        seen.value.into_iter().next().flatten().context("the node does not show the cluster's clock")?;
    let time = account.data.get(32..40).and_then(|bytes| bytes.try_into().ok());
    Ok(i64::from_le_bytes(time.context("the node does not show the cluster's clock")?))
}

async fn store(node: &Node, config: &Config) -> Result<String> {
    if config.store.url == "sqlite" {
        std::fs::create_dir_all(&config.state)
            .with_context(|| format!("{} cannot be made; is it yours?", config.state.display()))?;
    }
    let genesis_hash = node.genesis_hash().await.context("the node does not say which cluster it is of")?;
    // It is written to: the schema is brought up to date.
    let store = Store::open(&config.database()?, &genesis_hash).await?;
    let reached = store.reached();
    store.close().await;
    Ok(format!("it can be written to, and goes up to slot {}", reached.slot))
}

async fn websocket(config: &Config) -> Result<String> {
    let Some(websocket) = &config.chain.websocket else {
        return Ok("none is configured: the node is looked at from time to time".to_owned());
    };
    try_subscription(websocket).await?;
    Ok("it takes a subscription".to_owned())
}

/// Whether the ports are free, or an indexer has them already.
async fn ports(config: &Config) -> Finding {
    let ports = [("api.listen", config.api.listen), ("monitoring", config.monitoring.listen)];
    let mut taken = Vec::new();
    for (name, address) in ports {
        if let Err(error) = TcpListener::bind(address).await {
            taken.push(format!("{name} at {address}: {error}"));
        }
    }
    match taken.is_empty() {
        true => Finding::ok("ports", "they are free"),
        false => {
            Finding::warning("ports", taken.join("; "), "unless an indexer runs here already, choose others")
        }
    }
}

fn disk(config: &Config) -> Finding {
    let free =
        statvfs(&config.state).map(|disk| disk.blocks_available().saturating_mul(disk.fragment_size()));
    match free {
        _ if config.store.url != "sqlite" => Finding::ok("disk", "the record is elsewhere"),
        Ok(free) if free < ROOM => Finding::warning(
            "disk",
            format!("{} GiB are free in {}", free >> 30, config.state.display()),
            "a busy market takes 20 GiB a year",
        ),
        Ok(free) => Finding::ok("disk", format!("{} GiB are free", free >> 30)),
        Err(error) => {
            Finding::failure("disk", format!("{}: {error}", config.state.display()), "make the folder")
        }
    }
}
