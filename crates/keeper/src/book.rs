//! What was observed, and what it means: the program's accounts of which something is or will be due.
//!
//! Where something is missing nothing follows: a list without an account only ends what was planned for it.

use std::collections::{HashMap, HashSet};
use std::mem::offset_of;

use anyhow::{Context, Result};
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

    /// All leases were seen at `now`, each from [`CHANGING`] on. Returns those that have to be read whole; the others of
    /// which nothing is said here are as they were.
    pub fn see_leases(
        &mut self,
        seen: &[(Address, Vec<u8>)],
        now: i64,
        roll: &mut impl FnMut() -> u64,
    ) -> Result<Vec<Address>> {
        let mut unknown = Vec::new();
        for (address, changing) in seen {
            match self.subjects.get(address) {
                Some(Subject::Lease(lease)) => match with_changes(lease, changing)? {
                    Some(changed) if changed == **lease => {}
                    Some(changed) => self.see(*address, Subject::Lease(Box::new(changed)), now, roll()),
                    None => unknown.push(*address),
                },
                _ => unknown.push(*address),
            }
        }
        self.keep(Kind::Lease, &seen.iter().map(|(address, _)| *address).collect());
        Ok(unknown)
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

/// A lease with what changes of it as it was seen; `None` if that is of another life.
fn with_changes(lease: &Lease, changing: &[u8]) -> Result<Option<Lease>> {
    if !changing.starts_with(&lease.life) {
        return Ok(None);
    }
    let fixed = bytemuck::bytes_of(lease).get(..CHANGING).context("a lease is shorter than it is")?;
    let data = [discriminator::<Lease>(), fixed, changing].concat();
    let account = Account { owner: address::PROGRAM, data, ..Account::default() };
    Ok(Some(account::read::<Lease>(Address::default(), &account)?.account))
}
