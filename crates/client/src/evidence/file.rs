//! A record in a file, with what was signed about it: what an arbiter gets.

use serde::{Deserialize, Serialize};
use solana_address::Address;

use super::record::{Flaw, Replay, Row};
use super::statement::SignedStatement;
use crate::error::{Error, Result};
use crate::json::{self, Wide};

/// The version that is written, and the only one that is read.
const VERSION: u32 = 1;

/// Bytes of the longest file that is read: a year of a lease in which nothing happens has 50 MB.
pub const LONGEST_FILE: usize = 64 << 20;

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
        let malformed = |reason| Error::Malformed { kind: "evidence file", reason };
        if text.len() > LONGEST_FILE {
            return Err(malformed(format!("it is longer than {} MiB", LONGEST_FILE >> 20)));
        }
        let file: Self = serde_json::from_str(text).map_err(|error| malformed(error.to_string()))?;
        match file.version {
            VERSION => Ok(file),
            version => Err(Error::input(
                format!("the evidence file is of version {version}"),
                format!("use a client that knows it; this one reads version {VERSION}"),
            )),
        }
    }

    /// As it is written.
    pub fn text(&self) -> String {
        let mut text = json::of(self, Wide::Text).to_string();
        text.push('\n');
        text
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
