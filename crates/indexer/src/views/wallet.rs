use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Signed64, Unsigned64};

/// A wallet's day in a mint: what it spent on leases, and what it earned with them. Of what is finalized.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WalletDay {
    /// Its first second, in UTC.
    pub day: Signed64,
    /// The mint.
    pub mint: String,
    /// Paid in for leases: deposits, top-ups and stakes.
    pub paid_in: Unsigned64,
    /// Paid back of that: refunds, and credits for what was missing.
    pub paid_back: Unsigned64,
    /// Got for usage.
    pub earned: Unsigned64,
    /// Put up as bonds.
    pub bonds_paid: Unsigned64,
    /// Bonds that came back.
    pub bonds_returned: Unsigned64,
}
