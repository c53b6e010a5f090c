//! The side that asks: a channel over the helper's socket, and a sign of life.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::fs::{FileTypeExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use nix::libc::{O_NOFOLLOW, O_PATH};
use tokio::net::UnixStream;
use tokio_util::codec::Framed;

use crate::protocol::{Answer, Asking, FromHelper, Request, ToHelper};

/// A channel that the helper has opened. Whoever reads it bounds how long it waits.
pub type Connection = Framed<UnixStream, Asking>;

/// What a probe is answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alive {
    /// Version of the helper.
    pub version: String,
    /// How long it has been running.
    pub uptime: Duration,
}

/// Why there is no channel.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Nobody listens there.
    #[error("no helper listens at {}: {error}. See whether the container runs", .socket.display())]
    Unreachable {
        /// Where.
        socket: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// No answer in time.
    #[error("the helper did not answer within {0:?}. Try again; if it stays silent, restart the container")]
    Silent(Duration),
    /// The helper says no.
    #[error("the helper refused: {0}")]
    Refused(String),
    /// What answers there is no helper, or a broken one.
    #[error("what listens at {} does not speak as a helper does. Restart the container", .0.display())]
    Foreign(PathBuf),
}

/// Opens a channel, within the time given.
pub async fn connect(socket: &Path, request: Request, within: Duration) -> Result<Connection, Error> {
    match ask(socket, request, within).await? {
        (Answer::Open, connection) => Ok(connection),
        _ => Err(Error::Foreign(socket.to_owned())),
    }
}

/// Asks for a sign of life, within the time given.
pub async fn probe(socket: &Path, within: Duration) -> Result<Alive, Error> {
    match ask(socket, Request::Probe, within).await? {
        (Answer::Alive { version, uptime }, _) => {
            Ok(Alive { version: readable(&version), uptime: Duration::from_secs(uptime) })
        }
        _ => Err(Error::Foreign(socket.to_owned())),
    }
}

async fn ask(socket: &Path, request: Request, within: Duration) -> Result<(Answer, Connection), Error> {
    let asked = async {
        let stream =
            reach(socket).await.map_err(|error| Error::Unreachable { socket: socket.to_owned(), error })?;
        let mut connection = Framed::new(stream, Asking::default());
        let foreign = || Error::Foreign(socket.to_owned());
        connection.send(ToHelper::Request(request)).await.map_err(|_| foreign())?;
        match connection.next().await {
            Some(Ok(FromHelper::Answer(Answer::Refused { reason }))) => {
                Err(Error::Refused(readable(&reason)))
            }
            Some(Ok(FromHelper::Answer(answer))) => Ok((answer, connection)),
            _ => Err(foreign()),
        }
    };
    tokio::time::timeout(within, asked).await.unwrap_or(Err(Error::Silent(within)))
}

/// Connects to the socket itself, not to where a link in its place leads: a tenant may have put it there, to the engine's
/// socket for one. It may also be longer than a socket's address.
async fn reach(socket: &Path) -> io::Result<UnixStream> {
    let file: File = OpenOptions::new().read(true).custom_flags(O_PATH | O_NOFOLLOW).open(socket)?;
    if !file.metadata()?.file_type().is_socket() {
        return Err(io::Error::other("there is something else in its place"));
    }
    UnixStream::connect(format!("/proc/self/fd/{}", file.as_raw_fd())).await
}

/// A text from inside the container, as far as one can show it.
fn readable(text: &str) -> String {
    text.chars().filter(|it| !it.is_control()).take(300).collect()
}
