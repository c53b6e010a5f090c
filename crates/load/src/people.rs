//! Everybody in the market, by their numbers.

use anchor_lang::hash::sha256;
use solana_address::Address;
use solana_keypair::Keypair;
use solana_signer::Signer;

/// Who somebody is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Leases GPUs out.
    Provider,
    /// Signs usage for a provider.
    Attestor,
    /// Runs leases for a provider.
    Operator,
    /// Uses GPUs.
    Renter,
    /// Pays for renters.
    Sponsor,
    /// Co-signs for a renter.
    Guard,
    /// Locks tokens, to vote.
    Holder,
    /// Votes with the tokens of others.
    Delegate,
    /// Decides disputes, pauses, receives fees, started it all, or has no part in anything: by number.
    Other,
    /// A mint.
    Mint,
}

/// Everybody: each has a key that follows from the seed.
#[derive(Clone, Copy, Debug)]
pub struct People {
    /// Of the whole market.
    pub seed: u64,
}

impl People {
    /// Number `number` of them.
    pub fn key(&self, role: Role, number: u64) -> Keypair {
        let role = [role as u8];
        let secret = sha256(&[&self.seed.to_le_bytes()[..], &role, &number.to_le_bytes()].concat());
        Keypair::new_from_array(secret)
    }

    /// Its address.
    pub fn address(&self, role: Role, number: u64) -> Address {
        self.key(role, number).pubkey()
    }
}
