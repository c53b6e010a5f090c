//! Unit, user, dashboard, example and command line go together: each names what another has.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use clap::Parser;
use gpu_lease_keeper::config::{Config, PREFIX};
use gpu_lease_keeper::figures::figures;
use gpu_lease_keeper::keeper::Keeper;
use gpu_lease_service::config;
use gpu_lease_service::metrics::Kind;
use gpu_lease_service::secret::SecretFile;
use solana_keypair::{EncodableKey, Keypair};

use super::{Cli, Process};

fn packaging() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../packaging")
}

fn read(path: &str) -> String {
    fs::read_to_string(packaging().join(path)).unwrap()
}

fn example() -> Config {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("gpu-lease-keeper.toml");
    config::load(Some(&path), PREFIX).unwrap()
}

/// The unit's settings.
fn unit() -> BTreeMap<String, String> {
    let text = read("systemd/gpu-lease-keeper.service");
    let lines = text.lines().filter(|line| !line.starts_with(['#', '[']) && !line.is_empty());
    let setting = |line: &str| {
        let (key, value) = line.split_once('=').unwrap();
        (key.to_owned(), value.to_owned())
    };
    lines.map(setting).collect()
}

#[test]
fn the_unit_starts_the_keeper_with_the_configuration_that_is_read_anyway_and_its_files() {
    let (unit, example) = (unit(), example());
    let cli = Cli::try_parse_from(unit["ExecStart"].split(' ')).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(cli.config, Cli::try_parse_from(["gpu-lease-keeper"]).unwrap().config);
    assert!(matches!(cli.process, Some(Process::Run)));
    assert_eq!(example.state, Path::new("/var/lib").join(&unit["StateDirectory"]));
    let (handed, _) = unit["LoadCredential"].split_once(':').unwrap();
    assert!(matches!(example.wallet, SecretFile::Credential(name) if name == handed));
    let users = read("sysusers.d/gpu-lease-keeper.conf");
    let mut users = users.lines().filter_map(|line| line.strip_prefix("u ")?.split_whitespace().next());
    assert_eq!((users.next(), users.next()), (Some(unit["User"].as_str()), None));
}

#[test]
fn a_keeper_that_ends_or_hangs_is_started_again_and_is_given_the_time_that_it_takes_to_stop() {
    let unit = unit();
    assert_eq!((unit["Type"].as_str(), unit["Restart"].as_str()), ("notify", "always"));
    assert!(unit["WatchdogSec"].parse::<u32>().unwrap() > 0);
    assert!(unit["TimeoutStopSec"].parse::<u64>().unwrap() > gpu_lease_keeper::daemon::GRACE.as_secs());
}

#[test]
fn the_dashboard_asks_for_each_figure_and_for_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let key = folder.path().join("wallet.json");
    Keypair::new().write_to_file(&key).unwrap();
    let state = folder.path().join("state");
    let keeper = Keeper::new(&Config { state, wallet: SecretFile::Path(key), ..example() }).unwrap();
    let shown: BTreeSet<_> = figures(&keeper, Some(1), true)
        .into_iter()
        .map(|metric| match metric.kind {
            Kind::Counter => format!("{}_total", metric.name),
            Kind::Gauge => metric.name.to_owned(),
        })
        .collect();
    let text = read("grafana/gpu-lease-keeper.json");
    let dashboard: serde_json::Value = serde_json::from_str(&text).unwrap();
    let panels = dashboard["panels"].as_array().unwrap();
    let targets = panels.iter().flat_map(|panel| panel["targets"].as_array().into_iter().flatten());
    let queries: String = targets.map(|target| format!("{} ", target["expr"].as_str().unwrap())).collect();
    let is_name = |part: &&str| part.starts_with("gpu_lease_keeper_");
    let asked = queries.split(|c: char| !c.is_alphanumeric() && c != '_').filter(is_name);
    assert_eq!(asked.map(str::to_owned).collect::<BTreeSet<_>>(), shown);
}
