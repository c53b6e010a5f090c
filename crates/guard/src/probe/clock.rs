//! Which time of the cluster's clock it was when something happened here.
//!
//! The guard's own clock does not halt; the cluster's may, and may jump after it. Two readings of the cluster's clock pin a
//! stretch of the one to a stretch of the other, and in between the one runs evenly along the other, as in a machine's
//! meter. So a time is known once a later reading is there, and while the cluster halts, none is.

use std::collections::VecDeque;
use std::time::Duration;

/// Readings that are kept: what is asked about was a minute ago, and not a day.
const READINGS: usize = 256;

/// What cannot be: a cluster's clock that ran so many seconds further than this one says that a node lies. Agave bounds its
/// clock's drift by a quarter when it is fast.
const LARGEST_LEAD: u64 = 30;

/// A reading of the cluster's clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading {
    /// When it was read, on a clock that never goes back.
    pub at: Duration,
    /// What it said, unix seconds.
    pub cluster: i64,
}

/// Readings that are believed.
#[derive(Clone, Debug, Default)]
pub struct Clock {
    readings: VecDeque<Reading>,
    /// When what the newest one says was first said.
    since: Duration,
}

impl Clock {
    /// Takes a reading: whether the clock has moved on. One that says less than the one before, or more than can be, is not
    /// believed.
    pub fn read(&mut self, reading: Reading) -> bool {
        let Some(last) = self.readings.back_mut() else {
            self.since = reading.at;
            self.readings.push_back(reading);
            return true;
        };
        if reading.at <= last.at || reading.cluster < last.cluster {
            return false;
        }
        if reading.cluster == last.cluster {
            // It shows whole seconds. The later it still shows one, the better is it known when the next begins; but not for
            // longer than one can take: then it halts.
            if reading.at <= self.since + Duration::from_secs(1) {
                last.at = reading.at;
            }
            return false;
        }
        let (passed, ran) =
            ((reading.at - last.at).as_millis() as u64, reading.cluster.abs_diff(last.cluster));
        if ran > passed / 1_000 + passed / 4_000 + LARGEST_LEAD {
            return false;
        }
        self.since = reading.at;
        self.readings.push_back(reading);
        if self.readings.len() > READINGS {
            self.readings.pop_front();
        }
        true
    }

    /// The newest reading that is believed.
    pub fn newest(&self) -> Option<Reading> {
        self.readings.back().copied()
    }

    /// What the cluster's clock said at a moment, rounded down: nothing until a later reading is there, or if all that are
    /// kept are later.
    pub fn time(&self, at: Duration) -> Option<i64> {
        let after = self.readings.partition_point(|reading| reading.at <= at);
        let (from, to) = (self.readings.get(after.checked_sub(1)?)?, self.readings.get(after)?);
        let ran = u128::from(from.cluster.abs_diff(to.cluster));
        let part = ran * (at - from.at).as_nanos() / (to.at - from.at).as_nanos();
        Some(from.cluster.saturating_add_unsigned(u64::try_from(part).unwrap_or(u64::MAX)))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn clock(readings: &[(u64, i64)]) -> Clock {
        let mut clock = Clock::default();
        readings.iter().for_each(|(seconds, cluster)| {
            clock.read(Reading { at: at(*seconds), cluster: *cluster });
        });
        clock
    }

    #[test]
    fn a_moment_between_two_readings_is_as_far_between_what_they_say() {
        let clock = clock(&[(10, 100), (20, 110), (40, 120)]);
        assert_eq!(
            [9, 10, 15, 20, 39].map(|it| clock.time(at(it))),
            [None, Some(100), Some(105), Some(110), Some(119)]
        );
        assert_eq!(clock.time(at(40)), None);
    }

    #[test]
    fn while_the_cluster_halts_no_time_is_known_and_after_it_none_was_invented() {
        let halted: Vec<_> = (0..600).map(|it| (it, 100)).collect();
        let mut clock = clock(&halted);
        assert_eq!(clock.time(at(300)), None);
        assert!(clock.read(Reading { at: at(601), cluster: 110 }));
        let times: Vec<_> = (2..601).map(|it| clock.time(at(it)).unwrap()).collect();
        assert!(times.is_sorted() && times.iter().all(|it| (100..110).contains(it)));
    }

    #[test]
    fn a_node_that_lies_about_the_time_is_not_believed() {
        let mut clock = clock(&[(0, 1_000)]);
        for (seconds, cluster) in [(10, 90_000), (20, 10), (30, 1_068), (5, 1_001)] {
            let believed = clock.read(Reading { at: at(seconds), cluster });
            assert_eq!(believed, seconds == 5, "{cluster}");
        }
        assert!(clock.read(Reading { at: at(100), cluster: 1_100 }));
        assert_eq!(clock.newest().unwrap().cluster, 1_100);
    }

    proptest! {
        #[test]
        fn times_follow_each_other_and_are_between_what_was_read(
            readings in prop::collection::vec((1_u64..100_000, -5_i64..200), 1..300),
            moments in prop::collection::vec(0_u64..10_000_000, 2),
        ) {
            let (mut clock, mut now, mut cluster) = (Clock::default(), 0, 1_000_000);
            let (mut least, mut most) = (i64::MAX, i64::MIN);
            for (passed, ran) in readings {
                (now, cluster) = (now + passed, cluster + ran);
                if clock.read(Reading { at: Duration::from_millis(now), cluster }) {
                    (least, most) = (least.min(cluster), most.max(cluster));
                }
            }
            let mut moments = moments;
            moments.sort_unstable();
            let times: Vec<_> =
                moments.iter().filter_map(|it| clock.time(Duration::from_millis(*it))).collect();
            prop_assert!(times.is_sorted());
            prop_assert!(times.iter().all(|it| (least..=most).contains(it)));
        }
    }
}
