//! Clusters behind one small trait, so that what is written once plays on each of them.
//!
//! [`Svm`] is LiteSVM and [`Audited`] LiteSVM that is watched; `tests/runtimes` adds Agave's Bank and any
//! cluster that answers JSON-RPC. A [`World`](crate::World) is the market on such a cluster.

mod audited;
mod svm;

pub use {audited::*, svm::*};

use gpu_lease_client::transaction::{Draft, Format, MAX_PACKET};
use solana_account::Account;
use solana_address::Address;
use solana_hash::Hash;
use solana_instruction::{Instruction, error::InstructionError};
use solana_keypair::Keypair;
use solana_message::{Message, VersionedMessage};
use solana_signer::Signer;
use solana_transaction::versioned::VersionedTransaction;
use solana_transaction_error::TransactionError;
use std::fmt;

/// A transaction that the first signer pays for: a legacy one, or one of version 1 if it is too long for that.
pub fn transaction(
    instructions: &[Instruction],
    signers: &[&Keypair],
    blockhash: Hash,
) -> VersionedTransaction {
    const MOST_UNITS: u32 = 1_400_000;
    let payer = signers[0].pubkey();
    let legacy = Message::new_with_blockhash(instructions, Some(&payer), &blockhash);
    let signatures = 1 + 64 * usize::from(legacy.header.num_required_signatures);
    let message = match signatures + legacy.serialize().len() <= MAX_PACKET {
        true => VersionedMessage::Legacy(legacy),
        false => Draft::new(Format::V1, instructions, MOST_UNITS, 0)
            .message(&payer, blockhash)
            .expect("few enough instructions"),
    };
    VersionedTransaction::try_new(message, signers).expect("every signer is there")
}

/// A cluster with the program on it. What a cluster itself does wrong is a panic.
pub trait Cluster {
    /// Sends a transaction that the first signer pays for, and waits for its result.
    fn send(&mut self, instructions: &[Instruction], signers: &[&Keypair]) -> Result<Receipt, Refusal>;

    /// The account at `address`, if there is one.
    fn account(&self, address: &Address) -> Option<Account>;

    /// Gives lamports to an address.
    fn fund(&mut self, address: &Address, lamports: u64);

    /// The cluster's clock, unix seconds.
    fn now(&self) -> i64;

    /// Lets time pass until `time`, unix seconds.
    fn travel_to(&mut self, time: i64);

    /// Hash of the genesis block.
    fn genesis_hash(&self) -> [u8; 32];
}

/// What a successful transaction left behind.
#[derive(Clone, Debug, Default)]
pub struct Receipt {
    pub logs: Vec<String>,
    /// Compute units that it consumed.
    pub units: u64,
}

/// Why a transaction failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The instruction that failed, if the cluster says which.
    pub instruction: Option<u8>,
    /// What it failed with, if it was an instruction that failed.
    pub error: Option<InstructionError>,
    /// In words.
    pub text: String,
    pub logs: Vec<String>,
}

impl Refusal {
    /// The refusal that a runtime reported as `error`.
    pub fn new(error: &TransactionError, logs: Vec<String>) -> Self {
        let (instruction, failed) = match error {
            TransactionError::InstructionError(instruction, error) => {
                (Some(*instruction), Some(error.clone()))
            }
            _ => (None, None),
        };
        Self { instruction, error: failed, text: error.to_string(), logs }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{}\n{}", self.text, self.logs.join("\n"))
    }
}
