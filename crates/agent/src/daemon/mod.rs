//! The processes: each has its own folder, its own health and what it alone may lose.

mod agent;
mod clear;
mod gateway;
mod genesis;
mod signer;

pub use agent::agent;
pub use clear::clear;
pub use gateway::gateway;
pub use signer::signer;
