use super::{
    ACCOUNT_VERSION, Claim, Dispute, Ledger, Meter, Moment, Offer, Protocol, Provider, ProviderRole, Seen,
    Settlement, Terms, require_valid_until,
};
use crate::{attestation::Usage, constants::*, errors::LeaseError, math::*};
use anchor_lang::{address_eq, hash::sha256, prelude::*};
use bytemuck::cast_ref;

/// Seed of [`Lease`] accounts, followed by the renter and the lease's nonce.
pub const LEASE_SEED: &[u8] = b"lease";

/// Seed of a lease's vault, followed by the lease.
pub const VAULT_SEED: &[u8] = b"vault";

/// One lease: who, on which terms, for how much money, and what was delivered.
///
/// What never changes comes first; [`life`](Self::life) is its hash.
#[account]
#[derive(Debug, PartialEq, Eq)]
pub struct Lease {
    /// Wallet that uses the GPUs.
    pub renter: Address,
    /// Wallet that funded the lease; gets the refund and the rent.
    pub payer: Address,
    /// The provider's account.
    pub provider: Address,
    /// The offer that the lease was opened on.
    pub offer: Address,
    /// Token account that holds the deposit and the bond. Its authority is this lease.
    pub vault: Address,
    /// What this cluster's attestations are bound to.
    pub domain: [u8; 32],
    /// Decides this lease's dispute, whoever the protocol names later.
    pub arbiter: Address,
    /// X25519 key that access credentials are encrypted to.
    pub access_key: [u8; 32],
    /// [`Offer::content_hash`] of what the renter signed for: proves the terms and what was listed.
    pub offer_hash: [u8; 32],
    /// Snapshot of the offer's terms.
    pub terms: Terms,
    /// The renter's number for this lease.
    pub nonce: u64,
    /// Slot in which the lease was opened: tells it from an earlier one at this address.
    pub opened_slot: u64,
    /// When the lease was opened, unix seconds.
    pub opened_at: i64,
    /// Until when the provider may start it, unix seconds.
    pub start_deadline: i64,
    /// Deposit with which it was opened, base units.
    pub opened_deposit: u64,
    /// Duration for which it was opened, seconds.
    pub opened_duration: u32,
    /// GPUs for which it was opened.
    pub opened_gpus: u32,
    /// Fee rate that the renter signed for, basis points of the gross.
    pub fee_bps: u16,
    /// Layout version.
    pub version: u8,
    /// Bump of this address.
    pub bump: u8,
    /// Zero; for later versions.
    pub spare: [u8; 4],
    /// sha256 of everything above: what parties name when they sign anything about this lease.
    pub life: [u8; 32],
    /// sha256 of the newest access blob, which `start_lease` or `publish_access` carried.
    pub access_blob_hash: [u8; 32],
    /// Slot in which it was published, so that nothing can hide it.
    pub access_slot: u64,
    /// Key that may co-sign usage for the renter; zero if none.
    pub session_key: Address,
    /// When the provider started it, unix seconds; 0 before.
    pub started_at: i64,
    /// When it ends, unix seconds; 0 before the start.
    pub ends_at: i64,
    /// Slot before which the end does not count for what waits on it.
    pub end_slot: u64,
    /// Until when the SLA promises capacity, unix seconds: `ends_at`, unless the provider fell silent before.
    pub promised_until: i64,
    /// The money.
    pub ledger: Ledger,
    /// The usage.
    pub meter: Meter,
    /// The two figures of a dispute.
    pub dispute: Dispute,
    /// How long it runs once started, seconds.
    pub duration: u32,
    /// GPUs that it asks for or holds of its offer.
    pub gpus: u32,
    /// A [`LeaseState`].
    pub state: PodLeaseState,
    /// An [`EndReason`].
    pub end_reason: PodEndReason,
    /// 1 if a part of the bond came out of the provider's bond account: then it goes back there.
    pub bond_is_pooled: u8,
    /// Zero; for later versions.
    pub spare_after: [u8; 13],
}

const _: () = assert!(core::mem::size_of::<Lease>() == 864);

/// Where a lease is in its life.
#[pod_wrapper]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum LeaseState {
    /// Funded; waits for the provider.
    Pending = 0,
    /// Started.
    Active = 1,
    /// Over; the arbiter may choose between two figures.
    Disputed = 2,
    /// Over, with a figure that the arbiter or the passing of time chose.
    Resolved = 3,
}

/// Why a lease ends.
#[pod_wrapper]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum EndReason {
    /// It runs to the end that was agreed.
    Completed = 0,
    /// The renter gave notice.
    RenterNotice = 1,
    /// The provider gave notice.
    ProviderNotice = 2,
    /// The deposit was used up and the provider stopped.
    Exhausted = 3,
    /// The provider fell silent although it was paid.
    Abandoned = 4,
    /// The renter disputed a claim.
    Disputed = 5,
    /// Both parties closed it.
    Mutual = 6,
}

/// The phase of a lease at a moment: derived, never stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Funded; waits for the provider.
    Pending,
    /// Usage is paid for.
    Running,
    /// The deposit is used up; a top-up pays for what is delivered meanwhile.
    Exhausted,
    /// Over; the arbiter has to decide.
    Disputed,
    /// Over; the last attestations and challenge windows run.
    Ending,
    /// Anyone may close it.
    Closable,
}

/// What a renter asks for when opening a lease.
#[derive(Clone, Copy, Debug, PartialEq, Eq, AnchorSerialize, AnchorDeserialize, IdlType)]
pub struct LeaseRequest {
    /// The renter's number for this lease.
    pub nonce: u64,
    /// Money to deposit, base units.
    pub deposit: u64,
    /// Until when the provider may start it, unix seconds.
    pub start_deadline: i64,
    /// How long it runs once started, seconds.
    pub duration: u32,
    /// GPUs to lease.
    pub gpus: u32,
    /// Highest fee rate that the renter agrees to, basis points: a vote may raise it while this is on its way.
    pub max_fee_bps: u16,
    /// Until when the request counts, unix seconds.
    pub valid_until: i64,
    /// [`Offer::content_hash`] of the terms and the listing that the renter saw.
    pub expected_offer: [u8; 32],
    /// Who is to decide disputes.
    pub arbiter: Address,
    /// X25519 key to encrypt access credentials to.
    pub access_key: [u8; 32],
    /// Key that may co-sign usage for the renter; zero if none.
    pub session_key: Address,
}

/// Who a new lease is between, and where it is.
pub struct LeaseParties {
    /// Wallet that uses the GPUs.
    pub renter: Address,
    /// Wallet that funds the lease.
    pub payer: Address,
    /// The offer's address.
    pub offer: Address,
    /// The vault's address.
    pub vault: Address,
    /// Bump of the lease's address.
    pub bump: u8,
}

/// A change of the number of GPUs, as its signers see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, AnchorSerialize, AnchorDeserialize, IdlType)]
pub struct Resize {
    /// How long the lease runs in all, seconds.
    pub duration: u32,
    /// GPUs that it runs with.
    pub from: u32,
    /// GPUs that it is to run with.
    pub to: u32,
}

/// How both parties agree to divide a vault. No clock and no promise changes it, and no dispute.
#[derive(Clone, Copy, Debug, PartialEq, Eq, AnchorSerialize, AnchorDeserialize, IdlType)]
pub struct Agreed {
    /// The lease, and until when both signatures count.
    pub seen: Seen,
    /// GPU-seconds that are paid for in all: of what is claimed or disputed.
    pub units: u64,
    /// Part of the bond that goes to the payer, base units.
    pub credit: u64,
}

/// Money that a close moves, base units, and what it says about the provider.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Closing {
    /// What was still due to the provider.
    pub payout: u64,
    /// All fees of the lease.
    pub fees: u64,
    /// Bond that returns to the provider.
    pub bond: u64,
    /// Part of the bond that goes to the payer for missing units.
    pub credit: u64,
    /// Everything else in the vault: to the payer.
    pub refund: u64,
    /// GPU-seconds that the SLA promised.
    pub promised: u64,
}

impl Lease {
    /// Address of a renter's lease number `nonce`, and its bump.
    pub fn address(renter: &Address, nonce: u64) -> (Address, u8) {
        Address::find_program_address(&[LEASE_SEED, renter.as_ref(), &nonce.to_le_bytes()], &crate::ID)
    }

    /// Address of a lease's vault, and its bump.
    pub fn vault_address(lease: &Address) -> (Address, u8) {
        Address::find_program_address(&[VAULT_SEED, lease.as_ref()], &crate::ID)
    }

    /// Makes an account of zeroes a new lease on `offer`: Pending, with the deposit in.
    pub fn open(
        &mut self,
        request: &LeaseRequest,
        parties: &LeaseParties,
        offer: &Offer,
        protocol: &Protocol,
        fee_bps: u16,
        now: Moment,
    ) -> Result<()> {
        let terms = &offer.terms;
        require_valid_until(request.valid_until, now.time)?;
        let offer_hash = offer.content_hash();
        require!(request.expected_offer == offer_hash, LeaseError::OfferChanged);
        require!(address_eq(&request.arbiter, &protocol.arbiter), LeaseError::ArbiterChanged);
        require!(fee_bps <= request.max_fee_bps, LeaseError::FeeAboveAgreed);
        require!(offer.is_open == 1, LeaseError::OfferNotOpen);
        offer.require_free(request.gpus)?;
        require!(
            (terms.min_duration..=terms.max_duration).contains(&request.duration),
            LeaseError::DurationOutOfBounds
        );
        require!(request.deposit >= terms.min_deposit_ceil(request.gpus)?, LeaseError::DepositTooSmall);
        require!(
            now.time < request.start_deadline
                && request.start_deadline <= now.time.saturating_add(i64::from(MAX_START_WINDOW)),
            LeaseError::StartDeadlineOutOfBounds
        );
        // A bond that does not fit would make the lease impossible to start.
        terms.bond(request.gpus)?;
        // Field by field: what is written in place is not copied.
        self.renter = parties.renter;
        self.payer = parties.payer;
        self.provider = offer.provider;
        self.offer = parties.offer;
        self.vault = parties.vault;
        self.domain = protocol.domain;
        self.arbiter = protocol.arbiter;
        self.access_key = request.access_key;
        self.offer_hash = offer_hash;
        self.terms = *terms;
        self.nonce = request.nonce;
        self.opened_slot = now.slot;
        self.opened_at = now.time;
        self.start_deadline = request.start_deadline;
        self.opened_deposit = request.deposit;
        self.opened_duration = request.duration;
        self.opened_gpus = request.gpus;
        self.fee_bps = fee_bps;
        self.version = ACCOUNT_VERSION;
        self.bump = parties.bump;
        self.life = self.computed_life();
        self.session_key = request.session_key;
        self.ledger.deposited = request.deposit;
        self.duration = request.duration;
        self.gpus = request.gpus;
        self.state = PodLeaseState::Pending;
        self.end_reason = PodEndReason::Completed;
        Ok(())
    }

    /// sha256 of everything about the lease that never changes. Whoever was shown a lease by others names this,
    /// and not what [`life`](Self::life) says: then nothing that was shown wrongly is signed for.
    pub fn computed_life(&self) -> [u8; 32] {
        const NEVER_CHANGES: usize = core::mem::offset_of!(Lease, life);
        sha256(bytemuck::bytes_of(self).get(..NEVER_CHANGES).unwrap_or_default())
    }

    /// What a party signs that was shown this lease.
    pub fn seen(&self, valid_until: i64) -> Seen {
        Seen { life: self.computed_life(), valid_until }
    }

    /// Requires that this is the lease that a party has seen, and that its signature still counts at `now`.
    #[inline(never)]
    pub fn require_seen(&self, seen: &Seen, now: i64) -> Result<()> {
        require!(address_eq(cast_ref(&seen.life), cast_ref(&self.life)), LeaseError::LeaseChanged);
        require_valid_until(seen.valid_until, now)
    }

    /// Requires `signer` to be the renter.
    pub fn require_renter(&self, signer: &Address) -> Result<()> {
        require!(address_eq(signer, &self.renter), LeaseError::NotRenter);
        Ok(())
    }

    /// Whether `key` acts for the renter where its session key may: the renter's own, or that one. Whoever else it is: a
    /// provider that names the key its own takes nothing from the renter by it.
    pub fn is_of_renter(&self, key: &Address) -> bool {
        address_eq(key, &self.renter)
            || address_eq(key, &self.session_key) && !address_eq(key, &Address::default())
    }

    /// Requires `signer` to act for the renter where its session key may.
    pub fn require_of_renter(&self, signer: &Address) -> Result<()> {
        require!(self.is_of_renter(signer), LeaseError::NotRenter);
        Ok(())
    }

    /// Requires that `canceller` may take a Pending lease back at `now`: its renter, or anyone after the
    /// start deadline.
    pub fn require_cancellable(&self, canceller: &Address, now: i64) -> Result<()> {
        require!(self.state == LeaseState::Pending, LeaseError::NotPending);
        require!(*canceller == self.renter || now > self.start_deadline, LeaseError::NotRenter);
        Ok(())
    }

    /// Pending → Active, until the start deadline. Returns the bond to take, base units.
    pub fn start(&mut self, access_blob_hash: [u8; 32], bond_is_pooled: bool, now: Moment) -> Result<u64> {
        require!(self.state == LeaseState::Pending, LeaseError::NotPending);
        require!(now.time <= self.start_deadline, LeaseError::StartDeadlinePassed);
        let bond = self.terms.bond(self.gpus)?;
        self.state = PodLeaseState::Active;
        self.access_blob_hash = access_blob_hash;
        self.access_slot = now.slot;
        self.bond_is_pooled = (bond_is_pooled && bond > 0).into();
        self.started_at = now.time;
        self.end_at(now.time.saturating_add(i64::from(self.duration)), now);
        self.ledger.bond = bond;
        self.meter = Meter::start(self.gpus, now);
        Ok(bond)
    }

    /// Takes other credentials, in place of those whose hash is `replaced`: the machine has moved.
    pub fn publish_access(
        &mut self,
        replaced: &[u8; 32],
        access_blob_hash: [u8; 32],
        now: Moment,
    ) -> Result<()> {
        require!(self.state == LeaseState::Active, LeaseError::NotActive);
        require!(self.access_blob_hash == *replaced, LeaseError::ValueReplaced);
        self.access_blob_hash = access_blob_hash;
        self.access_slot = now.slot;
        Ok(())
    }

    /// Adds `amount` base units to the deposit of a lease that is not over and ends no sooner than `min_ends_at`.
    ///
    /// A provider may stop when the deposit is used up. Capacity that passed unfunded is excused first: else a
    /// renter could top up at the very end and take the bond for it. Such a top-up makes the lease run again, which
    /// binds the provider only once it attests a window that ends later. It has to pay for a minute at
    /// least, so that nobody calls a provider back for dust.
    pub fn top_up(&mut self, amount: u64, min_ends_at: i64, now: Moment) -> Result<()> {
        require!(amount > 0, LeaseError::AmountZero);
        let ends_at = match self.state.into() {
            LeaseState::Pending => now.time.saturating_add(i64::from(self.duration)),
            LeaseState::Active => self.ends_at,
            LeaseState::Disputed | LeaseState::Resolved => return Err(LeaseError::NotActive.into()),
        };
        require!(now.time < ends_at, LeaseError::LeaseEnding);
        require!(min_ends_at <= ends_at, LeaseError::EndsTooEarly);
        let funded = self.units_funded();
        self.ledger.deposited =
            self.ledger.deposited.checked_add(amount).ok_or(LeaseError::AmountOverflow)?;
        let capacity = self.meter.capacity(now.time);
        let unfunded = capacity.saturating_sub(funded);
        if unfunded > self.meter.excused {
            let until = now.time.saturating_add(MIN_REVIVAL).min(ends_at);
            let least = self.meter.capacity(until).saturating_sub(capacity);
            require!(self.units_funded() >= funded.saturating_add(least), LeaseError::TopUpTooSmall);
            self.meter.revive(unfunded, capacity.saturating_sub(unfunded), now);
        }
        Ok(())
    }

    /// Runs for `duration` seconds in all: longer than before, and no longer than the terms allow. The renter
    /// saw it run with `gpus`.
    pub fn extend(&mut self, gpus: u32, duration: u32, now: Moment) -> Result<()> {
        self.require_going_on(now.time)?;
        require!(self.meter.gpus == gpus, LeaseError::GpusChanged);
        require!(
            self.duration < duration && duration <= self.terms.max_duration,
            LeaseError::DurationOutOfBounds
        );
        self.duration = duration;
        self.end_at(self.started_at.saturating_add(i64::from(duration)), now);
        Ok(())
    }

    /// Goes on with `change.to` GPUs: with more at once, with fewer when the notice is over. An earlier resize must
    /// be complete: in effect, attested, and its GPUs released; and so must a top-up that made it run again: taken
    /// up. Returns the GPUs to reserve and what the bond lacks for all of them, base units; both are zero when shrinking.
    pub fn resize(&mut self, change: &Resize, bond_is_pooled: bool, now: i64) -> Result<(u32, u64)> {
        self.require_going_on(now)?;
        let Resize { duration, from, to } = *change;
        require!(self.duration == duration, LeaseError::DurationChanged);
        require!(self.meter.gpus == from, LeaseError::GpusChanged);
        require!((1..=MAX_GPUS).contains(&to) && to != from, LeaseError::GpuCountOutOfBounds);
        require!(self.gpus == from && self.meter.is_resizable(), LeaseError::ResizePending);
        let more = to.saturating_sub(from);
        let bond = self.terms.bond(to)?.saturating_sub(self.ledger.bond);
        self.ledger.bond = self.ledger.bond.saturating_add(bond);
        if bond_is_pooled && bond > 0 {
            self.bond_is_pooled = 1;
        }
        let notice = if more > 0 { 0 } else { self.terms.notice };
        self.meter.resize(to, now.saturating_add(i64::from(notice)));
        self.gpus = self.gpus.max(to);
        Ok((more, bond))
    }

    /// Whether it holds a bond that the provider's wallet has paid: then the operator, which may not put that at stake,
    /// lets nothing grow.
    pub fn holds_bond_of_wallet(&self) -> bool {
        self.ledger.bond > 0 && self.bond_is_pooled == 0
    }

    /// Gives up GPUs that it holds and no longer needs: all after the end, what a resize freed before it.
    /// Returns their number. The bond stays: it answers for what was promised before, which the close reckons.
    pub fn release_gpus(&mut self, now: i64) -> Result<u32> {
        require!(self.state != LeaseState::Pending, LeaseError::NotActive);
        // Disputed and Resolved leases ended when they were disputed.
        let needed = if now >= self.ends_at {
            0
        } else if now >= self.meter.segment_start {
            self.meter.gpus
        } else {
            self.gpus
        };
        let freed = self.gpus.saturating_sub(needed);
        self.gpus = self.gpus.saturating_sub(freed);
        Ok(freed)
    }

    /// Ends after the notice, given by the renter's side or the `provider`, and no later than `max_ends_at`. While
    /// the lease is exhausted the provider owes no notice, nor until it has taken up a top-up that made it run again:
    /// then its operator may leave too.
    pub fn terminate(
        &mut self,
        party: &Address,
        provider: &Provider,
        max_ends_at: i64,
        now: Moment,
    ) -> Result<()> {
        require!(self.state == LeaseState::Active, LeaseError::NotActive);
        require!(now.time < self.ends_at, LeaseError::LeaseEnding);
        let after_notice = now.time.saturating_add(i64::from(self.terms.notice));
        let (ends_at, reason) = if self.is_of_renter(party) {
            (after_notice, EndReason::RenterNotice)
        } else {
            let role = provider.role_of(party).map_err(|_| LeaseError::NotParty)?;
            if self.is_exhausted(now.time) || self.meter.is_free() {
                (now.time, EndReason::Exhausted)
            } else {
                require!(role == ProviderRole::Authority, LeaseError::OperatorMayNot);
                (after_notice, EndReason::ProviderNotice)
            }
        };
        require!(ends_at.min(self.ends_at) <= max_ends_at, LeaseError::EndsTooLate);
        self.end_early(ends_at, reason, now);
        Ok(())
    }

    /// Ends at the last attested moment, `window_end`, since the provider has been silent for longer than the
    /// heartbeat timeout; for others than the renter's side, three days longer, since both parties may want to go
    /// on. What the SLA promised stays promised. Returns why: a provider that was not paid any more has abandoned
    /// nobody.
    pub fn expire(&mut self, window_end: i64, is_by_renter: bool, now: Moment) -> Result<EndReason> {
        require!(self.state == LeaseState::Active, LeaseError::NotActive);
        require!(self.meter.window_end == window_end, LeaseError::WindowMoved);
        require!(self.is_heartbeat_missed(now), LeaseError::HeartbeatNotMissed);
        let timeout = u64::from(self.terms.heartbeat_timeout);
        let is_left_alone = now.since(self.meter.heartbeat) > timeout.saturating_add(EXPIRY_BY_OTHERS);
        require!(is_by_renter || is_left_alone, LeaseError::HeartbeatNotMissed);
        let is_abandoned = self.was_paid_in_silence(now.time);
        let reason = if is_abandoned { EndReason::Abandoned } else { EndReason::Exhausted };
        let promised_until = self.promised_until;
        self.end_at(window_end, now);
        // The end is the last sign of life, and so is its slot.
        self.end_slot = self.meter.heartbeat.slot;
        self.promised_until = promised_until;
        self.end_reason = reason.into();
        Ok(reason)
    }

    /// Whether the provider was silent for longer than the heartbeat timeout before the end.
    pub(super) fn is_heartbeat_missed(&self, now: Moment) -> bool {
        let until = Moment { time: now.time.min(self.ends_at), slot: now.slot };
        until.since(self.meter.heartbeat) > u64::from(self.terms.heartbeat_timeout)
    }

    /// Whether the deposit paid for more than a heartbeat timeout of the capacity that passed since the last
    /// attested window.
    fn was_paid_in_silence(&self, now: i64) -> bool {
        let Meter { window_end, attested_fundable, .. } = self.meter;
        let missing = self.fundable(now.min(self.ends_at)).saturating_sub(attested_fundable);
        let timeout = window_end.saturating_add(i64::from(self.terms.heartbeat_timeout));
        missing > self.meter.capacity(timeout).saturating_sub(self.meter.capacity(window_end))
    }

    /// Capacity up to `time`, not before the last attested window, that the deposit paid for when it passed, GPU-seconds. None
    /// after a top-up that made the lease run again, unless the provider has taken it up.
    pub fn fundable(&self, time: i64) -> u64 {
        if time == self.meter.window_end {
            self.meter.attested_fundable
        } else if self.meter.is_free() {
            self.meter.free_fundable
        } else {
            self.funded_of(self.meter.capacity(time).saturating_sub(self.meter.excused))
        }
    }

    /// GPU-seconds that the SLA promises of those that are [`fundable`](Self::fundable) up to `time`.
    pub fn promised_units(&self, time: i64) -> u64 {
        self.terms.promised_units_floor(self.fundable(time))
    }

    /// `units`, as far as the deposit pays for them.
    fn funded_of(&self, units: u64) -> u64 {
        // What the deposit covers needs no division.
        if is_covered_by_deposit(units, self.terms.price, self.ledger.deposited) {
            units
        } else {
            self.units_funded()
        }
    }

    /// Takes in usage whose signatures and addressee are checked already.
    ///
    /// Accepted at once if the renter `co_signed`; else a claim with a challenge window of its own. The window stays,
    /// or moves to a moment from which on the lease runs. What is refused has changed nothing: the next row of a batch
    /// follows.
    pub fn attest(&mut self, usage: &Usage, co_signed: bool, now: Moment) -> Result<()> {
        require!(self.state == LeaseState::Active, LeaseError::NotActive);
        require!(!self.is_grace_over(now), LeaseError::AttestationTooLate);
        let Usage { window_end, gpu_seconds: units, energy_wh, evidence } = *usage;
        require!(window_end <= now.time && window_end <= self.ends_at, LeaseError::WindowOutOfBounds);

        let meter = &self.meter;
        let (accepted, maturing) = meter.matured(self.terms.challenge_window, now);
        require!(
            units >= meter.latest.units && window_end >= meter.window_end && energy_wh >= meter.energy_wh,
            LeaseError::AttestationRegressed
        );
        let moves = window_end > meter.window_end;
        let accepts = co_signed && units > accepted;
        require!(moves || units > meter.latest.units || accepts, LeaseError::AttestationRepeated);
        let capacity = meter.capacity(window_end);
        require!(units <= capacity, LeaseError::UnitsAboveCapacity);
        require!(!moves || window_end >= meter.revived_at, LeaseError::WindowBeforeRevival);
        if moves {
            let fundable = self.funded_of(capacity.saturating_sub(meter.excused));
            self.meter.attest(window_end, fundable, now);
            if now.time < self.ends_at {
                self.end_slot = now.ahead_at(self.ends_at).slot;
            }
        }

        let meter = &mut self.meter;
        (meter.accepted, meter.maturing) = (accepted, maturing);
        meter.energy_wh = energy_wh;
        meter.evidence = evidence;
        let claim = Claim { units, submitted: now };
        if co_signed {
            meter.accept(claim);
        } else if units > meter.latest.units {
            meter.claim(claim);
        }
        Ok(())
    }

    /// Matures claims and releases what is newly due. If nothing is due, both figures are zero.
    pub fn settle(&mut self, now: Moment) -> Result<Settlement> {
        require!(self.state != LeaseState::Pending, LeaseError::NotActive);
        self.meter.mature(self.terms.challenge_window, now);
        self.pay_out()
    }

    /// Fees that were released and not counted as a weight in votes yet, base units. From now on they are.
    pub fn count_fees(&mut self) -> Result<u64> {
        require!(self.state != LeaseState::Pending, LeaseError::NotActive);
        Ok(self.ledger.count())
    }

    /// Settles for the last time and divides what `vault_balance` holds, when the lease is over, the
    /// attestation grace is over and no claim can be challenged any more; at once after a dispute; at any time as
    /// both parties have `agreed`.
    pub fn close(&mut self, vault_balance: u64, agreed: Option<&Agreed>, now: Moment) -> Result<Closing> {
        require!(self.state != LeaseState::Pending, LeaseError::NotActive);
        self.meter.mature(self.terms.challenge_window, now);
        if let Some(Agreed { units, .. }) = agreed {
            require!((self.meter.accepted..=self.claimed()).contains(units), LeaseError::FigureOutOfBounds);
            self.meter.accept(Claim { units: *units, submitted: now });
            if self.state == LeaseState::Active {
                self.end_early(now.time, EndReason::Mutual, now);
            }
        } else {
            require!(self.state != LeaseState::Disputed, LeaseError::NotActive);
            require!(self.state == LeaseState::Resolved || self.is_closable(now), LeaseError::NotClosable);
        }
        let payout = self.pay_out()?.payout;
        let Ledger { fees, bond, .. } = self.ledger;
        let promised = self.promised_units(self.promised_until);
        let credit = match agreed {
            Some(Agreed { credit, .. }) => {
                require!(*credit <= bond, LeaseError::CreditAboveBond);
                *credit
            }
            None => {
                let missing = promised.saturating_sub(self.meter.accepted);
                self.terms.sla_credit_floor(missing, bond)
            }
        };
        let bond = bond.checked_sub(credit).ok_or(LeaseError::InvariantVault)?;
        // Whatever else is in the vault, strangers' tokens and the rest of a stake included, is the payer's.
        let refund = [payout, fees, bond, credit]
            .into_iter()
            .try_fold(vault_balance, u64::checked_sub)
            .ok_or(LeaseError::InvariantVault)?;
        Ok(Closing { payout, fees, bond, credit, refund, promised })
    }

    /// Most units that the provider has claimed: before a dispute or since.
    pub fn claimed(&self) -> u64 {
        self.meter.latest.units.max(self.dispute.provider_units)
    }

    /// Whether the provider gives nothing up by dividing the vault so: all that it has claimed is paid for, and nothing of
    /// its bond is credited. Then its operator may sign for it.
    pub fn gives_nothing_up(&self, agreed: &Agreed) -> bool {
        agreed.units == self.claimed() && agreed.credit == 0
    }

    /// Whether the attestation grace is over at `now` and no claim can be challenged any more.
    const fn is_closable(&self, now: Moment) -> bool {
        self.is_grace_over(now) && !self.meter.has_open_claim()
    }

    /// Whether the time is over in which an attestation may still land.
    const fn is_grace_over(&self, now: Moment) -> bool {
        now.since(Moment { time: self.ends_at, slot: self.end_slot }) > ATTESTATION_GRACE
    }

    /// GPU-seconds that the deposit pays for.
    pub const fn units_funded(&self) -> u64 {
        self.terms.units_funded_floor(self.ledger.deposited)
    }

    /// Until when the deposit pays if every GPU delivers every second, unix seconds; never after the end. From the
    /// next second on the lease is exhausted.
    pub fn funded_until(&self) -> i64 {
        self.meter.reaches(self.units_funded().saturating_add(self.meter.excused)).min(self.ends_at)
    }

    /// Whether the lease runs at `now` and a part of the capacity that has passed is not paid for.
    fn is_exhausted(&self, now: i64) -> bool {
        let to_pay = self.meter.capacity(now).saturating_sub(self.meter.excused);
        now < self.ends_at && !is_covered_by_deposit(to_pay, self.terms.price, self.ledger.deposited)
    }

    /// Requires the lease to run at `now` towards the end that was agreed.
    fn require_going_on(&self, now: i64) -> Result<()> {
        require!(self.state == LeaseState::Active, LeaseError::NotActive);
        require!(now < self.ends_at && self.end_reason == EndReason::Completed, LeaseError::LeaseEnding);
        Ok(())
    }

    /// Ends at `time`, until when the SLA promises capacity.
    fn end_at(&mut self, time: i64, now: Moment) {
        self.ends_at = time;
        self.end_slot = now.ahead_at(time).slot;
        self.promised_until = time;
    }

    /// Ends at `time` for `reason`, if it would not end before. An end that was agreed gets the reason all the
    /// same: from then on nothing extends it.
    pub(super) fn end_early(&mut self, time: i64, reason: EndReason, now: Moment) {
        if time < self.ends_at {
            self.end_at(time, now);
            self.end_reason = reason.into();
        } else if self.end_reason == EndReason::Completed {
            self.end_reason = reason.into();
        }
    }

    /// Gross that a settlement at `now` would release, base units.
    pub fn due(&self, now: Moment) -> u64 {
        let mut lease = *self;
        lease.meter.mature(lease.terms.challenge_window, now);
        lease.earned().saturating_sub(lease.ledger.released)
    }

    /// The lease's phase at `now`.
    pub fn phase(&self, now: Moment) -> Phase {
        let mut lease = *self;
        lease.meter.mature(lease.terms.challenge_window, now);
        match lease.state.into() {
            LeaseState::Pending => Phase::Pending,
            LeaseState::Disputed => Phase::Disputed,
            LeaseState::Resolved => Phase::Closable,
            LeaseState::Active if lease.is_closable(now) => Phase::Closable,
            LeaseState::Active if now.time >= lease.ends_at => Phase::Ending,
            LeaseState::Active if lease.is_exhausted(now.time) => Phase::Exhausted,
            LeaseState::Active => Phase::Running,
        }
    }

    /// Gross that accepted units are worth and the deposit covers, base units.
    ///
    /// `min(floor(accepted × price / 3600), deposited)`
    pub const fn earned(&self) -> u64 {
        self.price_of(self.meter.accepted)
    }

    /// Gross of `units` that the deposit covers, base units.
    pub(super) const fn price_of(&self, units: u64) -> u64 {
        capped(gross_floor(units, self.terms.price), self.ledger.deposited)
    }

    /// INV-1 and INV-2.
    #[inline(never)]
    pub fn invariant(&self) -> Result<()> {
        let Ledger { deposited, released, fees, counted, .. } = self.ledger;
        require!(
            counted <= fees
                && fees <= released
                && released <= deposited
                && is_covered_by(released, self.meter.accepted, self.terms.price),
            LeaseError::InvariantReleased
        );
        // What the last attested window can hold, which is never more than what has passed by now.
        let Meter { accepted, maturing, latest, window_end, .. } = self.meter;
        let capacity = self.meter.capacity(window_end);
        require!(
            accepted <= maturing.units && maturing.units <= latest.units && latest.units <= capacity,
            LeaseError::InvariantMeter
        );
        Ok(())
    }

    /// INV-3: the vault holds at least what the ledger says.
    #[inline(never)]
    pub fn vault_invariant(&self, vault_balance: u64) -> Result<()> {
        require!(vault_balance >= self.ledger.owed()?, LeaseError::InvariantVault);
        Ok(())
    }

    /// Releases what accepted units are worth beyond what was released before.
    #[inline(never)]
    fn pay_out(&mut self) -> Result<Settlement> {
        let released = self.earned();
        let fees = fee_floor(released, self.fee_bps);
        self.ledger.release(released, fees)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::HotKeys;
    use bytemuck::Zeroable;

    /// The moment of `time` in a cluster that makes slots.
    fn at(time: i64) -> Moment {
        Moment::default().ahead_at(time)
    }

    /// One GPU for a day from second 1000 on, ten hours of it paid.
    fn lease() -> Lease {
        let mut lease = Lease {
            duration: 86_400,
            gpus: 1,
            fee_bps: 100,
            ledger: Ledger { deposited: 36_000, ..Ledger::default() },
            start_deadline: 1_000,
            ..Lease::zeroed()
        };
        lease.terms.price = 3_600;
        lease.terms.challenge_window = 600;
        lease.terms.max_duration = 172_800;
        lease.start([1; 32], false, at(1_000)).unwrap();
        lease
    }

    /// Attests `units` until `window_end`, co-signed, at `time`.
    fn attest(lease: &mut Lease, window_end: i64, units: u64, time: i64) -> Result<()> {
        let usage = Usage { window_end, gpu_seconds: units, ..Usage::default() };
        lease.attest(&usage, true, at(time))
    }

    /// [`lease`] with a heartbeat timeout of 900 s and the whole promise at stake, attested in full until
    /// `window_end`, as far as it is funded.
    fn attested(window_end: i64) -> Lease {
        let mut lease = lease();
        lease.terms.heartbeat_timeout = 900;
        lease.terms.sla_uptime_bps = 10_000;
        let units = u64::try_from(window_end - 1_000).unwrap().min(36_000);
        attest(&mut lease, window_end, units, window_end).unwrap();
        lease
    }

    #[test]
    fn a_life_is_everything_that_never_changes_and_nothing_else() {
        let mut lease = Lease { nonce: 7, ..lease() };
        lease.life = lease.computed_life();
        let seen = lease.seen(5_000);
        assert_eq!(lease.require_seen(&seen, 5_000), Ok(()));
        assert_eq!(lease.require_seen(&seen, 5_001), Err(LeaseError::SignatureExpired.into()));
        let changes: [fn(&mut Lease); 13] = [
            |lease| lease.renter = Address::new_from_array([9; 32]),
            |lease| lease.payer = Address::new_from_array([9; 32]),
            |lease| lease.provider = Address::new_from_array([9; 32]),
            |lease| lease.offer = Address::new_from_array([9; 32]),
            |lease| lease.arbiter = Address::new_from_array([9; 32]),
            |lease| lease.access_key[31] ^= 1,
            |lease| lease.offer_hash[0] ^= 1,
            |lease| lease.terms.bond_hours += 1,
            |lease| lease.nonce += 1,
            |lease| lease.opened_slot += 1,
            |lease| lease.opened_deposit += 1,
            |lease| lease.opened_gpus += 1,
            |lease| lease.fee_bps += 1,
        ];
        for (number, change) in changes.into_iter().enumerate() {
            let mut other = lease;
            change(&mut other);
            assert_eq!(
                other.require_seen(&other.seen(5_000), 0),
                Err(LeaseError::LeaseChanged.into()),
                "{number}"
            );
        }
        let mut later = lease;
        later.top_up(1, 0, at(1_001)).unwrap();
        later.extend(1, 90_000, at(1_002)).unwrap();
        later.session_key = Address::new_from_array([9; 32]);
        assert_eq!(later.require_seen(&seen, 0), Ok(()));
    }

    #[test]
    fn a_lease_is_funded_until_the_deposit_is_used_up_or_it_ends() {
        assert_eq!(lease().funded_until(), 37_000);
        let mut rich = lease();
        rich.ledger.deposited = u64::MAX;
        assert_eq!(rich.funded_until(), rich.ends_at);
        let mut twice = lease();
        twice.meter.gpus = 2;
        assert_eq!(twice.funded_until(), 19_000);
    }

    #[test]
    fn a_top_up_does_not_promise_what_passed_unfunded() {
        // Ten of 24 hours are paid; the provider delivers them and stops.
        let mut lease = attested(37_000);
        lease.terms.sla_penalty_bps = 10_000;
        lease.ledger.bond = 1_000_000;
        // A minute before the end the renter pays for it.
        lease.top_up(60, 0, at(87_340)).unwrap();
        assert_eq!((lease.meter.excused, lease.meter.is_free()), (86_340 - 36_000, true));
        let closing = lease.close(2_000_000, None, at(91_001)).unwrap();
        assert_eq!((closing.promised, closing.credit), (36_000, 0));
        // Taken up, the minute is promised.
        let mut lease = Lease { state: PodLeaseState::Active, ..lease };
        attest(&mut lease, 87_350, 36_000, 87_350).unwrap();
        assert_eq!(lease.fundable(87_400), 36_060);
    }

    #[test]
    fn a_top_up_in_time_extends_the_promise() {
        let mut lease = lease();
        lease.terms.sla_uptime_bps = 10_000;
        lease.top_up(50_400, 0, at(37_000)).unwrap();
        assert_eq!((lease.meter.excused, lease.funded_until()), (0, 87_400));
        assert_eq!(lease.close(2_000_000, None, at(91_001)).unwrap().promised, 86_400);
    }

    #[test]
    fn a_top_up_that_makes_it_run_again_pays_for_a_minute_or_up_to_the_end() {
        for (time, amount, result) in [
            (37_000, 1, Ok(())),
            (37_001, 59, Err(LeaseError::TopUpTooSmall.into())),
            (37_001, 60, Ok(())),
            (87_341, 58, Err(LeaseError::TopUpTooSmall.into())),
            (87_341, 59, Ok(())),
            (87_399, 1, Ok(())),
            (87_400, 60, Err(LeaseError::LeaseEnding.into())),
        ] {
            assert_eq!(attested(37_000).top_up(amount, 0, at(time)), result, "{amount} at {time}");
        }
        // Nothing runs again that was just revived.
        let mut lease = attested(37_000);
        lease.top_up(60, 0, at(40_000)).unwrap();
        lease.top_up(1, 0, at(40_030)).unwrap();
        assert_eq!((lease.meter.excused, lease.meter.heartbeat.time), (3_000, 40_000));
    }

    #[test]
    fn a_funder_says_how_long_the_lease_has_to_last() {
        assert_eq!(lease().top_up(1, 87_400, at(2_000)), Ok(()));
        assert_eq!(lease().top_up(1, 87_401, at(2_000)), Err(LeaseError::EndsTooEarly.into()));
        let pending = Lease { state: PodLeaseState::Pending, ends_at: 0, ..lease() };
        assert_eq!({ pending }.top_up(1, 88_400, at(2_000)), Ok(()));
        assert_eq!({ pending }.top_up(1, 88_401, at(2_000)), Err(LeaseError::EndsTooEarly.into()));
    }

    /// A lease at one base unit a GPU-second, from second 0 on.
    fn from_zero(gpus: u32, deposited: u64, duration: u32) -> Lease {
        let mut lease =
            Lease { duration, gpus, ledger: Ledger { deposited, ..Ledger::default() }, ..Lease::zeroed() };
        lease.terms.price = 3_600;
        lease.terms.max_duration = 172_800;
        lease.start([1; 32], false, at(0)).unwrap();
        lease
    }

    #[test]
    fn vector_a_late_top_up_promises_nothing_that_passed() {
        let mut lease = from_zero(4, 57_600, 86_400);
        lease.top_up(115_200, 0, at(43_200)).unwrap();
        let early = attest(&mut lease, 14_400, 57_600, 43_200);
        assert_eq!(early, Err(LeaseError::WindowBeforeRevival.into()));
        attest(&mut lease, 43_200, 57_600, 43_200).unwrap();
        assert_eq!(lease.fundable(43_200), 57_600);
    }

    #[test]
    fn vector_dust_neither_blocks_nor_postpones() {
        let mut lease = from_zero(4, 400, 1_000);
        assert_eq!({ lease }.top_up(239, 0, at(150)), Err(LeaseError::TopUpTooSmall.into()));
        lease.top_up(240, 0, at(150)).unwrap();
        lease.top_up(1, 0, at(180)).unwrap();
        lease.top_up(240, 0, at(300)).unwrap();
        let early = attest(&mut lease, 250, 0, 320);
        assert_eq!(early, Err(LeaseError::WindowBeforeRevival.into()));
        attest(&mut lease, 320, 0, 320).unwrap();
        assert_eq!(lease.meter.excused, 559);
        assert_eq!((lease.fundable(320), lease.fundable(1_000)), (721, 881));
    }

    #[test]
    fn vector_a_revival_binds_once_it_is_attested() {
        let mut lease = from_zero(2, 200, 200);
        attest(&mut lease, 120, 0, 120).unwrap();
        lease.extend(2, 400, at(150)).unwrap();
        lease.resize(&Resize { duration: 400, from: 2, to: 4 }, false, 160).unwrap();
        lease.top_up(360, 0, at(180)).unwrap();
        assert_eq!((lease.meter.excused, lease.fundable(400)), (200, 200));
        attest(&mut lease, 200, 0, 200).unwrap();
        assert_eq!((lease.fundable(200), lease.fundable(400)), (280, 560));
    }

    #[test]
    fn a_second_call_that_nobody_answers_binds_no_more_than_the_first() {
        let mut lease = from_zero(4, 400, 86_400);
        lease.top_up(2_000, 0, at(150)).unwrap();
        lease.top_up(240, 0, at(700)).unwrap();
        assert_eq!(lease.fundable(86_400), 400);
        attest(&mut lease, 701, 0, 701).unwrap();
        assert_eq!((lease.fundable(701), lease.fundable(86_400)), (2_404, 2_640));
    }

    #[test]
    fn a_window_at_a_second_call_takes_up_neither_it_nor_the_first() {
        let mut lease = from_zero(4, 400, 86_400);
        lease.top_up(2_000, 0, at(150)).unwrap();
        lease.top_up(240, 0, at(700)).unwrap();
        // What was delivered before the first cannot be said of any earlier moment.
        attest(&mut lease, 700, 400, 700).unwrap();
        assert_eq!((lease.fundable(700), lease.fundable(86_400)), (400, 400));
        attest(&mut lease, 701, 400, 701).unwrap();
        assert_eq!((lease.fundable(701), lease.fundable(86_400)), (2_404, 2_640));
    }

    #[test]
    fn a_statement_about_a_time_before_a_halt_makes_no_silence_longer() {
        let mut lease = attested(5_000);
        // The clock jumps by an hour in ten slots, in which the provider is heard of.
        let usage = Usage { window_end: 5_100, gpu_seconds: 4_100, ..Usage::default() };
        lease.attest(&usage, true, Moment { time: 8_700, slot: 5_010 }).unwrap();
        let halted = |slot| Moment { time: 8_700, slot };
        assert_eq!({ lease }.expire(5_100, true, halted(5_900)), Err(LeaseError::HeartbeatNotMissed.into()));
        assert!({ lease }.expire(5_100, true, halted(5_901)).is_ok());
    }

    const RENTER: Address = Address::new_from_array([1; 32]);
    const SESSION_KEY: Address = Address::new_from_array([2; 32]);

    /// A provider whose authority, attestor and operator have the keys 3, 4 and 5.
    fn provider() -> Provider {
        let [authority, attestor, operator] = [3, 4, 5].map(|byte| Address::new_from_array([byte; 32]));
        Provider::register(authority, HotKeys { attestor, operator }, 0).unwrap()
    }

    /// [`attested`], with a renter and a session key.
    fn of_renter(window_end: i64) -> Lease {
        Lease { renter: RENTER, session_key: SESSION_KEY, ..attested(window_end) }
    }

    #[test]
    fn a_session_key_acts_for_the_renter_whoever_else_it_is() {
        let (lease, provider) = (of_renter(5_000), provider());
        let Provider { authority, attestor, operator, .. } = provider;
        for (key, acts) in
            [(RENTER, true), (SESSION_KEY, true), (authority, false), (attestor, false), (operator, false)]
        {
            assert_eq!(lease.is_of_renter(&key), acts);
            assert_eq!(lease.require_of_renter(&key).is_ok(), acts);
        }
        for own in [authority, attestor, operator] {
            assert!(Lease { session_key: own, ..lease }.is_of_renter(&own));
        }
        let nobody = Lease { session_key: Address::default(), ..lease };
        assert_eq!(nobody.require_of_renter(&Address::default()), Err(LeaseError::NotRenter.into()));
    }

    #[test]
    fn an_operator_leaves_where_no_notice_is_owed_and_nobody_else_without_a_part_does() {
        let provider = provider();
        let Provider { authority, attestor, operator, .. } = provider;
        let leave = |lease: &Lease, party: &Address, time| {
            let mut lease = *lease;
            lease.terms.notice = 3_600;
            let ended = lease.terminate(party, &provider, i64::MAX, at(time));
            ended.map(|()| (lease.ends_at, EndReason::from(lease.end_reason)))
        };
        let lease = of_renter(37_000);
        for (party, running, exhausted) in [
            (RENTER, Ok((40_600, EndReason::RenterNotice)), Ok((40_601, EndReason::RenterNotice))),
            (SESSION_KEY, Ok((40_600, EndReason::RenterNotice)), Ok((40_601, EndReason::RenterNotice))),
            (authority, Ok((40_600, EndReason::ProviderNotice)), Ok((37_001, EndReason::Exhausted))),
            (operator, Err(LeaseError::OperatorMayNot.into()), Ok((37_001, EndReason::Exhausted))),
            (attestor, Err(LeaseError::NotParty.into()), Err(LeaseError::NotParty.into())),
        ] {
            assert_eq!(leave(&lease, &party, 37_000), running);
            assert_eq!(leave(&lease, &party, 37_001), exhausted);
        }
        let mut called_back = lease;
        called_back.top_up(50_000, 0, at(37_001)).unwrap();
        assert_eq!(leave(&called_back, &operator, 37_002), Ok((37_002, EndReason::Exhausted)));
        attest(&mut called_back, 37_003, 36_001, 37_003).unwrap();
        assert_eq!(leave(&called_back, &operator, 37_003), Err(LeaseError::OperatorMayNot.into()));
    }

    #[test]
    fn credentials_replace_those_that_were_seen_in_an_active_lease() {
        let mut lease = lease();
        assert_eq!((lease.access_blob_hash, lease.access_slot), ([1; 32], at(1_000).slot));
        let stale = lease.publish_access(&[2; 32], [3; 32], at(2_000));
        assert_eq!(stale, Err(LeaseError::ValueReplaced.into()));
        lease.publish_access(&[1; 32], [3; 32], at(2_000)).unwrap();
        assert_eq!((lease.access_blob_hash, lease.access_slot), ([3; 32], at(2_000).slot));
        for state in [PodLeaseState::Pending, PodLeaseState::Disputed, PodLeaseState::Resolved] {
            let refused = Lease { state, ..lease }.publish_access(&[3; 32], [4; 32], at(2_000));
            assert_eq!(refused, Err(LeaseError::NotActive.into()));
        }
    }

    #[test]
    fn a_bond_is_pooled_from_the_first_base_unit_on_that_came_out_of_the_bond_account() {
        let started = |bond_is_pooled| {
            let mut lease = from_zero(1, 400, 86_400);
            lease.terms.bond_hours = 1;
            lease.state = PodLeaseState::Pending;
            lease.start([1; 32], bond_is_pooled, at(0)).unwrap();
            lease
        };
        let grow = |lease: &mut Lease, to, bond_is_pooled| {
            lease.resize(&Resize { duration: 86_400, from: 1, to }, bond_is_pooled, 0).unwrap().1
        };
        for (first, then, pooled) in [(false, false, 0), (false, true, 1), (true, false, 1), (true, true, 1)]
        {
            let mut lease = started(first);
            assert_eq!(lease.bond_is_pooled, u8::from(first));
            assert_eq!(grow(&mut lease, 2, then), 3_600);
            assert_eq!(lease.bond_is_pooled, pooled);
        }
        // Where nothing is taken nothing changes.
        let mut covered = started(false);
        covered.ledger.bond = 7_200;
        assert_eq!((grow(&mut covered, 2, true), covered.bond_is_pooled), (0, 0));
    }

    #[test]
    fn a_provider_leaves_an_exhausted_lease_and_one_that_it_was_called_back_to() {
        let provider = provider();
        let leave = |lease: &Lease, max_ends_at, time| {
            let mut lease = *lease;
            let ended = lease.terminate(&provider.authority, &provider, max_ends_at, at(time));
            ended.map(|()| lease.ends_at)
        };
        let mut lease = of_renter(37_000);
        lease.terms.notice = 3_600;
        assert_eq!(leave(&lease, i64::MAX, 37_000), Ok(40_600));
        assert_eq!(leave(&lease, 37_001, 37_001), Ok(37_001));
        // A top-up in front of its exit does not turn it into a notice, until it is taken up.
        lease.top_up(50_000, 0, at(37_001)).unwrap();
        assert_eq!(leave(&lease, 37_001, 37_001), Ok(37_001));
        // A window that ends in the second of the top-up may have been signed before it.
        attest(&mut lease, 37_001, 36_001, 37_001).unwrap();
        assert_eq!(leave(&lease, 37_001, 37_001), Ok(37_001));
        attest(&mut lease, 37_002, 36_001, 37_002).unwrap();
        assert_eq!(leave(&lease, 37_002, 37_002), Err(LeaseError::EndsTooLate.into()));
        assert_eq!(leave(&lease, 40_601, 37_002), Err(LeaseError::EndsTooLate.into()));
        assert_eq!(leave(&lease, 40_602, 37_002), Ok(40_602));
    }

    #[test]
    fn silence_while_paid_is_abandonment_and_a_small_top_up_does_not_clear_it() {
        let expire = |window_end, time| attested(window_end).expire(window_end, true, at(time));
        assert_eq!(expire(5_000, 5_901), Ok(EndReason::Abandoned));
        assert_eq!(expire(5_000, 5_900), Err(LeaseError::HeartbeatNotMissed.into()));
        // Paid until 37 000: 900 seconds of silence before that are forgiven, 901 are not.
        assert_eq!(expire(36_100, 40_000), Ok(EndReason::Exhausted));
        assert_eq!(expire(36_099, 40_000), Ok(EndReason::Abandoned));
        let mut cleared = attested(36_099);
        cleared.top_up(60, 0, at(40_000)).unwrap();
        assert_eq!(cleared.expire(36_099, true, at(40_901)), Ok(EndReason::Abandoned));
    }

    #[test]
    fn nobody_abandons_a_lease_that_was_left_unpaid() {
        for amount in [60, 47_400] {
            let mut left = attested(37_000);
            left.top_up(amount, 0, at(40_000)).unwrap();
            assert_eq!({ left }.expire(37_000, true, at(40_900)), Err(LeaseError::HeartbeatNotMissed.into()));
            assert_eq!(left.expire(37_000, true, at(40_901)), Ok(EndReason::Exhausted));
        }
    }

    #[test]
    fn a_shrink_to_come_does_not_weigh_in_a_silence_that_was() {
        let mut lease = from_zero(4, 40_000, 86_400);
        lease.terms.heartbeat_timeout = 900;
        lease.terms.notice = 3_600;
        attest(&mut lease, 9_101, 0, 9_101).unwrap();
        // 899 seconds were paid and not attested when it is shrunk to a quarter.
        lease.resize(&Resize { duration: 86_400, from: 4, to: 1 }, false, 10_050).unwrap();
        assert_eq!(lease.expire(9_101, true, at(20_000)), Ok(EndReason::Exhausted));
    }

    #[test]
    fn others_expire_a_lease_three_days_after_the_renter_may() {
        let three_days = 3 * 86_400;
        let expire = |is_by_renter, time| attested(5_000).expire(5_000, is_by_renter, at(time));
        assert_eq!(expire(true, 5_901), Ok(EndReason::Abandoned));
        assert_eq!(expire(false, 5_900 + three_days), Err(LeaseError::HeartbeatNotMissed.into()));
        assert_eq!(expire(false, 5_901 + three_days), Ok(EndReason::Abandoned));
        assert_eq!(attested(5_000).expire(4_999, true, at(5_901)), Err(LeaseError::WindowMoved.into()));
    }

    #[test]
    fn after_a_halt_everybody_gets_as_many_slots_to_answer() {
        // The clock jumps by ten hours in a few slots, over the end and the grace after it.
        let lease = attested(80_000);
        let halted = |slot| Moment { time: 120_000, slot };
        let mut silent = lease;
        let too_soon = Err(LeaseError::HeartbeatNotMissed.into());
        assert_eq!(silent.expire(80_000, true, halted(80_900)), too_soon);
        assert!(silent.expire(80_000, true, halted(80_901)).is_ok());
        assert_eq!(lease.phase(halted(80_010)), Phase::Ending);
        assert_eq!(lease.phase(halted(91_000)), Phase::Ending);
        assert_eq!(lease.phase(halted(91_001)), Phase::Closable);
        let mut late = lease;
        let usage = Usage { window_end: 87_400, gpu_seconds: 86_400, ..Usage::default() };
        assert_eq!(late.attest(&usage, true, halted(80_010)), Ok(()));
    }

    #[test]
    fn an_expired_lease_closes_an_hour_after_its_last_sign_of_life() {
        let mut lease = attested(5_000);
        lease.expire(5_000, true, at(6_000)).unwrap();
        assert_eq!((lease.phase(at(8_600)), lease.phase(at(8_601))), (Phase::Ending, Phase::Closable));
        let halted = |slot| Moment { time: 50_000, slot };
        assert_eq!(
            (lease.phase(halted(8_600)), lease.phase(halted(8_601))),
            (Phase::Ending, Phase::Closable)
        );
    }

    #[test]
    fn a_top_up_before_a_dispute_shrinks_no_promise() {
        // Given ten paid hours that are claimed in full, of which the renter admits one.
        let mut lease = lease();
        lease.terms.sla_uptime_bps = 10_000;
        lease.terms.challenge_window = 86_400;
        lease.terms.heartbeat_timeout = 50_000;
        lease.meter.attest(37_000, 36_000, at(37_000));
        lease.meter.claim(Claim { units: 36_000, submitted: at(37_000) });
        let (mut plain, mut late) = (lease, lease);
        // When hours later somebody pays for a minute, or two.
        late.top_up(60, 0, at(50_000)).unwrap();
        late.top_up(60, 0, at(60_000)).unwrap();
        for lease in [&mut plain, &mut late] {
            lease.dispute(3_600, u64::MAX, at(60_000)).unwrap();
            lease.resolve((3_600, 36_000), 3_600, at(60_000)).unwrap();
            // Then all ten hours were promised.
            assert_eq!(lease.close(2_000_000, None, at(60_000)).unwrap().promised, 36_000);
        }
    }

    #[test]
    fn a_late_notice_moves_no_end_but_is_one() {
        let provider = provider();
        let mut lease = of_renter(5_000);
        lease.ledger.deposited = 86_400;
        lease.terms.notice = 3_600;
        lease.terminate(&provider.authority, &provider, 87_400, at(83_800)).unwrap();
        assert_eq!((lease.ends_at, lease.end_reason), (87_400, PodEndReason::ProviderNotice));
        assert_eq!(lease.extend(1, 172_800, at(83_801)), Err(LeaseError::LeaseEnding.into()));
        // The first notice counts, unless a later one ends the lease sooner.
        lease.terminate(&RENTER, &provider, 87_400, at(83_801)).unwrap();
        assert_eq!(lease.end_reason, PodEndReason::ProviderNotice);
        let over = lease.terminate(&RENTER, &provider, i64::MAX, at(87_400));
        assert_eq!(over, Err(LeaseError::LeaseEnding.into()));
    }

    #[test]
    fn a_change_names_what_it_changes() {
        let lease = attested(5_000);
        assert_eq!({ lease }.extend(2, 172_800, at(5_000)), Err(LeaseError::GpusChanged.into()));
        for (duration, from, error) in
            [(86_399, 1, LeaseError::DurationChanged), (86_400, 2, LeaseError::GpusChanged)]
        {
            assert_eq!({ lease }.resize(&Resize { duration, from, to: 4 }, false, 5_000), Err(error.into()));
        }
        assert_eq!({ lease }.resize(&Resize { duration: 86_400, from: 1, to: 4 }, false, 5_000), Ok((3, 0)));
    }

    #[test]
    fn an_agreed_close_divides_the_vault_as_both_signed() {
        let agreed = |units, credit| Agreed { seen: Seen::default(), units, credit };
        let mut lease = attested(5_000);
        lease.ledger.bond = 7_200;
        lease.terms.bond_hours = 2;
        lease.terms.challenge_window = 86_400;
        lease.meter.attest(9_000, 8_000, at(9_000));
        lease.meter.claim(Claim { units: 8_000, submitted: at(9_000) });
        let mut disputed = lease;
        disputed.dispute(4_000, u64::MAX, at(9_000)).unwrap();
        let stake = disputed.ledger.stake;
        for (lease, stake) in [(lease, 0), (disputed, stake)] {
            let balance = 36_000 + 7_200 + stake;
            for (units, credit, error) in [
                (3_999, 0, LeaseError::FigureOutOfBounds),
                (8_001, 0, LeaseError::FigureOutOfBounds),
                (8_000, 7_201, LeaseError::CreditAboveBond),
            ] {
                assert_eq!(
                    { lease }.close(balance, Some(&agreed(units, credit)), at(9_001)),
                    Err(error.into())
                );
            }
            let closing = { lease }.close(balance, Some(&agreed(5_000, 200)), at(9_001)).unwrap();
            let Closing { payout, fees, bond, credit, refund, .. } = closing;
            assert_eq!((payout, fees, bond, credit, refund), (4_950, 50, 7_000, 200, 31_000 + stake));
        }
    }

    #[test]
    fn the_bond_of_the_most_gpus_answers_until_the_close() {
        let mut lease = from_zero(2, 40_000, 86_400);
        lease.terms.bond_hours = 1;
        lease.ledger.bond = 7_200;
        lease.resize(&Resize { duration: 86_400, from: 2, to: 1 }, false, 0).unwrap();
        assert_eq!((lease.release_gpus(10), lease.ledger.bond), (Ok(1), 7_200));
        let close = |credit| {
            let agreed = Agreed { seen: Seen::default(), units: 0, credit };
            { lease }.close(50_000, Some(&agreed), at(10)).map(|closing| closing.credit)
        };
        assert_eq!(close(7_200), Ok(7_200));
        assert_eq!(close(7_201), Err(LeaseError::CreditAboveBond.into()));
        // It grows by what the bond lacks.
        let resize =
            |lease: &mut Lease, from, to| lease.resize(&Resize { duration: 86_400, from, to }, false, 10);
        assert_eq!(resize(&mut lease, 1, 2), Ok((1, 0)));
        assert_eq!(resize(&mut lease, 2, 5), Err(LeaseError::ResizePending.into()));
        attest(&mut lease, 10, 0, 10).unwrap();
        assert_eq!((resize(&mut lease, 2, 5), lease.ledger.bond), (Ok((3, 10_800)), 18_000));
    }

    #[test]
    fn fees_are_counted_once() {
        let mut lease = attested(5_000);
        lease.settle(at(5_000)).unwrap();
        assert_eq!((lease.count_fees(), lease.count_fees()), (Ok(40), Ok(0)));
        attest(&mut lease, 9_000, 8_000, 9_000).unwrap();
        lease.settle(at(9_000)).unwrap();
        assert_eq!(lease.count_fees(), Ok(40));
    }

    #[test]
    fn gpus_given_back_at_the_end_do_not_come_back_with_a_clock_that_jumps() {
        let mut lease = attested(5_000);
        lease.ledger.bond = 7_200;
        lease.terms.bond_hours = 2;
        assert_eq!(lease.release_gpus(87_400), Ok(1));
        assert_eq!(lease.release_gpus(87_399), Ok(0));
        assert_eq!((lease.gpus, lease.ledger.bond), (0, 7_200));
    }

    #[test]
    fn phases_follow_each_other_at_their_seconds() {
        let lease = lease();
        let phase = |time| lease.phase(at(time));
        assert_eq!(Lease { state: PodLeaseState::Pending, ..lease }.phase(at(1_000)), Phase::Pending);
        assert_eq!(phase(37_000), Phase::Running);
        assert_eq!(phase(37_001), Phase::Exhausted);
        assert_eq!(phase(87_399), Phase::Exhausted);
        assert_eq!(phase(87_400), Phase::Ending);
        assert_eq!(phase(91_000), Phase::Ending);
        assert_eq!(phase(91_001), Phase::Closable);
    }

    #[test]
    fn an_open_claim_keeps_a_lease_from_closing_until_it_matures() {
        let mut lease = lease();
        lease.meter.claim(Claim { units: 10, submitted: at(91_000) });
        assert_eq!(lease.phase(at(91_599)), Phase::Ending);
        assert_eq!(lease.phase(at(91_600)), Phase::Closable);
        assert_eq!(lease.due(at(91_599)), 0);
        assert_eq!(lease.due(at(91_600)), 10);
    }

    #[test]
    fn releases_add_up_to_the_release_of_the_sum() {
        let (mut small, mut large) = (lease(), lease());
        for lease in [&mut small, &mut large] {
            lease.terms.price = 1_234_567;
            lease.ledger.deposited = u64::MAX;
        }
        let mut sum = Settlement::default();
        for units in 1..=1_000 {
            small.meter.accepted = units;
            let part = small.pay_out().unwrap();
            sum = Settlement { payout: sum.payout + part.payout, fee: sum.fee + part.fee };
        }
        large.meter.accepted = 1_000;
        assert_eq!(large.pay_out().unwrap(), sum);
        assert_eq!(small.ledger, large.ledger);
    }
}
