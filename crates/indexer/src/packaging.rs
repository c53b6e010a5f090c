//! Unit, user, dashboard, alerts, container, example and command line go together: each names what another has.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use clap::Parser;
use gpu_lease_indexer::audit::Totals;
use gpu_lease_indexer::config::{Config, PREFIX};
use gpu_lease_indexer::figures::{Requests, figures};
use gpu_lease_indexer::ingest::Progress;
use gpu_lease_service::config;
use gpu_lease_service::metrics::Kind;
use serde_json::Value;

use super::{Cli, Process};

fn packaging() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../packaging")
}

fn read(path: &str) -> String {
    fs::read_to_string(packaging().join(path)).unwrap()
}

fn example() -> Config {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("gpu-lease-indexer.toml");
    config::load(Some(&path), PREFIX).unwrap()
}

/// The unit's settings.
fn unit() -> BTreeMap<String, String> {
    let text = read("systemd/gpu-lease-indexer.service");
    let lines = text.lines().filter(|line| !line.starts_with(['#', '[']) && !line.is_empty());
    let setting = |line: &str| {
        let (key, value) = line.split_once('=').unwrap();
        (key.to_owned(), value.to_owned())
    };
    lines.map(setting).collect()
}

/// The names of all figures, as Prometheus has them.
fn shown() -> BTreeSet<String> {
    let figures = figures(&Progress::default(), 0, &Totals::default(), &Requests::default());
    let name = |metric: gpu_lease_service::metrics::Metric| match metric.kind {
        Kind::Counter => format!("{}_total", metric.name),
        Kind::Gauge => metric.name.to_owned(),
    };
    figures.into_iter().map(name).collect()
}

/// The figures that a query asks for.
fn asked(query: &str) -> impl Iterator<Item = String> {
    let is_name = |part: &&str| part.starts_with("gpu_lease_indexer_");
    query.split(|c: char| !c.is_alphanumeric() && c != '_').filter(is_name).map(str::to_owned)
}

/// Requires that a command line runs the indexer with the configuration that is read anyway.
fn require_run(words: &[&str]) {
    let cli = Cli::try_parse_from(words).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(cli.config, Cli::try_parse_from(["gpu-lease-indexer"]).unwrap().config);
    assert!(matches!(cli.process, Some(Process::Run)));
}

#[test]
fn the_unit_starts_the_indexer_with_the_configuration_that_is_read_anyway_and_its_folder() {
    let (unit, example) = (unit(), example());
    require_run(&unit["ExecStart"].split(' ').collect::<Vec<_>>());
    assert_eq!(example.state, Path::new("/var/lib").join(&unit["StateDirectory"]));
    let users = read("sysusers.d/gpu-lease-indexer.conf");
    let mut users = users.lines().filter_map(|line| line.strip_prefix("u ")?.split_whitespace().next());
    assert_eq!((users.next(), users.next()), (Some(unit["User"].as_str()), None));
}

#[test]
fn an_indexer_that_ends_or_hangs_is_started_again_and_is_given_the_time_that_it_takes_to_stop() {
    let unit = unit();
    assert_eq!((unit["Type"].as_str(), unit["Restart"].as_str()), ("notify", "always"));
    assert!(unit["WatchdogSec"].parse::<u32>().unwrap() > 0);
    assert!(unit["TimeoutStopSec"].parse::<u64>().unwrap() > gpu_lease_indexer::daemon::GRACE.as_secs());
}

#[test]
fn the_dashboard_asks_for_each_figure_and_for_no_other() {
    let dashboard: Value = serde_json::from_str(&read("grafana/gpu-lease-indexer.json")).unwrap();
    let panels = dashboard["panels"].as_array().unwrap();
    let targets = panels.iter().flat_map(|panel| panel["targets"].as_array().into_iter().flatten());
    let queries: String = targets.map(|target| format!("{} ", target["expr"].as_str().unwrap())).collect();
    assert_eq!(asked(&queries).collect::<BTreeSet<_>>(), shown());
}

#[test]
fn alerts_ask_for_figures_that_there_are_and_say_what_to_do() {
    let alerts: Value = serde_norway::from_str(&read("prometheus/gpu-lease-indexer.yml")).unwrap();
    let rules = alerts["groups"][0]["rules"].as_array().unwrap();
    assert!(!rules.is_empty());
    for rule in rules {
        let query = rule["expr"].as_str().unwrap();
        let names: BTreeSet<_> = asked(query).collect();
        assert!(names.is_subset(&shown()), "{query}");
        assert!(!names.is_empty() || query.starts_with("health_check"), "{query}");
        let says = |what: &str| rule["annotations"][what].as_str().is_some_and(|text| !text.is_empty());
        assert!(says("summary") && says("description"), "{query}");
    }
}

#[test]
fn the_container_runs_it_as_a_user_of_its_own_on_the_example_with_its_ports_open() {
    let text = read("container/indexer.Containerfile");
    let instruction = |name: &str| {
        let rest = text.lines().rev().find_map(|line| line.strip_prefix(name));
        rest.unwrap_or_else(|| panic!("{name}")).trim().to_owned()
    };
    let words: Vec<String> = serde_json::from_str(&instruction("CMD ")).unwrap();
    require_run(&words.iter().map(String::as_str).collect::<Vec<_>>());
    let health: Vec<String> = serde_json::from_str(&instruction("HEALTHCHECK CMD ")).unwrap();
    Cli::try_parse_from(health).unwrap_or_else(|error| panic!("{error}"));
    let example = example();
    let exposed = format!("{} {}", example.api.listen.port(), example.monitoring.listen.port());
    assert_eq!(instruction("EXPOSE "), exposed);
    assert_eq!(instruction("VOLUME "), example.state.display().to_string());
    assert!(text.contains(&format!("useradd --system --user-group --home-dir {}", example.state.display())));
    assert_eq!(instruction("USER "), unit()["User"]);
    for key in ["API__LISTEN", "MONITORING__LISTEN", "MONITORING__ALLOW_REMOTE"] {
        assert!(text.contains(&format!("{PREFIX}{key}=")), "{key}");
    }
}
