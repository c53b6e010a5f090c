//! What has just happened, for whoever listens.

use std::sync::Arc;

use gpu_lease_client::json::Json;
use serde_json::{Map, Value};
use tokio::sync::broadcast;

use crate::book::Page as Done;
use crate::observed::{Place, Transaction};
use crate::views::{Commitment, Event, Landed};

/// Events that wait for a slow listener. One that falls behind by more is told so, and catches up from the record.
const WAITING: usize = 4_096;

/// Tells of each event twice: when it is confirmed, and when it is finalized and in the record. Clones are the same.
#[derive(Clone, Debug)]
pub struct Live(broadcast::Sender<Arc<Told>>);

/// An event, and where its transaction is.
#[derive(Clone, Debug, PartialEq)]
pub struct Told {
    /// Where its transaction is.
    pub place: Place,
    /// The event, with its commitment.
    pub event: Event,
}

impl Default for Live {
    fn default() -> Self {
        Self(broadcast::channel(WAITING).0)
    }
}

impl Live {
    /// Listens from now on.
    pub fn listen(&self) -> broadcast::Receiver<Arc<Told>> {
        self.0.subscribe()
    }

    /// Tells what a transaction did.
    pub fn tell(&self, transaction: &Transaction, done: &Done, commitment: Commitment) {
        for told in events(transaction, done, commitment) {
            // Nobody has to listen.
            self.0.send(Arc::new(told)).ok();
        }
    }
}

/// What a transaction did, as the API shows it.
pub fn events(transaction: &Transaction, done: &Done, commitment: Commitment) -> Vec<Told> {
    let Transaction { signature, place, moment, .. } = transaction;
    let shown = done.deeds.iter().zip(0_u32..).map(|(deed, number)| {
        let accounts: Map<String, Value> =
            deed.accounts.iter().map(|(name, address)| ((*name).to_owned(), address.json())).collect();
        let event = Event {
            id: format!("{}-{}-{number}", place.slot, place.index),
            landed: Landed {
                signature: signature.to_string(),
                slot: place.slot.into(),
                time: moment.time.into(),
                commitment,
            },
            number,
            instruction: deed.name.to_owned(),
            by: deed.by.map(|by| by.to_string()),
            lease: deed.lease.map(|life| life.lease.to_string()),
            opened_slot: deed.lease.map(|life| life.opened_slot.into()),
            accounts: Value::Object(accounts),
            args: deed.args.json(),
            told: deed.events.iter().map(Json::json).collect(),
        };
        Told { place: *place, event }
    });
    shown.collect()
}
