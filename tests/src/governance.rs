//! Votes on a [`World`]: the program's instructions as the client builds them, and who plays them.

use crate::{LeaseKey, Outcome, World, cluster::Cluster};
use gpu_lease::{
    constants::{FEE_EPOCH, LOCK_STEP, WEIGHT_EPOCHS},
    state::{Action, Participant, Proposal, Protocol, VoteLock, VoteRecord, epoch_of},
};
use gpu_lease_client::{
    account::Keyed,
    address,
    instruction::{self, CreateProposal},
};
use solana_address::Address;
use solana_instruction::Instruction;
use solana_signer::Signer;

/// What is signed is good for ever, unless a test says otherwise.
pub const FOR_EVER: i64 = i64::MAX;

/// A year, in seconds: longer than any vote.
const YEAR: i64 = 365 * 24 * 3_600;

impl<C: Cluster> World<C> {
    // ----- locks -----

    /// `lock_tokens` by `owner`.
    pub fn lock_ix(&self, owner: Address, amount: u64, unlock_at: i64) -> Instruction {
        instruction::lock_tokens(owner, self.vote_mint, self.token_program, amount, unlock_at)
    }

    /// `owner` locks `amount` base units until `unlock_at`.
    #[track_caller]
    pub fn lock_until(&mut self, owner: Address, amount: u64, unlock_at: i64) -> Outcome {
        self.play([self.lock_ix(owner, amount, unlock_at)])
    }

    /// The first moment at `time` or after it at which locks end.
    pub fn lock_end(&self, time: i64) -> i64 {
        let step = i64::from(LOCK_STEP);
        (time + step - 1).div_euclid(step) * step
    }

    /// `owner` locks `amount` base units for at least a year, in a slot before the next transaction's.
    #[track_caller]
    pub fn lock(&mut self, owner: Address, amount: u64) {
        self.lock_until(owner, amount, self.lock_end(self.now() + YEAR)).ok();
        self.pass(1);
    }

    /// `owner` extends its lock until `unlock_at`.
    #[track_caller]
    pub fn extend_lock(&mut self, owner: Address, unlock_at: i64) -> Outcome {
        self.play([instruction::extend_lock(owner, unlock_at)])
    }

    /// `owner` lets `delegate` vote, too.
    #[track_caller]
    pub fn set_delegate(&mut self, owner: Address, delegate: Address) -> Outcome {
        self.play([self.delegate_ix(owner, delegate)])
    }

    /// `set_delegate` by `owner`, who sees the lock as it is.
    #[track_caller]
    pub fn delegate_ix(&self, owner: Address, delegate: Address) -> Instruction {
        instruction::set_delegate(owner, self.vote_lock(&owner).delegate, delegate, FOR_EVER)
    }

    /// `unlock_tokens` by `owner`.
    pub fn unlock_ix(&self, owner: Address) -> Instruction {
        instruction::unlock_tokens(owner, self.vote_mint, self.token_program)
    }

    /// `owner` takes its tokens back.
    #[track_caller]
    pub fn unlock(&mut self, owner: Address) -> Outcome {
        self.play([self.unlock_ix(owner)])
    }

    /// Base units of the vote mint in the associated token account of `owner`: those that are not locked.
    pub fn votes_of(&self, owner: &Address) -> u64 {
        self.balance(&address::associated_token(owner, &self.vote_mint, &self.token_program))
    }

    /// The lock of `owner`.
    #[track_caller]
    pub fn vote_lock(&self, owner: &Address) -> VoteLock {
        self.read(&address::lock(owner))
    }

    // ----- fees -----

    /// A participant, given the party.
    #[track_caller]
    pub fn participant(&self, party: &Address) -> Participant {
        self.read(&address::participant(party))
    }

    /// In each of three epochs the renter pays for an hour of four GPUs, all delivered, and the time comes in which
    /// those fees weigh. Returns the weight of each party, base units.
    #[track_caller]
    pub fn earn_fees(&mut self) -> u64 {
        let mut fees = 0;
        for epoch in 0..WEIGHT_EPOCHS {
            let lease = self.active_lease_as(|request| request.nonce = u64::MAX - epoch);
            self.pass(3_600);
            self.agree(&lease, 4 * 3_600).ok();
            fees += self.close_as_claimed(&lease).closed().fees;
            self.next_fee_epoch();
        }
        fees
    }

    /// Lets time pass until the next epoch of fees begins.
    pub fn next_fee_epoch(&mut self) {
        let next = i64::try_from(epoch_of(self.now()) + 1).expect("an epoch");
        self.set_time(next * i64::from(FEE_EPOCH));
    }

    /// `create_participant` for the wallet `renter`, paid for by a stranger.
    pub fn join_ix(&self, renter: Address) -> Instruction {
        instruction::create_participant(self.people.stranger.pubkey(), renter)
    }

    /// The fees of the wallet `renter` are counted from now on.
    #[track_caller]
    pub fn join(&mut self, renter: Address) -> Outcome {
        self.play([self.join_ix(renter)])
    }

    // ----- proposals -----

    /// What the holder sends to propose `action`.
    pub fn proposing(&self, action: Action) -> CreateProposal {
        let governance: gpu_lease::state::Governance = self.read(&address::governance());
        CreateProposal {
            proposer: self.people.holder.pubkey(),
            id: governance.proposal_count,
            vote_mint: self.vote_mint,
            unit_mint: self.mint,
            action,
            max_deposit: governance.rules.deposit,
            valid_until: FOR_EVER,
        }
    }

    /// The holder proposes `action`.
    #[track_caller]
    pub fn try_to_propose(&mut self, action: Action) -> Outcome {
        self.play([instruction::create_proposal(&self.proposing(action))])
    }

    /// The holder proposes `action`: where the proposal lies.
    #[track_caller]
    pub fn propose(&mut self, action: Action) -> Address {
        let id = self.proposing(action).id;
        self.try_to_propose(action).ok();
        address::proposal(id)
    }

    /// All tokens that could vote, base units.
    pub fn supply_of_votes(&self) -> u64 {
        let holders = u64::try_from(self.people.all().len()).expect("a count");
        crate::WEALTH * holders
    }

    #[track_caller]
    pub fn proposal(&self, proposal: &Address) -> Proposal {
        self.read(proposal)
    }

    /// A proposal as the client knows it.
    #[track_caller]
    pub fn keyed_proposal(&self, proposal: Address) -> Keyed<Proposal> {
        Keyed { address: proposal, account: self.proposal(&proposal) }
    }

    /// What the lock of `owner` voted.
    #[track_caller]
    pub fn vote_record(&self, proposal: &Address, owner: &Address) -> Keyed<VoteRecord> {
        let address = address::vote_record(proposal, &address::lock(owner));
        Keyed { address, account: self.read(&address) }
    }

    /// `owner` votes with its lock.
    #[track_caller]
    pub fn vote(&mut self, owner: Address, proposal: Address, is_for: bool) -> Outcome {
        self.vote_by(owner, owner, proposal, is_for)
    }

    /// `voter` votes with the lock of `owner`.
    #[track_caller]
    pub fn vote_by(&mut self, voter: Address, owner: Address, proposal: Address, is_for: bool) -> Outcome {
        self.play([self.vote_ix(voter, owner, proposal, is_for)])
    }

    /// `cast_vote` by `voter` with the lock of `owner`.
    #[track_caller]
    pub fn vote_ix(&self, voter: Address, owner: Address, proposal: Address, is_for: bool) -> Instruction {
        instruction::cast_vote(voter, &owner, &self.keyed_proposal(proposal), is_for, FOR_EVER)
    }

    /// `cast_participant_vote` by `voter` with the fees of `party`.
    #[track_caller]
    pub fn fee_vote_ix(
        &self,
        voter: Address,
        party: Address,
        proposal: Address,
        is_for: bool,
    ) -> Instruction {
        instruction::cast_participant_vote(voter, &party, &self.keyed_proposal(proposal), is_for, FOR_EVER)
    }

    /// The renter votes with the fees that it paid.
    #[track_caller]
    pub fn vote_as_renter(&mut self, proposal: Address, is_for: bool) -> Outcome {
        let renter = self.people.renter.pubkey();
        self.play([self.fee_vote_ix(renter, renter, proposal, is_for)])
    }

    /// The provider votes with the fees that its earnings bore.
    #[track_caller]
    pub fn vote_as_provider(&mut self, proposal: Address, is_for: bool) -> Outcome {
        let authority = self.people.provider.pubkey();
        self.play([self.fee_vote_ix(authority, self.provider, proposal, is_for)])
    }

    /// A stranger closes a vote record.
    #[track_caller]
    pub fn close_vote_record(&mut self, record: &Keyed<VoteRecord>) -> Outcome {
        self.play([instruction::close_vote_record(record)])
    }

    /// A stranger finalizes a proposal.
    #[track_caller]
    pub fn finalize(&mut self, proposal: Address) -> Outcome {
        self.play([instruction::finalize_proposal(&self.keyed_proposal(proposal))])
    }

    /// The proposer takes a proposal back.
    #[track_caller]
    pub fn cancel_proposal(&mut self, proposal: Address) -> Outcome {
        self.play([instruction::cancel_proposal(&self.keyed_proposal(proposal))])
    }

    /// A stranger executes a proposal that is not a withdrawal.
    #[track_caller]
    pub fn execute(&mut self, proposal: Address) -> Outcome {
        self.play([instruction::execute_proposal(proposal)])
    }

    /// `withdraw_fees` in the market's mint, to the treasury's associated token account.
    pub fn withdraw_fees_ix(&self, proposal: Address) -> Instruction {
        let treasury = self.people.treasury.pubkey();
        instruction::withdraw_fees(proposal, &treasury, self.mint, self.token_program)
    }

    /// The holder's votes pass `proposal`; time goes to the first moment of its execution.
    #[track_caller]
    pub fn pass_proposal(&mut self, proposal: Address) {
        self.vote(self.people.holder.pubkey(), proposal, true).ok();
        self.set_time(self.proposal(&proposal).ends_at);
        self.finalize(proposal).ok();
        self.set_time(self.proposal(&proposal).executable_from());
    }

    // ----- the guardian -----

    /// The guardian pauses new leases.
    #[track_caller]
    pub fn pause(&mut self, duration: u32) -> Outcome {
        self.play([self.pause_ix(duration)])
    }

    /// `pause` by the guardian.
    pub fn pause_ix(&self, duration: u32) -> Instruction {
        instruction::pause(self.people.guardian.pubkey(), duration, FOR_EVER)
    }

    /// `unpause` by the guardian, of the pause that runs.
    pub fn unpause_ix(&self) -> Instruction {
        let protocol = self.read::<Protocol>(&address::protocol());
        instruction::unpause(self.people.guardian.pubkey(), protocol.paused_until)
    }

    /// The guardian opens new leases again.
    #[track_caller]
    pub fn unpause(&mut self) -> Outcome {
        self.play([self.unpause_ix()])
    }

    /// Whether `lease` is gone and its vault with it.
    pub fn is_gone(&self, lease: &LeaseKey) -> bool {
        !self.exists(&lease.address) && !self.exists(&lease.vault)
    }
}
