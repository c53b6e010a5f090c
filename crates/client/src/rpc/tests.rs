//! What the client makes of a node's answers, with a scripted node.

use super::*;
use crate::{instruction, testing};
use base64::{Engine, prelude::BASE64_STANDARD};
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

/// The answers of a node that simulates well, reports `status` at the second question, and is at `height`.
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
        ("getBlockHeight", vec![json!(height)]),
        ("getTransaction", vec![found]),
    ]
}

async fn settle(answers: &[(&str, Vec<Value>)]) -> Result<Receipt> {
    let answers: Vec<_> = answers.iter().map(|(method, answers)| (*method, answers.as_slice())).collect();
    let client = client(&answers).with_priority_fee(PriorityFee::Fixed(0));
    client.send(&[instruction::settle(&testing::lease_ref())], &testing::keypair(1), &[]).await
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
}

#[tokio::test]
async fn a_transaction_that_landed_and_failed_is_explained() {
    let error = json!({ "InstructionError": [2, { "Custom": 6306 }] });
    let status = json!({
        "slot": 7, "confirmations": 1, "status": { "Err": error }, "err": error, "confirmationStatus": "confirmed"
    });
    let failed = settle(&sending(status, 50)).await;
    let Err(Error::Refused(explanation)) = failed else { panic!("{failed:?}") };
    assert_eq!(explanation.name, "NotActive");
}

#[tokio::test]
async fn nothing_is_signed_for_another_cluster() {
    let hash = json!(Hash::default().to_string());
    let client = client(&[("getGenesisHash", &[hash])]);
    let signed = client.sign_usage(&testing::lease_ref(), &Usage::default(), &testing::keypair(2)).await;
    assert!(matches!(signed, Err(Error::WrongDomain { .. })));
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
    let close = [instruction::close_lease_together(&testing::lease_ref(), 1, 0, 9)];
    let mut transaction = client.prepare(&close, &testing::keypair(1), &[]).await.unwrap();
    // Incomplete it is not even asked about.
    let missing = client.send_signed(&transaction).await;
    assert!(matches!(missing, Err(Error::SignerMissing(_))), "{missing:?}");
    transaction.sign(&testing::keypair(4)).unwrap();
    let stale = client.send_signed(&transaction).await;
    assert!(matches!(stale, Err(Error::Stale)), "{stale:?}");
}
