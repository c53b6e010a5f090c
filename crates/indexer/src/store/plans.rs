//! No question reads a whole table that grows: what SQLite says of each query that is asked.

use solana_address::Address;

use super::facade::Store;
use super::sql::{ASKED, Kind, Value};
use crate::ask::{EventFilter, LeaseFilter, OfferFilter, OfferOrder, Part, Span};
use crate::book::LeaseLife;
use crate::views::LeaseState;

/// Tables that do not grow with the market, but with its days, models, mints and votes.
const SMALL: [&str; 7] = ["record", "supplies", "mints", "price_days", "proposals", "fee_changes", "pauses"];

/// All pages of a list: the first, and one that follows another.
async fn pages<T>(mut ask: impl AsyncFnMut(&Part) -> anyhow::Result<T>, place: &[Value]) {
    let after = Some(super::list::write_after(place));
    for part in [Part::default(), Part { after, limit: 50 }] {
        ask(&part).await.unwrap();
    }
}

#[tokio::test]
async fn no_question_reads_a_whole_table_that_grows() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("record.db").display());
    let store = Store::open(&url, &[7; 32]).await.unwrap();
    ASKED.take();

    let it = Address::new_from_array([1; 32]);
    let life = LeaseLife { lease: it, opened_slot: 1 };
    let int = || Value::Int(1);
    let bytes = || Value::Bytes(vec![1; 32]);
    let spans = [Span::default(), Span { from: Some(1), before: Some(2) }];

    store.progress().await.unwrap();
    store.offers(&OfferFilter::default(), OfferOrder::Price, &Part::default()).await.unwrap();
    store.offer(&it).await.unwrap();
    pages(async |part| store.offer_versions(&it, part).await, &[int()]).await;
    store.models().await.unwrap();
    for filter in lease_filters(it) {
        pages(async |part| store.leases(&filter, part).await, &[int(), int(), bytes()]).await;
    }
    store.lives(&it).await.unwrap();
    store.lease(life).await.unwrap();
    pages(async |part| store.statements(life, part).await, &[int(), int()]).await;
    pages(async |part| store.movements_of_lease(life, part).await, &[int(), int()]).await;
    let (about, instruction) = (Some(it), Some("settle".to_owned()));
    for filter in [
        EventFilter::default(),
        EventFilter { about, ..EventFilter::default() },
        EventFilter { about, opened_slot: Some(1), ..EventFilter::default() },
        EventFilter { about, instruction: instruction.clone(), opened_slot: None },
        EventFilter { instruction, ..EventFilter::default() },
    ] {
        pages(async |part| store.events(&filter, part).await, &[int(), int()]).await;
    }
    for span in spans {
        store.prices("a model", None, span).await.unwrap();
        store.prices("a model", Some(&it), span).await.unwrap();
        store.market(span).await.unwrap();
        store.wallet_days(&it, span).await.unwrap();
        store.provider_days(&it, span).await.unwrap();
        pages(async |part| store.movements_of(&it, span, part).await, &[int(), int(), int()]).await;
    }
    pages(async |part| store.providers(part).await, &[bytes()]).await;
    store.provider(&it).await.unwrap();
    pages(async |part| store.balances(Some(&it), part).await, &[bytes()]).await;
    pages(async |part| store.balances(None, part).await, &[bytes()]).await;
    store.proposals(&Part::default()).await.unwrap();
    store.proposal(1).await.unwrap();
    pages(async |part| store.votes(1, part).await, &[int(), bytes()]).await;
    pages(async |part| store.votes_of(&it, part).await, &[int(), bytes(), bytes()]).await;
    store.fees().await.unwrap();
    store.pauses().await.unwrap();

    let asked = ASKED.take();
    assert!(asked.len() > 40, "{} queries", asked.len());
    let mut connection = store.connect().await.unwrap();
    let mut faults = Vec::new();
    for sql in asked {
        let kinds = [Kind::Int, Kind::Int, Kind::Int, Kind::Text];
        let plan = connection.fetch(format!("EXPLAIN QUERY PLAN {sql}"), Vec::new(), &kinds).await.unwrap();
        for step in plan.iter().filter_map(|row| row.get(3)) {
            let Value::Text(step) = step else { continue };
            // A whole list is read in the order that it is kept in, and only as far as the page goes.
            let is_list = !sql.contains("WHERE") && sql.contains("LIMIT");
            let is_small = SMALL.iter().any(|table| sql.contains(&format!(" FROM {table}")));
            let is_slow = step.starts_with("SCAN") && !is_list || step.contains("TEMP B-TREE");
            if is_slow && !is_small {
                faults.push(format!("{step}: {sql}"));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

fn lease_filters(it: Address) -> Vec<LeaseFilter> {
    let mut filters = vec![LeaseFilter::default()];
    for set in [
        |filter: &mut LeaseFilter, it| filter.party = Some(it),
        |filter: &mut LeaseFilter, it| filter.renter = Some(it),
        |filter: &mut LeaseFilter, it| filter.provider = Some(it),
        |filter: &mut LeaseFilter, it| filter.offer = Some(it),
        |filter: &mut LeaseFilter, _| filter.states = vec![LeaseState::Closed, LeaseState::Cancelled],
        |filter: &mut LeaseFilter, _| (filter.opened_from, filter.opened_before) = (Some(1), Some(2)),
    ] {
        for index in 0..filters.len() {
            let mut filter = filters[index].clone();
            set(&mut filter, it);
            filters.push(filter);
        }
    }
    filters
}
