//! What this machine has written down about a lease that it took on.

use gpu_lease_client::account::LeaseContext;
use gpu_lease_client::state::LeaseState;
use gpu_lease_runtime::Life;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::policy::Served;

/// A lease that was taken on. All that cannot be read again from chain, engine or gateway.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Which.
    pub life: Life,
    /// What it was promised when it was taken on: later changes of the configuration are for later leases.
    pub served: Served,
    /// The wallet that rents.
    pub renter: String,
    /// Its cards, by UUID; empty once they were wiped and released.
    pub cards: Vec<String>,
    /// Seed of the key that its user logs in with.
    pub user_seed: [u8; 32],
    /// The sealed access blob, as `start_lease` publishes it.
    pub access_blob: Vec<u8>,
    /// Whether a login was tried and worked.
    pub is_tested: bool,
    /// Whether it was seen to have started, by this machine.
    pub has_started: bool,
    /// Until when its workspace is kept once it is over, unix seconds; set when its cards are released.
    pub keep_until: Option<i64>,
}

/// What the chain says about a life of a lease. What it did not answer about is not here.
#[derive(Clone, Debug)]
pub enum OnChain {
    /// It is there.
    There(Box<LeaseContext>),
    /// It is certain that it is closed or was cancelled, or that another lease has its address.
    Gone,
}

impl OnChain {
    /// The lease, if it is there.
    pub fn lease(&self) -> Option<&LeaseContext> {
        match self {
            Self::There(lease) => Some(lease),
            Self::Gone => None,
        }
    }
}

impl Entry {
    /// Whether it was this machine that started `lease`: somebody else's agent may serve the same offer.
    pub fn is_started_as(&self, lease: &LeaseContext) -> bool {
        let published: [u8; 32] = Sha256::digest(&self.access_blob).into();
        self.has_started || lease.state != LeaseState::Pending && lease.access_blob_hash == published
    }
}

/// The life that a lease is in.
pub fn life_of(lease: &LeaseContext) -> Life {
    Life { lease: lease.address.to_string(), opened_slot: lease.opened_slot }
}
