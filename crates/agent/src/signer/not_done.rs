//! Why a signer did not do something.

use gpu_lease_client::Error;
use serde::{Deserialize, Serialize};

use super::counts::Outcome;
use super::guard::Denied;
use crate::store::StoreError;

/// Why something was not done.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum NotDone {
    /// This machine may not.
    #[error(
        "machine {machine} does not serve this offer: say so in the signer's configuration, under `machines`"
    )]
    NotServed {
        /// Its name.
        machine: String,
    },
    /// Another may.
    #[error("machine {machine} has this lease")]
    OtherMachine {
        /// Its name.
        machine: String,
    },
    /// The lease is not what was asked about.
    #[error("the lease is gone, or not waiting to be started")]
    Gone,
    /// Its provider has other keys.
    #[error("the provider's keys are others: name this signer's with `gpu-lease provider update`")]
    OtherKeys,
    /// It may not be signed.
    #[error("not signed: {why}")]
    Denied {
        /// Why not.
        why: Denied,
    },
    /// It is not what a renter may ask to be signed.
    #[error("not signed: {why}")]
    NotGrowth {
        /// Why not.
        why: String,
    },
    /// It is no co-signature.
    #[error("a co-signature is not one of the lease's renter, session key or verifier over these figures")]
    CoSignature,
    /// Enough was spent in a day.
    #[error(
        "it can wait, and {spent} of {budget} lamports of a day are spent: raise `lamports_a_day` in the signer's \
         configuration, or wait"
    )]
    Lamports {
        /// In the last 24 hours.
        spent: u64,
        /// What is allowed.
        budget: u64,
    },
    /// Enough was pledged in a day.
    #[error(
        "its bond of {bond} would be above what may leave the bond account in a day: {pledged} of {budget} have, in base \
         units of {mint}; raise it in `bonds_a_day` of the signer's configuration, or wait"
    )]
    Bonds {
        /// The bond's mint.
        mint: String,
        /// The bond.
        bond: u64,
        /// In the last 24 hours.
        pledged: u64,
        /// What is allowed.
        budget: u64,
    },
    /// The cluster refused it, or it is not known what became of it. Asking again finds out.
    #[error("{what}")]
    Cluster {
        /// What was said.
        what: String,
    },
    /// It could not be written down, so it was not signed.
    #[error("{what}")]
    Store {
        /// What was said.
        what: String,
    },
}

impl NotDone {
    /// What that is of a request.
    pub const fn outcome(&self) -> Outcome {
        match self {
            Self::Cluster { .. } | Self::Store { .. } => Outcome::Failed,
            Self::NotServed { .. }
            | Self::OtherMachine { .. }
            | Self::Gone
            | Self::OtherKeys
            | Self::Denied { .. }
            | Self::NotGrowth { .. }
            | Self::CoSignature
            | Self::Lamports { .. }
            | Self::Bonds { .. } => Outcome::Refused,
        }
    }
}

impl From<Error> for NotDone {
    fn from(error: Error) -> Self {
        Self::Cluster { what: error.to_string() }
    }
}

impl From<StoreError> for NotDone {
    fn from(error: StoreError) -> Self {
        Self::Store { what: error.to_string() }
    }
}

/// A result of the signer.
pub type Result<T> = std::result::Result<T, NotDone>;
