//! Rows of records on disk, and records of leases that are forgotten.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use gpu_lease_client::evidence::SignedStatement;
use gpu_lease_runtime::Life;
use serde::{Deserialize, Serialize};

use crate::meter::{Record, Row};
use crate::store::{Changes, Lists, Result, Store, Table};

const ROWS: Lists = Lists::new("rows");
const KEPT: Table = Table::new("kept");

/// For how long a record is kept after its lease is forgotten: until every dispute about it has long been decided.
const KEEPING: Duration = Duration::from_secs(400 * 24 * 3_600);

/// The record of a lease that is forgotten.
#[derive(Serialize, Deserialize)]
pub struct Kept {
    pub record: Record,
    /// What was stated about it last.
    pub stated: Option<SignedStatement>,
    /// Until when it is kept, unix seconds of this machine.
    pub until: u64,
}

impl Kept {
    /// From now on.
    pub fn now(record: Record, stated: Option<SignedStatement>) -> Self {
        Self { record, stated, until: now().saturating_add(KEEPING.as_secs()) }
    }
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}

/// Writes down what has changed of a record.
pub fn write(changes: &mut Changes, table: Table, life: &Life, record: &Record) -> Result<()> {
    record.unwritten().try_for_each(|(number, row)| changes.put(ROWS, life, number, row))?;
    changes.set(table, life, record)
}

/// A record that was read, with those of its rows that it has at hand.
pub fn with_rows(store: &Store, life: &Life, record: Record) -> Result<Record> {
    let rows = store.list(ROWS, life, record.past(), usize::MAX)?;
    Ok(record.with_rows(rows))
}

/// Rows of a record, from a number on and at most so many. Only those that never change are read from disk, so that it does
/// not matter what is written meanwhile.
pub fn rows(store: &Store, life: &Life, record: &Record, first: u32, limit: usize) -> Result<Vec<Row>> {
    let size = |count: u32| usize::try_from(count).unwrap_or(usize::MAX);
    let past = size(record.past().saturating_sub(first)).min(limit);
    let mut rows = if past > 0 { store.list(ROWS, life, first, past)? } else { Vec::new() };
    let at_hand = record.at_hand().skip(size(first.saturating_sub(record.past())));
    rows.extend(at_hand.take(limit - past).cloned());
    Ok(rows)
}

/// Keeps a record.
pub fn keep(changes: &mut Changes, life: &Life, kept: Kept) -> Result<()> {
    changes.set(KEPT, life, &kept)
}

/// One that is kept.
pub fn kept(store: &Store, life: &Life) -> Result<Option<Kept>> {
    let Some(kept) = store.get::<Kept>(KEPT, life)? else { return Ok(None) };
    Ok(Some(Kept { record: with_rows(store, life, kept.record)?, ..kept }))
}

/// Lives of which one is kept.
pub fn lives(store: &Store) -> Result<Vec<Life>> {
    Ok(store.all::<Kept>(KEPT)?.into_iter().map(|(life, _)| life).collect())
}

/// Removes all rows of a life.
pub fn forget(changes: &mut Changes, life: &Life) -> Result<()> {
    changes.clear(ROWS, life)?;
    changes.remove(KEPT, life)
}

/// Removes records that were kept long enough.
pub fn clean(store: &Store) -> Result<()> {
    clean_at(store, now())
}

pub(super) fn clean_at(store: &Store, now: u64) -> Result<()> {
    let mut old = store.all::<Kept>(KEPT)?;
    old.retain(|(_, kept)| kept.until <= now);
    match old.is_empty() {
        true => Ok(()),
        false => store.change(|changes| old.iter().try_for_each(|(life, _)| forget(changes, life))),
    }
}
