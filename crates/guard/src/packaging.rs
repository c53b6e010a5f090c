//! Unit, example, dashboard and command line go together: each names what another has.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use clap::Parser;
use gpu_lease_guard::config::{Config, PREFIX};
use gpu_lease_guard::figures;
use gpu_lease_service::config;
use gpu_lease_service::secret::SecretFile;

use super::Cli;

fn packaging() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../packaging")
}

fn read(path: &str) -> String {
    fs::read_to_string(packaging().join(path)).unwrap()
}

fn example() -> Config {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("gpu-lease-guard.toml");
    config::load(Some(&path), PREFIX).unwrap()
}

/// The unit's settings, each with all of its values.
fn unit() -> BTreeMap<String, Vec<String>> {
    let mut settings: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for line in read("systemd/gpu-lease-guard.service").lines() {
        if line.starts_with(['#', '[']) || line.is_empty() {
            continue;
        }
        let (key, value) = line.split_once('=').unwrap_or_else(|| panic!("{line}"));
        settings.entry(key.to_owned()).or_default().push(value.to_owned());
    }
    settings
}

#[test]
fn the_unit_starts_the_guard_with_the_configuration_that_is_read_anyway() {
    let unit = unit();
    let [start] = unit["ExecStart"].as_slice() else { panic!("{unit:?}") };
    let cli = Cli::try_parse_from(start.split(' ')).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(cli.config, Cli::try_parse_from(["gpu-lease-guard"]).unwrap().config);
    assert_eq!((unit["Type"][0].as_str(), unit["Restart"][0].as_str()), ("notify", "always"));
    assert_eq!(Path::new("/var/lib").join(&unit["StateDirectory"][0]), example().state);
    let users = read("sysusers.d/gpu-lease.conf");
    assert!(users.contains(&format!("u {} ", unit["User"][0])), "{users}");
}

#[test]
fn the_unit_hands_over_the_keys_that_the_example_names_and_no_other() {
    let keys = example().keys;
    let name = |file: &SecretFile| match file {
        SecretFile::Credential(name) => name.clone(),
        SecretFile::Path(path) => panic!("{}", path.display()),
    };
    let named: BTreeSet<_> = keys.sessions.iter().chain(&keys.wallet).map(name).collect();
    let unit = unit();
    let handed: BTreeSet<_> =
        unit["LoadCredential"].iter().map(|it| it.split_once(':').unwrap().0.to_owned()).collect();
    assert_eq!(handed, named);
}

#[test]
fn the_dashboard_shows_figures_that_there_are() {
    let text = read("grafana/gpu-lease-guard.json");
    let dashboard: serde_json::Value = serde_json::from_str(&text).unwrap();
    let names: BTreeSet<&str> = figures::NAMES.into_iter().collect();
    let panels = dashboard["panels"].as_array().unwrap();
    let asked = panels.iter().flat_map(|panel| panel["targets"].as_array().into_iter().flatten());
    let mut shown = BTreeSet::new();
    for target in asked {
        let words = target["expr"].as_str().unwrap().split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        shown.extend(words.filter(|word| word.starts_with("gpu_lease_guard_")).map(str::to_owned));
    }
    let shown: BTreeSet<&str> = shown.iter().map(|name| name.trim_end_matches("_total")).collect();
    assert_eq!(shown, names);
}
