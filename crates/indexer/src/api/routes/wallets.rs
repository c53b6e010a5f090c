use axum::extract::State;
use axum::response::Response;
use solana_address::Address;

use super::leases::movements;
use crate::api::answer::{Asked, Named};
use crate::api::documented::ListOf;
use crate::api::param::Key;
use crate::api::problem::Problem;
use crate::api::query::{DaysQuery, ListQuery, MovementQuery, ReceiptsQuery, moment};
use crate::api::state::Api;
use crate::ask::{LeaseFilter, Part, Span};
use crate::book::LeaseLife;
use crate::views::{Movement, Page, Receipt, Vote, WalletDay};

/// What a wallet paid and got, the newest first
#[utoipa::path(
    get, path = "/v1/wallets/{wallet}/movements", tag = "wallets",
    params(("wallet" = inline(Key), Path, description = "The wallet"), MovementQuery),
    responses(ListOf<Movement>)
)]
pub async fn wallet_movements(
    State(api): State<Api>,
    Named(Key(wallet)): Named<Key>,
    asked: Asked<MovementQuery>,
) -> Result<Response, Problem> {
    let span = Span::from(&asked.query);
    let store = &api.store;
    asked.pages(store, |part| async move { Ok(store.movements_of(&wallet, span, &part).await?) }).await
}

/// Receipts of the leases that a wallet rents, pays or provides, those of the newest first
#[utoipa::path(
    get, path = "/v1/wallets/{wallet}/receipts", tag = "wallets",
    params(("wallet" = inline(Key), Path, description = "The wallet"), ReceiptsQuery),
    responses(ListOf<Receipt>)
)]
pub async fn receipts(
    State(api): State<Api>,
    Named(Key(wallet)): Named<Key>,
    asked: Asked<ReceiptsQuery>,
) -> Result<Response, Problem> {
    let filter = LeaseFilter {
        party: Some(wallet),
        opened_from: moment(asked.query.opened_from),
        opened_before: moment(asked.query.opened_before),
        ..LeaseFilter::default()
    };
    let (api, filter) = (&api, &filter);
    asked.pages(&api.store, |part| page_of_receipts(api, filter, wallet, part)).await
}

async fn page_of_receipts(
    api: &Api,
    filter: &LeaseFilter,
    wallet: Address,
    part: Part,
) -> Result<Page<Receipt>, Problem> {
    let Page { items: leases, next } = api.store.leases(filter, &part).await?;
    let (decimals, wallet) = (api.store.decimals().await?, wallet.to_string());
    let mut items = Vec::new();
    for lease in leases {
        let address = lease.address.parse().map_err(anyhow::Error::from)?;
        let life = LeaseLife { lease: address, opened_slot: lease.opened_slot.0 };
        let movements = movements(&api.store, life).await?;
        let digits = decimals.get(&lease.mint).copied();
        items.push(Receipt::of(lease, movements, &wallet, digits));
    }
    Ok(Page { items, next })
}

/// What a wallet voted, the newest first
#[utoipa::path(
    get, path = "/v1/wallets/{wallet}/votes", tag = "wallets",
    params(("wallet" = inline(Key), Path, description = "The wallet"), ListQuery),
    responses(ListOf<Vote>)
)]
pub async fn wallet_votes(
    State(api): State<Api>,
    Named(Key(wallet)): Named<Key>,
    asked: Asked<ListQuery>,
) -> Result<Response, Problem> {
    let store = &api.store;
    asked.pages(store, |part| async move { Ok(store.votes_of(&wallet, &part).await?) }).await
}

/// What a wallet spent and earned, a day and a mint after the other, of what is finalized
#[utoipa::path(
    get, path = "/v1/wallets/{wallet}/days", tag = "wallets",
    params(("wallet" = inline(Key), Path, description = "The wallet"), DaysQuery),
    responses(ListOf<WalletDay>)
)]
pub async fn wallet_days(
    State(api): State<Api>,
    Named(Key(wallet)): Named<Key>,
    asked: Asked<DaysQuery>,
) -> Result<Response, Problem> {
    asked.whole(&api.store, api.store.wallet_days(&wallet, asked.days()?).await?).await
}
