//! What a dispute comes to.

use super::{matured, rehearse, worth};
use crate::{
    Error,
    state::{ArbiterFee, Closing, Dispute, Lease, Moment},
};

/// A lease whose dispute is over, and how it closes.
pub struct Resolved {
    /// Units that count.
    pub units: u64,
    /// What the arbiter is paid.
    pub fee: ArbiterFee,
    /// How the vault is divided at the close.
    pub closing: Closing,
}

/// Money between the two figures of a dispute, base units.
pub fn in_dispute(lease: &Lease) -> u64 {
    let worth = |units| worth(lease, units);
    worth(lease.dispute.provider_units).saturating_sub(worth(lease.dispute.renter_units))
}

pub(super) fn can_dispute(lease: &Lease, now: i64) -> bool {
    let accepted = matured(lease, now).meter.accepted;
    can!(lease.dispute(accepted, u64::MAX, Moment::by_clock(now)))
}

/// A disputed lease for which the arbiter finds `units`.
pub fn resolved(lease: &Lease, units: u64, now: i64) -> Result<Resolved, Error> {
    let Dispute { renter_units, provider_units, .. } = lease.dispute;
    let figures = (renter_units, provider_units);
    let (after, fee) = rehearse(lease, |lease| lease.resolve(figures, units, Moment::by_clock(now)))?;
    closed(&after, fee, now)
}

/// A disputed lease that the arbiter does not decide.
pub fn timed_out(lease: &Lease) -> Result<Resolved, Error> {
    let later = lease.dispute.deadline().saturating_add(1);
    let (after, _) = rehearse(lease, |lease| lease.resolve_by_timeout(Moment::by_clock(later)))?;
    closed(&after, ArbiterFee::default(), later)
}

fn closed(lease: &Lease, fee: ArbiterFee, now: i64) -> Result<Resolved, Error> {
    let (_, closing) = rehearse(lease, |lease| lease.close(lease.owed()?, None, Moment::by_clock(now)))?;
    Ok(Resolved { units: lease.meter.accepted, fee, closing })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outlook::testing::{at, claimed};

    #[test]
    fn outcomes_divide_all_that_the_vault_holds() {
        let mut lease = claimed();
        let stake = lease.dispute(1_000, u64::MAX, at(2_100)).unwrap();
        let vault = 200_000 + lease.ledger.bond + stake;
        let best = resolved(&lease, 1_000, 2_200).unwrap();
        let worst = resolved(&lease, 2_000, 2_200).unwrap();
        let undecided = timed_out(&lease).unwrap();
        for (outcome, units, from_renter) in
            [(&best, 1_000, 0), (&worst, 2_000, stake), (&undecided, 1_500, 0)]
        {
            let Closing { payout, fees, bond, credit, refund, .. } = outcome.closing;
            let ArbiterFee { from_provider, .. } = outcome.fee;
            assert_eq!((outcome.units, outcome.fee.from_renter), (units, from_renter));
            assert_eq!(payout + fees + bond + credit + refund + from_renter + from_provider, vault);
            assert_eq!(payout, worth(&lease, units));
        }
        assert!(resolved(&lease, 999, 2_200).is_err() && resolved(&lease, 2_001, 2_200).is_err());
    }
}
