//! What the client makes of a node's answers, with a scripted node.

use super::*;
use crate::{
    attestation::Attestation,
    instruction, testing,
    transaction::{Draft, Format},
};
use anchor_lang::{Discriminator, hash::sha256};
use base64::{Engine, prelude::BASE64_STANDARD};
use gpu_lease::state::ACCOUNT_VERSION;
use serde_json::{Value, json};
use solana_rpc_client::{
    rpc_client::RpcClientConfig,
    rpc_sender::{RpcSender, RpcTransportStats},
};
use solana_rpc_client_api::request::RpcRequest;
use solana_signature::Signature;
use std::{collections::HashMap, io, pin::Pin, sync::Mutex};

/// Answers each method in turn with what it was told; the last answer stays. `null` in place of an answer is
/// a broken connection. A transaction that is sent is answered with its signature.
struct Node(Mutex<HashMap<String, Vec<Value>>>);

type Answer<'a> = Pin<Box<dyn Future<Output = client_error::Result<Value>> + Send + 'a>>;

impl RpcSender for Node {
    fn send<'a, 'b>(&'a self, request: RpcRequest, params: Value) -> Answer<'b>
    where
        'a: 'b,
        Self: 'b,
    {
        if request == RpcRequest::SendTransaction {
            let transaction = BASE64_STANDARD.decode(params[0].as_str().unwrap()).unwrap();
            let signature = Signature::try_from(&transaction[1..65]).unwrap();
            return Box::pin(async move { Ok(json!(signature.to_string())) });
        }
        let mut answers = self.0.lock().unwrap();
        let method = request.to_string();
        let answers = answers.get_mut(&method).unwrap_or_else(|| panic!("nobody expected {method}"));
        let answer = if answers.len() > 1 { answers.remove(0) } else { answers[0].clone() };
        Box::pin(async move {
            match answer {
                Value::Null => Err(io::Error::from(io::ErrorKind::ConnectionReset).into()),
                answer => Ok(answer),
            }
        })
    }

    fn get_transport_stats(&self) -> RpcTransportStats {
        RpcTransportStats::default()
    }

    fn url(&self) -> String {
        "scripted".to_owned()
    }
}

fn client(answers: &[(&str, &[Value])]) -> Client {
    let answers = answers.iter().map(|(method, answers)| ((*method).to_owned(), answers.to_vec())).collect();
    let config = RpcClientConfig::with_commitment(CommitmentConfig::confirmed());
    Client::with_rpc(RpcClient::new_sender(Node(Mutex::new(answers)), config))
}

fn value(value: Value) -> Value {
    json!({ "context": { "slot": 1 }, "value": value })
}

/// The answers of a node that simulates well, reports `status` at the second question, and is finalized up to the block
/// `height`, in slot 1.
fn sending(status: Value, height: u64) -> Vec<(&'static str, Vec<Value>)> {
    let blockhash = json!({ "blockhash": Hash::default().to_string(), "lastValidBlockHeight": 100 });
    let found = json!({
        "slot": 7,
        "blockTime": null,
        "transaction": ["", "base64"],
        "meta": null,
    });
    vec![
        ("simulateTransaction", vec![value(json!({ "err": null, "logs": [], "unitsConsumed": 1_000 }))]),
        ("getLatestBlockhash", vec![value(blockhash)]),
        ("getSignatureStatuses", vec![value(json!([null])), value(json!([status]))]),
        ("getEpochInfo", vec![epoch_info(height, 1)]),
        ("getTransaction", vec![found]),
        ("getFirstAvailableBlock", vec![json!(0)]),
    ]
}

fn epoch_info(height: u64, slot: u64) -> Value {
    json!({
        "absoluteSlot": slot,
        "blockHeight": height,
        "epoch": 0,
        "slotIndex": slot,
        "slotsInEpoch": 432_000,
        "transactionCount": null,
    })
}

/// A status at this commitment, of a transaction that failed with `error` or did not.
fn status(commitment: &str, error: Option<Value>) -> Value {
    let outcome = match &error {
        Some(error) => json!({ "Err": error }),
        None => json!({ "Ok": null }),
    };
    json!({
        "slot": 7, "confirmations": 1, "status": outcome, "err": error, "confirmationStatus": commitment
    })
}

/// The same answers, but for one method.
fn but(
    mut answers: Vec<(&'static str, Vec<Value>)>,
    method: &str,
    told: Vec<Value>,
) -> Vec<(&'static str, Vec<Value>)> {
    for (_, answer) in answers.iter_mut().filter(|(known, _)| *known == method) {
        *answer = told.clone();
    }
    answers
}

async fn settle(answers: &[(&str, Vec<Value>)]) -> Result<Receipt> {
    let answers: Vec<_> = answers.iter().map(|(method, answers)| (*method, answers.as_slice())).collect();
    let client =
        client(&answers).with_priority_fee(PriorityFee::Fixed(0)).with_patience(Duration::from_millis(2_500));
    client.send(&[instruction::settle(&testing::lease_context())], &testing::keypair(1), &[]).await
}

#[tokio::test]
async fn a_broken_connection_is_tried_again_but_not_for_ever() {
    let hash = json!(Hash::default().to_string());
    let answers = [Value::Null, Value::Null, hash];
    assert_eq!(client(&[("getGenesisHash", &answers)]).genesis_hash().await.unwrap(), Hash::default());
    let broken = client(&[("getGenesisHash", &[Value::Null])]).genesis_hash().await;
    assert!(matches!(broken, Err(Error::Rpc(_))));
}

#[tokio::test]
async fn what_would_fail_is_explained_and_not_sent() {
    let error = json!({ "InstructionError": [2, { "Custom": 6306 }] });
    let simulated = value(json!({ "err": error, "logs": ["Program log: no"] }));
    // No other method is expected: asking for a blockhash would panic.
    let refused = settle(&[("simulateTransaction", vec![simulated])]).await;
    let Err(Error::Refused(explanation)) = refused else { panic!("{refused:?}") };
    assert_eq!(
        (explanation.name.as_str(), explanation.instruction.as_deref()),
        ("NotActive", Some("settle"))
    );
    assert_eq!(explanation.logs, ["Program log: no"]);
}

#[tokio::test]
async fn a_transaction_whose_blockhash_has_expired_will_never_land() {
    let expired = settle(&sending(Value::Null, 101)).await;
    assert!(matches!(expired, Err(Error::Expired(_))), "{expired:?}");
    // At its last block it still can.
    let pending = settle(&sending(Value::Null, 100)).await;
    assert!(matches!(pending, Err(Error::NotKnown { .. })), "{pending:?}");
}

#[tokio::test]
async fn what_a_node_has_dropped_from_its_history_is_not_known_to_have_failed() {
    let looked = |height, first: u64| async move {
        settle(&but(sending(Value::Null, height), "getFirstAvailableBlock", vec![json!(first)])).await
    };
    assert!(matches!(looked(201, 0).await, Err(Error::Expired(_))));
    assert!(matches!(looked(201, 1).await, Err(Error::NotKnown { .. })));
    // Nodes know the last blocks without any history.
    assert!(matches!(looked(200, 1).await, Err(Error::Expired(_))));
}

#[tokio::test]
async fn a_last_look_at_a_node_that_is_behind_does_not_count() {
    let behind = but(sending(Value::Null, 101), "getEpochInfo", vec![epoch_info(101, 2)]);
    let pending = settle(&behind).await;
    assert!(matches!(pending, Err(Error::NotKnown { .. })), "{pending:?}");
}

#[tokio::test]
async fn a_transaction_of_which_no_node_tells_is_not_known_to_have_failed() {
    // Every status is a broken connection.
    let silent = but(sending(Value::Null, 101), "getSignatureStatuses", vec![Value::Null]);
    let pending = settle(&silent).await;
    let Err(Error::NotKnown { signature, reason }) = &pending else { panic!("{pending:?}") };
    assert!(reason.contains("connection reset"), "{reason}");
    assert_ne!(*signature, Signature::default());
    assert!(pending.unwrap_err().to_string().contains("it is not known whether transaction"));
}

#[tokio::test]
async fn a_transaction_that_landed_on_a_node_without_history_has_landed() {
    let landed = settle(&but(sending(status("confirmed", None), 50), "getTransaction", vec![json!(7)])).await;
    let receipt = landed.unwrap();
    assert_eq!((receipt.slot, receipt.fee), (7, None));
}

#[tokio::test]
async fn a_transaction_that_landed_and_failed_is_explained() {
    let error = json!({ "InstructionError": [2, { "Custom": 6306 }] });
    let answers = sending(status("confirmed", Some(error)), 50);
    let failed = settle(&but(answers, "getTransaction", vec![json!(7)])).await;
    let Err(Error::Failed { explanation, .. }) = failed else { panic!("{failed:?}") };
    assert_eq!(explanation.name, "NotActive");
}

#[tokio::test]
async fn a_failure_that_is_only_processed_is_not_final() {
    let error = json!({ "InstructionError": [2, { "Custom": 6306 }] });
    let pending = settle(&sending(status("processed", Some(error)), 50)).await;
    assert!(matches!(pending, Err(Error::NotKnown { .. })), "{pending:?}");
}

#[tokio::test]
async fn nothing_is_signed_for_another_cluster() {
    let hash = json!(Hash::default().to_string());
    let client = client(&[("getGenesisHash", &[hash])]);
    let signed = client.sign_usage(&testing::lease_context(), &Usage::default(), &testing::keypair(2)).await;
    assert!(matches!(signed, Err(Error::WrongDomain { .. })));
}

/// An account of the program, as a node tells of it.
fn told_account<T: Discriminator + bytemuck::NoUninit>(account: &T) -> Value {
    data_of(&address::PROGRAM, &[T::DISCRIMINATOR, bytemuck::bytes_of(account)].concat())
}

fn data_of(owner: &Address, data: &[u8]) -> Value {
    json!({
        "data": [BASE64_STANDARD.encode(data), "base64"], "executable": false, "lamports": 1,
        "owner": owner.to_string(), "rentEpoch": 0, "space": data.len(),
    })
}

/// A cluster with the lease of the tests, at second 1600.
fn cluster_at_1600() -> (Client, LeaseContext) {
    let mut context = testing::lease_context();
    context.account.domain = Protocol::domain(&Hash::default().to_bytes());
    let policy = MintPolicy { version: ACCOUNT_VERSION, ..bytemuck::Zeroable::zeroed() };
    let clock = [0_i64, 0, 0, 0, 1_600].map(i64::to_le_bytes).concat();
    let clock = value(json!([data_of(&Address::default(), &clock)]));
    let lease = value(json!([told_account(&context.account)]));
    let around = value(json!([told_account(&context.provider_account), told_account(&policy)]));
    let hash = json!(Hash::default().to_string());
    let answers = [clock.clone(), lease.clone(), around.clone(), clock.clone(), lease, around, clock];
    (client(&[("getGenesisHash", &[hash]), ("getMultipleAccounts", &answers)]), context)
}

#[tokio::test]
async fn usage_is_signed_and_co_signed_by_those_whom_the_lease_on_the_cluster_names() {
    let (client, context) = cluster_at_1600();
    let usage = Usage { window_end: 1_600, gpu_seconds: 800, ..Usage::default() };
    let mut signed = client.sign_usage(&context, &usage, &testing::keypair(2)).await.unwrap();
    let refused = client.co_sign(&mut signed, &testing::keypair(9)).await;
    assert!(matches!(refused, Err(Error::NotParty { .. })), "{refused:?}");
    assert_eq!(signed.signers().count(), 1, "a refusal adds no signature");
    let after = client.co_sign(&mut signed, &testing::keypair(1)).await.unwrap();
    assert_eq!((after.meter.accepted, signed.signers().count()), (800, 2));
}

#[tokio::test]
async fn what_the_program_would_refuse_is_not_signed() {
    let (client, context) = cluster_at_1600();
    let usage = Usage { window_end: 1_601, gpu_seconds: 800, ..Usage::default() };
    let refused = client.sign_usage(&context, &usage, &testing::keypair(2)).await;
    assert!(matches!(refused, Err(Error::Refused(_))), "{refused:?}");
}

#[tokio::test]
async fn a_renter_does_not_co_sign_what_the_attestor_has_not_signed() {
    let (client, context) = cluster_at_1600();
    let usage = Usage { window_end: 1_600, gpu_seconds: 800, ..Usage::default() };
    let message = Attestation::new(context.address, &context, &usage);
    let mut signed = attestation::sign(message, &testing::keypair(9)).unwrap();
    // The clock is asked when usage is signed only.
    client.clock().await.unwrap();
    let Err(Error::Refused(explanation)) = client.co_sign(&mut signed, &testing::keypair(1)).await else {
        panic!("it was co-signed")
    };
    assert_eq!(explanation.name, "SignerUnexpected");
}

#[tokio::test]
async fn a_transaction_that_waited_too_long_for_its_signatures_is_not_sent() {
    let blockhash = json!({ "blockhash": Hash::default().to_string(), "lastValidBlockHeight": 100 });
    let simulated = value(json!({ "err": null, "logs": [], "unitsConsumed": 1_000 }));
    let client = client(&[
        ("simulateTransaction", &[simulated]),
        ("getLatestBlockhash", &[value(blockhash)]),
        ("isBlockhashValid", &[value(json!(false))]),
    ])
    .with_priority_fee(PriorityFee::Fixed(0));
    let close = [instruction::close_lease_together(&testing::lease_context(), 1, 0, 9)];
    let mut transaction = client.prepare(&close, &testing::keypair(1), &[]).await.unwrap();
    // Incomplete it is not even asked about.
    let missing = client.send_signed(transaction.clone()).await;
    assert!(matches!(missing, Err(Error::SignerMissing(_))), "{missing:?}");
    transaction.sign(&testing::keypair(4)).unwrap();
    let stale = client.send_signed(transaction).await;
    assert!(matches!(stale, Err(Error::Stale)), "{stale:?}");
}

/// A nonce account of the wallet `authority` with this value, as a node tells of it in a slot.
fn nonce_account(authority: &Address, nonce: Hash, slot: u64) -> Value {
    // Version 1, initialized, the authority, the value, and a fee that no longer counts.
    let data = [&[1, 0, 0, 0, 1, 0, 0, 0][..], authority.as_ref(), nonce.as_ref(), &5_000_u64.to_le_bytes()]
        .concat();
    let account = json!({
        "data": [BASE64_STANDARD.encode(&data), "base64"], "executable": false, "lamports": 1_447_680,
        "owner": Address::default().to_string(), "rentEpoch": 0, "space": data.len(),
    });
    json!({ "context": { "slot": slot }, "value": account })
}

const NONCE: Address = Address::new_from_array([55; 32]);

/// A close by renter and provider that goes by the nonce account, signed by the renter.
fn durable(authority: &Address, value: Hash) -> PartlySigned {
    let close = instruction::close_lease_together(&testing::lease_context(), 1, 0, 9);
    let advance = solana_system_interface::instruction::advance_nonce_account(&NONCE, authority);
    let draft = Draft::new(Format::Legacy, &[advance, close], 1, 1);
    PartlySigned::new(&draft, &testing::keypair(1), &[], value).unwrap()
}

/// Sends a transaction whose nonce account was seen in this slot, and is told of so afterwards.
async fn deliver_durable(seen_in_slot: u64, afterwards: Value, status: Value) -> Result<Receipt> {
    let (renter, value) = (testing::keypair(1).pubkey(), Hash::new_from_array([7; 32]));
    let mut transaction = durable(&renter, value);
    transaction.sign(&testing::keypair(4)).unwrap();
    // A thousand blocks go by.
    let mut answers = sending(status, 1_000);
    answers.push(("getAccountInfo", vec![nonce_account(&renter, value, seen_in_slot), afterwards]));
    let answers: Vec<_> = answers.iter().map(|(method, answers)| (*method, answers.as_slice())).collect();
    client(&answers).with_patience(Duration::from_millis(2_500)).send_signed(transaction).await
}

#[tokio::test]
async fn a_nonce_and_no_blockhash_tells_what_became_of_a_transaction() {
    let renter = testing::keypair(1).pubkey();
    let [current, next] = [7, 8].map(|byte| Hash::new_from_array([byte; 32]));
    let after = |value, slot| nonce_account(&renter, value, slot);
    let (unused, withdrawn, closed, older, behind, landed) = tokio::join!(
        deliver_durable(1, after(current, 1), Value::Null),
        deliver_durable(1, after(next, 1), Value::Null),
        deliver_durable(1, value(Value::Null), Value::Null),
        // What is settled can be older than what was seen.
        deliver_durable(5, after(next, 1), Value::Null),
        // A node that has not got so far cannot say that it is not there.
        deliver_durable(1, after(next, 6), Value::Null),
        deliver_durable(1, after(next, 6), status("confirmed", None)),
    );
    for gone in [withdrawn, closed] {
        assert!(
            matches!(gone, Err(Error::Withdrawn { nonce_account, .. }) if nonce_account == NONCE),
            "{gone:?}"
        );
    }
    for open in [unused, older, behind] {
        assert!(matches!(open, Err(Error::NotKnown { .. })), "{open:?}");
    }
    assert_eq!(landed.unwrap().slot, 7);
}

#[tokio::test]
async fn a_nonce_account_that_is_stale_or_that_its_owner_did_not_sign_for_is_refused() {
    let [renter, provider] = [1, 4].map(|key| testing::keypair(key).pubkey());
    let [current, next] = [7, 8].map(|byte| Hash::new_from_array([byte; 32]));
    let look = async |authority: &Address, told: Value| {
        let answers = [told];
        client(&[("getAccountInfo", &answers)]).require_current(&durable(authority, current)).await
    };
    let nonce = look(&renter, nonce_account(&renter, current, 5)).await.unwrap().unwrap();
    assert_eq!((nonce.address, nonce.authority), (NONCE, renter));
    let moved = look(&renter, nonce_account(&renter, next, 5)).await;
    assert!(matches!(moved, Err(Error::NonceUsed(_))), "{moved:?}");
    let closed = look(&renter, value(Value::Null)).await;
    assert!(matches!(closed, Err(Error::NonceUsed(_))), "{closed:?}");
    // Whoever is asked to sign would void what else waits for an account of its own.
    let own = look(&provider, nonce_account(&provider, current, 5)).await.unwrap_err().to_string();
    assert!(own.contains("void whatever else waits"), "{own}");
    let other = look(&renter, nonce_account(&provider, current, 5)).await.unwrap_err().to_string();
    assert!(other.contains("belongs to"), "{other}");
}

#[test]
fn a_signature_that_is_none_is_noticed() {
    let mut transaction = durable(&testing::keypair(1).pubkey(), Hash::default());
    transaction.require_genuine().unwrap();
    transaction.sign(&testing::keypair(4)).unwrap();
    let text = transaction.to_string();
    let mut bytes = BASE64_STANDARD.decode(&text).unwrap();
    bytes[1] ^= 1;
    let forged: PartlySigned = BASE64_STANDARD.encode(bytes).parse().unwrap();
    assert!(matches!(forged.require_genuine(), Err(Error::SignatureInvalid(_))));
}

/// Asks for the credentials of a lease that names slot 7 and the hash of `sealed`, where the node knows these
/// transactions of it: slot, and whether they failed. That of slot 7 is `transaction`, if it expects to be asked.
async fn published(known: &[(u64, bool)], transaction: Option<Value>) -> Result<Published> {
    let signatures = known.iter().map(|(slot, failed)| match (slot, &transaction) {
        (7, Some(transaction)) => found(signature_of(transaction), 7, *failed),
        _ => found(Signature::from([*slot as u8; 64]), *slot, *failed),
    });
    published_in(&[signatures.collect()], transaction).await
}

/// The signature of a transaction that is [`told`].
fn signature_of(transaction: &Value) -> Signature {
    let bytes = BASE64_STANDARD.decode(transaction["transaction"][0].as_str().unwrap()).unwrap();
    Signature::try_from(&bytes[1..65]).unwrap()
}

/// A transaction, as a node lists it.
fn found(signature: Signature, slot: u64, failed: bool) -> Value {
    json!({
        "signature": signature.to_string(), "slot": slot, "memo": null, "blockTime": null,
        "err": failed.then(|| json!({ "InstructionError": [0, { "Custom": 1 }] })),
        "confirmationStatus": "confirmed",
    })
}

/// The same, where the node answers with these pages of signatures, the last of them again and again.
async fn published_in(pages: &[Value], transaction: Option<Value>) -> Result<Published> {
    let lease = Lease { access_slot: 7, access_blob_hash: sha256(b"sealed"), ..testing::lease() };
    let mut answers = vec![
        ("getMultipleAccounts", vec![value(json!([told_account(&lease)]))]),
        ("getSignaturesForAddress", pages.to_vec()),
    ];
    answers.extend(transaction.map(|transaction| ("getTransaction", vec![transaction])));
    let answers: Vec<_> = answers.iter().map(|(method, answers)| (*method, answers.as_slice())).collect();
    client(&answers).published_access(&testing::lease_context().address).await
}

/// A transaction of one instruction, as a node tells it.
fn told(instruction: Instruction, error: Option<Value>) -> Value {
    let draft = Draft::new(Format::Legacy, &[instruction], 1, 1);
    let signed = PartlySigned::new(&draft, &testing::keypair(5), &[], Hash::default()).unwrap();
    let outcome = match &error {
        Some(error) => json!({ "Err": error }),
        None => json!({ "Ok": null }),
    };
    json!({
        "slot": 7, "blockTime": 1_234, "version": "legacy", "transaction": [signed.to_string(), "base64"],
        "meta": {
            "err": error, "status": outcome, "fee": 5_000, "preBalances": [], "postBalances": [],
            "innerInstructions": [], "logMessages": [], "computeUnitsConsumed": 1,
        },
    })
}

fn no_history(found: &Result<Published>) -> bool {
    found.as_ref().is_err_and(|error| error.to_string().contains("not in this node's history"))
}

#[tokio::test]
async fn credentials_are_those_that_were_published_in_the_slot_that_the_lease_names() {
    let lease = testing::lease_context().by_operator();
    for publish in
        [instruction::publish_access(&lease, b"sealed", 9), instruction::start_lease(&lease, b"sealed", 9)]
    {
        let found =
            published(&[(9, false), (7, false), (6, false)], Some(told(publish, None))).await.unwrap();
        assert_eq!(found.access_blob, b"sealed");
        assert_eq!((found.by, found.block_time), (lease.provider_account.operator, Some(1_234)));
    }
    // Of other slots, and of what failed, nothing is read: that would panic.
    assert!(no_history(&published(&[(9, false), (8, false), (7, true), (6, false)], None).await));
}

#[tokio::test]
async fn credentials_of_a_transaction_that_failed_or_of_another_lease_are_not_shown() {
    let lease = testing::lease_context();
    let mut other = lease;
    other.address = Address::new_from_array([77; 32]);
    let failure = json!({ "InstructionError": [0, { "Custom": 6320 }] });
    for transaction in [
        told(instruction::start_lease(&lease, b"sealed", 9), Some(failure)),
        told(instruction::start_lease(&lease, b"others", 9), None),
        told(instruction::start_lease(&other, b"sealed", 9), None),
        told(instruction::settle(&lease), None),
    ] {
        assert!(no_history(&published(&[(7, false)], Some(transaction)).await));
    }
}

#[tokio::test]
async fn a_node_that_sends_the_same_page_again_is_not_asked_for_ever() {
    // Newer than what is looked for, so that older ones have to be asked for.
    let page = |first: u64| -> Value {
        (first..first + 1_000)
            .map(|number| {
                found(Signature::from(std::array::from_fn(|byte| number.to_le_bytes()[byte % 8])), 9, false)
            })
            .collect()
    };
    // The same once more, and one that has grown by a transaction meanwhile. A last page follows, so that this ends.
    for again in [page(1_000), page(999)] {
        let refused = published_in(&[page(1_000), again, json!([])], None).await.unwrap_err().to_string();
        assert!(refused.contains("the same transactions") && refused.contains("another node"), "{refused}");
    }
    assert!(no_history(&published_in(&[page(1_000), page(2_000), json!([])], None).await));
}

#[tokio::test]
async fn another_transaction_than_the_one_that_was_asked_for_tells_nothing_of_it() {
    let lease = testing::lease_context();
    let told = told(
        instruction::start_lease(&lease, b"sealed", 9),
        Some(json!({ "InstructionError": [0, { "Custom": 6306 }] })),
    );
    let asked = Signature::from([3; 64]);
    let answers = [told.clone()];
    let client = client(&[("getTransaction", &answers)]);
    assert!(client.transaction(&signature_of(&told)).await.is_ok());
    let refused = client.transaction(&asked).await.unwrap_err().to_string();
    assert!(refused.contains(&asked.to_string()) && refused.contains("another one"), "{refused}");
    // What was sent has landed, as its status says, and did not fail as the other one did.
    let landed =
        settle(&but(sending(status("confirmed", None), 50), "getTransaction", vec![told.clone()])).await;
    assert_eq!(landed.unwrap().fee, None);
    // Credentials are not read of it either.
    let listed = json!([found(asked, 7, false)]);
    let started = self::told(instruction::start_lease(&lease, b"sealed", 9), None);
    let refused = published_in(&[listed], Some(started)).await.unwrap_err().to_string();
    assert!(refused.contains("another one"), "{refused}");
}
