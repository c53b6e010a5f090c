use super::chain::{File, GENESIS, apply, chain};
use gpu_lease_indexer::store::Store;
use solana_signature::Signature;

#[tokio::test]
async fn a_record_that_is_begun_again_says_so_and_ends_as_it_was() {
    let played = &chain().played;
    let file = File::of(played).await;
    let before = file.store.rows().await.unwrap();
    let signatures: Vec<Signature> = played.iter().map(|it| it.transaction.signature).collect();
    let begins = played.iter().find(|it| it.done.deeds.iter().any(|deed| deed.name == "initialize")).unwrap();
    assert_eq!(file.store.first().await.unwrap(), Some(begins.transaction.signature));
    let reached = file.store.reached().slot + 5_000;
    file.store.reach(reached, 0);
    file.store.note_reached(reached).await.unwrap();

    for keeps in [true, false] {
        file.store.begin_again(keeps).await.unwrap();
        let another = Store::open(&file.url, &GENESIS).await.unwrap();
        for store in [&file.store, &another] {
            let progress = store.progress().await.unwrap();
            assert_eq!((progress.finalized_slot, progress.transactions), (0.into(), 0.into()));
            assert_eq!((store.cursor().await.unwrap(), store.first().await.unwrap()), (None, None));
            assert!(store.entries().await.unwrap().is_empty());
            let kept = store.kept(&signatures).await.unwrap();
            let said = played.iter().filter(|_| keeps).map(|it| it.applied());
            assert_eq!(kept, said.map(|it| (it.transaction.signature, it.raw.to_vec())).collect());
        }
        another.close().await;
        apply(&file.store, played, 100).await;
        assert!(file.store.rows().await.unwrap() == before);
    }
}
