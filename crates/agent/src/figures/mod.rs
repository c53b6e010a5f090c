//! What each of the three processes shows to Prometheus. No figure is of a single lease: a machine has many in its life.

mod agent;
mod gateway;
mod signer;

pub use agent::agent;
pub use gateway::{gateway, tunnel};
pub use signer::signer;

use std::time::SystemTime;

/// Unix seconds, as Prometheus has moments: what is old is told by whoever asks.
fn timestamp(at: Option<SystemTime>) -> Option<u64> {
    Some(at?.duration_since(SystemTime::UNIX_EPOCH).ok()?.as_secs())
}
