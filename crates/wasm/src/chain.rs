//! Transactions: errors in words, events in logs, and what to look at before signing for another party.

use crate::json::{Bytes, Key};
use gpu_lease_client::{
    Error, decode, explain,
    json::{Json, Wide},
    refusal::Explanation,
    together,
};
use serde::Deserialize;
use serde_json::Value;
use solana_instruction::{AccountMeta, Instruction};

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
    fn instruction(&self) -> Instruction {
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

/// The instructions of a transaction.
pub fn instructions(calls: &[Call]) -> Vec<Instruction> {
    calls.iter().map(Call::instruction).collect()
}

/// See [`explain::answered`].
pub fn explain(Failure { error, instructions, logs }: &Failure) -> Explanation {
    explain::answered(error, &self::instructions(instructions), logs)
}

/// A transaction that another party prepared.
#[derive(Deserialize)]
pub struct Prepared {
    instructions: Vec<Call>,
}

/// Whether it does only what parties sign together; see [`together::check`].
pub fn check_together(Prepared { instructions }: &Prepared) -> Result<(), Error> {
    together::check(&self::instructions(instructions)).map(|_| ())
}

/// Logs of a transaction.
#[derive(Deserialize)]
pub struct Logs {
    logs: Vec<String>,
}

/// The program's events in them, in their order.
pub fn events(Logs { logs }: &Logs) -> Vec<Value> {
    decode::events(logs).iter().map(|event| event.json_with(Wide::Number)).collect()
}

/// Whether the cluster cut the logs off.
pub fn is_truncated(Logs { logs }: &Logs) -> bool {
    decode::is_truncated(logs)
}
