use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Signed64, Unsigned64};

/// A model of GPUs that is, or was, listed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Model {
    /// Its name, as providers write it.
    pub gpu_model: String,
    /// Open offers.
    pub offers: Unsigned64,
    /// GPUs in them.
    pub gpus: Unsigned64,
    /// Those that are free.
    pub gpus_free: Unsigned64,
    /// Providers.
    pub providers: Unsigned64,
    /// Lowest price in each mint of an offer with a free GPU.
    pub from: Vec<MintPrice>,
}

/// A price in a mint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MintPrice {
    /// The mint.
    pub mint: String,
    /// Base units a GPU-hour.
    pub price: Unsigned64,
}

/// A day of a model in a mint: what was listed, and what was rented.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PriceDay {
    /// Its first second, in UTC.
    pub day: Signed64,
    /// The model.
    pub gpu_model: String,
    /// The mint.
    pub mint: String,
    /// Lowest price of leases that were opened; `null` if there was none.
    pub low: Option<Unsigned64>,
    /// Mean price, weighed with GPU-hours, rounded down.
    pub mean: Option<Unsigned64>,
    /// Highest price.
    pub high: Option<Unsigned64>,
    /// Leases that were opened.
    pub leases: Unsigned64,
    /// GPU-seconds that they were opened for.
    pub gpu_seconds: Unsigned64,
    /// GPUs in open offers at the end of the day.
    pub gpus: Unsigned64,
    /// Those that were free.
    pub gpus_free: Unsigned64,
}

/// A day of the market.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MarketDay {
    /// Its first second, in UTC.
    pub day: Signed64,
    /// Leases that were opened.
    pub opened: Unsigned64,
    /// Leases that were closed.
    pub closed: Unsigned64,
    /// Disputes that were opened.
    pub disputes: Unsigned64,
    /// GPU-seconds of the leases that were closed.
    pub gpu_seconds: Unsigned64,
    /// Money, for each mint.
    pub mints: Vec<MintDay>,
}

/// Money that moved on a day in a mint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MintDay {
    /// The mint.
    pub mint: String,
    /// Paid in for leases.
    pub paid_in: Unsigned64,
    /// Paid to providers.
    pub paid_out: Unsigned64,
    /// Fees.
    pub fees: Unsigned64,
    /// Credits.
    pub credits: Unsigned64,
    /// Given back.
    pub refunds: Unsigned64,
}
