//! The accounts that the book keeps: those of the program, and the token accounts that it holds.

use gpu_lease_client::account::{self, ProgramAccount};
use gpu_lease_client::address::PROGRAM;
use gpu_lease_client::state::{
    FeeParams, Governance, Lease, MintPolicy, Offer, Participant, Proposal, Protocol, Provider, VoteLock,
    VoteRecord,
};
use gpu_lease_client::{Error, Result};
use solana_account::Account;
use solana_address::Address;

/// A type of account that the book keeps.
pub trait Kept: Copy {
    /// What it is called.
    const KIND: &'static str;

    /// One of it.
    fn entry(self) -> Entry;

    /// What `entry` holds, if it is one.
    fn of(entry: &Entry) -> Option<&Self>;
}

macro_rules! entries {
    ($($kind:ident),*) => {
        /// An account that exists.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum Entry {
            /// A token account that the program holds.
            Vault(Vault),
            $(
                #[doc = concat!("A [`", stringify!($kind), "`].")]
                $kind(Box<$kind>),
            )*
        }

        $(impl Kept for $kind {
            const KIND: &'static str = <$kind as ProgramAccount>::KIND;

            fn entry(self) -> Entry {
                Entry::$kind(Box::new(self))
            }

            fn of(entry: &Entry) -> Option<&Self> {
                match entry {
                    Entry::$kind(it) => Some(it),
                    _ => None,
                }
            }
        })*

        impl Entry {
            /// What it is called.
            pub const fn kind(&self) -> &'static str {
                match self {
                    Self::Vault(_) => Vault::KIND,
                    $(Self::$kind(_) => <$kind as ProgramAccount>::KIND,)*
                }
            }

            /// The bytes that the chain holds of an account of the program.
            pub fn bytes(&self) -> Option<Vec<u8>> {
                match self {
                    Self::Vault(_) => None,
                    $(Self::$kind(it) => {
                        Some([<$kind as anchor_lang::Discriminator>::DISCRIMINATOR, bytemuck::bytes_of(&**it)].concat())
                    })*
                }
            }

            /// Reads what the chain, or [`Self::bytes`], holds of an account of the program.
            pub fn read(address: Address, data: Vec<u8>) -> Result<Self> {
                let account = Account { owner: PROGRAM, data, ..Account::default() };
                $(if account.data.starts_with(<$kind as anchor_lang::Discriminator>::DISCRIMINATOR) {
                    return Ok(account::read::<$kind>(address, &account)?.account.entry());
                })*
                Err(Error::Malformed { kind: "account", reason: format!("{address} is of a kind that is not known") })
            }
        }
    };
}

entries!(
    Protocol,
    FeeParams,
    MintPolicy,
    Provider,
    Offer,
    Lease,
    Governance,
    Participant,
    VoteLock,
    Proposal,
    VoteRecord
);

/// A token account that the program holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Vault {
    /// What it is for.
    pub kind: VaultKind,
    /// The lease, lock, provider or mint policy that it belongs to.
    pub of: Address,
    /// The mint.
    pub mint: Address,
    /// Base units that it holds.
    pub balance: u64,
}

/// What a token account of the program is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::Display, strum::EnumString, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum VaultKind {
    /// A lease's money.
    Lease,
    /// Fees of a mint that wait for a vote.
    Fees,
    /// Bonds of a provider that no lease holds.
    Bonds,
    /// Tokens that vote.
    Lock,
}

impl Kept for Vault {
    const KIND: &'static str = "vault";

    fn entry(self) -> Entry {
        Entry::Vault(self)
    }

    fn of(entry: &Entry) -> Option<&Self> {
        match entry {
            Entry::Vault(it) => Some(it),
            _ => None,
        }
    }
}
