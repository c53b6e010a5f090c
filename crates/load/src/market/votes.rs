//! Locks, proposals and votes: one proposal after the other.

use anchor_lang::prelude::Clock;
use gpu_lease_client::account::Keyed;
use gpu_lease_client::address::{self, SPL_TOKEN};
use gpu_lease_client::events::{
    DelegateSet, FeeChanged, FeesWithdrawn, LeasesPaused, LeasesUnpaused, ProposalCancelled, ProposalCreated,
    ProposalExecuted, ProposalFinalized, TokensLocked, VoteCast,
};
use gpu_lease_client::instruction::{self, CreateProposal};
use gpu_lease_client::state::{
    Action, FeeParams, Governance, House, MintPolicy, NewProposal, Participant, Proposal, ProposalState,
    Protocol, Provider, VoteLock, VoteRecord, epoch_of,
};
use gpu_lease_indexer::book::Draft;
use solana_address::Address;

use super::making::{Making, Purse};
use super::{DAY, HOUR, Market, Task};
use crate::people::Role;

/// Holders of tokens, each with a lock.
const HOLDERS: u64 = 5;

/// Steps from one proposal to the next.
const STEPS: u64 = 18;

/// Base units of the vote mint that there are.
const SUPPLY: u64 = 1_000_000_000_000_000;

impl Market {
    /// Step `number` of all that is voted.
    pub(super) fn govern(&mut self, book: &Draft<'_>, number: u64) -> Option<Making> {
        if number <= HOLDERS {
            self.later(HOUR, Task::Govern(number + 1));
            return if number < HOLDERS { self.lock(book, number) } else { self.delegate(book) };
        }
        let (proposal, step) = ((number - HOLDERS - 1) / STEPS, (number - HOLDERS - 1) % STEPS);
        let wait = match step {
            10 => 4 * DAY,
            12 => 2 * DAY,
            17 => 3 * DAY,
            _ => 3 * HOUR,
        };
        self.later(wait, Task::Govern(number + 1));
        if step == 0 {
            return self.propose(book, proposal);
        }
        let last = book.find::<Governance>(&address::governance())?.proposal_count.checked_sub(1)?;
        let on = address::proposal(last);
        let on = Keyed { address: on, account: book.find::<Proposal>(&on)? };
        // Now and then one is taken back before anybody votes.
        if proposal % 9 == 8 && step < 11 {
            return if step == 1 { self.take_back(&on) } else { None };
        }
        match step {
            1..=5 => self.vote(book, &on, step - 1),
            6..=8 => self.vote_as_participant(book, &on, step),
            10 => self.vote(book, &on, 1),
            12 => self.finalize(&on),
            13 => self.execute(book, &on),
            14 => self.forget(book, &on),
            15 if proposal % 5 == 2 => self.pause(book),
            16 if proposal % 5 == 2 => self.unpause(book),
            _ => None,
        }
    }

    const fn clock(&self) -> Clock {
        Clock {
            slot: self.now.slot,
            unix_timestamp: self.now.time,
            epoch: 0,
            epoch_start_timestamp: 0,
            leader_schedule_epoch: 0,
        }
    }

    fn lock(&mut self, book: &Draft<'_>, number: u64) -> Option<Making> {
        let owner = self.people.address(Role::Holder, number);
        let address = address::lock(&owner);
        let (vault, mint) = (address::vault(&address), self.setting.vote_mint);
        // The first moment beyond twenty months at which locks can end.
        let step = 30 * DAY;
        let unlock_at = (self.now.time + 600 * DAY) / step * step;
        let amount = self.chance.between(1, 20) * SUPPLY / 1_000;
        let mut governance: Governance = book.find(&address::governance())?;
        let mut lock = VoteLock::new(owner, vault, VoteLock::address(&owner).1);
        lock.deposit(amount, unlock_at, &mut governance.locked, &self.clock()).ok()?;
        let told = TokensLocked { lock: address, owner, amount, total: lock.amount, unlock_at };
        Some(
            Making::by(owner)
                .call(instruction::lock_tokens(owner, mint.address, SPL_TOKEN, amount, unlock_at))
                .moving(&Purse::of(owner, mint), &self.purse(book, vault, address, mint), amount)
                .telling(told),
        )
    }

    /// The last holder lets somebody else vote.
    fn delegate(&mut self, book: &Draft<'_>) -> Option<Making> {
        let owner = self.people.address(Role::Holder, HOLDERS - 1);
        let (lock, delegate) = (address::lock(&owner), self.people.address(Role::Delegate, 0));
        let replaced = book.find::<VoteLock>(&lock)?.delegate;
        let call = instruction::set_delegate(owner, replaced, delegate, self.valid_until());
        Some(Making::by(owner).call(call).telling(DelegateSet { lock, delegate }))
    }

    fn propose(&mut self, book: &Draft<'_>, number: u64) -> Option<Making> {
        let mut governance: Governance = book.find(&address::governance())?;
        let fee_bps = book.find::<FeeParams>(&address::fee_params())?.fee_bps;
        let unit_mint = self.setting.mints[0].address;
        let policy: MintPolicy = book.find(&address::mint_policy(&unit_mint))?;
        let action = match number % 4 {
            0 => Action::SetFee { fee_bps: fee_bps.saturating_sub(10) },
            1 => {
                let mint = self.setting.mints[(number / 4 % 3) as usize].address;
                Action::WithdrawFees { mint, amount: self.chance.between(1, 1_000) * 1_000_000 }
            }
            2 => Action::SetFee { fee_bps: fee_bps + 10 },
            _ => Action::SetArbiter { arbiter: self.people.address(Role::Other, number) },
        };
        let id = governance.next_proposal().ok()?;
        let (address, proposer) = (address::proposal(id), self.people.address(Role::Holder, 0));
        let new = NewProposal {
            proposer,
            action,
            id,
            rules: &governance.rules,
            fee_bps,
            locked: &governance.locked,
            supply: SUPPLY,
            fees: policy.fees.weight_before(epoch_of(self.now.time)),
            bump: Proposal::address(id).1,
        };
        let proposal = Proposal::new(&new, &self.clock()).ok()?;
        let call = instruction::create_proposal(&CreateProposal {
            proposer,
            id,
            vote_mint: self.setting.vote_mint.address,
            unit_mint,
            action,
            max_deposit: governance.rules.deposit,
            valid_until: self.valid_until(),
        });
        let told = ProposalCreated {
            proposal: address,
            proposer,
            action: proposal.action,
            id,
            ends_at: proposal.ends_at,
            latest_end: proposal.latest_end(),
            quorum: proposal.tokens.quorum,
            refusal_quorum: proposal.participants.quorum,
        };
        Some(Making::by(proposer).call(call).telling(told))
    }

    fn take_back(&mut self, on: &Keyed<Proposal>) -> Option<Making> {
        on.account.clone().cancel(&on.proposer).ok()?;
        let told = ProposalCancelled { proposal: on.address };
        let call = instruction::cancel_proposal(on);
        Some(Making::by(on.proposer).call(call).telling(told))
    }

    fn vote(&mut self, book: &Draft<'_>, on: &Keyed<Proposal>, number: u64) -> Option<Making> {
        let owner = self.people.address(Role::Holder, number);
        let seat = address::lock(&owner);
        let lock: VoteLock = book.find(&seat)?;
        let voter = if number == HOLDERS - 1 { self.people.address(Role::Delegate, 0) } else { owner };
        let by_delegate = lock.votes_by_delegate(&voter).ok()?;
        let weight = on.weight_of_lock(&lock).ok()?;
        let is_for = !self.chance.is(150);
        let call = instruction::cast_vote(voter, &owner, on, is_for, self.valid_until());
        let told = self.cast(book, on, (House::Tokens, seat, voter), weight, is_for, by_delegate)?;
        Some(Making::by(voter).call(call).telling(told))
    }

    /// A renter or a provider votes, if its fees count.
    fn vote_as_participant(&mut self, book: &Draft<'_>, on: &Keyed<Proposal>, step: u64) -> Option<Making> {
        let (party, voter) = if step.is_multiple_of(2) {
            let renter = self.chance.popular(self.renters);
            let wallet = self.people.address(Role::Renter, renter);
            (wallet, wallet)
        } else {
            let index = self.chance.below(self.providers.len().max(1) as u64) as usize;
            let provider = self.providers.get(index)?.address;
            (provider, book.find::<Provider>(&provider)?.authority)
        };
        let seat = address::participant(&party);
        let participant: Participant = book.find(&seat)?;
        let weight = on.weight_of_participant(&participant).ok()?;
        let is_for = self.chance.is(600);
        let call = instruction::cast_participant_vote(voter, &party, on, is_for, self.valid_until());
        let told = self.cast(book, on, (House::Participants, seat, voter), weight, is_for, false)?;
        Some(Making::by(voter).call(call).telling(told))
    }

    /// What the program tells of a vote.
    fn cast(
        &self,
        book: &Draft<'_>,
        on: &Keyed<Proposal>,
        (house, seat, voter): (House, Address, Address),
        weight: u64,
        is_for: bool,
        by_delegate: bool,
    ) -> Option<VoteCast> {
        let address = address::vote_record(&on.address, &seat);
        let known = book.find::<VoteRecord>(&address);
        let bump = VoteRecord::address(&on.address, &seat).1;
        let before = known.and_then(|record| record.ballot());
        let mut record =
            known.unwrap_or_else(|| VoteRecord::new(house, on.address, seat, voter, weight, bump));
        record.choose(is_for, by_delegate);
        let mut counted = on.account;
        counted.cast(before, &record, self.now.time).ok()?;
        Some(VoteCast::of(&record, &counted))
    }

    fn finalize(&mut self, on: &Keyed<Proposal>) -> Option<Making> {
        let mut after = on.account;
        after.finalize(self.now.time).ok()?;
        let told = ProposalFinalized {
            proposal: on.address,
            state: u64::from(after.state.0),
            executable_from: after.executable_from(),
        };
        let call = instruction::finalize_proposal(on);
        Some(Making::by(self.setting.stranger).call(call).telling(told))
    }

    fn execute(&mut self, book: &Draft<'_>, on: &Keyed<Proposal>) -> Option<Making> {
        let (mut protocol, mut governance): (Protocol, Governance) =
            (book.find(&address::protocol())?, book.find(&address::governance())?);
        let mut fee_params: FeeParams = book.find(&address::fee_params())?;
        let (mut after, now) = (on.account, self.now.time);
        let making = Making::by(self.setting.stranger);
        let executed = ProposalExecuted { proposal: on.address, action: on.action };
        if let Action::WithdrawFees { mint, .. } = Action::from(&on.action) {
            let vault = self.fee_vault(book, self.setting.mint(&mint));
            let treasury = fee_params.treasury;
            let amount = after.withdraw(vault.holds, now).ok()?;
            let call = instruction::withdraw_fees(on.address, &treasury, mint, SPL_TOKEN);
            let paid = making.call(call).moving(&vault, &Purse::of(treasury, vault.mint), amount);
            let paid = if after.state == ProposalState::Executed { paid.telling(executed) } else { paid };
            let told = FeesWithdrawn { proposal: on.address, mint, treasury, amount, paid: after.paid };
            return Some(paid.telling(told));
        }
        let from_bps = fee_params.fee_bps;
        let action = after.execute(from_bps, now).ok()?;
        governance.supersede(on.action.kind.into(), on.id).ok()?;
        action.apply(&mut protocol, &mut governance, &mut fee_params, now).ok()?;
        let made = making.call(instruction::execute_proposal(on.address)).telling(executed);
        Some(match action {
            Action::SetFee { fee_bps } => {
                made.telling(FeeChanged { from_bps: from_bps.into(), to_bps: fee_bps.into() })
            }
            _ => made,
        })
    }

    /// The record of the first holder's vote is closed.
    fn forget(&mut self, book: &Draft<'_>, on: &Keyed<Proposal>) -> Option<Making> {
        on.require_decided().ok()?;
        let seat = address::lock(&self.people.address(Role::Holder, 0));
        let address = address::vote_record(&on.address, &seat);
        let record = Keyed { address, account: book.find::<VoteRecord>(&address)? };
        Some(Making::by(self.setting.stranger).call(instruction::close_vote_record(&record)))
    }

    fn pause(&mut self, book: &Draft<'_>) -> Option<Making> {
        let mut protocol: Protocol = book.find(&address::protocol())?;
        let seconds = (6 * HOUR) as u32;
        protocol.pause(seconds, self.now.time).ok()?;
        let guardian = protocol.guardian;
        let call = instruction::pause(guardian, seconds, self.valid_until());
        let told = LeasesPaused { until: protocol.paused_until };
        Some(Making::by(guardian).call(call).telling(told))
    }

    fn unpause(&mut self, book: &Draft<'_>) -> Option<Making> {
        let mut protocol: Protocol = book.find(&address::protocol())?;
        let until = protocol.paused_until;
        protocol.unpause(until, self.now.time).ok()?;
        let guardian = protocol.guardian;
        let told = LeasesUnpaused { pause_allowed_from: protocol.pause_allowed_from };
        let call = instruction::unpause(guardian, until);
        Some(Making::by(guardian).call(call).telling(told))
    }
}
