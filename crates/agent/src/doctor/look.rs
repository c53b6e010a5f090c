//! Looks at what the others judge.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::{Duration, SystemTime};

use anyhow::Result;
use gpu_lease_client::account::Keyed;
use gpu_lease_client::address::bond_account;
use gpu_lease_client::rpc::Client;
use gpu_lease_client::state::Offer;
use gpu_lease_runtime::Docker;
use gpu_lease_service::secret::SecretFile;
use nix::sys::statvfs::statvfs;
use serde_json::Value;
use solana_address::Address;

use super::cards;
use super::chain::{self, Served};
use super::machine::{self, Port, Watched};
use super::settings::{reach, settings};
use crate::cards::{Notes, Tools, facts, uuids};
use crate::config::{Config, Processes, Runtime};
use crate::daemon::{client, remote, require_local};
use crate::signer::About;
use gpu_lease_service::finding::{Finding, Level};

/// How long whoever is asked on this machine may take.
const PATIENCE: Duration = Duration::from_secs(2);

/// How the gateway introduces itself.
const GATEWAY: &str = "SSH-2.0-gpu-lease";

/// Looks at everything that a machine with this configuration needs.
pub async fn examine(config: &Config) -> Vec<Finding> {
    let mut findings = settings(config);
    findings.extend(engine(config).await);
    let (cards, said) = cards(config).await;
    findings.extend(said);
    findings.extend(processes(config));
    findings.push(reach(config));
    findings.extend(folders(config).iter().filter_map(|folder| space(folder)));
    findings.extend(keys(config));
    let (signer, said) = signer(config).await;
    findings.push(said);
    findings.extend(cluster(config, cards, signer.as_ref()).await);
    findings
}

async fn engine(config: &Config) -> Vec<Finding> {
    match &config.runtime {
        Runtime::Process(Processes { helper, .. }) => {
            vec![machine::no_engine(), machine::helper(helper, fs::read(helper), false)]
        }
        Runtime::Docker(containers) => {
            let mut findings = vec![machine::helper(&containers.helper, fs::read(&containers.helper), true)];
            let wants_disk = config.offers.iter().any(|offer| offer.disk.is_some());
            let can = async { Docker::new(containers.into())?.capabilities().await };
            match can.await {
                Ok(can) => {
                    findings.extend(machine::engine(&can, wants_disk, config.cards.simulated.is_none()));
                }
                Err(error) => findings.push(machine::silent_engine(&error.to_string(), &containers.engine)),
            }
            findings
        }
    }
}

/// How many cards there are to lease out, and how they are.
async fn cards(config: &Config) -> (u32, Vec<Finding>) {
    if let Some(cards) = config.cards.simulated {
        return (cards, Vec::new());
    }
    let tools = Tools::new(&config.cards);
    let listed = uuids(&tools).await;
    let mut findings = Vec::from([
        cards::driver(listed.as_ref().map(Vec::len)),
        cards::scrubbing(&config.cards.parameters, fs::read_to_string(&config.cards.parameters)),
        cards::cuda(&config.cards.cuda),
        cards::log(&config.cards.kmsg, fs::File::open(&config.cards.kmsg).map(drop)),
        cards::diagnosis(&config.cards.dcgmi, config.cards.dcgmi.exists()),
    ]);
    let listed = listed.unwrap_or_default();
    let notes = Notes::open(&config.machine.state);
    let mut count = 0;
    for card in &listed {
        let withheld = notes.as_ref().ok().and_then(|notes| notes.read(card).withheld);
        let said = cards::card(card, &facts(&tools, card).await, withheld.as_deref());
        count += u32::from(said.iter().all(|finding| finding.level < Level::Failure));
        findings.extend(said);
    }
    if matches!(config.runtime, Runtime::Docker(_)) && !listed.is_empty() {
        findings.push(cards::specification(&listed, &specifications()));
    }
    (count, findings)
}

/// What engines are told of devices.
fn specifications() -> String {
    let folders = ["/etc/cdi", "/var/run/cdi"].into_iter().filter_map(|folder| fs::read_dir(folder).ok());
    let files = folders.flatten().filter_map(|file| fs::read_to_string(file.ok()?.path()).ok());
    files.collect()
}

fn processes(config: &Config) -> Vec<Finding> {
    let listen = config.gateway.listen;
    let watched = [
        ("agent", Some(config.machine.monitoring)),
        ("gateway", Some(config.gateway.monitoring)),
        ("signer", config.signer.monitoring.filter(|_| config.signer.url.is_none())),
    ];
    let watched = watched.into_iter().filter_map(|(name, monitoring)| Some((name, monitoring?.listen)));
    let process = |(name, at): (&'static str, SocketAddr)| machine::process(name, &at.to_string(), &ask(at));
    let mut findings = vec![machine::port(&listen.to_string(), &knock(listen))];
    findings.extend(watched.map(process));
    findings
}

/// Who listens where renters come in.
fn knock(at: SocketAddr) -> Port {
    match TcpListener::bind(at) {
        Ok(_) => Port::Free,
        Err(error) if error.kind() == ErrorKind::AddrInUse => {
            let said = introduction(at).unwrap_or_default();
            if said.starts_with(GATEWAY) { Port::Gateway } else { Port::Other(said) }
        }
        Err(error) => Port::Untried(error.to_string()),
    }
}

/// The line with which a server of SSH begins.
fn introduction(at: SocketAddr) -> io::Result<String> {
    let mut stream = connect(at)?;
    let mut line = [0; 255];
    let length = stream.read(&mut line)?;
    let line = String::from_utf8_lossy(&line[..length]);
    Ok(line.lines().next().unwrap_or_default().to_owned())
}

/// Connects to this machine: where somebody listens on all of its addresses, by one of them.
fn connect(mut at: SocketAddr) -> io::Result<TcpStream> {
    if at.ip().is_unspecified() {
        at.set_ip(if at.is_ipv4() { [127, 0, 0, 1].into() } else { [0, 0, 0, 0, 0, 0, 0, 1].into() });
    }
    let stream = TcpStream::connect_timeout(&at, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    Ok(stream)
}

/// Who listens where a process shows how it is.
fn ask(at: SocketAddr) -> Watched {
    match get(at, "/healthz") {
        Err(error) if error.kind() == ErrorKind::ConnectionRefused => Watched::Free,
        Err(_) => Watched::Other,
        Ok(report) => problems(&report).map_or(Watched::Other, Watched::Ours),
    }
}

fn get(at: SocketAddr, path: &str) -> io::Result<Value> {
    const MOST: u64 = 64 * 1024;
    let mut stream = connect(at)?;
    write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
    let mut answer = String::new();
    stream.take(MOST).read_to_string(&mut answer)?;
    let body = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body);
    serde_json::from_str(body).map_err(io::Error::other)
}

/// What is wrong, by a report of health, if it is one.
fn problems(report: &Value) -> Option<Vec<String>> {
    let checks = report.get("checks")?.as_array()?;
    let problem =
        |check: &Value| Some(format!("{}: {}", check["name"].as_str()?, check["problem"].as_str()?));
    Some(checks.iter().filter_map(problem).collect())
}

/// The folders in which something has to be written, those on one disk once.
fn folders(config: &Config) -> Vec<PathBuf> {
    let state = config.runtime.state();
    let here = config.signer.state.clone().filter(|_| config.signer.url.is_none());
    let all = [
        Some(config.machine.state.clone()),
        here,
        Some(config.gateway.state.clone()),
        Some(state.to_owned()),
    ];
    let mut disks = BTreeSet::new();
    let there = all.into_iter().flatten().map(|folder| there(&folder));
    there.filter(|folder| disk(folder).is_none_or(|disk| disks.insert(disk))).collect()
}

/// The folder, or where it will be made.
fn there(folder: &Path) -> PathBuf {
    folder.ancestors().find(|folder| folder.exists()).unwrap_or(Path::new("/")).to_owned()
}

fn disk(folder: &Path) -> Option<u64> {
    use std::os::unix::fs::MetadataExt;
    Some(fs::metadata(folder).ok()?.dev())
}

fn space(folder: &Path) -> Option<Finding> {
    let disk = statvfs(folder).ok()?;
    let bytes = |blocks: u64| blocks.saturating_mul(disk.fragment_size());
    Some(machine::space(folder, bytes(disk.blocks_available()), bytes(disk.blocks())))
}

/// The key files, which nobody else may read.
fn keys(config: &Config) -> Vec<Finding> {
    const CHECK: &str = "keys";
    let signer = &config.signer;
    if signer.url.is_some() {
        return Vec::new();
    }
    let key = |(what, file): (&str, &Option<SecretFile>)| match file {
        None => Finding::failure(CHECK, format!("there is no {what}"), format!("write `{what}` in [signer]")),
        Some(file @ SecretFile::Credential(_)) => {
            Finding::ok(CHECK, format!("the {what} is {file}, which the signer's unit hands over"))
        }
        Some(file @ SecretFile::Path(path)) => match file.read() {
            Ok(_) => Finding::ok(CHECK, format!("{} is its owner's alone", path.display())),
            Err(error) => Finding::said(CHECK, Level::Failure, format!("{error:#}")),
        },
    };
    [("operator", &signer.operator), ("attestor", &signer.attestor)].map(key).into()
}

async fn signer(config: &Config) -> (Option<About>, Finding) {
    const CHECK: &str = "signer keys";
    let about = match remote(config, PATIENCE) {
        Ok(remote) => remote.about().await.map_err(anyhow::Error::from),
        Err(error) => Err(error),
    };
    match about {
        Ok(about) => {
            let found =
                format!("it answers, with operator {} and attestor {}", about.operator, about.attestor);
            (Some(about), Finding::ok(CHECK, found))
        }
        Err(error) => {
            let advice = "start it, `gpu-lease-agent signer`, and run this as root";
            (None, Finding::failure(CHECK, format!("{error:#}"), advice))
        }
    }
}

async fn cluster(config: &Config, cards: u32, signer: Option<&About>) -> Vec<Finding> {
    let node = client(&config.chain);
    let rpc = &config.chain.rpc;
    let now = match node.clock().await {
        Ok(clock) => clock.unix_timestamp,
        Err(error) => {
            let advice =
                "see that it runs and that `rpc` in [chain] is right; nothing on chain was looked at";
            return vec![Finding::failure("node", format!("{rpc} does not tell the time: {error}"), advice)];
        }
    };
    let mut findings = vec![Finding::ok("node", format!("{rpc} answers"))];
    if config.cards.simulated.is_some() || matches!(config.runtime, Runtime::Process(_)) {
        findings.push(match require_local(&config.chain).await {
            Ok(_) => {
                Finding::ok("cluster", "one of this machine, as simulated cards and bare processes need")
            }
            Err(error) => Finding::said("cluster", Level::Failure, format!("{error:#}")),
        });
    }
    let machine = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    findings.push(chain::clock(now, i64::try_from(machine.as_secs()).unwrap_or(i64::MAX)));
    for offer in &config.offers {
        // One that is not an address was told of.
        let Ok(address) = Address::from_str(&offer.address) else { continue };
        match find(&node, address).await {
            Ok(served) => findings.extend(chain::served(&served, cards, signer)),
            Err(error) => {
                let advice = "ask again; what it has to do with the offer is not known";
                findings.push(Finding::failure(
                    "offer",
                    format!("{rpc} does not tell of {address}: {error:#}"),
                    advice,
                ));
            }
        }
    }
    if let Some(operator) = signer.and_then(|signer| Address::from_str(&signer.operator).ok()) {
        findings.push(match node.lamports(&operator).await {
            Ok(lamports) => chain::operator(&operator.to_string(), lamports),
            Err(error) => Finding::said("operator", Level::Failure, error.to_string()),
        });
    }
    findings
}

async fn find(node: &Client, address: Address) -> Result<Served> {
    let none = Served {
        address: address.to_string(),
        there: None,
        bond_account: (Address::default(), 0),
        decimals: 0,
    };
    let Some(account) = node.account(&address).await? else { return Ok(none) };
    // Whatever else is at this address is no offer.
    let Ok(Keyed { account: offer, .. }) = gpu_lease_client::account::read::<Offer>(address, &account) else {
        return Ok(none);
    };
    let provider = node.provider(&offer.provider).await?;
    let mint = node.mint(&offer.terms.mint).await?;
    let account = bond_account(&provider.address, &mint.address, &mint.token_program);
    let holds = node.token_balance(&account).await?.map_or(0, |balance| balance.amount);
    let there = Some((offer, provider.account));
    Ok(Served { there, bond_account: (account, holds), decimals: mint.decimals, ..none })
}
