//! Reading what is on chain: accounts, the events in transaction logs, and instructions.

mod event;
mod instruction;

pub use event::{EVENTS, Event, events, is_row_applied, is_truncated};
#[cfg(feature = "rpc")]
pub(crate) use instruction::resolve;
pub use instruction::{
    Args, DecodedInstruction, INSTRUCTIONS, attestations, batches, instruction, instructions_of,
};

use crate::{
    address,
    error::{Error, Result},
    json::Json,
};
use anchor_lang::{AccountDeserialize, Discriminator};
use gpu_lease::state::{
    ACCOUNT_VERSION, FeeParams, Governance, Lease, MintPolicy, Offer, Participant, Proposal, Protocol,
    Provider, VoteLock, VoteRecord,
};
use serde::{Serialize, Serializer, ser};
use serde_json::Value;
use solana_account::Account;
use solana_address::Address;
use std::ops::Deref;

/// An account's content and where it lies. Dereferences to the content; in JSON one flat object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Keyed<T> {
    /// Where it lies.
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

macro_rules! program_accounts {
    ($($type:ident: $kind:literal $({ $($choice:ident),* })?),*) => {
        $(impl ProgramAccount for $type {
            const KIND: &'static str = $kind;

            fn version(&self) -> u8 {
                self.version
            }

            fn is_known(&self) -> bool {
                // Comparing an unknown choice panics, its debug form says so.
                self.version == ACCOUNT_VERSION
                    $($(&& !format!("{:?}", self.$choice).contains("invalid"))*)?
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
    Lease: "lease" { state },
    Governance: "set of voting rules",
    Participant: "fee payer",
    VoteLock: "lock",
    Proposal: "proposal" { state, action },
    VoteRecord: "vote" { house }
}

/// Reads the account at `address`. Checks owner, discriminator, length and version.
pub fn account<T: ProgramAccount>(address: Address, account: &Account) -> Result<Keyed<T>> {
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
        super::account::<Lease>(Address::default(), account).map(|_| ()).unwrap_err().to_string()
    }

    #[test]
    fn an_account_comes_back_as_it_was_stored() {
        let lease = testing::lease();
        let read = account::<Lease>(Address::default(), &stored(&lease)).unwrap();
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
