//! Leases that an indexer remembers.

use crate::{
    indexer::answers::{Event, Lease},
    output::{Column, List, Record, cell, table},
    units::*,
};
use comfy_table::Cell;
use gpu_lease_client::rpc::MintInfo;
use serde::Serialize;
use solana_address::Address;
use std::fmt;

/// Leases one below the other: an array in JSON.
#[derive(Serialize)]
#[serde(transparent)]
pub struct Lives(Vec<Record>);

/// No leases yet.
pub fn lives() -> Lives {
    Lives(Vec::new())
}

impl Lives {
    /// Adds one.
    pub fn push(&mut self, lease: Record) {
        self.0.push(lease);
    }
}

impl fmt::Display for Lives {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        self.0.iter().enumerate().try_for_each(|(index, lease)| {
            if index > 0 {
                writeln!(f)?;
            }
            write!(f, "{lease}")
        })
    }
}

/// A lease, whether it runs or is over.
pub fn details(lease: &Lease, mint: &MintInfo) -> Record {
    let amount =
        |amount: Option<u64>| amount.map_or_else(|| WITHHELD.to_owned(), |amount| money(amount, mint));
    let record = Record::of(lease)
        .json("decimals", mint.decimals)
        .line("lease", lease.address)
        .line("state", state(lease))
        .line("renter", lease.renter);
    let record = match lease.payer == lease.renter {
        true => record,
        false => record.line("payer", lease.payer),
    };
    let record = record
        .line("provider", lease.provider)
        .line("offer", lease.offer)
        .line("GPU", format!("{} of {}", format_count(lease.gpus.into(), "GPU"), lease.gpu_model))
        .line("region", &lease.region)
        .line("price", format!("{} per GPU-hour", money(lease.price, mint)))
        .line("opened", format_time(lease.opened_at));
    let moments = [("started", lease.started_at), ("ends", lease.ends_at), ("closed", lease.closed_at)];
    let record = moments.into_iter().fold(record, |record, (label, moment)| match moment {
        Some(moment) => record.line(label, format_time(moment)),
        None => record,
    });
    let record = record
        .line("accepted", format_units(lease.accepted))
        .line("claimed", format_units(lease.claimed))
        .line("energy", format!("{} Wh", lease.energy_wh))
        .line("deposited", amount(lease.deposited))
        .line("paid", amount(lease.paid))
        .line("fees", amount(lease.fees))
        .line("bond", amount(lease.bond));
    match lease.closing {
        Some(closing) => {
            record.line("SLA credit", money(closing.credit, mint)).line("refund", money(closing.refund, mint))
        }
        None => record,
    }
}

/// What is shown in place of an amount that the record cannot explain.
pub(super) const WITHHELD: &str = "withheld: the record does not explain what its accounts hold";

/// What became of it, in words.
fn state(lease: &Lease) -> String {
    let reason = lease.end_reason.as_ref().map(|reason| format!(", {}", reason.replace('_', " ")));
    let commitment = if lease.commitment == "finalized" { "" } else { ", not finalized yet" };
    format!("{}{}{commitment}", lease.state, reason.unwrap_or_default())
}

/// What happened to a lease, the newest first.
pub fn events(events: &[Event]) -> Record {
    let columns =
        vec![Column::text("WHEN"), Column::text("WHAT"), Column::text("BY"), Column::text("TRANSACTION")];
    let row = |event: &Event| {
        vec![
            cell(format_time(event.landed.time)),
            cell(event.instruction.replace('_', " ")),
            cell(event.by.as_ref().map(short).unwrap_or_default()),
            cell(event.landed.signature),
        ]
    };
    Record::new()
        .object("events", &events)
        .heading("What happened, the newest first")
        .text_block(table(columns, events.iter().map(row)).whole())
}

/// A table of leases.
pub fn list() -> List {
    let columns = vec![
        Column::text("LEASE"),
        Column::text("OPENED"),
        Column::text("GPUS"),
        Column::text("YOU"),
        Column::text("STATE"),
        Column::number("GPU-HOURS"),
        Column::number("PAID"),
        Column::number("OF"),
        Column::text("IN"),
    ];
    List::new(columns, "The indexer remembers no lease of this address.")
}

/// Its row, as `wallet` sees it.
pub fn row(lease: &Lease, wallet: &Address, mint: &MintInfo) -> Vec<Cell> {
    let amount = |amount: Option<u64>| {
        amount.map_or_else(|| "?".to_owned(), |amount| format_amount(amount, mint.decimals))
    };
    let released = lease.paid.zip(lease.fees).map(|(paid, fees)| paid.saturating_add(fees));
    vec![
        cell(lease.address),
        cell(format_date(lease.opened_at)),
        cell(format!("{} × {}", lease.gpus, lease.gpu_model)),
        cell(lease.part_of(wallet).unwrap_or_default()),
        cell(state(lease)),
        cell(format_gpu_hours(lease.accepted)),
        cell(amount(released)),
        cell(amount(lease.deposited)),
        cell(currency(&mint.address)),
    ]
}
