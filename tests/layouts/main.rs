//! Golden bytes: every account's layout, the attestation message and a batch with their signatures, and every address
//! and hash that clients derive, compared with the files in `tests/fixtures`.
//!
//! `tests/ts` checks the same files with an implementation of its own. A change here breaks every account
//! on chain and every client: if it is meant, record it with `cargo xtask generate fixtures`.

mod accounts;
mod attestation;
mod batch;
mod borsh;
mod derivations;
mod fixture;
