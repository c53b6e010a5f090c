//! Where the chain is read.

use std::time::Duration;

use gpu_lease_service::config::duration;
use serde::Deserialize;

/// The nodes that are asked, and how often.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// JSON-RPC of a node.
    pub rpc: String,
    /// JSON-RPC of a node that keeps everything, for what the first does not keep any more.
    pub archive: Option<String>,
    /// Its WebSocket. It only says when to look; without one it is looked every [`Self::every`].
    pub websocket: Option<String>,
    /// Calls in [`Self::per`], as public nodes limit them; 0 for as many as it answers.
    #[serde(default = "calls")]
    pub calls: u32,
    /// The time that [`Self::calls`] are in.
    #[serde(with = "duration", default = "per")]
    pub per: Duration,
    /// Time between two looks.
    #[serde(with = "duration", default = "every")]
    pub every: Duration,
    /// Time between two comparisons of the record with accounts that the node shows.
    #[serde(with = "duration", default = "compare_every")]
    pub compare_every: Duration,
}

const fn calls() -> u32 {
    40
}

const fn per() -> Duration {
    Duration::from_secs(10)
}

const fn every() -> Duration {
    Duration::from_millis(500)
}

const fn compare_every() -> Duration {
    Duration::from_secs(60)
}

impl Source {
    /// A node at `rpc`, asked as often as it answers.
    pub fn new(rpc: impl Into<String>) -> Self {
        Self {
            rpc: rpc.into(),
            archive: None,
            websocket: None,
            calls: 0,
            per: per(),
            every: every(),
            compare_every: compare_every(),
        }
    }
}
