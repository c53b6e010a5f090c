//! What was observed, and what it means: the program's accounts of which something is or will be due.
//!
//! Where something is missing nothing follows: a list without an account only ends what was planned for it.

use std::collections::{HashMap, HashSet};
use std::mem::offset_of;

use gpu_lease_client::account::{self, Keyed, ProgramAccount};
use gpu_lease_client::address;
use gpu_lease_client::outlook::{
    Agenda, InForce, Role, lease_upkeep, lock_upkeep, proposal_upkeep, record_upkeep,
};
use gpu_lease_client::state::{
    Action, FeeParams, Governance, Lease, Proposal, Protocol, VoteLock, VoteRecord,
};
use solana_account::Account;
use solana_address::Address;

use crate::plan::{Plan, Rules};

/// Where a lease begins to change: its life, which names all before, and what comes after it.
pub const CHANGING: usize = offset_of!(Lease, life);

/// An account of which something is or will be due.
#[derive(Clone, Debug)]
pub enum Subject {
    /// A lease.
    Lease(Box<Lease>),
    /// A proposal.
    Proposal(Box<Proposal>),
    /// A vote, and the lamports that its account holds.
    Record(VoteRecord, u64),
    /// A lock.
    Lock(VoteLock),
}

/// Its kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A lease.
    Lease,
    /// A proposal.
    Proposal,
    /// A vote.
    Record,
    /// A lock.
    Lock,
}

impl Subject {
    /// Reads an account; `None` if it is of another kind.
    pub fn read(address: Address, account: &Account) -> gpu_lease_client::Result<Option<Self>> {
        let is = |discriminator: &[u8]| account.data.starts_with(discriminator);
        Ok(Some(if is(discriminator::<Lease>()) {
            Self::Lease(Box::new(account::read::<Lease>(address, account)?.account))
        } else if is(discriminator::<Proposal>()) {
            Self::Proposal(Box::new(account::read::<Proposal>(address, account)?.account))
        } else if is(discriminator::<VoteRecord>()) {
            Self::Record(account::read::<VoteRecord>(address, account)?.account, account.lamports)
        } else if is(discriminator::<VoteLock>()) {
            Self::Lock(account::read::<VoteLock>(address, account)?.account)
        } else {
            return Ok(None);
        }))
    }

    const fn kind(&self) -> Kind {
        match self {
            Self::Lease(_) => Kind::Lease,
            Self::Proposal(_) => Kind::Proposal,
            Self::Record(..) => Kind::Record,
            Self::Lock(_) => Kind::Lock,
        }
    }
}

const fn discriminator<T: ProgramAccount>() -> &'static [u8] {
    T::DISCRIMINATOR
}

/// What decisions change, as it is.
#[derive(Clone, Copy, Debug)]
pub struct Present {
    /// Which mints count.
    pub protocol: Protocol,
    /// The voting rules.
    pub governance: Governance,
    /// The fee.
    pub fee_params: FeeParams,
}

/// What was observed, and the plan that follows.
pub struct Book {
    /// What is done, and when.
    pub plan: Plan,
    subjects: HashMap<Address, Subject>,
    present: Option<Present>,
    /// What fee vaults hold, by mint.
    vaults: HashMap<Address, u64>,
}

impl Book {
    /// An empty one.
    pub fn new(rules: Rules) -> Self {
        Self { plan: Plan::new(rules), subjects: HashMap::new(), present: None, vaults: HashMap::new() }
    }

    /// An account was seen at `now`. `roll` is random.
    pub fn see(&mut self, address: Address, subject: Subject, now: i64, roll: u64) {
        self.subjects.insert(address, subject);
        self.plan_for(address, now, roll);
    }

    /// All leases were seen at `now`, each from [`CHANGING`] on. Returns those that have to be read whole, of which nothing is
    /// known until then.
    pub fn see_leases(
        &mut self,
        seen: &[(Address, Vec<u8>)],
        now: i64,
        roll: &mut impl FnMut() -> u64,
    ) -> Vec<Address> {
        let mut unknown = Vec::new();
        for (address, changing) in seen {
            let changed = match self.subjects.get(address) {
                Some(Subject::Lease(lease)) => {
                    with_changes(lease, changing).map(|changed| (**lease, changed))
                }
                _ => None,
            };
            match changed {
                Some((before, changed)) if changed == before => {}
                Some((_, changed)) => self.see(*address, Subject::Lease(Box::new(changed)), now, roll()),
                None => {
                    self.forget(address);
                    unknown.push(*address);
                }
            }
        }
        self.keep(Kind::Lease, &seen.iter().map(|(address, _)| *address).collect());
        unknown
    }

    /// Of a kind there are no others.
    pub fn keep(&mut self, kind: Kind, those: &HashSet<Address>) {
        let is_gone = |(address, subject): (&Address, &Subject)| {
            (subject.kind() == kind && !those.contains(address)).then_some(*address)
        };
        let gone: Vec<_> = self.subjects.iter().filter_map(is_gone).collect();
        gone.iter().for_each(|address| self.forget(address));
    }

    /// An account is gone.
    pub fn forget(&mut self, address: &Address) {
        self.subjects.remove(address);
        self.plan.forget(address);
    }

    /// What decisions change was seen at `now`. What follows from it for others is planned again.
    pub fn see_present(&mut self, present: Present, now: i64, roll: &mut impl FnMut() -> u64) {
        self.present = Some(present);
        self.plan.count_in(present.protocol.unit_mint);
        let others = self.subjects.iter().filter(|(_, subject)| subject.kind() != Kind::Lease);
        let others: Vec<_> = others.map(|(address, _)| *address).collect();
        others.into_iter().for_each(|address| self.plan_for(address, now, roll()));
    }

    /// What decisions change, as it was last seen.
    pub fn present(&self) -> Option<Present> {
        self.present
    }

    /// A fee vault was seen.
    pub fn see_vault(&mut self, mint: Address, amount: u64) {
        self.vaults.insert(mint, amount);
    }

    /// The mints of which proposals withdraw fees.
    pub fn withdrawn_mints(&self) -> HashSet<Address> {
        let proposals = self.subjects.values().filter_map(|subject| match subject {
            Subject::Proposal(proposal) => withdrawn_mint(proposal),
            _ => None,
        });
        proposals.collect()
    }

    /// The wallet that gets withdrawn fees.
    pub fn treasury(&self) -> Option<Address> {
        Some(self.present?.fee_params.treasury)
    }

    /// The mint whose tokens vote.
    pub fn vote_mint(&self) -> Option<Address> {
        Some(self.present?.protocol.vote_mint)
    }

    /// An account as it was last seen.
    pub fn subject(&self, address: &Address) -> Option<&Subject> {
        self.subjects.get(address)
    }

    /// A proposal as it was last seen.
    pub fn proposal(&self, address: &Address) -> Option<Keyed<Proposal>> {
        match self.subjects.get(address)? {
            Subject::Proposal(proposal) => Some(Keyed { address: *address, account: **proposal }),
            _ => None,
        }
    }

    /// Plans what has become due by `now`.
    pub fn wake(&mut self, now: i64, roll: &mut impl FnMut() -> u64) {
        while let Some(address) = self.plan.woken(now) {
            self.plan_for(address, now, roll());
        }
    }

    /// How many accounts are known.
    pub fn len(&self) -> usize {
        self.subjects.len()
    }

    /// Whether none is.
    pub fn is_empty(&self) -> bool {
        self.subjects.is_empty()
    }

    fn plan_for(&mut self, address: Address, now: i64, roll: u64) {
        let agenda = self.agenda(&address, now);
        self.plan.observe(address, &agenda, now, roll);
    }

    fn agenda(&self, address: &Address, now: i64) -> Agenda {
        let nothing = Agenda::default;
        match (self.subjects.get(address), &self.present) {
            (Some(Subject::Lease(lease)), present) => {
                let unit_mint = present.map_or(Address::default(), |present| present.protocol.unit_mint);
                lease_upkeep(lease, Role::Anyone, &unit_mint, now)
            }
            (Some(Subject::Proposal(proposal)), Some(present)) => {
                let Present { protocol, governance, fee_params } = present;
                let in_force = InForce { protocol, governance, fee_params };
                let vault = withdrawn_mint(proposal).and_then(|mint| self.vaults.get(&mint).copied());
                proposal_upkeep(proposal, &in_force, vault.unwrap_or_default(), now)
            }
            (Some(Subject::Record(record, lamports)), _) => match self.proposal(&record.proposal) {
                Some(proposal) => record_upkeep(&proposal, *lamports),
                None => nothing(),
            },
            (Some(Subject::Lock(lock)), Some(present)) => lock_upkeep(lock, &present.protocol.vote_mint, now),
            _ => nothing(),
        }
    }
}

/// The mint of which a proposal withdraws fees.
pub fn withdrawn_mint(proposal: &Proposal) -> Option<Address> {
    match Action::from(&proposal.action) {
        Action::WithdrawFees { mint, .. } => Some(mint),
        _ => None,
    }
}

/// A lease with what changes of it as it was seen; `None` if that is of another life, or not known to this version.
fn with_changes(lease: &Lease, changing: &[u8]) -> Option<Lease> {
    if !changing.starts_with(&lease.life) {
        return None;
    }
    let data = [discriminator::<Lease>(), bytemuck::bytes_of(lease).get(..CHANGING)?, changing].concat();
    let account = Account { owner: address::PROGRAM, data, ..Account::default() };
    account::read::<Lease>(Address::default(), &account).ok().map(|lease| lease.account)
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};
    use std::time::Instant;

    use bytemuck::Zeroable;
    use gpu_lease_client::outlook::Upkeep;
    use gpu_lease_client::state::{ACCOUNT_VERSION, PodLeaseState};

    use super::*;
    use crate::plan::{Errand, Worth};

    fn book() -> Book {
        let (deeds, worth) =
            (BTreeSet::from([Upkeep::CancelLease]), Worth { by_mint: BTreeMap::new(), of_unit: 1 });
        Book::new(Rules { delay: 0, jitter: 0, deeds, at_once: 1, least_worth: 0, worth })
    }

    fn address(number: u64) -> Address {
        let mut bytes = [1; 32];
        bytes[..8].copy_from_slice(&number.to_le_bytes());
        Address::new_from_array(bytes)
    }

    /// A lease that was not started until second 1 000.
    fn lease(number: u64) -> Lease {
        Lease {
            life: address(number).to_bytes(),
            start_deadline: 1_000,
            state: PodLeaseState::Pending,
            version: ACCOUNT_VERSION,
            ..Lease::zeroed()
        }
    }

    fn changing(lease: &Lease) -> Vec<u8> {
        bytemuck::bytes_of(lease)[CHANGING..].to_vec()
    }

    fn roll() -> impl FnMut() -> u64 {
        || 0
    }

    #[test]
    fn a_lease_is_read_whole_once_a_life_and_then_what_changes_of_it() {
        let (mut book, first) = (book(), lease(1));
        let seen = [(address(1), changing(&first))];
        assert_eq!(book.see_leases(&seen, 0, &mut roll()), [address(1)]);
        book.see(address(1), Subject::Lease(Box::new(first)), 0, 0);
        assert!(book.see_leases(&seen, 0, &mut roll()).is_empty());
        let started = Lease { state: PodLeaseState::Active, ends_at: 5_000, ..first };
        let seen = [(address(1), changing(&started))];
        assert!(book.see_leases(&seen, 0, &mut roll()).is_empty());
        assert!(matches!(book.subject(&address(1)), Some(Subject::Lease(lease)) if **lease == started));
        // Another life at the same address.
        let seen = [(address(1), changing(&lease(2)))];
        assert_eq!(book.see_leases(&seen, 0, &mut roll()), [address(1)]);
        // What this version does not know is forgotten.
        book.see(address(1), Subject::Lease(Box::new(first)), 0, 0);
        let strange = Lease { state: PodLeaseState(200), ..first };
        assert_eq!(book.see_leases(&[(address(1), changing(&strange))], 0, &mut roll()), [address(1)]);
        assert!(book.is_empty());
    }

    #[test]
    fn what_a_list_leaves_out_is_forgotten_and_nothing_else_comes_of_it() {
        let mut book = book();
        book.see(address(1), Subject::Lease(Box::new(lease(1))), 2_000, 0);
        let errand = Errand { account: address(1), what: Upkeep::CancelLease };
        assert!(book.plan.task(&errand).is_some());
        assert!(book.see_leases(&[], 2_000, &mut roll()).is_empty());
        assert!(book.is_empty() && book.plan.pick(9_000).is_none());
    }

    /// Bytes of this process in memory.
    fn memory() -> u64 {
        let pages = std::fs::read_to_string("/proc/self/statm").unwrap();
        4_096 * pages.split(' ').nth(1).unwrap().parse::<u64>().unwrap()
    }

    #[test]
    fn ten_thousand_leases_take_little_memory_and_a_look_at_them_little_time() {
        const LEASES: u64 = 10_000;
        let (mut book, before) = (book(), memory());
        for number in 0..LEASES {
            book.see(address(number), Subject::Lease(Box::new(lease(number))), 0, 0);
        }
        let taken = memory().saturating_sub(before) / 1_024;
        let seen: Vec<_> = (0..LEASES).map(|number| (address(number), changing(&lease(number)))).collect();
        let since = Instant::now();
        assert!(book.see_leases(&seen, 0, &mut roll()).is_empty());
        eprintln!("10,000 leases take {taken} KiB, and {:?} to see that none has changed", since.elapsed());
        assert!(taken < 30 * 1_024, "{taken} KiB");
        assert_eq!(book.plan.scheduled(), 10_000);
    }
}
