//! A machine that runs leases, its renter's guard, and between them a line that can be cut. All are what they are elsewhere:
//! processes, SSH, a local validator.

use std::fs;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering::SeqCst};
use std::time::Duration;

use gpu_lease_client::access::AccessKey;
use gpu_lease_client::account::{Keyed, LeaseContext, ProviderRef};
use gpu_lease_client::attestation::{Usage, sign_usage};
use gpu_lease_client::events::LeaseClosed;
use gpu_lease_client::{Error, address, instruction};
use gpu_lease_gateway::Admission;
use gpu_lease_guard::news::Kind;
use gpu_lease_guard::status::{self, Status, Watched};
use gpu_lease_localnet::Proxy;
use gpu_lease_service::monitoring;
use gpu_lease_tests::prelude::*;
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream, UnixListener, UnixStream};
use tokio::sync::Notify;
use tokio::time::sleep;

use crate::daemons::{Daemon, Said, free_port, of_processes};
use crate::place::{Place, lease, say_to as say, until};
use crate::programs::program;

/// How long something may take that nothing holds up.
pub const SOON: Duration = Duration::from_secs(180);

/// GPU-seconds of a GPU that may be paid for though they cannot have been delivered.
pub const LOSS_LIMIT: u64 = 5;

/// What a second of a GPU costs, base units.
pub const PRICE: u64 = 1_000;

/// The process that signs for the machine.
const SIGNER: &str = "signer";

/// A line to the machine, which can be cut and led elsewhere.
pub struct Line {
    pub port: u16,
    /// Where it leads; nowhere if 0.
    to: Arc<AtomicU16>,
    moved: Arc<Notify>,
}

impl Line {
    async fn new(to: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let line = Self {
            port: listener.local_addr().unwrap().port(),
            to: Arc::new(AtomicU16::new(to)),
            moved: Arc::default(),
        };
        let (to, moved) = (line.to.clone(), line.moved.clone());
        tokio::spawn(async move {
            while let Ok((mut near, _)) = listener.accept().await {
                let (to, moved) = (to.clone(), moved.clone());
                tokio::spawn(async move {
                    let port = to.load(SeqCst);
                    let Ok(mut far) = TcpStream::connect(("127.0.0.1", port)).await else { return };
                    tokio::select! {
                        () = moved.notified() => {}
                        _ = tokio::io::copy_bidirectional(&mut near, &mut far) => {}
                    }
                });
            }
        });
        line
    }

    /// Cuts what is connected, and leads what comes to another port; nowhere if it is 0.
    pub fn lead(&self, to: u16) {
        self.to.store(to, SeqCst);
        self.moved.notify_waiters();
    }
}

/// A guard's process. It ends with this.
pub struct Guard {
    process: Child,
    pub config: PathBuf,
    port: u16,
}

impl Drop for Guard {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

impl Guard {
    fn start(config: &Path, port: u16) -> Self {
        Self::by(&program("gpu-lease-guard"), config, port)
    }

    /// One of this program.
    pub fn by(program: &Path, config: &Path, port: u16) -> Self {
        let log = fs::File::options().create(true).append(true).open(config.with_extension("log")).unwrap();
        let mut command = Command::new(program);
        command.arg("--config").arg(config).arg("run").stdin(Stdio::null());
        let process = command.stdout(Stdio::null()).stderr(log).spawn().unwrap();
        Self { process, config: config.to_owned(), port }
    }

    /// As a crash does, and a moment later it is started again.
    pub fn kill(mut self) -> impl FnOnce() -> Self {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
        let (config, port) = (self.config.clone(), self.port);
        move || Self::start(&config, port)
    }

    pub const fn process(&self) -> &Child {
        &self.process
    }

    pub async fn status(&self) -> Option<Status> {
        monitoring::ask(([127, 0, 0, 1], self.port).into(), status::PATH).await.ok()
    }

    /// What it tells of a lease.
    pub async fn of(&self, lease: &Address) -> Option<Watched> {
        let name = lease.to_string();
        self.status().await?.leases.into_iter().find(|watched| watched.lease == name)
    }

    /// What it told about a lease, the latest first.
    pub async fn news(&self, lease: &Address) -> Vec<(Kind, String)> {
        let name = Some(lease.to_string());
        let news = self.status().await.map(|status| status.news).unwrap_or_default();
        news.into_iter().filter(|news| news.lease == name).map(|news| (news.kind, news.text)).collect()
    }
}

/// The whole of it.
pub struct Street {
    _said: Vec<Said>,
    /// Gone before the place is, which ends what they left running.
    pub machine: Vec<(&'static str, Daemon)>,
    pub place: Place,
    pub line: Line,
    /// The machine's own port.
    pub ssh: u16,
    /// The guard's node.
    pub node: Proxy,
    pub session: Keypair,
    pub verifier: Keypair,
    /// The offer whose usage the verifier has to sign, too.
    pub verified: Keyed<Offer>,
    pub agent: PathBuf,
}

impl Street {
    /// With everything but guards running. It begins so many seconds after a full minute of the cluster's clock.
    pub async fn new(second: i64) -> Self {
        let mut place = Place::new().await;
        let minute = place.net.now().await.unwrap().div_euclid(60);
        place.net.validator.travel_to((minute + 2) * 60 + second - 3).unwrap();
        let provider = ProviderRef::of(place.net.wallets.provider.pubkey());
        let terms = Terms {
            price: PRICE * 3_600,
            min_duration: MIN_DURATION,
            heartbeat_timeout: 300,
            challenge_window: MIN_CHALLENGE_WINDOW,
            ..place.offer.terms
        };
        let verifier = Keypair::new();
        let verified = Terms { verifier: verifier.pubkey(), ..terms };
        for (id, terms) in [(11, terms), (12, verified)] {
            let create = instruction::create_offer(provider, id, 8, terms, place.offer.listing);
            place.net.client.send(&[create], &place.net.wallets.provider, &[]).await.unwrap();
        }
        let offer = async |id| place.net.client.offer(&address::offer(&provider.address, id)).await.unwrap();
        let (offer, verified) = (offer(11).await, offer(12).await);
        place.offer = offer;
        let agent = of_processes(&place);
        // The machine serves both.
        let text = fs::read_to_string(&agent).unwrap();
        let (_, served) = text.split_once("[[offers]]").unwrap();
        let [name, other] = [place.offer.address, verified.address].map(|address| format!("\"{address}\""));
        let served = served.replace(&name, &other);
        let text = text.replace(&format!("[{name}]"), &format!("[{name}, {other}]"));
        let text = format!("{text}\n[[offers]]{served}");
        let listen = text.lines().find_map(|line| line.trim().strip_prefix("listen = \"127.0.0.1:")).unwrap();
        let ssh: u16 = listen.trim_end_matches('"').parse().unwrap();
        let line = Line::new(ssh).await;
        let host = "host = \"127.0.0.1\"";
        fs::write(&agent, text.replace(host, &format!("{host}\nport = {}", line.port))).unwrap();
        let node = Proxy::start(place.net.validator.rpc_url()).await.unwrap();
        let _said = vec![Said(agent.with_extension("log"))];
        let machine = Vec::new();
        let session = Keypair::new();
        let mut street = Self { _said, place, line, ssh, node, session, verifier, verified, agent, machine };
        street.start_machine();
        street
    }

    /// All three processes of the machine.
    pub fn start_machine(&mut self) {
        let start = |name: &'static str| (name, Daemon::start(&self.agent, name));
        self.machine = [SIGNER, "gateway", "run"].map(start).into();
    }

    /// The machine signs no usage of its own until `sign_again`: what the test claims for it comes first, however slow it is.
    pub fn stop_signing(&mut self) {
        self.machine.retain(|(name, _)| *name != SIGNER);
    }

    pub fn sign_again(&mut self) {
        self.machine.insert(0, (SIGNER, Daemon::start(&self.agent, SIGNER)));
    }

    /// The main guard, behind its own node.
    pub fn guard(&mut self) -> Guard {
        let node = self.node.url().to_owned();
        self.guard_as("guard", &node, "")
    }

    /// A guard of this name, with a node and what else its configuration says in front of all tables.
    pub fn guard_as(&mut self, name: &str, node: &str, says: &str) -> Guard {
        let session = self.session.insecure_clone();
        self.guard_with(name, node, says, ("sessions", &session))
    }

    /// What signs as the verifier, and does nothing else.
    pub fn verify(&mut self) -> Guard {
        let (node, verifier) =
            (self.place.net.validator.rpc_url().to_owned(), self.verifier.insecure_clone());
        self.guard_with("verifier", &node, "", ("verifier", &verifier))
    }

    fn guard_with(&mut self, name: &str, node: &str, says: &str, (as_what, key): (&str, &Keypair)) -> Guard {
        let folder = self.place.folder.path().join(name);
        fs::create_dir_all(&folder).unwrap();
        let secret = |name: &str, bytes: &[u8]| secret(&folder.join(name), bytes);
        let wallets = self.place.folder.path().join("wallets");
        let key = secret("key.json", &keypair_file(key));
        let key = if as_what == "sessions" { format!("[\"{key}\"]") } else { format!("\"{key}\"") };
        let wallet = secret("wallet.json", &fs::read(wallets.join("sponsor.json")).unwrap());
        let (access, port) = (self.place.folder.path().join("access"), free_port());
        fs::create_dir_all(&access).unwrap();
        let (state, mint) = (folder.display(), self.place.net.mint.address);
        let second = match self.place.net.validator.rpc_url() {
            second if second == node => String::new(),
            second => format!("second = \"{second}\""),
        };
        let text = format!(
            r#"
            state = "{state}"
            monitoring = {{ listen = "127.0.0.1:{port}" }}
            {says}
            [chain]
            rpc = "{node}"
            {second}
            every = "1s"
            most_priority_fee = 0
            [keys]
            {as_what} = {key}
            wallet = "{wallet}"
            access = ["{}"]
            [probes]
            every = "2s"
            login = "10s"
            [limits]
            loss_limit = "{LOSS_LIMIT}s"
            at_once = true
            [budgets.mints]
            {mint} = {{ stakes_a_day = 1000000000, stakes_in_all = 1000000000, top_ups_a_day = 1000000, top_ups_in_all = 2000000 }}
            "#,
            access.display()
        );
        let config = self.place.folder.path().join(name).with_extension("toml");
        fs::write(&config, text).unwrap();
        self._said.push(Said(config.with_extension("log")));
        Guard::start(&config, port)
    }

    /// The gateway's file of who is let in to a lease, changed behind the agent's back.
    pub fn tamper(&self, lease: &Address, change: impl FnOnce(&mut Admission)) {
        let folder = self.place.folder.path().join("gateway/admissions");
        let path = folder.join(format!("{lease}.json"));
        let mut admission: Admission = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        change(&mut admission);
        fs::write(path, serde_json::to_vec(&admission).unwrap()).unwrap();
    }

    /// Whoever asks about a lease gets the answers of its agent, changed.
    pub fn lie(&self, lease: &Address, lie: impl Fn(&str, &mut Value) + Clone + Send + Sync + 'static) {
        let path = self.place.folder.path().join(format!("{}.sock", &lease.to_string()[..8]));
        let listener = UnixListener::bind(&path).unwrap();
        let mut agent = None;
        self.tamper(lease, |admission| agent = admission.api.replace(path));
        let agent = agent.unwrap();
        tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                let (agent, lie) = (agent.clone(), lie.clone());
                tokio::spawn(async move { between(near, &agent, lie).await.ok() });
            }
        });
    }

    /// What a command says that the renter runs in a lease.
    pub async fn say(&self, lease: &Address, command: &str) -> String {
        let mut socket = PathBuf::new();
        self.tamper(lease, |admission| socket = admission.socket.clone());
        say(&socket, command).await
    }

    /// The renter opens a lease of a GPU that names the guard's session key, with its own number.
    pub async fn rent(&self, nonce: u64, change: impl FnOnce(&mut LeaseRequest)) -> Address {
        self.rent_on(&self.place.offer, nonce, change).await
    }

    /// The same on another offer.
    pub async fn rent_on(
        &self,
        offer: &Keyed<Offer>,
        nonce: u64,
        change: impl FnOnce(&mut LeaseRequest),
    ) -> Address {
        let key = AccessKey::generate();
        let folder = self.place.folder.path().join("access");
        fs::create_dir_all(&folder).unwrap();
        secret(&folder.join(format!("{nonce}.key")), key.to_text().as_bytes());
        let session_key = self.session.pubkey();
        self.place
            .rent_on(offer, &key, |request| {
                (request.nonce, request.gpus, request.session_key) = (nonce, 1, session_key);
                (request.duration, request.deposit) = (3_600, 3_600 * PRICE);
                change(request);
            })
            .await
    }

    /// The lease, which is there.
    pub async fn lease(&self, address: &Address) -> LeaseContext {
        lease(&self.place, address).await.unwrap()
    }

    /// Waits until a lease is so.
    pub async fn until(
        &self,
        what: &str,
        address: &Address,
        is_so: impl Fn(&LeaseContext) -> bool,
    ) -> LeaseContext {
        until(what, SOON, || async { is_so(&self.lease(address).await) }).await;
        self.lease(address).await
    }

    /// The provider's own key signs that a lease has delivered so much until now, and somebody lands it.
    pub async fn claim(&self, address: &Address, units: impl FnOnce(u64) -> u64) -> Result<Usage, Error> {
        let there = self.lease(address).await;
        let window_end = self.place.net.now().await.unwrap();
        let gpu_seconds = units(there.meter.capacity(window_end));
        let energy_wh = there.meter.energy_wh;
        let usage = Usage { window_end, gpu_seconds, energy_wh, evidence: [7; 32] };
        let attestor = &self.place.net.wallets.attestor;
        let signed = sign_usage(&there.keyed(), &usage, attestor, Some(&attestor.pubkey()), window_end)?;
        let keeper = &self.place.net.wallets.keeper;
        self.place.net.client.send(&instruction::attest(&there, &signed), keeper, &[]).await?;
        Ok(usage)
    }

    /// Lets so many seconds of the cluster's clock pass, as fast as clocks are believed to go.
    pub async fn hurry(&self, seconds: i64) {
        let end = self.place.net.now().await.unwrap() + seconds;
        loop {
            let now = self.place.net.now().await.unwrap();
            if now >= end {
                return;
            }
            self.place.net.validator.travel_to((now + 25).min(end)).unwrap();
            sleep(Duration::from_millis(2_500)).await;
        }
    }

    /// What a lease that is over has paid to whom: its close, by whoever it was.
    pub async fn closing(&self, address: &Address) -> LeaseClosed {
        let client = &self.place.net.client;
        for signature in client.signatures_after(address, None).await.unwrap().iter().rev() {
            let transaction = client.transaction(signature).await.unwrap();
            for event in transaction.events {
                if let gpu_lease_client::decode::Event::LeaseClosed(closed) = event
                    && closed.lease == *address
                {
                    return closed;
                }
            }
        }
        panic!("{address} was not closed")
    }

    /// What a wallet has, base units.
    pub async fn money(&self, wallet: &Keypair) -> u64 {
        self.place.money(&wallet.pubkey()).await
    }
}

/// Passes questions and answers on, and changes the answers.
async fn between(near: UnixStream, agent: &Path, lie: impl Fn(&str, &mut Value)) -> std::io::Result<()> {
    let far = UnixStream::connect(agent).await?;
    let ((near, mut to_near), (far, mut to_far)) = (near.into_split(), far.into_split());
    let (mut near, mut far) = (BufReader::new(near).lines(), BufReader::new(far).lines());
    // The first line says who asks, and is not answered.
    let caller = near.next_line().await?.unwrap_or_default();
    to_far.write_all(format!("{caller}\n").as_bytes()).await?;
    while let Some(question) = near.next_line().await? {
        to_far.write_all(format!("{question}\n").as_bytes()).await?;
        let Some(answer) = far.next_line().await? else { break };
        let (question, mut answer): (Value, Value) =
            (serde_json::from_str(&question)?, serde_json::from_str(&answer)?);
        lie(question["method"].as_str().unwrap_or_default(), &mut answer["result"]);
        to_near.write_all(format!("{answer}\n").as_bytes()).await?;
    }
    Ok(())
}

/// Writes what only this user may read: its path.
pub fn secret(path: &Path, bytes: &[u8]) -> String {
    let file = fs::File::options().create(true).truncate(true).write(true).mode(0o600).open(path);
    file.unwrap().write_all(bytes).unwrap();
    path.display().to_string()
}

fn keypair_file(key: &Keypair) -> Vec<u8> {
    serde_json::to_vec(&key.to_bytes().to_vec()).unwrap()
}
