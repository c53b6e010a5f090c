//! What the sources keep to, beyond what the compiler asks: `cargo test --workspace --bin xtask` checks it.
//!
//! - [`rooms`]: which crate may use which, and what none of them may
//! - [`circles`]: no two files of a crate use each other
//! - [`modules`]: reads for it who uses what

mod circles;
mod modules;
mod rooms;
