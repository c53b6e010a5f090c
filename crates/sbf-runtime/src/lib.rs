//! The compiler runtime that an on-chain program built with the upstream toolchain is linked with.
//!
//! A BPF processor has no 128-bit arithmetic, so LLVM turns a multiplication, a division or a remainder of
//! `u128`, and every *checked* multiplication of `u64`, into a call of a runtime function. Anza's platform
//! tools ship these functions; the upstream compiler does not, so they are here. `sbpfv3.json` next to
//! this crate's manifest is the target that both this crate and the program are compiled for.
//!
//! - [`wide`] is the arithmetic, in plain functions that any machine can test;
//! - `exports` gives it the names and the calling convention that LLVM expects, on chain only.

#![no_std]
#![warn(missing_docs)]
#![cfg_attr(target_arch = "bpf", feature(abi_unadjusted), allow(internal_features))]

pub mod wide;

#[cfg(target_arch = "bpf")]
mod exports;
