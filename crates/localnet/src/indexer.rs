//! An indexer of the market: a program on its own, as it is deployed, with its record in a folder that goes with it.

use crate::{Localnet, http, ports};
use anyhow::{Context, Result, bail, ensure};
use std::{
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{ExitStatus, Stdio},
    time::{Duration, Instant},
};
use tokio::{
    process::{Child, ChildStdin, Command},
    time::sleep,
};

/// How long it may take until it answers.
const PATIENCE: Duration = Duration::from_secs(20);

/// How often it is looked whether it does.
const LOOK: Duration = Duration::from_millis(50);

/// Runs it, and ends it and its folder when the process that started this has ended, however it did: then standard input ends.
/// What ends by itself leaves its log.
const JANITOR: &str = r#"
program=$1 folder=$2
# A shell gives what it runs beside it nothing to read.
exec 3<&0
"$program" --config "$folder/indexer.toml" run 2>>"$folder/indexer.log" 3<&- &
pid=$!
{ cat <&3 >/dev/null; touch "$folder/over"; kill "$pid" 2>/dev/null; } &
wait "$pid"
status=$?
[ ! -e "$folder/over" ] || rm -r "$folder"
exit "$status"
"#;

/// An indexer that runs. It ends when this is dropped, or this process ends.
pub struct Indexer {
    program: PathBuf,
    folder: PathBuf,
    api: SocketAddr,
    janitor: Child,
    /// What it waits on: waiting for a process would close its own.
    until: Option<ChildStdin>,
}

impl Indexer {
    /// Starts the program, and returns when it answers.
    pub async fn start(net: &Localnet, program: &Path) -> Result<Self> {
        let program = program.canonicalize().with_context(|| format!("there is no {}", program.display()))?;
        let folder = tempfile::Builder::new().prefix("gpu-lease-indexer-").tempdir()?.keep();
        let [api, monitoring] = ports::free()?.map(ports::local);
        fs::write(folder.join("indexer.toml"), configuration(net, &folder, api, monitoring))?;
        let mut command = Command::new("sh");
        command.args(["-c", JANITOR, "janitor"]).args([&program, &folder]);
        // Ctrl-C in the terminal is for this process; it stops the other.
        let janitor = command.stdin(Stdio::piped()).stdout(Stdio::null()).process_group(0).spawn();
        let mut janitor = janitor.context("`sh` cannot be run")?;
        let until = janitor.stdin.take();
        let mut indexer = Self { program, folder, api, janitor, until };
        let since = Instant::now();
        while http::get(api, "/health", 1 << 10).await.is_err() {
            if let Some(status) = indexer.janitor.try_wait()? {
                bail!("{}", indexer.obituary(status));
            }
            ensure!(since.elapsed() < PATIENCE, "the indexer does not answer after {} s", PATIENCE.as_secs());
            sleep(LOOK).await;
        }
        Ok(indexer)
    }

    /// Where it answers.
    pub fn api(&self) -> SocketAddr {
        self.api
    }

    /// The program and its configuration, for its other commands.
    pub fn configuration(&self) -> (&Path, PathBuf) {
        (&self.program, self.folder.join("indexer.toml"))
    }

    /// Waits until it has ended.
    pub async fn ended(&mut self) -> Result<ExitStatus> {
        Ok(self.janitor.wait().await?)
    }

    /// What to say of it once it has ended: how, where its log is, and how that ends.
    pub fn obituary(&self, status: ExitStatus) -> String {
        let log = self.folder.join("indexer.log");
        let text = fs::read_to_string(&log).unwrap_or_default();
        let last = text.lines().last().map(|line| format!("\n  {line}")).unwrap_or_default();
        format!("the indexer has ended ({status}); its log is {}{last}", log.display())
    }

    /// Ends it, and waits until nothing is left.
    pub async fn close(mut self) -> Result<()> {
        drop(self.until.take());
        self.janitor.wait().await?;
        ensure!(!self.folder.join("over").exists(), "{} could not be removed", self.folder.display());
        Ok(())
    }
}

/// It looks more often than one would elsewhere, and audits often enough to see it.
fn configuration(net: &Localnet, folder: &Path, api: SocketAddr, monitoring: SocketAddr) -> String {
    format!(
        r#"# Remembers what happens on a local market.
state = "{folder}/indexer"
monitoring = {{ listen = "{monitoring}" }}

[chain]
rpc = "{rpc}"
websocket = "{websocket}"
calls = 0
every = "200ms"

[api]
listen = "{api}"

[audit]
every = "1m"
"#,
        folder = folder.display(),
        rpc = net.validator.rpc_url(),
        websocket = net.validator.ws_url(),
    )
}
