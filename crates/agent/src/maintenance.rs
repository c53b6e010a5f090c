//! Work on the machine that its provider announces: nothing new is taken on, and renters are told why something is missing.

use std::fs::{self, Permissions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, ensure};
use gpu_lease_client::evidence::Cause;
use serde::{Deserialize, Serialize};

/// Most characters of a reason.
const LONGEST_REASON: usize = 200;

/// Work that was announced. Times are unix seconds of the machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Maintenance {
    /// Why, as renters read it.
    pub reason: String,
    /// Since when.
    pub since: i64,
    /// Until when; `None` if it lasts until it is ended.
    pub until: Option<i64>,
}

impl Maintenance {
    /// What begins now. Of the reason only what a terminal shows as it is written is left.
    pub fn new(reason: &str, until: Option<SystemTime>) -> Result<Self> {
        let shown = reason.chars().map(|it| if it.is_whitespace() { ' ' } else { it });
        let shown: String = shown.filter(|it| !is_hidden(*it)).take(LONGEST_REASON).collect();
        let (reason, since) = (shown.trim().to_owned(), unix(SystemTime::now()));
        ensure!(!reason.is_empty(), "say in --reason what renters are to read");
        let until = until.map(unix);
        ensure!(
            until.is_none_or(|until| until > since),
            "the end is in the past: give a later one with --until"
        );
        Ok(Self { reason, since, until })
    }

    /// What renters are told.
    pub fn note(&self) -> String {
        let until = self.until.map(|until| format!(" until {}", time(until))).unwrap_or_default();
        format!("The provider works on this machine{until}: {}", self.reason)
    }

    /// Why a second does not count that would not for `cause`. What was delivered is not touched by it.
    pub fn cause(&self, cause: Option<Cause>) -> Option<Cause> {
        cause.map(|cause| if cause.is_tenants() { cause } else { Cause::Maintenance })
    }
}

/// The file in which it is kept.
#[derive(Clone, Debug)]
pub struct Notice(PathBuf);

impl Notice {
    /// That of an agent with this folder.
    pub fn of(folder: &Path) -> Self {
        Self(folder.join("maintenance.json"))
    }

    /// What is announced now.
    pub fn read(&self) -> Result<Option<Maintenance>> {
        let text = match fs::read(&self.0) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            text => text.with_context(|| self.unread())?,
        };
        let read: Maintenance = serde_json::from_slice(&text).with_context(|| self.unread())?;
        Ok(Some(read).filter(|it| it.until.is_none_or(|until| unix(SystemTime::now()) < until)))
    }

    /// The same, where nobody is told why it cannot be read.
    pub fn read_or_none(&self) -> Option<Maintenance> {
        self.read().unwrap_or_else(|error| {
            tracing::warn!(error = format!("{error:#}"), "it is not known whether maintenance is announced");
            None
        })
    }

    /// Announces it, in place of what is announced.
    pub fn announce(&self, maintenance: &Maintenance) -> Result<()> {
        let new = self.0.with_extension("new");
        let unwritten = || format!("{} cannot be written: run this as the agent's user", new.display());
        fs::write(&new, serde_json::to_vec(maintenance)?).with_context(unwritten)?;
        fs::set_permissions(&new, Permissions::from_mode(0o644)).with_context(unwritten)?;
        fs::rename(&new, &self.0).with_context(unwritten)
    }

    /// Ends it.
    pub fn end(&self) -> io::Result<()> {
        match fs::remove_file(&self.0) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            ended => ended,
        }
    }

    fn unread(&self) -> String {
        format!("{} cannot be read: announce the maintenance again, or end it", self.0.display())
    }
}

/// Reads a time, or how long from now.
pub fn parse_until(text: &str) -> Result<SystemTime, String> {
    let time = humantime::parse_rfc3339_weak(text).ok();
    let later = || humantime::parse_duration(text).ok().and_then(|it| SystemTime::now().checked_add(it));
    time.or_else(later)
        .ok_or_else(|| "give a time, as 2026-12-01T08:00:00Z, or how long from now, as 2h".to_owned())
}

/// Whether a terminal obeys it, or shows what is around it in another order.
fn is_hidden(it: char) -> bool {
    it.is_control()
        || matches!(it, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

fn unix(time: SystemTime) -> i64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}

/// Unix seconds as people read them.
fn time(seconds: i64) -> String {
    let since = Duration::from_secs(u64::try_from(seconds).unwrap_or_default());
    UNIX_EPOCH
        .checked_add(since)
        .map_or_else(String::new, |at| humantime::format_rfc3339_seconds(at).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_a_short_line_that_no_terminal_obeys() {
        let reason = |text: &str| Maintenance::new(text, None).unwrap().reason;
        assert_eq!(reason(" new\tfans\n\u{1b}[31m\u{202e} "), "new fans [31m");
        assert_eq!(reason(&"ä".repeat(500)), "ä".repeat(LONGEST_REASON));
        assert!(Maintenance::new("\u{7}\n", None).is_err());
    }

    #[test]
    fn it_ends_with_its_time() {
        let folder = tempfile::tempdir().unwrap();
        let notice = Notice::of(folder.path());
        assert_eq!(notice.read().unwrap(), None);
        let later = SystemTime::now() + Duration::from_secs(600);
        let announced = Maintenance::new("new fans", Some(later)).unwrap();
        notice.announce(&announced).unwrap();
        assert_eq!(notice.read().unwrap(), Some(announced.clone()));
        notice.announce(&Maintenance { until: Some(announced.since - 1), ..announced }).unwrap();
        assert_eq!(notice.read().unwrap(), None);
        notice.end().unwrap();
        notice.end().unwrap();
        assert!(Maintenance::new("new fans", Some(UNIX_EPOCH)).is_err());
    }

    #[test]
    fn an_end_is_a_time_or_so_long_from_now() {
        assert_eq!(unix(parse_until("2026-12-01T08:00:00Z").unwrap()), 1_796_112_000);
        let hours = unix(parse_until("2h").unwrap()) - unix(SystemTime::now());
        assert!((7_199..=7_201).contains(&hours));
        assert!(parse_until("soon").is_err());
    }
}
