//! Golden bytes: every account's layout, the attestation message and a batch with their signatures, access by SSH, and
//! every address and hash that clients derive, compared with the files in `tests/fixtures`.
//!
//! `tests/ts` checks the SDK for TypeScript against the same files. A change here breaks every account
//! on chain and every client: if it is meant, record it with `cargo xtask generate fixtures`.

mod access;
mod accounts;
mod attestation;
mod batch;
mod borsh;
mod derivations;
mod evidence;
mod fixture;
mod listing;
mod watch;
