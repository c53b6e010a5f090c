//! One machine: looks, decides, acts, and looks again.

mod act;
mod archive;
mod grow;
mod notebook;
mod observe;
mod parts;
mod probe;

pub use grow::GrowError;
pub use notebook::{Notebook, SealError};
pub use parts::{Cards, Doors, Model, Parts, Pass, Site, Tester, Wiped};
pub use probe::{Probed, ProbedCard};

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use anyhow::Context;
use gpu_lease_client::evidence::SignedStatement;
use gpu_lease_client::state::LeaseState;
use gpu_lease_runtime::Life;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::maintenance::Maintenance;
use crate::meter::Record;
use crate::plan::{Door, Entry, Launch, NotLaunched, Observed, OnChain, Plan, plan};
use crate::store::StoreError;

/// Milliseconds until something that failed is tried again for the first time; twice as long each time after.
const FIRST_PAUSE: u64 = 1_000;

/// And at most.
const LONGEST_PAUSE: u64 = 60_000;

/// What is done about a lease at a time: one step on the machine, and one by the signer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Lane {
    Machine,
    Signer,
}

/// Of what has failed: how often, and when it is tried again, milliseconds since the machine was booted.
#[derive(Clone, Debug, Default)]
struct Failures {
    count: u32,
    again_at: u64,
    why: String,
}

/// How often something was done, and how often it failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Attempts {
    /// Done.
    pub done: u64,
    /// Failed: it was tried again later, or will be.
    pub failed: u64,
}

/// When something was last heard of the world outside.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Heard {
    /// All was looked at, and whoever answered has answered.
    pub observed: Option<SystemTime>,
    /// The cluster told its time.
    pub clock: Option<SystemTime>,
}

/// Why a lease does not begin with what its renter launches.
#[derive(Debug, thiserror::Error)]
pub enum LaunchError {
    /// It may not be launched.
    #[error(transparent)]
    Refused(#[from] NotLaunched),
    /// It is too late.
    #[error("the lease has started, or is about to")]
    Started,
    /// The machine has nothing of it, or its node does not show it.
    #[error("the lease is not known here")]
    Unknown,
    /// It could not be written down.
    #[error(transparent)]
    Failed(#[from] anyhow::Error),
}

/// What a machine knows of a lease.
#[derive(Clone, Debug)]
pub struct Known {
    /// What was written down.
    pub entry: Entry,
    /// What was delivered, if it has started.
    pub record: Option<Record>,
    /// The newest statement that was signed and landed.
    pub stated: Option<SignedStatement>,
    /// What the chain said last.
    pub chain: Option<OnChain>,
    /// Its door.
    pub door: Option<Door>,
    /// What the provider has announced.
    pub maintenance: Option<Maintenance>,
    /// Why the last step failed that is tried again.
    pub failure: Option<String>,
    /// The cluster's time, unix seconds.
    pub now: Option<i64>,
}

/// A machine that runs leases.
pub struct Machine {
    parts: Parts,
    notebook: Arc<Notebook>,
    tasks: Mutex<JoinSet<()>>,
    busy: Arc<Mutex<BTreeSet<(Life, Lane)>>>,
    failures: Arc<Mutex<BTreeMap<(Life, Lane), Failures>>>,
    newest: Mutex<(Observed, Plan)>,
    attempts: Arc<Mutex<BTreeMap<&'static str, Attempts>>>,
    heard: Mutex<Heard>,
    /// Leases whose containers were seen to run since the engine was silent.
    seen: Mutex<BTreeSet<Life>>,
    /// Held by whoever gives cards to leases.
    deciding: Mutex<()>,
    changes: Arc<watch::Sender<()>>,
}

impl Machine {
    /// Goes on from what is in its store.
    pub fn new(parts: Parts) -> Result<Self, StoreError> {
        let notebook = Arc::new(Notebook::open(parts.store.clone())?);
        Ok(Self {
            parts,
            notebook,
            tasks: Mutex::default(),
            busy: Arc::default(),
            seen: Mutex::default(),
            failures: Arc::default(),
            newest: Mutex::default(),
            attempts: Arc::default(),
            heard: Mutex::default(),
            deciding: Mutex::default(),
            changes: Arc::default(),
        })
    }

    /// What is written down.
    pub fn notebook(&self) -> &Notebook {
        &self.notebook
    }

    /// What there is to say about a life of a lease, if it was taken on here.
    pub fn known(&self, life: &Life) -> Option<Known> {
        let (entry, record, stated) = self.notebook.of(life)?;
        let newest = lock(&self.newest);
        let observed = &newest.0;
        let (chain, door) = (observed.chain.get(life).cloned(), observed.doors.get(life).cloned());
        let maintenance = observed.maintenance.clone();
        let failure =
            lock(&self.failures).get(&(life.clone(), Lane::Machine)).map(|failed| failed.why.clone());
        Some(Known { entry, record, stated, chain, door, maintenance, failure, now: observed.now })
    }

    /// Whether a lease's container and its cards live now, or why that is not known.
    pub async fn probe(&self, known: &Known) -> Result<Probed, String> {
        probe::probe(&self.parts, &known.entry.life, known.entry.cards.clone()).await
    }

    /// Lets a lease that waits for its start begin with something else.
    pub fn launch(&self, life: &Life, launch: Launch) -> Result<(), LaunchError> {
        let chain = self.known(life).ok_or(LaunchError::Unknown)?.chain;
        let lease = chain.as_ref().and_then(OnChain::lease).ok_or(LaunchError::Unknown)?;
        if lease.state != LeaseState::Pending {
            return Err(LaunchError::Started);
        }
        let launch = launch.checked(&self.parts.policy)?;
        match act::launch(&self.parts, &self.notebook, lease, &launch)? {
            true => {
                // What failed before is another image's.
                lock(&self.failures).remove(&(life.clone(), Lane::Machine));
                self.changes.send_replace(());
                Ok(())
            }
            false => Err(LaunchError::Started),
        }
    }

    /// Lets a running lease grow, as its renter has signed: to how many GPUs.
    pub fn grow(&self, life: &Life, transaction: &str) -> Result<u32, GrowError> {
        let _deciding = lock(&self.deciding);
        let (observed, _) = self.newest();
        let lease = observed.chain.get(life).and_then(OnChain::lease).ok_or(GrowError::Unknown)?;
        let gpus = grow::grow(&self.parts, &self.notebook, lease, &observed, transaction)?;
        self.changes.send_replace(());
        Ok(gpus)
    }

    /// What was observed and planned last.
    pub fn newest(&self) -> (Observed, Plan) {
        lock(&self.newest).clone()
    }

    /// What was done since this process began, by the names of steps and errands.
    pub fn attempts(&self) -> BTreeMap<&'static str, Attempts> {
        lock(&self.attempts).clone()
    }

    /// What was wiped of cards.
    pub fn wiped(&self) -> Wiped {
        self.parts.cards.wiped()
    }

    /// When something was last heard.
    pub fn heard(&self) -> Heard {
        *lock(&self.heard)
    }

    /// Samples what each lease gets. `at` is milliseconds since the boot of this name.
    pub async fn sample(&self, boot: &str, at: u64) -> Result<(), StoreError> {
        let samples = observe::sample(&self.parts, &self.notebook.book(), &self.seen).await;
        self.notebook.sample(boot, at, samples)
    }

    /// Reads the cluster's clock, if the node tells it. `at` says how many milliseconds have passed since the boot of this
    /// name, when the answer is there: it may come late, and nothing else waits for it.
    pub async fn tick(&self, boot: &str, at: impl FnOnce() -> u64) -> Result<(), StoreError> {
        match self.parts.cluster.now().await {
            Ok(cluster) => {
                lock(&self.heard).clock = Some(SystemTime::now());
                self.notebook.tick(boot, at(), cluster)
            }
            Err(_) => Ok(()),
        }
    }

    /// Looks at everything, and begins what there is to do. `at` is milliseconds since the machine was booted.
    pub async fn round(&self, at: u64) {
        let book = self.notebook.book();
        let observed = observe::observe(&self.parts, &book).await;
        lock(&self.heard).observed = Some(SystemTime::now());
        if let Err(error) = self.notebook.follow(&observed) {
            tracing::warn!(%error, "what was sampled is not in the records yet");
        }
        let deciding = lock(&self.deciding);
        let book = self.notebook.book();
        let plan = plan(&observed, &book, &self.parts.policy);
        let told = std::mem::take(&mut lock(&self.newest).1.refusals);
        for (life, refusal) in plan.refusals.iter().filter(|refusal| !told.contains(refusal)) {
            tracing::info!(lease = life.lease, why = %refusal, "not taken on");
        }
        for (life, cards) in &plan.accepted {
            // Its cards are taken before anything else is decided.
            let lease = observed.chain.get(life).and_then(OnChain::lease);
            let accepted = lease.map(|lease| act::accept(&self.parts, &self.notebook, lease, cards.clone()));
            match accepted {
                // There is more to do about it at once.
                Some(Ok(())) => self.changes.send_replace(()),
                Some(Err(error)) => {
                    tracing::warn!(lease = life.lease, error = format!("{error:#}"), "not taken on");
                }
                None => {}
            }
        }
        for (life, cards) in &plan.grown {
            let now = observed.now.context("the cluster tells no time");
            match now.and_then(|now| act::grow(&self.notebook, life, cards.clone(), now)) {
                Ok(()) => self.changes.send_replace(()),
                Err(error) => {
                    tracing::warn!(lease = life.lease, error = format!("{error:#}"), "not grown");
                }
            }
        }
        drop(deciding);
        for (life, step) in plan.steps.iter().cloned() {
            let (parts, notebook) = (self.parts.clone(), self.notebook.clone());
            let (found, now) = (observed.chain.get(&life).cloned(), observed.now);
            let key = (life.clone(), Lane::Machine);
            let name = step.name();
            self.begin(at, key, name, async move {
                let what = format!("{step:?}");
                let lease = found.as_ref().and_then(OnChain::lease);
                (what, act::step(&parts, &notebook, &life, step, lease, now).await)
            });
        }
        for (life, errand) in &plan.errands {
            let (parts, notebook) = (self.parts.clone(), self.notebook.clone());
            let (life, errand) = (life.clone(), errand.clone());
            let (key, name) = ((life.clone(), Lane::Signer), errand.name());
            self.begin(at, key, name, async move {
                (format!("{errand:?}"), act::errand(&parts, &notebook, &life, &errand).await)
            });
        }
        *lock(&self.newest) = (observed, plan);
    }

    /// Begins something, unless it is being done or failed not long ago.
    fn begin(
        &self,
        at: u64,
        key: (Life, Lane),
        name: &'static str,
        work: impl Future<Output = (String, anyhow::Result<()>)> + Send + 'static,
    ) {
        let has_failed = lock(&self.failures).get(&key).is_some_and(|failed| at < failed.again_at);
        if has_failed || !lock(&self.busy).insert(key.clone()) {
            return;
        }
        let (busy, failures, changes) = (self.busy.clone(), self.failures.clone(), self.changes.clone());
        let attempts = self.attempts.clone();
        let mut tasks = lock(&self.tasks);
        // Those that have ended are not kept.
        while let Some(Ok(())) = tasks.try_join_next() {}
        tasks.spawn(async move {
            let (what, result) = work.await;
            {
                let mut attempts = lock(&attempts);
                let counted = attempts.entry(name).or_default();
                match result {
                    Ok(()) => counted.done += 1,
                    Err(_) => counted.failed += 1,
                }
            }
            match result {
                Ok(()) => {
                    tracing::info!(lease = key.0.lease, what, "done");
                    lock(&failures).remove(&key);
                }
                Err(error) => {
                    tracing::warn!(lease = key.0.lease, what, error = format!("{error:#}"), "not done");
                    let mut failures = lock(&failures);
                    let failed = failures.entry(key.clone()).or_default();
                    let pause = FIRST_PAUSE << failed.count.min(6);
                    failed.count += 1;
                    failed.why = format!("{error:#}");
                    failed.again_at = at + pause.min(LONGEST_PAUSE);
                }
            }
            lock(&busy).remove(&key);
            changes.send_replace(());
        });
    }

    /// Tells each time something that was begun has ended: then there may be more to do, and there is something else to
    /// sample.
    pub fn changes(&self) -> watch::Receiver<()> {
        self.changes.subscribe()
    }

    /// Waits until nothing is being done. What panicked goes on panicking here.
    pub async fn rest(&self) {
        let mut tasks = std::mem::take(&mut *lock(&self.tasks));
        while let Some(ended) = tasks.join_next().await {
            if let Err(error) = ended
                && error.is_panic()
            {
                std::panic::resume_unwind(error.into_panic());
            }
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
