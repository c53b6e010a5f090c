//! A market, and machines in it.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind, panic_any};
use std::path::PathBuf;
use std::sync::atomic::{AtomicI64, Ordering::SeqCst};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use async_trait::async_trait;
use futures_util::FutureExt;
use gpu_lease_agent::api;
use gpu_lease_agent::cluster::Cluster as AgentsCluster;
use gpu_lease_agent::machine::{Cards, Doors, Machine, Parts, Pass, Site, Tester};
use gpu_lease_agent::maintenance::Notice;
use gpu_lease_agent::meter::CardReading;
use gpu_lease_agent::plan::{Access, Door, OnChain, Policy, Served};
use gpu_lease_agent::signer::{Budget, Desk, Keys, Local, Rules};
use gpu_lease_agent::store::Store;
use gpu_lease_client::account::LeaseContext;
use gpu_lease_client::rpc::PartlySigned;
use gpu_lease_client::transaction::Format;
use gpu_lease_client::{Error, decode};
use gpu_lease_gateway::Role;
use gpu_lease_helper::Alive;
use gpu_lease_runtime::{Instance, Life, Limits, Runtime, Spec, Usage};
use gpu_lease_tests::prelude::*;
use serde_json::Value;
use tempfile::TempDir;

/// Seconds for which a workspace is kept.
pub const GRACE: u32 = 24 * 3_600;

/// Ends the process, as SIGKILL does, after so many touches of the world outside.
#[derive(Default)]
pub struct Fuse(AtomicI64);

/// What a process dies of.
pub struct Killed;

impl Fuse {
    const LONG: i64 = i64::MAX / 2;

    pub fn set(&self, touches: i64) {
        self.0.store(touches, SeqCst);
    }

    /// How many touches there have been, if it was never set.
    pub fn burned(&self) -> i64 {
        Self::LONG - self.0.load(SeqCst)
    }

    fn burn(&self) {
        if self.0.fetch_sub(1, SeqCst) == 1 {
            panic_any(Killed);
        }
    }

    /// Does something outside, and may die before or after.
    fn through<T>(&self, touch: impl FnOnce() -> T) -> T {
        self.burn();
        let result = touch();
        self.burn();
        result
    }
}

/// What somebody does on chain.
pub type Act = Box<dyn FnOnce(&mut World) + Send>;

/// What goes on when a process dies.
#[derive(Default)]
pub struct Outside {
    pub instances: BTreeMap<Life, Instance>,
    pub workspaces: BTreeSet<Life>,
    pub doors: BTreeMap<Life, Pass>,
    pub cards: BTreeMap<String, CardReading>,
    pub wiped: Vec<String>,
    pub is_engine_down: bool,
    /// Images that there are nowhere.
    pub missing_images: BTreeSet<String>,
    pub is_node_down: bool,
    /// The node leaves leases out of its lists, and does not find them.
    pub is_node_lying: bool,
    /// The machine has no network.
    pub is_offline: bool,
    /// The gateway lets nobody in.
    pub is_gateway_down: bool,
    /// Leases that were opened.
    pub leases: Vec<Address>,
    /// What lands in front of the next transaction.
    pub in_front: Option<Act>,
    /// What was sent.
    pub sent: Vec<Instruction>,
    /// What leases came to that were closed.
    pub closed: Vec<LeaseClosed>,
}

/// The chain as the node shows it, the engine, the doors and the cards.
#[derive(Clone)]
pub struct Town {
    pub world: Arc<Mutex<World>>,
    pub outside: Arc<Mutex<Outside>>,
    pub fuse: Arc<Fuse>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

impl Town {
    pub fn new(change: impl FnOnce(&mut Terms)) -> Self {
        let mut world = World::with_terms(|terms| {
            terms.min_duration = MIN_DURATION;
            change(terms);
        });
        world.pay_bond_in(500_000_000);
        let fuse = Fuse::default();
        fuse.set(Fuse::LONG);
        let outside = Outside {
            cards: (0..8).map(|card| (format!("GPU-{card}"), CardReading::SOUND)).collect(),
            ..Outside::default()
        };
        Self {
            world: Arc::new(Mutex::new(world)),
            outside: Arc::new(Mutex::new(outside)),
            fuse: Arc::new(fuse),
        }
    }

    /// The same market, seen from another machine.
    pub fn elsewhere(&self) -> Self {
        let cards = (0..8).map(|card| (format!("GPU-other-{card}"), CardReading::SOUND)).collect();
        let outside = Outside { cards, ..Outside::default() };
        Self { outside: Arc::new(Mutex::new(outside)), ..self.clone() }
    }

    pub fn world(&self) -> MutexGuard<'_, World> {
        lock(&self.world)
    }

    pub fn outside(&self) -> MutexGuard<'_, Outside> {
        lock(&self.outside)
    }

    /// A renter opens a lease.
    pub fn open(&self, change: impl FnOnce(&mut LeaseRequest)) -> LeaseKey {
        let access_key = gpu_lease_client::access::AccessKey::generate().public();
        let lease = self.world().pending_lease_as(|request| {
            request.access_key = access_key;
            change(request);
        });
        self.outside().leases.push(lease.address);
        lease
    }

    /// How many doors let somebody in.
    pub fn open_doors(&self) -> usize {
        self.outside().doors.values().filter(|pass| pass.door.access != Access::Shut).count()
    }

    /// Whether a container runs.
    pub fn is_running(&self, life: &Life) -> bool {
        self.outside().instances.get(life).is_some_and(|instance| instance.is_running)
    }

    /// Units that have landed for a lease.
    pub fn units(&self, lease: &LeaseKey) -> u64 {
        self.world().lease(lease).meter.latest.units
    }

    /// A signer with the provider's keys.
    pub fn desk(&self, journal: Store, rules: Rules) -> Desk<Self> {
        Desk::new(self.clone(), self.keys(), journal, rules)
    }

    /// The hot keys of its provider.
    pub fn keys(&self) -> Keys {
        let people = &self.world().people;
        Keys {
            operator: Box::new(people.operator.insecure_clone()),
            attestor: Box::new(people.attestor.insecure_clone()),
        }
    }

    /// What machines serve in it.
    pub fn offers(&self) -> BTreeSet<String> {
        [self.world().offer.to_string()].into()
    }

    fn node(&self) -> gpu_lease_client::Result<()> {
        match self.outside().is_node_down {
            true => Err(Error::input("the node does not answer", "wait")),
            false => Ok(()),
        }
    }

    fn engine(&self) -> gpu_lease_runtime::Result<()> {
        match self.outside().is_engine_down {
            true => Err(gpu_lease_runtime::Error::Silent("no such socket".to_owned())),
            false => Ok(()),
        }
    }
}

#[async_trait]
impl AgentsCluster for Town {
    async fn now(&self) -> gpu_lease_client::Result<i64> {
        self.node()?;
        Ok(self.world().now())
    }

    async fn leases_on(&self, offer: &Address) -> gpu_lease_client::Result<Vec<LeaseContext>> {
        self.node()?;
        if self.outside().is_node_lying {
            return Ok(Vec::new());
        }
        let leases = self.outside().leases.clone();
        let world = self.world();
        let there = leases.into_iter().filter(|lease| world.exists(lease)).map(|lease| world.context(lease));
        Ok(there.filter(|lease| lease.offer == *offer).collect())
    }

    async fn lease(&self, life: &Life) -> gpu_lease_client::Result<OnChain> {
        self.node()?;
        if self.outside().is_node_lying {
            return Err(Error::input("neither the lease nor its end was found", "wait"));
        }
        let address: Address = life.lease.parse().expect("an address");
        let world = self.world();
        if !world.exists(&address) {
            return Ok(OnChain::Gone);
        }
        let lease = world.context(address);
        match lease.opened_slot == life.opened_slot {
            true => Ok(OnChain::There(Box::new(lease))),
            false => Ok(OnChain::Gone),
        }
    }

    async fn balance(&self, token_account: &Address) -> gpu_lease_client::Result<u64> {
        self.node()?;
        Ok(self.world().balance(token_account))
    }

    async fn format(&self) -> gpu_lease_client::Result<Format<'static>> {
        Ok(Format::V1)
    }

    async fn send(
        &self,
        instructions: &[Instruction],
        _: &(dyn Signer + Sync),
        _: &[&(dyn Signer + Sync)],
    ) -> gpu_lease_client::Result<Option<u64>> {
        let operator = self.world().people.operator.insecure_clone();
        self.deliver(instructions, |world| world.send(instructions, &[&operator]))
    }

    async fn land(&self, transaction: PartlySigned) -> gpu_lease_client::Result<()> {
        transaction.require_complete()?;
        transaction.require_genuine()?;
        let operator = self.world().people.operator.insecure_clone();
        assert_ne!(transaction.payer(), operator.pubkey());
        let instructions = transaction.instructions()?;
        self.deliver(&instructions, |world| world.play(&instructions)).map(drop)
    }
}

impl Town {
    /// Sends a transaction: what it cost the operator.
    fn deliver(
        &self,
        instructions: &[Instruction],
        send: impl FnOnce(&mut World) -> Outcome,
    ) -> gpu_lease_client::Result<Option<u64>> {
        self.node()?;
        self.fuse.through(|| {
            if let Some(act) = self.outside().in_front.take() {
                act(&mut self.world());
            }
            let mut world = self.world();
            let operator = world.people.operator.pubkey();
            let before = world.lamports(&operator);
            let receipt = match send(&mut world).0 {
                Ok(receipt) => receipt,
                Err(refusal) => return Err(Error::input(refusal.to_string(), "look again")),
            };
            let fee = before - world.lamports(&operator);
            self.outside().sent.extend_from_slice(instructions);
            for event in decode::events(&receipt.logs) {
                if let Event::LeaseClosed(closed) = event {
                    self.outside().closed.push(closed);
                }
            }
            Ok(Some(fee))
        })
    }
}

#[async_trait]
impl Runtime for Town {
    async fn list(&self) -> gpu_lease_runtime::Result<Vec<Instance>> {
        self.engine()?;
        Ok(self.outside().instances.values().cloned().collect())
    }

    async fn pull(&self, image: &str) -> gpu_lease_runtime::Result<()> {
        self.engine()?;
        match self.outside().missing_images.contains(image) {
            true => Err(gpu_lease_runtime::Error::Refused("no such\u{1b}[2J image".to_owned())),
            false => Ok(()),
        }
    }

    async fn create(&self, life: &Life, spec: &Spec) -> gpu_lease_runtime::Result<()> {
        self.engine()?;
        self.fuse.through(|| {
            let mut outside = self.outside();
            outside.workspaces.insert(life.clone());
            let instance = Instance { life: life.clone(), spec: spec.clone(), is_running: false };
            outside.instances.insert(life.clone(), instance);
        });
        Ok(())
    }

    async fn start(&self, life: &Life) -> gpu_lease_runtime::Result<()> {
        self.running(life, true)
    }

    async fn stop(&self, life: &Life) -> gpu_lease_runtime::Result<()> {
        self.running(life, false)
    }

    async fn remove(&self, life: &Life) -> gpu_lease_runtime::Result<()> {
        self.engine()?;
        self.fuse.through(|| _ = self.outside().instances.remove(life));
        Ok(())
    }

    async fn wipe(&self, life: &Life) -> gpu_lease_runtime::Result<()> {
        self.engine()?;
        self.fuse.through(|| _ = self.outside().workspaces.remove(life));
        Ok(())
    }

    async fn workspaces(&self) -> gpu_lease_runtime::Result<Vec<Life>> {
        self.engine()?;
        Ok(self.outside().workspaces.iter().cloned().collect())
    }

    async fn usage(&self, _: &Life) -> gpu_lease_runtime::Result<Usage> {
        Ok(Usage::default())
    }

    fn socket(&self, life: &Life) -> PathBuf {
        PathBuf::from(&life.lease)
    }
}

impl Town {
    fn running(&self, life: &Life, runs: bool) -> gpu_lease_runtime::Result<()> {
        self.engine()?;
        self.fuse.through(|| match self.outside().instances.get_mut(life) {
            Some(instance) => {
                instance.is_running = runs;
                Ok(())
            }
            None => Err(gpu_lease_runtime::Error::Refused("there is none".to_owned())),
        })
    }
}

impl Doors for Town {
    fn all(&self) -> io::Result<BTreeMap<Life, Door>> {
        let door = |(life, pass): (&Life, &Pass)| (life.clone(), pass.door.clone());
        Ok(self.outside().doors.iter().map(door).collect())
    }

    fn set(&self, life: &Life, pass: &Pass) -> io::Result<()> {
        self.fuse.through(|| _ = self.outside().doors.insert(life.clone(), pass.clone()));
        Ok(())
    }

    fn remove(&self, life: &Life) -> io::Result<()> {
        self.fuse.through(|| _ = self.outside().doors.remove(life));
        Ok(())
    }

    fn is_accepting(&self) -> bool {
        !self.outside().is_gateway_down
    }
}

#[async_trait]
impl Cards for Town {
    async fn read(&self) -> BTreeMap<String, CardReading> {
        self.outside().cards.clone()
    }

    async fn wipe(&self, card: &str) -> Result<(), String> {
        self.fuse.through(|| {
            let mut outside = self.outside();
            let is_used =
                outside.instances.values().any(|it| it.is_running && it.spec.cards.iter().any(|c| c == card));
            assert!(!is_used, "{card} is wiped under a tenant");
            outside.wiped.push(card.to_owned());
        });
        Ok(())
    }
}

/// The answer of a machine to its renter about `life`.
pub fn answer(machine: &Machine, life: &Life, line: &[u8]) -> Value {
    answer_to(Role::User, machine, life, line)
}

/// To somebody who may use its API.
pub fn answer_to(role: Role, machine: &Machine, life: &Life, line: &[u8]) -> Value {
    let answer = api::answer(machine, life, role, line).now_or_never().expect("nothing here takes time");
    serde_json::to_value(answer).expect("it is JSON")
}

#[async_trait]
impl Tester for Town {
    async fn test(&self, life: &Life, _: PathBuf) -> Result<(), String> {
        match self.fuse.through(|| self.outside().instances.get(life).is_some_and(|it| it.is_running)) {
            true => Ok(()),
            false => Err("nothing listens".to_owned()),
        }
    }

    async fn probe(&self, life: &Life, _: PathBuf) -> Result<Alive, String> {
        let is_running = self.outside().instances.get(life).is_some_and(|it| it.is_running);
        let alive = Alive { version: "0.1.0".to_owned(), uptime: Duration::from_secs(90) };
        is_running.then_some(alive).ok_or_else(|| "nothing listens".to_owned())
    }
}

impl Site for Town {
    fn user_key(&self, seed: &[u8; 32]) -> Result<String, String> {
        Ok(format!("{seed:?}"))
    }

    fn credentials(&self, _: Option<&[u8; 32]>) -> Result<Vec<u8>, String> {
        Ok(b"ssh -p 2222 lease@203.0.113.7".to_vec())
    }

    fn is_online(&self) -> bool {
        !self.outside().is_offline
    }
}

/// A machine's process, which can die.
pub struct Process {
    pub name: &'static str,
    pub town: Town,
    offer: Address,
    /// The signer that it shares with others; one of its own, if it shares none.
    pub desk: Option<Arc<Desk<Town>>>,
    machine: Option<Machine>,
    folder: TempDir,
    runtime: tokio::runtime::Runtime,
    /// Milliseconds since the machine was booted.
    pub at: u64,
    pub boot: String,
    pub has_died: bool,
    pub policy: Policy,
    /// Machines that the signer knows.
    pub served_by: Vec<&'static str>,
    /// What the signer may spend.
    pub budget: Budget,
}

impl Process {
    pub fn new(town: &Town) -> Self {
        Self::named("machine", town)
    }

    pub fn named(name: &'static str, town: &Town) -> Self {
        let offer = town.world().offer;
        Self::serving(name, town, offer)
    }

    pub fn serving(name: &'static str, town: &Town, offer: Address) -> Self {
        let limits =
            Limits { millicores: 1_000, memory: 1 << 30, shared_memory: 1 << 26, processes: 100, disk: None };
        let served = Served { image: "image".to_owned(), limits };
        let policy = Policy {
            offers: [(offer.to_string(), served)].into(),
            allowed: BTreeSet::new(),
            refused: BTreeSet::new(),
            leases_per_renter: 8,
            renters_at_once: 1,
            most_bond_percent: 100,
            least_notice: 5,
            grace: GRACE,
            leave_after: 3_600,
            images: BTreeSet::new(),
            launch_wait: 0,
            worth_settling: BTreeMap::new(),
            risk_limit: BTreeMap::new(),
            bond_per_renter: BTreeMap::new(),
        };
        Self {
            name,
            town: town.clone(),
            offer,
            desk: None,
            machine: None,
            folder: tempfile::tempdir().expect("a folder"),
            runtime: tokio::runtime::Builder::new_current_thread().build().expect("a runtime"),
            at: 1_000_000,
            boot: "first".to_owned(),
            has_died: false,
            policy,
            served_by: vec![name],
            budget: Budget::default(),
        }
    }

    /// What the provider announces.
    pub fn notice(&self) -> Notice {
        Notice::of(self.folder.path())
    }

    pub fn parts(&self) -> Parts {
        let open = |name| Arc::new(Store::open(&self.folder.path().join(name)).expect("a store"));
        let town = Arc::new(self.town.clone());
        let own_desk = || {
            let journal = Store::open(&self.folder.path().join("journal")).expect("a journal");
            let offers: BTreeSet<String> = [self.offer.to_string()].into();
            let machines = self.served_by.iter().map(|name| ((*name).to_owned(), offers.clone())).collect();
            let rules = Rules { machines, budget: self.budget.clone(), ..Rules::default() };
            Arc::new(self.town.desk(journal, rules))
        };
        let desk = self.desk.clone().unwrap_or_else(own_desk);
        Parts {
            cluster: town.clone(),
            runtime: town.clone(),
            signer: Arc::new(Local { desk, machine: self.name.to_owned() }),
            doors: town.clone(),
            cards: town.clone(),
            tester: town.clone(),
            site: town,
            store: open("store"),
            notice: self.notice(),
            policy: Arc::new(self.policy.clone()),
        }
    }

    /// The machine; started if it does not run.
    pub fn machine(&mut self) -> &Machine {
        if self.machine.is_none() {
            self.machine = Some(Machine::new(self.parts()).expect("its store can be read"));
        }
        self.machine.as_ref().expect("it runs")
    }

    /// Ends the process, as SIGKILL does.
    pub fn kill(&mut self) {
        self.machine = None;
        // What was in the middle of something is in the middle of nothing now.
        self.runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    }

    /// Looks, decides and acts once. It may die of it.
    pub fn round(&mut self) {
        let at = self.at;
        self.attempt(async |machine| {
            machine.round(at).await;
            machine.rest().await;
        });
    }

    /// Samples once.
    pub fn sample(&mut self) {
        let (at, boot) = (self.at, self.boot.clone());
        self.attempt(async |machine| {
            machine.sample(&boot, at).await.expect("it is kept");
            machine.tick(&boot, || at).await.expect("it is kept");
        });
    }

    fn attempt(&mut self, act: impl AsyncFnOnce(&Machine)) {
        self.machine();
        let machine = self.machine.take().expect("it runs");
        let result = catch_unwind(AssertUnwindSafe(|| self.runtime.block_on(act(&machine))));
        match result {
            Ok(()) => self.machine = Some(machine),
            Err(death) if death.is::<Killed>() => {
                drop(machine);
                self.has_died = true;
                self.kill();
            }
            Err(death) => std::panic::resume_unwind(death),
        }
    }

    /// A second passes, in which it samples and does what is to be done.
    pub fn second(&mut self) {
        self.town.world().pass(1);
        self.at += 1_000;
        self.sample();
        self.round();
    }

    pub fn seconds(&mut self, count: u32) {
        (0..count).for_each(|_| self.second());
    }

    /// Time passes without it.
    pub fn skip(&mut self, seconds: u32) {
        self.town.world().pass(seconds.into());
        self.at += 1_000 * u64::from(seconds);
    }

    /// Nothing of any lease is left.
    #[track_caller]
    pub fn assert_clean(&mut self) {
        let book = self.machine().notebook().book();
        assert_eq!(book, Default::default());
        let outside = self.town.outside();
        assert_eq!(outside.instances, BTreeMap::new());
        assert_eq!(outside.workspaces, BTreeSet::new());
        assert_eq!(outside.doors, BTreeMap::new());
    }
}
