//! What an indexer rebuilds from transactions alone (events in their logs, attestations in their precompile
//! instructions, transfers to vaults) is what the accounts hold: every lease's ledger and meter, every
//! balance, every offer's free GPUs, every provider's record.

mod book;
mod player;
mod recorder;

use book::Book;
use gpu_lease::state::*;
use gpu_lease_client::address::SPL_TOKEN;
use gpu_lease_tests::{People, World, cluster::Svm};
use player::Player;
use recorder::Recorder;
use solana_keypair::Keypair;
use solana_signer::Signer;
use std::collections::BTreeSet;

/// Games, each from a seed of its own.
const GAMES: u64 = 16;

/// Attempted actions of a game. Not all succeed: players try what is not allowed, too.
const ACTIONS: usize = 500;

#[test]
fn the_accounts_are_what_the_transactions_say() {
    let mut seen = BTreeSet::new();
    for seed in 0..GAMES {
        let people = People::default();
        let recorder = Recorder::new(Svm::with_program(&people.deployer.pubkey()));
        let mut market = World::empty(recorder, people, &Keypair::new_from_array([20; 32]), SPL_TOKEN);
        market.open_market(|_| {});
        let mut book = Book::default();
        let mut player = Player::new(seed, &market);
        for action in 0..ACTIONS {
            player.act(&mut market);
            for transaction in market.cluster.take() {
                book.read(&transaction);
            }
            require_same(&book, &market, &format!("game {seed}, action {action}"));
        }

        seen.extend(book.seen);
    }
    // The games have shown everything that can happen.
    let everything = BTreeSet::from([
        "ProtocolInitialized",
        "MintRegistered",
        "ParticipantCreated",
        "ProviderRegistered",
        "ProviderUpdated",
        "AuthorityNominated",
        "AuthorityAccepted",
        "OfferCreated",
        "OfferUpdated",
        "OfferClosed",
        "LeaseOpened",
        "LeaseCancelled",
        "LeaseStarted",
        "LeaseToppedUp",
        "LeaseExtended",
        "LeaseResized",
        "GpusReleased",
        "SessionKeySet",
        "LeaseTerminated",
        "LeaseExpired",
        "LeaseDisputed",
        "DisputeResolved",
        "LeaseSettled",
        "LeaseClosed",
        "claim",
        "claim behind another",
        "agreement",
        "agreement by session key",
        "gift to a vault",
        "abandoned",
        "exhausted",
        "decision",
        "decision against the provider",
        "timeout",
        "close by both",
        "close with a credit",
        "close without a credit",
    ]);
    assert_eq!(seen.symmetric_difference(&everything).collect::<Vec<_>>(), Vec::<&&str>::new());
}

/// Requires the accounts to be what `book` says.
fn require_same(book: &Book, market: &World<Recorder>, moment: &str) {
    let on_chain = market.cluster.leases();
    assert_eq!(book.leases.keys().copied().collect::<BTreeSet<_>>(), on_chain, "leases, {moment}");
    for (address, entry) in &book.leases {
        let Lease { ledger, meter, terms, gpus, vault, ends_at, session_key, dispute, .. } =
            market.read::<Lease>(address);
        assert_eq!(ledger, entry.ledger, "ledger of {address}, {moment}");
        let (accepted, maturing, latest) = entry.units();
        let units = (meter.accepted, meter.maturing.units, meter.latest.units);
        assert_eq!(units, (accepted, maturing, latest), "meter of {address}, {moment}");
        assert_eq!(terms, entry.terms, "terms of {address}, {moment}");
        assert_eq!(gpus, entry.gpus, "GPUs of {address}, {moment}");
        assert_eq!(vault, entry.vault, "vault of {address}, {moment}");
        assert_eq!(ends_at, entry.ends_at, "end of {address}, {moment}");
        assert_eq!(meter.window_end, entry.window_end, "last window of {address}, {moment}");
        assert_eq!(session_key, entry.session_key, "session key of {address}, {moment}");
        let figures = (dispute.renter_units, dispute.provider_units);
        assert_eq!(figures, entry.disputed, "dispute of {address}, {moment}");
    }
    for (token_account, amount) in &book.balances {
        assert_eq!(i128::from(market.balance(token_account)), *amount, "{token_account}, {moment}");
    }
    for (address, entry) in &book.offers {
        let offer = market.read::<Offer>(address);
        assert_eq!((offer.gpus, offer.gpus_free), (entry.gpus, entry.free), "{address}, {moment}");
    }
    for (address, entry) in &book.providers {
        let provider = market.read::<Provider>(address);
        assert_eq!(provider.attestor, entry.attestor, "{address}, {moment}");
        let wallets = (provider.authority, provider.pending_authority);
        assert_eq!(wallets, (entry.authority, entry.nominee), "{address}, {moment}");
        assert_eq!(provider.record, entry.record, "{address}, {moment}");
    }
}
