//! What a client asks for, and whether it gets it.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use gpu_lease_helper::protocol::{Pty, Request, Size};
use russh::keys::{HashAlg, PublicKey};
use russh::server::{Auth, ChannelOpenHandle, Msg, PublicKeyOffer, Session, VerifiedPublicKey};
use russh::{ChannelId, ChannelOpenFailure, Disconnect, Sig};
use tokio::sync::mpsc::{self, UnboundedSender};
use tokio::sync::{Semaphore, oneshot};
use tokio::time::sleep;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::admission::{Access, Admission, Admissions, LeaseName, Role};
use crate::backlog::{Backlog, Budget, Queued};
use crate::caller::Caller;
use crate::channel::{Channel, Client, Input, failed};
use crate::limits::Attempts;
use crate::metrics::{Traffic, count};
use crate::sessions::{SessionPlace, Sessions};

/// Most variables that a client may set for a command, and most bytes of one.
const MAX_VARIABLES: usize = 32;
const MAX_VARIABLE: usize = 1024;

/// Most bytes of a name that a client gives.
const MAX_NAME: usize = 64;

/// How often a shut door is looked at again for whoever comes to it, and the time in between.
const KNOCKS: u32 = 30;
const KNOCKING: Duration = Duration::from_millis(100);

/// The subsystem that is the agent's API.
const API: &str = "gpu-lease";

/// Somebody who has logged in.
pub struct Login {
    pub lease: LeaseName,
    /// What let them in.
    pub admission: Admission,
    pub key: PublicKey,
    pub role: Role,
    _place: SessionPlace,
}

impl Login {
    /// The key's fingerprint, as OpenSSH shows it.
    pub fn fingerprint(&self) -> String {
        self.key.fingerprint(HashAlg::Sha256).to_string()
    }

    /// Whether they have the lease's container for this, or why not.
    fn may(&self, only_files: bool) -> Result<(), String> {
        match (self.role, self.admission.access) {
            (Role::Guard | Role::Verifier, _) => {
                Err(format!("This key may only use the agent's API, the subsystem {API}."))
            }
            (Role::User, Access::Open) => Ok(()),
            (Role::User, Access::Files) if only_files => Ok(()),
            (Role::User, Access::Files) => {
                Err(format!("{} Its files can still be fetched, with sftp.", self.admission.note))
            }
            (Role::User, Access::Shut) => Err(self.admission.note.clone()),
        }
    }
}

/// Why a connection ends at once.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    #[error("{0}")]
    Ssh(#[from] russh::Error),
    #[error("the client sent more than there is memory for")]
    Flood,
    #[error("too many keys were tried from this address")]
    Guessing,
}

/// One connection.
pub struct Handler {
    admissions: Admissions,
    sessions: Arc<Sessions>,
    traffic: Arc<Traffic>,
    backlog: Arc<Backlog>,
    places: Arc<Semaphore>,
    channels: HashMap<ChannelId, Open>,
    attempts: Attempts,
    admitted: Option<(LeaseName, Admission, PublicKey, Role)>,
    login: Option<Arc<Login>>,
    tell: Option<oneshot::Sender<Arc<Login>>>,
}

/// A channel as the client opened it.
struct Open {
    outbox: UnboundedSender<Queued<Input>>,
    pty: Option<Pty>,
    env: BTreeMap<String, String>,
    /// Until the client says what it is for.
    unused: Option<Channel>,
    /// Tells the channel when the client closes it, or is gone.
    _closed: DropGuard,
}

impl Handler {
    /// A connection with that many channels at most. Whoever logs in is told of.
    pub fn new(
        admissions: Admissions,
        sessions: Arc<Sessions>,
        traffic: Arc<Traffic>,
        budget: Arc<Budget>,
        max_channels: usize,
        attempts: Attempts,
        tell: oneshot::Sender<Arc<Login>>,
    ) -> Self {
        Self {
            admissions,
            sessions,
            traffic,
            backlog: Backlog::new(budget),
            places: Arc::new(Semaphore::new(max_channels)),
            channels: HashMap::new(),
            attempts,
            admitted: None,
            login: None,
            tell: Some(tell),
        }
    }

    /// Whom this key admits to what. Nothing tells an unknown user from a wrong key.
    fn admit(&self, user: &str, key: &PublicKey) -> Option<(LeaseName, Admission, PublicKey, Role)> {
        let lease: LeaseName = user.parse().ok()?;
        let admission = match self.admissions.read(&lease) {
            Ok(admission) => admission?,
            Err(error) => {
                tracing::warn!("nobody can log in to a lease: {error:#}");
                return None;
            }
        };
        let role = admission.role_of(key)?;
        Some((lease, admission, key.clone(), role))
    }

    /// Turns a key down.
    fn reject(&self) -> Result<Auth, Fault> {
        count(&self.traffic.metrics.rejected_keys);
        if self.attempts.reject() { Ok(Auth::reject()) } else { Err(Fault::Guessing) }
    }

    fn add(&mut self, channel: russh::Channel<Msg>, session: &Session) -> Result<(), ChannelOpenFailure> {
        // Those that the gateway closed are not reported again.
        self.channels.retain(|_, it| !it.outbox.is_closed());
        let Ok(place) = self.places.clone().try_acquire_owned() else {
            return Err(ChannelOpenFailure::ResourceShortage);
        };
        self.traffic.opened();
        let (outbox, inbox) = mpsc::unbounded_channel();
        // Without its read half the library hands over what arrives at once: see the backlog.
        let (_, write) = channel.split();
        let id = write.id();
        let client = Client { write, session: session.handle(), traffic: self.traffic.clone() };
        let closed = CancellationToken::new();
        let unused = Some(Channel::new(client, inbox, closed.clone(), place));
        let _closed = closed.drop_guard();
        self.channels.insert(id, Open { outbox, pty: None, env: BTreeMap::new(), unused, _closed });
        Ok(())
    }

    /// The channel, which the client now says what it is for. That can be said once.
    fn take(&mut self, id: ChannelId) -> Option<(Channel, Option<Pty>, BTreeMap<String, String>)> {
        let open = self.channels.get_mut(&id)?;
        let channel = open.unused.take()?;
        Some((channel, open.pty.take(), std::mem::take(&mut open.env)))
    }

    /// Leads a channel to the helper, or says why not.
    fn start(
        &mut self,
        id: ChannelId,
        session: &mut Session,
        request: impl FnOnce(Option<Pty>, BTreeMap<String, String>) -> Result<Request, String>,
    ) -> Result<(), Fault> {
        let (Some(login), Some((channel, pty, env))) = (self.login.clone(), self.take(id)) else {
            return Ok(session.channel_failure(id)?);
        };
        session.channel_success(id)?;
        let request = request(pty, env).and_then(|request| {
            login.may(request == Request::Sftp)?;
            Ok(request)
        });
        tokio::spawn(async move {
            match request {
                Ok(request) => {
                    let read_only = login.admission.access == Access::Files;
                    channel.run(&login.admission.socket, request, read_only, &login.admission.note).await;
                }
                Err(note) => channel.say(&note).await,
            }
        });
        Ok(())
    }

    /// Leads a channel to the agent.
    fn call(&mut self, id: ChannelId, session: &mut Session) -> Result<(), Fault> {
        let Some((login, socket)) =
            self.login.clone().and_then(|it| Some((it.clone(), it.admission.api.clone()?)))
        else {
            return Ok(session.channel_failure(id)?);
        };
        let Some((channel, _, _)) = self.take(id) else {
            return Ok(session.channel_failure(id)?);
        };
        session.channel_success(id)?;
        let caller = Caller {
            lease: login.lease.to_string(),
            opened_slot: login.admission.opened_slot,
            role: login.role,
            fingerprint: login.fingerprint(),
        };
        tokio::spawn(async move { channel.call(&socket, &caller).await });
        Ok(())
    }

    fn queue(&self, id: ChannelId, input: Input, bytes: usize) -> Result<(), Fault> {
        if let Some(channel) = self.channels.get(&id) {
            let queued = self.backlog.queue(input, bytes).ok_or(Fault::Flood)?;
            // Whoever takes it may just have ended.
            let _ = channel.outbox.send(queued);
        }
        Ok(())
    }
}

/// Whether a user has come to a shut door.
fn is_shut((_, admission, _, role): &(LeaseName, Admission, PublicKey, Role)) -> bool {
    *role == Role::User && admission.access == Access::Shut
}

impl russh::server::Handler for Handler {
    type Error = Fault;

    async fn auth_publickey_offered(&mut self, user: &str, offer: PublicKeyOffer<'_>) -> Result<Auth, Fault> {
        if self.admit(user, offer.public_key).is_some() {
            return Ok(Auth::Accept);
        }
        self.reject()
    }

    async fn auth_publickey(&mut self, user: &str, key: VerifiedPublicKey<'_>) -> Result<Auth, Fault> {
        self.admitted = self.admit(user, key.public_key);
        // A lease that has just started opens its door in a moment: whoever is that early waits for it.
        for _ in 0..KNOCKS {
            if !self.admitted.as_ref().is_some_and(is_shut) {
                break;
            }
            sleep(KNOCKING).await;
            self.admitted = self.admit(user, key.public_key);
        }
        if self.admitted.is_some() { Ok(Auth::Accept) } else { self.reject() }
    }

    async fn auth_succeeded(&mut self, session: &mut Session) -> Result<(), Fault> {
        let Some((lease, admission, key, role)) = self.admitted.take() else { return Ok(()) };
        let Some(_place) = self.sessions.enter(&lease) else {
            let text =
                "This lease has as many sessions as it may. Close one, or share one with ControlMaster.";
            return Ok(session.disconnect(Disconnect::TooManyConnections, text, "en")?);
        };
        let login = Arc::new(Login { lease, admission, key, role, _place });
        if let Some(tell) = self.tell.take() {
            let _ = tell.send(login.clone());
        }
        self.login = Some(login);
        Ok(())
    }

    async fn channel_open_session(
        &mut self,
        channel: russh::Channel<Msg>,
        reply: ChannelOpenHandle,
        session: &mut Session,
    ) -> Result<(), Fault> {
        match self.add(channel, session) {
            Ok(()) => reply.accept().await,
            Err(reason) => reply.reject(reason).await,
        }
        Ok(())
    }

    async fn channel_open_direct_tcpip(
        &mut self,
        channel: russh::Channel<Msg>,
        host: &str,
        port: u32,
        _originator_address: &str,
        _originator_port: u32,
        reply: ChannelOpenHandle,
        session: &mut Session,
    ) -> Result<(), Fault> {
        let Some(login) = self.login.clone() else { return Ok(()) };
        let id = channel.id();
        let target = login.may(false).and_then(|()| {
            let port = port.try_into().map_err(|_| "This is not the number of a port.".to_owned())?;
            Ok((host.to_owned(), port))
        });
        let (host, port) = match target {
            Ok(target) => target,
            Err(note) => {
                reply.reject(failed(&note)).await;
                return Ok(());
            }
        };
        if let Err(reason) = self.add(channel, session) {
            reply.reject(reason).await;
        } else if let Some((channel, _, _)) = self.take(id) {
            tokio::spawn(async move {
                channel.dial(&login.admission.socket, host, port, reply).await;
            });
        }
        Ok(())
    }

    async fn pty_request(
        &mut self,
        id: ChannelId,
        term: &str,
        columns: u32,
        rows: u32,
        _width: u32,
        _height: u32,
        _modes: &[(russh::Pty, u32)],
        session: &mut Session,
    ) -> Result<(), Fault> {
        match self.channels.get_mut(&id).filter(|it| it.unused.is_some() && term.len() <= MAX_NAME) {
            Some(channel) => {
                channel.pty = Some(Pty { term: term.to_owned(), size: size(columns, rows) });
                session.channel_success(id)?;
            }
            None => session.channel_failure(id)?,
        }
        Ok(())
    }

    async fn env_request(
        &mut self,
        id: ChannelId,
        name: &str,
        value: &str,
        session: &mut Session,
    ) -> Result<(), Fault> {
        let passes = is_passed(name, value);
        match self.channels.get_mut(&id).filter(|it| passes && it.env.len() < MAX_VARIABLES) {
            Some(channel) => {
                channel.env.insert(name.to_owned(), value.to_owned());
                session.channel_success(id)?;
            }
            None => session.channel_failure(id)?,
        }
        Ok(())
    }

    async fn shell_request(&mut self, id: ChannelId, session: &mut Session) -> Result<(), Fault> {
        self.start(id, session, |pty, env| Ok(Request::Shell { pty, env }))
    }

    async fn exec_request(&mut self, id: ChannelId, line: &[u8], session: &mut Session) -> Result<(), Fault> {
        let command = String::from_utf8(line.to_vec());
        self.start(id, session, |pty, env| match command {
            Ok(command) => Ok(Request::Exec { command, pty, env }),
            Err(_) => Err("The command is not in UTF-8.".to_owned()),
        })
    }

    async fn subsystem_request(
        &mut self,
        id: ChannelId,
        name: &str,
        session: &mut Session,
    ) -> Result<(), Fault> {
        match name {
            "sftp" => self.start(id, session, |_, _| Ok(Request::Sftp)),
            API => self.call(id, session),
            _ => Ok(session.channel_failure(id)?),
        }
    }

    async fn x11_request(
        &mut self,
        id: ChannelId,
        _single_connection: bool,
        _protocol: &str,
        _cookie: &str,
        _screen: u32,
        session: &mut Session,
    ) -> Result<(), Fault> {
        Ok(session.channel_failure(id)?)
    }

    async fn window_change_request(
        &mut self,
        id: ChannelId,
        columns: u32,
        rows: u32,
        _width: u32,
        _height: u32,
        _session: &mut Session,
    ) -> Result<(), Fault> {
        self.queue(id, Input::Resize(size(columns, rows)), 0)
    }

    async fn signal(&mut self, id: ChannelId, signal: Sig, _session: &mut Session) -> Result<(), Fault> {
        let name = match signal {
            Sig::Custom(name) if name.len() > MAX_NAME => return Ok(()),
            Sig::Custom(name) => name,
            known => format!("{known:?}"),
        };
        self.queue(id, Input::Signal(name), 0)
    }

    async fn data(&mut self, id: ChannelId, data: &[u8], _session: &mut Session) -> Result<(), Fault> {
        self.traffic.received(data.len());
        self.queue(id, Input::Data(Bytes::copy_from_slice(data)), data.len())?;
        if let Some(pause) = self.backlog.pause(data.len()) {
            sleep(pause).await;
        }
        Ok(())
    }

    fn adjust_window(&mut self, _channel: ChannelId, _current: u32) -> u32 {
        self.backlog.window()
    }

    async fn channel_eof(&mut self, id: ChannelId, _session: &mut Session) -> Result<(), Fault> {
        self.queue(id, Input::Eof, 0)
    }

    async fn channel_close(&mut self, id: ChannelId, _session: &mut Session) -> Result<(), Fault> {
        self.channels.remove(&id);
        Ok(())
    }
}

/// Whether a variable gets through: how things are shown, and how Git speaks.
fn is_passed(name: &str, value: &str) -> bool {
    let is_passed = matches!(name, "LANG" | "COLORTERM" | "GIT_PROTOCOL") || name.starts_with("LC_");
    is_passed && name.len() <= MAX_NAME && value.len() <= MAX_VARIABLE && !value.contains('\0')
}

fn size(columns: u32, rows: u32) -> Size {
    let clamp = |it: u32| it.try_into().unwrap_or(u16::MAX);
    Size { columns: clamp(columns), rows: clamp(rows) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_variables_that_do_no_harm_get_through() {
        for name in ["LANG", "LC_ALL", "LC_CTYPE", "COLORTERM", "GIT_PROTOCOL"] {
            assert!(is_passed(name, "x"), "{name}");
        }
        for name in ["LD_PRELOAD", "PATH", "LANGUAGE", "lang", "", "BASH_ENV", "GIT_SSH_COMMAND"] {
            assert!(!is_passed(name, "x"), "{name}");
        }
        assert!(is_passed("LANG", &"x".repeat(1024)) && !is_passed("LANG", &"x".repeat(1025)));
        assert!(!is_passed("LANG", "x\0y"));
    }
}
