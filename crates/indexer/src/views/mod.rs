//! What the API shows: the same rules as all JSON of this project. Integers of 64 bits are decimal text, addresses base58,
//! other bytes hex, times unix seconds of the cluster's clock, amounts base units of the mint that stands beside them.

mod governance;
mod lease;
mod market;
mod number;
mod offer;
mod provider;
mod receipt;
mod wallet;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub use governance::{FeeChange, Pause, Proposal, ProposalState, Vote};
pub use lease::{Closing, Event, Lease, LeaseState, Movement, Statement};
pub use market::{MarketDay, MintDay, MintPrice, Model, PriceDay};
pub use number::{Signed64, Unsigned64};
pub use offer::{Offer, OfferTerms, OfferVersion};
pub use provider::{Provider, ProviderDay, ProviderRecord, Reliability};
pub use receipt::{Receipt, ReceiptLine};
pub use wallet::WalletDay;

/// How settled something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Commitment {
    /// It stands.
    Finalized,
    /// It may still be undone.
    Confirmed,
}

/// Where something is among all that happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Landed {
    /// The transaction.
    pub signature: String,
    /// Slot of its block.
    pub slot: Unsigned64,
    /// When its block was made.
    pub time: Signed64,
    /// How settled that is.
    pub commitment: Commitment,
}

/// Some of a list, in its order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Page<T> {
    /// Those of this page.
    pub items: Vec<T>,
    /// What to ask for as `after` to get the next page; `null` on the last.
    pub next: Option<String>,
}

/// How much of the chain is in the record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Progress {
    /// The cluster: hash of its genesis block, base58.
    pub genesis_hash: String,
    /// The program.
    pub program: String,
    /// Up to this slot everything that is finalized is in the record.
    pub finalized_slot: Unsigned64,
    /// Up to this slot what is confirmed is shown.
    pub confirmed_slot: Unsigned64,
    /// The cluster's time then.
    pub time: Signed64,
    /// Transactions of the program that succeeded.
    pub transactions: Unsigned64,
    /// Those that failed, or only named the program.
    pub others: Unsigned64,
    /// Whether the record begins with the program; otherwise what came before is not in it.
    pub is_complete: bool,
    /// Accounts whose figures are withheld, since the record does not explain them.
    pub in_doubt: Unsigned64,
}

/// What a token account of the program holds, by the record and by a node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Balance {
    /// The token account.
    pub account: String,
    /// What it is for: `lease`, `fees`, `bonds` or `lock`.
    pub kind: String,
    /// The lease, mint policy, provider or lock that it belongs to.
    pub of: String,
    /// The mint.
    pub mint: String,
    /// By the record.
    pub booked: Unsigned64,
    /// What a node showed when it was audited; `null` if it was not yet.
    pub held: Option<Unsigned64>,
    /// When that was.
    pub audited_at: Option<Signed64>,
    /// Whether record and node agree: `balanced`, `surplus`, `deficit`, or `unaudited`.
    pub verdict: String,
}
