//! What may be spent and pledged in 24 hours, whoever asks.

use std::collections::BTreeMap;

use gpu_lease_runtime::Life;
use serde::{Deserialize, Serialize};
use solana_address::Address;

use super::not_done::{NotDone, Result};
use crate::store::{self, Changes, Store, Table};

/// Lamports that were spent, by who paid and the hour.
const FEES: Table = Table::new("fees");

/// Bonds that were pledged, by lease.
const PLEDGES: Table = Table::new("pledges");

const HOUR: i64 = 3_600;

/// Hours of a day, and seconds.
const HOURS: u64 = 24;
const DAY: i64 = 24 * HOUR;

/// How much.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Budget {
    /// Lamports for transactions. When they are spent, what can wait does; the rest goes on and is counted.
    pub lamports_a_day: Option<u64>,
    /// Bonds that may leave the bond account, base units by mint; as many as it holds, for a mint that is not here.
    pub bonds_a_day: BTreeMap<String, u64>,
}

/// A bond that left the bond account, or was about to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Pledge {
    at: i64,
    mint: String,
    bond: u64,
}

fn hour(now: i64) -> u64 {
    u64::try_from(now / HOUR).unwrap_or_default()
}

/// Lamports that `payer` has spent in the 24 hours up to `now`, by full hours.
pub fn spent(journal: &Store, payer: &Address, now: i64) -> store::Result<u64> {
    let payer = payer.to_string();
    let is_recent = |life: &Life| life.lease == payer && life.opened_slot + HOURS > hour(now);
    let hours = journal.all::<u64>(FEES)?.into_iter().filter(|(life, _)| is_recent(life));
    Ok(hours.map(|(_, lamports)| lamports).fold(0, u64::saturating_add))
}

/// Writes down that `payer` has spent so many, and forgets what is older than a day.
pub fn spend(journal: &Store, payer: &Address, lamports: u64, now: i64) -> store::Result<()> {
    journal.change(|changes| {
        let this = Life { lease: payer.to_string(), opened_slot: hour(now) };
        for (life, _) in changes.all::<u64>(FEES)? {
            if life.opened_slot + HOURS <= this.opened_slot {
                changes.remove(FEES, &life)?;
            }
        }
        let before: u64 = changes.get(FEES, &this)?.unwrap_or_default();
        changes.set(FEES, &this, &before.saturating_add(lamports))
    })
}

impl Budget {
    /// Requires `payer` to have some lamports of the day left.
    pub fn require_lamports(&self, journal: &Store, payer: &Address, now: i64) -> Result<()> {
        let Some(budget) = self.lamports_a_day else { return Ok(()) };
        let spent = spent(journal, payer, now)?;
        if spent < budget { Ok(()) } else { Err(NotDone::Lamports { spent, budget }) }
    }

    /// Writes down that the bond of a lease leaves the bond account, unless too much would have in 24 hours. The same lease may
    /// be asked for again.
    pub fn pledge(
        &self,
        changes: &mut Changes,
        life: &Life,
        mint: &Address,
        bond: u64,
        now: i64,
    ) -> store::Result<Result<()>> {
        let mint = mint.to_string();
        let mut pledged: u64 = 0;
        for (other, pledge) in changes.all::<Pledge>(PLEDGES)? {
            if pledge.at <= now.saturating_sub(DAY) {
                changes.remove(PLEDGES, &other)?;
            } else if pledge.mint == mint && other != *life {
                pledged = pledged.saturating_add(pledge.bond);
            }
        }
        let budget = self.bonds_a_day.get(&mint).copied().unwrap_or(u64::MAX);
        if pledged.saturating_add(bond) > budget {
            return Ok(Err(NotDone::Bonds { mint, bond, pledged, budget }));
        }
        changes.set(PLEDGES, life, &Pledge { at: now, mint, bond })?;
        Ok(Ok(()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_800_000_000;

    fn journal() -> (tempfile::TempDir, Store) {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("journal")).unwrap();
        (folder, store)
    }

    fn life(opened_slot: u64) -> Life {
        Life { lease: "lease".to_owned(), opened_slot }
    }

    #[test]
    fn what_can_wait_waits_from_the_last_lamport_of_the_day_on_and_until_it_is_a_day_old() {
        let (_folder, journal) = journal();
        let payer = Address::new_from_array([7; 32]);
        let budget = Budget { lamports_a_day: Some(10_000), ..Budget::default() };
        let asked = |now| budget.require_lamports(&journal, &payer, now);
        for (lamports, result) in [
            (9_999, Ok(())),
            (1, Err(NotDone::Lamports { spent: 10_000, budget: 10_000 })),
            (1, Err(NotDone::Lamports { spent: 10_001, budget: 10_000 })),
        ] {
            spend(&journal, &payer, lamports, NOW).unwrap();
            assert_eq!(asked(NOW), result);
        }
        assert!(asked(NOW + DAY - 1).is_err());
        assert_eq!(asked(NOW + DAY), Ok(()));
        // What is too old to count is not kept, and another payer has its own.
        spend(&journal, &payer, 5, NOW + DAY).unwrap();
        assert_eq!(journal.all::<u64>(FEES).unwrap().len(), 1);
        assert_eq!(spent(&journal, &payer, NOW + DAY).unwrap(), 5);
        assert_eq!(spent(&journal, &Address::new_from_array([8; 32]), NOW).unwrap(), 0);
    }

    #[test]
    fn bonds_of_a_day_are_pledged_up_to_the_last_base_unit() {
        let mint = Address::new_from_array([9; 32]);
        let budget = Budget { bonds_a_day: [(mint.to_string(), 100)].into(), ..Budget::default() };
        let (_folder, journal) = journal();
        let pledge = |number, mint: &Address, bond, now| {
            journal.change_if(|changes| budget.pledge(changes, &life(number), mint, bond, now)).unwrap()
        };
        assert_eq!(pledge(1, &mint, 60, NOW), Ok(()));
        for (bond, is_pledged) in [(41, false), (40, true)] {
            assert_eq!(pledge(2, &mint, bond, NOW + 1).is_ok(), is_pledged, "{bond}");
        }
        let full = NotDone::Bonds { mint: mint.to_string(), bond: 1, pledged: 100, budget: 100 };
        assert_eq!(pledge(3, &mint, 1, NOW + 2), Err(full));
        // The same lease again, and another mint, are nothing more.
        assert_eq!(pledge(2, &mint, 40, NOW + 2), Ok(()));
        assert_eq!(pledge(4, &Address::new_from_array([1; 32]), 1_000, NOW + 2), Ok(()));
        // The first has left a day ago.
        assert!(pledge(3, &mint, 1, NOW + DAY - 1).is_err());
        assert_eq!(pledge(3, &mint, 60, NOW + DAY), Ok(()));
        assert!(pledge(5, &mint, 1, NOW + DAY).is_err());
    }
}
