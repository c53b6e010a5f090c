//! How a renter logs in: what `ssh` gets to see, what it makes of the configuration, and a server that lets it in.

use super::{Cluster, error_of};
use anyhow::{Context as _, Result, ensure};
use base64::{Engine, prelude::BASE64_STANDARD};
use gpu_lease_client::ssh::{SshAccess, alias};
use nix::{
    sys::signal::{self, Signal},
    unistd::Pid,
};
use serde_json::{Value, json};
use solana_address::Address;
use std::{
    ffi::OsStr,
    fs,
    net::{TcpListener, TcpStream},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    time::{Duration, Instant},
};

const HOST_SEED: [u8; 32] = [3; 32];
const USER_SEED: [u8; 32] = [4; 32];

/// Stands in for `ssh`: writes down what it is given, and ends with 7, or not for long if it is told to be slow.
const STAND_IN: &str = r#"#!/bin/sh
if [ -e "$SEEN/slow" ]; then echo > "$SEEN/started"; exec sleep 60; fi
for word in "$@"; do echo "$word"; done > "$SEEN/arguments"
mkdir "$SEEN/files"
folder=$(dirname "$2")
stat -c '%a %n' "$(dirname "$folder")" "$folder" "$folder"/* > "$SEEN/modes"
cp "$folder"/* "$SEEN/files"
tr '\0' '\n' < /proc/$PPID/cmdline > "$SEEN/parent"
echo from the machine
exit 7
"#;

/// The Ed25519 public key of a seed.
fn public_key(seed: [u8; 32]) -> Result<[u8; 32]> {
    let line = user(seed)?.user_public_line()?.context("there is a user key")?;
    let bytes = BASE64_STANDARD.decode(line.split(' ').nth(1).context("a key")?)?;
    bytes.last_chunk().copied().context("32 bytes")
}

/// Access whose user key is of this seed.
fn user(seed: [u8; 32]) -> Result<SshAccess> {
    Ok(SshAccess::new("127.0.0.1", 22, [0; 32], Some(seed))?)
}

/// Access to a machine on this port whose host key is of a seed.
fn access(port: u16, host_seed: [u8; 32]) -> Result<SshAccess> {
    Ok(SshAccess::new("127.0.0.1", port, public_key(host_seed)?, Some(USER_SEED))?)
}

impl Cluster {
    fn waiting(&self) -> Result<Address> {
        Ok(self.does("renter", &self.open()?)?["lease"].as_str().context("no lease was opened")?.parse()?)
    }

    /// A running lease with these credentials.
    fn running(&self, credentials: &[u8]) -> Result<Address> {
        let lease = self.waiting()?;
        fs::write(self.path("credentials"), credentials)?;
        self.does("provider", &format!("lease start {lease} --credentials credentials"))?;
        Ok(lease)
    }

    fn publish(&self, lease: &Address, credentials: &[u8]) -> Result<()> {
        fs::write(self.path("credentials"), credentials)?;
        self.does("provider", &format!("lease publish-access {lease} --credentials credentials"))?;
        Ok(())
    }

    /// What a command of the renter's prints that finds other programs in `path`.
    fn finding(&self, path: impl AsRef<OsStr>, arguments: &[&str]) -> Result<Output> {
        Ok(self.command(path, arguments).output()?)
    }

    fn command(&self, path: impl AsRef<OsStr>, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_gpu-lease"));
        command
            .args(["-u", self.net.validator.rpc_url(), "-k", "renter.json", "lease"])
            .args(arguments)
            .current_dir(self.folder.path())
            .env_clear()
            .env("HOME", self.folder.path())
            .env("GPU_LEASE_KEYS", "keys")
            .env("SEEN", self.path("seen"))
            .env("TMPDIR", self.path("temporary"))
            .env("PATH", path);
        command
    }

    /// A folder with the stand-in for `ssh`, and what it needs.
    fn stand_in(&self) -> Result<String> {
        let (programs, ssh) = (self.path("programs"), self.path("programs/ssh"));
        for folder in ["programs", "seen", "temporary"] {
            fs::create_dir(self.path(folder))?;
        }
        fs::write(&ssh, STAND_IN)?;
        fs::set_permissions(&ssh, PermissionsExt::from_mode(0o755))?;
        Ok(format!("{}:/usr/bin:/bin", programs.display()))
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn ssh_gets_private_files_no_secret_words_and_has_the_last_say() -> Result<()> {
    let cluster = Cluster::start().await?;
    let path = cluster.stand_in()?;
    let access = access(2222, HOST_SEED)?;
    let lease = cluster.running(&access.to_bytes())?.to_string();
    let arguments =
        ["ssh", &lease, "-L", "1:localhost:2", "-o", "LogLevel=ERROR", "-t", "--", "echo", "-n it's"];
    let output = cluster.finding(&path, &arguments)?;
    ensure!(output.status.code() == Some(7), "{output:?}");
    assert_eq!(text(&output.stdout), "from the machine\n");
    assert_eq!(text(&output.stderr), "");

    let seen = |name: &str| fs::read_to_string(cluster.path("seen").join(name));
    let words = seen("arguments")?;
    let words: Vec<_> = words.lines().collect();
    let host = alias(&lease.parse()?);
    let expected = ["-L", "1:localhost:2", "-o", "LogLevel=ERROR", "-t", "--", &host, "echo", "-n it's"];
    assert_eq!((words[0], &words[2..]), ("-F", &expected[..]));
    let modes = seen("modes")?;
    let modes: Vec<_> = modes.lines().filter_map(|line| line.split(' ').next()).collect();
    assert_eq!(modes, ["700", "700", "600", "600", "600"]);
    let key = seen("files/key")?;
    assert_eq!(Some(&key), access.user_key_file(&lease.parse()?)?.as_ref());
    assert_eq!(seen("files/known_hosts")?, access.known_hosts(&lease.parse()?)?);
    assert!(seen("files/config")?.starts_with(&format!("Host {host}\n")));
    let said = [seen("arguments")?, seen("parent")?].concat();
    assert!(key.lines().filter(|line| !line.starts_with("--")).all(|line| !said.contains(line)), "{said}");
    assert_eq!(fs::read_dir(cluster.path("temporary"))?.count(), 0, "the key stays behind");

    // The same with files that stay, and nothing run.
    let printed = cluster.finding(&path, &["ssh", &lease, "--print", "--folder", "kept dir", "--", "ls"])?;
    let kept = cluster.path("kept dir").join(&lease).join("config");
    assert_eq!(text(&printed.stdout), format!("ssh -F '{}' -- {host} ls\n", kept.display()));
    assert!(kept.exists());
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_stopped_stops_ssh_and_leaves_no_key_behind() -> Result<()> {
    let cluster = Cluster::start().await?;
    let path = cluster.stand_in()?;
    let lease = cluster.running(&access(2222, HOST_SEED)?.to_bytes())?;
    fs::write(cluster.path("seen/slow"), "")?;
    let mut child = cluster.command(&path, &["ssh", &lease.to_string()]).spawn()?;
    let started = Instant::now();
    while !cluster.path("seen/started").exists() {
        ensure!(started.elapsed() < Duration::from_secs(20), "ssh was not started");
        std::thread::sleep(Duration::from_millis(20));
    }
    assert_eq!(fs::read_dir(cluster.path("temporary"))?.count(), 1);
    // What Ctrl-C sends to `ssh` as well: that one decides.
    let process = Pid::from_raw(child.id().try_into()?);
    signal::kill(process, Signal::SIGINT)?;
    std::thread::sleep(Duration::from_millis(200));
    ensure!(child.try_wait()?.is_none(), "an interrupt ended it while ssh ran");
    signal::kill(process, Signal::SIGTERM)?;
    assert_eq!(child.wait()?.code(), Some(128 + 15));
    ensure!(started.elapsed() < Duration::from_secs(30), "ssh went on");
    assert_eq!(fs::read_dir(cluster.path("temporary"))?.count(), 0, "the key stays behind");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn who_cannot_log_in_is_told_why_and_what_to_do() -> Result<()> {
    let cluster = Cluster::start().await?;
    let path = cluster.stand_in()?;
    let lease = cluster.waiting()?.to_string();
    cluster.is_refused(
        "renter",
        &format!("lease ssh {lease} --print --keys keys"),
        "has not started the lease yet",
    )?;
    fs::write(cluster.path("credentials"), "password: open sesame")?;
    cluster.does("provider", &format!("lease start {lease} --credentials credentials"))?;

    let of_people = cluster.finding(&path, &["ssh", &lease])?;
    assert_eq!((of_people.status.code(), &*text(&of_people.stdout)), (Some(1), "password: open sesame\n"));
    assert!(text(&of_people.stderr).contains("log in as it says"), "{of_people:?}");
    let config = cluster.finding(&path, &["ssh-config", &lease])?;
    assert_eq!((config.status.code(), &*text(&config.stdout)), (Some(1), "password: open sesame\n"));

    let lease: Address = lease.parse()?;
    let own_key = SshAccess::new("gpu-7.example.org", 22, [3; 32], None)?;
    cluster.publish(&lease, &own_key.to_bytes())?;
    let ssh = format!("lease ssh {lease} --print --keys keys");
    cluster.is_refused("renter", &ssh, "pass its file as --identity")?;
    fs::write(cluster.path("own"), "a key")?;
    cluster.does("renter", &format!("{ssh} --identity own"))?;

    cluster.publish(&lease, &[0xff, 2, 0])?;
    cluster.is_refused("renter", &ssh, "use a newer version of gpu-lease")?;
    cluster.publish(&lease, &access(2222, HOST_SEED)?.to_bytes())?;
    let shown = cluster.does("renter", &format!("lease access {lease} --keys keys"))?;
    assert_eq!((&shown["credentials"], &shown["ssh"]["port"]), (&Value::Null, &json!(2222)));
    assert_eq!(shown["ssh"]["user"], lease.to_string());

    let other = cluster.waiting()?;
    let of_other = format!("{} --access-key keys/{other}.key", ssh.replace(" --keys keys", ""));
    cluster.is_refused("renter", &of_other, "pass the right --access-key")?;
    let without = cluster.finding(cluster.path("seen"), &["ssh", &lease.to_string()])?;
    assert!(text(&without.stderr).contains("install OpenSSH's client"), "{without:?}");
    assert_eq!(fs::read_dir(cluster.path("temporary"))?.count(), 0, "the key stays behind");
    let json = cluster.run("renter", &format!("lease ssh {lease} --keys keys"))?;
    assert_eq!(error_of(&json)?["kind"], "usage");
    Ok(())
}

/// What OpenSSH makes of a configuration for a host.
fn understood(config: &Path, host: &str) -> Result<Vec<(String, String)>> {
    let output = Command::new("ssh").args(["-G", "-F"]).arg(config).arg(host).output()?;
    ensure!(output.status.success(), "{}", text(&output.stderr));
    let pairs = text(&output.stdout);
    Ok(pairs.lines().filter_map(|line| line.split_once(' ')).map(|(a, b)| (a.into(), b.into())).collect())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_block_for_other_programs_means_to_openssh_what_it_says_and_goes_with_its_lease() -> Result<()> {
    let cluster = Cluster::start().await?;
    let access = access(2222, HOST_SEED)?;
    let lease = cluster.running(&access.to_bytes())?;
    let (config, host) = (cluster.path(".ssh/config"), alias(&lease));
    fs::create_dir(cluster.path(".ssh"))?;
    // What a renter may have there already must not reach the machine.
    let own = "User me\nHost *\n    ForwardAgent yes\n    StrictHostKeyChecking no\n    Port 9\n";
    fs::write(&config, own)?;
    let write = format!("lease ssh-config {lease} --keys keys --write");
    let written = cluster.does("renter", &write)?;
    assert_eq!(written["host"], host);
    let first = fs::read_to_string(&config)?;
    cluster.does("renter", &write)?;
    assert_eq!(fs::read_to_string(&config)?, first, "the same again changes nothing");

    let folder = cluster.path(".config/gpu-lease/ssh").join(lease.to_string());
    let understood_as = understood(&config, &host)?;
    for (name, value) in [
        ("hostname", "127.0.0.1"),
        ("port", "2222"),
        ("user", &lease.to_string()),
        // In small letters, as every name of a host: known hosts are compared so, too.
        ("hostkeyalias", &lease.to_string().to_lowercase()),
        ("userknownhostsfile", folder.join("known_hosts").to_str().context("UTF-8")?),
        ("stricthostkeychecking", "true"),
        ("verifyhostkeydns", "false"),
        ("updatehostkeys", "false"),
        ("hostkeyalgorithms", "ssh-ed25519"),
        ("identityfile", folder.join("key").to_str().context("UTF-8")?),
        ("identitiesonly", "yes"),
        ("identityagent", "none"),
        ("preferredauthentications", "publickey"),
        ("forwardagent", "no"),
        ("forwardx11", "no"),
    ] {
        let values: Vec<_> =
            understood_as.iter().filter(|(key, _)| key == name).map(|(_, value)| value).collect();
        assert_eq!(values, [value], "{name}");
    }
    let others = understood(&config, "example.org")?;
    assert!(others.contains(&("user".to_owned(), "me".to_owned())), "{others:?}");
    assert!(others.contains(&("port".to_owned(), "9".to_owned())), "{others:?}");

    // A machine that moves has another port; a lease that is closed has nothing.
    cluster.publish(&lease, &SshAccess::new("gpu.example.org", 23, [3; 32], Some([5; 32]))?.to_bytes())?;
    cluster.does("renter", &write)?;
    assert!(understood(&config, &host)?.contains(&("port".to_owned(), "23".to_owned())));
    let running = cluster.running(&access.to_bytes())?;
    cluster.does("renter", &format!("lease ssh-config {running} --keys keys --write"))?;
    let close = format!("lease close {lease} --together --units 0 --yes --with provider.json");
    cluster.does("renter", &close)?;
    let kept = cluster.run("renter", "lease ssh-config --prune")?;
    assert_eq!(error_of(&kept)?["kind"], "usage", "it asks first");
    ensure!(folder.exists());
    ensure!(cluster.run("renter", "lease ssh-config --prune --yes")?.status.success());
    let left = fs::read_to_string(&config)?;
    assert!(!left.contains(&lease.to_string()) && left.contains(&running.to_string()), "{left}");
    assert!(left.ends_with(own) && !folder.exists());
    Ok(())
}

/// OpenSSH's server on this machine, for the user who runs this.
struct Server {
    child: Child,
    port: u16,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Server {
    fn start(sshd: &Path, folder: PathBuf) -> Result<Self> {
        fs::create_dir_all(&folder)?;
        let lease = Address::default();
        let write = |name: &str, text: &str| -> Result<String> {
            fs::write(folder.join(name), text)?;
            fs::set_permissions(folder.join(name), PermissionsExt::from_mode(0o600))?;
            Ok(folder.join(name).display().to_string())
        };
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let host_key = write("host_key", &user(HOST_SEED)?.user_key_file(&lease)?.context("a key")?)?;
        let authorized = write("authorized", &user(USER_SEED)?.user_public_line()?.context("a key")?)?;
        let config = write(
            "sshd_config",
            &format!(
                "ListenAddress 127.0.0.1\nPort {port}\nHostKey {host_key}\nAuthorizedKeysFile {authorized}\n\
                 StrictModes no\nUsePAM no\nPidFile none\nPasswordAuthentication no\n"
            ),
        )?;
        // Where the server separates its privileges, if it has any.
        let _ = fs::create_dir("/run/sshd");
        let child = Command::new(sshd).args(["-D", "-e", "-f", &config]).stderr(Stdio::null()).spawn()?;
        let server = Self { child, port };
        let until = Instant::now() + Duration::from_secs(20);
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            ensure!(Instant::now() < until, "OpenSSH's server does not start");
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(server)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn openssh_s_server_lets_the_renter_in_and_a_server_with_another_key_learns_nothing() -> Result<()> {
    let sshd = Path::new("/usr/sbin/sshd");
    if !sshd.exists() {
        eprintln!("SKIPPED: OpenSSH's server is not installed; `apt-get install openssh-server`");
        return Ok(());
    }
    let cluster = Cluster::start().await?;
    fs::create_dir(cluster.path("temporary"))?;
    let server = Server::start(sshd, cluster.path("server"))?;
    let lease = cluster.running(&access(server.port, HOST_SEED)?.to_bytes())?;
    // Its users are those of this machine and not leases.
    let me = text(&Command::new("id").arg("-un").output()?.stdout);
    let (user, address) = (format!("User={}", me.trim()), lease.to_string());
    let run = |command: &str| {
        let arguments = ["ssh", &address, "-o", &user, "--", command];
        cluster.finding("/usr/bin:/bin", &arguments)
    };
    let greeted = run("echo hello; exit 42")?;
    assert_eq!((greeted.status.code(), &*text(&greeted.stdout)), (Some(42), "hello\n"), "{greeted:?}");

    cluster.publish(&lease, &access(server.port, [9; 32])?.to_bytes())?;
    let refused = run("echo hello")?;
    assert_eq!((refused.status.code(), &*text(&refused.stdout)), (Some(255), ""), "{refused:?}");
    assert!(text(&refused.stderr).contains("Host key verification failed"), "{refused:?}");
    assert_eq!(fs::read_dir(cluster.path("temporary"))?.count(), 0, "the key stays behind");
    Ok(())
}
