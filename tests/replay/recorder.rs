use crate::replayer::Leases;
use anchor_lang::Discriminator;
use gpu_lease::state::{Lease, Moment};
use gpu_lease::token::TokenAccount;
use gpu_lease_client::decode;
use gpu_lease_indexer::observed::{Call, Place, TokenBalance, Transaction};
use gpu_lease_tests::cluster::{Cluster, Receipt, Refusal, Svm};
use solana_account::Account;
use solana_address::Address;
use solana_clock::Clock;
use solana_instruction::{AccountMeta, Instruction};
use solana_keypair::Keypair;
use solana_message::{Message, VersionedMessage};
use solana_signer::Signer;
use solana_transaction::versioned::VersionedTransaction;
use std::{collections::BTreeSet, mem::take};

/// LiteSVM that keeps its successful transactions, as an indexer sees them.
pub struct Recorder {
    svm: Svm,
    transactions: Vec<Transaction>,
    count: u32,
}

impl Recorder {
    /// Records from now on.
    pub fn new(svm: Svm) -> Self {
        Self { svm, transactions: Vec::new(), count: 0 }
    }

    /// The transactions since the last call.
    pub fn take(&mut self) -> Vec<Transaction> {
        take(&mut self.transactions)
    }

    /// All accounts of the program.
    pub fn accounts(&self) -> Vec<(Address, Account)> {
        self.svm.0.get_program_accounts(&gpu_lease::ID)
    }

    /// The moment of the next transaction.
    pub fn moment(&self) -> Moment {
        let Clock { unix_timestamp: time, slot, .. } = self.svm.0.get_sysvar::<Clock>();
        Moment { time, slot }
    }

    /// A token account: its mint, its owner and what it holds.
    fn token(&self, address: &Address) -> Option<(Address, Address, u64)> {
        let account = self.account(address)?;
        let is_token = [gpu_lease_client::address::SPL_TOKEN, gpu_lease_client::address::TOKEN_2022];
        let base =
            account.data.get(..size_of::<TokenAccount>()).filter(|_| is_token.contains(&account.owner))?;
        let token: &TokenAccount = bytemuck::try_from_bytes(base).ok()?;
        Some((*token.mint(), *token.owner(), token.amount()))
    }
}

impl Leases for Recorder {
    fn leases(&self) -> BTreeSet<Address> {
        let is_lease = |account: &Account| account.data.starts_with(Lease::DISCRIMINATOR);
        self.accounts()
            .into_iter()
            .filter(|(_, account)| is_lease(account))
            .map(|(address, _)| address)
            .collect()
    }
}

impl Cluster for Recorder {
    fn send(&mut self, instructions: &[Instruction], signers: &[&Keypair]) -> Result<Receipt, Refusal> {
        self.svm.0.expire_blockhash();
        let (payer, moment) = (signers[0].pubkey(), self.moment());
        let message = Message::new_with_blockhash(instructions, Some(&payer), &self.svm.0.latest_blockhash());
        let keys = message.account_keys.clone();
        let transaction = VersionedTransaction::try_new(VersionedMessage::Legacy(message), signers)
            .expect("every signer is there");
        let signature = transaction.signatures[0];
        let before: Vec<_> = keys.iter().map(|key| self.token(key)).collect();
        let meta = match self.svm.0.send_transaction(transaction) {
            Ok(meta) => meta,
            Err(failed) => return Err(Refusal::new(&failed.err, failed.meta.logs)),
        };
        let key = |index: u8| keys[usize::from(index)];
        let mut calls = Vec::new();
        for ((outer, instruction), inner) in (0_u16..).zip(instructions).zip(&meta.inner_instructions) {
            calls.push(Call { outer, depth: 1, instruction: instruction.clone() });
            calls.extend(inner.iter().map(|call| {
                let accounts = call.instruction.accounts.iter();
                let instruction = Instruction {
                    program_id: key(call.instruction.program_id_index),
                    accounts: accounts.map(|index| AccountMeta::new(key(*index), false)).collect(),
                    data: call.instruction.data.clone(),
                };
                Call { outer, depth: call.stack_height, instruction }
            }));
        }
        let tokens = keys.iter().zip(before).filter_map(|(key, before)| {
            let after = self.token(key);
            let (mint, owner, _) = after.or(before)?;
            let amount = |token: Option<(Address, Address, u64)>| token.map_or(0, |(.., amount)| amount);
            Some(TokenBalance {
                account: *key,
                mint,
                decimals: 6,
                owner,
                before: amount(before),
                after: amount(after),
            })
        });
        let tokens = tokens.collect();
        let events = (!decode::is_truncated(&meta.logs)).then(|| decode::events(&meta.logs));
        self.count += 1;
        let place = Place { slot: moment.slot, index: self.count };
        self.transactions.push(Transaction { signature, place, moment, payer, calls, events, tokens });
        Ok(Receipt { logs: meta.logs, units: meta.compute_units_consumed })
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
