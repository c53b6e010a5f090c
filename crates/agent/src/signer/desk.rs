//! Does what agents ask for, if it may be done: signs usage, and sends what the operator sends.

use std::collections::{BTreeMap, BTreeSet};

use gpu_lease_client::account::LeaseContext;
use gpu_lease_client::attestation::SignedAttestation;
use gpu_lease_client::state::LeaseState;
use gpu_lease_client::{attestation, instruction};
use gpu_lease_runtime::Life;
use serde::{Deserialize, Serialize};
use solana_signer::Signer;

use super::counts::{Counts, Outcome};
use super::growth::Growth;
use super::guard::{Denied, Signed, permit};
use crate::cluster::Cluster;
use crate::plan::OnChain;
use crate::store::{Store, StoreError, Table};

/// What was signed last about each lease.
const SIGNED: Table = Table::new("signed");

/// Which machine a lease was started for.
const MACHINES: Table = Table::new("machines");

/// Seconds for which what is sent counts.
const VALID: i64 = 90;

/// Why something was not done.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum NotDone {
    /// This machine may not.
    #[error(
        "machine {machine} does not serve this offer: say so in the signer's configuration, under `machines`"
    )]
    NotServed {
        /// Its name.
        machine: String,
    },
    /// Another may.
    #[error("machine {machine} has this lease")]
    OtherMachine {
        /// Its name.
        machine: String,
    },
    /// The lease is not what was asked about.
    #[error("the lease is gone, or not waiting to be started")]
    Gone,
    /// Its provider has other keys.
    #[error("the provider's keys are others: name this signer's with `gpu-lease provider update`")]
    OtherKeys,
    /// It may not be signed.
    #[error("not signed: {why}")]
    Denied {
        /// Why not.
        why: Denied,
    },
    /// The cluster refused it, or it is not known what became of it. Asking again finds out.
    #[error("{what}")]
    Cluster {
        /// What was said.
        what: String,
    },
    /// It is not what a renter may ask to be signed.
    #[error("not signed: {why}")]
    NotGrowth {
        /// Why not.
        why: String,
    },
    /// It could not be written down, so it was not signed.
    #[error("{what}")]
    Store {
        /// What was said.
        what: String,
    },
}

impl NotDone {
    /// What that is of a request.
    pub(super) const fn outcome(&self) -> Outcome {
        match self {
            Self::Cluster { .. } | Self::Store { .. } => Outcome::Failed,
            Self::NotServed { .. }
            | Self::OtherMachine { .. }
            | Self::Gone
            | Self::OtherKeys
            | Self::NotGrowth { .. }
            | Self::Denied { .. } => Outcome::Refused,
        }
    }
}

impl From<gpu_lease_client::Error> for NotDone {
    fn from(error: gpu_lease_client::Error) -> Self {
        Self::Cluster { what: error.to_string() }
    }
}

impl From<StoreError> for NotDone {
    fn from(error: StoreError) -> Self {
        Self::Store { what: error.to_string() }
    }
}

/// A result of the signer.
pub type Result<T> = std::result::Result<T, NotDone>;

/// A provider's hot keys.
pub struct Keys {
    /// Starts leases, and pays for transactions.
    pub operator: Box<dyn Signer + Send + Sync>,
    /// Signs usage.
    pub attestor: Box<dyn Signer + Send + Sync>,
}

/// What a signer says of itself to a machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct About {
    /// Address of its operator.
    pub operator: String,
    /// Address of its attestor.
    pub attestor: String,
    /// The offers that it lets the machine serve.
    pub offers: BTreeSet<String>,
}

/// The one that has the keys.
pub struct Desk<C> {
    cluster: C,
    keys: Keys,
    journal: Store,
    /// Offers by the names of the machines that serve them.
    machines: BTreeMap<String, BTreeSet<String>>,
    counts: Counts,
}

impl<C: Cluster> Desk<C> {
    /// With these keys, for these machines.
    pub fn new(cluster: C, keys: Keys, journal: Store, machines: BTreeMap<String, BTreeSet<String>>) -> Self {
        Self { cluster, keys, journal, machines, counts: Counts::default() }
    }

    /// What it counts.
    pub fn counts(&self) -> &Counts {
        &self.counts
    }

    /// Whose keys it has, and what it lets a machine do.
    pub fn about(&self, machine: &str) -> About {
        About {
            operator: self.keys.operator.pubkey().to_string(),
            attestor: self.keys.attestor.pubkey().to_string(),
            offers: self.machines.get(machine).cloned().unwrap_or_default(),
        }
    }

    /// Starts a lease for `machine`, with the credentials that it gives.
    pub async fn start(&self, machine: &str, life: &Life, access_blob: &[u8]) -> Result<()> {
        let lease = self.lease_for(machine, life).await?;
        if lease.state != LeaseState::Pending {
            return Err(NotDone::Gone);
        }
        // Before anything is signed: two machines that ask at once are told apart here.
        self.journal.change_if(|journal| {
            Ok(match journal.get::<String>(MACHINES, life)? {
                Some(other) if other != machine => Err(NotDone::OtherMachine { machine: other }),
                _ => {
                    journal.set(MACHINES, life, &machine)?;
                    Ok(())
                }
            })
        })??;
        let now = self.cluster.now().await?;
        let start = instruction::start_lease(&lease, access_blob, now.saturating_add(VALID));
        self.send(&[start]).await
    }

    /// Signs what was delivered of a lease, and lands it: what was signed.
    pub async fn state(&self, machine: &str, life: &Life, usage: &Signed) -> Result<SignedAttestation> {
        let lease = self.lease_for(machine, life).await?;
        let now = self.cluster.now().await?;
        // On disk before there is a signature.
        self.journal.change_if(|journal| {
            let last: Option<Signed> = journal.get(SIGNED, life)?;
            Ok(match permit(last.as_ref(), usage, &lease, now) {
                Ok(()) => {
                    journal.set(SIGNED, life, usage)?;
                    Ok(())
                }
                Err(why) => Err(NotDone::Denied { why }),
            })
        })??;
        let signed = attestation::sign_usage(
            &lease.keyed(),
            &usage.into(),
            self.keys.attestor.as_ref(),
            Some(&lease.provider_account.attestor),
            now,
        )?;
        self.counts.signed_one();
        self.send(&instruction::attest(&lease, &signed)).await?;
        Ok(signed)
    }

    /// Collects what is due.
    pub async fn settle(&self, machine: &str, life: &Life) -> Result<()> {
        let lease = self.lease_for(machine, life).await?;
        self.send(&[instruction::settle(&lease)]).await
    }

    /// Closes a lease that is over.
    pub async fn close(&self, machine: &str, life: &Life) -> Result<()> {
        let lease = self.lease_for(machine, life).await?;
        self.send(&[instruction::close_lease(&lease)]).await
    }

    /// Leaves a lease that nobody pays for. Where notice is owed, the program refuses it to an operator.
    pub async fn leave(&self, machine: &str, life: &Life) -> Result<()> {
        let lease = self.lease_for(machine, life).await?;
        // Nothing of a top-up in front of it: it ends at once, or the program refuses it.
        let until = self.cluster.now().await?.saturating_add(VALID);
        let operator = self.keys.operator.pubkey();
        self.send(&[instruction::terminate_lease(operator, &lease, until, until)]).await
    }

    /// Signs a growth that the renter of a lease has signed, and lands it.
    pub async fn grow(&self, machine: &str, life: &Life, transaction: &str) -> Result<()> {
        let lease = self.lease_for(machine, life).await?;
        let growth = Growth::read(transaction, &lease);
        let mut growth = growth.map_err(|why| NotDone::NotGrowth { why: why.to_string() })?;
        growth.transaction.sign(self.keys.operator.as_ref())?;
        self.cluster.land(growth.transaction).await?;
        Ok(())
    }

    /// Gives GPUs back to the offer of a lease that does not need them.
    pub async fn release_gpus(&self, machine: &str, life: &Life) -> Result<()> {
        let lease = self.lease_for(machine, life).await?;
        self.send(&[instruction::release_gpus(&lease)]).await
    }

    /// What was signed last about a lease.
    pub fn signed(&self, life: &Life) -> Result<Option<Signed>> {
        Ok(self.journal.get(SIGNED, life)?)
    }

    /// The lease, if the machine may ask about it.
    async fn lease_for(&self, machine: &str, life: &Life) -> Result<LeaseContext> {
        let OnChain::There(lease) = self.cluster.lease(life).await? else { return Err(NotDone::Gone) };
        let lease = lease.by_operator();
        let machine = machine.to_owned();
        let offer = lease.offer.to_string();
        if !self.machines.get(&machine).is_some_and(|offers| offers.contains(&offer)) {
            return Err(NotDone::NotServed { machine });
        }
        if let Some(other) = self.journal.get::<String>(MACHINES, life)?.filter(|other| *other != machine) {
            return Err(NotDone::OtherMachine { machine: other });
        }
        let keys = [self.keys.operator.pubkey(), self.keys.attestor.pubkey()];
        match keys == [lease.provider_account.operator, lease.provider_account.attestor] {
            true => Ok(lease),
            false => Err(NotDone::OtherKeys),
        }
    }

    async fn send(&self, instructions: &[solana_instruction::Instruction]) -> Result<()> {
        let operator = self.keys.operator.as_ref();
        let fee = self.cluster.send(instructions, operator, &[operator]).await?;
        self.counts.paid(fee.unwrap_or_default());
        Ok(())
    }
}
