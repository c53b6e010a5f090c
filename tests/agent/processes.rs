//! Agent, signer and gateway as the processes that a provider runs, and a renter with the command line and OpenSSH.

use std::fs;
use std::io::Write;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use gpu_lease_tests::prelude::*;
use serde_json::Value;
use tokio::task::block_in_place;

use crate::programs::program;
use crate::validator::{Place, SOON, lease, until};

/// One of the three processes. It ends with this.
pub struct Daemon(pub Child);

impl Daemon {
    pub fn start(config: &Path, name: &str) -> Self {
        Self::of(&program("gpu-lease-agent"), config, name)
    }

    /// The same from another build.
    pub fn of(program: &Path, config: &Path, name: &str) -> Self {
        let log = fs::File::options().create(true).append(true).open(config.with_extension("log")).unwrap();
        let mut command = Command::new(program);
        command.arg("--config").arg(config).arg(name).stdin(Stdio::null());
        Self(command.stdout(Stdio::null()).stderr(log).spawn().unwrap())
    }

    pub fn kill(mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

/// Shows what the processes said, if a test fails.
pub struct Said(pub PathBuf);

impl Drop for Said {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("{}", fs::read_to_string(&self.0).unwrap_or_default());
        }
    }
}

pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

pub fn configuration(place: &Place, folder: &Path) -> PathBuf {
    let wallets = folder.join("wallets");
    place.net.wallets.write_to(&wallets).unwrap();
    let [gateway, agent, signer, ssh] = [(); 4].map(|()| free_port());
    let (offer, rpc, helper) =
        (place.offer.address, place.net.validator.rpc_url(), program("gpu-lease-helper"));
    let (folder, wallets, helper) = (folder.display(), wallets.display(), helper.display());
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
        kind = "process"
        state = "{folder}/leases"
        helper = "{helper}"
        [cards]
        simulated = 8
        [policy]
        most_bond_percent = 1000000
        [[offers]]
        address = "{offer}"
        image = "shell"
        cores = 1
        memory = "1 GiB"
        shared_memory = "64 MiB"
        processes = 100
        "#
    );
    let path = place.folder.path().join("agent.toml");
    fs::write(&path, text).unwrap();
    path
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

pub fn ended(command: &mut Command) -> Output {
    block_in_place(|| command.output()).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_renter_works_by_ssh_while_the_agent_is_killed_and_comes_back() {
    let place = Place::new().await;
    let folder = place.folder.path().to_owned();
    let config = configuration(&place, &folder);
    let check = ended(
        Command::new(program("gpu-lease-agent")).arg("--check").arg("--config").arg(&config).arg("run"),
    );
    assert!(check.status.success(), "{check:?}");
    let _said = Said(config.with_extension("log"));
    let (_signer, _gateway) = (Daemon::start(&config, "signer"), Daemon::start(&config, "gateway"));
    let agent = Daemon::start(&config, "run");

    // Rented on the command line, and seconds later somebody is in.
    let offer = place.offer.address.to_string();
    let mint = place.net.mint.address.to_string();
    let open = [
        "lease",
        "open",
        &offer,
        "--gpus",
        "1",
        "--duration",
        "60s",
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
    let opened = ended(&mut renter(&place, &open));
    assert!(opened.status.success(), "{opened:?}");
    let opened: Value = serde_json::from_slice(&opened.stdout).unwrap();
    let address: Address = opened["lease"].as_str().unwrap().parse().unwrap();
    let name = address.to_string();
    let since = Instant::now();
    until("the start", SOON, || async { lease(&place, &address).await.unwrap().started_at > 0 }).await;
    let say = |command: &'static str| {
        let said = ended(&mut renter(&place, &["lease", "ssh", &name, "--", command]));
        String::from_utf8_lossy(&said.stdout).into_owned()
    };
    until("the login", SOON, || async { say("echo $((6 * 7))") == "42\n" }).await;
    eprintln!("a shell {:.1} s after the payment was confirmed", since.elapsed().as_secs_f32());

    // A session goes on while the agent is dead, and what it says then is the same machine's.
    let mut session =
        renter(&place, &["lease", "ssh", &name, "--", "read a; echo before $a; read b; echo after $b"]);
    let mut session =
        session.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut input = session.stdin.take().unwrap();
    writeln!(input, "one").unwrap();
    agent.kill();
    assert_eq!(say("echo still here"), "still here\n");
    let _agent = Daemon::start(&config, "run");
    writeln!(input, "two").unwrap();
    drop(input);
    let said = block_in_place(|| session.wait_with_output()).unwrap();
    assert_eq!(String::from_utf8_lossy(&said.stdout), "before one\nafter two\n");
    say("echo kept > file");

    // To its end, stated; and after it nobody runs anything, but what is left can be fetched.
    until("the last statement", Duration::from_secs(120), || async {
        let there = lease(&place, &address).await.unwrap();
        there.meter.window_end == there.ends_at
    })
    .await;
    let units = lease(&place, &address).await.unwrap().meter.latest.units;
    assert!(units + 10 >= u64::from(MIN_DURATION), "{units}");
    until("the end", SOON, || async { say("echo in") != "in\n" }).await;

    // Closed, when nobody can dispute it any more.
    let there = lease(&place, &address).await.unwrap();
    place.net.validator.travel_to(there.ends_at + 3_700).unwrap();
    until("the close", Duration::from_secs(90), || async { lease(&place, &address).await.is_none() }).await;
}
