//! Offers of GPUs.

use super::build;
use crate::{
    account::{Keyed, ProviderRef},
    address,
};
use gpu_lease::{
    accounts, instruction as data,
    state::{Listing, Offer, Terms},
};
use solana_address::Address;
use solana_instruction::Instruction;
use solana_sdk_ids::system_program;

/// Lists `gpus` GPUs as the provider's offer number `id`. The provider's wallet pays.
pub fn create_offer(
    provider: ProviderRef,
    id: u64,
    gpus: u32,
    terms: Terms,
    listing: Listing,
) -> Instruction {
    build(
        accounts::CreateOffer {
            authority: provider.authority,
            provider: provider.address,
            offer: address::offer(&provider.address, id),
            mint_policy: address::mint_policy(&terms.mint),
            system_program: system_program::ID,
        },
        data::CreateOffer { id, gpus, terms, listing },
    )
}

/// Replaces everything that `offer` says to new leases.
pub fn update_offer(
    provider: ProviderRef,
    offer: &Keyed<Offer>,
    gpus: u32,
    is_open: bool,
    terms: Terms,
    listing: Listing,
    valid_until: i64,
) -> Instruction {
    let revision = offer.revision;
    build(
        accounts::UpdateOffer {
            authority: provider.authority,
            provider: provider.address,
            offer: offer.address,
            mint_policy: address::mint_policy(&terms.mint),
        },
        data::UpdateOffer { valid_until, revision, gpus, is_open, terms, listing },
    )
}

/// Removes an offer; the wallet gets the rent.
pub fn close_offer(provider: ProviderRef, offer: Address) -> Instruction {
    build(
        accounts::CloseOffer { authority: provider.authority, provider: provider.address, offer },
        data::CloseOffer {},
    )
}
