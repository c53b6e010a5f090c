use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Commitment, Landed, Reliability, Signed64, Unsigned64};

/// GPUs that a provider lists.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Offer {
    /// Its account.
    pub address: String,
    /// Its provider's account.
    pub provider: String,
    /// The provider's number for it.
    pub id: Unsigned64,
    /// Model of the GPUs, as the provider wrote it.
    pub gpu_model: String,
    /// Where they are.
    pub region: String,
    /// Memory of each, GiB.
    pub memory_gib: u32,
    /// Carbon intensity of their energy, grams of CO2 equivalents a kilowatt-hour.
    pub carbon_intensity: u32,
    /// GPUs listed.
    pub gpus: u32,
    /// Those that are free.
    pub gpus_free: u32,
    /// Leases on it.
    pub leases: u32,
    /// Whether new leases may be opened.
    pub is_open: bool,
    /// How often it was changed.
    pub revision: u32,
    /// On what terms.
    pub terms: OfferTerms,
    /// Where its full description is.
    pub description_uri: String,
    /// The description's hash.
    pub description_hash: String,
    /// How its provider kept its word.
    pub reliability: Reliability,
    /// When it was listed; `null` if that is not in the record.
    pub created_at: Option<Signed64>,
    /// When it was changed last.
    pub updated_at: Option<Signed64>,
    /// When it was removed.
    pub closed_at: Option<Signed64>,
    /// How settled all this is.
    pub commitment: Commitment,
}

/// On what terms.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OfferTerms {
    /// The mint of the price.
    pub mint: String,
    /// Base units a GPU-hour.
    pub price: Unsigned64,
    /// Shortest lease, seconds.
    pub min_duration: u32,
    /// Longest lease, seconds.
    pub max_duration: u32,
    /// Notice, seconds.
    pub notice: u32,
    /// How long a claim can be disputed, seconds.
    pub challenge_window: u32,
    /// After so many silent seconds the lease can be ended.
    pub heartbeat_timeout: u32,
    /// What is paid for missing units, of their price, basis points.
    pub sla_penalty_bps: u32,
    /// Uptime that is promised, basis points.
    pub sla_uptime_bps: u16,
    /// Bond, hours of the price.
    pub bond_hours: u16,
    /// Has to sign usage, too.
    pub verifier: Option<String>,
}

/// An offer as it was for a while.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OfferVersion {
    /// From when on.
    pub since: Landed,
    /// GPUs listed; 0 from when it was removed.
    pub gpus: u32,
    /// Whether new leases could be opened.
    pub is_open: bool,
    /// Model of the GPUs.
    pub gpu_model: String,
    /// On what terms.
    pub terms: OfferTerms,
}
