//! What the sources keep to, beyond what the compiler asks: `cargo test --workspace --bin xtask` checks it.
//!
//! - [`rooms`]: which crate may use which, and what none of them may
//! - [`features`]: nothing is compiled twice
//! - [`circles`]: no two files of a crate use each other
//! - [`modules`]: reads for it who uses what

mod circles;
mod features;
mod modules;
mod rooms;
