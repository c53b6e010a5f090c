use super::answers::{answers, plain};
use super::chain::{File, GENESIS, apply, chain};
use gpu_lease_indexer::ask::{EventFilter, LeaseFilter, OfferFilter, OfferOrder, Part};
use gpu_lease_indexer::store::{Refused, Store};
use gpu_lease_tests::postgres::Postgres;
use std::time::Duration;

#[tokio::test]
async fn both_databases_answer_everything_alike() {
    let played = &chain().played;
    let file = File::of(played).await;
    let postgres = Postgres::start();
    let store = Store::open(&postgres.database("record"), &GENESIS).await.unwrap();
    apply(&store, played, 100).await;
    let (ours, others) = (answers(&file.store).await, answers(&store).await);
    for (question, answer) in &ours {
        assert_eq!(others[question], *answer, "{question}");
    }
    assert!(plain(&ours["leases"]).as_array().unwrap().len() > 7);
    store.close().await;
}

#[tokio::test]
async fn a_query_that_takes_too_long_is_ended() {
    let file = File::of(&chain().played).await;
    let postgres = Postgres::start();
    let url = postgres.database("record");
    let store = Store::open(&url, &GENESIS).await.unwrap();
    apply(&store, &chain().played, 100).await;
    store.close().await;
    // No event is of this life: all are looked at.
    let filter = EventFilter { opened_slot: Some(u64::MAX), ..EventFilter::default() };
    for (url, limit) in [(&file.url, Duration::ZERO), (&url, Duration::from_millis(1))] {
        let store = Store::open_within(url, &GENESIS, limit).await.unwrap();
        let mut refusals = 0;
        for _ in 0..50 {
            let part = Part { after: None, limit: 1 };
            if let Err(error) = store.events(&filter, &part).await {
                assert_eq!(error.downcast_ref::<Refused>(), Some(&Refused::TooLong), "{url}: {error}");
                refusals += 1;
            }
        }
        assert!(refusals > 0, "{url}");
        store.close().await;
    }
}

#[tokio::test]
async fn what_no_page_named_as_next_is_refused() {
    let file = File::of(&chain().played).await;
    for after in ["", "0", "text", "2NEpo7TZRRrLZSi2U", &"1".repeat(2_000)] {
        let part = Part { after: Some(after.to_owned()), limit: 5 };
        let answers = [
            file.store.leases(&LeaseFilter::default(), &part).await.err(),
            file.store.offers(&OfferFilter::default(), OfferOrder::Price, &part).await.err(),
            file.store.events(&EventFilter::default(), &part).await.err(),
        ];
        for error in answers {
            let error = error.unwrap_or_else(|| panic!("`{after}` was taken"));
            assert_eq!(error.downcast_ref::<Refused>(), Some(&Refused::After));
        }
    }
}
