use crate::{constants::*, errors::LeaseError, math::*};
use anchor_lang::prelude::*;
use bytemuck::{Pod, Zeroable};

/// What an offer asks for and promises. Copied into each lease; later edits of the offer do not reach it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable, AnchorSerialize, AnchorDeserialize, IdlType)]
#[repr(C)]
pub struct Terms {
    /// Base units of the mint per GPU-hour.
    pub price: u64,
    /// Shortest lease, seconds.
    pub min_duration: u32,
    /// Longest lease, seconds.
    pub max_duration: u32,
    /// Notice that ends a lease early, seconds.
    pub notice: u32,
    /// How long a claim can be challenged before it is accepted, seconds.
    pub challenge_window: u32,
    /// Silence after which a lease counts as abandoned, seconds.
    pub heartbeat_timeout: u32,
    /// Credit for a missing unit, in basis points of its price.
    pub sla_penalty_bps: u32,
    /// Share of the capacity that is promised, in basis points.
    pub sla_uptime_bps: u16,
    /// Bond, in hours of the lease's price.
    pub bond_hours: u16,
    /// Zero; for later versions.
    pub spare: [u8; 4],
    /// Third key that must sign usage; zero if none.
    pub verifier: Address,
    /// Mint of the price.
    pub mint: Address,
}

const _: () = assert!(core::mem::size_of::<Terms>() == 104);

impl Terms {
    /// Requires every term to be within the protocol's bounds.
    #[inline(never)]
    pub fn validate(&self) -> Result<()> {
        require!((1..=MAX_PRICE).contains(&self.price), LeaseError::PriceOutOfBounds);
        require!(
            MIN_DURATION <= self.min_duration
                && self.min_duration <= self.max_duration
                && self.max_duration <= MAX_DURATION,
            LeaseError::DurationBoundsInvalid
        );
        require!(self.notice <= MAX_NOTICE, LeaseError::NoticeOutOfBounds);
        require!(
            (MIN_CHALLENGE_WINDOW..=MAX_CHALLENGE_WINDOW).contains(&self.challenge_window),
            LeaseError::ChallengeWindowOutOfBounds
        );
        require!(
            (MIN_HEARTBEAT_TIMEOUT..=MAX_HEARTBEAT_TIMEOUT).contains(&self.heartbeat_timeout),
            LeaseError::HeartbeatOutOfBounds
        );
        require!(
            u64::from(self.sla_uptime_bps) <= BPS
                && self.sla_penalty_bps <= MAX_SLA_PENALTY_BPS
                && self.bond_hours <= MAX_BOND_HOURS,
            LeaseError::SlaOutOfBounds
        );
        require!(self.spare == [0; 4], LeaseError::UnknownTerms);
        Ok(())
    }

    /// Price of `gpus` for `duration` seconds, base units, rounded up: the deposit that pays for all of it.
    pub fn price_ceil(&self, gpus: u32, duration: u32) -> Result<u64> {
        let units = units_in(gpus, u64::from(duration));
        u64::try_from(gross_ceil(units, self.price)).map_err(|_| LeaseError::AmountOverflow.into())
    }

    /// Smallest deposit for a lease of `gpus`, base units: the price of the shortest duration.
    pub fn min_deposit_ceil(&self, gpus: u32) -> Result<u64> {
        self.price_ceil(gpus, self.min_duration)
    }

    /// GPU-seconds that `deposited` base units pay for, rounded down.
    pub const fn units_funded_floor(&self, deposited: u64) -> u64 {
        capped(units_funded_floor(deposited, self.price), u64::MAX)
    }

    /// Bond for a lease of `gpus`, base units: `price × gpus × bond_hours`, exact.
    pub fn bond(&self, gpus: u32) -> Result<u64> {
        // Two small factors always fit; the product with the price is the only one that may not.
        u64::from(gpus)
            .checked_mul(u64::from(self.bond_hours))
            .and_then(|hours| hours.checked_mul(self.price))
            .ok_or_else(|| LeaseError::AmountOverflow.into())
    }

    /// GPU-seconds that the SLA promises out of those that are funded and can be delivered, rounded down.
    ///
    /// `floor(uptime_bps × units / 10 000)`
    pub const fn promised_units_floor(&self, units: u64) -> u64 {
        capped(bps_floor(units, self.sla_uptime_bps as u32), units)
    }

    /// Credit for `missing` GPU-seconds out of a bond, base units, rounded down.
    ///
    /// `min(bond, floor(gross(missing) × penalty_bps / 10 000))`: linear, never more than the bond.
    pub fn sla_credit_floor(&self, missing: u64, bond: u64) -> u64 {
        // What is missing is never above the funded units, whose gross is a 64-bit deposit: nothing is cut off.
        let gross = capped(gross_floor(missing, self.price), u64::MAX);
        capped(bps_floor(gross, self.sla_penalty_bps), bond)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn terms() -> Terms {
        Terms {
            price: 2_500_000,
            min_duration: 3_600,
            max_duration: 86_400,
            notice: 3_600,
            challenge_window: 600,
            heartbeat_timeout: 900,
            sla_penalty_bps: 10_000,
            sla_uptime_bps: 9_900,
            bond_hours: 2,
            spare: [0; 4],
            verifier: Address::default(),
            mint: Address::default(),
        }
    }

    #[test]
    fn the_promise_is_a_share_rounded_down() {
        assert_eq!(terms().promised_units_floor(10_000), 9_900);
        assert_eq!(terms().promised_units_floor(1), 0);
        assert_eq!(terms().promised_units_floor(u64::MAX), (u128::from(u64::MAX) * 99 / 100) as u64);
    }

    #[test]
    fn the_credit_is_linear_and_ends_at_the_bond() {
        let terms = terms();
        assert_eq!(terms.sla_credit_floor(0, u64::MAX), 0);
        assert_eq!(terms.sla_credit_floor(3_600, u64::MAX), 2_500_000);
        assert_eq!(terms.sla_credit_floor(7_200, u64::MAX), 5_000_000);
        assert_eq!(terms.sla_credit_floor(7_200, 4_999_999), 4_999_999);
    }

    #[test]
    fn the_bond_is_hours_of_the_whole_lease() {
        assert_eq!(terms().bond(8).unwrap(), 8 * 2 * 2_500_000);
        let dear = Terms { price: MAX_PRICE, bond_hours: MAX_BOND_HOURS, ..terms() };
        assert_eq!(dear.bond(MAX_GPUS), Err(LeaseError::AmountOverflow.into()));
        assert_eq!(Terms { bond_hours: 0, ..dear }.bond(MAX_GPUS), Ok(0));
    }

    #[test]
    fn each_bound_is_met_and_not_one_beyond() {
        let ok = |change: fn(&mut Terms)| {
            let mut terms = terms();
            change(&mut terms);
            terms.validate()
        };
        let err = |error: LeaseError| Err(error.into());
        assert_eq!(ok(|t| t.price = 0), err(LeaseError::PriceOutOfBounds));
        assert_eq!(ok(|t| t.price = 1), Ok(()));
        assert_eq!(ok(|t| t.price = MAX_PRICE), Ok(()));
        assert_eq!(ok(|t| t.price = MAX_PRICE + 1), err(LeaseError::PriceOutOfBounds));
        assert_eq!(ok(|t| t.min_duration = MIN_DURATION), Ok(()));
        assert_eq!(ok(|t| t.min_duration = MIN_DURATION - 1), err(LeaseError::DurationBoundsInvalid));
        assert_eq!(ok(|t| t.min_duration = t.max_duration), Ok(()));
        assert_eq!(ok(|t| t.min_duration = t.max_duration + 1), err(LeaseError::DurationBoundsInvalid));
        assert_eq!(ok(|t| t.max_duration = MAX_DURATION), Ok(()));
        assert_eq!(ok(|t| t.max_duration = MAX_DURATION + 1), err(LeaseError::DurationBoundsInvalid));
        assert_eq!(ok(|t| t.notice = MAX_NOTICE), Ok(()));
        assert_eq!(ok(|t| t.notice = MAX_NOTICE + 1), err(LeaseError::NoticeOutOfBounds));
        assert_eq!(ok(|t| t.challenge_window = MIN_CHALLENGE_WINDOW), Ok(()));
        assert_eq!(
            ok(|t| t.challenge_window = MIN_CHALLENGE_WINDOW - 1),
            err(LeaseError::ChallengeWindowOutOfBounds)
        );
        assert_eq!(ok(|t| t.challenge_window = MAX_CHALLENGE_WINDOW), Ok(()));
        assert_eq!(
            ok(|t| t.challenge_window = MAX_CHALLENGE_WINDOW + 1),
            err(LeaseError::ChallengeWindowOutOfBounds)
        );
        assert_eq!(ok(|t| t.heartbeat_timeout = MIN_HEARTBEAT_TIMEOUT), Ok(()));
        assert_eq!(
            ok(|t| t.heartbeat_timeout = MIN_HEARTBEAT_TIMEOUT - 1),
            err(LeaseError::HeartbeatOutOfBounds)
        );
        assert_eq!(ok(|t| t.heartbeat_timeout = MAX_HEARTBEAT_TIMEOUT), Ok(()));
        assert_eq!(
            ok(|t| t.heartbeat_timeout = MAX_HEARTBEAT_TIMEOUT + 1),
            err(LeaseError::HeartbeatOutOfBounds)
        );
        assert_eq!(ok(|t| t.sla_uptime_bps = 10_000), Ok(()));
        assert_eq!(ok(|t| t.sla_uptime_bps = 10_001), err(LeaseError::SlaOutOfBounds));
        assert_eq!(ok(|t| t.sla_penalty_bps = MAX_SLA_PENALTY_BPS), Ok(()));
        assert_eq!(ok(|t| t.sla_penalty_bps = MAX_SLA_PENALTY_BPS + 1), err(LeaseError::SlaOutOfBounds));
        assert_eq!(ok(|t| t.bond_hours = MAX_BOND_HOURS), Ok(()));
        assert_eq!(ok(|t| t.bond_hours = MAX_BOND_HOURS + 1), err(LeaseError::SlaOutOfBounds));
        assert_eq!(ok(|t| t.spare[3] = 1), err(LeaseError::UnknownTerms));
    }
}
