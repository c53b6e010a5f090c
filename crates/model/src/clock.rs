/// A moment of the cluster: what its clock shows, and how many slots it has made.
///
/// The clock can jump: a cluster that was halted for a day has made no slot in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Moment {
    /// Unix seconds.
    pub at: i64,
    pub slot: u64,
}

impl Moment {
    /// How long a wait has lasted that began at `begin`: the seconds since, but no more than slots since.
    pub fn since(self, begin: Self) -> i64 {
        let slots = i64::try_from(self.slot.saturating_sub(begin.slot)).unwrap_or(i64::MAX);
        (self.at - begin.at).min(slots)
    }

    /// `seconds` and as many slots later.
    pub fn after(self, seconds: i64) -> Self {
        Self { at: self.at + seconds, slot: self.slot + seconds.unsigned_abs() }
    }

    /// The later of both clocks and the later of both slots.
    pub fn max(self, other: Self) -> Self {
        Self { at: self.at.max(other.at), slot: self.slot.max(other.slot) }
    }

    /// The wait that leads to a moment in which the clock and the slots of `other` are reached.
    pub fn until(self, other: Self) -> Wait {
        Wait { seconds: (other.at - self.at).max(0), slots: other.slot.saturating_sub(self.slot) }
    }
}

/// Time that passes: seconds of the clock, and slots.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wait {
    /// Of the clock.
    pub seconds: i64,
    /// That are made meanwhile.
    pub slots: u64,
}

impl Wait {
    /// `seconds` of a cluster that makes a slot every 400 milliseconds, and one slot more.
    pub fn seconds(seconds: i64) -> Self {
        Self { seconds, slots: seconds.unsigned_abs() * 5 / 2 + 1 }
    }
}
