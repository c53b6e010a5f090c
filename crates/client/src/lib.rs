//! Client of gpu-lease, the escrow of a decentralized GPU market.

pub mod access;
pub mod address;
pub mod attestation;
pub mod decode;
mod error;
pub mod explain;
pub mod instruction;
pub mod json;
pub mod rpc;
#[cfg(test)]
mod testing;
pub mod text;

pub use error::{Error, Result};
pub use gpu_lease::{self as program, constants, events, math, state};
