use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::api::answer::{Asked, Named, one};
use crate::api::documented::{ListOf, OneOf, TableOf};
use crate::api::param::Key;
use crate::api::problem::Problem;
use crate::api::query::{LeaseQuery, ListQuery, NoQuery, ReceiptQuery, WholeQuery, address};
use crate::api::state::Api;
use crate::api::table::Row;
use crate::ask::{LeaseFilter, MOST_ITEMS, Part};
use crate::book::LeaseLife;
use crate::store::Store;
use crate::views::{Lease, Movement, Page, Receipt, Statement, Unsigned64};

/// A lease among those that had its address.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct LifePath {
    /// Its account.
    #[param(inline)]
    lease: Key,
    /// Slot in which it was opened.
    #[param(inline)]
    opened_slot: Unsigned64,
}

impl From<LifePath> for LeaseLife {
    fn from(LifePath { lease, opened_slot }: LifePath) -> Self {
        Self { lease: lease.0, opened_slot: opened_slot.0 }
    }
}

/// Leases, those that are over, too; the newest come first
#[utoipa::path(get, path = "/v1/leases", tag = "leases", params(LeaseQuery), responses(ListOf<Lease>))]
pub async fn leases(State(api): State<Api>, asked: Asked<LeaseQuery>) -> Result<Response, Problem> {
    let filter = LeaseFilter::from(&asked.query);
    let (store, filter) = (&api.store, &filter);
    asked.pages(store, |part| async move { Ok(store.leases(filter, &part).await?) }).await
}

/// Each lease that had an address, the newest first
#[utoipa::path(
    get, path = "/v1/leases/{lease}", tag = "leases",
    params(("lease" = inline(Key), Path, description = "Its account"), WholeQuery),
    responses(ListOf<Lease>)
)]
pub async fn lives(
    State(api): State<Api>,
    Named(Key(lease)): Named<Key>,
    asked: Asked<WholeQuery>,
) -> Result<Response, Problem> {
    asked.whole(&api.store, api.store.lives(&lease).await?).await
}

/// A lease
#[utoipa::path(
    get, path = "/v1/leases/{lease}/{opened_slot}", tag = "leases",
    params(LifePath), responses(OneOf<Lease>)
)]
pub async fn lease(
    State(api): State<Api>,
    Named(life): Named<LifePath>,
    _: Asked<NoQuery>,
) -> Result<Response, Problem> {
    let lease = find(&api, life.into()).await?;
    one(&lease, lease.is_final())
}

/// Usage of a lease that was stated, the newest first
#[utoipa::path(
    get, path = "/v1/leases/{lease}/{opened_slot}/statements", tag = "leases",
    params(LifePath, ListQuery), responses(ListOf<Statement>)
)]
pub async fn statements(
    State(api): State<Api>,
    Named(life): Named<LifePath>,
    asked: Asked<ListQuery>,
) -> Result<Response, Problem> {
    let life = LeaseLife::from(life);
    let store = &api.store;
    asked.pages(store, |part| async move { Ok(store.statements(life, &part).await?) }).await
}

/// Tokens that moved for a lease, the oldest first
#[utoipa::path(
    get, path = "/v1/leases/{lease}/{opened_slot}/movements", tag = "leases",
    params(LifePath, ListQuery), responses(ListOf<Movement>)
)]
pub async fn lease_movements(
    State(api): State<Api>,
    Named(life): Named<LifePath>,
    asked: Asked<ListQuery>,
) -> Result<Response, Problem> {
    let (store, life) = (&api.store, LeaseLife::from(life));
    asked.pages(store, |part| async move { Ok(store.movements_of_lease(life, &part).await?) }).await
}

/// The receipt of a lease: each amount with its transaction, and what it was to a wallet
#[utoipa::path(
    get, path = "/v1/leases/{lease}/{opened_slot}/receipt", tag = "leases",
    params(LifePath, ReceiptQuery), responses(TableOf<Receipt>)
)]
pub async fn receipt(
    State(api): State<Api>,
    Named(life): Named<LifePath>,
    asked: Asked<ReceiptQuery>,
) -> Result<Response, Problem> {
    let life = LeaseLife::from(life);
    let lease = find(&api, life).await?;
    let wallet =
        address(asked.query.wallet.as_ref()).map_or_else(|| lease.payer.clone(), |it| it.to_string());
    let movements = movements(&api.store, life).await?;
    let decimals = api.store.decimals().await?.get(&lease.mint).copied();
    asked.parts(&api.store, Receipt::of(lease, movements, &wallet, decimals)).await
}

async fn find(api: &Api, life: LeaseLife) -> Result<Lease, Problem> {
    api.store.lease(life).await?.ok_or(Problem::Missing("there is no such lease in the record"))
}

/// Most movements of a receipt.
const MOST_MOVEMENTS: usize = 20_000;

/// All that moved for a lease, the oldest first.
pub async fn movements(store: &Store, life: LeaseLife) -> Result<Vec<Movement>, Problem> {
    let mut movements = Vec::new();
    let mut part = Part { after: None, limit: MOST_ITEMS };
    loop {
        let Page { items, next } = store.movements_of_lease(life, &part).await?;
        movements.extend(items);
        if movements.len() > MOST_MOVEMENTS {
            return Err(Problem::TooLarge);
        }
        match next {
            Some(next) => part.after = Some(next),
            None => return Ok(movements),
        }
    }
}
