//! What a signer counts, from its start on.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError};

/// What became of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// It was done, and has landed.
    Done,
    /// It may not be done.
    Refused,
    /// The cluster or the disk did not take it. It may be asked for again.
    Failed,
}

impl Outcome {
    /// Its name in metrics.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Refused => "refused",
            Self::Failed => "failed",
        }
    }
}

/// How a statement has landed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Landed {
    /// By itself, with the renter's signature.
    CoSigned,
    /// By itself, as a claim.
    Alone,
    /// Among others.
    InBatch,
}

impl Landed {
    /// Its name in metrics.
    pub const fn name(self) -> &'static str {
        match self {
            Self::CoSigned => "co_signed",
            Self::Alone => "alone",
            Self::InBatch => "in_batch",
        }
    }
}

/// Requests by what they ask for and what became of them.
pub type Requests = BTreeMap<(&'static str, Outcome), u64>;

/// Counters.
#[derive(Debug, Default)]
pub struct Counts {
    requests: Mutex<Requests>,
    signed: AtomicU64,
    landed: Mutex<BTreeMap<Landed, u64>>,
    fees: AtomicU64,
    spent: AtomicU64,
}

impl Counts {
    /// Requests that were answered.
    pub fn requests(&self) -> Requests {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Statements that were signed, whether they landed or not.
    pub fn signed(&self) -> u64 {
        self.signed.load(Relaxed)
    }

    /// Statements that landed, by how.
    pub fn landings(&self) -> BTreeMap<Landed, u64> {
        self.landed.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Lamports that were spent in the 24 hours before the last transaction, if there was one.
    pub fn spent_in_a_day(&self) -> u64 {
        self.spent.load(Relaxed)
    }

    /// Lamports that transactions cost, as far as the node tells.
    pub fn fees(&self) -> u64 {
        self.fees.load(Relaxed)
    }

    pub(super) fn answered(&self, deed: &'static str, outcome: Outcome) {
        let mut requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        *requests.entry((deed, outcome)).or_default() += 1;
    }

    pub(super) fn sign(&self, statements: u64) {
        self.signed.fetch_add(statements, Relaxed);
    }

    pub(super) fn land(&self, how: Landed) {
        let mut landed = self.landed.lock().unwrap_or_else(PoisonError::into_inner);
        *landed.entry(how).or_default() += 1;
    }

    pub(super) fn spent(&self, in_a_day: u64) {
        self.spent.store(in_a_day, Relaxed);
    }

    pub(super) fn paid(&self, lamports: u64) {
        self.fees.fetch_add(lamports, Relaxed);
    }
}
