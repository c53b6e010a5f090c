//! What a lease on an offer would cost.

use crate::json::{Bytes, Exactly, sentence};
use bytemuck::Zeroable;
use gpu_lease_client::{
    Error,
    math::{capped, gross_ceil, gross_floor, units_funded_floor, units_in},
    outlook::{self, rehearse},
    state::{Lease, LeaseParties, LeaseRequest, Moment, Offer, Protocol},
};
use serde::{Deserialize, Serialize};
use solana_address::Address;

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

/// What a lease on an offer would cost, base units.
#[derive(Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Quote {
    /// Price of the whole duration, the fee included: the deposit that pays for all of it.
    pub total: u64,
    /// Fee out of `total`.
    pub fee: u64,
    /// What the provider gets of `total`.
    pub payout: u64,
    /// What is deposited: what was asked for, else `total`, and no less than the smallest deposit.
    pub deposit: u64,
    /// Smallest deposit: the price of the shortest duration.
    pub minimum_deposit: u64,
    /// How long the deposit lasts if every GPU delivers every second.
    pub funded_seconds: u64,
    /// What the provider puts up.
    pub bond: u64,
    /// SLA credit if nothing is delivered, out of the bond.
    pub credit: u64,
    /// Why the program would refuse it now.
    pub refusal: Option<String>,
}

/// See [`Quote`].
pub fn quote(wish: &Wish) -> Result<Quote, Error> {
    let Wish { gpus, duration, fee_bps, deposit, .. } = *wish;
    let offer = wish.offer.account::<Offer>()?;
    let terms = offer.terms;
    let units = units_in(gpus, duration.into());
    let total = capped(gross_ceil(units, terms.price), u64::MAX);
    let gross = capped(gross_floor(units, terms.price), u64::MAX);
    let fee = outlook::fee(gross, fee_bps);
    let minimum_deposit = terms.min_deposit_ceil(gpus).unwrap_or(u64::MAX);
    let deposit = deposit.map_or(total.max(minimum_deposit), |deposit| deposit.0);
    let funded = capped(units_funded_floor(deposit, terms.price), u64::MAX);
    let bond = terms.bond(gpus).unwrap_or(u64::MAX);
    Ok(Quote {
        total,
        fee,
        payout: gross.saturating_sub(fee),
        deposit,
        minimum_deposit,
        funded_seconds: funded.checked_div(gpus.into()).unwrap_or_default(),
        bond,
        credit: terms.sla_credit_floor(terms.promised_units_floor(funded.min(units)), bond),
        refusal: open(&offer, wish, deposit).err().map(|error| sentence(&error)),
    })
}

/// Opens the lease, for nobody and at the beginning of time.
fn open(offer: &Offer, wish: &Wish, deposit: u64) -> Result<Lease, Error> {
    let nobody = Address::default();
    let request = LeaseRequest {
        nonce: 0,
        deposit,
        start_deadline: 1,
        duration: wish.duration,
        gpus: wish.gpus,
        max_fee_bps: wish.fee_bps,
        valid_until: 0,
        expected_offer: offer.content_hash(),
        arbiter: nobody,
        access_key: [0; 32],
        session_key: nobody,
    };
    let parties = LeaseParties { renter: nobody, payer: nobody, offer: nobody, vault: nobody, bump: 0 };
    let (lease, ()) = rehearse(&Lease::zeroed(), |lease| {
        lease.open(&request, &parties, offer, &Protocol::zeroed(), wish.fee_bps, Moment::default())
    })?;
    Ok(lease)
}
