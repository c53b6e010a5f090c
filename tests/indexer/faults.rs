//! Whatever is wrong with a node, the record is the one that it would have been.

use std::time::Instant;

use strum::IntoEnumIterator;

use crate::chain;
use crate::node::{Fault, TestNode};
use crate::reading::{Reading, require_ledger, require_same, source, undisturbed};

/// Answers in which a node lies, in a run.
const LIES: usize = 40;

/// Answers that fail: after each it is waited.
const FAILURES: usize = 8;

/// Those that fail at once, whatever they are about.
const FAILS: [Fault; 6] =
    [Fault::Busy, Fault::Fails, Fault::CutsOff, Fault::Garbles, Fault::TooLong, Fault::OtherCall];

/// Runs of each fault.
const SEEDS: u64 = 1;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_is_wrong_with_a_node_the_record_is_the_same_row_by_row() {
    let chain = chain::short();
    let rows = undisturbed(chain).await;
    eprintln!("| the node | runs | record | refused | begun again | calls |");
    eprintln!("|---|---|---|---|---|---|");
    let only = std::env::var("FAULT").unwrap_or_default();
    for fault in Fault::iter().filter(|it| it.to_string().contains(&only)) {
        let since = Instant::now();
        let (mut refused, mut begun_again, mut calls) = (0, 0, 0);
        for seed in 0..SEEDS {
            let what = format!("{fault}, {seed}");
            let lies = if FAILS.contains(&fault) { FAILURES } else { LIES };
            let node = TestNode::start(chain, chain.slots().len() / 3, fault, lies, seed).await;
            let reading = Reading::start(source(&node.url)).await;
            let progress = reading.until_done(&node, chain, &what).await;
            require_ledger(&reading.store, chain, &what).await;
            require_same(&reading.end().await, &rows, &what);
            refused += progress.refused;
            begun_again += progress.begun_again;
            calls += progress.calls;
        }
        let seconds = since.elapsed().as_secs_f32();
        eprintln!("| {fault} | {SEEDS} | equal | {refused} | {begun_again} | {calls} | {seconds:.1} s");
    }
}
