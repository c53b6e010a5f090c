//! An indexer that reads a node, and what has to hold of its record.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use gpu_lease_indexer::book::Entry;
use gpu_lease_indexer::ingest::{self, Progress, Status};
use gpu_lease_indexer::live::Live;
use gpu_lease_indexer::node::Source;
use gpu_lease_indexer::store::{Store, Value};
use gpu_lease_tests::GENESIS_HASH;
use solana_address::Address;
use tempfile::TempDir;
use tokio::task::JoinHandle;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::chain::Chain;
use crate::node::{Fault, TestNode};

/// All rows of a record.
pub type Rows = BTreeMap<&'static str, Vec<Vec<Value>>>;

/// How long a reader may take.
const PATIENCE: Duration = Duration::from_secs(120);

/// A reader at work.
pub struct Reading {
    pub store: Store,
    pub live: Live,
    status: Arc<Status>,
    stop: CancellationToken,
    task: JoinHandle<anyhow::Result<()>>,
    _folder: Option<TempDir>,
}

/// Where a record in this folder is, in SQLite.
pub fn sqlite(folder: &TempDir) -> String {
    format!("sqlite:{}", folder.path().join("record.db").display())
}

/// How tests ask nodes: at once, and often.
pub fn source(url: &str) -> Source {
    let (every, compare_every) = (Duration::from_millis(3), Duration::from_millis(20));
    Source { every, compare_every, ..Source::new(url) }
}

impl Reading {
    /// Reads into a record of its own in SQLite.
    pub async fn start(source: Source) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = sqlite(&folder);
        Self { _folder: Some(folder), ..Self::start_at(source, &url).await }
    }

    /// Reads into the record at `url`.
    pub async fn start_at(source: Source, url: &str) -> Self {
        Self::over(source, Store::open(url, &GENESIS_HASH).await.unwrap())
    }

    /// Reads into this record.
    pub fn over(source: Source, store: Store) -> Self {
        let (live, status, stop) = (Live::default(), Arc::new(Status::default()), CancellationToken::new());
        let run = ingest::run(source, store.clone(), live.clone(), status.clone(), stop.clone());
        let task = tokio::spawn(run);
        Self { store, live, status, stop, task, _folder: None }
    }

    /// Waits until something holds of how far it has come.
    pub async fn until(&self, what: &str, holds: impl Fn(&Progress) -> bool) -> Progress {
        let since = Instant::now();
        loop {
            let progress = self.status.progress();
            if holds(&progress) {
                return progress;
            }
            assert!(!self.task.is_finished(), "{what}: the reader has ended");
            assert!(since.elapsed() < PATIENCE, "{what}: {progress:?}");
            sleep(Duration::from_millis(3)).await;
        }
    }

    /// Waits until everything that `node` shows is in the record and was compared with it.
    pub async fn until_done(&self, node: &TestNode, chain: &Chain, what: &str) -> Progress {
        let since = Instant::now();
        while !node.is_done() {
            assert!(since.elapsed() < PATIENCE, "{what}: {:?}", self.status.progress());
            sleep(Duration::from_millis(3)).await;
        }
        let end = chain.end();
        let is_same = async || {
            let entries = self.store.entries().await.unwrap();
            let booked: BTreeMap<Address, Vec<u8>> =
                entries.iter().filter_map(|(address, entry)| Some((*address, entry.bytes()?))).collect();
            let on_chain = chain.of_program(end).into_iter();
            booked == on_chain.map(|(address, account)| (address, account.data.clone())).collect()
        };
        loop {
            let progress = self.status.progress();
            let is_idle = progress.recorded_slot > end && progress.problem.is_none();
            if is_idle && progress.confirmed == 0 && is_same().await {
                // Once more, after it could have compared everything.
                let compared = progress.compared;
                let is_settled = |now: &Progress| {
                    now.compared >= compared + 120 && now.watched == 0 && now.problem.is_none()
                };
                return self.until(what, is_settled).await;
            }
            assert!(!self.task.is_finished(), "{what}: the reader has ended");
            assert!(since.elapsed() < PATIENCE, "{what}: {progress:?}");
            sleep(Duration::from_millis(5)).await;
        }
    }

    /// Ends it, and returns all rows.
    pub async fn end(self) -> Rows {
        self.stop.cancel();
        self.task.await.unwrap().unwrap();
        let rows = self.store.rows().await.unwrap();
        self.store.close().await;
        rows
    }
}

/// Requires the ledger to be what the chain holds.
pub async fn require_ledger(store: &Store, chain: &Chain, what: &str) {
    let ledger = store.ledger().await.unwrap();
    assert!(ledger.sums().values().all(|sum| *sum == 0), "{what}: {:?}", ledger.sums());
    assert_eq!(ledger.differences(), [], "{what}");
    let entries = store.entries().await.unwrap();
    let end = chain.end();
    for (address, entry) in entries {
        if let Entry::Vault(vault) = entry {
            let account = chain.account(&address, end).expect("a token account");
            let holds = u64::from_le_bytes(account.data[64..72].try_into().unwrap());
            assert_eq!(vault.balance, holds, "{what}: {address}");
        }
    }
}

/// Requires two records to be the same, row by row.
pub fn require_same(rows: &Rows, undisturbed: &Rows, what: &str) {
    for (table, expected) in undisturbed {
        let found = &rows[table];
        assert_eq!(found.len(), expected.len(), "{what}: rows of {table}");
        for (found, expected) in found.iter().zip(expected) {
            assert!(found == expected, "{what}: a row of {table}");
        }
    }
}

/// The record of `chain`, read from a node that is as it should be.
pub async fn undisturbed(chain: &'static Chain) -> Rows {
    let node = TestNode::start(chain, 1, Fault::Nothing, 0, 0).await;
    node.set_pace(usize::MAX / 2);
    let reading = Reading::start(source(&node.url)).await;
    reading.until_done(&node, chain, "undisturbed").await;
    require_ledger(&reading.store, chain, "undisturbed").await;
    reading.end().await
}
