//! A record in a file, with what was signed about it: what an arbiter gets.

use serde::{Deserialize, Serialize};
use solana_address::Address;

use super::record::{Flaw, Replay, Row};
use super::statement::SignedStatement;
use super::text;
use crate::error::Result;
use crate::json;

/// The version that is written, and the only one that is read.
const VERSION: u32 = 1;

/// What it is called, in words.
const KIND: &str = "evidence file";

/// The record of a life of a lease.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EvidenceFile {
    pub(super) version: u32,
    /// The lease.
    #[serde(serialize_with = "json::display", deserialize_with = "json::parsed")]
    pub lease: Address,
    /// The slot in which it was opened.
    #[serde(deserialize_with = "json::integer")]
    pub opened_slot: u64,
    /// When it was started, unix seconds.
    #[serde(deserialize_with = "json::integer")]
    pub start: i64,
    /// What was delivered.
    pub rows: Vec<Row>,
    /// What was signed about it, if that is known.
    pub statement: Option<SignedStatement>,
}

impl EvidenceFile {
    /// That of a lease.
    pub fn new(
        lease: Address,
        opened_slot: u64,
        start: i64,
        rows: Vec<Row>,
        statement: Option<SignedStatement>,
    ) -> Self {
        Self { version: VERSION, lease, opened_slot, start, rows, statement }
    }

    /// Reads what a stranger may have written. The signatures in it are verified, and the rows are not looked at yet.
    pub fn read(text: &str) -> Result<Self> {
        let file: Self = text::read(text, KIND)?;
        text::require_version(KIND, file.version, VERSION)?;
        Ok(file)
    }

    /// As it is written.
    pub fn text(&self) -> String {
        text::written(self)
    }

    /// Until when the record goes.
    pub fn until(&self) -> i64 {
        self.rows.last().map_or(self.start, |row| row.to)
    }

    /// What it says up to `window_end`.
    pub fn replay(&self, window_end: i64) -> std::result::Result<Replay, Flaw> {
        Replay::of(&self.lease, self.opened_slot, self.start, &self.rows, window_end)
    }
}
