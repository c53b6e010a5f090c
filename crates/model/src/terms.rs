use crate::{BPS, HOUR, Person, Refusal, WEEK};

/// What an offer asks for and promises. Times are seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Terms {
    /// Base units per GPU-hour.
    pub price: u64,
    /// Shortest lease.
    pub min_duration: i64,
    /// Longest lease.
    pub max_duration: i64,
    /// Notice that ends a lease early.
    pub notice: i64,
    /// How long a claim can be challenged.
    pub challenge_window: i64,
    /// Silence after which a lease counts as abandoned.
    pub heartbeat_timeout: i64,
    /// Credit for a missing unit, basis points of its price.
    pub penalty_bps: u64,
    /// Share of the capacity that is promised, basis points.
    pub uptime_bps: u64,
    /// Bond, hours of the lease's price.
    pub bond_hours: u64,
    /// Must sign usage, too.
    pub verifier: Option<Person>,
}

impl Terms {
    /// Requires every term to be within the protocol's bounds.
    ///
    /// # Errors
    ///
    /// The rule of the term that is not.
    pub fn require_valid(&self) -> Result<(), Refusal> {
        let day = 24 * HOUR;
        if !(1..=1 << 50).contains(&self.price) {
            return Err(Refusal::PriceOutOfBounds);
        }
        if !(60 <= self.min_duration
            && self.min_duration <= self.max_duration
            && self.max_duration <= 366 * day)
        {
            return Err(Refusal::DurationBoundsInvalid);
        }
        if self.notice > 30 * day {
            return Err(Refusal::NoticeOutOfBounds);
        }
        if !(600..=WEEK).contains(&self.challenge_window) {
            return Err(Refusal::ChallengeWindowOutOfBounds);
        }
        if !(300..=WEEK).contains(&self.heartbeat_timeout) {
            return Err(Refusal::HeartbeatOutOfBounds);
        }
        if self.uptime_bps > BPS || self.penalty_bps > 10 * BPS || self.bond_hours > 720 {
            return Err(Refusal::SlaOutOfBounds);
        }
        Ok(())
    }

    /// `floor(units × price / 3600)`, base units.
    pub fn gross(&self, units: u64) -> u128 {
        u128::from(units) * u128::from(self.price) / 3_600
    }

    /// `floor(amount × 3600 / price)`: the units that `amount` pays for.
    pub fn units(&self, amount: u64) -> u64 {
        u64::try_from(u128::from(amount) * 3_600 / u128::from(self.price)).unwrap_or(u64::MAX)
    }

    /// The deposit that pays for `gpus` during the shortest duration, base units, rounded up.
    pub(crate) fn min_deposit(&self, gpus: u64) -> Result<u64, Refusal> {
        let units = u128::from(gpus) * u128::from(self.min_duration.unsigned_abs());
        let deposit = (units * u128::from(self.price)).div_ceil(3_600);
        u64::try_from(deposit).map_err(|_| Refusal::AmountOverflow)
    }

    /// The bond for `gpus`, base units.
    pub(crate) fn bond(&self, gpus: u64) -> Result<u64, Refusal> {
        let bond = u128::from(gpus) * u128::from(self.bond_hours) * u128::from(self.price);
        u64::try_from(bond).map_err(|_| Refusal::AmountOverflow)
    }
}
