//! When a machine is asked: by chance, so that nobody knows when it has to answer.

use std::time::Duration;

use rand::Rng;

/// How often a machine is asked, and how often somebody logs in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// Between two probes, on average.
    pub probe: Duration,
    /// At least.
    pub least: Duration,
    /// At most.
    pub most: Duration,
    /// Between two logins, give or take a fifth.
    pub login: Duration,
}

impl Default for Schedule {
    fn default() -> Self {
        Self {
            probe: Duration::from_secs(60),
            least: Duration::from_secs(5),
            most: Duration::from_secs(240),
            login: Duration::from_secs(600),
        }
    }
}

impl Schedule {
    /// Until the next probe. Times in between have no memory: that the last one was long ago says nothing about the next.
    pub fn until_probe(&self, rng: &mut impl Rng) -> Duration {
        let chance: f64 = rng.r#gen();
        let waits = self.probe.mul_f64(-(1.0 - chance).ln());
        waits.clamp(self.least, self.most)
    }

    /// Until the next login. While logins fail, they are tried as often as probes are.
    pub fn until_login(&self, has_failed: bool, rng: &mut impl Rng) -> Duration {
        match has_failed {
            true => self.until_probe(rng),
            false => self.login.mul_f64(rng.gen_range(0.8..1.2)),
        }
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand::rngs::StdRng;

    use super::*;

    #[test]
    fn probes_come_once_a_minute_on_average_and_never_soon_or_late_for_certain() {
        let (schedule, mut rng) = (Schedule::default(), StdRng::seed_from_u64(1));
        let times: Vec<_> = (0..20_000).map(|_| schedule.until_probe(&mut rng).as_secs_f64()).collect();
        let mean = times.iter().sum::<f64>() / 20_000.0;
        assert!((57.5..61.0).contains(&mean), "{mean}");
        assert!(times.iter().all(|it| (5.0..=240.0).contains(it)));
        // Of an exponential distribution, this share is under its mean.
        let short = times.iter().filter(|it| **it < 60.0).count();
        assert!((12_300..13_000).contains(&short), "{short}");
    }

    #[test]
    fn logins_come_every_ten_minutes_and_as_often_as_probes_while_they_fail() {
        let (schedule, mut rng) = (Schedule::default(), StdRng::seed_from_u64(2));
        for _ in 0..1_000 {
            let time = schedule.until_login(false, &mut rng);
            assert!((480..720).contains(&time.as_secs()), "{time:?}");
            assert!(schedule.until_login(true, &mut rng) <= schedule.most);
        }
    }
}
