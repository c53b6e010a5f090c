//! What watches a daemon from outside: `/healthz` for whoever restarts it, `/metrics` for Prometheus.

use crate::health::Health;
use crate::server::{Limits, serve};
use crate::{metrics, services::Service};
use anyhow::{Context, Result, ensure};
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use prometheus_client::registry::Registry;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;

/// Where it listens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Monitoring {
    /// An address of this machine's own, such as `127.0.0.1:9464`.
    pub listen: SocketAddr,
    /// Lets `listen` be an address that other machines reach. Anybody there can read all metrics.
    #[serde(default)]
    pub allow_remote: bool,
}

const LIMITS: Limits = Limits { body: 1024, patience: Duration::from_secs(10), connections: 16 };

impl Monitoring {
    /// Listens, so that the daemon finds out at its start if it cannot.
    pub async fn bind(self) -> Result<TcpListener> {
        let Self { listen, allow_remote } = self;
        ensure!(
            allow_remote || listen.ip().is_loopback(),
            "health and metrics at {listen} could be read from other machines; write a loopback address such as \
             127.0.0.1:{}, or `allow_remote = true`",
            listen.port()
        );
        let bound = TcpListener::bind(listen).await;
        bound
            .with_context(|| format!("cannot listen at {listen} for health and metrics; choose another port"))
    }
}

/// Answers until the service stops.
pub async fn run(listener: TcpListener, health: Health, registry: Registry, service: Service) -> Result<()> {
    run_with(listener, health, registry, Router::new(), service).await
}

/// The same with what else a daemon tells whoever asks: no secrets, as every user of the machine can.
pub async fn run_with(
    listener: TcpListener,
    health: Health,
    registry: Registry,
    more: Router,
    mut service: Service,
) -> Result<()> {
    service.ready();
    let router = Router::new()
        .route("/healthz", get(healthz))
        .route("/metrics", get(show_metrics))
        .with_state((health, Arc::new(registry)))
        .merge(more);
    serve(listener, router, LIMITS, service.stop.clone()).await;
    Ok(())
}

/// Asks the daemon that is watched there for what it answers in JSON.
pub async fn ask<T: DeserializeOwned>(listen: SocketAddr, path: &str) -> Result<T> {
    find(listen, path).await?.with_context(|| format!("the daemon has no {path}; are both of one version?"))
}

/// Prints what the daemon that is watched there tells of itself: as JSON, or as `lines` has it for people.
pub async fn show<T: Serialize + DeserializeOwned>(
    listen: SocketAddr,
    path: &str,
    json: bool,
    lines: impl FnOnce(&T) -> String,
) -> Result<()> {
    let status: T = ask(listen, path).await?;
    match json {
        true => println!("{}", serde_json::to_string_pretty(&status)?),
        false => print!("{}", lines(&status)),
    }
    Ok(())
}

/// The same as [`ask`] for what may not be there.
pub async fn find<T: DeserializeOwned>(listen: SocketAddr, path: &str) -> Result<Option<T>> {
    let client = reqwest::Client::builder().no_proxy().timeout(LIMITS.patience).build()?;
    let response = client.get(format!("http://{listen}{path}")).send().await;
    let response = response.with_context(|| format!("nobody answers at {listen}; does the daemon run?"))?;
    if response.status() == StatusCode::NOT_FOUND {
        return Ok(None);
    }
    let bytes = response.error_for_status()?.bytes().await?;
    serde_json::from_slice(&bytes).context("the daemon's answer is not understood; are both of one version?")
}

type Watched = (Health, Arc<Registry>);

async fn healthz(State((health, _)): State<Watched>) -> Response {
    let report = health.report();
    let status = if report.ok { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(report)).into_response()
}

async fn show_metrics(State((_, registry)): State<Watched>) -> Response {
    match metrics::text(&registry) {
        Ok(text) => ([(header::CONTENT_TYPE, metrics::MEDIA_TYPE)], text).into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(listen: &str, allow_remote: bool) -> Monitoring {
        Monitoring { listen: listen.parse().unwrap(), allow_remote }
    }

    #[tokio::test]
    async fn an_address_that_others_reach_is_refused_unless_it_is_allowed() {
        for listen in ["0.0.0.0:0", "[::]:0", "192.168.1.7:9464"] {
            let refusal = at(listen, false).bind().await.unwrap_err().to_string();
            assert!(refusal.ends_with("or `allow_remote = true`"), "{refusal}");
        }
        at("0.0.0.0:0", true).bind().await.unwrap();
        at("127.0.0.1:0", false).bind().await.unwrap();
    }

    #[tokio::test]
    async fn a_port_that_is_taken_is_named() {
        let first = at("127.0.0.1:0", false).bind().await.unwrap();
        let taken = first.local_addr().unwrap();
        let error = at(&taken.to_string(), false).bind().await.unwrap_err().to_string();
        assert_eq!(error, format!("cannot listen at {taken} for health and metrics; choose another port"));
    }
}
