//! Sample values for unit tests.

use crate::account::{Keyed, LeaseContext};
use bytemuck::Zeroable;
use gpu_lease::state::{ACCOUNT_VERSION, Lease, Ledger, Meter, Moment, PodLeaseState, Provider, Terms};
use solana_address::Address;
use solana_keypair::{Keypair, Signer};

/// Terms at 2.5 tokens of 6 decimals per GPU-hour.
pub fn terms() -> Terms {
    Terms {
        price: 2_500_000,
        min_duration: 3_600,
        max_duration: 86_400,
        challenge_window: 600,
        heartbeat_timeout: 900,
        mint: Address::new_from_array([9; 32]),
        ..Terms::zeroed()
    }
}

/// An Active lease of 8 GPUs that started at 1,000 and runs an hour.
pub fn lease() -> Lease {
    Lease {
        renter: keypair(1).pubkey(),
        payer: keypair(1).pubkey(),
        provider: Address::new_from_array([5; 32]),
        offer: Address::new_from_array([6; 32]),
        vault: Address::new_from_array([7; 32]),
        domain: [3; 32],
        terms: terms(),
        opened_slot: 77,
        started_at: 1_000,
        ends_at: 4_600,
        duration: 3_600,
        gpus: 8,
        ledger: Ledger { deposited: 20_000_000, ..Ledger::default() },
        promised_until: 4_600,
        meter: Meter::start(8, Moment::by_clock(1_000)),
        state: PodLeaseState::Active,
        version: ACCOUNT_VERSION,
        ..Lease::zeroed()
    }
}

/// [`lease`] with its surroundings; key 2 is the attestor, key 5 the operator.
pub fn lease_context() -> LeaseContext {
    let provider = Provider {
        authority: keypair(4).pubkey(),
        attestor: keypair(2).pubkey(),
        operator: keypair(5).pubkey(),
        version: ACCOUNT_VERSION,
        ..Provider::zeroed()
    };
    let address = Address::new_from_array([8; 32]);
    LeaseContext::new(Keyed { address, account: lease() }, provider, crate::address::SPL_TOKEN)
}

/// Keypair number `seed`: 1 the renter, 2 the attestor, 3 a verifier, 4 the provider's wallet, 5 its operator.
pub fn keypair(seed: u8) -> Keypair {
    Keypair::new_from_array([seed; 32])
}
