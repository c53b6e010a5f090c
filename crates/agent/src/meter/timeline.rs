//! From samples on the machine's clock to seconds of the cluster's.
//!
//! Leases are paid by the cluster's clock, which may halt and jump; samples are taken by the machine's, which does not. Two
//! readings of the cluster's clock pin a stretch of one to a stretch of the other. In between the one is taken to run
//! evenly along the other: a halt counts nothing until the clock goes on, and a jump after it is covered by the samples that
//! were taken meanwhile.

use std::collections::{BTreeMap, VecDeque};
use std::ops::Range;

use serde::{Deserialize, Serialize};

use gpu_lease_client::evidence::{Cause, Row};

/// Milliseconds between two samples.
pub const PERIOD: u64 = 1_000;

/// A gap of more milliseconds between two samples counts nothing.
const LONGEST_GAP: u64 = 2 * PERIOD;

/// What cannot be: a cluster's clock that ran so many seconds further than the machine's says that a node lies. Agave bounds
/// its clock's drift by a quarter when it is fast.
const LARGEST_LEAD: u64 = 30;

/// Millijoules that no card uses in a millisecond: 10 kW. A counter that ran further is not believed.
const MOST_ENERGY: u64 = 10_000;

/// What was seen of a lease at a moment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sample {
    /// What there is to say about it.
    pub cause: Option<Cause>,
    /// Millijoules that its cards have used since their driver was loaded, by UUID; without those that do not tell.
    pub energy: BTreeMap<String, u64>,
}

impl Sample {
    /// Millijoules used since the sample `earlier`, `passed` milliseconds before. A card that did not tell both times, or
    /// whose counter went back, adds nothing.
    fn used_since(&self, earlier: &Self, passed: u64) -> u64 {
        let used = |(card, now): (&String, &u64)| now.checked_sub(*earlier.energy.get(card)?);
        let most = passed.saturating_mul(MOST_ENERGY);
        self.energy.iter().filter_map(used).filter(|used| *used <= most).sum()
    }
}

/// The worse of two: what is the provider's comes before what is the tenant's. Of two of a kind the first.
fn worse(one: Option<Cause>, other: Option<Cause>) -> Option<Cause> {
    let badness = |cause: Option<Cause>| cause.map_or(0, |cause| if cause.is_tenants() { 1 } else { 2 });
    if badness(other) > badness(one) { other } else { one }
}

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
    /// Millijoules.
    energy: u64,
}

impl Stretch {
    /// Energy used in it before `at`, rounded down.
    fn energy_before(&self, at: u64) -> u64 {
        if at >= self.to {
            return self.energy;
        }
        let part = u128::from(self.energy) * u128::from(at.saturating_sub(self.from));
        u64::try_from(part / u128::from(self.to - self.from)).unwrap_or(self.energy)
    }
}

/// Seconds of the cluster's that count, or not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seconds {
    /// Unix seconds.
    pub at: Range<i64>,
    /// What there is to say about them.
    pub cause: Option<Cause>,
    /// Millijoules used in them.
    pub energy: u64,
}

impl Seconds {
    /// As a row of a lease of so many GPUs.
    pub const fn row(&self, gpus: u32) -> Row {
        Row { from: self.at.start, to: self.at.end, gpus, cause: self.cause, energy: self.energy }
    }

    /// The parts of them before and from `at` on, with the energy as [`Row::split`] divides it.
    pub fn split(&self, at: i64) -> (Option<Self>, Option<Self>) {
        let seconds = |row: Row| Self { at: row.from..row.to, cause: row.cause, energy: row.energy };
        let (before, after) = self.row(0).split(at);
        (before.map(seconds), after.map(seconds))
    }
}

/// Samples that wait for the cluster's clock.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Timeline {
    last: Option<Tick>,
    /// When what the last one says was first said.
    since: u64,
    /// The next one, which waits for samples after it.
    next: Option<Tick>,
    newest: Option<(u64, Sample)>,
    stretches: VecDeque<Stretch>,
}

impl Timeline {
    /// Takes a sample, in milliseconds since the machine was booted: the seconds that it decides. Samples come in order;
    /// others are left out.
    pub fn sample(&mut self, at: u64, sample: Sample) -> Vec<Seconds> {
        if let Some((before, earlier)) = &self.newest {
            if at <= *before {
                return Vec::new();
            }
            let passed = at - before;
            let cause = match passed > LONGEST_GAP {
                true => Some(Cause::Unobserved),
                // Good samples have to be on both sides.
                false => worse(earlier.cause, sample.cause),
            };
            let energy = sample.used_since(earlier, passed);
            match self.stretches.back_mut() {
                Some(last) if last.cause == cause => {
                    (last.to, last.energy) = (at, last.energy.saturating_add(energy));
                }
                _ => self.stretches.push_back(Stretch { from: *before, to: at, cause, energy }),
            }
        }
        self.newest = Some((at, sample));
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
        let (Some(last), Some(tick), Some((sampled, _))) = (self.last, self.next, &self.newest) else {
            return Vec::new();
        };
        if *sampled < tick.machine {
            return Vec::new();
        }
        let (passed, ran) = (tick.machine - last.machine, last.cluster.abs_diff(tick.cluster));
        let mut decided: Vec<Seconds> = Vec::new();
        let mut stretches = self.stretches.iter().peekable();
        let mut given = 0;
        for second in 0..ran {
            // The machine's time that this second covers, rounded outwards.
            let from = last.machine + second * passed / ran;
            let to = last.machine + ((second + 1) * passed).div_ceil(ran);
            while stretches.next_if(|stretch| stretch.to <= from).is_some() {}
            let cause = Self::cause_within(stretches.clone().copied(), from, to);
            let at = last.cluster.saturating_add_unsigned(second);
            // Up to where the next second begins, not outwards: all of it is used once.
            let used = self.energy_before(last.machine + (second + 1) * passed / ran);
            let energy = used - given;
            given = used;
            match decided.last_mut() {
                Some(before) if before.cause == cause => {
                    (before.at.end, before.energy) = (at + 1, before.energy + energy);
                }
                _ => decided.push(Seconds { at: at..at + 1, cause, energy }),
            }
        }
        (self.last, self.since, self.next) = (Some(tick), tick.machine, None);
        self.forget_before(tick.machine);
        decided
    }

    /// What there is to say about a stretch of the machine's time: the worst of its parts.
    fn cause_within(stretches: impl Iterator<Item = Stretch>, from: u64, to: u64) -> Option<Cause> {
        let (mut covered, mut cause) = (from, None);
        for stretch in stretches.take_while(|stretch| stretch.from < to) {
            if stretch.from > covered {
                cause = worse(cause, Some(Cause::Unobserved));
            }
            cause = worse(cause, stretch.cause);
            covered = stretch.to;
        }
        if covered < to { worse(cause, Some(Cause::Unobserved)) } else { cause }
    }

    /// Energy of the stretches that are kept, up to `at`.
    fn energy_before(&self, at: u64) -> u64 {
        let before = self.stretches.iter().take_while(|stretch| stretch.from < at);
        before.map(|stretch| stretch.energy_before(at)).fold(0, u64::saturating_add)
    }

    fn forget_before(&mut self, machine: u64) {
        while self.stretches.front().is_some_and(|stretch| stretch.to <= machine) {
            self.stretches.pop_front();
        }
        if let Some(first) = self.stretches.front_mut().filter(|first| first.from < machine) {
            first.energy -= first.energy_before(machine);
            first.from = machine;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(cause: Option<Cause>) -> Sample {
        Sample { cause, ..Sample::default() }
    }

    /// Seconds in which nothing was used.
    fn seconds(at: Range<i64>, cause: Option<Cause>) -> Seconds {
        Seconds { at, cause, energy: 0 }
    }

    /// Samples once a second, from one to another, in milliseconds.
    fn sampled(timeline: &mut Timeline, from: u64, to: u64, cause: Option<Cause>) {
        (from..=to).step_by(PERIOD as usize).for_each(|at| _ = timeline.sample(at, of(cause)));
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
        assert_eq!(decided, [seconds(100..110, None)]);
    }

    #[test]
    fn the_second_of_a_bad_sample_and_those_beside_it_do_not_count() {
        let mut timeline = Timeline::default();
        timeline.sample(0, of(None));
        timeline.tick(Tick { machine: 0, cluster: 100 });
        for second in 1..=10 {
            timeline.sample(second * 1_000, of((second == 5).then_some(Cause::Engine)));
        }
        let decided = timeline.tick(Tick { machine: 10_000, cluster: 110 });
        assert_eq!(
            decided,
            [seconds(100..104, None), seconds(104..106, Some(Cause::Engine)), seconds(106..110, None),]
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
        timeline.sample(0, of(Some(Cause::Container)));
        timeline.tick(Tick { machine: 0, cluster: 100 });
        timeline.sample(900, of(None));
        timeline.tick(Tick { machine: 950, cluster: 100 });
        sampled(&mut timeline, 1_900, 10_900, None);
        assert_eq!(timeline.tick(Tick { machine: 9_950, cluster: 109 }), [seconds(100..109, None)]);
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
        let decided = timeline.sample(9_000, of(None));
        assert_eq!(decided, [seconds(0..9, Some(Cause::Unobserved))]);
    }

    #[test]
    fn a_reading_waits_for_the_sample_after_it() {
        let mut timeline = Timeline::default();
        sampled(&mut timeline, 0, 5_000, None);
        timeline.tick(Tick { machine: 500, cluster: 0 });
        assert!(timeline.tick(Tick { machine: 5_500, cluster: 5 }).is_empty());
        assert_eq!(timeline.sample(6_000, of(None)), [seconds(0..5, None)]);
    }

    fn with_energy(cause: Option<Cause>, counters: &[(&str, u64)]) -> Sample {
        let energy = counters.iter().map(|(card, energy)| ((*card).to_owned(), *energy)).collect();
        Sample { cause, energy }
    }

    #[test]
    fn of_two_samples_and_within_a_second_the_providers_cause_comes_before_the_tenants() {
        let (provider, tenant) = (Some(Cause::Gateway), Some(Cause::Ended));
        for (one, other, expected) in [
            (None, tenant, tenant),
            (tenant, None, tenant),
            (tenant, provider, provider),
            (provider, tenant, provider),
            (Some(Cause::Program), tenant, Some(Cause::Program)),
        ] {
            let mut timeline = Timeline::default();
            timeline.sample(0, of(one));
            timeline.tick(Tick { machine: 0, cluster: 7 });
            timeline.sample(1_000, of(other));
            assert_eq!(timeline.tick(Tick { machine: 1_000, cluster: 8 }), [seconds(7..8, expected)]);
        }
        // Two samples a second: the second half of it is the provider's.
        let mut timeline = Timeline::default();
        timeline.tick(Tick { machine: 0, cluster: 7 });
        for (at, cause) in [(0, tenant), (500, tenant), (1_000, provider), (1_500, None), (2_000, None)] {
            timeline.sample(at, of(cause));
        }
        assert_eq!(timeline.tick(Tick { machine: 2_000, cluster: 9 }), [seconds(7..9, provider)]);
    }

    #[test]
    fn energy_that_a_counter_cannot_tell_is_not_counted() {
        for (before, after, used) in [
            (&[("a", 5_000)][..], &[("a", 7_000)][..], 2_000),
            (&[("a", 5_000), ("b", 1)], &[("a", 5_000), ("b", 4)], 3),
            // It went back, one came, one went, and one cannot be.
            (&[("a", 5_000), ("b", 1)], &[("a", 4_999), ("b", 4)], 3),
            (&[("a", 5_000)], &[("a", 5_001), ("b", 900)], 1),
            (&[("a", 5_000), ("b", 900)], &[("a", 5_001)], 1),
            (&[("a", 0)], &[("a", 10_000_000)], 10_000_000),
            (&[("a", 0)], &[("a", 10_000_001)], 0),
            (&[], &[], 0),
        ] {
            let mut timeline = Timeline::default();
            timeline.sample(0, with_energy(None, before));
            timeline.tick(Tick { machine: 0, cluster: 7 });
            timeline.sample(1_000, with_energy(None, after));
            let decided = timeline.tick(Tick { machine: 1_000, cluster: 8 });
            assert_eq!(decided, [Seconds { at: 7..8, cause: None, energy: used }]);
        }
    }

    proptest! {
        /// Between two readings of the clock as much energy is decided as was sampled there, to the millijoule.
        #[test]
        fn energy_is_neither_lost_nor_made(
            steps in prop::collection::vec((1u64..3_000, 0u64..900_000, any::<bool>(), 0i64..4), 2..100),
        ) {
            let mut timeline = Timeline::default();
            let (mut machine, mut cluster, mut counter) = (0, 1_000, 0);
            timeline.sample(machine, with_energy(None, &[("a", counter)]));
            timeline.tick(Tick { machine, cluster });
            let mut given = 0;
            for (pause, used, is_good, ran) in steps {
                (machine, cluster, counter) = (machine + pause, cluster + ran, counter + used.min(pause * MOST_ENERGY));
                let sample = with_energy((!is_good).then_some(Cause::Engine), &[("a", counter)]);
                let mut decided = timeline.sample(machine, sample);
                decided.extend(timeline.tick(Tick { machine, cluster }));
                given += decided.iter().map(|it| it.energy).sum::<u64>();
                prop_assert!(given <= counter);
                // All samples up to the reading are in: nothing is left over.
                if timeline.last == Some(Tick { machine, cluster }) && !decided.is_empty() {
                    prop_assert_eq!(given, counter);
                }
            }
        }

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
                let mut decided = timeline.sample(machine, of((!is_good).then_some(Cause::Gateway)));
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
