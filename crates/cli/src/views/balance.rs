//! What a wallet has.

use crate::{
    output::{Column, List, Record, cell},
    units::{currency, format_amount, format_count, sol},
};
use gpu_lease_client::rpc::MintInfo;
use solana_address::Address;

/// What somebody has of a mint, base units.
#[derive(Clone, Copy, Debug, Default)]
pub struct Holding {
    /// In token accounts.
    pub tokens: u64,
    /// In leases that it pays for, and not released yet; stakes included.
    pub in_leases: u64,
    /// Bonds in leases, as their provider.
    pub bonds: u64,
    /// In bond accounts, as their provider.
    pub bond_accounts: u64,
    /// Locked for votes.
    pub locked: u64,
}

/// What a wallet has: SOL, and of each mint what it can spend and what is held elsewhere.
pub fn details(wallet: &Address, lamports: u64, holdings: &[(MintInfo, Holding)], others: usize) -> Record {
    let columns = vec![
        Column::text("MINT"),
        Column::number("TO SPEND"),
        Column::number("IN LEASES"),
        Column::number("BONDS"),
        Column::number("BOND ACCOUNTS"),
        Column::number("LOCKED"),
        Column::text("IN"),
    ];
    let mut list = List::new(columns, "No mint is registered here.");
    let mut tokens = Vec::new();
    for (mint, holding) in holdings {
        let Holding { tokens: spendable, in_leases, bonds, bond_accounts, locked } = *holding;
        let figures = [spendable, in_leases, bonds, bond_accounts, locked];
        let cells = figures.iter().map(|amount| cell(format_amount(*amount, mint.decimals)));
        let row = std::iter::once(cell(mint.address)).chain(cells).chain([cell(currency(&mint.address))]);
        list.push(row.collect(), Record::new());
        tokens.push(
            Record::new()
                .json("mint", mint.address.to_string())
                .json("decimals", mint.decimals)
                .json("tokens", spendable)
                .json("in_leases", in_leases)
                .json("bonds", bonds)
                .json("bond_accounts", bond_accounts)
                .json("locked", locked),
        );
    }
    let record = Record::new()
        .text("wallet", "wallet", wallet)
        .json("lamports", lamports)
        .line("holds", sol(lamports))
        .object("tokens", &tokens)
        .json("other_mints", others)
        .heading("Tokens")
        .text_block(list);
    match others {
        0 => record,
        others => {
            let mints = format_count(u64::try_from(others).unwrap_or(u64::MAX), "mint");
            record.line("not shown", format!("tokens of {mints} not registered here"))
        }
    }
}
