use anchor_lang::{hash::sha256, prelude::*};

/// Seed of the one [`Protocol`] account.
pub const PROTOCOL_SEED: &[u8] = b"protocol";

/// The protocol on one cluster: who may do what besides the parties of a lease.
#[account]
#[derive(Debug, PartialEq, Eq)]
pub struct Protocol {
    /// sha256 of the program id and the cluster's genesis hash: what attestations are bound to.
    pub domain: [u8; 32],
    /// Mint of the tokens that vote.
    pub vote_mint: Address,
    /// Mint in which the fee payers' house counts fees.
    pub unit_mint: Address,
    /// May pause new leases, within limits.
    pub guardian: Address,
    /// Chooses a figure between two parties' claims.
    pub arbiter: Address,
    /// New leases are refused before this time, unix seconds.
    pub paused_until: i64,
    /// The guardian may pause again from this time on, unix seconds.
    pub pause_allowed_from: i64,
    /// Number of proposals so far; the id of the next.
    pub proposal_count: u64,
    /// Layout version.
    pub version: u8,
    /// Bump of this address.
    pub bump: u8,
    /// Room for the voting rules.
    pub spare: [u8; 126],
}

const _: () = assert!(core::mem::size_of::<Protocol>() == 312);

impl Protocol {
    /// Address of the account, and its bump.
    pub fn address() -> (Address, u8) {
        Address::find_program_address(&[PROTOCOL_SEED], &crate::ID)
    }

    /// What attestations on a cluster are bound to: sha256 of the program id and the genesis hash.
    pub fn domain(genesis_hash: &[u8; 32]) -> [u8; 32] {
        let mut input = [0; 64];
        let (program, genesis) = input.split_at_mut(32);
        program.copy_from_slice(crate::ID.as_ref());
        genesis.copy_from_slice(genesis_hash);
        sha256(&input)
    }

    /// Whether new leases are refused at `now`.
    pub const fn is_paused(&self, now: i64) -> bool {
        now < self.paused_until
    }
}
