//! What the signer is asked for about a lease that has started.

use gpu_lease_client::constants::ATTESTATION_GRACE;
use gpu_lease_client::outlook::{LeaseAct, lease_deeds};
use gpu_lease_client::state::{Lease, LeaseState};

use super::policy::Policy;
use super::revival;
use crate::meter::Record;
use crate::signer::Signed;

/// Windows end at multiples of so many seconds, but for the last of a lease: so statements of many leases are about the same
/// moment, and travel in one batch.
const ALIGNED: i64 = 10;

/// Seconds for which a lease that is over is waited for to be observed to its end before what there is is stated.
const LATEST: i64 = 60;

/// Something about a lease that takes a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Errand {
    /// State what was delivered.
    State(Signed),
    /// Collect what is due.
    Settle,
    /// Close it.
    Close,
    /// Sign that it grows, as its renter has: the transaction.
    Grow(String),
    /// Leave it, since nobody pays for it.
    Leave,
    /// Give GPUs back to its offer that it does not need any more.
    ReleaseGpus,
}

impl Errand {
    /// Its name in metrics.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::State(_) => "state",
            Self::Settle => "settle",
            Self::Close => "close",
            Self::Grow(_) => "grow",
            Self::Leave => "leave",
            Self::ReleaseGpus => "release_gpus",
        }
    }
}

/// What is due at `now`, if anything. `record` is what was delivered.
pub fn next_errand(lease: &Lease, record: &Record, policy: &Policy, now: i64) -> Option<Errand> {
    statement(lease, record, now).map(Errand::State).or_else(|| collection(lease, policy, now))
}

/// A statement that ought to land.
///
/// One lands at a third of the heartbeat, and one at the end. It never says less than what has landed.
fn statement(lease: &Lease, record: &Record, now: i64) -> Option<Signed> {
    let meter = &lease.meter;
    let is_too_late = now > lease.ends_at.saturating_add_unsigned(ATTESTATION_GRACE);
    if lease.state != LeaseState::Active || is_too_late {
        return None;
    }
    let known = record.until().min(now).min(lease.ends_at);
    let is_over = now >= lease.ends_at;
    let is_last = known == lease.ends_at || is_over && now >= lease.ends_at.saturating_add(LATEST);
    let window_end = if is_last { known } else { known - known.rem_euclid(ALIGNED) };
    let window_end = revival::window(meter, record, window_end)?;
    let signed = Signed {
        window_end,
        units: record.units(window_end).min(meter.capacity(window_end)),
        energy_wh: meter.energy_wh,
        evidence: record.evidence(window_end),
    };
    let silent = window_end.saturating_sub(meter.window_end);
    let is_due = is_last || silent >= i64::from(lease.terms.heartbeat_timeout / 3);
    (silent > 0 && is_due && signed.units >= meter.latest.units).then_some(signed)
}

/// Money that can be had.
fn collection(lease: &Lease, policy: &Policy, now: i64) -> Option<Errand> {
    let worth = policy.worth_settling.get(&lease.terms.mint.to_string()).copied().unwrap_or(1);
    lease_deeds(lease, now).into_iter().find_map(|deed| match deed.act {
        LeaseAct::Close { .. } => Some(Errand::Close),
        LeaseAct::Settle { due } if due >= worth => Some(Errand::Settle),
        _ => None,
    })
}
