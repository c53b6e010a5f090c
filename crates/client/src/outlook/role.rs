//! In what capacity somebody acts.

use crate::state::{Lease, Provider, ProviderRole};
use serde::Serialize;
use solana_address::Address;

/// In what capacity somebody acts on a lease or a proposal. One key can act in several.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, strum::EnumIter)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub enum Role {
    /// Whoever wants to: no party's key is needed.
    Anyone,
    /// The wallet that uses the GPUs.
    Renter,
    /// The key that co-signs usage, disputes and ends a lease for its renter.
    SessionKey,
    /// The wallet that funded a lease and gets what is left of it.
    Payer,
    /// The provider's wallet.
    Provider,
    /// The key that acts for a provider where nothing of its is given up.
    Operator,
    /// The key that signs what a provider's machines have delivered.
    Attestor,
    /// The key that has to sign usage too, where the terms name one.
    Verifier,
    /// Decides a lease's dispute.
    Arbiter,
    /// The renter, and the provider or its operator, in one transaction that both sign.
    Both,
    /// Those who had locked tokens before a proposal was made.
    TokenHolder,
    /// Those who paid fees before a proposal was made that would raise them.
    Participant,
    /// The wallet that made a proposal.
    Proposer,
    /// Those who paid for the record of a vote.
    Voter,
}

/// Every role in which `key` acts on `lease`, which is of `provider`: [`Role::Both`] if it is one of the two who have to
/// sign.
pub fn roles_of(key: &Address, lease: &Lease, provider: &Provider) -> Vec<Role> {
    let is_somebody = *key != Address::default();
    let of_provider = provider.role_of(key).ok();
    let is_party = *key == lease.renter || of_provider.is_some();
    [
        (Role::Anyone, true),
        (Role::Renter, *key == lease.renter),
        (Role::SessionKey, is_somebody && *key == lease.session_key),
        (Role::Payer, *key == lease.payer),
        (Role::Provider, of_provider == Some(ProviderRole::Authority)),
        (Role::Operator, of_provider == Some(ProviderRole::Operator)),
        (Role::Attestor, *key == provider.attestor),
        (Role::Verifier, is_somebody && *key == lease.terms.verifier),
        (Role::Arbiter, *key == lease.arbiter),
        (Role::Both, is_party),
    ]
    .into_iter()
    .filter_map(|(role, has)| has.then_some(role))
    .collect()
}

/// As what `key` signs usage of `lease`; `None` if its signature says nothing. Nobody but the provider's account knows
/// the attestor.
pub fn signer_role(key: &Address, lease: &Lease, attestor: Option<&Address>) -> Option<Role> {
    match key {
        key if Some(key) == attestor => Some(Role::Attestor),
        key if *key == lease.renter => Some(Role::Renter),
        key if *key == lease.session_key => Some(Role::SessionKey),
        key if *key == lease.terms.verifier => Some(Role::Verifier),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytemuck::Zeroable;

    fn key(byte: u8) -> Address {
        Address::new_from_array([byte; 32])
    }

    fn parties() -> (Lease, Provider) {
        let mut lease =
            Lease { renter: key(1), payer: key(2), session_key: key(3), arbiter: key(4), ..Lease::zeroed() };
        lease.terms.verifier = key(5);
        (lease, Provider { authority: key(6), operator: key(7), attestor: key(8), ..Provider::zeroed() })
    }

    #[test]
    fn a_key_has_every_role_that_a_lease_and_its_provider_give_it() {
        let (lease, provider) = parties();
        let of = |byte| roles_of(&key(byte), &lease, &provider);
        for (byte, roles) in [
            (1, &[Role::Anyone, Role::Renter, Role::Both][..]),
            (2, &[Role::Anyone, Role::Payer]),
            (3, &[Role::Anyone, Role::SessionKey]),
            (4, &[Role::Anyone, Role::Arbiter]),
            (5, &[Role::Anyone, Role::Verifier]),
            (6, &[Role::Anyone, Role::Provider, Role::Both]),
            (7, &[Role::Anyone, Role::Operator, Role::Both]),
            (8, &[Role::Anyone, Role::Attestor]),
            (9, &[Role::Anyone]),
        ] {
            assert_eq!(of(byte), roles, "key {byte}");
        }
        let own = Lease { session_key: key(7), payer: key(1), ..lease };
        let expected = [Role::Anyone, Role::SessionKey, Role::Operator, Role::Both];
        assert_eq!(roles_of(&key(7), &own, &provider), expected);
        let expected = [Role::Anyone, Role::Renter, Role::Payer, Role::Both];
        assert_eq!(roles_of(&key(1), &own, &provider), expected);
    }

    #[test]
    fn a_key_that_is_not_set_is_nobody_s() {
        let (mut lease, mut provider) = parties();
        (lease.session_key, lease.terms.verifier) = (Address::default(), Address::default());
        provider.operator = Address::default();
        assert_eq!(roles_of(&Address::default(), &lease, &provider), [Role::Anyone]);
    }

    #[test]
    fn usage_is_signed_by_those_whom_lease_and_provider_name() {
        let (lease, provider) = parties();
        let of = |byte, attestor| signer_role(&key(byte), &lease, attestor);
        let attestor = Some(&provider.attestor);
        for (byte, role) in [
            (1, Some(Role::Renter)),
            (3, Some(Role::SessionKey)),
            (5, Some(Role::Verifier)),
            (8, Some(Role::Attestor)),
            (6, None),
            (9, None),
        ] {
            assert_eq!(of(byte, attestor), role, "key {byte}");
        }
        assert_eq!(of(8, None), None, "offline nobody knows the attestor");
    }
}
