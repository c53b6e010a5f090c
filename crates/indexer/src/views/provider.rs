use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Signed64, Unsigned64};

/// A provider.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Provider {
    /// Its account.
    pub address: String,
    /// Its wallet.
    pub authority: String,
    /// Signs its usage.
    pub attestor: String,
    /// Runs its leases.
    pub operator: Option<String>,
    /// Wallet that registered it.
    pub registered_by: String,
    /// When; `null` if that is not in the record.
    pub registered_at: Option<Signed64>,
    /// What its account says.
    pub record: ProviderRecord,
    /// How it kept its word.
    pub reliability: Reliability,
}

/// What a provider's account says of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ProviderRecord {
    /// GPU-seconds of closed leases that were delivered.
    pub units_delivered: Unsigned64,
    /// GPU-seconds that were promised.
    pub units_promised: Unsigned64,
    /// Fees that its leases paid in the mint that votes count.
    pub fees_paid: Unsigned64,
    /// Leases started.
    pub leases_started: u32,
    /// Leases closed.
    pub leases_completed: u32,
    /// Leases that it fell silent in.
    pub leases_abandoned: u32,
    /// Leases that were disputed.
    pub leases_disputed: u32,
    /// Disputes that it lost.
    pub disputes_lost: u32,
}

/// How a provider kept its word: in leases for which fees were paid, and that were not its own. Anybody can rent from himself for
/// nothing, as often as he likes; a fee is what a good record costs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Reliability {
    /// Units delivered of those promised, basis points; `null` before there was any.
    pub uptime_bps: Option<u32>,
    /// GPU-seconds that were promised in leases that weigh.
    pub units_promised: Unsigned64,
    /// GPU-seconds that were delivered in them.
    pub units_delivered: Unsigned64,
    /// Leases that weigh.
    pub leases: u32,
    /// Those of them that it fell silent in.
    pub abandoned: u32,
    /// Those of them in whose dispute it lost.
    pub disputes_lost: u32,
    /// Leases that do not weigh: its own, and those without a fee.
    pub leases_without_weight: u32,
}

/// A provider's day, of the leases that were closed on it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ProviderDay {
    /// Its first second, in UTC.
    pub day: Signed64,
    /// What weighs and what does not.
    pub reliability: Reliability,
}
