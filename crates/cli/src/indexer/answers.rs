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
    pub decimals: Option<u8>,
    pub lines: Vec<ReceiptLine>,
    #[serde_as(as = "Option<DisplayFromStr>")]
    pub paid_in: Option<u64>,
    #[serde_as(as = "Option<DisplayFromStr>")]
    pub paid_back: Option<u64>,
    #[serde_as(as = "Option<DisplayFromStr>")]
    pub cost: Option<i64>,
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
        let paid = self.paid_in.zip(self.paid_back).map(|(paid, back)| i128::from(paid) - i128::from(back));
        self.lines.iter().all(line) && paid == self.cost.map(i128::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::de::DeserializeOwned;
    use serde_json::{Map, Value, json};

    fn api() -> Value {
        serde_json::from_str(include_str!("../../../../openapi/gpu-lease-indexer.json")).unwrap()
    }

    /// Something that the API may answer by its own description: everything that may be missing is, or is not.
    fn sample(api: &Value, schema: &Value, name: &str, is_missing: bool) -> Value {
        if let Some(of) = schema["$ref"].as_str() {
            return sample(api, api.pointer(of.trim_start_matches('#')).unwrap(), name, is_missing);
        }
        for several in ["oneOf", "anyOf"] {
            if let Some(all) = schema[several].as_array() {
                let of = all.iter().find(|it| (it["type"] == "null") == is_missing).unwrap_or(&all[0]);
                return sample(api, of, name, is_missing);
            }
        }
        if let Some(all) = schema["allOf"].as_array() {
            let parts = all.iter().map(|part| sample(api, part, name, is_missing));
            let fields = parts.flat_map(|part| part.as_object().cloned().unwrap_or_default());
            return Value::Object(fields.collect());
        }
        if let Some(first) = schema["enum"].get(0) {
            return first.clone();
        }
        let types = schema["type"].as_array().cloned().unwrap_or_else(|| vec![schema["type"].clone()]);
        if is_missing && types.contains(&json!("null")) {
            return Value::Null;
        }
        let format = schema["format"].as_str().unwrap_or_default();
        match types.iter().find_map(|it| it.as_str().filter(|it| *it != "null")) {
            Some("object") => {
                let fields = schema["properties"].as_object().into_iter().flatten();
                let field = |(name, of): (&String, &Value)| (name.clone(), sample(api, of, name, is_missing));
                Value::Object(fields.map(field).collect::<Map<_, _>>())
            }
            Some("array") => json!([sample(api, &schema["items"], name, is_missing)]),
            Some("integer") => json!(1),
            Some("boolean") => json!(true),
            _ if ["uint64", "int64"].contains(&format) => json!("7"),
            _ if name == "signature" => json!(Signature::default().to_string()),
            _ => json!(Address::default().to_string()),
        }
    }

    /// Requires that all that the API may answer is read, and that what is read is there, and reads the same again.
    fn require_read<T: DeserializeOwned + Serialize>(name: &str) {
        let api = api();
        let schema = api.pointer(&format!("/components/schemas/{name}")).unwrap();
        for is_missing in [false, true] {
            let said = sample(&api, schema, name, is_missing);
            let read: T = serde_json::from_value(said.clone())
                .unwrap_or_else(|error| panic!("{name}: {error}: {said}"));
            for (field, value) in serde_json::to_value(read).unwrap().as_object().unwrap() {
                assert!(
                    value.is_object() || value.is_array() || said.get(field) == Some(value),
                    "{name}.{field}"
                );
            }
        }
    }

    #[test]
    fn what_the_api_says_by_its_own_description_is_read() {
        require_read::<Progress>("Progress");
        require_read::<Lease>("Lease");
        require_read::<Event>("Event");
        require_read::<Receipt>("Receipt");
        require_read::<Model>("Model");
        require_read::<PriceDay>("PriceDay");
        require_read::<MarketDay>("MarketDay");
    }

    #[test]
    fn a_receipt_whose_figures_do_not_fit_is_found() {
        let api = api();
        let schema = api.pointer("/components/schemas/Receipt").unwrap();
        let receipt: Receipt = serde_json::from_value(sample(&api, schema, "", false)).unwrap();
        let wallet = Address::default();
        let fit = |change: fn(&mut Receipt)| {
            let mut receipt = receipt.clone();
            receipt.lines[0].from_owner = Some(Address::new_from_array([1; 32]));
            (receipt.paid_in, receipt.paid_back, receipt.cost) = (Some(9), Some(2), Some(7));
            change(&mut receipt);
            receipt.fits(&wallet)
        };
        assert!(fit(|_| {}));
        assert!(!fit(|receipt| receipt.lines[0].change += 1));
        assert!(!fit(|receipt| receipt.lines[0].amount += 1));
        assert!(!fit(|receipt| receipt.lines[0].to_owner = None));
        assert!(!fit(|receipt| receipt.lines[0].mint = Address::new_from_array([2; 32])));
        assert!(!fit(|receipt| receipt.cost = Some(8)));
        assert!(!fit(|receipt| receipt.paid_in = None));
        assert!(fit(|receipt| (receipt.paid_in, receipt.paid_back, receipt.cost) = (None, None, None)));
    }
}
