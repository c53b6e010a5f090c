//! Agent and signer as two processes: over a socket of one machine, or between machines that know each other's certificates.

use std::sync::Arc;

use async_trait::async_trait;
use axum::extract::{Extension, State};
use axum::routing::post;
use axum::{Json, Router};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use gpu_lease_runtime::Life;
use gpu_lease_service::client::{CallError, Client};
use serde::{Deserialize, Serialize};

use super::api::Signer;
use super::counts::Outcome;
use super::desk::{About, Desk, NotDone, Result};
use super::guard::Signed;
use crate::cluster::Cluster;

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Request {
    /// About which lease.
    pub life: Life,
    /// What.
    pub deed: Deed,
}

/// What a signer does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Deed {
    /// Starts it.
    Start {
        /// The sealed credentials, base64.
        access_blob: String,
    },
    /// Signs what was delivered, and lands it.
    State(Signed),
    /// Collects what is due.
    Settle,
    /// Closes it.
    Close,
}

impl Deed {
    /// Its name in metrics.
    const fn name(&self) -> &'static str {
        match self {
            Self::Start { .. } => "start",
            Self::State(_) => "state",
            Self::Settle => "settle",
            Self::Close => "close",
        }
    }
}

/// Where requests are posted to.
const PATH: &str = "/v1/do";

/// Where it is asked who the signer is.
const ABOUT: &str = "/v1/about";

/// Answers for a desk. Whoever lets connections in says in an `Extension<Machine>` which machine asks.
pub fn router<C: Cluster + 'static>(desk: Arc<Desk<C>>) -> Router {
    Router::new().route(PATH, post(serve::<C>)).route(ABOUT, post(about::<C>)).with_state(desk)
}

/// The name of the machine at the other end.
#[derive(Clone, Debug)]
pub struct Machine(pub String);

async fn serve<C: Cluster + 'static>(
    State(desk): State<Arc<Desk<C>>>,
    Extension(Machine(machine)): Extension<Machine>,
    Json(Request { life, deed }): Json<Request>,
) -> Json<Result<()>> {
    let result = match &deed {
        Deed::Start { access_blob } => match BASE64_STANDARD.decode(access_blob) {
            Ok(blob) => desk.start(&machine, &life, &blob).await,
            Err(error) => Err(NotDone::Cluster { what: format!("the credentials are not base64: {error}") }),
        },
        Deed::State(usage) => desk.state(&machine, &life, usage).await,
        Deed::Settle => desk.settle(&machine, &life).await,
        Deed::Close => desk.close(&machine, &life).await,
    };
    desk.counts().answered(deed.name(), result.as_ref().map_or_else(NotDone::outcome, |()| Outcome::Done));
    match &result {
        Ok(()) => tracing::info!(machine, lease = life.lease, ?deed, "done"),
        Err(error) => tracing::warn!(machine, lease = life.lease, ?deed, %error, "not done"),
    }
    Json(result)
}

async fn about<C: Cluster + 'static>(
    State(desk): State<Arc<Desk<C>>>,
    Extension(Machine(machine)): Extension<Machine>,
) -> Json<About> {
    Json(desk.about(&machine))
}

/// A signer in another process.
pub struct Remote(pub Client);

impl Remote {
    /// Who it is.
    pub async fn about(&self) -> std::result::Result<About, CallError> {
        self.0.post(ABOUT, &()).await
    }

    async fn ask(&self, life: &Life, deed: Deed) -> Result<()> {
        let request = Request { life: life.clone(), deed };
        let answer: std::result::Result<Result<()>, _> = self.0.post(PATH, &request).await;
        answer.map_err(|error| NotDone::Cluster { what: error.to_string() })?
    }
}

#[async_trait]
impl Signer for Remote {
    async fn start(&self, life: &Life, access_blob: &[u8]) -> Result<()> {
        self.ask(life, Deed::Start { access_blob: BASE64_STANDARD.encode(access_blob) }).await
    }

    async fn state(&self, life: &Life, usage: &Signed) -> Result<()> {
        self.ask(life, Deed::State(usage.clone())).await
    }

    async fn settle(&self, life: &Life) -> Result<()> {
        self.ask(life, Deed::Settle).await
    }

    async fn close(&self, life: &Life) -> Result<()> {
        self.ask(life, Deed::Close).await
    }
}
