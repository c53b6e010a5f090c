//! A renter's guard, which co-signs what the machine drafts, or does not; and what comes of it.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use gpu_lease_agent::machine::Machine;
use gpu_lease_agent::plan::life_of;
use gpu_lease_agent::status::Status;
use gpu_lease_client::attestation::SignedAttestation;
use gpu_lease_client::ssh::public_key_line;
use gpu_lease_gateway::Role;
use gpu_lease_runtime::Life;
use gpu_lease_tests::prelude::*;
use serde_json::{Value, json};

use crate::town::{Process, Town, answer, answer_to};

/// The answer of a machine to its caller about `life`.
pub fn call(machine: &Machine, life: &Life, method: &str, params: &Value) -> Value {
    let line = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params }).to_string();
    answer(machine, life, line.as_bytes())
}

/// What is sent to co-sign a draft, in the form in which it was answered.
pub fn co_signature(draft: &Value, key: &Keypair) -> Value {
    let message = decoded(&draft["message"]);
    let mut sent = draft.as_object().unwrap().clone();
    sent.remove("message");
    sent.insert("signature".to_owned(), json!(encoded(key.sign_message(&message).as_ref())));
    sent.insert("key".to_owned(), json!(key.pubkey().to_string()));
    sent.into()
}

fn decoded(text: &Value) -> Vec<u8> {
    BASE64_STANDARD.decode(text.as_str().unwrap()).unwrap()
}

fn encoded(bytes: &[u8]) -> String {
    BASE64_STANDARD.encode(bytes)
}

/// Asks for a draft some seconds after each full minute, and answers some seconds later.
pub struct Guard {
    key: Keypair,
    asks_at: i64,
    takes: i64,
    held: Option<(i64, Value)>,
}

impl Guard {
    pub fn new(takes: i64) -> Self {
        Self { key: Keypair::new_from_array([7; 32]), asks_at: 4, takes, held: None }
    }

    pub fn second(&mut self, process: &mut Process, life: &Life) {
        let now = process.town.world().now();
        let machine = process.machine();
        // And once after the end.
        let ends_at = call(machine, life, "state", &json!({}))["result"]["endsAt"].clone();
        let asked_at = now - self.asks_at;
        if asked_at.rem_euclid(60) == 0 || ends_at == json!(asked_at.to_string()) {
            let answer = call(machine, life, "draft", &json!({}));
            if answer["result"].is_object() {
                self.held = Some((now + self.takes, answer["result"].clone()));
            }
        }
        if let Some((_, draft)) = self.held.take_if(|(at, _)| *at <= now) {
            let answer = call(machine, life, "coSign", &co_signature(&draft, &self.key));
            assert!(answer["error"].is_null(), "{answer}");
        }
    }
}

/// A lease with a guard's session key, which has started.
fn guarded(duration: u32, heartbeat: u32) -> (Town, Process, LeaseKey, Life) {
    let town = Town::new(|terms| terms.heartbeat_timeout = heartbeat);
    let mut process = Process::new(&town);
    let key = town.world().people.agent.pubkey();
    let lease = town.open(|request| (request.duration, request.session_key) = (duration, key));
    process.seconds(10);
    let life = life_of(&town.world().context(&lease));
    (town, process, lease, life)
}

fn live(process: &mut Process, life: &Life, guard: &mut Guard, seconds: u32) {
    for _ in 0..seconds {
        process.second();
        guard.second(process, life);
    }
}

/// Until when each statement that landed was about, in seconds since a full minute before the start, and whether it was
/// co-signed.
fn landed(town: &Town) -> Vec<(i64, bool)> {
    let session = town.world().people.agent.pubkey();
    let sent = town.outside().sent.clone();
    let signed = sent.iter().filter_map(|it| SignedAttestation::from_instruction((), &it.data).ok());
    signed.map(|it| (it.message().window_end.get() - GENESIS_TIME, it.is_signed_by(&session))).collect()
}

#[test]
fn what_a_guard_co_signs_each_minute_lands_once_a_third_and_is_final_at_once() {
    let (town, mut process, lease, life) = guarded(1_200, 900);
    live(&mut process, &life, &mut Guard::new(2), 1_230);
    let end = town.world().lease(&lease).ends_at - GENESIS_TIME;
    // The end comes seconds after the last third, and what reaches it is all that has to land.
    assert_eq!(landed(&town), [(300, true), (600, true), (900, true), (end, true)]);
    let meter = town.world().lease(&lease).meter;
    assert_eq!((meter.accepted, meter.latest.units), (4 * 1_200, 4 * 1_200));
}

#[test]
fn a_guard_that_answers_late_finds_a_claim_and_makes_it_final() {
    let (town, mut process, lease, life) = guarded(1_200, 900);
    live(&mut process, &life, &mut Guard::new(40), 640);
    // What it had co-signed of the minutes before lands first.
    let until = |moment: i64, is_co_signed| (moment, is_co_signed);
    assert_eq!(landed(&town)[..3], [until(240, true), until(300, false), until(540, true)]);
    let meter = town.world().lease(&lease).meter;
    assert!(meter.accepted > 0 && meter.accepted < meter.latest.units);
    process.seconds(640);
    assert_eq!(town.units(&lease), 4 * 1_200);
}

#[test]
fn a_guard_that_asks_and_never_answers_delays_a_claim_by_half_a_minute() {
    let (town, mut process, lease, life) = guarded(700, 900);
    let mut guard = Guard::new(i64::MAX / 2);
    live(&mut process, &life, &mut guard, 293);
    assert_eq!(landed(&town), []);
    live(&mut process, &life, &mut guard, 60);
    assert_eq!(landed(&town), [(300, false)]);
    live(&mut process, &life, &mut guard, 500);
    assert_eq!(town.units(&lease), 4 * 700);
}

#[test]
fn what_a_guard_co_signed_lands_when_it_falls_silent_also_after_the_agent_was_killed() {
    let (town, mut process, lease, life) = guarded(7_200, 7_200);
    let mut guard = Guard::new(2);
    live(&mut process, &life, &mut guard, 190);
    assert_eq!(landed(&town), []);
    let seen = |process: &mut Process| {
        let machine = process.machine();
        Status::of(&machine.newest().0, &machine.notebook().book())
    };
    assert_eq!(seen(&mut process).leases[0].co_signed_until, Some(GENESIS_TIME + 180));
    assert!(seen(&mut process).table().contains("until 2027-01-15T08:03:00Z"));
    process.kill();
    process.seconds(250);
    assert_eq!(landed(&town), []);
    process.seconds(60);
    assert_eq!(landed(&town), [(180, true)]);
    let meter = town.world().lease(&lease).meter;
    assert_eq!(meter.accepted, meter.latest.units);
}

#[test]
fn money_above_the_risk_limit_is_stated_before_its_time() {
    let (town, mut process, _, life) = guarded(7_200, 7_200);
    // What four GPUs earn in two minutes, and in three.
    let earned = |minutes: u64| minutes * 60 * 4 * 2_500_000 / 3_600;
    let mint = town.world().mint.to_string();
    process.policy.risk_limit = [(mint, earned(2))].into();
    process.kill();
    live(&mut process, &life, &mut Guard::new(2), 400);
    assert_eq!(landed(&town), [(180, true), (360, true)]);
}

#[test]
fn what_is_not_the_renters_signature_of_a_draft_is_refused_by_number() {
    let (town, mut process, lease, life) = guarded(1_200, 900);
    process.seconds(130);
    let key = Keypair::new_from_array([7; 32]);
    let machine = process.machine();
    let draft = call(machine, &life, "draft", &json!({}))["result"].clone();
    assert_eq!(decoded(&draft["message"]).len(), 137);
    let good = co_signature(&draft, &key);
    let with = |field: &str, value: Value| {
        let mut sent = good.clone();
        sent[field] = value;
        sent
    };
    let other_key = Keypair::new_from_array([98; 32]);
    let later = (draft["windowEnd"].as_str().unwrap().parse::<i64>().unwrap() + 60).to_string();
    let mut other_message = draft.clone();
    other_message["message"] = json!(encoded(&[7; 137]));
    for (what, sent, code) in [
        ("other units", with("units", json!("1")), 11),
        ("other energy", with("energyWh", json!("1")), 11),
        ("other evidence", with("evidence", json!("00".repeat(32))), 11),
        ("a window that has not passed", with("windowEnd", json!(later)), 11),
        ("a stranger's key", co_signature(&draft, &other_key), 13),
        ("a signature of another message", co_signature(&other_message, &key), 14),
        ("no signature", with("signature", json!("")), 14),
        ("a number that is no text", with("units", json!(1)), -32_602),
        ("a key that is none", with("key", json!("key")), -32_602),
        ("good", good.clone(), 0),
        ("the same again", good.clone(), 0),
    ] {
        let answer = call(machine, &life, "coSign", &sent);
        assert_eq!(answer["error"]["code"].as_i64().unwrap_or(0), code, "{what}: {answer}");
    }
    // One that is older than what was co-signed, or of a lease that was in dispute since.
    process.seconds(60);
    let newer = call(process.machine(), &life, "draft", &json!({}))["result"].clone();
    let sign = |process: &mut Process, draft: &Value| {
        call(process.machine(), &life, "coSign", &co_signature(draft, &key))["error"]["code"].clone()
    };
    assert_eq!(sign(&mut process, &newer), Value::Null);
    assert_eq!(sign(&mut process, &draft), json!(12));
    town.world().claim(&lease, 4 * 100).ok();
    town.world().dispute(&lease, 0).ok();
    process.seconds(2);
    assert_eq!(sign(&mut process, &newer), json!(10));
    assert_eq!(call(process.machine(), &life, "draft", &json!({}))["error"]["code"], json!(10));
}

#[test]
fn what_a_former_session_key_signed_is_dropped_and_its_successor_may_sign_again() {
    let (town, mut process, lease, life) = guarded(1_200, 900);
    process.seconds(130);
    let draft = call(process.machine(), &life, "draft", &json!({}))["result"].clone();
    let former = Keypair::new_from_array([7; 32]);
    let sent = co_signature(&draft, &former);
    assert_eq!(call(process.machine(), &life, "coSign", &sent)["error"], Value::Null);
    let next = Keypair::new_from_array([12; 32]);
    town.world().set_session_key(&lease, next.pubkey()).ok();
    process.seconds(2);
    assert_eq!(call(process.machine(), &life, "coSign", &sent)["error"]["code"], json!(13));
    // The new one's word about the same draft replaces the former's; without it only a claim would land.
    let of_next = call(process.machine(), &life, "coSign", &co_signature(&draft, &next));
    assert_eq!(of_next["error"], Value::Null);
    process.seconds(220);
    let sent = town.outside().sent.clone();
    let signed: Vec<_> =
        sent.iter().filter_map(|it| SignedAttestation::from_instruction((), &it.data).ok()).collect();
    assert!(signed.iter().all(|it| !it.is_signed_by(&former.pubkey())));
    assert_eq!(signed.iter().map(|it| it.is_signed_by(&next.pubkey())).collect::<Vec<_>>(), [true, false]);
}

#[test]
fn a_renter_s_own_key_co_signs_as_well() {
    let (town, mut process, lease, life) = guarded(1_200, 900);
    let mut renter = Guard { key: town.world().people.renter.insecure_clone(), ..Guard::new(2) };
    live(&mut process, &life, &mut renter, 320);
    assert_eq!(landed(&town).len(), 1);
    let meter = town.world().lease(&lease).meter;
    assert_eq!(meter.accepted, meter.latest.units);
    assert!(meter.accepted >= 4 * 290);
}

/// A lease with a guard's session key, whose terms name a verifier.
fn verified() -> (Town, Process, LeaseKey, Life, Keypair) {
    let verifier = Keypair::new_from_array([21; 32]);
    let key = verifier.pubkey();
    let town = Town::new(|terms| (terms.heartbeat_timeout, terms.verifier) = (900, key));
    let mut process = Process::new(&town);
    let key = town.world().people.agent.pubkey();
    let lease = town.open(|request| (request.duration, request.session_key) = (1_200, key));
    process.seconds(10);
    let life = life_of(&town.world().context(&lease));
    (town, process, lease, life, verifier)
}

/// Until when each statement that landed was about, and who has signed it besides the attestor.
fn signers(town: &Town, keys: [&Keypair; 2]) -> Vec<(i64, [bool; 2])> {
    let sent = town.outside().sent.clone();
    let signed = sent.iter().filter_map(|it| SignedAttestation::from_instruction((), &it.data).ok());
    let by = |it: &SignedAttestation| keys.map(|key| it.is_signed_by(&key.pubkey()));
    signed.map(|it| (it.message().window_end.get() - GENESIS_TIME, by(&it))).collect()
}

#[test]
fn a_lease_with_a_verifier_is_stated_with_its_signature_and_the_renters_where_that_is_there() {
    let (town, mut process, lease, life, verifier) = verified();
    let session = Keypair::new_from_array([7; 32]);
    let of_verifier = || Guard { key: verifier.insecure_clone(), ..Guard::new(5) };
    let (mut guard, mut verifying) = (Guard::new(2), of_verifier());
    for _ in 0..320 {
        process.second();
        guard.second(&mut process, &life);
        verifying.second(&mut process, &life);
    }
    assert_eq!(signers(&town, [&session, &verifier]), [(300, [true, true])]);
    let meter = town.world().lease(&lease).meter;
    assert_eq!(meter.accepted, meter.latest.units);
    // Without the guard it is a claim, half a minute late, and with both at the end it is final.
    live(&mut process, &life, &mut verifying, 320);
    assert_eq!(signers(&town, [&session, &verifier])[1..], [(600, [false, true])]);
    for _ in 0..600 {
        process.second();
        guard.second(&mut process, &life);
        verifying.second(&mut process, &life);
    }
    let meter = town.world().lease(&lease).meter;
    assert_eq!((meter.accepted, meter.latest.units), (4 * 1_200, 4 * 1_200));
}

#[test]
fn of_what_a_verifier_does_not_sign_nothing_lands_also_after_the_agent_was_killed() {
    let (town, mut process, lease, life, verifier) = verified();
    let session = Keypair::new_from_array([7; 32]);
    let mut guard = Guard::new(2);
    let mut verifying = Guard { key: verifier.insecure_clone(), ..Guard::new(5) };
    live(&mut process, &life, &mut verifying, 130);
    // It falls silent: what it has signed is all that can land, and does when nothing newer came for long.
    live(&mut process, &life, &mut guard, 250);
    assert_eq!(signers(&town, [&session, &verifier]), []);
    process.kill();
    live(&mut process, &life, &mut guard, 60);
    assert_eq!(signers(&town, [&session, &verifier]), [(120, [false, true])]);
    live(&mut process, &life, &mut guard, 300);
    assert_eq!(signers(&town, [&session, &verifier]).len(), 1);
    assert_eq!(town.world().lease(&lease).meter.window_end, GENESIS_TIME + 120);
}

#[test]
fn a_verifier_is_let_in_to_look_and_to_sign_and_launches_and_grows_nothing() {
    let (town, mut process, _, life, verifier) = verified();
    let line = public_key_line(verifier.pubkey().to_bytes()).unwrap();
    assert_eq!(town.outside().doors[&life].door.verifier_key, Some(line));
    process.seconds(130);
    let ask = |process: &mut Process, method: &str, params: Value| {
        let line = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params }).to_string();
        answer_to(Role::Verifier, process.machine(), &life, line.as_bytes())
    };
    let draft = ask(&mut process, "draft", json!({}))["result"].clone();
    let signed = ask(&mut process, "coSign", co_signature(&draft, &verifier));
    assert!(signed["error"].is_null(), "{signed}");
    assert!(ask(&mut process, "probe", json!({}))["result"]["cards"].is_array());
    for method in ["launch", "grow"] {
        assert_eq!(ask(&mut process, method, json!({}))["error"]["code"], json!(5), "{method}");
    }
    // What is older than what it signed says nothing.
    process.seconds(60);
    let newer = ask(&mut process, "draft", json!({}))["result"].clone();
    assert!(ask(&mut process, "coSign", co_signature(&newer, &verifier))["error"].is_null());
    assert_eq!(ask(&mut process, "coSign", co_signature(&draft, &verifier))["error"]["code"], json!(12));
}
