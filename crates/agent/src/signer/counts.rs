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

/// Requests by what they ask for and what became of them.
pub type Requests = BTreeMap<(&'static str, Outcome), u64>;

/// Counters.
#[derive(Debug, Default)]
pub struct Counts {
    requests: Mutex<Requests>,
    signed: AtomicU64,
    fees: AtomicU64,
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

    /// Lamports that transactions cost, as far as the node tells.
    pub fn fees(&self) -> u64 {
        self.fees.load(Relaxed)
    }

    pub(super) fn answered(&self, deed: &'static str, outcome: Outcome) {
        let mut requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        *requests.entry((deed, outcome)).or_default() += 1;
    }

    pub(super) fn signed_one(&self) {
        self.signed.fetch_add(1, Relaxed);
    }

    pub(super) fn paid(&self, lamports: u64) {
        self.fees.fetch_add(lamports, Relaxed);
    }
}
