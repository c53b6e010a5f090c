use anchor_lang::Discriminator;
use gpu_lease::state::{Lease, Moment};
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

/// What an indexer sees of a successful transaction.
pub struct Transaction {
    /// When its block was made.
    pub moment: Moment,
    pub instructions: Vec<Instruction>,
    /// What each of them called, in order.
    pub inner: Vec<Vec<Instruction>>,
    /// Its log, as far as the cluster keeps it.
    pub logs: Vec<String>,
}

/// LiteSVM that keeps its successful transactions.
pub struct Recorder {
    svm: Svm,
    transactions: Vec<Transaction>,
}

impl Recorder {
    /// Records from now on.
    pub fn new(svm: Svm) -> Self {
        Self { svm, transactions: Vec::new() }
    }

    /// The transactions since the last call.
    pub fn take(&mut self) -> Vec<Transaction> {
        take(&mut self.transactions)
    }

    /// Addresses of all leases that exist.
    pub fn leases(&self) -> BTreeSet<Address> {
        let accounts = self.svm.0.get_program_accounts(&gpu_lease::ID);
        let is_lease = |account: &Account| account.data.starts_with(Lease::DISCRIMINATOR);
        accounts.into_iter().filter(|(_, account)| is_lease(account)).map(|(address, _)| address).collect()
    }

    /// The moment of the next transaction.
    pub fn moment(&self) -> Moment {
        let Clock { unix_timestamp: time, slot, .. } = self.svm.0.get_sysvar::<Clock>();
        Moment { time, slot }
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
        let meta = match self.svm.0.send_transaction(transaction) {
            Ok(meta) => meta,
            Err(failed) => return Err(Refusal::new(&failed.err, failed.meta.logs)),
        };
        let key = |index: u8| keys[usize::from(index)];
        let inner = meta.inner_instructions.iter().map(|calls| {
            let calls = calls.iter().map(|call| Instruction {
                program_id: key(call.instruction.program_id_index),
                accounts: call
                    .instruction
                    .accounts
                    .iter()
                    .map(|index| AccountMeta::new(key(*index), false))
                    .collect(),
                data: call.instruction.data.clone(),
            });
            calls.collect()
        });
        let (instructions, inner) = (instructions.to_vec(), inner.collect());
        self.transactions.push(Transaction { moment, instructions, inner, logs: meta.logs.clone() });
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
