//! Processes that are there until their test ends.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use tokio::task::block_in_place;

/// A process that runs by a configuration. It ends with this.
pub struct Daemon(pub Child);

impl Daemon {
    /// As its program calls it, by a command that says how it is run.
    pub fn spawn(command: &mut Command, config: &Path, name: &str) -> Self {
        let log = fs::File::options().create(true).append(true).open(config.with_extension("log")).unwrap();
        command.arg("--config").arg(config).arg(name).stdin(Stdio::null());
        Self(command.stdout(Stdio::null()).stderr(log).spawn().unwrap())
    }

    /// As a crash does.
    pub fn kill(mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

/// Shows what processes said, if a test fails.
pub struct Said(pub PathBuf);

impl Drop for Said {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("{}", fs::read_to_string(&self.0).unwrap_or_default());
        }
    }
}

/// What a command says until it ends.
pub fn ended(command: &mut Command) -> Output {
    block_in_place(|| command.output()).unwrap()
}

pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}
