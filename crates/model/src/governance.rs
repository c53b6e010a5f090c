//! Votes from whole histories: every fee with the moment in which it was counted, every lock as it was when a
//! proposal was made, every vote in order of time, every decision that was carried out. Weights, quorums, results
//! and ends are worked out from these every time; no sum, tally or end is kept.

use crate::market::{Done, require};
use crate::{Action, BPS, DAY, HOUR, LeaseId, Market, Person, ProviderId, Purse, Refusal};
use std::collections::{BTreeMap, BTreeSet};
use std::mem::discriminant;

/// Length of the epochs in which fees weigh and at whose ends locks end, and least time between two rises of the
/// fee, seconds.
pub const EPOCH: i64 = 30 * DAY;

/// Longest pause, and least time between two, seconds.
pub const PAUSE: i64 = 72 * HOUR;

/// Least time that is left of a lock with which something is done, seconds: whatever the rules, no vote takes longer.
pub const SHORTEST_LOCK: i64 = 23 * DAY;

/// Longest lock, seconds.
pub const LONGEST_LOCK: i64 = 731 * DAY;

/// What votes can change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Config {
    /// Basis points of the gross of leases that are opened now.
    pub fee_bps: u64,
    /// Gets withdrawn fees.
    pub treasury: Person,
    /// Decides the disputes of leases that are opened now.
    pub arbiter: Person,
    /// May pause new leases.
    pub guardian: Person,
    /// How votes run that begin now.
    pub rules: Rules,
}

/// How a vote runs. Times are seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// Lamports that lie with a proposal until it is decided.
    pub deposit: u64,
    /// How long votes are taken.
    pub voting_period: i64,
    /// How long they are taken at least after one that changed the result.
    pub extension: i64,
    /// From the end of the vote to its execution.
    pub timelock: i64,
    /// How long it can be executed.
    pub execution_window: i64,
    /// Share of the locked tokens that has to vote for it, basis points.
    pub quorum_bps: u64,
}

impl Rules {
    /// How long votes are taken at most, seconds: a vote is put off by three extensions, no matter what.
    pub fn longest_vote(&self) -> i64 {
        self.voting_period + 3 * self.extension
    }

    fn require_valid(&self) -> Done {
        let is_valid = (50_000_000..=10_000_000_000).contains(&self.deposit)
            && (3 * DAY..=14 * DAY).contains(&self.voting_period)
            && (12 * HOUR..=3 * DAY).contains(&self.extension)
            && (2 * DAY..=30 * DAY).contains(&self.timelock)
            && (3 * DAY..=30 * DAY).contains(&self.execution_window)
            && (100..=4_000).contains(&self.quorum_bps);
        require(is_valid, Refusal::VotingRulesOutOfBounds)
    }
}

/// What a proposal says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proposed {
    /// Another fee, basis points.
    Fee(u64),
    /// Another treasury.
    Treasury(Option<Person>),
    /// Another arbiter.
    Arbiter(Option<Person>),
    /// Another guardian.
    Guardian(Option<Person>),
    /// Other rules.
    Rules(Rules),
    /// Collected fees go to the treasury, as they come in.
    Withdrawal {
        /// Fees in which mint.
        mint: Option<Mint>,
        /// Base units.
        amount: u64,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mint {
    /// Of what leases are paid with.
    Money,
    /// Of what votes.
    Votes,
}

impl Proposed {
    fn require_valid(&self, fee_bps: u64) -> Done {
        match *self {
            Self::Fee(proposed) => {
                require(proposed <= 500, Refusal::FeeAboveMaximum)?;
                let step = proposed.abs_diff(fee_bps);
                require((1..=50).contains(&step), Refusal::FeeStepOutOfBounds)
            }
            Self::Treasury(person) | Self::Arbiter(person) | Self::Guardian(person) => {
                require(person.is_some(), Refusal::AddressMissing)
            }
            Self::Rules(rules) => rules.require_valid(),
            Self::Withdrawal { mint, amount } => {
                require(mint.is_some(), Refusal::AddressMissing)?;
                require(amount > 0, Refusal::AmountZero)
            }
        }
    }

    /// What is in force once it is carried out.
    fn applied_to(&self, mut config: Config) -> Config {
        match *self {
            Self::Fee(fee_bps) => config.fee_bps = fee_bps,
            Self::Treasury(person) => config.treasury = person.expect("somebody"),
            Self::Arbiter(person) => config.arbiter = person.expect("somebody"),
            Self::Guardian(person) => config.guardian = person.expect("somebody"),
            Self::Rules(rules) => config.rules = rules,
            Self::Withdrawal { .. } => {}
        }
        config
    }

    fn is_withdrawal(&self) -> bool {
        matches!(self, Self::Withdrawal { .. })
    }
}

/// Whose fees are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Party {
    /// A renter's.
    Renter(Person),
    /// A provider's, whoever its authority is.
    Provider(ProviderId),
}

/// What votes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Voter {
    /// The locked tokens of somebody.
    Tokens(Person),
    /// The fees of a party.
    Fees(Party),
}

impl Voter {
    /// Whether it is one of the participants.
    pub fn is_participant(&self) -> bool {
        matches!(self, Self::Fees(_))
    }
}

/// Tokens that somebody has locked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lock {
    /// Every deposit: base units and slot.
    pub deposits: Vec<(u64, u64)>,
    /// Every time until which they were to stay, unix seconds.
    pub promises: Vec<i64>,
    /// Slots in which it was made longer when too little was left of it.
    pub renewals: Vec<u64>,
    /// May vote, too.
    pub delegate: Option<Person>,
}

impl Lock {
    /// Base units.
    pub fn amount(&self) -> u128 {
        self.deposits.iter().map(|(amount, _)| u128::from(*amount)).sum()
    }

    /// Slot since which it is what it is: that of the last deposit or renewal.
    pub fn last_slot(&self) -> u64 {
        self.deposits.iter().map(|(_, slot)| *slot).chain(self.renewals.iter().copied()).max().unwrap_or(0)
    }

    /// Until when they stay, unix seconds.
    pub fn unlock_at(&self) -> i64 {
        self.promises.iter().copied().max().unwrap_or(0)
    }

    /// Until an epoch's end, and so long that a vote that begins now is over.
    fn promise(&mut self, unlock_at: i64, now: i64) -> Done {
        require(unlock_at >= self.unlock_at(), Refusal::LockShortened)?;
        let allowed = now + SHORTEST_LOCK..=now + LONGEST_LOCK;
        require(allowed.contains(&unlock_at), Refusal::UnlockTimeOutOfBounds)?;
        require(unlock_at % EPOCH == 0, Refusal::UnlockTimeOffBoundary)?;
        self.promises.push(unlock_at);
        Ok(())
    }
}

/// Fees of a lease that were counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fee {
    /// Of which lease.
    pub lease: LeaseId,
    /// When they were counted, unix seconds.
    pub at: i64,
    /// Between whom the lease was.
    pub parties: [Party; 2],
    /// Base units.
    pub amount: u64,
    /// Whether the lease was closed with it: others of its number are those of another life.
    pub is_last: bool,
}

/// Fees that were counted in an epoch, of one party or of both of all leases, base units.
fn fees_in(fees: &[Fee], party: Option<Party>, in_epoch: i64) -> u64 {
    let counts =
        |fee: &&Fee| epoch(fee.at) == in_epoch && party.is_none_or(|party| fee.parties.contains(&party));
    fees.iter().filter(counts).map(|fee| fee.amount).sum()
}

/// What fees weigh in a vote that begins at `time`, of one party or of all leases, base units.
///
/// As if each of the three epochs before had been like the poorest: who paid in fewer weighs nothing.
fn weight_of(fees: &[Fee], party: Option<Party>, time: i64) -> u64 {
    let poorest = (1..=3).map(|ago| fees_in(fees, party, epoch(time) - ago)).min();
    3 * poorest.expect("of three")
}

/// A vote that was cast.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ballot {
    /// What voted.
    pub voter: Voter,
    /// Who cast it.
    pub by: Person,
    pub is_for: bool,
    /// When, unix seconds.
    pub at: i64,
}

/// A proposal and all that was voted on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// Who made it.
    pub proposer: Person,
    /// What it says.
    pub proposed: Proposed,
    /// What was in force when it was made.
    pub config: Config,
    /// When it was made, unix seconds.
    pub made_at: i64,
    /// In which slot.
    pub made_slot: u64,
    /// All tokens that there were, base units.
    pub supply: u64,
    /// What was locked, by owner.
    pub locks: BTreeMap<Person, Lock>,
    /// What fees had been counted.
    pub fees: Vec<Fee>,
    /// All votes, in order of time.
    pub ballots: Vec<Ballot>,
    /// Whose records were closed.
    pub closed: BTreeSet<Voter>,
    /// Whether somebody had it counted.
    pub is_counted: bool,
    /// Whether all that it says was done.
    pub is_executed: bool,
    /// What was withdrawn by it: when, unix seconds, and base units.
    pub payouts: Vec<(i64, u64)>,
    /// Whether it was taken back.
    pub is_cancelled: bool,
}

impl Proposal {
    /// Whether the fee would rise.
    pub fn is_rise(&self) -> bool {
        matches!(self.proposed, Proposed::Fee(fee_bps) if fee_bps > self.config.fee_bps)
    }

    /// Whether a lock was there when it was made, and was to outlast the vote however long that takes.
    fn outlasts(&self, owner: Person) -> bool {
        self.locks.get(&owner).is_some_and(|lock| lock.unlock_at() > self.latest_end())
    }

    /// Tokens that could vote, base units.
    pub fn tokens(&self) -> u64 {
        self.locks.keys().map(|owner| self.weight(Voter::Tokens(*owner))).sum()
    }

    /// Base units of tokens that have to vote for it.
    pub fn quorum(&self) -> u64 {
        ceil(self.tokens(), self.config.rules.quorum_bps).max(ceil(self.supply, 100))
    }

    /// What all fees weigh, base units, once for the renter and once for the provider; none if the participants have no
    /// say.
    pub fn participants(&self) -> u64 {
        if self.is_rise() { 2 * weight_of(&self.fees, None, self.made_at) } else { 0 }
    }

    /// Base units of fees with which the participants refuse it; none if they have no say.
    pub fn refusal_quorum(&self) -> u64 {
        if self.is_rise() { ceil(self.participants(), 500).max(1) } else { 0 }
    }

    /// With what somebody votes, base units: what was there when it was made, whatever became of it since.
    pub fn weight(&self, voter: Voter) -> u64 {
        match voter {
            Voter::Tokens(owner) if self.outlasts(owner) => {
                u64::try_from(self.locks[&owner].amount()).expect("no more than there are")
            }
            Voter::Tokens(_) => 0,
            Voter::Fees(party) => weight_of(&self.fees, Some(party), self.made_at),
        }
    }

    /// Who has voted.
    pub fn voters(&self) -> BTreeSet<Voter> {
        self.ballots.iter().map(|ballot| ballot.voter).collect()
    }

    /// What is on record: the vote that was cast first, whose record it is, and the last, which counts.
    pub fn record_of(&self, voter: Voter) -> Option<(Ballot, Ballot)> {
        let mut ballots = self.ballots.iter().filter(|ballot| ballot.voter == voter);
        let first = ballots.next()?;
        let is_closed = self.closed.contains(&voter);
        (!is_closed).then_some((*first, *ballots.next_back().unwrap_or(first)))
    }

    /// For and against, of the participants or of the tokens: everybody's last word.
    pub fn tally(&self, is_participants: bool) -> [u64; 2] {
        self.tally_of(self.ballots.len(), is_participants)
    }

    /// That of the first `count` votes.
    fn tally_of(&self, count: usize, is_participants: bool) -> [u64; 2] {
        let mut last = BTreeMap::new();
        for ballot in
            self.ballots[..count].iter().filter(|ballot| ballot.voter.is_participant() == is_participants)
        {
            last.insert(ballot.voter, ballot.is_for);
        }
        [true, false].map(|side| {
            last.iter().filter(|(_, is_for)| **is_for == side).map(|(voter, _)| self.weight(*voter)).sum()
        })
    }

    /// Whether the participants refuse it by the first `count` votes.
    fn is_refused_by(&self, count: usize) -> bool {
        let [yes, no] = self.tally_of(count, true);
        self.is_rise() && no > yes && no >= self.refusal_quorum()
    }

    /// Whether it passes by the first `count` votes.
    fn passes_by(&self, count: usize) -> bool {
        let [yes, no] = self.tally_of(count, false);
        yes >= self.quorum() && yes > no && !self.is_refused_by(count)
    }

    /// Whether the participants refuse it.
    pub fn is_refused(&self) -> bool {
        self.is_refused_by(self.ballots.len())
    }

    /// Whether it passes by the votes so far.
    pub fn passes(&self) -> bool {
        self.passes_by(self.ballots.len())
    }

    /// When the vote ends if nothing puts it off, unix seconds.
    pub fn first_end(&self) -> i64 {
        self.made_at + self.config.rules.voting_period
    }

    /// When the vote ends at the latest, unix seconds.
    pub fn latest_end(&self) -> i64 {
        self.made_at + self.config.rules.longest_vote()
    }

    /// When the vote ends, unix seconds: after each vote that changed the result the others have time to answer.
    pub fn ends_at(&self) -> i64 {
        let results: Vec<bool> = (0..=self.ballots.len()).map(|count| self.passes_by(count)).collect();
        let turns =
            self.ballots.iter().zip(results.windows(2)).filter(|(_, results)| results[0] != results[1]);
        let answered = turns.map(|(ballot, _)| ballot.at + self.config.rules.extension);
        answered.fold(self.first_end(), i64::max).min(self.latest_end())
    }

    /// Whether the result changed so late that the vote was put off.
    pub fn is_extended(&self) -> bool {
        self.ends_at() > self.first_end()
    }

    /// After when a change of the result puts the end off, unix seconds.
    pub fn late_from(&self) -> i64 {
        self.ends_at() - self.config.rules.extension
    }

    /// Whether no more votes are taken.
    pub fn is_over(&self, now: i64) -> bool {
        self.is_cancelled || now >= self.ends_at()
    }

    /// From when on it can be executed, unix seconds.
    pub fn executable_from(&self) -> i64 {
        self.ends_at() + self.config.rules.timelock
    }

    /// From when on it cannot be executed any more, unix seconds.
    pub fn expires_at(&self) -> i64 {
        self.executable_from() + self.config.rules.execution_window
    }

    /// Withdrawn by it so far, base units.
    pub fn paid(&self) -> u64 {
        self.payouts.iter().map(|(_, amount)| amount).sum()
    }

    /// Whether there is something left to be done with it.
    pub fn is_pending(&self, now: i64) -> bool {
        let may_come = self.passes() && now < self.expires_at();
        !self.is_executed && (!self.is_counted || may_come)
    }

    /// Moments at which something changes, unix seconds.
    pub fn moments(&self) -> [i64; 5] {
        [self.late_from(), self.ends_at(), self.latest_end(), self.executable_from(), self.expires_at()]
    }
}

/// Both houses: who locked and paid what, what was voted and what came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Votes {
    /// Grows with every wait.
    pub slot: u64,
    /// What was in force at the beginning.
    pub first: Config,
    /// Tokens that everybody had at the beginning.
    pub wealth: u64,
    /// Renters whose fees are counted.
    pub participants: BTreeSet<Person>,
    /// By owner, those that are not gone.
    pub locks: BTreeMap<Person, Lock>,
    /// Every fee that was ever counted, in order of time.
    pub fees: Vec<Fee>,
    /// All, by number.
    pub proposals: Vec<Proposal>,
    /// When which was executed, in order of time; a withdrawal with the last that it pays.
    pub executed: Vec<(i64, usize)>,
    /// All pauses: from when to when, unix seconds.
    pub pauses: Vec<(i64, i64)>,
}

impl Votes {
    pub(crate) fn new(first: Config, wealth: u64) -> Self {
        Self {
            slot: 0,
            first,
            wealth,
            participants: BTreeSet::new(),
            locks: BTreeMap::new(),
            fees: Vec::new(),
            proposals: Vec::new(),
            executed: Vec::new(),
            pauses: Vec::new(),
        }
    }

    /// What is in force: what was at the beginning, changed by all that was executed since.
    pub fn config(&self) -> Config {
        let decided = self.executed.iter().map(|(_, id)| self.proposals[*id].proposed);
        decided.fold(self.first, |config, proposed| proposed.applied_to(config))
    }

    /// When the fee changed, unix seconds.
    pub fn fee_changes(&self) -> Vec<i64> {
        let is_fee = |proposal: usize| matches!(self.proposals[proposal].proposed, Proposed::Fee(_));
        self.executed.iter().filter(|(_, proposal)| is_fee(*proposal)).map(|(at, _)| *at).collect()
    }

    /// When the fee rose last, unix seconds.
    pub fn last_rise(&self) -> Option<i64> {
        let rises = self.executed.iter().filter(|(_, id)| self.proposals[*id].is_rise());
        rises.map(|(at, _)| *at).max()
    }

    /// Whether a later decision about the same was carried out. Withdrawals do not undo one another.
    pub fn is_superseded(&self, id: usize) -> bool {
        let proposed = self.proposals[id].proposed;
        let is_alike = |other: &Proposed| discriminant(other) == discriminant(&proposed);
        let mut executed = self.executed.iter().map(|(_, other)| *other);
        !proposed.is_withdrawal()
            && executed.any(|other| other > id && is_alike(&self.proposals[other].proposed))
    }

    fn require_executable(&self, id: usize, now: i64) -> Done {
        let proposal = &self.proposals[id];
        require(!proposal.is_executed, Refusal::AlreadyExecuted)?;
        require(proposal.is_counted && proposal.passes(), Refusal::NotPassed)?;
        require(now >= proposal.executable_from(), Refusal::TimelockRunning)?;
        require(now < proposal.expires_at(), Refusal::ProposalExpired)?;
        let is_fee = matches!(proposal.proposed, Proposed::Fee(_));
        require(!is_fee || self.config().fee_bps == proposal.config.fee_bps, Refusal::FeeMoved)?;
        require(!self.is_superseded(id), Refusal::Superseded)?;
        let is_rested = self.last_rise().is_none_or(|last| now >= last + EPOCH);
        require(!proposal.is_rise() || is_rested, Refusal::RiseTooSoon)
    }

    /// All tokens that there are, base units.
    pub fn supply(&self) -> u64 {
        self.wealth * Person::ALL.len() as u64
    }

    /// Tokens in all locks, base units.
    pub fn locked(&self) -> u128 {
        self.locks.values().map(Lock::amount).sum()
    }

    /// Tokens that somebody holds outside a lock, base units.
    pub fn unlocked(&self, owner: Person) -> u64 {
        let locked = self.locks.get(&owner).map_or(0, Lock::amount);
        self.wealth - u64::try_from(locked).expect("no more than there are")
    }

    /// Counts what a lease has released in fees, in its present life, and was not counted yet.
    pub(crate) fn count_fees(
        &mut self,
        lease: LeaseId,
        provider: ProviderId,
        released: u64,
        at: i64,
        is_last: bool,
    ) {
        let parties = [Party::Renter(lease.renter), Party::Provider(provider)];
        let amount = released - self.counted(lease);
        if amount > 0 || is_last {
            self.fees.push(Fee { lease, at, parties, amount, is_last });
        }
    }

    /// Fees of a lease, in its present life, that were counted, base units.
    pub fn counted(&self, lease: LeaseId) -> u64 {
        let of_lease = self.fees.iter().rev().filter(|fee| fee.lease == lease);
        of_lease.take_while(|fee| !fee.is_last).map(|fee| fee.amount).sum()
    }

    /// What fees weigh in a vote that begins at `time`, of one party or of all leases, base units.
    pub fn weight_of_fees(&self, party: Option<Party>, time: i64) -> u64 {
        weight_of(&self.fees, party, time)
    }

    /// Fees that were counted in an epoch, of one party or of both of all leases, base units.
    pub fn fees_in(&self, party: Option<Party>, in_epoch: i64) -> u64 {
        fees_in(&self.fees, party, in_epoch)
    }

    /// Whether no lease can be opened.
    pub fn is_paused(&self, now: i64) -> bool {
        self.pauses.iter().any(|(from, to)| (*from..*to).contains(&now))
    }

    /// When the last pause ended or ends, unix seconds.
    pub fn paused_until(&self) -> Option<i64> {
        self.pauses.iter().map(|(_, to)| *to).max()
    }

    /// Moments at which something changes, unix seconds.
    pub fn moments(&self, now: i64) -> Vec<i64> {
        let pending = self.proposals.iter().filter(|proposal| proposal.is_pending(now));
        let mut moments: Vec<i64> = pending.flat_map(Proposal::moments).collect();
        moments.extend(self.locks.values().map(Lock::unlock_at));
        moments.extend(self.paused_until().into_iter().flat_map(|until| [until, until + PAUSE]));
        moments.extend(self.last_rise().map(|last| last + EPOCH));
        moments.push((epoch(now) + 1) * EPOCH);
        moments
    }
}

/// The thirty days that contain `time`, unix seconds.
pub fn epoch(time: i64) -> i64 {
    time.div_euclid(EPOCH)
}

/// `amount × bps / 10 000`, rounded up.
fn ceil(amount: u64, bps: u64) -> u64 {
    u64::try_from((u128::from(amount) * u128::from(bps)).div_ceil(u128::from(BPS))).expect("a share")
}

impl Market {
    /// Does what is not a lease's business.
    pub(crate) fn govern(&mut self, action: &Action) -> Done {
        let now = self.now;
        let slot = self.votes.slot;
        match *action {
            Action::CreateParticipant { renter, .. } => {
                require(self.votes.participants.insert(renter), Refusal::Exists)
            }
            Action::LockTokens { owner, amount, unlock_at } => {
                require(amount > 0, Refusal::AmountZero)?;
                let purse = self.votes.unlocked(owner);
                let lock = self.votes.locks.entry(owner).or_default();
                lock.deposits.push((amount, slot));
                require(u64::try_from(lock.amount()).is_ok(), Refusal::AmountOverflow)?;
                lock.promise(unlock_at, now)?;
                // Of what is locked until then, the sum is kept.
                let until_then = self.votes.locks.values().filter(|lock| lock.unlock_at() == unlock_at);
                let sum = until_then.map(Lock::amount).sum::<u128>();
                require(u64::try_from(sum).is_ok(), Refusal::AmountOverflow)?;
                require(amount <= purse, Refusal::InsufficientFunds)
            }
            Action::ExtendLock { owner, by, unlock_at } => {
                require(by == owner, Refusal::NotLockOwner)?;
                let lock = self.lock(owner);
                if lock.unlock_at() <= now + SHORTEST_LOCK {
                    lock.renewals.push(slot);
                }
                lock.promise(unlock_at, now)
            }
            Action::SetDelegate { owner, by, valid_until, replaced, delegate } => {
                self.require_valid(valid_until)?;
                require(by == owner, Refusal::NotLockOwner)?;
                require(self.lock(owner).delegate == replaced, Refusal::ValueReplaced)?;
                self.lock(owner).delegate = delegate;
                Ok(())
            }
            Action::UnlockTokens { owner } => {
                require(now >= self.lock(owner).unlock_at(), Refusal::StillLocked)?;
                self.votes.locks.remove(&owner);
                Ok(())
            }
            Action::Propose { by, valid_until, max_deposit, proposed } => {
                self.require_valid(valid_until)?;
                let deposit = self.votes.config().rules.deposit;
                require(deposit <= max_deposit, Refusal::DepositAboveAgreed)?;
                self.propose(by, proposed)
            }
            Action::CastVote { proposal, owner, by, valid_until, seen, is_for } => {
                let lock = &self.votes.locks[&owner];
                require(by == owner || Some(by) == lock.delegate, Refusal::NotVoter)?;
                let voter = Voter::Tokens(owner);
                let is_first = self.votes.proposals[proposal].record_of(voter).is_none();
                require(by == owner || is_first, Refusal::AlreadyVoted)?;
                self.require_seen_action(proposal, valid_until, seen)?;
                let may_begin = self.may_begin_with_lock(proposal, owner);
                self.cast(proposal, voter, by, is_for, may_begin)
            }
            Action::CastParticipantVote { proposal, party, by, valid_until, seen, is_for } => {
                let voice = match party {
                    Party::Renter(renter) => renter,
                    Party::Provider(provider) => self.providers[&provider].authority,
                };
                require(by == voice, Refusal::NotParticipant)?;
                self.require_seen_action(proposal, valid_until, seen)?;
                let may_begin = self.may_begin_with_fees(proposal, party);
                self.cast(proposal, Voter::Fees(party), by, is_for, may_begin)
            }
            Action::CloseVoteRecord { proposal, voter } => {
                let proposal = self.proposal(proposal);
                require(proposal.is_counted, Refusal::VoteRunning)?;
                proposal.closed.insert(voter);
                Ok(())
            }
            Action::Finalize { proposal } => {
                let proposal = self.proposal(proposal);
                require(!proposal.is_counted, Refusal::AlreadyFinalized)?;
                require(now >= proposal.ends_at(), Refusal::VoteRunning)?;
                proposal.is_counted = true;
                Ok(())
            }
            Action::CancelProposal { proposal, by } => {
                let proposal = self.proposal(proposal);
                require(by == proposal.proposer, Refusal::NotProposer)?;
                require(!proposal.is_counted && !proposal.is_cancelled, Refusal::AlreadyFinalized)?;
                require(proposal.ballots.is_empty(), Refusal::VotesCast)?;
                proposal.is_cancelled = true;
                Ok(())
            }
            Action::Execute { proposal: id } => {
                self.votes.require_executable(id, now)?;
                require(!self.proposal(id).proposed.is_withdrawal(), Refusal::WrongAction)?;
                self.execute(id);
                Ok(())
            }
            Action::WithdrawFees { proposal: id, to } => {
                let Proposed::Withdrawal { mint: Some(Mint::Money), amount } = self.proposal(id).proposed
                else {
                    return Err(Refusal::WrongMint);
                };
                require(to == self.votes.config().treasury, Refusal::WrongTokenOwner)?;
                self.votes.require_executable(id, now)?;
                let rest = amount - self.proposal(id).paid();
                let payout = rest.min(self.money(Purse::Fees));
                require(payout > 0, Refusal::NothingToWithdraw)?;
                self.proposal(id).payouts.push((now, payout));
                if payout == rest {
                    self.execute(id);
                }
                self.pay(Purse::Fees, Purse::Wallet(to), payout)
            }
            Action::Pause { by, valid_until, seconds } => {
                self.require_valid(valid_until)?;
                require(by == self.votes.config().guardian, Refusal::NotGuardian)?;
                require((1..=PAUSE).contains(&seconds), Refusal::PauseOutOfBounds)?;
                let is_rested = self.votes.paused_until().is_none_or(|until| now >= until + PAUSE);
                require(is_rested, Refusal::PauseTooSoon)?;
                self.votes.pauses.push((now, now + seconds));
                Ok(())
            }
            Action::Unpause { by, until } => {
                require(by == self.votes.config().guardian, Refusal::NotGuardian)?;
                require(self.votes.is_paused(now), Refusal::NotPaused)?;
                require(self.votes.paused_until() == Some(until), Refusal::ValueReplaced)?;
                self.votes.pauses.last_mut().expect("one runs").1 = now;
                Ok(())
            }
            _ => unreachable!("a lease's or an offer's business: {action:?}"),
        }
    }

    fn propose(&mut self, by: Person, proposed: Proposed) -> Done {
        let votes = &self.votes;
        let config = votes.config();
        proposed.require_valid(config.fee_bps)?;
        let proposal = Proposal {
            proposer: by,
            proposed,
            config,
            made_at: self.now,
            made_slot: votes.slot,
            supply: votes.supply(),
            locks: votes.locks.clone(),
            fees: votes.fees.clone(),
            ballots: Vec::new(),
            closed: BTreeSet::new(),
            is_counted: false,
            is_executed: false,
            payouts: Vec::new(),
            is_cancelled: false,
        };
        // Somebody has to be able to refuse a rise, but for the first step of all.
        let is_refusable = proposal.participants() > 0 || config.fee_bps == 0;
        require(!proposal.is_rise() || is_refusable, Refusal::RiseWithoutFees)?;
        require(proposal.quorum() <= proposal.tokens(), Refusal::QuorumOutOfReach)?;
        let changes_something = proposed.is_withdrawal() || proposed.applied_to(config) != config;
        require(changes_something, Refusal::ChangesNothing)?;
        self.votes.proposals.push(proposal);
        Ok(())
    }

    /// A vote is for or against what the voter saw.
    fn require_seen_action(&self, proposal: usize, valid_until: i64, seen: Proposed) -> Done {
        self.require_valid(valid_until)?;
        require(seen == self.votes.proposals[proposal].proposed, Refusal::ActionChanged)
    }

    /// Who has voted may do so again, whatever became of the voter since.
    fn cast(&mut self, proposal: usize, voter: Voter, by: Person, is_for: bool, may_begin: Done) -> Done {
        let now = self.now;
        let proposal = self.proposal(proposal);
        if proposal.record_of(voter).is_none() {
            may_begin?;
        }
        require(!proposal.is_over(now), Refusal::VoteOver)?;
        proposal.ballots.push(Ballot { voter, by, is_for, at: now });
        Ok(())
    }

    /// All of it was there before the proposal, and was to stay until the vote is over.
    fn may_begin_with_lock(&self, proposal: usize, owner: Person) -> Done {
        let (proposal, lock) = (&self.votes.proposals[proposal], &self.votes.locks[&owner]);
        require(lock.last_slot() < proposal.made_slot, Refusal::LockedAfterProposal)?;
        require(proposal.outlasts(owner), Refusal::LockEndsBeforeVote)
    }

    fn may_begin_with_fees(&self, proposal: usize, party: Party) -> Done {
        let proposal = &self.votes.proposals[proposal];
        require(proposal.is_rise(), Refusal::HouseHasNoSay)?;
        require(proposal.weight(Voter::Fees(party)) > 0, Refusal::NoWeight)
    }

    fn execute(&mut self, proposal: usize) {
        self.proposal(proposal).is_executed = true;
        self.votes.executed.push((self.now, proposal));
    }

    fn lock(&mut self, owner: Person) -> &mut Lock {
        self.votes.locks.get_mut(&owner).expect("the lock exists")
    }

    fn proposal(&mut self, proposal: usize) -> &mut Proposal {
        &mut self.votes.proposals[proposal]
    }
}
