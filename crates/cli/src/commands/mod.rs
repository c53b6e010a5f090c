//! One group of commands a file.

pub mod arbiter;
pub mod attest;
pub mod balance;
pub mod dispute;
pub mod governance;
pub mod guardian;
pub mod init;
pub mod lease;
pub mod localnet;
pub mod manual;
pub mod migrate;
pub mod mint;
pub mod nonce;
pub mod offer;
pub mod pending;
pub mod provider;
pub mod settle;
pub mod sign;
pub mod status;
