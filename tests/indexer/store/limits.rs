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

/// Asks for events until that takes too long.
async fn ask_until_refused(store: &Store) {
    // No event is of this life: all are looked at.
    let filter = EventFilter { opened_slot: Some(u64::MAX), ..EventFilter::default() };
    let part = Part { after: None, limit: 1 };
    for _ in 0..500 {
        if let Err(error) = store.events(&filter, &part).await {
            assert_eq!(error.downcast_ref::<Refused>(), Some(&Refused::TooLong), "{error}");
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("nothing took too long");
}

#[tokio::test]
async fn a_query_that_takes_too_long_is_ended() {
    let file = File::of(&chain().played).await;
    ask_until_refused(&Store::open_within(&file.url, &GENESIS, Duration::ZERO).await.unwrap()).await;

    let postgres = Postgres::start();
    let url = postgres.database("record");
    let store = Store::open_within(&url, &GENESIS, Duration::from_millis(100)).await.unwrap();
    apply(&store, &chain().played[..100], 100).await;
    let mut other = postgres.begin("record", "BEGIN; LOCK TABLE events; SELECT pg_sleep(60)");
    ask_until_refused(&store).await;
    other.kill().and_then(|()| other.wait()).unwrap();
    store.close().await;
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
