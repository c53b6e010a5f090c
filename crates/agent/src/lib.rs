//! Runs leases on a provider's machine: accepts, starts, meters, states, collects and cleans up, by nobody's hand.
//!
//! [`plan`] decides from what was observed, [`machine`] observes and acts, [`signer`] has the keys, [`meter`] says what
//! was delivered, [`cards`] reads and wipes the machine's cards, and [`api`] tells renters.

pub mod api;
pub mod cards;
pub mod cluster;
pub mod config;
pub mod daemon;
pub mod doctor;
pub mod doors;
pub mod figures;
pub mod machine;
pub mod maintenance;
pub mod meter;
pub mod plan;
pub mod records;
pub mod rpc;
pub mod signer;
pub mod site;
pub mod status;
pub mod store;
pub mod tunnel;
