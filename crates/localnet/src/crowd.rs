//! Many offers of many providers, to see how a large market feels.

use crate::{Localnet, SampleOffer, market::HOUR, wallets::well_known};
use anyhow::Result;
use gpu_lease_client::{
    account::ProgramAccount,
    state::{ACCOUNT_VERSION, Offer, Provider, ProviderRecord},
};
use solana_address::Address;
use solana_signer::Signer;

/// Most offers of one provider.
const OFFERS_EACH: u64 = 50;

/// Name, memory in GiB, and price in base units.
const MODELS: [(&str, u32, u64); 10] = [
    ("NVIDIA B200", 180, 4_990_000),
    ("NVIDIA H200 SXM", 141, 3_290_000),
    ("NVIDIA H100 PCIe", 80, 2_190_000),
    ("AMD MI300X", 192, 2_450_000),
    ("NVIDIA A100 PCIe", 80, 1_290_000),
    ("NVIDIA L40S", 48, 860_000),
    ("NVIDIA A6000", 48, 490_000),
    ("NVIDIA L4", 24, 440_000),
    ("NVIDIA RTX 5090", 32, 640_000),
    ("NVIDIA RTX 3090", 24, 210_000),
];

/// Name, and gCO2e per kWh.
const REGIONS: [(&str, u32); 7] = [
    ("eu-north-1", 28),
    ("eu-west-3", 56),
    ("eu-central-1", 344),
    ("us-west-2", 121),
    ("us-east-1", 386),
    ("ap-south-1", 713),
    ("sa-east-1", 98),
];

/// GPUs of an offer.
const SIZES: [u32; 5] = [8, 4, 16, 1, 64];

impl Localnet {
    /// Adds `count` offers, all different, of as many providers as it takes.
    ///
    /// Their accounts are put there as the program would have left them: two thousand take four seconds
    /// so, and two minutes by transactions.
    pub async fn add_offers(&self, count: u64) -> Result<()> {
        let rent_of = async |size| self.client.rpc().get_minimum_balance_for_rent_exemption(size).await;
        let provider_rent = rent_of(Provider::SIZE).await?;
        let offer_rent = rent_of(Offer::SIZE).await?;
        for number in 0..count {
            let (id, wallet) = (number % OFFERS_EACH, well_known(&format!("crowd-{}", number / OFFERS_EACH)));
            let (provider, bump) = Provider::address(&wallet.pubkey());
            if id == 0 {
                let account = self::provider(number / OFFERS_EACH, wallet.pubkey(), bump);
                self.validator.put(&provider, provider_rent, &account)?;
            }
            let (offer, bump) = Offer::address(&provider, id);
            let sample = sample(number);
            let account = Offer {
                provider,
                id,
                terms: sample.terms(self.mint.address),
                listing: sample.listing()?,
                gpus: sample.gpus,
                gpus_free: sample.gpus,
                leases: 0,
                revision: 0,
                is_open: 1,
                version: ACCOUNT_VERSION,
                bump,
                spare: [0; 53],
            };
            self.validator.put(&offer, offer_rent, &account)?;
        }
        Ok(())
    }
}

/// The provider of this number. It has kept its promises better or worse.
fn provider(number: u64, authority: Address, bump: u8) -> Provider {
    let attestor = authority;
    let units_promised = number.saturating_mul(5_000_000);
    let units_delivered = units_promised.saturating_sub(units_promised / 1_000 * (number % 13));
    let leases = u32::try_from(number).unwrap_or(u32::MAX);
    let record = ProviderRecord {
        // What was delivered at a token a GPU-hour, at the fee rate of the local market.
        fees_paid: units_delivered.saturating_mul(1_000_000) / 3_600 / 100,
        units_delivered,
        units_promised,
        leases_started: leases,
        leases_completed: leases,
        leases_abandoned: leases / 9,
        leases_disputed: leases / 5,
        disputes_lost: leases / 11,
        spare: 0,
    };
    let pending_authority = Address::default();
    Provider {
        authority,
        pending_authority,
        attestor,
        operator: Address::default(),
        registered_by: authority,
        record,
        version: ACCOUNT_VERSION,
        bump,
        spare: [0; 62],
    }
}

/// The offer of this number. Numbers that share no factor make most of them differ in most of it.
fn sample(number: u64) -> SampleOffer {
    let pick = |length: usize, step: u64| usize::try_from(number / step).unwrap_or(0) % length;
    let (gpu_model, memory_gib, price) = MODELS[pick(MODELS.len(), 1)];
    let (region, carbon_intensity) = REGIONS[pick(REGIONS.len(), 3)];
    SampleOffer {
        gpu_model,
        memory_gib,
        gpus: SIZES[pick(SIZES.len(), 7)],
        price: price.saturating_add(number.saturating_mul(7_919) % (price / 2)),
        heartbeat_timeout: 12 * HOUR,
        challenge_window: HOUR,
        region,
        carbon_intensity,
        description: "One of many",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn many_offers_are_within_the_protocol_s_bounds_and_of_different_prices() {
        let prices: BTreeSet<_> = (0..2_000)
            .map(|number| {
                let offer = sample(number);
                assert!(offer.terms(Address::default()).validate().is_ok());
                assert!(offer.listing().is_ok());
                offer.price
            })
            .collect();
        assert!(prices.len() > 1_900, "{}", prices.len());
    }
}
