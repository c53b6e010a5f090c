use super::{Claim, EndReason, Lease, LeaseState, Moment, PodLeaseState};
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
    /// When the renter disputed the claim.
    pub opened: Moment,
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

    /// Until when the arbiter may decide at least, unix seconds.
    pub const fn deadline(&self) -> i64 {
        self.opened.time.saturating_add(ARBITRATION_TIME as i64)
    }

    /// Whether the arbiter's time is over.
    const fn is_arbiter_late(&self, now: Moment) -> bool {
        now.since(self.opened) > ARBITRATION_TIME as u64
    }

    /// Halfway between the two figures, rounded down.
    const fn midpoint_floor(&self) -> u64 {
        self.renter_units.midpoint(self.provider_units)
    }
}

impl Lease {
    /// Active → Disputed: the renter admits `units` of those that are claimed. They are accepted at once; the
    /// slice above them waits for the arbiter, and the lease ends at its last attested moment. If the provider has
    /// been silent since for longer than the heartbeat timeout, what was promised stays promised, as when the
    /// lease is expired.
    ///
    /// Returns the stake that the renter's side sets aside for the arbiter, base units, at most `max_stake`: a
    /// tenth of the money in dispute, but no more than the bond, which is the provider's stake. So the arbiter is
    /// paid the same whoever is right. And no less than a hundredth of the bond: else a second's dispute would hold
    /// any bond for a week, for nothing.
    pub fn dispute(&mut self, units: u64, max_stake: u64, now: Moment) -> Result<u64> {
        require!(self.state == LeaseState::Active, LeaseError::NotActive);
        self.meter.mature(self.terms.challenge_window, now);
        require!(self.meter.has_open_claim(), LeaseError::NoOpenClaim);
        let provider_units = self.meter.latest.units;
        require!((self.meter.accepted..provider_units).contains(&units), LeaseError::FigureOutOfBounds);
        let disputed = self.price_of(provider_units).saturating_sub(self.price_of(units));
        let bond = self.ledger.bond;
        let stake = capped(bps_floor(disputed, ARBITER_FEE_BPS), bond).max(bps_ceil(bond, MIN_STAKE_BPS));
        require!(stake <= max_stake, LeaseError::StakeAboveAgreed);
        self.meter.accept(Claim { units, submitted: now });
        self.ledger.stake = stake;
        self.dispute = Dispute { renter_units: units, provider_units, opened: now };
        let (is_silent, promised_until) = (self.is_heartbeat_missed(now), self.promised_until);
        self.end_early(self.meter.window_end, EndReason::Disputed, now);
        if is_silent {
            self.promised_until = promised_until;
        }
        self.state = PodLeaseState::Disputed;
        Ok(stake)
    }

    /// Disputed → Resolved: the arbiter finds `units`, until its time is over, between the two `figures` that it
    /// saw: the renter's and the provider's.
    ///
    /// Each side pays the arbiter for the distance between its own figure and the arbiter's:
    /// `floor(stake × (units − renter's) / (provider's − renter's))` the renter's, the rest the provider.
    pub fn resolve(&mut self, figures: (u64, u64), units: u64, now: Moment) -> Result<ArbiterFee> {
        require!(self.state == LeaseState::Disputed, LeaseError::NotDisputed);
        let Dispute { renter_units, provider_units, .. } = self.dispute;
        require!(figures == (renter_units, provider_units), LeaseError::FiguresChanged);
        require!(!self.dispute.is_arbiter_late(now), LeaseError::ArbitrationOver);
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
    pub fn resolve_by_timeout(&mut self, now: Moment) -> Result<u64> {
        require!(self.state == LeaseState::Disputed, LeaseError::NotDisputed);
        require!(self.dispute.is_arbiter_late(now), LeaseError::ArbitrationRunning);
        let units = self.dispute.midpoint_floor();
        self.decide(units, now);
        Ok(units)
    }

    fn decide(&mut self, units: u64, now: Moment) {
        self.meter.accept(Claim { units, submitted: now });
        self.state = PodLeaseState::Resolved;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytemuck::Zeroable;

    /// The moment of `time` in a cluster that makes slots.
    fn at(time: i64) -> Moment {
        Moment::default().ahead_at(time)
    }

    /// A claim of 3 600 units at one base unit each, a bond of 1 000.
    fn lease() -> Lease {
        let mut lease = Lease { gpus: 1, duration: 86_400, start_deadline: 1_000, ..Lease::zeroed() };
        lease.terms.price = 3_600;
        lease.terms.challenge_window = 600;
        lease.terms.heartbeat_timeout = 900;
        lease.start([1; 32], false, at(1_000)).unwrap();
        lease.ledger.deposited = 100_000;
        lease.ledger.bond = 1_000;
        lease.meter.attest(5_000, 4_000, at(5_000));
        lease.meter.claim(Claim { units: 3_600, submitted: at(5_000) });
        lease
    }

    #[test]
    fn the_stake_is_a_tenth_of_what_is_disputed_and_never_above_the_bond() {
        let mut even = lease();
        assert_eq!(even.dispute(600, 300, at(5_001)), Ok(300));
        assert_eq!((even.meter.accepted, even.ends_at, even.promised_until), (600, 5_000, 5_000));
        let mut bare = lease();
        bare.ledger.bond = 299;
        assert_eq!(bare.dispute(600, 299, at(5_001)), Ok(299));
        let mut short = lease();
        short.ledger.deposited = 1_600;
        assert_eq!(short.dispute(600, u64::MAX, at(5_001)), Ok(100));
    }

    #[test]
    fn the_stake_is_a_hundredth_of_the_bond_at_least_rounded_up() {
        // One unit is in dispute, a tenth of which is nothing; then 100 and 110 units, a tenth of which is 10 and 11.
        for (bond, units, stake) in [
            (1_000, 3_599, 10),
            (1_001, 3_599, 11),
            (1_000, 3_500, 10),
            (1_000, 3_490, 11),
            (99, 3_599, 1),
            (1, 3_599, 1),
            (0, 0, 0),
        ] {
            let mut lease = lease();
            lease.ledger.bond = bond;
            assert_eq!({ lease }.dispute(units, stake, at(5_001)), Ok(stake), "{bond}, {units}");
            if stake > 0 {
                let refused = lease.dispute(units, stake - 1, at(5_001));
                assert_eq!(refused, Err(LeaseError::StakeAboveAgreed.into()));
            }
        }
    }

    #[test]
    fn the_smallest_stake_is_divided_like_any_other() {
        for (units, from_renter) in [(3_598, 0), (3_599, 5), (3_600, 10)] {
            let mut lease = lease();
            assert_eq!(lease.dispute(3_598, u64::MAX, at(5_001)), Ok(10));
            let fee = lease.resolve((3_598, 3_600), units, at(5_002)).unwrap();
            assert_eq!(fee, ArbiterFee { from_renter, from_provider: 10 - from_renter });
        }
    }

    #[test]
    fn the_stake_is_no_higher_than_the_renter_signed_for() {
        assert_eq!(lease().dispute(600, 299, at(5_001)), Err(LeaseError::StakeAboveAgreed.into()));
        assert_eq!(lease().dispute(600, 300, at(5_001)), Ok(300));
    }

    #[test]
    fn a_dispute_against_a_silent_provider_keeps_the_promise() {
        let disputed = |time| {
            let mut lease = lease();
            lease.terms.challenge_window = 86_400;
            lease.dispute(600, 300, at(time)).unwrap();
            (lease.ends_at, lease.promised_until)
        };
        assert_eq!(disputed(5_900), (5_000, 5_000));
        assert_eq!(disputed(5_901), (5_000, 87_400));
    }

    #[test]
    fn each_side_pays_for_its_distance() {
        for (units, from_renter, lost) in
            [(0, 0, true), (1_799, 179, true), (1_800, 180, false), (3_600, 360, false)]
        {
            let mut lease = lease();
            assert_eq!(lease.dispute(0, 360, at(5_001)), Ok(360));
            let fee = lease.resolve((0, 3_600), units, at(5_002)).unwrap();
            assert_eq!(fee, ArbiterFee { from_renter, from_provider: 360 - from_renter });
            assert_eq!((lease.ledger.stake, lease.ledger.bond), (360 - from_renter, 640 + from_renter));
            assert_eq!(lease.dispute.favours_renter(units), lost);
            assert_eq!(lease.meter.accepted, units);
        }
    }

    #[test]
    fn the_arbiter_has_a_week_and_then_the_midpoint_counts() {
        let mut lease = lease();
        lease.dispute(100, u64::MAX, at(5_001)).unwrap();
        let (figures, deadline) = ((100, 3_600), lease.dispute.deadline());
        assert_eq!(deadline, 5_001 + 7 * 86_400);
        let mut judged = lease;
        assert_eq!(lease.resolve_by_timeout(at(deadline)), Err(LeaseError::ArbitrationRunning.into()));
        for units in [99, 3_601] {
            let refused = judged.resolve(figures, units, at(deadline));
            assert_eq!(refused, Err(LeaseError::FigureOutOfBounds.into()));
        }
        for wrong in [(99, 3_600), (100, 3_601)] {
            let refused = judged.resolve(wrong, 1_000, at(deadline));
            assert_eq!(refused, Err(LeaseError::FiguresChanged.into()));
        }
        let late = judged.resolve(figures, 100, at(deadline + 1));
        assert_eq!(late, Err(LeaseError::ArbitrationOver.into()));
        judged.resolve(figures, 100, at(deadline)).unwrap();
        assert_eq!(lease.resolve_by_timeout(at(deadline + 1)), Ok(1_850));
        assert_eq!(lease.ledger.stake, 350);
        assert_eq!(lease.resolve_by_timeout(at(deadline + 1)), Err(LeaseError::NotDisputed.into()));
    }

    #[test]
    fn a_halt_takes_no_time_from_the_arbiter() {
        let mut lease = lease();
        lease.dispute(100, u64::MAX, at(5_001)).unwrap();
        let Moment { time, slot } = at(lease.dispute.deadline() + 1);
        let halted = Moment { time: time + 86_400, slot: slot - 1 };
        assert_eq!(lease.resolve_by_timeout(halted), Err(LeaseError::ArbitrationRunning.into()));
        assert!(lease.resolve((100, 3_600), 100, halted).is_ok());
    }

    #[test]
    fn a_claim_can_be_disputed_until_it_matures_and_only_below_it() {
        assert_eq!(lease().dispute(3_599, 10, at(5_599)), Ok(10));
        let too_high = lease().dispute(3_600, 10, at(5_599));
        assert_eq!(too_high, Err(LeaseError::FigureOutOfBounds.into()));
        assert_eq!(lease().dispute(0, 360, at(5_600)), Err(LeaseError::NoOpenClaim.into()));
    }
}
