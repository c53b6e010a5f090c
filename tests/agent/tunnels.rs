//! A gateway that nobody reaches but through a relay: OpenSSH's own server, on this machine.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use gpu_lease_agent::config::{Config, PREFIX};
use gpu_lease_agent::doors::{GatewayDoors, public_host_key};
use gpu_lease_agent::machine::{Doors, Pass};
use gpu_lease_agent::plan::{Access, Door};
use gpu_lease_runtime::Life;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tempfile::TempDir;
use tokio::time::sleep;

use crate::daemons::{Daemon, Said, ended, free_port, strict_ssh};
use crate::helper::helper;
use crate::programs::program;

const SSHD: &str = "/usr/sbin/sshd";

const LEASE: &str = "4oEyWbjTi7DYP3JGcQKkf9mrXCPfXRaFkCEHbPbKoEgc";

/// How long a tunnel may take to come, or to come back.
const SOON: Duration = Duration::from_secs(60);

/// A key pair in files: the public line.
fn make_key(path: &Path) -> String {
    let mut made = Command::new("ssh-keygen");
    made.args(["-q", "-t", "ed25519", "-N", "", "-C", "", "-f"]).arg(path);
    assert!(made.status().unwrap().success());
    fs::read_to_string(path.with_extension("pub")).unwrap().trim().to_owned()
}

/// A relay: it ends with all that it carries.
struct Relay(Child);

impl Relay {
    fn start(folder: &Path, port: u16, host_key: &Path) -> Self {
        let at = |name: &str| folder.join(name).display().to_string();
        let config = format!(
            "Port {port}\nListenAddress 127.0.0.1\nHostKey {}\nAuthorizedKeysFile {}\nStrictModes no\nUsePAM no\n\
             PidFile none\nPermitRootLogin prohibit-password\nGatewayPorts clientspecified\n",
            host_key.display(),
            at("tunnel.pub")
        );
        fs::write(at("sshd_config"), config).unwrap();
        let mut sshd = Command::new(SSHD);
        sshd.args(["-D", "-e", "-f", &at("sshd_config")]).stdin(Stdio::null()).stdout(Stdio::null());
        Self(sshd.stderr(fs::File::create(at("sshd.log")).unwrap()).spawn().unwrap())
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        let all = below(self.0.id());
        self.0.kill().unwrap();
        self.0.wait().unwrap();
        for pid in all {
            // It may have ended with the others.
            kill(Pid::from_raw(pid), Signal::SIGKILL).ok();
        }
    }
}

/// The processes that a process has started, and they.
fn below(parent: u32) -> Vec<i32> {
    let mut all = Vec::new();
    for process in fs::read_dir("/proc").unwrap().flatten() {
        let Ok(pid) = process.file_name().to_string_lossy().parse::<u32>() else { continue };
        let stat = fs::read_to_string(process.path().join("stat")).unwrap_or_default();
        let mut fields = stat.rsplit(") ").next().unwrap_or_default().split(' ');
        if fields.nth(1) == Some(&parent.to_string()) {
            all.extend(below(pid));
            all.push(pid.cast_signed());
        }
    }
    all
}

/// A machine with one lease behind a relay.
struct Place {
    _said: Said,
    folder: TempDir,
    relay_port: u16,
    /// Where renters connect.
    public: u16,
    config: PathBuf,
    _gateway: Daemon,
    _helper: Daemon,
}

impl Place {
    /// `is_right` says whether the host key that is pinned is the relay's.
    async fn new(is_right: bool) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).unwrap();
        let keys = ["tunnel", "user", "relay", "other"].map(|name| make_key(&at(name)));
        let [relay_port, public, listen, monitoring] = [(); 4].map(|()| free_port());
        let pinned = if is_right { &keys[2] } else { &keys[3] };
        let tunnel = format!(
            "tunnel = {{ relay = \"ssh://root@127.0.0.1:{relay_port}\", key = \"{}\", host_key = \"{pinned}\" }}",
            at("tunnel").display()
        );
        let text = include_str!("../../crates/agent/gpu-lease-agent.toml")
            .replace("/var/lib/gpu-lease-agent", &folder.path().to_string_lossy())
            .replace("[::]:2222", &format!("127.0.0.1:{listen}"))
            .replace("gpu1.example.org", "127.0.0.1")
            .replace("# port = 22\n", &format!("port = {public}\n{tunnel}\n"))
            .replace("127.0.0.1:9473", &format!("127.0.0.1:{monitoring}"));
        let path = at("agent.toml");
        fs::write(&path, text).unwrap();
        let config: Config = gpu_lease_service::config::load(Some(&path), PREFIX).unwrap();
        for name in ["admissions", "workspace"] {
            fs::create_dir(at(name)).unwrap();
        }
        let _gateway = Daemon::spawn(&mut Command::new(program("gpu-lease-agent")), &path, "gateway");
        let host_key = public_host_key(&config.gateway, SOON).await.unwrap();
        let host_line = gpu_lease_client::ssh::public_key_line(host_key).unwrap();
        fs::write(at("known"), format!("{LEASE} {host_line}\n")).unwrap();
        let mut serving = Command::new(helper());
        serving.arg("--socket").arg(at("s")).arg("--workspace").arg(at("workspace")).stdin(Stdio::null());
        let _helper = Daemon(serving.spawn().unwrap());
        let doors = GatewayDoors::open(&config.gateway, config.machine.api().path).unwrap();
        let life = Life { lease: LEASE.to_owned(), opened_slot: 1 };
        let door = Door::to_closed(Access::Open, "");
        doors.set(&life, &Pass { door, user_key: keys[1].clone(), socket: at("s") }).unwrap();
        Self {
            _said: Said(path.with_extension("log")),
            folder,
            relay_port,
            public,
            config: path,
            _gateway,
            _helper,
        }
    }

    fn relay(&self) -> Relay {
        Relay::start(self.folder.path(), self.relay_port, &self.folder.path().join("relay"))
    }

    /// What a renter gets to see through the relay.
    fn say(&self) -> String {
        let at = |name: &str| self.folder.path().join(name).display().to_string();
        let mut ssh = strict_ssh();
        ssh.args(["-o", "ConnectTimeout=5", "-o", &format!("HostKeyAlias={LEASE}")]);
        ssh.args(["-o", &format!("UserKnownHostsFile={}", at("known")), "-i", &at("user")]);
        ssh.args(["-p", &self.public.to_string(), "-l", LEASE, "127.0.0.1", "echo in"]);
        String::from_utf8_lossy(&ended(&mut ssh).stdout).into_owned()
    }

    async fn is_let_in(&self) {
        let until = Instant::now() + SOON;
        while self.say() != "in\n" {
            assert!(Instant::now() < until, "nobody gets in through the relay");
            sleep(Duration::from_millis(200)).await;
        }
    }

    fn log(&self) -> String {
        fs::read_to_string(self.config.with_extension("log")).unwrap()
    }
}

/// Whether this can be tested here: says so if not.
fn can_relay() -> bool {
    let can = Path::new(SSHD).exists() && nix::unistd::geteuid().is_root();
    if can {
        // Where sshd locks its children in.
        fs::create_dir_all("/run/sshd").unwrap();
    } else {
        eprintln!("SKIPPED: a relay takes {SSHD}, of the package openssh-server, and root");
    }
    can
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn renters_come_in_through_a_relay_and_again_when_it_has_come_back() {
    if !can_relay() {
        return;
    }
    let place = Place::new(true).await;
    assert_eq!(place.say(), "");
    let relay = place.relay();
    place.is_let_in().await;
    drop(relay);
    assert_eq!(place.say(), "");
    let _relay = place.relay();
    place.is_let_in().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_relay_with_another_host_key_is_not_given_the_port() {
    if !can_relay() {
        return;
    }
    let place = Place::new(false).await;
    let _relay = place.relay();
    let until = Instant::now() + SOON;
    while !place.log().contains("Host key verification failed") {
        assert!(Instant::now() < until, "{}", place.log());
        sleep(Duration::from_millis(200)).await;
    }
    assert_eq!(place.say(), "");
}
