//! What may be signed: never less than before, never two counts for one window, never what cannot be.

use gpu_lease_client::attestation::Usage;
use gpu_lease_client::state::{Lease, LeaseState};
use serde::{Deserialize, Serialize};

/// Usage that was signed, as the journal keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signed {
    /// Until when it counts, unix seconds.
    pub window_end: i64,
    /// GPU-seconds since the start.
    pub units: u64,
    /// Watt-hours since the start.
    pub energy_wh: u64,
    /// Hash of the record.
    pub evidence: [u8; 32],
}

impl From<&Signed> for Usage {
    fn from(signed: &Signed) -> Self {
        let Signed { window_end, units, energy_wh, evidence } = *signed;
        Self { window_end, gpu_seconds: units, energy_wh, evidence }
    }
}

/// Why something is not signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Denied {
    /// Of another state.
    #[error("the lease is not active")]
    NotActive,
    /// It ends before one that was signed or has landed.
    #[error("usage up to a later moment was signed before")]
    Earlier,
    /// It says less.
    #[error("more units or energy were signed before")]
    Lower,
    /// Another count for a window that was signed.
    #[error("something else was signed about this window before")]
    OtherCount,
    /// It ends later than the clock or the lease.
    #[error("it is about time that has not passed, or is after the end of the lease")]
    Future,
    /// It says more than the GPUs can have delivered.
    #[error("the GPUs cannot have delivered so much")]
    AboveCapacity,
    /// More was delivered since the last statement than time has passed.
    #[error("it adds more than the GPUs can have delivered since what was signed before")]
    TooFast,
}

/// Whether `next` may be signed about `lease`, after `last` was, at `now`. The same may be signed again: a signature is a
/// function of what is signed.
pub fn permit(last: Option<&Signed>, next: &Signed, lease: &Lease, now: i64) -> Result<(), Denied> {
    let meter = &lease.meter;
    if lease.state != LeaseState::Active {
        return Err(Denied::NotActive);
    }
    if next.window_end > now || next.window_end > lease.ends_at {
        return Err(Denied::Future);
    }
    if next.window_end < meter.window_end {
        return Err(Denied::Earlier);
    }
    if next.units < meter.latest.units || next.energy_wh < meter.energy_wh {
        return Err(Denied::Lower);
    }
    if next.units > meter.capacity(next.window_end) {
        return Err(Denied::AboveCapacity);
    }
    let Some(last) = last else { return Ok(()) };
    if next == last {
        return Ok(());
    }
    if next.window_end < last.window_end {
        return Err(Denied::Earlier);
    }
    if next.window_end == last.window_end {
        return Err(Denied::OtherCount);
    }
    if next.units < last.units || next.energy_wh < last.energy_wh {
        return Err(Denied::Lower);
    }
    let since = meter.capacity(next.window_end).saturating_sub(meter.capacity(last.window_end));
    if next.units - last.units > since {
        return Err(Denied::TooFast);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use gpu_lease_client::state::{Meter, Moment, PodLeaseState};
    use proptest::prelude::*;

    const START: i64 = 1_000;

    /// A lease of two GPUs that runs for an hour.
    fn lease() -> Lease {
        let meter = Meter::start(2, Moment::by_clock(START));
        let mut lease: Lease = bytemuck::Zeroable::zeroed();
        lease.state = PodLeaseState::Active;
        lease.started_at = START;
        lease.ends_at = START + 3_600;
        lease.meter = meter;
        lease
    }

    fn signed(window_end: i64, units: u64) -> Signed {
        Signed { window_end, units, energy_wh: 0, evidence: [7; 32] }
    }

    #[test]
    fn all_that_can_have_been_delivered_may_be_signed_and_not_one_unit_more() {
        let lease = lease();
        assert_eq!(permit(None, &signed(START + 10, 20), &lease, START + 10), Ok(()));
        assert_eq!(permit(None, &signed(START + 10, 21), &lease, START + 10), Err(Denied::AboveCapacity));
    }

    #[test]
    fn nothing_is_signed_about_the_future_or_after_the_end() {
        let lease = lease();
        assert_eq!(permit(None, &signed(START + 11, 0), &lease, START + 10), Err(Denied::Future));
        let end = lease.ends_at;
        assert_eq!(permit(None, &signed(end, 7_200), &lease, end + 9), Ok(()));
        assert_eq!(permit(None, &signed(end + 1, 7_200), &lease, end + 9), Err(Denied::Future));
    }

    #[test]
    fn the_same_may_be_signed_again_and_nothing_else_about_its_window() {
        let (lease, last) = (lease(), signed(START + 10, 20));
        assert_eq!(permit(Some(&last), &last, &lease, START + 60), Ok(()));
        assert_eq!(permit(Some(&last), &signed(START + 10, 19), &lease, START + 60), Err(Denied::OtherCount));
        let other = Signed { evidence: [8; 32], ..last.clone() };
        assert_eq!(permit(Some(&last), &other, &lease, START + 60), Err(Denied::OtherCount));
    }

    #[test]
    fn what_the_chain_has_is_a_floor_when_the_journal_is_lost() {
        let mut lease = lease();
        lease.meter.window_end = START + 50;
        lease.meter.latest.units = 100;
        assert_eq!(permit(None, &signed(START + 49, 98), &lease, START + 60), Err(Denied::Earlier));
        assert_eq!(permit(None, &signed(START + 55, 99), &lease, START + 60), Err(Denied::Lower));
        assert_eq!(permit(None, &signed(START + 55, 100), &lease, START + 60), Ok(()));
    }

    #[test]
    fn time_that_was_signed_as_not_delivered_is_not_made_up_for() {
        let (lease, last) = (lease(), signed(START + 100, 50));
        assert_eq!(permit(Some(&last), &signed(START + 110, 71), &lease, START + 110), Err(Denied::TooFast));
        assert_eq!(permit(Some(&last), &signed(START + 110, 70), &lease, START + 110), Ok(()));
    }

    #[test]
    fn only_an_active_lease_is_signed_about() {
        for state in [LeaseState::Pending, LeaseState::Disputed, LeaseState::Resolved] {
            let lease = Lease { state: state.into(), ..lease() };
            assert_eq!(permit(None, &signed(START, 0), &lease, START), Err(Denied::NotActive));
        }
    }

    proptest! {
        /// Whatever is asked for in whatever order: what was signed never falls, and no window has two counts.
        #[test]
        fn what_is_signed_only_rises(
            asked in prop::collection::vec((0i64..4_000, 0u64..8_000, 0u64..3, 0u8..3), 1..300),
        ) {
            let lease = lease();
            let mut all: Vec<Signed> = Vec::new();
            for (at, units, energy_wh, evidence) in asked {
                let next = Signed { window_end: START + at, units, energy_wh, evidence: [evidence; 32] };
                if permit(all.last(), &next, &lease, START + 3_700).is_ok() {
                    all.push(next);
                }
            }
            for pair in all.windows(2) {
                prop_assert!(pair[0] == pair[1] || pair[0].window_end < pair[1].window_end);
                prop_assert!(pair[0].units <= pair[1].units && pair[0].energy_wh <= pair[1].energy_wh);
            }
            prop_assert!(all.iter().all(|it| it.units <= 2 * (it.window_end - START).unsigned_abs()));
        }
    }
}
