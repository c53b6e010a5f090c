//! What was delivered of a lease, second by second: rows that follow on each other from its start on.

use std::ops::Range;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::timeline::Seconds;
use gpu_lease_client::evidence::Cause;

/// Seconds of which all is the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// Unix seconds of the cluster.
    pub from: i64,
    /// Where the next row begins.
    pub to: i64,
    /// GPUs that the lease had.
    pub gpus: u32,
    /// Why they do not count; `None` if they do.
    pub cause: Option<Cause>,
}

impl Row {
    /// GPU-seconds, delivered or not.
    pub fn gpu_seconds(&self) -> u64 {
        u64::from(self.gpus) * self.from.abs_diff(self.to)
    }

    /// GPU-seconds delivered.
    fn units(&self) -> u64 {
        if self.cause.is_none_or(Cause::is_tenants) { self.gpu_seconds() } else { 0 }
    }

    /// The part of it that is before `until`.
    fn before(&self, until: i64) -> Option<Self> {
        (self.from < until).then(|| Self { to: self.to.min(until), ..self.clone() })
    }

    /// What its hash is over.
    fn bytes(&self) -> [u8; 21] {
        let mut bytes = [0; 21];
        bytes[..8].copy_from_slice(&self.from.to_le_bytes());
        bytes[8..16].copy_from_slice(&self.to.to_le_bytes());
        bytes[16..20].copy_from_slice(&self.gpus.to_le_bytes());
        bytes[20] = self.cause.map_or(0, |cause| 1 + cause as u8);
        bytes
    }
}

/// The rows of a lease.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    start: i64,
    rows: Vec<Row>,
}

impl Record {
    /// That of a lease which was started at `start`, unix seconds.
    pub const fn new(start: i64) -> Self {
        Self { start, rows: Vec::new() }
    }

    /// When the lease was started.
    pub const fn start(&self) -> i64 {
        self.start
    }

    /// The same for a lease that was started at another moment after all: its start was undone, and it started again.
    pub fn restarted(self, start: i64) -> Self {
        let mut record = Self::new(start);
        for Row { from, to, gpus, cause } in self.rows {
            record.add(&Seconds { at: from..to, cause }, gpus);
        }
        record
    }

    /// Until when it says what was delivered.
    pub fn until(&self) -> i64 {
        self.rows.last().map_or(self.start, |row| row.to)
    }

    /// Its rows.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// Adds seconds, and says what that added. What it says already is not changed, and what is left out in between was not
    /// observed.
    pub fn add(&mut self, seconds: &Seconds, gpus: u32) -> Vec<Row> {
        let Range { start, end } = seconds.at;
        let until = self.until();
        let mut added = Vec::new();
        if start > until {
            added.push(Row { from: until, to: start.min(end), gpus, cause: Some(Cause::Unobserved) });
        }
        let from = start.max(until);
        if from < end {
            added.push(Row { from, to: end, gpus, cause: seconds.cause });
        }
        added.iter().for_each(|row| self.push(row.clone()));
        added
    }

    fn push(&mut self, row: Row) {
        match self.rows.last_mut() {
            Some(last) if (last.gpus, last.cause) == (row.gpus, row.cause) => last.to = row.to,
            _ => self.rows.push(row),
        }
    }

    /// GPU-seconds delivered before `until`.
    pub fn units(&self, until: i64) -> u64 {
        self.rows.iter().map_while(|row| row.before(until)).map(|row| row.units()).sum()
    }

    /// sha256 over the rows before `until`, each chained to those before it. It begins with the start of the lease.
    pub fn evidence(&self, until: i64) -> [u8; 32] {
        let first = Sha256::digest(self.start.to_le_bytes()).into();
        self.rows.iter().map_while(|row| row.before(until)).fold(first, |head: [u8; 32], row| {
            Sha256::new().chain_update(head).chain_update(row.bytes()).finalize().into()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn seconds(at: Range<i64>, cause: Option<Cause>) -> Seconds {
        Seconds { at, cause }
    }

    #[test]
    fn units_are_seconds_that_count_times_the_gpus_of_the_time() {
        let mut record = Record::new(100);
        record.add(&seconds(100..110, None), 4);
        record.add(&seconds(110..120, Some(Cause::Engine)), 4);
        record.add(&seconds(120..130, None), 8);
        for (until, units) in [(100, 0), (101, 4), (110, 40), (120, 40), (121, 48), (130, 120), (999, 120)] {
            assert_eq!(record.units(until), units, "{until}");
        }
    }

    #[test]
    fn what_was_written_stays_and_what_was_missed_is_unobserved() {
        let mut record = Record::new(100);
        record.add(&seconds(90..105, None), 1);
        record.add(&seconds(95..105, Some(Cause::Engine)), 1);
        record.add(&seconds(110..112, None), 1);
        let causes: Vec<_> = record.rows().iter().map(|row| (row.from, row.to, row.cause)).collect();
        assert_eq!(causes, [(100, 105, None), (105, 110, Some(Cause::Unobserved)), (110, 112, None)]);
    }

    #[test]
    fn evidence_changes_with_every_field_of_every_row() {
        let of = |rows: &[(Range<i64>, Option<Cause>, u32)]| {
            let mut record = Record::new(100);
            rows.iter().for_each(|(at, cause, gpus)| drop(record.add(&seconds(at.clone(), *cause), *gpus)));
            record.evidence(i64::MAX)
        };
        let all = [
            of(&[]),
            of(&[(100..110, None, 1)]),
            of(&[(100..111, None, 1)]),
            of(&[(100..110, None, 2)]),
            of(&[(100..110, Some(Cause::Unobserved), 1)]),
            of(&[(100..110, Some(Cause::Engine), 1)]),
            Record::new(101).evidence(i64::MAX),
        ];
        for (i, one) in all.iter().enumerate() {
            assert!(all[i + 1..].iter().all(|other| other != one), "{i}");
        }
    }

    proptest! {
        /// What is said about a moment never changes by what comes later, however it comes.
        #[test]
        fn what_was_signed_stays_true(
            parts in prop::collection::vec((0i64..40, 1i64..40, any::<bool>(), 1u32..9), 1..40),
            until in 0i64..400,
        ) {
            let mut record = Record::new(0);
            let mut signed: Option<(u64, [u8; 32])> = None;
            for (skip, length, counts, gpus) in parts {
                let from = (record.until() + skip - 10).max(0);
                record.add(&seconds(from..from + length, (!counts).then_some(Cause::Network)), gpus);
                if record.until() >= until {
                    let now = (record.units(until), record.evidence(until));
                    prop_assert_eq!(*signed.get_or_insert(now), now);
                    prop_assert!(now.0 <= 8 * until.unsigned_abs());
                }
            }
            for pair in record.rows().windows(2) {
                prop_assert_eq!(pair[0].to, pair[1].from);
            }
        }
    }
}
