use crate::constants::*;
use anchor_lang::prelude::*;
use bytemuck::{Pod, Zeroable};

/// Fees of the last epochs, base units: a ring in which each epoch takes the place of the fifth before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Pod, Zeroable, IdlType)]
#[repr(C)]
pub struct FeeEpochs {
    /// Epoch `n` is at `n % 5`.
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

/// Where `epoch` is.
fn place(epoch: u64) -> usize {
    usize::try_from(epoch).unwrap_or_default() % KEPT_EPOCHS
}

impl FeeEpochs {
    /// Counts `fees` base units in `epoch`.
    #[inline(never)]
    pub fn add(&mut self, fees: u64, epoch: u64) {
        let Some(kept) = self.epochs.get_mut(place(epoch)) else { return };
        if kept.epoch != epoch {
            *kept = EpochFees { epoch, fees: 0 };
        }
        kept.fees = kept.fees.saturating_add(fees);
    }

    /// The smallest fees of one of the three complete epochs before `epoch`, base units.
    #[inline(never)]
    pub fn smallest_before(&self, epoch: u64) -> u64 {
        let weighs = epoch.saturating_sub(WEIGHT_EPOCHS)..epoch;
        weighs.map(|epoch| self.of(epoch)).min().unwrap_or_default()
    }

    /// Weight in a vote that began in `epoch`: three times the smallest of the three complete epochs before it, base
    /// units. A sum would let one epoch pay for all; and smallest fees of parties never sum to more than the smallest
    /// of their sums.
    pub fn weight_before(&self, epoch: u64) -> u64 {
        self.smallest_before(epoch).saturating_mul(WEIGHT_EPOCHS)
    }

    /// Fees of `epoch`, base units; nothing once it is not kept any more.
    fn of(&self, epoch: u64) -> u64 {
        self.epochs.get(place(epoch)).filter(|kept| kept.epoch == epoch).map_or(0, |kept| kept.fees)
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
    fn the_smallest_of_three_complete_epochs_weighs_three_times() {
        let mut fees = FeeEpochs::default();
        for (epoch, amount) in [(696, 1), (697, 30), (698, 20), (699, 10), (700, 1_000)] {
            fees.add(amount, epoch);
            fees.add(amount, epoch);
        }
        assert_eq!(fees.smallest_before(700), 20);
        assert_eq!(fees.weight_before(700), 60);
        assert_eq!(fees.weight_before(699), 6);
        assert_eq!(fees.weight_before(701), 60);
    }

    #[test]
    fn fees_of_two_epochs_weigh_nothing() {
        for missing in 697..700 {
            let mut fees = FeeEpochs::default();
            (697..700).filter(|epoch| *epoch != missing).for_each(|epoch| fees.add(1_000, epoch));
            assert_eq!(fees.weight_before(700), 0, "without {missing}");
            fees.add(1, missing);
            assert_eq!(fees.weight_before(700), 3, "with {missing}");
        }
    }

    #[test]
    fn weights_of_parties_never_sum_to_more_than_the_weight_of_their_fees() {
        let paid = [[5, 7, 11], [9, 2, 30], [1, 1_000, 1]];
        let (mut all, mut sum) = (FeeEpochs::default(), 0);
        for party in paid {
            let mut fees = FeeEpochs::default();
            for (epoch, amount) in (697..).zip(party) {
                fees.add(amount, epoch);
                all.add(amount, epoch);
            }
            sum += fees.weight_before(700);
        }
        assert_eq!((sum, all.weight_before(700)), (24, 45));
    }

    #[test]
    fn a_vote_that_reaches_into_the_next_epoch_still_finds_its_weight() {
        let mut fees = FeeEpochs::default();
        (697..=701).for_each(|epoch| fees.add(1, epoch));
        assert_eq!(fees.weight_before(700), 3);
        // By then it is over: its oldest epoch has been taken the place of.
        fees.add(1, 702);
        assert_eq!(fees.weight_before(700), 0);
    }

    #[test]
    fn epochs_without_fees_weigh_nothing() {
        let mut fees = FeeEpochs::default();
        (690..693).for_each(|epoch| fees.add(5, epoch));
        assert_eq!([693, 694, 700].map(|epoch| fees.weight_before(epoch)), [15, 0, 0]);
        // Before there were three epochs, nothing weighs.
        assert_eq!([0, 1, 2].map(|epoch| FeeEpochs::default().weight_before(epoch)), [0, 0, 0]);
    }

    #[test]
    fn sums_stop_at_their_limit() {
        let mut fees = FeeEpochs::default();
        for epoch in 697..700 {
            fees.add(u64::MAX, epoch);
            fees.add(1, epoch);
        }
        assert_eq!((fees.smallest_before(700), fees.weight_before(700)), (u64::MAX, u64::MAX));
    }
}
