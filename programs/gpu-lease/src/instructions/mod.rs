//! One instruction a file: an accounts struct that says what may be passed, and a handler that checks,
//! changes the state and moves the money.
//!
//! Accounts are in one order: signers, state, token accounts and mints, counterparties, programs.

mod governance;
mod lease;
mod offer;
mod protocol;
mod provider;

pub use {governance::*, lease::*, offer::*, protocol::*, provider::*};
