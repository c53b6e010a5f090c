//! Processes, by `/proc`. A number is given to another process after its own has ended, so the time at which it started
//! belongs to its name.

use std::fs;
use std::io;

use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, SysconfVar, sysconf};
use serde::{Deserialize, Serialize};

use crate::lease::Usage;

/// A process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Process {
    /// Its number.
    pub pid: i32,
    /// When it started, in ticks since the machine did.
    pub started: u64,
}

impl Process {
    /// The one that has this number now.
    pub fn of(pid: u32) -> Option<Self> {
        let pid = i32::try_from(pid).ok()?;
        let state = State::read(pid)?;
        Some(Self { pid, started: state.started })
    }

    /// Whether it has not ended. One that nobody waited for has.
    pub fn is_alive(&self) -> bool {
        State::read(self.pid).is_some_and(|state| state.started == self.started && !state.has_ended)
    }

    /// Sends it a signal, if it is alive.
    pub fn signal(&self, signal: Signal) {
        if self.is_alive() {
            // It may end meanwhile: that is what the signal is for.
            let _ = kill(Pid::from_raw(self.pid), signal);
        }
    }

    /// What it uses, with what its children had used when they ended.
    pub fn used(&self) -> Option<Usage> {
        let state = State::read(self.pid).filter(|state| state.started == self.started)?;
        let per_second = unit(SysconfVar::CLK_TCK);
        Some(Usage {
            processor: state.ticks.saturating_mul(1_000_000_000 / per_second),
            memory: state.pages.saturating_mul(unit(SysconfVar::PAGE_SIZE)),
            processes: state.threads,
        })
    }
}

/// Processes of this user that have this variable in their environment.
pub fn marked(variable: &str) -> io::Result<Vec<Process>> {
    let mut found = Vec::new();
    for entry in fs::read_dir("/proc")? {
        let entry = entry?;
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse::<u32>().ok()) else {
            continue;
        };
        // Those of others cannot be read, and some end meanwhile.
        let Ok(environment) = fs::read(entry.path().join("environ")) else { continue };
        if environment.split(|byte| *byte == 0).any(|found| found == variable.as_bytes()) {
            found.extend(Process::of(pid).filter(Process::is_alive));
        }
    }
    Ok(found)
}

/// What `/proc/PID/stat` says.
#[derive(Debug, PartialEq, Eq)]
struct State {
    has_ended: bool,
    ticks: u64,
    threads: u32,
    started: u64,
    pages: u64,
}

impl State {
    fn read(pid: i32) -> Option<Self> {
        Self::parse(&fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)
    }

    fn parse(stat: &str) -> Option<Self> {
        // The second field is the program's name, which may have spaces and parentheses of its own.
        let fields: Vec<_> = stat.rsplit_once(')')?.1.split_ascii_whitespace().collect();
        let number = |at: usize| fields.get(at - 3)?.parse::<u64>().ok();
        let ticks = [14, 15, 16, 17].into_iter().map(number).sum::<Option<u64>>()?;
        Some(Self {
            has_ended: matches!(*fields.first()?, "Z" | "X"),
            ticks,
            threads: u32::try_from(number(20)?).ok()?,
            started: number(22)?,
            pages: number(24)?,
        })
    }
}

fn unit(of: SysconfVar) -> u64 {
    let value = sysconf(of).ok().flatten().and_then(|value| u64::try_from(value).ok());
    value.filter(|value| *value > 0).unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_programs_name_cannot_forge_the_other_fields() {
        let stat = "7 (a) Z 1 2) S 1 7 7 0 -1 0 0 0 0 0 10 20 3 4 20 0 5 0 99 4096 12 0";
        let state = State::parse(stat).unwrap();
        assert_eq!(state, State { has_ended: false, ticks: 37, threads: 5, started: 99, pages: 12 });
    }

    #[test]
    fn half_a_line_is_nothing() {
        assert_eq!(State::parse("7 (a) S 1 7"), None);
        assert_eq!(State::parse(""), None);
    }

    #[test]
    fn a_number_that_another_process_has_now_is_not_this_process() {
        let this = Process::of(std::process::id()).unwrap();
        assert!(this.is_alive());
        assert!(!Process { started: this.started + 1, ..this }.is_alive());
    }
}
