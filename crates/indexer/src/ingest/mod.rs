//! Reads the chain into the record.
//!
//! A node is asked which transactions name the program ([`node`](crate::node)); what is finalized is played and taken into the
//! record in its order, with the cursor ([`reader`]), what is confirmed is shown over it ([`overlay`]). Nothing that a node says
//! once is final:
//!
//! - the last slots of the record are listed again each time: what was left out then is found;
//! - accounts are compared with those that the node shows, at the slot at which the record stands ([`comparison`]): what was
//!   left out for longer is found by what it did;
//! - what the book cannot explain is asked for a second time, and the accounts' own transactions are looked through.
//!
//! A transaction that is found behind the record's end begins the record again, from what was kept of each answer; if nodes have
//! forgotten the beginning, the record waits for an archive. What cannot be explained at all is a doubt: its accounts are as the
//! node shows them from then on.

mod arrival;
mod chunk;
mod comparison;
mod fail;
mod known;
mod overlay;
mod reader;
mod status;

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use tokio::sync::Notify;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

use crate::live::Live;
use crate::node::{Node, Source, wake};
use crate::store::Store;
use fail::Fail;
use overlay::Overlay;
use reader::Reader;

pub use arrival::{Arrival, Arrivals, Arrived, arrivals};
pub use status::{Progress, Status};

/// Time between two looks while the node's WebSocket wakes the reader.
const ASLEEP: Duration = Duration::from_secs(5);

/// Reads what the nodes at `source` show into `store` and tells `live` of it, until `stop` is cancelled. What a node cannot or
/// will not answer stands in `status` and is tried again: only a record that cannot be read or written is an error.
pub async fn run(
    source: Source,
    store: Store,
    live: Live,
    status: Arc<Status>,
    stop: CancellationToken,
) -> Result<()> {
    let (_nobody, arrived) = arrivals();
    run_with(source, store, live, status, arrived, stop).await
}

/// The same, which also takes in what an audit has found.
pub async fn run_with(
    source: Source,
    store: Store,
    live: Live,
    status: Arc<Status>,
    arrived: Arrived,
    stop: CancellationToken,
) -> Result<()> {
    // Whatever is being written when it ends is undone.
    stop.run_until_cancelled(read(source, store, live, status, arrived)).await.unwrap_or(Ok(()))
}

async fn read(
    source: Source,
    store: Store,
    live: Live,
    status: Arc<Status>,
    mut arrived: Arrived,
) -> Result<()> {
    let node = Arc::new(Node::new(&source)?);
    let mut reader = Reader::new(node, store, live.clone(), status.clone(), source.compare_every).await?;
    let mut overlay = Overlay::new(live);
    let woken = Arc::new(Notify::new());
    let _waking = source.websocket.clone().map(|websocket| {
        let (woken, status) = (woken.clone(), status.clone());
        let told = move |is_subscribed| status.change(|it| it.is_subscribed = is_subscribed);
        AbortOnDropHandle::new(tokio::spawn(wake(websocket, woken, told)))
    });
    loop {
        let looked = look(&mut reader, &mut overlay, &status).await;
        let problem = match looked {
            Ok(()) => None,
            Err(Fail::Store(error)) => return Err(error),
            Err(other) => Some(other.to_string()),
        };
        status.change(|progress| {
            progress.looks += 1;
            progress.problem = problem;
        });
        let wait = if status.progress().is_subscribed { ASLEEP.max(source.every) } else { source.every };
        // Woken or not, it is looked.
        tokio::select! {
            () = sleep(wait) => {}
            () = woken.notified() => {}
            found = arrived.next() => reader.receive(found).await?,
        }
    }
}

/// Looks once at what is confirmed, once the record has come to what is finalized, and once at what is finalized.
async fn look(reader: &mut Reader, overlay: &mut Overlay, status: &Status) -> Result<(), Fail> {
    let shown = if reader.is_current { Some(overlay.look(reader).await) } else { None };
    let read = reader.look().await;
    if let Some(Ok((slot, count))) = shown {
        status.change(|progress| {
            progress.confirmed_slot = slot;
            progress.confirmed = count as u64;
        });
    }
    read?;
    shown.map_or(Ok(()), |shown| shown.map(drop))
}
