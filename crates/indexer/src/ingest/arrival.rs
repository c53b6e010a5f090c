//! What reached token accounts of the program without naming it, handed to whoever writes the record.

use std::future::pending;

use anyhow::{Context, Result};
use tokio::sync::{mpsc, oneshot};

use crate::observed::Transaction;

/// A transaction that brought tokens to an account of the program, and does not call it.
#[derive(Clone, Debug)]
pub struct Arrival {
    /// What it did.
    pub transaction: Transaction,
    /// What the node said of it.
    pub raw: Vec<u8>,
}

/// Some of them, the oldest first, and who waits until they are booked.
pub struct Found {
    pub arrivals: Vec<Arrival>,
    pub booked: oneshot::Sender<bool>,
}

/// Hands arrivals on.
#[derive(Clone)]
pub struct Arrivals(mpsc::Sender<Found>);

/// Is handed arrivals.
pub struct Arrived(mpsc::Receiver<Found>);

/// Two ends of one way.
pub fn arrivals() -> (Arrivals, Arrived) {
    let (sender, receiver) = mpsc::channel(1);
    (Arrivals(sender), Arrived(receiver))
}

impl Arrivals {
    /// Has these booked, the oldest first. Whether they were: what the record has come to know otherwise is not booked twice.
    pub async fn book(&self, arrivals: Vec<Arrival>) -> Result<bool> {
        let (booked, is_booked) = oneshot::channel();
        self.0.send(Found { arrivals, booked }).await.ok().context("nobody writes the record")?;
        is_booked.await.context("nobody writes the record")
    }
}

impl Arrived {
    /// The next ones; never, if nobody looks for any.
    pub async fn next(&mut self) -> Found {
        match self.0.recv().await {
            Some(found) => found,
            None => pending().await,
        }
    }
}
