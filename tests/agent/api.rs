//! What renters and their guards are told, and what they cannot make of it.

use std::fs::{self, Permissions};
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use anchor_lang::hash::sha256;
use gpu_lease_agent::machine::Machine;
use gpu_lease_agent::plan::life_of;
use gpu_lease_client::attestation::{Attestation, SignedAttestation};
use gpu_lease_client::ssh::{SshAccess, public_key_line};
use gpu_lease_runtime::Life;
use gpu_lease_service::unix::SocketFile;
use gpu_lease_tests::prelude::*;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio::task::block_in_place;
use tokio::time::timeout;

use crate::daemons::{Daemon, Said, ended, of_processes, renter};
use crate::guard::co_signature;
use crate::place::{Place, SOON, lease, until};
use crate::town::{Process, Town, answer};

fn ask(machine: &Machine, life: &Life, line: &str) -> Value {
    answer(machine, life, line.as_bytes())
}

fn call(machine: &Machine, life: &Life, method: &str) -> Value {
    ask(machine, life, &json!({ "jsonrpc": "2.0", "id": 1, "method": method }).to_string())
}

/// A lease of which a few seconds were not delivered, and which has been stated.
fn told() -> (Town, Process, LeaseKey, Life) {
    let town = Town::new(|terms| terms.heartbeat_timeout = 300);
    let mut process = Process::new(&town);
    let guard = town.world().people.agent.pubkey();
    let lease = town.open(|request| (request.duration, request.session_key) = (600, guard));
    let mut seconds = |count| {
        for _ in 0..count {
            // Each uses 700 W.
            let mut outside = town.outside();
            outside
                .cards
                .values_mut()
                .for_each(|card| card.energy = Some(card.energy.unwrap_or(0) + 700_000));
            drop(outside);
            process.second();
        }
    };
    seconds(60);
    town.outside().is_engine_down = true;
    seconds(5);
    town.outside().is_engine_down = false;
    seconds(60);
    let life = life_of(&town.world().context(&lease));
    (town, process, lease, life)
}

#[test]
fn the_examples_are_what_an_agent_answers() {
    let document = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/protocol/agent-api.md");
    let document = fs::read_to_string(document).unwrap();
    let blocks: Vec<&str> =
        document.split("```json\n").skip(1).filter_map(|it| it.split("```").next()).collect();
    let (_, mut process, _, life) = told();
    assert!(blocks.len() >= 8 && blocks.len().is_multiple_of(2));
    let mut others = String::new();
    for pair in blocks.chunks(2) {
        let answer = ask(process.machine(), &life, pair[0]);
        if !serde_json::from_str::<Value>(pair[1]).is_ok_and(|expected| expected == answer) {
            others += &format!("{}is answered by\n{answer:#}\n", pair[0]);
        }
    }
    assert!(others.is_empty(), "{others}");
}

#[test]
fn units_and_evidence_of_a_statement_follow_from_the_record() {
    let (town, mut process, lease, life) = told();
    let statement = call(process.machine(), &life, "statement")["result"].clone();
    let record = call(process.machine(), &life, "evidence")["result"].clone();
    let number = |value: &Value| value.as_str().unwrap().parse::<i64>().unwrap();
    let window_end = number(&statement["windowEnd"]);
    // As documented, and by no code of the agent's.
    let causes = [
        ("unobserved", 1, false),
        ("engine", 2, false),
        ("container", 3, false),
        ("gateway", 4, false),
        ("network", 5, false),
        ("cardSilent", 6, false),
        ("cardFault", 7, false),
        ("maintenance", 8, false),
        ("ended", 128, true),
        ("program", 129, true),
    ];
    let start = number(&record["start"]);
    let life_bytes = [&lease.address.to_bytes()[..], &life.opened_slot.to_le_bytes(), &start.to_le_bytes()];
    let mut head = sha256(&[&b"GPULEASE-RECORD1"[..], &life_bytes.concat()].concat());
    let (mut units, mut energy) = (0, 0);
    for row in record["rows"].as_array().unwrap() {
        let (from, to, gpus) = (number(&row["from"]), number(&row["to"]), row["gpus"].as_u64().unwrap());
        if from >= window_end {
            break;
        }
        assert!(to <= window_end && from / 60 == (to - 1) / 60, "{row}");
        let name = row["cause"].as_str();
        let (_, code, counts) =
            name.map_or(("", 0, true), |it| *causes.iter().find(|known| known.0 == it).unwrap());
        units += if counts { (to - from) * i64::try_from(gpus).unwrap() } else { 0 };
        energy += number(&row["energy"]);
        let (from, to, gpus) =
            (from.to_le_bytes(), to.to_le_bytes(), u32::try_from(gpus).unwrap().to_le_bytes());
        let used = number(&row["energy"]).to_le_bytes();
        head = sha256(&[&head[..], &from, &to, &gpus, &[code], &used].concat());
    }
    assert_eq!(units, number(&statement["units"]));
    assert!(units < 4 * (window_end - town.world().lease(&lease).started_at));
    assert_eq!(energy / 3_600_000, number(&statement["energyWh"]));
    assert_ne!(statement["energyWh"], "0");
    assert_eq!(
        json!(head.iter().map(|byte| format!("{byte:02x}")).collect::<String>()),
        statement["evidence"]
    );
    // And it is what was signed, by the attestor, and landed.
    let signed: SignedAttestation = serde_json::from_value(statement["signed"].clone()).unwrap();
    assert!(signed.is_signed_by(&town.world().people.attestor.pubkey()));
    assert_eq!((signed.message().usage().evidence, signed.message().usage().window_end), (head, window_end));
    assert_eq!(town.world().lease(&lease).meter.evidence, head);
}

#[test]
fn a_statement_that_this_agent_did_not_see_signed_is_shown_as_the_chain_has_it() {
    let (town, mut process, lease, life) = told();
    let usage = |answer: Value| (answer["result"]["units"].clone(), answer["result"]["signed"].is_null());
    let (units, is_unsigned) = usage(call(process.machine(), &life, "statement"));
    assert!(!is_unsigned);
    let more = town.units(&lease) + 4;
    let energy_wh = town.world().lease(&lease).meter.energy_wh.into();
    let message = Attestation { energy_wh, ..town.world().message(&lease, more) };
    town.world().claim_message(&lease, &message).ok();
    process.round();
    assert_eq!(usage(call(process.machine(), &life, "statement")), (json!(more.to_string()), true));
    assert_ne!(units, json!(more.to_string()));
}

#[test]
fn a_caller_is_told_of_its_own_life_and_of_no_other() {
    let (_, mut process, _, life) = told();
    let machine = process.machine();
    assert_eq!(call(machine, &life, "state")["result"]["lease"], json!(life.lease));
    for other in [
        Life { opened_slot: life.opened_slot + 1, ..life.clone() },
        Life { opened_slot: life.opened_slot - 1, ..life.clone() },
        Life { lease: NOWHERE.to_string(), ..life.clone() },
    ] {
        for method in ["state", "statement", "evidence"] {
            assert_eq!(call(machine, &other, method)["error"]["code"], json!(1));
        }
    }
    // Nor does it get to choose.
    let asked = json!({ "jsonrpc": "2.0", "id": 1, "method": "state", "params": { "lease": life.lease } });
    assert_eq!(ask(machine, &life, &asked.to_string())["error"]["code"], json!(-32_602));
}

#[test]
fn what_is_not_a_question_gets_a_numbered_error_or_nothing() {
    let (_, mut process, _, life) = told();
    for (line, code) in [
        ("", -32_700),
        ("\u{0}", -32_700),
        ("{", -32_700),
        ("[]", -32_600),
        ("1", -32_600),
        (r#"{"id":1,"method":"state"}"#, -32_600),
        (r#"{"jsonrpc":"1.0","id":1,"method":"state"}"#, -32_600),
        (r#"{"jsonrpc":"2.0","id":{},"method":"state"}"#, -32_600),
        (r#"{"jsonrpc":"2.0","id":1,"method":"state","more":1}"#, -32_600),
        (r#"{"jsonrpc":"2.0","id":1,"method":"cosign"}"#, -32_601),
        (r#"{"jsonrpc":"2.0","id":1,"method":"coSign"}"#, -32_602),
        (r#"{"jsonrpc":"2.0","id":1,"method":"evidence","params":{"first":-1}}"#, -32_602),
        (r#"{"jsonrpc":"2.0","id":1,"method":"evidence","params":[]}"#, -32_602),
    ] {
        assert_eq!(ask(process.machine(), &life, line)["error"]["code"], json!(code), "{line}");
    }
    let notification = r#"{"jsonrpc":"2.0","method":"state"}"#;
    assert_eq!(ask(process.machine(), &life, notification), Value::Null);
    let beyond = r#"{"jsonrpc":"2.0","id":"x","method":"evidence","params":{"first":4000000000}}"#;
    let answer = ask(process.machine(), &life, beyond);
    assert_eq!((&answer["id"], &answer["result"]["rows"]), (&json!("x"), &json!([])));
}

#[test]
fn a_guard_is_who_the_lease_s_session_key_says_now() {
    let (town, mut process, lease, life) = told();
    let guard = |town: &Town| town.outside().doors[&life].door.guard_key.clone();
    let line = |key: Address| Some(public_key_line(key.to_bytes()).unwrap());
    for key in [NOWHERE, Keypair::new_from_array([98; 32]).pubkey()] {
        town.world().set_session_key(&lease, key).ok();
        process.seconds(2);
        assert_eq!(guard(&town), line(key));
    }
    // It outlasts the agent's death, and goes when there is none.
    process.kill();
    process.seconds(2);
    assert_ne!(guard(&town), None);
    town.world().set_session_key(&lease, Address::default()).ok();
    process.seconds(2);
    assert_eq!(guard(&town), None);
    assert_eq!(town.open_doors(), 1);
}

/// A socket on which the agent answers.
async fn serving(machine: Machine) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let socket = SocketFile { path: folder.path().join("api.sock"), group: None }.bind().unwrap();
    tokio::spawn(gpu_lease_agent::api::serve(socket, Arc::new(machine)));
    folder
}

fn introduction(life: &Life) -> String {
    let caller = json!({
        "lease": life.lease, "openedSlot": life.opened_slot, "role": "guard", "fingerprint": "SHA256:",
    });
    format!("{caller}\n")
}

/// What is answered to these bytes, until the end.
async fn exchange(folder: &Path, said: &[u8]) -> String {
    let mut stream = UnixStream::connect(folder.join("api.sock")).await.unwrap();
    stream.write_all(said).await.ok();
    stream.shutdown().await.ok();
    let mut answer = String::new();
    timeout(SOON, stream.read_to_string(&mut answer)).await.unwrap().ok();
    answer
}

#[test]
fn nobody_holds_up_the_others() {
    let (_, mut process, _, life) = told();
    process.kill();
    let machine = Machine::new(process.parts()).unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let folder = serving(machine).await;
        let question = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"state\"}\n";
        let asked = format!("{}{question}", introduction(&life));
        let is_answered = async || exchange(folder.path(), asked.as_bytes()).await.contains("\"result\"");
        assert!(is_answered().await);
        // Who does not say who calls, or says nonsense, is told nothing.
        for said in ["", "\n", "{}\n", question, &"a".repeat(10_000)] {
            assert_eq!(exchange(folder.path(), said.as_bytes()).await, "");
        }
        // A line that is too long ends the connection, with an error.
        let long = format!("{}{}\n{question}", introduction(&life), "a".repeat(4_097));
        let answer = exchange(folder.path(), long.as_bytes()).await;
        assert!(answer.contains("-32600") && answer.lines().count() == 1, "{answer}");
        // One that reads nothing and one that asks without end are theirs alone.
        let mut kept = Vec::new();
        for _ in 0..8 {
            let mut stream = UnixStream::connect(folder.path().join("api.sock")).await.unwrap();
            stream.write_all(introduction(&life).as_bytes()).await.unwrap();
            let flood = question.repeat(10_000);
            kept.push(tokio::spawn(async move { stream.write_all(flood.as_bytes()).await.map(|()| stream) }));
        }
        until("the last place", SOON, || async {
            exchange(folder.path(), asked.as_bytes()).await.contains("\"code\":3")
        })
        .await;
        let other = introduction(&Life { lease: NOWHERE.to_string(), ..life.clone() });
        let answer = exchange(folder.path(), format!("{other}{question}").as_bytes()).await;
        assert!(answer.contains("\"code\":1,"), "{answer}");
        // When they are gone there is room again.
        kept.iter().for_each(tokio::task::JoinHandle::abort);
        drop(kept);
        until("room", SOON, is_answered).await;
    });
}

/// A session of the system's OpenSSH with the key of this seed, which asks for the API or runs a command.
fn ssh(folder: &Path, name: &str, seed: [u8; 32], port: u16, host_key: [u8; 32], lease: &Address) -> Command {
    let access = SshAccess::new("127.0.0.1", port, host_key, Some(seed)).unwrap();
    let (key, known) = (folder.join(format!("{name}.key")), folder.join("known_hosts"));
    fs::write(&key, access.user_key_file(lease).unwrap().unwrap()).unwrap();
    fs::set_permissions(&key, Permissions::from_mode(0o600)).unwrap();
    fs::write(&known, access.known_hosts(lease).unwrap()).unwrap();
    let mut command = Command::new("ssh");
    command.args([
        "-F",
        "none",
        "-o",
        "IdentitiesOnly=yes",
        "-o",
        "IdentityAgent=none",
        "-o",
        "BatchMode=yes",
    ]);
    command.arg("-o").arg(format!("UserKnownHostsFile={}", known.display()));
    command.arg("-o").arg(format!("HostKeyAlias={lease}")).arg("-i").arg(&key);
    command.args(["-p", &port.to_string(), "-l", &lease.to_string()]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_renter_and_its_guard_ask_by_ssh_and_the_guard_may_do_nothing_else() {
    let place = Place::new().await;
    let folder = place.folder.path().to_owned();
    let config = of_processes(&place);
    let _said = Said(config.with_extension("log"));
    let _daemons = ["signer", "gateway", "run"].map(|name| Daemon::start(&config, name));
    let key = gpu_lease_client::access::AccessKey::generate();
    let seed = [42; 32];
    let guard = Keypair::new_from_array(seed);
    let address = place.rent_as(&key, |request| {
        (request.duration, request.session_key) = (600, guard.pubkey());
    });
    let address = address.await;
    until("the start", SOON, || async { lease(&place, &address).await.unwrap().started_at > 0 }).await;
    let published = place.net.client.published_access(&address).await.unwrap();
    let access = SshAccess::from_bytes(&key.decrypt(&published.access_blob).unwrap()).unwrap();
    let session = |name: &str, seed| ssh(&folder, name, seed, access.port(), *access.host_key(), &address);
    let says = |name: &str, seed, question: Value| {
        let mut child = session(name, seed).args(["-s", "127.0.0.1", "gpu-lease"]).spawn().unwrap();
        child.stdin.take().unwrap().write_all(format!("{question}\n").as_bytes()).ok();
        let output = block_in_place(|| child.wait_with_output()).unwrap();
        (output.status.success(), String::from_utf8_lossy(&output.stdout).into_owned())
    };
    let asks = |name: &str, seed| says(name, seed, json!({ "jsonrpc": "2.0", "id": 7, "method": "state" }));
    until("the guard's answer", SOON, || async { asks("guard", seed).1.contains("\"phase\":\"running\"") })
        .await;
    let answer: Value = serde_json::from_str(&asks("guard", seed).1).unwrap();
    assert_eq!(answer["id"], json!(7));
    assert_eq!(answer["result"]["lease"], json!(address.to_string()));
    assert_eq!(answer["result"]["access"], json!("open"));

    // What it co-signs of the first full minute is final.
    let result = |method: &str, params: Value| -> Value {
        let said =
            says("guard", seed, json!({ "jsonrpc": "2.0", "id": 8, "method": method, "params": params }));
        serde_json::from_str(&said.1).unwrap()
    };
    until("a draft", Duration::from_secs(90), || async { result("draft", json!({}))["result"].is_object() })
        .await;
    let draft = result("draft", json!({}))["result"].clone();
    let refused = result("coSign", co_signature(&draft, &Keypair::new_from_array([43; 32])));
    assert_eq!(refused["error"]["code"], json!(13));
    let co_signed = result("coSign", co_signature(&draft, &guard));
    assert_eq!(co_signed["result"], Value::Null, "{co_signed}");
    assert!(co_signed.get("error").is_none(), "{co_signed}");
    until("the statement", SOON, || async {
        let meter = lease(&place, &address).await.unwrap().meter;
        meter.accepted > 0 && json!(meter.accepted.to_string()) == draft["units"]
    })
    .await;

    // It has no shell, and who has no key has no answer.
    let shell = ended(session("guard", seed).args(["127.0.0.1", "echo in"]));
    assert!(!shell.status.success() && shell.stdout.is_empty(), "{shell:?}");
    assert!(!asks("stranger", [43; 32]).0);

    // When the renter names another, the former one is out.
    let name = address.to_string();
    let other = Keypair::new_from_array([44; 32]).pubkey().to_string();
    let change = ended(&mut renter(&place, &["lease", "session-key", &name, &other]));
    assert!(change.status.success(), "{change:?}");
    until("the exchange", SOON, || async { asks("other", [44; 32]).0 && !asks("guard", seed).0 }).await;
}
