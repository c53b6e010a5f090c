use axum::extract::State;
use axum::response::Response;

use crate::api::answer::{Asked, Named, one};
use crate::api::documented::{ListOf, OneOf};
use crate::api::param::Key;
use crate::api::problem::Problem;
use crate::api::query::{DaysQuery, ListQuery, NoQuery};
use crate::api::state::Api;
use crate::views::{Provider, ProviderDay};

/// Providers
#[utoipa::path(get, path = "/v1/providers", tag = "providers", params(ListQuery), responses(ListOf<Provider>))]
pub async fn providers(State(api): State<Api>, asked: Asked<ListQuery>) -> Result<Response, Problem> {
    let store = &api.store;
    asked.pages(store, |part| async move { Ok(store.providers(&part).await?) }).await
}

/// A provider
#[utoipa::path(
    get, path = "/v1/providers/{provider}", tag = "providers",
    params(("provider" = inline(Key), Path, description = "Its account")),
    responses(OneOf<Provider>)
)]
pub async fn provider(
    State(api): State<Api>,
    Named(Key(provider)): Named<Key>,
    _: Asked<NoQuery>,
) -> Result<Response, Problem> {
    let provider = api.store.provider(&provider).await?;
    one(&provider.ok_or(Problem::Missing("there is no such provider in the record"))?, true)
}

/// How a provider kept its word, a day after the other, of what is finalized
#[utoipa::path(
    get, path = "/v1/providers/{provider}/days", tag = "providers",
    params(("provider" = inline(Key), Path, description = "Its account"), DaysQuery),
    responses(ListOf<ProviderDay>)
)]
pub async fn provider_days(
    State(api): State<Api>,
    Named(Key(provider)): Named<Key>,
    asked: Asked<DaysQuery>,
) -> Result<Response, Problem> {
    asked.whole(&api.store, api.store.provider_days(&provider, asked.days()?).await?).await
}
