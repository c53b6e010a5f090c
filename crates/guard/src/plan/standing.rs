//! What is claimed of a lease, beside what can have been delivered of it.

use gpu_lease_client::evidence::Watch;
use gpu_lease_client::state::{Claim, Lease, LeaseState, Moment};

use super::notes::Notes;

/// What is claimed of a lease that runs, beside what can have been delivered of it. GPU-seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Until when it is claimed, unix seconds.
    pub window_end: i64,
    /// Can have been delivered at most until then, or was conceded.
    pub bound: u64,
    /// What that can still become.
    pub least: u64,
    /// Is final, whether it has been written down on chain or not.
    pub accepted: u64,
    /// Is claimed.
    pub claimed: u64,
    /// May mature above the bound.
    pub limit: u64,
    /// When that was claimed that goes beyond bound and limit, if anything does and is not final.
    pub suspected: Option<Moment>,
}

impl Standing {
    /// How `lease` stands at `now`; `None` if nothing of it can be claimed or refused.
    pub fn of(lease: &Lease, watch: &Watch, notes: &Notes, loss_limit: u32, now: Moment) -> Option<Self> {
        if lease.state != LeaseState::Active {
            return None;
        }
        let meter = &lease.meter;
        let (accepted, maturing) = meter.matured(lease.terms.challenge_window, now);
        let (bound, least) = bounds(lease, watch, notes, meter.window_end);
        let limit = limit(lease, watch, loss_limit);
        let is_beyond = |claim: &&Claim| claim.units > bound.saturating_add(limit) && claim.units > accepted;
        let suspected = [maturing, meter.latest].iter().find(is_beyond).map(|claim| claim.submitted);
        Some(Self {
            window_end: meter.window_end,
            bound,
            least,
            accepted,
            claimed: meter.latest.units,
            limit,
            suspected,
        })
    }

    /// What is claimed and cannot have been delivered.
    pub const fn excess(&self) -> u64 {
        self.claimed.saturating_sub(self.bound)
    }

    /// What the renter admits if it disputes: nothing that the next probe may show not to have been delivered.
    pub fn figure(&self) -> u64 {
        self.least.min(self.claimed.saturating_sub(1)).max(self.accepted)
    }
}

/// GPU-seconds until `until` that the renter's side does not refuse, and what that can still become.
pub fn bounds(lease: &Lease, watch: &Watch, notes: &Notes, until: i64) -> (u64, u64) {
    let meter = &lease.meter;
    let conceded = |bound: u64| bound.saturating_add(notes.conceded).min(meter.capacity(until));
    (conceded(watch.bound(meter, until)), conceded(watch.least_bound(meter, until)))
}

/// GPU-seconds above the bound that may mature: for as many GPUs as the lease ever had, so that it never falls.
fn limit(lease: &Lease, watch: &Watch, loss_limit: u32) -> u64 {
    let seen = watch.segments().iter().map(|segment| segment.gpus);
    let gpus = seen.chain([lease.opened_gpus, lease.meter.gpus]).max().unwrap_or(0);
    u64::from(gpus).saturating_mul(loss_limit.into())
}

/// What the renter has conceded: what is accepted above the bound although its challenge window cannot have passed, and the
/// guard has not co-signed it.
pub fn conceded(lease: &Lease, watch: &Watch, notes: &Notes, now: Moment) -> u64 {
    let meter = &lease.meter;
    let is_young = now.since(meter.latest.submitted) < u64::from(lease.terms.challenge_window);
    let by_guard = notes.signed.is_some_and(|signed| signed.gpu_seconds >= meter.accepted);
    let is_renters = meter.accepted == meter.latest.units && is_young && !by_guard;
    let above = meter.accepted.saturating_sub(watch.bound(meter, meter.window_end));
    if is_renters { notes.conceded.max(above) } else { notes.conceded }
}
