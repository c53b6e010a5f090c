//! Rows, and the chain of hashes over them.

use std::collections::BTreeMap;

use anchor_lang::hash::sha256;
use serde::{Deserialize, Serialize};
use solana_address::Address;

use super::cause::Cause;
use crate::json;

/// No row crosses a multiple of so many seconds of the cluster's clock: there statements can be made at any time.
pub const MINUTE: i64 = 60;

/// What the first hash of every record begins with.
const TAG: [u8; 16] = *b"GPULEASE-RECORD1";

/// Bytes of a row under its hash.
const ROW_BYTES: usize = 29;

/// Millijoules of a watt-hour.
const WATT_HOUR: u64 = 3_600_000;

/// Whole watt-hours of so many millijoules.
pub const fn watt_hours(millijoules: u64) -> u64 {
    millijoules / WATT_HOUR
}

/// Seconds of which all is the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// Unix seconds of the cluster.
    #[serde(deserialize_with = "json::integer")]
    pub from: i64,
    /// Where the next row begins.
    #[serde(deserialize_with = "json::integer")]
    pub to: i64,
    /// GPUs that the lease had.
    pub gpus: u32,
    /// What there is to say of them; `None` if nothing is.
    pub cause: Option<Cause>,
    /// Millijoules that the lease's cards used.
    #[serde(deserialize_with = "json::integer")]
    pub energy: u64,
}

impl Row {
    /// How long it is.
    pub const fn seconds(&self) -> u64 {
        self.from.abs_diff(self.to)
    }

    /// GPU-seconds, delivered or not.
    pub fn gpu_seconds(&self) -> u64 {
        u64::from(self.gpus).saturating_mul(self.seconds())
    }

    /// Whether its seconds were delivered.
    pub fn counts(&self) -> bool {
        self.cause.is_none_or(Cause::is_tenants)
    }

    /// GPU-seconds delivered.
    pub fn units(&self) -> u64 {
        if self.counts() { self.gpu_seconds() } else { 0 }
    }

    /// The parts of it before and from `at` on. Its energy is taken to be used evenly: the first part is rounded down, and
    /// the second has the rest.
    pub fn split(self, at: i64) -> (Option<Self>, Option<Self>) {
        if at <= self.from {
            return (None, Some(self));
        }
        if at >= self.to {
            return (Some(self), None);
        }
        let part = u128::from(self.energy) * u128::from(self.from.abs_diff(at)) / u128::from(self.seconds());
        let first = u64::try_from(part).unwrap_or(self.energy);
        let rest = Self { from: at, energy: self.energy - first, ..self };
        (Some(Self { to: at, energy: first, ..self }), Some(rest))
    }

    /// What its hash is over.
    fn bytes(&self) -> [u8; ROW_BYTES] {
        let mut bytes = [0; ROW_BYTES];
        let fields = [
            &self.from.to_le_bytes()[..],
            &self.to.to_le_bytes(),
            &self.gpus.to_le_bytes(),
            &[self.cause.map_or(0, Cause::number)],
            &self.energy.to_le_bytes(),
        ];
        for (byte, from) in bytes.iter_mut().zip(fields.concat()) {
            *byte = from;
        }
        bytes
    }
}

/// Why rows are not a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Flaw {
    /// It is about moments that a row before it is about.
    #[error("a row begins before the row in front of it has ended")]
    Overlap,
    /// Seconds between it and the row before are in none.
    #[error("a row begins later than the row in front of it has ended")]
    Gap,
    /// It is of no second.
    #[error("a row ends before it has begun, or at once")]
    Backwards,
    /// It goes on where a statement could be made.
    #[error("a row crosses a full minute")]
    CrossesMinute,
    /// More than can be counted.
    #[error("the units or the energy of the rows are more than can be counted")]
    Overflow,
    /// The window ends where no row does.
    #[error("the window ends inside a row")]
    InsideRow,
    /// The window ends where there is no record.
    #[error("the window does not end within the record")]
    Outside,
}

/// What the rows of a record up to a moment come to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chain {
    until: i64,
    head: [u8; 32],
    units: u64,
    energy: u64,
}

impl Chain {
    /// That of no row: of a lease that was opened in this slot and started at `start`, unix seconds.
    pub fn begin(lease: &Address, opened_slot: u64, start: i64) -> Self {
        let life = [&TAG[..], lease.as_ref(), &opened_slot.to_le_bytes(), &start.to_le_bytes()];
        Self { until: start, head: sha256(&life.concat()), units: 0, energy: 0 }
    }

    /// Adds the next row.
    pub fn push(&mut self, row: &Row) -> Result<(), Flaw> {
        if row.from < self.until {
            return Err(Flaw::Overlap);
        }
        if row.from > self.until {
            return Err(Flaw::Gap);
        }
        if row.to <= row.from {
            return Err(Flaw::Backwards);
        }
        if row.from.div_euclid(MINUTE) != (row.to - 1).div_euclid(MINUTE) {
            return Err(Flaw::CrossesMinute);
        }
        let units = self.units.checked_add(row.units()).ok_or(Flaw::Overflow)?;
        let energy = self.energy.checked_add(row.energy).ok_or(Flaw::Overflow)?;
        let head = sha256(&[&self.head[..], &row.bytes()].concat());
        *self = Self { until: row.to, head, units, energy };
        Ok(())
    }

    /// Until when.
    pub const fn until(&self) -> i64 {
        self.until
    }

    /// The hash of the last row, over those before it.
    pub const fn head(&self) -> [u8; 32] {
        self.head
    }

    /// GPU-seconds delivered.
    pub const fn units(&self) -> u64 {
        self.units
    }

    /// Millijoules used.
    pub const fn energy(&self) -> u64 {
        self.energy
    }
}

/// What a record says up to a moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replay {
    /// Its sums and its head.
    pub chain: Chain,
    /// Seconds of which there is nothing to say: they were delivered.
    pub plain: u64,
    /// The other seconds.
    pub by_cause: BTreeMap<Cause, u64>,
}

impl Replay {
    /// Of the rows of a lease that was opened in this slot and started at `start`, up to `window_end`. Later rows are read
    /// too: what is no record is none up to any moment.
    pub fn of(
        lease: &Address,
        opened_slot: u64,
        start: i64,
        rows: &[Row],
        window_end: i64,
    ) -> Result<Self, Flaw> {
        let mut replay =
            Self { chain: Chain::begin(lease, opened_slot, start), plain: 0, by_cause: BTreeMap::new() };
        let mut chain = replay.chain.clone();
        for row in rows {
            chain.push(row)?;
            if row.to <= window_end {
                replay.chain = chain.clone();
                *row.cause.map_or(&mut replay.plain, |cause| replay.by_cause.entry(cause).or_default()) +=
                    row.seconds();
            }
        }
        if window_end < start || window_end > chain.until {
            return Err(Flaw::Outside);
        }
        if replay.chain.until != window_end { Err(Flaw::InsideRow) } else { Ok(replay) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const LEASE: Address = Address::new_from_array([7; 32]);

    fn row(from: i64, to: i64) -> Row {
        Row { from, to, gpus: 2, cause: None, energy: 10 }
    }

    fn replay(rows: &[Row], window_end: i64) -> Result<Replay, Flaw> {
        Replay::of(&LEASE, 5, 30, rows, window_end)
    }

    #[test]
    fn what_counts_is_nobodys_doing_or_the_tenants() {
        let all = Cause::ALL.map(|(cause, ..)| Some(cause));
        for cause in all.into_iter().chain([None]) {
            let replay = replay(&[Row { cause, ..row(30, 60) }], 60).unwrap();
            let counts = matches!(cause, None | Some(Cause::Ended | Cause::Program));
            assert_eq!(replay.chain.units(), if counts { 60 } else { 0 }, "{cause:?}");
            assert_eq!(replay.plain + replay.by_cause.values().sum::<u64>(), 30);
        }
    }

    #[test]
    fn each_flaw_is_told_by_itself() {
        let good = [row(30, 60), row(60, 61), row(61, 120)];
        assert!(replay(&good, 120).is_ok());
        let with = |at: usize, row: Row| {
            let mut rows = good.clone();
            rows[at] = row;
            replay(&rows, 60).unwrap_err()
        };
        assert_eq!(with(0, row(29, 60)), Flaw::Overlap);
        assert_eq!(with(0, row(31, 60)), Flaw::Gap);
        assert_eq!(with(1, row(59, 61)), Flaw::Overlap);
        assert_eq!(with(2, row(62, 120)), Flaw::Gap);
        assert_eq!(with(1, row(60, 60)), Flaw::Backwards);
        assert_eq!(with(1, row(60, 59)), Flaw::Backwards);
        assert_eq!(with(0, row(30, 61)), Flaw::CrossesMinute);
        assert_eq!(with(2, row(61, 121)), Flaw::CrossesMinute);
        assert_eq!(with(2, Row { energy: u64::MAX, ..row(61, 120) }), Flaw::Overflow);
        assert_eq!(with(2, row(61, i64::MAX)), Flaw::CrossesMinute);
        assert_eq!(replay(&good, 29).unwrap_err(), Flaw::Outside);
        assert_eq!(replay(&good, 121).unwrap_err(), Flaw::Outside);
        assert_eq!(replay(&good, 59).unwrap_err(), Flaw::InsideRow);
        assert_eq!(replay(&good, 62).unwrap_err(), Flaw::InsideRow);
        assert_eq!(replay(&good, 30).unwrap().chain, Chain::begin(&LEASE, 5, 30));
    }

    #[test]
    fn every_field_of_every_row_and_of_the_life_changes_the_head() {
        let of = |rows: &[Row]| replay(rows, rows.last().unwrap().to).unwrap().chain.head();
        let life = |lease: Address, slot, start| Chain::begin(&lease, slot, start).head();
        let other = Address::new_from_array([8; 32]);
        let all = [
            life(LEASE, 5, 30),
            life(other, 5, 30),
            life(LEASE, 6, 30),
            life(LEASE, 5, 31),
            of(&[row(30, 60)]),
            of(&[row(30, 59)]),
            of(&[Row { gpus: 3, ..row(30, 60) }]),
            of(&[Row { energy: 11, ..row(30, 60) }]),
            of(&[Row { cause: Some(Cause::Unobserved), ..row(30, 60) }]),
            of(&[Row { cause: Some(Cause::Program), ..row(30, 60) }]),
            of(&[row(30, 45), row(45, 60)]),
        ];
        for (i, one) in all.iter().enumerate() {
            assert!(all[i + 1..].iter().all(|other| other != one), "{i}");
        }
    }

    proptest! {
        #[test]
        fn a_split_loses_neither_seconds_nor_energy(
            from in -100i64..100, length in 1i64..100, at in -150i64..250, energy in any::<u64>(),
        ) {
            let whole = Row { energy, ..row(from, from + length) };
            let (first, rest) = whole.clone().split(at);
            let parts: Vec<Row> = first.into_iter().chain(rest).collect();
            prop_assert_eq!(parts.iter().map(Row::seconds).sum::<u64>(), whole.seconds());
            prop_assert_eq!(parts.iter().map(|part| part.energy).sum::<u64>(), energy);
            prop_assert!(parts.iter().all(|part| part.from < part.to && (part.to <= at || part.from >= at)));
        }
    }
}
