//! Until when statements are about a lease: full minutes of the cluster's clock, where rows of its record end, but for the
//! last one.

use gpu_lease_client::evidence::MINUTE;
use gpu_lease_client::state::Lease;

/// The newest moment up to `time` at which a statement about `lease` falls due: a multiple of a third of its heartbeat, in
/// full minutes. It goes by the cluster's clock and not by the lease's start, so that leases of one heartbeat fall due
/// together, and travel in one batch.
pub fn falls_due(lease: &Lease, time: i64) -> i64 {
    let third = i64::from(lease.terms.heartbeat_timeout / 3);
    let every = (third - third.rem_euclid(MINUTE)).max(MINUTE);
    time - time.rem_euclid(every)
}

/// Whether a statement up to `window_end`, at `now`, keeps the lease from looking silent, or is its last: it has to land, what
/// ever it costs. Others can wait.
pub fn has_to_land(lease: &Lease, window_end: i64, now: i64) -> bool {
    falls_due(lease, window_end) > lease.meter.window_end
        || window_end >= lease.ends_at
        || now >= lease.ends_at
}
