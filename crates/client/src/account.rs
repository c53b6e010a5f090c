//! Accounts that were read, checked and put together.

use crate::{
    address,
    error::{Error, Result},
    json::Json,
};
use anchor_lang::{AccountDeserialize, Discriminator};
use gpu_lease::state::{
    ACCOUNT_VERSION, ActionKind, EndReason, FeeParams, Governance, House, Lease, LeaseState, MintPolicy,
    Offer, Participant, Proposal, ProposalState, Protocol, Provider, VoteLock, VoteRecord,
};
use serde::{Serialize, Serializer, ser};
use serde_json::Value;
use solana_account::Account;
use solana_address::Address;
use std::ops::Deref;

/// An account's content and its address. Dereferences to the content; in JSON one flat object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Keyed<T> {
    /// Its address.
    pub address: Address,
    /// What it holds.
    pub account: T,
}

impl<T> Deref for Keyed<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.account
    }
}

impl<T: Json> Serialize for Keyed<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Value::Object(fields) = self.account.json() else {
            return Err(ser::Error::custom("an account is an object"));
        };
        serializer.collect_map([("address".to_owned(), self.address.json())].into_iter().chain(fields))
    }
}

/// An account type of the program.
pub trait ProgramAccount: AccountDeserialize + Discriminator + Copy + Json {
    /// What it is called, in words.
    const KIND: &'static str;

    /// Bytes of the account: discriminator and content.
    const SIZE: usize = Self::DISCRIMINATOR.len() + size_of::<Self>();

    /// Layout version that it carries.
    fn version(&self) -> u8;

    /// Whether every field holds a value that this version knows.
    fn is_known(&self) -> bool;
}

/// The account types, each with the choices that it holds and the last that this version knows of each.
macro_rules! program_accounts {
    ($($type:ident: $kind:literal $({ $($($choice:ident).+: $choices:ident::$last:ident),* })?),* $(,)?) => {
        $(impl ProgramAccount for $type {
            const KIND: &'static str = $kind;

            fn version(&self) -> u8 {
                self.version
            }

            fn is_known(&self) -> bool {
                // By the bytes: comparing an unknown choice panics.
                self.version == ACCOUNT_VERSION $($(&& self.$($choice).+.0 <= $choices::$last as u8)*)?
            }
        })*
    };
}

program_accounts! {
    Protocol: "protocol",
    FeeParams: "fee rate",
    MintPolicy: "registered mint",
    Provider: "provider",
    Offer: "offer",
    Lease: "lease" { state: LeaseState::Resolved, end_reason: EndReason::Mutual },
    Governance: "set of voting rules",
    Participant: "participant",
    VoteLock: "lock",
    Proposal: "proposal" { state: ProposalState::Executed, action.kind: ActionKind::WithdrawFees },
    VoteRecord: "vote" { house: House::Participants },
}

/// Reads the account at `address`. Checks owner, discriminator, length and version.
pub fn read<T: ProgramAccount>(address: Address, account: &Account) -> Result<Keyed<T>> {
    let malformed = |reason: &str| Error::Malformed { kind: T::KIND, reason: reason.to_owned() };
    if account.owner != address::PROGRAM {
        return Err(malformed(&format!("{address} belongs to program {}", account.owner)));
    }
    if !account.data.starts_with(T::DISCRIMINATOR) {
        return Err(malformed(&format!("{address} is another kind of account")));
    }
    if account.data.len() != T::SIZE {
        return Err(malformed(&format!("{} bytes instead of {}", account.data.len(), T::SIZE)));
    }
    let content = T::try_deserialize(&mut account.data.as_slice())
        .map_err(|error| malformed(&format!("{address}: {error}")))?;
    if !content.is_known() {
        return Err(malformed(&format!("{address} is of version {}, update this client", content.version())));
    }
    Ok(Keyed { address, account: content })
}

/// A provider's account and the wallet that acts for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProviderRef {
    /// The provider's account.
    pub address: Address,
    /// Its wallet.
    pub authority: Address,
}

impl ProviderRef {
    /// The provider that the wallet `authority` registers, or registered and still has.
    pub fn of(authority: Address) -> Self {
        Self { address: address::provider(&authority), authority }
    }
}

impl From<&Keyed<Provider>> for ProviderRef {
    fn from(provider: &Keyed<Provider>) -> Self {
        Self { address: provider.address, authority: provider.authority }
    }
}

/// A mint and the token program that owns it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MintRef {
    /// The mint.
    pub mint: Address,
    /// Its token program.
    pub token_program: Address,
}

/// A lease with everything that its instructions need around it. [`crate::rpc::Client::lease`] gives one. Dereferences to
/// the lease.
///
/// The token accounts are the associated ones; set the fields to use others of the same owners.
#[derive(Clone, Copy, Debug)]
pub struct LeaseContext {
    /// The lease's address.
    pub address: Address,
    /// The lease.
    pub account: Lease,
    /// Its provider, whose address the lease has.
    pub provider_account: Provider,
    /// Token program that owns the lease's mint.
    pub token_program: Address,
    /// Key that acts for the provider: its wallet, or its operator, see [`by_operator`](Self::by_operator).
    pub provider_key: Address,
    /// Token account of the provider's wallet: gets the payouts.
    pub provider_token: Address,
    /// The provider's bond account.
    pub bond_account: Address,
    /// What pays a bond: `provider_token`, or [`bond_account`](Self::with_pooled_bond).
    pub bond_token: Address,
    /// Token account of the payer: gets the refund.
    pub payer_token: Address,
}

impl Deref for LeaseContext {
    type Target = Lease;

    fn deref(&self) -> &Lease {
        &self.account
    }
}

impl LeaseContext {
    /// Puts a lease together with its decoded provider and the token program of its mint.
    pub fn new(lease: Keyed<Lease>, provider_account: Provider, token_program: Address) -> Self {
        let Keyed { address, account } = lease;
        let token_of = |owner| address::associated_token(owner, &account.terms.mint, &token_program);
        let provider_key = provider_account.authority;
        let provider_token = token_of(&provider_key);
        Self {
            address,
            provider_key,
            provider_token,
            bond_account: token_of(&account.provider),
            bond_token: provider_token,
            payer_token: token_of(&account.payer),
            account,
            provider_account,
            token_program,
        }
    }

    /// The lease and its address, without the rest.
    pub fn keyed(&self) -> Keyed<Lease> {
        Keyed { address: self.address, account: self.account }
    }

    /// With the provider's operator in place of its wallet, and bonds out of the bond account.
    pub fn by_operator(self) -> Self {
        Self { provider_key: self.provider_account.operator, ..self.with_pooled_bond() }
    }

    /// With bonds out of the provider's bond account.
    pub fn with_pooled_bond(self) -> Self {
        Self { bond_token: self.bond_account, ..self }
    }

    /// Token account that the bond goes back to: the bond account, if any of it came from there.
    pub fn bond_returns_to(&self) -> Address {
        if self.bond_is_pooled == 1 { self.bond_account } else { self.provider_token }
    }

    /// The earliest end that a funder expects who was shown this lease, unix seconds.
    pub fn min_ends_at(&self) -> i64 {
        match self.state.into() {
            LeaseState::Pending => self.opened_at.saturating_add(i64::from(self.duration)),
            _ => self.ends_at,
        }
    }

    /// The lease's mint.
    pub fn mint(&self) -> MintRef {
        MintRef { mint: self.terms.mint, token_program: self.token_program }
    }

    /// The associated token account of `wallet` for the lease's mint.
    pub fn token_of(&self, wallet: &Address) -> Address {
        address::associated_token(wallet, &self.terms.mint, &self.token_program)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;
    use bytemuck::bytes_of;

    fn stored(lease: &Lease) -> Account {
        let data = [Lease::DISCRIMINATOR, bytes_of(lease)].concat();
        Account { owner: address::PROGRAM, data, ..Account::default() }
    }

    fn reason(account: &Account) -> String {
        super::read::<Lease>(Address::default(), account).map(|_| ()).unwrap_err().to_string()
    }

    #[test]
    fn an_account_comes_back_as_it_was_stored() {
        let lease = testing::lease();
        let read = read::<Lease>(Address::default(), &stored(&lease)).unwrap();
        assert_eq!(bytes_of(&read.account), bytes_of(&lease));
    }

    #[test]
    fn foreign_other_short_and_newer_accounts_are_refused() {
        let good = stored(&testing::lease());
        assert!(
            reason(&Account { owner: Address::default(), ..good.clone() }).contains("belongs to program")
        );
        let mut other = good.clone();
        other.data[..8].copy_from_slice(Offer::DISCRIMINATOR);
        assert!(reason(&other).contains("another kind"));
        let mut short = good.clone();
        short.data.pop();
        assert!(reason(&short).contains("bytes instead of"));
        let newer = Lease { version: ACCOUNT_VERSION + 1, ..testing::lease() };
        assert!(reason(&stored(&newer)).contains("update this client"));
        let unknown = Lease { state: gpu_lease::state::PodLeaseState(200), ..testing::lease() };
        assert!(reason(&stored(&unknown)).contains("update this client"));
    }

    #[test]
    fn every_choice_is_known_up_to_the_last_that_there_is() {
        use gpu_lease::state::{PodActionKind, PodEndReason, PodHouse, PodLeaseState, PodProposalState};
        macro_rules! last {
            ($account:ident, $pod:ident, $last:expr, $($field:ident).+) => {
                let mut account = $account { version: ACCOUNT_VERSION, ..bytemuck::Zeroable::zeroed() };
                for (byte, is_known) in [($last as u8, true), ($last as u8 + 1, false)] {
                    account.$($field).+ = $pod(byte);
                    assert_eq!(account.is_known(), is_known);
                    // The program's own list ends there, too.
                    assert_eq!(format!("{:?}", $pod(byte)).contains("invalid"), !is_known);
                }
            };
        }
        last!(Lease, PodLeaseState, LeaseState::Resolved, state);
        last!(Lease, PodEndReason, EndReason::Mutual, end_reason);
        last!(Proposal, PodProposalState, ProposalState::Executed, state);
        last!(Proposal, PodActionKind, ActionKind::WithdrawFees, action.kind);
        last!(VoteRecord, PodHouse, House::Participants, house);
    }

    #[test]
    fn an_account_in_json_is_flat_with_readable_addresses() {
        let lease = Keyed { address: Address::default(), account: testing::lease() };
        let json = serde_json::to_value(lease).unwrap();
        assert_eq!(json["address"], "11111111111111111111111111111111");
        assert_eq!(json["state"], "active");
        assert_eq!(json["session_key"], Value::Null);
        assert_eq!(json["terms"]["price"], lease.terms.price.to_string());
        assert_eq!(json["domain"].as_str().unwrap().len(), 64);
        assert_eq!(json.get("spare"), None);
    }
}
