//! The record of a lease, from the machine that ran it to whoever checks it.

use std::fs;
use std::process::Command;
use std::time::Duration;

use gpu_lease_agent::plan::life_of;
use gpu_lease_client::evidence::{EvidenceCheck, EvidenceFile};
use gpu_lease_tests::prelude::*;
use serde_json::{Value, json};

use crate::daemons::{Daemon, Said, ended, of_processes, open, renter};
use crate::place::{Place, SOON, lease, until};
use crate::programs::program;
use crate::town::{Process, Town};

/// Cards that use other amounts each second, and cannot be told of for a while.
fn use_energy(town: &Town, second: u64) {
    let mut outside = town.outside();
    for (card, number) in outside.cards.values_mut().zip(1..) {
        let used = 400_000 + 1_000 * number * (second % 7);
        card.energy = Some(card.energy.unwrap_or(5_000_000) + used);
    }
    if (70..80).contains(&second) {
        outside.cards.values_mut().for_each(|card| card.energy = None);
    }
}

#[test]
fn what_landed_at_the_end_of_a_lease_follows_from_its_record_wherever_in_a_minute_it_ended() {
    for duration in [MIN_DURATION, MIN_DURATION + 13, MIN_DURATION + 47] {
        let town = Town::new(|terms| terms.heartbeat_timeout = 300);
        let mut process = Process::new(&town);
        let lease = town.open(|request| request.duration = duration);
        let life = life_of(&town.world().context(&lease));
        for second in 0..u64::from(duration) + 40 {
            use_energy(&town, second);
            process.second();
        }
        let context = town.world().context(&lease);
        assert_eq!(context.meter.window_end, context.ends_at);
        let file = process.machine().notebook().file(&life).unwrap().unwrap();
        let check = EvidenceCheck::of(&file, Some(&context)).unwrap();
        assert!(check.matches() && check.comparisons.len() == 10, "{check:#?}");
        assert!(check.energy_wh > 0);
        // What was sampled afterwards is another row.
        assert!(file.until() > context.ends_at);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_renter_fetches_the_record_of_its_lease_and_anyone_checks_it_against_the_chain() {
    let place = Place::new().await;
    let config = of_processes(&place);
    let _said = Said(config.with_extension("log"));
    let _daemons = ["signer", "gateway", "run"].map(|name| Daemon::start(&config, name));
    let address = open(&place, "60s");
    until("the last statement", Duration::from_secs(150), || async {
        let there = lease(&place, &address).await.unwrap();
        there.started_at > 0 && there.meter.window_end == there.ends_at
    })
    .await;
    let there = lease(&place, &address).await.unwrap();
    // It has landed a moment before its agent has written down that it has.
    until("the agent's word for it", SOON, || async {
        let state = renter(&place, &["lease", "evidence", &address.to_string(), "--output", "json"]).output();
        let check: Value = serde_json::from_slice(&state.unwrap().stdout).unwrap_or_default();
        check["window_end"] == json!(there.ends_at.to_string())
    })
    .await;

    // By SSH, with what was signed about it. All figures are those on chain.
    let (name, path) = (address.to_string(), place.folder.path().join("evidence.json"));
    let out = path.to_str().unwrap();
    let fetched = ended(&mut renter(&place, &["lease", "evidence", &name, "--out", out, "--output", "json"]));
    assert!(fetched.status.success(), "{fetched:?}");
    let check: Value = serde_json::from_slice(&fetched.stdout).unwrap();
    assert_eq!(check["matches"], json!(true));
    assert_eq!(check["units"], json!(there.meter.latest.units.to_string()));
    assert_eq!(check["window_end"], json!(there.ends_at.to_string()));
    let compared: Vec<_> = check["comparisons"].as_array().unwrap().iter().map(|it| &it["subject"]).collect();
    let signed = ["life", "attestor", "units", "energyWh", "evidence"];
    let on_chain = ["life", "start", "units", "energyWh", "evidence"];
    assert_eq!(compared, signed.iter().chain(&on_chain).collect::<Vec<_>>());

    // By the provider, from its agent: the same.
    let handed_out = |lease: &str| {
        let mut agent = Command::new(program("gpu-lease-agent"));
        ended(agent.arg("--config").arg(&config).args(["record", lease]))
    };
    let read = |text: &[u8]| EvidenceFile::read(&String::from_utf8_lossy(text)).unwrap();
    let file = read(&fs::read(&path).unwrap());
    assert!(file.statement.is_some());
    assert_eq!(read(&handed_out(&name).stdout), file);
    let unknown = handed_out(&NOWHERE.to_string());
    assert!(!unknown.status.success());
    assert!(String::from_utf8_lossy(&unknown.stderr).contains("no record of the lease"), "{unknown:?}");

    // By whoever has the file, and a node.
    let checked = || ended(&mut renter(&place, &["attest", "evidence", out])).status.code();
    assert_eq!(checked(), Some(0));
    let mut changed = file;
    changed.rows[0].energy += 1;
    fs::write(&path, changed.text()).unwrap();
    assert_eq!(checked(), Some(1));
}
