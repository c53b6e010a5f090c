//! What a node would say of a transaction.

use std::collections::BTreeMap;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use gpu_lease_client::address::SPL_TOKEN;
use gpu_lease_indexer::observed::{Call, Transaction};
use serde_json::{Value, json};
use solana_address::Address;
use solana_instruction::Instruction;
use solana_message::Message;

/// Lamports of a signature.
const FEE: u64 = 5_000;

/// A transaction that was made up.
#[derive(Debug)]
pub struct Made {
    /// As a node that is believed shows it.
    pub transaction: Transaction,
    /// The data of the program's events.
    pub(super) told: Vec<Vec<u8>>,
}

impl Made {
    /// A node's answer to `getTransaction`, in JSON.
    ///
    /// # Panics
    ///
    /// If it does not fit a transaction.
    pub fn said(&self) -> Vec<u8> {
        let Transaction { signature, place, moment, payer, calls, tokens, .. } = &self.transaction;
        let own = calls.iter().filter(|call| call.depth == 1);
        let own: Vec<Instruction> = own.map(|call| call.instruction.clone()).collect();
        let message = Message::new(&own, Some(payer));
        let keys: BTreeMap<Address, usize> = message.account_keys.iter().copied().zip(0..).collect();
        let signers = usize::from(message.header.num_required_signatures);
        let mut wire = vec![message.header.num_required_signatures];
        wire.extend(signature.as_ref().iter().copied().chain(std::iter::repeat_n(7, 64 * (signers - 1))));
        wire.extend(message.serialize());
        let balance = |amount: fn(&gpu_lease_indexer::observed::TokenBalance) -> u64| -> Vec<Value> {
            let shown = tokens.iter().map(|token| {
                let amount = amount(token);
                json!({
                    "accountIndex": keys[&token.account],
                    "mint": token.mint.to_string(),
                    "owner": token.owner.to_string(),
                    "programId": SPL_TOKEN.to_string(),
                    "uiTokenAmount": {
                        "amount": amount.to_string(),
                        "decimals": token.decimals,
                        "uiAmount": null,
                        "uiAmountString": amount.to_string(),
                    },
                })
            });
            shown.collect()
        };
        let fee = FEE * u64::from(message.header.num_required_signatures);
        let lamports: Vec<u64> = (1..=keys.len() as u64).map(|number| number * 1_461_600).collect();
        let after: Vec<u64> = lamports.iter().map(|held| held.saturating_sub(fee)).collect();
        let said = json!({
            "blockTime": moment.time,
            "slot": place.slot,
            "transactionIndex": place.index,
            "version": "legacy",
            "transaction": [BASE64_STANDARD.encode(wire), "base64"],
            "meta": {
                "err": null,
                "status": { "Ok": null },
                "fee": fee,
                "preBalances": lamports,
                "postBalances": after,
                "innerInstructions": inner(calls, &keys),
                "logMessages": self.logs(&own),
                "preTokenBalances": balance(|token| token.before),
                "postTokenBalances": balance(|token| token.after),
                "rewards": [],
                "loadedAddresses": { "writable": [], "readonly": [] },
                "computeUnitsConsumed": 20_000,
                "costUnits": 25_000,
            },
        });
        serde_json::to_vec(&said).expect("JSON")
    }

    fn logs(&self, own: &[Instruction]) -> Vec<String> {
        let mut logs = Vec::new();
        for (number, Instruction { program_id, .. }) in own.iter().enumerate() {
            logs.push(format!("Program {program_id} invoke [1]"));
            let called = self.transaction.calls.iter();
            let called = called.filter(|call| usize::from(call.outer) == number && call.depth > 1);
            for Call { depth, instruction: Instruction { program_id, .. }, .. } in called {
                logs.push(format!("Program {program_id} invoke [{depth}]"));
                logs.push(format!("Program {program_id} success"));
            }
            if number + 1 == own.len() {
                let told = self.told.iter().map(|data| BASE64_STANDARD.encode(data));
                logs.extend(told.map(|data| format!("Program data: {data}")));
                logs.push(format!("Program {program_id} consumed 14301 of 200000 compute units"));
            }
            logs.push(format!("Program {program_id} success"));
        }
        logs
    }
}

/// What each of a transaction's own instructions called.
fn inner(calls: &[Call], keys: &BTreeMap<Address, usize>) -> Vec<Value> {
    let mut inner: BTreeMap<u16, Vec<Value>> = BTreeMap::new();
    for Call { outer, depth, instruction } in calls.iter().filter(|call| call.depth > 1) {
        let accounts: Vec<usize> = instruction.accounts.iter().map(|meta| keys[&meta.pubkey]).collect();
        inner.entry(*outer).or_default().push(json!({
            "programIdIndex": keys[&instruction.program_id],
            "accounts": accounts,
            "data": bs58::encode(&instruction.data).into_string(),
            "stackHeight": depth,
        }));
    }
    let shown = inner
        .into_iter()
        .map(|(index, instructions)| json!({ "index": index, "instructions": instructions }));
    shown.collect()
}
