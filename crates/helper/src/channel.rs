//! Both directions of one connection.

use std::io;
use std::time::Duration;

use bytes::Bytes;
use futures_util::SinkExt;
use tokio::io::Interest;
use tokio::net::UnixStream;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio_util::codec::{FramedRead, FramedWrite};

use gpu_lease_helper::protocol::{Answer, Answering, Exit, FromHelper};

/// What is read at once, and sent as one frame.
pub const CHUNK: usize = 32 * 1024;

/// How often a socket is asked whether it is closed while input waits, which makes it readable all the time.
const CLOSED_EVERY: Duration = Duration::from_millis(250);

/// Frames from whoever asked.
pub type Input = FramedRead<OwnedReadHalf, Answering>;

/// Frames to whoever asked.
pub type Output = FramedWrite<OwnedWriteHalf, Answering>;

/// Both directions. They are apart, so that neither waits for the other.
pub fn split(stream: UnixStream) -> (Input, Output) {
    let (read, write) = stream.into_split();
    (FramedRead::new(read, Answering::default()), FramedWrite::new(write, Answering::default()))
}

/// Says that the channel is open.
pub async fn open(output: &mut Output) -> io::Result<()> {
    output.send(FromHelper::Answer(Answer::Open)).await
}

/// Says why it is not.
pub async fn refuse(output: &mut Output, reason: impl Into<String>) -> io::Result<()> {
    output.send(FromHelper::Answer(Answer::Refused { reason: reason.into() })).await
}

/// Output.
pub async fn data(output: &mut Output, bytes: Bytes) -> io::Result<()> {
    output.send(FromHelper::Data(bytes)).await
}

/// Says how what was asked for has ended.
pub async fn exit(output: &mut Output, exit: Exit) -> io::Result<()> {
    output.feed(FromHelper::Eof).await?;
    output.send(FromHelper::Exit(exit)).await
}

/// Resolves when the other side has closed, also while frames are waiting to be read.
pub async fn closed(input: &Input) {
    loop {
        match input.get_ref().ready(Interest::READABLE).await {
            Ok(ready) if !ready.is_read_closed() => tokio::time::sleep(CLOSED_EVERY).await,
            _ => return,
        }
    }
}
