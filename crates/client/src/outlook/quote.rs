//! What a lease on an offer costs.

use super::{rehearse, sentence};
use crate::{
    Error,
    math::{capped, fee_floor, gross_floor, units_in},
    state::{Lease, LeaseParties, LeaseRequest, Moment, Offer, Protocol},
};
use bytemuck::Zeroable;
use serde::Serialize;
use solana_address::Address;

/// What a renter would like.
#[derive(Clone, Copy, Debug)]
pub struct Wish {
    /// GPUs.
    pub gpus: u32,
    /// How long the lease runs once started, seconds.
    pub duration: u32,
    /// Fee rate, basis points.
    pub fee_bps: u16,
    /// What is deposited, base units; for the whole duration if `None`.
    pub deposit: Option<u64>,
}

/// What a lease on an offer would cost, base units.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Quote {
    /// Price of the whole duration, the fee included: the deposit that pays for all of it.
    pub total: u64,
    /// Fee out of `total`.
    pub fee: u64,
    /// What the provider gets of `total`.
    pub payout: u64,
    /// What is deposited: what was asked for, or `total`, and no less than the smallest deposit.
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
    #[serde(serialize_with = "sentence")]
    #[cfg_attr(test, ts(type = "string | null"))]
    pub refusal: Option<Error>,
}

impl Quote {
    /// What `wish` would cost on `offer`.
    pub fn of(offer: &Offer, wish: &Wish) -> Self {
        let Wish { gpus, duration, fee_bps, deposit } = *wish;
        let terms = &offer.terms;
        let units = units_in(gpus, duration.into());
        let total = terms.price_ceil(gpus, duration).unwrap_or(u64::MAX);
        let gross = capped(gross_floor(units, terms.price), u64::MAX);
        let fee = fee_floor(gross, fee_bps);
        let minimum_deposit = terms.min_deposit_ceil(gpus).unwrap_or(u64::MAX);
        let deposit = deposit.unwrap_or(total.max(minimum_deposit));
        let funded = terms.units_funded_floor(deposit);
        let bond = terms.bond(gpus).unwrap_or(u64::MAX);
        Self {
            total,
            fee,
            payout: gross.saturating_sub(fee),
            deposit,
            minimum_deposit,
            funded_seconds: funded.checked_div(gpus.into()).unwrap_or_default(),
            bond,
            credit: terms.sla_credit_floor(terms.promised_units_floor(funded.min(units)), bond),
            refusal: refusal(offer, wish, deposit),
        }
    }
}

/// Why the program would not open the lease: for nobody and at the beginning of time.
fn refusal(offer: &Offer, wish: &Wish, deposit: u64) -> Option<Error> {
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
    let open = |lease: &mut Lease| {
        lease.open(&request, &parties, offer, &Protocol::zeroed(), wish.fee_bps, Moment::default())
    };
    rehearse(&Lease::zeroed(), open).err()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    /// Eight GPUs at 2.5 tokens an hour each, for an hour to a day.
    fn offer() -> Offer {
        Offer { terms: testing::terms(), gpus: 8, gpus_free: 8, is_open: 1, ..Offer::zeroed() }
    }

    fn wish() -> Wish {
        Wish { gpus: 8, duration: 7_200, fee_bps: 100, deposit: None }
    }

    #[test]
    fn a_quote_is_for_the_whole_duration_unless_less_is_deposited() {
        let quote = Quote::of(&offer(), &wish());
        assert_eq!((quote.total, quote.fee, quote.payout), (40_000_000, 400_000, 39_600_000));
        assert_eq!(
            (quote.deposit, quote.minimum_deposit, quote.funded_seconds),
            (40_000_000, 20_000_000, 7_200)
        );
        assert!(quote.refusal.is_none());
        let half = Quote::of(&offer(), &Wish { deposit: Some(20_000_000), ..wish() });
        assert_eq!((half.total, half.deposit, half.funded_seconds), (40_000_000, 20_000_000, 3_600));
    }

    #[test]
    fn a_price_is_rounded_up_and_its_fee_down() {
        let mut offer = offer();
        (offer.terms.price, offer.terms.min_duration) = (1, 1);
        let quote = Quote::of(&offer, &Wish { gpus: 1, duration: 3_601, ..wish() });
        assert_eq!((quote.total, quote.fee, quote.payout), (2, 0, 1));
    }

    #[test]
    fn a_quote_says_why_the_program_would_refuse() {
        let refusal = |wish| Quote::of(&offer(), &wish).refusal.unwrap().sentence();
        assert!(refusal(Wish { gpus: 9, ..wish() }).contains("fewer GPUs"));
        let poor = refusal(Wish { deposit: Some(19_999_999), ..wish() });
        assert!(poor.contains("shortest duration"), "{poor}");
    }
}
