//! One instruction a file: an accounts struct that says what may be passed, and a handler that checks,
//! changes the state and moves the money.

mod lease;
mod offer;
mod protocol;
mod provider;

pub use {lease::*, offer::*, protocol::*, provider::*};
