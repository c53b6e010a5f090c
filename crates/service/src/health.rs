//! How a daemon is: what its loops say of themselves, and which have fallen silent.
//!
//! Each loop has a [`Check`] and reports at every turn. What it says holds until the check's deadline, so a loop that hangs
//! turns unhealthy without anybody's doing.

use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};
use tokio::time::Instant;

/// All checks of a daemon. Clones are the same.
#[derive(Clone, Debug, Default)]
pub struct Health(Arc<Mutex<BTreeMap<String, Entry>>>);

/// By which one loop reports. A loop that ends leaves its check behind: the silence is told.
#[derive(Debug)]
pub struct Check {
    health: Health,
    name: String,
}

#[derive(Debug)]
struct Entry {
    deadline: Duration,
    reported: Instant,
    /// Since when the loop has said what it says.
    since: SystemTime,
    state: State,
}

#[derive(Clone, Debug, PartialEq)]
enum State {
    Starting,
    Fine,
    Failing(String),
}

/// How all checks are at one moment.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    pub ok: bool,
    pub checks: Vec<CheckReport>,
}

/// How one check is.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CheckReport {
    pub name: String,
    pub ok: bool,
    /// Since when it is so, as in `2026-01-31T12:00:00Z`.
    pub since: String,
    /// What is wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
    /// Whether the loop has fallen silent, which a restart may cure. Of a failure that it can tell, it may not.
    #[serde(skip)]
    pub hangs: bool,
}

impl Health {
    /// Adds a check, which is not healthy before its first report and has to report more often than every `deadline`.
    pub fn check(&self, name: impl Into<String>, deadline: Duration) -> Check {
        let name = name.into();
        let entry =
            Entry { deadline, reported: Instant::now(), since: SystemTime::now(), state: State::Starting };
        self.entries().insert(name.clone(), entry);
        Check { health: self.clone(), name }
    }

    /// How all checks are now.
    pub fn report(&self) -> Report {
        let checks: Vec<_> = self.entries().iter().map(|(name, entry)| entry.report(name)).collect();
        Report { ok: checks.iter().all(|check| check.ok), checks }
    }

    fn entries(&self) -> MutexGuard<'_, BTreeMap<String, Entry>> {
        // Whoever panicked left no entry half written.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Report {
    /// The names of the loops that have fallen silent.
    pub fn hanging(&self) -> Vec<&str> {
        self.checks.iter().filter(|check| check.hangs).map(|check| check.name.as_str()).collect()
    }
}

impl Check {
    /// The loop does what it should.
    pub fn fine(&self) {
        self.set(State::Fine);
    }

    /// The loop turns, but cannot do what it should. `problem` says what is wrong, and what to do. Each new sentence is
    /// logged, so that one that counts would fill the log.
    pub fn failing(&self, problem: impl ToString) {
        self.set(State::Failing(problem.to_string()));
    }

    /// It is still as the loop said before.
    pub fn same(&self) {
        if let Some(entry) = self.health.entries().get_mut(&self.name) {
            entry.reported = Instant::now();
        }
    }

    fn set(&self, state: State) {
        let mut entries = self.health.entries();
        let Some(entry) = entries.get_mut(&self.name) else { return };
        let is_news = entry.state != state || entry.hangs();
        if is_news {
            entry.since = SystemTime::now();
        }
        entry.state = state.clone();
        entry.reported = Instant::now();
        // A log that cannot be written must not keep anybody from the report.
        drop(entries);
        match state {
            _ if !is_news => {}
            State::Failing(problem) => tracing::warn!(check = self.name, "{problem}"),
            _ => tracing::info!(check = self.name, "healthy"),
        }
    }
}

impl Entry {
    fn hangs(&self) -> bool {
        self.reported.elapsed() > self.deadline
    }

    fn report(&self, name: &str) -> CheckReport {
        let hangs = self.hangs();
        let silence = self.reported.elapsed();
        let (since, problem) = match &self.state {
            _ if hangs => {
                let problem = format!(
                    "no report for {} s, which should come every {} s; a restart may help",
                    silence.as_secs(),
                    self.deadline.as_secs_f64()
                );
                (SystemTime::now() - (silence - self.deadline), Some(problem))
            }
            State::Starting => (self.since, Some("starting".to_owned())),
            State::Fine => (self.since, None),
            State::Failing(problem) => (self.since, Some(problem.clone())),
        };
        let since = humantime::format_rfc3339_seconds(since).to_string();
        CheckReport { name: name.to_owned(), ok: problem.is_none(), since, problem, hangs }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::time::advance;

    const DEADLINE: Duration = Duration::from_secs(30);

    fn problems(health: &Health) -> Vec<String> {
        health.report().checks.into_iter().filter_map(|check| check.problem).collect()
    }

    #[tokio::test(start_paused = true)]
    async fn a_check_is_healthy_from_its_first_report_on() {
        let health = Health::default();
        let check = health.check("meter", DEADLINE);
        assert_eq!(problems(&health), ["starting"]);
        check.fine();
        assert!(health.report().ok);
    }

    #[tokio::test(start_paused = true)]
    async fn a_loop_that_hangs_turns_unhealthy_by_itself_right_after_its_deadline() {
        let health = Health::default();
        let check = health.check("meter", DEADLINE);
        check.fine();
        advance(DEADLINE).await;
        assert!(health.report().ok);
        advance(Duration::from_millis(1)).await;
        assert_eq!(health.report().hanging(), ["meter"]);
        assert!(problems(&health)[0].starts_with("no report for 30 s"), "{:?}", problems(&health));
        check.fine();
        assert!(health.report().ok);
    }

    #[tokio::test(start_paused = true)]
    async fn who_says_that_nothing_has_changed_is_not_silent() {
        let health = Health::default();
        let check = health.check("webhook", DEADLINE);
        check.failing("nobody answers");
        advance(DEADLINE).await;
        check.same();
        advance(DEADLINE).await;
        assert_eq!(problems(&health), ["nobody answers"]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_failure_that_is_told_is_not_a_hang() {
        let health = Health::default();
        let check = health.check("chain", DEADLINE);
        check.failing("the node does not answer");
        let report = health.report();
        assert!(!report.ok && report.hanging().is_empty());
        assert_eq!(problems(&health), ["the node does not answer"]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_loop_that_never_reports_or_has_ended_is_found_too() {
        let health = Health::default();
        health.check("started", DEADLINE);
        health.check("ended", DEADLINE).fine();
        advance(DEADLINE + Duration::from_secs(1)).await;
        assert_eq!(health.report().hanging(), ["ended", "started"]);
    }

    #[tokio::test(start_paused = true)]
    async fn since_is_when_the_state_changed_and_not_the_last_report() {
        let health = Health::default();
        let check = health.check("chain", DEADLINE);
        check.failing("a");
        health.entries().get_mut("chain").unwrap().since = SystemTime::UNIX_EPOCH;
        check.failing("a");
        assert_eq!(health.report().checks[0].since, "1970-01-01T00:00:00Z");
        check.failing("b");
        assert_ne!(health.report().checks[0].since, "1970-01-01T00:00:00Z");
    }
}
