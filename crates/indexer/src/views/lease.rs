use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Commitment, Landed, Signed64, Unsigned64};

/// A lease, whether it runs or is over.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Lease {
    /// Its account; another lease can have had the same before, or have it now.
    pub address: String,
    /// Slot in which it was opened: tells it from others that had its address.
    pub opened_slot: Unsigned64,
    /// Uses the GPUs.
    pub renter: String,
    /// Paid for it.
    pub payer: String,
    /// The provider's account.
    pub provider: String,
    /// The provider's wallet.
    pub provider_authority: Option<String>,
    /// The offer.
    pub offer: String,
    /// Model of the GPUs when it was opened.
    pub gpu_model: String,
    /// Where they were.
    pub region: String,
    /// Mint of all amounts here.
    pub mint: String,
    /// Base units a GPU-hour.
    pub price: Unsigned64,
    /// Fee, basis points of what is released.
    pub fee_bps: u16,
    /// GPUs.
    pub gpus: u32,
    /// Duration that was agreed, seconds.
    pub duration: u32,
    /// What became of it.
    pub state: LeaseState,
    /// Why it ended, as `terminated` or `abandoned`; `null` while it runs.
    pub end_reason: Option<String>,
    /// When it was opened.
    pub opened_at: Signed64,
    /// When it started.
    pub started_at: Option<Signed64>,
    /// When it ends, or ended.
    pub ends_at: Option<Signed64>,
    /// When its money was divided.
    pub closed_at: Option<Signed64>,
    /// GPU-seconds that are final.
    pub accepted: Unsigned64,
    /// GPU-seconds that were claimed or agreed on.
    pub claimed: Unsigned64,
    /// GPU-seconds that the SLA promised; known once it is closed.
    pub promised: Option<Unsigned64>,
    /// Energy, watt-hours.
    pub energy_wh: Unsigned64,
    /// Paid in for it. This and the amounts below are `null` while they are in doubt.
    pub deposited: Option<Unsigned64>,
    /// Paid to the provider, the bond not counted.
    pub paid: Option<Unsigned64>,
    /// Fees of the protocol.
    pub fees: Option<Unsigned64>,
    /// Bond that it holds, or held at last.
    pub bond: Option<Unsigned64>,
    /// What came of it in the end.
    pub closing: Option<Closing>,
    /// Whether renter or payer is the provider itself.
    pub is_own: bool,
    /// Whether the record does not explain what its accounts hold: then amounts are withheld.
    pub is_in_doubt: bool,
    /// How settled all this is.
    pub commitment: Commitment,
}

/// What became of a lease.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, strum::Display, strum::EnumString,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum LeaseState {
    /// Paid for, not started.
    Pending,
    /// Started.
    Active,
    /// Disputed.
    Disputed,
    /// The dispute is over.
    Resolved,
    /// Taken back before it started.
    Cancelled,
    /// Over, its money divided.
    Closed,
}

/// How the money of a lease was divided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Closing {
    /// Paid to the provider then.
    pub payout: Unsigned64,
    /// Fees, all of them.
    pub fees: Unsigned64,
    /// Bond returned.
    pub bond: Unsigned64,
    /// Part of the bond, for units that were promised and missed.
    pub credit: Unsigned64,
    /// Paid back to the payer.
    pub refund: Unsigned64,
}

/// Usage that was stated.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Statement {
    /// Where.
    pub landed: Landed,
    /// End of the window.
    pub window_end: Signed64,
    /// GPU-seconds since the start.
    pub gpu_seconds: Unsigned64,
    /// Watt-hours since the start.
    pub energy_wh: Unsigned64,
    /// Root over the metering record.
    pub evidence: String,
    /// Who signed it.
    pub signers: Vec<String>,
    /// Whether the renter's side did, so that it is final at once.
    pub is_co_signed: bool,
    /// Whether it was taken in.
    pub counts: bool,
}

/// An instruction that was carried out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Event {
    /// Its place among all that happened: slot, number of the transaction in its block, number in the transaction, as
    /// `417-3-0`.
    pub id: String,
    /// Where.
    pub landed: Landed,
    /// Its number in the transaction.
    pub number: u32,
    /// The instruction, for instance `open_lease`.
    pub instruction: String,
    /// Whose signature it took.
    pub by: Option<String>,
    /// The lease that it is about.
    pub lease: Option<String>,
    /// Which of those that had this address.
    pub opened_slot: Option<Unsigned64>,
    /// Its accounts by name.
    #[schema(value_type = Object)]
    pub accounts: serde_json::Value,
    /// Its arguments.
    #[schema(value_type = Object)]
    pub args: serde_json::Value,
    /// What the program told of it.
    #[schema(value_type = Vec<Object>)]
    pub told: Vec<serde_json::Value>,
}

/// Tokens that entered or left an account of the program.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Movement {
    /// Where.
    pub landed: Landed,
    /// Its number in the transaction.
    pub number: u32,
    /// What for: `deposit`, `top_up`, `bond`, `stake`, `arbiter_fee`, `payout`, `fee`, `bond_return`, `credit`, `refund`,
    /// `bond_payment`, `bond_withdrawal`, `lock`, `unlock`, `fee_withdrawal`, `gift` or `unexplained`.
    pub purpose: String,
    /// The mint.
    pub mint: String,
    /// Base units.
    pub amount: Unsigned64,
    /// Token account that they came from; `null` if nobody saw it.
    pub from: Option<String>,
    /// Whose that is.
    pub from_owner: Option<String>,
    /// Token account that they went to.
    pub to: Option<String>,
    /// Whose that is.
    pub to_owner: Option<String>,
    /// The lease that it is about.
    pub lease: Option<String>,
    /// Which of those that had this address.
    pub opened_slot: Option<Unsigned64>,
}
