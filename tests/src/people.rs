//! The people of the market. Their keys are fixed, so that addresses, bumps and compute units are too.

use solana_address::Address;
use solana_keypair::Keypair;
use solana_signer::Signer;

/// Everybody who may sign in a test.
pub struct People {
    /// Holds the program's upgrade authority.
    pub deployer: Keypair,
    /// Uses GPUs.
    pub renter: Keypair,
    /// Pays for a renter.
    pub sponsor: Keypair,
    /// Leases GPUs out.
    pub provider: Keypair,
    /// Leases GPUs out, too.
    pub rival: Keypair,
    /// Signs the provider's usage.
    pub attestor: Keypair,
    /// Must sign usage where the terms say so.
    pub verifier: Keypair,
    /// Signs usage for the renter.
    pub agent: Keypair,
    /// Has no part in anything.
    pub stranger: Keypair,
    /// Owns the mints.
    pub issuer: Keypair,
}

impl Default for People {
    fn default() -> Self {
        let key = |seed: u8| Keypair::new_from_array([seed; 32]);
        Self {
            deployer: key(1),
            renter: key(2),
            sponsor: key(3),
            provider: key(4),
            attestor: key(5),
            verifier: key(6),
            agent: key(7),
            stranger: key(8),
            issuer: key(9),
            rival: key(10),
        }
    }
}

impl People {
    /// Everybody.
    pub fn all(&self) -> [&Keypair; 10] {
        [
            &self.deployer,
            &self.renter,
            &self.sponsor,
            &self.provider,
            &self.attestor,
            &self.verifier,
            &self.agent,
            &self.stranger,
            &self.issuer,
            &self.rival,
        ]
    }

    /// Everybody's address.
    pub fn addresses(&self) -> impl Iterator<Item = Address> {
        self.all().into_iter().map(Signer::pubkey)
    }

    /// Whoever has this address.
    pub fn find(&self, address: &Address) -> Option<&Keypair> {
        self.all().into_iter().find(|person| person.pubkey() == *address)
    }
}
