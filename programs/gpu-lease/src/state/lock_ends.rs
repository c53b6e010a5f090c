use crate::{constants::*, errors::LeaseError};
use anchor_lang::prelude::*;
use bytemuck::{Pod, Zeroable};

/// What is locked until when: a ring in which each end takes the place of one that has passed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Pod, Zeroable, IdlType)]
#[repr(C)]
pub struct LockEnds {
    /// End `n` is at `n % 26`.
    pub ends: [LockEnd; LOCK_ENDS],
}

/// What is locked until one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Pod, Zeroable, IdlType)]
#[repr(C)]
pub struct LockEnd {
    /// Which one: unix seconds, divided by 30 days.
    pub end: u64,
    /// Base units of the vote mint in all locks that end then.
    pub amount: u64,
}

/// Seconds from one end to the next.
const STEP: u64 = LOCK_STEP as u64;

/// Which end a moment is, unix seconds; none if locks cannot end then.
pub const fn lock_end(unlock_at: i64) -> Option<u64> {
    if unlock_at <= 0 || !unlock_at.unsigned_abs().is_multiple_of(STEP) {
        return None;
    }
    Some(unlock_at.unsigned_abs() / STEP)
}

impl LockEnds {
    /// `amount` more is locked until `unlock_at`, which is ahead.
    pub fn add(&mut self, amount: u64, unlock_at: i64) -> Result<()> {
        let end = lock_end(unlock_at).ok_or(LeaseError::UnlockTimeOutOfBounds)?;
        let kept = self.place(end).ok_or(LeaseError::UnlockTimeOutOfBounds)?;
        if kept.end != end {
            *kept = LockEnd { end, amount: 0 };
        }
        kept.amount = kept.amount.checked_add(amount).ok_or(LeaseError::AmountOverflow)?;
        Ok(())
    }

    /// `amount` is locked until `unlock_at` no longer. Nothing is to be done once that has passed.
    pub fn remove(&mut self, amount: u64, unlock_at: i64) -> Result<()> {
        let Some(end) = lock_end(unlock_at) else { return Ok(()) };
        let Some(kept) = self.place(end).filter(|kept| kept.end == end) else { return Ok(()) };
        kept.amount = kept.amount.checked_sub(amount).ok_or(LeaseError::InvariantTally)?;
        Ok(())
    }

    /// What is locked until after `time`, unix seconds; base units.
    #[inline(never)]
    pub fn beyond(&self, time: i64) -> u64 {
        let passed = time.max(0).unsigned_abs() / STEP;
        self.ends.iter().filter(|kept| kept.end > passed).fold(0, |sum, kept| sum.saturating_add(kept.amount))
    }

    fn place(&mut self, end: u64) -> Option<&mut LockEnd> {
        self.ends.get_mut(usize::try_from(end).ok()? % LOCK_ENDS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STEP: i64 = super::STEP as i64;

    #[test]
    fn locks_end_at_multiples_of_thirty_days() {
        assert_eq!([-STEP, 0, 1, STEP - 1, STEP + 1].map(lock_end), [None; 5]);
        assert_eq!([STEP, 700 * STEP].map(lock_end), [Some(1), Some(700)]);
        let mut ends = LockEnds::default();
        assert_eq!(ends.add(1, 700 * STEP + 1), Err(LeaseError::UnlockTimeOutOfBounds.into()));
    }

    #[test]
    fn what_is_locked_counts_until_its_end_and_not_at_it() {
        let mut ends = LockEnds::default();
        for (amount, end) in [(1, 700), (10, 701), (100, 724)] {
            ends.add(amount, end * STEP).unwrap();
            ends.add(amount, end * STEP).unwrap();
        }
        for (time, amount) in [
            (i64::MIN, 222),
            (700 * STEP - 1, 222),
            (700 * STEP, 220),
            (700 * STEP + 1, 220),
            (701 * STEP - 1, 220),
            (701 * STEP, 200),
            (724 * STEP - 1, 200),
            (724 * STEP, 0),
        ] {
            assert_eq!(ends.beyond(time), amount, "{time}");
        }
    }

    #[test]
    fn what_is_removed_counts_no_more() {
        let mut ends = LockEnds::default();
        ends.add(5, 700 * STEP).unwrap();
        ends.remove(3, 700 * STEP).unwrap();
        assert_eq!(ends.beyond(0), 2);
        assert_eq!(ends.remove(3, 700 * STEP), Err(LeaseError::InvariantTally.into()));
        // An end that is not kept any more, and none at all.
        assert_eq!([ends.remove(9, 674 * STEP), ends.remove(9, 0)], [Ok(()), Ok(())]);
        assert_eq!(ends.beyond(0), 2);
    }

    #[test]
    fn the_longest_lock_takes_the_place_of_one_that_has_passed() {
        // Whatever the time, and with a lock at every end that there is.
        for now in [700 * STEP - 1, 700 * STEP, 700 * STEP + 1] {
            let mut ends = LockEnds::default();
            let first = now / STEP + 1;
            let last = (now + i64::from(MAX_LOCK)) / STEP;
            for end in (first - 26..=last).filter(|end| *end > 0) {
                ends.add(1, end * STEP).unwrap();
            }
            assert_eq!(ends.beyond(now), u64::try_from(last - first + 1).unwrap());
        }
    }

    #[test]
    fn a_sum_that_does_not_fit_is_refused() {
        let mut ends = LockEnds::default();
        ends.add(u64::MAX, 700 * STEP).unwrap();
        assert_eq!(ends.add(1, 700 * STEP), Err(LeaseError::AmountOverflow.into()));
    }
}
