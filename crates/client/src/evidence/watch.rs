//! What a renter's guard saw of a lease's machine: the other side of a record.

use serde::{Deserialize, Serialize};

use crate::json;

/// How a machine was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, strum::EnumIter)]
#[serde(rename_all = "camelCase")]
pub enum Seen {
    /// It answered, or a single probe failed.
    Reached,
    /// From one failed probe to another, with none between them that was answered.
    Unreachable,
    /// It answered, and had other cards than those that were accepted.
    OtherCards,
    /// Nobody looked, or the guard itself was cut off: this counts as delivered.
    Unwatched,
}

/// Seconds of which all is the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stretch {
    /// Unix seconds of the cluster.
    #[serde(deserialize_with = "json::integer")]
    pub from: i64,
    /// Where the next one begins.
    #[serde(deserialize_with = "json::integer")]
    pub to: i64,
    /// How it was.
    pub seen: Seen,
}

impl Seen {
    /// Whether these seconds can have been delivered.
    pub const fn counts(self) -> bool {
        matches!(self, Self::Reached | Self::Unwatched)
    }
}
