//! What providers list: a realistic spread of models, regions and prices.

use gpu_lease_client::state::{Listing, Terms};
use gpu_lease_client::text;
use solana_address::Address;

use super::making::Mint;
use crate::chance::Chance;

const HOUR: u32 = 3_600;
const DAY: u32 = 24 * HOUR;

/// Name, memory in GiB, price in millionths of the mint's unit, and how many of a thousand offers are of it.
const MODELS: [(&str, u32, u64, u64); 16] = [
    ("NVIDIA RTX 4090", 24, 390_000, 190),
    ("NVIDIA H100 SXM", 80, 2_490_000, 130),
    ("NVIDIA A100 SXM", 80, 1_390_000, 110),
    ("NVIDIA RTX 3090", 24, 210_000, 100),
    ("NVIDIA L40S", 48, 860_000, 80),
    ("NVIDIA RTX 5090", 32, 640_000, 70),
    ("NVIDIA A6000", 48, 490_000, 60),
    ("NVIDIA H200 SXM", 141, 3_290_000, 55),
    ("NVIDIA L4", 24, 440_000, 50),
    ("NVIDIA A100 PCIe", 80, 1_290_000, 40),
    ("NVIDIA H100 PCIe", 80, 2_190_000, 35),
    ("NVIDIA T4", 16, 180_000, 30),
    ("AMD MI300X", 192, 2_450_000, 20),
    ("NVIDIA B200", 180, 4_990_000, 15),
    ("NVIDIA V100", 32, 310_000, 10),
    ("AMD MI250", 128, 990_000, 5),
];

/// Name, and gCO2e per kWh.
const REGIONS: [(&str, u32); 12] = [
    ("eu-north-1", 28),
    ("us-east-1", 386),
    ("us-west-2", 121),
    ("eu-central-1", 344),
    ("us-central-1", 401),
    ("ap-south-1", 713),
    ("eu-west-3", 56),
    ("ap-northeast-1", 462),
    ("sa-east-1", 98),
    ("ca-central-1", 34),
    ("me-central-1", 512),
    ("af-south-1", 709),
];

/// GPUs of an offer.
const SIZES: [u32; 8] = [8, 4, 16, 1, 2, 8, 32, 64];

/// What an offer is made of.
pub struct Sample {
    pub gpus: u32,
    pub terms: Terms,
    pub listing: Listing,
}

impl Sample {
    /// A new offer, priced in `mint`.
    pub fn new(chance: &mut Chance, mint: Mint) -> Self {
        let mut of_thousand = chance.below(1_000);
        let model = MODELS.iter().find(|(.., share)| {
            let is_it = of_thousand < *share;
            of_thousand = of_thousand.saturating_sub(*share);
            is_it
        });
        let (gpu_model, memory_gib, price, _) = *model.unwrap_or(&MODELS[0]);
        let (region, carbon_intensity) = REGIONS[chance.popular(REGIONS.len() as u64) as usize];
        // A fifth below or above what is usual.
        let price = price * chance.between(800, 1_200) / 1_000 * 10_u64.pow(mint.decimals.into()) / 1_000_000;
        let terms = Terms {
            price,
            min_duration: *chance.one(&[HOUR, HOUR, 4 * HOUR, DAY]),
            max_duration: *chance.one(&[7 * DAY, 30 * DAY, 30 * DAY, 90 * DAY]),
            notice: *chance.one(&[600, HOUR, DAY]),
            challenge_window: *chance.one(&[1_800, HOUR, DAY]),
            heartbeat_timeout: *chance.one(&[12 * HOUR, DAY, 2 * DAY]),
            sla_penalty_bps: *chance.one(&[10_000, 20_000]),
            sla_uptime_bps: *chance.one(&[9_900, 9_950, 9_990]),
            bond_hours: *chance.one(&[0, 1, 2, 2, 24]),
            spare: [0; 4],
            verifier: Address::default(),
            mint: mint.address,
        };
        let number = chance.any();
        let uri = format!("https://machines.example/{number:016x}.json");
        let listing = Listing {
            gpu_model: text::write(gpu_model).expect("short"),
            region: text::write(region).expect("short"),
            memory_gib,
            carbon_intensity,
            description_hash: bytes(number),
            description_uri: text::write(&uri).expect("short"),
        };
        Self { gpus: *chance.one(&SIZES), terms, listing }
    }
}

/// Bytes that nobody looks into.
pub fn bytes(seed: u64) -> [u8; 32] {
    let mut chance = Chance::new(seed);
    let parts = [chance.any(), chance.any(), chance.any(), chance.any()];
    bytemuck::cast(parts.map(u64::to_le))
}
