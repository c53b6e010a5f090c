//! Whether the record is what the chain is: accounts as a node shows them, against those of the record at the same slot.
//!
//! A transaction that a node swallowed leaves no trace in a list. It leaves one in an account.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::time::Duration;

use solana_account::Account;
use solana_address::Address;
use tokio::time::Instant;

use crate::ingest::known::Known;
use crate::node::{MOST_ACCOUNTS, Node};

/// How many times it is looked whether a doubt can be explained by now.
const WATCH: u32 = 32;

/// How many times in a row an account is read otherwise before that is believed.
const SIGHTS: u32 = 16;

/// Accounts that are compared next, and those that wait until the record has come to where they were read.
pub struct Comparison {
    every: Duration,
    next: Instant,
    /// Those that transactions changed since they were compared.
    touched: BTreeSet<Address>,
    /// Those that the record cannot explain.
    pub doubted: BTreeSet<Address>,
    /// Those that it could not, and how often it was looked since whether a transaction explains it by now.
    watched: BTreeMap<Address, u32>,
    /// Those that are otherwise than in the record, and how often they were so in a row.
    suspects: BTreeMap<Address, u32>,
    /// The last of those that are compared in turn.
    last: Address,
    waiting: Option<Sight>,
}

/// Accounts as a node showed them.
pub struct Sight {
    /// At this slot.
    pub slot: u64,
    /// As they were; `None` where there was none.
    pub accounts: Vec<(Address, Option<Account>)>,
    /// All addresses of accounts of the program, if the node says so.
    pub addresses: Option<HashSet<Address>>,
}

impl Comparison {
    /// Compares `every` so often, and these that are in doubt at once.
    pub fn new(every: Duration, doubted: BTreeSet<Address>) -> Self {
        let (touched, suspects, last) = (BTreeSet::new(), BTreeMap::new(), Address::default());
        Self {
            every,
            next: Instant::now(),
            touched,
            doubted,
            watched: BTreeMap::new(),
            suspects,
            last,
            waiting: None,
        }
    }

    /// Transactions changed these.
    pub fn touch(&mut self, addresses: impl IntoIterator<Item = Address>) {
        self.touched.extend(addresses);
    }

    /// These are in doubt, and are looked at for a while.
    pub fn doubt(&mut self, addresses: impl IntoIterator<Item = Address>) {
        for address in addresses {
            self.doubted.insert(address);
            self.watched.insert(address, 0);
        }
    }

    /// How many are looked at for a while.
    pub fn watched(&self) -> usize {
        self.watched.len()
    }

    /// The accounts that are looked at for a while, once more, and whether it is time to ask for their transactions again, too:
    /// each time after twice as long.
    pub fn watch(&mut self) -> (BTreeSet<Address>, bool) {
        self.watched.values_mut().for_each(|times| *times = times.saturating_add(1));
        let is_thorough = self.watched.values().any(|times| times.is_power_of_two());
        let watched = self.watched.keys().copied().collect();
        self.watched.retain(|_, times| *times < WATCH);
        (watched, is_thorough)
    }

    /// These differ, and no transaction says why. Those that have done so often enough are returned; the others are read again
    /// at once: a node can be wrong.
    pub fn suspect(&mut self, differing: &BTreeSet<Address>) -> Vec<Address> {
        self.suspects.retain(|address, _| differing.contains(address));
        for address in differing {
            let times = self.suspects.entry(*address).or_default();
            *times = times.saturating_add(1);
        }
        self.touched.extend(differing);
        let often = self.suspects.iter().filter(|(_, times)| **times >= SIGHTS);
        often.map(|(address, _)| *address).collect()
    }

    /// The slot at which accounts were read that wait.
    pub fn boundary(&self) -> Option<u64> {
        self.waiting.as_ref().map(|sight| sight.slot)
    }

    /// The accounts that were read, once the record stands there.
    pub fn take(&mut self) -> Option<Sight> {
        self.waiting.take()
    }

    /// Reads accounts, if it is time to: those that changed, those in doubt, and some of all others in turn.
    pub async fn look(&mut self, node: &Node, known: &Known) -> Result<(), crate::node::Error> {
        let is_due = self.next <= Instant::now() || !self.doubted.is_empty();
        if !is_due || self.waiting.is_some() {
            return Ok(());
        }
        let chosen = self.choose(known);
        let seen = node.accounts(&chosen).await?;
        // Not every node tells them; without, an account that is never touched again is not missed.
        let all = node.addresses().await.ok().filter(|all| all.slot == seen.slot);
        self.touched.retain(|address| !chosen.contains(address));
        self.last = chosen.last().copied().unwrap_or_default();
        if self.touched.is_empty() {
            self.next = Instant::now() + self.every;
        }
        let accounts = chosen.into_iter().zip(seen.value).collect();
        self.waiting = Some(Sight { slot: seen.slot, accounts, addresses: all.map(|all| all.value) });
        Ok(())
    }

    fn choose(&self, known: &Known) -> Vec<Address> {
        let urgent = self.doubted.iter().chain(&self.touched).copied().collect::<BTreeSet<_>>();
        let mut chosen: Vec<Address> = urgent.into_iter().take(MOST_ACCOUNTS).collect();
        let (before, behind): (BTreeSet<Address>, BTreeSet<Address>) =
            known.all().filter(|it| !chosen.contains(it)).partition(|it| *it <= self.last);
        let room = MOST_ACCOUNTS.saturating_sub(chosen.len());
        chosen.extend(behind.into_iter().chain(before).take(room));
        chosen
    }
}

impl Sight {
    /// The accounts that are not as the record has them.
    pub fn differing(&self, known: &Known) -> BTreeSet<Address> {
        let shown = self.accounts.iter();
        let differs =
            |(address, account): &&(Address, Option<Account>)| !known.is_as_shown(address, account.as_ref());
        let mut differing: BTreeSet<Address> = shown.filter(differs).map(|(address, _)| *address).collect();
        if let Some(all) = &self.addresses {
            let booked: HashSet<Address> = known.addresses().collect();
            differing.extend(booked.symmetric_difference(all).copied());
        }
        differing
    }

    /// The account as it was shown, if it was read.
    pub fn account(&self, address: &Address) -> Option<Option<&Account>> {
        self.accounts.iter().find(|(it, _)| it == address).map(|(_, account)| account.as_ref())
    }
}
