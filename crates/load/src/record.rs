//! Records of made-up markets.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use gpu_lease_client::state::Moment;
use gpu_lease_indexer::book::{self, Entry, Page};
use gpu_lease_indexer::store::{Applied, Cursor, Store};
use solana_address::Address;

pub use crate::market::GENESIS;
use crate::market::{Made, Market, Size};

/// Accounts as they are, of a record that is being written.
pub type Accounts = HashMap<Address, Entry>;

/// A transaction with what a node says of it and what the book says that it did.
pub struct Read {
    pub made: Made,
    pub said: Vec<u8>,
    pub done: Page,
}

impl Read {
    /// The next of a market.
    pub fn next(market: &mut Market, kept: &mut Accounts) -> Option<Self> {
        let made = market.next(kept)?;
        let said = made.said();
        let done = book::read(kept, &made.transaction);
        book::take_over(kept, &done.accounts);
        Some(Self { made, said, done })
    }

    /// The next `count` of a market, as far as there are so many.
    pub fn next_of(market: &mut Market, kept: &mut Accounts, count: usize) -> Vec<Self> {
        std::iter::from_fn(|| Self::next(market, kept)).take(count).collect()
    }
}

/// Takes transactions into a record, all at once.
pub async fn apply(store: &Store, read: &[Read]) -> Result<()> {
    let Some(last) = read.last() else { return Ok(()) };
    let applied: Vec<Applied<'_>> = read
        .iter()
        .map(|Read { made, said, done }| Applied { transaction: &made.transaction, raw: said, done })
        .collect();
    let upto = Cursor { place: last.made.transaction.place, signature: last.made.transaction.signature };
    store.apply(&applied, 0, upto).await
}

/// Writes a market into an empty record, and says how long applying took. While one batch is applied, the next is made up.
pub async fn fill(store: &Store, seed: u64, size: Size, batch: usize) -> Result<Duration> {
    ensure!(store.cursor().await?.is_none(), "there is something in the record already");
    let (send, mut batches) = tokio::sync::mpsc::channel(2);
    let maker = std::thread::spawn(move || {
        let (mut market, mut kept) = (Market::new(seed, size), Accounts::new());
        loop {
            let read = Read::next_of(&mut market, &mut kept, batch);
            if read.is_empty() || send.blocking_send(read).is_err() {
                return;
            }
        }
    });
    let mut took = Duration::ZERO;
    while let Some(read) = batches.recv().await {
        for it in &read {
            ensure!(it.done.doubts.is_empty(), "{:?} of {:?}", it.done.doubts, it.made.transaction);
        }
        let begun = Instant::now();
        apply(store, &read).await?;
        took += begun.elapsed();
    }
    maker.join().ok().context("no market was made up")?;
    Ok(took)
}

/// More of what is in a record: other people come to its market.
pub async fn more(store: &Store, seed: u64, size: Size) -> Result<(Market, Accounts)> {
    let place = store.cursor().await?.context("nothing is in the record")?.place;
    let time = store.reached().time;
    let now = Moment { time, slot: place.slot };
    Ok((Market::after(seed, size, now, place), store.entries().await?))
}
