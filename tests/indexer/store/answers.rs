//! Every question of the API, asked to the end of each list.

use gpu_lease_indexer::ask::{EventFilter, LeaseFilter, OfferFilter, OfferOrder, Part, Span};
use gpu_lease_indexer::book::LeaseLife;
use gpu_lease_indexer::store::Store;
use serde::Serialize;
use serde_json::{Value, json};
use solana_address::Address;
use std::collections::{BTreeMap, BTreeSet};

/// Items of a page.
const FEW: u32 = 7;

/// All pages of a list.
macro_rules! all {
    ($store:expr, $question:ident($($argument:expr),*)) => {{
        let mut part = Part { after: None, limit: FEW };
        let mut items = Vec::new();
        loop {
            let page = $store.$question($($argument,)* &part).await.unwrap();
            assert!(page.items.len() <= FEW as usize && (page.next.is_none() || !page.items.is_empty()));
            items.extend(page.items);
            match page.next {
                Some(next) => part.after = Some(next),
                None => break json!(items),
            }
        }
    }};
}

/// Addresses of the answers to a question.
fn addresses(items: &Value, names: &[&str]) -> BTreeSet<Address> {
    let all = items.as_array().into_iter().flatten();
    let texts = all.flat_map(|item| names.iter().filter_map(|name| item[name].as_str()));
    texts.map(|text| text.parse().expect("an address")).collect()
}

/// Answers to everything, by the question.
pub async fn answers(store: &Store) -> BTreeMap<String, Value> {
    let mut answers = BTreeMap::new();
    let mut say = |question: String, answer: Value| assert!(answers.insert(question, answer).is_none());
    let span = Span::default();
    let leases = all!(store, leases(&LeaseFilter::default()));
    let wallets = addresses(&leases, &["renter", "payer", "provider_authority"]);
    for wallet in &wallets {
        let party = LeaseFilter { party: Some(*wallet), ..LeaseFilter::default() };
        say(format!("leases of {wallet}"), all!(store, leases(&party)));
        let renter = LeaseFilter { renter: Some(*wallet), ..LeaseFilter::default() };
        say(format!("leases rented by {wallet}"), all!(store, leases(&renter)));
        say(format!("movements of {wallet}"), all!(store, movements_of(wallet, span)));
        say(format!("votes of {wallet}"), all!(store, votes_of(wallet)));
        let about = EventFilter { about: Some(*wallet), ..EventFilter::default() };
        say(format!("events about {wallet}"), all!(store, events(&about)));
    }
    for offer in addresses(&leases, &["offer"]) {
        let on = LeaseFilter { offer: Some(offer), ..LeaseFilter::default() };
        say(format!("leases on {offer}"), all!(store, leases(&on)));
        say(format!("offer {offer}"), json!(store.offer(&offer).await.unwrap()));
        say(format!("versions of {offer}"), all!(store, offer_versions(&offer)));
    }
    for state in ["pending", "active", "closed,cancelled"] {
        let states = state.split(',').map(|state| state.parse().unwrap()).collect();
        let filter = LeaseFilter { states, ..LeaseFilter::default() };
        say(format!("{state} leases"), all!(store, leases(&filter)));
    }
    for lease in leases.as_array().into_iter().flatten() {
        let text = |name: &str| lease[name].as_str().expect("a text");
        let address: Address = text("address").parse().unwrap();
        let life = LeaseLife { lease: address, opened_slot: text("opened_slot").parse().unwrap() };
        let name = format!("{address} of {}", life.opened_slot);
        say(format!("lease {name}"), json!(store.lease(life).await.unwrap()));
        say(format!("statements of {name}"), all!(store, statements(life)));
        say(format!("movements of {name}"), all!(store, movements_of_lease(life)));
        let about = EventFilter {
            about: Some(address),
            opened_slot: Some(life.opened_slot),
            instruction: Some("settle".to_owned()),
        };
        say(format!("settlements of {name}"), all!(store, events(&about)));
    }
    let providers = all!(store, providers());
    for provider in addresses(&providers, &["address"]) {
        let of = LeaseFilter { provider: Some(provider), ..LeaseFilter::default() };
        say(format!("leases of provider {provider}"), all!(store, leases(&of)));
        say(format!("provider {provider}"), json!(store.provider(&provider).await.unwrap()));
    }
    for order in [OfferOrder::Price, OfferOrder::Memory, OfferOrder::Free, OfferOrder::Newest] {
        say(format!("offers by {order}"), all!(store, offers(&OfferFilter::default(), order)));
    }
    for id in 0..8 {
        say(format!("proposal {id}"), json!(store.proposal(id).await.unwrap()));
        say(format!("votes on {id}"), all!(store, votes(id)));
    }
    say("leases".to_owned(), leases);
    say("providers".to_owned(), providers);
    say("proposals".to_owned(), all!(store, proposals()));
    say("events".to_owned(), all!(store, events(&EventFilter::default())));
    let opened = EventFilter { instruction: Some("open_lease".to_owned()), ..EventFilter::default() };
    say("openings".to_owned(), all!(store, events(&opened)));
    say("fees".to_owned(), json!(store.fees().await.unwrap()));
    say("pauses".to_owned(), json!(store.pauses().await.unwrap()));
    answers
}

/// Without what of it is of what is finalized alone, and without what it says of how settled it is.
pub fn plain(answer: impl Serialize) -> Value {
    fn strip(value: &mut Value) {
        match value {
            Value::Object(fields) => {
                fields.remove("commitment");
                fields.remove("reliability");
                fields.values_mut().for_each(strip);
            }
            Value::Array(items) => items.iter_mut().for_each(strip),
            _ => {}
        }
    }
    let mut value = json!(answer);
    strip(&mut value);
    value
}
