//! The accounts, one a file: layout, seeds, transitions and the rules that hold after each of them.
//!
//! Every account is plain old data: 8 bytes of discriminator, then the struct as it lies in memory
//! (little-endian, no padding). Spare bytes are zero and belong to later versions.

mod dispute;
mod fee_params;
mod lease;
mod meter;
mod mint_policy;
mod offer;
mod protocol;
mod provider;
mod terms;

pub use {
    dispute::*, fee_params::*, lease::*, meter::*, mint_policy::*, offer::*, protocol::*, provider::*,
    terms::*,
};

/// Version that new accounts carry.
pub const ACCOUNT_VERSION: u8 = 1;
