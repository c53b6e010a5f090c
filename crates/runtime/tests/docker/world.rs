//! One engine for the suite, in a folder of its own and a network of its own, with an image made of busybox. It is taken down
//! when this process ends, however that is, by another process that waits for it.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use bollard::query_parameters::CreateImageOptionsBuilder;
use futures_util::StreamExt;
use gpu_lease_helper::protocol::{Exit, FromHelper, Request};
use gpu_lease_runtime::{Docker, DockerConfig, Life, Limits, Policy, Runtime, Spec};
use tokio::sync::{OnceCell, RwLock, RwLockReadGuard, RwLockWriteGuard};

use crate::helper::helper;
use crate::network::{Network, RESOLVER};

/// The image, and one that claims to be a lease.
pub const IMAGE: &str = "lease:test";
pub const FORGED: &str = "lease:forged";
/// An image in which the workspace is a file.
pub const BROKEN: &str = "lease:broken";
/// The lease that the forged image claims to be.
pub const CLAIMED: &str = "Claimed";
/// Most connections and bytes a second of a lease.
pub const CONNECTIONS: u32 = 16;
pub const BANDWIDTH: u64 = 4_000_000;

const PATIENCE: Duration = Duration::from_secs(30);

/// Where the engine is.
pub struct World {
    pub folder: PathBuf,
    pub network: Network,
    /// Ends when this process does, and then cleans up.
    _janitor: Child,
}

/// An engine that others use too, or that is used alone since it is about to be hurt.
pub struct Used<G> {
    pub world: &'static World,
    _turn: G,
}

impl<G> std::ops::Deref for Used<G> {
    type Target = World;

    fn deref(&self) -> &World {
        self.world
    }
}

static WORLD: OnceCell<Option<World>> = OnceCell::const_new();
static TURN: RwLock<()> = RwLock::const_new(());

/// The engine; nothing, said loudly, where there is none.
pub async fn world() -> Option<Used<RwLockReadGuard<'static, ()>>> {
    let turn = TURN.read().await;
    Some(Used { world: WORLD.get_or_init(World::start).await.as_ref()?, _turn: turn })
}

/// The engine, while nobody else uses it.
pub async fn world_alone() -> Option<Used<RwLockWriteGuard<'static, ()>>> {
    let turn = TURN.write().await;
    Some(Used { world: WORLD.get_or_init(World::start).await.as_ref()?, _turn: turn })
}

/// What is missing on this machine.
fn missing() -> Option<String> {
    if !nix::unistd::Uid::effective().is_root() {
        return Some("an engine of the test's own needs root".into());
    }
    let has = |program: &&str| {
        std::env::var("PATH")
            .unwrap_or_default()
            .split(':')
            .any(|folder| Path::new(folder).join(program).is_file())
    };
    let programs = ["dockerd", "containerd", "runc", "iptables", "ip6tables", "ip", "nsenter", "busybox"];
    let missing = programs.into_iter().filter(|program| !has(program)).collect::<Vec<_>>();
    (!missing.is_empty()).then(|| {
        format!(
            "there is no {}: apt-get install docker.io iptables iproute2 util-linux busybox-static",
            missing.join(", ")
        )
    })
}

impl World {
    async fn start() -> Option<Self> {
        if let Some(missing) = missing() {
            let required = std::env::var("GPU_LEASE_REQUIRE_DOCKER").is_ok_and(|value| value == "1");
            assert!(!required, "{missing}");
            eprintln!("\n  SKIPPED: leases in containers were not tested. {missing}\n");
            return None;
        }
        let folder = tempfile::Builder::new().prefix("gpul").tempdir().unwrap().keep();
        let network = Network::lay();
        let janitor = Command::new("sh")
            .args(["-c", &format!("cat >/dev/null\n{POWER_OFF}\n{CLEAN_UP}"), "janitor"])
            .arg(&folder)
            .args([&network.machine, &network.world])
            .stdin(Stdio::piped())
            .process_group(0)
            .spawn()
            .unwrap();
        let world = Self { folder, network, _janitor: janitor };
        fs::create_dir(world.folder.join("bin")).unwrap();
        for program in ["iptables", "ip6tables", "iptables-restore", "ip6tables-restore"] {
            let path = world.folder.join("bin").join(program);
            let space = &world.network.machine;
            fs::write(&path, format!("#!/bin/sh\nexec nsenter --net=/run/netns/{space} {program} \"$@\"\n"))
                .unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        }
        world.start_engine();
        world.import(IMAGE, &image(false), &[]).await;
        world.import(BROKEN, &image(true), &[]).await;
        let labels = [format!("LABEL gpu-lease.lease={CLAIMED}"), "LABEL gpu-lease.opened-slot=1".into()];
        world.import(FORGED, &image(false), &labels).await;
        Some(world)
    }

    /// Starts the engine and waits until it answers.
    pub fn start_engine(&self) {
        let at = |name: &str| self.folder.join(name);
        if !at("containerd.sock").exists() {
            self.spawn(
                Command::new("containerd")
                    .args(["--log-level", "warn", "--address"])
                    .arg(at("containerd.sock"))
                    .arg("--root")
                    .arg(at("containerd"))
                    .arg("--state")
                    .arg(at("containerd-state")),
            );
        }
        self.spawn(
            Command::new("nsenter")
                .arg(format!("--net=/run/netns/{}", self.network.machine))
                .args(["dockerd", "--live-restore", "--bip", "10.199.0.1/24", "--host"])
                .arg(format!("unix://{}", at("docker.sock").display()))
                .arg("--containerd")
                .arg(at("containerd.sock"))
                .arg("--data-root")
                .arg(at("data"))
                .arg("--exec-root")
                .arg(at("exec"))
                .arg("--pidfile")
                .arg(at("docker.pid")),
        );
        let until = Instant::now() + PATIENCE;
        while !self.answers() {
            let log = || fs::read_to_string(at("daemons.log")).unwrap_or_default();
            assert!(Instant::now() < until, "the engine does not start: {}", log());
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Starts a daemon, and waits for its end somewhere else.
    fn spawn(&self, command: &mut Command) {
        let log =
            fs::File::options().create(true).append(true).open(self.folder.join("daemons.log")).unwrap();
        command.stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log).process_group(0);
        let mut child = command.spawn().unwrap();
        std::thread::spawn(move || child.wait());
    }

    fn answers(&self) -> bool {
        use std::io::{Read, Write};
        let ask = || {
            let mut stream = std::os::unix::net::UnixStream::connect(self.folder.join("docker.sock"))?;
            stream.set_read_timeout(Some(Duration::from_secs(5)))?;
            stream.write_all(b"GET /_ping HTTP/1.0\r\nHost: docker\r\n\r\n")?;
            let mut answer = String::new();
            stream.read_to_string(&mut answer)?;
            std::io::Result::Ok(answer.contains("200 OK"))
        };
        ask().unwrap_or(false)
    }

    /// Kills the engine, as a crash would.
    pub fn kill_engine(&self) {
        let pid = fs::read_to_string(self.folder.join("docker.pid")).unwrap();
        kill(pid.trim());
        while Path::new("/proc").join(pid.trim()).exists() {
            std::thread::sleep(Duration::from_millis(20));
        }
        fs::remove_file(self.folder.join("docker.pid")).unwrap();
    }

    /// Ends the engine and everything that it runs, as the end of the machine would.
    pub fn power_off(&self) {
        self.kill_engine();
        let status =
            Command::new("sh").args(["-c", POWER_OFF, "power-off"]).arg(&self.folder).status().unwrap();
        assert!(status.success());
    }

    /// Runs iptables, or another program, on the machine's network.
    pub fn on_machine(&self, program: &str, arguments: &[&str]) -> String {
        let output = Command::new("nsenter")
            .arg(format!("--net=/run/netns/{}", self.network.machine))
            .arg(program)
            .args(arguments)
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "{program} {arguments:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8(output.stdout).unwrap()
    }

    /// The engine itself.
    pub fn engine(&self) -> bollard::Docker {
        let socket = self.folder.join("docker.sock");
        bollard::Docker::connect_with_unix(
            socket.to_str().unwrap(),
            60,
            &bollard::ClientVersion { major_version: 1, minor_version: 41 },
        )
        .unwrap()
    }

    async fn import(&self, name: &str, tar: &[u8], changes: &[String]) {
        let (repo, tag) = name.split_once(':').unwrap();
        let options =
            CreateImageOptionsBuilder::default().from_src("-").repo(repo).tag(tag).changes(changes.to_vec());
        let body = bollard::body_full(bytes::Bytes::copy_from_slice(tar));
        let engine = self.engine();
        let mut progress = engine.create_image(Some(options.build()), Some(body), None);
        while let Some(step) = progress.next().await {
            step.unwrap();
        }
    }

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

/// An image with busybox for everything; in the broken one a file is where the workspace would be.
fn image(is_broken: bool) -> Vec<u8> {
    let mut tar = tar::Builder::new(Vec::new());
    let mut add = |path: &str, kind: tar::EntryType, mode: u32, content: &[u8]| {
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(kind);
        header.set_mode(mode);
        header.set_size(content.len() as u64);
        tar.append_data(&mut header, path, content).unwrap();
    };
    for folder in ["bin", "etc", "root", "tmp"] {
        add(folder, tar::EntryType::Directory, 0o755, b"");
    }
    let busybox =
        ["/bin/busybox", "/usr/bin/busybox"].into_iter().find_map(|path| fs::read(path).ok()).unwrap();
    add("bin/busybox", tar::EntryType::Regular, 0o755, &busybox);
    add("etc/passwd", tar::EntryType::Regular, 0o644, b"root:x:0:0:root:/root:/bin/sh\n");
    add("etc/group", tar::EntryType::Regular, 0o644, b"root:x:0:\n");
    if is_broken {
        add("workspace", tar::EntryType::Regular, 0o644, b"");
    }
    let applets = Command::new("busybox").arg("--list").output().unwrap().stdout;
    for applet in String::from_utf8(applets).unwrap().lines().filter(|applet| *applet != "busybox") {
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(tar::EntryType::Symlink);
        header.set_size(0);
        tar.append_link(&mut header, format!("bin/{applet}"), "busybox").unwrap();
    }
    tar.into_inner().unwrap()
}

fn kill(pid: &str) {
    assert!(Command::new("kill").args(["-9", pid]).status().unwrap().success());
}

/// Ends everything that the engine in the folder $1 started, and what holds it.
const POWER_OFF: &str = r#"
    for id in $(runc --root "$1/exec/runtime-runc/moby" list -q 2>/dev/null); do
        runc --root "$1/exec/runtime-runc/moby" delete -f "$id"
    done
    for process in /proc/[0-9]*; do
        case "$(readlink "$process/exe")" in
            */dockerd | */containerd | */containerd-shim*)
                grep -q "$1/" "$process/cmdline" && kill -9 "${process#/proc/}" ;;
        esac
    done
    sleep 0.5
    cut -d' ' -f2 /proc/mounts | grep "^$1/" | sort -r | xargs -r umount -l
    rm -rf "$1/exec" "$1/docker.pid" "$1/containerd.sock" "$1/containerd-state"
"#;

/// Once this process has ended, its networks $2 and $3 and the folder are no more.
const CLEAN_UP: &str = r#"
    ip netns del "$2"
    ip netns del "$3"
    rm -rf "$1"
"#;
