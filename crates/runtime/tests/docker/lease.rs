//! A lease on the suite's machine.

use std::collections::BTreeMap;
use std::fs;
use std::time::{Duration, Instant};

use futures_util::StreamExt;
use gpu_lease_helper::protocol::{Exit, FromHelper, Request};
use gpu_lease_runtime::{Docker, DockerConfig, Life, Limits, Policy, Runtime, Spec};

use crate::helper::helper;
use crate::network::RESOLVER;
use crate::world::{IMAGE, World};

/// Most connections and bytes a second of a lease.
pub const CONNECTIONS: u32 = 16;
pub const BANDWIDTH: u64 = 4_000_000;
/// The gateway's group: nobody's.
pub const GROUP: u32 = 64_321;

const PATIENCE: Duration = Duration::from_secs(30);

impl World {
    /// How an agent on this machine is configured.
    pub fn config(&self) -> DockerConfig {
        let policy = Policy {
            resolvers: vec![RESOLVER.parse().unwrap()],
            connections: CONNECTIONS,
            bandwidth: BANDWIDTH,
        };
        DockerConfig {
            engine: self.folder.join("docker.sock"),
            policy,
            iptables: self.folder.join("bin/iptables"),
            ip6tables: self.folder.join("bin/ip6tables"),
            group: Some(GROUP.to_string()),
            // What whoever runs the tests may have at the least.
            open_files: 4096,
            grace: Duration::from_secs(2),
            ..DockerConfig::new(self.folder.join("state"), helper().to_owned())
        }
    }

    /// An agent's runtime on this machine.
    pub fn docker(&self) -> Docker {
        Docker::new(self.config()).unwrap()
    }

    /// A lease that runs.
    pub async fn running(&self, lease: &str, spec: &Spec) -> Lease {
        let lease = Lease { docker: self.docker(), life: life(lease) };
        lease.docker.create(&lease.life, spec).await.unwrap();
        lease.docker.start(&lease.life).await.unwrap();
        lease.wait().await;
        lease
    }
}

/// A lease on this machine.
pub struct Lease {
    pub docker: Docker,
    pub life: Life,
}

impl Lease {
    /// The name of its container and volume.
    pub fn name(&self) -> String {
        format!("gpu-lease-{}-{}", self.life.lease, self.life.opened_slot)
    }

    /// How often something is mounted where its helper listens.
    pub fn mounts(&self) -> usize {
        let socket = self.docker.socket(&self.life);
        let folder = format!(" {} ", socket.parent().unwrap().display());
        fs::read_to_string("/proc/self/mountinfo").unwrap().lines().filter(|it| it.contains(&folder)).count()
    }

    /// Waits until its helper answers.
    pub async fn wait(&self) {
        let until = Instant::now() + PATIENCE;
        while let Err(error) = self.probe().await {
            assert!(Instant::now() < until, "{error}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    pub async fn probe(&self) -> Result<gpu_lease_helper::Alive, gpu_lease_helper::Error> {
        gpu_lease_helper::probe(&self.docker.socket(&self.life), Duration::from_secs(5)).await
    }

    /// Runs a command as the renter does; what it prints, and how it ended.
    pub async fn run(&self, command: &str) -> (String, Exit) {
        let request = Request::Exec { command: command.into(), pty: None, env: BTreeMap::new() };
        let running = async {
            let socket = self.docker.socket(&self.life);
            let mut channel = gpu_lease_helper::connect(&socket, request, PATIENCE).await.unwrap();
            let mut printed = Vec::new();
            loop {
                match channel.next().await.expect("a frame").unwrap() {
                    FromHelper::Data(bytes) | FromHelper::Error(bytes) => printed.extend(bytes),
                    FromHelper::Exit(exit) => {
                        return (String::from_utf8_lossy(&printed).trim().to_owned(), exit);
                    }
                    _ => (),
                }
            }
        };
        tokio::time::timeout(PATIENCE * 2, running).await.unwrap_or_else(|_| panic!("{command} does not end"))
    }

    /// Runs a command that has to succeed; what it prints.
    pub async fn prints(&self, command: &str) -> String {
        let (printed, exit) = self.run(command).await;
        assert_eq!(exit, Exit::Code { code: 0 }, "{command}: {printed}");
        printed
    }

    /// Runs a command that has to fail; what it prints.
    pub async fn fails(&self, command: &str) -> String {
        let (printed, exit) = self.run(command).await;
        assert_ne!(exit, Exit::Code { code: 0 }, "{command}: {printed}");
        printed
    }

    /// Whether it reaches somebody who greets it.
    pub async fn reaches(&self, address: &str, port: u16) -> bool {
        let (printed, _) = self.run(&format!("nc -w 2 {address} {port} < /dev/null")).await;
        printed.contains(crate::network::HELLO)
    }

    /// Ends it and takes everything of it away.
    pub async fn end(self) {
        self.docker.stop(&self.life).await.unwrap();
        self.docker.remove(&self.life).await.unwrap();
        self.docker.wipe(&self.life).await.unwrap();
    }
}

pub fn life(lease: &str) -> Life {
    Life { lease: lease.into(), opened_slot: 7 }
}

pub fn spec() -> Spec {
    let limits =
        Limits { millicores: 500, memory: 128 << 20, shared_memory: 16 << 20, processes: 64, disk: None };
    Spec {
        image: IMAGE.into(),
        cards: vec![],
        env: BTreeMap::from([("GREETING".into(), "hi".into())]),
        limits,
    }
}
