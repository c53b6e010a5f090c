//! What somebody outside has to be told, in the order in which it happened.
//!
//! A message is written in the same [change](crate::store::Store::change) as what it tells of, so there is neither without
//! the other after a crash. A [webhook](crate::webhook) delivers it, and it stays here until somebody has taken it.

use crate::store::{Changes, Key, Queue, Result, Store, StoreError};
use serde::{Deserialize, Serialize};
use std::time::{Duration, SystemTime};

/// Messages of a daemon that have not been taken.
#[derive(Clone, Copy)]
pub struct Outbox {
    queue: Queue,
    most: u64,
}

/// What is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// No other message has it, also not one of another daemon.
    pub id: String,
    /// When it was written, in unix seconds of this machine.
    pub written: u64,
    /// JSON, as it is signed and sent.
    pub body: String,
}

/// The body, in the form that [Standard Webhooks](https://www.standardwebhooks.com) recommend.
#[derive(Serialize)]
struct Body<'a, T> {
    r#type: &'a str,
    timestamp: String,
    number: u64,
    data: &'a T,
}

impl Outbox {
    /// The one of this name, which keeps the newest `most`.
    pub const fn new(name: &'static str, most: u64) -> Self {
        Self { queue: Queue::new(name), most }
    }

    /// Tells `data`, of a type such as `lease.disputed`, which happened `at` a unix second. Returns the message's number:
    /// each is one higher than that of the one before, so that who is told sees where some are missing.
    pub fn tell<K: Key>(
        &self,
        changes: &mut Changes<K>,
        kind: &str,
        at: i64,
        data: &impl Serialize,
    ) -> Result<u64> {
        let timestamp = Duration::from_secs(at.try_into().unwrap_or_default());
        let timestamp = humantime::format_rfc3339_seconds(SystemTime::UNIX_EPOCH + timestamp).to_string();
        let number = changes.number(self.queue)?;
        let body = serde_json::to_string(&Body { r#type: kind, timestamp, number, data })
            .map_err(|error| StoreError::Unreadable(error.to_string()))?;
        let id = format!("msg_{number}_{:016x}", rand::random::<u64>());
        changes.append(self.queue, number, &Message { id, written: now(), body })?;
        match changes.shorten(self.queue, self.most)? {
            0 => {}
            lost => {
                tracing::warn!(lost, "nobody has taken them for too long: the oldest messages are dropped")
            }
        }
        Ok(number)
    }

    /// The one that is to be delivered next, with its number.
    pub fn first<K: Key>(&self, store: &Store<K>) -> Result<Option<(u64, Message)>> {
        store.first(self.queue)
    }

    /// Forgets the message of this number: it was taken, or is given up.
    pub fn forget<K: Key>(&self, store: &Store<K>, number: u64) -> Result<()> {
        store.change(|changes| changes.take(self.queue, number))
    }

    /// How many wait.
    pub fn waiting<K: Key>(&self, store: &Store<K>) -> Result<u64> {
        store.length(self.queue)
    }
}

impl Message {
    /// How long ago it was written.
    pub fn age(&self) -> Duration {
        Duration::from_secs(now().saturating_sub(self.written))
    }
}

fn now() -> u64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    const OUTBOX: Outbox = Outbox::new("outbox", 3);

    fn store() -> (tempfile::TempDir, Store<(String, u64)>) {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("store")).unwrap();
        (folder, store)
    }

    fn tell(store: &Store<(String, u64)>, what: u64) {
        store
            .change(|changes| {
                OUTBOX.tell(changes, "thing.seen", 1_800_000_000, &json!({ "what": what })).map(|_| ())
            })
            .unwrap();
    }

    #[test]
    fn a_message_says_what_happened_when_and_which_it_is() {
        let (_folder, store) = store();
        tell(&store, 7);
        let (number, message) = OUTBOX.first(&store).unwrap().unwrap();
        let expected = json!({
            "type": "thing.seen", "timestamp": "2027-01-15T08:00:00Z", "number": 1, "data": { "what": 7 },
        });
        assert_eq!((number, serde_json::from_str::<Value>(&message.body).unwrap()), (1, expected));
        assert!(message.age() < Duration::from_secs(60));
    }

    #[test]
    fn what_is_refused_is_not_told_either() {
        let (_folder, store) = store();
        let refused = store.change_if(|changes| {
            OUTBOX.tell(changes, "thing.seen", 0, &json!({}))?;
            Ok(Err::<(), _>("no"))
        });
        assert_eq!(refused.unwrap(), Err("no"));
        assert_eq!(OUTBOX.first(&store).unwrap(), None);
    }

    #[test]
    fn the_oldest_make_room_and_their_numbers_are_missing() {
        let (_folder, store) = store();
        (1..=5).for_each(|what| tell(&store, what));
        assert_eq!(OUTBOX.waiting(&store).unwrap(), 3);
        assert_eq!(OUTBOX.first(&store).unwrap().unwrap().0, 3);
    }

    #[test]
    fn no_two_messages_have_one_id_also_of_two_daemons() {
        let ids = [store(), store()].map(|(_folder, store)| {
            tell(&store, 1);
            OUTBOX.first(&store).unwrap().unwrap().1.id
        });
        assert_ne!(ids[0], ids[1]);
    }
}
