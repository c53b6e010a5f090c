use super::chain::{File, GENESIS, apply, chain};
use gpu_lease_indexer::store::Store;
use gpu_lease_tests::postgres::Postgres;

#[tokio::test]
async fn both_databases_hold_the_same_rows_whatever_is_applied_at_once() {
    let chain = chain();
    let file = File::empty().await;
    apply(&file.store, &chain.played, 1).await;
    let rows = file.store.rows().await.unwrap();
    for (table, rows) in &rows {
        assert!(!rows.is_empty() || ["audits", "doubts"].contains(table), "nothing is in {table}");
    }

    let postgres = Postgres::start();
    let url = postgres.database("record");
    let (first, second) = chain.played.split_at(chain.played.len() / 2);
    let store = Store::open(&url, &GENESIS).await.unwrap();
    apply(&store, first, 37).await;
    store.close().await;
    // It goes on where it was.
    let store = Store::open(&url, &GENESIS).await.unwrap();
    assert_eq!(store.cursor().await.unwrap(), first.last().map(|it| it.cursor()));
    apply(&store, second, 250).await;
    let mut others = store.rows().await.unwrap();
    // As many others as there were batches.
    let record = others.insert("record", rows["record"].clone()).unwrap();
    assert_eq!(record[0][..7], rows["record"][0][..7]);
    for (table, rows) in &rows {
        assert!(others[table] == *rows, "{table} is otherwise in PostgreSQL");
    }
    assert_eq!(store.entries().await.unwrap(), chain.entries);
    assert_eq!(file.store.entries().await.unwrap(), chain.entries);
    store.close().await;
}

#[tokio::test]
async fn what_is_in_the_record_changes_nothing_and_what_is_older_is_refused() {
    let chain = chain();
    let file = File::of(&chain.played[..50]).await;
    let before = file.store.rows().await.unwrap();
    apply(&file.store, &chain.played[40..50], 10).await;
    apply(&file.store, &chain.played[..20], 20).await;
    assert!(file.store.rows().await.unwrap() == before);

    let one = |number: usize| &chain.played[number];
    let late = file.store.apply(&[one(45).applied(), one(55).applied()], 0, one(55).cursor()).await;
    assert!(late.unwrap_err().to_string().contains("older than the record"));
    let backwards = file.store.apply(&[one(52).applied(), one(51).applied()], 0, one(52).cursor()).await;
    assert!(backwards.unwrap_err().to_string().contains("out of order"));
    let behind = file.store.apply(&[one(52).applied()], 0, one(51).cursor()).await;
    assert!(behind.unwrap_err().to_string().contains("behind the cursor"));
    let mut stranger = one(45).transaction.clone();
    stranger.signature = [9; 64].into();
    let stranger = super::chain::Played { transaction: stranger, done: one(45).done.clone() };
    let unknown = file.store.apply(&[stranger.applied()], 0, stranger.cursor()).await;
    assert!(unknown.unwrap_err().to_string().contains("not in it"));
    assert!(file.store.rows().await.unwrap() == before);

    // After a refusal it goes on.
    apply(&file.store, &chain.played[50..60], 10).await;
}

#[tokio::test]
async fn a_record_of_another_cluster_is_not_opened() {
    let file = File::of(&chain().played[..5]).await;
    let refused = Store::open(&file.url, &[8; 32]).await.err().expect("it is another cluster's");
    assert!(refused.to_string().contains("give each cluster a record of its own"), "{refused}");
}

#[tokio::test]
async fn the_ledger_sums_to_zero_and_agrees_with_every_token_account() {
    let file = File::of(&chain().played).await;
    let ledger = file.store.ledger().await.unwrap();
    assert!(ledger.sums().len() > 1 && ledger.sums().values().all(|sum| *sum == 0));
    assert!(ledger.vaults.len() > 2);
    assert_eq!(ledger.differences(), []);
}
