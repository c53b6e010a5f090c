//! What nodes do not keep.

use std::time::Duration;

use gpu_lease_client::address::PROGRAM;
use gpu_lease_indexer::ingest::Progress;
use gpu_lease_indexer::node::Source;
use gpu_lease_indexer::store::{Staged, Store};
use gpu_lease_tests::GENESIS_HASH;
use tempfile::tempdir;

use crate::chain;
use crate::node::{BLOCKS_LATER, Fault, TestNode};
use crate::reading::{Reading, require_ledger, require_same, source, sqlite, undisturbed};

/// Whether the reader cannot go on, for this reason.
fn says(what: &'static str) -> impl Fn(&Progress) -> bool {
    move |progress| progress.problem.as_ref().is_some_and(|problem| problem.contains(what))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_has_forgotten_the_beginning_is_refused_until_there_is_an_archive() {
    let chain = chain::short();
    let middle = chain.landed[chain.landed.len() / 2].slot;
    let all = chain.slots().len();
    let node = TestNode::start(chain, all, Fault::Nothing, 0, 1).await;
    node.forget(middle);
    let reading = Reading::start(source(&node.url)).await;
    reading.until("being refused", says("set `archive` to a node that keeps all of it")).await;
    assert_eq!(reading.store.cursor().await.unwrap(), None);
    reading.end().await;

    let archive = TestNode::start(chain, all, Fault::Nothing, 0, 2).await;
    let with_archive = Source { archive: Some(archive.url.clone()), ..source(&node.url) };
    let reading = Reading::start(with_archive).await;
    reading.until_done(&node, chain, "with an archive").await;
    require_ledger(&reading.store, chain, "with an archive").await;
    require_same(&reading.end().await, &undisturbed(chain).await, "with an archive");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_has_forgotten_what_was_read_goes_on_and_one_with_a_gap_is_refused() {
    let chain = chain::short();
    let rows = undisturbed(chain).await;
    let all = chain.slots().len();
    let node = TestNode::start(chain, all / 2, Fault::Nothing, 0, 0).await;
    node.set_pace(0);
    let reading = Reading::start(source(&node.url)).await;
    let half = chain.slots()[all / 2 - 1];
    reading.until("half of it", |progress| progress.recorded_slot >= half).await;

    // It keeps only what comes now.
    node.forget(half + 1);
    tokio::time::sleep(Duration::from_millis(50)).await;
    node.set_pace(5);
    reading.until_done(&node, chain, "what comes").await;
    require_same(&reading.end().await, &rows, "what comes");

    // Another has been away for longer than the node remembers.
    let node = TestNode::start(chain, all / 2, Fault::Nothing, 0, 0).await;
    node.set_pace(0);
    let reading = Reading::start(source(&node.url)).await;
    reading.until("half of it", |progress| progress.recorded_slot >= half).await;
    node.forget(chain.slots()[all * 3 / 4]);
    node.set_pace(all);
    reading.until("being refused", says("which is in the record")).await;
    node.forget(0);
    reading.until_done(&node, chain, "after the gap").await;
    require_same(&reading.end().await, &rows, "after the gap");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_left_out_is_made_good_only_where_nothing_is_lost_by_it() {
    let chain = chain::short();
    let all = chain.slots().len();
    let half = chain.slots()[all / 2 - 1];
    let folder = tempdir().unwrap();
    let url = sqlite(&folder);
    let node = TestNode::start(chain, all / 2, Fault::LeavesOut, usize::MAX, 0).await;
    node.set_pace(0);
    let reading = Reading::start_at(source(&node.url), &url).await;
    let before = reading.until("half of it", |progress| progress.recorded_slot >= half).await;
    assert_eq!(before.begun_again, 0);
    let cursor = reading.store.cursor().await.unwrap();

    // It shows them now, and has forgotten how everything began.
    node.forget(chain.slots()[all / 4]);
    node.be_honest();
    let refused = reading.until("being refused", says("is forgotten: set `archive`")).await;
    assert_eq!(refused.begun_again, 0);
    assert_eq!(reading.store.cursor().await.unwrap(), cursor);
    reading.end().await;

    node.set_pace(11);
    let archive = TestNode::start(chain, all, Fault::Nothing, 0, 2).await;
    let with_archive = Source { archive: Some(archive.url.clone()), ..source(&node.url) };
    let reading = Reading::start_at(with_archive, &url).await;
    let after = reading.until_done(&node, chain, "with an archive").await;
    assert!(after.begun_again > 0);
    require_ledger(&reading.store, chain, "with an archive").await;
    require_same(&reading.end().await, &undisturbed(chain).await, "with an archive");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_market_in_which_nothing_happened_has_no_gap() {
    let chain = chain::short();
    let folder = tempdir().unwrap();
    let url = sqlite(&folder);
    let node = TestNode::start(chain, chain.slots().len(), Fault::Nothing, 0, 0).await;
    let reading = Reading::start_at(source(&node.url), &url).await;
    reading.until_done(&node, chain, "everything").await;
    let reached = reading.store.reached().slot;
    assert!(reached > chain.end());
    // Its time is that of the newest block, not of the last transaction.
    assert_eq!(reading.store.reached().time, chain.times[&chain.end()] + BLOCKS_LATER);
    reading.end().await;

    // All of it is forgotten when the next one starts.
    node.forget(reached + 1);
    let store = Store::open(&url, &GENESIS_HASH).await.unwrap();
    assert_eq!(store.reached().slot, reached);
    let reading = Reading::over(source(&node.url), store);
    let looked = reading.until("some looks", |progress| progress.looks > 9).await;
    assert_eq!(looked.problem, None);
    reading.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_list_that_was_ended_is_gone_on_with_and_what_came_since_is_not_forgotten() {
    let chain = chain::short();
    let all = chain.slots().len();
    let node = TestNode::start(chain, all, Fault::Nothing, 0, 0).await;
    let folder = tempdir().unwrap();
    let url = sqlite(&folder);
    let store = Store::open(&url, &GENESIS_HASH).await.unwrap();
    // The process was killed when it had come from the middle to the first quarter.
    let listed = chain.slots()[all / 4]..chain.slots()[all / 2];
    let of_list = chain.landed.iter().filter(|it| listed.contains(&it.slot) && it.keys.contains(&PROGRAM));
    let staged = of_list.map(|it| Staged {
        signature: it.signature.parse().unwrap(),
        slot: it.slot,
        is_failed: it.is_failed,
    });
    store.stage(&staged.collect::<Vec<_>>()).await.unwrap();

    // It looks once.
    let source = Source { every: Duration::from_secs(3_600), ..source(&node.url) };
    let reading = Reading::over(source, store);
    reading.until("a look", |progress| progress.recorded_slot > chain.end()).await;
    require_ledger(&reading.store, chain, "after a look").await;
    require_same(&reading.end().await, &undisturbed(chain).await, "after a look");
}
