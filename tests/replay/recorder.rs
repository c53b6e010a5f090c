use anchor_lang::Discriminator;
use gpu_lease::state::Lease;
use gpu_lease_tests::cluster::{Cluster, Receipt, Refusal, Svm};
use solana_account::Account;
use solana_address::Address;
use solana_instruction::Instruction;
use solana_keypair::Keypair;
use std::{collections::BTreeSet, mem::take};

/// What an indexer sees of a successful transaction.
pub struct Transaction {
    /// When its block was made, unix seconds.
    pub time: i64,
    /// Its instructions.
    pub instructions: Vec<Instruction>,
    /// Its log.
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
}

impl Cluster for Recorder {
    fn send(&mut self, instructions: &[Instruction], signers: &[&Keypair]) -> Result<Receipt, Refusal> {
        let time = self.now();
        let receipt = self.svm.send(instructions, signers)?;
        let (instructions, logs) = (instructions.to_vec(), receipt.logs.clone());
        self.transactions.push(Transaction { time, instructions, logs });
        Ok(receipt)
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
