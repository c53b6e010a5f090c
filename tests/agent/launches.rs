//! Images that renters launch while their leases wait.

use crate::daemons::{Daemon, Said, ended, of_processes, renter, strict_ssh};
use crate::place::{Place, SOON, lease as on_chain, until};
use crate::town::{Process, Town, answer};
use anchor_lang::hash::sha256;
use gpu_lease_agent::config::{Config, PREFIX};
use gpu_lease_agent::doors::public_host_key;
use gpu_lease_agent::plan::life_of;
use gpu_lease_client::access::AccessKey;
use gpu_lease_client::ssh::SshAccess;
use gpu_lease_tests::prelude::*;
use serde_json::{Value, json};
use std::fs;
use std::process::Command;
use tokio::task::block_in_place;

const KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA0iiVf4yE66gcRA6qG6Z5UR2oWiRF4CnwVyEezkXLQO";

/// How long a lease waits, seconds.
const WAIT: u32 = 60;

fn image(name: &str) -> String {
    format!("ghcr.io/{name}@sha256:{}", "0".repeat(64))
}

/// A lease with a session key on a machine that launches images of one repository.
fn waiting(change: impl FnOnce(&mut Process)) -> (Town, Process, LeaseKey) {
    let town = Town::new(|_| {});
    let mut process = Process::new(&town);
    process.policy.images.insert("ghcr.io/acme/*".to_owned());
    process.policy.launch_wait = WAIT;
    change(&mut process);
    let lease = town.open(|request| request.session_key = Address::new_from_array([5; 32]));
    process.seconds(10);
    (town, process, lease)
}

fn ask(process: &mut Process, town: &Town, lease: &LeaseKey, method: &str, params: Value) -> Value {
    let life = life_of(&town.world().context(lease));
    let asked = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params }).to_string();
    answer(process.machine(), &life, asked.as_bytes())
}

fn launch(process: &mut Process, town: &Town, lease: &LeaseKey, params: Value) -> Value {
    ask(process, town, lease, "launch", params)
}

fn state(town: &Town, lease: &LeaseKey) -> LeaseState {
    town.world().lease(lease).state.into()
}

fn images(town: &Town) -> Vec<String> {
    town.outside().instances.values().map(|it| it.spec.image.clone()).collect()
}

#[test]
fn what_is_launched_in_time_is_what_the_lease_begins_with() {
    let (town, mut process, lease) = waiting(|_| {});
    assert_eq!((state(&town, &lease), images(&town)), (LeaseState::Pending, vec!["image".to_owned()]));
    let params = json!({ "image": image("acme/a"), "sshKey": format!("{KEY} me@home"), "env": { "A": "1" } });
    let answer = launch(&mut process, &town, &lease, params);
    let launched = json!({ "image": image("acme/a"), "hasOwnKey": true, "env": ["A"], "failure": null });
    assert_eq!(answer["result"], launched);
    process.seconds(10);
    assert_eq!((state(&town, &lease), images(&town)), (LeaseState::Active, vec![image("acme/a")]));
    let door = town.outside().doors.values().next().unwrap().clone();
    assert_eq!(door.user_key, KEY);
    let spec = town.outside().instances.values().next().unwrap().spec.clone();
    assert_eq!(spec.env.get("A").map(String::as_str), Some("1"));
    let entry = process.machine().notebook().book().entries.into_values().next().unwrap();
    assert_eq!(town.world().lease(&lease).access_blob_hash, sha256(&entry.access_blob));

    // From then on it is fixed.
    let late = launch(&mut process, &town, &lease, json!({ "image": image("acme/b") }));
    assert_eq!(late["error"]["code"], 20);
    assert_eq!(ask(&mut process, &town, &lease, "state", json!({}))["result"]["launch"], launched);
    process.seconds(10);
    assert_eq!(images(&town), [image("acme/a")]);
}

#[test]
fn a_lease_for_which_nobody_launches_anything_begins_when_the_wait_is_over() {
    let (town, mut process, lease) = waiting(|_| {});
    let opened_at = town.world().lease(&lease).opened_at;
    process.seconds(WAIT);
    let there = town.world().lease(&lease);
    assert_eq!(there.state, LeaseState::Active);
    assert!((0..5).contains(&(there.started_at - opened_at - i64::from(WAIT))));
    assert_eq!(images(&town), ["image"]);
}

#[test]
fn who_cannot_launch_anything_is_not_waited_for() {
    let (town, _, lease) = waiting(|process| process.policy.images.clear());
    assert_eq!(state(&town, &lease), LeaseState::Active);
}

#[test]
fn what_the_provider_does_not_want_is_refused_by_number() {
    let (town, mut process, lease) = waiting(|_| {});
    for params in [
        json!({ "image": image("other/a") }),
        json!({ "image": "ghcr.io/acme/a:latest" }),
        json!({ "image": image("acme/a"), "sshKey": "ssh-rsa AAAA" }),
        json!({ "image": image("acme/a"), "env": { "NVIDIA_VISIBLE_DEVICES": "all" } }),
    ] {
        assert_eq!(launch(&mut process, &town, &lease, params.clone())["error"]["code"], 21, "{params}");
    }
    let unknown = json!({ "image": image("acme/a"), "command": "sh" });
    assert_eq!(launch(&mut process, &town, &lease, unknown)["error"]["code"], -32_602);
    assert_eq!(ask(&mut process, &town, &lease, "state", json!({}))["result"]["launch"], Value::Null);
}

#[test]
fn an_image_that_cannot_be_pulled_is_told_of_and_another_can_be_launched() {
    let (town, mut process, lease) = waiting(|_| {});
    town.outside().missing_images.insert(image("acme/a"));
    launch(&mut process, &town, &lease, json!({ "image": image("acme/a") }));
    process.seconds(WAIT);
    assert_eq!(state(&town, &lease), LeaseState::Pending);
    let told = ask(&mut process, &town, &lease, "state", json!({}));
    let failure = told["result"]["launch"]["failure"].as_str().unwrap();
    assert!(failure.contains("image") && !failure.contains('\u{1b}'), "{failure}");
    launch(&mut process, &town, &lease, json!({ "image": image("acme/b") }));
    process.seconds(5);
    assert_eq!((state(&town, &lease), images(&town)), (LeaseState::Active, vec![image("acme/b")]));
}

#[test]
fn a_lease_whose_start_may_be_on_its_way_is_not_changed_any_more() {
    let (town, mut process, lease) = waiting(|process| process.policy.launch_wait = 0);
    assert_eq!(state(&town, &lease), LeaseState::Active);
    // Of one that was killed while it started: whether the start lands is not known.
    let again =
        town.open(|request| (request.nonce, request.session_key) = (1, Address::new_from_array([5; 32])));
    let life = life_of(&town.world().context(&again));
    let is_starting = |process: &mut Process| {
        process.machine().notebook().book().entries.get(&life).is_some_and(|entry| entry.is_starting)
    };
    town.outside().in_front = Some(Box::new(|_| std::panic::panic_any(crate::town::Killed)));
    for _ in 0..20 {
        process.second();
    }
    assert!(process.has_died && is_starting(&mut process));
    let answer = launch(&mut process, &town, &again, json!({ "image": image("acme/a") }));
    assert_eq!(answer["error"]["code"], 20);
    process.seconds(5);
    assert_eq!(state(&town, &again), LeaseState::Active);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_renter_launches_on_the_command_line_and_logs_in_with_its_own_key() {
    let place = Place::new().await;
    let config = of_processes(&place);
    let text = fs::read_to_string(&config).unwrap();
    let launching = "[policy]\nimages = [\"ghcr.io/acme/*\"]\nlaunch_wait = \"5m\"";
    fs::write(&config, text.replace("[policy]", launching)).unwrap();
    let _said = Said(config.with_extension("log"));
    let _signer = Daemon::start(&config, "signer");
    let _gateway = Daemon::start(&config, "gateway");
    let read: Config = gpu_lease_service::config::load(Some(&config), PREFIX).unwrap();
    let (host, port) = (read.gateway.host.clone(), read.gateway.public_port());
    let host_key = public_host_key(&read.gateway, SOON).await.unwrap();
    let fingerprint = SshAccess::new(&host, port, host_key, None).unwrap().host_key_fingerprint();
    let _agent = Daemon::start(&config, "run");

    let at = |name: &str| place.folder.path().join(name);
    let (session, access) = (Keypair::new(), AccessKey::generate());
    solana_keypair::write_keypair_file(&session, at("session.json")).unwrap();
    let change = |request: &mut LeaseRequest| {
        (request.session_key, request.duration) = (session.pubkey(), 600);
    };
    let address = place.rent_as(&access, change).await;
    fs::create_dir_all(at("keys")).unwrap();
    let made =
        Command::new("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-f"]).arg(at("own")).status();
    assert!(made.unwrap().success());
    let launch = |fingerprint: &str, machine: &str| {
        let (session, own) = (at("session.json"), at("own.pub"));
        let lease = address.to_string();
        let image = image("acme/a");
        let arguments = [
            "lease",
            "launch",
            &lease,
            "--image",
            &image,
            "--env",
            "GREETING=hello",
            "--session-key",
            session.to_str().unwrap(),
            "--ssh-key",
            own.to_str().unwrap(),
            "--machine",
            machine,
            "--host-key",
            fingerprint,
        ];
        ended(&mut renter(&place, &arguments))
    };
    let machine = format!("{host}:{port}");
    let other = launch("SHA256:other", &machine);
    assert!(String::from_utf8_lossy(&other.stderr).contains("another host key"), "{other:?}");
    until("a launch", SOON, || async { launch(&fingerprint, &machine).status.success() }).await;
    until("the start", SOON, || async { on_chain(&place, &address).await.unwrap().started_at > 0 }).await;

    // What is published has no key in it; the renter's own one opens.
    let known = at("known");
    let host_line = SshAccess::new(&host, port, host_key, None).unwrap().known_hosts(&address).unwrap();
    fs::write(&known, host_line).unwrap();
    let login = || {
        let mut ssh = strict_ssh();
        ssh.arg("-o").arg(format!("UserKnownHostsFile={}", known.display()));
        ssh.arg("-o").arg(format!("HostKeyAlias={address}")).arg("-i").arg(at("own"));
        ssh.args(["-p", &port.to_string(), "-l", &address.to_string(), &host, "echo $GREETING"]);
        let said = block_in_place(|| ssh.output()).unwrap();
        String::from_utf8_lossy(&said.stdout).into_owned()
    };
    until("a login", SOON, || async { login() == "hello\n" }).await;
}
