//! How many sessions a lease has.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::admission::LeaseName;

/// The open sessions of all leases.
pub struct Sessions {
    most: usize,
    open: Mutex<HashMap<LeaseName, usize>>,
}

/// One of a lease's sessions, until it is dropped.
pub struct SessionPlace {
    lease: LeaseName,
    sessions: Arc<Sessions>,
}

impl Sessions {
    /// With that many sessions a lease at most.
    pub fn new(most: usize) -> Arc<Self> {
        Arc::new(Self { most, open: Mutex::default() })
    }

    /// A place for another session of a lease, if there is one.
    pub fn enter(self: &Arc<Self>, lease: &LeaseName) -> Option<SessionPlace> {
        let mut open = self.open();
        let count = open.entry(lease.clone()).or_default();
        (*count < self.most).then(|| {
            *count += 1;
            SessionPlace { lease: lease.clone(), sessions: self.clone() }
        })
    }

    fn open(&self) -> MutexGuard<'_, HashMap<LeaseName, usize>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for SessionPlace {
    fn drop(&mut self) {
        let mut open = self.sessions.open();
        if let Some(count) = open.get_mut(&self.lease) {
            *count -= 1;
            if *count == 0 {
                open.remove(&self.lease);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lease_has_as_many_sessions_as_it_may_and_others_have_theirs() {
        let [one, other] = ["1", "2"].map(|it| it.repeat(32).parse::<LeaseName>().unwrap());
        let sessions = Sessions::new(2);
        let first = sessions.enter(&one);
        let second = sessions.enter(&one);
        assert!(first.is_some() && second.is_some() && sessions.enter(&one).is_none());
        assert!(sessions.enter(&other).is_some());
        drop(first);
        assert!(sessions.enter(&one).is_some());
    }
}
