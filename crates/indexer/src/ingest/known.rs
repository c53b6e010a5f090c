//! The accounts of the record, in memory.

use std::collections::HashMap;

use gpu_lease_client::address::PROGRAM;
use gpu_lease_client::state::Lease;
use solana_account::Account;
use solana_address::Address;
use spl_token_interface::state::Account as TokenAccount;

use crate::book::{Accounts, Changes, Entry, Kept, Vault};

/// The accounts of the record.
#[derive(Default)]
pub struct Known(HashMap<Address, Entry>);

impl Accounts for Known {
    fn entry(&self, address: &Address) -> Option<&Entry> {
        self.0.get(address)
    }
}

impl From<HashMap<Address, Entry>> for Known {
    fn from(entries: HashMap<Address, Entry>) -> Self {
        Self(entries)
    }
}

impl Known {
    /// Takes over what changed.
    pub fn take(&mut self, changes: Changes) {
        for (address, entry) in changes {
            match entry {
                Some(entry) => self.0.insert(address, entry),
                None => self.0.remove(&address),
            };
        }
    }

    /// The addresses of the program's own accounts.
    pub fn addresses(&self) -> impl Iterator<Item = Address> {
        self.0.iter().filter(|(_, entry)| !matches!(entry, Entry::Vault(_))).map(|(address, _)| *address)
    }

    /// Whether a node shows the account as the record has it. What token accounts hold can change without the program: that is
    /// the audit's.
    pub fn is_as_shown(&self, address: &Address, shown: Option<&Account>) -> bool {
        let shown = shown.filter(|account| account.owner == PROGRAM).map(|account| &account.data);
        match self.entry(address) {
            Some(Entry::Vault(_)) => true,
            Some(entry) => entry.bytes().as_ref() == shown,
            None => shown.is_none(),
        }
    }

    /// The account as a node shows it; `Err` if it is of no kind that the record keeps.
    pub fn shown(&self, address: Address, shown: Option<&Account>) -> Result<Option<Entry>, ()> {
        let Some(account) = shown else { return Ok(None) };
        if account.owner == PROGRAM {
            return Entry::read(address, account.data.clone()).map(Some).map_err(|_| ());
        }
        // Which token accounts there are is known; what they hold is shown.
        match self.entry(&address).and_then(Vault::of) {
            Some(vault) => {
                let balance = token_balance(&account.data).ok_or(())?;
                Ok(Some(Entry::Vault(Vault { balance, ..*vault })))
            }
            None => Err(()),
        }
    }
}
