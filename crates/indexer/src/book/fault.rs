//! Why the book cannot follow what the chain did.

use gpu_lease_client::Error;
use solana_address::Address;

/// What happened on chain and does not follow from what the book holds. The accounts that it was about are in doubt until they
/// are read from a node.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// An account that the book has not seen come about.
    #[error("the {kind} {address} is not in the record")]
    Missing { kind: &'static str, address: Address },
    /// An instruction without an account that it must have.
    #[error("{instruction} has no account `{account}`")]
    Account { instruction: &'static str, account: &'static str },
    /// The rules refuse what the chain took.
    #[error("the rules refuse {instruction}: {reason}")]
    Refused { instruction: &'static str, reason: String },
    /// Usage without the message that says what.
    #[error("{instruction} has no signed attestation in front of it")]
    Message { instruction: &'static str },
    /// The transfers are not those that the rules ask for.
    #[error("{instruction} moved {moved:?}, the rules say {due:?}")]
    Transfers { instruction: &'static str, due: Vec<u64>, moved: Vec<u64> },
    /// A token account holds less than was booked.
    #[error("{account} holds {holds}, {booked} are booked")]
    Deficit { account: Address, booked: u64, holds: u64 },
    /// The log is whole, and says something else.
    #[error("the log tells of something else")]
    Events,
    /// An instruction that this version does not know.
    #[error("{0}")]
    Unknown(String),
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Self::Unknown(error.to_string())
    }
}
