//! The history of a market that everybody in it makes by the program's own rules.
//!
//! [`Market::next`] is the next transaction. Who acts looks at the accounts as they are, asks the program's rules on a copy
//! what would come of it, and pays what they say; what they refuse is not done. So a history of any length takes the memory of
//! what is going on in it at a time.

mod leases;
mod listing;
mod making;
mod money;
mod offers;
mod said;
mod setting;
mod usage;
mod votes;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use gpu_lease_client::state::Moment;
use gpu_lease_indexer::book::{Accounts, Draft};
use gpu_lease_indexer::observed::{Place, Transaction};
use solana_address::Address;
use solana_signature::Signature;

use crate::chance::Chance;
use crate::people::People;
use gpu_lease_client::account::LeaseContext;
use gpu_lease_client::decode::Event;
use leases::Tended;
use making::Making;
use offers::{Listed, Registered};
pub use said::Made;
pub use setting::GENESIS;
use setting::Setting;

const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;

/// When the first transaction is, unix seconds, and in which slot.
const BEGIN: Moment = Moment { time: 1_756_684_800, slot: 300_000_000 };

/// How long the history takes.
const SPAN: i64 = 365 * DAY;

/// How much of it passes before everything is listed.
const LISTING: i64 = 45 * DAY;

/// How large a market is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// Transactions in all.
    pub transactions: u64,
    /// Offers that are listed.
    pub offers: u64,
}

/// A market, and what is going to happen in it.
pub struct Market {
    people: People,
    setting: Setting,
    chance: Chance,
    size: Size,
    made: u64,
    now: Moment,
    place: Place,
    tasks: BinaryHeap<Reverse<(i64, u64, Task)>>,
    planned: u64,
    providers: Vec<Registered>,
    offers: Vec<Listed>,
    renters: u64,
    leases: BTreeMap<Address, Tended>,
    /// What strangers sent to token accounts since a transaction of the program named them.
    unseen: BTreeMap<Address, u64>,
}

/// Something that somebody is going to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Task {
    /// The protocol comes about, then the mints.
    Found(usize),
    /// A provider lists an offer; a new one registers before.
    List,
    /// Some provider does something about its offers or itself.
    Trade,
    /// Some renter looks for GPUs.
    Rent,
    /// This renter opens a lease.
    Open(u64),
    /// Those of a lease, and of its life that was opened in this slot, do what is next.
    Tend(Address, u64),
    /// Holders and voters do what is next.
    Govern(u64),
}

impl Market {
    /// The market of this seed and size.
    pub fn new(seed: u64, size: Size) -> Self {
        Self::after(seed, size, BEGIN, Place { slot: BEGIN.slot, index: 0 })
    }

    /// More of a market: other people come to it after `place`, at `now`.
    pub fn after(seed: u64, size: Size, now: Moment, place: Place) -> Self {
        let people = People { seed };
        let mut market = Self {
            people,
            setting: Setting::new(),
            chance: Chance::new(seed),
            size,
            made: 0,
            now,
            place,
            tasks: BinaryHeap::new(),
            planned: 0,
            providers: Vec::new(),
            offers: Vec::new(),
            renters: 0,
            leases: BTreeMap::new(),
            unseen: BTreeMap::new(),
        };
        for task in [Task::Found(0), Task::List, Task::Trade, Task::Rent, Task::Govern(0)] {
            market.later(1, task);
        }
        market
    }

    /// The next transaction in a market with these accounts; none at the end of the history.
    pub fn next(&mut self, accounts: &dyn Accounts) -> Option<Made> {
        if self.made == self.size.transactions {
            return None;
        }
        let book = Draft::over(accounts);
        loop {
            let Reverse((time, _, task)) = self.tasks.pop()?;
            self.pass_to(time.max(self.now.time));
            if let Some(making) = self.perform(task, &book) {
                return Some(self.land(making));
            }
        }
    }

    fn perform(&mut self, task: Task, book: &Draft<'_>) -> Option<Making> {
        match task {
            Task::Found(number) => self.found(book, number),
            Task::List => self.list(book),
            Task::Trade => self.trade(book),
            Task::Rent => self.rent(book),
            Task::Open(renter) => self.open(book, renter),
            Task::Tend(lease, opened_slot) => self.tend(book, lease, opened_slot),
            Task::Govern(number) => self.govern(book, number),
        }
    }

    /// Lets something be done in `seconds`.
    fn later(&mut self, seconds: i64, task: Task) {
        self.planned += 1;
        self.tasks.push(Reverse((self.now.time + seconds.max(1), self.planned, task)));
    }

    /// Lets those of a lease do what is next in `seconds`.
    fn tend_later(&mut self, seconds: i64, lease: &LeaseContext) {
        self.later(seconds, Task::Tend(lease.address, lease.opened_slot));
    }

    fn pass_to(&mut self, time: i64) {
        // Two slots and a half a second.
        let slots = (time - self.now.time).unsigned_abs() * 5 / 2;
        self.now = Moment { time, slot: self.now.slot + slots };
    }

    fn land(&mut self, making: Making) -> Made {
        self.made += 1;
        self.place = match self.place {
            Place { slot, index } if slot == self.now.slot => Place { slot, index: index + 1 },
            _ => Place { slot: self.now.slot, index: self.chance.below(1_000) as u32 },
        };
        let mut signature = [0; 64];
        for part in signature.chunks_mut(8) {
            part.copy_from_slice(&self.chance.any().to_le_bytes());
        }
        let Making { payer, calls, tokens, told } = making;
        let events =
            told.iter().map(|data| Event::from_bytes(data).expect("an event of the program")).collect();
        for token in &tokens {
            self.unseen.remove(&token.account);
        }
        let transaction = Transaction {
            signature: Signature::from(signature),
            place: self.place,
            moment: self.now,
            payer,
            calls,
            events: Some(events),
            tokens,
        };
        Made { transaction, told }
    }

    /// Until when a signature counts that is made now.
    const fn valid_until(&self) -> i64 {
        self.now.time + 60
    }

    /// Seconds between two of `count` that are to happen in `span`.
    fn every(&mut self, span: i64, count: u64) -> i64 {
        let mean = span.unsigned_abs() / count.max(1);
        self.chance.below(2 * mean + 1) as i64
    }
}
