use super::{
    ACCOUNT_VERSION, Action, Ballot, House, LockEnds, Participant, ProposedAction, Tally, VoteLock,
    VoteRecord, VotingRules, epoch_of,
};
use crate::{constants::*, errors::LeaseError, math::bps_ceil};
use anchor_lang::{address_eq, prelude::*};

/// Seed of [`Proposal`] accounts, followed by the id.
pub const PROPOSAL_SEED: &[u8] = b"proposal";

/// One vote of both houses about one action. It stays when it is over: the record of what was decided.
#[account]
#[derive(Debug, PartialEq, Eq)]
pub struct Proposal {
    /// Wallet that made it and gets the deposit back.
    pub proposer: Address,
    /// What is proposed.
    pub action: ProposedAction,
    /// The token house.
    pub tokens: Tally,
    /// The participants' house; all zero where it has no say.
    pub participants: Tally,
    /// Its number.
    pub id: u64,
    /// Lamports of the proposer's that lie in this account until it is finalized; 0 from then on.
    pub deposit: u64,
    /// Slot in which it was made: tokens that vote were locked before.
    pub created_slot: u64,
    /// When it was made, unix seconds.
    pub created_at: i64,
    /// When the vote was to end, unix seconds.
    pub first_end: i64,
    /// When it ends, unix seconds: later than it was to, if the result changed late.
    pub ends_at: i64,
    /// What a withdrawal has paid so far, base units.
    pub paid: u64,
    /// For how long votes are taken, at least, after the result has changed, seconds.
    pub extension: u32,
    /// From the end of the vote to the first moment of its execution, seconds.
    pub timelock: u32,
    /// How long it may be executed once it passed, seconds.
    pub execution_window: u32,
    /// Fee rate that was in force when it was made, basis points.
    pub fee_bps: u16,
    /// A [`ProposalState`].
    pub state: PodProposalState,
    /// Layout version.
    pub version: u8,
    /// Bump of this address.
    pub bump: u8,
    /// Zero; for later versions.
    pub spare: [u8; 31],
}

const _: () = assert!(core::mem::size_of::<Proposal>() == 280);

/// What has become of a proposal.
#[pod_wrapper]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum ProposalState {
    /// Not finalized.
    Voting = 0,
    /// The houses passed it.
    Passed = 1,
    /// The houses did not pass it, or the proposer took it back.
    Failed = 2,
    /// What it says is so; of a withdrawal, all of it is paid.
    Executed = 3,
}

/// Where a proposal stands at a moment: derived, never stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProposalPhase {
    /// Votes are taken.
    Voting,
    /// The vote is over; anyone may finalize it.
    Ended,
    /// It passed; the timelock runs.
    Timelocked,
    /// Anyone may execute it.
    Executable,
    /// It passed and nobody executed it in time, or not all of it could be.
    Expired,
    /// It did not pass, or was taken back.
    Failed,
    /// It was executed.
    Executed,
}

/// How the votes stand. What they come to may not change late without giving the others time to answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The token house's votes for reach its quorum.
    pub has_quorum: bool,
    /// The token house has more votes for than against.
    pub has_majority: bool,
    /// The participants' votes against reach their quorum and outweigh those for.
    pub is_refused: bool,
}

impl Standing {
    /// Whether the proposal would pass.
    pub const fn passes(&self) -> bool {
        self.has_quorum && self.has_majority && !self.is_refused
    }
}

/// What a new proposal is made from.
pub struct NewProposal<'a> {
    /// Wallet that makes it.
    pub proposer: Address,
    /// What it proposes.
    pub action: Action,
    /// Its number.
    pub id: u64,
    /// The rules in force.
    pub rules: &'a VotingRules,
    /// The fee rate in force, basis points.
    pub fee_bps: u16,
    /// Tokens that are locked, by when their locks end.
    pub locked: &'a LockEnds,
    /// Tokens that there are, base units of the vote mint.
    pub supply: u64,
    /// Weight of the fees that were paid, base units of the unit mint.
    pub fees: u64,
    /// Bump of its address.
    pub bump: u8,
}

impl Proposal {
    /// Address of proposal number `id`, and its bump.
    pub fn address(id: u64) -> (Address, u8) {
        Address::find_program_address(&[PROPOSAL_SEED, &id.to_le_bytes()], &crate::ID)
    }

    /// A proposal on which votes are taken from now on.
    ///
    /// The token house's quorum is a share of the tokens whose locks outlast the vote, however late it ends, and at
    /// least a share of all. A fee that is paid weighs twice in the participants' house: once for the renter, once for
    /// the provider. Where nothing weighs the fee does not rise, since nobody could refuse; but there has to be a
    /// first one.
    #[inline(never)]
    pub fn new(new: &NewProposal, clock: &Clock) -> Result<Self> {
        let NewProposal { proposer, action, id, rules, fee_bps, locked, supply, fees, bump } = *new;
        action.validate(fee_bps)?;
        let is_rise = action.is_rise(fee_bps);
        require!(!is_rise || fees > 0 || fee_bps == 0, LeaseError::NobodyCanRefuse);
        let now = clock.unix_timestamp;
        let first_end = now.saturating_add(i64::from(rules.voting_period));
        let locked = locked.beyond(latest_end(first_end, rules.extension));
        let mut tokens = Tally::new(locked, rules.quorum_bps);
        tokens.quorum = tokens.quorum.max(bps_ceil(supply, QUORUM_OF_SUPPLY_BPS));
        require!(tokens.quorum <= locked, LeaseError::QuorumOutOfReach);
        let participants = match is_rise {
            true => Tally::new(fees.saturating_mul(2), REFUSAL_QUORUM_BPS),
            false => Tally::default(),
        };
        Ok(Self {
            proposer,
            action: action.into(),
            tokens,
            participants,
            id,
            deposit: rules.deposit,
            created_slot: clock.slot,
            created_at: now,
            first_end,
            ends_at: first_end,
            paid: 0,
            extension: rules.extension,
            timelock: rules.timelock,
            execution_window: rules.execution_window,
            fee_bps,
            state: PodProposalState::Voting,
            version: ACCOUNT_VERSION,
            bump,
            spare: [0; 31],
        })
    }

    /// Weight of `lock` in the token house, base units.
    pub fn weight_of_lock(&self, lock: &VoteLock) -> Result<u64> {
        require!(lock.deposit_slot < self.created_slot, LeaseError::LockedAfterProposal);
        require!(lock.unlock_at > self.latest_end(), LeaseError::LockEndsBeforeVote);
        require!(lock.amount > 0, LeaseError::NoWeight);
        Ok(lock.amount)
    }

    /// Weight of `participant` in the participants' house, base units.
    pub fn weight_of_participant(&self, participant: &Participant) -> Result<u64> {
        let is_rise = Action::from(&self.action).is_rise(self.fee_bps);
        require!(is_rise, LeaseError::HouseHasNoSay);
        let weight = participant.fees.weight_before(epoch_of(self.created_at));
        require!(weight > 0, LeaseError::NoWeight);
        Ok(weight)
    }

    /// Requires a voter to have signed for what this is about: `action_hash`.
    pub fn require_action(&self, action_hash: &[u8; 32]) -> Result<()> {
        require!(self.action_hash() == *action_hash, LeaseError::ActionChanged);
        Ok(())
    }

    /// What those who vote sign for.
    pub fn action_hash(&self) -> [u8; 32] {
        self.action.hash()
    }

    /// Counts what `record` says in place of what it said `before`. After a change of the result votes are taken for
    /// one extension at least, but not beyond the latest end.
    pub fn cast(&mut self, before: Option<Ballot>, record: &VoteRecord, now: i64) -> Result<()> {
        require!(!self.is_over(now), LeaseError::VoteOver);
        let passed = self.standing().passes();
        let ballot = record.ballot().ok_or(LeaseError::NoWeight)?;
        match record.house.into() {
            House::Tokens => self.tokens.count(before, ballot)?,
            House::Participants => self.participants.count(before, ballot)?,
        }
        if self.standing().passes() != passed {
            let answered_at = now.saturating_add(i64::from(self.extension));
            self.ends_at = self.ends_at.max(answered_at.min(self.latest_end()));
        }
        Ok(())
    }

    /// How the votes stand.
    pub const fn standing(&self) -> Standing {
        let Self { tokens, participants, .. } = self;
        Standing {
            has_quorum: tokens.votes_for >= tokens.quorum,
            has_majority: tokens.votes_for > tokens.votes_against,
            is_refused: participants.votes_against > participants.votes_for
                && participants.votes_against >= participants.quorum,
        }
    }

    /// Decides it by its votes, unless it was taken back. Returns the deposit to give back, lamports.
    pub fn finalize(&mut self, now: i64) -> Result<u64> {
        require!(self.deposit > 0, LeaseError::AlreadyFinalized);
        require!(now >= self.ends_at, LeaseError::VoteRunning);
        if self.state == ProposalState::Voting {
            self.state = match self.standing().passes() {
                true => PodProposalState::Passed,
                false => PodProposalState::Failed,
            };
        }
        Ok(core::mem::take(&mut self.deposit))
    }

    /// Takes it back for `signer`, the proposer, before anybody has voted. The deposit stays until the vote would
    /// have ended: else numbers could be used up for nothing.
    pub fn cancel(&mut self, signer: &Address) -> Result<()> {
        require!(address_eq(signer, &self.proposer), LeaseError::NotProposer);
        require!(self.state == ProposalState::Voting, LeaseError::AlreadyFinalized);
        require!(self.tokens.is_empty() && self.participants.is_empty(), LeaseError::VotesCast);
        self.state = PodProposalState::Failed;
        Ok(())
    }

    /// Requires that it is decided: from then on no clock lets anybody vote on it again.
    pub fn require_decided(&self) -> Result<()> {
        require!(self.state != ProposalState::Voting, LeaseError::VoteRunning);
        Ok(())
    }

    /// Whether the proposer took it back and its deposit has yet to be returned.
    pub fn is_taken_back(&self) -> bool {
        self.state == ProposalState::Failed && self.deposit > 0
    }

    /// Passed → Executed, once, after the timelock and before it expires. Returns what to do.
    ///
    /// `fee_bps` is the rate in force: a step is bounded, and a rise was put to the participants, against the rate
    /// that the proposal was made against and no other.
    pub fn execute(&mut self, fee_bps: u16, now: i64) -> Result<Action> {
        self.require_executable(now)?;
        let action = Action::from(&self.action);
        let is_fee = matches!(action, Action::SetFee { .. });
        require!(!is_fee || fee_bps == self.fee_bps, LeaseError::FeeMoved);
        self.state = PodProposalState::Executed;
        Ok(action)
    }

    /// Pays what was voted, or what there is: `available`. Passed → Executed once the whole amount is paid; until then
    /// it may go on, within its time. Returns base units, at least one.
    pub fn withdraw(&mut self, available: u64, now: i64) -> Result<u64> {
        self.require_executable(now)?;
        let Action::WithdrawFees { amount, .. } = Action::from(&self.action) else {
            return Err(LeaseError::WrongAction.into());
        };
        let rest = amount.saturating_sub(self.paid);
        let paid = rest.min(available);
        require!(paid > 0, LeaseError::NothingToWithdraw);
        self.paid = self.paid.saturating_add(paid);
        if paid == rest {
            self.state = PodProposalState::Executed;
        }
        Ok(paid)
    }

    fn require_executable(&self, now: i64) -> Result<()> {
        require!(self.state != ProposalState::Executed, LeaseError::AlreadyExecuted);
        require!(self.state == ProposalState::Passed, LeaseError::NotPassed);
        require!(now >= self.executable_from(), LeaseError::TimelockRunning);
        require!(now < self.expires_at(), LeaseError::ProposalExpired);
        Ok(())
    }

    /// Whether no votes are taken any more at `now`.
    pub fn is_over(&self, now: i64) -> bool {
        self.state != ProposalState::Voting || now >= self.ends_at
    }

    /// When the vote ends at the latest, unix seconds.
    pub const fn latest_end(&self) -> i64 {
        latest_end(self.first_end, self.extension)
    }

    /// Whether the vote ends later than it was to.
    pub const fn is_extended(&self) -> bool {
        self.ends_at > self.first_end
    }

    /// From when on it may be executed if it passes, unix seconds.
    pub const fn executable_from(&self) -> i64 {
        self.ends_at.saturating_add(self.timelock as i64)
    }

    /// From when on it may not be executed any more, unix seconds.
    pub const fn expires_at(&self) -> i64 {
        self.executable_from().saturating_add(self.execution_window as i64)
    }

    /// Where it stands at `now`.
    pub fn phase(&self, now: i64) -> ProposalPhase {
        match self.state.into() {
            ProposalState::Voting if self.is_over(now) => ProposalPhase::Ended,
            ProposalState::Voting => ProposalPhase::Voting,
            ProposalState::Passed if now >= self.expires_at() => ProposalPhase::Expired,
            ProposalState::Passed if now >= self.executable_from() => ProposalPhase::Executable,
            ProposalState::Passed => ProposalPhase::Timelocked,
            ProposalState::Failed => ProposalPhase::Failed,
            ProposalState::Executed => ProposalPhase::Executed,
        }
    }
}

/// When a vote ends at the latest that was to end at `first_end`, unix seconds.
pub const fn latest_end(first_end: i64, extension: u32) -> i64 {
    first_end.saturating_add((extension as i64).saturating_mul(MAX_EXTENSIONS as i64))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::FeeEpochs;

    const DAY: u32 = 24 * 3_600;
    const RULES: VotingRules = VotingRules {
        deposit: MIN_PROPOSAL_DEPOSIT,
        voting_period: 5 * DAY,
        extension: DAY,
        timelock: 2 * DAY,
        execution_window: 7 * DAY,
        quorum_bps: 1_000,
        spare: [0; 6],
    };
    const START: i64 = 700 * FEE_EPOCH as i64;
    const END: i64 = START + 5 * DAY as i64;

    fn clock(slot: u64) -> Clock {
        Clock { slot, unix_timestamp: START, epoch_start_timestamp: 0, epoch: 0, leader_schedule_epoch: 0 }
    }

    /// `amount` is locked until after any vote.
    fn locked(amount: u64) -> LockEnds {
        let mut locked = LockEnds::default();
        locked.add(amount, START + 2 * i64::from(LOCK_STEP)).unwrap();
        locked
    }

    fn new(action: Action, fee_bps: u16, locked: &LockEnds, supply: u64, fees: u64) -> Result<Proposal> {
        let proposer = Address::new_from_array([1; 32]);
        let new =
            NewProposal { proposer, action, id: 3, rules: &RULES, fee_bps, locked, supply, fees, bump: 255 };
        Proposal::new(&new, &clock(10))
    }

    fn proposal_of(action: Action) -> Proposal {
        new(action, 100, &locked(1_000), 5_000, 500).unwrap()
    }

    /// A rise of the fee from 100 to 150 basis points: 100 tokens pass it, 50 of 1 000 fees refuse it.
    fn proposal() -> Proposal {
        proposal_of(Action::SetFee { fee_bps: 150 })
    }

    fn vote(house: House, is_for: bool, weight: u64) -> VoteRecord {
        let nobody = Address::default();
        let mut record = VoteRecord::new(house, nobody, nobody, nobody, weight, 0);
        record.choose(is_for, false);
        record
    }

    fn cast(proposal: &mut Proposal, house: House, is_for: bool, weight: u64, now: i64) {
        proposal.cast(None, &vote(house, is_for, weight), now).unwrap();
    }

    #[test]
    fn a_quorum_is_a_share_of_what_is_locked_and_at_least_a_share_of_all() {
        let quorum = |amount, supply| {
            new(Action::SetFee { fee_bps: 150 }, 100, &locked(amount), supply, 3)
                .map(|proposal| proposal.tokens.quorum)
        };
        assert_eq!(quorum(1_000, 5_000), Ok(100));
        assert_eq!(quorum(1_000, 20_001), Ok(201));
        assert_eq!(quorum(1_000, 100_000), Ok(1_000));
        assert_eq!(quorum(1_000, 100_001), Err(LeaseError::QuorumOutOfReach.into()));
        assert_eq!(quorum(0, 0), Err(LeaseError::QuorumOutOfReach.into()));
    }

    #[test]
    fn a_quorum_counts_what_outlasts_the_latest_end() {
        // Made so long before an end of locks that the vote ends at the latest a second before it, at it, after it.
        let until = START + i64::from(LOCK_STEP);
        for (latest_end, electorate) in [(until - 1, 1_100), (until, 1_000), (until + 1, 1_000)] {
            let mut locked = locked(1_000);
            locked.add(100, until).unwrap();
            let made = latest_end - i64::from(RULES.voting_period) - 3 * i64::from(DAY);
            let new = NewProposal {
                proposer: Address::default(),
                action: Action::SetFee { fee_bps: 99 },
                id: 3,
                rules: &RULES,
                fee_bps: 100,
                locked: &locked,
                supply: 5_000,
                fees: 0,
                bump: 255,
            };
            let proposal = Proposal::new(&new, &Clock { unix_timestamp: made, ..clock(10) }).unwrap();
            assert_eq!((proposal.latest_end(), proposal.tokens.electorate), (latest_end, electorate));
        }
    }

    #[test]
    fn a_fee_rises_where_somebody_can_refuse_or_from_nothing() {
        for (from, to, fees, result) in [
            (100, 101, 0, Err(LeaseError::NobodyCanRefuse.into())),
            (100, 101, 1, Ok(2)),
            (100, 99, 0, Ok(0)),
            (1, 2, 0, Err(LeaseError::NobodyCanRefuse.into())),
            (0, 1, 0, Ok(0)),
            (0, 50, 0, Ok(0)),
            (0, 51, 0, Err(LeaseError::FeeStepOutOfBounds.into())),
            (0, 50, 7, Ok(14)),
        ] {
            let proposal = new(Action::SetFee { fee_bps: to }, from, &locked(1_000), 0, fees);
            let electorate = proposal.map(|proposal| proposal.participants.electorate);
            assert_eq!(electorate, result, "{from} → {to} with {fees}");
        }
    }

    #[test]
    fn the_token_house_passes_with_quorum_and_majority() {
        for (votes_for, votes_against, passes) in
            [(99, 0, false), (100, 0, true), (100, 99, true), (100, 100, false), (99, 98, false)]
        {
            let mut proposal = proposal();
            (proposal.tokens.votes_for, proposal.tokens.votes_against) = (votes_for, votes_against);
            assert_eq!(proposal.standing().passes(), passes, "{votes_for} : {votes_against}");
        }
    }

    #[test]
    fn a_vote_against_never_helps_a_proposal() {
        let mut proposal = proposal();
        cast(&mut proposal, House::Tokens, true, 99, START);
        cast(&mut proposal, House::Tokens, false, 50, START);
        assert!(!proposal.standing().has_quorum);
    }

    #[test]
    fn the_fee_payers_refuse_with_quorum_and_majority() {
        for (votes_for, votes_against, refused) in
            [(0, 0, false), (0, 49, false), (0, 50, true), (50, 50, false), (50, 51, true)]
        {
            let mut proposal = proposal();
            (proposal.participants.votes_for, proposal.participants.votes_against) =
                (votes_for, votes_against);
            assert_eq!(proposal.standing().is_refused, refused, "{votes_for} : {votes_against}");
        }
    }

    #[test]
    fn fee_payers_have_a_say_in_a_rise_alone() {
        let mut participant = Participant::new(Address::default(), Address::default(), 0);
        participant.fees = FeeEpochs::default();
        for (epoch, fees) in [(697, 7), (698, 5), (699, 600), (700, 900)] {
            participant.fees.add(fees, epoch);
        }
        assert_eq!(proposal().weight_of_participant(&participant), Ok(15));
        for action in
            [Action::SetFee { fee_bps: 50 }, Action::SetArbiter { arbiter: Address::new_from_array([1; 32]) }]
        {
            let proposal = proposal_of(action);
            assert_eq!(proposal.participants, Tally::default());
            assert_eq!(proposal.weight_of_participant(&participant), Err(LeaseError::HouseHasNoSay.into()));
        }
        participant.fees = FeeEpochs::default();
        assert_eq!(proposal().weight_of_participant(&participant), Err(LeaseError::NoWeight.into()));
    }

    #[test]
    fn a_lock_weighs_if_it_was_there_before_and_stays_until_after() {
        let mut lock = VoteLock::new(Address::default(), Address::default(), 0);
        (lock.amount, lock.deposit_slot, lock.unlock_at) = (5, 9, END + 3 * i64::from(DAY) + 1);
        assert_eq!(proposal().weight_of_lock(&lock), Ok(5));
        let late = VoteLock { deposit_slot: 10, ..lock };
        assert_eq!(proposal().weight_of_lock(&late), Err(LeaseError::LockedAfterProposal.into()));
        let short = VoteLock { unlock_at: lock.unlock_at - 1, ..lock };
        assert_eq!(proposal().weight_of_lock(&short), Err(LeaseError::LockEndsBeforeVote.into()));
        // Once it was extended, its end is known.
        let mut extended = proposal();
        cast(&mut extended, House::Tokens, true, 100, END - 1);
        assert_eq!(extended.weight_of_lock(&lock), Ok(5));
        assert_eq!(extended.weight_of_lock(&short), Err(LeaseError::LockEndsBeforeVote.into()));
    }

    #[test]
    fn a_change_of_the_result_is_answered() {
        let day = i64::from(DAY);
        for (time, ends_at) in [
            (START, END),
            (END - day - 1, END),
            (END - day, END),
            (END - day + 1, END + 1),
            (END - 1, END + day - 1),
        ] {
            let mut passed = proposal();
            cast(&mut passed, House::Tokens, true, 100, time);
            assert_eq!((passed.ends_at, passed.is_extended()), (ends_at, ends_at > END), "{time}");
            let mut refused = proposal();
            cast(&mut refused, House::Tokens, true, 100, START);
            cast(&mut refused, House::Participants, false, 50, time);
            assert_eq!(refused.ends_at, ends_at, "{time}");
        }
    }

    #[test]
    fn a_vote_ends_three_extensions_later_at_the_latest() {
        let day = i64::from(DAY);
        let mut proposal = proposal();
        let mut is_for = true;
        cast(&mut proposal, House::Tokens, is_for, 200, END - 1);
        for ends_at in [2 * day - 2, 3 * day - 3, 3 * day, 3 * day] {
            let before = vote(House::Tokens, is_for, 200).ballot();
            is_for = !is_for;
            let now = proposal.ends_at - 1;
            proposal.cast(before, &vote(House::Tokens, is_for, 200), now).unwrap();
            assert_eq!(proposal.ends_at, END + ends_at);
        }
        assert_eq!(proposal.latest_end(), END + 3 * day);
        let late = vote(House::Tokens, true, 1);
        assert_eq!(proposal.cast(None, &late, END + 3 * day), Err(LeaseError::VoteOver.into()));
    }

    #[test]
    fn a_change_of_one_condition_that_decides_nothing_extends_nothing() {
        // A majority without a quorum.
        let mut majority = proposal();
        cast(&mut majority, House::Tokens, true, 1, END - 1);
        assert!(majority.standing().has_majority && majority.ends_at == END);
        // A quorum without a majority.
        let mut quorum = proposal();
        cast(&mut quorum, House::Tokens, false, 500, START);
        cast(&mut quorum, House::Tokens, true, 100, END - 1);
        assert!(quorum.standing().has_quorum && quorum.ends_at == END);
        // A refusal of what would not pass.
        let mut refused = proposal();
        cast(&mut refused, House::Participants, false, 50, END - 1);
        assert!(refused.standing().is_refused && refused.ends_at == END);
        // More of the same.
        let mut passed = proposal();
        cast(&mut passed, House::Tokens, true, 100, START);
        cast(&mut passed, House::Tokens, true, 1, END - 1);
        assert_eq!(passed.ends_at, END);
    }

    #[test]
    fn a_voter_signs_for_the_action() {
        let [proposal, other] = [150, 149].map(|fee_bps| proposal_of(Action::SetFee { fee_bps }));
        assert_eq!(proposal.require_action(&proposal.action_hash()), Ok(()));
        assert_eq!(proposal.require_action(&other.action_hash()), Err(LeaseError::ActionChanged.into()));
    }

    #[test]
    fn a_withdrawal_goes_on_until_all_of_it_is_paid() {
        let withdrawal = Action::WithdrawFees { mint: Address::new_from_array([5; 32]), amount: 100 };
        let mut proposal = proposal_of(withdrawal);
        cast(&mut proposal, House::Tokens, true, 100, START);
        assert_eq!(proposal.withdraw(1, END), Err(LeaseError::NotPassed.into()));
        proposal.finalize(END).unwrap();
        let (from, to) = (proposal.executable_from(), proposal.expires_at());
        assert_eq!(proposal.withdraw(1, from - 1), Err(LeaseError::TimelockRunning.into()));
        assert_eq!(proposal.withdraw(0, from), Err(LeaseError::NothingToWithdraw.into()));
        assert_eq!(proposal.withdraw(1, from), Ok(1));
        assert_eq!((proposal.paid, proposal.phase(from)), (1, ProposalPhase::Executable));
        assert_eq!(Proposal { ..proposal }.withdraw(1, to), Err(LeaseError::ProposalExpired.into()));
        assert_eq!(Proposal { ..proposal }.withdraw(98, to - 1), Ok(98));
        assert_eq!(proposal.withdraw(100, to - 1), Ok(99));
        assert_eq!((proposal.paid, proposal.phase(to - 1)), (100, ProposalPhase::Executed));
        assert_eq!(proposal.withdraw(1, to - 1), Err(LeaseError::AlreadyExecuted.into()));
        let mut other = proposal_of(Action::SetFee { fee_bps: 150 });
        cast(&mut other, House::Tokens, true, 100, START);
        other.finalize(END).unwrap();
        assert_eq!(other.withdraw(1, from), Err(LeaseError::WrongAction.into()));
    }

    #[test]
    fn a_vote_ends_and_is_decided_once() {
        let mut proposal = proposal();
        cast(&mut proposal, House::Tokens, true, 100, START);
        assert_eq!(proposal.finalize(END - 1), Err(LeaseError::VoteRunning.into()));
        let late = vote(House::Tokens, true, 1);
        assert_eq!(proposal.cast(None, &late, END), Err(LeaseError::VoteOver.into()));
        assert_eq!(proposal.finalize(END), Ok(MIN_PROPOSAL_DEPOSIT));
        assert_eq!(proposal.finalize(END), Err(LeaseError::AlreadyFinalized.into()));
        // A clock that jumps back opens nothing again.
        assert_eq!(proposal.cast(None, &late, START), Err(LeaseError::VoteOver.into()));
        assert_eq!((proposal.state, proposal.deposit), (PodProposalState::Passed, 0));
    }

    #[test]
    fn what_passed_is_executed_once_between_timelock_and_expiry() {
        let mut proposal = proposal();
        cast(&mut proposal, House::Tokens, true, 100, START);
        assert_eq!(proposal.execute(100, END), Err(LeaseError::NotPassed.into()));
        proposal.finalize(END).unwrap();
        let (from, to) = (END + 2 * i64::from(DAY), END + 9 * i64::from(DAY));
        assert_eq!(proposal.execute(100, from - 1), Err(LeaseError::TimelockRunning.into()));
        assert_eq!(proposal.execute(100, to), Err(LeaseError::ProposalExpired.into()));
        assert_eq!(proposal.execute(101, from), Err(LeaseError::FeeMoved.into()));
        let action = Action::SetFee { fee_bps: 150 };
        assert_eq!(Proposal { ..proposal }.execute(100, to - 1), Ok(action));
        assert_eq!(proposal.execute(100, from), Ok(action));
        assert_eq!(proposal.execute(100, from), Err(LeaseError::AlreadyExecuted.into()));
    }

    #[test]
    fn phases_follow_each_other_at_their_seconds() {
        let mut proposal = proposal();
        cast(&mut proposal, House::Tokens, true, 100, START);
        assert_eq!(proposal.phase(END - 1), ProposalPhase::Voting);
        assert_eq!(proposal.phase(END), ProposalPhase::Ended);
        proposal.finalize(END).unwrap();
        let (from, to) = (proposal.executable_from(), proposal.expires_at());
        assert_eq!(proposal.phase(from - 1), ProposalPhase::Timelocked);
        assert_eq!(proposal.phase(from), ProposalPhase::Executable);
        assert_eq!(proposal.phase(to - 1), ProposalPhase::Executable);
        assert_eq!(proposal.phase(to), ProposalPhase::Expired);
        proposal.execute(100, from).unwrap();
        assert_eq!(proposal.phase(to), ProposalPhase::Executed);
    }

    #[test]
    fn a_proposal_is_taken_back_by_its_proposer_before_the_first_vote() {
        let mut voted = proposal();
        let proposer = voted.proposer;
        cast(&mut voted, House::Participants, false, 1, START);
        assert_eq!(voted.cancel(&proposer), Err(LeaseError::VotesCast.into()));
        let mut proposal = proposal();
        assert_eq!(proposal.cancel(&Address::default()), Err(LeaseError::NotProposer.into()));
        assert_eq!(proposal.cancel(&proposer), Ok(()));
        assert_eq!(proposal.cancel(&proposer), Err(LeaseError::AlreadyFinalized.into()));
        let late = vote(House::Tokens, true, 1_000);
        assert_eq!(proposal.cast(None, &late, START), Err(LeaseError::VoteOver.into()));
        // The deposit stays as long as that of any other.
        assert_eq!(proposal.finalize(END - 1), Err(LeaseError::VoteRunning.into()));
        assert!(proposal.is_taken_back());
        assert_eq!(proposal.finalize(END), Ok(MIN_PROPOSAL_DEPOSIT));
        assert_eq!(proposal.phase(END), ProposalPhase::Failed);
        assert_eq!(proposal.finalize(END), Err(LeaseError::AlreadyFinalized.into()));
    }
}
