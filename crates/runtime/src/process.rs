//! Leases as processes of the same user, without walls: for a market on one's own machine that has no container engine.
//!
//! A life has one helper, in a session of its own that outlives the agent, and a folder as its workspace. Images are not
//! used, cards are names in a variable, and nothing is limited.

mod table;

use std::fs;
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use async_trait::async_trait;
use nix::sys::signal::Signal;
use tokio::process::Command;
use tokio::time::{Instant, sleep};

use crate::error::{Error, Result, refused, silent};
use crate::folder;
use crate::lease::{Instance, Life, Spec, Usage, check_image};
use crate::record::{Record, Records};
use crate::runtime::{Capabilities, Runtime};
use table::Process;

/// Shows that the cluster is on this machine. Whoever rents there may run anything as this user, so on a public cluster
/// that would be anybody.
pub struct Loopback(());

impl Loopback {
    /// From all addresses that the URL of the cluster's node resolves to. Whether the genesis is that of a public cluster,
    /// which a tunnel could bring here, is for the caller to check.
    pub fn of(node: &[SocketAddr]) -> Result<Self> {
        match node.iter().find(|address| !address.ip().is_loopback()) {
            None if node.is_empty() => {
                refused("the address of the cluster's node is not known: give one on this machine")
            }
            None => Ok(Self(())),
            Some(address) => refused(format!(
                "leases run without a container only on a cluster of this machine, and {address} is another: install \
                 Docker, or use a local cluster"
            )),
        }
    }
}

/// Where leases are.
#[derive(Clone, Debug)]
pub struct ProcessConfig {
    /// The folder of records, workspaces and sockets.
    pub state: PathBuf,
    /// The helper's binary.
    pub helper: PathBuf,
    /// How long a lease's processes have to end by themselves.
    pub grace: Duration,
}

/// Variable that all processes of a life have, by which those are found that left the helper: its folder.
const MARK: &str = "GPU_LEASE_RUN";
/// Variable with the cards.
const CARDS: &str = "NVIDIA_VISIBLE_DEVICES";
/// How often it is looked whether something has ended.
const LOOK: Duration = Duration::from_millis(20);

/// Leases as processes.
pub struct Processes {
    config: ProcessConfig,
    records: Records,
}

impl Processes {
    /// Prepares the folder. Only for a cluster on this machine.
    pub fn new(config: ProcessConfig, _: Loopback) -> Result<Self> {
        if !config.helper.is_file() {
            return refused(format!(
                "there is no helper at {}: give the path of gpu-lease-helper",
                config.helper.display()
            ));
        }
        folder::check_path(&config.state)?;
        let records = Records::open(&config.state)?;
        for name in ["run", "workspaces"] {
            folder::make_private(&config.state.join(name))?;
        }
        let processes = Self { config, records };
        folder::check_socket(&processes.socket(&Life { lease: String::new(), opened_slot: 0 }))?;
        Ok(processes)
    }

    /// What this can do: to run, and no more.
    pub fn capabilities(&self) -> Capabilities {
        let nothing = |what: &str| Err(format!("{what}: install Docker for that"));
        Capabilities {
            engine: "processes of the same user".into(),
            cards: nothing("cards are simulated"),
            limits: nothing("processor, memory and processes are not limited"),
            disk: nothing("the disk is not limited"),
            firewall: nothing("a lease reaches whatever this user reaches"),
            restart: Ok(()),
            users: nothing("a lease may do whatever this user may"),
        }
    }

    fn run(&self, life: &Life) -> PathBuf {
        self.config.state.join("run").join(life.short())
    }

    fn workspace(&self, life: &Life) -> Result<PathBuf> {
        Ok(self.config.state.join("workspaces").join(life.name()?))
    }

    /// File that names the helper's process.
    fn pid(&self, life: &Life) -> PathBuf {
        self.run(life).join("pid.json")
    }

    /// The helper, if it runs.
    fn helper(&self, life: &Life) -> Result<Option<Process>> {
        let path = self.pid(life);
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(silent(path.display())(error)),
        };
        // A file that a crash left half names nobody: what it was about is found by its mark.
        let process = serde_json::from_slice::<Process>(&bytes).ok();
        Ok(process.filter(Process::is_alive))
    }

    /// All processes of a life, the helper first if it runs.
    fn all(&self, life: &Life) -> Result<Vec<Process>> {
        let mut all: Vec<_> = self.helper(life)?.into_iter().collect();
        for found in
            table::marked(&format!("{MARK}={}", self.run(life).display())).map_err(silent("/proc"))?
        {
            if !all.contains(&found) {
                all.push(found);
            }
        }
        Ok(all)
    }

    /// Waits until no process of a life is left.
    async fn ended(&self, life: &Life, patience: Duration) -> Result<bool> {
        let until = Instant::now() + patience;
        while !self.all(life)?.is_empty() {
            if Instant::now() >= until {
                return Ok(false);
            }
            sleep(LOOK).await;
        }
        Ok(true)
    }

    fn spec(&self, life: &Life) -> Result<Spec> {
        match self.records.of(life)?.and_then(|record| record.spec) {
            Some(spec) => Ok(spec),
            None => refused(format!("{} was not created on this machine: create it first", life.name()?)),
        }
    }
}

#[async_trait]
impl Runtime for Processes {
    async fn list(&self) -> Result<Vec<Instance>> {
        let mut instances = Vec::new();
        for Record { life, spec } in self.records.all()? {
            if let Some(spec) = spec {
                let is_running = self.helper(&life)?.is_some();
                instances.push(Instance { life, spec, is_running });
            }
        }
        Ok(instances)
    }

    async fn pull(&self, image: &str) -> Result<()> {
        check_image(image)
    }

    async fn create(&self, life: &Life, spec: &Spec) -> Result<()> {
        spec.check()?;
        let known = self.records.of(life)?.and_then(|record| record.spec);
        if known.as_ref().is_some_and(|known| known != spec) {
            self.stop(life).await?;
        }
        if known.as_ref() != Some(spec) {
            self.records.write(&Record { life: life.clone(), spec: Some(spec.clone()) })?;
        }
        folder::make_private(&self.workspace(life)?)?;
        folder::make_private(&self.run(life))
    }

    async fn start(&self, life: &Life) -> Result<()> {
        let (name, spec) = (life.name()?, self.spec(life)?);
        if self.helper(life)?.is_some() {
            return Ok(());
        }
        // What is left of a helper that was killed would be in the way of the next.
        self.stop(life).await?;
        let (workspace, run) = (self.workspace(life)?, self.run(life));
        folder::make_private(&workspace)?;
        folder::make_private(&run)?;
        let mut command = Command::new(&self.config.helper);
        command.arg("--socket").arg(self.socket(life)).arg("--workspace").arg(&workspace).arg("--keep-env");
        command.current_dir(&workspace).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        // Nothing of the agent's environment: it may have keys.
        command.env_clear().env("PATH", "/usr/local/bin:/usr/bin:/bin").env("HOME", &workspace);
        command.envs(&spec.env).env(MARK, &run).env(CARDS, spec.cards.join(","));
        // SAFETY: setsid is safe to call between fork and exec, and nothing is allocated.
        unsafe {
            command.pre_exec(|| {
                nix::unistd::setsid()?;
                Ok(())
            });
        }
        // The agent's runtime waits for it once it has ended; it is not killed with the handle.
        let child = command.spawn().map_err(|error| {
            Error::Refused(format!("the helper {} cannot be started: {error}", self.config.helper.display()))
        })?;
        let Some(process) = child.id().and_then(Process::of) else {
            return refused(format!("the helper of {name} ended at once: see that it can run here"));
        };
        let written = serde_json::to_vec(&process).map_err(std::io::Error::from);
        written
            .and_then(|bytes| fs::write(self.pid(life), bytes))
            .map_err(silent(self.pid(life).display()))?;
        tracing::info!(name, pid = process.pid, "started");
        Ok(())
    }

    async fn stop(&self, life: &Life) -> Result<()> {
        if let Some(helper) = self.helper(life)? {
            helper.signal(Signal::SIGTERM);
            let until = Instant::now() + self.config.grace;
            while helper.is_alive() && Instant::now() < until {
                sleep(LOOK).await;
            }
        }
        // Each of those may have started others meanwhile.
        for _ in 0..50 {
            for process in self.all(life)? {
                process.signal(Signal::SIGKILL);
            }
            if self.ended(life, LOOK * 5).await? {
                return Ok(());
            }
        }
        Err(Error::Silent(format!("processes of {} do not end", life.name()?)))
    }

    async fn remove(&self, life: &Life) -> Result<()> {
        if self.records.of(life)?.is_none() {
            return Ok(());
        }
        self.stop(life).await?;
        folder::remove(&self.run(life))?;
        if self.workspace(life)?.exists() {
            self.records.write(&Record { life: life.clone(), spec: None })
        } else {
            self.records.remove(life)
        }
    }

    async fn wipe(&self, life: &Life) -> Result<()> {
        let Some(record) = self.records.of(life)? else { return Ok(()) };
        if record.spec.is_some() {
            return refused(format!("{} is still there: remove it first", life.name()?));
        }
        folder::remove(&self.workspace(life)?)?;
        self.records.remove(life)
    }

    async fn workspaces(&self) -> Result<Vec<Life>> {
        let mut lives = Vec::new();
        for Record { life, .. } in self.records.all()? {
            if self.workspace(&life)?.exists() {
                lives.push(life);
            }
        }
        Ok(lives)
    }

    async fn usage(&self, life: &Life) -> Result<Usage> {
        self.spec(life)?;
        let mut usage = Usage::default();
        for process in self.all(life)? {
            if let Some(used) = process.used() {
                usage.processor = usage.processor.saturating_add(used.processor);
                usage.memory = usage.memory.saturating_add(used.memory);
                usage.processes = usage.processes.saturating_add(used.processes);
            }
        }
        Ok(usage)
    }

    fn socket(&self, life: &Life) -> PathBuf {
        self.run(life).join("helper.sock")
    }
}
