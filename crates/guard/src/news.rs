//! What a renter is told of its leases, each thing once.

use serde::{Deserialize, Serialize};

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Kind {
    /// It is watched from now on.
    Watched,
    /// Its machine is as its offer says.
    Accepted,
    /// Its machine is not.
    NotAccepted,
    /// Two probes in a row have failed.
    Unreachable,
    /// It answers again.
    Reached,
    /// It has other cards than those that were accepted.
    OtherCards,
    /// More is drafted or claimed than can have been delivered: it is not co-signed.
    Withheld,
    /// A claim was disputed.
    Disputed,
    /// Its deposit was topped up.
    ToppedUp,
    /// Its deposit will be used up soon.
    RunwayLow,
    /// It is to be paid for, and a budget forbids it.
    BudgetSpent,
    /// The guard's wallet is nearly empty.
    WalletLow,
    /// It was ended, since its provider fell silent.
    Expired,
    /// It is over, and its vault was divided.
    Closed,
    /// Something is to be done, and the guard was told only to ask or to alert.
    Asked,
    /// What was tried failed.
    Failed,
}

/// A thing that a renter is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct News {
    /// Unix seconds.
    pub at: i64,
    pub kind: Kind,
    /// The lease that it is about; the guard itself if it is none.
    pub lease: Option<String>,
    /// The slot in which that was opened.
    pub opened_slot: Option<u64>,
    /// What happened and what to do, in a sentence or two.
    pub text: String,
}
