//! What is done to a card between two tenants, and what was left of the first one before and after it.

use std::fs;
use std::os::unix::fs::FileExt;
use std::process::Command;
use std::time::{Duration, Instant};

use gpu_lease_agent::cards::{Notes, NvidiaCards, Tools};
use gpu_lease_agent::machine::{Cards, Wiped};
use gpu_lease_agent::meter::CardReading;
use gpu_lease_tests::prelude::*;
use serde_json::Value;
use tokio::time::sleep;

use crate::cards::Rack;
use crate::daemons::{Daemon, Said, ended, of_processes, open};
use crate::place::{Place, lease, until};
use crate::programs::program;
use crate::script::{SCRIPT, memory};

const SOON: Duration = Duration::from_secs(60);
const MIB: u64 = 1 << 20;
const SECRET: &[u8] = b"the weights of a model";

/// A tenant leaves something on a card: at its beginning, in its middle and at its end.
fn leave(rack: &Rack, card: usize) {
    let path = memory(&rack.script(), &rack.uuid(card));
    let file = fs::File::options().create(true).truncate(false).write(true).open(path).unwrap();
    file.set_len(64 * MIB).unwrap();
    for at in [0, 31 * MIB + 7, 64 * MIB - SECRET.len() as u64] {
        file.write_all_at(SECRET, at).unwrap();
    }
}

/// How often it is there.
fn residue(rack: &Rack, card: usize) -> usize {
    let bytes = fs::read(memory(&rack.script(), &rack.uuid(card))).unwrap();
    bytes.windows(SECRET.len()).filter(|window| *window == SECRET).count()
}

/// Why a card is out of use.
fn withheld(rack: &Rack, card: usize) -> Option<String> {
    Notes::open(rack.folder.path()).unwrap().read(&rack.uuid(card)).withheld
}

async fn until_sound(cards: &NvidiaCards, card: &str) {
    let since = Instant::now();
    while !cards.read().await.get(card).is_some_and(CardReading::is_sound) {
        assert!(since.elapsed() < SOON, "{card} is not sound");
        sleep(Duration::from_millis(50)).await;
    }
}

/// A machine with a card on which a tenant has left something.
async fn used() -> (Rack, NvidiaCards, String) {
    let rack = Rack::new(2);
    let cards = rack.cards();
    let card = rack.uuid(0);
    until_sound(&cards, &card).await;
    leave(&rack, 0);
    (rack, cards, card)
}

/// What the provider does on the command line.
fn restore(rack: &Rack, card: &str) -> (bool, String) {
    let config = rack.folder.path().join("agent.toml");
    let example = include_str!("../../crates/agent/gpu-lease-agent.toml");
    let (before, _) = example.split_once("[cards]").unwrap();
    let state = format!("state = {:?}", rack.folder.path().display().to_string());
    let before = before.replace("state = \"/var/lib/gpu-lease-agent/agent\"", &state);
    fs::write(&config, format!("{before}[cards]\n{}", rack.table())).unwrap();
    let mut command = Command::new(program("gpu-lease-agent"));
    command.arg("--config").arg(&config).args(["restore", card]).env(SCRIPT, rack.script());
    let said = command.output().unwrap();
    let text = [said.stdout, said.stderr].concat();
    (said.status.success(), String::from_utf8_lossy(&text).into_owned())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_tenant_left_is_gone_and_how_much_was_overwritten_is_counted() {
    let (rack, cards, card) = used().await;
    rack.change(0, |card| card.reserved = MIB + 12_345);
    assert_eq!(residue(&rack, 0), 3);
    cards.wipe(&card).await.unwrap();
    // What the driver keeps for itself is reached by nobody.
    assert_eq!(residue(&rack, 0), 1);
    let Wiped { done, withheld: kept, bytes, of } = cards.wiped();
    assert_eq!((done, kept, of), (1, 0, 64 * MIB));
    assert!((62 * MIB..63 * MIB).contains(&bytes), "{bytes}");
    assert_eq!(withheld(&rack, 0), None);
    assert!(cards.read().await[&card].is_sound());

    rack.change(0, |card| card.reserved = 0);
    cards.wipe(&card).await.unwrap();
    assert_eq!(residue(&rack, 0), 0);
    assert_eq!(cards.wiped().bytes, bytes + 64 * MIB);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_card_is_wiped_when_no_process_holds_it_any_more() {
    let (rack, cards, card) = used().await;
    rack.change(0, |card| card.processes = vec![4_711]);
    let wiping = async { cards.wipe(&card).await.unwrap() };
    let leaving = async {
        sleep(Duration::from_secs(2)).await;
        assert_eq!((residue(&rack, 0), cards.wiped().done), (3, 0));
        rack.change(0, |card| card.processes.clear());
    };
    tokio::join!(wiping, leaving);
    assert_eq!((residue(&rack, 0), withheld(&rack, 0)), (0, None));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_card_that_cannot_be_wiped_is_given_to_nobody_until_its_provider_has_looked_after_it() {
    let (rack, cards, card) = used().await;
    // Where the driver does not scrub what it gives out, an overwritten card says little.
    let fine = fs::read_to_string(&rack.settings.parameters).unwrap();
    fs::write(&rack.settings.parameters, "RegistryDwords: \"RMDisableScrubOnFree=1\"\n").unwrap();
    cards.wipe(&card).await.unwrap();
    assert!(withheld(&rack, 0).unwrap().contains("RMDisableScrubOnFree=1"));
    let read = cards.read().await;
    assert!(!read[&card].is_sound() && read[&card].answers);
    assert!(read[&rack.uuid(1)].is_sound());

    // Restored too early, it stays where it is.
    let (is_done, said) = restore(&rack, &card);
    assert!(!is_done && said.contains("stays out of use"), "{said}");
    assert!(withheld(&rack, 0).is_some());
    fs::write(&rack.settings.parameters, fine).unwrap();
    let (is_done, said) = restore(&rack, &card);
    assert!(is_done && said.contains(&format!("{} bytes of {}", 64 * MIB, 64 * MIB)), "{said}");
    assert_eq!(residue(&rack, 0), 0);
    until_sound(&cards, &card).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_card_of_which_too_little_is_reached_or_that_is_divided_or_ill_is_withheld() {
    let (rack, cards, card) = used().await;
    let say = async |change: fn(&mut crate::script::Card), back: fn(&mut crate::script::Card)| {
        rack.change(0, change);
        cards.wipe(&card).await.unwrap();
        rack.change(0, back);
        withheld(&rack, 0).unwrap()
    };
    let little = say(|card| card.reserved = 8 * MIB, |card| card.reserved = 0).await;
    assert!(little.contains("only") && little.contains("were overwritten"), "{little}");
    let divided = say(|card| card.is_divided = true, |card| card.is_divided = false).await;
    assert!(divided.contains("MIG"), "{divided}");
    let ill = say(|card| card.recovery = 4, |card| card.recovery = 0).await;
    assert!(ill.contains("drained and reset"), "{ill}");
    let worn = say(|card| card.uncorrected = 1, |card| card.uncorrected = 0).await;
    assert!(worn.contains("1 memory errors were not corrected"), "{worn}");
    let lost = say(|card| card.is_lost = true, |card| card.is_lost = false).await;
    assert!(lost.contains("fell off the bus"), "{lost}");
    assert_eq!(cards.wiped().withheld, 5);
    cards.wipe(&card).await.unwrap();
    assert_eq!(withheld(&rack, 0), None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_driver_that_hangs_while_a_card_is_wiped_is_not_waited_for() {
    let rack = Rack::new(1);
    rack.change(0, |card| card.hangs_computing = true);
    let cards = rack.cards_by(Tools { wiping: Duration::from_secs(3), ..rack.tools() });
    let card = rack.uuid(0);
    until_sound(&cards, &card).await;
    cards.wipe(&card).await.unwrap();
    assert_eq!(withheld(&rack, 0).unwrap(), "no answer in 3 s");
    assert!(cards.read().await[&card].answers);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_logged_fault_goes_with_a_diagnosis_or_with_its_provider_and_not_by_itself() {
    let (rack, cards, card) = used().await;
    rack.log(2, 0, 48);
    let since = Instant::now();
    while cards.read().await[&card].xids != [48] {
        assert!(since.elapsed() < SOON);
        sleep(Duration::from_millis(50)).await;
    }
    cards.wipe(&card).await.unwrap();
    assert!(withheld(&rack, 0).unwrap().contains("NVML alone does not say that it is over"));

    // Once NVIDIA's own diagnosis is there, it decides.
    let uuid = rack.uuid(0);
    let table = format!(
        "| 0 | Name: other |\n| | Device UUID: GPU-other |\n| 5 | Name: it |\n| | Device UUID: {uuid} |"
    );
    let answer = |code: u32, status: &str| {
        format!(
            "case $1 in discovery) echo '{table}' ;; diag) test \"$*\" = 'diag -r 1 -j -i 5' || exit 9\n\
             echo '{{\"tests\":[{{\"name\":\"memory\",\"results\":[{{\"status\":\"{status}\"}}]}}]}}'; exit {code} ;; esac"
        )
    };
    rack.diagnosis(&answer(226, "Fail"));
    cards.wipe(&card).await.unwrap();
    assert_eq!(withheld(&rack, 0).unwrap(), "dcgmi diag: failed memory");
    rack.diagnosis(&answer(0, "Pass"));
    cards.wipe(&card).await.unwrap();
    assert_eq!(withheld(&rack, 0), None);
    assert!(cards.read().await[&card].is_sound());

    // The next one is new.
    rack.log(3, 0, 48);
    let since = Instant::now();
    while cards.read().await[&card].is_sound() {
        assert!(since.elapsed() < SOON);
        sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lease_on_the_machines_own_cards_is_metered_and_what_it_left_is_overwritten() {
    let (place, rack) = (Place::new().await, Rack::new(2));
    let config = of_processes(&place);
    let text = fs::read_to_string(&config).unwrap().replace("simulated = 8", &rack.table());
    fs::write(&config, text).unwrap();
    let _said = Said(config.with_extension("log"));
    let agent = || {
        let mut command = Command::new(program("gpu-lease-agent"));
        command.env(SCRIPT, rack.script());
        command
    };
    let _daemons = ["signer", "gateway", "run"].map(|name| Daemon::spawn(&mut agent(), &config, name));
    let address = open(&place, "60s");
    until("the start", SOON, || async { lease(&place, &address).await.unwrap().started_at > 0 }).await;
    leave(&rack, 0);

    let doctor = ended(agent().args(["doctor", "--json", "--config"]).arg(&config));
    let findings: Vec<Value> = serde_json::from_slice(&doctor.stdout).unwrap();
    let said = |check: &str| findings.iter().filter(|it| it["check"] == check).collect::<Vec<_>>();
    assert!(said("driver")[0]["found"] == "it has 2 cards", "{findings:#?}");
    assert!(said("card").len() == 2 && said("card").iter().all(|it| it["level"] == "ok"), "{findings:#?}");

    until("the last statement", Duration::from_secs(150), || async {
        let there = lease(&place, &address).await.unwrap();
        there.meter.window_end == there.ends_at
    })
    .await;
    let units = lease(&place, &address).await.unwrap().meter.latest.units;
    assert!(units + 10 >= u64::from(MIN_DURATION), "{units}");
    until("the wipe", SOON, || async { residue(&rack, 0) == 0 }).await;
    let log = config.with_extension("log");
    until("what the log says", SOON, || async {
        fs::read_to_string(&log).unwrap().contains("wiped, and well")
    })
    .await;
}
