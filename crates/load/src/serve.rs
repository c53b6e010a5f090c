//! The indexer's API on a record, while more is taken into it.

use std::num::NonZeroU32;
use std::time::Duration;

use anyhow::Result;
use gpu_lease_indexer::api::{self, Limits};
use gpu_lease_indexer::live::Live;
use gpu_lease_indexer::store::Store;
use gpu_lease_service::server;
use tokio::net::TcpListener;
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use crate::market::Size;
use crate::record::{self, Read};

/// Transactions that are taken in at once while questions are answered.
const AT_ONCE: u64 = 10;

/// Answers at `listener` as the indexer does. All clients come from one address here, which may ask as often as it likes.
pub async fn answer(store: Store, listener: TcpListener) -> Result<()> {
    let any = NonZeroU32::MAX;
    let limits = Limits { per_second: any, burst: any, ..Limits::default() };
    let stop = CancellationToken::new();
    let router = api::router(store, Live::default(), limits, stop.clone());
    server::serve(listener, router, server::Limits::default(), stop).await;
    Ok(())
}

/// Takes so many transactions a second into a record, for ever.
pub async fn go_on(store: Store, seed: u64, per_second: NonZeroU32) -> Result<()> {
    let size = Size { transactions: u64::MAX, offers: 10_000 };
    let (mut market, mut kept) = record::more(&store, seed, size).await?;
    let mut ticks = interval(Duration::from_secs(AT_ONCE) / per_second.get());
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let read = Read::next_of(&mut market, &mut kept, AT_ONCE as usize);
        record::apply(&store, &read).await?;
    }
}
