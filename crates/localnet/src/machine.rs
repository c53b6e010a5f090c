//! A machine of the first provider's, run by `gpu-lease-agent` with cards that there are not: its three processes, as a
//! provider runs them. Beside it the guard of the market's renter and a keeper, on their own as well. All are started as
//! programs, since each is deployed alone and nothing here is built on them.

use crate::{
    Engine, Link, Localnet, Parts, Watched, configuration,
    ports::{Ports, local},
};
use anyhow::{Context, Result, bail};
use solana_address::Address;
use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::{ExitStatus, Stdio},
    thread::available_parallelism,
    time::Duration,
};
use tokio::{
    process::{Child, Command},
    sync::mpsc,
    time::timeout,
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
for process in guard keeper agent gateway signer; do
    ! runs "$process" || kill "$pid" 2>/dev/null
    for tenth in $(seq 50); do
        ! runs "$process" || sleep 0.1
    done
    ! runs "$process" || kill -9 "$pid" 2>/dev/null
done
"$agent" --config "$folder/agent.toml" --log warn clear && rm -r "$folder"
"#;

/// A process that runs by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Process {
    /// Has the keys.
    Signer,
    /// Lets renters in.
    Gateway,
    /// Runs the leases.
    Agent,
    /// Watches leases for the renter.
    Guard,
    /// Does what anyone may.
    Keeper,
}

impl Process {
    const ALL: [Self; 5] = [Self::Signer, Self::Gateway, Self::Agent, Self::Guard, Self::Keeper];

    /// Its name in the folder.
    pub fn name(self) -> &'static str {
        match self {
            Self::Signer => "signer",
            Self::Gateway => "gateway",
            Self::Agent => "agent",
            Self::Guard => "guard",
            Self::Keeper => "keeper",
        }
    }

    /// As its program calls it.
    fn command(self) -> &'static str {
        match self {
            Self::Agent | Self::Guard | Self::Keeper => "run",
            Self::Signer | Self::Gateway => self.name(),
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

/// A machine that serves an offer of the market, and what watches over it. When it is dropped, or this process ends, so does
/// all that runs there.
pub struct Machine {
    parts: Parts,
    folder: PathBuf,
    offer: Address,
    cards: usize,
    ports: Ports,
    link: Link,
    ended: mpsc::UnboundedReceiver<Ended>,
    tell: mpsc::UnboundedSender<Ended>,
    janitor: Child,
}

impl Machine {
    /// Starts the processes for an offer of the first provider's, and returns when they are there.
    pub async fn start(net: &Localnet, parts: Parts, offer: Address) -> Result<Self> {
        // A socket's path must not be long.
        let folder = tempfile::Builder::new().prefix("gpu-lease-agent-").tempdir()?.keep();
        let parts = Parts {
            agent: absolute(&parts.agent)?,
            guard: absolute(&parts.guard)?,
            keeper: absolute(&parts.keeper)?,
            helper: absolute(&parts.helper)?,
            wallets: absolute(&parts.wallets)?,
            engine: parts.engine,
        };
        let janitor = Command::new("sh")
            .args(["-c", JANITOR, "janitor"])
            .args([&folder, &parts.agent])
            .stdin(Stdio::piped())
            .process_group(0)
            .spawn()
            .context("`sh` cannot be run")?;
        // A container cannot be given more processors than there are.
        let cards = match parts.engine {
            Engine::Docker { .. } => available_parallelism().map_or(1, usize::from).min(CARDS),
            Engine::Process => CARDS,
        };
        let access = folder.join("access");
        fs::create_dir(&access)?;
        let ports = Ports::free()?;
        let link = Link::to(local(ports.ssh)).await?;
        let place = configuration::Place { net, folder: &folder, parts: &parts, ports: &ports };
        for (process, text) in [
            (Process::Agent, place.agent(&offer, cards, link.port())),
            (Process::Guard, place.guard(&access)),
            (Process::Keeper, place.keeper()),
        ] {
            fs::write(folder.join(process.name()).with_extension("toml"), text)?;
        }
        let (tell, ended) = mpsc::unbounded_channel();
        let there = ports.answer(folder.clone());
        let mut machine = Self { parts, folder, offer, cards, ports, link, ended, tell, janitor };
        Process::ALL.into_iter().try_for_each(|process| machine.run(process))?;
        tokio::select! {
            ended = machine.ended() => bail!("{}", machine.obituary(&ended)),
            ready = timeout(PATIENCE, there) => {
                ready.with_context(|| format!("the agent is not there after {} s", PATIENCE.as_secs()))?;
            }
        }
        Ok(machine)
    }

    /// What others see of it.
    pub fn watched(&self) -> Watched {
        let (agent, guard) = (local(self.ports.agent), local(self.ports.guard));
        let access = self.folder.join("access");
        Watched { offer: self.offer, agent, guard, access, link: self.link.clone() }
    }

    /// The offer that it serves.
    pub fn offer(&self) -> &Address {
        &self.offer
    }

    /// What its leases run in.
    pub fn engine(&self) -> &Engine {
        &self.parts.engine
    }

    /// How many cards it has.
    pub fn cards(&self) -> usize {
        self.cards
    }

    /// The program of a process and its configuration, for its other commands.
    pub fn configuration(&self, process: Process) -> (&Path, PathBuf) {
        let (program, name) = match process {
            Process::Signer | Process::Gateway | Process::Agent => (&self.parts.agent, "agent"),
            Process::Guard => (&self.parts.guard, "guard"),
            Process::Keeper => (&self.parts.keeper, "keeper"),
        };
        (program, self.folder.join(name).with_extension("toml"))
    }

    /// Starts a process that has ended.
    pub fn run(&mut self, process: Process) -> Result<()> {
        let log = File::options().create(true).append(true).open(self.log(process))?;
        let (program, configuration) = self.configuration(process);
        let mut command = Command::new(program);
        command.arg("--config").arg(configuration).arg(process.command());
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
        // Ctrl-C in the terminal is for this process; it stops the others.
        let mut child = command
            .process_group(0)
            .spawn()
            .with_context(|| format!("{} cannot be started", program.display()))?;
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

fn absolute(path: &Path) -> Result<PathBuf> {
    path.canonicalize().with_context(|| format!("there is no {}", path.display()))
}
