//! The accounts, one a file: layout, seeds, transitions and the rules that hold after each of them.
//!
//! Every account is plain old data: 8 bytes of discriminator, then the struct as it is in memory
//! (little-endian, no padding). Spare bytes are zero and belong to later versions.

mod action;
mod dispute;
mod fee_count;
mod fee_epochs;
mod fee_params;
mod governance;
mod lease;
mod ledger;
mod lock_ends;
mod meter;
mod mint_policy;
mod offer;
mod participant;
mod proposal;
mod protocol;
mod provider;
mod seen;
mod tally;
mod terms;
mod vote_lock;
mod vote_record;

pub use {
    action::*, dispute::*, fee_count::*, fee_epochs::*, fee_params::*, governance::*, lease::*, ledger::*,
    lock_ends::*, meter::*, mint_policy::*, offer::*, participant::*, proposal::*, protocol::*, provider::*,
    seen::*, tally::*, terms::*, vote_lock::*, vote_record::*,
};

/// Version that new accounts carry.
pub const ACCOUNT_VERSION: u8 = 1;
