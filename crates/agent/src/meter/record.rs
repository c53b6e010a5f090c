//! What was delivered of a lease, as far as it is at hand: its rows are on disk, and here are its newest ones and what all of
//! them come to.

use std::collections::{BTreeMap, VecDeque};
use std::ops::Range;

use gpu_lease_client::evidence::{Cause, Chain, MINUTE, Row, watt_hours};
use serde::{Deserialize, Serialize};
use solana_address::Address;

use super::timeline::Seconds;

/// Seconds of the past that stay at hand, whatever was stated about them: twice as long as a statement can land after the
/// end of a lease.
const RECENT: i64 = 2 * 3_600;

/// Rows that stay at hand at most, whatever was not stated about. The longest that a statement is waited for is a third of a
/// week, which has 3,360 minutes.
const MOST: usize = 4_096;

/// A moment about which a record has nothing to fix.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotSealed {
    /// It is not known yet what was delivered until then.
    #[error("the record does not reach {0}")]
    Unknown(i64),
    /// It is inside a row that is not at hand any more, or that a statement was made about.
    #[error("the record goes over {0} in a row that does not change any more")]
    Fixed(i64),
}

/// The record of a life of a lease.
///
/// Its rows follow on each other. The last one is open: it grows. A row ends at the latest with the minute of the cluster's
/// clock, and where it is [sealed](Self::seal); from the last seal on back, rows never change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// That of no row.
    first: Chain,
    /// How many rows are on disk only, and what they come to.
    past: u32,
    base: Chain,
    /// The closed rows after those, each with what all up to it come to. They are on disk, too, and read from there.
    #[serde(skip)]
    recent: VecDeque<(Row, Chain)>,
    /// How many of those have been written.
    #[serde(skip)]
    written: usize,
    open: Option<Row>,
    sealed: i64,
    /// Seconds of which there is nothing to say, and the others.
    plain: u64,
    by_cause: BTreeMap<Cause, u64>,
}

impl Record {
    /// That of a lease which was opened in this slot and started at `start`, unix seconds.
    pub fn new(lease: &Address, opened_slot: u64, start: i64) -> Self {
        let first = Chain::begin(lease, opened_slot, start);
        Self {
            base: first.clone(),
            first,
            past: 0,
            recent: VecDeque::new(),
            written: 0,
            open: None,
            sealed: start,
            plain: 0,
            by_cause: BTreeMap::new(),
        }
    }

    /// Takes the rows from disk that are at hand, from number [`past`](Self::past) on.
    pub fn with_rows(mut self, rows: Vec<Row>) -> Self {
        self.written = rows.len();
        rows.into_iter().for_each(|row| self.close(row));
        self
    }

    /// The number of the first row at hand.
    pub const fn past(&self) -> u32 {
        self.past
    }

    /// The rows from there on.
    pub fn at_hand(&self) -> impl Iterator<Item = &Row> {
        self.recent.iter().map(|(row, _)| row).chain(&self.open)
    }

    /// Closed rows that are not on disk yet, or not as they are now, with their numbers.
    pub fn unwritten(&self) -> impl Iterator<Item = (u32, &Row)> {
        let from = self.past.saturating_add(number(self.written));
        (from..).zip(self.recent.iter().skip(self.written).map(|(row, _)| row))
    }

    /// Says that all are on disk.
    pub fn written(&mut self) {
        let fixed = self.sealed.min(self.until() - RECENT);
        while let Some((row, chain)) = self.recent.front()
            && (row.to <= fixed || self.recent.len() > MOST)
        {
            (self.base, self.past) = (chain.clone(), self.past.saturating_add(1));
            self.recent.pop_front();
        }
        self.written = self.recent.len();
    }

    /// When the lease was started.
    pub const fn start(&self) -> i64 {
        self.first.until()
    }

    /// Until when it says what was delivered.
    pub fn until(&self) -> i64 {
        self.open.as_ref().map_or_else(|| self.closed_chain().until(), |row| row.to)
    }

    /// Seconds of which there is nothing to say: they were delivered.
    pub const fn plain(&self) -> u64 {
        self.plain
    }

    /// The other seconds.
    pub const fn by_cause(&self) -> &BTreeMap<Cause, u64> {
        &self.by_cause
    }

    /// GPU-seconds delivered before `until`.
    pub fn units(&self, until: i64) -> u64 {
        self.chain(until).units()
    }

    /// Watt-hours used before `until`.
    pub fn energy_wh(&self, until: i64) -> u64 {
        watt_hours(self.chain(until).energy())
    }

    /// The head of the rows before `until`, as it is if the record is sealed there.
    pub fn evidence(&self, until: i64) -> [u8; 32] {
        self.chain(until).head()
    }

    /// The first moment of which it is at hand what was delivered until then. Before that, figures are those of the start: none.
    pub const fn earliest(&self) -> i64 {
        self.base.until()
    }

    fn chain(&self, until: i64) -> Chain {
        if until < self.base.until() {
            return self.first.clone();
        }
        let closed = self.closed_before(until);
        let mut chain = match closed.checked_sub(1) {
            Some(last) => self.recent[last].1.clone(),
            None => self.base.clone(),
        };
        let next = self.recent.get(closed).map(|(row, _)| row).or(self.open.as_ref());
        if let (Some(part), _) = next.map_or((None, None), |row| row.clone().split(until)) {
            follow(&mut chain, &part);
        }
        chain
    }

    /// How many of the recent rows have ended by then.
    fn closed_before(&self, until: i64) -> usize {
        self.recent.partition_point(|(row, _)| row.to <= until)
    }

    fn closed_chain(&self) -> &Chain {
        self.recent.back().map_or(&self.base, |(_, chain)| chain)
    }

    /// Adds seconds, and says what that added. What it says already is not changed, and what is left out in between was not
    /// observed.
    pub fn add(&mut self, seconds: &Seconds, gpus: u32) -> Vec<Row> {
        let Range { start, end } = seconds.at;
        let until = self.until();
        if end <= until || end <= start {
            return Vec::new();
        }
        let missed = Row { from: until, to: start, gpus, cause: Some(Cause::Unobserved), energy: 0 };
        let observed = seconds.row(gpus).split(until).1;
        let added: Vec<Row> = (until < start).then_some(missed).into_iter().chain(observed).collect();
        for row in &added {
            *row.cause.map_or(&mut self.plain, |cause| self.by_cause.entry(cause).or_default()) +=
                row.seconds();
            let mut rest = Some(row.clone());
            while let Some(row) = rest {
                let minute = (row.from.div_euclid(MINUTE) + 1) * MINUTE;
                let (part, later) = row.split(minute);
                part.into_iter().for_each(|part| self.grow(part));
                rest = later;
            }
        }
        added
    }

    /// Adds what another record says: of the same life, which was started at another moment after all.
    pub fn take(&mut self, rows: &[Row]) {
        for Row { from, to, gpus, cause, energy } in rows.iter().cloned() {
            self.add(&Seconds { at: from..to, cause, energy }, gpus);
        }
    }

    /// Adds a row within a minute.
    fn grow(&mut self, row: Row) {
        match &mut self.open {
            Some(open) if (open.gpus, open.cause) == (row.gpus, row.cause) => {
                (open.to, open.energy) = (row.to, open.energy.saturating_add(row.energy));
            }
            _ => self.open.replace(row).into_iter().for_each(|row| self.close(row)),
        }
        if self.until().rem_euclid(MINUTE) == 0 {
            self.close_open();
        }
    }

    fn close_open(&mut self) {
        self.open.take().into_iter().for_each(|row| self.close(row));
    }

    fn close(&mut self, row: Row) {
        let mut chain = self.closed_chain().clone();
        follow(&mut chain, &row);
        self.recent.push_back((row, chain));
    }

    /// Fixes what it says until then: a statement is about to be made about it. A row that goes over that moment is cut there,
    /// as [`Row::split`] does.
    pub fn seal(&mut self, until: i64) -> Result<(), NotSealed> {
        if until > self.until() {
            return Err(NotSealed::Unknown(until));
        }
        if until < self.start() {
            return Err(NotSealed::Fixed(until));
        }
        // No row goes over a full minute.
        if until.rem_euclid(MINUTE) != 0 && until != self.start() {
            if until < self.base.until() {
                return Err(NotSealed::Fixed(until));
            }
            let closed = self.closed_before(until);
            let is_cut = self.recent.get(closed).is_some_and(|(row, _)| row.from < until);
            if is_cut && until < self.sealed {
                return Err(NotSealed::Fixed(until));
            }
            if is_cut {
                let rows = self.recent.split_off(closed);
                self.written = self.written.min(closed);
                for (row, _) in rows {
                    let (before, after) = row.split(until);
                    before.into_iter().chain(after).for_each(|row| self.close(row));
                }
            } else if let Some(open) = self.open.take() {
                let (before, after) = open.split(until);
                before.into_iter().for_each(|row| self.close(row));
                self.open = after;
            }
        }
        self.sealed = self.sealed.max(until);
        Ok(())
    }
}

/// Adds a row to those that it follows on.
fn follow(chain: &mut Chain, row: &Row) {
    chain.push(row).expect("rows follow on each other within minutes, and no card ever uses so much");
}

fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use gpu_lease_client::evidence::Replay;
    use proptest::prelude::*;

    const LEASE: Address = Address::new_from_array([7; 32]);

    fn seconds(at: Range<i64>, cause: Option<Cause>, energy: u64) -> Seconds {
        Seconds { at, cause, energy }
    }

    fn rows(record: &Record) -> Vec<Row> {
        record.at_hand().cloned().collect()
    }

    /// Units, watt-hours and head.
    type Figures = (u64, u64, [u8; 32]);

    /// The same as whoever gets the rows and not the record.
    fn replay(rows: &[Row], start: i64, until: i64) -> Figures {
        let chain = Replay::of(&LEASE, 5, start, rows, until).unwrap().chain;
        (chain.units(), watt_hours(chain.energy()), chain.head())
    }

    fn figures(record: &Record, until: i64) -> Figures {
        (record.units(until), record.energy_wh(until), record.evidence(until))
    }

    #[test]
    fn units_are_seconds_that_count_times_the_gpus_of_the_time() {
        let mut record = Record::new(&LEASE, 5, 100);
        record.add(&seconds(100..110, None, 0), 4);
        record.add(&seconds(110..120, Some(Cause::Engine), 0), 4);
        record.add(&seconds(120..125, Some(Cause::Ended), 0), 8);
        record.add(&seconds(125..130, None, 0), 8);
        for (until, units) in [(100, 0), (101, 4), (110, 40), (120, 40), (121, 48), (130, 120), (999, 120)] {
            assert_eq!(record.units(until), units, "{until}");
        }
        assert_eq!((record.plain(), record.by_cause()[&Cause::Ended]), (15, 5));
    }

    #[test]
    fn what_was_written_stays_and_what_was_missed_is_unobserved() {
        let mut record = Record::new(&LEASE, 5, 100);
        record.add(&seconds(90..105, None, 15), 1);
        record.add(&seconds(95..105, Some(Cause::Engine), 9), 1);
        record.add(&seconds(110..112, None, 2), 1);
        let rows: Vec<_> =
            rows(&record).iter().map(|row| (row.from, row.to, row.cause, row.energy)).collect();
        let missed = Some(Cause::Unobserved);
        assert_eq!(rows, [(100, 105, None, 5), (105, 110, missed, 0), (110, 112, None, 2)]);
    }

    #[test]
    fn a_row_ends_with_its_minute_and_at_a_seal_and_its_energy_is_shared_by_time() {
        let mut record = Record::new(&LEASE, 5, 100);
        record.add(&seconds(100..190, None, 91), 1);
        assert_eq!(record.seal(191), Err(NotSealed::Unknown(191)));
        record.seal(183).unwrap();
        record.add(&seconds(190..200, None, 10), 1);
        let cut: Vec<_> = rows(&record).iter().map(|row| (row.from, row.to, row.energy)).collect();
        assert_eq!(cut, [(100, 120, 20), (120, 180, 60), (180, 183, 3), (183, 200, 18)]);
        // What was stated about is fixed: it can be stated again where it was, and nowhere in between.
        assert_eq!(record.seal(131), Err(NotSealed::Fixed(131)));
        for until in [100, 120, 180, 183] {
            assert_eq!(record.seal(until), Ok(()), "{until}");
        }
        assert_eq!(record.seal(99), Err(NotSealed::Fixed(99)));
    }

    #[test]
    fn a_moment_that_was_passed_can_be_sealed_later_as_long_as_nothing_after_it_was_stated() {
        let mut record = Record::new(&LEASE, 5, 100);
        record.add(&seconds(100..400, None, 300), 1);
        let before = figures(&record, 130);
        record.seal(130).unwrap();
        assert_eq!(figures(&record, 130), before);
        let cut: Vec<_> = rows(&record).iter().map(|row| (row.from, row.to)).collect();
        assert_eq!(cut, [(100, 120), (120, 130), (130, 180), (180, 240), (240, 300), (300, 360), (360, 400)]);
        assert_eq!(replay(&rows(&record), 100, 400), figures(&record, 400));
    }

    #[test]
    fn a_start_that_came_again_keeps_what_was_measured_after_it() {
        let mut record = Record::new(&LEASE, 5, 100);
        record.add(&seconds(100..160, None, 60), 4);
        let mut again = Record::new(&LEASE, 5, 110);
        again.take(&rows(&record));
        assert_eq!((again.units(160), again.until()), (200, 160));
        assert_eq!(replay(&rows(&again), 110, 160), figures(&again, 160));
        assert_ne!(again.evidence(160), record.evidence(160));
        let mut later = Record::new(&LEASE, 5, 90);
        later.take(&rows(&record));
        assert_eq!((later.units(160), later.by_cause()[&Cause::Unobserved]), (240, 10));
    }

    /// The rows as they are on disk.
    fn write(record: &mut Record, disk: &mut Vec<Row>) {
        for (number, row) in record.unwritten() {
            let number = number as usize;
            assert!(number <= disk.len());
            disk.truncate(number);
            disk.push(row.clone());
        }
        record.written();
    }

    proptest! {
        /// What was stated about a moment never changes by what comes later, however it comes, and follows from the rows.
        #[test]
        fn what_was_signed_stays_true(
            parts in prop::collection::vec(
                (0i64..40, 1i64..1_500, 0usize..12, 1u32..9, 0u64..9_000_000, 0i64..200, 0u8..5),
                1..25,
            ),
        ) {
            let (mut record, mut disk) = (Record::new(&LEASE, 5, 7), Vec::new());
            let mut signed: Vec<(i64, Figures)> = Vec::new();
            for (skip, length, cause, gpus, energy, back, what) in parts {
                let from = record.until() + skip - 10;
                let cause = Cause::ALL.get(cause).map(|(cause, ..)| *cause);
                record.add(&seconds(from..from + length, cause, energy), gpus);
                let until = match what {
                    0 => record.until(),
                    1 => record.until() - record.until().rem_euclid(MINUTE),
                    _ => record.until() - back,
                };
                let before = figures(&record, until);
                if what < 4 && record.seal(until).is_ok() {
                    prop_assert_eq!(figures(&record, until), before);
                    signed.push((until, before));
                }
                write(&mut record, &mut disk);
                if what == 3 {
                    // The process ends, and begins again.
                    let kept: Record = serde_json::from_str(&serde_json::to_string(&record).unwrap()).unwrap();
                    let again = kept.with_rows(disk[record.past() as usize..].to_vec());
                    prop_assert_eq!(&again, &record);
                    record = again;
                }
            }
            let all: Vec<Row> = disk.iter().cloned().chain(record.open.clone()).collect();
            for (until, stated) in signed {
                prop_assert_eq!(replay(&all, 7, until), stated);
                prop_assert!(until < record.earliest() || figures(&record, until) == stated);
                prop_assert!(stated.0 <= 8 * until.abs_diff(7));
            }
            let seconds = record.plain() + record.by_cause().values().sum::<u64>();
            prop_assert_eq!(seconds, record.until().abs_diff(7));
        }
    }
}
