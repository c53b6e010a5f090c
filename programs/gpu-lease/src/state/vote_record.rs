use super::{ACCOUNT_VERSION, Ballot};
use anchor_lang::prelude::*;

/// Seed of [`VoteRecord`] accounts, followed by the proposal and by the lock or participant.
pub const VOTE_SEED: &[u8] = b"vote";

/// The two houses.
#[pod_wrapper]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum House {
    /// Token holders, weighed by what they locked.
    Tokens = 0,
    /// Participants, weighed by what they paid.
    Participants = 1,
}

/// What one lock or participant voted on one proposal.
#[account]
#[derive(Debug, PartialEq, Eq)]
pub struct VoteRecord {
    /// The proposal.
    pub proposal: Address,
    /// The lock or the participant.
    pub voter: Address,
    /// Wallet that paid for this account and gets its rent back.
    pub rent_payer: Address,
    /// Weight that was counted.
    pub weight: u64,
    /// A [`House`].
    pub house: PodHouse,
    /// 1 for, 0 against.
    pub is_for: u8,
    /// 1 if the delegate cast it, 0 if the owner did.
    pub by_delegate: u8,
    /// Layout version.
    pub version: u8,
    /// Bump of this address.
    pub bump: u8,
    /// Zero; for later versions.
    pub spare: [u8; 19],
}

const _: () = assert!(core::mem::size_of::<VoteRecord>() == 128);

impl VoteRecord {
    /// Address of the record of what `voter` voted on `proposal`, and its bump.
    pub fn address(proposal: &Address, voter: &Address) -> (Address, u8) {
        Address::find_program_address(&[VOTE_SEED, proposal.as_ref(), voter.as_ref()], &crate::ID)
    }

    /// What was voted, if anything was.
    pub const fn ballot(&self) -> Option<Ballot> {
        match self.version {
            0 => None,
            _ => Some(Ballot { is_for: self.is_for == 1, weight: self.weight }),
        }
    }

    /// A first vote of `weight`, before it is known which way.
    pub fn new(
        house: House,
        proposal: Address,
        voter: Address,
        rent_payer: Address,
        weight: u64,
        bump: u8,
    ) -> Self {
        Self {
            proposal,
            voter,
            rent_payer,
            weight,
            house: house.into(),
            is_for: 0,
            by_delegate: 0,
            version: ACCOUNT_VERSION,
            bump,
            spare: [0; 19],
        }
    }

    /// Keeps which way was voted and by whom.
    pub fn choose(&mut self, is_for: bool, by_delegate: bool) {
        self.is_for = u8::from(is_for);
        self.by_delegate = u8::from(by_delegate);
    }
}
