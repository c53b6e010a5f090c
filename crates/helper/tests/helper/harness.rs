//! A helper in a folder of its own, and what a test asks of it.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use gpu_lease_helper::protocol::{Exit, FromHelper, Pty, Request, Size, ToHelper};
use gpu_lease_helper::{Connection, connect, probe};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tempfile::TempDir;
use tokio::time::timeout;

/// What a test waits for takes less than this, on a busy machine too.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// A helper that runs, and ends with the test.
pub struct Helper {
    pub process: Child,
    pub folder: TempDir,
}

/// What a command left.
#[derive(Debug)]
pub struct Ended {
    pub stdout: String,
    pub stderr: String,
    pub exit: Exit,
}

impl Helper {
    pub async fn start() -> Self {
        Self::start_by(Command::new(BINARY)).await
    }

    /// By a command that the helper's arguments are added to.
    pub async fn start_by(mut command: Command) -> Self {
        let folder = TempDir::new().unwrap();
        fs::create_dir(folder.path().join("workspace")).unwrap();
        command.arg("--socket").arg(folder.path().join("socket"));
        command.arg("--workspace").arg(folder.path().join("workspace")).args(["--shell", "/bin/bash"]);
        command.env("HOME", folder.path()).stdin(Stdio::null());
        let helper = Self { process: command.spawn().unwrap(), folder };
        eventually("the helper answers", async || probe(&helper.socket(), PATIENCE).await.is_ok()).await;
        helper
    }

    pub fn socket(&self) -> PathBuf {
        self.folder.path().join("socket")
    }

    pub fn workspace(&self) -> PathBuf {
        self.folder.path().join("workspace")
    }

    pub async fn open(&self, request: Request) -> Connection {
        connect(&self.socket(), request, PATIENCE).await.unwrap()
    }

    /// What is told about a channel that does not open.
    pub async fn refusal(&self, request: Request) -> String {
        connect(&self.socket(), request, PATIENCE).await.unwrap_err().to_string()
    }

    /// Opens a channel for a command without a terminal.
    pub async fn exec(&self, line: &str) -> Connection {
        self.open(exec(line)).await
    }

    /// Runs a command that gets no input.
    pub async fn run(&self, line: &str) -> Ended {
        let mut connection = self.exec(line).await;
        // It may have ended by now.
        let _ = connection.send(ToHelper::Eof).await;
        ended(&mut connection).await
    }

    pub fn signal(&self, signal: Signal) {
        kill(Pid::from_raw(self.process.id() as i32), signal).unwrap();
    }

    /// Waits until it has ended, and says with what.
    pub async fn ended(&mut self) -> Option<i32> {
        let mut status = None;
        eventually("the helper ends", async || {
            status = self.process.try_wait().unwrap();
            status.is_some()
        })
        .await;
        status.unwrap().code()
    }

    /// Descriptors that it has while nobody asks for anything.
    pub async fn idle_descriptors(&self) -> usize {
        // The answer to a probe arrives before its connection is closed.
        tokio::time::sleep(Duration::from_millis(300)).await;
        self.descriptors()
    }

    /// Descriptors that it has.
    pub fn descriptors(&self) -> usize {
        fs::read_dir(format!("/proc/{}/fd", self.process.id())).unwrap().count()
    }

    /// Bytes of memory that it has had at most.
    pub fn peak_memory(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.process.id())).unwrap();
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        peak.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024
    }
}

impl Drop for Helper {
    fn drop(&mut self) {
        if let Ok(None) = self.process.try_wait() {
            self.signal(Signal::SIGTERM);
            let asked = Instant::now();
            while matches!(self.process.try_wait(), Ok(None)) && asked.elapsed() < Duration::from_secs(5) {
                std::thread::sleep(Duration::from_millis(10));
            }
            let _ = self.process.kill();
            let _ = self.process.wait();
        }
    }
}

pub const BINARY: &str = env!("CARGO_BIN_EXE_gpu-lease-helper");

pub fn exec(line: &str) -> Request {
    Request::Exec { command: line.to_owned(), pty: None, env: BTreeMap::new() }
}

pub fn pty(columns: u16, rows: u16) -> Option<Pty> {
    Some(Pty { term: "xterm-256color".to_owned(), size: Size { columns, rows } })
}

/// The next frame, or nothing if the helper has closed.
pub async fn next(connection: &mut Connection) -> Option<FromHelper> {
    match timeout(2 * PATIENCE, connection.next()).await.expect("the helper says nothing") {
        Some(Ok(frame)) => Some(frame),
        _ => None,
    }
}

pub async fn send(connection: &mut Connection, bytes: impl Into<Bytes>) {
    timeout(PATIENCE, connection.send(ToHelper::Data(bytes.into()))).await.unwrap().unwrap();
}

/// All there is until the exit, after which there must be nothing.
pub async fn ended(connection: &mut Connection) -> Ended {
    let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
    let exit = loop {
        match next(connection).await.expect("it closed without an exit") {
            FromHelper::Data(bytes) => stdout.extend_from_slice(&bytes),
            FromHelper::Error(bytes) => stderr.extend_from_slice(&bytes),
            FromHelper::Eof => {}
            FromHelper::Exit(exit) => break exit,
            FromHelper::Answer(answer) => panic!("a second answer: {answer:?}"),
        }
    };
    assert_eq!(next(connection).await, None);
    Ended { stdout: String::from_utf8(stdout).unwrap(), stderr: String::from_utf8(stderr).unwrap(), exit }
}

/// Reads output until it contains a text.
pub async fn until(connection: &mut Connection, text: &str) -> String {
    let mut seen = String::new();
    while !seen.contains(text) {
        match timeout(PATIENCE, next(connection))
            .await
            .unwrap_or_else(|_| panic!("no {text:?} after {seen:?}"))
        {
            Some(FromHelper::Data(bytes)) => seen.push_str(&String::from_utf8_lossy(&bytes)),
            other => panic!("{other:?} instead of {text:?} after {seen:?}"),
        }
    }
    seen
}

/// Waits until something is so.
pub async fn eventually(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let began = Instant::now();
    while !is_so().await {
        assert!(began.elapsed() < PATIENCE, "not within {PATIENCE:?}: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

pub fn is_alive(pid: &str) -> bool {
    fs::read_to_string(format!("/proc/{pid}/stat")).is_ok()
}
