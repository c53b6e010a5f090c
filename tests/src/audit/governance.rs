//! INV-7 and INV-8: what votes decide, and what decides votes.

use super::Snapshot;
use gpu_lease::{
    constants::{
        LOCK_STEP, MAX_EXTENSIONS, MAX_FEE_BPS, MAX_FEE_STEP_BPS, MAX_PAUSE, PAUSE_COOLDOWN, RISE_INTERVAL,
    },
    state::{
        Action, ActionKind, FeeParams, House, Proposal, ProposalState, Protocol, Tally, VoteRecord,
        VotingRules, epoch_of,
    },
};
use solana_address::Address;

/// What executed proposals change, and nothing else does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Settings {
    fee_params: FeeParams,
    rules: VotingRules,
    /// But for its pause.
    protocol: Protocol,
}

impl Settings {
    /// Makes so what a proposal says that was executed at `now`.
    #[track_caller]
    fn apply(&mut self, action: Action, now: i64) {
        let Self { fee_params, rules, protocol } = self;
        match action {
            Action::SetFee { fee_bps } => {
                let step = fee_bps.abs_diff(fee_params.fee_bps);
                assert!(step <= MAX_FEE_STEP_BPS, "INV-7: the fee rate moved by {step} basis points");
                assert!(fee_bps <= MAX_FEE_BPS, "INV-7: the fee rate is {fee_bps} basis points");
                let changes = fee_params.changes + 1;
                if fee_bps > fee_params.fee_bps {
                    let since = now - fee_params.last_rise_at;
                    assert!(since >= RISE_INTERVAL.into(), "INV-7: the fee rose again after {since} seconds");
                    fee_params.last_rise_at = now;
                }
                *fee_params = FeeParams { fee_bps, effective_since: now, changes, ..*fee_params };
            }
            Action::SetTreasury { treasury } => fee_params.treasury = treasury,
            Action::SetArbiter { arbiter } => protocol.arbiter = arbiter,
            Action::SetGuardian { guardian } => protocol.guardian = guardian,
            Action::SetVotingRules { rules: voted } => *rules = voted,
            Action::WithdrawFees { .. } => {}
        }
    }
}

impl Snapshot {
    /// Requires INV-7 and INV-8 to hold, and votes and pauses to have gone their course since `before`.
    #[track_caller]
    pub(super) fn require_lawful_votes_since(&self, before: &Self) {
        self.require_settings_since(before);
        self.require_pause_since(before);
        self.require_fees_since(before);
        self.require_locks();
        for (address, proposal) in &self.proposals {
            self.require_tallies(address, proposal);
            if let Some(earlier) = before.proposals.get(address) {
                self.require_course(address, earlier, proposal);
            }
            let deposited = self.lamports.get(address).map_or(0, |held| held - self.proposal_rent);
            assert!(deposited >= proposal.deposit, "INV-3: {address} lacks its deposit");
        }
        for address in before.proposals.keys() {
            assert!(self.proposals.contains_key(address), "INV-8: {address} vanished");
        }
    }

    /// INV-7: fee, treasury, arbiter, guardian and rules are what proposals that were executed since say.
    #[track_caller]
    fn require_settings_since(&self, before: &Self) {
        let Some(mut settings) = before.settings() else { return };
        for (address, proposal) in self.proposals.iter().filter(|(_, p)| p.state == ProposalState::Executed) {
            if before.proposals.get(address).is_some_and(|earlier| earlier.state == ProposalState::Passed) {
                before.require_newest(proposal);
                settings.apply(Action::from(&proposal.action), self.now);
            }
        }
        assert_eq!(self.settings(), Some(settings), "INV-7: something changed for which nobody voted");
    }

    /// INV-7: nothing newer of the kind of `decided` was executed before it, withdrawals apart.
    #[track_caller]
    fn require_newest(&self, decided: &Proposal) {
        let is_newer = |proposal: &&Proposal| {
            let is_executed = proposal.state == ProposalState::Executed;
            is_executed && proposal.action.kind == decided.action.kind && proposal.id > decided.id
        };
        let newer = self.proposals.values().find(is_newer).map(|proposal| proposal.id);
        let is_withdrawal = decided.action.kind == ActionKind::WithdrawFees;
        assert!(is_withdrawal || newer.is_none(), "INV-7: {} overruled {newer:?}", decided.id);
    }

    fn settings(&self) -> Option<Settings> {
        let protocol = Protocol { paused_until: 0, pause_allowed_from: 0, ..self.protocol? };
        Some(Settings { fee_params: self.fee_params?, rules: self.governance?.rules, protocol })
    }

    /// A pause is short, and does not follow upon another.
    #[track_caller]
    fn require_pause_since(&self, before: &Self) {
        let (Some(protocol), Some(earlier)) = (self.protocol, before.protocol) else { return };
        let Protocol { paused_until, pause_allowed_from, .. } = protocol;
        if (paused_until, pause_allowed_from) == (earlier.paused_until, earlier.pause_allowed_from) {
            return;
        }
        assert!(paused_until <= self.now + i64::from(MAX_PAUSE), "the pause is too long");
        assert_eq!(
            pause_allowed_from,
            paused_until + i64::from(PAUSE_COOLDOWN),
            "the guardian does not rest"
        );
        let is_shorter = paused_until < earlier.paused_until;
        assert!(is_shorter || self.now >= earlier.pause_allowed_from, "the guardian pauses again");
    }

    /// INV-8, the weight of the participants: what they paid is counted once for each party, in its epoch.
    #[track_caller]
    fn require_fees_since(&self, before: &Self) {
        let (Some(protocol), Some(_)) = (self.protocol, before.protocol) else { return };
        let epoch = epoch_of(self.now);
        let paid = |snapshot: &Self| {
            let policies = snapshot.policies.values().filter(|policy| policy.mint == protocol.unit_mint);
            in_epoch(epoch, policies.map(|policy| policy.fees))
        };
        let weighed = |snapshot: &Self| in_epoch(epoch, snapshot.participants.values().map(|p| p.fees));
        assert_eq!(
            weighed(self) - weighed(before),
            2 * (paid(self) - paid(before)),
            "INV-8: fees weigh that nobody paid, or do not that somebody did"
        );
    }

    /// INV-8: what is locked is there, is counted, and outlasts the votes that it cast.
    #[track_caller]
    fn require_locks(&self) {
        let Some(governance) = self.governance else { return };
        let step = i64::from(LOCK_STEP);
        let ends = self.locks.values().map(|lock| lock.unlock_at).chain([self.now]);
        for end in ends.filter(|end| *end >= self.now) {
            let locked: u64 =
                self.locks.values().filter(|lock| lock.unlock_at > end).map(|lock| lock.amount).sum();
            assert_eq!(governance.locked.beyond(end), locked, "INV-8: locked tokens are miscounted");
        }
        for (address, lock) in &self.locks {
            assert_eq!(lock.unlock_at % step, 0, "INV-8: {address} ends at an odd moment");
        }
        for (address, lock) in &self.locks {
            let held = self.tokens.get(&lock.vault).map_or(0, |vault| vault.amount);
            assert!(held >= lock.amount, "INV-8: {address} holds {held} of {}", lock.amount);
        }
        for record in self.records.values().filter(|record| record.house == House::Tokens) {
            let Some(proposal) = self.proposals.get(&record.proposal).filter(|p| !self.is_over(p)) else {
                continue;
            };
            let lock = self.locks.get(&record.voter);
            let stays = lock.is_some_and(|l| l.amount >= record.weight && l.unlock_at > proposal.ends_at);
            assert!(stays, "INV-8: the lock {} leaves before its vote has ended", record.voter);
        }
    }

    /// INV-8: the tallies are the sums of the records, and no more than there is weight. Records leave when the
    /// vote is over.
    #[track_caller]
    fn require_tallies(&self, address: &Address, proposal: &Proposal) {
        for (house, tally) in [(House::Tokens, proposal.tokens), (House::Participants, proposal.participants)]
        {
            let sum = |is_for: u8| -> u128 {
                let counts = |record: &&VoteRecord| {
                    record.proposal == *address && record.house == house && record.is_for == is_for
                };
                self.records.values().filter(counts).map(|record| u128::from(record.weight)).sum()
            };
            for (records, tally) in [(sum(1), tally.votes_for), (sum(0), tally.votes_against)] {
                let is_sum = match self.is_over(proposal) {
                    true => records <= u128::from(tally),
                    false => records == u128::from(tally),
                };
                assert!(is_sum, "INV-8: {house:?} of {address}: {records} in records, {tally} in the tally");
            }
            assert!(
                votes(&tally) <= u128::from(tally.electorate),
                "INV-8: {address} has votes without weight"
            );
        }
    }

    /// A proposal says what it said, and is decided by its votes, once, after their end.
    #[track_caller]
    fn require_course(&self, address: &Address, earlier: &Proposal, proposal: &Proposal) {
        let Proposal { tokens, participants, deposit, ends_at, state, paid, .. } = *earlier;
        let same = Proposal {
            tokens: Tally {
                votes_for: tokens.votes_for,
                votes_against: tokens.votes_against,
                ..proposal.tokens
            },
            participants: Tally {
                votes_for: participants.votes_for,
                votes_against: participants.votes_against,
                ..proposal.participants
            },
            deposit,
            ends_at,
            state,
            paid,
            ..*proposal
        };
        assert_eq!(same, *earlier, "INV-8: {address} changed its question");
        let answered_at = self.now + i64::from(proposal.extension);
        let latest_end = proposal.first_end + i64::from(MAX_EXTENSIONS * proposal.extension);
        let put_off = ends_at.max(answered_at.min(latest_end));
        // Several votes of one transaction may turn it and turn it back.
        let has_votes = (proposal.tokens, proposal.participants) != (tokens, participants);
        let is_lawful = match passes(earlier) == passes(proposal) {
            true => proposal.ends_at == ends_at || has_votes && proposal.ends_at == put_off,
            false => proposal.ends_at == put_off,
        };
        assert!(is_lawful, "INV-8: {address} moved its end");
        assert!(proposal.ends_at <= latest_end, "INV-8: {address} moved its end too far");
        assert!(
            paid <= proposal.paid && proposal.paid <= proposal.action.amount,
            "INV-7: {address} overpaid"
        );
        if self.is_over(earlier) {
            assert_eq!(
                (proposal.tokens, proposal.participants),
                (tokens, participants),
                "INV-8: {address} is over"
            );
        }
        let passes = passes(earlier);
        let from = ends_at.saturating_add(proposal.timelock.into());
        let is_due = (from..from.saturating_add(proposal.execution_window.into())).contains(&self.now);
        let is_lawful = match (state.into(), proposal.state.into()) {
            (ProposalState::Voting, ProposalState::Passed) => self.is_over(earlier) && passes,
            // Or its proposer took it back.
            (ProposalState::Voting, ProposalState::Failed) => {
                (self.is_over(earlier) && !passes)
                    || [tokens, participants].iter().all(|tally| votes(tally) == 0)
            }
            (ProposalState::Passed, ProposalState::Executed) => is_due,
            (state, next) => state == next,
        };
        assert!(is_lawful, "INV-8: {address} became {:?}", ProposalState::from(proposal.state));
    }

    fn is_over(&self, proposal: &Proposal) -> bool {
        proposal.state != ProposalState::Voting || self.now >= proposal.ends_at
    }
}

/// Whether a proposal would pass with the votes that it has.
fn passes(proposal: &Proposal) -> bool {
    let (tokens, participants) = (proposal.tokens, proposal.participants);
    let is_refused = participants.votes_against >= participants.quorum
        && participants.votes_against > participants.votes_for;
    tokens.votes_for >= tokens.quorum && tokens.votes_for > tokens.votes_against && !is_refused
}

fn votes(tally: &Tally) -> u128 {
    u128::from(tally.votes_for) + u128::from(tally.votes_against)
}

/// What was counted in `epoch`.
fn in_epoch(epoch: u64, fees: impl Iterator<Item = gpu_lease::state::FeeEpochs>) -> u128 {
    let entries = fees.flat_map(|fees| fees.epochs).filter(|entry| entry.epoch == epoch);
    entries.map(|entry| u128::from(entry.fees)).sum()
}

#[cfg(test)]
mod tests {
    use crate::{World, cluster::Cluster};
    use gpu_lease::state::*;
    use gpu_lease_client::address;
    use solana_address::Address;
    use solana_signer::Signer;

    /// A rise of the fee for which the holder's lock voted, and against which the participants did.
    fn voted() -> (World, Address) {
        let mut world = World::new();
        world.earn_fees();
        let proposal = world.propose_fee(150);
        world.vote(world.people.holder.pubkey(), proposal, true).ok();
        world.vote_as_renter(proposal, false).ok();
        (world, proposal)
    }

    /// A transaction that has nothing to do with votes.
    fn anything(world: &mut World) {
        let [renter, stranger] = [&world.people.renter, &world.people.stranger].map(Signer::pubkey);
        world.transfer(&renter, &world.wallet(&stranger), 1).ok();
    }

    /// Puts the proposal wrong behind the program's back.
    fn after(wrong: impl FnOnce(&mut Proposal)) {
        let (mut world, proposal) = voted();
        world.write(&proposal, wrong);
        anything(&mut world);
    }

    /// Puts something else wrong, at an address that the proposal's leads to.
    fn after_at<T: anchor_lang::AccountDeserialize + bytemuck::Pod>(
        at: impl FnOnce(&World, &Address) -> Address,
        wrong: impl FnOnce(&mut T),
    ) {
        let (mut world, proposal) = voted();
        let address = at(&world, &proposal);
        world.write(&address, wrong);
        anything(&mut world);
    }

    fn lock(world: &World) -> Address {
        address::lock(&world.people.holder.pubkey())
    }

    /// Two moments, the second of which differs by `wrong` without any transaction.
    fn between<T: anchor_lang::AccountDeserialize + bytemuck::Pod>(
        at: impl FnOnce(&World, &Address) -> Address,
        wrong: impl FnOnce(&mut T),
    ) {
        let (mut world, proposal) = voted();
        compare(&mut world, |world| world.write(&at(world, &proposal), wrong));
    }

    /// Requires what `change` does to be lawful.
    fn compare(world: &mut World, change: impl FnOnce(&mut World)) {
        let before = super::Snapshot::of(world.svm());
        change(world);
        super::Snapshot::of(world.svm()).require_lawful_since(&before);
    }

    #[test]
    fn a_vote_as_it_is_passes() {
        after(|_| {});
        between(|_, _| address::fee_params(), |_: &mut FeeParams| {});
    }

    #[test]
    fn an_executed_proposal_passes() {
        let mut world = World::new();
        world.change_fee(150);
        let params: FeeParams = world.read(&address::fee_params());
        assert_eq!((params.fee_bps, params.changes), (150, 1));
    }

    #[test]
    #[should_panic(expected = "INV-7: something changed")]
    fn a_fee_that_nobody_voted_for_is_noticed() {
        between(|_, _| address::fee_params(), |params: &mut FeeParams| params.fee_bps += 1);
    }

    #[test]
    #[should_panic(expected = "INV-7: something changed")]
    fn a_treasury_that_nobody_voted_for_is_noticed() {
        between(|_, _| address::fee_params(), |params: &mut FeeParams| params.treasury = Address::default());
    }

    #[test]
    #[should_panic(expected = "INV-7: something changed")]
    fn an_arbiter_that_nobody_voted_for_is_noticed() {
        between(|_, _| address::protocol(), |protocol: &mut Protocol| protocol.arbiter = Address::default());
    }

    #[test]
    #[should_panic(expected = "INV-7: something changed")]
    fn rules_that_nobody_voted_for_are_noticed() {
        between(|_, _| address::governance(), |governance: &mut Governance| governance.rules.quorum_bps += 1);
    }

    /// The fee becomes `fee_bps` in the transaction in which a proposal that says `voted` is executed.
    fn executing(voted: u16, fee_bps: u16) {
        let mut world = World::new();
        let proposal = world.propose_fee(150);
        world.pass_proposal(proposal);
        world.write(&proposal, |proposal: &mut Proposal| proposal.action.fee_bps = voted);
        let now = world.cluster.now();
        compare(&mut world, |world| {
            world.write(&proposal, |proposal: &mut Proposal| proposal.state = PodProposalState::Executed);
            world.write(&address::fee_params(), |params: &mut FeeParams| {
                (params.fee_bps, params.effective_since, params.changes) = (fee_bps, now, 1);
                if fee_bps > 100 {
                    params.last_rise_at = now;
                }
            });
        });
    }

    #[test]
    fn the_fee_that_was_voted_passes() {
        executing(150, 150);
        executing(50, 50);
    }

    #[test]
    #[should_panic(expected = "INV-7: something changed")]
    fn another_fee_than_was_voted_is_noticed() {
        executing(150, 149);
    }

    #[test]
    #[should_panic(expected = "INV-7: the fee rate moved by 51")]
    fn a_step_that_is_too_wide_is_noticed() {
        executing(151, 151);
    }

    #[test]
    #[should_panic(expected = "INV-7: the fee rate is 501")]
    fn a_fee_above_the_bound_is_noticed() {
        let mut world = World::new();
        world.set_fee(499);
        let proposal = world.propose_fee(500);
        world.pass_proposal(proposal);
        world.write(&proposal, |proposal: &mut Proposal| proposal.action.fee_bps = 501);
        compare(&mut world, |world| {
            world.write(&proposal, |proposal: &mut Proposal| proposal.state = PodProposalState::Executed);
        });
    }

    #[test]
    #[should_panic(expected = "the pause is too long")]
    fn a_pause_that_is_too_long_is_noticed() {
        between(|_, _| address::protocol(), |protocol: &mut Protocol| protocol.paused_until = i64::MAX);
    }

    #[test]
    #[should_panic(expected = "the guardian pauses again")]
    fn a_pause_upon_a_pause_is_noticed() {
        let mut world = World::new();
        world.pause(3_600).ok();
        compare(&mut world, |world| {
            world.write(&address::protocol(), |protocol: &mut Protocol| {
                (protocol.paused_until, protocol.pause_allowed_from) =
                    (protocol.paused_until + 1, protocol.pause_allowed_from + 1);
            });
        });
    }

    #[test]
    #[should_panic(expected = "INV-8: fees weigh")]
    fn fees_that_nobody_paid_are_noticed() {
        let (mut world, _) = voted();
        let (participant, epoch) =
            (address::participant(&world.people.renter.pubkey()), epoch_of(world.now()));
        compare(&mut world, |world| {
            world.write(&participant, |participant: &mut Participant| participant.fees.add(1, epoch));
        });
    }

    #[test]
    #[should_panic(expected = "INV-8: locked tokens are miscounted")]
    fn locked_tokens_that_are_not_counted_are_noticed() {
        after_at(
            |_, _| address::governance(),
            |governance: &mut Governance| {
                governance
                    .locked
                    .ends
                    .iter_mut()
                    .filter(|end| end.amount > 0)
                    .for_each(|end| end.amount -= 1);
            },
        );
    }

    #[test]
    #[should_panic(expected = "holds 500000000000 of 500000000001")]
    fn a_lock_without_its_tokens_is_noticed() {
        let (mut world, _) = voted();
        let unlock_at = world.vote_lock(&world.people.holder.pubkey()).unlock_at;
        world.write(&lock(&world), |lock: &mut VoteLock| lock.amount += 1);
        world.write(&address::governance(), |governance: &mut Governance| {
            governance.locked.add(1, unlock_at).unwrap();
        });
        anything(&mut world);
    }

    #[test]
    #[should_panic(expected = "leaves before its vote has ended")]
    fn a_lock_that_shrinks_is_noticed() {
        let (mut world, _) = voted();
        let unlock_at = world.vote_lock(&world.people.holder.pubkey()).unlock_at;
        world.write(&lock(&world), |lock: &mut VoteLock| lock.amount -= 1);
        world.write(&address::governance(), |governance: &mut Governance| {
            governance.locked.remove(1, unlock_at).unwrap();
        });
        anything(&mut world);
    }

    #[test]
    #[should_panic(expected = "leaves before its vote has ended")]
    fn a_lock_that_ends_with_its_vote_is_noticed() {
        let (mut world, proposal) = voted();
        let (ends_at, before) =
            (world.proposal(&proposal).ends_at, world.vote_lock(&world.people.holder.pubkey()));
        let end = world.lock_end(ends_at);
        world.write(&proposal, |proposal: &mut Proposal| proposal.ends_at = end);
        world.write(&lock(&world), |lock: &mut VoteLock| lock.unlock_at = end);
        world.write(&address::governance(), |governance: &mut Governance| {
            governance.locked.remove(before.amount, before.unlock_at).unwrap();
            governance.locked.add(before.amount, end).unwrap();
        });
        anything(&mut world);
    }

    #[test]
    #[should_panic(expected = "in the tally")]
    fn a_vote_without_a_record_is_noticed() {
        after(|proposal| proposal.tokens.votes_against += 1);
    }

    #[test]
    #[should_panic(expected = "in the tally")]
    fn a_fee_payers_vote_without_a_record_is_noticed() {
        after(|proposal| proposal.participants.votes_for += 1);
    }

    #[test]
    #[should_panic(expected = "in the tally")]
    fn a_record_that_is_not_counted_is_noticed() {
        let of_lock = |world: &World, proposal: &Address| address::vote_record(proposal, &lock(world));
        after_at(of_lock, |record: &mut VoteRecord| record.is_for = 0);
    }

    #[test]
    #[should_panic(expected = "has votes without weight")]
    fn votes_above_the_electorate_are_noticed() {
        after(|proposal| proposal.tokens.electorate = proposal.tokens.votes_for - 1);
    }

    #[test]
    #[should_panic(expected = "lacks its deposit")]
    fn a_deposit_that_is_gone_is_noticed() {
        let (mut world, proposal) = voted();
        world.change_account(&proposal, |account| account.lamports -= 1);
        anything(&mut world);
    }

    #[test]
    #[should_panic(expected = "changed its question")]
    fn a_quorum_that_moves_is_noticed() {
        between(|_, proposal| *proposal, |proposal: &mut Proposal| proposal.tokens.quorum -= 1);
    }

    #[test]
    #[should_panic(expected = "moved its end")]
    fn an_end_that_moves_is_noticed() {
        between(|_, proposal| *proposal, |proposal: &mut Proposal| proposal.ends_at -= 1);
    }

    #[test]
    #[should_panic(expected = "became Passed")]
    fn a_proposal_that_passes_before_its_end_is_noticed() {
        between(|_, proposal| *proposal, |proposal: &mut Proposal| proposal.state = PodProposalState::Passed);
    }

    /// The vote is over and the participants refused; then it is `state`.
    fn decided(state: PodProposalState) {
        let (mut world, proposal) = voted();
        world.set_time(world.proposal(&proposal).ends_at);
        compare(&mut world, |world| world.write(&proposal, |proposal: &mut Proposal| proposal.state = state));
    }

    #[test]
    fn a_refused_proposal_that_fails_passes() {
        decided(PodProposalState::Failed);
    }

    #[test]
    #[should_panic(expected = "became Passed")]
    fn a_refused_proposal_that_passes_is_noticed() {
        decided(PodProposalState::Passed);
    }

    #[test]
    #[should_panic(expected = "vanished")]
    fn a_proposal_that_vanishes_with_its_votes_is_noticed() {
        let (mut world, proposal) = voted();
        world.set_time(world.proposal(&proposal).ends_at);
        compare(&mut world, |world| world.change_account(&proposal, |account| account.data[0] ^= 1));
    }
}
