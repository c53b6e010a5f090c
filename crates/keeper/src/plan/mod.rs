//! What is done, and when: nothing before its time and the time of those whom it concerns, the most valuable first, one thing at
//! a time for an account.
//!
//! Times are unix seconds of the cluster. Nobody asks for a time here: where it is not known, nobody asks for a deed.

mod budget;
#[cfg(test)]
mod tests;
mod worth;

pub use budget::{Budget, Reserved};
pub use worth::{Worth, rent};

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Duration;

use gpu_lease_client::outlook::{Agenda, Due, Upkeep};
use solana_address::Address;

/// How long is waited after the first failure of a deed, and at most after the last, seconds. Each wait is twice the one before.
const FIRST_WAIT: i64 = 60;
const LONGEST_WAIT: i64 = 24 * 3_600;

/// How long is waited where the budget was in the way, and where it was too early, seconds.
const POOR: i64 = 600;
const SOON: i64 = 5;

/// How many looks in a row may fail before nobody knows the time.
const LOOKS: u32 = 3;

/// The cluster's time so long after it was heard, where it is looked at `every` so often; `None` if that was too long ago.
pub fn time_after(heard: i64, elapsed: Duration, every: Duration) -> Option<i64> {
    let seconds = i64::try_from(elapsed.as_secs()).ok()?;
    (elapsed <= every.saturating_mul(LOOKS)).then(|| heard.saturating_add(seconds))
}

/// What the keeper's owner has decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rules {
    /// How long something is left to others once it is due, seconds.
    pub delay: i64,
    /// What is added to that at most, seconds.
    pub jitter: i64,
    /// What is done.
    pub deeds: BTreeSet<Upkeep>,
    /// How much is done at once.
    pub at_once: usize,
    /// What has to wait for a deed at least, lamports.
    pub least_worth: u64,
    /// What tokens are worth.
    pub worth: Worth,
}

/// Something to do now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Errand {
    /// The lease, the proposal, the record or the lock.
    pub account: Address,
    /// What.
    pub what: Upkeep,
}

/// What became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was done.
    Done,
    /// Somebody else had done it.
    WasDone,
    /// Too little is left of the budget.
    Unaffordable,
    /// It is not due for long enough, or that is not finalized.
    NotYet,
    /// It was refused, or nobody knows.
    Failed(String),
}

impl Outcome {
    /// Its name.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::WasDone => "was_done",
            Self::Unaffordable => "unaffordable",
            Self::NotYet => "not_yet",
            Self::Failed(_) => "failed",
        }
    }
}

/// Something that is due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Task {
    /// As it was seen.
    pub due: Due,
    /// What waits for it, lamports.
    pub worth: u64,
    /// From when on it is done.
    pub ready_at: i64,
    /// How often it failed.
    pub failures: u32,
    /// Why, the last time.
    pub problem: Option<String>,
}

/// What is due and will be.
pub struct Plan {
    rules: Rules,
    tasks: BTreeMap<Address, BTreeMap<Upkeep, Task>>,
    /// When something else becomes due of an account that nobody touches.
    times: BTreeSet<(i64, Address)>,
    next: HashMap<Address, i64>,
    in_flight: BTreeSet<Errand>,
    unit_mint: Option<Address>,
    hurries: bool,
}

impl Plan {
    /// An empty one.
    pub fn new(rules: Rules) -> Self {
        let (tasks, times, next, in_flight, unit_mint, hurries) = Default::default();
        Self { rules, tasks, times, next, in_flight, unit_mint, hurries }
    }

    /// An account was seen at `now`, with this on its agenda. Of `roll`, which is random, comes how much longer than others
    /// the keeper waits.
    pub fn observe(&mut self, account: Address, agenda: &Agenda, now: i64, roll: u64) {
        self.forget_time(&account);
        if let Some(next) = agenda.next {
            self.next.insert(account, next);
            self.times.insert((next, account));
        }
        let mut before = self.tasks.remove(&account).unwrap_or_default();
        let mut tasks = BTreeMap::new();
        for due in &agenda.due {
            let worth = self.rules.worth.of(due, self.unit_mint.as_ref());
            if !self.rules.deeds.contains(&due.what) || worth < self.rules.least_worth {
                continue;
            }
            let task = match before.remove(&due.what) {
                Some(task) if task.due.since == due.since => Task { due: *due, worth, ..task },
                _ => {
                    let ready_at = self.ready_at(due, now, roll);
                    Task { due: *due, worth, ready_at, failures: 0, problem: None }
                }
            };
            tasks.insert(due.what, task);
        }
        if !tasks.is_empty() {
            self.tasks.insert(account, tasks);
        }
    }

    /// The mint in which fees weigh in votes.
    pub fn count_in(&mut self, unit_mint: Address) {
        self.unit_mint = Some(unit_mint);
    }

    /// From now on nothing is left to others for longer than the delay after it was due.
    pub fn hurry(&mut self) {
        self.hurries = true;
    }

    /// Left to others from when it was first seen: after a start as after an outage, when all keepers see it at once.
    fn ready_at(&self, due: &Due, now: i64, roll: u64) -> i64 {
        if self.hurries {
            return due.since.map_or(now, |since| since.saturating_add(self.rules.delay));
        }
        let seen = due.since.map_or(now, |since| since.max(now));
        let range = u64::try_from(self.rules.jitter).unwrap_or_default().saturating_add(1);
        let jitter = i64::try_from(roll % range).unwrap_or(i64::MAX);
        seen.saturating_add(self.rules.delay).saturating_add(jitter)
    }

    /// The account is gone.
    pub fn forget(&mut self, account: &Address) {
        self.forget_time(account);
        self.tasks.remove(account);
    }

    fn forget_time(&mut self, account: &Address) {
        if let Some(next) = self.next.remove(account) {
            self.times.remove(&(next, *account));
        }
    }

    /// An account of which something else is due at `now`: its agenda has to be asked for again.
    pub fn woken(&mut self, now: i64) -> Option<Address> {
        let (next, account) = *self.times.first()?;
        (next <= now).then(|| {
            self.forget_time(&account);
            account
        })
    }

    /// The next thing to do at `now`. [`Self::settle`] has to be told what became of it.
    pub fn pick(&mut self, now: i64) -> Option<Errand> {
        if self.in_flight.len() >= self.rules.at_once {
            return None;
        }
        let is_busy = |account: &Address| self.in_flight.iter().any(|errand| errand.account == *account);
        let ready = self.waiting().filter(|(errand, task)| task.ready_at <= now && !is_busy(&errand.account));
        let (errand, _) = ready.min_by_key(|(errand, task)| (Reverse(task.worth), task.ready_at, *errand))?;
        self.in_flight.insert(errand);
        Some(errand)
    }

    /// Something that was picked came to an end at `now`.
    pub fn settle(&mut self, errand: &Errand, outcome: &Outcome, now: i64) {
        self.in_flight.remove(errand);
        let Some(tasks) = self.tasks.get_mut(&errand.account) else { return };
        let Some(task) = tasks.get_mut(&errand.what) else { return };
        match outcome {
            Outcome::Done | Outcome::WasDone => {
                tasks.remove(&errand.what);
                if tasks.is_empty() {
                    self.tasks.remove(&errand.account);
                }
            }
            Outcome::Unaffordable => task.ready_at = now.saturating_add(POOR),
            Outcome::NotYet => task.ready_at = task.ready_at.max(now.saturating_add(SOON)),
            Outcome::Failed(problem) => {
                let doublings = task.failures.min(20);
                let wait = (FIRST_WAIT << doublings).min(LONGEST_WAIT);
                task.failures = task.failures.saturating_add(1);
                task.ready_at = now.saturating_add(wait);
                task.problem = Some(problem.clone());
            }
        }
    }

    /// What is due.
    pub fn task(&self, errand: &Errand) -> Option<&Task> {
        self.tasks.get(&errand.account)?.get(&errand.what)
    }

    /// All that is due.
    pub fn waiting(&self) -> impl Iterator<Item = (Errand, &Task)> {
        self.tasks.iter().flat_map(|(account, tasks)| {
            tasks.iter().map(|(what, task)| (Errand { account: *account, what: *what }, task))
        })
    }

    /// How many accounts have something to come.
    pub fn scheduled(&self) -> usize {
        self.times.len()
    }

    /// How many things are on their way.
    pub fn in_flight(&self) -> usize {
        self.in_flight.len()
    }

    /// How long something is left to others once it is due, seconds.
    pub fn delay(&self) -> i64 {
        self.rules.delay
    }
}
