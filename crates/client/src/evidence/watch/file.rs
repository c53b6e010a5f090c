//! A watch record in a file: what a renter hands an arbiter.

use serde::{Deserialize, Serialize};
use solana_address::Address;

use super::probe::Watch;
use super::stretch::{Segment, Stretch, WatchFlaw, gpu_seconds, watch_head};
use crate::error::{Error, Result};
use crate::evidence::text;
use crate::evidence::tree::{Hash, one_from_hex};
use crate::json;

/// The version that is written, and the only one that is read.
const VERSION: u32 = 1;

/// What tells it from a provider's record.
const KIND: &str = "watch";

/// What it is called, in words.
const WORDS: &str = "watch record";

/// The watch record of a life of a lease.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WatchFile {
    kind: String,
    version: u32,
    /// The lease.
    #[serde(serialize_with = "json::display", deserialize_with = "json::parsed")]
    pub lease: Address,
    /// The slot in which it was opened.
    #[serde(deserialize_with = "json::integer")]
    pub opened_slot: u64,
    /// When it was started, unix seconds.
    #[serde(deserialize_with = "json::integer")]
    pub start: i64,
    /// How many GPUs the guard saw it have.
    pub segments: Vec<Segment>,
    /// How it was found. The last stretch may still grow.
    pub stretches: Vec<Stretch>,
    /// The hash over all of them but the last.
    #[serde(serialize_with = "json::serialized", deserialize_with = "one_from_hex")]
    pub head: Hash,
}

/// Whether a text is a watch record, of whatever version: a provider's record is read otherwise.
pub fn is_watch(text: &str) -> bool {
    #[derive(Deserialize)]
    struct Kind {
        kind: String,
    }
    serde_json::from_str::<Kind>(text).is_ok_and(|it| it.kind == KIND)
}

impl From<&Watch> for WatchFile {
    fn from(watch: &Watch) -> Self {
        Self {
            kind: KIND.to_owned(),
            version: VERSION,
            lease: watch.lease,
            opened_slot: watch.opened_slot,
            start: watch.start,
            segments: watch.segments().to_vec(),
            stretches: watch.stretches().collect(),
            head: watch.head(),
        }
    }
}

impl WatchFile {
    /// Reads what a stranger may have written: its stretches follow on each other, and have the head that it names.
    pub fn read(text: &str) -> Result<Self> {
        let malformed = |reason| Error::Malformed { kind: WORDS, reason };
        let file: Self = text::read(text, WORDS)?;
        if file.kind != KIND {
            return Err(malformed(format!("it is of the kind {:?}, and not {KIND:?}", file.kind)));
        }
        text::require_version(WORDS, file.version, VERSION)?;
        file.check().map_err(|flaw| malformed(flaw.to_string()))?;
        Ok(file)
    }

    fn check(&self) -> std::result::Result<(), WatchFlaw> {
        let mut until = self.start;
        let mut before = None;
        for stretch in &self.stretches {
            match before {
                None if stretch.from != until => return Err(WatchFlaw::Start),
                Some(_) if stretch.from != until => return Err(WatchFlaw::Apart),
                _ if stretch.to <= stretch.from => return Err(WatchFlaw::Backwards),
                Some(seen) if seen == stretch.seen => return Err(WatchFlaw::Same),
                _ => {}
            }
            (until, before) = (stretch.to, Some(stretch.seen));
        }
        let sealed = self.stretches.split_last().map_or(&[][..], |(_, sealed)| sealed);
        if watch_head(&self.lease, self.opened_slot, self.start, sealed) != self.head {
            return Err(WatchFlaw::Head);
        }
        let is_ordered = self.segments.is_sorted_by(|one, next| one.from < next.from);
        let begins = self.segments.first().map(|segment| segment.from);
        if begins != Some(self.start) || !is_ordered { Err(WatchFlaw::Segments) } else { Ok(()) }
    }

    /// As it is written.
    pub fn text(&self) -> String {
        text::written(self)
    }

    /// Until when it goes.
    pub fn until(&self) -> i64 {
        self.stretches.last().map_or(self.start, |stretch| stretch.to)
    }

    /// GPU-seconds that can have been delivered at most up to `until`, by the segments of the file. Where the chain is at
    /// hand, the capacity of its meter counts, which is the same unless a segment came and went unseen.
    pub fn bound(&self, until: i64) -> u64 {
        let end = |stretch: &Stretch| stretch.to.min(until).max(stretch.from);
        let missed = self.stretches.iter().filter(|stretch| !stretch.seen.counts());
        let missed = missed.map(|it| gpu_seconds(&self.segments, it.from, end(it)));
        let capacity = gpu_seconds(&self.segments, self.start, until.max(self.start));
        capacity.saturating_sub(missed.fold(0, u64::saturating_add))
    }
}
