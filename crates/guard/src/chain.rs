//! The cluster, as one node shows it and a second one confirms.

use std::collections::{BTreeMap, BTreeSet};

use gpu_lease_client::Result;
use gpu_lease_client::account::{Keyed, LeaseContext, read};
use gpu_lease_client::rpc::{Client, PriorityFee};
use gpu_lease_client::state::Lease;
use solana_address::Address;

use crate::config;
use crate::life::Life;

/// Accounts that a node answers with at once.
const AT_ONCE: usize = 100;

/// The nodes.
pub struct Chain {
    first: Client,
    /// The same, and only what cannot be undone.
    finalized: Client,
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
        let finalized = Client::finalized(&config.rpc);
        Self { first: client(&config.rpc), finalized, second: config.second.as_ref().map(client) }
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

    async fn add(&self, view: &mut View, listed: Result<Vec<Keyed<Lease>>>) {
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

    /// Leases as the second node shows them, and as they are finalized. Where there is no second one, what is finalized stands for
    /// it. What is not told is left out.
    pub async fn others(&self, leases: &[Address]) -> (BTreeMap<Address, Lease>, BTreeMap<Address, Lease>) {
        if leases.is_empty() {
            return Default::default();
        }
        let finalized = shown_by(&self.finalized, leases).await;
        match &self.second {
            Some(second) => (shown_by(second, leases).await, finalized),
            None => (finalized.clone(), finalized),
        }
    }
}

async fn shown_by(node: &Client, leases: &[Address]) -> BTreeMap<Address, Lease> {
    let mut shown = BTreeMap::new();
    for some in leases.chunks(AT_ONCE) {
        match node.accounts(some).await {
            Ok(accounts) => {
                let found = some.iter().zip(&accounts).filter_map(|(address, account)| {
                    Some((*address, read::<Lease>(*address, account.as_ref()?).ok()?.account))
                });
                shown.extend(found);
            }
            Err(error) => tracing::warn!(%error, "another view of leases is not told"),
        }
    }
    shown
}
