//! Whatever is wrong with a node, the record is the one that it would have been.

use std::time::Instant;

use gpu_lease_indexer::ingest::Progress;
use gpu_lease_indexer::node::Source;
use gpu_lease_tests::postgres::Postgres;
use strum::IntoEnumIterator;
use tempfile::tempdir;

use crate::chain;
use crate::node::{BLOCKS_LATER, Fault, TestNode};
use crate::reading::{Reading, require_ledger, require_same, source, sqlite, undisturbed};

/// Answers in which a node lies, in a run.
const LIES: usize = 40;

/// Answers that fail: after each it is waited.
const FAILURES: usize = 8;

/// Those that fail at once, whatever they are about.
const FAILS: [Fault; 6] =
    [Fault::Busy, Fault::Fails, Fault::CutsOff, Fault::Garbles, Fault::TooLong, Fault::OtherCall];

/// Those about what has been for long.
const OF_HISTORY: [Fault; 5] = [
    Fault::LeavesOut,
    Fault::SaysFailed,
    Fault::MovesBlocks,
    Fault::ForgetsTransactions,
    Fault::EmptiesCalls,
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_is_wrong_with_a_node_the_record_is_the_same_row_by_row() {
    let chain = chain::short();
    let rows = undisturbed(chain).await;
    eprintln!("| the node | record | asked again | refused | begun again | calls | time |");
    eprintln!("|---|---|---|---|---|---|---|");
    let postgres = Postgres::start();
    for (number, fault) in Fault::iter().enumerate() {
        // Each database has every other one.
        let (folder, database) = (tempdir().unwrap(), format!("record_{number}"));
        let url = match number % 2 {
            0 => sqlite(&folder),
            _ => postgres.database(&database),
        };
        let (what, since) = (fault.to_string(), Instant::now());
        let lies = if FAILS.contains(&fault) { FAILURES } else { LIES };
        let node = TestNode::start(chain, chain.slots().len() / 2, fault, lies, number as u64).await;
        let reading = Reading::start_at(source(&node.url), &url).await;
        let Progress { refused, begun_again, retried, .. } = reading.until_done(&node, chain, &what).await;
        require_ledger(&reading.store, chain, &what).await;
        assert!(reading.store.reached().time <= chain.times[&chain.end()] + BLOCKS_LATER, "{what}");
        require_same(&reading.end().await, &rows, &what);
        let (calls, seconds) = (node.calls(), since.elapsed().as_secs_f32());
        eprintln!("| {fault} | equal | {retried} | {refused} | {begun_again} | {calls} | {seconds:.1} s |");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_is_the_same_where_the_beginning_is_asked_of_an_archive() {
    let chain = chain::short();
    let rows = undisturbed(chain).await;
    let all = chain.slots().len();
    for (number, fault) in OF_HISTORY.into_iter().enumerate() {
        let what = format!("{fault}, and keeps only what is new");
        let node = TestNode::start(chain, all / 2, fault, LIES, number as u64).await;
        node.forget(chain.slots()[all / 3]);
        let archive = TestNode::start(chain, all, Fault::Nothing, 0, number as u64).await;
        let both = Source { archive: Some(archive.url.clone()), ..source(&node.url) };
        let reading = Reading::start(both).await;
        reading.until_done(&node, chain, &what).await;
        require_ledger(&reading.store, chain, &what).await;
        require_same(&reading.end().await, &rows, &what);
    }
}
