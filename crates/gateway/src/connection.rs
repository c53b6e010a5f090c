//! One connection, from its first byte to the line that says how it ended.

use std::net::{Shutdown, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use anyhow::Result;
use russh::Disconnect;
use russh::server::{Config, Handle, RunningSession, run_stream};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until, timeout};
use tokio_util::sync::CancellationToken;

use crate::admission::{Admissions, Role};
use crate::backlog::Budget;
use crate::handler::{Fault, Handler, Login};
use crate::limits::Place;
use crate::metrics::{Metrics, Traffic, count};
use crate::sessions::Sessions;

/// How often an open session is held against its admission.
const CHECK: Duration = Duration::from_secs(1);

/// How long a client may take to hear that its session ends.
const FAREWELL: Duration = Duration::from_secs(2);

/// What all connections use.
pub struct Shared {
    pub ssh: Arc<Config>,
    pub admissions: Admissions,
    pub sessions: Arc<Sessions>,
    pub metrics: Arc<Metrics>,
    pub budget: Arc<Budget>,
    pub channels_per_session: usize,
    pub login_timeout: Duration,
    /// No new work: whoever has not logged in is let go.
    pub stopping: CancellationToken,
    /// The time for those who have is over.
    pub stopped: CancellationToken,
}

/// How a session ended.
#[derive(Debug)]
enum End {
    Client,
    Withdrawn,
    Stopped,
    Fault(String),
}

impl End {
    /// What the client is told.
    fn farewell(&self) -> Option<&'static str> {
        match self {
            Self::Withdrawn => Some("The lease no longer lets you in: it ended, or its keys changed."),
            Self::Stopped => Some("The machine's SSH port restarts. Log in again in a moment."),
            Self::Client | Self::Fault(_) => None,
        }
    }
}

/// A second handle on the socket, which ends both directions whatever the library waits for.
struct Line(std::net::TcpStream);

impl Line {
    fn cut(&self) {
        // It may have ended by itself.
        let _ = self.0.shutdown(Shutdown::Both);
    }
}

impl Shared {
    /// Serves one connection.
    pub async fn serve(self: Arc<Self>, stream: TcpStream, peer: SocketAddr, place: Place) {
        count(&self.metrics.connections);
        let Ok((stream, line)) = prepare(stream) else { return };
        let traffic = Arc::new(Traffic { metrics: self.metrics.clone(), ..Traffic::default() });
        let (tell, told) = oneshot::channel();
        let handler = Handler::new(
            self.admissions.clone(),
            self.sessions.clone(),
            traffic.clone(),
            self.budget.clone(),
            self.channels_per_session,
            place.attempts(),
            tell,
        );
        let greeted = async {
            let mut session = run_stream(self.ssh.clone(), stream, handler).await.ok()?;
            tokio::select! {
                Ok(login) = told => Some((session, login)),
                _ = &mut session => None,
            }
        };
        let deadline = sleep_until(Instant::now() + self.login_timeout);
        let logged_in = tokio::select! {
            logged_in = greeted => logged_in,
            () = deadline => None,
            () = self.stopping.cancelled() => None,
            () = place.displaced.cancelled() => {
                count(&self.metrics.displaced);
                None
            }
        };
        drop(place);
        if let Some((session, login)) = logged_in {
            self.keep(session, &login, peer, &traffic, &line).await;
        }
        line.cut();
    }

    /// Keeps a session open for as long as it may be, and says how it ended.
    async fn keep(
        &self,
        mut session: RunningSession<Handler>,
        login: &Login,
        peer: SocketAddr,
        traffic: &Traffic,
        line: &Line,
    ) {
        let started = Instant::now();
        count(&self.metrics.sessions);
        count(&self.metrics.open_sessions);
        let handle = session.handle();
        let end = tokio::select! {
            ended = &mut session => how(ended),
            () = self.withdrawn(login) => {
                count(&self.metrics.withdrawn);
                End::Withdrawn
            }
            () = self.stopped.cancelled() => End::Stopped,
        };
        if let Some(text) = end.farewell() {
            let _ = timeout(FAREWELL, part(&handle, text, &mut session)).await;
        }
        line.cut();
        self.metrics.open_sessions.fetch_sub(1, Relaxed);
        tracing::info!(
            lease = %login.lease,
            %peer,
            key = login.fingerprint(),
            role = match login.role {
                Role::User => "user",
                Role::Guard => "guard",
                Role::Verifier => "verifier",
            },
            channels = traffic.channels.load(Relaxed),
            bytes_in = traffic.bytes_in.load(Relaxed),
            bytes_out = traffic.bytes_out.load(Relaxed),
            seconds = started.elapsed().as_secs_f32(),
            ended = match end {
                End::Client => "by the client".to_owned(),
                End::Withdrawn => "its admission was withdrawn".to_owned(),
                End::Stopped => "the gateway stopped".to_owned(),
                // It can quote what the client sent.
                End::Fault(fault) => fault.escape_debug().take(200).collect(),
            },
            "session ended"
        );
    }

    /// Returns when the admission no longer lets this one in. That it cannot be read takes nothing away.
    async fn withdrawn(&self, login: &Login) {
        let mut ticks = interval(CHECK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            match self.admissions.read(&login.lease) {
                Ok(Some(now)) if now.keeps(&login.admission, &login.key, login.role) => {}
                Ok(_) => return,
                Err(error) => tracing::warn!("sessions stay open: {error:#}"),
            }
        }
    }
}

/// Tells a client that its session ends, and waits for it to close.
async fn part(handle: &Handle, text: &str, session: &mut RunningSession<Handler>) {
    if handle.disconnect(Disconnect::ByApplication, text.to_owned(), "en".to_owned()).await.is_ok() {
        let _ = session.await;
    }
}

fn prepare(stream: TcpStream) -> Result<(TcpStream, Line)> {
    stream.set_nodelay(true)?;
    let stream = stream.into_std()?;
    let line = Line(stream.try_clone()?);
    Ok((TcpStream::from_std(stream)?, line))
}

fn how(ended: Result<(), Fault>) -> End {
    match ended {
        Ok(()) => End::Client,
        Err(Fault::Ssh(russh::Error::KeepaliveTimeout)) => End::Fault("the client fell silent".to_owned()),
        // Most clients close without a word.
        Err(Fault::Ssh(russh::Error::HUP | russh::Error::Disconnect)) => End::Client,
        Err(Fault::Ssh(russh::Error::IO(error))) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
            End::Client
        }
        Err(fault) => End::Fault(fault.to_string()),
    }
}
