//! A market that is made up: the book explains it, everything happens in it, and it is the same everywhere.

use gpu_lease_indexer::book::{self, Page};
use gpu_lease_indexer::node::answer::{self, Answer};
use gpu_lease_indexer::observed::Place;
use gpu_lease_load::market::{Made, Market, Size};
use gpu_lease_load::record::Accounts;
use std::collections::BTreeSet;

/// Plays it, and shows each transaction with what the book says of it.
fn play(seed: u64, size: Size, mut see: impl FnMut(&Made, &Page)) {
    let (mut market, mut kept) = (Market::new(seed, size), Accounts::new());
    while let Some(made) = market.next(&kept) {
        let page = book::read(&kept, &made.transaction);
        see(&made, &page);
        book::take_over(&mut kept, &page.accounts);
    }
}

#[test]
fn the_book_explains_everything_and_all_of_a_market_happens() {
    let (mut seen, mut count, mut last) = (BTreeSet::new(), 0, Place::default());
    let size = Size { transactions: 2_500, offers: 150 };
    play(1, size, |made, page| {
        let transaction = &made.transaction;
        assert_eq!(page.doubts, [], "{transaction:?}");
        assert!(transaction.place > last);
        (count, last) = (count + 1, transaction.place);
        seen.extend(page.deeds.iter().map(|deed| deed.name.to_owned()));
        seen.extend(page.movements.iter().map(|movement| format!("moved: {}", movement.purpose)));
    });
    assert_eq!(count, size.transactions);
    for happens in [
        "attest",
        "attest_batch",
        "cancel_lease",
        "cast_vote",
        "close_lease",
        "count_fees",
        "create_offer",
        "dispute_lease",
        "execute_proposal",
        "expire_lease",
        "extend_lease",
        "moved: arbiter_fee",
        "moved: bond_payment",
        "moved: bond_return",
        "moved: credit",
        "moved: fee",
        "moved: fee_withdrawal",
        "moved: gift",
        "moved: lock",
        "moved: payout",
        "moved: refund",
        "moved: stake",
        "moved: top_up",
        "pause",
        "publish_access",
        "release_gpus",
        "resize_lease",
        "resolve_dispute",
        "set_session_key",
        "settle",
        "terminate_lease",
        "update_offer",
        "update_provider",
        "withdraw_fees",
    ] {
        assert!(seen.contains(happens), "{happens}, of {seen:?}");
    }
}

#[test]
fn a_seed_is_the_same_market_on_every_machine() {
    let size = Size { transactions: 400, offers: 40 };
    let signatures = |seed| {
        let mut all = Vec::new();
        play(seed, size, |made, _| all.push(made.transaction.signature));
        all
    };
    let last = signatures(1).pop().expect("a transaction").to_string();
    assert_eq!(
        last,
        "3Ljk2wNqDVquhspPAmZG8o9UPh7CxCd9YdxbXuJ5m6dDU6DzbGsAcHHaweQhRkmBN4pGqs4RWGyMzhKyxt2aWcAA"
    );
    assert_ne!(signatures(2), signatures(1));
}

#[test]
fn a_node_s_answer_is_read_as_the_transaction_that_was_made_up() {
    play(3, Size { transactions: 400, offers: 40 }, |made, _| {
        let made_up = &made.transaction;
        let said = serde_json::from_slice(&made.said()).expect("what a node says");
        let Ok(Answer::Succeeded(read)) = answer::read(made_up.signature, made_up.place.index, said) else {
            panic!("{made_up:?}");
        };
        let shown = |transaction: &gpu_lease_indexer::observed::Transaction| {
            let mut shown = transaction.clone();
            shown.tokens.sort_by_key(|token| token.account);
            // Who signs is all that is known of what a call may do.
            for meta in shown.calls.iter_mut().flat_map(|call| &mut call.instruction.accounts) {
                meta.is_writable = true;
                meta.is_signer = false;
            }
            format!("{shown:?}")
        };
        assert_eq!(shown(&read), shown(made_up));
    });
}
