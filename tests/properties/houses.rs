//! The two houses of a [`Machine`]: locks, fees, proposals and votes, compared with those of the model.

use crate::{
    machine::Machine,
    moves::Game,
    place::Place,
    vote::{OWNERS, PARTIES},
};
use gpu_lease_client::{
    account::Keyed,
    instruction::{self as build, CreateProposal},
};
use gpu_lease_model::{
    Action, Ballot, Config, EPOCH, Lock, Market, Mint, PAUSE, Party, Person, Proposal, Proposed, Rules,
    Voter, Wait, epoch,
};
use gpu_lease_tests::prelude::{
    Action as Executable, Address, FeeEpochs, FeeParams, Governance, Instruction, MAX_FEE_BPS,
    MAX_FEE_STEP_BPS, MintPolicy, Participant, Proposal as ProposalAccount, ProposalState, Protocol, Tally,
    VoteLock, VoteRecord, VotingRules,
};

impl Machine {
    // ----- addresses -----

    pub fn lock(&self, owner: Person) -> Address {
        Place::Lock(self.who(owner)).address()
    }

    /// Address of a party: a renter's wallet or a provider's account.
    fn party(&self, party: Party) -> Address {
        match party {
            Party::Renter(renter) => self.who(renter),
            Party::Provider(provider) => self.provider(provider),
        }
    }

    pub fn voter(&self, voter: Voter) -> Address {
        match voter {
            Voter::Tokens(owner) => self.lock(owner),
            Voter::Fees(party) => Place::Participant(self.party(party)).address(),
        }
    }

    fn record(&self, proposal: usize, voter: Voter) -> Address {
        Place::VoteRecord(proposal_at(proposal), self.voter(voter)).address()
    }

    // ----- instructions -----

    /// The instruction for an action that is no lease's business.
    pub fn vote_instruction(&self, action: &Action) -> Instruction {
        let world = &self.world;
        let seconds = |seconds: i64| u32::try_from(seconds).expect("32 bits");
        let keyed = |proposal| -> Keyed<ProposalAccount> {
            let address = proposal_at(proposal);
            Keyed { address, account: world.read(&address) }
        };
        match *action {
            Action::CreateParticipant { renter, payer } => {
                build::create_participant(self.who(payer), self.who(renter))
            }
            Action::LockTokens { owner, amount, unlock_at } => {
                build::lock_tokens(self.who(owner), world.vote_mint, world.token_program, amount, unlock_at)
            }
            Action::ExtendLock { owner, by, unlock_at } => {
                self.signed_by(by, build::extend_lock(self.who(owner), unlock_at))
            }
            Action::SetDelegate { owner, by, valid_until, replaced, delegate } => {
                let [replaced, delegate] = [replaced, delegate].map(|person| self.who_if(person));
                self.signed_by(by, build::set_delegate(self.who(owner), replaced, delegate, valid_until))
            }
            Action::UnlockTokens { owner } => {
                build::unlock_tokens(self.who(owner), world.vote_mint, world.token_program)
            }
            Action::Propose { by, valid_until, max_deposit, proposed } => {
                build::create_proposal(&CreateProposal {
                    proposer: self.who(by),
                    id: world.read::<Governance>(&Place::Governance.address()).proposal_count,
                    vote_mint: world.vote_mint,
                    unit_mint: world.mint,
                    action: self.executable(proposed),
                    max_deposit,
                    valid_until,
                })
            }
            Action::CastVote { proposal, owner, by, valid_until, seen, is_for } => {
                let seen = self.showing(keyed(proposal), seen);
                build::cast_vote(self.who(by), &self.who(owner), &seen, is_for, valid_until)
            }
            Action::CastParticipantVote { proposal, party, by, valid_until, seen, is_for } => {
                let (party, seen) = (self.party(party), self.showing(keyed(proposal), seen));
                build::cast_participant_vote(self.who(by), &party, &seen, is_for, valid_until)
            }
            Action::CloseVoteRecord { proposal, voter } => {
                let address = self.record(proposal, voter);
                build::close_vote_record(&Keyed { address, account: world.read::<VoteRecord>(&address) })
            }
            Action::Finalize { proposal } => build::finalize_proposal(&keyed(proposal)),
            Action::CancelProposal { proposal, by } => {
                self.signed_by(by, build::cancel_proposal(&keyed(proposal)))
            }
            Action::Execute { proposal } => build::execute_proposal(proposal_at(proposal)),
            Action::WithdrawFees { proposal, to } => {
                build::withdraw_fees(proposal_at(proposal), &self.who(to), world.mint, world.token_program)
            }
            Action::Pause { by, valid_until, seconds: duration } => {
                build::pause(self.who(by), seconds(duration), valid_until)
            }
            Action::Unpause { by, until } => build::unpause(self.who(by), until),
            _ => unreachable!("a lease's business, or no instruction of the program: {action:?}"),
        }
    }

    /// `by` signs in the place of whose instruction it is, who stands first in all of them.
    fn signed_by(&self, by: Person, mut instruction: Instruction) -> Instruction {
        instruction.accounts[0].pubkey = self.who(by);
        instruction
    }

    /// A proposal as somebody saw it, maybe from a node that lies about what it says.
    fn showing(&self, mut proposal: Keyed<ProposalAccount>, seen: Proposed) -> Keyed<ProposalAccount> {
        proposal.account.action = self.executable(seen).into();
        proposal
    }

    /// What a proposal says.
    pub fn executable(&self, proposed: Proposed) -> Executable {
        let narrow = |fee_bps: u64| u16::try_from(fee_bps).expect("16 bits");
        match proposed {
            Proposed::Fee(fee_bps) => Executable::SetFee { fee_bps: narrow(fee_bps) },
            Proposed::Treasury(person) => Executable::SetTreasury { treasury: self.who_if(person) },
            Proposed::Arbiter(person) => Executable::SetArbiter { arbiter: self.who_if(person) },
            Proposed::Guardian(person) => Executable::SetGuardian { guardian: self.who_if(person) },
            Proposed::Rules(rules) => Executable::SetVotingRules { rules: voting_rules(rules) },
            Proposed::Withdrawal { mint, amount } => {
                let mint = match mint {
                    Some(Mint::Money) => self.world.mint,
                    Some(Mint::Votes) => self.world.vote_mint,
                    None => Address::default(),
                };
                Executable::WithdrawFees { mint, amount }
            }
        }
    }

    // ----- deposits -----

    /// Lamports of the proposer whose deposit may move.
    pub fn lamports_for(&self, game: &Game, action: &Action) -> u64 {
        let proposer = match *action {
            Action::Propose { by, .. } => by,
            Action::Finalize { proposal } => game.market.votes.proposals[proposal].proposer,
            _ => return 0,
        };
        self.world.lamports(&self.who(proposer))
    }

    /// A deposit leaves with a proposal and comes back when its vote is over and it is finalized.
    pub fn require_lamports(&mut self, game: &Game, action: &Action, before: u64, moment: &str) {
        let rent = self.rent_of_proposal();
        let deposit = |proposal: usize| game.market.votes.proposals[proposal].config.rules.deposit;
        let expected = match *action {
            _ if game.outcome.is_err() => before,
            Action::Propose { .. } => before - rent - deposit(game.market.votes.proposals.len() - 1),
            Action::Finalize { proposal } => before + deposit(proposal),
            _ => before,
        };
        assert_eq!(self.lamports_for(game, action), expected, "deposit {moment}");
    }

    fn rent_of_proposal(&mut self) -> u64 {
        self.world.svm().minimum_balance_for_rent_exemption(8 + size_of::<ProposalAccount>())
    }

    // ----- comparison -----

    /// INV-7: only a proposal that was executed in this step changes fee or treasury, the fee within bounds.
    pub fn require_fee_by_vote(&mut self, game: &Game, action: &Action, moment: &str) {
        let now = self.world.read::<FeeParams>(&Place::FeeParams.address());
        let before = &self.fee_params;
        if now == *before {
            return;
        }
        let is_execution = matches!(action, Action::Execute { .. }) && game.outcome.is_ok();
        assert!(is_execution, "INV-7: {before:?} to {now:?} {moment}");
        let is_bounded =
            now.fee_bps.abs_diff(before.fee_bps) <= MAX_FEE_STEP_BPS && now.fee_bps <= MAX_FEE_BPS;
        assert!(is_bounded, "INV-7: {before:?} to {now:?} {moment}");
        self.fee_params = now;
    }

    /// All that votes are about.
    pub fn require_votes(&self, market: &Market, moment: &str) {
        self.require_config(market, moment);
        self.require_locks(market, moment);
        for party in PARTIES {
            self.require_participant(market, party, moment);
        }
        let policy = self.world.read::<MintPolicy>(&Place::MintPolicy(self.world.mint).address());
        require_fees(&policy.fees, market, None, moment);
        for (id, proposal) in market.votes.proposals.iter().enumerate() {
            let moment = &format!("of proposal {id} {moment}");
            self.require_proposal(market, id, proposal, moment);
            self.require_votes_on(id, moment);
        }
    }

    fn require_config(&self, market: &Market, moment: &str) {
        let world = &self.world;
        let votes = &market.votes;
        let Config { fee_bps, treasury, arbiter, guardian, rules } = votes.config();
        let governance = world.read::<Governance>(&Place::Governance.address());
        assert_eq!(governance.rules, voting_rules(rules), "rules {moment}");
        for ahead in 0..25 {
            let time = market.now + ahead * EPOCH;
            let stays = votes.locks.values().filter(|lock| lock.unlock_at() > time);
            let amount = stays.map(Lock::amount).sum::<u128>();
            assert_eq!(u128::from(governance.locked.beyond(time)), amount, "locked beyond {time} {moment}");
        }
        assert_eq!(governance.proposal_count, votes.proposals.len() as u64, "proposals {moment}");
        let params = world.read::<FeeParams>(&Place::FeeParams.address());
        assert_eq!((u64::from(params.fee_bps), params.treasury), (fee_bps, self.who(treasury)), "{moment}");
        let changes = votes.fee_changes();
        assert_eq!(usize::try_from(params.changes), Ok(changes.len()), "changes of the fee {moment}");
        if let Some(last) = changes.last() {
            assert_eq!(params.effective_since, *last, "last change of the fee {moment}");
        }
        assert_eq!(params.last_rise_at, votes.last_rise().unwrap_or(0), "last rise of the fee {moment}");
        let protocol = world.read::<Protocol>(&Place::Protocol.address());
        assert_eq!([protocol.arbiter, protocol.guardian], [arbiter, guardian].map(|person| self.who(person)));
        assert_eq!(protocol.is_paused(market.now), votes.is_paused(market.now), "pause {moment}");
        let paused = votes.paused_until().map_or((0, 0), |until| (until, until + PAUSE));
        assert_eq!((protocol.paused_until, protocol.pause_allowed_from), paused, "pauses {moment}");
    }

    /// What is locked is what the locks say, and what their vaults hold.
    fn require_locks(&self, market: &Market, moment: &str) {
        let (mut locked, mut held) = (0, 0);
        for person in Person::ALL {
            let unlocked = self.tokens(person, self.world.vote_mint);
            assert_eq!(unlocked, market.votes.unlocked(person), "tokens of {person:?} {moment}");
        }
        for owner in OWNERS {
            let at = self.lock(owner);
            let vault = Place::Vault(at).address();
            held += self.world.balance(&vault);
            let model = market.votes.locks.get(&owner);
            let is_there = [&at, &vault].map(|account| self.world.exists(account));
            assert_eq!(is_there, [model.is_some(); 2], "lock of {owner:?} {moment}");
            let Some(model) = model else { continue };
            let lock = self.world.read::<VoteLock>(&at);
            locked += lock.amount;
            assert_eq!(u128::from(lock.amount), model.amount(), "tokens of {owner:?}'s lock {moment}");
            assert_eq!(lock.unlock_at, model.unlock_at(), "end of {owner:?}'s lock {moment}");
            let keys = [self.who(owner), vault, self.who_if(model.delegate)];
            assert_eq!([lock.owner, lock.vault, lock.delegate], keys, "{owner:?}'s lock {moment}");
            let slot = lock.deposit_slot - self.first_slot;
            assert_eq!(slot, model.last_slot(), "last deposit of {owner:?} {moment}");
        }
        assert_eq!(locked, held, "INV-8: locks and their vaults {moment}");
    }

    fn require_participant(&self, market: &Market, party: Party, moment: &str) {
        let at = Place::Participant(self.party(party)).address();
        let authority = match party {
            Party::Renter(renter) => renter,
            Party::Provider(provider) => market.providers[&provider].authority,
        };
        let is_there = match party {
            Party::Renter(renter) => market.votes.participants.contains(&renter),
            Party::Provider(_) => true,
        };
        assert_eq!(self.world.exists(&at), is_there, "{party:?} {moment}");
        if is_there {
            let participant = self.world.read::<Participant>(&at);
            assert_eq!(participant.authority, self.who(authority), "voice of {party:?} {moment}");
            require_fees(&participant.fees, market, Some(party), moment);
        }
    }

    fn require_proposal(&self, market: &Market, id: usize, model: &Proposal, moment: &str) {
        let proposal = self.world.read::<ProposalAccount>(&proposal_at(id));
        assert_eq!(Executable::from(&proposal.action), self.executable(model.proposed), "action {moment}");
        assert_eq!(proposal.proposer, self.who(model.proposer), "proposer {moment}");
        let deposit = if model.is_counted { 0 } else { model.config.rules.deposit };
        assert_eq!(proposal.deposit, deposit, "deposit {moment}");
        let created = (proposal.created_at, proposal.created_slot - self.first_slot, proposal.fee_bps.into());
        assert_eq!(created, (model.made_at, model.made_slot, model.config.fee_bps), "creation {moment}");
        let times =
            [proposal.ends_at, proposal.latest_end(), proposal.executable_from(), proposal.expires_at()];
        let expected = [model.ends_at(), model.latest_end(), model.executable_from(), model.expires_at()];
        assert_eq!(times, expected, "end, latest end, execution and expiry {moment}");
        assert_eq!(proposal.is_over(market.now), model.is_over(market.now), "end {moment}");
        let state = match (model.is_executed, model.is_counted || model.is_cancelled, model.passes()) {
            (true, ..) => ProposalState::Executed,
            (_, false, _) => ProposalState::Voting,
            (.., true) => ProposalState::Passed,
            (.., false) => ProposalState::Failed,
        };
        assert_eq!(ProposalState::from(proposal.state), state, "state {moment}");
        for (tally, is_payers, electorate, quorum) in [
            (&proposal.tokens, false, model.tokens(), model.quorum()),
            (&proposal.participants, true, model.participants(), model.refusal_quorum()),
        ] {
            let actual = ([tally.votes_for, tally.votes_against], tally.electorate, tally.quorum);
            assert_eq!(actual, (model.tally(is_payers), electorate, quorum), "tally {moment}");
        }
        for voter in model.voters() {
            self.require_record(id, model, voter, moment);
        }
    }

    fn require_record(&self, id: usize, proposal: &Proposal, voter: Voter, moment: &str) {
        let at = self.record(id, voter);
        let Some((first, last)) = proposal.record_of(voter) else {
            assert!(!self.world.exists(&at), "record of {voter:?} is closed {moment}");
            return;
        };
        let record = self.world.read::<VoteRecord>(&at);
        let Ballot { by, is_for, .. } = last;
        let weight = proposal.weight(voter);
        let by_delegate = matches!(voter, Voter::Tokens(owner) if by != owner);
        let actual = (record.is_for, record.weight, record.by_delegate, record.house.0);
        let expected = (is_for.into(), weight, by_delegate.into(), voter.is_payer().into());
        assert_eq!(actual, expected, "record of {voter:?} {moment}");
        let keys = [record.proposal, record.voter, record.rent_payer];
        let expected = [proposal_at(id), self.voter(voter), self.who(first.by)];
        assert_eq!(keys, expected, "record of {voter:?} {moment}");
    }

    /// INV-8, on the accounts alone: while all records are there, they add up to the tallies, which are never
    /// more than the electorate; and whatever has voted stays until the end.
    fn require_votes_on(&self, id: usize, moment: &str) {
        let now = self.world.now();
        let proposal = self.world.read::<ProposalAccount>(&proposal_at(id));
        let is_open = !proposal.is_over(now);
        let voters = OWNERS.map(Voter::Tokens).into_iter().chain(PARTIES.map(Voter::Fees));
        let mut sums = [[0; 2]; 2];
        for voter in voters {
            let at = self.record(id, voter);
            if !self.world.exists(&at) {
                continue;
            }
            let VoteRecord { house, is_for, weight, voter, .. } = self.world.read(&at);
            sums[usize::from(house.0)][usize::from(is_for == 0)] += weight;
            if is_open && house.0 == 0 {
                let lock = self.world.read::<VoteLock>(&voter);
                let stays = lock.amount >= weight && lock.unlock_at > proposal.ends_at;
                assert!(stays, "INV-8: {lock:?} has voted with {weight} {moment}");
            }
        }
        for (tally, sum) in [&proposal.tokens, &proposal.participants].into_iter().zip(sums) {
            let Tally { votes_for, votes_against, electorate, .. } = *tally;
            assert!(votes_for + votes_against <= electorate, "INV-8: {tally:?} {moment}");
            // Records are closed after the end alone.
            let is_same = if is_open {
                sum == [votes_for, votes_against]
            } else {
                sum[0] <= votes_for && sum[1] <= votes_against
            };
            assert!(is_same, "INV-8: records say {sum:?}, not {tally:?} {moment}");
        }
    }

    /// Locked tokens and deposits come back, without anybody else.
    pub fn leave(&mut self, mut game: Game) {
        let proposals = 0..game.market.votes.proposals.len();
        let undecided = proposals.filter(|id| !game.market.votes.proposals[*id].is_counted);
        let mut last: Vec<_> = undecided
            .map(|id| (game.market.votes.proposals[id].ends_at(), Action::Finalize { proposal: id }))
            .collect();
        let locks = game.market.votes.locks.iter();
        last.extend(locks.map(|(owner, lock)| (lock.unlock_at(), Action::UnlockTokens { owner: *owner })));
        last.sort_by_key(|(time, _)| *time);
        for (time, action) in last {
            let wait = Action::Wait(Wait::seconds((time - game.market.now).max(0)));
            for action in [wait, action] {
                game.act(&action);
                self.step(&game, &action);
            }
            assert_eq!(game.outcome, Ok(()), "tokens or a deposit are stuck");
        }
        assert_eq!(game.market.votes.locked(), 0, "tokens are stuck");
    }
}

fn proposal_at(id: usize) -> Address {
    Place::Proposal(id as u64).address()
}

fn voting_rules(rules: Rules) -> VotingRules {
    let seconds = |seconds: i64| u32::try_from(seconds).expect("32 bits");
    VotingRules {
        deposit: rules.deposit,
        voting_period: seconds(rules.voting_period),
        extension: seconds(rules.extension),
        timelock: seconds(rules.timelock),
        execution_window: seconds(rules.execution_window),
        quorum_bps: u16::try_from(rules.quorum_bps).expect("16 bits"),
        spare: [0; 6],
    }
}

/// The fees of the last five epochs, of one party or of all leases.
fn require_fees(kept: &FeeEpochs, market: &Market, party: Option<Party>, moment: &str) {
    let now = epoch(market.now);
    for epoch in now - 4..=now {
        let kept = kept.epochs.iter().find(|kept| i64::try_from(kept.epoch) == Ok(epoch));
        let fees = kept.map_or(0, |kept| kept.fees);
        assert_eq!(fees, market.votes.fees_in(party, epoch), "fees of {party:?} in epoch {epoch} {moment}");
    }
}
