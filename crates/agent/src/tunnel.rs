//! A way in for machines that nobody reaches from outside: the system's `ssh` holds a port open on a relay, from which
//! connections lead to the gateway. The relay is not trusted: renters know the machine's own host key.

use std::fs::{self, Permissions};
use std::io::Write;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use gpu_lease_client::ssh::{public_key_line, read_public_key};
use gpu_lease_service::health::{Check, Health};
use gpu_lease_service::secret::SecretFile;
use gpu_lease_service::services::Service;
use serde::Deserialize;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};
use tokio::time::{Instant, sleep, timeout};

/// What the relay is called in the file of known hosts, whatever its name or address is.
const RELAY: &str = "relay";

/// Time between two looks whether renters get through.
const LOOK: Duration = Duration::from_secs(5);

/// How long a look may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// Pause after a tunnel has ended; twice as long each time, until one has held for the longest.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// How long the check may say nothing.
const CHECKED: Duration = Duration::from_secs(120);

/// Where the relay is, and how this machine gets in.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tunnel {
    /// `ssh://USER@HOST:PORT`.
    pub relay: Relay,
    /// The private key that the relay lets in.
    pub key: SecretFile,
    /// The relay's Ed25519 host key, as `ssh-keyscan -t ed25519 HOST` prints it after the name.
    pub host_key: String,
}

/// A relay.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Relay {
    user: String,
    host: String,
    port: u16,
}

impl FromStr for Relay {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let read = || {
            let (user, place) = text.strip_prefix("ssh://")?.split_once('@')?;
            let (host, port) = place.rsplit_once(':').unwrap_or((place, "22"));
            let host = host.trim_start_matches('[').trim_end_matches(']');
            let is_word = |word: &str, more: &str| {
                !word.is_empty()
                    && !word.starts_with('-')
                    && word.chars().all(|it| it.is_ascii_alphanumeric() || more.contains(it))
            };
            let port = port.parse().ok().filter(|port| *port > 0)?;
            (is_word(user, "-_.") && is_word(host, "-.:")).then(|| Self {
                user: user.into(),
                host: host.into(),
                port,
            })
        };
        read().ok_or_else(|| format!("`{text}` is no relay: write it as ssh://USER@HOST:PORT"))
    }
}

impl TryFrom<String> for Relay {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

/// How a tunnel does.
#[derive(Debug, Default)]
pub struct TunnelFigures {
    /// Whether a renter got through when that was last tried.
    pub is_up: AtomicBool,
    /// How often `ssh` was started.
    pub starts: AtomicU64,
}

/// A tunnel that is held open.
pub struct Held {
    tunnel: Tunnel,
    /// Where renters are told to connect: on the relay.
    public: (String, u16),
    /// The port of the gateway.
    local: u16,
    key: PathBuf,
    known_hosts: PathBuf,
    figures: Arc<TunnelFigures>,
}

impl Held {
    /// From `public` on the relay to the port `local` of this machine. `folder` is private to the gateway.
    pub fn new(tunnel: Tunnel, public: (String, u16), local: u16, folder: &Path) -> Result<Self> {
        let host_key = public_key_line(read_public_key(&tunnel.host_key)?)?;
        let at = |name: &str| folder.join(name);
        let (key, known_hosts) = (at("tunnel_key"), at("tunnel_known_hosts"));
        let secret = tunnel.key.read().context("the key of the tunnel cannot be read")?;
        // `ssh` takes a key from a file of its own user's only, which no credential of systemd is.
        write_private(&key, secret.bytes())?;
        write_private(&known_hosts, format!("{RELAY} {host_key}\n").as_bytes())?;
        Ok(Self { tunnel, public, local, key, known_hosts, figures: Arc::default() })
    }

    /// How it does.
    pub fn figures(&self) -> Arc<TunnelFigures> {
        self.figures.clone()
    }

    /// Holds it until it is told to stop.
    pub async fn hold(self, health: Health, mut service: Service) -> Result<()> {
        let check = health.check("tunnel", CHECKED);
        service.ready();
        let stop = service.stop.clone();
        stop.run_until_cancelled(self.hold_on(&check)).await.unwrap_or(Ok(()))
    }

    async fn hold_on(&self, check: &Check) -> Result<()> {
        let mut pause = FIRST_PAUSE;
        loop {
            let began = Instant::now();
            let why = self.hold_once(check).await?;
            self.figures.is_up.store(false, Relaxed);
            tracing::warn!(relay = self.tunnel.relay.host, why, "the tunnel has ended");
            check.failing(format!("the tunnel has ended: {why}"));
            if began.elapsed() > LONGEST_PAUSE {
                pause = FIRST_PAUSE;
            }
            sleep(pause).await;
            pause = (2 * pause).min(LONGEST_PAUSE);
        }
    }

    /// Holds it until `ssh` ends: why that was.
    async fn hold_once(&self, check: &Check) -> Result<String> {
        self.figures.starts.fetch_add(1, Relaxed);
        let mut ssh = self.command().spawn().context("`ssh` cannot be started: install OpenSSH's client")?;
        let said = ssh.stderr.take().map(|stderr| tokio::spawn(last_line(stderr)));
        let ended = async |ssh: &mut Child| ssh.wait().await.context("`ssh` cannot be waited for");
        loop {
            if let Ok(status) = timeout(LOOK, ended(&mut ssh)).await {
                let status = status?;
                let said = match said {
                    Some(said) => said.await.unwrap_or_default(),
                    None => String::new(),
                };
                return Ok(if said.is_empty() { status.to_string() } else { said });
            }
            match timeout(PATIENCE, self.banner()).await {
                Ok(Ok(())) => {
                    self.figures.is_up.store(true, Relaxed);
                    check.fine();
                }
                Ok(Err(_)) | Err(_) => {
                    self.figures.is_up.store(false, Relaxed);
                    let (host, port) = &self.public;
                    check.failing(format!(
                        "nobody answers at {host} port {port}: let the relay's sshd say `GatewayPorts clientspecified`, and its \
                         firewall let the port through"
                    ));
                }
            }
        }
    }

    /// Looks whether a renter gets through to an SSH server.
    async fn banner(&self) -> Result<()> {
        let mut stream = TcpStream::connect((self.public.0.as_str(), self.public.1)).await?;
        let mut first = [0; 4];
        stream.read_exact(&mut first).await?;
        ensure!(first == *b"SSH-");
        Ok(())
    }

    /// It reads no configuration, asks nobody, takes this key and this relay and no other, and ends when the port is taken or
    /// the relay is silent.
    fn command(&self) -> Command {
        let Relay { user, host, port } = &self.tunnel.relay;
        let mut ssh = Command::new("ssh");
        ssh.args(["-F", "none", "-N", "-T", "-l", user, "-p", &port.to_string(), "-i"]).arg(&self.key);
        for option in [
            "BatchMode=yes",
            "ConnectTimeout=15",
            "ExitOnForwardFailure=yes",
            "ServerAliveInterval=15",
            "ServerAliveCountMax=3",
            "IdentitiesOnly=yes",
            "IdentityAgent=none",
            "ForwardAgent=no",
            "PreferredAuthentications=publickey",
            "StrictHostKeyChecking=yes",
            "UpdateHostKeys=no",
            "GlobalKnownHostsFile=/dev/null",
            "HostKeyAlgorithms=ssh-ed25519",
        ] {
            ssh.args(["-o", option]);
        }
        ssh.arg("-o").arg(format!("HostKeyAlias={RELAY}"));
        ssh.arg("-o").arg(format!("UserKnownHostsFile=\"{}\"", self.known_hosts.display()));
        ssh.arg("-R").arg(format!("*:{}:127.0.0.1:{}", self.public.1, self.local)).args(["--", host]);
        ssh.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).kill_on_drop(true);
        ssh
    }
}

/// What was said last, without what a terminal would obey.
async fn last_line(from: impl tokio::io::AsyncRead + Unpin) -> String {
    let (mut lines, mut last) = (BufReader::new(from.take(1 << 16)).lines(), String::new());
    while let Ok(Some(line)) = lines.next_line().await {
        last = line;
    }
    last.chars().filter(|it| !it.is_control()).collect()
}

fn write_private(path: &Path, bytes: &[u8]) -> Result<()> {
    let failed = || format!("{} cannot be written", path.display());
    let mut file = fs::OpenOptions::new();
    let file = file.create(true).truncate(true).write(true).mode(0o600).open(path);
    let mut file = file.with_context(failed)?;
    file.set_permissions(Permissions::from_mode(0o600)).with_context(failed)?;
    file.write_all(bytes).with_context(failed)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("ssh://me@vps.example:2200", "me", "vps.example", 2_200)]
    #[case("ssh://me@vps.example", "me", "vps.example", 22)]
    #[case("ssh://me@[2001:db8::1]:22", "me", "2001:db8::1", 22)]
    fn a_relay_is_a_user_at_a_host(
        #[case] text: &str,
        #[case] user: &str,
        #[case] host: &str,
        #[case] port: u16,
    ) {
        assert_eq!(text.parse(), Ok(Relay { user: user.into(), host: host.into(), port }));
    }

    #[rstest]
    #[case("vps.example")]
    #[case("ssh://vps.example")]
    #[case("ssh://me@-oProxyCommand=x")]
    #[case("ssh://-x@vps.example")]
    #[case("ssh://me@vps example")]
    #[case("ssh://me@vps.example:0")]
    #[case("ssh://me@vps.example:x")]
    fn what_ssh_could_take_for_something_else_is_no_relay(#[case] text: &str) {
        assert!(text.parse::<Relay>().is_err());
    }
}
