//! What was spent, which outlasts a crash: it is on disk before anything is sent.

use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use gpu_lease_service::store::{Result, Store, Table};

use crate::plan::{Budget, Reserved};

/// Lamports, by the hour since 1970.
const SPENT: Table = Table::new("spent");

/// The wallet's day.
pub struct Journal {
    store: Store<(String, u64)>,
    budget: Mutex<Budget>,
}

impl Journal {
    /// Opens the file at `path`, or makes it. So many lamports may be spent in 24 hours.
    pub fn open(path: &Path, a_day: u64) -> Result<Self> {
        let store = Store::open(path)?;
        let hours = store.all::<u64>(SPENT)?.into_iter();
        let budget = Budget { a_day, hours: hours.map(|((_, hour), lamports)| (hour, lamports)).collect() };
        Ok(Self { store, budget: Mutex::new(budget) })
    }

    /// Sets lamports aside, unless that is more than is left.
    pub fn reserve(&self, lamports: u64) -> Result<Option<Reserved>> {
        self.change(|budget| budget.reserve(lamports, now()))
    }

    /// Of those that were set aside so many were spent.
    pub fn spend(&self, reserved: Reserved, spent: u64) -> Result<()> {
        self.change(|budget| budget.spend(reserved, spent))
    }

    /// What was spent in the last 24 hours, and what may be.
    pub fn day(&self) -> (u64, u64) {
        let budget = self.budget();
        (budget.spent(now()), budget.a_day)
    }

    fn change<T>(&self, change: impl FnOnce(&mut Budget) -> T) -> Result<T> {
        let mut budget = self.budget();
        let mut after = budget.clone();
        let result = change(&mut after);
        let key = |hour: u64| ("hour".to_owned(), hour);
        self.store.change(|changes| {
            let gone = budget.hours.keys().filter(|hour| !after.hours.contains_key(hour));
            gone.copied().try_for_each(|hour| changes.remove(SPENT, &key(hour)))?;
            let changed =
                after.hours.iter().filter(|(hour, lamports)| budget.hours.get(hour) != Some(lamports));
            changed.into_iter().try_for_each(|(hour, lamports)| changes.set(SPENT, &key(*hour), lamports))
        })?;
        *budget = after;
        Ok(result)
    }

    fn budget(&self) -> MutexGuard<'_, Budget> {
        // Whoever panicked has not changed it.
        self.budget.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// This machine's time, unix seconds.
fn now() -> u64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_set_aside_is_spent_after_a_crash_and_what_was_given_back_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        let journal = Journal::open(&path, 100).unwrap();
        let reserved = journal.reserve(60).unwrap().unwrap();
        assert_eq!(journal.reserve(41).unwrap(), None);
        journal.spend(reserved, 50).unwrap();
        assert!(journal.reserve(30).unwrap().is_some());
        drop(journal);
        let journal = Journal::open(&path, 100).unwrap();
        assert_eq!(journal.day(), (80, 100));
        assert_eq!(journal.reserve(21).unwrap(), None);
    }
}
