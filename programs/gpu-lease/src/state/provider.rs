use super::ACCOUNT_VERSION;
use crate::errors::LeaseError;
use anchor_lang::{address_eq, prelude::*};
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
    /// Hot key that runs leases with bonds out of the bond account; zero if there is none.
    pub operator: Address,
    /// Wallet that registered it: with it, this account signs for the bond account.
    pub registered_by: Address,
    /// What became of this provider's leases.
    pub record: ProviderRecord,
    /// Layout version.
    pub version: u8,
    /// Bump of this address.
    pub bump: u8,
    /// Zero; for later versions.
    pub spare: [u8; 62],
}

const _: () = assert!(core::mem::size_of::<Provider>() == 272);

/// A provider's hot keys: what its machines sign with, unattended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, AnchorSerialize, AnchorDeserialize, IdlType)]
pub struct HotKeys {
    /// Signs usage.
    pub attestor: Address,
    /// Runs leases with bonds out of the bond account; zero for none.
    pub operator: Address,
}

/// As whom a key acts for a provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProviderRole {
    /// Its wallet: may do everything.
    Authority,
    /// Its hot key: runs leases, and pays nobody.
    Operator,
}

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

    /// A provider that `authority` registers.
    pub fn register(authority: Address, keys: HotKeys, bump: u8) -> Result<Self> {
        let mut provider =
            Self { authority, registered_by: authority, version: ACCOUNT_VERSION, bump, ..Self::zeroed() };
        provider.set_keys(keys)?;
        Ok(provider)
    }

    /// Its hot keys.
    pub const fn keys(&self) -> HotKeys {
        HotKeys { attestor: self.attestor, operator: self.operator }
    }

    fn set_keys(&mut self, HotKeys { attestor, operator }: HotKeys) -> Result<()> {
        require!(attestor != Address::default(), LeaseError::AddressMissing);
        (self.attestor, self.operator) = (attestor, operator);
        Ok(())
    }

    /// Acts by `keys`, in place of those that are `replaced`.
    pub fn update(&mut self, replaced: &HotKeys, keys: HotKeys) -> Result<()> {
        require!(self.keys() == *replaced, LeaseError::ValueReplaced);
        self.set_keys(keys)
    }

    /// Lets `nominee` become the authority, in place of the nominee that is `replaced`; nobody, if it is zero.
    pub fn nominate(&mut self, replaced: &Address, nominee: Address) -> Result<()> {
        require!(self.pending_authority == *replaced, LeaseError::ValueReplaced);
        self.pending_authority = nominee;
        Ok(())
    }

    /// Hands the provider, its offers, its bond accounts and what its leases still pay over to `nominee`. From then on
    /// it acts by `keys`: those that the one before trusted do not stay in office.
    pub fn accept(&mut self, nominee: &Address, keys: HotKeys) -> Result<()> {
        require!(
            self.pending_authority == *nominee && *nominee != Address::default(),
            LeaseError::NotNominated
        );
        self.set_keys(keys)?;
        self.authority = *nominee;
        self.pending_authority = Address::default();
        Ok(())
    }

    /// Requires `signer` to be this provider's authority.
    pub fn authorize(&self, signer: &Address) -> Result<()> {
        require!(address_eq(&self.authority, signer), LeaseError::NotProviderAuthority);
        Ok(())
    }

    /// As whom `signer` acts for this provider.
    #[inline(never)]
    pub fn role_of(&self, signer: &Address) -> Result<ProviderRole> {
        if address_eq(signer, &self.authority) {
            return Ok(ProviderRole::Authority);
        }
        require!(self.is_operator(signer), LeaseError::NotProviderOperator);
        Ok(ProviderRole::Operator)
    }

    /// Whether `key` is the operator.
    fn is_operator(&self, key: &Address) -> bool {
        address_eq(key, &self.operator) && !address_eq(key, &Address::default())
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

#[cfg(test)]
mod tests {
    use super::*;

    fn key(byte: u8) -> Address {
        Address::new_from_array([byte; 32])
    }

    /// The hot keys 2 and 3.
    fn keys() -> HotKeys {
        HotKeys { attestor: key(2), operator: key(3) }
    }

    /// A provider of the wallet 1.
    fn provider() -> Provider {
        Provider::register(key(1), keys(), 255).unwrap()
    }

    #[test]
    fn a_provider_needs_an_attestor_and_no_operator() {
        let without = HotKeys { operator: Address::default(), ..keys() };
        assert_eq!(Provider::register(key(1), without, 255).unwrap().keys(), without);
        let unattested = HotKeys { attestor: Address::default(), ..keys() };
        assert_eq!(Provider::register(key(1), unattested, 255), Err(LeaseError::AddressMissing.into()));
        assert_eq!(provider().update(&keys(), unattested), Err(LeaseError::AddressMissing.into()));
    }

    #[test]
    fn its_wallet_and_its_operator_act_for_it_and_nobody_else() {
        let provider = provider();
        assert_eq!(provider.role_of(&key(1)), Ok(ProviderRole::Authority));
        assert_eq!(provider.role_of(&key(3)), Ok(ProviderRole::Operator));
        for nobody in [key(2), key(4), Address::default()] {
            assert_eq!(provider.role_of(&nobody), Err(LeaseError::NotProviderOperator.into()));
        }
        let mut without = provider;
        without.update(&keys(), HotKeys { operator: Address::default(), ..keys() }).unwrap();
        for nobody in [key(3), Address::default()] {
            assert_eq!(without.role_of(&nobody), Err(LeaseError::NotProviderOperator.into()));
        }
        // A wallet that is its own operator is the wallet.
        let mut alone = provider;
        alone.update(&keys(), HotKeys { attestor: key(1), operator: key(1) }).unwrap();
        assert_eq!(alone.role_of(&key(1)), Ok(ProviderRole::Authority));
    }

    #[test]
    fn keys_replace_those_that_were_seen() {
        let (mut provider, next) = (provider(), HotKeys { attestor: key(5), operator: key(6) });
        for seen in [next, HotKeys { attestor: key(5), ..keys() }, HotKeys { operator: key(6), ..keys() }] {
            assert_eq!(provider.update(&seen, next), Err(LeaseError::ValueReplaced.into()));
        }
        provider.update(&keys(), next).unwrap();
        assert_eq!(provider.keys(), next);
    }

    #[test]
    fn whoever_takes_it_over_names_its_keys_and_finds_the_address_as_it_was() {
        let (mut provider, next) = (provider(), HotKeys { attestor: key(5), ..HotKeys::default() });
        assert_eq!(provider.accept(&key(4), next), Err(LeaseError::NotNominated.into()));
        assert_eq!(provider.accept(&Address::default(), next), Err(LeaseError::NotNominated.into()));
        provider.nominate(&Address::default(), key(4)).unwrap();
        let unattested = HotKeys { attestor: Address::default(), ..next };
        assert_eq!({ provider }.accept(&key(4), unattested), Err(LeaseError::AddressMissing.into()));
        provider.accept(&key(4), next).unwrap();
        assert_eq!((provider.authority, provider.registered_by, provider.keys()), (key(4), key(1), next));
        assert_eq!(provider.accept(&key(4), keys()), Err(LeaseError::NotNominated.into()));
    }
}
