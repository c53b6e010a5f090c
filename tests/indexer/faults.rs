//! Whatever is wrong with a node, the record is the one that it would have been.

use std::time::Instant;

use strum::IntoEnumIterator;

use crate::chain;
use crate::node::{Fault, TestNode};
use crate::reading::{Reading, require_ledger, require_same, source, undisturbed};

/// Answers in which a node lies, in a run.
const LIES: usize = 40;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_is_wrong_with_a_node_the_record_is_the_same_row_by_row() {
    let chain = chain::short();
    let rows = undisturbed(chain).await;
    eprintln!("| the node | runs | record | refused | begun again | calls |");
    eprintln!("|---|---|---|---|---|---|");
    for fault in Fault::iter() {
        let since = Instant::now();
        let (mut refused, mut begun_again, mut calls) = (0, 0, 0);
        for seed in 0..2 {
            let what = format!("{fault}, {seed}");
            let node = TestNode::start(chain, chain.slots().len() / 3, fault, LIES, seed).await;
            let reading = Reading::start(source(&node.url)).await;
            let progress = reading.until_done(&node, chain, &what).await;
            require_ledger(&reading.store, chain, &what).await;
            require_same(&reading.end().await, &rows, &what);
            refused += progress.refused;
            begun_again += progress.begun_again;
            calls += progress.calls;
        }
        let seconds = since.elapsed().as_secs_f32();
        eprintln!("| {fault} | 2 | equal | {refused} | {begun_again} | {calls} | {seconds:.1} s");
    }
}
