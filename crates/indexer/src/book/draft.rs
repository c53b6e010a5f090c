//! Accounts as they are after something that is not in the record yet.

use std::collections::{BTreeMap, HashMap};

use solana_address::Address;

use super::entry::{Entry, Kept};
use super::fault::Fault;

/// Accounts that exist, by their addresses.
pub trait Accounts: Sync {
    /// The account there, if there is one.
    fn entry(&self, address: &Address) -> Option<&Entry>;
}

/// What changed; gone where it is `None`.
pub type Changes = BTreeMap<Address, Option<Entry>>;

impl Accounts for HashMap<Address, Entry> {
    fn entry(&self, address: &Address) -> Option<&Entry> {
        self.get(address)
    }
}

/// Has accounts be as they are after `changes`.
pub fn take_over(accounts: &mut HashMap<Address, Entry>, changes: &Changes) {
    for (address, entry) in changes {
        match entry {
            Some(entry) => accounts.insert(*address, entry.clone()),
            None => accounts.remove(address),
        };
    }
}

/// Accounts with changes over them.
pub struct Draft<'a> {
    base: &'a dyn Accounts,
    changes: Changes,
}

impl Accounts for Draft<'_> {
    fn entry(&self, address: &Address) -> Option<&Entry> {
        match self.changes.get(address) {
            Some(changed) => changed.as_ref(),
            None => self.base.entry(address),
        }
    }
}

impl<'a> Draft<'a> {
    /// Without changes.
    pub fn over(base: &'a dyn Accounts) -> Self {
        Self { base, changes: Changes::new() }
    }

    /// The account there, if there is one and it is of this type.
    pub fn find<T: Kept>(&self, address: &Address) -> Option<T> {
        self.entry(address).and_then(T::of).copied()
    }

    /// The account there.
    pub fn get<T: Kept>(&self, address: &Address) -> Result<T, Fault> {
        self.find(address).ok_or(Fault::Missing { kind: T::KIND, address: *address })
    }

    /// Keeps an account as it is now.
    pub fn put(&mut self, address: Address, account: impl Kept) {
        self.changes.insert(address, Some(account.entry()));
    }

    /// An account is gone.
    pub fn remove(&mut self, address: Address) {
        self.changes.insert(address, None);
    }

    /// Takes over what changed in a draft over this one.
    pub fn take(&mut self, changes: Changes) {
        self.changes.extend(changes);
    }

    /// What changed.
    pub fn into_changes(self) -> Changes {
        self.changes
    }
}
