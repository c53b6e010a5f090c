//! What became of a lease.

use super::{Client, Transaction};
use crate::{
    account::{LeaseContext, ProgramAccount, read},
    address,
    decode::{Args, instruction},
    error::{Error, Result},
};
use gpu_lease::state::Lease;
use solana_address::Address;
use solana_commitment_config::CommitmentConfig;

/// Transactions about an address among which its end is looked for. Others can name it in as many as they pay for; then the
/// lease is kept until somebody looks.
const LOOKED_AT: usize = 20;

impl Client {
    /// The life of a lease that was opened in `opened_slot`; `None` if its end was seen, and cannot be undone. That a node
    /// does not show it proves nothing, and is an error.
    pub async fn lease_opened_in(&self, lease: &Address, opened_slot: u64) -> Result<Option<LeaseContext>> {
        let found = self.account(lease).await?.map(|account| read::<Lease>(*lease, &account));
        match found.transpose()? {
            Some(found) if found.opened_slot == opened_slot => Ok(Some(self.lease(lease).await?)),
            Some(found) if found.opened_slot > opened_slot => Ok(None),
            Some(_) => Err(Error::input(
                format!("the node shows an earlier life of {lease} than the one that was seen"),
                "wait until it has caught up, or ask another node",
            )),
            None if self.has_seen_end(lease, opened_slot).await? => Ok(None),
            None => Err(Error::input(
                format!("the node shows neither the {} {lease} nor what ended it", Lease::KIND),
                "wait until it is final, or ask a node that keeps older transactions",
            )),
        }
    }

    /// Whether the node shows the transaction that ended a lease which was opened in `opened_slot`, and that cannot be undone.
    async fn has_seen_end(&self, lease: &Address, opened_slot: u64) -> Result<bool> {
        let newest = self.signatures_after(lease, None).await?;
        for signature in newest.iter().rev().take(LOOKED_AT) {
            let statuses = self.rpc().get_signature_statuses_with_history(&[*signature]).await?.value;
            let is_final = statuses.iter().flatten().any(|status| {
                status.err.is_none() && status.satisfies_commitment(CommitmentConfig::finalized())
            });
            if !is_final {
                continue;
            }
            let transaction = self.transaction(signature).await?;
            if transaction.slot >= opened_slot && ends(&transaction, lease) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// Whether a transaction ended the lease.
fn ends(transaction: &Transaction, lease: &Address) -> bool {
    let called = transaction.inner.iter().flatten();
    transaction.error.is_none()
        && transaction.instructions.iter().chain(called).any(|it| {
            it.program_id == address::PROGRAM
                && instruction(it).ok().flatten().is_some_and(|decoded| {
                    let is_end = matches!(decoded.args, Args::CloseLease { .. } | Args::CancelLease { .. });
                    is_end && decoded.account("lease") == Some(*lease)
                })
        })
}
