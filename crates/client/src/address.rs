//! Account addresses. Thin over the `address` functions of the program's accounts, which know the seeds.

use gpu_lease::state::{
    FeeParams, Governance, Lease, MintPolicy, Offer, Participant, Proposal, Protocol, Provider, VoteLock,
    VoteRecord,
};
use solana_address::Address;
use solana_sdk_ids::bpf_loader_upgradeable;
pub use spl_associated_token_account_interface::address::get_associated_token_address_with_program_id as associated_token;

/// The program.
pub const PROGRAM: Address = gpu_lease::ID;

/// The SPL Token program.
pub const SPL_TOKEN: Address = spl_token_interface::ID;

/// The Token-2022 program.
pub const TOKEN_2022: Address = solana_address::address!("TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb");

/// The program that sets what a transaction may compute and what it offers for that.
pub const COMPUTE_BUDGET: Address = solana_sdk_ids::compute_budget::ID;

/// Programs whose instructions may come with the program's own: they set the compute budget and create token
/// accounts, and move nothing but the payer's fee and rent.
pub const BESIDE: [Address; 2] = [COMPUTE_BUDGET, spl_associated_token_account_interface::program::ID];

/// The one [`Protocol`] account.
pub fn protocol() -> Address {
    Protocol::address().0
}

/// The one [`FeeParams`] account.
pub fn fee_params() -> Address {
    FeeParams::address().0
}

/// The [`MintPolicy`] of `mint`.
pub fn mint_policy(mint: &Address) -> Address {
    MintPolicy::address(mint).0
}

/// The token account that collects the fees of `mint`.
pub fn fee_vault(mint: &Address) -> Address {
    MintPolicy::fee_vault_address(mint).0
}

/// The [`Provider`] that the wallet `authority` registers.
pub fn provider(authority: &Address) -> Address {
    Provider::address(authority).0
}

/// The bond account of a provider for `mint`, given the provider's account.
pub fn bond_account(provider: &Address, mint: &Address, token_program: &Address) -> Address {
    associated_token(provider, mint, token_program)
}

/// Offer number `id` of a provider, given the provider's account.
pub fn offer(provider: &Address, id: u64) -> Address {
    Offer::address(provider, id).0
}

/// Lease number `nonce` of the wallet `renter`.
pub fn lease(renter: &Address, nonce: u64) -> Address {
    Lease::address(renter, nonce).0
}

/// The token account that holds the money of a lease or the tokens of a lock.
pub fn vault(owner: &Address) -> Address {
    Lease::vault_address(owner).0
}

/// The one [`Governance`] account.
pub fn governance() -> Address {
    Governance::address().0
}

/// The [`Participant`] of `party`: a renter's wallet or a provider's account.
pub fn participant(party: &Address) -> Address {
    Participant::address(party).0
}

/// The [`VoteLock`] of the wallet `owner`.
pub fn lock(owner: &Address) -> Address {
    VoteLock::address(owner).0
}

/// [`Proposal`] number `id`.
pub fn proposal(id: u64) -> Address {
    Proposal::address(id).0
}

/// What the lock or participant `voter` voted on a proposal.
pub fn vote_record(proposal: &Address, voter: &Address) -> Address {
    VoteRecord::address(proposal, voter).0
}

/// The account in which the upgradeable loader keeps `program` and its upgrade authority.
pub fn program_data(program: &Address) -> Address {
    Address::find_program_address(&[program.as_ref()], &bpf_loader_upgradeable::ID).0
}
