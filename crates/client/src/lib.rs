//! Client of gpu-lease, the escrow of a decentralized GPU market.
//!
//! What the program knows (accounts, terms, prices, message layout, limits) is re-exported from it and
//! written nowhere else; this crate adds what a user needs around it:
//!
//! | module | for |
//! |---|---|
//! | [`account`] | accounts that were read, and leases with what is around them |
//! | [`address`] | where accounts lie |
//! | [`instruction`] | one builder for each instruction |
//! | [`attestation`] | signing usage, handing it on, co-signing |
//! | [`batch`] | usage of many leases in few transactions |
//! | [`evidence`] | the provider's record of what was delivered |
//! | [`access`] | credentials that only the renter can read |
//! | [`ssh`] | access by SSH: what machines publish, and OpenSSH's files |
//! | [`listing`] | the full description of an offer |
//! | [`bounds`] | the limits of what forms ask for, and sizes of accounts |
//! | [`concentration`] | how evenly voting weight is spread |
//! | [`decode`] | accounts, events and instructions that are on chain |
//! | [`refusal`], [`explain`] | errors in words, with what to do: the program's, and those of whole transactions |
//! | [`outlook`] | what a lease or a proposal comes to, and who can do what next |
//! | [`nonce`] | what keeps half-signed transactions good for long |
//! | [`transaction`] | formats of transactions, and what fits into each |
//! | [`token_account`] | where a party can be paid |
//! | [`together`] | what to look at before signing what another party prepared |
//! | [`rpc`] | a cluster: reading, simulating, sending |
//! | [`json`], [`text`] | how the program's types look outside, and strangers' texts made harmless |
//! | [`url`] | addresses of nodes, without their secrets |
//!
//! A renter opens a lease on the first offer with enough free GPUs, for an hour:
//!
//! ```no_run
//! use gpu_lease_client::{
//!     access::AccessKey,
//!     instruction::OpenLease,
//!     outlook::{Quote, Wish},
//!     rpc::Client,
//!     state::LeaseRequest,
//! };
//! use solana_signer::Signer;
//!
//! # async fn example(renter: &dyn Signer) -> Result<(), Box<dyn std::error::Error>> {
//! let client = Client::new("http://127.0.0.1:8899");
//! let offers = client.offers(None).await?;
//! let offer = offers.iter().find(|offer| offer.is_open == 1 && offer.gpus_free >= 8).ok_or("none is free")?;
//! let mint = client.mint(&offer.terms.mint).await?;
//!
//! let fee_bps = client.fee_params().await?.fee_bps;
//! let wish = Wish { gpus: 8, duration: 3_600, fee_bps, deposit: None };
//! let quote = Quote::of(offer, &wish);
//! let key = AccessKey::generate(); // write key.to_text() to a file: it opens the credentials
//! let request = LeaseRequest {
//!     nonce: 1,
//!     deposit: quote.deposit,
//!     start_deadline: client.clock().await?.unix_timestamp + 900,
//!     duration: wish.duration,
//!     gpus: wish.gpus,
//!     max_fee_bps: wish.fee_bps,
//!     valid_until: client.clock().await?.unix_timestamp + 300,
//!     expected_offer: offer.content_hash(),
//!     arbiter: client.protocol().await?.arbiter,
//!     access_key: key.public(),
//!     session_key: Default::default(),
//! };
//! let open = OpenLease::new(renter.pubkey(), offer, mint.token_program, request);
//! let receipt = client.send(&client.open_lease(&open).await?, renter, &[]).await?;
//! println!("lease {} in transaction {}: {:?}", open.lease(), receipt.signature, receipt.events);
//! # Ok(())
//! # }
//! ```
//!
//! Usage travels from hand to hand: the attestor signs on one machine, the renter co-signs on another,
//! anyone submits.
//!
//! ```no_run
//! use gpu_lease_client::{
//!     attestation::{SignedAttestation, Usage},
//!     instruction,
//!     rpc::Client,
//! };
//! # use solana_signer::Signer;
//! # async fn example(
//! #     client: Client, lease: solana_address::Address, usage: Usage,
//! #     attestor: &dyn Signer, renter: &dyn Signer, anyone: &dyn Signer,
//! # ) -> Result<(), Box<dyn std::error::Error>> {
//! let lease = client.lease(&lease).await?;
//! let text = client.sign_usage(&lease, &usage, attestor).await?.to_string();
//!
//! let mut signed: SignedAttestation = text.parse()?; // on the renter's machine
//! client.co_sign(&mut signed, renter).await?;
//!
//! client.send(&instruction::attest(&lease, &signed), anyone, &[]).await?;
//! # Ok(())
//! # }
//! ```

#![warn(missing_docs)]
#![cfg_attr(
    not(test),
    deny(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)
)]

pub mod access;
pub mod account;
pub mod address;
pub mod attestation;
#[cfg(feature = "rpc")]
pub mod batch;
pub mod bounds;
pub mod concentration;
pub mod decode;
mod error;
pub mod evidence;
pub mod explain;
mod generated;
pub mod instruction;
pub mod json;
pub mod listing;
pub mod nonce;
pub mod outlook;
pub mod refusal;
#[cfg(feature = "rpc")]
pub mod rpc;
pub mod ssh;
#[cfg(test)]
mod testing;
pub mod text;
pub mod together;
pub mod token_account;
#[cfg(feature = "rpc")]
pub mod transaction;
#[cfg(test)]
mod typescript;
pub mod url;

pub use error::{Error, Result};
pub use gpu_lease::{self as program, constants, events, math, state};
