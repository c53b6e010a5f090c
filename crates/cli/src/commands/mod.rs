//! One group of commands a file.

pub mod attest;
pub mod init;
pub mod lease;
pub mod localnet;
pub mod migrate;
pub mod mint;
pub mod offer;
pub mod provider;
pub mod settle;
pub mod status;
