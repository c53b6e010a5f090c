//! The record over HTTP: read by anybody, changed by nobody.
//!
//! [`query`] and [`param`] are what can be asked, and nothing else can; [`guard`] lets nobody ask too much; [`routes`] hand each
//! question to the store; [`answer`] makes JSON or a [`table`] of what comes back. [`stream`] tells what happens now.
//! [`openapi`] describes it all, from the same code.

mod answer;
mod documented;
mod guard;
mod limits;
mod param;
mod problem;
mod query;
mod routes;
mod rows;
mod state;
mod stream;
mod table;

use std::collections::BTreeSet;
use std::time::Duration;

use axum::Router;
use axum::http::{Method, header};
use axum::middleware::from_fn_with_state;
use tokio_util::sync::CancellationToken;
use tower_http::compression::CompressionLayer;
use tower_http::cors::{Any, CorsLayer};
use utoipa::OpenApi;
use utoipa::openapi::{RefOr, Schema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub use limits::Limits;

use crate::live::Live;
use crate::store::Store;
use crate::views::{
    Balance, Event, FeeChange, Lease, MarketDay, Model, Movement, Offer, OfferVersion, Pause, PriceDay,
    Progress, Proposal, Provider, ProviderDay, Receipt, Statement, Vote, WalletDay,
};
use documented::{declare, declare_pages};
use state::Api;

/// Answers to all that can be asked, until `stop`: then streams end.
pub fn router(store: Store, live: Live, limits: Limits, stop: CancellationToken) -> Router {
    let api = Api::new(store, live, limits, description(), stop);
    let (router, _) = all().split_for_parts();
    let cors = CorsLayer::new()
        .allow_origin(Any)
        .allow_methods([Method::GET, Method::HEAD, Method::OPTIONS])
        .allow_headers(Any)
        .expose_headers([header::ETAG, header::LINK, header::RETRY_AFTER])
        .max_age(Duration::from_secs(86_400));
    router
        .fallback(guard::nowhere)
        .layer(from_fn_with_state(api.clone(), guard::guard))
        .layer(CompressionLayer::new())
        .layer(cors)
        .with_state(api)
}

/// The description of this API, as `openapi/gpu-lease-indexer.json` has it.
pub fn description() -> String {
    let document = serde_json::to_string_pretty(&openapi()).expect("a description is JSON");
    format!("{document}\n")
}

/// The description of this API.
pub fn openapi() -> utoipa::openapi::OpenApi {
    let (_, mut document) = all().split_for_parts();
    let mut schemas = Vec::new();
    declare::<problem::Refusal>(&mut schemas);
    declare::<Progress>(&mut schemas);
    declare::<routes::about::Health>(&mut schemas);
    declare::<routes::about::Description>(&mut schemas);
    let lists = [
        declare_pages::<Balance>,
        declare_pages::<Event>,
        declare_pages::<FeeChange>,
        declare_pages::<Lease>,
        declare_pages::<MarketDay>,
        declare_pages::<Model>,
        declare_pages::<Movement>,
        declare_pages::<Offer>,
        declare_pages::<OfferVersion>,
        declare_pages::<Pause>,
        declare_pages::<PriceDay>,
        declare_pages::<Proposal>,
        declare_pages::<Provider>,
        declare_pages::<ProviderDay>,
        declare_pages::<Receipt>,
        declare_pages::<Statement>,
        declare_pages::<Vote>,
        declare_pages::<WalletDay>,
    ];
    for declare in lists {
        declare(&mut schemas);
    }
    let components = document.components.get_or_insert_default();
    components.schemas.extend(schemas);
    components.schemas.values_mut().for_each(complete);
    document
}

/// An answer has all of its fields always: what is not known is `null`.
fn complete(schema: &mut RefOr<Schema>) {
    match schema {
        RefOr::T(Schema::Object(object)) => {
            let names: BTreeSet<_> = object.properties.keys().cloned().collect();
            object.required = names.into_iter().collect();
        }
        RefOr::T(Schema::AllOf(all)) => all.items.iter_mut().for_each(complete),
        _ => {}
    }
}

#[derive(OpenApi)]
#[openapi(
    info(
        title = "gpu-lease-indexer",
        description = "What happened in the market of gpu-lease, from transactions alone. Integers of 64 bits are decimal \
                       text, addresses base58, other bytes hex, times unix seconds of the cluster's clock, amounts base units \
                       of the mint that stands beside them. What is `finalized` stands; what is `confirmed` may still be \
                       undone. Figures of days, models and reliability are of what is finalized alone."
    ),
    tags(
        (name = "about", description = "This indexer"),
        (name = "offers", description = "What is offered"),
        (name = "leases", description = "What is, and was, rented"),
        (name = "wallets", description = "What a wallet paid, got and voted"),
        (name = "providers", description = "Who offers, and how they kept their word"),
        (name = "market", description = "Prices, figures and balances"),
        (name = "governance", description = "Votes, and what they changed"),
        (name = "events", description = "What happened, and what happens")
    )
)]
struct Described;

/// All routes, with their description.
fn all() -> OpenApiRouter<Api> {
    use routes::{about, events, governance, leases, market, offers, providers, wallets};
    OpenApiRouter::with_openapi(Described::openapi())
        .routes(routes!(about::progress))
        .routes(routes!(about::health))
        .routes(routes!(about::description))
        .routes(routes!(offers::offers))
        .routes(routes!(offers::offer))
        .routes(routes!(offers::offer_versions))
        .routes(routes!(leases::leases))
        .routes(routes!(leases::lives))
        .routes(routes!(leases::lease))
        .routes(routes!(leases::statements))
        .routes(routes!(leases::lease_movements))
        .routes(routes!(leases::receipt))
        .routes(routes!(wallets::wallet_movements))
        .routes(routes!(wallets::receipts))
        .routes(routes!(wallets::wallet_votes))
        .routes(routes!(wallets::wallet_days))
        .routes(routes!(providers::providers))
        .routes(routes!(providers::provider))
        .routes(routes!(providers::provider_days))
        .routes(routes!(market::models))
        .routes(routes!(market::prices))
        .routes(routes!(market::market_days))
        .routes(routes!(market::balances))
        .routes(routes!(governance::proposals))
        .routes(routes!(governance::proposal))
        .routes(routes!(governance::votes))
        .routes(routes!(governance::fees))
        .routes(routes!(governance::pauses))
        .routes(routes!(events::events))
        .routes(routes!(events::live_events))
}
