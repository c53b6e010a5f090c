//! How far reading has come, for metrics and for people.

use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};

/// How far reading has come.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// Looks at the node so far: a number that stands still is a reader that hangs.
    pub looks: u64,
    /// What is finalized on the node.
    pub finalized_slot: u64,
    /// What is confirmed on the node.
    pub confirmed_slot: u64,
    /// Everything that is finalized is in the record up to this slot.
    pub recorded_slot: u64,
    /// The cluster's time of the newest transaction in the record, unix seconds.
    pub recorded_time: i64,
    /// Transactions that are listed and wait to be read.
    pub waiting: u64,
    /// Transactions taken into the record since the start.
    pub applied: u64,
    /// Transactions that are confirmed, and not finalized yet.
    pub confirmed: u64,
    /// Accounts that the record cannot explain.
    pub in_doubt: u64,
    /// Accounts that it could not explain, and of which it is looked for a while whether a transaction does by now.
    pub watched: u64,
    /// Accounts that were compared with the node since the start.
    pub compared: u64,
    /// Times that the record was begun again from what was kept, since a node had left something out.
    pub begun_again: u64,
    /// Answers that were refused since the start.
    pub refused: u64,
    /// Calls since the start.
    pub calls: u64,
    /// Calls that failed and were made again since the start.
    pub retried: u64,
    /// Whether the WebSocket is connected.
    pub is_subscribed: bool,
    /// What keeps it from going on, and what to do.
    pub problem: Option<String>,
}

impl Progress {
    /// Slots that are finalized and not in the record.
    pub const fn slots_behind(&self) -> u64 {
        self.finalized_slot.saturating_sub(self.recorded_slot)
    }
}

/// [`Progress`], while it changes.
#[derive(Debug, Default)]
pub struct Status(Mutex<Progress>);

impl Status {
    /// As it is now.
    pub fn progress(&self) -> Progress {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Changes it.
    pub fn change(&self, change: impl FnOnce(&mut Progress)) {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }
}
