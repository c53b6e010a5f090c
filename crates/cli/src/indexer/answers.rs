//! What is read of an indexer's answers, and how it reads again as JSON: names and integers are the API's own, see
//! openapi/gpu-lease-indexer.json. Amounts are base units, times unix seconds.

use serde::{Deserialize, Serialize};
use serde_with::{DisplayFromStr, serde_as};
use solana_address::Address;
use solana_signature::Signature;

/// Some of a list.
#[derive(Debug, Deserialize)]
pub struct Page<T> {
    pub items: Vec<T>,
    pub next: Option<String>,
}

/// How far the record goes.
#[serde_as]
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Progress {
    pub genesis_hash: String,
    #[serde_as(as = "DisplayFromStr")]
    pub program: Address,
    #[serde_as(as = "DisplayFromStr")]
    pub finalized_slot: u64,
    #[serde_as(as = "DisplayFromStr")]
    pub time: i64,
    pub is_complete: bool,
}

/// A lease, whether it runs or is over.
#[serde_as]
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Lease {
    #[serde_as(as = "DisplayFromStr")]
    pub address: Address,
    #[serde_as(as = "DisplayFromStr")]
    pub opened_slot: u64,
    #[serde_as(as = "DisplayFromStr")]
    pub renter: Address,
    #[serde_as(as = "DisplayFromStr")]
    pub payer: Address,
    #[serde_as(as = "DisplayFromStr")]
    pub provider: Address,
    #[serde_as(as = "Option<DisplayFromStr>")]
    pub provider_authority: Option<Address>,
    #[serde_as(as = "DisplayFromStr")]
    pub offer: Address,
    pub gpu_model: String,
    pub region: String,
    #[serde_as(as = "DisplayFromStr")]
    pub mint: Address,
    #[serde_as(as = "DisplayFromStr")]
    pub price: u64,
    pub fee_bps: u16,
    pub gpus: u32,
    pub duration: u32,
    pub state: String,
    pub end_reason: Option<String>,
    #[serde_as(as = "DisplayFromStr")]
    pub opened_at: i64,
    #[serde_as(as = "Option<DisplayFromStr>")]
    pub started_at: Option<i64>,
    #[serde_as(as = "Option<DisplayFromStr>")]
    pub ends_at: Option<i64>,
    #[serde_as(as = "Option<DisplayFromStr>")]
    pub closed_at: Option<i64>,
    #[serde_as(as = "DisplayFromStr")]
    pub accepted: u64,
    #[serde_as(as = "DisplayFromStr")]
    pub claimed: u64,
    #[serde_as(as = "Option<DisplayFromStr>")]
    pub promised: Option<u64>,
    #[serde_as(as = "DisplayFromStr")]
    pub energy_wh: u64,
    #[serde_as(as = "Option<DisplayFromStr>")]
    pub deposited: Option<u64>,
    #[serde_as(as = "Option<DisplayFromStr>")]
    pub paid: Option<u64>,
    #[serde_as(as = "Option<DisplayFromStr>")]
    pub fees: Option<u64>,
    #[serde_as(as = "Option<DisplayFromStr>")]
    pub bond: Option<u64>,
    pub closing: Option<Closing>,
    pub is_own: bool,
    pub is_in_doubt: bool,
    pub commitment: String,
}

/// How the money of a lease was divided.
#[serde_as]
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Closing {
    #[serde_as(as = "DisplayFromStr")]
    pub payout: u64,
    #[serde_as(as = "DisplayFromStr")]
    pub fees: u64,
    #[serde_as(as = "DisplayFromStr")]
    pub bond: u64,
    #[serde_as(as = "DisplayFromStr")]
    pub credit: u64,
    #[serde_as(as = "DisplayFromStr")]
    pub refund: u64,
}

/// Where something is among all that happened.
#[serde_as]
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Landed {
    #[serde_as(as = "DisplayFromStr")]
    pub signature: Signature,
    #[serde_as(as = "DisplayFromStr")]
    pub slot: u64,
    #[serde_as(as = "DisplayFromStr")]
    pub time: i64,
    pub commitment: String,
}

/// An instruction that was carried out.
#[serde_as]
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Event {
    pub landed: Landed,
    pub number: u32,
    pub instruction: String,
    #[serde_as(as = "Option<DisplayFromStr>")]
    pub by: Option<Address>,
}

/// What an accountant needs of a lease.
#[serde_as]
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Receipt {
    pub lease: Lease,
    pub decimals: u8,
    pub lines: Vec<ReceiptLine>,
    #[serde_as(as = "DisplayFromStr")]
    pub paid_in: u64,
    #[serde_as(as = "DisplayFromStr")]
    pub paid_back: u64,
    #[serde_as(as = "DisplayFromStr")]
    pub cost: i64,
}

/// Tokens that moved, and what that is to the wallet whose receipt it is.
#[serde_as]
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ReceiptLine {
    pub landed: Landed,
    pub number: u32,
    pub purpose: String,
    #[serde_as(as = "DisplayFromStr")]
    pub mint: Address,
    #[serde_as(as = "DisplayFromStr")]
    pub amount: u64,
    #[serde_as(as = "Option<DisplayFromStr>")]
    pub from: Option<Address>,
    #[serde_as(as = "Option<DisplayFromStr>")]
    pub from_owner: Option<Address>,
    #[serde_as(as = "Option<DisplayFromStr>")]
    pub to: Option<Address>,
    #[serde_as(as = "Option<DisplayFromStr>")]
    pub to_owner: Option<Address>,
    #[serde_as(as = "DisplayFromStr")]
    pub change: i64,
}

/// A model of GPUs that is, or was, listed.
#[serde_as]
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Model {
    pub gpu_model: String,
    #[serde_as(as = "DisplayFromStr")]
    pub offers: u64,
    #[serde_as(as = "DisplayFromStr")]
    pub gpus: u64,
    #[serde_as(as = "DisplayFromStr")]
    pub gpus_free: u64,
    #[serde_as(as = "DisplayFromStr")]
    pub providers: u64,
    pub from: Vec<MintPrice>,
}

/// A price in a mint.
#[serde_as]
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct MintPrice {
    #[serde_as(as = "DisplayFromStr")]
    pub mint: Address,
    #[serde_as(as = "DisplayFromStr")]
    pub price: u64,
}

/// A day of a model in a mint.
#[serde_as]
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PriceDay {
    #[serde_as(as = "DisplayFromStr")]
    pub day: i64,
    #[serde_as(as = "DisplayFromStr")]
    pub mint: Address,
    #[serde_as(as = "Option<DisplayFromStr>")]
    pub low: Option<u64>,
    #[serde_as(as = "Option<DisplayFromStr>")]
    pub mean: Option<u64>,
    #[serde_as(as = "Option<DisplayFromStr>")]
    pub high: Option<u64>,
    #[serde_as(as = "DisplayFromStr")]
    pub leases: u64,
    #[serde_as(as = "DisplayFromStr")]
    pub gpu_seconds: u64,
    #[serde_as(as = "DisplayFromStr")]
    pub gpus: u64,
    #[serde_as(as = "DisplayFromStr")]
    pub gpus_free: u64,
}

/// A day of the market.
#[serde_as]
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct MarketDay {
    #[serde_as(as = "DisplayFromStr")]
    pub day: i64,
    #[serde_as(as = "DisplayFromStr")]
    pub opened: u64,
    #[serde_as(as = "DisplayFromStr")]
    pub closed: u64,
    #[serde_as(as = "DisplayFromStr")]
    pub disputes: u64,
    #[serde_as(as = "DisplayFromStr")]
    pub gpu_seconds: u64,
    pub mints: Vec<MintDay>,
}

/// Money that moved on a day in a mint.
#[serde_as]
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct MintDay {
    #[serde_as(as = "DisplayFromStr")]
    pub mint: Address,
    #[serde_as(as = "DisplayFromStr")]
    pub paid_in: u64,
    #[serde_as(as = "DisplayFromStr")]
    pub paid_out: u64,
    #[serde_as(as = "DisplayFromStr")]
    pub fees: u64,
    #[serde_as(as = "DisplayFromStr")]
    pub credits: u64,
    #[serde_as(as = "DisplayFromStr")]
    pub refunds: u64,
}

impl Lease {
    /// What an address is in it: the first of what it may be.
    pub fn part_of(&self, address: &Address) -> Option<&'static str> {
        let parts = [
            (self.renter == *address, "renter"),
            (self.provider == *address || self.provider_authority == Some(*address), "provider"),
            (self.payer == *address, "payer"),
        ];
        parts.into_iter().find_map(|(is_so, part)| is_so.then_some(part))
    }
}

impl Receipt {
    /// Whether its figures fit together: each line is what the wallet paid or got of what moved, and the cost is the difference.
    pub fn fits(&self, wallet: &Address) -> bool {
        let is_of = |owner: Option<Address>| owner.as_ref() == Some(wallet);
        let line = |line: &ReceiptLine| {
            let got = if is_of(line.to_owner) { i128::from(line.amount) } else { 0 };
            let gave = if is_of(line.from_owner) { i128::from(line.amount) } else { 0 };
            line.mint == self.lease.mint && i128::from(line.change) == got - gave
        };
        let cost = i128::from(self.paid_in) - i128::from(self.paid_back);
        self.lines.iter().all(line) && cost == i128::from(self.cost)
    }
}
