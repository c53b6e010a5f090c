//! What can happen to a lease.

use serde::{Deserialize, Serialize};

/// What happened.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, strum::EnumIter,
)]
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

impl Kind {
    /// Whether it lasts until it is over, and is told again when it begins again. All else happens once.
    pub const fn lasts(self) -> bool {
        matches!(
            self,
            Self::Unreachable
                | Self::OtherCards
                | Self::Withheld
                | Self::RunwayLow
                | Self::BudgetSpent
                | Self::WalletLow
                | Self::Asked
                | Self::Failed
        )
    }
}
