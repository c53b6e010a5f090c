//! The attacks of `design/attacks.md` that this stage of the program can meet, each by name.
//!
//! Accounts put wrong one at a time (wrong owner, discriminator, address, sibling, signature) are in
//! `instructions/`, as `every_account_is_checked` of each instruction.

mod attestation;
mod everywhere;
mod mints;
mod money;
mod precompile;
