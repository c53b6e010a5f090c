//! The cluster by JSON-RPC.

use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use gpu_lease_client::account::{LeaseContext, ProgramAccount, read};
use gpu_lease_client::decode::{Args, instruction};
use gpu_lease_client::rpc::{Client, PartlySigned, Transaction};
use gpu_lease_client::state::Lease;
use gpu_lease_client::transaction::Format;
use gpu_lease_client::{Error, Result, address};
use gpu_lease_runtime::Life;
use solana_address::Address;
use solana_commitment_config::CommitmentConfig;
use solana_instruction::Instruction;
use solana_signer::Signer;

use crate::cluster::Cluster;
use crate::plan::OnChain;

/// Transactions about an address among which its end is looked for. Others can name it in as many as they pay for; then the
/// lease is kept until somebody looks.
const LOOKED_AT: usize = 20;

/// A node.
pub struct Rpc {
    client: Client,
    /// Lives whose end was seen: it does not come back.
    gone: Mutex<BTreeSet<Life>>,
}

impl Rpc {
    /// The node of this client.
    pub fn new(client: Client) -> Self {
        Self { client, gone: Mutex::default() }
    }
}

#[async_trait]
impl Cluster for Rpc {
    async fn now(&self) -> Result<i64> {
        Ok(self.client.clock().await?.unix_timestamp)
    }

    async fn leases_on(&self, offer: &Address) -> Result<Vec<LeaseContext>> {
        let leases = self.client.leases_of_offer(offer).await?;
        let mut around = BTreeMap::new();
        let mut found = Vec::new();
        for lease in leases {
            let (provider, mint) = (lease.provider, lease.terms.mint);
            let (provider, token_program) = match around.get(&(provider, mint)) {
                Some(known) => *known,
                None => {
                    let read = self.client.provider(&provider).await?.account;
                    let policy = self.client.mint_policy(&mint).await?;
                    *around.entry((provider, mint)).or_insert((read, policy.token_program))
                }
            };
            found.push(LeaseContext::new(lease, provider, token_program));
        }
        Ok(found)
    }

    async fn lease(&self, life: &Life) -> Result<OnChain> {
        let malformed = |_| Error::input(format!("{} is not an address", life.lease), "give the lease's");
        let address = Address::from_str(&life.lease).map_err(malformed)?;
        let found = self.client.account(&address).await?.map(|account| read::<Lease>(address, &account));
        match found.transpose()? {
            Some(lease) if lease.opened_slot == life.opened_slot => {
                Ok(OnChain::There(Box::new(self.client.lease(&address).await?)))
            }
            Some(lease) if lease.opened_slot > life.opened_slot => Ok(OnChain::Gone),
            Some(_) => Err(Error::input(
                format!("the node shows an earlier life of {address} than the one that was seen"),
                "wait until it has caught up, or ask another node",
            )),
            // That a node does not show something proves nothing. Its end does.
            None if lock(&self.gone).contains(life) => Ok(OnChain::Gone),
            None => {
                let end = self.end_of(&address, life.opened_slot).await?;
                lock(&self.gone).insert(life.clone());
                Ok(end)
            }
        }
    }

    async fn balance(&self, token_account: &Address) -> Result<u64> {
        Ok(self.client.token_balance(token_account).await?.map_or(0, |balance| balance.amount))
    }

    async fn format(&self) -> Result<Format<'static>> {
        self.client.format().await
    }

    async fn send(
        &self,
        instructions: &[Instruction],
        payer: &(dyn Signer + Sync),
        signers: &[&(dyn Signer + Sync)],
    ) -> Result<Option<u64>> {
        let unsigned = self.client.unsigned(instructions, &payer.try_pubkey()?).await?;
        let pending = {
            let signers: Vec<&dyn Signer> = signers.iter().map(|signer| *signer as &dyn Signer).collect();
            unsigned.sign(payer, &signers)?
        };
        Ok(self.client.deliver(&pending).await?.fee)
    }

    async fn land(&self, transaction: PartlySigned) -> Result<()> {
        self.client.send_signed(transaction).await.map(drop)
    }
}

impl Rpc {
    /// Looks for the transaction that ended a lease which was opened in `opened_slot`, and that cannot be undone.
    async fn end_of(&self, lease: &Address, opened_slot: u64) -> Result<OnChain> {
        let newest = self.client.signatures_after(lease, None).await?;
        for signature in newest.iter().rev().take(LOOKED_AT) {
            let statuses = self.client.rpc().get_signature_statuses_with_history(&[*signature]).await?.value;
            let is_final = statuses.iter().flatten().any(|status| {
                status.err.is_none() && status.satisfies_commitment(CommitmentConfig::finalized())
            });
            if !is_final {
                continue;
            }
            let transaction = self.client.transaction(signature).await?;
            if transaction.slot >= opened_slot && ends(&transaction, lease) {
                return Ok(OnChain::Gone);
            }
        }
        Err(Error::input(
            format!("the node shows neither the {} {lease} nor what ended it", Lease::KIND),
            "wait until it is final, or ask a node that keeps older transactions",
        ))
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
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
