//! What can be asked of the record: filters, orders and pages.

use serde::Deserialize;
use solana_address::Address;
use utoipa::{IntoParams, ToSchema};

use crate::views::LeaseState;

/// Most items of a page.
pub const MOST_ITEMS: u32 = 200;

/// Items of a page, if it is not said.
pub const ITEMS: u32 = 50;

/// Which part of a list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Part {
    /// What the page before it named as `next`.
    pub after: Option<String>,
    /// Most items, up to [`MOST_ITEMS`].
    pub limit: u32,
}

/// Which offers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OfferFilter {
    /// Of this model, letters of either case.
    pub gpu_model: Option<String>,
    /// In this region.
    pub region: Option<String>,
    /// With this much memory at least, GiB.
    pub min_memory_gib: Option<u32>,
    /// With so many free GPUs at least.
    pub min_free: Option<u32>,
    /// In this mint.
    pub mint: Option<Address>,
    /// Of at most so much a GPU-hour, base units; of use with a mint.
    pub max_price: Option<u64>,
    /// Of this provider.
    pub provider: Option<Address>,
    /// Takes leases as short as this, seconds.
    pub duration: Option<u32>,
    /// Only those that a lease can be opened on; all if it is not said, but for removed ones.
    pub open: Option<bool>,
    /// With words of this text in model or region.
    pub text: Option<String>,
}

/// In which order.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, strum::EnumString, strum::Display, ToSchema,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum OfferOrder {
    /// Cheapest first.
    #[default]
    Price,
    /// Most memory first.
    Memory,
    /// Most free GPUs first.
    Free,
    /// Most reliable provider first.
    Reliability,
    /// Newest first.
    Newest,
}

/// Which leases; the newest come first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LeaseFilter {
    /// In which this wallet is renter or payer, or this provider's account or its wallet provides.
    pub party: Option<Address>,
    /// Of this renter or payer.
    pub renter: Option<Address>,
    /// Of this provider's account.
    pub provider: Option<Address>,
    /// On this offer.
    pub offer: Option<Address>,
    /// In one of these states.
    pub states: Vec<LeaseState>,
    /// Opened at this moment or later.
    pub opened_from: Option<i64>,
    /// Opened before this moment.
    pub opened_before: Option<i64>,
}

/// Which events; the newest come first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventFilter {
    /// That name this address: a wallet, a lease, an offer, a provider, a proposal.
    pub about: Option<Address>,
    /// Of this lease's life.
    pub opened_slot: Option<u64>,
    /// Of this instruction.
    pub instruction: Option<String>,
}

/// A stretch of time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, IntoParams)]
pub struct Span {
    /// From this moment on, unix seconds.
    pub from: Option<i64>,
    /// Before this moment.
    pub before: Option<i64>,
}
