//! HTTP for those that are let in, whichever way they come. Nobody can hold it up: requests, bodies and connections are
//! bounded.

use axum::Router;
use axum::extract::{DefaultBodyLimit, Extension};
use axum::http::StatusCode;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use tower_http::timeout::TimeoutLayer;

/// Where connections come from, and what is known of who is at the other end.
pub trait Listener: Send {
    type Io: AsyncRead + AsyncWrite + Unpin + Send + 'static;
    /// Handlers take it as `Extension<Peer>`.
    type Peer: Clone + Send + Sync + 'static;

    /// The next connection. What goes wrong is logged and does not end the listener.
    fn accept(&mut self) -> impl Future<Output = (Self::Io, Self::Peer)> + Send;
}

/// What a peer may take.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Bytes of a request's body.
    pub body: usize,
    /// How long a request may take. Idle connections are closed after as long.
    pub patience: Duration,
    /// Connections at once. More wait.
    pub connections: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { body: 1024 * 1024, patience: Duration::from_secs(30), connections: 1_024 }
    }
}

/// Answers until `stop`, then finishes what has begun.
pub async fn serve<L: Listener>(mut listener: L, router: Router, limits: Limits, stop: CancellationToken) {
    let patience = TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, limits.patience);
    let router = router.layer(DefaultBodyLimit::max(limits.body)).layer(patience);
    let room = Arc::new(Semaphore::new(limits.connections));
    let connections = GracefulShutdown::new();
    let next = async |listener: &mut L| {
        let place = room.clone().acquire_owned().await.expect("nobody closes the semaphore");
        (listener.accept().await, place)
    };
    while let Some(((io, peer), place)) = stop.run_until_cancelled(next(&mut listener)).await {
        let service =
            TowerToHyperService::new(router.clone().layer(Extension(peer)).into_service::<Incoming>());
        let mut http = http1::Builder::new();
        http.timer(TokioTimer::new()).header_read_timeout(limits.patience);
        let connection = connections.watch(http.serve_connection(TokioIo::new(io), service));
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection ended early");
            }
            drop(place);
        });
    }
    // From here on nobody can connect.
    drop(listener);
    if timeout(limits.patience, connections.shutdown()).await.is_err() {
        tracing::warn!("requests were still open when the server ended");
    }
}

/// What a listener does about a connection that it could not accept: mostly there are too many open files.
pub async fn wait_after(error: &io::Error) {
    tracing::warn!(%error, "a connection cannot be accepted");
    sleep(Duration::from_secs(1)).await;
}

impl Listener for TcpListener {
    type Io = TcpStream;
    type Peer = SocketAddr;

    async fn accept(&mut self) -> (TcpStream, SocketAddr) {
        loop {
            match TcpListener::accept(self).await {
                Ok(accepted) => return accepted,
                Err(error) => wait_after(&error).await,
            }
        }
    }
}
