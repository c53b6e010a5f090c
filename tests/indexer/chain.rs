//! A chain that was recorded: what a node would say of each of its transactions, and of accounts at each of its slots.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use anchor_lang::Discriminator;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use gpu_lease::state::Lease;
use gpu_lease::token::TokenAccount;
use gpu_lease_client::address::{PROGRAM, SPL_TOKEN, TOKEN_2022};
use gpu_lease_client::transaction::{Draft, Format, wire};
use gpu_lease_tests::cluster::{Cluster, Receipt, Refusal, Svm};
use gpu_lease_tests::{People, World};
use serde_json::{Value, json};
use solana_account::Account;
use solana_address::Address;
use solana_clock::Clock;
use solana_instruction::{AccountMeta, Instruction};
use solana_keypair::Keypair;
use solana_message::VersionedMessage;
use solana_signer::Signer;
use solana_system_interface::instruction::transfer;
use solana_transaction::versioned::VersionedTransaction;

use crate::replayer::{Leases, Replayer};
use crate::voters;

/// A transaction that landed.
pub struct Landed {
    pub signature: String,
    pub slot: u64,
    /// Its number in the block.
    pub index: usize,
    pub is_failed: bool,
    /// The accounts that it names.
    pub keys: Vec<Address>,
    /// What a node says of it, without its number in the block.
    pub said: Value,
}

/// What was recorded.
pub struct Chain {
    /// All transactions, in their order.
    pub landed: Vec<Landed>,
    /// The time of each block.
    pub times: BTreeMap<u64, i64>,
    /// Accounts from slots on.
    accounts: BTreeMap<Address, Vec<(u64, Option<Account>)>>,
}

impl Chain {
    /// An account as it is after a slot.
    pub fn account(&self, address: &Address, slot: u64) -> Option<&Account> {
        let all = self.accounts.get(address)?;
        let known = all.partition_point(|(since, _)| *since <= slot).checked_sub(1)?;
        all[known].1.as_ref()
    }

    /// The accounts of the program after a slot.
    pub fn of_program(&self, slot: u64) -> BTreeMap<Address, &Account> {
        let all = self.accounts.keys().filter_map(|address| Some((*address, self.account(address, slot)?)));
        all.filter(|(_, account)| account.owner == PROGRAM).collect()
    }

    /// Slots with blocks, in their order.
    pub fn slots(&self) -> Vec<u64> {
        self.times.keys().copied().collect()
    }

    /// The last slot.
    pub fn end(&self) -> u64 {
        self.times.keys().next_back().copied().unwrap_or_default()
    }
}

/// LiteSVM that records.
pub struct Recording {
    svm: Svm,
    chain: Chain,
}

/// A chain of some hundred transactions: everything that can happen to leases, and votes.
pub fn short() -> &'static Chain {
    static CHAIN: OnceLock<Chain> = OnceLock::new();
    CHAIN.get_or_init(|| record(3, 70))
}

/// One that is longer than what a node lists at once.
pub fn long() -> &'static Chain {
    static CHAIN: OnceLock<Chain> = OnceLock::new();
    CHAIN.get_or_init(|| record(4, 1_500))
}

fn record(seed: u64, actions: usize) -> Chain {
    let people = People::default();
    let svm = Svm::with_program(&people.deployer.pubkey());
    let chain = Chain { landed: Vec::new(), times: BTreeMap::new(), accounts: BTreeMap::new() };
    let recording = Recording { svm, chain };
    let mut market = World::empty(recording, people, &Keypair::new_from_array([20; 32]), SPL_TOKEN);
    market.open_market(|_| {});
    market.pay_bond_in(10_000_000);
    voters::play(&mut market);
    let mut player = Replayer::new(seed);
    for action in 0..actions {
        player.fills_logs = action % 3 == 0;
        player.act(&mut market);
        if action % 10 == 0 {
            mention(&mut market);
        }
    }
    market.cluster.chain
}

/// Somebody names the program, and does not call it.
fn mention(market: &mut World<Recording>) {
    let stranger = market.people.stranger.pubkey();
    let mut instruction = transfer(&stranger, &stranger, 1);
    instruction.accounts.push(AccountMeta::new_readonly(PROGRAM, false));
    market.play([instruction]).ok();
}

impl Recording {
    fn token(&self, address: &Address) -> Option<(Address, Address, u64)> {
        let account = self.account(address)?;
        let is_token = [SPL_TOKEN, TOKEN_2022].contains(&account.owner);
        let base = account.data.get(..size_of::<TokenAccount>()).filter(|_| is_token)?;
        let token: &TokenAccount = bytemuck::try_from_bytes(base).ok()?;
        Some((*token.mint(), *token.owner(), token.amount()))
    }

    /// Token accounts among `keys`, as nodes show them.
    fn balances(&self, keys: &[Address]) -> Vec<Value> {
        let balance = |(index, key): (usize, &Address)| {
            let (mint, owner, amount) = self.token(key)?;
            let program = self.account(key)?.owner;
            Some(json!({
                "accountIndex": index,
                "mint": mint.to_string(),
                "owner": owner.to_string(),
                "programId": program.to_string(),
                "uiTokenAmount": {
                    "amount": amount.to_string(), "decimals": 6, "uiAmount": null, "uiAmountString": "",
                },
            }))
        };
        keys.iter().enumerate().filter_map(balance).collect()
    }

    fn lamports(&self, keys: &[Address]) -> Vec<u64> {
        keys.iter().map(|key| self.account(key).map_or(0, |account| account.lamports)).collect()
    }
}

impl Leases for Recording {
    fn leases(&self) -> BTreeSet<Address> {
        let all = self.svm.0.get_program_accounts(&PROGRAM).into_iter();
        all.filter(|(_, account)| account.data.starts_with(Lease::DISCRIMINATOR))
            .map(|(address, _)| address)
            .collect()
    }
}

impl Cluster for Recording {
    fn send(&mut self, instructions: &[Instruction], signers: &[&Keypair]) -> Result<Receipt, Refusal> {
        self.svm.0.expire_blockhash();
        let Clock { unix_timestamp: time, slot, .. } = self.svm.0.get_sysvar::<Clock>();
        let payer = signers[0].pubkey();
        // Wallets and programs write them as they please.
        let format = [Format::Legacy, Format::V0(&[]), Format::V1][self.chain.landed.len() % 3];
        let draft = Draft::new(format, instructions, 1_400_000, 0);
        let draft = match draft.fits(&payer) {
            true => draft,
            false => Draft::new(Format::V1, instructions, 1_400_000, 0),
        };
        let message = draft.message(&payer, self.svm.0.latest_blockhash()).expect("a message");
        let version = match &message {
            VersionedMessage::Legacy(_) => json!("legacy"),
            VersionedMessage::V0(_) => json!(0),
            VersionedMessage::V1(_) => json!(1),
        };
        let keys = message.static_account_keys().to_vec();
        let transaction = VersionedTransaction::try_new(message, signers).expect("every signer is there");
        let binary = BASE64_STANDARD.encode(wire(&transaction).expect("it was signed"));
        let signature = transaction.signatures[0].to_string();
        let (balances, tokens) = (self.lamports(&keys), self.balances(&keys));
        let (meta, error) = match self.svm.0.send_transaction(transaction) {
            Ok(meta) => (meta, None),
            Err(failed) => (failed.meta, Some(failed.err)),
        };
        let outcome = match &error {
            None => Ok(Receipt { logs: meta.logs.clone(), units: meta.compute_units_consumed }),
            Some(error) => Err(Refusal::new(error, meta.logs.clone())),
        };
        // One that is refused before it runs is in no block.
        if !keys.contains(&PROGRAM) || outcome.as_ref().is_err_and(|refusal| refusal.error.is_none()) {
            return outcome;
        }
        let inner = meta.inner_instructions.iter().enumerate().filter(|(_, inner)| !inner.is_empty());
        let inner = inner.map(|(index, inner)| {
            let calls = inner.iter().map(|call| {
                json!({
                    "programIdIndex": call.instruction.program_id_index,
                    "accounts": call.instruction.accounts,
                    "data": bs58::encode(&call.instruction.data).into_string(),
                    "stackHeight": call.stack_height,
                })
            });
            json!({ "index": index, "instructions": calls.collect::<Vec<_>>() })
        });
        let status = error.as_ref().map_or(json!({ "Ok": null }), |error| json!({ "Err": error }));
        let said = json!({
            "slot": slot,
            "blockTime": time,
            "version": version,
            "transaction": [binary, "base64"],
            "meta": {
                "err": error,
                "status": status,
                "fee": meta.fee,
                "preBalances": balances,
                "postBalances": self.lamports(&keys),
                "innerInstructions": inner.collect::<Vec<_>>(),
                "logMessages": meta.logs,
                "preTokenBalances": tokens,
                "postTokenBalances": self.balances(&keys),
                "rewards": [],
                "loadedAddresses": { "writable": [], "readonly": [] },
                "computeUnitsConsumed": meta.compute_units_consumed,
            },
        });
        // What others sent meanwhile nobody has seen before one that succeeds.
        for key in keys.iter().filter(|_| error.is_none()) {
            let account = self.account(key);
            let known = self.chain.accounts.entry(*key).or_default();
            if known.last().is_none_or(|(_, last)| *last != account) {
                known.push((slot, account));
            }
        }
        let index = self.chain.landed.iter().rev().take_while(|it| it.slot == slot).count();
        self.chain.times.insert(slot, time);
        self.chain.landed.push(Landed { signature, slot, index, is_failed: error.is_some(), keys, said });
        outcome
    }

    fn account(&self, address: &Address) -> Option<Account> {
        self.svm.account(address)
    }

    fn fund(&mut self, address: &Address, lamports: u64) {
        self.svm.fund(address, lamports);
    }

    fn now(&self) -> i64 {
        self.svm.now()
    }

    fn travel_to(&mut self, time: i64) {
        self.svm.travel_to(time);
    }

    fn genesis_hash(&self) -> [u8; 32] {
        self.svm.genesis_hash()
    }
}
