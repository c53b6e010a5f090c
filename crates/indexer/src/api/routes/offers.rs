use axum::extract::State;
use axum::response::Response;

use crate::api::answer::{Asked, Named, one};
use crate::api::documented::{ListOf, OneOf};
use crate::api::param::Key;
use crate::api::problem::Problem;
use crate::api::query::{ListQuery, NoQuery, OfferQuery};
use crate::api::state::Api;
use crate::api::table::Row;
use crate::ask::OfferFilter;
use crate::views::{Offer, OfferVersion};

/// Offers, by what they have and cost
#[utoipa::path(get, path = "/v1/offers", tag = "offers", params(OfferQuery), responses(ListOf<Offer>))]
pub async fn offers(State(api): State<Api>, asked: Asked<OfferQuery>) -> Result<Response, Problem> {
    let query = &asked.query;
    if query.max_price.is_some() && query.mint.is_none() {
        return Err(Problem::Malformed("`max_price` takes a `mint`, whose base units it is in".to_owned()));
    }
    let (filter, order) = (OfferFilter::from(query), query.order.unwrap_or_default());
    let (store, filter) = (&api.store, &filter);
    asked.pages(store, |part| async move { Ok(store.offers(filter, order, &part).await?) }).await
}

/// An offer
#[utoipa::path(
    get, path = "/v1/offers/{offer}", tag = "offers",
    params(("offer" = inline(Key), Path, description = "Its account")),
    responses(OneOf<Offer>)
)]
pub async fn offer(
    State(api): State<Api>,
    Named(Key(offer)): Named<Key>,
    _: Asked<NoQuery>,
) -> Result<Response, Problem> {
    let offer =
        api.store.offer(&offer).await?.ok_or(Problem::Missing("there is no such offer in the record"))?;
    one(&offer, offer.is_final())
}

/// How an offer was, the newest version first
#[utoipa::path(
    get, path = "/v1/offers/{offer}/versions", tag = "offers",
    params(("offer" = inline(Key), Path, description = "Its account"), ListQuery),
    responses(ListOf<OfferVersion>)
)]
pub async fn offer_versions(
    State(api): State<Api>,
    Named(Key(offer)): Named<Key>,
    asked: Asked<ListQuery>,
) -> Result<Response, Problem> {
    let (store, offer) = (&api.store, &offer);
    asked.pages(store, |part| async move { Ok(store.offer_versions(offer, &part).await?) }).await
}
