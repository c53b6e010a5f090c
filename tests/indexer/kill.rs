//! Whenever the process is killed, the record is the one that it would have been.

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use gpu_lease_indexer::store::Store;
use gpu_lease_tests::GENESIS_HASH;
use gpu_lease_tests::postgres::Postgres;
use tempfile::tempdir;
use tokio::time::sleep;

use crate::chain;
use crate::node::{Fault, TestNode};
use crate::reading::{Reading, require_ledger, require_same, source, sqlite, undisturbed};

/// Times that the process is killed, with each database.
const KILLS: u64 = 6;

/// How long a process may take to begin.
const SOON: Duration = Duration::from_secs(20);

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
    let postgres = Postgres::start();
    let file = sqlite(&folder);
    for (record, what) in [(file, "SQLite"), (postgres.database("record"), "PostgreSQL")] {
        let node = TestNode::start(chain, chain.slots().len() * 4 / 5, Fault::Nothing, 0, 1).await;
        let mut grown = Vec::new();
        for kill in 0..KILLS {
            node.set_pace((kill % 3) as usize);
            let mut reader = start(&node.url, &record);
            // Anywhere: while it lists, stages, asks, applies.
            let calls = node.calls() + 1 + (kill * 229 % 900) as usize;
            let since = Instant::now();
            while node.calls() < calls && since.elapsed() < SOON {
                sleep(Duration::from_millis(1)).await;
            }
            reader.kill().unwrap();
            reader.wait().unwrap();
            let store = Store::open(&record, &GENESIS_HASH).await.unwrap();
            grown.push(store.progress().await.unwrap().transactions.0);
            store.close().await;
        }
        assert!(grown.is_sorted(), "{grown:?}");
        assert!(grown.iter().any(|it| (1..1_000).contains(it)), "{grown:?}");
        node.set_pace(50);
        let reading = Reading::start_at(source(&node.url), &record).await;
        reading.until_done(&node, chain, what).await;
        require_ledger(&reading.store, chain, what).await;
        require_same(&reading.end().await, &rows, what);
        eprintln!("{what}: transactions of the record after each kill: {grown:?}");
    }
}
