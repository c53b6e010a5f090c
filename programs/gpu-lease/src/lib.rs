//! The escrow of a decentralized GPU market.
//!
//! A renter deposits money for GPU time; the provider's signed attestations of usage release it, per second,
//! at the agreed price; what was not delivered comes back. This file is the manual: one entry for each
//! instruction, in the order of a lease's life. [`state`] holds the accounts and the rules, [`math`] the
//! arithmetic, [`attestation`] the signed bytes, [`constants`] the limits, [`errors`] the refusals.
//!
//! Whoever signs an instruction about a lease names with [`Seen`] the lease that it saw and until when its signature
//! counts, and in addition the figures that its decision depends on. If any of them has changed when the instruction
//! lands, it is refused (6320 to 6335) and nothing is lost.

#![cfg_attr(
    test,
    allow(
        clippy::arithmetic_side_effects,
        clippy::cast_possible_truncation,
        clippy::unwrap_used,
        reason = "a test may panic"
    )
)]

use anchor_lang::prelude::*;

pub mod attestation;
pub mod constants;
pub mod creation;
pub mod errors;
pub mod events;
pub mod instructions;
pub mod math;
pub mod state;
pub mod token;

use instructions::*;
use state::{Action, Agreed, HotKeys, LeaseRequest, Listing, Resize, Seen, Terms};

declare_id!("GPULease11111111111111111111111111111111111");

/// The instructions.
#[program]
pub mod gpu_lease {
    use super::*;

    /// Attests cumulative usage of a lease.
    ///
    /// - **Who**: anyone; the Ed25519 instruction immediately before carries the signatures of the
    ///   provider's attestor, of the verifier if the terms name one, and optionally of the
    ///   renter or its session key.
    /// - **State**: Active, until one hour after the end.
    /// - **Effect**: with that last signature the units are accepted at once; without it they are a
    ///   claim that matures when its challenge window has passed.
    /// - **Refuses**: 6004, 6306, 6400 to 6411.
    pub fn attest(ctx: &mut Context<Attest>) -> Result<()> {
        instructions::attest(ctx)
    }

    /// Attests cumulative usage of many leases of one provider up to one moment.
    ///
    /// - **Who**: anyone; the Ed25519 instruction immediately before carries the signature of the provider's attestor,
    ///   and optionally those of a verifier and of a session key, which count in the leases that name them.
    /// - **State**: Active, until one hour after the end.
    /// - **Accounts**: after the declared ones the leases, writable, in the order of their addresses.
    /// - **Effect**: takes in each row by the rule of [`attest`]. A row that `attest` would refuse, or whose account is
    ///   not the lease that was signed for, is skipped; the event says which were not.
    /// - **Refuses**: 6400, 6401, 6403, 6412 to 6414.
    pub fn attest_batch(ctx: &mut Context<AttestBatch>) -> Result<()> {
        instructions::attest_batch(ctx)
    }

    /// Pays the provider what has become due.
    ///
    /// - **Who**: anyone.
    /// - **State**: Active, Disputed or Resolved.
    /// - **Effect**: matures claims; pays `gross(accepted)`, capped by the deposit, less what was
    ///   released before and less the fee. If nothing is due, nothing moves.
    /// - **Refuses**: 6004, 6103, 6306, 6502 to 6504.
    pub fn settle(ctx: &mut Context<Settle>) -> Result<()> {
        instructions::settle(ctx)
    }

    /// Adds money to a lease's deposit.
    ///
    /// - **Who**: anyone; what is left at the close goes to the lease's payer all the same.
    /// - **State**: Pending, or Active before the end.
    /// - **Binds**: the lease; the earliest end that the funder accepts, `min_ends_at`. A Pending lease counts as
    ///   started now.
    /// - **Effect**: makes an exhausted lease run again, which binds the provider once it has attested a window that
    ///   ends later. That takes the price of a minute at least, or of the time to the end.
    /// - **Refuses**: 6004, 6103, 6306, 6309, 6320, 6321, 6323, 6335, 6500, 6501, 6504.
    pub fn top_up(ctx: &mut Context<TopUp>, seen: Seen, amount: u64, min_ends_at: i64) -> Result<()> {
        instructions::top_up(ctx, seen, amount, min_ends_at)
    }

    /// Opens and funds a lease on the terms that the renter saw.
    ///
    /// - **Who**: the renter, and the payer if that is someone else.
    /// - **State**: → Pending.
    /// - **Binds**: terms and listing of the offer, the highest fee rate, the arbiter, until when.
    /// - **Effect**: takes the deposit; copies the offer's terms, the fee rate and the arbiter into the
    ///   lease, with the hash of what was listed. Reserves no GPUs.
    /// - **Refuses**: 6004, 6102, 6103, 6208, 6209, 6110 to 6120, 6300 to 6303, 6312, 6321, 6322, 6501,
    ///   6502, 6505.
    pub fn open_lease(ctx: &mut Context<OpenLease>, request: LeaseRequest) -> Result<()> {
        instructions::open_lease(ctx, request)
    }

    /// Starts a funded lease.
    ///
    /// - **Who**: the provider, or its operator with a bond out of the bond account.
    /// - **State**: Pending → Active, until the start deadline.
    /// - **Binds**: the lease, and with it GPUs, duration, bond and access key.
    /// - **Effect**: reserves the GPUs, takes the bond, publishes the credentials encrypted to the
    ///   renter's access key.
    /// - **Refuses**: 6004, 6013, 6015, 6103, 6209, 6304, 6305, 6308, 6320, 6321, 6501, 6504.
    pub fn start_lease(ctx: &mut Context<StartLease>, seen: Seen, access_blob: &[u8]) -> Result<()> {
        instructions::start_lease(ctx, seen, access_blob)
    }

    /// Replaces the credentials of a lease, when its machine has moved.
    ///
    /// - **Who**: the provider or its operator.
    /// - **State**: Active.
    /// - **Binds**: the lease; the hash of the credentials that are replaced.
    /// - **Effect**: publishes others, encrypted to the renter's access key; the lease keeps their hash and slot.
    /// - **Refuses**: 6004, 6013, 6306, 6308, 6320, 6321, 6329.
    pub fn publish_access(
        ctx: &mut Context<PublishAccess>,
        seen: Seen,
        replaced: [u8; 32],
        access_blob: &[u8],
    ) -> Result<()> {
        instructions::publish_access(ctx, seen, replaced, access_blob)
    }

    /// Takes back a lease that has not started.
    ///
    /// - **Who**: the renter; anyone after the start deadline.
    /// - **State**: Pending → gone.
    /// - **Binds**: the lease.
    /// - **Effect**: returns the deposit and the rent to the payer.
    /// - **Refuses**: 6003, 6004, 6103, 6305, 6320, 6321, 6502 to 6504.
    pub fn cancel_lease(ctx: &mut Context<CancelLease>, seen: Seen) -> Result<()> {
        instructions::cancel_lease(ctx, seen)
    }

    /// Ends a lease and empties its vault.
    ///
    /// - **Who**: anyone; renter and provider together at any time, as they have `agreed`. The provider's operator may sign
    ///   in its place where it gives nothing up: all that is claimed is paid for, and nothing of the bond is credited.
    /// - **State**: Active → gone, once the lease has ended, the attestation grace is over and no claim
    ///   can still be challenged; Resolved → gone. As agreed: Active, Disputed or Resolved → gone.
    /// - **Binds**, if it is agreed: the lease; the units that are paid for, of those claimed or disputed; the credit
    ///   out of the bond. Neither the clock nor a promise nor a dispute in front changes how the vault is divided.
    /// - **Effect**: pays what is due and the bond to the provider, the fees to the fee vault, the SLA
    ///   credit and everything else to the payer, each in a transfer of its own; returns the rent and the GPUs;
    ///   counts the fees and the record.
    /// - **Refuses**: 6003, 6004, 6013, 6014, 6103, 6306, 6307, 6320, 6321, 6332, 6333, 6502 to 6504, 6601.
    pub fn close_lease(ctx: &mut Context<CloseLease>, agreed: Option<Agreed>) -> Result<()> {
        instructions::close_lease(ctx, agreed)
    }

    /// Lets fees that a lease has released count as a weight in votes. Closing does the same with what is left.
    ///
    /// - **Who**: anyone.
    /// - **State**: Active, Disputed or Resolved.
    /// - **Effect**: counts what was not counted yet for the mint and, in the unit mint, for both parties. If there is
    ///   nothing new, it counts nothing.
    /// - **Refuses**: 6004, 6306, 6502.
    pub fn count_fees(ctx: &mut Context<CountFees>) -> Result<()> {
        instructions::count_fees(ctx)
    }

    /// Lets a lease run longer.
    ///
    /// - **Who**: the renter.
    /// - **State**: Active, before the end and before any notice.
    /// - **Binds**: the lease, the GPUs that it runs with.
    /// - **Effect**: it runs for `duration` seconds in all, at most the terms' longest duration.
    /// - **Refuses**: 6003, 6301, 6306, 6309, 6320, 6321, 6327.
    pub fn extend_lease(ctx: &mut Context<ExtendLease>, seen: Seen, gpus: u32, duration: u32) -> Result<()> {
        instructions::extend_lease(ctx, seen, gpus, duration)
    }

    /// Lets a lease go on with more or fewer GPUs.
    ///
    /// - **Who**: the renter, and the provider or its operator when the lease grows.
    /// - **State**: Active, before the end and before any notice.
    /// - **Binds**: the lease, how long it runs in all, the GPUs before and after.
    /// - **Effect**: grows at once, reserving the GPUs and taking the bond that all of them need; shrinks when
    ///   the notice is over, after which [`release_gpus`] gives GPUs back.
    /// - **Refuses**: 6002 to 6004, 6013 to 6015, 6103, 6206, 6209, 6306, 6309, 6311, 6320, 6321, 6327, 6328, 6501,
    ///   6504.
    pub fn resize_lease(ctx: &mut Context<ResizeLease>, seen: Seen, change: Resize) -> Result<()> {
        instructions::resize_lease(ctx, seen, change)
    }

    /// Returns GPUs that a lease no longer needs to its offer.
    ///
    /// - **Who**: anyone.
    /// - **State**: Active, Disputed or Resolved.
    /// - **Effect**: before the end, what a shrink freed; after the end, all of them. The bond stays until the
    ///   close, since it answers for what was promised. If there are none, nothing changes.
    /// - **Refuses**: 6004, 6306.
    pub fn release_gpus(ctx: &mut Context<ReleaseGpus>) -> Result<()> {
        instructions::release_gpus(ctx)
    }

    /// Gives notice.
    ///
    /// - **Who**: the renter, its session key or the provider; the provider's operator where no notice is owed.
    /// - **State**: Active, before the end.
    /// - **Binds**: the lease; the latest end that the party accepts, `max_ends_at`.
    /// - **Effect**: the lease ends when the notice is over, if it would not end before; nothing extends it
    ///   afterwards. While it is exhausted the provider owes no notice, nor after a top-up that made it run again until
    ///   it has attested a window that ends later.
    /// - **Refuses**: 6004, 6006, 6014, 6306, 6309, 6320, 6321, 6324.
    pub fn terminate_lease(ctx: &mut Context<TerminateLease>, seen: Seen, max_ends_at: i64) -> Result<()> {
        instructions::terminate_lease(ctx, seen, max_ends_at)
    }

    /// Ends a lease whose provider fell silent.
    ///
    /// - **Who**: the renter or its session key; anyone, three days later.
    /// - **State**: Active, when the heartbeat timeout has passed before the end without an attestation.
    /// - **Binds**: the lease, the end of the last attested window.
    /// - **Effect**: the lease ends at its last attested moment; what the SLA promised stays promised.
    /// - **Refuses**: 6004, 6306, 6310, 6320, 6321, 6326.
    pub fn expire_lease(ctx: &mut Context<ExpireLease>, seen: Seen, window_end: i64) -> Result<()> {
        instructions::expire_lease(ctx, seen, window_end)
    }

    /// Disputes the usage that is claimed.
    ///
    /// - **Who**: the renter or its session key, and the funder of the stake if that is someone else.
    /// - **State**: Active → Disputed, while a claim is open.
    /// - **Binds**: the lease, the highest stake. Not the claim: a newer one does not void it.
    /// - **Effect**: `units` are accepted at once, the slice above waits for the arbiter, the lease ends at
    ///   its last attested moment. Takes a stake for the arbiter; the bond holds the provider's.
    /// - **Refuses**: 6003, 6004, 6103, 6306, 6320, 6321, 6325, 6504, 6600, 6601.
    pub fn dispute_lease(
        ctx: &mut Context<DisputeLease>,
        seen: Seen,
        units: u64,
        max_stake: u64,
    ) -> Result<()> {
        instructions::dispute_lease(ctx, seen, units, max_stake)
    }

    /// Decides a dispute.
    ///
    /// - **Who**: the arbiter that the lease names.
    /// - **State**: Disputed → Resolved, within seven days.
    /// - **Binds**: the lease, both figures.
    /// - **Effect**: `units`, between the two figures, count. The arbiter's fee is paid out of the stake and
    ///   the bond, each side for the distance of its figure.
    /// - **Refuses**: 6004, 6007, 6103, 6320, 6321, 6330, 6504, 6601 to 6603.
    pub fn resolve_dispute(
        ctx: &mut Context<ResolveDispute>,
        seen: Seen,
        renter_units: u64,
        provider_units: u64,
        units: u64,
    ) -> Result<()> {
        instructions::resolve_dispute(ctx, seen, renter_units, provider_units, units)
    }

    /// Ends a dispute that the arbiter did not decide.
    ///
    /// - **Who**: anyone.
    /// - **State**: Disputed → Resolved, after seven days.
    /// - **Effect**: the midpoint of the two figures counts; nobody pays the arbiter.
    /// - **Refuses**: 6602, 6604.
    pub fn resolve_by_timeout(ctx: &mut Context<ResolveByTimeout>) -> Result<()> {
        instructions::resolve_by_timeout(ctx)
    }

    /// Sets the key that may co-sign usage, dispute it, give notice and expire the lease for the renter; zero for none.
    ///
    /// - **Who**: the renter.
    /// - **State**: any.
    /// - **Binds**: the lease, the key that is replaced.
    /// - **Refuses**: 6003, 6320, 6321, 6329.
    pub fn set_session_key(
        ctx: &mut Context<SetSessionKey>,
        seen: Seen,
        replaced: Address,
        session_key: Address,
    ) -> Result<()> {
        instructions::set_session_key(ctx, seen, replaced, session_key)
    }

    /// Lists GPUs.
    ///
    /// - **Who**: the provider.
    /// - **Refuses**: 6002, 6200 to 6206, 6210, 6502.
    pub fn create_offer(
        ctx: &mut Context<CreateOffer>,
        id: u64,
        gpus: u32,
        terms: Terms,
        listing: Listing,
    ) -> Result<()> {
        instructions::create_offer(ctx, id, gpus, terms, listing)
    }

    /// Changes an offer for new leases; running ones keep their terms.
    ///
    /// - **Who**: the provider.
    /// - **Binds**: until when; the revision of the offer that is replaced.
    /// - **Refuses**: 6002, 6004, 6200 to 6206, 6210, 6321, 6329, 6502.
    pub fn update_offer(
        ctx: &mut Context<UpdateOffer>,
        valid_until: i64,
        revision: u32,
        gpus: u32,
        is_open: bool,
        terms: Terms,
        listing: Listing,
    ) -> Result<()> {
        instructions::update_offer(ctx, valid_until, revision, gpus, is_open, terms, listing)
    }

    /// Removes an offer on which no started lease is left to be closed.
    ///
    /// - **Who**: the provider.
    /// - **Effect**: returns the rent.
    /// - **Refuses**: 6002, 6004, 6207.
    pub fn close_offer(ctx: &mut Context<CloseOffer>) -> Result<()> {
        instructions::close_offer(ctx)
    }

    /// Registers a provider.
    ///
    /// - **Who**: the provider.
    /// - **Refuses**: 6104.
    pub fn register_provider(ctx: &mut Context<RegisterProvider>, keys: HotKeys) -> Result<()> {
        instructions::register_provider(ctx, keys)
    }

    /// Changes a provider's hot keys, which sign usage and run leases, for all its leases at once.
    ///
    /// - **Who**: the provider.
    /// - **Binds**: until when; the keys that are replaced.
    /// - **Refuses**: 6002, 6104, 6321, 6329.
    pub fn update_provider(
        ctx: &mut Context<UpdateProvider>,
        valid_until: i64,
        replaced: HotKeys,
        keys: HotKeys,
    ) -> Result<()> {
        instructions::update_provider(ctx, valid_until, replaced, keys)
    }

    /// Nominates the wallet that may take over a provider; zero takes a nomination back.
    ///
    /// - **Who**: the provider.
    /// - **Binds**: until when; the nominee that is replaced.
    /// - **Refuses**: 6002, 6321, 6329.
    pub fn nominate_authority(
        ctx: &mut Context<NominateAuthority>,
        valid_until: i64,
        replaced: Address,
        nominee: Address,
    ) -> Result<()> {
        instructions::nominate_authority(ctx, valid_until, replaced, nominee)
    }

    /// Takes over a provider, with its offers, its votes and what its leases still pay.
    ///
    /// - **Who**: the nominated wallet.
    /// - **Effect**: names the hot keys, too: the previous ones no longer sign.
    /// - **Binds**: until when.
    /// - **Refuses**: 6004, 6005, 6104, 6321.
    pub fn accept_authority(
        ctx: &mut Context<AcceptAuthority>,
        valid_until: i64,
        keys: HotKeys,
    ) -> Result<()> {
        instructions::accept_authority(ctx, valid_until, keys)
    }

    /// Takes tokens out of a provider's bond account: the token account of some mint that the provider's account owns.
    /// Anyone pays in, by an ordinary transfer.
    ///
    /// - **Who**: the provider.
    /// - **Binds**: until when; how much.
    /// - **Refuses**: 6002, 6103, 6321, 6500, 6503, 6504.
    pub fn withdraw_bond(ctx: &mut Context<WithdrawBond>, valid_until: i64, amount: u64) -> Result<()> {
        instructions::withdraw_bond(ctx, valid_until, amount)
    }

    /// Lets leases be priced in a mint of the SPL Token program or of Token-2022.
    ///
    /// - **Who**: anyone.
    /// - **Effect**: creates the mint's policy and fee vault.
    /// - **Refuses**: 6103, 6110 to 6120, 6505.
    pub fn register_mint(ctx: &mut Context<RegisterMint>) -> Result<()> {
        instructions::register_mint(ctx)
    }

    /// Opens a renter's fee account, which its leases require.
    ///
    /// - **Who**: the renter, and the payer if that is someone else.
    /// - **Effect**: creates the renter's account in the participants' house. A provider gets its own when it registers.
    pub fn create_participant(ctx: &mut Context<CreateParticipant>) -> Result<()> {
        instructions::create_participant(ctx)
    }

    /// Locks tokens, which vote until they are unlocked.
    ///
    /// - **Who**: the owner of the tokens.
    /// - **Effect**: creates the lock the first time, adds to it later. All its tokens are locked until
    ///   `unlock_at`, a multiple of 30 days which never comes nearer. What is added votes on proposals of later slots.
    /// - **Refuses**: 6103, 6110 to 6120, 6500 to 6505, 6700, 6701.
    pub fn lock_tokens(ctx: &mut Context<LockTokens>, amount: u64, unlock_at: i64) -> Result<()> {
        instructions::lock_tokens(ctx, amount, unlock_at)
    }

    /// Lets a lock last longer.
    ///
    /// - **Who**: its owner.
    /// - **Effect**: a lock that may have been too short for running votes votes only on proposals of later slots.
    /// - **Refuses**: 6009, 6700, 6701.
    pub fn extend_lock(ctx: &mut Context<ExtendLock>, unlock_at: i64) -> Result<()> {
        instructions::extend_lock(ctx, unlock_at)
    }

    /// Sets the wallet that may also vote with a lock; zero for none.
    ///
    /// - **Who**: the lock's owner.
    /// - **Effect**: the delegate votes where nothing was voted. It moves no tokens and cannot delegate further.
    /// - **Refuses**: 6009, 6321, 6329.
    pub fn set_delegate(
        ctx: &mut Context<SetDelegate>,
        valid_until: i64,
        replaced: Address,
        delegate: Address,
    ) -> Result<()> {
        instructions::set_delegate(ctx, valid_until, replaced, delegate)
    }

    /// Returns all tokens of a lock and its rent.
    ///
    /// - **Who**: anyone, from the unlock time on. Tokens and rent are the owner's.
    /// - **Refuses**: 6004, 6009, 6103, 6502 to 6504, 6702.
    pub fn unlock_tokens(ctx: &mut Context<UnlockTokens>) -> Result<()> {
        instructions::unlock_tokens(ctx)
    }

    /// Puts an action to the vote.
    ///
    /// - **Who**: anyone, with a deposit that comes back when the proposal is decided.
    /// - **State**: → Voting.
    /// - **Effect**: fixes quorums, times, and the fee that a change is measured against.
    /// - **Refuses**: 6100, 6104, 6321, 6334, 6500, 6502, 6505, 6800, 6801, 6810, 6811, 6814.
    pub fn create_proposal(
        ctx: &mut Context<CreateProposal>,
        valid_until: i64,
        max_deposit: u64,
        action: Action,
    ) -> Result<()> {
        instructions::create_proposal(ctx, valid_until, max_deposit, action)
    }

    /// Votes with a lock.
    ///
    /// - **Who**: the lock's owner, as often as it likes; its delegate where nothing was voted.
    /// - **State**: Voting, before the end. After a vote that changes the result there is an extension in which to answer,
    ///   up to three beyond the first end.
    /// - **Refuses**: 6010, 6321, 6331, 6703 to 6707.
    pub fn cast_vote(
        ctx: &mut Context<CastVote>,
        valid_until: i64,
        action_hash: [u8; 32],
        is_for: bool,
    ) -> Result<()> {
        instructions::cast_vote(ctx, valid_until, action_hash, is_for)
    }

    /// Votes with paid fees on a rise of the fee.
    ///
    /// - **Who**: a renter, or a provider's authority, as often as it likes.
    /// - **State**: Voting, before the end, which a change of the result postpones, as with a lock.
    /// - **Refuses**: 6011, 6321, 6331, 6705, 6707, 6709.
    pub fn cast_participant_vote(
        ctx: &mut Context<CastParticipantVote>,
        valid_until: i64,
        action_hash: [u8; 32],
        is_for: bool,
    ) -> Result<()> {
        instructions::cast_participant_vote(ctx, valid_until, action_hash, is_for)
    }

    /// Closes the record of a vote that is decided.
    ///
    /// - **Who**: anyone, once the proposal is finalized.
    /// - **Effect**: returns the rent to whoever paid it.
    /// - **Refuses**: 6004, 6708.
    pub fn close_vote_record(ctx: &mut Context<CloseVoteRecord>) -> Result<()> {
        instructions::close_vote_record(ctx)
    }

    /// Decides a proposal by its votes, if it was not taken back.
    ///
    /// - **Who**: anyone, after the end of the vote.
    /// - **State**: Voting → Passed or Failed.
    /// - **Effect**: returns the deposit to the proposer.
    /// - **Refuses**: 6004, 6708, 6804.
    pub fn finalize_proposal(ctx: &mut Context<FinalizeProposal>) -> Result<()> {
        instructions::finalize_proposal(ctx)
    }

    /// Takes a proposal back.
    ///
    /// - **Who**: its proposer, before the first vote.
    /// - **State**: Voting → Failed.
    /// - **Effect**: nobody can vote on it any longer. The deposit stays until the vote would have ended, so that a
    ///   proposal costs as much as any other while it takes up a number.
    /// - **Refuses**: 6012, 6803, 6804.
    pub fn cancel_proposal(ctx: &mut Context<CancelProposal>) -> Result<()> {
        instructions::cancel_proposal(ctx)
    }

    /// Puts a proposal into force, unless it is a withdrawal.
    ///
    /// - **Who**: anyone, after the timelock and before the proposal expires.
    /// - **State**: Passed → Executed, unless a newer decision of its kind has been executed.
    /// - **Refuses**: 6802, 6805 to 6809, 6812, 6813.
    pub fn execute_proposal(ctx: &mut Context<ExecuteProposal>) -> Result<()> {
        instructions::execute_proposal(ctx)
    }

    /// Executes a proposal to withdraw collected fees.
    ///
    /// - **Who**: anyone, after the timelock and before the proposal expires.
    /// - **State**: Passed → Executed, once the whole amount is paid.
    /// - **Effect**: pays the treasury what the proposal says or, if that is less, what there is; the rest may follow.
    /// - **Refuses**: 6004, 6103, 6502 to 6504, 6802, 6805 to 6808, 6815.
    pub fn withdraw_fees(ctx: &mut Context<WithdrawFees>) -> Result<()> {
        instructions::withdraw_fees(ctx)
    }

    /// Pauses new leases. Running ones go on, and every exit stays open.
    ///
    /// - **Who**: the guardian.
    /// - **Effect**: lapses by itself after `duration` seconds, at most 72 hours; then none for 72 hours.
    /// - **Refuses**: 6008, 6105, 6106, 6321.
    pub fn pause(ctx: &mut Context<Pause>, valid_until: i64, duration: u32) -> Result<()> {
        instructions::pause(ctx, valid_until, duration)
    }

    /// Ends a pause before it lapses.
    ///
    /// - **Who**: the guardian.
    /// - **Binds**: `replaced`, until when the pause would have lasted.
    /// - **Refuses**: 6008, 6107, 6329.
    pub fn unpause(ctx: &mut Context<Unpause>, replaced: i64) -> Result<()> {
        instructions::unpause(ctx, replaced)
    }

    /// Creates the protocol on a cluster, once. After this the fee changes by vote alone.
    ///
    /// - **Who**: the program's upgrade authority.
    /// - **Refuses**: 6000, 6001, 6100, 6104, 6801.
    pub fn initialize(ctx: &mut Context<Initialize>, config: instructions::ProtocolConfig) -> Result<()> {
        instructions::initialize(ctx, config)
    }
}
