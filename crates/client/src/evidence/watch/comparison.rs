//! What a provider's record and a guard's say of the same seconds.

use serde::Serialize;
use solana_address::Address;

use super::file::WatchFile;
use super::stretch::Seen;
use crate::error::{Error, Result};
use crate::evidence::cause::Cause;
use crate::evidence::file::EvidenceFile;
use crate::json;
use crate::state::Lease;

/// Seconds of which the two sides say different things.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// Unix seconds of the cluster.
    pub from: i64,
    /// The first second after them.
    pub to: i64,
    /// GPUs that the lease had, by the provider.
    pub gpus: u32,
    /// What the provider says of them.
    pub cause: Option<Cause>,
    /// What the guard saw.
    pub seen: Seen,
    /// Whether the provider says that they were delivered, and the guard that they were not; otherwise it is the reverse.
    pub is_claimed: bool,
    /// GPU-seconds.
    pub units: u64,
}

/// What is claimed on chain, beside what both sides say up to the same moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Claimed {
    /// Until when it is claimed, unix seconds.
    pub window_end: i64,
    /// GPU-seconds that are accepted.
    pub accepted: u64,
    /// GPU-seconds that are claimed, or were when it was disputed.
    pub claimed: u64,
    /// GPU-seconds by the provider's record; `None` if that does not go so far.
    pub by_provider: Option<u64>,
    /// GPU-seconds that can have been delivered at most, by the guard's.
    pub bound: u64,
    /// Claimed, and more than that.
    pub excess: u64,
}

/// Two records of a life of a lease beside each other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct WatchComparison {
    /// The lease.
    #[serde(serialize_with = "json::display")]
    pub lease: Address,
    /// The slot in which it was opened.
    pub opened_slot: u64,
    /// Until when both go, unix seconds: so far they are compared.
    pub until: i64,
    /// GPU-seconds that were delivered until then, by the provider.
    pub by_provider: u64,
    /// GPU-seconds that can have been delivered at most, by the guard.
    pub bound: u64,
    /// Seconds of which the guard says nothing, since nobody looked: they count as delivered.
    pub unwatched: u64,
    /// Where they differ.
    pub differences: Vec<Difference>,
    /// GPU-seconds that only the provider says were delivered.
    pub only_provider: u64,
    /// GPU-seconds that only the guard would let count.
    pub only_guard: u64,
    /// What is on chain, if that is at hand and anything is claimed.
    pub on_chain: Option<Claimed>,
}

impl WatchComparison {
    /// Of a guard's record and a provider's, beside the lease on chain if it is at hand. It is an error if they are not about
    /// the same, or the rows are not a record.
    pub fn of(watch: &WatchFile, record: &EvidenceFile, lease: Option<&Lease>) -> Result<Self> {
        let lives =
            [(watch.lease, watch.opened_slot, watch.start), (record.lease, record.opened_slot, record.start)];
        let on_chain = lease.map(|lease| (lives[0].0, lease.opened_slot, lease.started_at));
        if lives[0] != lives[1] || on_chain.is_some_and(|life| life != lives[0]) {
            return Err(Error::input(
                "the records are not about the same life of a lease",
                "compare those whose lease, opened slot and start are the same",
            ));
        }
        let flawed = |flaw| {
            Error::input(format!("the provider's record cannot be replayed: {flaw}"), "ask for it again")
        };
        record.replay(record.until()).map_err(flawed)?;
        let until = watch.until().min(record.until());
        let mut differences: Vec<Difference> = Vec::new();
        let mut unwatched = 0;
        for stretch in &watch.stretches {
            if stretch.seen == Seen::Unwatched {
                unwatched += stretch.to.min(until).saturating_sub(stretch.from).max(0).unsigned_abs();
            }
            let first = record.rows.partition_point(|row| row.to <= stretch.from);
            for row in record.rows.iter().skip(first).take_while(|row| row.from < stretch.to) {
                let (from, to) = (row.from.max(stretch.from), row.to.min(stretch.to));
                if row.counts() == stretch.seen.counts() {
                    continue;
                }
                let units = u64::from(row.gpus).saturating_mul(from.abs_diff(to));
                let (seen, cause, gpus) = (stretch.seen, row.cause, row.gpus);
                match differences.last_mut() {
                    Some(last)
                        if last.to == from && (last.seen, last.cause, last.gpus) == (seen, cause, gpus) =>
                    {
                        last.to = to;
                        last.units = last.units.saturating_add(units);
                    }
                    _ => {
                        let is_claimed = row.counts();
                        differences.push(Difference { from, to, gpus, cause, seen, is_claimed, units });
                    }
                }
            }
        }
        let sum = |is_claimed| {
            let these = differences.iter().filter(|it| it.is_claimed == is_claimed);
            these.fold(0_u64, |sum, it| sum.saturating_add(it.units))
        };
        Ok(Self {
            lease: watch.lease,
            opened_slot: watch.opened_slot,
            until,
            by_provider: delivered(record, until),
            bound: watch.bound(until),
            unwatched,
            only_provider: sum(true),
            only_guard: sum(false),
            differences,
            on_chain: lease.and_then(|lease| Claimed::of(watch, record, lease)),
        })
    }
}

impl Claimed {
    fn of(watch: &WatchFile, record: &EvidenceFile, lease: &Lease) -> Option<Self> {
        let (meter, claimed) = (&lease.meter, lease.claimed());
        let bound = watch.bound(meter.window_end).min(meter.capacity(meter.window_end));
        (claimed > 0).then(|| Self {
            window_end: meter.window_end,
            accepted: meter.accepted,
            claimed,
            by_provider: (record.until() >= meter.window_end).then(|| delivered(record, meter.window_end)),
            bound,
            excess: claimed.saturating_sub(bound),
        })
    }
}

/// GPU-seconds by the rows up to `until`, which may be within one.
fn delivered(record: &EvidenceFile, until: i64) -> u64 {
    let parts = record.rows.iter().filter_map(|row| row.clone().split(until).0);
    parts.fold(0, |sum, row| sum.saturating_add(row.units()))
}
