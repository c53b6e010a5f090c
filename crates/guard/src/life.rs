//! Which lease something is about.

use std::fmt;
use std::str::FromStr;

use gpu_lease_client::state::Lease;
use serde::{Deserialize, Serialize};
use solana_address::Address;

/// One life of a lease: its address can be used again when it is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Life {
    /// Its address.
    pub lease: Address,
    /// The slot in which it was opened.
    pub opened_slot: u64,
}

impl Life {
    /// That of a lease as it is on chain.
    pub fn of(address: Address, lease: &Lease) -> Self {
        Self { lease: address, opened_slot: lease.opened_slot }
    }
}

impl fmt::Display for Life {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        self.lease.fmt(f)
    }
}

impl From<Life> for (String, u64) {
    fn from(life: Life) -> Self {
        (life.lease.to_string(), life.opened_slot)
    }
}

impl TryFrom<(String, u64)> for Life {
    type Error = String;

    fn try_from((lease, opened_slot): (String, u64)) -> Result<Self, String> {
        let malformed = |_| format!("{lease} is not an address");
        Ok(Self { lease: Address::from_str(&lease).map_err(malformed)?, opened_slot })
    }
}

impl Serialize for Life {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        <(String, u64)>::from(*self).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Life {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        <(String, u64)>::deserialize(deserializer)?.try_into().map_err(serde::de::Error::custom)
    }
}
