//! A shell or a command, with or without a terminal.
//!
//! When the process has ended, what it wrote is delivered, and then its exit. Others may still hold its output open, started
//! in the background: their output is waited for half a second, so that the last words of a pipeline arrive, and no longer.
//! (OpenSSH waits for them for good without a terminal, and not at all with one.)

use std::collections::BTreeMap;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Command, ExitStatus, Stdio};
use std::str::FromStr;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures_util::{SinkExt, StreamExt};
use nix::libc;
use nix::sys::signal::Signal;
use pty_process::{OwnedWritePty, Pts};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::unix::pipe;
use tokio::sync::oneshot;
use tokio::time::sleep;

use gpu_lease_helper::protocol::{Exit, FromHelper, Pty, Size, ToHelper};

use crate::channel::{self, CHUNK, Input, Output};
use crate::processes::{Processes, Started};

/// How long output of others is waited for.
const LINGER: Duration = Duration::from_millis(500);

/// What is delivered at most when the process has ended: as much as a pipe can hold of what it wrote itself.
const LEFT: usize = 1 << 20;

/// Most variables that a request may set.
const MAX_VARIABLES: usize = 256;

type Reader = Box<dyn AsyncRead + Send + Unpin>;

/// A process, and what leads to and from it.
struct Running {
    leader: u32,
    exit: oneshot::Receiver<ExitStatus>,
    stdin: Stdin,
    sources: Sources,
}

/// Where input goes.
enum Stdin {
    Terminal(OwnedWritePty),
    Pipe(pipe::Sender),
    /// The process takes no more.
    Closed,
}

/// Where output comes from.
struct Sources {
    stdout: Option<Reader>,
    stderr: Option<Reader>,
    buffers: [BytesMut; 2],
}

/// Runs a command until it ends or the other side closes.
pub async fn run(
    mut input: Input,
    mut output: Output,
    mut command: Command,
    env: BTreeMap<String, String>,
    pty: Option<Pty>,
    processes: &Processes,
) -> io::Result<()> {
    let Some(running) = is_environment(&env).then(|| {
        command.envs(env);
        match pty {
            Some(pty) => in_terminal(command, &pty, processes),
            None => with_pipes(command, processes),
        }
    }) else {
        return channel::refuse(
            &mut output,
            "these environment variables cannot be set: send fewer, with usual names",
        )
        .await;
    };
    let Running { leader, exit, stdin, sources } = match running {
        Ok(running) => running,
        Err(error) => return channel::refuse(&mut output, format!("the shell did not start: {error}")).await,
    };
    channel::open(&mut output).await?;
    let ended = tokio::select! {
        ended = deliver(sources, exit, &mut output) => ended,
        () = take(&mut input, stdin, leader, processes) => Err(io::ErrorKind::ConnectionAborted.into()),
    };
    if ended.is_err() {
        processes.signal(leader, Signal::SIGHUP);
        processes.signal(leader, Signal::SIGCONT);
    }
    channel::exit(&mut output, ended?).await
}

/// Whether these are variables that a process can have.
fn is_environment(env: &BTreeMap<String, String>) -> bool {
    let is_name = |name: &str| {
        let is_usual = |it: u8| it == b'_' || it.is_ascii_alphanumeric();
        !name.is_empty() && name.bytes().all(is_usual) && !name.as_bytes()[0].is_ascii_digit()
    };
    env.len() <= MAX_VARIABLES && env.iter().all(|(name, value)| is_name(name) && !value.contains('\0'))
}

fn in_terminal(mut command: Command, pty: &Pty, processes: &Processes) -> io::Result<Running> {
    let (master, slave) = pty_process::open()
        .map_err(|error| io::Error::other(format!("there is no terminal for it: {error}")))?;
    master.resize(size(pty.size)).map_err(io::Error::other)?;
    let end = |slave: &Pts| slave.as_fd().try_clone_to_owned();
    command.stdin(end(&slave)?).stdout(end(&slave)?).stderr(end(&slave)?).env("TERM", term(&pty.term));
    // SAFETY: a system call that allocates nothing and takes no lock. It follows the one that makes a session.
    unsafe {
        command.pre_exec(|| match libc::ioctl(0, libc::TIOCSCTTY, 0) {
            0 => Ok(()),
            _ => Err(io::Error::last_os_error()),
        });
    }
    let Started { child, exit } = processes.spawn(&mut command)?;
    let (read, write) = master.into_split();
    Ok(Running {
        leader: child.id(),
        exit,
        stdin: Stdin::Terminal(write),
        sources: Sources::new(Box::new(read), None),
    })
}

fn with_pipes(mut command: Command, processes: &Processes) -> io::Result<Running> {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let Started { mut child, exit } = processes.spawn(&mut command)?;
    let missing = || io::Error::other("it has no pipes");
    let receiver = |fd: OwnedFd| pipe::Receiver::from_owned_fd(fd).map(|it| Box::new(it) as Reader);
    let stdout = receiver(child.stdout.take().ok_or_else(missing)?.into())?;
    let stderr = receiver(child.stderr.take().ok_or_else(missing)?.into())?;
    let stdin = pipe::Sender::from_owned_fd(child.stdin.take().ok_or_else(missing)?.into())?;
    Ok(Running {
        leader: child.id(),
        exit,
        stdin: Stdin::Pipe(stdin),
        sources: Sources::new(stdout, Some(stderr)),
    })
}

fn size(size: Size) -> pty_process::Size {
    pty_process::Size::new(size.rows, size.columns)
}

/// The name of a terminal, if it looks like one.
fn term(name: &str) -> &str {
    let is_usual = |it: u8| it.is_ascii_alphanumeric() || b"-+._".contains(&it);
    if (1..=64).contains(&name.len()) && name.bytes().all(is_usual) { name } else { "xterm" }
}

/// Input, until the other side has closed or says what it must not.
async fn take(input: &mut Input, mut stdin: Stdin, leader: u32, processes: &Processes) {
    while let Some(Ok(frame)) = input.next().await {
        match frame {
            ToHelper::Data(bytes) => tokio::select! {
                // A process that reads nothing does not keep the channel from being hung up.
                () = stdin.write(&bytes) => {}
                () = channel::closed(input) => return,
            },
            ToHelper::Eof => stdin.end(),
            ToHelper::Resize(size) => stdin.resize(size),
            ToHelper::Signal(name) => {
                if let Ok(signal) = Signal::from_str(&format!("SIG{name}")) {
                    processes.signal(leader, signal);
                }
            }
            ToHelper::Request(_) => return,
        }
    }
}

impl Stdin {
    async fn write(&mut self, bytes: &[u8]) {
        let writer: &mut (dyn AsyncWrite + Send + Unpin) = match self {
            Self::Terminal(writer) => writer,
            Self::Pipe(writer) => writer,
            Self::Closed => return,
        };
        if writer.write_all(bytes).await.is_err() {
            *self = Self::Closed;
        }
    }

    /// A terminal has no end of input: whoever types says it by a key.
    fn end(&mut self) {
        if let Self::Pipe(_) = self {
            *self = Self::Closed;
        }
    }

    fn resize(&self, to: Size) {
        if let Self::Terminal(writer) = self {
            let _ = writer.resize(size(to));
        }
    }
}

impl Sources {
    fn new(stdout: Reader, stderr: Option<Reader>) -> Self {
        Self { stdout: Some(stdout), stderr, buffers: Default::default() }
    }

    /// The next output, or that there is no more. What is dropped while it waits has lost nothing.
    async fn next(&mut self) -> Option<FromHelper> {
        let [first, second] = &mut self.buffers;
        while self.stdout.is_some() || self.stderr.is_some() {
            let frame = tokio::select! {
                bytes = read(&mut self.stdout, first), if self.stdout.is_some() => bytes.map(FromHelper::Data),
                bytes = read(&mut self.stderr, second), if self.stderr.is_some() => bytes.map(FromHelper::Error),
            };
            if frame.is_some() {
                return frame;
            }
        }
        None
    }
}

/// What a source has, or nothing if it is at its end, which a terminal says by an error.
async fn read(source: &mut Option<Reader>, buffer: &mut BytesMut) -> Option<Bytes> {
    buffer.reserve(CHUNK);
    match source.as_mut()?.read_buf(buffer).await {
        Ok(1..) => Some(buffer.split().freeze()),
        _ => {
            *source = None;
            None
        }
    }
}

/// Delivers output, and returns how the process ended when all of it has been delivered.
async fn deliver(
    mut sources: Sources,
    mut exit: oneshot::Receiver<ExitStatus>,
    output: &mut Output,
) -> io::Result<Exit> {
    let status = loop {
        tokio::select! {
            status = &mut exit => break status,
            frame = sources.next() => match frame {
                Some(frame) => output.send(frame).await?,
                None => break exit.await,
            },
        }
    };
    let linger = sleep(LINGER);
    tokio::pin!(linger);
    let mut left = LEFT;
    while left > 0 {
        tokio::select! {
            biased;
            frame = sources.next() => match frame {
                Some(frame) => {
                    left = left.saturating_sub(length(&frame));
                    output.send(frame).await?;
                }
                None => break,
            },
            () = &mut linger => break,
        }
    }
    status.map(how).map_err(io::Error::other)
}

fn length(frame: &FromHelper) -> usize {
    match frame {
        FromHelper::Data(bytes) | FromHelper::Error(bytes) => bytes.len(),
        _ => 0,
    }
}

fn how(status: ExitStatus) -> Exit {
    match status.signal() {
        Some(number) => Exit::Signal { name: signal_name(number) },
        None => Exit::Code { code: status.code().and_then(|it| it.try_into().ok()).unwrap_or(u8::MAX) },
    }
}

/// Without `SIG`, or the number of one that has no name.
fn signal_name(number: i32) -> String {
    Signal::try_from(number)
        .map_or_else(|_| number.to_string(), |it| it.as_str().trim_start_matches("SIG").to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_usual_names_become_variables() {
        let is_accepted =
            |name: &str, value: &str| is_environment(&BTreeMap::from([(name.to_owned(), value.to_owned())]));
        assert!(is_accepted("LC_ALL", "C.UTF-8"));
        assert!(is_accepted("_a1", ""));
        for (name, value) in [("", "x"), ("1A", "x"), ("A=B", "x"), ("A B", "x"), ("A\0", "x"), ("A", "x\0y")]
        {
            assert!(!is_accepted(name, value), "{name:?}={value:?}");
        }
        let many = |count: usize| (0..count).map(|it| (format!("A{it}"), String::new())).collect();
        assert!(is_environment(&many(MAX_VARIABLES)) && !is_environment(&many(MAX_VARIABLES + 1)));
    }

    #[test]
    fn a_terminal_has_a_usual_name_or_another() {
        assert_eq!(term("xterm-256color"), "xterm-256color");
        for name in ["", "a b", "../x/", "\u{1b}[2J", &"x".repeat(65)] {
            assert_eq!(term(name), "xterm", "{name:?}");
        }
    }

    #[test]
    fn a_signal_without_a_name_is_told_by_its_number() {
        assert_eq!(signal_name(libc::SIGKILL), "KILL");
        assert_eq!(signal_name(34), "34");
    }
}
