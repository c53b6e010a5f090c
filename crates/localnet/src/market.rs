use anyhow::Result;
use gpu_lease_client::{
    state::{Listing, Terms},
    text,
};
use sha2::{Digest, Sha256};
use solana_address::Address;

const MINUTE: u32 = 60;
/// Seconds.
pub const HOUR: u32 = 60 * MINUTE;
const DAY: u32 = 24 * HOUR;

/// An offer of the local market.
pub struct SampleOffer {
    /// GPU model.
    pub gpu_model: &'static str,
    /// Memory of one GPU, GiB.
    pub memory_gib: u32,
    /// GPUs offered.
    pub gpus: u32,
    /// Price per GPU-hour, base units of a six-decimals mint.
    pub price: u64,
    /// How long the provider may be silent, seconds.
    pub heartbeat_timeout: u32,
    /// How long a claim can be disputed, seconds.
    pub challenge_window: u32,
    pub region: &'static str,
    /// Carbon intensity of the power, gCO2e per kWh.
    pub carbon_intensity: u32,
    /// The rest, in words.
    pub description: &'static str,
}

/// What the first provider offers: hydropower in the north.
pub const NORTHERN_OFFERS: [SampleOffer; 2] = [
    SampleOffer {
        gpu_model: "NVIDIA H100 SXM",
        memory_gib: 80,
        gpus: 8,
        price: 2_490_000,
        heartbeat_timeout: 2 * HOUR,
        challenge_window: 30 * MINUTE,
        region: "eu-north-1",
        carbon_intensity: 28,
        description: "8 x H100 SXM5 on one board, NVLink, 2 TB RAM, 100 Gbit/s",
    },
    SampleOffer {
        gpu_model: "NVIDIA L40S",
        memory_gib: 48,
        gpus: 16,
        price: 860_000,
        heartbeat_timeout: 4 * DAY,
        challenge_window: 30 * MINUTE,
        region: "eu-north-1",
        carbon_intensity: 28,
        description: "4 x L40S per host, PCIe 4, 512 GB RAM, 25 Gbit/s",
    },
];

/// What the second provider offers: the grid of the plains.
pub const PLAINS_OFFERS: [SampleOffer; 2] = [
    SampleOffer {
        gpu_model: "NVIDIA A100 SXM",
        memory_gib: 80,
        gpus: 8,
        price: 1_390_000,
        heartbeat_timeout: 2 * HOUR,
        challenge_window: 30 * MINUTE,
        region: "us-central-1",
        carbon_intensity: 401,
        description: "8 x A100 SXM4 on one board, NVLink, 1 TB RAM, 100 Gbit/s",
    },
    SampleOffer {
        gpu_model: "NVIDIA RTX 4090",
        memory_gib: 24,
        gpus: 24,
        price: 390_000,
        heartbeat_timeout: 2 * HOUR,
        challenge_window: 30 * MINUTE,
        region: "us-central-1",
        carbon_intensity: 401,
        description: "6 x RTX 4090 per host, PCIe 4, 256 GB RAM, 10 Gbit/s",
    },
];

/// What the first provider offers too, once the stories are played: claims stay open for a day, so that there
/// is time to look at them.
pub const UNHURRIED_OFFER: SampleOffer = SampleOffer {
    gpu_model: "NVIDIA H200 SXM",
    memory_gib: 141,
    gpus: 8,
    price: 3_290_000,
    heartbeat_timeout: 2 * DAY,
    challenge_window: DAY,
    region: "eu-north-1",
    carbon_intensity: 28,
    description: "8 x H200 SXM5 on one board, NVLink, 2 TB RAM, 200 Gbit/s",
};

impl SampleOffer {
    /// The terms, priced in `mint`.
    pub fn terms(&self, mint: Address) -> Terms {
        Terms {
            price: self.price,
            min_duration: HOUR,
            max_duration: 30 * DAY,
            notice: HOUR,
            challenge_window: self.challenge_window,
            heartbeat_timeout: self.heartbeat_timeout,
            sla_penalty_bps: 20_000,
            sla_uptime_bps: 9_990,
            bond_hours: 2,
            spare: [0; 4],
            verifier: Address::default(),
            mint,
        }
    }

    /// The listing. The description is in the link itself, so that its hash can be checked anywhere.
    pub fn listing(&self) -> Result<Listing> {
        Ok(Listing {
            gpu_model: text::write(self.gpu_model)?,
            region: text::write(self.region)?,
            memory_gib: self.memory_gib,
            carbon_intensity: self.carbon_intensity,
            description_hash: Sha256::digest(self.description).into(),
            description_uri: text::write(&format!("data:,{}", self.description.replace(' ', "%20")))?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sample_offers_are_within_the_protocol_s_bounds() {
        for offer in NORTHERN_OFFERS.iter().chain(&PLAINS_OFFERS).chain([&UNHURRIED_OFFER]) {
            assert!(offer.terms(Address::default()).validate().is_ok());
            assert!(offer.listing().is_ok(), "{}", offer.gpu_model);
        }
    }
}
