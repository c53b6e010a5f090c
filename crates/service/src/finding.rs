//! What a daemon's `doctor` says.

use std::fmt;

use anyhow::{Result, ensure};
use serde::Serialize;

/// How something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Level {
    /// As it should be.
    Ok,
    /// It does, but is worse than it has to be, or could not be looked at.
    Warning,
    /// It does not do.
    Failure,
}

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What was looked at.
    pub check: &'static str,
    /// How it is.
    pub level: Level,
    /// That, in words.
    pub found: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub advice: Option<String>,
}

impl Finding {
    /// All is well.
    pub fn ok(check: &'static str, found: impl Into<String>) -> Self {
        Self { check, level: Level::Ok, found: found.into(), advice: None }
    }

    /// It could be better.
    pub fn warning(check: &'static str, found: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { check, level: Level::Warning, found: found.into(), advice: Some(advice.into()) }
    }

    /// It does not do.
    pub fn failure(check: &'static str, found: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { check, level: Level::Failure, found: found.into(), advice: Some(advice.into()) }
    }

    /// The same of a sentence that says already what to do.
    pub fn said(check: &'static str, level: Level, sentence: impl Into<String>) -> Self {
        Self { check, level, found: sentence.into(), advice: None }
    }

    /// What came of looking: an error says already what to do.
    pub fn of(check: &'static str, looked: Result<String>) -> Self {
        match looked {
            Ok(found) => Self::ok(check, found),
            Err(error) => Self::said(check, Level::Failure, format!("{error:#}")),
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { check, level, found, advice } = self;
        let level = match level {
            Level::Ok => "ok",
            Level::Warning => "warning",
            Level::Failure => "FAILURE",
        };
        write!(f, "{level:<8} {check:<14} {found}")?;
        match advice {
            Some(advice) => write!(f, "\n{:23} → {advice}", ""),
            None => Ok(()),
        }
    }
}

/// The worst of them.
pub fn worst(findings: &[Finding]) -> Level {
    findings.iter().map(|finding| finding.level).max().unwrap_or(Level::Ok)
}

/// Prints what was found, as lines or for programs. It is an error, `verdict`, that something does not do.
pub fn report(findings: &[Finding], json: bool, verdict: &str) -> Result<()> {
    match json {
        true => println!("{}", serde_json::to_string_pretty(findings)?),
        false => findings.iter().for_each(|finding| println!("{finding}")),
    }
    ensure!(worst(findings) < Level::Failure, "{verdict}");
    Ok(())
}
