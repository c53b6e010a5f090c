//! Addresses and hashes that clients derive.

use crate::fixture::{Text, require_recorded};
use bytemuck::{Zeroable, bytes_of};
use gpu_lease::state::*;
use gpu_lease_client::address;
use gpu_lease_tests::listing;
use serde::Serialize;
use solana_address::{Address, address};

/// Genesis hash of devnet.
const GENESIS_HASH: Address = address!("EtWTRABZaYq6iMfeYKouRu166VU2xqa1wcaWoxPkrZBG");

#[derive(Serialize)]
struct Derivations {
    program: String,
    genesis_hash: String,
    /// What attestations on the cluster of that genesis hash are bound to.
    domain: String,
    /// Terms and listing of an offer.
    offer: String,
    /// What a renter signs to accept them.
    offer_hash: String,
    program_data: String,
    addresses: Vec<Derived>,
}

/// An address of the program: its seeds are the name and the inputs, in this order.
#[derive(Serialize)]
struct Derived {
    name: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    of: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    number: Option<Text<u64>>,
    address: String,
    bump: u8,
}

impl Derived {
    fn new(name: &'static str, of: &[Address], number: Option<u64>, (address, bump): (Address, u8)) -> Self {
        let (of, number) = (of.iter().map(Address::to_string).collect(), number.map(Text));
        Self { name, of, number, address: address.to_string(), bump }
    }
}

fn derivations() -> Derivations {
    let mut addresses = vec![
        Derived::new("protocol", &[], None, Protocol::address()),
        Derived::new("fee_params", &[], None, FeeParams::address()),
        Derived::new("governance", &[], None, Governance::address()),
    ];
    for seed in 1..=4 {
        let key = Address::new_from_array([seed; 32]);
        addresses.push(Derived::new("mint", &[key], None, MintPolicy::address(&key)));
        addresses.push(Derived::new("fee_vault", &[key], None, MintPolicy::fee_vault_address(&key)));
        addresses.push(Derived::new("provider", &[key], None, Provider::address(&key)));
        addresses.push(Derived::new("vault", &[key], None, Lease::vault_address(&key)));
        addresses.push(Derived::new("participant", &[key], None, Participant::address(&key)));
        addresses.push(Derived::new("lock", &[key], None, VoteLock::address(&key)));
        for voter in 5..=6 {
            let voter = Address::new_from_array([voter; 32]);
            addresses.push(Derived::new("vote", &[key, voter], None, VoteRecord::address(&key, &voter)));
        }
        for number in [0, 1, u64::from(seed) << 40, u64::MAX] {
            addresses.push(Derived::new("offer", &[key], Some(number), Offer::address(&key, number)));
            addresses.push(Derived::new("lease", &[key], Some(number), Lease::address(&key, number)));
        }
    }
    for number in [0, 1, 1 << 40, u64::MAX] {
        addresses.push(Derived::new("proposal", &[], Some(number), Proposal::address(number)));
    }
    let terms = Terms {
        price: 2_500_000,
        min_duration: 3_600,
        max_duration: 2_592_000,
        notice: 7_200,
        challenge_window: 600,
        heartbeat_timeout: 900,
        sla_penalty_bps: 15_000,
        sla_uptime_bps: 9_900,
        bond_hours: 2,
        spare: [0; 4],
        verifier: Address::new_from_array([6; 32]),
        mint: Address::new_from_array([20; 32]),
    };
    let offer = Offer { terms, listing: listing(), ..Offer::zeroed() };
    Derivations {
        program: gpu_lease::ID.to_string(),
        genesis_hash: GENESIS_HASH.to_string(),
        domain: hex::encode(Protocol::domain(GENESIS_HASH.as_array())),
        offer: hex::encode([bytes_of(&offer.terms), bytes_of(&offer.listing)].concat()),
        offer_hash: hex::encode(offer.content_hash()),
        program_data: address::program_data(&gpu_lease::ID).to_string(),
        addresses,
    }
}

#[test]
fn addresses_and_hashes_are_as_recorded() {
    require_recorded("derivations.json", &derivations());
}

#[test]
fn some_of_the_addresses_need_a_search_for_their_bump() {
    let bumps: Vec<_> = derivations().addresses.iter().map(|derived| derived.bump).collect();
    assert!(bumps.contains(&255) && bumps.iter().any(|bump| *bump < 254), "{bumps:?}");
}
