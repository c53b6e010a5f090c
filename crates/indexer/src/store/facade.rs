//! What the rest of the indexer holds of the record.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use anyhow::{Context, Result};
use tokio::sync::Mutex;

use super::desk::by_key;
use super::open;
use super::row::Row;
use super::shelf::Shelf;
use super::shown::Shown;
use super::sql::{Connection, Kind, Place, Readers, Value};

/// Connections that read.
const READERS: u32 = 8;

/// How long a query may run.
const LIMIT: Duration = Duration::from_secs(2);

/// The record, and what is confirmed over it.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    genesis_hash: [u8; 32],
    place: Place,
    /// `None` after something went wrong on it, or somebody stopped waiting for it: then another one is made, and what was
    /// not committed is undone.
    writer: Mutex<Option<Connection>>,
    readers: Readers,
    shelf: RwLock<Shelf>,
    shown: RwLock<Arc<Shown>>,
    reached: RwLock<Reached>,
}

/// Up to where the chain was read, whether or not there was anything.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reached {
    /// Slot up to which everything that is finalized is in the record.
    pub slot: u64,
    /// The cluster's time then.
    pub time: i64,
}

/// Why a question has no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// `after` is not what a page named as `next`.
    #[error("`after` is not what a page of this list named as `next`")]
    After,
    /// The query ran for too long.
    #[error("that takes too long to find")]
    TooLong,
}

impl Store {
    /// Opens the record at `sqlite:PATH` or `postgres://…`, and brings its schema up to date. A record of another cluster
    /// or program is an error.
    pub async fn open(url: &str, genesis_hash: &[u8; 32]) -> Result<Self> {
        Self::open_within(url, genesis_hash, LIMIT).await
    }

    /// The same, where no query runs longer than `limit`.
    pub async fn open_within(url: &str, genesis_hash: &[u8; 32], limit: Duration) -> Result<Self> {
        let place = Place::read(url).context("the record is at `sqlite:PATH` or `postgres://…`")?;
        let mut connection = place.connect().await.context("the record does not open")?;
        open::migrate(&mut connection).await?;
        let record = open::identify(&mut connection, genesis_hash).await?;
        let shelf = Shelf::read(&mut connection).await?;
        let slot = record.slot.unwrap_or_default().max(open::reached(&mut connection).await?);
        let reached = Reached { slot, time: record.time };
        let readers = place.readers(READERS, limit);
        let inner = Inner {
            genesis_hash: *genesis_hash,
            place,
            writer: Mutex::new(Some(connection)),
            readers,
            shelf: RwLock::new(shelf),
            shown: RwLock::default(),
            reached: RwLock::new(reached),
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Ends it. What is done with it from then on fails.
    pub async fn close(&self) {
        self.inner.readers.close().await;
        drop(self.inner.writer.lock().await.take());
    }

    /// The cluster that it is of.
    pub(super) fn genesis_hash(&self) -> [u8; 32] {
        self.inner.genesis_hash
    }

    /// The connection that writes.
    pub(super) fn writer(&self) -> &Mutex<Option<Connection>> {
        &self.inner.writer
    }

    /// A new one.
    pub(super) async fn connect(&self) -> Result<Connection> {
        self.inner.place.connect().await.context("the record does not open")
    }

    /// The connections that read.
    pub(super) fn readers(&self) -> &Readers {
        &self.inner.readers
    }

    /// What is confirmed.
    pub(super) fn shown(&self) -> Arc<Shown> {
        self.inner.shown.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Shows this from now on.
    pub(super) fn replace_shown(&self, shown: Arc<Shown>) {
        *self.inner.shown.write().unwrap_or_else(PoisonError::into_inner) = shown;
    }

    /// Looks at the offers that stand.
    pub(super) fn with_shelf<T>(&self, look: impl FnOnce(&Shelf) -> T) -> T {
        look(&self.inner.shelf.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Changes them.
    pub(super) fn change_shelf<T>(&self, change: impl FnOnce(&mut Shelf) -> T) -> T {
        change(&mut self.inner.shelf.write().unwrap_or_else(PoisonError::into_inner))
    }

    /// Up to where the chain was read.
    pub fn reached(&self) -> Reached {
        *self.inner.reached.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// The chain was read up to there, and everything of it is applied.
    pub fn reach(&self, slot: u64, time: i64) {
        let mut reached = self.inner.reached.write().unwrap_or_else(PoisonError::into_inner);
        *reached = Reached { slot: reached.slot.max(slot), time: reached.time.max(time) };
    }

    /// Nothing of it is applied any more.
    pub(super) fn reach_nothing(&self) {
        *self.inner.reached.write().unwrap_or_else(PoisonError::into_inner) = Reached::default();
    }

    /// The rows of a query about what is finalized.
    pub(super) async fn fetch(
        &self,
        sql: String,
        values: Vec<Value>,
        kinds: &[Kind],
    ) -> Result<Vec<Vec<Value>>> {
        self.readers().fetch(sql, values, kinds).await.map_err(refused)
    }

    /// The row of that key, of what is finalized.
    pub(super) async fn find_finalized<R: Row>(&self, key: &[Value]) -> Result<Option<R>> {
        let rows = self.fetch(by_key(&R::TABLE), key.to_vec(), R::TABLE.kinds).await?;
        rows.into_iter().next().map(R::read).transpose()
    }

    /// The rows for which `condition` holds, of what is finalized.
    pub(super) async fn all_finalized<R: Row>(&self, condition: &str, values: Vec<Value>) -> Result<Vec<R>> {
        let sql = format!("{} {condition}", R::TABLE.select());
        self.fetch(sql, values, R::TABLE.kinds).await?.into_iter().map(R::read).collect()
    }
}

/// A query that was ended since it took too long says so.
fn refused(error: sqlx::Error) -> anyhow::Error {
    let code = error.as_database_error().and_then(|error| error.code()).map(|code| code.into_owned());
    match code.as_deref() {
        // SQLite's `interrupt`, PostgreSQL's `query_canceled`.
        Some("9" | "57014") => Refused::TooLong.into(),
        _ if matches!(error, sqlx::Error::PoolTimedOut) => Refused::TooLong.into(),
        _ => error.into(),
    }
}
