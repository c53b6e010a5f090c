//! What is confirmed and not finalized yet: a record in memory of the rows that it changes.

use std::collections::HashSet;

use anyhow::Result;
use tokio::sync::Mutex;

use super::desk::{Desk, Key};
use super::row::Row;
use super::shelf::Shelf;
use super::sql::{Connection, Kind, Value};

/// What is confirmed.
#[derive(Default)]
pub struct Shown {
    /// `None` if nothing is.
    record: Option<Mutex<Connection>>,
    /// The rows that are otherwise than in the record, or gone.
    touched: HashSet<(&'static str, Key)>,
    /// The offers among them that stand.
    shelf: Shelf,
    /// Up to which slot.
    slot: u64,
}

impl Shown {
    /// Nothing, up to `slot`.
    pub fn nothing(slot: u64) -> Self {
        Self { slot, ..Self::default() }
    }

    /// What was written to `record` from `desk`.
    pub fn new(record: Connection, desk: &Desk, slot: u64) -> Result<Self> {
        let mut shelf = Shelf::default();
        shelf.take(desk)?;
        let touched = desk.changes().map(|(table, key)| (table, key.clone())).collect();
        Ok(Self { record: Some(Mutex::new(record)), touched, shelf, slot })
    }

    /// Up to which slot.
    pub const fn slot(&self) -> u64 {
        self.slot
    }

    /// The offers that it changes.
    pub const fn shelf(&self) -> &Shelf {
        &self.shelf
    }

    /// Whether that row is otherwise than in the record.
    pub fn touches<R: Row>(&self, key: &[Value]) -> bool {
        !self.touched.is_empty() && self.touched.contains(&(R::TABLE.name, key.to_vec()))
    }

    /// How many rows of a table are otherwise.
    pub fn count<R: Row>(&self) -> usize {
        self.touched.iter().filter(|(table, _)| *table == R::TABLE.name).count()
    }

    /// The rows of a query.
    pub async fn fetch(&self, sql: String, values: Vec<Value>, kinds: &[Kind]) -> Result<Vec<Vec<Value>>> {
        match &self.record {
            Some(record) => Ok(record.lock().await.fetch(sql, values, kinds).await?),
            None => Ok(Vec::new()),
        }
    }
}
