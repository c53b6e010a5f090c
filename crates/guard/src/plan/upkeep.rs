//! How a lease that is over, or never began, is brought to its end.

use gpu_lease_client::evidence::{LONGEST_GAP, Seen, Watch};
use gpu_lease_client::outlook::{Role, Upkeep, lease_upkeep, rehearse};
use gpu_lease_client::state::{Lease, LeaseState, Moment};

use super::decision::Act;

/// What anyone may do about `lease` at `now` that brings it to its end.
pub fn tidy(lease: &Lease, now: Moment) -> Option<Act> {
    // Fees are not counted here, so their mint does not matter.
    let agenda = lease_upkeep(lease, Role::Anyone, &lease.terms.mint, now.time);
    agenda.due.iter().find_map(|due| match due.what {
        Upkeep::CancelLease => Some(Act::Cancel),
        Upkeep::ResolveByTimeout => Some(Act::ResolveByTimeout),
        Upkeep::CloseLease => Some(Act::Close),
        _ => None,
    })
}

/// Whether a lease is ended since its provider is silent: all views of it say so, what is finalized among them, and its
/// machine was unreachable for as long, and still is.
pub fn expire(views: [&Lease; 3], watch: &Watch, now: Moment) -> Option<Act> {
    let [lease, ..] = views;
    let window_end = lease.meter.window_end;
    let is_silent = |view: &Lease| {
        view.state == LeaseState::Active && rehearse(view, |view| view.expire(window_end, true, now)).is_ok()
    };
    let open = watch.open();
    let is_looked_at = watch.until().abs_diff(now.time) <= LONGEST_GAP;
    let is_gone = open.seen == Seen::Unreachable && open.seconds() > u64::from(lease.terms.heartbeat_timeout);
    let is_due = now.time < lease.ends_at && is_looked_at && is_gone && views.into_iter().all(is_silent);
    is_due.then_some(Act::Expire { window_end })
}
