//! What is said to what a machine drafts and what its provider claims.

use gpu_lease_client::attestation::Usage;
use gpu_lease_client::evidence::Watch;
use gpu_lease_client::outlook::rehearse;
use gpu_lease_client::state::{Lease, Moment};

use super::notes::Notes;
use super::settings::{Part, Settings};
use super::standing::{Standing, bound};

/// What is said to a draft.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ToDraft {
    /// Nothing: it is older than what is known, or the program would refuse it.
    Nothing,
    /// Nothing before the next probe: until then it is not known what can have been delivered.
    Probe,
    /// It is co-signed.
    CoSign,
    /// It is not: it goes beyond what can have been delivered by so many GPU-seconds, or is another figure for a window that
    /// was signed about.
    Withhold(u64),
}

/// What is said to a draft about `lease`.
pub fn to_draft(lease: &Lease, watch: &Watch, draft: &Usage, notes: &Notes, now: Moment) -> ToDraft {
    if let Some(signed) = notes.signed {
        if draft.window_end < signed.window_end || draft.gpu_seconds < signed.gpu_seconds {
            return ToDraft::Nothing;
        }
        if draft.window_end == signed.window_end && *draft != signed {
            return ToDraft::Withhold(draft.gpu_seconds.saturating_sub(signed.gpu_seconds));
        }
    }
    if rehearse(lease, |lease| lease.attest(draft, true, now)).is_err() {
        return ToDraft::Nothing;
    }
    if draft.window_end > watch.until() {
        return ToDraft::Probe;
    }
    match draft.gpu_seconds.saturating_sub(bound(lease, watch, notes, draft.window_end)) {
        0 => ToDraft::CoSign,
        excess => ToDraft::Withhold(excess),
    }
}

/// Whether what has been suspected since `since` is to be disputed now.
pub fn is_due(
    lease: &Lease,
    watch: &Watch,
    standing: &Standing,
    since: Moment,
    settings: &Settings,
    now: Moment,
) -> bool {
    let window = u64::from(lease.terms.challenge_window);
    let waited = now.since(since);
    match settings.part {
        Part::Standby => waited.saturating_mul(4) >= window.saturating_mul(3),
        Part::Main if settings.at_once => true,
        Part::Main => waited.saturating_mul(2) >= window || is_closed(watch, standing.window_end),
    }
}

/// Whether no probe changes any more what was missed up to `until`.
fn is_closed(watch: &Watch, until: i64) -> bool {
    let open = watch.open();
    watch.until() >= until && (open.seen.counts() || open.from >= until)
}

/// What the renter's side admits and sets aside at most if it disputes now; or the stake that this takes, if it is more than
/// `purse` holds. `None` if the program would refuse it.
pub fn dispute(lease: &Lease, units: u64, purse: u64, now: Moment) -> Option<Result<(u64, u64), u64>> {
    let (_, stake) = rehearse(lease, |lease| lease.dispute(units, u64::MAX, now)).ok()?;
    // No stake exceeds the bond: with a lower limit a newer claim could have the dispute refused.
    Some(if stake > purse { Err(stake) } else { Ok((units, lease.ledger.bond.min(purse))) })
}
