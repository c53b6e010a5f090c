//! What may be spent in 24 hours.

use std::collections::BTreeMap;

const HOUR: u64 = 3_600;

/// Full hours that 24 hours reach into.
const HOURS: u64 = 25;

/// Lamports that were spent, or are about to be, by the hour. Times are this machine's: a node that sets its clock forward
/// must not bring a new day.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Budget {
    /// Lamports for 24 hours.
    pub a_day: u64,
    /// What was spent, by full hours since 1970.
    pub hours: BTreeMap<u64, u64>,
}

/// Lamports that were set aside for a transaction.
#[derive(Debug, PartialEq, Eq)]
#[must_use = "what was set aside and not spent is given back"]
pub struct Reserved {
    hour: u64,
    lamports: u64,
}

impl Budget {
    /// What was spent in the 24 hours up to `now`, unix seconds, by full hours.
    pub fn spent(&self, now: u64) -> u64 {
        let recent = self.hours.range((now / HOUR + 1).saturating_sub(HOURS)..);
        recent.map(|(_, lamports)| *lamports).fold(0, u64::saturating_add)
    }

    /// Sets so many aside, unless that is more than is left.
    pub fn reserve(&mut self, lamports: u64, now: u64) -> Option<Reserved> {
        if self.spent(now).checked_add(lamports)? > self.a_day {
            return None;
        }
        let hour = now / HOUR;
        self.hours = self.hours.split_off(&(hour + 1).saturating_sub(HOURS));
        let spent = self.hours.entry(hour).or_default();
        *spent = spent.saturating_add(lamports);
        Some(Reserved { hour, lamports })
    }

    /// Of those that were set aside so many were spent. If it was more, that is counted too.
    pub fn spend(&mut self, Reserved { hour, lamports }: Reserved, spent: u64) {
        let of_hour = self.hours.entry(hour).or_default();
        *of_hour = of_hour.saturating_sub(lamports).saturating_add(spent);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW: u64 = 500_000 * HOUR;

    #[test]
    fn the_last_lamport_of_a_day_is_spent_and_comes_back_a_day_later() {
        let mut budget = Budget { a_day: 10, ..Budget::default() };
        assert!(budget.reserve(11, NOW).is_none());
        let reserved = budget.reserve(10, NOW).unwrap();
        assert!(budget.reserve(1, NOW + 25 * HOUR - 1).is_none());
        budget.spend(reserved, 7);
        assert_eq!(budget.spent(NOW), 7);
        assert!(budget.reserve(4, NOW).is_none());
        assert!(budget.reserve(3, NOW).is_some());
        assert!(budget.reserve(10, NOW + 25 * HOUR).is_some());
        assert_eq!(budget.hours.len(), 1);
    }

    proptest! {
        #[test]
        fn no_24_hours_cost_more_than_a_day_may(
            a_day in 0_u64..100,
            events in prop::collection::vec((0_u64..8 * HOUR, 0_u64..40, 0_u64..40), 0..80),
        ) {
            let mut budget = Budget { a_day, ..Budget::default() };
            let (mut now, mut paid) = (NOW, Vec::new());
            for (later, lamports, less) in events {
                now += later;
                if let Some(reserved) = budget.reserve(lamports, now) {
                    let spent = lamports.saturating_sub(less);
                    budget.spend(reserved, spent);
                    paid.push((now, spent));
                }
                let day = paid.iter().filter(|(at, _)| at + 24 * HOUR > now);
                let day: u64 = day.map(|(_, lamports)| lamports).sum();
                prop_assert!(day <= a_day, "{day} lamports");
            }
        }
    }
}
