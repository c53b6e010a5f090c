use super::{ACCOUNT_VERSION, Offer, Terms};
use crate::{attestation::Attestation, constants::*, errors::LeaseError, math::*};
use anchor_lang::prelude::*;
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
    /// The money.
    pub ledger: Ledger,
    /// The usage.
    pub meter: Meter,
    /// How long it runs once started, seconds.
    pub duration: u32,
    /// GPUs leased.
    pub gpus: u32,
    /// Fee rate that the renter signed for, basis points of the gross.
    pub fee_bps: u16,
    /// A [`LeaseState`].
    pub state: PodLeaseState,
    /// Layout version.
    pub version: u8,
    /// Bump of this address.
    pub bump: u8,
    /// Room for disputes and for later versions.
    pub spare: [u8; 123],
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
}

/// A lease's usage, in GPU-seconds. Every count is cumulative.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Pod, Zeroable, IdlType)]
#[repr(C)]
pub struct Meter {
    /// Final units.
    pub accepted: u64,
    /// The claim whose challenge window runs; equal to `accepted` if there is none.
    pub maturing: Claim,
    /// The newest claim; equal to `maturing` if there is none behind it.
    pub latest: Claim,
    /// End of the last attested window, unix seconds.
    pub window_end: i64,
    /// Energy attested, watt-hours.
    pub energy_wh: u64,
    /// Capacity of the segments before this one, GPU-seconds.
    pub segment_base: u64,
    /// When the current number of GPUs took effect, unix seconds.
    pub segment_start: i64,
    /// Capacity that no deposit funded when it passed, GPU-seconds: the SLA does not promise it, even if a
    /// later top-up would have paid for it.
    pub excused: u64,
    /// sha256 of the metering record behind the last attestation.
    pub evidence: [u8; 32],
}

/// Units attested without the renter's signature.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Pod, Zeroable, IdlType)]
#[repr(C)]
pub struct Claim {
    /// Cumulative GPU-seconds.
    pub units: u64,
    /// When it was submitted, unix seconds.
    pub submitted_at: i64,
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
        domain: [u8; 32],
        fee_bps: u16,
        clock: &Clock,
    ) -> Result<Self> {
        let terms = offer.terms;
        let now = clock.unix_timestamp;
        require!(request.expected_terms == terms.hash(), LeaseError::TermsChanged);
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
            domain,
            access_key: request.access_key,
            access_blob_hash: [0; 32],
            session_key: request.session_key,
            terms,
            nonce: request.nonce,
            opened_slot: clock.slot,
            opened_at: now,
            start_deadline: request.start_deadline,
            started_at: 0,
            ends_at: 0,
            ledger: Ledger { deposited: request.deposit, ..Ledger::default() },
            meter: Meter::default(),
            duration: request.duration,
            gpus: request.gpus,
            fee_bps,
            state: PodLeaseState::Pending,
            version: ACCOUNT_VERSION,
            bump: parties.bump,
            spare: [0; 123],
        })
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
        self.ends_at = now.saturating_add(i64::from(self.duration));
        self.ledger.bond = bond;
        self.meter.segment_start = now;
        self.meter.window_end = now;
        Ok(bond)
    }

    /// Adds `amount` base units to the deposit, at any time before the close.
    ///
    /// A provider may stop when the deposit is used up, so capacity that passed unfunded is excused first:
    /// else a renter could top up at the very end and take the bond for it.
    pub fn deposit(&mut self, amount: u64, now: i64) -> Result<()> {
        require!(amount > 0, LeaseError::AmountZero);
        let passed = self.meter.capacity(self.gpus, now.min(self.ends_at));
        let unfunded = passed.saturating_sub(self.units_funded());
        self.meter.excused = self.meter.excused.max(unfunded);
        self.ledger.deposited =
            self.ledger.deposited.checked_add(amount).ok_or(LeaseError::AmountOverflow)?;
        Ok(())
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
        require!(units <= meter.capacity(self.gpus, window_end), LeaseError::UnitsAboveCapacity);

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
        require!(self.state == LeaseState::Active, LeaseError::NotActive);
        self.meter.mature(self.terms.challenge_window, now);
        self.release()
    }

    /// Settles for the last time and divides what `vault_balance` holds, when the lease has ended, the
    /// attestation grace is over and no claim can be challenged any more.
    pub fn finish(&mut self, vault_balance: u64, now: i64) -> Result<Closing> {
        require!(self.state == LeaseState::Active, LeaseError::NotActive);
        self.meter.mature(self.terms.challenge_window, now);
        require!(self.is_closable(now), LeaseError::NotClosable);
        let payout = self.release()?.payout;
        let Ledger { fees, bond, .. } = self.ledger;
        let capacity = self.meter.capacity(self.gpus, self.ends_at);
        let fundable = capacity.saturating_sub(self.meter.excused).min(self.units_funded());
        let promised = self.terms.promised_units_floor(fundable);
        let shortfall = promised.saturating_sub(self.meter.accepted);
        let credit = self.terms.sla_credit_floor(shortfall, bond);
        let bond = bond.checked_sub(credit).ok_or(LeaseError::InvariantVault)?;
        // Whatever else lies in the vault, strangers' tokens included, is the payer's.
        let refund = vault_balance
            .checked_sub(payout)
            .and_then(|rest| rest.checked_sub(fees))
            .and_then(|rest| rest.checked_sub(bond))
            .ok_or(LeaseError::InvariantVault)?;
        Ok(Closing { payout, fees, bond, credit, refund, promised })
    }

    /// Whether the attestation grace is over at `now` and no claim can be challenged any more.
    const fn is_closable(&self, now: i64) -> bool {
        self.is_grace_over(now) && self.meter.latest.units == self.meter.accepted
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
        let funded = self.units_funded().saturating_add(self.meter.excused);
        let units = funded.saturating_sub(self.meter.segment_base);
        let seconds = units.checked_div(u64::from(self.gpus)).unwrap_or(0);
        let seconds = i64::try_from(seconds).unwrap_or(i64::MAX);
        self.meter.segment_start.saturating_add(seconds).min(self.ends_at)
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
        if lease.state == LeaseState::Pending {
            Phase::Pending
        } else if lease.is_closable(now) {
            Phase::Closable
        } else if now >= lease.ends_at {
            Phase::Ending
        } else if now >= lease.funded_until() {
            Phase::Exhausted
        } else {
            Phase::Running
        }
    }

    /// Gross that accepted units are worth and the deposit covers, base units.
    ///
    /// `min(floor(accepted × price / 3600), deposited)`
    pub const fn payable(&self) -> u64 {
        capped(gross_floor(self.meter.accepted, self.terms.price), self.ledger.deposited)
    }

    /// Base units that the vault must hold at least: what was paid in less what was paid out.
    pub fn owed(&self) -> Result<u64> {
        let Ledger { deposited, released, fees, bond } = self.ledger;
        deposited
            .checked_sub(released)
            .and_then(|sum| sum.checked_add(fees))
            .and_then(|sum| sum.checked_add(bond))
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
        let capacity = self.meter.capacity(self.gpus, window_end);
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

impl Meter {
    /// GPU-seconds that can have been delivered until `time`: none before the segment began.
    pub const fn capacity(&self, gpus: u32, time: i64) -> u64 {
        self.segment_base.saturating_add(units_in(gpus, seconds_between(self.segment_start, time)))
    }

    /// Accepts every claim whose challenge window has passed at `now`: at most two.
    #[inline(never)]
    pub fn mature(&mut self, challenge_window: u32, now: i64) {
        while self.maturing.units > self.accepted
            && seconds_between(self.maturing.submitted_at, now) >= u64::from(challenge_window)
        {
            self.accepted = self.maturing.units;
            self.maturing = self.latest;
        }
    }

    /// Makes `claim`'s units final and leaves no claim open.
    fn accept(&mut self, claim: Claim) {
        self.accepted = claim.units;
        self.maturing = claim;
        self.latest = claim;
    }

    /// Opens `claim`'s challenge window, or queues it behind the one that runs.
    fn claim(&mut self, claim: Claim) {
        if self.maturing.units == self.accepted {
            self.maturing = claim;
        }
        self.latest = claim;
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
        twice.gpus = 2;
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
        let closing = lease.finish(2_000_000, 91_001).unwrap();
        assert_eq!((closing.promised, closing.credit), (36_002, 2));
    }

    #[test]
    fn a_top_up_in_time_extends_the_promise() {
        let mut lease = lease();
        lease.terms.sla_uptime_bps = 10_000;
        lease.deposit(50_400, 37_000).unwrap();
        assert_eq!((lease.meter.excused, lease.funded_until()), (0, 87_400));
        assert_eq!(lease.finish(2_000_000, 91_001).unwrap().promised, 86_400);
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
    fn frequent_claims_neither_postpone_nor_shorten_a_window() {
        let mut meter = Meter::default();
        meter.claim(Claim { units: 10, submitted_at: 0 });
        meter.claim(Claim { units: 20, submitted_at: 300 });
        meter.claim(Claim { units: 30, submitted_at: 599 });
        meter.mature(600, 599);
        assert_eq!(meter.accepted, 0);
        meter.mature(600, 600);
        assert_eq!(meter.accepted, 10);
        meter.mature(600, 1_198);
        assert_eq!(meter.accepted, 10);
        meter.mature(600, 1_199);
        assert_eq!(meter.accepted, 30);
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
