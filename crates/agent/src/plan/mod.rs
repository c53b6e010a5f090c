//! What to do, decided from what was observed and nothing else.
//!
//! For each lease there is a [wish](Wish): what there ought to be of it on this machine. [`next_step`] compares it with
//! what there is, so it does not matter where a crash came in between. [`plan`] does so for all of them.
//! What was not observed decides nothing: a node or an engine that does not answer stops new decisions, and tears nothing down.

mod door;
mod entry;
mod errand;
mod launch;
mod leave;
mod policy;
mod revival;
mod step;
mod window;
mod wish;

use std::collections::{BTreeMap, BTreeSet};

pub use door::Door;
pub use entry::{Entry, Growing, OnChain, life_of};
pub use errand::{ANSWER, Errand, Heard, draft, draft_of, next_errand};
pub use gpu_lease_gateway::Access;
pub use launch::{Launch, NotLaunched};
pub use policy::{Means, Policy, RISK_LIMIT, Refusal, SIMULATED, Served, WORTH_SETTLING};
pub use step::{Actual, Step, next_step};
pub use window::has_to_land;
pub use wish::Wish;

use gpu_lease_client::account::LeaseContext;
use gpu_lease_client::state::LeaseState;
use gpu_lease_runtime::{Instance, Life};
use solana_address::Address;

use crate::maintenance::Maintenance;
use crate::meter::Record;
use crate::signer::CoSigned;
use leave::{next_growth, next_leave};

/// Sound cards that no lease has and that are set aside for none.
pub fn free_cards(observed: &Observed, book: &Book) -> BTreeSet<String> {
    FreeMeans::of(observed, book).cards
}

/// What was observed. `None` is what did not answer.
#[derive(Clone, Debug, Default)]
pub struct Observed {
    /// The cluster's time, unix seconds.
    pub now: Option<i64>,
    /// What the chain said about each lease that it was asked about, and answered.
    pub chain: BTreeMap<Life, OnChain>,
    /// What bond accounts hold, base units by address.
    pub bond_accounts: BTreeMap<String, u64>,
    /// The containers that there are.
    pub instances: Option<BTreeMap<Life, Instance>>,
    /// The workspaces that there are.
    pub workspaces: Option<BTreeSet<Life>>,
    /// The doors.
    pub doors: BTreeMap<Life, Door>,
    /// Cards that are sound, by UUID.
    pub sound_cards: BTreeSet<String>,
    /// What the provider has announced.
    pub maintenance: Option<Maintenance>,
}

/// What this machine has written down.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Book {
    /// Leases that it took on.
    pub entries: BTreeMap<Life, Entry>,
    /// What was delivered of those that have started.
    pub records: BTreeMap<Life, Record>,
    /// The newest statement about each that the renter's side co-signed.
    pub co_signed: BTreeMap<Life, CoSigned>,
    /// What the verifier has signed about each whose terms name one: the newest, and what was co-signed as well.
    pub verified: BTreeMap<Life, Vec<CoSigned>>,
    /// Those about which it has asked for drafts, since this process began.
    pub drafted: BTreeSet<Life>,
}

impl Book {
    /// What the renter's side has said about drafts.
    pub fn heard(&self, life: &Life) -> Heard<'_> {
        Heard {
            co_signed: self.co_signed.get(life),
            verified: self.verified.get(life).map_or(&[], Vec::as_slice),
            asks: self.drafted.contains(life),
        }
    }
}

/// What to do, at most one step a lease.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// What is taken on, and with which cards.
    pub accepted: Vec<(Life, Vec<String>)>,
    /// What has grown, and which cards it gets besides its own.
    pub grown: Vec<(Life, Vec<String>)>,
    /// On the machine.
    pub steps: Vec<(Life, Step)>,
    /// By the signer.
    pub errands: Vec<(Life, Errand)>,
    /// What is not taken on, and why.
    pub refusals: Vec<(Life, Refusal)>,
}

/// What to do.
pub fn plan(observed: &Observed, book: &Book, policy: &Policy) -> Plan {
    let mut plan = Plan::default();
    let mut means = FreeMeans::of(observed, book);
    let mut growing = means.growing(observed, book);
    let lives: BTreeSet<&Life> = observed
        .chain
        .keys()
        .chain(book.entries.keys())
        .chain(observed.instances.iter().flat_map(BTreeMap::keys))
        .chain(observed.workspaces.iter().flatten())
        .chain(observed.doors.keys())
        .collect();
    for life in lives {
        let entry = book.entries.get(life);
        let record = book.records.get(life);
        let on_chain = observed.chain.get(life);
        if let (None, Some(OnChain::There(lease)), Some(now)) = (entry, on_chain, observed.now) {
            match means.take(lease, observed, policy, now) {
                Ok(cards) => plan.accepted.push((life.clone(), cards)),
                Err(Refusal::NotServed | Refusal::NotPending) => {}
                Err(refusal) => plan.refusals.push((life.clone(), refusal)),
            }
            continue;
        }
        let is_newer = |other: &&Life| other.lease == life.lease && other.opened_slot > life.opened_slot;
        let is_superseded = book.entries.keys().any(|other| is_newer(&other));
        let grows = growing.remove(life);
        let has_made_way = observed.instances.as_ref().is_some_and(|all| !all.contains_key(life));
        if let (Some(cards), true) = (&grows, has_made_way) {
            plan.grown.push((life.clone(), cards.clone()));
        } else if let Some(step) =
            machine_step(life, entry, on_chain, record, (is_superseded, grows.is_some()), observed)
        {
            plan.steps.push((life.clone(), step));
        }
        if let (Some(entry), Some(OnChain::There(lease)), Some(record), Some(now)) =
            (entry, on_chain, record, observed.now)
            && entry.is_started_as(lease)
            && let Some(errand) = next_growth(lease, entry, now)
                .or_else(|| next_errand(lease, record, book.heard(life), policy, now))
                .or_else(|| next_leave(lease, entry, record, policy, now))
        {
            plan.errands.push((life.clone(), errand));
        }
    }
    plan
}

fn machine_step(
    life: &Life,
    entry: Option<&Entry>,
    on_chain: Option<&OnChain>,
    record: Option<&Record>,
    (is_superseded, grows): (bool, bool),
    observed: &Observed,
) -> Option<Step> {
    let actual = Actual {
        instance: observed.instances.as_ref()?.get(life),
        has_workspace: observed.workspaces.as_ref()?.contains(life),
        door: observed.doors.get(life),
    };
    let (Some(on_chain), Some(now)) = (on_chain, observed.now) else {
        // The chain does not answer. What was running is kept running, and that is all.
        let is_open = actual.door.is_some_and(|door| door.access == Access::Open);
        let ought_to_run = entry.is_some_and(|entry| entry.has_started) && is_open;
        let is_down = actual.instance.is_some_and(|instance| !instance.is_running);
        return (ought_to_run && is_down).then_some(Step::Run);
    };
    let Some(entry) = entry else {
        // It was forgotten too early, or is from before the book was lost. What is closed on chain is cleaned up.
        return match on_chain {
            OnChain::Gone => next_step(&Wish::NOTHING, &actual, None),
            OnChain::There(_) => None,
        };
    };
    // What has started can be undone, and start again at another moment.
    let is_noted = |lease: &LeaseContext| record.is_some_and(|record| record.start() == lease.started_at);
    let has_started = |lease: &&LeaseContext| lease.started_at > 0 && entry.is_started_as(lease);
    if on_chain.lease().filter(has_started).is_some_and(|lease| !is_noted(lease)) {
        return Some(Step::NoteStart);
    }
    let mut wish = Wish::of(entry, on_chain, record, now);
    if grows {
        wish = wish.made_way();
    }
    if let (Some(door), Some(announced)) = (&mut wish.door, &observed.maintenance) {
        door.note = format!("{} {}", door.note, announced.note()).trim_start().to_owned();
    }
    if is_superseded {
        // There is one door to an address: that of its newest life.
        wish.door = None;
    }
    next_step(&wish, &actual, Some(entry))
}

/// Cards and money that no lease has been given in this plan yet.
struct FreeMeans {
    cards: BTreeSet<String>,
    promised: BTreeMap<String, u64>,
    leases_of: BTreeMap<String, usize>,
    /// Bonds of what a renter has here, by it and the mint.
    bonds_of: BTreeMap<(String, Address), u64>,
    /// Renters of whose leases not all is known.
    unknown: BTreeSet<String>,
}

/// What the bond of a lease is, paid already or yet to be.
fn bond(lease: &LeaseContext) -> u64 {
    let is_paid = lease.state != LeaseState::Pending;
    if is_paid { lease.ledger.bond } else { lease.terms.bond(lease.gpus).unwrap_or(u64::MAX) }
}

impl FreeMeans {
    fn of(observed: &Observed, book: &Book) -> Self {
        let held: BTreeSet<&String> = book.entries.values().flat_map(|entry| &entry.cards).collect();
        let now = observed.now.unwrap_or(i64::MIN);
        let set_aside = book.entries.values().filter_map(|entry| entry.growth(now)).flat_map(|it| &it.cards);
        let held: BTreeSet<&String> = set_aside.chain(held).collect();
        let cards = observed.sound_cards.iter().filter(|card| !held.contains(card)).cloned().collect();
        let mut leases_of = BTreeMap::new();
        let active = book.entries.values().filter(|entry| !entry.cards.is_empty());
        active.for_each(|entry| *leases_of.entry(entry.renter.clone()).or_default() += 1);
        let (mut promised, mut bonds_of, mut unknown) = (BTreeMap::new(), BTreeMap::new(), BTreeSet::new());
        for (life, entry) in &book.entries {
            let lease = match observed.chain.get(life) {
                Some(OnChain::There(lease)) => lease,
                Some(OnChain::Gone) => continue,
                None => {
                    unknown.insert(entry.renter.clone());
                    continue;
                }
            };
            let all: &mut u64 = bonds_of.entry((entry.renter.clone(), lease.terms.mint)).or_default();
            *all = all.saturating_add(bond(lease));
            if !entry.is_started_as(lease) {
                // A bond that is promised and not yet paid.
                let all: &mut u64 = promised.entry(lease.bond_account.to_string()).or_default();
                *all = all.saturating_add(lease.terms.bond(lease.gpus).unwrap_or(u64::MAX));
            }
        }
        Self { cards, promised, leases_of, bonds_of, unknown }
    }

    /// Cards for the leases that have grown on chain. They come before those that only wait to be taken on.
    fn growing(&mut self, observed: &Observed, book: &Book) -> BTreeMap<Life, Vec<String>> {
        let mut growing = BTreeMap::new();
        for (life, entry) in &book.entries {
            let lease = observed.chain.get(life).and_then(OnChain::lease);
            let due = lease.zip(observed.now).and_then(|(lease, now)| entry.due_cards(lease, now));
            let lacks = due.unwrap_or_default().saturating_sub(entry.cards.len());
            if lacks == 0 {
                continue;
            }
            let set_aside = entry.growth(observed.now.unwrap_or(i64::MAX)).map(|it| &it.cards);
            let is_well = |cards: &&Vec<String>| {
                cards.len() == lacks && cards.iter().all(|card| observed.sound_cards.contains(card))
            };
            if let Some(cards) = set_aside.filter(is_well) {
                growing.insert(life.clone(), cards.clone());
            } else if lacks <= self.cards.len() {
                growing.insert(life.clone(), self.take_cards(lacks));
            }
        }
        growing
    }

    fn take_cards(&mut self, count: usize) -> Vec<String> {
        let cards: Vec<String> = self.cards.iter().take(count).cloned().collect();
        cards.iter().for_each(|card| _ = self.cards.remove(card));
        cards
    }

    fn take(
        &mut self,
        lease: &LeaseContext,
        observed: &Observed,
        policy: &Policy,
        now: i64,
    ) -> Result<Vec<String>, Refusal> {
        let (account, renter) = (lease.bond_account.to_string(), lease.renter.to_string());
        let promised = self.promised.entry(account.clone()).or_default();
        let others =
            self.leases_of.iter().filter(|(other, leases)| **other != renter && **leases > 0).count();
        let leases_of = self.leases_of.entry(renter.clone()).or_default();
        let is_known = !self.unknown.contains(&renter);
        let bonds_of = self.bonds_of.entry((renter, lease.terms.mint)).or_default();
        let means = Means {
            free_cards: self.cards.len(),
            bond_account: observed.bond_accounts.get(&account).map(|holds| holds.saturating_sub(*promised)),
            leases_of_renter: *leases_of,
            other_renters: others,
            bonds_of_renter: is_known.then_some(*bonds_of),
            is_maintained: observed.maintenance.is_some(),
        };
        policy.accepts(lease, &means, now)?;
        *leases_of += 1;
        *bonds_of = bonds_of.saturating_add(bond(lease));
        *promised = promised.saturating_add(lease.terms.bond(lease.gpus).unwrap_or(u64::MAX));
        let gpus = usize::try_from(lease.gpus).unwrap_or(usize::MAX);
        Ok(self.take_cards(gpus))
    }
}
