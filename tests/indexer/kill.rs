//! Whenever the process is killed, the record is the one that it would have been.

use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tempfile::tempdir;
use tokio::time::sleep;

use crate::chain;
use crate::node::{Fault, TestNode};
use crate::reading::{Reading, require_ledger, require_same, source, undisturbed};

/// Times that the process is killed.
const KILLS: u64 = 12;

/// What tells the process below what to read, and where to.
const NODE: &str = "GPU_LEASE_TEST_NODE";
const RECORD: &str = "GPU_LEASE_TEST_RECORD";

/// The process that is killed.
#[tokio::test]
#[ignore = "started by the test below"]
async fn reads_until_it_is_killed() {
    let [node, record] = [NODE, RECORD].map(|name| std::env::var(name).expect("started by the test below"));
    let reading = Reading::start_at(source(&node), &record).await;
    reading.until("being killed", |_| false).await;
}

fn start(node: &str, record: &str) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "kill::reads_until_it_is_killed", "--ignored"])
        .env(NODE, node)
        .env(RECORD, record)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whenever_it_is_killed_it_goes_on_where_it_was() {
    let chain = chain::long();
    let rows = undisturbed(chain).await;
    let folder = tempdir().unwrap();
    let record = format!("sqlite:{}", folder.path().join("record.db").display());
    let node = TestNode::start(chain, chain.slots().len() * 4 / 5, Fault::Nothing, 0, 1).await;
    let mut grown = Vec::new();
    for kill in 0..KILLS {
        node.set_pace((kill % 3) as usize);
        let mut reader = start(&node.url, &record);
        // Anywhere: while it starts, lists, stages, applies.
        sleep(Duration::from_millis(60 + kill * 37 % 331)).await;
        reader.kill().unwrap();
        reader.wait().unwrap();
        grown.push(std::fs::metadata(folder.path().join("record.db")).map_or(0, |file| file.len()));
    }
    node.set_pace(50);
    let reading = Reading::start_at(source(&node.url), &record).await;
    reading.until_done(&node, chain, "after all kills").await;
    require_ledger(&reading.store, chain, "after all kills").await;
    require_same(&reading.end().await, &rows, "after all kills");
    eprintln!("bytes of the record after each kill: {grown:?}");
}
