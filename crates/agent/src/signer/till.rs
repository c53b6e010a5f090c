//! Sends what the keys have signed, and pays for it.

use gpu_lease_client::program::attestation::ED25519_PROGRAM;
use solana_instruction::Instruction;
use solana_signer::Signer;

use super::budget::{Budget, spend, spent};
use super::counts::Counts;
use super::not_done::Result;
use crate::cluster::Cluster;
use crate::store::Store;

/// Lamports that a signature costs, one that the precompile verifies included.
pub const SIGNATURE: u64 = 5_000;

/// A provider's hot keys.
pub struct Keys {
    /// Starts leases, and pays for transactions.
    pub operator: Box<dyn Signer + Send + Sync>,
    /// Signs usage.
    pub attestor: Box<dyn Signer + Send + Sync>,
}

/// The keys, where they reach the cluster, and what was done with them.
pub struct Till<C> {
    /// The cluster.
    pub cluster: C,
    /// The keys.
    pub keys: Keys,
    /// What was signed and spent.
    pub journal: Store,
    /// What is counted.
    pub counts: Counts,
    /// What may be spent.
    pub budget: Budget,
}

impl<C: Cluster> Till<C> {
    /// Requires lamports of the day to be left: for what can wait.
    pub fn require_lamports(&self, now: i64) -> Result<()> {
        self.budget.require_lamports(&self.journal, &self.keys.operator.pubkey(), now)
    }

    /// Sends a transaction that the operator signs and pays for, and waits until it is known what became of it.
    pub async fn send(&self, instructions: &[Instruction], now: i64) -> Result<()> {
        let operator = self.keys.operator.as_ref();
        let fee = self.cluster.send(instructions, operator, &[operator]).await?;
        let paid = fee.unwrap_or_else(|| least_fee(instructions));
        self.counts.paid(paid);
        let payer = operator.pubkey();
        // It has landed: that it could not be written down what it cost does not undo it.
        match spend(&self.journal, &payer, paid, now).and_then(|()| spent(&self.journal, &payer, now)) {
            Ok(spent) => self.counts.spent(spent),
            Err(error) => tracing::warn!(%error, "it is not written down what a transaction cost"),
        }
        Ok(())
    }
}

/// Lamports that these cost at least, sent by one who signs alone.
fn least_fee(instructions: &[Instruction]) -> u64 {
    /// Where a precompile's instruction says how many signatures it has.
    const COUNT: usize = 0;
    let verified = instructions.iter().filter(|it| it.program_id == ED25519_PROGRAM);
    let verified = verified.filter_map(|it| it.data.get(COUNT)).map(|count| u64::from(*count));
    SIGNATURE.saturating_mul(1 + verified.sum::<u64>())
}
