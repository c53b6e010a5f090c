//! Agent, signer and gateway as the processes that a provider runs, and a renter with the command line and OpenSSH.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use gpu_lease_tests::prelude::*;
use serde_json::Value;

pub use crate::daemon::{Daemon, Said, ended, free_port};
use crate::place::Place;
use crate::programs::program;

impl Daemon {
    /// One of the three processes.
    pub fn start(config: &Path, name: &str) -> Self {
        Self::spawn(&mut Command::new(program("gpu-lease-agent")), config, name)
    }
}

/// The file of a provider whose leases run in `runtime`, a table of it, with this image.
pub fn configuration(place: &Place, runtime: &str, image: &str, grace: &str) -> PathBuf {
    let folder = place.folder.path();
    let wallets = folder.join("wallets");
    place.net.wallets.write_to(&wallets).unwrap();
    let [gateway, agent, signer, ssh] = [(); 4].map(|()| free_port());
    let (offer, rpc) = (place.offer.address, place.net.validator.rpc_url());
    let (folder, wallets) = (folder.display(), wallets.display());
    let text = format!(
        r#"
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
        {runtime}
        [cards]
        simulated = 8
        [policy]
        most_bond_percent = 1000000
        grace = "{grace}"
        [[offers]]
        address = "{offer}"
        image = "{image}"
        cores = 1
        memory = "256 MiB"
        shared_memory = "64 MiB"
        processes = 100
        "#
    );
    let path = place.folder.path().join("agent.toml");
    fs::write(&path, text).unwrap();
    path
}

/// The file of a provider whose leases are processes.
pub fn of_processes(place: &Place) -> PathBuf {
    let (state, helper) = (place.folder.path().join("leases"), program("gpu-lease-helper"));
    let runtime =
        format!("kind = \"process\"\nstate = \"{}\"\nhelper = \"{}\"", state.display(), helper.display());
    configuration(place, &runtime, "shell", "24h")
}

/// What the renter does on the command line.
pub fn renter(place: &Place, arguments: &[&str]) -> Command {
    let folder = place.folder.path();
    let mut command = Command::new(program("gpu-lease"));
    command
        .args(["--url", place.net.validator.rpc_url(), "--keypair"])
        .arg(folder.join("wallets/renter.json"));
    command
        .args(arguments)
        .env("GPU_LEASE_KEYS", folder.join("keys"))
        .env("HOME", folder)
        .stdin(Stdio::null());
    command
}

/// OpenSSH, which knows nothing but what it is told and asks nobody.
pub fn strict_ssh() -> Command {
    let mut ssh = Command::new("ssh");
    ssh.args(["-F", "none"]).stdin(Stdio::null());
    for option in ["BatchMode=yes", "IdentitiesOnly=yes", "StrictHostKeyChecking=yes"] {
        ssh.args(["-o", option]);
    }
    ssh
}

/// The renter opens a lease of one GPU on the command line.
pub fn open(place: &Place, duration: &str) -> Address {
    let offer = place.offer.address.to_string();
    let mint = place.net.mint.address.to_string();
    let open = [
        "lease",
        "open",
        &offer,
        "--gpus",
        "1",
        "--duration",
        duration,
        "--yes",
        "--mint",
        &mint,
        "--max-price",
        "1000",
        "--max-fee",
        "100%",
        "--output",
        "json",
    ];
    let opened = ended(&mut renter(place, &open));
    assert!(opened.status.success(), "{opened:?}");
    let opened: Value = serde_json::from_slice(&opened.stdout).unwrap();
    opened["lease"].as_str().unwrap().parse().unwrap()
}

/// What a command prints that the renter runs in a lease, if anything.
pub fn say(place: &Place, lease: &Address, command: &str) -> String {
    let said = ended(&mut renter(place, &["lease", "ssh", &lease.to_string(), "--", command]));
    String::from_utf8_lossy(&said.stdout).into_owned()
}
