//! What a guard tells of its leases: nothing that is secret.

use serde::{Deserialize, Serialize};

use crate::news::News;

/// Where it is asked for.
pub const PATH: &str = "/guard";

/// All that it tells.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Status {
    /// Its session keys.
    pub keys: Vec<String>,
    /// `act`, `ask` or `alert`.
    pub mode: String,
    /// Whether it only probes and disputes.
    pub is_standby: bool,
    /// The wallet that pays for transactions, stakes and top-ups.
    pub wallet: String,
    pub leases: Vec<Watched>,
    /// The newest, the latest first.
    pub news: Vec<News>,
}

/// A lease.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Watched {
    pub lease: String,
    pub opened_slot: u64,
    /// As the node shows it.
    pub phase: String,
    /// Since when it was probed, unix seconds.
    pub since: i64,
    /// The newest probe that was answered.
    pub reached_at: Option<i64>,
    /// The newest full login.
    pub logged_in_at: Option<i64>,
    /// GPU-seconds that can have been delivered at most until `bound_until`.
    pub bound: u64,
    pub bound_until: i64,
    /// Seconds in which the machine was unreachable or had other cards.
    pub missed: u64,
    /// GPU-seconds that are accepted, and claimed.
    pub accepted: u64,
    pub claimed: u64,
    /// GPU-seconds above the bound that may mature.
    pub loss_limit: u64,
    /// What it does about the newest draft or claim: `coSigned`, `withheld`, `disputed`, `watching`.
    pub doing: String,
    /// Seconds until the deposit is used up.
    pub runway: u64,
}
