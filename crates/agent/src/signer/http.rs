//! Agent and signer as two processes: over a socket of one machine, or between machines that know each other's certificates.

use std::sync::Arc;

use async_trait::async_trait;
use axum::extract::{Extension, Request as Call, State};
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use axum::routing::post;
use axum::{Json, Router};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use gpu_lease_client::evidence::SignedStatement;
use gpu_lease_runtime::Life;
use gpu_lease_service::client::{CallError, Client};
use gpu_lease_service::tls::ClientCertificate;
use serde::{Deserialize, Serialize};

use super::api::Signer;
use super::co_signature::CoSignature;
use super::counts::Outcome;
use super::desk::{About, Desk};
use super::guard::Signed;
use super::not_done::{NotDone, Result};
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
    State {
        /// What.
        usage: Signed,
        /// Signatures over it of the renter's side and of the verifier.
        by: Vec<CoSignature>,
    },
    /// Collects what is due.
    Settle,
    /// Closes it.
    Close,
    /// Leaves it.
    Leave,
    /// Lets it grow.
    Grow {
        /// What its renter has signed.
        transaction: String,
    },
    /// Gives GPUs back that it does not need.
    ReleaseGpus,
}

impl Deed {
    /// Its name in metrics.
    const fn name(&self) -> &'static str {
        match self {
            Self::Start { .. } => "start",
            Self::State { .. } => "state",
            Self::Settle => "settle",
            Self::Close => "close",
            Self::Leave => "leave",
            Self::Grow { .. } => "grow",
            Self::ReleaseGpus => "release_gpus",
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

/// The same for those that show a certificate: a machine's name is its certificate's.
pub fn fleet<C: Cluster + 'static>(desk: Arc<Desk<C>>) -> Router {
    router(desk).layer(from_fn(name_machine))
}

async fn name_machine(
    Extension(certificate): Extension<ClientCertificate>,
    mut call: Call,
    next: Next,
) -> Response {
    call.extensions_mut().insert(Machine(certificate.name));
    next.run(call).await
}

/// The name of the machine at the other end.
#[derive(Clone, Debug)]
pub struct Machine(pub String);

async fn serve<C: Cluster + 'static>(
    State(desk): State<Arc<Desk<C>>>,
    Extension(Machine(machine)): Extension<Machine>,
    Json(Request { life, deed }): Json<Request>,
) -> Json<Result<Option<SignedStatement>>> {
    let result = match &deed {
        Deed::Start { access_blob } => match BASE64_STANDARD.decode(access_blob) {
            Ok(blob) => desk.start(&machine, &life, &blob).await.map(|()| None),
            Err(error) => Err(NotDone::Cluster { what: format!("the credentials are not base64: {error}") }),
        },
        Deed::State { usage, by } => desk.state(&machine, &life, usage, by).await.map(Some),
        Deed::Settle => desk.settle(&machine, &life).await.map(|()| None),
        Deed::Close => desk.close(&machine, &life).await.map(|()| None),
        Deed::Leave => desk.leave(&machine, &life).await.map(|()| None),
        Deed::Grow { transaction } => desk.grow(&machine, &life, transaction).await.map(|()| None),
        Deed::ReleaseGpus => desk.release_gpus(&machine, &life).await.map(|()| None),
    };
    desk.counts().answered(deed.name(), result.as_ref().map_or_else(NotDone::outcome, |_| Outcome::Done));
    match &result {
        Ok(_) => tracing::info!(machine, lease = life.lease, ?deed, "done"),
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

    async fn ask(&self, life: &Life, deed: Deed) -> Result<Option<SignedStatement>> {
        let request = Request { life: life.clone(), deed };
        let answer: std::result::Result<Result<_>, _> = self.0.post(PATH, &request).await;
        answer.map_err(|error| NotDone::Cluster { what: error.to_string() })?
    }
}

#[async_trait]
impl Signer for Remote {
    async fn start(&self, life: &Life, access_blob: &[u8]) -> Result<()> {
        let access_blob = BASE64_STANDARD.encode(access_blob);
        self.ask(life, Deed::Start { access_blob }).await.map(drop)
    }

    async fn state(&self, life: &Life, usage: &Signed, by: &[CoSignature]) -> Result<SignedStatement> {
        let deed = Deed::State { usage: usage.clone(), by: by.to_vec() };
        let signed = self.ask(life, deed).await?;
        let hidden = || NotDone::Cluster { what: "the signer did not show what it signed".to_owned() };
        signed.ok_or_else(hidden)
    }

    async fn settle(&self, life: &Life) -> Result<()> {
        self.ask(life, Deed::Settle).await.map(drop)
    }

    async fn close(&self, life: &Life) -> Result<()> {
        self.ask(life, Deed::Close).await.map(drop)
    }

    async fn leave(&self, life: &Life) -> Result<()> {
        self.ask(life, Deed::Leave).await.map(drop)
    }

    async fn grow(&self, life: &Life, transaction: &str) -> Result<()> {
        self.ask(life, Deed::Grow { transaction: transaction.to_owned() }).await.map(drop)
    }

    async fn release_gpus(&self, life: &Life) -> Result<()> {
        self.ask(life, Deed::ReleaseGpus).await.map(drop)
    }
}
