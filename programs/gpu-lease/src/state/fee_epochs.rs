use crate::constants::*;
use anchor_lang::prelude::*;
use bytemuck::{Pod, Zeroable};

/// Fees of the last epochs, base units: a ring in which each epoch takes the place of the fifth before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Pod, Zeroable, IdlType)]
#[repr(C)]
pub struct FeeEpochs {
    /// Epoch `n` lies at `n % 5`.
    pub epochs: [EpochFees; KEPT_EPOCHS],
}

/// Fees of one epoch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Pod, Zeroable, IdlType)]
#[repr(C)]
pub struct EpochFees {
    /// Which one: days since 1970, divided by 30.
    pub epoch: u64,
    /// Base units.
    pub fees: u64,
}

/// The epoch that contains `time`, unix seconds.
pub const fn epoch_of(time: i64) -> u64 {
    const LENGTH: u64 = FEE_EPOCH as u64;
    let time = if time > 0 { time.unsigned_abs() } else { 0 };
    time / LENGTH
}

impl FeeEpochs {
    /// Counts `fees` base units in `epoch`.
    #[inline(never)]
    pub fn add(&mut self, fees: u64, epoch: u64) {
        let place = usize::try_from(epoch).unwrap_or_default() % KEPT_EPOCHS;
        let Some(kept) = self.epochs.get_mut(place) else { return };
        if kept.epoch != epoch {
            *kept = EpochFees { epoch, fees: 0 };
        }
        kept.fees = kept.fees.saturating_add(fees);
    }

    /// Fees of the three complete epochs before `epoch`, base units.
    #[inline(never)]
    pub fn before(&self, epoch: u64) -> u64 {
        let weighs = epoch.saturating_sub(WEIGHT_EPOCHS)..epoch;
        self.epochs
            .iter()
            .filter(|kept| weighs.contains(&kept.epoch))
            .fold(0, |sum, kept| sum.saturating_add(kept.fees))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_epoch_has_thirty_days() {
        let length = i64::from(FEE_EPOCH);
        assert_eq!([-1, 0, length - 1, length, 700 * length].map(epoch_of), [0, 0, 0, 1, 700]);
    }

    #[test]
    fn the_three_complete_epochs_before_a_proposal_weigh() {
        let mut fees = FeeEpochs::default();
        for (epoch, amount) in [(696, 1), (697, 10), (698, 100), (699, 1_000), (700, 10_000)] {
            fees.add(amount, epoch);
            fees.add(amount, epoch);
        }
        assert_eq!(fees.before(700), 2_220);
        assert_eq!(fees.before(699), 222);
        assert_eq!(fees.before(701), 22_200);
    }

    #[test]
    fn a_vote_that_reaches_into_the_next_epoch_still_finds_its_weight() {
        let mut fees = FeeEpochs::default();
        (697..=701).for_each(|epoch| fees.add(1, epoch));
        assert_eq!(fees.before(700), 3);
        fees.add(1, 702);
        assert_eq!(fees.before(700), 2);
    }

    #[test]
    fn epochs_without_fees_weigh_nothing() {
        let mut fees = FeeEpochs::default();
        fees.add(5, 690);
        assert_eq!((fees.before(693), fees.before(694), fees.before(700)), (5, 0, 0));
    }

    #[test]
    fn sums_stop_at_their_limit() {
        let mut fees = FeeEpochs::default();
        fees.add(u64::MAX, 698);
        fees.add(1, 698);
        fees.add(1, 699);
        assert_eq!(fees.before(700), u64::MAX);
    }
}
