//! The cluster, as one node shows it and a second one confirms.

use std::collections::{BTreeMap, BTreeSet};

use gpu_lease_client::Result;
use gpu_lease_client::account::LeaseContext;
use gpu_lease_client::rpc::{Client, PriorityFee};
use gpu_lease_client::state::{Lease, LeaseState};
use solana_address::Address;

use crate::config;
use crate::life::Life;

/// The nodes.
pub struct Chain {
    first: Client,
    second: Option<Client>,
}

/// Whose leases are watched.
#[derive(Clone, Debug, Default)]
pub struct Watched {
    /// Session keys.
    pub sessions: Vec<Address>,
    /// A verifier.
    pub verifier: Option<Address>,
}

/// What a look has found.
#[derive(Clone, Debug, Default)]
pub struct View {
    /// Those that are there.
    pub leases: BTreeMap<Life, LeaseContext>,
    /// Those whose end was seen.
    pub gone: BTreeSet<Life>,
    /// What was not answered, in sentences. Nothing follows from it.
    pub silent: Vec<String>,
}

impl Chain {
    /// The nodes of a configuration.
    pub fn new(config: &config::Chain) -> Self {
        let fee = PriorityFee::Recent { at_most: config.most_priority_fee };
        let client = |url: &String| Client::new(url).with_priority_fee(fee);
        Self { first: client(&config.rpc), second: config.second.as_ref().map(client) }
    }

    /// The one that is asked, and sent to.
    pub const fn node(&self) -> &Client {
        &self.first
    }

    /// The one that is asked, too, if there is one.
    pub const fn second(&self) -> Option<&Client> {
        self.second.as_ref()
    }

    /// Looks for all leases of these keys, and for those that are `known`. What is not listed may be there all the same, and is
    /// looked for by its name.
    pub async fn look(&self, keys: &Watched, known: &BTreeSet<Life>) -> View {
        let mut view = View::default();
        for key in &keys.sessions {
            let listed = self.first.leases_of_session_key(key).await;
            self.add(&mut view, listed).await;
        }
        if let Some(verifier) = &keys.verifier {
            let listed = self.first.leases_of_verifier(verifier).await;
            self.add(&mut view, listed).await;
        }
        for life in known {
            if view.leases.contains_key(life) {
                continue;
            }
            match self.first.lease_opened_in(&life.lease, life.opened_slot).await {
                Ok(Some(lease)) => _ = view.leases.insert(*life, lease),
                Ok(None) => _ = view.gone.insert(*life),
                Err(error) => view.silent.push(error.to_string()),
            }
        }
        view
    }

    async fn add(&self, view: &mut View, listed: Result<Vec<gpu_lease_client::account::Keyed<Lease>>>) {
        let found = match listed {
            Ok(leases) => self.first.contexts(leases).await,
            Err(error) => Err(error),
        };
        match found {
            Ok(leases) => {
                view.leases.extend(leases.into_iter().map(|it| (Life::of(it.address, &it.account), it)));
            }
            Err(error) => view.silent.push(error.to_string()),
        }
    }

    /// Whether the second node shows the same claim of a lease; `None` if it does not tell. Where there is no second one, what
    /// the first says is believed.
    pub async fn confirms(&self, lease: &LeaseContext) -> Option<bool> {
        let Some(second) = &self.second else { return Some(true) };
        let found = second.find::<Lease>(&lease.address).await.ok()??;
        let is_same = found.opened_slot == lease.opened_slot
            && found.state == LeaseState::Active
            && found.meter.latest.units == lease.meter.latest.units
            && found.meter.window_end == lease.meter.window_end;
        Some(is_same)
    }
}
