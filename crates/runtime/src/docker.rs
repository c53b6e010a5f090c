//! Leases in containers, by the API of the Docker Engine.
//!
//! A life has one container, one network with a bridge of its own, and one volume as its workspace. What is ours is known by
//! a record that this machine wrote before it asked the engine for anything; names and labels have to agree with it.
//!
//! A container never starts by itself, not even with the machine: it is started by [`Runtime::start`], after the firewall.
//! With `"live-restore": true` in the engine's configuration it goes on while the engine is restarted.

mod answer;
mod container;
mod support;

use std::path::PathBuf;
use std::time::Duration;

use async_trait::async_trait;
use bollard::API_DEFAULT_VERSION;
use bollard::models::{ContainerStatsResponse, ContainerSummaryStateEnum, SystemInfo, Volume};
use bollard::query_parameters::{
    CreateContainerOptionsBuilder, CreateImageOptionsBuilder, ListContainersOptionsBuilder,
    ListVolumesOptionsBuilder, RemoveContainerOptionsBuilder, RemoveVolumeOptions, StatsOptionsBuilder,
    StopContainerOptionsBuilder,
};
use futures_util::StreamExt;
use ipnet::Ipv4Net;
use tokio::sync::OnceCell;
use tokio::time::timeout;

use crate::error::{Error, Result, refused};
use crate::firewall::{Firewall, Policy};
use crate::lease::{Instance, Life, Spec, Usage, check_image};
use crate::record::{Record, Records};
use crate::run::Runs;
use crate::runtime::{Capabilities, Runtime};
use crate::{folder, mounts};
use container::{Place, SOCKET};

/// Where the engine is, and what it may use.
#[derive(Clone, Debug)]
pub struct DockerConfig {
    /// The engine's socket.
    pub engine: PathBuf,
    /// The folder of the records, and of the helpers' sockets, which are mounted there: engine and agent have to see the
    /// same mounts.
    pub state: PathBuf,
    /// The group of the gateway, by name or number, which may connect to helpers. It has to get through the folders above
    /// `state`. Without one only the agent's own user may connect.
    pub group: Option<String>,
    /// The helper's binary, which has to be a static one.
    pub helper: PathBuf,
    /// Where the leases' networks come from, each with 16 addresses. No other network may use them.
    pub subnets: Ipv4Net,
    /// What leases may do by network.
    pub policy: Policy,
    /// The program that sets up the firewall; another next to it ends in `-restore`.
    pub iptables: PathBuf,
    /// The same for IPv6.
    pub ip6tables: PathBuf,
    /// Most open files of a process; not more than the engine itself may have.
    pub open_files: u64,
    /// How long the engine may take for an answer.
    pub patience: Duration,
    /// How long fetching an image may take.
    pub fetching: Duration,
    /// How long a lease's processes have to end by themselves.
    pub grace: Duration,
}

impl DockerConfig {
    /// Most open files of a process, if nobody says otherwise.
    pub const OPEN_FILES: u64 = 65_536;

    /// The usual, with this folder and this helper.
    pub fn new(state: PathBuf, helper: PathBuf) -> Self {
        Self {
            engine: "/var/run/docker.sock".into(),
            state,
            group: None,
            helper,
            subnets: Ipv4Net::new_assert(std::net::Ipv4Addr::new(10, 213, 0, 0), 16),
            policy: Policy::default(),
            iptables: "iptables".into(),
            ip6tables: "ip6tables".into(),
            open_files: Self::OPEN_FILES,
            patience: Duration::from_secs(60),
            fetching: Duration::from_secs(30 * 60),
            grace: Duration::from_secs(10),
        }
    }
}

/// Addresses of a lease's network, as the length of their prefix.
const PREFIX: u8 = 28;
/// How many networks are tried before it is said that none is free.
const TRIES: usize = 256;

/// Leases in containers.
pub struct Docker {
    config: DockerConfig,
    records: Records,
    runs: Runs,
    firewall: Firewall,
    engine: OnceCell<bollard::Docker>,
}

impl Docker {
    /// Prepares the folder; the engine need not run yet.
    pub fn new(config: DockerConfig) -> Result<Self> {
        for path in [&config.state, &config.helper, &config.engine] {
            folder::check_path(path)?;
        }
        if !config.helper.is_file() {
            return refused(format!(
                "there is no helper at {}: give the path of gpu-lease-helper",
                config.helper.display()
            ));
        }
        if config.subnets.prefix_len() > PREFIX {
            return refused(format!(
                "{} is too small for a lease's network: give at least a /{PREFIX}",
                config.subnets
            ));
        }
        let firewall =
            Firewall::new(config.policy.clone(), config.iptables.clone(), config.ip6tables.clone())?;
        let records = Records::open(&config.state)?;
        let runs = Runs::open(&config.state, config.group.as_deref())?;
        let docker = Self { config, records, runs, firewall, engine: OnceCell::new() };
        folder::check_socket(&docker.socket(&Life { lease: String::new(), opened_slot: 0 }))?;
        Ok(docker)
    }

    /// What leases may do by network. The agent asserts it when it starts, and from time to time, for those that run.
    pub fn firewall(&self) -> &Firewall {
        &self.firewall
    }

    /// What this engine can do here.
    pub async fn capabilities(&self) -> Result<Capabilities> {
        let info = self.info().await?;
        Ok(Capabilities {
            engine: support::engine(&info),
            cards: support::cards(&info),
            limits: support::limits(&info),
            disk: support::disk(&info, &mounts::read()?),
            firewall: self.firewall.assert().await.map_err(|error| error.to_string()),
            restart: support::restart(&info),
            users: support::users(&info),
        })
    }

    /// The engine, in a version of its API that both know.
    async fn engine(&self) -> Result<&bollard::Docker> {
        let connect = || async {
            let path = self.config.engine.to_string_lossy();
            let engine = bollard::Docker::connect_with_unix(
                &path,
                self.config.patience.as_secs(),
                API_DEFAULT_VERSION,
            );
            answer::said(answer::said(engine)?.negotiate_version().await)
        };
        self.engine.get_or_try_init(connect).await
    }

    async fn info(&self) -> Result<SystemInfo> {
        answer::said(self.engine().await?.info().await)
    }

    /// Whether the engine is well: then what it says is so.
    async fn be_well(&self) -> Result<()> {
        answer::said(self.engine().await?.ping().await).map(|_| ())
    }

    /// What was written down about a life that has a container.
    fn spec(&self, life: &Life) -> Result<Spec> {
        let record = self.records.of(life)?;
        match record.and_then(|record| record.spec) {
            Some(spec) => Ok(spec),
            None => refused(format!("{} was not created on this machine: create it first", life.name()?)),
        }
    }

    /// Whether the container of a life runs. Its record has to agree with it.
    async fn is_running(&self, life: &Life) -> Result<bool> {
        let (name, spec) = (life.name()?, self.spec(life)?);
        let Some(found) = answer::found(self.engine().await?.inspect_container(&name, None).await)? else {
            return refused(format!("there is no container {name}: create it again"));
        };
        let labels = found.config.and_then(|config| config.labels);
        if !container::is_made_with(labels.as_ref(), life, &spec)? {
            return refused(format!("the container {name} is not what was asked for: create it again"));
        }
        Ok(found.state.and_then(|state| state.running) == Some(true))
    }

    async fn make_network(&self, life: &Life) -> Result<()> {
        let engine = self.engine().await?;
        let name = container::network_name(life);
        if let Some(found) = answer::found(engine.inspect_network(&name, None).await)? {
            if container::is_network(&found, life) {
                return Ok(());
            }
            return refused(not_ours("network", &name));
        }
        let Ok(subnets) = self.config.subnets.subnets(PREFIX) else {
            return refused("there are no networks for leases");
        };
        let subnets: Vec<_> = subnets.collect();
        let first =
            life.short().bytes().fold(0_usize, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into()));
        for subnet in subnets.iter().cycle().skip(first % subnets.len()).take(subnets.len().min(TRIES)) {
            match answer::said(engine.create_network(container::network(life, *subnet)).await) {
                Err(Error::Refused(why)) if why.contains("overlaps") => (),
                made => return made.map(|_| ()),
            }
        }
        refused(format!("no network in {} is free: configure another range for leases", self.config.subnets))
    }

    async fn make_workspace(&self, life: &Life, disk: Option<u64>) -> Result<()> {
        match self.workspace(life).await? {
            Some(_) => Ok(()),
            None => {
                let asked = container::workspace(life, disk)?;
                answer::said(self.engine().await?.create_volume(asked).await).map(|_| ())
            }
        }
    }

    /// The volume of a life's name, which has to be labelled as its.
    async fn workspace(&self, life: &Life) -> Result<Option<Volume>> {
        let name = life.name()?;
        let found = answer::found(self.engine().await?.inspect_volume(&name).await)?;
        match found {
            Some(found) if !container::is_labelled(Some(&found.labels), life) => {
                refused(not_ours("volume", &name))
            }
            found => Ok(found),
        }
    }

    /// What the engine says of something that depends on what the renter's image contains. Many an image makes it answer as
    /// if itself had failed. If it is well otherwise, it is refused: a renter must not be able to make an engine look silent.
    async fn about_image(&self, said: std::result::Result<(), bollard::errors::Error>) -> Result<()> {
        let why = match said {
            Err(bollard::errors::Error::DockerResponseServerError { status_code: 500.., message }) => message,
            Err(bollard::errors::Error::DockerResponseServerError { status_code: 304, .. }) => return Ok(()),
            said => return answer::said(said),
        };
        self.be_well().await?;
        refused(format!("the image cannot be run: {why}"))
    }

    async fn remove_container(&self, name: &str) -> Result<()> {
        let options = RemoveContainerOptionsBuilder::default().force(true).v(true).build();
        answer::done(self.engine().await?.remove_container(name, Some(options)).await)
    }

    /// Refuses what this engine cannot give.
    async fn check(&self, spec: &Spec, info: &SystemInfo) -> Result<()> {
        spec.check()?;
        if !spec.cards.is_empty() {
            support::cards(info).map_err(Error::Refused)?;
        }
        if spec.limits.disk.is_some() {
            support::disk(info, &mounts::read()?).map_err(Error::Refused)?;
        }
        let Some(image) = answer::found(self.engine().await?.inspect_image(&spec.image).await)? else {
            return refused(format!("the image {} is not on this machine: pull it first", spec.image));
        };
        let volumes = image.config.and_then(|config| config.volumes).unwrap_or_default();
        if let (Some(_), Some(volume)) =
            (spec.limits.disk, volumes.iter().find(|volume| *volume != container::WORKSPACE))
        {
            return refused(format!(
                "the image {} has a volume at {volume}, which would not be limited: use an image without one",
                spec.image
            ));
        }
        Ok(())
    }
}

#[async_trait]
impl Runtime for Docker {
    async fn list(&self) -> Result<Vec<Instance>> {
        let (engine, records) = (self.engine().await?, self.records.all()?);
        let options = ListContainersOptionsBuilder::default().all(true).filters(&container::filter()).build();
        let found = answer::said(engine.list_containers(Some(options)).await)?;
        let mut instances = Vec::new();
        for Record { life, spec } in records {
            let (name, Some(spec)) = (life.name()?, spec) else { continue };
            let is_it = |names: &Vec<String>| names.iter().any(|found| found.trim_start_matches('/') == name);
            let Some(found) = found.iter().find(|found| found.names.as_ref().is_some_and(is_it)) else {
                if answer::found(engine.inspect_container(&name, None).await)?.is_some() {
                    return Err(forgotten(&name));
                }
                self.be_well().await?;
                continue;
            };
            if container::is_made_with(found.labels.as_ref(), &life, &spec)? {
                let is_running = found.state == Some(ContainerSummaryStateEnum::RUNNING);
                instances.push(Instance { life, spec, is_running });
            }
        }
        Ok(instances)
    }

    async fn pull(&self, image: &str) -> Result<()> {
        check_image(image)?;
        let engine = self.engine().await?;
        if answer::found(engine.inspect_image(image).await)?.is_some() {
            return Ok(());
        }
        // Without a tag the engine would fetch all of them.
        let has_tag = image.contains('@') || image.rsplit('/').next().is_some_and(|name| name.contains(':'));
        let options = CreateImageOptionsBuilder::default().from_image(image);
        let options = if has_tag { options } else { options.tag("latest") };
        let mut progress = engine.create_image(Some(options.build()), None, None);
        let fetched = timeout(self.config.fetching, async {
            while let Some(step) = progress.next().await {
                step?;
            }
            Ok(())
        });
        // The renter chooses the registry: whatever goes wrong there says nothing about the engine.
        let why = match fetched.await {
            Ok(Ok(())) => return Ok(()),
            Ok(Err(bollard::errors::Error::DockerResponseServerError { message, .. })) => message,
            Ok(Err(bollard::errors::Error::DockerStreamError { error })) => error,
            Ok(Err(error)) => return answer::said(Err(error)),
            Err(_) => format!("it took longer than {} s", self.config.fetching.as_secs()),
        };
        refused(format!(
            "the image {image} could not be fetched, see that its name is right and that it is public: {why}"
        ))
    }

    async fn create(&self, life: &Life, spec: &Spec) -> Result<()> {
        let name = life.name()?;
        let (engine, info) = (self.engine().await?, self.info().await?);
        self.check(spec, &info).await?;
        let known = self.records.of(life)?;
        if known.is_none() && self.workspace(life).await?.is_some() {
            return refused(not_ours("volume", &name));
        }
        if let Some(found) = answer::found(engine.inspect_container(&name, None).await)? {
            let labels = found.config.and_then(|config| config.labels);
            if known.is_none() || !container::is_labelled(labels.as_ref(), life) {
                return refused(not_ours("container", &name));
            }
            let is_recorded = known.as_ref().and_then(|known| known.spec.as_ref()) == Some(spec);
            if is_recorded && container::is_made_with(labels.as_ref(), life, spec)? {
                return Ok(());
            }
            self.remove_container(&name).await?;
        }
        // First the record: what the engine has without one is nobody's.
        self.records.write(&Record { life: life.clone(), spec: Some(spec.clone()) })?;
        self.make_workspace(life, spec.limits.disk).await?;
        self.make_network(life).await?;
        let run = self.runs.make(life)?;
        let place = Place {
            helper: &self.config.helper,
            run: &run,
            resolvers: self.firewall.resolvers(),
            open_files: self.config.open_files,
        };
        let options = CreateContainerOptionsBuilder::default().name(&name).build();
        let body = container::container(life, spec, &place)?;
        self.about_image(engine.create_container(Some(options), body).await.map(|_| ())).await?;
        tracing::info!(name, image = spec.image, "created");
        Ok(())
    }

    async fn start(&self, life: &Life) -> Result<()> {
        let name = life.name()?;
        if !self.is_running(life).await? {
            // Nothing of what a tenant put there is in the way of the next helper.
            self.runs.mount(life, support::root_inside(&self.info().await?))?;
        }
        self.make_network(life).await?;
        self.firewall.assert().await?;
        self.about_image(self.engine().await?.start_container(&name, None).await).await?;
        tracing::info!(name, "started");
        Ok(())
    }

    async fn stop(&self, life: &Life) -> Result<()> {
        let name = life.name()?;
        if self.records.of(life)?.is_none() {
            return Ok(());
        }
        let grace = i32::try_from(self.config.grace.as_secs()).unwrap_or(i32::MAX);
        let options = StopContainerOptionsBuilder::default().t(grace).build();
        let engine = self.engine().await?.clone().with_timeout(self.config.patience + self.config.grace);
        answer::done(engine.stop_container(&name, Some(options)).await)?;
        tracing::info!(name, "stopped");
        Ok(())
    }

    async fn remove(&self, life: &Life) -> Result<()> {
        let name = life.name()?;
        if self.records.of(life)?.is_none() {
            return Ok(());
        }
        self.remove_container(&name).await?;
        let engine = self.engine().await?;
        answer::done(engine.remove_network(&container::network_name(life)).await)?;
        self.runs.remove(life)?;
        if answer::found(engine.inspect_volume(&name).await)?.is_some() {
            self.records.write(&Record { life: life.clone(), spec: None })?;
        } else {
            self.records.remove(life)?;
        }
        tracing::info!(name, "removed");
        Ok(())
    }

    async fn wipe(&self, life: &Life) -> Result<()> {
        let name = life.name()?;
        let Some(record) = self.records.of(life)? else { return Ok(()) };
        if record.spec.is_some() {
            return refused(format!("{name} still has a container: remove it first"));
        }
        answer::done(self.engine().await?.remove_volume(&name, None::<RemoveVolumeOptions>).await)?;
        self.records.remove(life)?;
        tracing::info!(name, "wiped");
        Ok(())
    }

    async fn workspaces(&self) -> Result<Vec<Life>> {
        let (engine, records) = (self.engine().await?, self.records.all()?);
        let options = ListVolumesOptionsBuilder::default().filters(&container::filter()).build();
        let found = answer::said(engine.list_volumes(Some(options)).await)?.volumes.unwrap_or_default();
        let mut lives = Vec::new();
        for Record { life, .. } in records {
            let name = life.name()?;
            if let Some(found) = found.iter().find(|found| found.name == name) {
                if container::is_labelled(Some(&found.labels), &life) {
                    lives.push(life);
                }
            } else if answer::found(engine.inspect_volume(&name).await)?.is_some() {
                return Err(forgotten(&name));
            } else {
                self.be_well().await?;
            }
        }
        Ok(lives)
    }

    async fn usage(&self, life: &Life) -> Result<Usage> {
        self.spec(life)?;
        let options = StatsOptionsBuilder::default().stream(false).one_shot(true).build();
        let engine = self.engine().await?;
        let mut stats = Box::pin(engine.stats(&life.name()?, Some(options)));
        match stats.next().await {
            Some(stats) => Ok(used(&answer::said(stats)?)),
            None => Err(Error::Silent("the container engine says nothing of what is used".into())),
        }
    }

    fn socket(&self, life: &Life) -> PathBuf {
        self.runs.of(life).join(SOCKET)
    }
}

/// What is recorded and missing in a list: the list may be short because the engine still reads what there is.
fn forgotten(name: &str) -> Error {
    Error::Silent(format!("the container engine leaves out {name} in its list"))
}

fn not_ours(what: &str, name: &str) -> String {
    format!("the {what} {name} was not made by this agent: remove it, by docker {what} rm {name}")
}

/// What is used, as the engine's own `docker stats` shows it: without files that are only cached.
fn used(stats: &ContainerStatsResponse) -> Usage {
    let processor = stats.cpu_stats.as_ref().and_then(|stats| stats.cpu_usage.as_ref()?.total_usage);
    let memory = stats.memory_stats.as_ref();
    let cached = memory.and_then(|memory| {
        let stats = memory.stats.as_ref()?;
        stats.get("total_inactive_file").or_else(|| stats.get("inactive_file")).copied()
    });
    let processes = stats.pids_stats.as_ref().and_then(|stats| stats.current).unwrap_or_default();
    Usage {
        processor: processor.unwrap_or_default(),
        memory: memory
            .and_then(|memory| memory.usage)
            .unwrap_or_default()
            .saturating_sub(cached.unwrap_or_default()),
        processes: u32::try_from(processes).unwrap_or(u32::MAX),
    }
}
