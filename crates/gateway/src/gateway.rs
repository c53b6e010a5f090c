//! The port: who comes in, and how it stops.

use std::borrow::Cow;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use russh::keys::Algorithm;
use russh::{MethodKind, MethodSet, Preferred, SshId, cipher, compression, kex};
use tokio::net::TcpListener;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::admission::Admissions;
use crate::backlog::{Budget, WINDOW};
use crate::connection::Shared;
use crate::host_key::HostKey;
use crate::limits::{ConnectionLimits, Limits};
use crate::metrics::{Metrics, count};
use crate::sessions::Sessions;

/// Keys that may be offered before a connection is closed. The first attempt only asks how one logs in.
const MAX_KEYS: usize = 6;

/// How long every refusal takes, whatever was refused.
const REFUSAL: Duration = Duration::from_millis(300);

/// How often a client that says nothing is asked whether it is there.
const KEEPALIVES: usize = 3;

/// Messages that wait to be encrypted.
const EVENTS: usize = 64;

/// What a gateway is told.
pub struct Config {
    /// Where it listens.
    pub listen: SocketAddr,
    /// The machine's key.
    pub host_key: HostKey,
    /// Who may log in.
    pub admissions: Admissions,
    /// Limits on those who have not.
    pub limits: ConnectionLimits,
    /// How long logging in may take.
    pub login_timeout: Duration,
    /// Most sessions that a lease has at once.
    pub sessions_per_lease: usize,
    /// Most channels that a session has at once: shells, commands, transfers, forwarded connections.
    pub channels_per_session: usize,
    /// Most bytes of all sessions together that wait for somebody in a container to read them.
    pub memory: usize,
    /// After how much silence a client is asked whether it is there.
    pub keepalive: Duration,
    /// How long sessions may go on when the gateway is stopped.
    pub grace: Duration,
}

impl Config {
    /// What suits a machine on the Internet.
    pub fn new(listen: SocketAddr, host_key: HostKey, admissions: Admissions) -> Self {
        Self {
            listen,
            host_key,
            admissions,
            limits: ConnectionLimits::default(),
            login_timeout: Duration::from_secs(20),
            sessions_per_lease: 32,
            channels_per_session: 64,
            memory: 1 << 30,
            keepalive: Duration::from_secs(30),
            grace: Duration::from_secs(10),
        }
    }
}

/// A port that is open.
pub struct Gateway {
    listener: TcpListener,
    limits: Arc<Limits>,
    shared: Arc<Shared>,
    grace: Duration,
}

impl Gateway {
    /// Opens the port.
    pub async fn open(config: Config) -> Result<Self> {
        let listener = TcpListener::bind(config.listen).await.with_context(|| {
            format!("nothing can listen on {}: choose a port that is free and above 1023", config.listen)
        })?;
        let shared = Shared {
            ssh: Arc::new(ssh(&config.host_key, config.keepalive)),
            admissions: config.admissions,
            sessions: Sessions::new(config.sessions_per_lease),
            metrics: Arc::default(),
            budget: Budget::new(config.memory),
            channels_per_session: config.channels_per_session,
            login_timeout: config.login_timeout,
            stopping: CancellationToken::new(),
            stopped: CancellationToken::new(),
        };
        Ok(Self {
            listener,
            limits: Limits::new(config.limits),
            shared: Arc::new(shared),
            grace: config.grace,
        })
    }

    /// Where it listens.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// What it counts.
    pub fn metrics(&self) -> Arc<Metrics> {
        self.shared.metrics.clone()
    }

    /// Serves until it is told to stop. Then nobody else comes in, and sessions have some seconds to end.
    pub async fn serve(self, shutdown: CancellationToken) {
        let connections = TaskTracker::new();
        tokio::select! {
            () = self.accept(&connections) => {}
            () = shutdown.cancelled() => {}
        }
        let Self { listener, shared, grace, .. } = self;
        drop(listener);
        shared.stopping.cancel();
        connections.close();
        if timeout(grace, connections.wait()).await.is_err() {
            shared.stopped.cancel();
            connections.wait().await;
        }
    }

    async fn accept(&self, connections: &TaskTracker) {
        loop {
            match self.listener.accept().await {
                Ok((_, peer)) if !self.limits.may_come(peer.ip()) => count(&self.shared.metrics.refused),
                Ok((stream, peer)) => {
                    // Not before: an address that floods would have all others wait.
                    self.limits.ready().await;
                    let place = self.limits.enter(peer.ip());
                    connections.spawn(self.shared.clone().serve(stream, peer, place));
                }
                Err(error) => {
                    // Out of descriptors, as a rule. Later there may be some.
                    tracing::warn!("a connection could not be accepted: {error}");
                    sleep(Duration::from_millis(100)).await;
                }
            }
        }
    }
}

fn ssh(host_key: &HostKey, keepalive: Duration) -> russh::server::Config {
    russh::server::Config {
        server_id: SshId::Standard(Cow::Borrowed("SSH-2.0-gpu-lease")),
        methods: MethodSet::from(&[MethodKind::PublicKey][..]),
        auth_rejection_time: REFUSAL,
        auth_rejection_time_initial: Some(Duration::ZERO),
        keys: vec![host_key.private()],
        window_size: WINDOW,
        event_buffer_size: EVENTS,
        preferred: Preferred {
            // Without those of whole numbers, which take a server more time than a client.
            kex: Cow::Borrowed(&[
                kex::MLKEM768X25519_SHA256,
                kex::CURVE25519,
                kex::CURVE25519_PRE_RFC_8731,
                kex::EXTENSION_SUPPORT_AS_SERVER,
                kex::EXTENSION_OPENSSH_STRICT_KEX_AS_SERVER,
            ]),
            key: Cow::Borrowed(&[Algorithm::Ed25519]),
            cipher: Cow::Borrowed(&[cipher::AES_256_GCM, cipher::CHACHA20_POLY1305]),
            compression: Cow::Borrowed(&[compression::NONE]),
            ..Preferred::DEFAULT
        },
        max_auth_attempts: 1 + MAX_KEYS,
        inactivity_timeout: None,
        keepalive_interval: Some(keepalive),
        keepalive_max: KEEPALIVES,
        nodelay: true,
        ..russh::server::Config::default()
    }
}
