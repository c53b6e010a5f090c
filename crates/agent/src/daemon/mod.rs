//! The processes: each has its own folder, its own health and what it alone may lose.

mod agent;
mod clear;
mod gateway;
mod genesis;
mod restore;
mod signer;

pub use agent::agent;
pub(crate) use agent::remote;
pub use clear::clear;
pub use gateway::gateway;
pub(crate) use genesis::{client, require_local};
pub use restore::restore;
pub use signer::signer;
