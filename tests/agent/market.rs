//! A local market whose first offer is served by an agent, as `cargo xtask up` starts it: by the processes themselves.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;

use crate::programs::program;

const PATIENCE: Duration = Duration::from_secs(60);

/// A market, and what it has said.
struct Market {
    process: Child,
    said: Arc<Mutex<String>>,
    folder: tempfile::TempDir,
}

impl Market {
    /// Starts one, and waits until it is open.
    fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut command = Command::new(program("gpu-lease"));
        command.args(["localnet", "--no-leases", "--port", "0", "--runtime", "process", "--wallets"]);
        command.arg(folder.path().join("wallets"));
        for name in ["agent", "helper", "guard", "keeper"] {
            command.arg(format!("--{name}")).arg(program(&format!("gpu-lease-{name}")));
        }
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut process = command.spawn().unwrap();
        let said = Arc::new(Mutex::new(String::new()));
        let (lines, heard) = (BufReader::new(process.stderr.take().unwrap()).lines(), said.clone());
        thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                let mut heard = heard.lock().unwrap();
                heard.push_str(&line);
                heard.push('\n');
            }
        });
        let market = Self { process, said, folder };
        market.hears("The market stays open until Ctrl-C");
        market
    }

    fn said(&self) -> String {
        self.said.lock().unwrap().clone()
    }

    fn hears(&self, text: &str) {
        until(text, || self.said().contains(text));
    }

    /// The rest of the line that it has said after a label.
    fn told(&self, label: &str) -> String {
        let said = self.said();
        let label = format!("{label}  ");
        let mut lines = said.lines().filter_map(|line| line.strip_prefix(&label));
        lines.next().unwrap_or_else(|| panic!("no {label} in {said}")).trim().to_owned()
    }

    /// The agent's folder.
    fn machine(&self) -> PathBuf {
        let status = self.told("its leases");
        let config = status.split(' ').nth(2).unwrap();
        Path::new(config).parent().unwrap().to_owned()
    }

    fn renter(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(program("gpu-lease"));
        command.args(["--url", &self.told("JSON-RPC"), "--keypair"]);
        command.arg(self.folder.path().join("wallets/renter.json")).args(arguments);
        command.env("HOME", self.folder.path()).stdin(Stdio::null());
        command
    }

    /// What is printed on the machine of a lease.
    fn prints(&self, lease: &str, command: &str) -> String {
        let output = self.renter(&["lease", "ssh", lease, "--", command]).output().unwrap();
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// Opens a lease, waits until it is ready, and says so.
    fn rents(&self) -> (String, Value) {
        let (offer, mint) = (self.told("offer"), self.told("test mint"));
        let open = ["lease", "open", &offer, "--duration", "1h", "--wait", "--output", "json", "--yes"];
        let limits = ["--mint", &mint, "--max-price", "1000", "--max-fee", "100%"];
        let output = self.renter(&[&open[..], &limits].concat()).output().unwrap();
        assert!(output.status.success(), "{output:?}\n{}", self.said());
        let opened: Value = serde_json::from_slice(&output.stdout).unwrap();
        (opened["lease"].as_str().unwrap().to_owned(), opened)
    }

    /// A process that runs in a lease, and would for long.
    fn works(&self, lease: &str) -> Pid {
        let pid = self.prints(lease, "nohup sleep 1000 >/dev/null 2>&1 & echo $!");
        Pid::from_raw(pid.trim().parse().expect("somebody is in as soon as the lease is ready"))
    }

    fn pid(&self) -> Pid {
        Pid::from_raw(self.process.id().try_into().unwrap())
    }
}

impl Drop for Market {
    fn drop(&mut self) {
        if thread::panicking() {
            eprintln!("{}", self.said());
        }
        kill(self.pid(), Signal::SIGTERM).ok();
        self.process.wait().ok();
    }
}

fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let since = Instant::now();
    while !is_so() {
        assert!(since.elapsed() < PATIENCE, "waited for: {what}");
        thread::sleep(Duration::from_millis(50));
    }
}

/// Whether it runs, and is not only yet to be waited for.
fn runs(pid: Pid) -> bool {
    fs::read(format!("/proc/{pid}/cmdline")).is_ok_and(|line| !line.is_empty())
}

#[test]
fn a_renter_goes_on_while_the_agent_is_killed_and_somebody_starts_it_again() {
    let market = Market::open();
    let (lease, opened) = market.rents();
    let seconds: u64 = opened["ready_in"].as_str().unwrap().parse().unwrap();
    assert!((1..60).contains(&seconds), "{opened}");
    assert_eq!(opened["log_in"], format!("gpu-lease lease ssh {lease}"));
    let work = market.works(&lease);

    let machine = market.machine();
    let agent = || fs::read_to_string(machine.join("agent/lock")).unwrap().trim().parse().unwrap();
    let killed: i32 = agent();
    kill(Pid::from_raw(killed), Signal::SIGKILL).unwrap();
    market.hears("the agent has ended (signal: 9 (SIGKILL))");
    market.hears("Press Enter to start it again");
    assert_eq!(market.prints(&lease, "echo still here"), "still here\n");
    writeln!(market.process.stdin.as_ref().unwrap()).unwrap();
    market.hears("The agent is started again.");
    until("another agent", || agent() != killed && runs(Pid::from_raw(agent())));
    assert!(runs(work));

    // Its provider sees it.
    let status = |arguments: &[&str]| {
        let mut command = Command::new(program("gpu-lease-agent"));
        command.arg("--config").arg(machine.join("agent.toml")).arg("status").args(arguments);
        String::from_utf8(command.output().unwrap().stdout).unwrap()
    };
    let mut seen = Value::Null;
    until("a lease that runs again", || {
        seen = serde_json::from_str(&status(&["--json"])).unwrap_or_default();
        seen["leases"][0]["state"] == "running"
    });
    assert_eq!(seen["leases"][0]["lease"], lease);
    assert_eq!(seen["leases"][0]["login"], "open");
    let table = status(&[]);
    let row = table.lines().find(|line| line.starts_with(&lease)).unwrap();
    assert!(row.contains(" running ") && row.contains(" open ") && row.contains(" GPU-s "), "{table}");
    let told = seen.to_string();
    for secret in ["user_seed", "access_blob"] {
        assert!(!told.contains(secret), "{told}");
    }
}

#[test]
fn nothing_is_left_of_a_market_that_was_asked_to_end_or_was_killed() {
    for signal in [Signal::SIGINT, Signal::SIGTERM, Signal::SIGKILL] {
        let mut market = Market::open();
        let (lease, _) = market.rents();
        let work = market.works(&lease);
        let machine = market.machine();
        let daemons: Vec<Pid> = ["agent", "gateway", "signer", "guard", "keeper"]
            .map(|name| fs::read_to_string(machine.join(name).join("lock")).unwrap())
            .map(|pid| Pid::from_raw(pid.trim().parse().unwrap()))
            .to_vec();
        assert!(daemons.iter().chain([&work]).all(|pid| runs(*pid)));
        kill(market.pid(), signal).unwrap();
        let status = market.process.wait().unwrap();
        assert_eq!(status.success(), signal != Signal::SIGKILL, "{status}");
        until("the folder to be gone", || !machine.exists());
        let left: Vec<_> = daemons.into_iter().chain([work]).filter(|pid| runs(*pid)).collect();
        assert!(left.is_empty(), "after {signal} there are {left:?}");
    }
}
