//! Bond accounts, and what bonds are paid out of.

use crate::{
    output::{Column, List, Record, cell},
    units,
};
use comfy_table::Cell;
use gpu_lease_client::{
    account::{Keyed, LeaseContext},
    object,
    rpc::MintInfo,
    state::Provider,
};
use solana_address::Address;

/// A provider's bond account for a mint.
pub struct BondAccount {
    /// The mint.
    pub mint: MintInfo,
    /// Where it is.
    pub address: Address,
    /// What it holds, base units; `None` if there is none yet.
    pub balance: Option<u64>,
}

impl BondAccount {
    /// What it holds, base units.
    pub fn holds(&self) -> u64 {
        self.balance.unwrap_or_default()
    }

    /// The same in words.
    fn words(&self) -> String {
        match self.balance {
            Some(balance) => units::money(balance, &self.mint),
            None => "none yet".to_owned(),
        }
    }

    fn json(&self) -> serde_json::Value {
        object!({
            "bond_account": self.address.to_string(),
            "mint": self.mint.address.to_string(),
            "decimals": self.mint.decimals,
            "holds": self.holds(),
        })
    }
}

/// What a provider's bond accounts hold, behind the provider.
pub fn accounts(accounts: &[BondAccount]) -> Record {
    let json: Vec<_> = accounts.iter().map(BondAccount::json).collect();
    accounts.iter().fold(Record::new().object("bond_accounts", &json), |record, account| {
        let BondAccount { mint, address, .. } = account;
        record
            .heading("Bond account")
            .line("holds", account.words())
            .line("mint", mint.address)
            .line("address", format!("{address}; anyone may pay in, only the wallet takes out"))
    })
}

/// Whose bond account something is done with, and which.
pub fn of(provider: &Keyed<Provider>, account: &BondAccount) -> Record {
    Record::new()
        .text("provider", "provider", provider.address)
        .text("bond_account", "bond account", account.address)
        .text("mint", "mint", account.mint.address)
}

/// The account that pays a bond of `lease`.
pub fn source(account: &Address, lease: &LeaseContext) -> String {
    match *account {
        account if account == lease.bond_account => format!("the provider's bond account {account}"),
        account if account == lease.provider_token => format!("the provider's own account {account}"),
        account => account.to_string(),
    }
}

/// A table of bond accounts.
pub fn list() -> List {
    let columns = vec![
        Column::text("BOND ACCOUNT"),
        Column::text("MINT"),
        Column::number("HOLDS"),
        Column::number("IN LEASES"),
    ];
    List::new(columns, "No bond account.")
}

/// Its row. What is in leases comes back to the account when they are closed, less what is credited for missing units.
pub fn row(account: &BondAccount, in_leases: u64) -> Vec<Cell> {
    vec![
        cell(account.address),
        cell(account.mint.address),
        cell(account.words()),
        cell(units::money(in_leases, &account.mint)),
    ]
}

/// It for programs, with the provider that it is of.
pub fn record(provider: &Keyed<Provider>, account: &BondAccount, in_leases: u64) -> Record {
    Record::of(&account.json()).json("provider", provider.address.to_string()).json("in_leases", in_leases)
}
