//! The socket: who may ask, how many at once, and who answers what.

use std::convert::Infallible;
use std::fs;
use std::io;
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::os::unix::net::UnixStream as Blocking;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use nix::sys::stat::{Mode, umask};
use nix::unistd::getpid;
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, sleep, timeout};

use gpu_lease_helper::protocol::{Answer, FromHelper, Request, ToHelper};

use crate::channel::{self, Input, Output};
use crate::login::Login;
use crate::processes::Processes;
use crate::{command, dial, files};

/// Channels that are open at once. With the files below they need fewer than 1,024 descriptors, the usual limit: a
/// terminal takes two, a command four, while it starts some more.
const MAX_CHANNELS: usize = 128;

/// Connections that have not yet said what they want.
const MAX_WAITING: usize = 64;

/// Files and folders that all file transfers together have open.
const MAX_FILES: usize = 256;

/// How long a connection may take to say what it wants.
const FIRST_FRAME: Duration = Duration::from_secs(10);

/// What serves the socket.
pub struct Server {
    listener: UnixListener,
    waiting: Arc<Semaphore>,
    shared: Arc<Shared>,
}

/// What all connections use.
struct Shared {
    login: Login,
    processes: Processes,
    channels: Arc<Semaphore>,
    files: Arc<Semaphore>,
    started: Instant,
}

impl Server {
    /// Listens, in the place of one that has ended.
    pub fn bind(socket: &Path, mode: u32, login: Login, processes: Processes) -> io::Result<Self> {
        let shared = Shared {
            login,
            processes,
            channels: Arc::new(Semaphore::new(MAX_CHANNELS)),
            files: Arc::new(Semaphore::new(MAX_FILES)),
            started: Instant::now(),
        };
        let listener = listen(socket, mode).map_err(|error| {
            io::Error::new(error.kind(), format!("no socket at {}: {error}", socket.display()))
        })?;
        Ok(Self { listener, waiting: Arc::new(Semaphore::new(MAX_WAITING)), shared: Arc::new(shared) })
    }

    /// Serves.
    pub async fn run(&self) -> Infallible {
        loop {
            let Ok((stream, _)) = self.listener.accept().await else {
                // Out of descriptors or memory: later there may be some.
                sleep(Duration::from_millis(100)).await;
                continue;
            };
            let Ok(waiting) = self.waiting.clone().try_acquire_owned() else { continue };
            if is_from_outside(&stream) {
                tokio::spawn(self.shared.clone().serve(stream, waiting));
            }
        }
    }
}

impl Shared {
    /// One connection. Whatever becomes of it is told on it, or concerns nobody else.
    async fn serve(self: Arc<Self>, stream: UnixStream, waiting: OwnedSemaphorePermit) -> io::Result<()> {
        let (mut input, mut output) = channel::split(stream);
        let first = timeout(FIRST_FRAME, input.next()).await;
        let Ok(Some(Ok(ToHelper::Request(request)))) = first else {
            return channel::refuse(&mut output, "the first frame has to be a request, at once").await;
        };
        if request == Request::Probe {
            // Also when there is no room for a channel.
            return output.send(FromHelper::Answer(self.alive())).await;
        }
        let Ok(_channel) = self.channels.clone().try_acquire_owned() else {
            let reason = format!(
                "{MAX_CHANNELS} channels are open, which is as many as there can be: close one first"
            );
            return channel::refuse(&mut output, reason).await;
        };
        drop(waiting);
        self.open(request, input, output).await
    }

    async fn open(&self, request: Request, input: Input, output: Output) -> io::Result<()> {
        match request {
            Request::Shell { pty, env } => {
                command::run(input, output, self.login.shell(), env, pty, &self.processes).await
            }
            Request::Exec { command, pty, env } => {
                command::run(input, output, self.login.line(&command), env, pty, &self.processes).await
            }
            Request::Sftp => files::run(input, output, &self.login, self.files.clone()).await,
            Request::Dial { host, port } => dial::run(input, output, &host, port).await,
            Request::Probe => Ok(()),
        }
    }

    fn alive(&self) -> Answer {
        let version = env!("CARGO_PKG_VERSION").to_owned();
        Answer::Alive { version, uptime: self.started.elapsed().as_secs() }
    }
}

/// Whether a peer is on the other side of the socket. In a container it must not be beside PID 1: there is nothing it needs,
/// and it could take the places of others. A process of another PID namespace has the number 0 here.
fn is_from_outside(stream: &UnixStream) -> bool {
    getpid().as_raw() != 1 || stream.peer_cred().is_ok_and(|peer| peer.pid() == Some(0))
}

fn listen(socket: &Path, mode: u32) -> io::Result<UnixListener> {
    remove_stale(socket)?;
    // Nobody may connect in between.
    let usual = umask(Mode::from_bits_truncate(0o777));
    let listener = UnixListener::bind(socket);
    umask(usual);
    let listener = listener?;
    fs::set_permissions(socket, fs::Permissions::from_mode(mode))?;
    Ok(listener)
}

/// Removes a socket on which nobody listens any longer.
fn remove_stale(socket: &Path) -> io::Result<()> {
    match fs::symlink_metadata(socket) {
        Ok(found) if found.file_type().is_socket() => {}
        Ok(_) => {
            let reason = "there is something else in its place; remove it, or choose another path";
            return Err(io::Error::other(reason));
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    }
    match Blocking::connect(socket) {
        Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => fs::remove_file(socket),
        Err(error) => Err(error),
        Ok(_) => Err(io::Error::other("another helper listens there; end it, or choose another path")),
    }
}
