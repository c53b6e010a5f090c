use axum::extract::State;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::api::answer::{Asked, one, text};
use crate::api::documented::Always;
use crate::api::problem::Problem;
use crate::api::query::NoQuery;
use crate::api::state::Api;
use crate::views::Progress;

/// A description of an API, by OpenAPI 3.1.
#[derive(ToSchema)]
pub struct Description {}

/// Whether this indexer answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Health {
    /// `true`; otherwise there is an error instead of this.
    pub is_healthy: bool,
}

/// How much of the chain is in the record
#[utoipa::path(get, path = "/v1/progress", tag = "about", responses(Always<Progress>))]
pub async fn progress(State(api): State<Api>, _: Asked<NoQuery>) -> Result<Response, Problem> {
    one(&api.store.progress().await?, false)
}

/// This description
#[utoipa::path(get, path = "/openapi.json", tag = "about", responses(Always<Description>))]
pub async fn description(State(api): State<Api>, _: Asked<NoQuery>) -> Response {
    text(&api.description)
}

/// Whether the record can be read
#[utoipa::path(get, path = "/health", tag = "about", responses(Always<Health>))]
pub async fn health(State(api): State<Api>, _: Asked<NoQuery>) -> Result<Response, Problem> {
    api.store.progress().await?;
    one(&Health { is_healthy: true }, false)
}
