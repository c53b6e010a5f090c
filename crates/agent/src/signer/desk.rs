//! Does what agents ask for, if it may be done: signs usage, and sends what the operator sends.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use gpu_lease_client::account::LeaseContext;
use gpu_lease_client::evidence::SignedStatement;
use gpu_lease_client::instruction;
use gpu_lease_client::state::LeaseState;
use gpu_lease_runtime::Life;
use serde::{Deserialize, Serialize};

use super::budget::Budget;
use super::co_signature::CoSignature;
use super::counts::Counts;
use super::growth::Growth;
use super::guard::Signed;
use super::not_done::{NotDone, Result};
use super::statements::{Gathering, SIGNED, alone};
use super::till::{Keys, Till};
use crate::cluster::Cluster;
use crate::plan::{OnChain, has_to_land};
use crate::store::{Store, Table};

/// Which machine a lease was started for.
const MACHINES: Table = Table::new("machines");

/// Seconds for which what is sent counts.
const VALID: i64 = 90;

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
    /// Bonds that it lets leave the bond account in 24 hours, base units by mint.
    #[serde(default)]
    pub bonds_a_day: BTreeMap<String, u64>,
}

/// What a provider has decided about its signer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rules {
    /// Offers by the names of the machines that serve them.
    pub machines: BTreeMap<String, BTreeSet<String>>,
    /// How long a statement waits for others about the same moment.
    pub gather: Duration,
    /// What may be spent.
    pub budget: Budget,
}

/// The one that has the keys.
pub struct Desk<C> {
    till: Till<C>,
    machines: BTreeMap<String, BTreeSet<String>>,
    gathering: Gathering,
}

impl<C: Cluster> Desk<C> {
    /// With these keys, by these rules.
    pub fn new(cluster: C, keys: Keys, journal: Store, rules: Rules) -> Self {
        let Rules { machines, gather, budget } = rules;
        let till = Till { cluster, keys, journal, counts: Counts::default(), budget };
        Self { till, machines, gathering: Gathering::new(gather) }
    }

    /// What it counts.
    pub fn counts(&self) -> &Counts {
        &self.till.counts
    }

    /// What may be spent.
    pub fn budget(&self) -> &Budget {
        &self.till.budget
    }

    /// Whose keys it has, and what it lets a machine do.
    pub fn about(&self, machine: &str) -> About {
        About {
            operator: self.till.keys.operator.pubkey().to_string(),
            attestor: self.till.keys.attestor.pubkey().to_string(),
            offers: self.machines.get(machine).cloned().unwrap_or_default(),
            bonds_a_day: self.till.budget.bonds_a_day.clone(),
        }
    }

    /// Starts a lease for `machine`, with the credentials that it gives.
    pub async fn start(&self, machine: &str, life: &Life, access_blob: &[u8]) -> Result<()> {
        let lease = self.lease_for(machine, life).await?;
        if lease.state != LeaseState::Pending {
            return Err(NotDone::Gone);
        }
        let now = self.till.cluster.now().await?;
        let bond = lease.terms.bond(lease.gpus).unwrap_or(u64::MAX);
        // Before anything is signed: two machines that ask at once are told apart here.
        self.till.journal.change_if(|journal| {
            if let Some(other) = journal.get::<String>(MACHINES, life)?.filter(|other| *other != machine) {
                return Ok(Err(NotDone::OtherMachine { machine: other }));
            }
            journal.set(MACHINES, life, &machine)?;
            self.till.budget.pledge(journal, life, &lease.terms.mint, bond, now)
        })??;
        let start = instruction::start_lease(&lease, access_blob, now.saturating_add(VALID));
        self.till.send(&[start], now).await
    }

    /// Signs what was delivered of a lease, and lands it: what was signed. Others' signatures are of the renter's side and of
    /// the verifier.
    pub async fn state(
        &self,
        machine: &str,
        life: &Life,
        usage: &Signed,
        by: &[CoSignature],
    ) -> Result<SignedStatement> {
        let lease = self.lease_for(machine, life).await?;
        let now = self.till.cluster.now().await?;
        if !has_to_land(&lease, usage.window_end, now) {
            self.till.require_lamports(now)?;
        }
        match by {
            [] => self.gathering.land(&self.till, life, lease, usage.clone()).await,
            _ => alone(&self.till, life, &lease, usage, by).await.map(SignedStatement::Alone),
        }
    }

    /// Collects what is due.
    pub async fn settle(&self, machine: &str, life: &Life) -> Result<()> {
        let lease = self.lease_for(machine, life).await?;
        let now = self.till.cluster.now().await?;
        self.till.require_lamports(now)?;
        self.till.send(&[instruction::settle(&lease)], now).await
    }

    /// Closes a lease that is over.
    pub async fn close(&self, machine: &str, life: &Life) -> Result<()> {
        let lease = self.lease_for(machine, life).await?;
        let now = self.till.cluster.now().await?;
        self.till.send(&[instruction::close_lease(&lease)], now).await
    }

    /// Leaves a lease that nobody pays for. Where notice is owed, the program refuses it to an operator.
    pub async fn leave(&self, machine: &str, life: &Life) -> Result<()> {
        let lease = self.lease_for(machine, life).await?;
        // Nothing of a top-up in front of it: it ends at once, or the program refuses it.
        let now = self.till.cluster.now().await?;
        let until = now.saturating_add(VALID);
        let operator = self.till.keys.operator.pubkey();
        self.till.send(&[instruction::terminate_lease(operator, &lease, until, until)], now).await
    }

    /// Signs a growth that the renter of a lease has signed, and lands it.
    pub async fn grow(&self, machine: &str, life: &Life, transaction: &str) -> Result<()> {
        let lease = self.lease_for(machine, life).await?;
        let growth = Growth::read(transaction, &lease);
        let mut growth = growth.map_err(|why| NotDone::NotGrowth { why: why.to_string() })?;
        let now = self.till.cluster.now().await?;
        let bond = lease.terms.bond(growth.gpus).unwrap_or(u64::MAX);
        let pledge = |journal: &mut _| self.till.budget.pledge(journal, life, &lease.terms.mint, bond, now);
        self.till.journal.change_if(pledge)??;
        growth.transaction.sign(self.till.keys.operator.as_ref())?;
        self.till.cluster.land(growth.transaction).await?;
        Ok(())
    }

    /// Gives GPUs back to the offer of a lease that does not need them.
    pub async fn release_gpus(&self, machine: &str, life: &Life) -> Result<()> {
        let lease = self.lease_for(machine, life).await?;
        let now = self.till.cluster.now().await?;
        self.till.send(&[instruction::release_gpus(&lease)], now).await
    }

    /// What was signed last about a lease.
    pub fn signed(&self, life: &Life) -> Result<Option<Signed>> {
        Ok(self.till.journal.get(SIGNED, life)?)
    }

    /// The lease, if the machine may ask about it.
    async fn lease_for(&self, machine: &str, life: &Life) -> Result<LeaseContext> {
        let OnChain::There(lease) = self.till.cluster.lease(life).await? else { return Err(NotDone::Gone) };
        let lease = lease.by_operator();
        let machine = machine.to_owned();
        let offer = lease.offer.to_string();
        if !self.machines.get(&machine).is_some_and(|offers| offers.contains(&offer)) {
            return Err(NotDone::NotServed { machine });
        }
        if let Some(other) =
            self.till.journal.get::<String>(MACHINES, life)?.filter(|other| *other != machine)
        {
            return Err(NotDone::OtherMachine { machine: other });
        }
        let keys = [self.till.keys.operator.pubkey(), self.till.keys.attestor.pubkey()];
        match keys == [lease.provider_account.operator, lease.provider_account.attestor] {
            true => Ok(lease),
            false => Err(NotDone::OtherKeys),
        }
    }
}
