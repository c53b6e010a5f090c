//! Units, example and command line go together: each names what another has.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use clap::Parser;
use gpu_lease_agent::config::{Config, PREFIX};
use gpu_lease_service::config;
use gpu_lease_service::secret::SecretFile;

use super::{Cli, Process};

/// The three units.
const UNITS: [&str; 3] = ["signer", "gateway", "agent"];

/// What would give a unit mounts of its own.
const MOUNTS: [&str; 20] = [
    "BindPaths",
    "BindReadOnlyPaths",
    "DynamicUser",
    "ExecPaths",
    "InaccessiblePaths",
    "LoadCredential",
    "MountFlags",
    "NoExecPaths",
    "PrivateDevices",
    "PrivateMounts",
    "PrivateTmp",
    "PrivateUsers",
    "ProcSubset",
    "ProtectControlGroups",
    "ProtectHome",
    "ProtectKernelModules",
    "ProtectProc",
    "ProtectSystem",
    "ReadOnlyPaths",
    "ReadWritePaths",
];

fn packaging() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../packaging")
}

fn read(path: &str) -> String {
    fs::read_to_string(packaging().join(path)).unwrap()
}

fn example() -> (String, Config) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("gpu-lease-agent.toml");
    (fs::read_to_string(&path).unwrap(), config::load(Some(&path), PREFIX).unwrap())
}

/// A unit's settings, each with all of its values.
struct Unit(BTreeMap<String, Vec<String>>);

impl Unit {
    fn read(name: &str) -> Self {
        let mut settings: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for line in read(&format!("systemd/gpu-lease-{name}.service")).lines() {
            if line.starts_with(['#', '[']) || line.is_empty() {
                continue;
            }
            let (key, value) = line.split_once('=').unwrap_or_else(|| panic!("{name}: {line}"));
            settings.entry(key.to_owned()).or_default().push(value.to_owned());
        }
        Self(settings)
    }

    fn all(&self, key: &str) -> &[String] {
        self.0.get(key).map_or(&[], Vec::as_slice)
    }

    /// The one value of a setting.
    fn one(&self, key: &str) -> &str {
        match self.all(key) {
            [value] => value,
            values => panic!("{key} is {values:?}"),
        }
    }

    fn state(&self) -> PathBuf {
        Path::new("/var/lib").join(self.one("StateDirectory"))
    }
}

#[test]
fn each_unit_starts_its_process_with_the_configuration_that_is_read_anyway() {
    for name in UNITS {
        let unit = Unit::read(name);
        let cli =
            Cli::try_parse_from(unit.one("ExecStart").split(' ')).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(cli.config, Cli::try_parse_from(["gpu-lease-agent", "run"]).unwrap().config);
        let is_its = match cli.process {
            Process::Signer => name == "signer",
            Process::Gateway => name == "gateway",
            Process::Run => name == "agent",
            _ => false,
        };
        assert!(is_its, "{name}");
    }
}

#[test]
fn a_daemon_that_ends_or_hangs_is_started_again_and_is_given_the_time_that_it_takes_to_stop() {
    for (name, seconds) in [("signer", 120), ("gateway", 35), ("agent", 20)] {
        let unit = Unit::read(name);
        assert_eq!((unit.one("Type"), unit.one("Restart")), ("notify", "always"));
        assert!(unit.one("WatchdogSec").parse::<u32>().unwrap() > 0);
        assert!(unit.one("TimeoutStopSec").parse::<u32>().unwrap() > seconds, "{name}");
    }
}

#[test]
fn the_example_has_the_folders_that_units_and_tmpfiles_make() {
    let (text, config) = example();
    let [signer, gateway, agent] = UNITS.map(Unit::read);
    assert_eq!(config.signer.state, Some(signer.state()));
    assert_eq!(config.gateway.state, gateway.state());
    assert_eq!(config.machine.state, agent.state());
    let socket = config.signer.socket.unwrap().path;
    assert_eq!(socket.parent(), Some(Path::new("/run").join(signer.one("RuntimeDirectory")).as_path()));
    // Each socket is in the folder of whoever listens: systemd removes that with the process.
    let folders = [&signer, &agent].map(|unit| format!("/run/{}/", unit.one("RuntimeDirectory")));
    for line in text.lines().filter(|line| line.contains("\"/run/")) {
        assert!(folders.iter().any(|folder| line.contains(folder.as_str())), "{line}");
    }

    let state = config.runtime.state();
    let shared = read("tmpfiles.d/gpu-lease.conf");
    let shared: Vec<Vec<&str>> = shared
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|it| it.split_whitespace().collect())
        .collect();
    let made = |path: &Path| shared.iter().find(|line| Path::new(line[1]) == path).unwrap()[2..5].join(" ");
    assert_eq!(made(&config.gateway.admissions.unwrap()), "0755 root root");
    assert_eq!(made(state), format!("0710 root {}", gateway.one("User")));
}

#[test]
fn signer_and_gateway_are_users_that_sysusers_makes_and_a_group_in_the_example_is_the_gateway_s() {
    let users = read("sysusers.d/gpu-lease.conf");
    let users: BTreeSet<_> =
        users.lines().filter_map(|line| line.strip_prefix("u ")?.split_whitespace().next()).collect();
    let [signer, gateway, agent] = UNITS.map(|name| Unit::read(name).one("User").to_owned());
    assert!(users.is_superset(&[signer.as_str(), gateway.as_str()].into()), "{users:?}");
    assert_eq!(agent, "root");
    let (text, _) = example();
    let (_, runtime) = text.split_once("[runtime]").unwrap();
    let (runtime, _) = runtime.split_once("[cards]").unwrap();
    let group = runtime.lines().find_map(|line| line.trim_start_matches("# ").strip_prefix("group = "));
    assert!(group.is_none_or(|group| group == format!("\"{gateway}\"")), "{group:?}");
}

#[test]
fn the_signer_is_handed_the_keys_that_the_example_names_and_no_other() {
    let (_, config) = example();
    let unit = Unit::read("signer");
    let handed: BTreeSet<_> =
        unit.all("LoadCredential").iter().filter_map(|it| Some(it.split_once(':')?.0)).collect();
    let keys = [config.signer.operator.unwrap(), config.signer.attestor.unwrap()];
    let named: BTreeSet<_> = keys
        .iter()
        .map(|key| match key {
            SecretFile::Credential(name) => name.as_str(),
            SecretFile::Path(path) => panic!("{}", path.display()),
        })
        .collect();
    assert_eq!(handed, named);
    for name in [UNITS[1], UNITS[2]] {
        assert!(Unit::read(name).all("LoadCredential").is_empty(), "{name}");
    }
}

#[test]
fn the_agent_s_unit_has_no_mounts_of_its_own() {
    let unit = Unit::read("agent");
    let found: Vec<_> = MOUNTS.iter().filter(|key| unit.0.contains_key(**key)).collect();
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn users_and_folders_are_made_as_they_are_written() {
    let is_root = fs::metadata("/proc/self").unwrap().uid() == 0;
    if !is_root || Command::new("systemd-sysusers").arg("--version").output().is_err() {
        eprintln!(
            "SKIPPED: users and folders are made by root with systemd; `apt-get install systemd` brings it"
        );
        return;
    }
    let root = tempfile::tempdir().unwrap();
    for kind in ["sysusers.d", "tmpfiles.d"] {
        let folder = root.path().join("usr/lib").join(kind);
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("gpu-lease.conf"), read(&format!("{kind}/gpu-lease.conf"))).unwrap();
    }
    fs::create_dir(root.path().join("etc")).unwrap();
    let run = |program: &str, arguments: &[&str]| {
        let mut command = Command::new(program);
        let said = command.arg("--root").arg(root.path()).args(arguments).output().unwrap();
        assert!(said.status.success(), "{said:?}");
    };
    run("systemd-sysusers", &[]);
    run("systemd-tmpfiles", &["--create", "gpu-lease.conf"]);
    let groups = fs::read_to_string(root.path().join("etc/group")).unwrap();
    let gateway = groups.lines().find_map(|line| line.strip_prefix("gpu-lease-gateway:x:")).unwrap();
    let made = |name: &str| {
        let made = fs::metadata(root.path().join("var/lib/gpu-lease-agent").join(name)).unwrap();
        (made.mode() & 0o777, made.uid(), made.gid())
    };
    let gateway = gateway.trim_end_matches(':').parse().unwrap();
    assert_eq!([made("admissions"), made("leases")], [(0o755, 0, 0), (0o710, 0, gateway)]);
}
