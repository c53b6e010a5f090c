//! What a dispute comes to.

use super::{Closing, matured, rehearse, sentence, worth};
use crate::{
    Error, Result,
    state::{ArbiterFee, Dispute, EndReason, Lease, Moment},
};
use serde::Serialize;

/// What is disputed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct DisputeFigures {
    /// GPU-seconds that the renter admits.
    pub renter_units: u64,
    /// GPU-seconds that the provider claims.
    pub provider_units: u64,
    /// Money between the two figures, base units.
    pub in_dispute: u64,
    /// Until when the arbiter may decide, unix seconds.
    pub deadline: i64,
}

/// How a dispute ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Outcome {
    /// GPU-seconds that count.
    pub units: u64,
    /// To the arbiter out of the stake, base units.
    pub fee_from_renter: u64,
    /// To the arbiter out of the bond, base units.
    pub fee_from_provider: u64,
    /// How the vault is divided at the close.
    pub closing: Closing,
}

/// What a renter brings about who disputes.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct DisputeOutcome {
    /// Why the figure would be refused.
    #[serde(serialize_with = "sentence")]
    #[cfg_attr(test, ts(type = "string | null"))]
    pub refusal: Option<Error>,
    /// GPU-seconds that are accepted already: the lowest figure.
    pub accepted: u64,
    /// GPU-seconds that are claimed: the figure has to be below.
    pub claimed: u64,
    /// What follows, unless it is refused.
    pub consequences: Option<DisputeConsequences>,
}

/// What follows from a dispute. Money is base units, times are unix seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct DisputeConsequences {
    /// Money between the two figures.
    pub in_dispute: u64,
    /// What the renter's side sets aside for the arbiter.
    pub stake: u64,
    /// Until when the arbiter may decide.
    pub deadline: i64,
    /// When the lease ends by it.
    pub ends_at: i64,
    /// Until when the SLA counts.
    pub promised_until: i64,
    /// Whether it ends by the dispute, and not as it would have anyway.
    pub is_ended_by_it: bool,
    /// The renter's figure counts.
    pub best: Outcome,
    /// The provider's figure counts.
    pub worst: Outcome,
    /// The arbiter does not decide: the midpoint counts.
    pub undecided: Outcome,
}

/// What an arbiter brings about who decides.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ResolveOutcome {
    /// Why the figure would be refused.
    #[serde(serialize_with = "sentence")]
    #[cfg_attr(test, ts(type = "string | null"))]
    pub refusal: Option<Error>,
    /// How it ends, unless it is refused.
    pub outcome: Option<Outcome>,
}

impl DisputeFigures {
    /// Of the dispute that there is or was in `lease`.
    pub fn of(lease: &Lease) -> Option<Self> {
        let Dispute { renter_units, provider_units, opened } = lease.dispute;
        (opened.time > 0).then(|| Self {
            renter_units,
            provider_units,
            in_dispute: in_dispute(lease),
            deadline: lease.dispute.deadline(),
        })
    }
}

impl Outcome {
    /// How the dispute of `lease` ends if the arbiter finds `units` at `now`.
    pub fn resolved(lease: &Lease, units: u64, now: i64) -> Result<Self> {
        let Dispute { renter_units, provider_units, .. } = lease.dispute;
        let figures = (renter_units, provider_units);
        let (after, fee) = rehearse(lease, |lease| lease.resolve(figures, units, Moment::by_clock(now)))?;
        Self::closed(&after, fee, now)
    }

    /// How it ends if the arbiter does not decide.
    pub fn timed_out(lease: &Lease) -> Result<Self> {
        let later = lease.dispute.deadline().saturating_add(1);
        let (after, _) = rehearse(lease, |lease| lease.resolve_by_timeout(Moment::by_clock(later)))?;
        Self::closed(&after, ArbiterFee::default(), later)
    }

    fn closed(lease: &Lease, fee: ArbiterFee, now: i64) -> Result<Self> {
        Ok(Self {
            units: lease.meter.accepted,
            fee_from_renter: fee.from_renter,
            fee_from_provider: fee.from_provider,
            closing: Closing::of(lease, None, now)?,
        })
    }
}

impl DisputeConsequences {
    /// What follows if the renter of `lease` admits `units` at `now` and sets `max_stake` aside at most.
    pub fn of(lease: &Lease, units: u64, max_stake: u64, now: Moment) -> Result<Self> {
        let (disputed, stake) = rehearse(lease, |lease| lease.dispute(units, max_stake, now))?;
        let (figures, now) = (disputed.dispute, now.time);
        Ok(Self {
            in_dispute: in_dispute(&disputed),
            stake,
            deadline: figures.deadline(),
            ends_at: disputed.ends_at,
            promised_until: disputed.promised_until,
            is_ended_by_it: disputed.end_reason.0 == EndReason::Disputed as u8,
            best: Outcome::resolved(&disputed, figures.renter_units, now)?,
            worst: Outcome::resolved(&disputed, figures.provider_units, now)?,
            undecided: Outcome::timed_out(&disputed)?,
        })
    }
}

impl DisputeOutcome {
    /// The outcome if the renter of `lease` admits `units` at `now`, whatever the stake.
    pub fn of(lease: &Lease, units: u64, now: i64) -> Self {
        let meter = matured(lease, now).meter;
        let (refusal, consequences) =
            match DisputeConsequences::of(lease, units, u64::MAX, Moment::by_clock(now)) {
                Ok(consequences) => (None, Some(consequences)),
                Err(refusal) => (Some(refusal), None),
            };
        Self { refusal, accepted: meter.accepted, claimed: meter.latest.units, consequences }
    }
}

impl ResolveOutcome {
    /// The outcome if the arbiter finds `units` at `now`.
    pub fn of(lease: &Lease, units: u64, now: i64) -> Self {
        match Outcome::resolved(lease, units, now) {
            Ok(outcome) => Self { refusal: None, outcome: Some(outcome) },
            Err(refusal) => Self { refusal: Some(refusal), outcome: None },
        }
    }
}

/// Money between the two figures of a dispute, base units.
pub fn in_dispute(lease: &Lease) -> u64 {
    let worth = |units| worth(lease, units);
    worth(lease.dispute.provider_units).saturating_sub(worth(lease.dispute.renter_units))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outlook::testing::{at, claimed};

    #[test]
    fn outcomes_divide_all_that_the_vault_holds() {
        let mut lease = claimed();
        let expected = DisputeConsequences::of(&lease, 1_000, u64::MAX, at(2_100)).unwrap();
        let stake = lease.dispute(1_000, u64::MAX, at(2_100)).unwrap();
        let vault = 200_000 + lease.ledger.bond + stake;
        let DisputeConsequences { best, worst, undecided, .. } = expected;
        assert_eq!((expected.stake, expected.in_dispute), (stake, 1_000));
        for (outcome, units, from_renter) in [(best, 1_000, 0), (worst, 2_000, stake), (undecided, 1_500, 0)]
        {
            let Closing { payout, fees, bond, credit, refund } = outcome.closing;
            assert_eq!((outcome.units, outcome.fee_from_renter), (units, from_renter));
            let fee = outcome.fee_from_renter + outcome.fee_from_provider;
            assert_eq!(payout + fees + bond + credit + refund + fee, vault);
            assert_eq!(payout, worth(&lease, units));
        }
        assert_eq!(ResolveOutcome::of(&lease, 1_000, 2_100).outcome, Some(best));
        for units in [999, 2_001] {
            let refused = ResolveOutcome::of(&lease, units, 2_200);
            assert!(refused.refusal.is_some() && refused.outcome.is_none());
        }
    }

    #[test]
    fn a_figure_that_cannot_be_disputed_is_refused_with_those_that_can() {
        let lease = claimed();
        let DisputeOutcome { refusal, accepted, claimed, consequences } =
            DisputeOutcome::of(&lease, 2_000, 2_100);
        assert!(refusal.is_some() && consequences.is_none());
        assert_eq!((accepted, claimed), (0, 2_000));
        // What has matured meanwhile cannot be disputed.
        let late = DisputeOutcome::of(&lease, 1_000, 2_600);
        assert_eq!((late.accepted, late.claimed), (2_000, 2_000));
        assert!(late.refusal.is_some());
    }

    #[test]
    fn nobody_sets_more_aside_than_it_agrees_to() {
        assert!(DisputeConsequences::of(&claimed(), 1_000, 99, at(2_100)).is_err());
        assert!(DisputeConsequences::of(&claimed(), 1_000, 100, at(2_100)).is_ok());
    }
}
