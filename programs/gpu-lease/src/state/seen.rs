use crate::{errors::LeaseError, math::seconds_between};
use anchor_lang::prelude::*;
use bytemuck::{Pod, Zeroable};

/// What a party that signs an instruction about a lease has seen, and until when its signature counts.
///
/// Whoever lands it later, and after whatever else: it is for this lease and no other, or it is refused.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, AnchorSerialize, AnchorDeserialize, IdlType)]
pub struct Seen {
    /// [`super::Lease::life`] of the lease: everything about it that never changes.
    pub life: [u8; 32],
    /// Until when the instruction may land, unix seconds.
    pub valid_until: i64,
}

/// Requires that a signature still counts at `now`.
pub fn require_valid_until(valid_until: i64, now: i64) -> Result<()> {
    require!(now <= valid_until, LeaseError::SignatureExpired);
    Ok(())
}

/// A moment, by the cluster's clock and by its slots.
///
/// A wait is over when as many seconds and as many slots have passed. While slots are shorter than a second, that
/// is when the seconds have. After a halt, when the clock jumps, everybody still gets so many slots to answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Pod, Zeroable, IdlType)]
#[repr(C)]
pub struct Moment {
    /// Unix seconds.
    pub time: i64,
    /// Slot.
    pub slot: u64,
}

impl Moment {
    /// Now, on the cluster.
    pub fn now() -> Result<Self> {
        let Clock { unix_timestamp: time, slot, .. } = Clock::get()?;
        Ok(Self { time, slot })
    }

    /// `time` in a cluster that makes slots, what clients reckon with: far behind every slot that there was, and as many
    /// slots as seconds behind any other such moment.
    pub const fn by_clock(time: i64) -> Self {
        const FAR: u64 = 1 << 62;
        Self { time, slot: FAR.saturating_add_signed(time) }
    }

    /// `time`, which is not later than this moment, in the latest slot that it can have had.
    pub const fn back_at(&self, time: i64) -> Self {
        Self { time, slot: self.slot.saturating_sub(seconds_between(time, self.time)) }
    }

    /// `time`, which is not earlier than this moment, in the earliest slot that counts as it.
    pub const fn ahead_at(&self, time: i64) -> Self {
        Self { time, slot: self.slot.saturating_add(seconds_between(self.time, time)) }
    }

    /// How long ago `mark` was: seconds or slots, whichever are fewer.
    pub const fn since(&self, mark: Self) -> u64 {
        let (seconds, slots) = (seconds_between(mark.time, self.time), self.slot.saturating_sub(mark.slot));
        if seconds < slots { seconds } else { slots }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_counts_up_to_its_last_second() {
        assert_eq!(require_valid_until(5, 5), Ok(()));
        assert_eq!(require_valid_until(5, 6), Err(LeaseError::SignatureExpired.into()));
    }

    #[test]
    fn a_wait_takes_its_seconds_and_as_many_slots() {
        let mark = Moment { time: 1_000, slot: 50 };
        for (time, slot, waited) in
            [(1_000, 50, 0), (1_010, 75, 10), (19_000, 52, 2), (1_010, 50, 0), (1_003, 999, 3), (900, 40, 0)]
        {
            assert_eq!(Moment { time, slot }.since(mark), waited, "{time} {slot}");
        }
        assert_eq!(Moment::by_clock(1_007).since(mark), 7);
        assert_eq!(Moment::by_clock(1_007).since(Moment::by_clock(1_000)), 7);
    }

    #[test]
    fn a_slot_is_taken_for_a_second() {
        let now = Moment { time: 1_000, slot: 50 };
        assert_eq!(now.back_at(990), Moment { time: 990, slot: 40 });
        assert_eq!(now.back_at(900), Moment { time: 900, slot: 0 });
        assert_eq!(now.ahead_at(1_100), Moment { time: 1_100, slot: 150 });
        assert_eq!(now.ahead_at(1_000), now);
    }
}
