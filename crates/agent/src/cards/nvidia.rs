//! The cards of a machine, as the agent has them.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Stdio;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use async_trait::async_trait;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Child;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use super::cuda::Covered;
use super::kmsg::{Log, Tail};
use super::notes::Notes;
use super::sampler::Line;
use super::survey::uuids;
use super::tools::Tools;
use super::watch::Watch;
use super::wipe::wipe;
use crate::machine::{Cards, Model, Wiped};
use crate::meter::CardReading;
use crate::meter::xid::{Meaning, description, meaning};

/// How long a sampler may take for its first line, and for any other, before it is left to itself and another is started.
const FIRST_LINE: Duration = Duration::from_secs(30);
const NEXT_LINE: Duration = Duration::from_secs(10);

/// How long is waited before another sampler is started: at first, and at most.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// Samplers of one card that hang for good before no other is started.
const MOST_ABANDONED: usize = 3;

/// How often it is looked which cards there are: until it was seen, and after it.
const SOON: Duration = Duration::from_secs(10);
const LATER: Duration = Duration::from_secs(300);

/// How often it is looked for new lines in the kernel's log.
const LOOK: Duration = Duration::from_millis(250);

/// What children and the kernel have said.
#[derive(Default)]
struct Heard {
    watches: BTreeMap<String, Watch>,
    models: BTreeMap<String, Model>,
    log: Log,
}

/// NVIDIA's cards.
pub struct NvidiaCards {
    tools: Tools,
    notes: Notes,
    heard: Arc<Mutex<Heard>>,
    wiped: Mutex<Wiped>,
    _samplers: JoinSet<()>,
}

impl NvidiaCards {
    /// Begins to look after the cards of this machine. What is remembered of them is in the agent's folder.
    pub fn start(tools: Tools, state: &Path) -> Result<Self> {
        let notes = Notes::open(state)?;
        let heard = Arc::<Mutex<Heard>>::default();
        listen(&tools, &heard)?;
        let mut samplers = JoinSet::new();
        samplers.spawn(call_roll(tools.clone(), notes.clone(), heard.clone()));
        Ok(Self { tools, notes, heard, wiped: Mutex::default(), _samplers: samplers })
    }

    /// Whether the driver has logged a fault of a card since it was last found well, and the newest record of its log.
    fn faults(&self, card: &str) -> (bool, u64) {
        let heard = lock(&self.heard);
        let newest = heard.log.newest();
        let Some(pci) = heard.watches.get(card).and_then(Watch::pci) else { return (false, newest) };
        let well = self.notes.well(&self.notes.read(card));
        let xids = heard.log.of(pci, well, Instant::now());
        (xids.iter().any(|xid| meaning(*xid) == Some(Meaning::Fault)), newest)
    }
}

#[async_trait]
impl Cards for NvidiaCards {
    async fn read(&self) -> BTreeMap<String, CardReading> {
        let (heard, now) = (lock(&self.heard), Instant::now());
        let read = |(card, watch): (&String, &Watch)| {
            let note = self.notes.read(card);
            let reading = match watch.sample(now) {
                None => CardReading { answers: false, ..CardReading::SOUND },
                Some(sample) => CardReading {
                    answers: true,
                    xids: heard.log.of(sample.pci, self.notes.well(&note), now),
                    needs_recovery: sample.recovery != 0,
                    is_divided: sample.is_divided,
                    is_withheld: false,
                    energy: sample.energy,
                },
            };
            (card.clone(), CardReading { is_withheld: note.withheld.is_some(), ..reading })
        };
        heard.watches.iter().map(read).collect()
    }

    fn models(&self) -> BTreeMap<String, Model> {
        lock(&self.heard).models.clone()
    }

    async fn wipe(&self, card: &str) -> Result<(), String> {
        let (has_fault, newest) = self.faults(card);
        let noted = match wipe(&self.tools, card, has_fault).await {
            Ok(Covered { bytes, of }) => {
                tracing::info!(card, bytes, of, "wiped, and well");
                let mut wiped = lock(&self.wiped);
                (wiped.done, wiped.bytes, wiped.of) = (wiped.done + 1, wiped.bytes + bytes, wiped.of + of);
                self.notes.found_well(card, newest)
            }
            Err(why) => {
                tracing::error!(
                    card,
                    why,
                    "not wiped, and out of use until `gpu-lease-agent restore` finds it well"
                );
                lock(&self.wiped).withheld += 1;
                self.notes.withhold(card, why)
            }
        };
        noted.map_err(|error| format!("what became of it cannot be written down: {error}"))
    }

    fn wiped(&self) -> Wiped {
        *lock(&self.wiped)
    }
}

/// Reads the kernel's log up to now, and goes on in a thread of its own.
fn listen(tools: &Tools, heard: &Arc<Mutex<Heard>>) -> Result<()> {
    let path = &tools.config.kmsg;
    let mut tail = Tail::open(path).with_context(|| {
        format!("{} cannot be read: the driver says there what goes wrong on a card", path.display())
    })?;
    loop {
        let lines = tail.read()?;
        if lines.is_empty() {
            break;
        }
        lines.iter().for_each(|line| _ = lock(heard).log.take(line, None));
    }
    let heard = Arc::downgrade(heard);
    thread::Builder::new().name("kmsg".to_owned()).spawn(move || follow_log(&mut tail, &heard))?;
    Ok(())
}

fn follow_log(tail: &mut Tail, heard: &Weak<Mutex<Heard>>) {
    while let Some(heard) = heard.upgrade() {
        let lines = match tail.read() {
            Ok(lines) => lines,
            Err(error) => {
                tracing::error!(%error, "the kernel's log cannot be read");
                thread::sleep(LONGEST_PAUSE);
                continue;
            }
        };
        for line in &lines {
            if let Some((pci, xid)) = lock(&heard).log.take(line, Some(Instant::now())) {
                tracing::warn!(%pci, xid, description = description(xid), meaning = ?meaning(xid), "Xid");
            }
        }
        drop(heard);
        if lines.is_empty() {
            thread::sleep(LOOK);
        }
    }
}

/// Has a sampler for each card that there is, and for those that come. At first for those that there were: counting them takes
/// a driver that hangs on none.
async fn call_roll(tools: Tools, notes: Notes, heard: Arc<Mutex<Heard>>) {
    let mut samplers = JoinSet::new();
    let mut start = |cards: &[String]| {
        for card in cards {
            let is_new = !lock(&heard).watches.contains_key(card);
            if is_new {
                lock(&heard).watches.insert(card.clone(), Watch::default());
                samplers.spawn(follow(tools.clone(), card.clone(), heard.clone()));
            }
        }
    };
    if tools.config.only.is_empty() {
        start(&notes.known());
    }
    loop {
        let pause = match uuids(&tools).await {
            Err(error) => {
                tracing::warn!(error, "which cards there are is not known");
                SOON
            }
            Ok(cards) => {
                start(&cards);
                if let Err(error) = notes.know(&cards) {
                    tracing::warn!(%error, "which cards there are cannot be written down");
                }
                LATER
            }
        };
        sleep(pause).await;
    }
}

/// Has a sampler read a card, and another when that ends or hangs.
async fn follow(tools: Tools, card: String, heard: Arc<Mutex<Heard>>) {
    let mut abandoned: Vec<Child> = Vec::new();
    let mut pause = FIRST_PAUSE;
    loop {
        abandoned.retain_mut(|child| !matches!(child.try_wait(), Ok(Some(_))));
        let mut has_read = false;
        if abandoned.len() < MOST_ABANDONED {
            let started = tools.sampler(&card).stdin(Stdio::null()).stdout(Stdio::piped()).spawn();
            match started {
                Ok(mut child) => {
                    has_read = take_lines(&mut child, &card, &heard).await;
                    // It may have ended, and it may never end.
                    child.start_kill().ok();
                    abandoned.push(child);
                }
                Err(error) => tracing::error!(card, %error, "its sampler does not start"),
            }
        }
        pause = if has_read { FIRST_PAUSE } else { LONGEST_PAUSE.min(pause * 2) };
        sleep(pause).await;
    }
}

/// Takes what a sampler says until it ends or hangs: whether it has read the card.
async fn take_lines(child: &mut Child, card: &str, heard: &Mutex<Heard>) -> bool {
    let Some(output) = child.stdout.take() else { return false };
    let mut lines = BufReader::new(output).lines();
    let mut has_read = false;
    loop {
        let patience = if has_read { NEXT_LINE } else { FIRST_LINE };
        let line = match timeout(patience, lines.next_line()).await {
            Ok(Ok(Some(line))) => serde_json::from_str(&line),
            Ok(Ok(None) | Err(_)) => return has_read,
            Err(_) => {
                tracing::warn!(card, "its sampler hangs, and is left to itself");
                return has_read;
            }
        };
        match line {
            Ok(Line::Facts(facts)) => {
                let (model, driver, memory) = (facts.model, facts.driver, facts.memory);
                tracing::info!(card, model, driver, memory, pci = %facts.pci, "answers");
                lock(heard).models.insert(card.to_owned(), Model { name: model, memory });
            }
            Ok(Line::Sample(sample)) => {
                has_read = true;
                if let Some(watch) = lock(heard).watches.get_mut(card) {
                    watch.heard(Instant::now(), sample);
                }
            }
            Ok(Line::Lost(why)) => {
                tracing::warn!(card, why, "does not answer");
                if let Some(watch) = lock(heard).watches.get_mut(card) {
                    watch.lost();
                }
            }
            Err(error) => tracing::warn!(card, %error, "its sampler says what is not understood"),
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
