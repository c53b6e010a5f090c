//! The cluster by JSON-RPC.

use std::collections::BTreeSet;
use std::str::FromStr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use gpu_lease_client::account::LeaseContext;
use gpu_lease_client::rpc::{Client, PartlySigned};
use gpu_lease_client::transaction::Format;
use gpu_lease_client::{Error, Result};
use gpu_lease_runtime::Life;
use solana_address::Address;
use solana_instruction::Instruction;
use solana_signer::Signer;

use crate::cluster::Cluster;
use crate::plan::OnChain;

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
        self.client.contexts(self.client.leases_of_offer(offer).await?).await
    }

    async fn lease(&self, life: &Life) -> Result<OnChain> {
        // It does not come back, and its end need not be looked for again.
        if lock(&self.gone).contains(life) {
            return Ok(OnChain::Gone);
        }
        let malformed = |_| Error::input(format!("{} is not an address", life.lease), "give the lease's");
        let address = Address::from_str(&life.lease).map_err(malformed)?;
        Ok(match self.client.lease_opened_in(&address, life.opened_slot).await? {
            Some(lease) => OnChain::There(Box::new(lease)),
            None => {
                lock(&self.gone).insert(life.clone());
                OnChain::Gone
            }
        })
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

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
