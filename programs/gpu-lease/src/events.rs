//! What happened, one event for each change, for those who watch. An event is believed only where the log is whole:
//! logs are cut at 10,000 bytes, and whoever puts other instructions in front fills them. What is never cut are the
//! instructions, the inner ones too, the token program's transfers, and the accounts; from these every balance can
//! be rebuilt. `attest` needs no event: its message is in the transaction. Events of money carry the ledger after it.
//!
//! Amounts are base units of the lease's mint, times unix seconds, units GPU-seconds.

use crate::state::{House, Ledger, Proposal, ProposedAction, Terms, VoteRecord};
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
    /// Mint in which the participants' house counts.
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
    /// Runs its leases; zero for none.
    pub operator: Address,
}

/// A provider changed its attestor.
#[event(bytemuck)]
pub struct ProviderUpdated {
    /// The provider's account.
    pub provider: Address,
    /// Signs its usage from now on.
    pub attestor: Address,
    /// Runs its leases from now on; zero for none.
    pub operator: Address,
}

/// A provider nominated its next authority.
#[event(bytemuck)]
pub struct AuthorityNominated {
    /// The provider's account.
    pub provider: Address,
    /// May accept the authority; zero if nobody may.
    pub nominee: Address,
}

/// A provider has another authority.
#[event(bytemuck)]
pub struct AuthorityAccepted {
    /// The provider's account.
    pub provider: Address,
    /// Owns it from now on.
    pub authority: Address,
    /// Signs its usage from now on.
    pub attestor: Address,
    /// Runs its leases from now on; zero for none.
    pub operator: Address,
}

/// A provider took tokens out of its bond account.
#[event(bytemuck)]
pub struct BondWithdrawn {
    /// The provider's account.
    pub provider: Address,
    /// The tokens' mint.
    pub mint: Address,
    /// How many, base units.
    pub amount: u64,
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
    /// Decides its disputes.
    pub arbiter: Address,
    /// Mint of the money.
    pub mint: Address,
    /// What parties name when they sign anything about it.
    pub life: [u8; 32],
    /// Hash of the terms and the listing that the renter signed for.
    pub offer_hash: [u8; 32],
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
    /// 1 if the provider let the start deadline pass, 0 if the renter withdrew before it.
    pub never_started: u64,
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
    /// The ledger after it.
    pub ledger: Ledger,
}

/// A provider published other credentials for a lease.
#[event(bytemuck)]
pub struct AccessPublished {
    /// The lease.
    pub lease: Address,
    /// sha256 of the access blob in the instruction.
    pub access_blob_hash: [u8; 32],
    /// Slot in which that was.
    pub slot: u64,
}

/// A batch of usage was taken in. Its message is in the transaction.
#[event(bytemuck)]
pub struct BatchAttested {
    /// The provider's account.
    pub provider: Address,
    /// End of the attested window.
    pub window_end: i64,
    /// Rows of the batch.
    pub rows: u64,
    /// Those that were applied: a bit for each, the first row's the lowest.
    pub applied: u64,
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
    /// The ledger after it.
    pub ledger: Ledger,
}

/// A lease ends later.
#[event(bytemuck)]
pub struct LeaseExtended {
    /// The lease.
    pub lease: Address,
    /// When it ends now.
    pub ends_at: i64,
}

/// A lease goes on with another number of GPUs.
#[event(bytemuck)]
pub struct LeaseResized {
    /// The lease.
    pub lease: Address,
    /// GPUs from then on.
    pub gpus: u64,
    /// When they begin to count.
    pub effective_at: i64,
    /// Bond taken from the provider now.
    pub bond: u64,
    /// The ledger after it.
    pub ledger: Ledger,
}

/// A lease gave GPUs back to its offer.
#[event(bytemuck)]
pub struct GpusReleased {
    /// The lease.
    pub lease: Address,
    /// GPUs given back.
    pub gpus: u64,
}

/// A renter changed the key that may co-sign usage for it.
#[event(bytemuck)]
pub struct SessionKeySet {
    /// The lease.
    pub lease: Address,
    /// May co-sign from now on; zero if none.
    pub session_key: Address,
}

/// Notice was given, or a provider stopped a lease that nothing paid any more.
#[event(bytemuck)]
pub struct LeaseTerminated {
    /// The lease.
    pub lease: Address,
    /// Who ended it.
    pub by: Address,
    /// When it ends now.
    pub ends_at: i64,
    /// An `EndReason`.
    pub reason: u64,
}

/// A silent provider's lease has ended.
#[event(bytemuck)]
pub struct LeaseExpired {
    /// The lease.
    pub lease: Address,
    /// Its last attested moment.
    pub ends_at: i64,
    /// An `EndReason`: abandoned, or exhausted if the deposit was used up by then.
    pub reason: u64,
}

/// A renter disputed a claim.
#[event(bytemuck)]
pub struct LeaseDisputed {
    /// The lease.
    pub lease: Address,
    /// Paid the stake.
    pub funder: Address,
    /// Units that the renter admits.
    pub renter_units: u64,
    /// Units that the provider claims.
    pub provider_units: u64,
    /// Money set aside for the arbiter, of the funder's; the bond holds as much.
    pub stake: u64,
    /// Until when the arbiter may decide.
    pub deadline: i64,
    /// The ledger after it.
    pub ledger: Ledger,
}

/// A dispute is over.
#[event(bytemuck)]
pub struct DisputeResolved {
    /// The lease.
    pub lease: Address,
    /// Units that count.
    pub units: u64,
    /// Paid to the arbiter out of the stake.
    pub from_renter: u64,
    /// Paid to the arbiter out of the bond.
    pub from_provider: u64,
    /// 1 if the arbiter decided, 0 if its time passed.
    pub by_arbiter: u64,
    /// The ledger after it.
    pub ledger: Ledger,
}

/// A provider was paid.
#[event(bytemuck)]
pub struct LeaseSettled {
    /// The lease.
    pub lease: Address,
    /// Final units.
    pub accepted: u64,
    /// Paid to the provider now.
    pub payout: u64,
    /// Kept for the protocol now.
    pub fee: u64,
    /// The ledger after it.
    pub ledger: Ledger,
}

/// Fees that a lease released have become a weight in votes.
#[event(bytemuck)]
pub struct FeesCounted {
    /// The lease.
    pub lease: Address,
    /// Fees counted now.
    pub fees: u64,
    /// The ledger after it.
    pub ledger: Ledger,
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
    /// Paid to the payer, the credit not counted.
    pub refund: u64,
    /// An `EndReason`.
    pub reason: u64,
}

/// A renter's fees are counted from now on.
#[event(bytemuck)]
pub struct ParticipantCreated {
    /// The participant.
    pub participant: Address,
    /// Whose fees it counts: a renter's wallet or a provider's account.
    pub party: Address,
}

/// Tokens were locked.
#[event(bytemuck)]
pub struct TokensLocked {
    /// The lock.
    pub lock: Address,
    /// Its owner.
    pub owner: Address,
    /// Base units added.
    pub amount: u64,
    /// Base units that it holds.
    pub total: u64,
    /// From when on they can be unlocked.
    pub unlock_at: i64,
}

/// A lock ends later.
#[event(bytemuck)]
pub struct LockExtended {
    /// The lock.
    pub lock: Address,
    /// From when on its tokens can be unlocked.
    pub unlock_at: i64,
}

/// A lock has another delegate.
#[event(bytemuck)]
pub struct DelegateSet {
    /// The lock.
    pub lock: Address,
    /// May vote with it; zero if nobody but the owner may.
    pub delegate: Address,
}

/// A lock is gone and its tokens with their owner.
#[event(bytemuck)]
pub struct TokensUnlocked {
    /// The lock.
    pub lock: Address,
    /// Its owner.
    pub owner: Address,
    /// Base units returned.
    pub amount: u64,
}

/// A vote has begun.
#[event(bytemuck)]
pub struct ProposalCreated {
    /// The proposal.
    pub proposal: Address,
    /// Made it and gets the deposit back.
    pub proposer: Address,
    /// What is proposed.
    pub action: ProposedAction,
    /// Its number.
    pub id: u64,
    /// When the vote ends.
    pub ends_at: i64,
    /// When it ends at the latest.
    pub latest_end: i64,
    /// Votes for that it needs in the token house.
    pub quorum: u64,
    /// Votes against with which the participants refuse it; 0 if they have no say.
    pub refusal_quorum: u64,
}

/// A vote was cast or changed.
#[event(bytemuck)]
pub struct VoteCast {
    /// The proposal.
    pub proposal: Address,
    /// The lock or the participant that votes.
    pub voter: Address,
    /// A `House`.
    pub house: u64,
    /// 1 for, 0 against.
    pub is_for: u64,
    /// Its weight.
    pub weight: u64,
    /// 1 if a delegate cast it.
    pub by_delegate: u64,
    /// Votes for in its house now.
    pub votes_for: u64,
    /// Votes against in its house now.
    pub votes_against: u64,
    /// When the vote ends, which this vote may have put off.
    pub ends_at: i64,
}

impl VoteCast {
    /// What `record` says, and how `counted` stands with it.
    pub fn of(record: &VoteRecord, counted: &Proposal) -> Self {
        let VoteRecord { proposal, voter, weight, house, is_for, by_delegate, .. } = *record;
        let tally = match house.into() {
            House::Tokens => &counted.tokens,
            House::Participants => &counted.participants,
        };
        Self {
            proposal,
            voter,
            house: u64::from(house.0),
            is_for: u64::from(is_for),
            weight,
            by_delegate: u64::from(by_delegate),
            votes_for: tally.votes_for,
            votes_against: tally.votes_against,
            ends_at: counted.ends_at,
        }
    }
}

/// A vote is over.
#[event(bytemuck)]
pub struct ProposalFinalized {
    /// The proposal.
    pub proposal: Address,
    /// A `ProposalState`: passed or failed.
    pub state: u64,
    /// From when on it may be executed, if it passed.
    pub executable_from: i64,
}

/// A proposal was taken back.
#[event(bytemuck)]
pub struct ProposalCancelled {
    /// The proposal.
    pub proposal: Address,
}

/// What a proposal says is so.
#[event(bytemuck)]
pub struct ProposalExecuted {
    /// The proposal.
    pub proposal: Address,
    /// What it said.
    pub action: ProposedAction,
}

/// New leases sign for another fee.
#[event(bytemuck)]
pub struct FeeChanged {
    /// Rate before, basis points.
    pub from_bps: u64,
    /// Rate from now on, basis points.
    pub to_bps: u64,
}

/// Collected fees went to the treasury.
#[event(bytemuck)]
pub struct FeesWithdrawn {
    /// The proposal that passed it.
    pub proposal: Address,
    /// Their mint.
    pub mint: Address,
    /// The treasury's wallet.
    pub treasury: Address,
    /// Base units.
    pub amount: u64,
    /// Base units that the proposal has paid by now.
    pub paid: u64,
}

/// New leases are paused.
#[event(bytemuck)]
pub struct LeasesPaused {
    /// Until when.
    pub until: i64,
}

/// New leases are open again before the pause was over.
#[event(bytemuck)]
pub struct LeasesUnpaused {
    /// From when on the guardian may pause again.
    pub pause_allowed_from: i64,
}
