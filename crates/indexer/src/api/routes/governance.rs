use axum::extract::State;
use axum::response::Response;

use crate::api::answer::{Asked, Named, one};
use crate::api::documented::{ListOf, OneOf};
use crate::api::problem::Problem;
use crate::api::query::{ListQuery, NoQuery, WholeQuery};
use crate::api::state::Api;
use crate::views::{FeeChange, Pause, Proposal, Unsigned64, Vote};

/// Proposals, the newest first
#[utoipa::path(get, path = "/v1/proposals", tag = "governance", params(ListQuery), responses(ListOf<Proposal>))]
pub async fn proposals(State(api): State<Api>, asked: Asked<ListQuery>) -> Result<Response, Problem> {
    let store = &api.store;
    asked.pages(store, |part| async move { Ok(store.proposals(&part).await?) }).await
}

/// A proposal
#[utoipa::path(
    get, path = "/v1/proposals/{id}", tag = "governance",
    params(("id" = inline(Unsigned64), Path, description = "Its number")),
    responses(OneOf<Proposal>)
)]
pub async fn proposal(
    State(api): State<Api>,
    Named(Unsigned64(id)): Named<Unsigned64>,
    _: Asked<NoQuery>,
) -> Result<Response, Problem> {
    let proposal = api.store.proposal(id).await?;
    one(&proposal.ok_or(Problem::Missing("there is no such proposal in the record"))?, false)
}

/// Who voted what, the newest first
#[utoipa::path(
    get, path = "/v1/proposals/{id}/votes", tag = "governance",
    params(("id" = inline(Unsigned64), Path, description = "The proposal's number"), ListQuery),
    responses(ListOf<Vote>)
)]
pub async fn votes(
    State(api): State<Api>,
    Named(Unsigned64(id)): Named<Unsigned64>,
    asked: Asked<ListQuery>,
) -> Result<Response, Problem> {
    let store = &api.store;
    asked.pages(store, |part| async move { Ok(store.votes(id, &part).await?) }).await
}

/// What the fee was, the newest first
#[utoipa::path(get, path = "/v1/fees", tag = "governance", params(WholeQuery), responses(ListOf<FeeChange>))]
pub async fn fees(State(api): State<Api>, asked: Asked<WholeQuery>) -> Result<Response, Problem> {
    asked.whole(&api.store, api.store.fees().await?).await
}

/// When new leases were paused, the newest first
#[utoipa::path(get, path = "/v1/pauses", tag = "governance", params(WholeQuery), responses(ListOf<Pause>))]
pub async fn pauses(State(api): State<Api>, asked: Asked<WholeQuery>) -> Result<Response, Problem> {
    asked.whole(&api.store, api.store.pauses().await?).await
}
