//! What a change of a lease comes to.

use super::{LeaseOutlook, rehearse, sentence};
use crate::{
    Error,
    state::{Lease, Moment, Provider, Resize},
};
use serde::Serialize;
use solana_address::Address;

/// A change of a lease that somebody has in mind.
#[derive(Clone, Debug)]
pub enum LeaseChange {
    /// The provider starts it.
    Start,
    /// Somebody adds to the deposit.
    TopUp {
        /// So much, base units.
        amount: u64,
    },
    /// It runs longer.
    Extend {
        /// In all, seconds.
        duration: u32,
    },
    /// It goes on with another number of GPUs.
    Resize {
        /// So many.
        gpus: u32,
    },
    /// A party gives notice.
    Terminate {
        /// By this key.
        party: Address,
        /// The lease's provider.
        provider: Box<Provider>,
    },
    /// The renter's side ends it, since the provider fell silent.
    Expire,
}

/// What a change of a lease would come to.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct LeaseEffect {
    /// Why it would be refused.
    #[serde(serialize_with = "sentence")]
    #[cfg_attr(test, ts(type = "string | null"))]
    pub refusal: Option<Error>,
    /// The lease after it.
    pub after: Option<LeaseOutlook>,
    /// Bond that the provider adds, base units.
    pub bond: u64,
}

impl LeaseEffect {
    /// What `change` of `lease` would come to at `now`, unix seconds.
    pub fn of(lease: &Lease, change: &LeaseChange, now: i64) -> Self {
        let moment = Moment::by_clock(now);
        let changed = rehearse(lease, |lease| match change {
            LeaseChange::Start => lease.start([0; 32], false, moment),
            LeaseChange::TopUp { amount } => lease.top_up(*amount, i64::MIN, moment).map(|()| 0),
            LeaseChange::Extend { duration } => lease.extend(lease.meter.gpus, *duration, moment).map(|()| 0),
            LeaseChange::Resize { gpus } => {
                let change = Resize { duration: lease.duration, from: lease.meter.gpus, to: *gpus };
                lease.resize(&change, false, now).map(|(_, bond)| bond)
            }
            LeaseChange::Terminate { party, provider } => {
                lease.terminate(party, provider, i64::MAX, moment).map(|()| 0)
            }
            LeaseChange::Expire => lease.expire(lease.meter.window_end, true, moment).map(|_| 0),
        });
        match changed {
            Ok((after, bond)) => Self { refusal: None, after: Some(LeaseOutlook::of(&after, now)), bond },
            Err(refusal) => Self { refusal: Some(refusal), after: None, bond: 0 },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outlook::testing::{RENTER, claimed, lease};
    use bytemuck::Zeroable;

    #[test]
    fn a_change_shows_the_lease_after_it_or_why_it_is_refused() {
        let of = |change| LeaseEffect::of(&lease(), &change, 1_001);
        assert_eq!(of(LeaseChange::Extend { duration: 172_800 }).after.unwrap().ends_at, 173_800);
        assert_eq!(of(LeaseChange::TopUp { amount: 20_000 }).after.unwrap().money.deposited, 220_000);
        let grown = of(LeaseChange::Resize { gpus: 3 });
        assert_eq!((grown.after.unwrap().gpus_in_use, grown.bond), (3, 3_600));
        let refused = of(LeaseChange::TopUp { amount: 0 });
        assert!(refused.after.is_none() && refused.refusal.unwrap().sentence().contains("above zero"));
    }

    #[test]
    fn notice_and_expiry_show_when_the_lease_ends() {
        let provider = Box::new(Provider::zeroed());
        let notice = LeaseChange::Terminate { party: RENTER, provider };
        assert_eq!(LeaseEffect::of(&claimed(), &notice, 2_000).after.unwrap().ends_at, 2_600);
        assert_eq!(LeaseEffect::of(&claimed(), &LeaseChange::Expire, 2_901).after.unwrap().ends_at, 2_000);
        assert!(LeaseEffect::of(&claimed(), &LeaseChange::Expire, 2_900).refusal.is_some());
    }
}
