//! A market on a local validator, and a machine that serves it: JSON-RPC, a signer behind its socket, real helpers as processes.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::Extension;
use gpu_lease_agent::machine::{Doors, Machine, Parts, Pass};
use gpu_lease_agent::maintenance::Notice;
use gpu_lease_agent::plan::{Door, Policy, Served};
use gpu_lease_agent::rpc::Rpc;
use gpu_lease_agent::signer::{self, Desk, Keys, Remote, Rules};
use gpu_lease_agent::site::{HelperTester, SimulatedCards, SshSite};
use gpu_lease_agent::store::Store;
use gpu_lease_client::access::AccessKey;
use gpu_lease_client::account::{Keyed, ProviderRef};
use gpu_lease_client::instruction::{self, OpenLease};
use gpu_lease_client::rpc::{Client, PriorityFee};
use gpu_lease_client::{Error, address};
use gpu_lease_helper::protocol::{FromHelper, Request, ToHelper};
use gpu_lease_localnet::{Localnet, Options, Proxy};
use gpu_lease_runtime::{Life, Limits, Loopback, ProcessConfig, Processes};
use gpu_lease_service::client::Client as Caller;
use gpu_lease_service::server::serve;
use gpu_lease_service::unix::SocketFile;
use gpu_lease_tests::prelude::*;
use tempfile::TempDir;
use tokio::time::{sleep, timeout};

use crate::programs::program;

/// Doors that nobody goes through.
#[derive(Default)]
pub struct Memory(Mutex<BTreeMap<Life, Pass>>);

impl Memory {
    pub fn doors(&self) -> std::sync::MutexGuard<'_, BTreeMap<Life, Pass>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Doors for Memory {
    fn all(&self) -> io::Result<BTreeMap<Life, Door>> {
        Ok(self.doors().iter().map(|(life, pass)| (life.clone(), pass.door.clone())).collect())
    }

    fn set(&self, life: &Life, pass: &Pass) -> io::Result<()> {
        self.doors().insert(life.clone(), pass.clone());
        Ok(())
    }

    fn remove(&self, life: &Life) -> io::Result<()> {
        self.doors().remove(life);
        Ok(())
    }

    fn is_accepting(&self) -> bool {
        true
    }
}

/// A market with an offer that this machine serves, and leases that are as short as can be.
pub struct Place {
    pub net: Localnet,
    pub proxy: Proxy,
    pub offer: Keyed<Offer>,
    pub doors: Arc<Memory>,
    pub folder: TempDir,
    cards: u32,
}

/// How long something may take that nothing holds up.
pub const SOON: Duration = Duration::from_secs(90);

/// Leases outlast their agent: what still runs of them ends with the place, whether its test has failed or not.
impl Drop for Place {
    fn drop(&mut self) {
        let folder = self.folder.path().to_string_lossy().into_owned();
        let is_ours = |process: &Path| {
            let words = fs::read(process.join("cmdline")).unwrap_or_default();
            String::from_utf8_lossy(&words).contains(&folder)
        };
        let processes = fs::read_dir("/proc").into_iter().flatten().flatten().map(|entry| entry.path());
        for process in processes.filter(|process| is_ours(process)) {
            let number = process.file_name().unwrap_or_default().to_owned();
            Command::new("kill").arg(number).status().ok();
        }
    }
}

impl Place {
    pub async fn new() -> Self {
        let net = Localnet::start(Options::default(), |_| {}).await.unwrap();
        let proxy = Proxy::start(net.validator.rpc_url()).await.unwrap();
        let provider = ProviderRef::of(net.wallets.provider.pubkey());
        let mut offer = net.client.offer(&net.offers[0]).await.unwrap();
        let terms = Terms { min_duration: MIN_DURATION, heartbeat_timeout: 300, ..offer.terms };
        let create = instruction::create_offer(provider, 9, 8, terms, offer.listing);
        net.client.send(&[create], &net.wallets.provider, &[]).await.unwrap();
        offer = net.client.offer(&address::offer(&provider.address, 9)).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        Self { net, proxy, offer, doors: Arc::default(), folder, cards: 8 }
    }

    /// The same, whose machines have so many cards.
    pub fn with_cards(self, cards: u32) -> Self {
        let mut place = self;
        place.cards = cards;
        place
    }

    /// A signer for the machines of these names.
    pub fn desk(&self, names: &[&str]) -> Desk<Rpc> {
        let wallets = &self.net.wallets;
        let keys = Keys {
            operator: Box::new(wallets.operator.insecure_clone()),
            attestor: Box::new(wallets.attestor.insecure_clone()),
        };
        let journal = Store::open(&self.folder.path().join("journal")).unwrap();
        let offers: BTreeSet<_> = [self.offer.address.to_string()].into();
        let machines = names.iter().map(|name| ((*name).to_owned(), offers.clone())).collect();
        let rules = Rules { machines, gather: Duration::from_secs(2), ..Rules::default() };
        Desk::new(self.rpc(), keys, journal, rules)
    }

    /// One behind a socket, which ends with its runtime.
    pub async fn signer(&self) -> Remote {
        let path = self.folder.path().join("signer.sock");
        let desk = Arc::new(self.desk(&["machine"]));
        let router = signer::router(desk).layer(Extension(signer::Machine("machine".to_owned())));
        let socket = SocketFile { path: path.clone(), group: None }.bind().unwrap();
        tokio::spawn(async move { serve(socket, router, Default::default(), Default::default()).await });
        Remote(Caller::unix(&path, SOON).unwrap())
    }

    fn rpc(&self) -> Rpc {
        Rpc::new(Client::new(self.proxy.url()).with_priority_fee(PriorityFee::Fixed(0)))
    }

    pub fn machine(&self, signer: Remote) -> Machine {
        self.machine_in(self.folder.path(), self.doors.clone(), signer)
    }

    /// One with a folder and doors of its own.
    pub fn machine_in(&self, folder: &Path, doors: Arc<Memory>, signer: Remote) -> Machine {
        let helper = program("gpu-lease-helper");
        let node = self.proxy.url().trim_start_matches("http://").parse().unwrap();
        let config =
            ProcessConfig { state: folder.join("leases"), helper, grace: Duration::from_millis(500) };
        let limits =
            Limits { millicores: 1_000, memory: 1 << 30, shared_memory: 0, processes: 64, disk: None };
        let served = Served { image: "shell".to_owned(), limits };
        let policy = Policy {
            offers: [(self.offer.address.to_string(), served)].into(),
            allowed: BTreeSet::new(),
            refused: BTreeSet::new(),
            leases_per_renter: 8,
            renters_at_once: 1,
            most_bond_percent: 1_000_000,
            least_notice: 5,
            grace: 3_600,
            leave_after: 3_600,
            images: BTreeSet::new(),
            launch_wait: 0,
            worth_settling: BTreeMap::new(),
            risk_limit: BTreeMap::new(),
            bond_per_renter: BTreeMap::new(),
        };
        Machine::new(Parts {
            cluster: Arc::new(self.rpc()),
            runtime: Arc::new(Processes::new(config, Loopback::of(&[node]).unwrap()).unwrap()),
            signer: Arc::new(signer),
            doors,
            cards: Arc::new(SimulatedCards(self.cards)),
            tester: Arc::new(HelperTester),
            site: Arc::new(SshSite { host: "127.0.0.1".to_owned(), port: 2_222, host_key: [7; 32] }),
            store: Arc::new(Store::open(&folder.join("store")).unwrap()),
            notice: Notice::of(folder),
            policy: Arc::new(policy),
        })
        .unwrap()
    }

    /// The renter opens a lease of two GPUs for a minute.
    pub async fn rent(&self, key: &AccessKey, nonce: u64) -> Address {
        self.rent_as(key, |request| request.nonce = nonce).await
    }

    /// The same, changed.
    pub async fn rent_as(&self, key: &AccessKey, change: impl FnOnce(&mut LeaseRequest)) -> Address {
        self.rent_on(&self.offer, key, change).await
    }

    /// The same on another offer.
    pub async fn rent_on(
        &self,
        offer: &Keyed<Offer>,
        key: &AccessKey,
        change: impl FnOnce(&mut LeaseRequest),
    ) -> Address {
        let renter = &self.net.wallets.renter;
        let now = self.net.now().await.unwrap();
        let mut request = LeaseRequest {
            nonce: 0,
            deposit: offer.terms.min_deposit_ceil(2).unwrap().max(1_000_000),
            start_deadline: now + 600,
            duration: MIN_DURATION,
            gpus: 2,
            max_fee_bps: 100,
            valid_until: now + 60,
            expected_offer: offer.content_hash(),
            arbiter: self.net.wallets.arbiter.pubkey(),
            access_key: key.public(),
            session_key: Address::default(),
        };
        change(&mut request);
        let open = OpenLease::new(renter.pubkey(), offer, self.net.mint.token_program, request);
        self.net.client.send(&[instruction::open_lease(&open)], renter, &[]).await.unwrap();
        open.lease()
    }

    /// What a wallet has, base units.
    pub async fn money(&self, wallet: &Address) -> u64 {
        let account = self.net.token_account(wallet);
        self.net.client.token_balance(&account).await.unwrap().map_or(0, |balance| balance.amount)
    }
}

/// The machine's clock, which can be moved forward.
#[derive(Clone, Default)]
pub struct Clock(Arc<AtomicU64>);

impl Clock {
    /// Milliseconds since the machine was booted.
    pub fn at(&self) -> u64 {
        static BOOT: LazyLock<Instant> = LazyLock::new(Instant::now);
        1_000_000 + u64::try_from(BOOT.elapsed().as_millis()).unwrap() + self.0.load(SeqCst)
    }

    pub fn pass(&self, milliseconds: u64) {
        self.0.fetch_add(milliseconds, SeqCst);
    }
}

/// The name of the machine's boot.
pub const BOOT: &str = "this boot";

/// An agent's loops, until this is dropped.
pub struct Running(Vec<tokio::task::JoinHandle<()>>, pub Arc<Machine>);

impl Running {
    pub fn new(machine: Machine) -> Self {
        Self::by(&Clock::default(), machine)
    }

    pub fn by(clock: &Clock, machine: Machine) -> Self {
        let machine = Arc::new(machine);
        let (planned, metered, ticked) = (machine.clone(), machine.clone(), machine.clone());
        let (planning, metering, ticking) = (clock.clone(), clock.clone(), clock.clone());
        let mut changes = machine.changes();
        let plan = tokio::spawn(async move {
            loop {
                planned.round(planning.at()).await;
                timeout(Duration::from_millis(500), changes.changed()).await.ok();
            }
        });
        let meter = tokio::spawn(async move {
            loop {
                metered.sample(BOOT, metering.at()).await.unwrap();
                sleep(Duration::from_millis(1_000)).await;
            }
        });
        let mut changes = machine.changes();
        let clock = tokio::spawn(async move {
            loop {
                ticked.sample(BOOT, ticking.at()).await.unwrap();
                ticked.tick(BOOT, || ticking.at()).await.unwrap();
                timeout(Duration::from_millis(1_000), changes.changed()).await.ok();
            }
        });
        Self(vec![plan, meter, clock], machine)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.iter().for_each(tokio::task::JoinHandle::abort);
    }
}

/// Waits until something is so.
pub async fn until<F: Future<Output = bool>>(what: &str, within: Duration, mut is_so: impl FnMut() -> F) {
    let since = Instant::now();
    while !is_so().await {
        assert!(since.elapsed() < within, "{what} took longer than {within:?}");
        sleep(Duration::from_millis(100)).await;
    }
}

/// A lease, if it is there.
pub async fn lease(place: &Place, lease: &Address) -> Option<gpu_lease_client::account::LeaseContext> {
    match place.net.client.lease(lease).await {
        Ok(lease) => Some(lease),
        Err(Error::NotFound { .. }) => None,
        Err(error) => panic!("{error}"),
    }
}

/// What a command says that is run as the user of a lease.
pub async fn say(pass: &Pass, command: &str) -> String {
    say_to(&pass.socket, command).await
}

/// The same by the lease's helper.
pub async fn say_to(helper: &Path, command: &str) -> String {
    use futures_util::StreamExt;
    let request = Request::Exec { command: command.to_owned(), pty: None, env: BTreeMap::new() };
    let mut channel = gpu_lease_helper::connect(helper, request, SOON).await.unwrap();
    // One that needs no input may have ended by now.
    futures_util::SinkExt::send(&mut channel, ToHelper::Eof).await.ok();
    let mut said = Vec::new();
    while let Some(frame) = channel.next().await {
        match frame {
            Ok(FromHelper::Data(bytes)) => said.extend_from_slice(&bytes),
            // A command can end the helper, too.
            Ok(FromHelper::Exit(_)) | Err(_) => break,
            Ok(_) => {}
        }
    }
    String::from_utf8(said).unwrap()
}
