//! What a provider writes down: one file for signer, agent and gateway of a machine.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use gpu_lease_runtime::{DockerConfig, Limits};
use gpu_lease_service::config::{ByteSize, duration};
use gpu_lease_service::monitoring::Monitoring;
use gpu_lease_service::secret::SecretFile;
use gpu_lease_service::tls::TlsFiles;
use gpu_lease_service::unix::SocketFile;
use serde::Deserialize;

use crate::plan::{Policy, Served};
use crate::signer::{Budget, Rules};
use crate::tunnel::Tunnel;

/// Before each variable that stands over a key of the file.
pub const PREFIX: &str = "GPU_LEASE_AGENT_";

/// All of it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The cluster.
    pub chain: Chain,
    /// The machine.
    pub machine: Machine,
    /// The one with the keys; where it runs on another machine, only `url` and `tls`.
    pub signer: Signer,
    /// The SSH port.
    pub gateway: Gateway,
    /// The engine.
    pub runtime: Runtime,
    /// The cards.
    #[serde(default)]
    pub cards: Cards,
    /// Which leases are taken on.
    #[serde(default)]
    pub policy: PolicyConfig,
    /// The offers that this machine serves.
    #[serde(default)]
    pub offers: Vec<Offer>,
}

/// The cluster.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Chain {
    /// JSON-RPC of a node.
    pub rpc: String,
    /// Time between two looks.
    #[serde(with = "duration", default = "second")]
    pub every: Duration,
    /// Highest priority fee, micro-lamports a compute unit.
    #[serde(default = "most_priority_fee")]
    pub most_priority_fee: u64,
}

/// The machine.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Machine {
    /// What the signer knows it by.
    pub name: String,
    /// The agent's folder.
    pub state: PathBuf,
    /// The socket of its API, for the gateway; `api.sock` in its folder if it is not here.
    pub api: Option<SocketFile>,
    /// Health and metrics of the agent.
    pub monitoring: Monitoring,
}

impl Machine {
    /// The socket of its API.
    pub fn api(&self) -> SocketFile {
        let default = || SocketFile { path: self.state.join("api.sock"), group: None };
        self.api.clone().unwrap_or_else(default)
    }
}

/// The one with the keys.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signer {
    /// The socket, where it runs on this machine.
    pub socket: Option<SocketFile>,
    /// Its address, where it runs on another.
    pub url: Option<String>,
    /// This machine's certificate, to be let in there; the signer's own, to let others in.
    pub tls: Option<TlsFiles>,
    /// Where the signer lets other machines in.
    pub listen: Option<SocketAddr>,
    /// The signer's folder.
    pub state: Option<PathBuf>,
    /// The operator's key file.
    pub operator: Option<SecretFile>,
    /// The attestor's key file.
    pub attestor: Option<SecretFile>,
    /// The offers of each machine, by its name.
    #[serde(default)]
    pub machines: BTreeMap<String, BTreeSet<String>>,
    /// How long a statement waits for others about the same moment, to travel with them.
    #[serde(with = "duration", default = "gather")]
    pub gather: Duration,
    /// Lamports for transactions in 24 hours, after which settlements wait.
    pub lamports_a_day: Option<u64>,
    /// Bonds that may leave the bond account in 24 hours, base units by mint.
    #[serde(default)]
    pub bonds_a_day: BTreeMap<String, u64>,
    /// Health and metrics of the signer.
    pub monitoring: Option<Monitoring>,
}

impl Signer {
    /// What the provider has decided about it.
    pub fn rules(&self) -> Rules {
        let (lamports_a_day, bonds_a_day) = (self.lamports_a_day, self.bonds_a_day.clone());
        Rules {
            machines: self.machines.clone(),
            gather: self.gather,
            budget: Budget { lamports_a_day, bonds_a_day },
        }
    }
}

/// The SSH port.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gateway {
    /// Where it listens.
    pub listen: SocketAddr,
    /// The name or address that renters connect to.
    pub host: String,
    /// The port that renters connect to; that of `listen` if it is not here.
    pub port: Option<u16>,
    /// The gateway's folder: the machine's host key.
    pub state: PathBuf,
    /// The folder of who may log in, which the agent writes and the gateway reads; in `state` if it is not here.
    pub admissions: Option<PathBuf>,
    /// Health and metrics of the gateway.
    pub monitoring: Monitoring,
    /// The relay from which renters come, where they cannot reach this machine.
    pub tunnel: Option<Tunnel>,
}

impl Gateway {
    /// The port that renters connect to.
    pub fn public_port(&self) -> u16 {
        self.port.unwrap_or_else(|| self.listen.port())
    }

    /// The folder of who may log in.
    pub fn admissions(&self) -> PathBuf {
        self.admissions.clone().unwrap_or_else(|| self.state.join("admissions"))
    }
}

/// The engine.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Runtime {
    /// Containers of Docker.
    Docker(Containers),
    /// Processes of the same user, on a cluster of this machine only.
    Process(Processes),
}

/// Containers of Docker.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Containers {
    /// The engine's socket.
    #[serde(default = "docker_socket")]
    pub engine: PathBuf,
    /// The runtime's folder.
    pub state: PathBuf,
    /// The helper, a static binary.
    pub helper: PathBuf,
    /// The gateway's group, by name or number, if the gateway is another user.
    pub group: Option<String>,
    /// Most open files of a process in a lease.
    #[serde(default = "open_files")]
    pub open_files: u64,
}

/// Processes of the same user.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Processes {
    /// The runtime's folder.
    pub state: PathBuf,
    /// The helper.
    pub helper: PathBuf,
}

impl From<&Containers> for DockerConfig {
    fn from(containers: &Containers) -> Self {
        let Containers { engine, state, helper, group, open_files } = containers.clone();
        Self { engine, group, open_files, ..Self::new(state, helper) }
    }
}

impl Runtime {
    /// The runtime's folder.
    pub fn state(&self) -> &Path {
        match self {
            Self::Docker(Containers { state, .. }) | Self::Process(Processes { state, .. }) => state,
        }
    }
}

/// The cards: those of NVIDIA's that the machine has, or simulated ones.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Cards {
    /// So many that there are only here, on a cluster of this machine, and no others.
    pub simulated: Option<u32>,
    /// The UUIDs of those that are leased out; all if there are none here.
    pub only: BTreeSet<String>,
    /// The driver's library for looking after cards.
    pub nvml: PathBuf,
    /// The driver's library for computing on them, with which their memory is overwritten.
    pub cuda: PathBuf,
    /// The kernel's log, where the driver writes what went wrong on a card.
    pub kmsg: PathBuf,
    /// What the driver was loaded with.
    pub parameters: PathBuf,
    /// NVIDIA's diagnosis, which looks at a card between two leases if it is installed.
    pub dcgmi: PathBuf,
}

impl Default for Cards {
    fn default() -> Self {
        Self {
            simulated: None,
            only: BTreeSet::new(),
            nvml: "libnvidia-ml.so.1".into(),
            cuda: "libcuda.so.1".into(),
            kmsg: "/dev/kmsg".into(),
            parameters: "/proc/driver/nvidia/params".into(),
            dcgmi: "/usr/bin/dcgmi".into(),
        }
    }
}

/// Which leases are taken on.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PolicyConfig {
    /// Renters that are served; all if there are none here.
    pub allowed_renters: BTreeSet<String>,
    /// Renters that are not.
    pub refused_renters: BTreeSet<String>,
    /// Leases that one renter may have here at a time.
    pub leases_per_renter: usize,
    /// Renters that may have leases here at a time.
    pub renters_at_once: usize,
    /// The largest bond, in percent of the deposit.
    pub most_bond_percent: u64,
    /// Time that has to be left before the start deadline.
    #[serde(with = "duration")]
    pub least_notice: Duration,
    /// Time for which a workspace can be read after the end.
    #[serde(with = "duration")]
    pub grace: Duration,
    /// Time after which a lease is left that nobody pays for.
    #[serde(with = "duration")]
    pub leave_after: Duration,
    /// Repositories whose images a renter may launch.
    pub images: BTreeSet<String>,
    /// Time from its opening for which a lease with a session key waits for a launch.
    #[serde(with = "duration")]
    pub launch_wait: Duration,
    /// Money that a settlement has to bring, base units by mint.
    pub worth_settling: BTreeMap<String, u64>,
    /// Money that may be delivered and not stated on chain, base units by mint.
    pub risk_limit: BTreeMap<String, u64>,
    /// Bonds that the leases of one renter may hold, base units by mint.
    pub bond_per_renter: BTreeMap<String, u64>,
}

impl Default for PolicyConfig {
    fn default() -> Self {
        Self {
            allowed_renters: BTreeSet::new(),
            refused_renters: BTreeSet::new(),
            leases_per_renter: 8,
            renters_at_once: 1,
            most_bond_percent: 100,
            least_notice: Duration::from_secs(10),
            grace: Duration::from_secs(24 * 3_600),
            leave_after: Duration::from_secs(3_600),
            images: BTreeSet::new(),
            launch_wait: Duration::ZERO,
            worth_settling: BTreeMap::new(),
            risk_limit: BTreeMap::new(),
            bond_per_renter: BTreeMap::new(),
        }
    }
}

/// An offer that this machine serves. Limits are for each GPU.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Offer {
    /// Its address.
    pub address: String,
    /// The image.
    pub image: String,
    /// Processor cores.
    pub cores: u64,
    /// Memory.
    pub memory: ByteSize,
    /// `/dev/shm`.
    pub shared_memory: ByteSize,
    /// Processes and threads.
    pub processes: u32,
    /// Disk, where the engine can limit it.
    pub disk: Option<ByteSize>,
}

impl Config {
    /// What the provider has decided.
    pub fn policy(&self) -> Policy {
        let seconds = |duration: Duration| u32::try_from(duration.as_secs()).unwrap_or(u32::MAX);
        let PolicyConfig {
            allowed_renters,
            refused_renters,
            leases_per_renter,
            renters_at_once,
            most_bond_percent,
            least_notice,
            grace,
            leave_after,
            images,
            launch_wait,
            worth_settling,
            risk_limit,
            bond_per_renter,
        } = self.policy.clone();
        let served = |offer: &Offer| {
            let limits = Limits {
                millicores: offer.cores.saturating_mul(1_000),
                memory: offer.memory.as_u64(),
                shared_memory: offer.shared_memory.as_u64(),
                processes: offer.processes,
                disk: offer.disk.map(|disk| disk.as_u64()),
            };
            (offer.address.clone(), Served { image: offer.image.clone(), limits })
        };
        Policy {
            offers: self.offers.iter().map(served).collect(),
            allowed: allowed_renters,
            refused: refused_renters,
            leases_per_renter,
            renters_at_once,
            most_bond_percent,
            least_notice: seconds(least_notice),
            grace: seconds(grace),
            leave_after: seconds(leave_after),
            images,
            launch_wait: seconds(launch_wait),
            worth_settling,
            risk_limit,
            bond_per_renter,
        }
    }
}

const fn gather() -> Duration {
    Duration::from_secs(2)
}

const fn second() -> Duration {
    Duration::from_secs(1)
}

const fn most_priority_fee() -> u64 {
    1_000_000
}

const fn open_files() -> u64 {
    DockerConfig::OPEN_FILES
}

fn docker_socket() -> PathBuf {
    "/var/run/docker.sock".into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_commented_example_is_a_configuration() {
        let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("gpu-lease-agent.toml");
        let config: Config = gpu_lease_service::config::load(Some(&example), PREFIX).unwrap();
        let policy = config.policy();
        assert_eq!(policy.grace, 24 * 3_600);
        let served = policy.offers.values().next().unwrap();
        assert_eq!((served.limits.millicores, served.limits.memory), (8_000, 64 << 30));
        assert_eq!(config.gateway.public_port(), 2_222);
        // What is written there of cards is what holds without it.
        let Cards { simulated, only, nvml, cuda, kmsg, parameters, dcgmi } = Cards::default();
        let said = config.cards;
        assert_eq!((said.simulated, said.only, said.nvml), (simulated, only, nvml));
        assert_eq!((said.cuda, said.kmsg, said.parameters, said.dcgmi), (cuda, kmsg, parameters, dcgmi));
    }
}
