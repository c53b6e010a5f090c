//! What a wallet paid and got, as an accountant needs it.

use super::history::WITHHELD;
use crate::{
    indexer::answers::{Receipt, ReceiptLine},
    output::{Column, Record, cell, table},
    units::*,
};
use anyhow::Result;
use gpu_lease_client::rpc::MintInfo;
use serde::{Serialize, Serializer};
use solana_address::Address;
use std::fmt;

/// Receipts of a wallet: one below the other, an array in JSON, or lines of CSV.
pub struct Receipts {
    wallet: Address,
    records: Vec<Record>,
    lines: Vec<CsvLine>,
}

/// An amount that moved.
#[derive(Serialize)]
struct CsvLine {
    time_utc: String,
    lease: String,
    opened_slot: u64,
    gpu_model: String,
    what: String,
    /// What the wallet got, or paid: then it is negative.
    change: String,
    amount: String,
    currency: String,
    mint: String,
    from: String,
    to: String,
    transaction: String,
    commitment: String,
}

/// None yet.
pub fn list(wallet: &Address) -> Receipts {
    Receipts { wallet: *wallet, records: Vec::new(), lines: Vec::new() }
}

impl Receipts {
    /// Adds one.
    pub fn push(&mut self, receipt: &Receipt, mint: &MintInfo) {
        self.records.push(details(receipt, mint));
        self.lines.extend(receipt.lines.iter().map(|line| csv_line(receipt, line, mint)));
    }

    /// As comma-separated values.
    pub fn csv(&self) -> Result<String> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        self.lines.iter().try_for_each(|line| writer.serialize(line))?;
        Ok(String::from_utf8(writer.into_inner()?)?)
    }
}

impl Serialize for Receipts {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.records.serialize(serializer)
    }
}

impl fmt::Display for Receipts {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        if self.records.is_empty() {
            return write!(
                f,
                "The indexer remembers no lease that {} paid for or was paid for.",
                self.wallet
            );
        }
        self.records.iter().enumerate().try_for_each(|(index, receipt)| {
            if index > 0 {
                writeln!(f)?;
            }
            write!(f, "{receipt}")
        })
    }
}

fn details(receipt: &Receipt, mint: &MintInfo) -> Record {
    let Receipt { lease, lines, paid_in, paid_back, cost, .. } = receipt;
    let columns = vec![
        Column::text("WHEN"),
        Column::text("WHAT"),
        Column::number("AMOUNT"),
        Column::number("YOURS"),
        Column::text("TRANSACTION"),
    ];
    let row = |line: &ReceiptLine| {
        vec![
            cell(format_time(line.landed.time)),
            cell(line.purpose.replace('_', " ")),
            cell(format_amount_aligned(line.amount, mint.decimals)),
            cell(format_change(line.change.into(), mint.decimals)),
            cell(line.landed.signature),
        ]
    };
    let record = Record::of(receipt)
        .line("lease", lease.address)
        .line("GPUs", format!("{} of {}", lease.gpus, lease.gpu_model))
        .line("renter", lease.renter)
        .line("provider", lease.provider)
        .line("opened", format_time(lease.opened_at))
        .line("state", &lease.state)
        .line("in", format!("{}, mint {}", currency(&mint.address), mint.address))
        .text_block(table(columns, lines.iter().map(row)).whole());
    let sum = |sum: Option<u64>| sum.map_or_else(|| WITHHELD.to_owned(), |sum| money(sum, mint));
    let sign = if cost.is_some_and(|cost| cost < 0) { "-" } else { "" };
    record
        .line("renter's side paid", sum(*paid_in))
        .line("and got back", sum(*paid_back))
        .line("cost", format!("{sign}{}", sum(cost.map(i64::unsigned_abs))))
}

fn csv_line(receipt: &Receipt, line: &ReceiptLine, mint: &MintInfo) -> CsvLine {
    let change = format_change(line.change.into(), mint.decimals);
    let owner = |owner: Option<Address>| owner.as_ref().map(ToString::to_string).unwrap_or_default();
    CsvLine {
        time_utc: format_time(line.landed.time).replace('Z', ""),
        lease: receipt.lease.address.to_string(),
        opened_slot: receipt.lease.opened_slot,
        gpu_model: no_formula(&receipt.lease.gpu_model),
        what: no_formula(&line.purpose),
        change: change.trim_start_matches('+').to_owned(),
        amount: format_amount_aligned(line.amount, mint.decimals),
        currency: currency(&mint.address),
        mint: mint.address.to_string(),
        from: owner(line.from_owner),
        to: owner(line.to_owner),
        transaction: line.landed.signature.to_string(),
        commitment: no_formula(&line.landed.commitment),
    }
}

/// A stranger's text that no spreadsheet takes for a formula.
fn no_formula(text: &str) -> String {
    let text = gpu_lease_client::text::harmless(text);
    match text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        true => format!("'{text}"),
        false => text,
    }
}
