//! How a vault is divided.

use super::{matured, promised, rehearse, sentence};
use crate::{
    Error, Result,
    state::{self, Agreed, Lease, LeaseState, Moment, Seen},
};
use serde::Serialize;

/// How a vault is divided at the close, base units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Closing {
    /// Still to the provider.
    pub payout: u64,
    /// All fees of the lease.
    pub fees: u64,
    /// Bond that returns to the provider.
    pub bond: u64,
    /// Part of the bond that goes to the payer for missing units.
    pub credit: u64,
    /// To the payer, the credit not counted.
    pub refund: u64,
}

/// What an agreement of both parties comes to.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct AgreedOutcome {
    /// Why it would be refused.
    #[serde(serialize_with = "sentence")]
    #[cfg_attr(test, ts(type = "string | null"))]
    pub refusal: Option<Error>,
    /// How the vault is divided, unless it is refused.
    pub closing: Option<Closing>,
}

impl From<state::Closing> for Closing {
    fn from(state::Closing { payout, fees, bond, credit, refund, promised: _ }: state::Closing) -> Self {
        Self { payout, fees, bond, credit, refund }
    }
}

impl Closing {
    /// How the vault of `lease` is divided at `now`: as both parties have `agreed`, or as the program does it.
    pub fn of(lease: &Lease, agreed: Option<&Agreed>, now: i64) -> Result<Self> {
        let close = |lease: &mut Lease| lease.close(lease.ledger.owed()?, agreed, Moment::by_clock(now));
        Ok(rehearse(lease, close)?.1.into())
    }

    /// How the vault of `lease` would be divided if it ended at `now`: everything counts that is claimed, in a dispute
    /// what the renter admits, and the SLA credits what is missing until then. Before the start all of it is refunded.
    pub fn if_closed(lease: &Lease, now: i64) -> Self {
        if lease.state == LeaseState::Pending {
            return Self { refund: lease.ledger.deposited, ..Self::default() };
        }
        let units = matured(lease, now).meter.latest.units;
        let missing = promised(lease, now).saturating_sub(units);
        let credit = lease.terms.sla_credit_floor(missing, lease.ledger.bond);
        Self::of(lease, Some(&Agreed { seen: Seen::default(), units, credit }), now).unwrap_or_default()
    }
}

impl AgreedOutcome {
    /// The outcome if both parties close `lease` at `now` who agree on `units` in all, and on a `credit` out of the
    /// bond.
    pub fn of(lease: &Lease, units: u64, credit: u64, now: i64) -> Self {
        let agreed = Agreed { seen: Seen::default(), units, credit };
        match Closing::of(lease, Some(&agreed), now) {
            Ok(closing) => Self { refusal: None, closing: Some(closing) },
            Err(refusal) => Self { refusal: Some(refusal), closing: None },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outlook::testing::{claimed, lease};

    #[test]
    fn a_lease_that_was_closed_now_pays_for_what_is_claimed_and_credits_what_is_missing() {
        // All of the thousand seconds is claimed; of the next hundred, two GPUs were silent.
        let closing = Closing::if_closed(&claimed(), 2_100);
        let Closing { payout, credit, bond, refund, .. } = closing;
        assert_eq!((payout, credit, bond, refund), (2_000, 200, 7_200 - 200, 198_000));
        let pending = Lease { state: crate::state::PodLeaseState::Pending, ..lease() };
        let deposit = Closing { refund: 200_000, ..Closing::default() };
        assert_eq!(Closing::if_closed(&pending, 2_100), deposit);
    }

    #[test]
    fn parties_agree_on_what_is_claimed_at_most() {
        let AgreedOutcome { refusal, closing } = AgreedOutcome::of(&claimed(), 1_500, 100, 2_100);
        assert!(refusal.is_none());
        assert_eq!(closing.map(|closing| (closing.payout, closing.credit)), Some((1_500, 100)));
        let AgreedOutcome { refusal, closing } = AgreedOutcome::of(&claimed(), 2_001, 0, 2_100);
        assert!(refusal.is_some() && closing.is_none());
    }
}
