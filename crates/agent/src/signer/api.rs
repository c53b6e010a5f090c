//! How an agent asks the signer.

use std::sync::Arc;

use async_trait::async_trait;
use gpu_lease_client::evidence::SignedStatement;
use gpu_lease_runtime::Life;

use super::co_signature::CoSignature;
use super::desk::Desk;
use super::guard::Signed;
use super::not_done::Result;
use crate::cluster::Cluster;

/// The signer, as one machine sees it. All can be asked for again.
#[async_trait]
pub trait Signer: Send + Sync {
    /// Starts a lease, with these credentials.
    async fn start(&self, life: &Life, access_blob: &[u8]) -> Result<()>;

    /// Signs what was delivered, and lands it: what was signed. `by` are signatures over it of the renter's side and of the
    /// verifier, as far as there are any.
    async fn state(&self, life: &Life, usage: &Signed, by: &[CoSignature]) -> Result<SignedStatement>;

    /// Collects what is due.
    async fn settle(&self, life: &Life) -> Result<()>;

    /// Closes a lease that is over.
    async fn close(&self, life: &Life) -> Result<()>;

    /// Leaves a lease that nobody pays for.
    async fn leave(&self, life: &Life) -> Result<()>;

    /// Signs and lands a growth that the renter of a lease has signed.
    async fn grow(&self, life: &Life, transaction: &str) -> Result<()>;

    /// Gives GPUs back to the offer of a lease that does not need them.
    async fn release_gpus(&self, life: &Life) -> Result<()>;
}

/// A signer in the same process.
pub struct Local<C> {
    /// It.
    pub desk: Arc<Desk<C>>,
    /// The machine that asks.
    pub machine: String,
}

#[async_trait]
impl<C: Cluster> Signer for Local<C> {
    async fn start(&self, life: &Life, access_blob: &[u8]) -> Result<()> {
        self.desk.start(&self.machine, life, access_blob).await
    }

    async fn state(&self, life: &Life, usage: &Signed, by: &[CoSignature]) -> Result<SignedStatement> {
        self.desk.state(&self.machine, life, usage, by).await
    }

    async fn settle(&self, life: &Life) -> Result<()> {
        self.desk.settle(&self.machine, life).await
    }

    async fn close(&self, life: &Life) -> Result<()> {
        self.desk.close(&self.machine, life).await
    }

    async fn leave(&self, life: &Life) -> Result<()> {
        self.desk.leave(&self.machine, life).await
    }

    async fn grow(&self, life: &Life, transaction: &str) -> Result<()> {
        self.desk.grow(&self.machine, life, transaction).await
    }

    async fn release_gpus(&self, life: &Life) -> Result<()> {
        self.desk.release_gpus(&self.machine, life).await
    }
}
