//! What is PID 1 in a lease's container, and how it is spoken to.
//!
//! The binary `gpu-lease-helper` serves channels on a Unix socket: [`protocol`] says how. Gateway and agent open them with
//! [`connect`] and ask with [`probe`] whether it lives.

mod client;
pub mod protocol;

pub use client::{Alive, Connection, Error, connect, probe};
