//! What this machine has written down: in memory, and on disk before it counts.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use gpu_lease_client::evidence::{EvidenceFile, SignedStatement};
use gpu_lease_runtime::Life;
use serde::{Deserialize, Serialize};
use solana_address::Address;

use super::archive::{self, Kept};
use crate::meter::{self, Cause, NotSealed, Record, Row, Sample, Seconds, Tick, Timeline};
use crate::plan::{Book, Entry, Observed, OnChain};
use crate::signer::{CoSigned, Signed};
use crate::store::{Result, Store, StoreError, Table};

const ENTRIES: Table = Table::new("entries");
const RECORDS: Table = Table::new("records");
const TIMELINES: Table = Table::new("timelines");
const STATEMENTS: Table = Table::new("statements");
const CO_SIGNED: Table = Table::new("co_signed");
const VERIFIED: Table = Table::new("verified");

/// Samples of a lease that are not in its record yet.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Waiting {
    /// Which boot of the machine its clock runs from.
    boot: String,
    timeline: Timeline,
    /// What was decided, and waits for what the chain says about it: whether the lease had started, and of how many GPUs it
    /// was.
    early: Vec<Seconds>,
}

impl Waiting {
    /// Keeps seconds that no record takes yet.
    fn remember(&mut self, seconds: &Seconds) {
        match self.early.last_mut() {
            Some(last) if last.at.end == seconds.at.start && last.cause == seconds.cause => {
                last.at.end = seconds.at.end;
                last.energy = last.energy.saturating_add(seconds.energy);
            }
            _ => self.early.push(seconds.clone()),
        }
    }

    /// Takes what was decided about the time before `until`.
    fn take_before(&mut self, until: i64) -> Vec<Seconds> {
        let (mut taken, mut rest) = (Vec::new(), Vec::new());
        for seconds in std::mem::take(&mut self.early) {
            let (before, after) = seconds.split(until);
            taken.extend(before);
            rest.extend(after);
        }
        self.early = rest;
        taken
    }
}

/// Why a record was not fixed.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    /// It is not so far, or further.
    #[error(transparent)]
    NotSealed(#[from] NotSealed),
    /// It could not be written down.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// There is none.
    #[error("this lease has no record")]
    NoRecord,
}

fn address(life: &Life) -> Result<Address> {
    let unreadable = |_| StoreError::Unreadable(format!("a lease whose address is {}", life.lease));
    life.lease.parse().map_err(unreadable)
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
    stated: BTreeMap<Life, SignedStatement>,
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
        let mut records = BTreeMap::new();
        for (life, record) in store.all::<Record>(RECORDS)? {
            let record = archive::with_rows(&store, &life, record)?;
            records.insert(life, record);
        }
        let book = Book {
            entries: store.all(ENTRIES)?.into_iter().collect(),
            records,
            co_signed: store.all(CO_SIGNED)?.into_iter().collect(),
            verified: store.all(VERIFIED)?.into_iter().collect(),
            ..Book::default()
        };
        archive::clean(&store)?;
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
    pub fn of(&self, life: &Life) -> Option<(Entry, Option<Record>, Option<SignedStatement>)> {
        let pages = self.pages();
        let entry = pages.book.entries.get(life)?.clone();
        Some((entry, pages.book.records.get(life).cloned(), pages.stated.get(life).cloned()))
    }

    /// Rows of the record of a lease, from a number on and at most so many.
    pub fn rows(&self, life: &Life, first: u32, limit: usize) -> Result<Vec<Row>> {
        let Some(record) = self.pages().book.records.get(life).cloned() else { return Ok(Vec::new()) };
        archive::rows(&self.store, life, &record, first, limit)
    }

    /// The record of a life of a lease, also of one that is forgotten, with what was stated about it last.
    pub fn file(&self, life: &Life) -> Result<Option<EvidenceFile>> {
        let (record, stated) = {
            let pages = self.pages();
            (pages.book.records.get(life).cloned(), pages.stated.get(life).cloned())
        };
        let (record, stated) = match record {
            Some(record) => (record, stated),
            None => match archive::kept(&self.store, life)? {
                Some(Kept { record, stated, .. }) => (record, stated),
                None => return Ok(None),
            },
        };
        let rows = archive::rows(&self.store, life, &record, 0, usize::MAX)?;
        Ok(Some(EvidenceFile::new(address(life)?, life.opened_slot, record.start(), rows, stated)))
    }

    /// The lives of a lease of which there is a record, the newest last.
    pub fn recorded(&self, lease: &str) -> Result<Vec<Life>> {
        let mut lives = archive::lives(&self.store)?;
        lives.extend(self.pages().book.records.keys().cloned());
        lives.retain(|life| life.lease == lease);
        lives.sort();
        Ok(lives)
    }

    /// Fixes what a record says until then: somebody is about to be asked to sign it. The record as it is now.
    pub fn seal(&self, life: &Life, until: i64) -> std::result::Result<Record, SealError> {
        let mut pages = self.pages();
        let before = pages.book.records.get(life).ok_or(SealError::NoRecord)?;
        let mut record = before.clone();
        record.seal(until)?;
        if record == *before {
            return Ok(record);
        }
        self.store.change(|changes| archive::write(changes, RECORDS, life, &record))?;
        record.written();
        pages.book.records.insert(life.clone(), record.clone());
        Ok(record)
    }

    /// Writes a statement down that has landed.
    pub fn stated(&self, life: &Life, signed: SignedStatement) -> Result<()> {
        let mut pages = self.pages();
        self.store.change(|changes| changes.set(STATEMENTS, life, &signed))?;
        pages.stated.insert(life.clone(), signed);
        Ok(())
    }

    /// The renter's side asks for drafts: it is waited for from now on.
    pub fn drafted(&self, life: &Life) {
        let mut pages = self.pages();
        if pages.book.entries.contains_key(life) {
            pages.book.drafted.insert(life.clone());
        }
    }

    /// What the renter's side co-signed last.
    pub fn co_signed(&self, life: &Life) -> Option<CoSigned> {
        self.pages().book.co_signed.get(life).cloned()
    }

    /// Writes down what the renter's side co-signed, in place of what it did before, if `is_newer` than that.
    pub fn co_sign(
        &self,
        life: &Life,
        co_signed: CoSigned,
        is_newer: impl FnOnce(Option<&CoSigned>) -> bool,
    ) -> Result<bool> {
        let mut pages = self.pages();
        if !pages.book.entries.contains_key(life) || !is_newer(pages.book.co_signed.get(life)) {
            return Ok(false);
        }
        self.store.change(|changes| changes.set(CO_SIGNED, life, &co_signed))?;
        pages.book.co_signed.insert(life.clone(), co_signed);
        Ok(true)
    }

    /// Writes down what the verifier signed, if nothing newer of it is there. What it signed before is kept if the renter's
    /// side has co-signed the same: it can land with both only.
    pub fn verify(&self, life: &Life, verified: CoSigned) -> Result<bool> {
        let mut pages = self.pages();
        let mut all = pages.book.verified.get(life).cloned().unwrap_or_default();
        let is_older = all.last().is_some_and(|last| last.usage.window_end > verified.usage.window_end);
        if is_older || !pages.book.entries.contains_key(life) {
            return Ok(false);
        }
        let co_signed = pages.book.co_signed.get(life).map(|co_signed| &co_signed.usage);
        all.retain(|before| Some(&before.usage) == co_signed && before.usage != verified.usage);
        all.push(verified);
        self.store.change(|changes| changes.set(VERIFIED, life, &all))?;
        pages.book.verified.insert(life.clone(), all);
        Ok(true)
    }

    /// Forgets signatures that nothing comes of, unless there are newer ones by now.
    pub fn drop_co_signed(&self, life: &Life, usage: &Signed) -> Result<()> {
        let mut pages = self.pages();
        let verified = pages.book.verified.get(life);
        if verified.is_some_and(|all| all.last().is_some_and(|last| last.usage == *usage)) {
            self.store.change(|changes| changes.remove(VERIFIED, life))?;
            pages.book.verified.remove(life);
        }
        if pages.book.co_signed.get(life).is_some_and(|co_signed| co_signed.usage == *usage) {
            self.store.change(|changes| changes.remove(CO_SIGNED, life))?;
            pages.book.co_signed.remove(life);
        }
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
        let mut record = Record::new(&address(life)?, life.opened_slot, started_at);
        if let Some(before) = pages.book.records.get(life) {
            record.take(&archive::rows(&self.store, life, before, 0, usize::MAX)?);
        }
        self.store.change(|changes| {
            changes.set(ENTRIES, life, &entry)?;
            // Those of the start that was undone, or of a life that was forgotten too early.
            archive::forget(changes, life)?;
            archive::write(changes, RECORDS, life, &record)
        })?;
        record.written();
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
                archive::write(changes, RECORDS, life, record)
            })
        })?;
        for (life, waiting, mut record) in changed {
            record.written();
            pages.book.records.insert(life.clone(), record);
            pages.waiting.insert(life, waiting);
        }
        pages.count(&added);
        Ok(())
    }

    /// Takes a sample of each lease, `at` milliseconds since the boot of this name.
    pub fn sample(&self, boot: &str, at: u64, samples: Vec<(Life, Sample)>) -> Result<()> {
        let mut samples: BTreeMap<Life, Sample> = samples.into_iter().collect();
        self.measure(|life, waiting| {
            let sample = samples.remove(life)?;
            if waiting.boot != boot {
                // The clock began again: what was in between was not observed.
                let early = std::mem::take(&mut waiting.early);
                *waiting = Waiting { boot: boot.to_owned(), early, ..Waiting::default() };
            }
            Some(waiting.timeline.sample(at, sample))
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

    /// Forgets a lease, but for what was delivered of it.
    pub fn forget(&self, life: &Life) -> Result<()> {
        let mut pages = self.pages();
        let (record, stated) = (pages.book.records.get(life).cloned(), pages.stated.get(life).cloned());
        self.store.change(|changes| {
            record
                .into_iter()
                .try_for_each(|record| archive::keep(changes, life, Kept::now(record, stated.clone())))?;
            [ENTRIES, RECORDS, TIMELINES, STATEMENTS, CO_SIGNED, VERIFIED]
                .iter()
                .try_for_each(|it| changes.remove(*it, life))
        })?;
        pages.book.entries.remove(life);
        pages.book.records.remove(life);
        pages.book.co_signed.remove(life);
        pages.book.verified.remove(life);
        pages.book.drafted.remove(life);
        pages.waiting.remove(life);
        pages.stated.remove(life);
        archive::clean(&self.store)
    }
}

#[cfg(test)]
mod tests;
