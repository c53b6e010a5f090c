use super::Terms;
use crate::{constants::MAX_GPUS, errors::LeaseError};
use anchor_lang::{hash::sha256, prelude::*};
use bytemuck::{Pod, Zeroable};

/// Seed of [`Offer`] accounts, followed by the provider and the offer's id.
pub const OFFER_SEED: &[u8] = b"offer";

/// GPUs of one kind that a provider leases out.
#[account]
#[derive(Debug, PartialEq, Eq)]
pub struct Offer {
    /// The provider's account.
    pub provider: Address,
    /// The provider's number for this offer.
    pub id: u64,
    /// Terms for new leases.
    pub terms: Terms,
    /// What is offered, in words.
    pub listing: Listing,
    /// GPUs offered.
    pub gpus: u32,
    /// GPUs that no started lease holds.
    pub gpus_free: u32,
    /// Started leases that are not closed, whether they hold GPUs or not.
    pub leases: u32,
    /// How often it was changed.
    pub revision: u32,
    /// 1 while new leases may be opened, else 0.
    pub is_open: u8,
    /// Layout version.
    pub version: u8,
    /// Bump of this address.
    pub bump: u8,
    /// Zero; for later versions.
    pub spare: [u8; 53],
}

const _: () = assert!(core::mem::size_of::<Offer>() == 440);

/// What an offer says about its GPUs. Texts are UTF-8, filled up with zeroes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable, AnchorSerialize, AnchorDeserialize, IdlType)]
#[repr(C)]
pub struct Listing {
    /// GPU model, for instance `NVIDIA H100 SXM`.
    pub gpu_model: [u8; 32],
    /// Region, for instance `eu-north-1`.
    pub region: [u8; 16],
    /// Memory of one GPU, GiB.
    pub memory_gib: u32,
    /// Declared carbon intensity of the power, gCO2e per kWh.
    pub carbon_intensity: u32,
    /// sha256 of the full description.
    pub description_hash: [u8; 32],
    /// Where the full description is found.
    pub description_uri: [u8; 136],
}

const _: () = assert!(core::mem::size_of::<Listing>() == 224);

impl Offer {
    /// Address of a provider's offer number `id`, and its bump.
    pub fn address(provider: &Address, id: u64) -> (Address, u8) {
        Address::find_program_address(&[OFFER_SEED, provider.as_ref(), &id.to_le_bytes()], &crate::ID)
    }

    /// What a renter signs, and its lease keeps: sha256 of the terms' bytes and of the listing's after them.
    pub fn content_hash(&self) -> [u8; 32] {
        const CONTENT: core::ops::Range<usize> =
            core::mem::offset_of!(Offer, terms)..core::mem::offset_of!(Offer, gpus);
        sha256(bytemuck::bytes_of(self).get(CONTENT).unwrap_or_default())
    }

    /// Takes what the provider offers from now on, in place of the revision that it saw.
    pub fn update(
        &mut self,
        seen_revision: u32,
        gpus: u32,
        is_open: bool,
        terms: Terms,
        listing: Listing,
    ) -> Result<()> {
        require!(self.revision == seen_revision, LeaseError::ValueReplaced);
        self.resize(gpus)?;
        self.revision = self.revision.checked_add(1).ok_or(LeaseError::AmountOverflow)?;
        self.is_open = u8::from(is_open);
        self.terms = terms;
        self.listing = listing;
        self.invariant()
    }

    /// GPUs that started leases hold.
    pub const fn gpus_leased(&self) -> u32 {
        self.gpus.saturating_sub(self.gpus_free)
    }

    /// Offers `gpus` from now on, keeping those that are leased.
    pub fn resize(&mut self, gpus: u32) -> Result<()> {
        require!((1..=MAX_GPUS).contains(&gpus), LeaseError::GpuCountOutOfBounds);
        let free = gpus.checked_sub(self.gpus_leased()).ok_or(LeaseError::GpuCountOutOfBounds)?;
        self.gpus = gpus;
        self.gpus_free = free;
        Ok(())
    }

    /// Requires `gpus` to be free now.
    pub fn require_free(&self, gpus: u32) -> Result<()> {
        require!(gpus >= 1 && gpus <= self.gpus_free, LeaseError::NotEnoughFreeGpus);
        Ok(())
    }

    /// Takes `gpus` for a lease that starts on this offer.
    pub fn start_lease(&mut self, gpus: u32) -> Result<()> {
        self.leases = self.leases.checked_add(1).ok_or(LeaseError::InvariantGpus)?;
        self.reserve(gpus)
    }

    /// Takes the last `gpus` of a lease back, which is closed.
    pub fn close_lease(&mut self, gpus: u32) -> Result<()> {
        self.leases = self.leases.checked_sub(1).ok_or(LeaseError::InvariantGpus)?;
        self.release(gpus)
    }

    /// Takes `gpus` for a lease.
    pub fn reserve(&mut self, gpus: u32) -> Result<()> {
        self.require_free(gpus)?;
        self.gpus_free = self.gpus_free.checked_sub(gpus).ok_or(LeaseError::NotEnoughFreeGpus)?;
        self.invariant()
    }

    /// Gives `gpus` of a lease back.
    pub fn release(&mut self, gpus: u32) -> Result<()> {
        self.gpus_free = self.gpus_free.checked_add(gpus).ok_or(LeaseError::InvariantGpus)?;
        self.invariant()
    }

    /// INV-5, the part that this account can see: no more free GPUs than offered.
    pub fn invariant(&self) -> Result<()> {
        require!(self.gpus_free <= self.gpus, LeaseError::InvariantGpus);
        Ok(())
    }
}
