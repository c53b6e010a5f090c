//! What is said to what a machine drafts and what its provider claims.

use gpu_lease_client::attestation::Usage;
use gpu_lease_client::evidence::Watch;
use gpu_lease_client::outlook::rehearse;
use gpu_lease_client::state::{Lease, Moment};

use super::notes::Notes;
use super::settings::{Part, Settings};
use super::standing::{Standing, bounds};

/// What is said to a draft.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ToDraft {
    /// Nothing: it is older than what is known, or the program would refuse it.
    Nothing,
    /// Nothing before the next probe: the newest failed, and it is not known what was delivered after it.
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
    let (bound, least) = bounds(lease, watch, notes, draft.window_end);
    match draft.gpu_seconds {
        units if units <= least => ToDraft::CoSign,
        units if units <= bound => ToDraft::Probe,
        units => ToDraft::Withhold(units - bound),
    }
}

/// When what is suspected is disputed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// Now.
    Now,
    /// After the next probe, which may show that more was missed.
    Probed,
    /// When the machine is back, or enough of the window has passed.
    Later,
}

/// When what has been suspected since `since` is disputed.
pub fn when(
    lease: &Lease,
    watch: &Watch,
    standing: &Standing,
    since: Moment,
    settings: &Settings,
    now: Moment,
) -> When {
    let window = u64::from(lease.terms.challenge_window);
    let waited = now.since(since);
    let is_late = match settings.part {
        Part::Standby => waited.saturating_mul(4) >= window.saturating_mul(3),
        Part::Main => waited.saturating_mul(2) >= window,
    };
    let is_main = settings.part == Part::Main;
    // If the machine is back, it is known for good what was missed.
    match is_main && (settings.at_once || watch.is_reached()) {
        _ if is_late => When::Now,
        true if standing.least < standing.bound => When::Probed,
        true => When::Now,
        false => When::Later,
    }
}

/// What the renter's side admits and sets aside at most if it disputes now; or the stake that this takes, if it is more than
/// `purse` holds. `None` if the program would refuse it.
pub fn dispute(lease: &Lease, units: u64, purse: u64, now: Moment) -> Option<Result<(u64, u64), u64>> {
    let (_, stake) = rehearse(lease, |lease| lease.dispute(units, u64::MAX, now)).ok()?;
    // No stake exceeds the bond: with a lower limit a newer claim could have the dispute refused.
    Some(if stake > purse { Err(stake) } else { Ok((units, lease.ledger.bond.min(purse))) })
}
