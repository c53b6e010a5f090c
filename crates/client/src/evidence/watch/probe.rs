//! Probes, and the stretches that follow from them.

use serde::{Deserialize, Serialize};
use solana_address::Address;

use super::stretch::{Seen, Segment, Stretch, first_head, gpu_seconds, next_head};
use crate::evidence::tree::Hash;
use crate::json;
use crate::state::Meter;

/// Seconds between two probes after which nobody is taken to have looked meanwhile. With a probe a minute on average, one gap
/// in twenty thousand is as long.
pub const LONGEST_GAP: u64 = 600;

/// How a probe went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ProbeOutcome {
    /// The machine answered, with the cards that were accepted.
    Reached,
    /// It did not.
    Failed,
    /// It answered, with other cards.
    OtherCards,
}

/// A sign of life that was asked of a lease's machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Probe {
    /// Unix seconds of the cluster.
    #[serde(deserialize_with = "json::integer")]
    pub at: i64,
    /// How it went.
    pub outcome: ProbeOutcome,
    /// `false` if it failed while the guard itself was cut off: that says nothing of the machine.
    pub trusted: bool,
}

/// What the newest probe leaves open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Newest {
    /// There was none yet, or the guard was cut off.
    Nothing,
    Reached,
    Failed,
    OtherCards,
    /// It failed, and before it the cards were others.
    FailedAfterOtherCards,
}

/// The watch record of a life of a lease, as it grows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Watch {
    /// The lease.
    #[serde(serialize_with = "json::display", deserialize_with = "json::parsed")]
    pub lease: Address,
    /// The slot in which it was opened.
    pub opened_slot: u64,
    /// When it was started, unix seconds.
    pub start: i64,
    segments: Vec<Segment>,
    sealed: Vec<Stretch>,
    head: Hash,
    open: Stretch,
    newest: Newest,
}

impl Watch {
    /// That of a lease that was opened in this slot and started at `start`, unix seconds. Nobody has looked yet, and how many
    /// GPUs it has is [observed](Self::observe) first.
    pub fn begin(lease: Address, opened_slot: u64, start: i64) -> Self {
        Self {
            lease,
            opened_slot,
            start,
            segments: Vec::new(),
            sealed: Vec::new(),
            head: first_head(&lease, opened_slot, start),
            open: Stretch { from: start, to: start, seen: Seen::Unwatched },
            newest: Newest::Nothing,
        }
    }

    /// Takes in how many GPUs the lease has, as the chain shows it.
    pub fn observe(&mut self, meter: &Meter) {
        let Meter { segment_start: from, gpus, previous_gpus, .. } = *meter;
        self.segments.retain(|segment| segment.from < from);
        let before = match self.segments.last() {
            None if from > self.start => Some(self.start),
            // A segment came and went unseen: since when is not known, but not before the newest probe.
            Some(last) if last.gpus != previous_gpus => Some(self.open.to.max(last.from.saturating_add(1))),
            _ => None,
        };
        if let Some(begin) = before.filter(|begin| *begin < from) {
            self.segments.push(Segment { from: begin, gpus: previous_gpus });
        }
        self.segments.push(Segment { from, gpus });
    }

    /// Takes a probe in. One that is older than the newest says nothing new.
    pub fn probe(&mut self, probe: &Probe) {
        let Probe { at, outcome, trusted } = *probe;
        if at < self.open.to {
            return;
        }
        let is_own = outcome == ProbeOutcome::Failed && !trusted;
        let is_apart = at.abs_diff(self.open.to) > LONGEST_GAP;
        let before = if is_apart { Newest::Nothing } else { self.newest };
        let seen = match (before, outcome) {
            _ if is_own => Seen::Unwatched,
            (Newest::Nothing, _) => Seen::Unwatched,
            (Newest::Failed | Newest::FailedAfterOtherCards, ProbeOutcome::Failed) => Seen::Unreachable,
            (Newest::OtherCards | Newest::FailedAfterOtherCards, _) => Seen::OtherCards,
            (Newest::Reached | Newest::Failed, _) => Seen::Reached,
        };
        self.newest = match (before, outcome) {
            _ if is_own => Newest::Nothing,
            (_, ProbeOutcome::Reached) => Newest::Reached,
            (_, ProbeOutcome::OtherCards) => Newest::OtherCards,
            (Newest::OtherCards | Newest::FailedAfterOtherCards, _) => Newest::FailedAfterOtherCards,
            _ => Newest::Failed,
        };
        self.extend(seen, at);
    }

    /// So it was from the newest probe to this one.
    fn extend(&mut self, seen: Seen, to: i64) {
        if to == self.open.to {
            return;
        }
        if self.open.seconds() == 0 {
            self.open.seen = seen;
        } else if self.open.seen != seen {
            self.head = next_head(&self.head, &self.open);
            self.sealed.push(self.open);
            self.open = Stretch { from: self.open.to, to, seen };
        }
        self.open.to = to;
    }

    /// The newest probe. What is later counts for now.
    pub const fn until(&self) -> i64 {
        self.open.to
    }

    /// Stretches that no probe changes any more.
    pub fn sealed(&self) -> &[Stretch] {
        &self.sealed
    }

    /// The hash over them.
    pub const fn head(&self) -> Hash {
        self.head
    }

    /// The stretch of the newest probe, which may still grow.
    pub const fn open(&self) -> Stretch {
        self.open
    }

    /// All of them.
    pub fn stretches(&self) -> impl DoubleEndedIterator<Item = Stretch> {
        self.sealed.iter().copied().chain((self.open.seconds() > 0).then_some(self.open))
    }

    /// How many GPUs the lease had.
    pub fn segments(&self) -> &[Segment] {
        &self.segments
    }

    /// Whether the newest probe was answered, and the cards were those that were accepted.
    pub const fn is_reached(&self) -> bool {
        matches!(self.newest, Newest::Reached)
    }

    /// Seconds up to `until` that do not count.
    pub fn missed(&self, until: i64) -> u64 {
        self.missing(until).map(|stretch| stretch.seconds()).sum()
    }

    /// GPU-seconds that can have been delivered at most up to `until` of the lease whose meter this is.
    pub fn bound(&self, meter: &Meter, until: i64) -> u64 {
        let missed = self.missing(until).map(|stretch| gpu_seconds(&self.segments, stretch.from, stretch.to));
        meter.capacity(until).saturating_sub(missed.fold(0, u64::saturating_add))
    }

    /// What the [bound](Self::bound) can still become: what is later than the newest probe counts whatever the next one says,
    /// unless the newest failed or found other cards.
    pub fn least_bound(&self, meter: &Meter, until: i64) -> u64 {
        let is_open = !matches!(self.newest, Newest::Reached | Newest::Nothing);
        let from = self.open.to.min(until);
        let later = if is_open { gpu_seconds(&self.segments, from, until) } else { 0 };
        self.bound(meter, until).saturating_sub(later)
    }

    /// What does not count up to `until`.
    fn missing(&self, until: i64) -> impl Iterator<Item = Stretch> {
        let before = self.stretches().take_while(move |stretch| stretch.from < until);
        let cut = before.map(move |stretch| Stretch { to: stretch.to.min(until), ..stretch });
        cut.filter(|stretch| !stretch.seen.counts())
    }
}
