//! `gpu-lease-agent doctor`: whether a machine can run leases, and what to do if it cannot.
//!
//! `look` gathers facts, which `settings`, `cards`, `machine` and `chain` judge without looking anywhere themselves.

mod cards;
mod chain;
mod look;
mod machine;
mod settings;

pub use gpu_lease_service::finding::{Finding, Level, worst};
pub use look::examine;
