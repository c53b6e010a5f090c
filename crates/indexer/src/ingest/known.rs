//! The accounts of the record, in memory.

use std::collections::HashMap;

use gpu_lease_client::address::PROGRAM;
use solana_account::Account;
use solana_address::Address;

use crate::book::{Accounts, Changes, Entry, Kept, Vault, take_over};

/// Where both token programs keep what a token account holds: behind mint and owner.
const AMOUNT: std::ops::Range<usize> = 64..72;

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
    pub fn take(&mut self, changes: &Changes) {
        take_over(&mut self.0, changes);
    }

    /// The addresses of the program's own accounts.
    pub fn addresses(&self) -> impl Iterator<Item = Address> {
        self.0.iter().filter(|(_, entry)| !matches!(entry, Entry::Vault(_))).map(|(address, _)| *address)
    }

    /// The addresses of all accounts.
    pub fn all(&self) -> impl Iterator<Item = Address> {
        self.0.keys().copied()
    }

    /// Whether it is a token account. What those hold is the audit's to explain.
    pub fn is_vault(&self, address: &Address) -> bool {
        matches!(self.entry(address), Some(Entry::Vault(_)))
    }

    /// Whether a node shows the account as the record has it. Anybody can send tokens to a token account without naming the
    /// program; nobody can take them.
    pub fn is_as_shown(&self, address: &Address, shown: Option<&Account>) -> bool {
        if let Some(Entry::Vault(vault)) = self.entry(address) {
            return shown.and_then(|account| amount(&account.data)).unwrap_or_default() >= vault.balance;
        }
        let shown = shown.filter(|account| account.owner == PROGRAM).map(|account| &account.data);
        match self.entry(address) {
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
                let balance = amount(&account.data).ok_or(())?;
                Ok(Some(Entry::Vault(Vault { balance, ..*vault })))
            }
            None => Err(()),
        }
    }
}

/// What a token account holds, base units.
fn amount(data: &[u8]) -> Option<u64> {
    Some(u64::from_le_bytes(data.get(AMOUNT)?.try_into().ok()?))
}
