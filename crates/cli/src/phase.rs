//! Where a lease stands, as its parties see it.

use comfy_table::Color;
use gpu_lease_client::{
    math,
    state::{Lease, LeaseState},
};

/// What can be done next about a lease.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Waits for the provider.
    Pending,
    /// The provider did not come in time.
    Missed,
    /// Runs on the deposit.
    Running,
    /// Runs, but the deposit is used up.
    Exhausted,
    /// Over; usage can still be attested or challenged.
    Ending,
    /// Over for good.
    Closable,
}

impl Phase {
    /// The phase of `lease` at `now`, unix seconds.
    pub fn of(lease: &Lease, now: i64) -> Self {
        if lease.state == LeaseState::Pending {
            return if now > lease.start_deadline { Self::Missed } else { Self::Pending };
        }
        if now < lease.ends_at {
            return if now < funded_until(lease) { Self::Running } else { Self::Exhausted };
        }
        let mut meter = lease.meter;
        meter.mature(lease.terms.challenge_window, now);
        match now > lease.attestable_until() && meter.latest.units == meter.accepted {
            true => Self::Closable,
            false => Self::Ending,
        }
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Missed => "missed",
            Self::Running => "running",
            Self::Exhausted => "exhausted",
            Self::Ending => "ending",
            Self::Closable => "closable",
        }
    }

    /// Its name, and what can be done.
    pub fn words(self) -> &'static str {
        match self {
            Self::Pending => "pending: the provider has to start it; the renter can cancel",
            Self::Missed => "missed: the provider did not start it in time; anyone can cancel",
            Self::Running => "running",
            Self::Exhausted => "exhausted: the deposit is used up; top up, or the provider may stop",
            Self::Ending => "ending: over, but usage can still be attested or challenged",
            Self::Closable => "closable: over; anyone can close it",
        }
    }

    /// Its colour in tables.
    pub fn colour(self) -> Color {
        match self {
            Self::Pending | Self::Ending => Color::Yellow,
            Self::Running => Color::Green,
            Self::Missed | Self::Exhausted => Color::Red,
            Self::Closable => Color::Cyan,
        }
    }
}

/// Until when the deposit pays for all GPUs without a break, unix seconds; the start of the current
/// segment at the earliest.
pub fn funded_until(lease: &Lease) -> i64 {
    let units = math::units_funded_floor(lease.ledger.deposited, lease.terms.price)
        .saturating_sub(u128::from(lease.meter.segment_base));
    let seconds = units.checked_div(u128::from(lease.gpus)).unwrap_or_default();
    lease.meter.segment_start.saturating_add(i64::try_from(seconds).unwrap_or(i64::MAX))
}
