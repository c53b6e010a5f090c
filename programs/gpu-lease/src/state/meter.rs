use super::Moment;
use crate::math::*;
use anchor_lang::prelude::*;
use bytemuck::{Pod, Zeroable};

/// A lease's usage, in GPU-seconds. Every count is cumulative.
///
/// Capacity grows in segments, each with a number of GPUs of its own. The current segment and the one before
/// it are known. A new one begins only when the current one is attested ([`Meter::is_resizable`]), so no window
/// can end before those two, and every capacity is exact.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Pod, Zeroable, IdlType)]
#[repr(C)]
pub struct Meter {
    /// Final units.
    pub accepted: u64,
    /// The claim whose challenge window runs; equal to `accepted` if there is none.
    pub maturing: Claim,
    /// The newest claim; equal to `maturing` if there is none after it.
    pub latest: Claim,
    /// End of the last attested window, unix seconds.
    pub window_end: i64,
    /// From when on silence counts: the end of the last attested window, or the top-up after it that made the
    /// lease run again.
    pub heartbeat: Moment,
    /// Energy attested, watt-hours.
    pub energy_wh: u64,
    /// Capacity until the current segment, GPU-seconds.
    pub segment_base: u64,
    /// When the current segment begins, unix seconds: in the future while a notice to shrink runs.
    pub segment_start: i64,
    /// GPUs of the current segment.
    pub gpus: u32,
    /// GPUs of the segment before it.
    pub previous_gpus: u32,
    /// Capacity that no deposit funded when it passed, GPU-seconds: the SLA does not promise it, even if a
    /// later top-up would have paid for it.
    pub excused: u64,
    /// Capacity up to `window_end` that was funded, GPU-seconds.
    pub attested_fundable: u64,
    /// Capacity that was funded when a top-up first made the lease run again that the provider has not taken up.
    pub free_fundable: u64,
    /// When such a top-up last came, unix seconds; 0 if there was none.
    pub revived_at: i64,
    /// sha256 of the metering record of the last attestation.
    pub evidence: [u8; 32],
}

/// Units attested without the renter's signature.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Pod, Zeroable, IdlType)]
#[repr(C)]
pub struct Claim {
    /// Cumulative GPU-seconds.
    pub units: u64,
    /// When it was submitted.
    pub submitted: Moment,
}

impl Meter {
    /// A meter of `gpus` that runs from `now` on.
    pub fn start(gpus: u32, now: Moment) -> Self {
        Self { gpus, segment_start: now.time, window_end: now.time, heartbeat: now, ..Self::default() }
    }

    /// GPU-seconds that can have been delivered until `time`: none before the lease began.
    pub const fn capacity(&self, time: i64) -> u64 {
        if time < self.segment_start {
            let missing = units_in(self.previous_gpus, time.abs_diff(self.segment_start));
            self.segment_base.saturating_sub(missing)
        } else {
            self.segment_base.saturating_add(units_in(self.gpus, time.abs_diff(self.segment_start)))
        }
    }

    /// When [`capacity`](Self::capacity) reaches `units`, unix seconds.
    pub const fn reaches(&self, units: u64) -> i64 {
        if units < self.segment_base {
            let seconds = self.segment_base.saturating_sub(units).div_ceil(at_least_one(self.previous_gpus));
            self.segment_start.saturating_sub_unsigned(seconds)
        } else {
            #[allow(clippy::arithmetic_side_effects, reason = "the divisor is at least one")]
            let seconds = units.saturating_sub(self.segment_base) / at_least_one(self.gpus);
            self.segment_start.saturating_add_unsigned(seconds)
        }
    }

    /// Whether usage has been attested in the current segment, so that the one before it can be forgotten, and
    /// since the lease last began to run again.
    pub const fn is_resizable(&self) -> bool {
        self.window_end >= self.segment_start && !self.is_free()
    }

    /// Whether a top-up made the lease run again and the provider has not taken it up: it is bound to what it was
    /// paid for before, and to nothing since.
    pub const fn is_free(&self) -> bool {
        self.revived_at > 0
    }

    /// Begins a segment of `gpus` at `time`. Only the segment before it stays known.
    pub fn resize(&mut self, gpus: u32, time: i64) {
        self.segment_base = self.capacity(time);
        self.segment_start = time;
        self.previous_gpus = self.gpus;
        self.gpus = gpus;
    }

    /// Makes the lease run again at `now`: of the capacity until then, `excused` was not funded, and `fundable` was.
    pub const fn revive(&mut self, excused: u64, fundable: u64, now: Moment) {
        self.excused = excused;
        if !self.is_free() {
            self.free_fundable = fundable;
        }
        self.revived_at = now.time;
        self.heartbeat = now;
    }

    /// Moves the attested window to `window_end`, by which `fundable` units were funded. A window that ends after the
    /// last top-up that made the lease run again takes it up, and all before it. One that ends in the same second may
    /// have been signed before: it says what was delivered, and promises no more than before.
    pub fn attest(&mut self, window_end: i64, fundable: u64, now: Moment) {
        self.window_end = window_end;
        if window_end > self.revived_at {
            self.revived_at = 0;
            self.free_fundable = fundable;
        }
        self.attested_fundable = self.free_fundable;
        let Moment { time, slot } = now.back_at(window_end);
        self.heartbeat = Moment { time, slot: slot.max(self.heartbeat.slot) };
    }

    /// Accepts every claim whose challenge window has passed at `now`: at most two.
    #[inline(always)]
    pub fn mature(&mut self, challenge_window: u32, now: Moment) {
        if self.maturing.units > self.accepted {
            (self.accepted, self.maturing) = self.matured(challenge_window, now);
        }
    }

    /// What is accepted, and which claim's window runs, once every claim is accepted whose window has passed at `now`.
    #[inline(never)]
    pub fn matured(&self, challenge_window: u32, now: Moment) -> (u64, Claim) {
        let (mut accepted, mut maturing) = (self.accepted, self.maturing);
        while maturing.units > accepted && now.since(maturing.submitted) >= u64::from(challenge_window) {
            (accepted, maturing) = (maturing.units, self.latest);
        }
        (accepted, maturing)
    }

    /// Whether units are claimed that are not accepted.
    pub const fn has_open_claim(&self) -> bool {
        self.latest.units > self.accepted
    }

    /// Makes `claim`'s units final and leaves no claim open.
    pub const fn accept(&mut self, claim: Claim) {
        self.accepted = claim.units;
        self.maturing = claim;
        self.latest = claim;
    }

    /// Opens `claim`'s challenge window, or queues it after the one that is running.
    pub const fn claim(&mut self, claim: Claim) {
        if self.maturing.units == self.accepted {
            self.maturing = claim;
        }
        self.latest = claim;
    }
}

/// A divisor: a segment has a GPU at least, unless there is none before the first.
const fn at_least_one(gpus: u32) -> u64 {
    if gpus == 0 { 1 } else { gpus as u64 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frequent_claims_neither_postpone_nor_shorten_a_window() {
        let mut meter = Meter::default();
        for (units, time) in [(10, 0), (20, 300), (30, 599)] {
            meter.claim(Claim { units, submitted: Moment { time, slot: 0 } });
        }
        for (time, accepted) in [(599, 0), (600, 10), (1_198, 10), (1_199, 30)] {
            meter.mature(600, Moment::by_clock(time));
            assert_eq!(meter.accepted, accepted, "at {time}");
        }
    }

    #[test]
    fn a_claim_matures_when_as_many_slots_have_passed() {
        let mut meter = Meter::default();
        meter.claim(Claim { units: 10, submitted: Moment { time: 0, slot: 70 } });
        for (slot, accepted) in [(71, 0), (669, 0), (670, 10)] {
            meter.mature(600, Moment { time: 18_000, slot });
            assert_eq!(meter.accepted, accepted, "in slot {slot}");
        }
    }

    #[test]
    fn capacity_is_exact_in_both_segments() {
        let mut meter = Meter::start(4, Moment::by_clock(1_000));
        meter.resize(1, 1_100);
        for (time, capacity) in [(999, 0), (1_000, 0), (1_001, 4), (1_099, 396), (1_100, 400), (1_101, 401)] {
            assert_eq!(meter.capacity(time), capacity, "at {time}");
        }
    }

    #[test]
    fn capacity_is_reached_in_the_second_in_which_it_covers_the_units() {
        let mut meter = Meter::start(4, Moment::by_clock(1_000));
        meter.resize(2, 1_100);
        for (units, time) in
            [(0, 1_000), (4, 1_001), (5, 1_001), (399, 1_099), (400, 1_100), (401, 1_100), (402, 1_101)]
        {
            assert_eq!(meter.reaches(units), time, "{units} units");
        }
    }

    #[test]
    fn a_segment_is_forgotten_only_when_the_next_is_attested() {
        let mut meter = Meter::start(4, Moment::by_clock(1_000));
        assert!(meter.is_resizable());
        meter.resize(8, 1_100);
        meter.window_end = 1_099;
        assert!(!meter.is_resizable());
        meter.window_end = 1_100;
        assert!(meter.is_resizable());
        meter.resize(2, 1_200);
        assert_eq!((meter.window_end, meter.segment_base), (1_100, 400 + 800));
        assert_eq!(meter.capacity(1_100), 400);
    }
}
