//! What a lease on an offer would cost.

use crate::json::{Bytes, Exactly};
use gpu_lease_client::{
    Error,
    outlook::{self, Quote},
};
use serde::Deserialize;

/// What a renter would like.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Wish {
    offer: Bytes,
    gpus: u32,
    duration: u32,
    fee_bps: u16,
    deposit: Option<Exactly<u64>>,
}

/// See [`Quote`].
pub fn quote(Wish { offer, gpus, duration, fee_bps, deposit }: &Wish) -> Result<Quote, Error> {
    let deposit = deposit.map(|deposit| deposit.0);
    let wish = outlook::Wish { gpus: *gpus, duration: *duration, fee_bps: *fee_bps, deposit };
    Ok(Quote::of(&offer.account()?, &wish))
}
