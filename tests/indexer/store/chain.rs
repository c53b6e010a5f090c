//! Whole chains, as an indexer sees them.

use crate::reading::sqlite;
use crate::recorder::Recorder;
use crate::replayer::Replayer;
use crate::voters;
use gpu_lease_client::address::SPL_TOKEN;
use gpu_lease_indexer::book::{self, Entry, Page};
use gpu_lease_indexer::observed::Transaction;
use gpu_lease_indexer::store::{Applied, Cursor, Store};
use gpu_lease_tests::{People, World, cluster::Svm};
use solana_address::Address;
use solana_keypair::Keypair;
use solana_signer::Signer;
use std::collections::HashMap;
use std::sync::LazyLock;

/// Genesis of the chains.
pub const GENESIS: [u8; 32] = [7; 32];

/// Attempted actions of a game.
const ACTIONS: usize = 400;

/// A transaction, and what it did.
pub struct Played {
    pub transaction: Transaction,
    pub done: Page,
}

/// What happened, and what there is after it.
#[derive(Default)]
pub struct Chain {
    pub played: Vec<Played>,
    pub entries: HashMap<Address, Entry>,
}

impl Chain {
    /// Reads transactions.
    pub fn of(transactions: impl IntoIterator<Item = Transaction>) -> Self {
        let mut chain = Self::default();
        for transaction in transactions {
            let done = book::read(&chain.entries, &transaction);
            book::take_over(&mut chain.entries, &done.accounts);
            chain.played.push(Played { transaction, done });
        }
        chain
    }
}

impl Played {
    /// As the store takes it.
    pub fn applied(&self) -> Applied<'_> {
        Applied { transaction: &self.transaction, raw: self.transaction.signature.as_ref(), done: &self.done }
    }

    /// Where it is.
    pub fn cursor(&self) -> Cursor {
        Cursor { place: self.transaction.place, signature: self.transaction.signature }
    }
}

/// A market with votes, and leases of all kinds.
pub fn chain() -> &'static Chain {
    static CHAIN: LazyLock<Chain> = LazyLock::new(|| {
        let mut market = market();
        voters::play(&mut market);
        play(market, 3, ACTIONS)
    });
    &CHAIN
}

/// A market with leases of all kinds.
pub fn game(seed: u64, actions: usize) -> Chain {
    play(market(), seed, actions)
}

fn market() -> World<Recorder> {
    let people = People::default();
    let recorder = Recorder::new(Svm::with_program(&people.deployer.pubkey()));
    let mut market = World::empty(recorder, people, &Keypair::new_from_array([20; 32]), SPL_TOKEN);
    market.open_market(|_| {});
    market
}

fn play(mut market: World<Recorder>, seed: u64, actions: usize) -> Chain {
    market.pay_bond_in(10_000_000);
    let mut player = Replayer::new(seed);
    for _ in 0..actions {
        player.act(&mut market);
    }
    Chain::of(market.cluster.take())
}

/// Applies transactions, some at a time.
pub async fn apply(store: &Store, played: &[Played], at_once: usize) {
    for part in played.chunks(at_once) {
        let applied: Vec<_> = part.iter().map(Played::applied).collect();
        let upto = part.last().expect("no chunk is empty").cursor();
        store.apply(&applied, 1, upto).await.expect("they are in order");
    }
}

/// A record in a file of its own.
pub struct File {
    pub store: Store,
    pub url: String,
    _folder: tempfile::TempDir,
}

impl File {
    /// With nothing in it.
    pub async fn empty() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let url = sqlite(&folder);
        let store = Store::open(&url, &GENESIS).await.expect("a new record");
        Self { store, url, _folder: folder }
    }

    /// With these transactions.
    pub async fn of(played: &[Played]) -> Self {
        let file = Self::empty().await;
        apply(&file.store, played, 100).await;
        file
    }
}
