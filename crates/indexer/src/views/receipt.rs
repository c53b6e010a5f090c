use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Lease, Movement, Signed64, Unsigned64};

/// What an accountant needs of a lease: who, what, when, and each amount with its transaction.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Receipt {
    /// The lease.
    pub lease: Lease,
    /// Digits behind the point of the mint; `null` if no transaction showed them.
    pub decimals: Option<u8>,
    /// What moved, the oldest first.
    pub lines: Vec<ReceiptLine>,
    /// Paid in by the renter's side. This and the next two are `null` while the lease is in doubt.
    pub paid_in: Option<Unsigned64>,
    /// Paid back to it.
    pub paid_back: Option<Unsigned64>,
    /// What the renter's side paid in the end: the first less the second.
    pub cost: Option<Signed64>,
}

/// A movement, and what it is to whoever asks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ReceiptLine {
    /// What moved.
    #[serde(flatten)]
    pub movement: Movement,
    /// Base units that the wallet paid, negative, or got; 0 if it is somebody else's.
    pub change: Signed64,
}

impl Receipt {
    /// Of a lease and what moved for it, as `wallet` sees it.
    pub fn of(lease: Lease, movements: Vec<Movement>, wallet: &str, decimals: Option<u8>) -> Self {
        let sum = |purposes: &[&str]| {
            let those = movements.iter().filter(|it| purposes.contains(&it.purpose.as_str()));
            those.fold(0_u64, |sum, it| sum.saturating_add(it.amount.0))
        };
        let (paid_in, paid_back) = (sum(&["deposit", "top_up", "stake"]), sum(&["refund", "credit"]));
        let cost = i128::from(paid_in).saturating_sub(i128::from(paid_back));
        let is_known = !lease.is_in_doubt;
        let lines = movements.into_iter().map(|movement| ReceiptLine::of(movement, wallet)).collect();
        Self {
            lease,
            decimals,
            lines,
            paid_in: is_known.then_some(Unsigned64(paid_in)),
            paid_back: is_known.then_some(Unsigned64(paid_back)),
            cost: i64::try_from(cost).ok().map(Signed64).filter(|_| is_known),
        }
    }
}

impl ReceiptLine {
    fn of(movement: Movement, wallet: &str) -> Self {
        let amount = i64::try_from(movement.amount.0).unwrap_or(i64::MAX);
        let is = |owner: &Option<String>| owner.as_deref() == Some(wallet);
        let change = match (is(&movement.from_owner), is(&movement.to_owner)) {
            (true, false) => amount.saturating_neg(),
            (false, true) => amount,
            _ => 0,
        };
        Self { movement, change: Signed64(change) }
    }
}
