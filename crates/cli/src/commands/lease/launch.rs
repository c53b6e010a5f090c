use crate::{
    agent_api, config,
    context::Context,
    output::{self, Record},
    signer,
};
use anyhow::{Context as _, Result, ensure};
use clap::Args;
use gpu_lease_client::{
    ssh::{SshAccess, read_public_key},
    state::{Lease, LeaseState},
    text::harmless,
};
use serde_json::{Value, json};
use solana_address::Address;
use solana_signer::Signer;
use std::{collections::BTreeMap, fs, path::PathBuf, process::Command};

/// Says what a lease is to begin with.
#[derive(Debug, Args)]
pub struct Launch {
    /// The lease, which waits for its start
    #[arg(value_name = "LEASE", value_parser = config::parse_address)]
    lease: Address,
    /// The image, by its digest
    #[arg(long, value_name = "REPOSITORY@sha256:DIGEST")]
    image: String,
    /// File of your own Ed25519 public key to log in with [default: the key that is made for the lease]
    #[arg(long, value_name = "FILE.pub")]
    ssh_key: Option<PathBuf>,
    /// A variable; can be given several times
    #[arg(long, value_name = "NAME=VALUE", value_parser = parse_variable)]
    env: Vec<(String, String)>,
    /// Key file of the lease's session key
    #[arg(long, value_name = "FILE")]
    session_key: String,
    /// Where the machine is reached, as the offer's description says
    #[arg(long, value_name = "HOST:PORT", value_parser = parse_machine)]
    machine: (String, u16),
    /// Fingerprint of the machine's host key, as the offer's description says
    #[arg(long, value_name = "SHA256:…")]
    host_key: String,
}

fn parse_variable(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("write it as NAME=VALUE")?;
    Ok((name.to_owned(), value.to_owned()))
}

fn parse_machine(text: &str) -> Result<(String, u16), String> {
    let (host, port) = text.rsplit_once(':').ok_or("write it as HOST:PORT")?;
    let port = port.parse().map_err(|_| "the port is not a number")?;
    Ok((host.trim_start_matches('[').trim_end_matches(']').to_owned(), port))
}

/// Tells the machine what the lease is to begin with.
pub async fn run(launch: &Launch, context: &Context) -> Result<()> {
    let lease = context.client.get::<Lease>(&launch.lease).await?;
    ensure!(
        lease.state == LeaseState::Pending,
        "the lease has started: what it begins with is said while it waits for that"
    );
    let session_key = signer::read_file(&launch.session_key)?;
    ensure!(
        session_key.pubkey() == lease.session_key,
        "{} is not the lease's session key; set it with `gpu-lease lease session-key`",
        session_key.pubkey()
    );
    let ssh_key = launch
        .ssh_key
        .as_ref()
        .map(|path| fs::read_to_string(path).with_context(|| format!("{} cannot be read", path.display())));
    let mut params =
        json!({ "image": launch.image, "env": launch.env.iter().cloned().collect::<BTreeMap<_, _>>() });
    if let Some(key) = ssh_key.transpose()? {
        read_public_key(&key)?;
        params["sshKey"] = key.trim().into();
    }
    let (host, port) = launch.machine.clone();
    let host_key = tokio::task::spawn_blocking(move || scanned(&host, port)).await??;
    let (host, port) = &launch.machine;
    let access = SshAccess::new(host, *port, host_key, Some(*session_key.secret_bytes()))?;
    ensure!(
        access.host_key_fingerprint() == launch.host_key,
        "the machine at {host} port {port} has another host key, {}; it may be another machine",
        access.host_key_fingerprint()
    );
    let launched = agent_api::talk(&launch.lease, &access, None, move |api| api.ask("launch", params));
    let answer: Value = launched.await?;
    output::note("The machine fetches the image and starts the lease then; `lease watch` follows it.");
    let image = harmless(answer["image"].as_str().unwrap_or_default());
    context.print(&Record::new().text("lease", "lease", launch.lease).text("image", "image", image))
}

/// The Ed25519 host key that a machine shows. Whether it is the right one is seen from its fingerprint.
fn scanned(host: &str, port: u16) -> Result<[u8; 32]> {
    let mut scan = Command::new("ssh-keyscan");
    scan.args(["-T", "10", "-t", "ed25519", "-p", &port.to_string(), "--", host]);
    let found = scan.output().context("`ssh-keyscan` cannot be started; install OpenSSH's client")?;
    let text = String::from_utf8_lossy(&found.stdout);
    let key = text.lines().find_map(|line| line.split_once(' ')).map(|(_, key)| key);
    Ok(read_public_key(key.with_context(|| format!("no machine answers at {host} port {port}"))?)?)
}
