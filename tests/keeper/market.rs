//! A market on a local validator, and keepers of it.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use gpu_lease_client::account::{Keyed, ProviderRef};
use gpu_lease_client::instruction::OpenLease;
use gpu_lease_keeper::config::{Config, PREFIX};
use gpu_lease_keeper::keeper::Keeper;
use gpu_lease_localnet::{Localnet, Options};
use gpu_lease_service::config;
use gpu_lease_tests::prelude::*;
use solana_signer::EncodableKey;
use tempfile::TempDir;
use tokio::time::sleep;

use crate::daemon::free_port;

/// How long something may take that nothing holds up.
pub const SOON: Duration = Duration::from_secs(60);

/// SOL of a keeper's wallet, lamports.
pub const LAMPORTS: u64 = 1_000_000_000;

pub struct Market {
    pub net: Localnet,
    pub offer: Keyed<Offer>,
    pub folder: TempDir,
}

/// Waits until something is so.
pub async fn until(what: &str, is: impl AsyncFn() -> bool) {
    let since = Instant::now();
    while !is().await {
        assert!(since.elapsed() < SOON, "{what} did not come about");
        sleep(Duration::from_millis(200)).await;
    }
}

impl Market {
    pub async fn new() -> Self {
        let net = Localnet::start(Options::default(), |_| {}).await.unwrap();
        let provider = ProviderRef::of(net.wallets.provider.pubkey());
        let sample = net.client.offer(&net.offers[0]).await.unwrap();
        let terms = Terms {
            min_duration: MIN_DURATION,
            heartbeat_timeout: MIN_HEARTBEAT_TIMEOUT,
            bond_hours: 0,
            ..sample.terms
        };
        let create = instruction::create_offer(provider, 9, 64, terms, sample.listing);
        net.client.send(&[create], &net.wallets.provider, &[]).await.unwrap();
        let offer = net.client.offer(&address::offer(&provider.address, 9)).await.unwrap();
        Self { net, offer, folder: tempfile::tempdir().unwrap() }
    }

    /// The renter opens a lease of one GPU for a minute.
    pub async fn rent(&self, nonce: u64) -> Address {
        self.rent_as(&self.net.wallets.renter, nonce, MIN_DURATION).await
    }

    /// The same by another wallet, for so long.
    pub async fn rent_as(&self, renter: &Keypair, nonce: u64, duration: u32) -> Address {
        let now = self.net.now().await.unwrap();
        let request = LeaseRequest {
            nonce,
            deposit: self.deposit(),
            start_deadline: now + 600,
            duration,
            gpus: 1,
            max_fee_bps: 100,
            valid_until: now + 60,
            expected_offer: self.offer.content_hash(),
            arbiter: self.net.wallets.arbiter.pubkey(),
            access_key: [7; 32],
            session_key: Address::default(),
        };
        let open = OpenLease::new(renter.pubkey(), &self.offer, self.net.mint.token_program, request);
        let instructions = self.net.client.open_lease(&open).await.unwrap();
        self.net.client.send(&instructions, renter, &[]).await.unwrap();
        open.lease()
    }

    /// What such a lease takes, base units.
    pub fn deposit(&self) -> u64 {
        self.offer.terms.min_deposit_ceil(1).unwrap().max(1_000_000)
    }

    /// The provider starts a lease.
    pub async fn start(&self, lease: &Address) {
        let context = self.net.client.lease(lease).await.unwrap();
        let valid_until = self.net.now().await.unwrap() + 60;
        let start = instruction::start_lease(&context, b"sealed", valid_until);
        self.net.client.send(&[start], &self.net.wallets.provider, &[]).await.unwrap();
    }

    pub async fn lease(&self, lease: &Address) -> Option<Keyed<Lease>> {
        self.net.client.find(lease).await.unwrap()
    }

    /// A wallet with SOL.
    pub async fn wallet(&self) -> Keypair {
        let wallet = Keypair::new();
        self.net.client.rpc().request_airdrop(&wallet.pubkey(), LAMPORTS).await.unwrap();
        until("its SOL", async || self.lamports(&wallet.pubkey()).await == LAMPORTS).await;
        wallet
    }

    pub async fn lamports(&self, wallet: &Address) -> u64 {
        self.net.client.lamports(wallet).await.unwrap()
    }

    /// How many transactions have landed that name an account.
    pub async fn landed(&self, account: &Address) -> usize {
        self.net.client.rpc().get_signatures_for_address(account).await.unwrap().len()
    }

    /// The file of a keeper with this wallet, which asks the node at `rpc`.
    pub fn configuration(&self, name: &str, wallet: &Keypair, rpc: &str, keeping: &str) -> PathBuf {
        let folder = self.folder.path().join(name);
        fs::create_dir_all(&folder).unwrap();
        let key = folder.join("wallet.json");
        wallet.write_to_file(&key).unwrap();
        let (state, key, websocket) = (folder.display(), key.display(), self.net.validator.ws_url());
        let monitoring = free_port();
        let text = format!(
            r#"
            state = "{state}/state"
            wallet = "{key}"
            monitoring = {{ listen = "127.0.0.1:{monitoring}" }}
            [chain]
            rpc = "{rpc}"
            websocket = "{websocket}"
            every = "1s"
            most_priority_fee = 0
            [keeping]
            {keeping}
            "#
        );
        let path = folder.join("keeper.toml");
        fs::write(&path, text).unwrap();
        path
    }

    /// A keeper within this test, which asks the node at `rpc`.
    pub async fn keeper(&self, name: &str, rpc: &str, keeping: &str) -> Keeper {
        let wallet = self.wallet().await;
        Keeper::new(&read(&self.configuration(name, &wallet, rpc, keeping))).unwrap()
    }
}

pub fn read(path: &Path) -> Config {
    config::load(Some(path), PREFIX).unwrap()
}
