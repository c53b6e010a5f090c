use crate::market::{Done, require};
use crate::{Action, BPS, DAY, HOUR, Market, Person, ProviderId, Purse, Refusal};
use std::collections::{BTreeMap, BTreeSet};

/// Length of the epochs in which fees weigh, seconds.
pub const EPOCH: i64 = 30 * DAY;

/// Longest pause, and least time between two, seconds.
pub const PAUSE: i64 = 72 * HOUR;

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
    /// How much longer if they turn in as long before the end.
    pub extension: i64,
    /// From the end of the vote to its execution.
    pub timelock: i64,
    /// How long it can be executed.
    pub execution_window: i64,
    /// Share of the locked tokens that has to vote for it, basis points.
    pub quorum_bps: u64,
}

impl Rules {
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
    /// Collected fees go to the treasury.
    Withdrawal {
        /// Fees in which mint.
        mint: Option<Mint>,
        /// Base units.
        amount: u64,
    },
}

/// A mint.
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
    /// Whether it is one of the fee payers.
    pub fn is_payer(&self) -> bool {
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
    /// May vote, too.
    pub delegate: Option<Person>,
}

impl Lock {
    /// Base units.
    pub fn amount(&self) -> u128 {
        self.deposits.iter().map(|(amount, _)| u128::from(*amount)).sum()
    }

    /// Slot of the last deposit.
    pub fn last_slot(&self) -> u64 {
        self.deposits.iter().map(|(_, slot)| *slot).max().unwrap_or(0)
    }

    /// Until when they stay, unix seconds.
    pub fn unlock_at(&self) -> i64 {
        self.promises.iter().copied().max().unwrap_or(0)
    }

    fn promise(&mut self, unlock_at: i64, now: i64) -> Done {
        require(unlock_at >= self.unlock_at(), Refusal::LockShortened)?;
        let allowed = now + 1..=now + LONGEST_LOCK;
        require(allowed.contains(&unlock_at), Refusal::UnlockTimeOutOfBounds)?;
        self.promises.push(unlock_at);
        Ok(())
    }
}

/// Fees that a lease has paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fee {
    /// When, unix seconds.
    pub at: i64,
    /// Between whom the lease was.
    pub parties: [Party; 2],
    /// Base units.
    pub amount: u64,
}

/// A vote that was cast.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ballot {
    /// What voted.
    pub voter: Voter,
    /// Who cast it.
    pub by: Person,
    /// Which way.
    pub is_for: bool,
    /// Base units.
    pub weight: u64,
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
    /// Tokens that were locked.
    pub locked: u64,
    /// Base units of tokens that have to vote for it.
    pub quorum: u64,
    /// Base units of fees that could vote.
    pub fees: u64,
    /// All votes, in order of time.
    pub ballots: Vec<Ballot>,
    /// Whose records were closed.
    pub closed: BTreeSet<Voter>,
    /// Whether somebody had it counted.
    pub is_counted: bool,
    /// Whether it was executed.
    pub is_executed: bool,
    /// Whether it was taken back.
    pub is_cancelled: bool,
}

impl Proposal {
    /// Whether the fee would rise.
    pub fn is_rise(&self) -> bool {
        matches!(self.proposed, Proposed::Fee(fee_bps) if fee_bps > self.config.fee_bps)
    }

    /// Base units of fees with which the payers refuse it; none if they have no say.
    pub fn refusal_quorum(&self) -> u64 {
        if self.is_rise() { ceil(self.fees, 500).max(1) } else { 0 }
    }

    /// Who has voted.
    pub fn voters(&self) -> BTreeSet<Voter> {
        self.ballots.iter().map(|ballot| ballot.voter).collect()
    }

    /// What is on record: the vote that was cast first, whose weight stays, and the last, which counts.
    pub fn record_of(&self, voter: Voter) -> Option<(Ballot, Ballot)> {
        let mut ballots = self.ballots.iter().filter(|ballot| ballot.voter == voter);
        let first = ballots.next()?;
        let is_closed = self.closed.contains(&voter);
        (!is_closed).then_some((*first, *ballots.next_back().unwrap_or(first)))
    }

    /// For and against, of the fee payers or of the tokens: everybody's last word.
    pub fn tally(&self, is_payers: bool) -> [u64; 2] {
        tally(&self.ballots, is_payers)
    }

    /// Whether the first `count` votes reach the quorum, have a majority, and are refused.
    fn standing(&self, count: usize) -> [bool; 3] {
        let [yes, no] = tally(&self.ballots[..count], false);
        let [payers_yes, payers_no] = tally(&self.ballots[..count], true);
        let is_refused = self.is_rise() && payers_no > payers_yes && payers_no >= self.refusal_quorum();
        [yes >= self.quorum, yes > no, is_refused]
    }

    /// Whether the fee payers refuse it.
    pub fn is_refused(&self) -> bool {
        self.standing(self.ballots.len())[2]
    }

    /// Whether it passes by the votes so far.
    pub fn passes(&self) -> bool {
        self.standing(self.ballots.len()) == [true, true, false]
    }

    /// From when on a vote that turns is extended, unix seconds.
    pub fn late_from(&self) -> i64 {
        self.made_at + self.config.rules.voting_period - self.config.rules.extension
    }

    /// Whether the vote turned late.
    pub fn is_extended(&self) -> bool {
        let late = self.late_from();
        let turned = |n: usize| self.ballots[n].at >= late && self.standing(n) != self.standing(n + 1);
        (0..self.ballots.len()).any(turned)
    }

    /// When the vote ends, unix seconds.
    pub fn ends_at(&self) -> i64 {
        let extension = if self.is_extended() { self.config.rules.extension } else { 0 };
        self.made_at + self.config.rules.voting_period + extension
    }

    /// When the vote ends at the latest, unix seconds.
    pub fn latest_end(&self) -> i64 {
        self.made_at + self.config.rules.voting_period + self.config.rules.extension
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

    /// Whether there is something left to be done with it.
    pub fn is_pending(&self, now: i64) -> bool {
        let may_come = self.passes() && now < self.expires_at();
        !self.is_executed && (!self.is_counted || may_come)
    }

    /// Moments at which something changes, unix seconds.
    pub fn moments(&self) -> [i64; 5] {
        [self.late_from(), self.ends_at(), self.latest_end(), self.executable_from(), self.expires_at()]
    }

    fn require_executable(&self, fee_bps: u64, now: i64) -> Done {
        require(!self.is_executed, Refusal::AlreadyExecuted)?;
        require(self.is_counted && self.passes(), Refusal::NotPassed)?;
        require(now >= self.executable_from(), Refusal::TimelockRunning)?;
        require(now < self.expires_at(), Refusal::ProposalExpired)?;
        let is_fee = matches!(self.proposed, Proposed::Fee(_));
        require(!is_fee || fee_bps == self.config.fee_bps, Refusal::FeeMoved)
    }
}

/// For and against in one house: everybody's last word.
fn tally(ballots: &[Ballot], is_payers: bool) -> [u64; 2] {
    let mut last = BTreeMap::new();
    for ballot in ballots.iter().filter(|ballot| ballot.voter.is_payer() == is_payers) {
        last.insert(ballot.voter, ballot);
    }
    [true, false]
        .map(|side| last.values().filter(|ballot| ballot.is_for == side).map(|ballot| ballot.weight).sum())
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
    /// Every fee that was ever paid.
    pub fees: Vec<Fee>,
    /// All, by number.
    pub proposals: Vec<Proposal>,
    /// When which was executed, in order of time.
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
        let mut config = self.first;
        for (_, proposal) in &self.executed {
            match self.proposals[*proposal].proposed {
                Proposed::Fee(fee_bps) => config.fee_bps = fee_bps,
                Proposed::Treasury(person) => config.treasury = person.expect("somebody"),
                Proposed::Arbiter(person) => config.arbiter = person.expect("somebody"),
                Proposed::Guardian(person) => config.guardian = person.expect("somebody"),
                Proposed::Rules(rules) => config.rules = rules,
                Proposed::Withdrawal { .. } => {}
            }
        }
        config
    }

    /// When the fee changed, unix seconds.
    pub fn fee_changes(&self) -> Vec<i64> {
        let is_fee = |proposal: usize| matches!(self.proposals[proposal].proposed, Proposed::Fee(_));
        self.executed.iter().filter(|(_, proposal)| is_fee(*proposal)).map(|(at, _)| *at).collect()
    }

    /// All tokens that could vote, base units.
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

    /// Fees that weigh in a vote that begins at `time`, of one party or of both of all leases, base units.
    pub fn fees_before(&self, party: Option<Party>, time: i64) -> u64 {
        let epoch = epoch(time);
        (epoch - 3..epoch).map(|epoch| self.fees_in(party, epoch)).sum()
    }

    /// Fees of an epoch, of one party or of all leases, base units.
    pub fn fees_in(&self, party: Option<Party>, in_epoch: i64) -> u64 {
        let counts =
            |fee: &&Fee| epoch(fee.at) == in_epoch && party.is_none_or(|party| fee.parties.contains(&party));
        self.fees.iter().filter(counts).map(|fee| fee.amount).sum()
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
    /// Does what is no lease's business.
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
                lock.promise(unlock_at, now)?;
                lock.deposits.push((amount, slot));
                require(u64::try_from(self.votes.locked()).is_ok(), Refusal::AmountOverflow)?;
                require(amount <= purse, Refusal::InsufficientFunds)
            }
            Action::ExtendLock { owner, by, unlock_at } => {
                require(by == owner, Refusal::NotLockOwner)?;
                self.lock(owner).promise(unlock_at, now)
            }
            Action::SetDelegate { owner, by, delegate } => {
                require(by == owner, Refusal::NotLockOwner)?;
                self.lock(owner).delegate = delegate;
                Ok(())
            }
            Action::UnlockTokens { owner, by } => {
                require(by == owner, Refusal::NotLockOwner)?;
                require(now >= self.lock(owner).unlock_at(), Refusal::StillLocked)?;
                self.votes.locks.remove(&owner);
                Ok(())
            }
            Action::Propose { by, proposed } => self.propose(by, proposed),
            Action::CastVote { proposal, owner, by, is_for } => {
                let lock = &self.votes.locks[&owner];
                require(by == owner || Some(by) == lock.delegate, Refusal::NotVoter)?;
                let voter = Voter::Tokens(owner);
                let is_first = self.votes.proposals[proposal].record_of(voter).is_none();
                require(by == owner || is_first, Refusal::AlreadyVoted)?;
                let weight = self.weight_of_lock(proposal, owner);
                self.cast(proposal, voter, by, is_for, weight)
            }
            Action::CastParticipantVote { proposal, party, by, is_for } => {
                let voice = match party {
                    Party::Renter(renter) => renter,
                    Party::Provider(provider) => self.providers[&provider].authority,
                };
                require(by == voice, Refusal::NotParticipant)?;
                let weight = self.weight_of_fees(proposal, party);
                self.cast(proposal, Voter::Fees(party), by, is_for, weight)
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
                let fee_bps = self.votes.config().fee_bps;
                let proposal = self.proposal(id);
                proposal.require_executable(fee_bps, now)?;
                let is_withdrawal = matches!(proposal.proposed, Proposed::Withdrawal { .. });
                require(!is_withdrawal, Refusal::WrongAction)?;
                self.execute(id);
                Ok(())
            }
            Action::WithdrawFees { proposal: id, to } => {
                let Config { fee_bps, treasury, .. } = self.votes.config();
                let proposal = self.proposal(id);
                let Proposed::Withdrawal { mint: Some(Mint::Money), amount } = proposal.proposed else {
                    return Err(Refusal::WrongMint);
                };
                require(to == treasury, Refusal::WrongTokenOwner)?;
                proposal.require_executable(fee_bps, now)?;
                self.execute(id);
                self.pay(Purse::Fees, Purse::Wallet(to), amount.min(self.money(Purse::Fees)))
            }
            Action::Pause { by, seconds } => {
                require(by == self.votes.config().guardian, Refusal::NotGuardian)?;
                require((1..=PAUSE).contains(&seconds), Refusal::PauseOutOfBounds)?;
                let is_rested = self.votes.paused_until().is_none_or(|until| now >= until + PAUSE);
                require(is_rested, Refusal::PauseTooSoon)?;
                self.votes.pauses.push((now, now + seconds));
                Ok(())
            }
            Action::Unpause { by } => {
                require(by == self.votes.config().guardian, Refusal::NotGuardian)?;
                require(self.votes.is_paused(now), Refusal::NotPaused)?;
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
        let locked = u64::try_from(votes.locked()).expect("no more than there are");
        let quorum = ceil(locked, config.rules.quorum_bps).max(ceil(votes.supply(), 100));
        require(quorum <= locked, Refusal::QuorumOutOfReach)?;
        let mut proposal = Proposal {
            proposer: by,
            proposed,
            config,
            made_at: self.now,
            made_slot: votes.slot,
            locked,
            quorum,
            fees: 0,
            ballots: Vec::new(),
            closed: BTreeSet::new(),
            is_counted: false,
            is_executed: false,
            is_cancelled: false,
        };
        if proposal.is_rise() {
            // Once for the renter and once for the provider.
            proposal.fees = 2 * votes.fees_before(None, self.now);
        }
        self.votes.proposals.push(proposal);
        Ok(())
    }

    /// A second vote has the weight of the first, whatever became of the voter since.
    fn cast(
        &mut self,
        proposal: usize,
        voter: Voter,
        by: Person,
        is_for: bool,
        weight: Result<u64, Refusal>,
    ) -> Done {
        let now = self.now;
        let proposal = self.proposal(proposal);
        let weight = match proposal.record_of(voter) {
            Some((first, _)) => first.weight,
            None => weight?,
        };
        require(!proposal.is_over(now), Refusal::VoteOver)?;
        proposal.ballots.push(Ballot { voter, by, is_for, weight, at: now });
        Ok(())
    }

    /// All of it was there before the proposal and stays until the vote is over.
    fn weight_of_lock(&self, proposal: usize, owner: Person) -> Result<u64, Refusal> {
        let (proposal, lock) = (&self.votes.proposals[proposal], &self.votes.locks[&owner]);
        let is_late = lock.deposits.iter().any(|(_, slot)| *slot >= proposal.made_slot);
        require(!is_late, Refusal::LockedAfterProposal)?;
        require(lock.unlock_at() > proposal.latest_end(), Refusal::LockEndsBeforeVote)?;
        Ok(u64::try_from(lock.amount()).expect("no more than there are"))
    }

    fn weight_of_fees(&self, proposal: usize, party: Party) -> Result<u64, Refusal> {
        let proposal = &self.votes.proposals[proposal];
        require(proposal.is_rise(), Refusal::HouseHasNoSay)?;
        let weight = self.votes.fees_before(Some(party), proposal.made_at);
        require(weight > 0, Refusal::NoWeight)?;
        Ok(weight)
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
