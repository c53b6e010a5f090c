//! Providers and their records.

use super::address_or_none;
use crate::{
    output::{Column, List, Record, cell},
    units::{self, format_gpu_hours},
};
use comfy_table::Cell;
use gpu_lease_client::{
    account::Keyed,
    json::Json,
    rpc::MintInfo,
    state::{HotKeys, Provider},
};
use solana_address::Address;

/// A provider and its record, with what it has cost in fees, in the unit mint.
pub fn details(provider: &Keyed<Provider>, mint: &MintInfo) -> Record {
    let record = &provider.record;
    let delivered = match record.units_promised {
        0 => "none promised yet".to_owned(),
        promised => format!(
            "{} of {} GPU-hours promised",
            format_gpu_hours(record.units_delivered),
            format_gpu_hours(promised)
        ),
    };
    let nominee = match provider.pending_authority == Address::default() {
        true => Record::new(),
        false => Record::new()
            .line("nominated", format!("{}, which may take the provider over", provider.pending_authority)),
    };
    Record::of(provider)
        .line("provider", provider.address)
        .line("wallet", provider.authority)
        .and(nominee)
        .line("attestor", provider.attestor)
        .line("operator", address_or_none(&provider.operator))
        .line("leases", format!("{} started, {} completed", record.leases_started, record.leases_completed))
        .line("delivered", delivered)
        .line(
            "fees",
            format!(
                "{} paid by the leases of this record: a record is worth what it has cost",
                units::money(record.fees_paid, mint)
            ),
        )
        .line("abandoned", record.leases_abandoned)
        .line("disputes", format!("{}, of which {} lost", record.leases_disputed, record.disputes_lost))
}

/// A provider's hot keys, as they will be.
pub fn keys(keys: &HotKeys) -> Record {
    let HotKeys { attestor, operator } = keys;
    Record::new()
        .text("attestor", "attestor", attestor)
        .json("operator", keys.json()["operator"].clone())
        .line("operator", address_or_none(operator))
}

/// A table of providers.
pub fn list() -> List {
    let columns = vec![
        Column::text("PROVIDER"),
        Column::number("STARTED"),
        Column::number("COMPLETED"),
        Column::number("ABANDONED"),
        Column::number("DISPUTED"),
        Column::number("LOST"),
        Column::number("FEES PAID"),
    ];
    List::new(columns, "No provider.")
}

/// Its row.
pub fn row(provider: &Keyed<Provider>, mint: &MintInfo) -> Vec<Cell> {
    let record = &provider.record;
    vec![
        cell(provider.address),
        cell(record.leases_started),
        cell(record.leases_completed),
        cell(record.leases_abandoned),
        cell(record.leases_disputed),
        cell(record.disputes_lost),
        cell(units::money(record.fees_paid, mint)),
    ]
}
