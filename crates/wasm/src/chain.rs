//! Transactions: errors in words, events in logs, and what to look at before signing for another party.

use crate::json::{Bytes, Key, camel_case};
use gpu_lease_client::{
    Error, decode, explain,
    json::{Json, Wide},
    refusal, together,
};
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

/// An instruction.
#[derive(Deserialize)]
pub struct Call {
    program: Key,
    accounts: Vec<Key>,
    data: Bytes,
}

impl Call {
    /// Who signs and what is written is left out: nobody asks for it here.
    pub fn instruction(&self) -> Instruction {
        let Self { program, accounts, data } = self;
        Instruction {
            program_id: program.0,
            accounts: accounts
                .iter()
                .map(|Key(address)| AccountMeta::new_readonly(*address, false))
                .collect(),
            data: data.0.clone(),
        }
    }
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
    let instructions: Vec<_> = instructions.iter().map(Call::instruction).collect();
    match TransactionError::deserialize(error) {
        Ok(error) => {
            let refusal::Explanation { instruction, number, name, what, advice, logs } =
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

/// A transaction that another party prepared.
#[derive(Deserialize)]
pub struct Prepared {
    instructions: Vec<Call>,
}

/// Whether it does only what parties sign together; see [`together::check`].
pub fn check_together(Prepared { instructions }: &Prepared) -> Result<(), Error> {
    let instructions: Vec<_> = instructions.iter().map(Call::instruction).collect();
    together::check(&instructions).map(|_| ())
}

/// Logs of a transaction.
#[derive(Deserialize)]
pub struct Logs {
    logs: Vec<String>,
}

/// The program's events in them, in their order.
pub fn events(Logs { logs }: &Logs) -> Vec<Value> {
    decode::events(logs).iter().map(|event| camel_case(event.json_with(Wide::Number))).collect()
}

/// Whether the cluster cut the logs off.
pub fn is_truncated(Logs { logs }: &Logs) -> bool {
    decode::is_truncated(logs)
}
