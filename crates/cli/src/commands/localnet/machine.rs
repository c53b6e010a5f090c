//! What runs by itself on a local market, if its programs are named: the machine that serves an offer, guard, keeper, indexer.

use crate::output::{self, Record};
use anyhow::{Context as _, Result};
use clap::{Args, ValueEnum};
use console::style;
use gpu_lease_localnet::{Ended, Engine, Indexer, Localnet as Net, Machine, Parts, Process};
use solana_address::Address;
use std::{
    io::{self, BufRead},
    path::{Path, PathBuf},
    thread,
};
use tokio::{
    signal::unix::{SignalKind, signal},
    sync::mpsc,
};

#[derive(Debug, Args)]
#[command(next_help_heading = "What runs by itself")]
pub struct MachineOptions {
    /// Program `gpu-lease-agent`: starts, meters and ends the leases of the H100s, with simulated cards
    #[arg(long, value_name = "PROGRAM", requires_all = ["helper", "guard", "keeper"])]
    agent: Option<PathBuf>,
    /// Program `gpu-lease-guard`: watches those that name it
    #[arg(long, value_name = "PROGRAM", requires = "agent")]
    guard: Option<PathBuf>,
    /// Program `gpu-lease-keeper`: does what anyone may, once it is due
    #[arg(long, value_name = "PROGRAM", requires = "agent")]
    keeper: Option<PathBuf>,
    /// Program `gpu-lease-indexer`: remembers what is over
    #[arg(long, value_name = "PROGRAM")]
    indexer: Option<PathBuf>,
    /// Program `gpu-lease-helper`, linked statically: runs in every lease
    #[arg(long, value_name = "PROGRAM", requires = "agent")]
    helper: Option<PathBuf>,
    /// What leases run in [default: docker, or process where it cannot be used]
    #[arg(long, value_name = "RUNTIME", requires = "agent")]
    runtime: Option<Runtime>,
    /// Image of the containers
    #[arg(long, value_name = "IMAGE", default_value = "debian:12", requires = "agent")]
    image: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Runtime {
    // No documentation comments: they would double the length of the help text.
    Docker,
    Process,
}

impl MachineOptions {
    /// Whether its programs are named.
    pub fn is_there(&self) -> bool {
        self.agent.is_some()
    }

    /// Starts it for an offer, if its programs are named. The wallets' key files are in the folder.
    pub async fn start(&self, net: &Net, wallets: &Path, offer: Address) -> Result<Option<Machine>> {
        let (Some(agent), Some(helper), Some(guard), Some(keeper)) =
            (self.agent.clone(), self.helper.clone(), self.guard.clone(), self.keeper.clone())
        else {
            return Ok(None);
        };
        let spinner = output::spinner("Starting a machine, a guard and a keeper");
        let engine = self.engine().await;
        let started = match engine {
            Ok((engine, why)) => {
                let wallets = wallets.to_owned();
                let parts = Parts { agent, helper, guard, keeper, wallets, engine };
                Machine::start(net, parts, offer).await.map(|machine| (machine, why))
            }
            Err(error) => Err(error),
        };
        spinner.finish_and_clear();
        let (machine, why) = started?;
        output::note(introduction(&machine, why.as_deref()));
        Ok(Some(machine))
    }

    /// Starts what remembers the market, if its program is named.
    pub async fn remember(&self, net: &Net) -> Result<Option<Indexer>> {
        let Some(program) = &self.indexer else { return Ok(None) };
        let spinner = output::spinner("Starting an indexer");
        let started = Indexer::start(net, program).await;
        spinner.finish_and_clear();
        let indexer = started?;
        let (program, configuration) = indexer.configuration();
        let status = format!("{} --config {} status", program.display(), configuration.display());
        output::note(
            Record::new()
                .heading("An indexer remembers what happens")
                .line("answers at", format!("http://{}", indexer.api()))
                .line("its record", status),
        );
        Ok(Some(indexer))
    }

    /// What leases run in, and why not in containers, if nobody chose that.
    async fn engine(&self) -> Result<(Engine, Option<String>)> {
        let docker = match self.runtime {
            Some(Runtime::Process) => return Ok((Engine::Process, None)),
            Some(Runtime::Docker) | None => Engine::docker(&self.image).await,
        };
        match docker {
            Ok(engine) => Ok((engine, None)),
            Err(why) if self.runtime.is_none() => Ok((Engine::Process, Some(why))),
            Err(why) => Err(anyhow::anyhow!("{why}; pass --runtime process to go on without containers")),
        }
    }
}

fn introduction(machine: &Machine, why: Option<&str>) -> Record {
    let runs_in = match machine.engine() {
        Engine::Docker { image, .. } => format!("a container of Docker each, image {image}"),
        Engine::Process => {
            "a shell of your own user's each: no container, no walls. Whoever rents here can do what you can"
                .to_owned()
        }
    };
    let status = |process| {
        let (program, configuration) = machine.configuration(process);
        format!("{} --config {} status", program.display(), configuration.display())
    };
    let record = Record::new()
        .heading("An agent serves an offer: it starts, meters and ends its leases")
        .line("offer", machine.offer())
        .line("cards", format!("{}, simulated: there are no GPUs behind them", machine.cards()))
        .line("leases run in", runs_in);
    let record = match why {
        Some(why) => record.line("not in containers", why.to_owned()),
        None => record,
    };
    record
        .line("its leases", status(Process::Agent))
        .heading("A guard watches the leases that name guard.json, and a keeper does what anyone may")
        .line("guarded leases", status(Process::Guard))
}

/// Looks after what runs by itself until somebody wants the market closed, politely, and ends it.
pub async fn until_stopped(machine: Option<Machine>, indexer: Option<Indexer>) -> Result<()> {
    let listen = |kind| signal(kind).context("signals cannot be waited for");
    let [mut interrupt, mut terminate, mut hangup] =
        [listen(SignalKind::interrupt())?, listen(SignalKind::terminate())?, listen(SignalKind::hangup())?];
    let stopped = async {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
            _ = hangup.recv() => {}
        }
    };
    let (mut machine, mut indexer) = (machine, indexer);
    tokio::select! {
        () = stopped => {}
        failed = look_after(&mut machine) => failed?,
        failed = mourn(&mut indexer) => failed?,
    }
    if let Some(indexer) = indexer {
        indexer.close().await?;
    }
    let Some(machine) = machine else { return Ok(()) };
    output::note("\nEnding what runs on the machine");
    machine.close().await
}

/// Tells that the indexer has ended, which it never does by itself.
async fn mourn(indexer: &mut Option<Indexer>) -> Result<()> {
    if let Some(indexer) = indexer {
        let status = indexer.ended().await?;
        let said = indexer.obituary(status);
        output::note(format!("\n{}: {said}", style("Attention").yellow().bold()));
    }
    std::future::pending().await
}

/// What ends is told, and not started again before somebody asks for it.
async fn look_after(machine: &mut Option<Machine>) -> Result<()> {
    let Some(machine) = machine else { return std::future::pending().await };
    let mut asked = lines();
    let mut ended = Vec::new();
    loop {
        tokio::select! {
            it = machine.ended() => {
                output::note(format!("\n{}", obituary(machine, &it)));
                ended.push(it.process);
            }
            Some(()) = asked.recv(), if !ended.is_empty() => {
                for process in ended.drain(..) {
                    machine.run(process).with_context(|| format!("the {} is not started", process.name()))?;
                    output::note(format!("The {} is started again.", process.name()));
                }
            }
        }
    }
}

fn obituary(machine: &Machine, ended: &Ended) -> String {
    let goes_on = match ended.process {
        Process::Agent => "Leases go on, and so do logins",
        Process::Gateway => "Leases go on; nobody gets in",
        Process::Signer => "Leases go on; none is started, and nothing is attested",
        Process::Guard => "Leases go on; what is claimed of them, nobody refuses",
        Process::Keeper => "What is due waits for others",
    };
    format!(
        "{}: {}.\n{goes_on}. Press Enter to start it again.",
        style("Attention").yellow().bold(),
        machine.obituary(ended)
    )
}

/// Tells of each line on standard input. A thread of its own reads them, since nothing could end it.
fn lines() -> mpsc::UnboundedReceiver<()> {
    let (tell, lines) = mpsc::unbounded_channel();
    thread::spawn(move || {
        for line in io::stdin().lock().lines() {
            if line.is_err() || tell.send(()).is_err() {
                return;
            }
        }
    });
    lines
}
