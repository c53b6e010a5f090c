//! What the cluster remembers of a lease.

use super::{Client, Transaction};
use crate::{
    decode::{self, Args, Keyed},
    error::{Error, Result},
};
use anchor_lang::hash::sha256;
use gpu_lease::state::Lease;
use solana_address::Address;
use solana_rpc_client::rpc_client::GetConfirmedSignaturesForAddress2Config;
use solana_rpc_client_api::response::RpcConfirmedTransactionStatusWithSignature as Found;
use solana_signature::Signature;

/// Signatures that a node returns at once.
const PAGE: usize = 1_000;

/// Seconds by which the time of a block may differ from the clock that a program in it reads.
const DRIFT: i64 = 60;

/// Transactions that are read at most, the nearest to the start first.
const MOST: usize = 2_000;

impl Client {
    /// The blob that `start_lease` published: the credentials, [encrypted](crate::access) to the renter.
    ///
    /// Anybody can name the lease in any number of transactions. So the lease's signatures are walked page by page
    /// back to the second in which it started, and the transactions nearest to that second are read first, with
    /// what their programs called in turn. What is found is the blob whose hash the lease holds, or nothing.
    pub async fn access_blob(&self, lease: &Keyed<Lease>) -> Result<Vec<u8>> {
        let mut candidates = Vec::new();
        let mut before = None;
        loop {
            let page = self.signatures(&lease.address, before).await?;
            before = page.last().map(signature).transpose()?;
            let is_last = page.len() < PAGE;
            let is_past = page
                .last()
                .and_then(|found| distance(found, lease))
                .is_some_and(|distance| distance < -DRIFT);
            candidates.extend(page.into_iter().filter(|found| found.err.is_none()));
            if is_last || is_past {
                break;
            }
        }
        candidates.sort_by_key(|found| distance(found, lease).map_or(0, i64::unsigned_abs));
        let mut missing = None;
        for found in candidates.iter().take(MOST) {
            match self.transaction(&signature(found)?).await {
                Ok(transaction) => {
                    if let Some(blob) = published(&transaction, lease) {
                        return Ok(blob);
                    }
                }
                // It may be another that matters.
                Err(error) => missing = Some(error),
            }
        }
        let unknown = "the transaction that started the lease is not in this node's history; ask a node that keeps \
                       older transactions";
        Err(missing.unwrap_or_else(|| Error::Input(unknown.to_owned())))
    }

    /// A page of the transactions that name an address, the newest first.
    async fn signatures(&self, address: &Address, before: Option<Signature>) -> Result<Vec<Found>> {
        self.retry(|| {
            let config = GetConfirmedSignaturesForAddress2Config {
                before,
                until: None,
                limit: Some(PAGE),
                commitment: Some(self.confirmed()),
            };
            self.rpc.get_signatures_for_address_with_config(address, config)
        })
        .await
    }
}

/// Seconds from the lease's start to a transaction, if the node knows when that was.
fn distance(found: &Found, lease: &Lease) -> Option<i64> {
    found.block_time.map(|time| time.saturating_sub(lease.started_at))
}

/// The blob of the lease that a transaction published.
fn published(transaction: &Transaction, lease: &Keyed<Lease>) -> Option<Vec<u8>> {
    let called = transaction.inner.iter().flatten();
    transaction.instructions.iter().chain(called).find_map(|instruction| {
        let decoded = decode::instruction(instruction).ok()??;
        match decoded.args {
            Args::StartLease { access_blob, .. } if sha256(&access_blob) == lease.access_blob_hash => {
                Some(access_blob)
            }
            _ => None,
        }
    })
}

fn signature(found: &Found) -> Result<Signature> {
    let malformed = |_| Error::Malformed { kind: "signature", reason: found.signature.clone() };
    found.signature.parse().map_err(malformed)
}
