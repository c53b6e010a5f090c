//! The cluster, as a node shows it.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;

use anyhow::{Context, Result};
use futures_util::StreamExt;
use gpu_lease_client::account::{Keyed, LeaseContext, ProgramAccount};
use gpu_lease_client::address;
use gpu_lease_client::outlook::{Role, Upkeep, lease_upkeep};
use gpu_lease_client::rpc::{Client, PriorityFee};
use gpu_lease_client::state::{Proposal, VoteLock, VoteRecord};
use solana_account::Account;
use solana_address::Address;
use solana_commitment_config::CommitmentConfig;
use solana_pubsub_client::nonblocking::pubsub_client::PubsubClient;
use solana_rpc_client_api::config::{RpcAccountInfoConfig, RpcProgramAccountsConfig};
use solana_rpc_client_api::response::UiAccountEncoding;
use tokio::sync::mpsc;
use tokio::time::{sleep, timeout};

use crate::book::{Present, Subject};
use crate::config::Chain;
use crate::plan::rent;

/// How many accounts are asked for at once.
const AT_ONCE: usize = 100;

/// How long a subscription may take to come about, and a lost one is left alone.
const RECONNECT: Duration = Duration::from_secs(15);

/// A node.
pub struct Node {
    /// What is confirmed.
    pub client: Client,
    finalized: Client,
}

/// The cluster's time, and the slot in which it was so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clock {
    /// Unix seconds.
    pub time: i64,
    /// Slot.
    pub slot: u64,
}

/// All accounts of the program that are not leases and of which something is or will be due.
pub struct Others {
    /// By their addresses.
    pub subjects: Vec<(Address, Subject)>,
    /// What decisions change.
    pub present: Present,
}

impl Node {
    /// The one that is configured.
    pub fn new(chain: &Chain) -> Self {
        let priority_fee = PriorityFee::Recent { at_most: chain.most_priority_fee };
        Self {
            client: Client::new(&chain.rpc).with_priority_fee(priority_fee),
            finalized: Client::finalized(&chain.rpc),
        }
    }

    /// What time it is.
    pub async fn clock(&self) -> Result<Clock> {
        let clock = self.client.clock().await?;
        Ok(Clock { time: clock.unix_timestamp, slot: clock.slot })
    }

    /// All but the leases.
    pub async fn others(&self) -> Result<Others> {
        let protocol = self.client.protocol().await?.account;
        let governance = self.client.governance().await?.account;
        let fee_params = self.client.fee_params().await?.account;
        let proposals: Vec<Keyed<Proposal>> = self.client.proposals().await?;
        let records: Vec<Keyed<VoteRecord>> = self.client.list(&[]).await?;
        let locks: Vec<Keyed<VoteLock>> = self.client.locks().await?;
        let of_proposal = |it: Keyed<Proposal>| (it.address, Subject::Proposal(Box::new(it.account)));
        let proposals = proposals.into_iter().map(of_proposal);
        let records =
            records.into_iter().map(|it| (it.address, Subject::Record(it.account, rent(VoteRecord::SIZE))));
        let locks = locks.into_iter().map(|it| (it.address, Subject::Lock(it.account)));
        Ok(Others {
            subjects: proposals.chain(records).chain(locks).collect(),
            present: Present { protocol, governance, fee_params },
        })
    }

    /// What the fee vaults of these mints hold.
    pub async fn vaults(&self, mints: HashSet<Address>) -> Result<HashMap<Address, u64>> {
        let mut vaults = HashMap::new();
        for mint in mints {
            let balance = self.client.token_balance(&address::fee_vault(&mint)).await?;
            vaults.insert(mint, balance.map_or(0, |balance| balance.amount));
        }
        Ok(vaults)
    }

    /// These accounts, as far as they exist and something can be due of them.
    pub async fn subjects(&self, addresses: &[Address]) -> Result<Vec<(Address, Subject)>> {
        let mut subjects = Vec::new();
        for some in addresses.chunks(AT_ONCE) {
            let accounts = self.client.accounts(some).await?;
            for (address, account) in some.iter().zip(accounts) {
                subjects.extend(account.and_then(|account| subject(*address, &account)));
            }
        }
        Ok(subjects)
    }

    /// Whether it is finalized that a lease may be expired, and has been for `delay` seconds.
    pub async fn is_silence_final(&self, lease: &Address, delay: i64) -> Result<bool> {
        let lease: LeaseContext = self.finalized.lease(lease).await?;
        let now = self.finalized.clock().await?.unix_timestamp;
        let agenda =
            lease_upkeep(&lease.account, Role::Anyone, &Address::default(), now.saturating_sub(delay));
        Ok(agenda.due.iter().any(|due| due.what == Upkeep::ExpireLease))
    }
}

/// Reads an account; what this version does not know is left to a newer one.
fn subject(address: Address, account: &Account) -> Option<(Address, Subject)> {
    if account.owner != address::PROGRAM {
        return None;
    }
    match Subject::read(address, account) {
        Ok(subject) => Some((address, subject?)),
        Err(error) => {
            tracing::warn!(account = %address, "left alone: {error}");
            None
        }
    }
}

/// Tells of each change of the program's accounts that the node at `websocket` tells of, as long as somebody listens.
/// `connected` is told whether it does.
pub async fn subscribe(
    websocket: String,
    changes: mpsc::Sender<(Address, Subject)>,
    connected: Arc<AtomicBool>,
) {
    while !changes.is_closed() {
        match listen(&websocket, &changes, || connected.store(true, Relaxed)).await {
            Ok(()) => tracing::info!("the node ended the subscription"),
            Err(error) => tracing::info!("the node takes no subscription: {error:#}"),
        }
        connected.store(false, Relaxed);
        sleep(RECONNECT).await;
    }
}

async fn listen(
    websocket: &str,
    changes: &mpsc::Sender<(Address, Subject)>,
    connected: impl FnOnce(),
) -> Result<()> {
    let account_config = RpcAccountInfoConfig {
        encoding: Some(UiAccountEncoding::Base64),
        commitment: Some(CommitmentConfig::confirmed()),
        ..RpcAccountInfoConfig::default()
    };
    let config = RpcProgramAccountsConfig { account_config, ..RpcProgramAccountsConfig::default() };
    let node = timeout(RECONNECT, PubsubClient::new(websocket)).await.context("it does not answer")??;
    let subscribed = timeout(RECONNECT, node.program_subscribe(&address::PROGRAM, Some(config))).await;
    let (mut told, _) = subscribed.context("it does not answer")??;
    connected();
    while let Some(change) = told.next().await {
        let keyed = change.value;
        let (Ok(address), Some(account)) = (keyed.pubkey.parse(), keyed.account.to_account()) else {
            continue;
        };
        if let Some(change) = subject(address, &account)
            && changes.send(change).await.is_err()
        {
            return Ok(());
        }
    }
    Ok(())
}

/// Whether the node takes a subscription.
pub async fn try_subscription(websocket: &str) -> Result<()> {
    let (changes, _nobody) = mpsc::channel(1);
    let (is, told) = tokio::sync::oneshot::channel();
    let listening = listen(websocket, &changes, move || {
        is.send(()).ok();
    });
    tokio::select! {
        ended = listening => ended,
        answered = timeout(RECONNECT, told) => Ok(answered.context("it does not answer")??),
    }
}
