//! The ledger: what moved into and out of each token account.

use std::collections::BTreeMap;

use anyhow::Result;
use solana_address::Address;

use super::desk::each;
use super::facade::Store;
use super::schema::{MovementRow, VaultRow};

/// What the movements of a mint add up to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ledger {
    /// What each token account got, less what left it. Where nobody saw the other end of a movement, it is `None`'s.
    pub accounts: BTreeMap<(Address, Option<Address>), i128>,
    /// What the record says that the program's token accounts hold.
    pub vaults: BTreeMap<(Address, Address), u64>,
}

impl Ledger {
    /// The sum of all accounts of each mint: 0, as every movement is in two of them.
    pub fn sums(&self) -> BTreeMap<Address, i128> {
        let mut sums = BTreeMap::new();
        for ((mint, _), amount) in &self.accounts {
            *sums.entry(*mint).or_default() += amount;
        }
        sums
    }

    /// Token accounts of the program that hold otherwise than moved: account, by the movements, by the record.
    pub fn differences(&self) -> Vec<(Address, i128, u64)> {
        let moved = |mint: &Address, vault: &Address| {
            self.accounts.get(&(*mint, Some(*vault))).copied().unwrap_or_default()
        };
        let all = self.vaults.iter().map(|((mint, vault), balance)| (*vault, moved(mint, vault), *balance));
        all.filter(|(_, moved, balance)| *moved != i128::from(*balance)).collect()
    }
}

impl Store {
    /// Everything that moved, and what there is. Reads the whole record.
    pub async fn ledger(&self) -> Result<Ledger> {
        let mut connection = self.connect().await?;
        let mut ledger = Ledger::default();
        each(&mut connection, |row: MovementRow| {
            let amount = i128::from(row.amount);
            *ledger.accounts.entry((row.mint, row.from_account)).or_default() -= amount;
            *ledger.accounts.entry((row.mint, row.to_account)).or_default() += amount;
            Ok(())
        })
        .await?;
        each(&mut connection, |row: VaultRow| {
            ledger.vaults.insert((row.mint, row.account), row.balance);
            Ok(())
        })
        .await?;
        Ok(ledger)
    }
}
