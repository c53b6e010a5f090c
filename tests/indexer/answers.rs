//! Whatever a node says of a transaction, it is read as it is or refused.

use gpu_lease_indexer::book;
use gpu_lease_indexer::node::answer::{self, Answer};
use gpu_lease_indexer::observed::Transaction;
use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::{Value, json};
use solana_signature::Signature;
use solana_transaction_status_client_types::EncodedConfirmedTransactionWithStatusMeta;
use std::collections::HashMap;

use crate::chain::{Landed, short};

/// Reads what is said of `landed`.
fn read(landed: &Landed, said: &Value) -> Option<Answer> {
    let signature: Signature = landed.signature.parse().unwrap();
    let found: EncodedConfirmedTransactionWithStatusMeta = serde_json::from_value(said.clone()).ok()?;
    answer::read(signature, landed.index as u32, found).ok()
}

fn succeeded(landed: &Landed, said: &Value) -> Option<Transaction> {
    match read(landed, said)? {
        Answer::Succeeded(transaction) => Some(*transaction),
        _ => None,
    }
}

/// Changes some part of a JSON value, by chance.
fn change(value: &mut Value, way: &mut impl Iterator<Item = Index>, to: Value) {
    let next = way.next();
    match (value, next) {
        (Value::Array(items), Some(next)) if !items.is_empty() => {
            let at = next.index(items.len());
            change(&mut items[at], way, to);
        }
        (Value::Object(fields), Some(next)) if !fields.is_empty() => {
            let at = next.index(fields.len());
            change(fields.values_mut().nth(at).unwrap(), way, to);
        }
        (value, _) => *value = to,
    }
}

fn anything() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "[ -~]{0,40}".prop_map(Value::from),
        Just(json!([])),
        Just(json!({})),
        prop::collection::vec(any::<u8>(), 0..8).prop_map(Value::from),
    ]
}

/// Everything that a page says, of a transaction that is played over nothing.
fn played(transaction: &Transaction) -> String {
    format!("{:?}", book::read(&HashMap::new(), transaction))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, ..ProptestConfig::default() })]

    /// A part of it is something else: then it is refused, or nothing that is booked is otherwise, or it is booked as what it
    /// says now. It is never a panic.
    #[test]
    fn a_transaction_with_any_part_changed_is_read_or_refused(
        which: Index,
        way in prop::collection::vec(any::<Index>(), 1..7),
        other in anything(),
    ) {
        let chain = short();
        let landed = &chain.landed[which.index(chain.landed.len())];
        let mut said = landed.said.clone();
        change(&mut said, &mut way.into_iter(), other);
        if let Some(transaction) = succeeded(landed, &said) {
            played(&transaction);
            // What is signed is in the bytes, and cannot be otherwise without another signature or instruction.
            prop_assert_eq!(transaction.signature.to_string(), landed.signature.clone());
            prop_assert!(said["meta"]["err"].is_null());
        }
    }

    /// Bytes of it are otherwise.
    #[test]
    fn a_transaction_with_any_bytes_changed_is_read_or_refused(
        which: Index,
        changes in prop::collection::vec((any::<Index>(), any::<u8>()), 1..4),
    ) {
        use base64::{Engine, prelude::BASE64_STANDARD};
        let chain = short();
        let landed = &chain.landed[which.index(chain.landed.len())];
        let mut said = landed.said.clone();
        let mut bytes = BASE64_STANDARD.decode(said["transaction"][0].as_str().unwrap()).unwrap();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        said["transaction"][0] = json!(BASE64_STANDARD.encode(bytes));
        if let Some(transaction) = succeeded(landed, &said) {
            played(&transaction);
        }
    }

    /// It is nothing that a node would say.
    #[test]
    fn random_bytes_are_never_a_transaction(bytes: Vec<u8>) {
        use base64::{Engine, prelude::BASE64_STANDARD};
        let landed = &short().landed[0];
        let mut said = landed.said.clone();
        said["transaction"][0] = json!(BASE64_STANDARD.encode(bytes));
        prop_assert!(read(landed, &said).is_none());
    }
}

#[test]
fn what_nodes_leave_out_is_missed() {
    let landed = short().landed.iter().find(|it| !it.is_failed && played_deeds(it) > 0).unwrap();
    assert!(read(landed, &landed.said).is_some());
    for field in ["innerInstructions", "logMessages", "preTokenBalances", "postTokenBalances"] {
        let mut without = landed.said.clone();
        without["meta"][field] = Value::Null;
        assert!(read(landed, &without).is_none(), "{field}");
        without["meta"].as_object_mut().unwrap().remove(field);
        assert!(read(landed, &without).is_none(), "{field}");
    }
    let mut without = landed.said.clone();
    without["blockTime"] = Value::Null;
    assert!(read(landed, &without).is_none());
    let mut without = landed.said.clone();
    without["meta"] = Value::Null;
    assert!(read(landed, &without).is_none());
}

#[test]
fn calls_that_a_whole_log_tells_of_cannot_be_left_out() {
    let mut tried = 0;
    for landed in short().landed.iter().filter(|it| succeeded(it, &it.said).is_some()) {
        let calls = landed.said["meta"]["innerInstructions"].as_array().unwrap();
        let is_whole = succeeded(landed, &landed.said).is_some_and(|it| it.events.is_some());
        if calls.is_empty() || !is_whole {
            continue;
        }
        tried += 1;
        let mut without = landed.said.clone();
        without["meta"]["innerInstructions"] = json!([]);
        assert!(read(landed, &without).is_none(), "{}", landed.signature);
        let mut without_last = landed.said.clone();
        without_last["meta"]["innerInstructions"][0]["instructions"].as_array_mut().unwrap().pop();
        assert!(read(landed, &without_last).is_none(), "{}", landed.signature);
    }
    assert!(tried > 20, "{tried}");
}

/// How many calls of the program are in it.
fn played_deeds(landed: &Landed) -> usize {
    succeeded(landed, &landed.said).map_or(0, |transaction| transaction.calls.len())
}

#[test]
fn each_version_says_the_same() {
    let versions = |version: Value| {
        let of_version = short().landed.iter().filter(|it| it.said["version"] == version && !it.is_failed);
        let read = of_version.map(|it| succeeded(it, &it.said).is_some());
        read.filter(|it| *it).count()
    };
    for version in [json!("legacy"), json!(0), json!(1)] {
        assert!(versions(version.clone()) > 20, "{version}");
    }
}
