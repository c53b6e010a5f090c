//! What the indexer makes of a large market: how fast it takes it in, how long questions take, how many it answers at once, and
//! what it takes for that.

pub mod clients;
pub mod document;
pub mod questions;
pub mod run;
pub mod system;

use std::time::{Duration, Instant};

use anyhow::Result;
use gpu_lease_indexer::book;
use gpu_lease_indexer::store::Store;

use crate::market::Size;
use crate::record::{self, Read};

/// Takes `count` transactions more into a record, `batch` at once, and says how many it were in a second: decoded ones, which the
/// book reads and the store writes. What a node would have said of them is made up in between and not counted.
pub async fn applying(store: &Store, seed: u64, count: u64, batch: usize) -> Result<f64> {
    let size = Size { transactions: count, offers: count / 20 };
    let (mut market, mut kept) = record::more(store, seed, size).await?;
    let (mut took, mut applied) = (Duration::ZERO, 0_u32);
    loop {
        let mut read = Vec::new();
        while let Some(made) = (read.len() < batch).then(|| market.next(&kept)).flatten() {
            let said = made.said();
            let begun = Instant::now();
            let done = book::read(&kept, &made.transaction);
            book::take_over(&mut kept, &done.accounts);
            took += begun.elapsed();
            read.push(Read { made, said, done });
        }
        if read.is_empty() {
            return Ok(f64::from(applied) / took.as_secs_f64());
        }
        let begun = Instant::now();
        record::apply(store, &read).await?;
        took += begun.elapsed();
        applied += u32::try_from(read.len())?;
    }
}

/// The value that `share` of them, in hundredths, are not above.
pub fn percentile(mut values: Vec<Duration>, share: usize) -> Duration {
    values.sort_unstable();
    let index = (values.len() * share).div_ceil(100).saturating_sub(1);
    values.get(index).copied().unwrap_or_default()
}
