//! A machine of the first provider's, run by `gpu-lease-agent` with cards that there are not: its three processes, as a
//! provider runs them. They are started as programs, since the agent is deployed alone and nothing here is built on it.

use crate::{Engine, Localnet};
use anyhow::{Context, Result, bail};
use solana_address::Address;
use std::{
    fs::{self, File},
    io,
    net::{Ipv4Addr, SocketAddr, TcpListener},
    path::{Path, PathBuf},
    process::{ExitStatus, Stdio},
    thread::available_parallelism,
    time::Duration,
};
use tokio::{
    net::{TcpStream, UnixStream},
    process::{Child, Command},
    sync::mpsc,
    time::{sleep, timeout},
};

/// GPUs of its offer.
const CARDS: usize = 8;

/// How long the processes may take until they are there.
const PATIENCE: Duration = Duration::from_secs(20);

/// Ends the processes, what they run and their folder when this process has ended, however it did: then its standard input
/// ends. A process is known by its lock and by the folder on its command line, so that it may also be one that somebody
/// started by hand.
const JANITOR: &str = r#"
cat >/dev/null
folder=$1 agent=$2
runs() { pid=$(cat "$folder/$1/lock" 2>/dev/null) && grep -qsF "$folder" "/proc/$pid/cmdline"; }
for process in agent gateway signer; do
    ! runs "$process" || kill "$pid" 2>/dev/null
    for tenth in $(seq 50); do
        ! runs "$process" || sleep 0.1
    done
    ! runs "$process" || kill -9 "$pid" 2>/dev/null
done
"$agent" --config "$folder/agent.toml" --log warn clear && rm -r "$folder"
"#;

/// A process of the agent's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Process {
    /// Has the keys.
    Signer,
    /// Lets renters in.
    Gateway,
    /// Runs the leases.
    Agent,
}

impl Process {
    const ALL: [Self; 3] = [Self::Signer, Self::Gateway, Self::Agent];

    /// Its name in the folder.
    pub fn name(self) -> &'static str {
        match self {
            Self::Signer => "signer",
            Self::Gateway => "gateway",
            Self::Agent => "agent",
        }
    }

    /// As the program calls it.
    fn command(self) -> &'static str {
        match self {
            Self::Agent => "run",
            _ => self.name(),
        }
    }
}

/// A process that has ended, which none does by itself.
#[derive(Debug)]
pub struct Ended {
    pub process: Process,
    /// How.
    pub status: ExitStatus,
}

/// What a machine is made of.
#[derive(Clone, Debug)]
pub struct Parts {
    /// The program `gpu-lease-agent`.
    pub agent: PathBuf,
    /// The program `gpu-lease-helper`; for containers a static one.
    pub helper: PathBuf,
    /// The folder of the wallets' key files.
    pub wallets: PathBuf,
    /// What leases run in.
    pub engine: Engine,
}

/// A machine that serves the first offer of the market. When it is dropped, or this process ends, so does all that runs on
/// it.
pub struct Machine {
    agent: PathBuf,
    folder: PathBuf,
    engine: Engine,
    offer: Address,
    cards: usize,
    monitoring: SocketAddr,
    ended: mpsc::UnboundedReceiver<Ended>,
    tell: mpsc::UnboundedSender<Ended>,
    janitor: Child,
}

impl Machine {
    /// Starts the three processes, and returns when they are there.
    pub async fn start(net: &Localnet, parts: Parts) -> Result<Self> {
        let offer = *net.offers.first().context("the market has no offer")?;
        // A socket's path must not be long.
        let folder = tempfile::Builder::new().prefix("gpu-lease-agent-").tempdir()?.keep();
        let agent = absolute(&parts.agent)?;
        let janitor = Command::new("sh")
            .args(["-c", JANITOR, "janitor"])
            .args([&folder, &agent])
            .stdin(Stdio::piped())
            .process_group(0)
            .spawn()
            .context("`sh` cannot be run")?;
        // A container cannot be given more processors than there are.
        let cards = match parts.engine {
            Engine::Docker { .. } => available_parallelism().map_or(1, usize::from).min(CARDS),
            Engine::Process => CARDS,
        };
        let ports = Ports::free()?;
        let text = configuration(net, &folder, &parts, &offer, cards, &ports)?;
        fs::write(folder.join("agent.toml"), text)?;
        let (tell, ended) = mpsc::unbounded_channel();
        let monitoring = (Ipv4Addr::LOCALHOST, ports.agent).into();
        let there = ports.answer(folder.clone());
        let mut machine =
            Self { agent, folder, engine: parts.engine, offer, cards, monitoring, ended, tell, janitor };
        Process::ALL.into_iter().try_for_each(|process| machine.run(process))?;
        tokio::select! {
            ended = machine.ended() => bail!("{}", machine.obituary(&ended)),
            ready = timeout(PATIENCE, there) => {
                ready.with_context(|| format!("the agent is not there after {} s", PATIENCE.as_secs()))?;
            }
        }
        Ok(machine)
    }

    /// Where its agent is watched.
    pub fn monitoring(&self) -> SocketAddr {
        self.monitoring
    }

    /// The offer that it serves.
    pub fn offer(&self) -> &Address {
        &self.offer
    }

    /// What its leases run in.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// How many cards it has.
    pub fn cards(&self) -> usize {
        self.cards
    }

    /// The agent's program and its configuration, for its other commands.
    pub fn configuration(&self) -> (&Path, PathBuf) {
        (&self.agent, self.folder.join("agent.toml"))
    }

    /// Starts a process that has ended.
    pub fn run(&mut self, process: Process) -> Result<()> {
        let log = File::options().create(true).append(true).open(self.log(process))?;
        let mut command = Command::new(&self.agent);
        command.arg("--config").arg(self.folder.join("agent.toml")).arg(process.command());
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
        // Ctrl-C in the terminal is for this process; it stops the others.
        let mut child = command
            .process_group(0)
            .spawn()
            .with_context(|| format!("{} cannot be started", self.agent.display()))?;
        let tell = self.tell.clone();
        tokio::spawn(async move {
            if let Ok(status) = child.wait().await {
                // Nobody listens any more if the machine is gone.
                tell.send(Ended { process, status }).ok();
            }
        });
        Ok(())
    }

    /// Waits until one of the processes has ended.
    pub async fn ended(&mut self) -> Ended {
        self.ended.recv().await.expect("a sender is kept")
    }

    /// What to say of a process that has ended: how, where its log is, and how that ends.
    pub fn obituary(&self, Ended { process, status }: &Ended) -> String {
        let log = self.log(*process);
        // One that was killed said nothing about it.
        let text = fs::read_to_string(&log).ok().filter(|_| status.code().is_some()).unwrap_or_default();
        let last = text.lines().last().map(|line| format!("\n  {line}")).unwrap_or_default();
        format!("the {} has ended ({status}); its log is {}{last}", process.name(), log.display())
    }

    fn log(&self, process: Process) -> PathBuf {
        self.folder.join(process.name()).with_extension("log")
    }

    /// Ends all of it, and waits until nothing is left.
    pub async fn close(mut self) -> Result<()> {
        drop(self.janitor.stdin.take());
        let status = self.janitor.wait().await?;
        if !status.success() || self.folder.exists() {
            bail!(
                "the agent's machine could not be cleaned up; see what is left in {}",
                self.folder.display()
            );
        }
        Ok(())
    }
}

/// Where the processes listen.
struct Ports {
    agent: u16,
    signer: u16,
    gateway: u16,
    ssh: u16,
}

impl Ports {
    /// Those that nobody has now.
    fn free() -> Result<Self> {
        // All at once, so that no two are the same.
        let listen = || TcpListener::bind((Ipv4Addr::LOCALHOST, 0));
        let [agent, signer, gateway, ssh] = [listen()?, listen()?, listen()?, listen()?];
        let port = |listener: &TcpListener| Ok::<_, io::Error>(listener.local_addr()?.port());
        Ok(Self { agent: port(&agent)?, signer: port(&signer)?, gateway: port(&gateway)?, ssh: port(&ssh)? })
    }

    /// Waits until all of them answer, and the signer's socket.
    async fn answer(self, folder: PathBuf) {
        const LOOK: Duration = Duration::from_millis(50);
        for port in [self.agent, self.signer, self.gateway, self.ssh] {
            while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.is_err() {
                sleep(LOOK).await;
            }
        }
        while UnixStream::connect(folder.join("signer.sock")).await.is_err() {
            sleep(LOOK).await;
        }
    }
}

fn configuration(
    net: &Localnet,
    folder: &Path,
    Parts { helper, wallets, engine, .. }: &Parts,
    offer: &Address,
    cards: usize,
    Ports { agent, signer, gateway, ssh }: &Ports,
) -> Result<String> {
    let (helper, wallets) = (absolute(helper)?, absolute(wallets)?);
    let (rpc, folder) = (net.validator.rpc_url(), folder.display());
    let (kind, image) = match engine {
        Engine::Docker { socket, image } => {
            // Few, as far as a server goes: not every engine may give more.
            let kind = format!("kind = \"docker\"\nengine = \"{}\"\nopen_files = 4096", socket.display());
            (kind, image.as_str())
        }
        // Nothing reads it.
        Engine::Process => ("kind = \"process\"".to_owned(), "none"),
    };
    Ok(format!(
        r#"# The machine that serves the first offer of a local market.
[chain]
rpc = "{rpc}"

[machine]
name = "machine"
state = "{folder}/agent"
monitoring = {{ listen = "127.0.0.1:{agent}" }}

[signer]
socket = {{ path = "{folder}/signer.sock" }}
state = "{folder}/signer"
operator = "{wallets}/operator.json"
attestor = "{wallets}/attestor.json"
machines = {{ machine = ["{offer}"] }}
monitoring = {{ listen = "127.0.0.1:{signer}" }}

[gateway]
listen = "127.0.0.1:{ssh}"
host = "127.0.0.1"
state = "{folder}/gateway"
monitoring = {{ listen = "127.0.0.1:{gateway}" }}

[runtime]
{kind}
state = "{folder}/leases"
helper = "{helper}"

[cards]
simulated = {cards}

[policy]
# Whoever plays here may open a lease of an hour, whose bond is the price of two, and deposit the least.
most_bond_percent = 1000000
renters_at_once = 8

[[offers]]
address = "{offer}"
image = "{image}"
cores = 1
memory = "1 GiB"
shared_memory = "64 MiB"
processes = 256
"#,
        wallets = wallets.display(),
        helper = helper.display(),
    ))
}

fn absolute(path: &Path) -> Result<PathBuf> {
    path.canonicalize().with_context(|| format!("there is no {}", path.display()))
}
