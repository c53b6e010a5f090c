//! Where accounts lie: searched for once.

use gpu_lease_client::address;
use gpu_lease_tests::prelude::{Address, Lease};
use std::{
    collections::BTreeMap,
    sync::{LazyLock, Mutex},
};

/// An account, by what its address is made of.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    Protocol,
    Governance,
    FeeParams,
    /// Of a mint.
    MintPolicy(Address),
    /// Of a wallet.
    Provider(Address),
    /// Of a provider, with its number.
    Offer(Address, u64),
    /// Of a renter, with its number.
    Lease(Address, u64),
    /// Of a lease or a lock.
    Vault(Address),
    /// Of a wallet, a mint and a token program.
    Wallet(Address, Address, Address),
    /// Of a mint.
    FeeVault(Address),
    /// Of a party.
    Participant(Address),
    /// Of an owner.
    Lock(Address),
    /// By number.
    Proposal(u64),
    /// On a proposal, of a lock or a participant.
    VoteRecord(Address, Address),
}

impl Place {
    /// The bump of a lease's address.
    pub fn bump(lease: Address, renter: &Address, nonce: u64) -> u8 {
        static CACHE: LazyLock<Mutex<BTreeMap<Address, u8>>> = LazyLock::new(Mutex::default);
        let mut bumps = CACHE.lock().expect("never panics");
        *bumps.entry(lease).or_insert_with(|| Lease::address(renter, nonce).1)
    }

    pub fn address(self) -> Address {
        static CACHE: LazyLock<Mutex<BTreeMap<Place, Address>>> = LazyLock::new(Mutex::default);
        *CACHE.lock().expect("never panics").entry(self).or_insert_with(|| match self {
            Self::Protocol => address::protocol(),
            Self::Governance => address::governance(),
            Self::FeeParams => address::fee_params(),
            Self::MintPolicy(mint) => address::mint_policy(&mint),
            Self::Provider(authority) => address::provider(&authority),
            Self::Offer(provider, id) => address::offer(&provider, id),
            Self::Lease(renter, nonce) => address::lease(&renter, nonce),
            Self::Vault(owner) => address::vault(&owner),
            Self::Wallet(owner, mint, program) => address::associated_token(&owner, &mint, &program),
            Self::FeeVault(mint) => address::fee_vault(&mint),
            Self::Participant(party) => address::participant(&party),
            Self::Lock(owner) => address::lock(&owner),
            Self::Proposal(id) => address::proposal(id),
            Self::VoteRecord(proposal, voter) => address::vote_record(&proposal, &voter),
        })
    }
}
