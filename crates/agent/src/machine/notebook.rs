//! What this machine has written down: in memory, and on disk before it counts.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use gpu_lease_client::attestation::SignedAttestation;
use gpu_lease_runtime::Life;
use serde::{Deserialize, Serialize};

use crate::meter::{self, Cause, Record, Row, Seconds, Tick, Timeline};
use crate::plan::{Book, Entry, Observed, OnChain};
use crate::store::{Result, Store, Table};

const ENTRIES: Table = Table::new("entries");
const RECORDS: Table = Table::new("records");
const TIMELINES: Table = Table::new("timelines");
const STATEMENTS: Table = Table::new("statements");

/// Samples of a lease that are not in its record yet.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Waiting {
    /// Which boot of the machine its clock runs from.
    boot: String,
    timeline: Timeline,
    /// What was decided, and waits for what the chain says about it: whether the lease had started, and of how many GPUs it
    /// was.
    early: Vec<(i64, i64, Option<Cause>)>,
}

impl Waiting {
    /// Keeps seconds that no record takes yet.
    fn remember(&mut self, seconds: &Seconds) {
        match self.early.last_mut() {
            Some((_, to, cause)) if *to == seconds.at.start && *cause == seconds.cause => {
                *to = seconds.at.end
            }
            _ => self.early.push((seconds.at.start, seconds.at.end, seconds.cause)),
        }
    }

    /// Takes what was decided about the time before `until`.
    fn take_before(&mut self, until: i64) -> Vec<Seconds> {
        let (mut taken, mut rest) = (Vec::new(), Vec::new());
        for (from, to, cause) in std::mem::take(&mut self.early) {
            let cut = until.clamp(from, to);
            if from < cut {
                taken.push(Seconds { at: from..cut, cause });
            }
            if cut < to {
                rest.push((cut, to, cause));
            }
        }
        self.early = rest;
        taken
    }
}

/// The book, and where it is kept.
pub struct Notebook {
    store: Arc<Store>,
    pages: Mutex<Pages>,
}

#[derive(Default)]
struct Pages {
    book: Book,
    waiting: BTreeMap<Life, Waiting>,
    /// GPU-seconds written down since this process began, by why they do not count; `None` is those that do.
    written: HashMap<Option<Cause>, u64>,
    /// The newest statement about each lease that was signed and landed.
    stated: BTreeMap<Life, SignedAttestation>,
}

impl Pages {
    fn count(&mut self, rows: &[Row]) {
        for row in rows {
            *self.written.entry(row.cause).or_default() += row.gpu_seconds();
        }
    }
}

impl Notebook {
    /// Reads what there is.
    pub fn open(store: Arc<Store>) -> Result<Self> {
        let book = Book {
            entries: store.all(ENTRIES)?.into_iter().collect(),
            records: store.all(RECORDS)?.into_iter().collect(),
        };
        let waiting = store.all(TIMELINES)?.into_iter().collect();
        let stated = store.all(STATEMENTS)?.into_iter().collect();
        Ok(Self { store, pages: Mutex::new(Pages { book, waiting, stated, ..Pages::default() }) })
    }

    fn pages(&self) -> MutexGuard<'_, Pages> {
        self.pages.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is written down.
    pub fn book(&self) -> Book {
        self.pages().book.clone()
    }

    /// GPU-seconds written down since this process began, by why they do not count; `None` is those that do.
    pub fn written(&self) -> HashMap<Option<Cause>, u64> {
        self.pages().written.clone()
    }

    /// What is written down about a lease: its entry, its record, and what was stated last.
    pub fn of(&self, life: &Life) -> Option<(Entry, Option<Record>, Option<SignedAttestation>)> {
        let pages = self.pages();
        let entry = pages.book.entries.get(life)?.clone();
        Some((entry, pages.book.records.get(life).cloned(), pages.stated.get(life).cloned()))
    }

    /// Writes a statement down that has landed.
    pub fn stated(&self, life: &Life, signed: SignedAttestation) -> Result<()> {
        let mut pages = self.pages();
        self.store.change(|changes| changes.set(STATEMENTS, life, &signed))?;
        pages.stated.insert(life.clone(), signed);
        Ok(())
    }

    /// Writes an entry down.
    pub fn write(&self, entry: Entry) -> Result<()> {
        let mut pages = self.pages();
        self.store.change(|changes| changes.set(ENTRIES, &entry.life, &entry))?;
        pages.book.entries.insert(entry.life.clone(), entry);
        Ok(())
    }

    /// Changes an entry, if it is there. Nobody else changes it in between.
    pub fn change<T>(&self, life: &Life, change: impl FnOnce(&mut Entry) -> T) -> Result<Option<T>> {
        let mut pages = self.pages();
        let Some(mut entry) = pages.book.entries.get(life).cloned() else { return Ok(None) };
        let result = change(&mut entry);
        self.store.change(|changes| changes.set(ENTRIES, life, &entry))?;
        pages.book.entries.insert(life.clone(), entry);
        Ok(Some(result))
    }

    /// Writes down that a lease started, and when. What was sampled before it was known is not lost, and neither is it if the
    /// start was undone and came again.
    pub fn start(&self, life: &Life, started_at: i64) -> Result<()> {
        let mut pages = self.pages();
        let Some(mut entry) = pages.book.entries.get(life).cloned() else { return Ok(()) };
        entry.has_started = true;
        let before = pages.book.records.get(life).cloned();
        let record = before.map_or_else(|| Record::new(started_at), |record| record.restarted(started_at));
        self.store.change(|changes| {
            changes.set(ENTRIES, life, &entry)?;
            changes.set(RECORDS, life, &record)
        })?;
        pages.book.entries.insert(life.clone(), entry);
        pages.book.records.insert(life.clone(), record);
        Ok(())
    }

    /// Puts what was decided about the time before this observation into the records: only now it is known of how many GPUs
    /// the leases were until then.
    pub fn follow(&self, observed: &Observed) -> Result<()> {
        let Some(now) = observed.now else { return Ok(()) };
        let mut pages = self.pages();
        let (mut changed, mut added) = (Vec::new(), Vec::new());
        for (life, entry) in &pages.book.entries {
            let record = pages.book.records.get(life);
            let lease = observed.chain.get(life).and_then(OnChain::lease);
            let (Some(record), Some(lease), Some(waiting)) = (record, lease, pages.waiting.get(life)) else {
                continue;
            };
            if record.start() != lease.started_at {
                continue;
            }
            let (mut record, mut waiting) = (record.clone(), waiting.clone());
            let taken = waiting.take_before(now);
            if taken.is_empty() {
                continue;
            }
            for (part, gpus) in taken.iter().flat_map(|it| meter::parts(it, &lease.meter, &entry.held)) {
                added.extend(record.add(&part, gpus));
            }
            changed.push((life.clone(), waiting, record));
        }
        if changed.is_empty() {
            return Ok(());
        }
        self.store.change(|changes| {
            changed.iter().try_for_each(|(life, waiting, record)| {
                changes.set(TIMELINES, life, waiting)?;
                changes.set(RECORDS, life, record)
            })
        })?;
        for (life, waiting, record) in changed {
            pages.book.records.insert(life.clone(), record);
            pages.waiting.insert(life, waiting);
        }
        pages.count(&added);
        Ok(())
    }

    /// Takes a sample of each lease, `at` milliseconds since the boot of this name.
    pub fn sample(&self, boot: &str, at: u64, samples: &[(Life, Option<Cause>)]) -> Result<()> {
        let samples: BTreeMap<_, _> = samples.iter().map(|(life, cause)| (life, *cause)).collect();
        self.measure(|life, waiting| {
            let cause = *samples.get(life)?;
            if waiting.boot != boot {
                // The clock began again: what was in between was not observed.
                let early = std::mem::take(&mut waiting.early);
                *waiting = Waiting { boot: boot.to_owned(), early, ..Waiting::default() };
            }
            Some(waiting.timeline.sample(at, cause))
        })
    }

    /// Takes a reading of the cluster's clock, `at` milliseconds since the boot of this name.
    pub fn tick(&self, boot: &str, at: u64, cluster: i64) -> Result<()> {
        self.measure(|_, waiting| {
            (waiting.boot == boot).then(|| waiting.timeline.tick(Tick { machine: at, cluster }))
        })
    }

    /// Changes the timelines of all leases, and keeps the seconds that this decides.
    fn measure(&self, mut change: impl FnMut(&Life, &mut Waiting) -> Option<Vec<Seconds>>) -> Result<()> {
        let mut pages = self.pages();
        let mut changed = Vec::new();
        for life in pages.book.entries.keys() {
            let mut waiting = pages.waiting.get(life).cloned().unwrap_or_default();
            let Some(decided) = change(life, &mut waiting) else { continue };
            decided.iter().for_each(|seconds| waiting.remember(seconds));
            changed.push((life.clone(), waiting));
        }
        self.store.change(|changes| {
            changed.iter().try_for_each(|(life, waiting)| changes.set(TIMELINES, life, waiting))
        })?;
        pages.waiting.extend(changed);
        Ok(())
    }

    /// Forgets a lease.
    pub fn forget(&self, life: &Life) -> Result<()> {
        let mut pages = self.pages();
        self.store.change(|changes| {
            [ENTRIES, RECORDS, TIMELINES, STATEMENTS].iter().try_for_each(|it| changes.remove(*it, life))
        })?;
        pages.book.entries.remove(life);
        pages.book.records.remove(life);
        pages.waiting.remove(life);
        pages.stated.remove(life);
        Ok(())
    }
}
