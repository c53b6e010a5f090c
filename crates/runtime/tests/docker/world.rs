//! One engine for the suite, in a folder of its own and a network of its own, with an image made of busybox. It is taken down
//! when this process ends, however that is, by another process that waits for it.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use bollard::query_parameters::CreateImageOptionsBuilder;
use futures_util::StreamExt;
use tokio::sync::{OnceCell, RwLock, RwLockReadGuard, RwLockWriteGuard};

use crate::image::image;
use crate::network::Network;

/// The image, and one that claims to be a lease.
pub const IMAGE: &str = "lease:test";
pub const FORGED: &str = "lease:forged";
/// An image in which the workspace is a file.
pub const BROKEN: &str = "lease:broken";
/// The lease that the forged image claims to be.
pub const CLAIMED: &str = "Claimed";

const PATIENCE: Duration = Duration::from_secs(30);

/// Where the engine is.
pub struct World {
    /// All of it. In `bin` are the programs that set up its firewall.
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
    let programs = ["dockerd", "containerd", "runc", "iptables", "ip6tables", "ip", "nsenter", "busybox"];
    let missing = programs.into_iter().filter(|program| found(program).is_none()).collect::<Vec<_>>();
    (!missing.is_empty()).then(|| {
        format!(
            "there is no {}: apt-get install docker.io iptables iproute2 util-linux busybox-static",
            missing.join(", ")
        )
    })
}

/// Where a program is.
fn found(program: &str) -> Option<PathBuf> {
    let folders = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&folders).map(|folder| folder.join(program)).find(|path| path.is_file())
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
        // The gateway's user gets through.
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o711)).unwrap();
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
            let (space, real) = (&world.network.machine, found(program).unwrap());
            let script =
                format!("#!/bin/sh\nexec nsenter --net=/run/netns/{space} {} \"$@\"\n", real.display());
            fs::write(&path, script).unwrap();
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
        let body = bollard::body_full(tar.to_vec().into());
        let engine = self.engine();
        let mut progress = engine.create_image(Some(options.build()), Some(body), None);
        while let Some(step) = progress.next().await {
            step.unwrap();
        }
    }
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
