//! From samples on the machine's clock to seconds of the cluster's.
//!
//! Leases are paid by the cluster's clock, which may halt and jump; samples are taken by the machine's, which does not. Two
//! readings of the cluster's clock pin a stretch of one to a stretch of the other. In between the one is taken to run
//! evenly along the other: a halt counts nothing until the clock goes on, and a jump after it is covered by the samples that
//! were taken meanwhile.

use std::collections::VecDeque;
use std::ops::Range;

use serde::{Deserialize, Serialize};

use gpu_lease_client::evidence::Cause;

/// Milliseconds between two samples.
pub const PERIOD: u64 = 1_000;

/// A gap of more milliseconds between two samples counts nothing.
const LONGEST_GAP: u64 = 2 * PERIOD;

/// What cannot be: a cluster's clock that ran so many seconds further than the machine's says that a node lies. Agave bounds
/// its clock's drift by a quarter when it is fast.
const LARGEST_LEAD: u64 = 30;

/// A reading of the cluster's clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tick {
    /// When it was read, milliseconds since the machine was booted.
    pub machine: u64,
    /// What it said, unix seconds.
    pub cluster: i64,
}

/// A stretch of the machine's time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Stretch {
    from: u64,
    to: u64,
    cause: Option<Cause>,
}

/// Seconds of the cluster's that count, or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seconds {
    /// Unix seconds.
    pub at: Range<i64>,
    /// Why they do not count; `None` if they do.
    pub cause: Option<Cause>,
}

/// Samples that wait for the cluster's clock.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Timeline {
    last: Option<Tick>,
    /// When what the last one says was first said.
    since: u64,
    /// The next one, which waits for samples after it.
    next: Option<Tick>,
    newest: Option<(u64, Option<Cause>)>,
    stretches: VecDeque<Stretch>,
}

impl Timeline {
    /// Takes a sample, in milliseconds since the machine was booted: the seconds that it decides. Samples come in order;
    /// others are left out.
    pub fn sample(&mut self, at: u64, cause: Option<Cause>) -> Vec<Seconds> {
        if let Some((before, earlier)) = self.newest {
            if at <= before {
                return Vec::new();
            }
            let cause = match at - before > LONGEST_GAP {
                true => Some(Cause::Unobserved),
                // Good samples have to be on both sides.
                false => earlier.or(cause),
            };
            match self.stretches.back_mut() {
                Some(last) if last.cause == cause => last.to = at,
                _ => self.stretches.push_back(Stretch { from: before, to: at, cause }),
            }
        }
        self.newest = Some((at, cause));
        self.decided()
    }

    /// Takes a reading of the cluster's clock: the seconds that it decides.
    ///
    /// One that says less than the one before, or more than can be, is not believed. While one waits for samples after it,
    /// others are left out.
    pub fn tick(&mut self, tick: Tick) -> Vec<Seconds> {
        let Some(last) = self.last else {
            (self.last, self.since) = (Some(tick), tick.machine);
            self.forget_before(tick.machine);
            return Vec::new();
        };
        // The clock shows whole seconds. The later it still shows one, the better is it known when the next begins; but not
        // for longer than one can take: then the clock halts.
        if tick.cluster == last.cluster && self.next.is_none() && tick.machine > last.machine {
            if tick.machine <= self.since + 1_000 {
                self.last = Some(tick);
            }
            return Vec::new();
        }
        let has_moved = tick.machine > last.machine && tick.cluster > last.cluster;
        let (passed, ran) = (tick.machine.saturating_sub(last.machine), last.cluster.abs_diff(tick.cluster));
        let is_possible = ran <= passed / 1_000 + passed / 4_000 + LARGEST_LEAD;
        if has_moved && is_possible && self.next.is_none() {
            self.next = Some(tick);
        }
        self.decided()
    }

    /// The seconds up to the next reading of the cluster's clock, in order and without a gap, once there is a sample after it.
    fn decided(&mut self) -> Vec<Seconds> {
        let (Some(last), Some(tick), Some((sampled, _))) = (self.last, self.next, self.newest) else {
            return Vec::new();
        };
        if sampled < tick.machine {
            return Vec::new();
        }
        let (passed, ran) = (tick.machine - last.machine, last.cluster.abs_diff(tick.cluster));
        let mut decided: Vec<Seconds> = Vec::new();
        let mut stretches = self.stretches.iter().peekable();
        for second in 0..ran {
            // The machine's time that this second covers, rounded outwards.
            let from = last.machine + second * passed / ran;
            let to = last.machine + ((second + 1) * passed).div_ceil(ran);
            while stretches.next_if(|stretch| stretch.to <= from).is_some() {}
            let cause = Self::cause_within(stretches.clone().copied(), from, to);
            let at = last.cluster.saturating_add_unsigned(second);
            match decided.last_mut() {
                Some(before) if before.cause == cause => before.at.end = at + 1,
                _ => decided.push(Seconds { at: at..at + 1, cause }),
            }
        }
        (self.last, self.since, self.next) = (Some(tick), tick.machine, None);
        self.forget_before(tick.machine);
        decided
    }

    /// Why not all of a stretch of the machine's time counts, if it does not.
    fn cause_within(stretches: impl Iterator<Item = Stretch>, from: u64, to: u64) -> Option<Cause> {
        let mut covered = from;
        for stretch in stretches.take_while(|stretch| stretch.from < to) {
            if stretch.from > covered {
                return Some(Cause::Unobserved);
            }
            if stretch.cause.is_some() {
                return stretch.cause;
            }
            covered = stretch.to;
        }
        (covered < to).then_some(Cause::Unobserved)
    }

    fn forget_before(&mut self, machine: u64) {
        while self.stretches.front().is_some_and(|stretch| stretch.to <= machine) {
            self.stretches.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Samples once a second, from one to another, in milliseconds.
    fn sampled(timeline: &mut Timeline, from: u64, to: u64, cause: Option<Cause>) {
        (from..=to).step_by(PERIOD as usize).for_each(|at| _ = timeline.sample(at, cause));
    }

    fn good(decided: &[Seconds]) -> u64 {
        decided.iter().filter(|it| it.cause.is_none()).map(|it| it.at.start.abs_diff(it.at.end)).sum()
    }

    #[test]
    fn seconds_that_good_samples_bracket_count() {
        let mut timeline = Timeline::default();
        sampled(&mut timeline, 0, 12_000, None);
        assert!(timeline.tick(Tick { machine: 1_000, cluster: 100 }).is_empty());
        let decided = timeline.tick(Tick { machine: 11_000, cluster: 110 });
        assert_eq!(decided, [Seconds { at: 100..110, cause: None }]);
    }

    #[test]
    fn the_second_of_a_bad_sample_and_those_beside_it_do_not_count() {
        let mut timeline = Timeline::default();
        timeline.sample(0, None);
        timeline.tick(Tick { machine: 0, cluster: 100 });
        for second in 1..=10 {
            timeline.sample(second * 1_000, (second == 5).then_some(Cause::Engine));
        }
        let decided = timeline.tick(Tick { machine: 10_000, cluster: 110 });
        assert_eq!(
            decided,
            [
                Seconds { at: 100..104, cause: None },
                Seconds { at: 104..106, cause: Some(Cause::Engine) },
                Seconds { at: 106..110, cause: None },
            ]
        );
    }

    #[test]
    fn a_gap_of_two_samples_counts_and_a_longer_one_does_not() {
        for (gap, counts) in [(2_000, 20), (2_001, 17)] {
            let mut timeline = Timeline::default();
            sampled(&mut timeline, 0, 10_000, None);
            timeline.tick(Tick { machine: 0, cluster: 0 });
            sampled(&mut timeline, 10_000 + gap, 21_000 + gap, None);
            assert_eq!(good(&timeline.tick(Tick { machine: 20_000, cluster: 20 })), counts, "{gap}");
        }
    }

    #[test]
    fn a_halt_invents_nothing_and_what_was_sampled_in_it_is_not_lost() {
        let mut timeline = Timeline::default();
        sampled(&mut timeline, 0, 3_600_000, None);
        timeline.tick(Tick { machine: 0, cluster: 100 });
        for machine in (10_000..3_600_000).step_by(10_000) {
            assert!(timeline.tick(Tick { machine, cluster: 100 }).is_empty());
        }
        assert_eq!(good(&timeline.tick(Tick { machine: 3_600_000, cluster: 3_700 })), 3_600);
    }

    #[test]
    fn what_is_good_when_a_second_is_read_again_counts_from_that_second_on() {
        let mut timeline = Timeline::default();
        timeline.sample(0, Some(Cause::Container));
        timeline.tick(Tick { machine: 0, cluster: 100 });
        timeline.sample(900, None);
        timeline.tick(Tick { machine: 950, cluster: 100 });
        sampled(&mut timeline, 1_900, 10_900, None);
        assert_eq!(
            timeline.tick(Tick { machine: 9_950, cluster: 109 }),
            [Seconds { at: 100..109, cause: None }]
        );
    }

    #[test]
    fn a_node_that_lies_about_the_time_is_not_believed() {
        let mut timeline = Timeline::default();
        sampled(&mut timeline, 0, 100_000, None);
        timeline.tick(Tick { machine: 0, cluster: 1_000 });
        assert!(timeline.tick(Tick { machine: 10_000, cluster: 90_000 }).is_empty());
        assert!(timeline.tick(Tick { machine: 20_000, cluster: 10 }).is_empty());
        assert_eq!(good(&timeline.tick(Tick { machine: 100_000, cluster: 1_100 })), 100);
    }

    #[test]
    fn what_was_not_sampled_is_unobserved() {
        let mut timeline = Timeline::default();
        timeline.tick(Tick { machine: 0, cluster: 0 });
        assert!(timeline.tick(Tick { machine: 9_000, cluster: 9 }).is_empty());
        let decided = timeline.sample(9_000, None);
        assert_eq!(decided, [Seconds { at: 0..9, cause: Some(Cause::Unobserved) }]);
    }

    #[test]
    fn a_reading_waits_for_the_sample_after_it() {
        let mut timeline = Timeline::default();
        sampled(&mut timeline, 0, 5_000, None);
        timeline.tick(Tick { machine: 500, cluster: 0 });
        assert!(timeline.tick(Tick { machine: 5_500, cluster: 5 }).is_empty());
        assert_eq!(timeline.sample(6_000, None), [Seconds { at: 0..5, cause: None }]);
    }

    proptest! {
        /// Whatever comes: what is decided follows on itself, in order, and no more counts than was sampled as good.
        #[test]
        fn decided_seconds_are_whole_ordered_and_never_more_than_was_good(
            steps in prop::collection::vec((1u64..4_000, any::<bool>(), 0u64..6, any::<bool>()), 1..200),
        ) {
            let mut timeline = Timeline::default();
            let (mut machine, mut cluster, mut good_ms) = (0u64, 1_000i64, 0u64);
            let mut before: Option<(u64, bool)> = None;
            let mut until: Option<i64> = None;
            let (mut counted, mut speed_up) = (0u64, 1.0f64);
            // When the clock was read, first and last, as showing what it showed then.
            let mut last: Option<(u64, u64, i64)> = None;
            for (pause, is_good, ran, reads) in steps {
                machine += pause;
                let mut decided = timeline.sample(machine, (!is_good).then_some(Cause::Gateway));
                if let Some((at, was_good)) = before && was_good && is_good && machine - at <= LONGEST_GAP {
                    good_ms += machine - at;
                }
                before = Some((machine, is_good));
                cluster += i64::try_from(ran).unwrap();
                if reads {
                    decided.extend(timeline.tick(Tick { machine, cluster }));
                }
                for seconds in decided {
                    if let Some(until) = until {
                        prop_assert_eq!(seconds.at.start, until);
                    }
                    prop_assert!(seconds.at.start < seconds.at.end);
                    until = Some(seconds.at.end);
                    if seconds.cause.is_none() {
                        counted += seconds.at.start.abs_diff(seconds.at.end);
                    }
                }
                if !reads {
                    continue;
                }
                match last {
                    // Within a second it may still be the same one, and the later it is the better is it known.
                    Some((since, _, said)) if said == cluster && machine <= since + 1_000 => {
                        last = Some((since, machine, said));
                    }
                    Some((_, at, said)) if until == Some(cluster) && said != cluster => {
                        let rate = (cluster - said) as f64 * 1_000.0 / (machine - at) as f64;
                        speed_up = speed_up.max(rate);
                        last = Some((machine, machine, cluster));
                    }
                    Some(_) => {}
                    None => last = Some((machine, machine, cluster)),
                }
            }
            prop_assert!(counted as f64 <= good_ms as f64 / 1_000.0 * speed_up + 1e-6);
        }
    }
}
