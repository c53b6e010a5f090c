//! What an indexer rebuilds from what is never cut off (instructions, those that they called, the token program's
//! transfers) is what the accounts hold: every lease and every provider to the byte, every balance, every offer's
//! free GPUs. Logs are cut off at 10,000 bytes, and anybody can fill them first: in some games somebody does, in others
//! there are none. Where a log is whole, its events say the same.

mod book;
mod recorder;
mod replayer;

use book::Book;
use gpu_lease::state::*;
use gpu_lease_client::address::SPL_TOKEN;
use gpu_lease_tests::{People, World, cluster::Svm};
use recorder::Recorder;
use replayer::Replayer;
use solana_keypair::Keypair;
use solana_signer::Signer;
use std::collections::BTreeSet;

/// Games, each from a seed of its own.
const GAMES: u64 = 16;

/// Attempted actions of a game. Not all succeed: players try what is not allowed, too.
const ACTIONS: usize = 500;

/// What is left of the logs in a game.
#[derive(Clone, Copy, PartialEq)]
enum Logs {
    Whole,
    Filled,
    None,
}

/// A market with one provider, and a book that has read how it came to be.
fn market() -> (World<Recorder>, Book) {
    let people = People::default();
    let recorder = Recorder::new(Svm::with_program(&people.deployer.pubkey()));
    let mut market = World::empty(recorder, people, &Keypair::new_from_array([20; 32]), SPL_TOKEN);
    market.open_market(|_| {});
    market.pay_bond_in(10_000_000);
    (market, Book::default())
}

/// Lets `book` read what has happened since the last time.
fn read(book: &mut Book, market: &mut World<Recorder>, logs: Logs) {
    for mut transaction in market.cluster.take() {
        if logs == Logs::None {
            transaction.logs.clear();
        }
        book.read(&transaction);
    }
}

#[test]
fn the_accounts_are_what_the_instructions_and_transfers_say_whatever_is_left_of_the_logs() {
    let mut seen = BTreeSet::new();
    for seed in 0..GAMES {
        let logs = [Logs::Whole, Logs::Filled, Logs::None][seed as usize % 3];
        let (mut market, mut book) = market();
        let mut player = Replayer::new(seed);
        player.fills_logs = logs == Logs::Filled;
        for action in 0..ACTIONS {
            player.act(&mut market);
            read(&mut book, &mut market, logs);
            require_same(&book, &market, &format!("game {seed}, action {action}"));
        }
        assert_eq!(book.cut_off > 0, logs != Logs::Whole, "events that are missing in game {seed}");
        seen.extend(book.seen);
    }
    // The games have shown everything that can happen.
    let everything = BTreeSet::from([
        "initialize",
        "register_mint",
        "create_participant",
        "register_provider",
        "update_provider",
        "withdraw_bond",
        "nominate_authority",
        "accept_authority",
        "create_offer",
        "update_offer",
        "close_offer",
        "open_lease",
        "cancel_lease",
        "start_lease",
        "publish_access",
        "top_up",
        "extend_lease",
        "resize_lease",
        "release_gpus",
        "set_session_key",
        "terminate_lease",
        "expire_lease",
        "dispute_lease",
        "resolve_dispute",
        "resolve_by_timeout",
        "attest",
        "attest_batch",
        "settle",
        "count_fees",
        "close_lease",
        "claim",
        "agreement",
        "row",
        "row that is refused",
        "row of no lease",
        "gift to a vault",
        "payment of a bond",
        "start with a bond out of the bond account",
        "growth with a bond of the other source",
        "close with a bond into the bond account",
        "abandoned",
        "exhausted",
        "decision against the provider",
        "close",
        "close by both",
        "close with a credit",
        "close without a credit",
    ]);
    assert_eq!(seen.symmetric_difference(&everything).collect::<Vec<_>>(), Vec::<&&str>::new());
}

#[test]
fn a_settlement_behind_a_log_that_others_filled_is_found_all_the_same() {
    let (mut market, mut book) = market();
    let mut request = market.request(0);
    request.duration = 3_600;
    market.play([market.open_lease_ix(request)]).ok();
    let lease = market.lease_key(0, market.people.renter.pubkey());
    market.play([market.start_lease_ix(&lease, b"encrypted credentials")]).ok();
    market.pass(3_600);
    let signers = [market.people.attestor.pubkey(), market.people.renter.pubkey()];
    let statement = market.attestation(lease.address, 14_400, &signers);
    market.play(statement).ok();
    read(&mut book, &mut market, Logs::Whole);
    let settle = [gpu_lease_client::instruction::settle(&market.context(lease.address))];
    let filled = replayer::fill(&market, lease.address, &settle).expect("a lease");
    market.play(filled).ok();
    let transaction = market.cluster.take().pop().expect("it was taken");
    assert!(gpu_lease_client::decode::is_truncated(&transaction.logs));
    let settled = gpu_lease_client::decode::events(&transaction.logs);
    assert!(settled.iter().all(|event| event.name() != "LeaseSettled"));
    book.read(&transaction);
    assert!(book.cut_off > 0);
    require_same(&book, &market, "after the settlement");
    assert_eq!(book.leases[&lease.address].ledger.released, 10_000_000);
}

/// Requires the accounts to be what `book` says.
fn require_same(book: &Book, market: &World<Recorder>, moment: &str) {
    let on_chain = market.cluster.leases();
    assert_eq!(book.leases.keys().copied().collect::<BTreeSet<_>>(), on_chain, "leases, {moment}");
    for (address, lease) in &book.leases {
        assert_eq!(market.read::<Lease>(address), *lease, "{address}, {moment}");
    }
    for (token_account, amount) in &book.balances {
        assert_eq!(i128::from(market.balance(token_account)), *amount, "{token_account}, {moment}");
    }
    for (address, entry) in &book.offers {
        let offer = market.read::<Offer>(address);
        let counts = (offer.gpus, offer.gpus_free, offer.leases, offer.revision);
        assert_eq!(
            counts,
            (entry.gpus, entry.gpus_free, entry.leases, entry.revision),
            "{address}, {moment}"
        );
    }
    for (address, entry) in &book.providers {
        assert_eq!(market.read::<Provider>(address), *entry, "{address}, {moment}");
    }
}
