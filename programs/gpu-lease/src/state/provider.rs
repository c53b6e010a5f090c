use crate::errors::LeaseError;
use anchor_lang::prelude::*;
use bytemuck::{Pod, Zeroable};

/// Seed of [`Provider`] accounts, followed by the authority that registered.
pub const PROVIDER_SEED: &[u8] = b"provider";

/// Someone who leases GPUs out, and the record that renters judge them by.
#[account]
#[derive(Debug, PartialEq, Eq)]
pub struct Provider {
    /// Wallet that owns offers, starts leases and is paid.
    pub authority: Address,
    /// Wallet that may accept the authority; zero if none is nominated.
    pub pending_authority: Address,
    /// Hot key that signs usage.
    pub attestor: Address,
    /// What became of this provider's leases.
    pub record: ProviderRecord,
    /// Layout version.
    pub version: u8,
    /// Bump of this address.
    pub bump: u8,
    /// Zero; for later versions.
    pub spare: [u8; 62],
}

const _: () = assert!(core::mem::size_of::<Provider>() == 208);

/// Counts of a provider's leases and units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Pod, Zeroable, IdlType)]
#[repr(C)]
pub struct ProviderRecord {
    /// GPU-seconds delivered in closed leases.
    pub units_delivered: u64,
    /// GPU-seconds promised by the SLA of closed leases.
    pub units_promised: u64,
    /// Fees of closed leases in the unit mint, base units: what the rest of this record has cost.
    pub fees_paid: u64,
    /// Leases started.
    pub leases_started: u32,
    /// Leases closed.
    pub leases_completed: u32,
    /// Leases that ended because the provider fell silent.
    pub leases_abandoned: u32,
    /// Leases whose usage a renter disputed.
    pub leases_disputed: u32,
    /// Disputes that the provider lost.
    pub disputes_lost: u32,
    /// Zero; keeps the size a multiple of eight.
    pub spare: u32,
}

impl Provider {
    /// Address of the provider that `authority` registers, and its bump.
    pub fn address(authority: &Address) -> (Address, u8) {
        Address::find_program_address(&[PROVIDER_SEED, authority.as_ref()], &crate::ID)
    }

    /// Lets `attestor` sign usage, in place of the one that is `replaced`.
    pub fn update(&mut self, replaced: &Address, attestor: Address) -> Result<()> {
        require!(self.attestor == *replaced, LeaseError::ValueReplaced);
        require!(attestor != Address::default(), LeaseError::AddressMissing);
        self.attestor = attestor;
        Ok(())
    }

    /// Lets `nominee` become the authority, in place of the nominee that is `replaced`; nobody, if it is zero.
    pub fn nominate(&mut self, replaced: &Address, nominee: Address) -> Result<()> {
        require!(self.pending_authority == *replaced, LeaseError::ValueReplaced);
        self.pending_authority = nominee;
        Ok(())
    }

    /// Hands the provider, its offers and what its leases still pay over to `nominee`. From then on `attestor`
    /// signs: the key that the one before trusted does not stay in office.
    pub fn accept(&mut self, nominee: &Address, attestor: Address) -> Result<()> {
        require!(
            self.pending_authority == *nominee && *nominee != Address::default(),
            LeaseError::NotNominated
        );
        require!(attestor != Address::default(), LeaseError::AddressMissing);
        self.authority = *nominee;
        self.attestor = attestor;
        self.pending_authority = Address::default();
        Ok(())
    }

    /// Requires `signer` to be this provider's authority.
    pub fn authorize(&self, signer: &Address) -> Result<()> {
        require!(self.authority == *signer, LeaseError::NotProviderAuthority);
        Ok(())
    }
}

impl ProviderRecord {
    /// A lease has started.
    pub fn lease_started(&mut self) {
        self.leases_started = self.leases_started.saturating_add(1);
    }

    /// A lease was abandoned.
    pub fn lease_abandoned(&mut self) {
        self.leases_abandoned = self.leases_abandoned.saturating_add(1);
    }

    /// A renter disputed a claim.
    pub fn lease_disputed(&mut self) {
        self.leases_disputed = self.leases_disputed.saturating_add(1);
    }

    /// The arbiter's figure was nearer to the renter's.
    pub fn dispute_lost(&mut self) {
        self.disputes_lost = self.disputes_lost.saturating_add(1);
    }

    /// A lease has closed after `delivered` of `promised` GPU-seconds and `fees` base units of the unit mint.
    pub fn lease_completed(&mut self, delivered: u64, promised: u64, fees: u64) {
        self.leases_completed = self.leases_completed.saturating_add(1);
        self.units_delivered = self.units_delivered.saturating_add(delivered);
        self.units_promised = self.units_promised.saturating_add(promised);
        self.fees_paid = self.fees_paid.saturating_add(fees);
    }
}
