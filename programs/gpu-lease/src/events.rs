//! What happened, one event for each change. Together with the signed messages in the transactions that
//! called `attest`, which need no event of their own, they suffice to rebuild every balance.
//!
//! Amounts are base units of the lease's mint, times unix seconds, units GPU-seconds.

use crate::state::Terms;
use anchor_lang::prelude::*;
use bytemuck::{Pod, Zeroable, bytes_of};

/// Logs an event as every Anchor client reads it: discriminator, then bytes.
///
/// Built on the stack: the framework's macro copies an event through the heap byte by byte, which costs a
/// thousand compute units for the larger ones.
pub fn emit<E: Event + Pod>(event: E) {
    let record = Record { discriminator: Record::<E>::DISCRIMINATOR, event };
    sol_log_data(&[bytes_of(&record)]);
}

/// An event as it is logged.
#[derive(Clone, Copy)]
#[repr(C)]
struct Record<E> {
    discriminator: [u8; 8],
    event: E,
}

impl<E: Event> Record<E> {
    const DISCRIMINATOR: [u8; 8] = match E::DISCRIMINATOR.first_chunk() {
        Some(discriminator) => *discriminator,
        None => unreachable!(),
    };
}

// SAFETY: zeroes are a value of each field.
unsafe impl<E: Zeroable> Zeroable for Record<E> {}
// SAFETY: plain old data of alignment 8 or less behind eight bytes leaves no padding.
unsafe impl<E: Pod> Pod for Record<E> {}

/// The protocol exists.
#[event(bytemuck)]
pub struct ProtocolInitialized {
    /// What attestations are bound to.
    pub domain: [u8; 32],
    /// Mint of the tokens that vote.
    pub vote_mint: Address,
    /// Mint in which the fee payers' house counts.
    pub unit_mint: Address,
    /// May pause new leases.
    pub guardian: Address,
    /// Decides disputes.
    pub arbiter: Address,
    /// Wallet that fees go to.
    pub treasury: Address,
    /// Fee rate, basis points.
    pub fee_bps: u64,
}

/// Leases may be priced in a mint.
#[event(bytemuck)]
pub struct MintRegistered {
    /// The mint.
    pub mint: Address,
    /// Collects its fees.
    pub fee_vault: Address,
    /// Owns the mint.
    pub token_program: Address,
}

/// A provider exists.
#[event(bytemuck)]
pub struct ProviderRegistered {
    /// The provider's account.
    pub provider: Address,
    /// Its wallet.
    pub authority: Address,
    /// Signs its usage.
    pub attestor: Address,
}

/// A provider changed its attestor.
#[event(bytemuck)]
pub struct ProviderUpdated {
    /// The provider's account.
    pub provider: Address,
    /// Signs its usage from now on.
    pub attestor: Address,
}

/// An offer exists. Its account holds the listing.
#[event(bytemuck)]
pub struct OfferCreated {
    /// The offer.
    pub offer: Address,
    /// Its provider.
    pub provider: Address,
    /// The provider's number for it.
    pub id: u64,
    /// GPUs offered.
    pub gpus: u64,
    /// Its terms.
    pub terms: Terms,
}

/// An offer changed. Running leases keep their terms; its account holds the listing.
#[event(bytemuck)]
pub struct OfferUpdated {
    /// The offer.
    pub offer: Address,
    /// GPUs offered.
    pub gpus: u64,
    /// 1 while new leases may be opened, else 0.
    pub is_open: u64,
    /// Its terms.
    pub terms: Terms,
}

/// An offer is gone.
#[event(bytemuck)]
pub struct OfferClosed {
    /// The offer.
    pub offer: Address,
}

/// A lease is funded.
#[event(bytemuck)]
pub struct LeaseOpened {
    /// The lease.
    pub lease: Address,
    /// Uses the GPUs.
    pub renter: Address,
    /// Funded it.
    pub payer: Address,
    /// The offer.
    pub offer: Address,
    /// Its provider.
    pub provider: Address,
    /// Mint of the money.
    pub mint: Address,
    /// Money taken.
    pub deposit: u64,
    /// Price per GPU-hour.
    pub price: u64,
    /// Slot in which it was opened.
    pub opened_slot: u64,
    /// Until when the provider may start it.
    pub start_deadline: i64,
    /// How long it runs, seconds.
    pub duration: u32,
    /// GPUs leased.
    pub gpus: u32,
    /// Fee rate signed for, basis points.
    pub fee_bps: u64,
}

/// A lease was taken back before it started.
#[event(bytemuck)]
pub struct LeaseCancelled {
    /// The lease.
    pub lease: Address,
    /// Money returned to the payer.
    pub refund: u64,
}

/// A lease runs.
#[event(bytemuck)]
pub struct LeaseStarted {
    /// The lease.
    pub lease: Address,
    /// sha256 of the access blob in the instruction.
    pub access_blob_hash: [u8; 32],
    /// Bond taken from the provider.
    pub bond: u64,
    /// When it started.
    pub started_at: i64,
    /// When it ends.
    pub ends_at: i64,
}

/// A deposit grew.
#[event(bytemuck)]
pub struct LeaseToppedUp {
    /// The lease.
    pub lease: Address,
    /// Who paid.
    pub funder: Address,
    /// Money taken.
    pub amount: u64,
    /// Deposit since the opening.
    pub deposited: u64,
}

/// A provider was paid.
#[event(bytemuck)]
pub struct LeaseSettled {
    /// The lease.
    pub lease: Address,
    /// Final units.
    pub accepted: u64,
    /// Gross released since the start.
    pub released: u64,
    /// Paid to the provider now.
    pub payout: u64,
    /// Kept for the protocol now.
    pub fee: u64,
}

/// A lease is over and its vault empty.
#[event(bytemuck)]
pub struct LeaseClosed {
    /// The lease.
    pub lease: Address,
    /// Final units.
    pub accepted: u64,
    /// Units that the SLA promised.
    pub promised: u64,
    /// Paid to the provider now, the bond not counted.
    pub payout: u64,
    /// All fees of the lease, paid to the fee vault now.
    pub fees: u64,
    /// Bond returned to the provider.
    pub bond: u64,
    /// Part of the bond paid to the payer for missing units.
    pub credit: u64,
    /// Paid to the payer, the credit included.
    pub refund: u64,
}
