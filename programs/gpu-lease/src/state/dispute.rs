use super::{Claim, EndReason, Lease, LeaseState, PodLeaseState};
use crate::{constants::*, errors::LeaseError, math::*};
use anchor_lang::prelude::*;
use bytemuck::{Pod, Zeroable};

/// Two figures and the time to decide between them. All zero while there was no dispute.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Pod, Zeroable, IdlType)]
#[repr(C)]
pub struct Dispute {
    /// GPU-seconds that the renter admits.
    pub renter_units: u64,
    /// GPU-seconds that the provider claims.
    pub provider_units: u64,
    /// Until when the arbiter may decide, unix seconds.
    pub deadline: i64,
}

/// What the arbiter is paid, by whom, base units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ArbiterFee {
    /// Out of the stake on the renter's side.
    pub from_renter: u64,
    /// Out of the bond.
    pub from_provider: u64,
}

impl Dispute {
    /// Whether `units` is nearer to what the renter admits.
    pub const fn favours_renter(&self, units: u64) -> bool {
        units.abs_diff(self.renter_units) < units.abs_diff(self.provider_units)
    }

    /// Halfway between the two figures, rounded down.
    const fn midpoint_floor(&self) -> u64 {
        self.renter_units.midpoint(self.provider_units)
    }
}

impl Lease {
    /// Active → Disputed: the renter admits `units` of those that are claimed. They are accepted at once; the
    /// slice above them waits for the arbiter, and the lease ends at its last attested moment.
    ///
    /// Returns the stake that the renter's side sets aside for the arbiter, base units: a tenth of the money
    /// in dispute, but no more than the bond, which is the provider's stake. So the arbiter is paid the same
    /// whoever is right.
    pub fn dispute(&mut self, units: u64, now: i64) -> Result<u64> {
        require!(self.state == LeaseState::Active, LeaseError::NotActive);
        self.meter.mature(self.terms.challenge_window, now);
        require!(self.meter.has_open_claim(), LeaseError::NoOpenClaim);
        let provider_units = self.meter.latest.units;
        require!((self.meter.accepted..provider_units).contains(&units), LeaseError::FigureOutOfBounds);
        let disputed = self.price_of(provider_units).saturating_sub(self.price_of(units));
        let stake = capped(bps_floor(disputed, ARBITER_FEE_BPS), self.ledger.bond);
        self.meter.accept(Claim { units, submitted_at: now });
        self.ledger.stake = stake;
        self.dispute = Dispute {
            renter_units: units,
            provider_units,
            deadline: now.saturating_add(i64::from(ARBITRATION_TIME)),
        };
        self.end_early(self.meter.window_end, EndReason::Disputed);
        self.state = PodLeaseState::Disputed;
        Ok(stake)
    }

    /// Disputed → Resolved: the arbiter finds `units`, until its time is over.
    ///
    /// Each side pays the arbiter for the distance between its own figure and the arbiter's:
    /// `floor(stake × (units − renter's) / (provider's − renter's))` the renter's, the rest the provider.
    pub fn resolve(&mut self, units: u64, now: i64) -> Result<ArbiterFee> {
        require!(self.state == LeaseState::Disputed, LeaseError::NotDisputed);
        let Dispute { renter_units, provider_units, deadline } = self.dispute;
        require!(now <= deadline, LeaseError::ArbitrationOver);
        require!((renter_units..=provider_units).contains(&units), LeaseError::FigureOutOfBounds);
        let stake = self.ledger.stake;
        let distance = units.saturating_sub(renter_units);
        let from_renter = capped(share_floor(stake, distance, provider_units.abs_diff(renter_units)), stake);
        let from_provider = stake.saturating_sub(from_renter);
        self.ledger.bond = self.ledger.bond.checked_sub(from_provider).ok_or(LeaseError::InvariantVault)?;
        self.ledger.stake = stake.saturating_sub(from_renter);
        self.decide(units, now);
        Ok(ArbiterFee { from_renter, from_provider })
    }

    /// Disputed → Resolved: the arbiter's time is over, the midpoint counts and nobody pays it. Returns the
    /// units that count.
    pub fn resolve_by_timeout(&mut self, now: i64) -> Result<u64> {
        require!(self.state == LeaseState::Disputed, LeaseError::NotDisputed);
        require!(now > self.dispute.deadline, LeaseError::ArbitrationRunning);
        let units = self.dispute.midpoint_floor();
        self.decide(units, now);
        Ok(units)
    }

    fn decide(&mut self, units: u64, now: i64) {
        self.meter.accept(Claim { units, submitted_at: now });
        self.state = PodLeaseState::Resolved;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytemuck::Zeroable;

    /// A claim of 3 600 units at one base unit each, a bond of 1 000.
    fn lease() -> Lease {
        let mut lease = Lease { gpus: 1, duration: 86_400, start_deadline: 1_000, ..Lease::zeroed() };
        lease.terms.price = 3_600;
        lease.terms.challenge_window = 600;
        lease.start([1; 32], 1_000).unwrap();
        lease.ledger.deposited = 100_000;
        lease.ledger.bond = 1_000;
        lease.meter.window_end = 5_000;
        lease.meter.claim(Claim { units: 3_600, submitted_at: 5_000 });
        lease
    }

    #[test]
    fn the_stake_is_a_tenth_of_what_is_disputed_and_never_above_the_bond() {
        let mut even = lease();
        assert_eq!(even.dispute(600, 5_001), Ok(300));
        assert_eq!((even.meter.accepted, even.ends_at, even.promised_until), (600, 5_000, 5_000));
        let mut bare = lease();
        bare.ledger.bond = 299;
        assert_eq!(bare.dispute(600, 5_001), Ok(299));
        let mut short = lease();
        short.ledger.deposited = 1_600;
        assert_eq!(short.dispute(600, 5_001), Ok(100));
    }

    #[test]
    fn each_side_pays_for_its_distance() {
        for (units, from_renter, lost) in
            [(0, 0, true), (1_799, 179, true), (1_800, 180, false), (3_600, 360, false)]
        {
            let mut lease = lease();
            assert_eq!(lease.dispute(0, 5_001), Ok(360));
            let fee = lease.resolve(units, 5_002).unwrap();
            assert_eq!(fee, ArbiterFee { from_renter, from_provider: 360 - from_renter });
            assert_eq!((lease.ledger.stake, lease.ledger.bond), (360 - from_renter, 640 + from_renter));
            assert_eq!(lease.dispute.favours_renter(units), lost);
            assert_eq!(lease.meter.accepted, units);
        }
    }

    #[test]
    fn the_arbiter_has_a_week_and_then_the_midpoint_counts() {
        let mut lease = lease();
        lease.dispute(100, 5_001).unwrap();
        let deadline = lease.dispute.deadline;
        assert_eq!(deadline, 5_001 + 7 * 86_400);
        let mut judged = lease;
        assert_eq!(lease.resolve_by_timeout(deadline), Err(LeaseError::ArbitrationRunning.into()));
        assert_eq!(judged.resolve(3_601, deadline), Err(LeaseError::FigureOutOfBounds.into()));
        assert_eq!(judged.resolve(99, deadline), Err(LeaseError::FigureOutOfBounds.into()));
        assert_eq!(judged.resolve(100, deadline + 1), Err(LeaseError::ArbitrationOver.into()));
        judged.resolve(100, deadline).unwrap();
        assert_eq!(lease.resolve_by_timeout(deadline + 1), Ok(1_850));
        assert_eq!(lease.ledger.stake, 350);
        assert_eq!(lease.resolve_by_timeout(deadline + 1), Err(LeaseError::NotDisputed.into()));
    }

    #[test]
    fn a_claim_can_be_disputed_until_it_matures_and_only_below_it() {
        assert_eq!(lease().dispute(3_599, 5_599), Ok(0));
        assert_eq!(lease().dispute(3_600, 5_599), Err(LeaseError::FigureOutOfBounds.into()));
        assert_eq!(lease().dispute(0, 5_600), Err(LeaseError::NoOpenClaim.into()));
    }
}
