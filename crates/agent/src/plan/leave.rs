//! What a provider agrees to, and what it owes nobody: it leaves a lease that is not paid for, and gives GPUs back that a lease does not need.

use gpu_lease_client::state::{Lease, Moment, Phase};

use super::entry::Entry;
use super::errand::Errand;
use super::policy::Policy;
use super::revival::has_come_back;
use crate::meter::{Record, gpus_at};

/// A growth that is to be signed at `now`, if there is one that has not landed.
pub fn next_growth(lease: &Lease, entry: &Entry, now: i64) -> Option<Errand> {
    let growing = entry.growth(now).filter(|growing| lease.meter.gpus < growing.gpus)?;
    Some(Errand::Grow(growing.transaction.clone()))
}

/// What is to be given up at `now`, if anything.
pub fn next_leave(
    lease: &Lease,
    entry: &Entry,
    record: &Record,
    policy: &Policy,
    now: i64,
) -> Option<Errand> {
    let is_over = |since: i64| now > since.saturating_add(policy.leave_after.into());
    match lease.phase(Moment::by_clock(now)) {
        Phase::Exhausted if is_over(lease.funded_until()) => Some(Errand::Leave),
        // Called back by a top-up, with cards that are not well.
        Phase::Running
            if !has_come_back(&lease.meter, record, i64::MAX) && is_over(lease.meter.revived_at) =>
        {
            Some(Errand::Leave)
        }
        Phase::Running | Phase::Exhausted => {
            let needed = gpus_at(&lease.meter, now);
            let is_shrunk =
                lease.gpus > needed && entry.cards.len() == usize::try_from(needed).unwrap_or(usize::MAX);
            is_shrunk.then_some(Errand::ReleaseGpus)
        }
        Phase::Pending | Phase::Disputed | Phase::Ending | Phase::Closable => None,
    }
}
