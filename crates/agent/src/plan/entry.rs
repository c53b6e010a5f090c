//! What this machine has written down about a lease that it took on.

use gpu_lease_client::account::LeaseContext;
use gpu_lease_client::state::{LeaseState, Moment, Phase};
use gpu_lease_runtime::{Life, Spec};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::launch::Launch;
use super::policy::Served;
use crate::meter::gpus_at;

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
    /// How many it has had from when on, unix seconds. That they are released at the end is not in here.
    pub held: Vec<(i64, u32)>,
    /// Seed of the key that its user logs in with.
    pub user_seed: [u8; 32],
    /// The sealed access blob, as `start_lease` publishes it.
    pub access_blob: Vec<u8>,
    /// What its renter has signed for more.
    #[serde(default)]
    pub growing: Option<Growing>,
    /// What its renter has it begin with.
    pub launch: Option<Launch>,
    /// Until when its start waits for a launch, unix seconds.
    pub waits_until: Option<i64>,
    /// Whether the signer may have been asked to start it: then nothing changes that its credentials depend on.
    pub is_starting: bool,
    /// Whether a login was tried and worked.
    pub is_tested: bool,
    /// Whether it was seen to have started, by this machine.
    pub has_started: bool,
    /// Until when its workspace is kept once it is over, unix seconds; set when its cards are released.
    pub keep_until: Option<i64>,
}

/// A growth that the renter has signed, and for which cards are set aside until it has landed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Growing {
    /// The transaction, as text.
    pub transaction: String,
    /// GPUs from then on.
    pub gpus: u32,
    /// What is set aside, by UUID.
    pub cards: Vec<String>,
    /// Until when, unix seconds.
    pub until: i64,
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
    /// What its container is made with.
    pub fn spec(&self) -> Spec {
        self.spec_with(&self.cards)
    }

    /// The same with these cards.
    pub fn spec_with(&self, cards: &[String]) -> Spec {
        let mut spec = self.served.spec(cards);
        if let Some(launch) = &self.launch {
            spec.image.clone_from(&launch.image);
            spec.env.extend(launch.env.clone());
        }
        spec
    }

    /// Gives it other cards from `now` on, unix seconds.
    pub fn hold(&mut self, cards: Vec<String>, now: i64) {
        self.held.push((now, u32::try_from(cards.len()).unwrap_or(u32::MAX)));
        self.cards = cards;
        self.keep_until = None;
        self.growing = None;
    }

    /// The growth that may still land at `now`, unix seconds.
    pub fn growth(&self, now: i64) -> Option<&Growing> {
        self.growing.as_ref().filter(|growing| now < growing.until)
    }

    /// How many cards it ought to have by the chain, while it goes on.
    pub fn due_cards(&self, lease: &LeaseContext, now: i64) -> Option<usize> {
        let goes_on = matches!(lease.phase(Moment::by_clock(now)), Phase::Running | Phase::Exhausted);
        let gpus = gpus_at(&lease.meter, now);
        (goes_on && self.is_started_as(lease)).then(|| usize::try_from(gpus).unwrap_or(usize::MAX))
    }

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
