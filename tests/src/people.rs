//! The people of the market. Their keys are fixed, so that addresses, bumps and compute units are too.

use solana_address::Address;
use solana_instruction::Instruction;
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
    /// Runs the provider's leases.
    pub operator: Keypair,
    /// Must sign usage where the terms say so.
    pub verifier: Keypair,
    /// Signs usage for the renter.
    pub agent: Keypair,
    /// Has no part in anything.
    pub stranger: Keypair,
    /// Owns the mints.
    pub issuer: Keypair,
    /// Decides disputes.
    pub arbiter: Keypair,
    /// May pause new leases.
    pub guardian: Keypair,
    /// Gets withdrawn fees.
    pub treasury: Keypair,
    /// Holds tokens that vote.
    pub holder: Keypair,
    /// Holds tokens that vote, too.
    pub other_holder: Keypair,
    /// Votes with the tokens of others.
    pub delegate: Keypair,
}

impl Default for People {
    fn default() -> Self {
        Self::with(|number| Keypair::new_from_array([number; 32]))
    }
}

impl People {
    /// People of whom the one with `number`, from 1 on, has the key that is named for it.
    fn with(key: impl Fn(u8) -> Keypair) -> Self {
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
            arbiter: key(11),
            guardian: key(12),
            treasury: key(13),
            holder: key(14),
            other_holder: key(15),
            delegate: key(16),
            operator: key(17),
        }
    }

    /// People whom no cluster has seen before.
    pub fn unheard_of() -> Self {
        Self::with(|_| Keypair::new())
    }

    /// The same people.
    pub fn insecure_clone(&self) -> Self {
        Self::with(|number| self.all()[usize::from(number) - 1].insecure_clone())
    }

    /// Everybody, in the order of the numbers of their keys.
    pub fn all(&self) -> [&Keypair; 17] {
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
            &self.arbiter,
            &self.guardian,
            &self.treasury,
            &self.holder,
            &self.other_holder,
            &self.delegate,
            &self.operator,
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

    /// Those who have to sign `instructions`, each once.
    pub fn signers_of(&self, instructions: &[Instruction]) -> Vec<&Keypair> {
        let mut signers: Vec<&Keypair> = Vec::new();
        for meta in instructions.iter().flat_map(|instruction| &instruction.accounts) {
            if meta.is_signer && signers.iter().all(|signer| signer.pubkey() != meta.pubkey) {
                signers.push(self.find(&meta.pubkey).expect("only people sign"));
            }
        }
        signers
    }
}
