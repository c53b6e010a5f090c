//! Clusters behind one small trait, so that what is written once plays on each of them.
//!
//! [`Svm`] is LiteSVM; `tests/runtimes` adds Agave's Bank and any cluster that answers JSON-RPC. [`Market`]
//! is the market on such a cluster, its instructions built by the client.

mod market;
mod svm;

pub use {market::*, svm::*};

use solana_account::Account;
use solana_address::Address;
use solana_instruction::{Instruction, error::InstructionError};
use solana_keypair::Keypair;
use solana_transaction_error::TransactionError;

/// A cluster with the program on it. What a cluster itself does wrong is a panic.
pub trait Cluster {
    /// Sends a transaction that the first signer pays for, and waits for its result.
    fn send(&mut self, instructions: &[Instruction], signers: &[&Keypair]) -> Result<Receipt, Refusal>;

    /// The account at `address`, if there is one.
    fn account(&mut self, address: &Address) -> Option<Account>;

    /// Gives lamports to an address.
    fn fund(&mut self, address: &Address, lamports: u64);

    /// The cluster's clock, unix seconds.
    fn now(&mut self) -> i64;

    /// Lets time pass until `time`, unix seconds.
    fn travel_to(&mut self, time: i64);

    /// Hash of the genesis block.
    fn genesis_hash(&mut self) -> [u8; 32];
}

/// What a successful transaction left behind.
#[derive(Clone, Debug, Default)]
pub struct Receipt {
    /// Its log.
    pub logs: Vec<String>,
    /// Compute units that it consumed.
    pub units: u64,
}

/// Why a transaction failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The program's number for it.
    pub number: Option<u32>,
    /// In words.
    pub text: String,
}

impl From<TransactionError> for Refusal {
    fn from(error: TransactionError) -> Self {
        let number = match error {
            TransactionError::InstructionError(_, InstructionError::Custom(number)) => Some(number),
            _ => None,
        };
        Self { number, text: error.to_string() }
    }
}
