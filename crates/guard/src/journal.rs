//! What a guard must not forget: it is on disk before anything follows from it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use gpu_lease_client::attestation::Usage;
use gpu_lease_client::evidence::Watch;
use gpu_lease_client::rpc::Pending;
use gpu_lease_client::state::Moment;
use gpu_lease_service::store::{Changes, Result, Store, StoreError, Table};
use serde::{Deserialize, Serialize};

use crate::life::Life;
use crate::news::{News, Told, newest};
use crate::plan::{Deed, Notes, Spent};

/// What is known of a lease, by its life.
const LEASES: Table = Table::new("leases");

/// Transactions of which it is not known what became of them, by their deed and their lease's life.
const INTENTS: Table = Table::new("intents");

/// What was spent in each hour, and in all.
const SPENT: Table = Table::new("spent");
const SPENT_IN_ALL: Table = Table::new("spent in all");

/// What was told, and is not told again.
const TOLD: Table = Table::new("told");

/// Seconds after which it is written down again that something still is so.
const STILL: i64 = 300;

const HOUR: i64 = 3_600;

/// Hours in which a day's budget is spent.
const DAY: u64 = 24;

/// Seconds for which a record is kept once its lease is over: 400 days.
const KEPT: i64 = 400 * 24 * HOUR;

/// What it is spent on.
const LAMPORTS: &str = "lamports";
const STAKES: &str = "stakes";
const TOP_UPS: &str = "top-ups";

/// A name and a number.
pub type Place = (String, u64);

/// The guard's file.
pub struct Journal {
    store: Arc<Store<Place>>,
    /// Whether somebody outside is told.
    tells: bool,
    /// What is read more often than it changes.
    intents: Mutex<BTreeMap<(Life, Deed), Intent>>,
    spending: Mutex<Spending>,
    told: Mutex<BTreeMap<Place, (Told, i64)>>,
    news: Mutex<Vec<News>>,
}

/// What is known of a lease.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Since when it is watched, unix seconds.
    pub since: i64,
    /// What was seen of its machine, from the start on.
    pub watch: Option<Watch>,
    /// The cards that were accepted, by UUID; none before the first probe that was answered.
    pub cards: Option<BTreeSet<String>>,
    /// GPUs that the lease had then, and when the segment with them began: it may be resized twice between two probes.
    pub gpus: u32,
    pub segment: i64,
    /// What the plan writes down.
    pub notes: Written,
    /// Since when it is over, unix seconds.
    pub over: Option<i64>,
}

impl Entry {
    /// One that is watched from now on.
    pub fn new(since: i64) -> Self {
        Self { since, watch: None, cards: None, gpus: 0, segment: 0, notes: Written::default(), over: None }
    }
}

/// The plan's notes, as they are on disk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Written {
    signed: Option<(i64, u64, u64, [u8; 32])>,
    suspected: Option<(i64, u64)>,
    conceded: u64,
}

impl From<&Notes> for Written {
    fn from(notes: &Notes) -> Self {
        let usage = |it: Usage| (it.window_end, it.gpu_seconds, it.energy_wh, it.evidence);
        let moment = |it: Moment| (it.time, it.slot);
        Self {
            signed: notes.signed.map(usage),
            suspected: notes.suspected.map(moment),
            conceded: notes.conceded,
        }
    }
}

impl From<Written> for Notes {
    fn from(written: Written) -> Self {
        let usage = |(window_end, gpu_seconds, energy_wh, evidence)| Usage {
            window_end,
            gpu_seconds,
            energy_wh,
            evidence,
        };
        let moment = |(time, slot)| Moment { time, slot };
        Self {
            signed: written.signed.map(usage),
            suspected: written.suspected.map(moment),
            conceded: written.conceded,
        }
    }
}

/// A transaction, from before it is sent until it is known what became of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Intent {
    /// The lease.
    pub life: Life,
    /// What it does, in words.
    pub what: String,
    /// When it was made, unix seconds.
    pub at: i64,
    /// The lease's mint.
    pub mint: String,
    /// What it costs at most: lamports, and base units of that mint.
    pub cost: Cost,
    /// Its bytes.
    pub pending: Pending,
}

/// What a transaction costs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cost {
    pub lamports: u64,
    pub stake: u64,
    pub top_up: u64,
}

/// What was spent: by what and hour, and in all.
#[derive(Default)]
struct Spending {
    by_hour: BTreeMap<Place, u64>,
    in_all: BTreeMap<String, u64>,
}

impl Spending {
    fn read(store: &Store<Place>) -> Result<Self> {
        let by_hour = store.all(SPENT)?.into_iter().collect();
        let in_all =
            store.all::<u64>(SPENT_IN_ALL)?.into_iter().map(|((name, _), sum)| (name, sum)).collect();
        Ok(Self { by_hour, in_all })
    }
}

/// Why something is not written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It would take back what was signed.
    #[error("more, or a later window, was co-signed before")]
    Lower,
    /// Another one is on its way.
    #[error("the same is on its way already")]
    InFlight,
}

impl Journal {
    /// Opens the one in a folder, or makes it. Where it `tells`, what is news waits in the [`OUTBOX`], too.
    pub fn open(state: &Path, tells: bool) -> Result<Self> {
        let store = Arc::new(Store::open(&state.join("journal"))?);
        let unreadable = |name: &str| StoreError::Unreadable(format!("an intent called {name}"));
        let mut intents = BTreeMap::new();
        for ((name, _), intent) in store.all::<Intent>(INTENTS)? {
            let deed = name.split_once(' ').and_then(|(deed, _)| deed_called(deed));
            intents.insert((intent.life, deed.ok_or_else(|| unreadable(&name))?), intent);
        }
        let (news, told) = (newest(&store)?, store.all::<Told>(TOLD)?);
        let told = told.into_iter().map(|(place, told)| (place, (told, 0))).collect();
        let spending = Spending::read(&store)?;
        let (intents, spending) = (Mutex::new(intents), Mutex::new(spending));
        Ok(Self { store, tells, intents, spending, told: Mutex::new(told), news: Mutex::new(news) })
    }

    /// The file, for who delivers what waits in it.
    pub fn store(&self) -> Arc<Store<Place>> {
        self.store.clone()
    }

    /// What was seen of a life of a lease, or of its newest.
    pub fn watch(&self, lease: &str, life: Option<u64>) -> Result<Option<Watch>> {
        if let Some(slot) = life {
            let entry = self.store.get::<Entry>(LEASES, &(lease.to_owned(), slot))?;
            return Ok(entry.and_then(|entry| entry.watch));
        }
        let all = self.store.all::<Entry>(LEASES)?.into_iter().filter(|((of, _), _)| of == lease);
        let newest = all.max_by_key(|((_, slot), _)| *slot);
        Ok(newest.and_then(|(_, entry)| entry.watch))
    }

    /// What is known of a lease.
    pub fn entry(&self, life: &Life) -> Result<Option<Entry>> {
        self.store.get(LEASES, &(*life).into())
    }

    /// All leases.
    pub fn entries(&self) -> Result<BTreeMap<Life, Entry>> {
        let life = |(place, entry): (Place, Entry)| {
            Ok((Life::try_from(place).map_err(StoreError::Unreadable)?, entry))
        };
        self.store.all(LEASES)?.into_iter().map(life).collect()
    }

    /// Writes down what is known of some leases.
    pub fn save<'a>(&self, entries: impl IntoIterator<Item = (&'a Life, &'a Entry)>) -> Result<()> {
        self.store.change(|changes| {
            entries.into_iter().try_for_each(|(life, entry)| changes.set(LEASES, &(*life).into(), entry))
        })
    }

    /// Writes down what is about to be signed or done about a lease. A window that was signed does not come back, and neither
    /// do units.
    pub fn note(&self, life: &Life, entry: &Entry) -> Result<std::result::Result<(), Refusal>> {
        self.store.change_if(|changes| {
            let before: Option<Entry> = changes.get(LEASES, &(*life).into())?;
            let signed = |entry: &Entry| entry.notes.signed;
            let is_lower = match (before.as_ref().and_then(signed), signed(entry)) {
                (Some((window, units, ..)), Some((new_window, new_units, ..))) => {
                    new_window < window || new_units < units || new_window == window && new_units != units
                }
                (Some(_), None) => true,
                (None, _) => false,
            };
            if is_lower {
                return Ok(Err(Refusal::Lower));
            }
            changes.set(LEASES, &(*life).into(), entry)?;
            Ok(Ok(()))
        })
    }

    /// Forgets leases that have been over for long.
    pub fn prune(&self, now: i64) -> Result<()> {
        let old: Vec<Life> = self
            .entries()?
            .into_iter()
            .filter(|(_, entry)| entry.over.is_some_and(|over| now.saturating_sub(over) > KEPT))
            .map(|(life, _)| life)
            .collect();
        self.store.change(|changes| old.iter().try_for_each(|life| changes.remove(LEASES, &(*life).into())))
    }

    /// Writes a transaction down, and its cost, before it is sent.
    pub fn begin(&self, deed: Deed, intent: &Intent) -> Result<std::result::Result<(), Refusal>> {
        let place = intent_place(deed, &intent.life);
        let begun = self.store.change_if(|changes| {
            if changes.get::<Intent>(INTENTS, &place)?.is_some() {
                return Ok(Err(Refusal::InFlight));
            }
            changes.set(INTENTS, &place, intent)?;
            spend(changes, intent, Cost::default(), intent.cost)?;
            Ok(Ok(()))
        })?;
        if begun.is_ok() {
            lock(&self.intents).insert((intent.life, deed), intent.clone());
            *lock(&self.spending) = Spending::read(&self.store)?;
        }
        Ok(begun)
    }

    /// It is known what became of it: so much it did cost.
    pub fn end(&self, deed: Deed, intent: &Intent, cost: Cost) -> Result<()> {
        self.store.change(|changes| {
            changes.remove(INTENTS, &intent_place(deed, &intent.life))?;
            spend(changes, intent, intent.cost, cost)
        })?;
        lock(&self.intents).remove(&(intent.life, deed));
        *lock(&self.spending) = Spending::read(&self.store)?;
        Ok(())
    }

    /// Transactions of which it is not known what became of them.
    pub fn intents(&self) -> BTreeMap<(Life, Deed), Intent> {
        lock(&self.intents).clone()
    }

    /// What is on its way about a lease.
    pub fn in_flight(&self, life: &Life) -> BTreeSet<Deed> {
        lock(&self.intents).keys().filter(|(of, _)| of == life).map(|(_, deed)| *deed).collect()
    }

    /// What was spent on leases of a mint, in the 24 hours before `now` and in all; lamports on all leases.
    pub fn spent(&self, mint: &str, now: i64) -> Spent {
        let spending = lock(&self.spending);
        let a_day = |name: &str| {
            let hours =
                spending.by_hour.iter().filter(|((of, hour), _)| of == name && hour + DAY > hour_of(now));
            hours.fold(0, |sum: u64, (_, amount)| sum.saturating_add(*amount))
        };
        let both = |kind: &str| {
            let name = format!("{kind} {mint}");
            (a_day(&name), spending.in_all.get(&name).copied().unwrap_or_default())
        };
        Spent { lamports: a_day(LAMPORTS), stakes: both(STAKES), top_ups: both(TOP_UPS) }
    }

    /// Tells something, unless it was told before in the same words `once`: whether it is new.
    pub fn tell(&self, news: &News, once: &str) -> Result<bool> {
        let place = (news.lease.clone().unwrap_or_default(), news.opened_slot.unwrap_or_default());
        let mut all = lock(&self.told);
        let (mut told, written) = all.get(&place).cloned().unwrap_or_default();
        let is_new = told.is_new(news.kind, once, news.at);
        let is_old = news.at.saturating_sub(written) >= STILL;
        if is_new || is_old {
            self.store.change(|changes| {
                changes.set(TOLD, &place, &told)?;
                if is_new { news.tell(changes, self.tells) } else { Ok(()) }
            })?;
        }
        all.insert(place, (told, if is_new || is_old { news.at } else { written }));
        if is_new {
            *lock(&self.news) = newest(&self.store)?;
        }
        Ok(is_new)
    }

    /// The newest news, the latest first.
    pub fn news(&self) -> Vec<News> {
        lock(&self.news).clone()
    }
}

/// Corrects what is written down of a transaction's cost.
fn spend(changes: &mut Changes<Place>, intent: &Intent, before: Cost, after: Cost) -> Result<()> {
    let Intent { at, mint, .. } = intent;
    let hour = hour_of(*at);
    let correct = |changes: &mut Changes<Place>, table, place: Place, before: u64, after: u64| {
        let spent: u64 = changes.get(table, &place)?.unwrap_or_default();
        changes.set(table, &place, &spent.saturating_sub(before).saturating_add(after))
    };
    for (place, ..) in changes.all::<u64>(SPENT)? {
        if place.1.saturating_add(2 * DAY) < hour {
            changes.remove(SPENT, &place)?;
        }
    }
    correct(changes, SPENT, (LAMPORTS.to_owned(), hour), before.lamports, after.lamports)?;
    for (kind, before, after) in [(STAKES, before.stake, after.stake), (TOP_UPS, before.top_up, after.top_up)]
    {
        if (before, after) != (0, 0) {
            let name = format!("{kind} {mint}");
            correct(changes, SPENT, (name.clone(), hour), before, after)?;
            correct(changes, SPENT_IN_ALL, (name, 0), before, after)?;
        }
    }
    Ok(())
}

fn hour_of(time: i64) -> u64 {
    u64::try_from(time.div_euclid(HOUR)).unwrap_or_default()
}

fn intent_place(deed: Deed, life: &Life) -> Place {
    let (lease, slot) = (*life).into();
    (format!("{} {lease}", deed_name(deed)), slot)
}

const DEEDS: [Deed; 6] =
    [Deed::Dispute, Deed::TopUp, Deed::Cancel, Deed::Expire, Deed::ResolveByTimeout, Deed::Close];

/// What a deed is called on disk and in figures.
pub const fn deed_name(deed: Deed) -> &'static str {
    match deed {
        Deed::Dispute => "dispute",
        Deed::TopUp => "top-up",
        Deed::Cancel => "cancel",
        Deed::Expire => "expire",
        Deed::ResolveByTimeout => "resolve-by-timeout",
        Deed::Close => "close",
    }
}

fn deed_called(name: &str) -> Option<Deed> {
    DEEDS.into_iter().find(|deed| deed_name(*deed) == name)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
