use axum::extract::State;
use axum::response::Response;

use crate::api::answer::{Asked, Named};
use crate::api::documented::ListOf;
use crate::api::param::Words;
use crate::api::problem::Problem;
use crate::api::query::{BalanceQuery, DaysQuery, PriceQuery, WholeQuery, address};
use crate::api::state::Api;
use crate::views::{Balance, MarketDay, Model, PriceDay};

/// Models that are, or were, listed
#[utoipa::path(get, path = "/v1/models", tag = "market", params(WholeQuery), responses(ListOf<Model>))]
pub async fn models(State(api): State<Api>, asked: Asked<WholeQuery>) -> Result<Response, Problem> {
    asked.whole(&api.store, api.store.models().await?).await
}

/// Prices and availability of a model, a day and a mint after the other, of what is finalized
#[utoipa::path(
    get, path = "/v1/models/{gpu_model}/prices", tag = "market",
    params(("gpu_model" = inline(Words), Path, description = "Its name, as providers write it"), PriceQuery),
    responses(ListOf<PriceDay>)
)]
pub async fn prices(
    State(api): State<Api>,
    Named(Words(model)): Named<Words>,
    asked: Asked<PriceQuery>,
) -> Result<Response, Problem> {
    let mint = address(asked.query.mint.as_ref());
    asked.whole(&api.store, api.store.prices(&model, mint.as_ref(), asked.days()?).await?).await
}

/// What happened in the market, a day after the other, of what is finalized
#[utoipa::path(get, path = "/v1/market/days", tag = "market", params(DaysQuery), responses(ListOf<MarketDay>))]
pub async fn market_days(State(api): State<Api>, asked: Asked<DaysQuery>) -> Result<Response, Problem> {
    asked.whole(&api.store, api.store.market(asked.days()?).await?).await
}

/// What the token accounts of the program hold, by the record and by a node
#[utoipa::path(get, path = "/v1/balances", tag = "market", params(BalanceQuery), responses(ListOf<Balance>))]
pub async fn balances(State(api): State<Api>, asked: Asked<BalanceQuery>) -> Result<Response, Problem> {
    let of = address(asked.query.of.as_ref());
    let (store, of) = (&api.store, of.as_ref());
    asked.pages(store, |part| async move { Ok(store.balances(of, &part).await?) }).await
}
