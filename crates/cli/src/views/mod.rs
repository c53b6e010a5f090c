//! How accounts, events and messages look to people, a file for each thing: its `details`, and a `list` of many, a `row`
//! each. In JSON they look as the client library says.

pub mod balance;
pub mod batch;
pub mod bond;
pub mod deeds;
pub mod dispute;
pub mod event;
pub mod evidence;
pub mod governance;
pub mod guard;
pub mod history;
pub mod lease;
pub mod market;
pub mod mint;
pub mod nonce;
pub mod offer;
pub mod provider;
pub mod receipt;
#[cfg(test)]
mod testing;
pub mod usage;
pub mod watch;

use crate::{
    output::Record,
    units::{self, format_units},
};
use gpu_lease_client::{outlook, rpc::MintInfo, state::Lease};
use solana_address::Address;

/// An address, or that there is none.
fn address_or_none(address: &Address) -> String {
    match *address == Address::default() {
        true => "none".to_owned(),
        false => address.to_string(),
    }
}

/// An address, if there is one to show.
fn optional(label: &'static str, address: &Address, is_shown: bool) -> Record {
    match is_shown && *address != Address::default() {
        true => Record::new().line(label, address),
        false => Record::new(),
    }
}

/// Units of a lease, and what they are worth.
fn priced(lease: &Lease, figure: u64, mint: &MintInfo) -> String {
    format!("{}, {}", format_units(figure), units::money(outlook::worth(lease, figure), mint))
}
