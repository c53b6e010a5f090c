//! The cluster, as agent and signer see it.

use async_trait::async_trait;
use gpu_lease_client::Result;
use gpu_lease_client::account::LeaseContext;
use gpu_lease_client::rpc::PartlySigned;
use gpu_lease_client::transaction::Format;
use gpu_lease_runtime::Life;
use solana_address::Address;
use solana_instruction::Instruction;
use solana_signer::Signer;

use crate::plan::OnChain;

/// A cluster. An error is that nothing is known, never that something is not there.
#[async_trait]
pub trait Cluster: Send + Sync {
    /// Its clock, unix seconds.
    async fn now(&self) -> Result<i64>;

    /// The leases on an offer: those that the node tells of.
    async fn leases_on(&self, offer: &Address) -> Result<Vec<LeaseContext>>;

    /// A life of a lease. That it is gone is said only where it was seen how.
    async fn lease(&self, life: &Life) -> Result<OnChain>;

    /// What a token account holds, base units.
    async fn balance(&self, token_account: &Address) -> Result<u64>;

    /// The format of its transactions that holds most.
    async fn format(&self) -> Result<Format<'static>>;

    /// Sends a transaction, and waits until it is known what became of it. It cost so many lamports, if the node tells.
    async fn send(
        &self,
        instructions: &[Instruction],
        payer: &(dyn Signer + Sync),
        signers: &[&(dyn Signer + Sync)],
    ) -> Result<Option<u64>>;

    /// Sends a transaction that all have signed, and waits until it is known what became of it.
    async fn land(&self, transaction: PartlySigned) -> Result<()>;
}
