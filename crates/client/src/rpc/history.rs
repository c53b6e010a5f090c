//! What the cluster remembers of a lease.

use super::{Client, Transaction, binary, present};
use crate::{
    account::Keyed,
    decode::{self, Args},
    error::{Error, Result},
};
use anchor_lang::hash::sha256;
use gpu_lease::state::Lease;
use solana_address::Address;
use solana_rpc_client::rpc_client::GetConfirmedSignaturesForAddress2Config;
use solana_rpc_client_api::{
    config::RpcAccountInfoConfig, response::RpcConfirmedTransactionStatusWithSignature as Found,
};
use solana_signature::Signature;
use std::collections::HashSet;

/// Signatures that a node returns at once.
const PAGE: usize = 1_000;

/// The newest credentials of a lease, as they were published.
#[derive(Clone, Debug)]
pub struct Published {
    /// The lease, as it is confirmed.
    pub lease: Keyed<Lease>,
    /// The credentials, [encrypted](crate::access) to the renter.
    pub access_blob: Vec<u8>,
    /// Who published them: the provider's wallet, or its operator, at that time.
    pub by: Address,
    /// When their block was made, unix seconds, if the node knows.
    pub block_time: Option<i64>,
}

impl Client {
    /// The newest credentials of a lease: those that `start_lease` or `publish_access` published in the slot that the
    /// lease names, and whose hash it holds.
    ///
    /// Nothing counts before it is confirmed, whatever the client reads else: a start that is undone, or refused, has
    /// published its credentials to everybody all the same, and they open nothing. Anybody can name the lease in any
    /// number of transactions; the slot tells at once which of them to read, with what their programs called in turn.
    pub async fn published_access(&self, lease: &Address) -> Result<Published> {
        let lease = self.confirmed_lease(lease).await?;
        if lease.started_at == 0 {
            return Err(Error::input(
                format!("no start of the lease {} is confirmed", lease.address),
                "wait until the provider has started it",
            ));
        }
        let mut missing = None;
        let mut before = None;
        let mut seen = HashSet::new();
        loop {
            let page = self.signatures(&lease.address, before).await?;
            for found in &page {
                let signature = signature(found)?;
                // A node that ignores where to go on would be asked for ever.
                if !seen.insert(signature) {
                    return Err(Error::input(
                        format!(
                            "the node answers with the same transactions of {} again in place of older ones",
                            lease.address
                        ),
                        "ask another node",
                    ));
                }
                before = Some(signature);
            }
            let is_last =
                page.len() < PAGE || page.last().is_some_and(|found| found.slot < lease.access_slot);
            for found in page {
                if found.slot != lease.access_slot || found.err.is_some() {
                    continue;
                }
                match self.transaction(&signature(&found)?).await {
                    Ok(transaction) => {
                        if let Some((access_blob, by)) = published(&transaction, &lease) {
                            let block_time = transaction.block_time;
                            return Ok(Published { lease, access_blob, by, block_time });
                        }
                    }
                    // It may be another that matters.
                    Err(error) => missing = Some(error),
                }
            }
            if is_last {
                break;
            }
        }
        Err(missing.unwrap_or_else(|| {
            Error::input(
                "the transaction that published the credentials is not in this node's history",
                "ask a node that keeps older transactions",
            )
        }))
    }

    /// A lease as it is confirmed, even if the client reads what is only processed.
    async fn confirmed_lease(&self, address: &Address) -> Result<Keyed<Lease>> {
        let config = RpcAccountInfoConfig { commitment: Some(self.confirmed()), ..self.account_config() };
        let addresses = [*address];
        let found =
            self.retry(|| self.rpc.get_multiple_ui_accounts_with_config(&addresses, config.clone())).await?;
        let account = found.value.first().and_then(Option::as_ref).map(binary).transpose()?;
        present(*address, account)
    }

    /// The newest transaction that names an address, if the node knows one.
    pub async fn newest_signature(&self, address: &Address) -> Result<Option<Signature>> {
        self.signatures(address, None).await?.first().map(signature).transpose()
    }

    /// The transactions that named an address and succeeded after the one with the signature `after`, the oldest first:
    /// a thousand of the newest at most.
    pub async fn signatures_after(
        &self,
        address: &Address,
        after: Option<&Signature>,
    ) -> Result<Vec<Signature>> {
        let page = self.signatures(address, None).await?;
        let mut found = Vec::new();
        for one in &page {
            let signature = signature(one)?;
            if Some(&signature) == after {
                break;
            }
            if one.err.is_none() {
                found.push(signature);
            }
        }
        found.reverse();
        Ok(found)
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

/// The credentials of the lease that a transaction published, and who signed that.
fn published(transaction: &Transaction, lease: &Keyed<Lease>) -> Option<(Vec<u8>, Address)> {
    if transaction.error.is_some() {
        return None;
    }
    let called = transaction.inner.iter().flatten();
    transaction.instructions.iter().chain(called).find_map(|instruction| {
        let decoded = decode::instruction(instruction).ok()??;
        let is_about_it = decoded.account("lease") == Some(lease.address);
        let by = decoded.account("authority")?;
        match decoded.args {
            Args::StartLease { access_blob, .. } | Args::PublishAccess { access_blob, .. }
                if is_about_it && sha256(&access_blob) == lease.access_blob_hash =>
            {
                Some((access_blob, by))
            }
            _ => None,
        }
    })
}

fn signature(found: &Found) -> Result<Signature> {
    let malformed = |_| Error::Malformed { kind: "signature", reason: found.signature.clone() };
    found.signature.parse().map_err(malformed)
}
