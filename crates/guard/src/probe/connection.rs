//! An SSH connection to a machine, with one subsystem on it.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use russh::client::{AuthResult, Config, Handle, Handler, Msg, connect_stream};
use russh::keys::{Algorithm, HashAlg, PublicKeyOrCertificate};
use russh::{Channel, ChannelMsg, Preferred, SshId, cipher, compression, kex};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::failure::Failure;
use super::key::Key;
use super::reach::{HostKey, Reach};
use super::stream::{Leash, Stream};

/// How long each of these may take: somebody listens; keys are exchanged; the key is let in, for which a gateway waits a
/// moment while a lease starts; the subsystem is open.
const LISTEN: Duration = Duration::from_secs(10);
const GREET: Duration = Duration::from_secs(10);
const LET_IN: Duration = Duration::from_secs(15);
const OPEN: Duration = Duration::from_secs(10);

/// Bytes that a machine may send until the subsystem is open.
const GREETING: usize = 64 << 10;

/// Bytes of messages that wait to be read: a window's, and as many messages.
const WINDOW: u32 = 64 << 10;
const PACKET: u32 = 32 << 10;
const MESSAGES: usize = 8;

/// After how much silence a machine is asked whether it is there, and how often.
const KEEPALIVE: Duration = Duration::from_secs(60);
const KEEPALIVES: usize = 2;

/// Most characters of what is said beside an answer.
const LONGEST_NOTE: usize = 300;

/// A connection. It ends when it is dropped.
pub struct Connection {
    channel: Channel<Msg>,
    leash: Leash,
    /// What has come and was not read.
    received: Vec<u8>,
    note: String,
    /// The library ends a connection of which this is dropped.
    _handle: Handle<Pinned>,
}

impl Connection {
    /// Logs in, and opens a subsystem.
    pub async fn open(reach: &Reach, key: &Key, subsystem: &str) -> Result<Self, Failure> {
        let place = || reach.to_string();
        let unreachable = |why: std::io::Error| Failure::Unreachable { place: place(), why: why.to_string() };
        let dialed = TcpStream::connect((reach.host.as_str(), reach.port));
        let tcp = within(LISTEN, "somebody to listen", async { dialed.await.map_err(unreachable) }).await?;
        tcp.set_nodelay(true).map_err(unreachable)?;
        let (stream, leash) = Stream::new(tcp, GREETING);
        let (tell, mut told) = mpsc::channel(1);
        let pinned = Pinned { expected: reach.host_key.clone(), tell };
        let greeted = within(GREET, "its greeting", async {
            connect_stream(Arc::new(config()), stream, pinned).await.map_err(|error| broken(&error))
        });
        let mut handle = match greeted.await {
            Ok(handle) => handle,
            Err(failure) => {
                let other = told.try_recv().ok();
                return Err(other.map_or(failure, Failure::OtherHostKey));
            }
        };
        let login = within(LET_IN, "being let in", async {
            let tried = handle.authenticate_publickey(reach.lease.to_string(), key.for_login());
            tried.await.map_err(|error| broken(&error))
        });
        match login.await? {
            AuthResult::Success => {}
            AuthResult::Failure { .. } => return Err(Failure::NotLetIn),
        }
        let channel = within(OPEN, "a channel", async {
            let mut channel = handle.channel_open_session().await.map_err(|error| broken(&error))?;
            channel.request_subsystem(true, subsystem).await.map_err(|error| broken(&error))?;
            loop {
                match channel.wait().await {
                    Some(ChannelMsg::Success) => return Ok(channel),
                    Some(ChannelMsg::WindowAdjusted { .. }) => {}
                    Some(ChannelMsg::Failure) => {
                        return Err(Failure::NotUnderstood(format!("it has no subsystem {subsystem}")));
                    }
                    Some(_) => {
                        return Err(Failure::NotUnderstood(
                            "it sends something before it was asked".to_owned(),
                        ));
                    }
                    None => return Err(Failure::Cut(String::new())),
                }
            }
        });
        let channel = channel.await?;
        Ok(Self { channel, leash, received: Vec::new(), note: String::new(), _handle: handle })
    }

    /// Sends bytes. So many may come back until the next ones are sent.
    pub async fn send(&mut self, bytes: Vec<u8>, allowance: usize) -> Result<(), Failure> {
        self.leash.allow(allowance);
        self.channel.data_bytes(bytes).await.map_err(|error| broken(&error))
    }

    /// The bytes up to the next one of these, which is left out; at most so many.
    pub async fn read_until(&mut self, end: u8, most: usize) -> Result<Vec<u8>, Failure> {
        let mut seen = 0;
        loop {
            if let Some(at) = self.received[seen..].iter().position(|byte| *byte == end) {
                let mut read: Vec<u8> = self.received.drain(..=seen + at).collect();
                read.pop();
                return Ok(read);
            }
            seen = self.received.len();
            self.receive(most).await?;
        }
    }

    /// So many bytes.
    pub async fn read_exact(&mut self, count: usize) -> Result<Vec<u8>, Failure> {
        while self.received.len() < count {
            self.receive(count).await?;
        }
        Ok(self.received.drain(..count).collect())
    }

    /// Whether nothing has come that was not read.
    pub fn is_quiet(&self) -> bool {
        self.received.is_empty()
    }

    /// Waits for more bytes, unless there are so many.
    async fn receive(&mut self, most: usize) -> Result<(), Failure> {
        if self.received.len() >= most {
            return Err(Failure::NotUnderstood(format!("its answer is longer than {most} bytes")));
        }
        match self.channel.wait().await {
            Some(ChannelMsg::Data { data }) => self.received.extend_from_slice(&data),
            // What the gateway says to people.
            Some(ChannelMsg::ExtendedData { data, .. }) => {
                let text = String::from_utf8_lossy(&data);
                let shown = text.chars().filter(|it| !gpu_lease_client::text::is_harmful(*it));
                let room = LONGEST_NOTE - self.note.chars().count();
                self.note.extend(shown.take(room));
            }
            Some(ChannelMsg::Eof | ChannelMsg::Close) | None => {
                return Err(Failure::Cut(std::mem::take(&mut self.note).trim().to_owned()));
            }
            Some(_) => {}
        }
        Ok(())
    }
}

/// Waits for something, and no longer than that.
pub async fn within<T>(
    time: Duration,
    what: &'static str,
    work: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Failure> {
    timeout(time, work).await.unwrap_or(Err(Failure::Silent(what)))
}

fn broken(error: &russh::Error) -> Failure {
    match error {
        russh::Error::Disconnect | russh::Error::HUP | russh::Error::SendError | russh::Error::RecvError => {
            Failure::Cut(String::new())
        }
        other => Failure::NotUnderstood(other.to_string()),
    }
}

/// Looks at the host key.
struct Pinned {
    expected: HostKey,
    /// Is told of another one.
    tell: mpsc::Sender<String>,
}

impl Handler for Pinned {
    type Error = russh::Error;

    async fn check_server_key(&mut self, shown: &PublicKeyOrCertificate) -> Result<bool, russh::Error> {
        let PublicKeyOrCertificate::PublicKey { key, .. } = shown else { return Ok(false) };
        let is_it = self.expected.is(key);
        if !is_it {
            self.tell.try_send(key.fingerprint(HashAlg::Sha256).to_string()).ok();
        }
        Ok(is_it)
    }
}

fn config() -> Config {
    Config {
        client_id: SshId::Standard(Cow::Borrowed("SSH-2.0-gpu-lease-guard")),
        window_size: WINDOW,
        maximum_packet_size: PACKET,
        channel_buffer_size: MESSAGES,
        preferred: Preferred {
            // Without those of whole numbers, with which a machine could have a guard compute for long.
            kex: Cow::Borrowed(&[
                kex::MLKEM768X25519_SHA256,
                kex::CURVE25519,
                kex::CURVE25519_PRE_RFC_8731,
                kex::EXTENSION_SUPPORT_AS_CLIENT,
                kex::EXTENSION_OPENSSH_STRICT_KEX_AS_CLIENT,
            ]),
            key: Cow::Borrowed(&[Algorithm::Ed25519]),
            cipher: Cow::Borrowed(&[cipher::AES_256_GCM, cipher::CHACHA20_POLY1305]),
            compression: Cow::Borrowed(&[compression::NONE]),
            ..Preferred::DEFAULT
        },
        keepalive_interval: Some(KEEPALIVE),
        keepalive_max: KEEPALIVES,
        nodelay: true,
        ..Config::default()
    }
}
