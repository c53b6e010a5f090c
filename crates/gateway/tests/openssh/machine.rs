//! A machine with a gateway and one lease, and OpenSSH's tools set up to reach it.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Output, Stdio};
use std::sync::{Arc, Mutex, Once};
use std::time::Duration;

use gpu_lease_gateway::{Access, Admission, Admissions, Config, Gateway, HostKey, LeaseName, Metrics};
use rand::RngCore;
use russh::keys::ssh_key::LineEnding;
use russh::keys::ssh_key::private::{Ed25519Keypair, KeypairData};
use russh::keys::{PrivateKey, PublicKey};
use tempfile::TempDir;
use tokio::io::AsyncWriteExt;
use tokio::process::{Child, Command};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;

use crate::helper::helper;

/// How long one of OpenSSH's tools may take on a slow machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// What the tools call the machine.
pub const BOX: &str = "box";

pub struct Machine {
    folder: TempDir,
    pub admissions: Admissions,
    pub lease: LeaseName,
    pub admission: Admission,
    pub metrics: Arc<Metrics>,
    pub port: u16,
    pub shutdown: CancellationToken,
    pub served: JoinHandle<()>,
    _helper: Child,
}

/// A client's key pair, in files.
#[derive(Clone)]
pub struct Key {
    pub path: PathBuf,
    pub line: String,
}

/// Whether a test can run: says loudly why not, or fails where that is required.
pub fn has(tool: &str) -> bool {
    let package = match tool {
        "rsync" => "rsync",
        "script" => "bsdutils",
        _ => "openssh-client",
    };
    let is_there = std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default())
        .any(|folder| folder.join(tool).is_file());
    if !is_there {
        let text = format!("SKIPPED: there is no {tool}; install the package {package}");
        assert!(std::env::var_os("GPU_LEASE_REQUIRE_SSH").is_none(), "{text}");
        eprintln!("{text}");
    }
    is_there
}

/// Ends a test that cannot run.
macro_rules! needs {
    ($($tool:literal),+) => {
        if !($(crate::machine::has($tool))&&+) {
            return;
        }
    };
}
pub(crate) use needs;

impl Machine {
    /// With an open door.
    pub async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    /// With an open door, and a gateway that is told something else than usual.
    pub async fn start_with(change: impl FnOnce(&mut Config)) -> Self {
        keep_log();
        let folder = tempfile::Builder::new().prefix("gateway-").tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        for name in ["admissions", "workspace"] {
            fs::create_dir(at(name)).unwrap();
        }
        let host_key = HostKey::load_or_generate(&at("host_key")).unwrap();
        let host_line = line(&host_key);
        let admissions = Admissions::open(&at("admissions")).unwrap();
        let mut config = Config::new("127.0.0.1:0".parse().unwrap(), host_key, admissions.clone());
        // All tests come from one address.
        config.limits.per_second_and_address = 1000.try_into().unwrap();
        change(&mut config);
        let gateway = Gateway::open(config).await.unwrap();
        let port = gateway.address().unwrap().port();
        let metrics = gateway.metrics();
        let shutdown = CancellationToken::new();
        let served = tokio::spawn(gateway.serve(shutdown.clone()));

        let socket = at("helper.sock");
        let helper = Command::new(helper())
            .args(["--socket".as_ref(), socket.as_os_str()])
            .args(["--workspace".as_ref(), at("workspace").as_os_str()])
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        until("the helper listens", || socket.exists()).await;

        fs::write(at("known_hosts"), format!("{BOX} {host_line}\n")).unwrap();
        let lease: LeaseName = "4uQeVj5tqViQh7yWWGStvkEG1Zmhx6uasJtWCJziofM".parse().unwrap();
        let admission = Admission {
            opened_slot: 7,
            keys: vec![],
            api_keys: vec![],
            verifier_keys: vec![],
            socket,
            api: None,
            access: Access::Open,
            note: "The lease has not started yet.".to_owned(),
        };
        let mut machine =
            Self { folder, admissions, lease, admission, metrics, port, shutdown, served, _helper: helper };
        let key = machine.key("user");
        machine.admission.keys.push(key.line.clone());
        machine.admit();
        machine.configure(machine.lease.as_str(), &key);
        machine
    }

    /// A path in the machine's own folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A file in the lease's workspace.
    pub fn workspace(&self, name: &str) -> PathBuf {
        self.path("workspace").join(name)
    }

    /// Makes a key pair of this name.
    pub fn key(&self, name: &str) -> Key {
        let mut seed = [0; 32];
        rand::thread_rng().fill_bytes(&mut seed);
        let private = PrivateKey::new(KeypairData::Ed25519(Ed25519Keypair::from_seed(&seed)), "").unwrap();
        let path = self.path(name);
        fs::write(&path, private.to_openssh(LineEnding::LF).unwrap()).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
        Key { path, line: private.public_key().to_openssh().unwrap() }
    }

    /// Writes the admission as it is now.
    pub fn admit(&self) {
        self.admissions.write(&self.lease, &self.admission).unwrap();
    }

    /// Has the tools log in with this name and key from now on.
    pub fn configure(&self, user: &str, key: &Key) {
        let config = format!(
            "Host {BOX}\nHostName 127.0.0.1\nPort {}\nHostKeyAlias {BOX}\nUser {user}\nIdentityFile {}\n\
             IdentitiesOnly yes\nIdentityAgent none\nUserKnownHostsFile {}\nGlobalKnownHostsFile /dev/null\n\
             StrictHostKeyChecking yes\nBatchMode yes\nUpdateHostKeys no\nLogLevel INFO\n",
            self.port,
            key.path.display(),
            self.path("known_hosts").display(),
        );
        fs::write(self.path("config"), config).unwrap();
    }

    /// One of OpenSSH's tools with these arguments.
    pub fn tool<S: AsRef<std::ffi::OsStr>>(
        &self,
        name: &str,
        arguments: impl IntoIterator<Item = S>,
    ) -> Command {
        let mut command = Command::new(name);
        command.arg("-F").arg(self.path("config")).args(arguments);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        command.env("LC_ALL", "C.UTF-8").env_remove("SSH_AUTH_SOCK");
        command
    }

    /// `ssh` with these arguments.
    pub fn ssh(&self, arguments: &[&str]) -> Command {
        self.tool("ssh", arguments)
    }

    /// What a command line does on the machine.
    pub async fn run(&self, line: &str) -> Done {
        done(self.ssh(&[BOX, line])).await
    }

    /// The value of a metric.
    pub fn figure(&self, name: &str) -> u64 {
        self.metrics.figures().into_iter().find(|it| it.0 == name).unwrap().1
    }
}

/// What the gateways of all tests have logged so far.
pub fn log() -> String {
    String::from_utf8_lossy(&LOG.lock().unwrap()).into_owned()
}

static LOG: Mutex<Vec<u8>> = Mutex::new(Vec::new());

fn keep_log() {
    struct Log;
    impl std::io::Write for Log {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            LOG.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    static ONCE: Once = Once::new();
    ONCE.call_once(|| tracing_subscriber::fmt().with_ansi(false).with_writer(|| Log).init());
}

/// How a command ended.
#[derive(Debug, PartialEq, Eq)]
pub struct Done {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Done {
    fn new(output: Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        Self { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
    }

    /// What it wrote, if it ended well.
    pub fn ok(self) -> String {
        assert_eq!(self.code, Some(0), "{self:?}");
        self.out
    }
}

/// Runs a command to its end.
pub async fn done(mut command: Command) -> Done {
    let output = timeout(PATIENCE, command.output()).await;
    Done::new(output.unwrap_or_else(|_| panic!("{command:?} does not end")).unwrap())
}

/// Runs a command to its end, with this input.
pub async fn fed(mut command: Command, input: &[u8]) -> Done {
    let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    // It may end before it has read all.
    let feeding = tokio::spawn(async move { stdin.write_all(&input).await });
    let output = timeout(PATIENCE, child.wait_with_output()).await;
    feeding.abort();
    Done::new(output.unwrap_or_else(|_| panic!("{command:?} does not end")).unwrap())
}

/// Waits until something is so.
pub async fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !is_so() {
        assert!(Instant::now() < deadline, "it never happened that {what}");
        sleep(Duration::from_millis(20)).await;
    }
}

fn line(key: &HostKey) -> String {
    use russh::keys::ssh_key::public::{Ed25519PublicKey, KeyData};
    PublicKey::new(KeyData::Ed25519(Ed25519PublicKey(key.public())), "").to_openssh().unwrap()
}
