//! What a machine's own processes say about it: the doctor, and what Prometheus reads.

use std::collections::BTreeSet;
use std::fs::{self, Permissions};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use gpu_lease_agent::config::{Config, PREFIX};
use gpu_lease_tests::prelude::*;
use serde_json::Value;
use tokio::time::sleep;

use crate::daemons::{Daemon, Said, ended, free_port, of_processes, renter};
use crate::place::{Place, SOON, lease, until};
use crate::programs::program;

/// What the doctor says of a machine with this configuration: whether it can run leases, and all findings.
fn doctor(config: &Path) -> (bool, Vec<Value>) {
    let mut command = Command::new(program("gpu-lease-agent"));
    let said = ended(command.args(["doctor", "--json", "--config"]).arg(config));
    let findings = serde_json::from_slice(&said.stdout).unwrap_or_else(|_| panic!("{said:?}"));
    (said.status.success(), findings)
}

/// Whether a check fails, and says this with its advice.
fn fails(config: &Path, check: &str, says: &str) {
    let (can, findings) = doctor(config);
    assert!(!can, "{findings:#?}");
    let is_it = |finding: &&Value| {
        let text = format!("{} {}", finding["found"], finding["advice"]);
        finding["check"] == check && finding["level"] == "failure" && text.contains(says)
    };
    assert!(findings.iter().any(|finding| is_it(&finding)), "{check}: {says}: {findings:#?}");
}

/// The configuration with other words in it, in another file.
fn changed(config: &Path, name: &str, changes: &[(&str, &str)]) -> PathBuf {
    let mut text = fs::read_to_string(config).unwrap();
    for (from, to) in changes {
        assert!(text.contains(from), "{from}");
        text = text.replace(from, to);
    }
    let path = config.with_file_name(format!("{name}.toml"));
    fs::write(&path, text).unwrap();
    path
}

/// What a process shows to Prometheus.
fn scrape(port: u16) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream.write_all(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    text
}

/// The value of a metric, with its labels as they are written.
fn value(scraped: &str, name: &str) -> Option<u64> {
    let line = scraped.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '))?;
    Some(line.parse().unwrap_or_else(|_| panic!("{name} {line}")))
}

/// The names of all that was scraped, as queries name them.
fn names(scraped: &str) -> BTreeSet<String> {
    let types = scraped.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split_once(' '));
    types
        .map(|(name, kind)| if kind == "counter" { format!("{name}_total") } else { name.to_owned() })
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_doctor_finds_a_good_machine_well_and_its_metrics_move_and_what_is_broken_is_named() {
    let place = Place::new().await;
    let folder = place.folder.path().to_owned();
    let config = of_processes(&place);
    let ports: Config = gpu_lease_service::config::load(Some(&config), PREFIX).unwrap();
    let agent_at = ports.machine.monitoring.listen.port();
    let gateway_at = ports.gateway.monitoring.listen.port();
    let signer_at = ports.signer.monitoring.unwrap().listen.port();
    let _said = Said(config.with_extension("log"));

    // Before anything runs, what has to be started is said.
    fails(&config, "signer keys", "start it, `gpu-lease-agent signer`");

    let signer = Daemon::start(&config, "signer");
    let (_gateway, _agent) = (Daemon::start(&config, "gateway"), Daemon::start(&config, "run"));
    let is_well = |finding: &Value| {
        // How much room there is depends on where this runs, and the local market's clock is its own.
        finding["level"] == "ok" || finding["check"] == "disk space" || finding["check"] == "clock"
    };
    let is_well = |(can, findings): &(bool, Vec<Value>)| {
        *can && findings.iter().all(is_well) && findings.iter().any(|it| it["found"] == "runs and is well")
    };
    let since = Instant::now();
    let findings = loop {
        let said = doctor(&config);
        if is_well(&said) {
            break said.1;
        }
        assert!(since.elapsed() < SOON, "{:#?}", said.1);
        sleep(Duration::from_millis(200)).await;
    };
    let checks: BTreeSet<_> = findings.iter().filter_map(|finding| finding["check"].as_str()).collect();
    for check in
        ["agent", "bond", "clock", "cluster", "configuration", "keys", "node", "offer", "operator", "signer"]
    {
        assert!(checks.contains(check), "{check}: {checks:?}");
    }

    // A lease comes, and the figures say so.
    let (offer, mint) = (place.offer.address.to_string(), place.net.mint.address.to_string());
    let open = ["lease", "open", &offer, "--gpus", "1", "--duration", "60s", "--mint", &mint];
    let bounds = ["--max-price", "1000", "--max-fee", "100%", "--yes", "--output", "json"];
    let opened = ended(renter(&place, &open).args(bounds));
    assert!(opened.status.success(), "{opened:?}");
    let opened: Value = serde_json::from_slice(&opened.stdout).unwrap();
    let address: Address = opened["lease"].as_str().unwrap().parse().unwrap();
    until("the start", SOON, || async { lease(&place, &address).await.unwrap().started_at > 0 }).await;
    let name = address.to_string();
    until("the login", SOON, || async {
        ended(&mut renter(&place, &["lease", "ssh", &name, "--", "echo in"])).stdout == b"in\n"
    })
    .await;
    let delivered = || value(&scrape(agent_at), "gpu_lease_agent_delivered_gpu_seconds_total").unwrap();
    let before = delivered();
    until("more that was delivered", SOON, || async { delivered() > before }).await;
    let (agent, gateway, signed) = (scrape(agent_at), scrape(gateway_at), scrape(signer_at));
    let expected = [
        (&agent, "gpu_lease_agent_leases{state=\"running\"}", 1),
        (&agent, "gpu_lease_agent_cards{state=\"held\"}", 1),
        (&agent, "gpu_lease_agent_cards{state=\"free\"}", 7),
        (&agent, "gpu_lease_agent_steps_total{step=\"create\",outcome=\"done\"}", 1),
        (&agent, "gpu_lease_agent_answers{from=\"cluster\"}", 1),
        (&agent, "gpu_lease_agent_lost_gpu_seconds_total{cause=\"engine\"}", 0),
        (&signed, "gpu_lease_signer_requests_total{deed=\"start\",outcome=\"done\"}", 1),
        (&gateway, "gpu_lease_gateway_open_sessions", 0),
    ];
    for (scraped, name, expected) in expected {
        assert_eq!(value(scraped, name), Some(expected), "{name}\n{scraped}");
    }
    let rises = [
        (&agent, "gpu_lease_agent_observation_timestamp_seconds"),
        (&agent, "gpu_lease_agent_cluster_clock_timestamp_seconds"),
        (&signed, "gpu_lease_signer_fees_lamports_total"),
        (&signed, "gpu_lease_signer_operator_lamports"),
        (&gateway, "gpu_lease_gateway_sessions_total"),
        (&gateway, "gpu_lease_gateway_sent_bytes_total"),
    ];
    for (scraped, name) in rises {
        assert!(value(scraped, name).is_some_and(|value| value > 0), "{name}\n{scraped}");
    }

    // The dashboard asks for what there is.
    let there: BTreeSet<_> = [&agent, &gateway, &signed].into_iter().flat_map(|it| names(it)).collect();
    for query in queries() {
        let words = query.split(|it: char| !it.is_ascii_alphanumeric() && it != '_');
        let asked: Vec<_> =
            words.filter(|it| it.starts_with("gpu_lease_") || *it == "health_check").collect();
        assert!(!asked.is_empty(), "{query}");
        for name in asked {
            assert!(there.contains(name), "{query} asks for {name}, and there are {there:#?}");
        }
    }

    // What is broken is named.
    let dead = changed(&config, "dead", &[(place.net.validator.rpc_url(), "http://127.0.0.1:1")]);
    fails(&dead, "node", "see that it runs and that `rpc` in [chain] is right");

    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let (ours, theirs) = (ports.gateway.listen.to_string(), taken.local_addr().unwrap().to_string());
    let taken = changed(&config, "taken", &[(&ours, &theirs)]);
    fails(&taken, "ssh port", "write another port as `listen` in [gateway]");

    let other = changed(
        &config,
        "other",
        &[
            ("operator.json", "sponsor.json"),
            ("/signer", "/signer-2"),
            (&format!("127.0.0.1:{signer_at}"), &format!("127.0.0.1:{}", free_port())),
        ],
    );
    let other_signer = Daemon::start(&other, "signer");
    until("the other signer", SOON, || async { folder.join("signer-2.sock").exists() }).await;
    let sponsor = place.net.wallets.sponsor.pubkey();
    fails(&other, "offer", &format!("`gpu-lease provider update --operator {sponsor}`"));
    other_signer.kill();

    let key = folder.join("wallets/operator.json");
    fs::set_permissions(&key, Permissions::from_mode(0o644)).unwrap();
    fails(&config, "keys", &format!("run `chmod 600 {}`", key.display()));
    fs::set_permissions(&key, Permissions::from_mode(0o600)).unwrap();

    let withdraw = ["provider", "bond", "withdraw", "all", "--mint", &mint];
    let mut command = Command::new(program("gpu-lease"));
    command
        .args(["--url", place.net.validator.rpc_url(), "--keypair"])
        .arg(folder.join("wallets/provider.json"));
    let withdrawn = ended(command.args(withdraw).env("HOME", &folder));
    assert!(withdrawn.status.success(), "{withdrawn:?}");
    fails(&config, "bond", "pay in with `gpu-lease provider bond pay-in AMOUNT --mint");

    signer.kill();
    fails(&config, "signer keys", "start it, `gpu-lease-agent signer`");
}

/// All queries of the dashboard.
fn queries() -> Vec<String> {
    let dashboard = include_str!("../../packaging/grafana/gpu-lease-agent.json");
    let dashboard: Value = serde_json::from_str(dashboard).unwrap();
    let panels = dashboard["panels"].as_array().unwrap();
    let targets = panels.iter().flat_map(|panel| panel["targets"].as_array().into_iter().flatten());
    let queries: Vec<_> = targets.map(|target| target["expr"].as_str().unwrap().to_owned()).collect();
    assert!(queries.len() > 20, "{queries:?}");
    queries
}
