//! The machine's own cards: the agent's real children, with a stand-in for the driver that a script drives.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use gpu_lease_agent::cards::{NvidiaCards, Tools};
use gpu_lease_agent::config::Cards as Settings;
use gpu_lease_agent::machine::{Cards, Model};
use gpu_lease_agent::meter::{CardReading, Cause, Container, Reading};
use tempfile::TempDir;
use tokio::time::sleep;

use crate::programs::{program, stand_in};
use crate::script::{Card, SCRIPT, Script};

/// How long something may take that takes seconds on a quiet machine.
const SOON: Duration = Duration::from_secs(60);

const MIB: u64 = 1 << 20;

/// A machine with cards.
pub struct Rack {
    pub folder: TempDir,
    pub settings: Settings,
}

impl Rack {
    /// With so many cards.
    pub fn new(cards: u32) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::write(at("kmsg"), "6,1,1,-;NVRM: loading NVIDIA UNIX x86_64 Kernel Module  580.95.05\n").unwrap();
        fs::write(at("params"), "EnableMSI: 1\nRegistryDwords: \"\"\n").unwrap();
        let settings = Settings {
            nvml: stand_in(),
            cuda: stand_in(),
            kmsg: at("kmsg"),
            parameters: at("params"),
            dcgmi: at("dcgmi"),
            ..Settings::default()
        };
        let rack = Self { settings, folder };
        Script { cards: (0..cards).map(|card| Card::new(card, 64 * MIB)).collect() }.write(&rack.script());
        rack
    }

    pub fn script(&self) -> PathBuf {
        self.folder.path().join("script")
    }

    /// The agent's children, with this machine's script.
    pub fn tools(&self) -> Tools {
        let path = self.folder.path().join("agent");
        if !path.exists() {
            let (agent, script) = (program("gpu-lease-agent"), self.script());
            let text =
                format!("#!/bin/sh\n{SCRIPT}='{}' exec '{}' \"$@\"\n", script.display(), agent.display());
            fs::write(&path, text).unwrap();
            Command::new("chmod").arg("755").arg(&path).status().unwrap();
        }
        Tools { program: path, ..Tools::new(&self.settings) }
    }

    pub fn cards(&self) -> NvidiaCards {
        self.cards_by(self.tools())
    }

    pub fn cards_by(&self, tools: Tools) -> NvidiaCards {
        NvidiaCards::start(tools, self.folder.path()).unwrap()
    }

    /// The keys of the configuration's table.
    pub fn table(&self) -> String {
        let Settings { nvml, cuda, kmsg, parameters, dcgmi, .. } = &self.settings;
        let keys =
            [("nvml", nvml), ("cuda", cuda), ("kmsg", kmsg), ("parameters", parameters), ("dcgmi", dcgmi)];
        keys.map(|(key, path)| format!("{key} = {:?}\n", path.display().to_string())).concat()
    }

    /// Changes a card.
    pub fn change(&self, card: usize, change: impl FnOnce(&mut Card)) {
        let mut script = Script::read(&self.script()).unwrap();
        change(&mut script.cards[card]);
        script.write(&self.script());
    }

    pub fn uuid(&self, card: usize) -> String {
        Script::read(&self.script()).unwrap().cards[card].uuid.clone()
    }

    /// The kernel logs an Xid of a card, as its record of this number.
    pub fn log(&self, number: u64, card: usize, xid: u32) {
        let bus = Script::read(&self.script()).unwrap().cards[card].bus;
        let mut log = fs::File::options().append(true).open(&self.settings.kmsg).unwrap();
        writeln!(log, "4,{number},1,-;NVRM: Xid (PCI:0000:{bus:02x}:00): {xid}, pid=1, name=it").unwrap();
    }

    /// Puts a program in the place of NVIDIA's diagnosis.
    pub fn diagnosis(&self, script: &str) {
        fs::write(&self.settings.dcgmi, format!("#!/bin/sh\n{script}\n")).unwrap();
        Command::new("chmod").arg("755").arg(&self.settings.dcgmi).status().unwrap();
    }
}

/// Waits until it is so of a card.
async fn until(cards: &NvidiaCards, card: &str, what: &str, is: impl Fn(&CardReading) -> bool) {
    let since = Instant::now();
    loop {
        let read = cards.read().await;
        if read.get(card).is_some_and(&is) {
            return;
        }
        assert!(since.elapsed() < SOON, "{card} is not {what}: {read:?}");
        sleep(Duration::from_millis(50)).await;
    }
}

async fn until_sound(rack: &Rack, cards: &NvidiaCards) {
    for card in &Script::read(&rack.script()).unwrap().cards {
        until(cards, &card.uuid, "sound", CardReading::is_sound).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_card_that_hangs_or_is_lost_falls_silent_alone_and_comes_back() {
    let rack = Rack::new(3);
    let cards = rack.cards();
    until_sound(&rack, &cards).await;
    let [hangs, lost, well] = [0, 1, 2].map(|card| rack.uuid(card));
    let model = Model { name: "Stand-in".to_owned(), memory: 64 * MIB };
    let told = [&hangs, &lost, &well].map(|card| (card.clone(), model.clone()));
    assert_eq!(cards.models(), told.into());

    rack.change(0, |card| card.hangs = true);
    rack.change(1, |card| card.is_lost = true);
    let is_silent = |card: &CardReading| !card.answers;
    until(&cards, &hangs, "silent", is_silent).await;
    until(&cards, &lost, "silent", is_silent).await;
    // Nobody waits for a driver that hangs.
    for _ in 0..20 {
        let since = Instant::now();
        let read = cards.read().await;
        assert!(read[&well].is_sound() && !read[&hangs].answers && !read[&lost].answers, "{read:?}");
        assert!(since.elapsed() < Duration::from_millis(500), "{:?}", since.elapsed());
        sleep(Duration::from_millis(100)).await;
    }

    rack.change(0, |card| card.hangs = false);
    rack.change(1, |card| card.is_lost = false);
    until_sound(&rack, &cards).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_agent_that_starts_while_one_card_hangs_reads_the_others() {
    let rack = Rack::new(2);
    let cards = rack.cards();
    until_sound(&rack, &cards).await;
    drop(cards);
    let [hangs, well] = [0, 1].map(|card| rack.uuid(card));
    rack.change(0, |card| card.hangs = true);
    let (cards, since) = (rack.cards(), Instant::now());
    until(&cards, &well, "sound", CardReading::is_sound).await;
    assert!(since.elapsed() < Duration::from_secs(20), "{:?}", since.elapsed());
    assert!(!cards.read().await[&hangs].answers);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_card_in_the_place_of_another_is_not_that_one() {
    let rack = Rack::new(2);
    let cards = rack.cards();
    until_sound(&rack, &cards).await;
    let (before, other) = (rack.uuid(0), rack.uuid(1));
    rack.change(0, |card| card.uuid = Card::new(7, MIB).uuid);
    until(&cards, &before, "silent", |card| !card.answers).await;
    assert!(cards.read().await[&other].is_sound());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_driver_counts_and_says_is_passed_on_as_it_is() {
    let rack = Rack::new(2);
    let cards = rack.cards();
    until_sound(&rack, &cards).await;
    let [first, second] = [0, 1].map(|card| rack.uuid(card));

    let before = cards.read().await[&first].energy.unwrap();
    until(&cards, &first, "warmer", |card| card.energy.is_some_and(|energy| energy > before)).await;
    let counted = Script::read(&rack.script()).unwrap().cards[0].joules();
    assert!((before..=counted).contains(&cards.read().await[&first].energy.unwrap()));
    // A driver that is loaded again counts from nothing.
    rack.change(0, |card| (card.energy, card.power) = (7, 0));
    until(&cards, &first, "counted afresh", |card| card.energy == Some(7)).await;

    rack.change(0, |card| card.is_divided = true);
    until(&cards, &first, "divided", |card| card.is_divided && !card.is_sound()).await;
    rack.change(1, |card| card.recovery = 1);
    until(&cards, &second, "to be recovered", |card| card.needs_recovery && !card.is_sound()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_xid_marks_its_card_and_a_programs_only_the_seconds_around_it() {
    let rack = Rack::new(2);
    rack.log(2, 0, 13);
    let cards = rack.cards();
    until_sound(&rack, &cards).await;
    let [first, second] = [0, 1].map(|card| rack.uuid(card));
    assert!(cards.read().await[&first].xids.is_empty(), "it was before anybody looked");

    rack.log(3, 0, 31);
    until(&cards, &first, "marked", |card| card.xids == [31]).await;
    until(&cards, &first, "forgotten", |card| card.xids.is_empty()).await;
    rack.log(4, 1, 79);
    until(&cards, &second, "faulty", |card| card.xids == [79] && !card.is_sound()).await;
    sleep(Duration::from_secs(3)).await;
    assert_eq!(cards.read().await[&second].xids, [79]);
    assert!(cards.read().await[&first].is_sound());
    // An agent that is started afterwards knows it, too.
    drop(cards);
    let cards = rack.cards();
    until(&cards, &second, "faulty", |card| card.xids == [79]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cards_that_the_configuration_does_not_name_are_not_leased_out() {
    let mut rack = Rack::new(2);
    let named = rack.uuid(1);
    rack.settings.only = [named.clone()].into();
    let cards = rack.cards();
    until(&cards, &named, "sound", CardReading::is_sound).await;
    assert_eq!(cards.read().await.len(), 1);
}

/// The processes that this one has started, and those that they have, by what is in their command line.
fn children_of(script: &Path) -> Vec<u32> {
    let mark = format!("{SCRIPT}={}", script.display());
    let processes =
        fs::read_dir("/proc").unwrap().filter_map(|it| it.ok()?.file_name().to_str()?.parse().ok());
    let is_ours = |pid: &u32| {
        fs::read(format!("/proc/{pid}/environ")).is_ok_and(|it| String::from_utf8_lossy(&it).contains(&mark))
    };
    processes.filter(is_ours).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn samplers_end_with_whoever_listens_to_them() {
    let rack = Rack::new(2);
    let cards = rack.cards();
    until_sound(&rack, &cards).await;
    assert_eq!(children_of(&rack.script()).len(), 2);
    drop(cards);
    let since = Instant::now();
    while !children_of(&rack.script()).is_empty() {
        assert!(since.elapsed() < SOON);
        sleep(Duration::from_millis(50)).await;
    }
}

/// Processor time that a process has had, in hundredths of a second.
fn spent(pid: u32) -> u64 {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let fields: Vec<&str> = stat.rsplit(") ").next().unwrap().split(' ').collect();
    fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn eight_cards_at_a_sample_a_second_take_little_of_a_core() {
    let rack = Rack::new(8);
    let cards = rack.cards();
    until_sound(&rack, &cards).await;
    let children = children_of(&rack.script());
    assert_eq!(children.len(), 8);
    let all = || children.iter().map(|pid| spent(*pid)).sum::<u64>();
    let (before, since) = (all(), Instant::now());
    let (mut reading, mut reads) = (Duration::ZERO, 0);
    while since.elapsed() < Duration::from_secs(10) {
        let began = Instant::now();
        cards.read().await;
        (reading, reads) = (reading + began.elapsed(), reads + 1);
        sleep(Duration::from_secs(1)).await;
    }
    let percent = (all() - before) as f64 / since.elapsed().as_secs_f64();
    let each = reading / reads;
    eprintln!("8 samplers: {percent:.1} % of a core; a reading of all in the agent: {each:?}");
    assert!(percent <= 5.0, "{percent}");
}

/// A stretch of milliseconds since the start, in which a card did not answer.
type Outage = (u64, u64);

/// Milliseconds between `from` and `to` that are in none of them.
fn delivered(from: u64, to: u64, outages: &[Outage]) -> u64 {
    (from..to).filter(|ms| !outages.iter().any(|(begin, end)| (begin..end).contains(&ms))).count() as u64
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_more_is_counted_than_the_script_delivered() {
    let rack = Rack::new(2);
    let cards = rack.cards();
    until_sound(&rack, &cards).await;
    let start = Instant::now();
    let at = || u64::try_from(start.elapsed().as_millis()).unwrap();
    let faults = async {
        let mut outages = Vec::new();
        let breaks: [fn(&mut Card, bool); 3] = [
            |card, is| card.hangs = is,
            |card, is| card.is_lost = is,
            |card, is| card.recovery = u32::from(is),
        ];
        for (number, fault) in breaks.into_iter().enumerate() {
            sleep(Duration::from_millis(3_300)).await;
            // Until the script has it, and from when on it no longer has it.
            rack.change(number % 2, |card| fault(card, true));
            let from = at();
            sleep(Duration::from_millis(4_700)).await;
            let to = at();
            rack.change(number % 2, |card| fault(card, false));
            outages.push((from, to));
        }
        sleep(Duration::from_secs(8)).await;
        outages
    };
    // As the meter counts: what is between two good samples.
    let meter = async {
        let (mut counted, mut last) = (0, None);
        loop {
            let moment = at();
            let reading = Reading {
                container: Some(Container::Running),
                gateway: true,
                network: true,
                cards: cards.read().await.into_values().collect(),
            };
            let is_good = reading.cause().is_none_or(Cause::is_tenants);
            if let Some((before, true)) = last
                && is_good
                && moment - before <= 2_000
            {
                counted += moment - before;
            }
            last = Some((moment, is_good));
            if moment > 32_000 {
                return (counted, moment);
            }
            sleep(Duration::from_secs(1)).await;
        }
    };
    let (outages, (counted, until)) = tokio::join!(faults, meter);
    let delivered = delivered(0, until, &outages);
    eprintln!("{counted} ms were counted of {delivered} ms that were delivered, in {until} ms");
    assert!(counted <= delivered, "{counted} of {delivered}");
    assert!(counted > 5_000, "{counted}");
}
