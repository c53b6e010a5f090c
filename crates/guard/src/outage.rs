//! Whether a probe failed at the machine, or at the guard.
//!
//! A guard that is cut off must not take all machines for dead. Then no node answers either; or, if its node is nearer than the
//! machines are, those of several providers fail at once, which do not have outages together.

use std::collections::BTreeMap;
use std::time::Duration;

use solana_address::Address;

/// How old an answer may be that is around a probe: one that was asked for with it comes by then, or does not.
const PATIENCE: Duration = Duration::from_secs(90);

/// Machines that were last reached further apart than this did not fail at once.
const APART: Duration = Duration::from_secs(900);

/// When a machine was last reached, and when a probe of it last failed, on the guard's own clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Newest {
    pub reached: Option<Duration>,
    pub failed: Option<Duration>,
}

impl Newest {
    /// Whether the newest probe failed.
    pub fn fails(&self) -> bool {
        self.failed > self.reached
    }
}

/// Machines, by lease, and whose each is.
pub type Machines<L> = BTreeMap<L, (Address, Newest)>;

/// Whether a probe that failed `at` a moment says that the machine of `provider` was away. `None` while machines of others have
/// yet to answer. `node_answers` is whether a node answered before and after it.
pub fn is_trusted<L: Ord>(
    machines: &Machines<L>,
    provider: &Address,
    at: Duration,
    node_answers: bool,
    now: Duration,
) -> Option<bool> {
    if !node_answers {
        return Some(false);
    }
    let mine = machines.values().filter(|(of, _)| of == provider).filter_map(|(_, newest)| newest.reached);
    let since = mine.max().unwrap_or_default().saturating_sub(APART);
    let others = machines.values().filter(|(of, _)| of != provider).map(|(_, newest)| newest);
    let others = others.filter(|newest| newest.reached.is_some_and(|reached| reached >= since));
    let (mut are_others, mut all_failed) = (false, true);
    for newest in others {
        are_others = true;
        if newest.reached.is_some_and(|reached| reached >= at) {
            return Some(true);
        }
        all_failed &= newest.failed.is_some_and(|failed| failed >= at);
    }
    match (are_others, all_failed) {
        (false, _) => Some(true),
        (true, true) => Some(false),
        // Nobody knows: then it says nothing.
        (true, false) => (now.saturating_sub(at) > PATIENCE).then_some(false),
    }
}

/// Whether the guard is cut off from the machines now: those of at least two providers fail that were reached until then, and no
/// other answers.
pub fn is_cut_off<L: Ord>(machines: &Machines<L>) -> bool {
    let newest = machines.values().filter_map(|(_, newest)| newest.reached).max().unwrap_or_default();
    let since = newest.saturating_sub(APART);
    let lately: Vec<_> = machines
        .values()
        .filter(|(_, newest)| newest.reached.is_some_and(|reached| reached >= since))
        .collect();
    let is_of_several = lately.iter().any(|(of, _)| lately.iter().any(|(other, _)| other != of));
    is_of_several && lately.iter().all(|(_, newest)| newest.fails())
}

#[cfg(test)]
mod tests {
    use super::*;

    const NORTH: Address = Address::new_from_array([1; 32]);
    const SOUTH: Address = Address::new_from_array([2; 32]);

    fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn newest(reached: Option<u64>, failed: Option<u64>) -> Newest {
        Newest { reached: reached.map(at), failed: failed.map(at) }
    }

    #[test]
    fn where_no_node_answers_a_failed_probe_says_nothing() {
        let machines: Machines<u8> = [(1, (NORTH, newest(None, Some(10))))].into();
        assert_eq!(is_trusted(&machines, &NORTH, at(10), true, at(11)), Some(true));
        assert_eq!(is_trusted(&machines, &NORTH, at(10), false, at(11)), Some(false));
    }

    #[test]
    fn a_machine_of_another_provider_decides_whose_outage_it_is() {
        let machines =
            |other| -> Machines<u8> { [(1, (NORTH, newest(Some(5), Some(10)))), (2, (SOUTH, other))].into() };
        let is_trusted = |other, now| is_trusted(&machines(other), &NORTH, at(10), true, at(now));
        assert_eq!(is_trusted(newest(Some(10), None), 11), Some(true));
        assert_eq!(is_trusted(newest(Some(9), Some(10)), 11), Some(false));
        assert_eq!(is_trusted(newest(Some(9), Some(8)), 11), None);
        assert_eq!(is_trusted(newest(Some(9), Some(8)), 100), None);
        assert_eq!(is_trusted(newest(Some(9), Some(8)), 101), Some(false));
        assert!(is_cut_off(&machines(newest(Some(9), Some(10)))));
        assert!(!is_cut_off(&machines(newest(Some(10), Some(9)))));
    }

    #[test]
    fn a_machine_that_has_been_away_for_long_says_nothing_of_another() {
        let machines: Machines<u8> =
            [(1, (NORTH, newest(Some(2_000), Some(2_010)))), (2, (SOUTH, newest(Some(1_000), Some(2_011))))]
                .into();
        assert_eq!(is_trusted(&machines, &NORTH, at(2_010), true, at(2_012)), Some(true));
        assert!(!is_cut_off(&machines));
        // An outage of the guard itself stays one, however long it is.
        let both: Machines<u8> =
            [(1, (NORTH, newest(Some(2_000), Some(9_000)))), (2, (SOUTH, newest(Some(1_990), Some(9_001))))]
                .into();
        assert_eq!(is_trusted(&both, &NORTH, at(9_000), true, at(9_002)), Some(false));
        assert!(is_cut_off(&both));
    }

    #[test]
    fn machines_of_one_provider_may_all_be_away() {
        let machines: Machines<u8> =
            [(1, (NORTH, newest(Some(1), Some(10)))), (2, (NORTH, newest(Some(2), Some(11))))].into();
        assert!(!is_cut_off(&machines));
        assert_eq!(is_trusted(&machines, &NORTH, at(11), true, at(12)), Some(true));
    }
}
