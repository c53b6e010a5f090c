//! Single figures of a lease: its phase, what its units are worth, how long it lasts.

use super::rehearse;
use crate::state::{Lease, Meter, Moment, Phase};

/// A phase's name.
pub fn phase_name(phase: Phase) -> &'static str {
    match phase {
        Phase::Pending => "pending",
        Phase::Running => "running",
        Phase::Exhausted => "exhausted",
        Phase::Disputed => "disputed",
        Phase::Ending => "ending",
        Phase::Closable => "closable",
    }
}

/// What the phase of `lease` at `now`, unix seconds, means, and who can do what next.
pub fn phase_words(lease: &Lease, now: i64) -> &'static str {
    match lease.phase(Moment::by_clock(now)) {
        Phase::Pending if now > lease.start_deadline => {
            "the provider did not start it in time; anyone can cancel it"
        }
        Phase::Pending => "the provider can start it, the renter can cancel it",
        Phase::Running => "the deposit pays for what is delivered",
        Phase::Exhausted => "the deposit is used up; a top-up pays for what is delivered meanwhile",
        Phase::Disputed if now > lease.dispute.deadline() => {
            "the arbiter did not decide in time; anyone can resolve it by timeout"
        }
        Phase::Disputed => "it is over; the arbiter has to decide between two figures",
        Phase::Ending => "it is over; usage can still be attested, claims can still be challenged",
        Phase::Closable => "it is over; anyone can close it",
    }
}

/// What `units` of a lease are worth, base units: their price, as far as the deposit covers it.
pub fn worth(lease: &Lease, units: u64) -> u64 {
    Lease { meter: Meter { accepted: units, ..lease.meter }, ..*lease }.earned()
}

/// GPUs that a lease uses at `now`; a shrink frees them when its notice is over.
pub fn gpus_in_use(lease: &Lease, now: i64) -> u32 {
    match now < lease.meter.segment_start {
        true => lease.meter.previous_gpus,
        false => lease.meter.gpus,
    }
}

/// When the deposit is used up if usage goes on as it was on average, unix seconds, and never after the end; `None`
/// while there is none.
pub fn used_up_at(lease: &Lease) -> Option<i64> {
    let Meter { latest, window_end, .. } = lease.meter;
    let elapsed = u128::from(window_end.abs_diff(lease.started_at));
    let left = u128::from(lease.units_funded().saturating_sub(latest.units));
    let seconds = left.saturating_mul(elapsed).checked_div(latest.units.into())?;
    let seconds = u64::try_from(seconds).unwrap_or(u64::MAX);
    Some(window_end.saturating_add_unsigned(seconds).min(lease.ends_at))
}

/// From when on the renter's side can expire a lease if nothing more is attested, unix seconds; `None` if never. Anybody
/// else can [`EXPIRY_BY_OTHERS`](gpu_lease::constants::EXPIRY_BY_OTHERS) later.
pub fn expirable_from(lease: &Lease) -> Option<i64> {
    let since = lease.meter.heartbeat.time;
    let from = since.saturating_add(i64::from(lease.terms.heartbeat_timeout)).saturating_add(1);
    can_expire(lease, true, from).then_some(from)
}

/// Whether the renter's side, or anybody, can expire a lease at `now`.
pub(super) fn can_expire(lease: &Lease, is_by_renter: bool, now: i64) -> bool {
    can!(lease.expire(lease.meter.window_end, is_by_renter, Moment::by_clock(now)))
}

/// GPU-seconds that the SLA promises of what can have been delivered by `now`.
pub(super) fn promised(lease: &Lease, now: i64) -> u64 {
    let until = now.min(lease.promised_until).max(lease.meter.window_end);
    lease.promised_units(until)
}

/// The lease with what has matured by `now`: what a renter would dispute.
pub fn matured(lease: &Lease, now: i64) -> Lease {
    let mut matured = *lease;
    matured.meter.mature(lease.terms.challenge_window, Moment::by_clock(now));
    matured
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        outlook::testing::{at, claimed, lease},
        state::Ledger,
    };

    #[test]
    fn a_deposit_lasts_longer_at_the_pace_of_the_usage_so_far() {
        assert_eq!(used_up_at(&lease()), None);
        // 2000 of 200 000 units in a thousand seconds: a hundred thousand seconds in all, but for the end.
        assert_eq!(used_up_at(&claimed()), Some(87_400));
        let dear = Lease { ledger: Ledger { deposited: 20_000, ..Ledger::default() }, ..claimed() };
        assert_eq!(used_up_at(&dear), Some(11_000));
        let mut slow = dear;
        slow.meter.latest.units = 1_000;
        assert_eq!(used_up_at(&slow), Some(21_000));
    }

    #[test]
    fn a_silent_lease_can_be_expired_from_the_second_on_that_is_named() {
        let lease = claimed();
        assert_eq!(expirable_from(&lease), Some(2_901));
        assert!(!can_expire(&lease, true, 2_900));
        let mut revived = lease;
        revived.meter.revive(0, 0, at(2_500));
        assert_eq!(expirable_from(&revived), Some(3_401));
        let ending = Lease { ends_at: 2_900, ..lease };
        assert_eq!(expirable_from(&ending), None);
    }

    #[test]
    fn units_are_worth_no_more_than_the_deposit() {
        assert_eq!(worth(&lease(), 199_999), 199_999);
        assert_eq!(worth(&lease(), 200_001), 200_000);
    }
}
