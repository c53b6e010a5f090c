//! What a renter is told of its leases, each thing once.
//!
//! A [`Fact`] has the figures and makes the sentences. [`Told`] knows what was told before. [`News`] is what is written down,
//! in the same change as what it tells of: for the webhook, and for who asks.

mod fact;
mod kind;
mod told;

pub use fact::{Fact, Money, Spending};
pub use kind::Kind;
pub use told::Told;

use gpu_lease_client::text::harmless;
use gpu_lease_client::url::without_secrets;
use gpu_lease_service::outbox::Outbox;
use gpu_lease_service::store::{Changes, Key, Queue, Result, Store};
use serde::{Deserialize, Serialize};

/// What waits for the webhook.
pub const OUTBOX: Outbox = Outbox::new("outbox", 1_000);

/// The newest, for who asks.
const NEWEST: Queue = Queue::new("news");

/// How many of them are kept.
const MOST: u64 = 100;

/// Characters of a text. What others wrote in it can be long.
const LONGEST: usize = 600;

/// A thing that a renter is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct News {
    /// Unix seconds.
    pub at: i64,
    pub kind: Kind,
    /// The lease that it is about; the guard itself if it is none.
    pub lease: Option<String>,
    /// The slot in which that was opened.
    pub opened_slot: Option<u64>,
    /// What happened and what to do, in a sentence or two.
    pub text: String,
}

impl News {
    /// About a lease, by its address and the slot in which it was opened, or about the guard itself. The text is cut to what
    /// may be shown: it can quote a node's error, which has the node's address in it, and what a machine says.
    pub fn new(at: i64, kind: Kind, lease: Option<(String, u64)>, text: &str) -> Self {
        let (lease, opened_slot) = lease.unzip();
        let mut text = harmless(&without_secrets(text));
        if let Some((end, _)) = text.char_indices().nth(LONGEST) {
            text.truncate(end);
            text.push('…');
        }
        Self { at, kind, lease, opened_slot, text }
    }

    /// Its type for a webhook, such as `lease.toppedUp` or `guard.walletLow`.
    pub fn event(&self) -> String {
        let about = if self.lease.is_some() { "lease" } else { "guard" };
        let kind = serde_json::to_value(self.kind).ok();
        format!("{about}.{}", kind.as_ref().and_then(|kind| kind.as_str()).unwrap_or_default())
    }

    /// Writes it down for who asks, and for the webhook if there is one.
    pub fn tell<K: Key>(&self, changes: &mut Changes<K>, has_webhook: bool) -> Result<()> {
        let number = changes.number(NEWEST)?;
        changes.append(NEWEST, number, self)?;
        changes.shorten(NEWEST, MOST)?;
        if has_webhook {
            OUTBOX.tell(changes, &self.event(), self.at, self)?;
        }
        Ok(())
    }
}

/// The newest, the latest first.
pub fn newest<K: Key>(store: &Store<K>) -> Result<Vec<News>> {
    let mut news = store.queued(NEWEST)?;
    news.reverse();
    Ok(news)
}

#[cfg(test)]
mod tests {
    use super::*;
    use gpu_lease_service::webhook::SigningKey;
    use strum::IntoEnumIterator;

    #[test]
    fn no_text_has_a_secret_that_an_error_brought() {
        let secrets = [
            "https://rpc.example.com/?api-key=SECRET",
            "wss://user:SECRET@rpc.example.com/v2/SECRET",
            "http://127.0.0.1:8899/SECRET",
        ];
        for secret in secrets {
            let fact =
                Fact::Failed { what: "the dispute".to_owned(), cause: format!("no answer from {secret}") };
            let news = News::new(0, fact.kind(), None, &fact.text());
            assert!(!news.text.contains("SECRET") && news.text.contains("no answer from"), "{}", news.text);
        }
    }

    #[test]
    fn what_a_machine_says_is_shown_and_not_obeyed_and_is_short() {
        let cause = format!("\u{1b}[2J\n{}", "a".repeat(5_000));
        let text = Fact::Failed { what: "the login".to_owned(), cause }.text();
        let news = News::new(0, Kind::Failed, Some(("lease".to_owned(), 7)), &text);
        assert!(news.text.contains("\\u{1b}[2J\\u{a}aaa") && news.text.ends_with("a…"), "{}", news.text);
        assert_eq!(news.text.chars().count(), LONGEST + 1);
        assert_eq!((news.lease.as_deref(), news.opened_slot), (Some("lease"), Some(7)));
    }

    #[test]
    fn news_are_kept_the_latest_first_and_told_to_a_webhook_if_there_is_one() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::<(String, u64)>::open(&folder.path().join("store")).unwrap();
        let tell = |at, lease: Option<(String, u64)>, has_webhook| {
            let news = News::new(at, Kind::WalletLow, lease, "Text.");
            store.change(|changes| news.tell(changes, has_webhook)).unwrap();
            news
        };
        let first = tell(1, Some(("lease".to_owned(), 7)), false);
        let second = tell(2, None, true);
        assert_eq!(newest(&store).unwrap(), [second, first]);
        let (_, message) = OUTBOX.first(&store).unwrap().unwrap();
        let body: serde_json::Value = serde_json::from_str(&message.body).unwrap();
        let data = serde_json::json!({
            "at": 2, "kind": "walletLow", "lease": null, "openedSlot": null, "text": "Text.",
        });
        let expected = serde_json::json!({
            "type": "guard.walletLow", "timestamp": "1970-01-01T00:00:02Z", "number": 1, "data": data,
        });
        assert_eq!(body, expected);
        (0..MOST as i64).for_each(|at| drop(tell(at, None, false)));
        assert_eq!(newest(&store).unwrap().len(), MOST as usize);
    }

    #[test]
    fn the_document_s_golden_message_is_what_a_guard_sends() {
        let document = include_str!("../../../docs/protocol/webhook.md");
        let (_, block) = document.split_once("```http\n").unwrap();
        let (head, rest) = block.split_once("\n\n").unwrap();
        let (body, _) = rest.split_once("\n```").unwrap();
        let header = |name: &str| head.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        let message: serde_json::Value = serde_json::from_str(body).unwrap();
        let news: News = serde_json::from_value(message["data"].clone()).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let store = Store::<(String, u64)>::open(&folder.path().join("store")).unwrap();
        (0..17).for_each(|_| store.change(|changes| news.tell(changes, true)).unwrap());
        (1..17).for_each(|number| OUTBOX.forget(&store, number).unwrap());
        assert_eq!(OUTBOX.first(&store).unwrap().unwrap().1.body, body);

        let (_, secret) = document.split_once("With the secret `").unwrap();
        let key = SigningKey::parse(secret.split('`').next().unwrap()).unwrap();
        let timestamp = header("webhook-timestamp: ").parse().unwrap();
        assert_eq!(key.sign(header("webhook-id: "), timestamp, body), header("webhook-signature: "));
    }

    #[test]
    fn the_document_has_every_kind() {
        let document = include_str!("../../../docs/protocol/webhook.md");
        let rows = document.lines().filter_map(|line| line.strip_prefix("| `")?.split_once(" | "));
        let named: Vec<&str> = rows.flat_map(|(names, _)| names.split('`')).collect();
        for kind in Kind::iter() {
            let name = serde_json::to_value(kind).unwrap();
            assert!(named.contains(&name.as_str().unwrap()), "{kind:?}");
        }
    }
}
