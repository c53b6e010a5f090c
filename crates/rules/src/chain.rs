//! Errors in words, and events in logs.

use crate::json::{Bytes, Key, camel_case};
use gpu_lease_client::{decode, explain, json::Json};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use solana_instruction::{AccountMeta, Instruction};
use solana_transaction_error::TransactionError;

/// A transaction that failed, or would.
#[derive(Deserialize)]
pub struct Failure {
    /// As RPC nodes give it.
    error: Value,
    instructions: Vec<Call>,
    logs: Vec<String>,
}

#[derive(Deserialize)]
struct Call {
    program: Key,
    accounts: Vec<Key>,
    data: Bytes,
}

/// Why something was refused, and what to do about it.
#[derive(Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Explanation {
    /// The instruction that failed; `null` if the transaction failed as a whole.
    pub instruction: Option<String>,
    /// Number of the error, if it has one.
    pub number: Option<u32>,
    /// Name of the error.
    pub name: String,
    /// What happened.
    pub what: String,
    /// What to do.
    pub advice: String,
    /// Logs of the transaction.
    pub logs: Vec<String>,
}

/// See [`Explanation`].
pub fn explain(Failure { error, instructions, logs }: &Failure) -> Explanation {
    let call = |Call { program, accounts, data }: &Call| Instruction {
        program_id: program.0,
        // Who signs and what is written does not matter to an explanation.
        accounts: accounts.iter().map(|Key(address)| AccountMeta::new_readonly(*address, false)).collect(),
        data: data.0.clone(),
    };
    let instructions: Vec<_> = instructions.iter().map(call).collect();
    match TransactionError::deserialize(error) {
        Ok(error) => {
            let explain::Explanation { instruction, number, name, what, advice, logs } =
                explain::transaction(&error, &instructions, logs);
            Explanation { instruction, number, name, what, advice, logs }
        }
        Err(_) => Explanation {
            instruction: None,
            number: None,
            name: "Unknown".to_owned(),
            what: format!("The cluster refused it: {error}"),
            advice: "Look at the logs.".to_owned(),
            logs: logs.clone(),
        },
    }
}

/// Logs of a transaction.
#[derive(Deserialize)]
pub struct Logs {
    logs: Vec<String>,
}

/// The program's events in them, in their order.
pub fn events(Logs { logs }: &Logs) -> Vec<Value> {
    decode::events(logs).iter().map(|event| camel_case(event.json())).collect()
}

/// Whether the cluster cut the logs off.
pub fn is_truncated(Logs { logs }: &Logs) -> bool {
    decode::is_truncated(logs)
}
