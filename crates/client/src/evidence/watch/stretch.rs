//! Stretches, and the chain of hashes over them.

use anchor_lang::hash::sha256;
use serde::{Deserialize, Serialize};
use solana_address::Address;

use crate::evidence::tree::Hash;
use crate::json;

/// What the first hash of every watch record begins with.
const TAG: [u8; 16] = *b"GPULEASE-WATCH-1";

/// How a machine was found.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, strum::EnumIter,
)]
#[serde(rename_all = "camelCase")]
pub enum Seen {
    /// It answered, or a single probe failed.
    Reached,
    /// From one failed probe to another, with none between them that was answered.
    Unreachable,
    /// It answered, and had other cards than those that were accepted.
    OtherCards,
    /// Nobody looked, or the guard itself was cut off: this counts as delivered.
    Unwatched,
}

impl Seen {
    /// Whether these seconds can have been delivered.
    pub const fn counts(self) -> bool {
        matches!(self, Self::Reached | Self::Unwatched)
    }

    /// Its number under a hash.
    pub const fn number(self) -> u8 {
        match self {
            Self::Reached => 0,
            Self::Unreachable => 1,
            Self::OtherCards => 2,
            Self::Unwatched => 3,
        }
    }
}

/// Seconds of which all is the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stretch {
    /// Unix seconds of the cluster.
    #[serde(deserialize_with = "json::integer")]
    pub from: i64,
    /// Where the next one begins.
    #[serde(deserialize_with = "json::integer")]
    pub to: i64,
    /// How it was.
    pub seen: Seen,
}

impl Stretch {
    /// How long it is.
    pub const fn seconds(&self) -> u64 {
        self.from.abs_diff(self.to)
    }

    /// What its hash is over.
    fn bytes(&self) -> [u8; 17] {
        let mut bytes = [0; 17];
        let fields = [&self.from.to_le_bytes()[..], &self.to.to_le_bytes(), &[self.seen.number()]];
        for (byte, from) in bytes.iter_mut().zip(fields.concat()) {
            *byte = from;
        }
        bytes
    }
}

/// From when on the lease had so many GPUs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Segment {
    /// Unix seconds of the cluster.
    #[serde(deserialize_with = "json::integer")]
    pub from: i64,
    /// How many.
    pub gpus: u32,
}

/// Why stretches are not a watch record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WatchFlaw {
    /// It does not begin with the lease.
    #[error("the first stretch does not begin at the start of the lease")]
    Start,
    /// Two are about the same seconds, or seconds between them are in none.
    #[error("a stretch does not begin where the one before it ends")]
    Apart,
    /// It is of no second.
    #[error("a stretch ends before it has begun, or at once")]
    Backwards,
    /// Two that follow on each other are one.
    #[error("two stretches that follow on each other are the same")]
    Same,
    /// The hash is of other stretches.
    #[error("the head is not that of the stretches")]
    Head,
    /// It is not known how many GPUs the lease had.
    #[error("the segments do not begin with the lease, or do not follow on each other")]
    Segments,
}

/// The head of a chain of no stretch: of a lease that was opened in this slot and started at `start`, unix seconds.
pub(super) fn first_head(lease: &Address, opened_slot: u64, start: i64) -> Hash {
    sha256(&[&TAG[..], lease.as_ref(), &opened_slot.to_le_bytes(), &start.to_le_bytes()].concat())
}

/// The head after one more stretch.
pub(super) fn next_head(head: &Hash, stretch: &Stretch) -> Hash {
    sha256(&[&head[..], &stretch.bytes()].concat())
}

/// The head over all of `stretches`.
pub fn watch_head(lease: &Address, opened_slot: u64, start: i64, stretches: &[Stretch]) -> Hash {
    stretches.iter().fold(first_head(lease, opened_slot, start), |head, stretch| next_head(&head, stretch))
}

/// GPU-seconds from `from` to `to`: those before the first segment are its.
pub(super) fn gpu_seconds(segments: &[Segment], from: i64, to: i64) -> u64 {
    let ends = segments.iter().skip(1).map(|segment| segment.from).chain([i64::MAX]);
    let parts = segments.iter().zip(ends).enumerate().map(|(i, (segment, end))| {
        let begin = if i == 0 { from } else { segment.from.max(from) };
        let seconds = end.min(to).saturating_sub(begin).max(0).unsigned_abs();
        seconds.saturating_mul(segment.gpus.into())
    });
    parts.fold(0, u64::saturating_add)
}
