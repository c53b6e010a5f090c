use super::chain::{Chain, File, apply, chain};
use gpu_lease_client::state::Lease;
use gpu_lease_indexer::book::{Entry, Kept, LeaseLife};
use gpu_lease_indexer::views::LeaseState;
use solana_address::Address;

/// The chain without one of its top-ups, and the lease that it was for.
fn without_a_top_up() -> (Chain, LeaseLife) {
    let played = &chain().played;
    let is_top_up = |deed: &gpu_lease_indexer::book::Deed| deed.name == "top_up";
    // Of a lease that is settled or closed after it.
    let missing = played.iter().position(|it| {
        it.done.deeds.iter().any(is_top_up) && {
            let life = it.done.deeds.iter().find(|deed| is_top_up(deed)).and_then(|deed| deed.lease);
            played
                .iter()
                .any(|it| it.done.leases.iter().any(|(it, after)| Some(*it) == life && after.end.is_some()))
        }
    });
    let missing = missing.expect("somebody paid more");
    let life = played[missing].done.deeds.iter().find_map(|deed| deed.lease).unwrap();
    let rest = played.iter().enumerate().filter(|(number, _)| *number != missing);
    (Chain::of(rest.map(|(_, it)| it.transaction.clone())), life)
}

#[tokio::test]
async fn money_of_a_lease_in_doubt_is_withheld_until_its_accounts_are_read() {
    let (chain, life) = without_a_top_up();
    let first =
        chain.played.iter().position(|it| !it.done.doubts.is_empty()).expect("something does not fit");
    let file = File::of(&chain.played[..=first]).await;
    let store = &file.store;
    let before = store.lease(life).await.unwrap().unwrap();
    assert!(
        before.is_in_doubt && before.deposited.is_none() && before.paid.is_none() && before.bond.is_none()
    );
    let doubtful = store.doubtful(100).await.unwrap();
    assert!(doubtful.iter().any(|doubt| doubt.lease == Some(life)));
    let in_doubt = store.progress().await.unwrap().in_doubt.0;
    assert!(in_doubt > 0);

    // The lease stands: all accounts are read, and it is as the chain has it.
    let shown: Lease = chain.played[..=first]
        .iter()
        .rev()
        .find_map(|it| it.done.leases.get(&life).map(|after| after.lease))
        .unwrap();
    let truth = Lease { ledger: gpu_lease_client::state::Ledger { deposited: 77, ..shown.ledger }, ..shown };
    let others: Vec<Address> = doubtful.iter().map(|it| it.account).filter(|it| *it != life.lease).collect();
    let entries = store.entries().await.unwrap();
    store.heal(&life.lease, Some(truth.entry())).await.unwrap();
    for account in others {
        assert!(store.lease(life).await.unwrap().unwrap().is_in_doubt, "{account} is in doubt");
        store.heal(&account, entries.get(&account).cloned()).await.unwrap();
    }
    let after = store.lease(life).await.unwrap().unwrap();
    assert!(!after.is_in_doubt);
    assert_eq!(after.deposited.map(|it| it.0), Some(77));
    assert_eq!(store.progress().await.unwrap().in_doubt.0, 0);
    assert_eq!(store.entries().await.unwrap()[&life.lease], Entry::Lease(Box::new(truth)));
    // The doubt stays in the history.
    assert!(!store.rows().await.unwrap()["doubts"].is_empty());
    assert!(store.doubtful(100).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_lease_that_is_gone_without_an_explanation_is_closed_and_keeps_its_doubt() {
    let (chain, life) = without_a_top_up();
    let file = File::empty().await;
    apply(&file.store, &chain.played, 100).await;
    let store = &file.store;
    store.heal(&life.lease, None).await.unwrap();
    let lease = store.lease(life).await.unwrap().unwrap();
    assert_eq!(lease.state, LeaseState::Closed);
    assert!(
        lease.is_in_doubt && lease.closed_at.is_some() && lease.closing.is_none() && lease.paid.is_none()
    );
    assert!(!store.entries().await.unwrap().contains_key(&life.lease));
}
