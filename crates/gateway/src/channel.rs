//! One channel of a session: what it leads to, and what flows both ways.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use gpu_lease_helper::protocol::{Exit, FromHelper, Request, Size, ToHelper};
use gpu_lease_helper::{Connection, connect};
use russh::server::{ChannelOpenHandle, Handle, Msg};
use russh::{ChannelOpenFailure, ChannelWriteHalf, Sig};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::OwnedSemaphorePermit;
use tokio::sync::mpsc::{self, Receiver, Sender, UnboundedReceiver};
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use crate::backlog::Queued;
use crate::caller::Caller;
use crate::metrics::{Traffic, count};
use crate::read_only::{Packets, Verdict, verdict};

/// How long helper and agent may take to answer. A name may have to be looked up in the container.
const ANSWER: Duration = Duration::from_secs(30);

/// The exit of what could not be done, but may be later (`EX_TEMPFAIL`).
pub const UNAVAILABLE: u32 = 75;

/// The exit of what was lost, as OpenSSH has it for connections.
const LOST: u32 = 255;

/// Most bytes that are read from the agent at once.
const CHUNK: usize = 32 * 1024;

/// How long what a client sent may take to be read after it has closed the channel.
const LINGER: Duration = Duration::from_secs(5);

/// Refusals that wait for the client to take them.
const REFUSALS: usize = 16;

/// What the client says on a channel.
pub enum Input {
    /// Bytes.
    Data(Bytes),
    /// No more of them.
    Eof,
    /// The terminal has this size now.
    Resize(Size),
    /// A signal for the process.
    Signal(String),
}

/// What a client says on one channel. It ends when the client closes the channel.
pub type Inbox = UnboundedReceiver<Queued<Input>>;

/// A channel that is open, until it is dropped.
pub struct Channel {
    /// To the client.
    pub client: Client,
    /// From the client.
    pub inbox: Inbox,
    /// The client has closed the channel, or is gone.
    closed: CancellationToken,
    /// Its place among those of the session.
    _place: OwnedSemaphorePermit,
}

/// The way to the client.
pub struct Client {
    /// For nearly everything.
    pub write: ChannelWriteHalf<Msg>,
    /// For the rest.
    pub session: Handle,
    /// What flowed.
    pub traffic: Arc<Traffic>,
}

/// The client is gone: whatever it was, nobody waits for it.
struct Gone;

impl From<russh::Error> for Gone {
    fn from(_: russh::Error) -> Self {
        Self
    }
}

type Sent = Result<(), Gone>;

impl Channel {
    /// A channel that the client now says what it is for.
    pub fn new(client: Client, inbox: Inbox, closed: CancellationToken, place: OwnedSemaphorePermit) -> Self {
        Self { client, inbox, closed, _place: place }
    }

    /// Says why there is nothing behind this channel.
    pub async fn say(mut self, text: &str) {
        tokio::select! {
            _ = self.client.ending(text, UNAVAILABLE) => {}
            () = discard(&mut self.inbox) => {}
        }
    }

    /// Leads to a shell, a command or files.
    pub async fn run(self, socket: &Path, request: Request, read_only: bool, note: &str) {
        match connect(socket, request, ANSWER).await {
            Ok(connection) => self.carry(connection, read_only, true).await,
            Err(error) => {
                count(&self.client.traffic.metrics.unreachable);
                self.say(format!("{} {note}", sentence(&error)).trim_end()).await;
            }
        }
    }

    /// Leads to a port that can be reached from inside the container, if it answers.
    pub async fn dial(self, socket: &Path, host: String, port: u16, reply: ChannelOpenHandle) {
        match connect(socket, Request::Dial { host, port }, ANSWER).await {
            Ok(connection) => {
                reply.accept().await;
                self.carry(connection, false, false).await;
            }
            Err(error) => reply.reject(failed(&sentence(&error))).await,
        }
    }

    /// Leads to the agent's API, after a line that says who calls.
    pub async fn call(mut self, socket: &Path, caller: &Caller) {
        let stream = match timeout(ANSWER, introduce(socket, caller)).await {
            Ok(Ok(stream)) => stream,
            _ => {
                count(&self.client.traffic.metrics.unreachable);
                return self.say("The machine's agent does not answer. Try again in a minute.").await;
            }
        };
        let (from, to) = stream.into_split();
        let answered = async {
            self.client.answers(from).await?;
            self.client.end(0).await
        };
        tokio::select! {
            _ = answered => {}
            () = questions(&mut self.inbox, to) => {}
            () = abandoned(&self.closed) => {}
        }
    }

    async fn carry(mut self, connection: Connection, read_only: bool, exits: bool) {
        let (to, from) = connection.split();
        let (refuse, refusals) = mpsc::channel(REFUSALS);
        let replies = read_only.then(Packets::default);
        let requests = replies.is_some().then(|| (Packets::default(), refuse));
        tokio::select! {
            _ = self.client.outputs(from, replies, refusals, exits) => {}
            () = inputs(&mut self.inbox, to, requests) => {}
            () = abandoned(&self.closed) => {}
        }
    }
}

impl Client {
    /// Carries what the helper says, until it ends.
    async fn outputs(
        &self,
        mut from: SplitStream<Connection>,
        mut replies: Option<Packets>,
        mut refusals: Receiver<Bytes>,
        exits: bool,
    ) -> Sent {
        loop {
            let frame = tokio::select! {
                frame = from.next() => frame,
                Some(refusal) = refusals.recv() => {
                    self.data(refusal).await?;
                    continue;
                }
            };
            match frame {
                Some(Ok(FromHelper::Data(bytes))) => match &mut replies {
                    None => self.data(bytes).await?,
                    Some(packets) => {
                        packets.push(&bytes);
                        while let Some(packet) = packets.next().map_err(|_| Gone)? {
                            self.data(packet).await?;
                        }
                    }
                },
                Some(Ok(FromHelper::Error(bytes))) => self.error(bytes).await?,
                Some(Ok(FromHelper::Eof)) => self.write.eof().await?,
                Some(Ok(FromHelper::Exit(exit))) if exits => return self.exit(exit).await,
                _ if exits => return self.ending("The container closed the connection.", LOST).await,
                _ => return Ok(self.write.close().await?),
            }
        }
    }

    /// Carries what the agent says, until it ends.
    async fn answers(&self, mut from: OwnedReadHalf) -> Sent {
        let mut buffer = BytesMut::new();
        loop {
            buffer.reserve(CHUNK);
            match from.read_buf(&mut buffer).await {
                Ok(1..) => self.data(buffer.split().freeze()).await?,
                _ => return Ok(()),
            }
        }
    }

    async fn data(&self, bytes: Bytes) -> Sent {
        self.traffic.sent(bytes.len());
        Ok(self.write.data_bytes(bytes).await?)
    }

    async fn error(&self, bytes: Bytes) -> Sent {
        self.traffic.sent(bytes.len());
        /// `SSH_EXTENDED_DATA_STDERR`.
        const STDERR: u32 = 1;
        Ok(self.write.extended_data_bytes(STDERR, bytes).await?)
    }

    async fn ending(&self, text: &str, code: u32) -> Sent {
        // Terminals want both.
        self.error(format!("{text}\r\n").into()).await?;
        self.end(code).await
    }

    async fn end(&self, code: u32) -> Sent {
        self.write.eof().await?;
        self.write.exit_status(code).await?;
        Ok(self.write.close().await?)
    }

    async fn exit(&self, exit: Exit) -> Sent {
        match exit {
            Exit::Code { code } => self.write.exit_status(code.into()).await?,
            Exit::Signal { name } => {
                let (id, none) = (self.write.id(), String::new());
                let told = self.session.exit_signal_request(id, signal(name), false, none.clone(), none);
                told.await.map_err(|()| Gone)?;
            }
        }
        Ok(self.write.close().await?)
    }
}

/// Carries what the client says to the helper, until the client closes the channel.
async fn inputs(
    inbox: &mut Inbox,
    mut to: SplitSink<Connection, ToHelper>,
    mut requests: Option<(Packets, Sender<Bytes>)>,
) {
    while let Some(queued) = inbox.recv().await {
        let sent = match (&queued.item, &mut requests) {
            (Input::Data(bytes), None) => to.send(ToHelper::Data(bytes.clone())).await,
            (Input::Data(bytes), Some((packets, refuse))) => sift(bytes, packets, &mut to, refuse).await,
            (Input::Eof, _) => to.send(ToHelper::Eof).await,
            (Input::Resize(size), _) => to.send(ToHelper::Resize(*size)).await,
            (Input::Signal(name), _) => to.send(ToHelper::Signal(name.clone())).await,
        };
        if sent.is_err() {
            // It takes no more, and may still have something to say.
            return discard(inbox).await;
        }
    }
}

/// Passes what only reads.
async fn sift(
    bytes: &[u8],
    packets: &mut Packets,
    to: &mut SplitSink<Connection, ToHelper>,
    refuse: &Sender<Bytes>,
) -> io::Result<()> {
    packets.push(bytes);
    while let Some(packet) = packets.next()? {
        match verdict(packet) {
            Some(Verdict::Pass(packet)) => to.send(ToHelper::Data(packet)).await?,
            Some(Verdict::Refuse(answer)) => refuse.send(answer).await.map_err(io::Error::other)?,
            None => return Err(io::ErrorKind::InvalidData.into()),
        }
    }
    Ok(())
}

/// Carries what the client says to the agent, until the client closes the channel.
async fn questions(inbox: &mut Inbox, mut to: OwnedWriteHalf) {
    while let Some(queued) = inbox.recv().await {
        let sent = match &queued.item {
            Input::Data(bytes) => to.write_all(bytes).await,
            Input::Eof => to.shutdown().await,
            Input::Resize(_) | Input::Signal(_) => Ok(()),
        };
        if sent.is_err() {
            return discard(inbox).await;
        }
    }
}

/// Returns some time after the client has closed the channel: nobody may ever read what it sent.
async fn abandoned(closed: &CancellationToken) {
    closed.cancelled().await;
    sleep(LINGER).await;
}

async fn discard(inbox: &mut Inbox) {
    while inbox.recv().await.is_some() {}
}

async fn introduce(socket: &Path, caller: &Caller) -> io::Result<UnixStream> {
    let mut stream = UnixStream::connect(socket).await?;
    let mut line = serde_json::to_vec(caller)?;
    line.push(b'\n');
    stream.write_all(&line).await?;
    Ok(stream)
}

/// A refusal that tells the client why.
pub fn failed(reason: &str) -> ChannelOpenFailure {
    /// `SSH_OPEN_CONNECT_FAILED`.
    const CONNECT_FAILED: u32 = 2;
    ChannelOpenFailure::Other { code: CONNECT_FAILED, reason: reason.to_owned() }
}

fn sentence(error: &gpu_lease_helper::Error) -> String {
    use gpu_lease_helper::Error::{Foreign, Refused, Silent, Unreachable};
    match error {
        // Without the paths of this machine, which are none of the client's business.
        Unreachable { .. } | Silent(_) | Foreign(_) => {
            "The lease's container does not answer. Try again in a minute; if it stays silent, ask for a restart."
                .to_owned()
        }
        Refused(reason) => reason.clone(),
    }
}

/// A signal by its name without `SIG`.
fn signal(name: String) -> Sig {
    match name.as_str() {
        "ABRT" => Sig::ABRT,
        "ALRM" => Sig::ALRM,
        "FPE" => Sig::FPE,
        "HUP" => Sig::HUP,
        "ILL" => Sig::ILL,
        "INT" => Sig::INT,
        "KILL" => Sig::KILL,
        "PIPE" => Sig::PIPE,
        "QUIT" => Sig::QUIT,
        "SEGV" => Sig::SEGV,
        "TERM" => Sig::TERM,
        "USR1" => Sig::USR1,
        _ => Sig::Custom(name),
    }
}
