use super::{ACCOUNT_VERSION, Claim, Dispute, Meter, Offer, Protocol, Terms};
use crate::{attestation::Attestation, constants::*, errors::LeaseError, math::*};
use anchor_lang::{address_eq, prelude::*};
use bytemuck::{Pod, Zeroable};

/// Seed of [`Lease`] accounts, followed by the renter and the lease's nonce.
pub const LEASE_SEED: &[u8] = b"lease";

/// Seed of a lease's vault, followed by the lease.
pub const VAULT_SEED: &[u8] = b"vault";

/// One lease: who, on which terms, for how much money, and what was delivered.
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
    /// X25519 key that access credentials are encrypted to.
    pub access_key: [u8; 32],
    /// sha256 of the access blob that `start_lease` published.
    pub access_blob_hash: [u8; 32],
    /// Key that may co-sign usage for the renter; zero if none.
    pub session_key: Address,
    /// Decides this lease's dispute, whoever the protocol names later.
    pub arbiter: Address,
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
    /// When the provider started it, unix seconds; 0 before.
    pub started_at: i64,
    /// When it ends, unix seconds; 0 before the start.
    pub ends_at: i64,
    /// Until when the SLA promises capacity, unix seconds: `ends_at`, unless the provider fell silent before.
    pub promised_until: i64,
    /// When a top-up last made it run again after the deposit was used up, unix seconds; else the start.
    pub revived_at: i64,
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
    /// Fee rate that the renter signed for, basis points of the gross.
    pub fee_bps: u16,
    /// A [`LeaseState`].
    pub state: PodLeaseState,
    /// An [`EndReason`].
    pub end_reason: PodEndReason,
    /// Layout version.
    pub version: u8,
    /// Bump of this address.
    pub bump: u8,
    /// Zero; for later versions.
    pub spare: [u8; 18],
}

const _: () = assert!(core::mem::size_of::<Lease>() == 720);

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

/// Where a lease stands at a moment: derived, never stored.
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

/// A lease's money, in base units. Every figure is a running total.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Pod, Zeroable, IdlType)]
#[repr(C)]
pub struct Ledger {
    /// Paid in by or for the renter.
    pub deposited: u64,
    /// Gross that was released: paid to the provider or kept as fee.
    pub released: u64,
    /// Part of `released` that is the protocol's; it waits in the vault until the close.
    pub fees: u64,
    /// The provider's bond.
    pub bond: u64,
    /// What the renter's side set aside for the arbiter; what is left of it goes to the payer.
    pub stake: u64,
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
    /// [`Terms::hash`] of the terms that the renter saw.
    pub expected_terms: [u8; 32],
    /// X25519 key to encrypt access credentials to.
    pub access_key: [u8; 32],
    /// Key that may co-sign usage for the renter; zero if none.
    pub session_key: Address,
}

/// Who a new lease is between, and where it lies.
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

/// Money that a settlement moves, base units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Settlement {
    /// To the provider.
    pub payout: u64,
    /// Kept for the protocol.
    pub fee: u64,
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
    /// Everything else in the vault, the credit included: to the payer.
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

    /// A new lease on `offer`: Pending, with the deposit in.
    pub fn open(
        request: &LeaseRequest,
        parties: LeaseParties,
        offer: &Offer,
        protocol: &Protocol,
        fee_bps: u16,
        clock: &Clock,
    ) -> Result<Self> {
        let terms = offer.terms;
        let now = clock.unix_timestamp;
        require!(request.expected_terms == terms.hash(), LeaseError::TermsChanged);
        require!(fee_bps <= request.max_fee_bps, LeaseError::FeeAboveAgreed);
        require!(offer.is_open == 1, LeaseError::OfferNotOpen);
        offer.require_free(request.gpus)?;
        require!(
            (terms.min_duration..=terms.max_duration).contains(&request.duration),
            LeaseError::DurationOutOfBounds
        );
        require!(request.deposit >= terms.min_deposit_ceil(request.gpus)?, LeaseError::DepositTooSmall);
        require!(
            now < request.start_deadline
                && request.start_deadline <= now.saturating_add(i64::from(MAX_START_WINDOW)),
            LeaseError::StartDeadlineOutOfBounds
        );
        // A bond that does not fit would make the lease impossible to start.
        terms.bond(request.gpus)?;
        Ok(Self {
            renter: parties.renter,
            payer: parties.payer,
            provider: offer.provider,
            offer: parties.offer,
            vault: parties.vault,
            domain: protocol.domain,
            access_key: request.access_key,
            access_blob_hash: [0; 32],
            session_key: request.session_key,
            arbiter: protocol.arbiter,
            terms,
            nonce: request.nonce,
            opened_slot: clock.slot,
            opened_at: now,
            start_deadline: request.start_deadline,
            started_at: 0,
            ends_at: 0,
            promised_until: 0,
            revived_at: 0,
            ledger: Ledger { deposited: request.deposit, ..Ledger::default() },
            meter: Meter::default(),
            dispute: Dispute::default(),
            duration: request.duration,
            gpus: request.gpus,
            fee_bps,
            state: PodLeaseState::Pending,
            end_reason: PodEndReason::Completed,
            version: ACCOUNT_VERSION,
            bump: parties.bump,
            spare: [0; 18],
        })
    }

    /// Requires `signer` to be the renter.
    pub fn require_renter(&self, signer: &Address) -> Result<()> {
        require!(address_eq(signer, &self.renter), LeaseError::NotRenter);
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
    pub fn start(&mut self, access_blob_hash: [u8; 32], now: i64) -> Result<u64> {
        require!(self.state == LeaseState::Pending, LeaseError::NotPending);
        require!(now <= self.start_deadline, LeaseError::StartDeadlinePassed);
        let bond = self.terms.bond(self.gpus)?;
        self.state = PodLeaseState::Active;
        self.access_blob_hash = access_blob_hash;
        self.started_at = now;
        self.revived_at = now;
        self.ends_at = now.saturating_add(i64::from(self.duration));
        self.promised_until = self.ends_at;
        self.ledger.bond = bond;
        self.meter = Meter::start(self.gpus, now);
        Ok(bond)
    }

    /// Adds `amount` base units to the deposit of a lease that is not over.
    ///
    /// A provider may stop when the deposit is used up, so capacity that passed unfunded is excused first:
    /// else a renter could top up at the very end and take the bond for it. For the same reason its silence
    /// counts anew from a top-up that makes the lease run again.
    pub fn deposit(&mut self, amount: u64, now: i64) -> Result<()> {
        require!(amount > 0, LeaseError::AmountZero);
        let state = LeaseState::from(self.state);
        require!(matches!(state, LeaseState::Pending | LeaseState::Active), LeaseError::NotActive);
        // What was promised before the end cannot be funded after it.
        let runs = now < self.ends_at;
        let until = if runs { now } else { self.promised_until };
        if self.meter.excuse(self.units_funded(), until) && runs {
            self.revived_at = now;
        }
        self.ledger.deposited =
            self.ledger.deposited.checked_add(amount).ok_or(LeaseError::AmountOverflow)?;
        Ok(())
    }

    /// Runs for `duration` seconds in all: longer than before, and no longer than the terms allow.
    pub fn extend(&mut self, duration: u32, now: i64) -> Result<()> {
        self.require_going_on(now)?;
        require!(
            self.duration < duration && duration <= self.terms.max_duration,
            LeaseError::DurationOutOfBounds
        );
        self.duration = duration;
        self.ends_at = self.started_at.saturating_add(i64::from(duration));
        self.promised_until = self.ends_at;
        Ok(())
    }

    /// Goes on with `gpus`: with more at once, with fewer when the notice is over. An earlier resize must be
    /// complete: in effect, attested, and its GPUs released. Returns the GPUs to reserve and the bond to take
    /// for them, base units; both are zero when shrinking.
    pub fn resize(&mut self, gpus: u32, now: i64) -> Result<(u32, u64)> {
        self.require_going_on(now)?;
        let before = self.meter.gpus;
        require!((1..=MAX_GPUS).contains(&gpus) && gpus != before, LeaseError::GpuCountOutOfBounds);
        require!(self.gpus == before && self.meter.is_resizable(), LeaseError::ResizePending);
        let more = gpus.saturating_sub(before);
        let bond = self.terms.bond(more)?;
        self.ledger.bond = self.ledger.bond.checked_add(bond).ok_or(LeaseError::AmountOverflow)?;
        let notice = if more > 0 { 0 } else { self.terms.notice };
        self.meter.resize(gpus, now.saturating_add(i64::from(notice)));
        self.gpus = self.gpus.max(gpus);
        Ok((more, bond))
    }

    /// Gives up GPUs that it holds and no longer needs: all after the end, what a resize freed before it.
    /// Returns their number and the bond that returns with them, base units. After the end the whole bond
    /// stays, since it answers for what was promised.
    pub fn release_gpus(&mut self, now: i64) -> Result<(u32, u64)> {
        require!(self.state != LeaseState::Pending, LeaseError::NotActive);
        // Disputed and Resolved leases ended when they were disputed.
        if now >= self.ends_at {
            return Ok((core::mem::take(&mut self.gpus), 0));
        }
        let needed = if now >= self.meter.segment_start { self.meter.gpus } else { self.gpus };
        let freed = self.gpus.saturating_sub(needed);
        let bond = self.ledger.bond.saturating_sub(self.terms.bond(needed)?);
        self.gpus = self.gpus.saturating_sub(freed);
        self.ledger.bond = self.ledger.bond.saturating_sub(bond);
        Ok((freed, bond))
    }

    /// Ends after the notice, given by the renter or by `provider_authority`. While the lease is exhausted the
    /// provider owes no notice.
    pub fn terminate(&mut self, party: &Address, provider_authority: &Address, now: i64) -> Result<()> {
        require!(self.state == LeaseState::Active, LeaseError::NotActive);
        require!(now < self.ends_at, LeaseError::LeaseEnding);
        let after_notice = now.saturating_add(i64::from(self.terms.notice));
        let (ends_at, reason) = if address_eq(party, &self.renter) {
            (after_notice, EndReason::RenterNotice)
        } else {
            require!(address_eq(party, provider_authority), LeaseError::NotParty);
            if self.is_exhausted(now) {
                (now, EndReason::Exhausted)
            } else {
                (after_notice, EndReason::ProviderNotice)
            }
        };
        self.end_early(ends_at, reason);
        Ok(())
    }

    /// Ends at the last attested moment, since the provider has been silent for longer than the heartbeat
    /// timeout. What the SLA promised stays promised. Returns why: a provider that was not paid any more has
    /// abandoned nobody.
    pub fn expire(&mut self, now: i64) -> Result<EndReason> {
        require!(self.state == LeaseState::Active, LeaseError::NotActive);
        let since = self.meter.window_end.max(self.revived_at);
        let silent = seconds_between(since, now.min(self.ends_at));
        require!(silent > u64::from(self.terms.heartbeat_timeout), LeaseError::HeartbeatNotMissed);
        let reason = if self.was_paid_in_silence(now) { EndReason::Abandoned } else { EndReason::Exhausted };
        self.ends_at = self.meter.window_end;
        self.end_reason = reason.into();
        Ok(reason)
    }

    /// Whether the deposit paid for more than a heartbeat timeout of the capacity that passed since the last
    /// attested window.
    fn was_paid_in_silence(&self, now: i64) -> bool {
        let Meter { window_end, excused, gpus, .. } = self.meter;
        let funded = self.units_funded();
        let paid = |time: i64, excused: u64| self.meter.capacity(time).saturating_sub(excused).min(funded);
        let attested = paid(window_end, self.meter.excused_by(window_end));
        let missing = paid(now.min(self.ends_at), excused).saturating_sub(attested);
        missing > units_in(gpus, u64::from(self.terms.heartbeat_timeout))
    }

    /// Takes in an attestation whose signatures and addressee are checked already.
    ///
    /// Accepted at once if the renter `co_signed`; else a claim with a challenge window of its own.
    pub fn attest(&mut self, attestation: &Attestation, co_signed: bool, now: i64) -> Result<()> {
        require!(self.state == LeaseState::Active, LeaseError::NotActive);
        require!(!self.is_grace_over(now), LeaseError::AttestationTooLate);
        let units = attestation.gpu_seconds.get();
        let window_end = attestation.window_end.get();
        let energy_wh = attestation.energy_wh.get();
        require!(window_end <= now && window_end <= self.ends_at, LeaseError::WindowOutOfBounds);

        self.meter.mature(self.terms.challenge_window, now);
        let meter = &mut self.meter;
        require!(
            units >= meter.latest.units && window_end >= meter.window_end && energy_wh >= meter.energy_wh,
            LeaseError::AttestationRegressed
        );
        let accepts = co_signed && units > meter.accepted;
        require!(
            window_end > meter.window_end || units > meter.latest.units || accepts,
            LeaseError::AttestationRepeated
        );
        require!(units <= meter.capacity(window_end), LeaseError::UnitsAboveCapacity);

        meter.window_end = window_end;
        meter.energy_wh = energy_wh;
        meter.evidence = attestation.evidence;
        let claim = Claim { units, submitted_at: now };
        if co_signed {
            meter.accept(claim);
        } else if units > meter.latest.units {
            meter.claim(claim);
        }
        Ok(())
    }

    /// Matures claims and releases what is newly due. Nothing due is no error: both figures are zero.
    pub fn settle(&mut self, now: i64) -> Result<Settlement> {
        require!(self.state != LeaseState::Pending, LeaseError::NotActive);
        self.meter.mature(self.terms.challenge_window, now);
        self.release()
    }

    /// Settles for the last time and divides what `vault_balance` holds, when the lease is over, the
    /// attestation grace is over and no claim can be challenged any more; at once after a dispute, or if both
    /// parties agree, which accepts what is claimed, and in a dispute what the renter admits.
    pub fn finish(&mut self, vault_balance: u64, is_agreed: bool, now: i64) -> Result<Closing> {
        match self.state.into() {
            LeaseState::Active => {
                self.meter.mature(self.terms.challenge_window, now);
                if is_agreed {
                    self.end_early(now, EndReason::Mutual);
                    self.meter.accept(self.meter.latest);
                }
                require!(is_agreed || self.is_closable(now), LeaseError::NotClosable);
            }
            LeaseState::Resolved => {}
            LeaseState::Disputed if is_agreed => {}
            LeaseState::Pending | LeaseState::Disputed => return Err(LeaseError::NotActive.into()),
        }
        let payout = self.release()?.payout;
        let Ledger { fees, bond, .. } = self.ledger;
        let capacity = self.meter.capacity(self.promised_until);
        let excused = self.meter.excused_by(self.promised_until);
        let fundable = capacity.saturating_sub(excused).min(self.units_funded());
        let promised = self.terms.promised_units_floor(fundable);
        let shortfall = promised.saturating_sub(self.meter.accepted);
        let credit = self.terms.sla_credit_floor(shortfall, bond);
        let bond = bond.checked_sub(credit).ok_or(LeaseError::InvariantVault)?;
        // Whatever else lies in the vault, strangers' tokens and the rest of a stake included, is the payer's.
        let refund = vault_balance
            .checked_sub(payout)
            .and_then(|rest| rest.checked_sub(fees))
            .and_then(|rest| rest.checked_sub(bond))
            .ok_or(LeaseError::InvariantVault)?;
        Ok(Closing { payout, fees, bond, credit, refund, promised })
    }

    /// Whether the attestation grace is over at `now` and no claim can be challenged any more.
    const fn is_closable(&self, now: i64) -> bool {
        self.is_grace_over(now) && !self.meter.has_open_claim()
    }

    /// Whether the time is over in which an attestation may still land.
    const fn is_grace_over(&self, now: i64) -> bool {
        seconds_between(self.ends_at, now) > ATTESTATION_GRACE
    }

    /// GPU-seconds that the deposit pays for.
    pub const fn units_funded(&self) -> u64 {
        capped(units_funded_floor(self.ledger.deposited, self.terms.price), u64::MAX)
    }

    /// When the deposit is used up if every GPU delivers every second, unix seconds; never after the end.
    pub fn funded_until(&self) -> i64 {
        self.meter.reaches(self.units_funded().saturating_add(self.meter.excused)).min(self.ends_at)
    }

    /// Whether the lease runs at `now` without being paid for.
    fn is_exhausted(&self, now: i64) -> bool {
        now < self.ends_at && now >= self.funded_until()
    }

    /// Requires the lease to run at `now` towards the end that was agreed.
    fn require_going_on(&self, now: i64) -> Result<()> {
        require!(self.state == LeaseState::Active, LeaseError::NotActive);
        require!(now < self.ends_at && self.end_reason == EndReason::Completed, LeaseError::LeaseEnding);
        Ok(())
    }

    /// Ends at `time` for `reason`, if it would not end before. An end that was agreed gets the reason all the
    /// same: from then on nothing extends it.
    pub(super) fn end_early(&mut self, time: i64, reason: EndReason) {
        if time < self.ends_at {
            self.ends_at = time;
            self.promised_until = time;
            self.end_reason = reason.into();
        } else if self.end_reason == EndReason::Completed {
            self.end_reason = reason.into();
        }
    }

    /// Gross that a settlement at `now` would release, base units.
    pub fn claimable(&self, now: i64) -> u64 {
        let mut lease = *self;
        lease.meter.mature(lease.terms.challenge_window, now);
        lease.payable().saturating_sub(lease.ledger.released)
    }

    /// Where the lease stands at `now`.
    pub fn phase(&self, now: i64) -> Phase {
        let mut lease = *self;
        lease.meter.mature(lease.terms.challenge_window, now);
        match lease.state.into() {
            LeaseState::Pending => Phase::Pending,
            LeaseState::Disputed => Phase::Disputed,
            LeaseState::Resolved => Phase::Closable,
            LeaseState::Active if lease.is_closable(now) => Phase::Closable,
            LeaseState::Active if now >= lease.ends_at => Phase::Ending,
            LeaseState::Active if lease.is_exhausted(now) => Phase::Exhausted,
            LeaseState::Active => Phase::Running,
        }
    }

    /// Gross that accepted units are worth and the deposit covers, base units.
    ///
    /// `min(floor(accepted × price / 3600), deposited)`
    pub const fn payable(&self) -> u64 {
        self.price_of(self.meter.accepted)
    }

    /// Gross of `units` that the deposit covers, base units.
    pub(super) const fn price_of(&self, units: u64) -> u64 {
        capped(gross_floor(units, self.terms.price), self.ledger.deposited)
    }

    /// Base units that the vault must hold at least: what was paid in less what was paid out.
    pub fn owed(&self) -> Result<u64> {
        let Ledger { deposited, released, fees, bond, stake } = self.ledger;
        deposited
            .checked_sub(released)
            .and_then(|sum| sum.checked_add(fees))
            .and_then(|sum| sum.checked_add(bond))
            .and_then(|sum| sum.checked_add(stake))
            .ok_or_else(|| LeaseError::InvariantVault.into())
    }

    /// INV-1 and INV-2.
    #[inline(never)]
    pub fn invariant(&self) -> Result<()> {
        let Ledger { deposited, released, fees, .. } = self.ledger;
        require!(
            fees <= released
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
        require!(vault_balance >= self.owed()?, LeaseError::InvariantVault);
        Ok(())
    }

    /// Releases what accepted units are worth beyond what was released before.
    #[inline(never)]
    fn release(&mut self) -> Result<Settlement> {
        let released = self.payable();
        let fees = capped(bps_floor(released, u32::from(self.fee_bps)), released);
        let due = released.checked_sub(self.ledger.released).ok_or(LeaseError::InvariantReleased)?;
        let fee = fees.checked_sub(self.ledger.fees).ok_or(LeaseError::InvariantReleased)?;
        let payout = due.checked_sub(fee).ok_or(LeaseError::InvariantReleased)?;
        self.ledger.released = released;
        self.ledger.fees = fees;
        Ok(Settlement { payout, fee })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytemuck::Zeroable;

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
        lease.start([1; 32], 1_000).unwrap();
        lease
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
        let mut lease = lease();
        lease.terms.sla_uptime_bps = 10_000;
        lease.terms.sla_penalty_bps = 10_000;
        lease.ledger.bond = 1_000_000;
        lease.meter.accept(Claim { units: 36_000, submitted_at: 37_000 });
        lease.deposit(1, 37_000).unwrap();
        assert_eq!(lease.meter.excused, 0);
        // A second before the end the renter pays for the rest.
        lease.deposit(50_399, 87_399).unwrap();
        assert_eq!(lease.meter.excused, 86_399 - 36_001);
        let closing = lease.finish(2_000_000, false, 91_001).unwrap();
        assert_eq!((closing.promised, closing.credit), (36_002, 2));
    }

    #[test]
    fn a_top_up_in_time_extends_the_promise() {
        let mut lease = lease();
        lease.terms.sla_uptime_bps = 10_000;
        lease.deposit(50_400, 37_000).unwrap();
        assert_eq!((lease.meter.excused, lease.funded_until()), (0, 87_400));
        assert_eq!(lease.finish(2_000_000, false, 91_001).unwrap().promised, 86_400);
    }

    /// [`lease`] with a heartbeat timeout of 900 s, attested in full until `window_end`.
    fn attested(window_end: i64) -> Lease {
        let mut lease = lease();
        lease.terms.heartbeat_timeout = 900;
        lease.meter.window_end = window_end;
        lease
    }

    #[test]
    fn silence_while_paid_is_abandonment_and_a_small_top_up_does_not_clear_it() {
        assert_eq!(attested(5_000).expire(5_901), Ok(EndReason::Abandoned));
        assert_eq!(attested(5_000).expire(5_900), Err(LeaseError::HeartbeatNotMissed.into()));
        // Paid until 37 000: 900 seconds of silence before that are forgiven, 901 are not.
        assert_eq!(attested(36_100).expire(40_000), Ok(EndReason::Exhausted));
        assert_eq!(attested(36_099).expire(40_000), Ok(EndReason::Abandoned));
        let mut cleared = attested(36_099);
        cleared.deposit(1, 40_000).unwrap();
        assert_eq!(cleared.expire(40_901), Ok(EndReason::Abandoned));
    }

    #[test]
    fn a_small_top_up_makes_nobody_abandon_a_lease_that_was_left_unpaid() {
        let mut left = attested(37_000);
        left.deposit(1, 40_000).unwrap();
        assert_eq!(left.expire(40_900), Err(LeaseError::HeartbeatNotMissed.into()));
        assert_eq!(left.expire(40_901), Ok(EndReason::Exhausted));
        let mut revived = attested(37_000);
        revived.deposit(3_600, 40_000).unwrap();
        assert_eq!(revived.expire(40_901), Ok(EndReason::Abandoned));
    }

    #[test]
    fn a_top_up_revives_only_what_stood_still() {
        let mut lease = attested(37_000);
        lease.deposit(3_600, 40_000).unwrap();
        assert_eq!((lease.meter.excused, lease.revived_at), (3_000, 40_000));
        lease.deposit(1, 43_600).unwrap();
        assert_eq!((lease.meter.excused, lease.revived_at), (3_000, 40_000));
        // After the end nothing runs again.
        lease.deposit(1, 87_400).unwrap();
        assert_eq!((lease.meter.excused, lease.revived_at), (86_400 - 39_601, 40_000));
    }

    #[test]
    fn a_top_up_before_a_dispute_shrinks_no_promise() {
        // Given ten paid hours that are claimed in full, of which the renter admits one.
        let mut lease = attested(37_000);
        lease.terms.sla_uptime_bps = 10_000;
        lease.terms.challenge_window = 86_400;
        lease.meter.claim(Claim { units: 36_000, submitted_at: 37_000 });
        let (mut plain, mut late) = (lease, lease);
        // When hours later somebody adds a base unit, or two.
        late.deposit(1, 50_000).unwrap();
        late.deposit(1, 60_000).unwrap();
        for lease in [&mut plain, &mut late] {
            lease.dispute(3_600, 60_000).unwrap();
            lease.resolve(3_600, 60_000).unwrap();
            // Then all ten hours were promised.
            assert_eq!(lease.finish(2_000_000, false, 60_000).unwrap().promised, 36_000);
        }
    }

    #[test]
    fn a_late_notice_moves_no_end_but_is_one() {
        let (renter, provider) = (Address::new_from_array([1; 32]), Address::new_from_array([2; 32]));
        let mut lease = Lease { renter, ..attested(5_000) };
        lease.ledger.deposited = 86_400;
        lease.terms.notice = 3_600;
        lease.terms.max_duration = 172_800;
        lease.terminate(&provider, &provider, 83_800).unwrap();
        assert_eq!((lease.ends_at, lease.end_reason), (87_400, PodEndReason::ProviderNotice));
        assert_eq!(lease.extend(172_800, 83_801), Err(LeaseError::LeaseEnding.into()));
        // The first notice counts, unless a later one ends the lease sooner.
        lease.terminate(&renter, &provider, 83_801).unwrap();
        assert_eq!(lease.end_reason, PodEndReason::ProviderNotice);
        assert_eq!(lease.terminate(&renter, &provider, 87_400), Err(LeaseError::LeaseEnding.into()));
    }

    #[test]
    fn gpus_given_back_at_the_end_do_not_come_back_with_a_clock_that_jumps() {
        let mut lease = attested(5_000);
        lease.ledger.bond = 7_200;
        lease.terms.bond_hours = 2;
        assert_eq!(lease.release_gpus(87_400), Ok((1, 0)));
        assert_eq!(lease.release_gpus(87_399), Ok((0, 0)));
        assert_eq!((lease.gpus, lease.ledger.bond), (0, 7_200));
    }

    #[test]
    fn phases_follow_each_other_at_their_seconds() {
        let lease = lease();
        assert_eq!(Lease { state: PodLeaseState::Pending, ..lease }.phase(1_000), Phase::Pending);
        assert_eq!(lease.phase(36_999), Phase::Running);
        assert_eq!(lease.phase(37_000), Phase::Exhausted);
        assert_eq!(lease.phase(87_399), Phase::Exhausted);
        assert_eq!(lease.phase(87_400), Phase::Ending);
        assert_eq!(lease.phase(91_000), Phase::Ending);
        assert_eq!(lease.phase(91_001), Phase::Closable);
    }

    #[test]
    fn an_open_claim_keeps_a_lease_from_closing_until_it_matures() {
        let mut lease = lease();
        lease.meter.claim(Claim { units: 10, submitted_at: 91_000 });
        assert_eq!(lease.phase(91_599), Phase::Ending);
        assert_eq!(lease.phase(91_600), Phase::Closable);
        assert_eq!(lease.claimable(91_599), 0);
        assert_eq!(lease.claimable(91_600), 10);
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
            let part = small.release().unwrap();
            sum = Settlement { payout: sum.payout + part.payout, fee: sum.fee + part.fee };
        }
        large.meter.accepted = 1_000;
        assert_eq!(large.release().unwrap(), sum);
        assert_eq!(small.ledger, large.ledger);
    }
}
