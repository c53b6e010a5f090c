//! Locks, proposals and votes.

use anchor_lang::prelude::Clock;
use gpu_lease_client::decode::Event;
use gpu_lease_client::events::{
    DelegateSet, FeeChanged, FeesWithdrawn, LeasesPaused, LeasesUnpaused, LockExtended, ParticipantCreated,
    ProposalCancelled, ProposalCreated, ProposalExecuted, ProposalFinalized, TokensLocked, TokensUnlocked,
    VoteCast,
};
use gpu_lease_client::state::{
    Action, FeeParams, Governance, House, MintPolicy, NewProposal, Participant, Proposal, ProposalState,
    Protocol, VoteLock, VoteRecord, epoch_of,
};
use solana_address::Address;

use super::{Due, Fault, Play, Played, Purpose};
use crate::book::entry::{Vault, VaultKind};

impl Play<'_> {
    /// The clock, as far as votes read it.
    fn clock(&self) -> Clock {
        let moment = self.transaction.moment;
        Clock {
            slot: moment.slot,
            unix_timestamp: moment.time,
            epoch: 0,
            epoch_start_timestamp: 0,
            leader_schedule_epoch: 0,
        }
    }

    pub(super) fn create_participant(&mut self) -> Result<Played, Fault> {
        let (party, participant) = (self.account("party")?, self.account("participant")?);
        self.draft.put(participant, Participant::new(party, party, Participant::address(&party).1));
        Ok(Played::told(Event::ParticipantCreated(ParticipantCreated { participant, party })))
    }

    pub(super) fn lock_tokens(&mut self, amount: u64, unlock_at: i64) -> Result<Played, Fault> {
        let (owner, address, vault) = (self.account("owner")?, self.account("lock")?, self.account("vault")?);
        let mut governance: Governance = self.get("governance")?;
        let protocol: Protocol = self.get("protocol")?;
        let known = self.draft.find::<VoteLock>(&address);
        let mut lock = known.unwrap_or_else(|| VoteLock::new(owner, vault, VoteLock::address(&owner).1));
        self.rules(lock.deposit(amount, unlock_at, &mut governance.locked, &self.clock()))?;
        self.draft.put(address, lock);
        self.put("governance", governance)?;
        if known.is_none() {
            let mint = protocol.vote_mint;
            self.draft.put(vault, Vault { kind: VaultKind::Lock, of: address, mint, balance: 0 });
        }
        let event = TokensLocked { lock: address, owner, amount, total: lock.amount, unlock_at };
        Ok(Played::paid([Due::new(Purpose::Lock, amount)], Event::TokensLocked(event)))
    }

    pub(super) fn extend_lock(&mut self, unlock_at: i64) -> Result<Played, Fault> {
        let address = self.account("lock")?;
        let (mut lock, mut governance): (VoteLock, Governance) =
            (self.draft.get(&address)?, self.get("governance")?);
        self.rules(lock.extend(unlock_at, &mut governance.locked, &self.clock()))?;
        self.draft.put(address, lock);
        self.put("governance", governance)?;
        Ok(Played::told(Event::LockExtended(LockExtended { lock: address, unlock_at })))
    }

    pub(super) fn unlock_tokens(&mut self) -> Result<Played, Fault> {
        let (address, vault) = (self.account("lock")?, self.account("vault")?);
        let lock: VoteLock = self.draft.get(&address)?;
        let amount = self.draft.get::<Vault>(&vault)?.balance;
        self.draft.remove(address);
        self.draft.remove(vault);
        let event = TokensUnlocked { lock: address, owner: lock.owner, amount };
        Ok(Played::paid([Due::new(Purpose::Unlock, amount)], Event::TokensUnlocked(event)))
    }

    pub(super) fn set_delegate(&mut self, delegate: Address) -> Result<Played, Fault> {
        let address = self.account("lock")?;
        let lock: VoteLock = self.draft.get(&address)?;
        self.draft.put(address, VoteLock { delegate, ..lock });
        Ok(Played::told(Event::DelegateSet(DelegateSet { lock: address, delegate })))
    }

    /// How many tokens there are is in no transaction of the program: how many votes a proposal needs says its event alone.
    pub(super) fn create_proposal(&mut self, action: Action) -> Result<Played, Fault> {
        let address = self.account("proposal")?;
        let (mut governance, fee_params, policy): (Governance, FeeParams, MintPolicy) =
            (self.get("governance")?, self.get("fee_params")?, self.get("mint_policy")?);
        let id = self.rules(governance.next_proposal())?;
        let new = NewProposal {
            proposer: self.account("proposer")?,
            action,
            id,
            rules: &governance.rules,
            fee_bps: fee_params.fee_bps,
            locked: &governance.locked,
            supply: 0,
            fees: policy.fees.weight_before(epoch_of(self.transaction.moment.time)),
            bump: Proposal::address(id).1,
        };
        let mut proposal = self.rules(Proposal::new(&new, &self.clock()))?;
        let told = self.transaction.events.iter().flatten().find_map(|event| match event {
            Event::ProposalCreated(created) if created.proposal == address => Some(created.quorum),
            _ => None,
        });
        self.put("governance", governance)?;
        proposal.tokens.quorum = told.ok_or(Fault::Missing { kind: "quorum of the proposal", address })?;
        self.draft.put(address, proposal);
        Ok(Played::told(Event::ProposalCreated(ProposalCreated {
            proposal: address,
            proposer: proposal.proposer,
            action: proposal.action,
            id,
            ends_at: proposal.ends_at,
            latest_end: proposal.latest_end(),
            quorum: proposal.tokens.quorum,
            refusal_quorum: proposal.participants.quorum,
        })))
    }

    pub(super) fn cast_vote(&mut self, is_for: bool) -> Result<Played, Fault> {
        let (voter, address) = (self.account("voter")?, self.account("lock")?);
        let lock: VoteLock = self.draft.get(&address)?;
        let by_delegate = self.rules(lock.votes_by_delegate(&voter))?;
        self.vote(House::Tokens, address, is_for, by_delegate, |proposal| proposal.weight_of_lock(&lock))
    }

    pub(super) fn cast_participant_vote(&mut self, is_for: bool) -> Result<Played, Fault> {
        let address = self.account("participant")?;
        let participant: Participant = self.draft.get(&address)?;
        self.vote(House::Participants, address, is_for, false, |proposal| {
            proposal.weight_of_participant(&participant)
        })
    }

    /// Counts a vote of `seat`, a lock or a participant.
    fn vote(
        &mut self,
        house: House,
        seat: Address,
        is_for: bool,
        by_delegate: bool,
        weight: impl FnOnce(&Proposal) -> anchor_lang::Result<u64>,
    ) -> Result<Played, Fault> {
        let (voter, on) = (self.account("voter")?, self.account("proposal")?);
        let address = self.account("record")?;
        let mut proposal: Proposal = self.draft.get(&on)?;
        let known = self.draft.find::<VoteRecord>(&address);
        let before = known.and_then(|record| record.ballot());
        let mut record = match known {
            Some(record) if before.is_some() => record,
            _ => {
                let weight = self.rules(weight(&proposal))?;
                VoteRecord::new(house, on, seat, voter, weight, VoteRecord::address(&on, &seat).1)
            }
        };
        record.choose(is_for, by_delegate);
        self.rules(proposal.cast(before, &record, self.transaction.moment.time))?;
        self.draft.put(address, record);
        self.draft.put(on, proposal);
        Ok(Played::told(Event::VoteCast(VoteCast::of(&record, &proposal))))
    }

    pub(super) fn finalize_proposal(&mut self) -> Result<Played, Fault> {
        let address = self.account("proposal")?;
        let mut proposal: Proposal = self.draft.get(&address)?;
        self.rules(proposal.finalize(self.transaction.moment.time))?;
        self.draft.put(address, proposal);
        Ok(Played::told(Event::ProposalFinalized(ProposalFinalized {
            proposal: address,
            state: u64::from(proposal.state.0),
            executable_from: proposal.executable_from(),
        })))
    }

    pub(super) fn cancel_proposal(&mut self) -> Result<Played, Fault> {
        let (address, proposer) = (self.account("proposal")?, self.account("proposer")?);
        let mut proposal: Proposal = self.draft.get(&address)?;
        self.rules(proposal.cancel(&proposer))?;
        self.draft.put(address, proposal);
        Ok(Played::told(Event::ProposalCancelled(ProposalCancelled { proposal: address })))
    }

    pub(super) fn execute_proposal(&mut self) -> Result<Played, Fault> {
        let (address, now) = (self.account("proposal")?, self.transaction.moment.time);
        let mut proposal: Proposal = self.draft.get(&address)?;
        let (mut protocol, mut governance, mut fee_params): (Protocol, Governance, FeeParams) =
            (self.get("protocol")?, self.get("governance")?, self.get("fee_params")?);
        let from_bps = fee_params.fee_bps;
        let action = self.rules(proposal.execute(from_bps, now))?;
        self.rules(governance.supersede(proposal.action.kind.into(), proposal.id))?;
        self.rules(action.apply(&mut protocol, &mut governance, &mut fee_params, now))?;
        self.draft.put(address, proposal);
        self.put("protocol", protocol)?;
        self.put("governance", governance)?;
        self.put("fee_params", fee_params)?;
        let executed =
            Event::ProposalExecuted(ProposalExecuted { proposal: address, action: proposal.action });
        let changed = match action {
            Action::SetFee { fee_bps } => {
                let (from_bps, to_bps) = (u64::from(from_bps), u64::from(fee_bps));
                Some(Event::FeeChanged(FeeChanged { from_bps, to_bps }))
            }
            _ => None,
        };
        Ok(Played { events: [Some(executed), changed].into_iter().flatten().collect(), ..Played::default() })
    }

    pub(super) fn withdraw_fees(&mut self) -> Result<Played, Fault> {
        let (address, vault) = (self.account("proposal")?, self.account("fee_vault")?);
        let mut proposal: Proposal = self.draft.get(&address)?;
        let (fee_params, policy): (FeeParams, MintPolicy) =
            (self.get("fee_params")?, self.get("mint_policy")?);
        let available = self.draft.get::<Vault>(&vault)?.balance;
        let amount = self.rules(proposal.withdraw(available, self.transaction.moment.time))?;
        self.draft.put(address, proposal);
        let executed = (proposal.state == ProposalState::Executed)
            .then_some(ProposalExecuted { proposal: address, action: proposal.action });
        let withdrawn = Event::FeesWithdrawn(FeesWithdrawn {
            proposal: address,
            mint: policy.mint,
            treasury: fee_params.treasury,
            amount,
            paid: proposal.paid,
        });
        let events = executed.map(Event::ProposalExecuted).into_iter().chain([withdrawn]).collect();
        Ok(Played { due: vec![Due::new(Purpose::FeeWithdrawal, amount)], events })
    }

    pub(super) fn close_vote_record(&mut self) -> Result<Played, Fault> {
        let record = self.account("record")?;
        self.draft.get::<VoteRecord>(&record)?;
        self.draft.remove(record);
        Ok(Played::default())
    }

    pub(super) fn pause(&mut self, duration: u32) -> Result<Played, Fault> {
        let mut protocol: Protocol = self.get("protocol")?;
        self.rules(protocol.pause(duration, self.transaction.moment.time))?;
        self.put("protocol", protocol)?;
        Ok(Played::told(Event::LeasesPaused(LeasesPaused { until: protocol.paused_until })))
    }

    pub(super) fn unpause(&mut self, replaced: i64) -> Result<Played, Fault> {
        let mut protocol: Protocol = self.get("protocol")?;
        self.rules(protocol.unpause(replaced, self.transaction.moment.time))?;
        self.put("protocol", protocol)?;
        let pause_allowed_from = protocol.pause_allowed_from;
        Ok(Played::told(Event::LeasesUnpaused(LeasesUnpaused { pause_allowed_from })))
    }
}
