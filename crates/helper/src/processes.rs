//! The processes below the helper: started, waited for, and all ended at the end.
//!
//! PID 1 inherits every orphan and has to reap it; elsewhere the kernel is asked to make the helper the parent of orphans.
//! One place waits for all of them, so that nobody takes another's exit status. Everything here runs on the one thread of
//! the runtime: between the start of a process and its entry in the table nobody can have reaped it.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, ExitStatus};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use nix::libc;
use nix::sys::prctl::set_child_subreaper;
use nix::sys::signal::{Signal, kill, killpg};
use nix::unistd::{Pid, getpid};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep};

/// How long processes have between being asked to end and being killed.
const GRACE: Duration = Duration::from_secs(2);

/// How long the killed ones are waited for.
const KILLED: Duration = Duration::from_secs(1);

/// Processes that somebody waits for.
#[derive(Clone)]
pub struct Processes(Arc<Mutex<HashMap<i32, oneshot::Sender<ExitStatus>>>>);

/// A process that was started. It leads a session of its own, and so a process group.
pub struct Started {
    /// Its pipes.
    pub child: Child,
    /// How it ends.
    pub exit: oneshot::Receiver<ExitStatus>,
}

impl Processes {
    /// Begins to reap.
    pub fn start() -> io::Result<Self> {
        set_child_subreaper(true)?;
        let mut children = signal(SignalKind::child())?;
        let processes = Self(Arc::default());
        let reaper = processes.clone();
        tokio::spawn(async move {
            loop {
                reaper.reap();
                children.recv().await;
            }
        });
        Ok(processes)
    }

    /// Starts a command, which has to make a session of its own.
    pub fn spawn(&self, command: &mut Command) -> io::Result<Started> {
        let mut waited_for = self.waited_for();
        let child = command.spawn()?;
        let (sender, exit) = oneshot::channel();
        waited_for.insert(child.id() as i32, sender);
        Ok(Started { child, exit })
    }

    /// Signals the process group of one that was started, unless it has ended: its number may be another's then.
    pub fn signal(&self, leader: u32, signal: Signal) {
        if self.waited_for().contains_key(&(leader as i32)) {
            let _ = killpg(Pid::from_raw(leader as i32), signal);
        }
    }

    /// Ends everything below the helper, within a few seconds.
    pub async fn end_all(&self, with: Signal) {
        signal_all(with);
        // What is stopped has to go on to end.
        signal_all(Signal::SIGCONT);
        let asked = Instant::now();
        let mut is_hung_up = false;
        while self.reap() && asked.elapsed() < GRACE + KILLED {
            if asked.elapsed() >= GRACE {
                signal_all(Signal::SIGKILL);
            } else if asked.elapsed() >= GRACE / 2 && !is_hung_up {
                // Interactive shells ignore all but that their line is gone.
                signal_all(Signal::SIGHUP);
                is_hung_up = true;
            }
            sleep(Duration::from_millis(20)).await;
        }
    }

    /// Takes the exit status of all that have ended. Says whether there are others.
    fn reap(&self) -> bool {
        loop {
            let mut status = 0;
            // SAFETY: it writes to `status` alone. Not nix's, which knows no real-time signals: a process that ended by one
            // would be reaped, and nobody told.
            match unsafe { libc::waitpid(-1, &mut status, libc::WNOHANG) } {
                0 => return true,
                -1 => return false,
                pid => {
                    if let Some(waiting) = self.waited_for().remove(&pid) {
                        let _ = waiting.send(ExitStatus::from_raw(status));
                    }
                }
            }
        }
    }

    fn waited_for(&self) -> MutexGuard<'_, HashMap<i32, oneshot::Sender<ExitStatus>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Signals everything below the helper. PID 1 reaches all there is; anybody else must not.
fn signal_all(signal: Signal) {
    if getpid().as_raw() == 1 {
        let _ = kill(Pid::from_raw(-1), signal);
    } else {
        for process in descendants(getpid().as_raw()) {
            let _ = kill(Pid::from_raw(process), signal);
        }
    }
}

/// Children, their children, and so on.
fn descendants(of: i32) -> Vec<i32> {
    let mut children: HashMap<i32, Vec<i32>> = HashMap::new();
    for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
        let pid = entry.file_name().to_str().and_then(|name| name.parse().ok());
        let parent = fs::read_to_string(entry.path().join("stat")).ok().and_then(|stat| parent(&stat));
        if let (Some(pid), Some(parent)) = (pid, parent) {
            children.entry(parent).or_default().push(pid);
        }
    }
    let mut found = Vec::new();
    let mut waiting = vec![of];
    while let Some(children) = waiting.pop().and_then(|next| children.remove(&next)) {
        found.extend(&children);
        waiting.extend(children);
    }
    found
}

/// The parent in `/proc/PID/stat`: the second field after the name, which is in parentheses and may contain some.
fn parent(stat: &str) -> Option<i32> {
    stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_parentheses_does_not_hide_the_parent() {
        assert_eq!(parent("17 (a) R 1 (b)) S 42 17 17 0"), Some(42));
        assert_eq!(parent("17 (a"), None);
    }
}
