//! Proposals: executed early, late, twice or as something else, made against another fee, and too many of them.

use crate::votes::{LOCKED, holders, tally, voting};
use gpu_lease_tests::prelude::*;

/// A proposal that passed and whose timelock begins.
fn passed(action: Action) -> (World, Address) {
    let mut world = World::new();
    let [holder, _] = holders(&world);
    world.lock(holder, LOCKED);
    // So that a rise can be refused.
    world.weigh_fees_of(&[], 1);
    let proposal = world.propose(action);
    world.vote(holder, proposal, true).ok();
    world.set_time(world.proposal(&proposal).ends_at);
    world.finalize(proposal).ok();
    (world, proposal)
}

fn fee_params(world: &World) -> FeeParams {
    world.read(&address::fee_params())
}

// ----- execution -----

#[test]
fn what_passed_is_executed_once_after_the_timelock_and_before_the_expiry() {
    let (world, proposal) = passed(Action::SetFee { fee_bps: 150 });
    let ends_at = world.proposal(&proposal).ends_at;
    let from = ends_at + i64::from(RULES.timelock);
    let to = from + i64::from(RULES.execution_window);
    for (time, refusal) in [
        (ends_at, Some(LeaseError::TimelockRunning)),
        (from - 1, Some(LeaseError::TimelockRunning)),
        (from, None),
        (to - 1, None),
        (to, Some(LeaseError::ProposalExpired)),
    ] {
        let mut world = world.clone();
        world.set_time(time);
        let outcome = world.execute(proposal);
        match refusal {
            Some(refusal) => outcome.refused(refusal),
            None => {
                outcome.ok();
                assert_eq!(fee_params(&world).fee_bps, 150);
                world.execute(proposal).refused(LeaseError::AlreadyExecuted);
                world.set_time(to);
                world.execute(proposal).refused(LeaseError::AlreadyExecuted);
                assert_eq!(fee_params(&world).changes, 1);
            }
        }
    }
}

#[test]
fn what_passed_is_not_executed_twice_in_one_transaction() {
    let (mut world, proposal) = passed(Action::SetFee { fee_bps: 150 });
    world.set_time(world.proposal(&proposal).executable_from());
    let execute = instruction::execute_proposal(proposal);
    world.play([execute.clone(), execute]).failed_at(1, LeaseError::AlreadyExecuted);
}

#[test]
fn what_was_not_finalized_or_did_not_pass_is_not_executed() {
    let (mut world, proposal) = voting();
    let [holder, other] = holders(&world);
    world.vote(holder, proposal, true).ok();
    world.finalize(proposal).refused(LeaseError::VoteRunning);
    world.execute(proposal).refused(LeaseError::NotPassed);
    world.vote(other, proposal, false).ok();
    world.set_time(world.proposal(&proposal).executable_from());
    world.execute(proposal).refused(LeaseError::NotPassed);
    world.finalize(proposal).ok();
    world.execute(proposal).refused(LeaseError::NotPassed);
    world.finalize(proposal).refused(LeaseError::AlreadyFinalized);
    assert_eq!(fee_params(&world).fee_bps, FEE_BPS);
}

#[test]
fn nothing_that_was_voted_on_is_cancelled_and_nothing_by_anyone_else() {
    let (mut world, proposal) = voting();
    let [_, other] = holders(&world);
    let cancel = instruction::cancel_proposal(&world.keyed_proposal(proposal));
    world.play([cancel.clone().with("proposer", other)]).refused(LeaseError::NotProposer);
    world.vote(other, proposal, false).ok();
    world.play([cancel.clone()]).refused(LeaseError::VotesCast);
    world.set_time(world.proposal(&proposal).ends_at);
    world.finalize(proposal).ok();
    world.play([cancel]).refused(LeaseError::AlreadyFinalized);
}

#[test]
fn a_proposal_that_was_cancelled_comes_back_for_no_instruction() {
    let (mut world, proposal) = voting();
    let ([holder, _], renter) = (holders(&world), world.people.renter.pubkey());
    let known = world.keyed_proposal(proposal);
    world.cancel_proposal(proposal).ok();
    world.vote(holder, proposal, true).refused(LeaseError::VoteOver);
    world.play([instruction::cancel_proposal(&known)]).refused(LeaseError::AlreadyFinalized);
    world.execute(proposal).refused(LeaseError::NotPassed);
    let fees = world.fee_vote_ix(renter, renter, proposal, true);
    world.play([fees]).refused(LeaseError::NoWeight);
    world.set_time(known.executable_from());
    world.finalize(proposal).ok();
    world.execute(proposal).refused(LeaseError::NotPassed);
    // Its number is not given again: nothing that knew the former one can meet another.
    assert_ne!(world.propose_fee(150), proposal);
}

// ----- the fee -----

#[test]
fn a_fee_of_500_is_proposed_and_one_of_501_is_not() {
    for (fee_bps, proposed, refusal) in [
        (450, 500, None),
        (499, 500, None),
        (451, 501, Some(LeaseError::FeeAboveMaximum)),
        (500, 501, Some(LeaseError::FeeAboveMaximum)),
        (500, u16::MAX, Some(LeaseError::FeeAboveMaximum)),
    ] {
        propose_from(fee_bps, proposed, refusal);
    }
}

#[test]
fn a_step_of_50_is_proposed_and_one_of_51_or_none_is_not() {
    let too_far = Some(LeaseError::FeeStepOutOfBounds);
    for (fee_bps, proposed, refusal) in [
        (100, 150, None),
        (100, 151, too_far),
        (100, 50, None),
        (100, 49, too_far),
        (50, 0, None),
        (51, 0, too_far),
        (449, 500, too_far),
        (100, 100, too_far),
    ] {
        propose_from(fee_bps, proposed, refusal);
    }
}

/// A change of the fee from `fee_bps` is proposed, and executed unless it is refused.
fn propose_from(fee_bps: u16, proposed: u16, refusal: Option<LeaseError>) {
    let mut world = World::new();
    let [holder, _] = holders(&world);
    world.lock(holder, LOCKED);
    world.set_fee(fee_bps);
    match refusal {
        Some(refusal) => world.try_to_propose(Action::SetFee { fee_bps: proposed }).refused(refusal),
        None => {
            world.change_fee(proposed);
            assert_eq!(fee_params(&world).fee_bps, proposed, "from {fee_bps}");
        }
    }
}

#[test]
fn a_fee_that_changes_does_not_reach_leases_that_are_open() {
    // Given a running and a waiting lease, opened at 1 %.
    let mut world = World::new();
    let lease = world.active_lease_as(|request| request.duration = 30 * 86_400);
    let week = i64::from(MAX_START_WINDOW);
    world.pass(3_600);
    world.agree(&lease, 14_400).ok();
    let deadline = world.now() + week;
    let waiting = world.pending_lease_as(|request| (request.nonce, request.start_deadline) = (1, deadline));

    // When the fee rises to 1.5 %.
    world.change_fee(150);
    assert!(world.now() >= deadline - 1);
    world.set_time(deadline);
    world.start(&waiting).ok();

    // Then both pay 1 %, before and after a settlement, to the base unit.
    world.settle(&lease).ok();
    world.agree(&lease, 14_400 + 3_599).ok();
    world.pass(3_600);
    world.agree(&waiting, 14_399).ok();
    let fees = world.close_as_claimed(&lease).closed().fees + world.close_as_claimed(&waiting).closed().fees;
    let gross = (17_999 * 2_500_000 / 3_600, 14_399 * 2_500_000 / 3_600);
    assert_eq!(fees, gross.0 / 100 + gross.1 / 100);

    // And the next one 1.5 %.
    let next = world.active_lease_as(|request| request.nonce = 2);
    world.pass(3_600);
    world.agree(&next, 14_399).ok();
    assert_eq!(world.close_as_claimed(&next).closed().fees, gross.1 * 150 / 10_000);
}

#[test]
fn of_two_changes_that_passed_against_the_same_fee_one_is_executed() {
    for second in [120, 150, 51] {
        let mut world = World::new();
        let [holder, _] = holders(&world);
        let proposals = [150, second].map(|fee_bps| world.propose_fee(fee_bps));
        for proposal in proposals {
            world.vote(holder, proposal, true).ok();
        }
        world.set_time(world.proposal(&proposals[1]).ends_at);
        for proposal in proposals {
            world.finalize(proposal).ok();
        }
        world.set_time(world.proposal(&proposals[1]).executable_from());
        let both = proposals.map(instruction::execute_proposal);
        world.play(both).failed_at(1, LeaseError::FeeMoved);
        world.execute(proposals[0]).ok();
        world.execute(proposals[1]).refused(LeaseError::FeeMoved);
        assert_eq!(fee_params(&world).fee_bps, 150);
    }
}

#[test]
fn a_cut_does_not_become_a_rise_that_no_fee_payer_was_asked_about() {
    // Given a cut to 120, in which the participants have no say, and a cut below it.
    let mut world = World::new();
    world.earn_fees();
    world.set_fee(150);
    let [holder, _] = holders(&world);
    let [rise, cut] = [120, 100].map(|fee_bps| world.propose_fee(fee_bps));
    world.vote_as_renter(rise, false).refused(LeaseError::HouseHasNoSay);
    for proposal in [rise, cut] {
        world.vote(holder, proposal, true).ok();
    }
    world.set_time(world.proposal(&cut).ends_at);
    for proposal in [rise, cut] {
        world.finalize(proposal).ok();
    }
    world.set_time(world.proposal(&cut).executable_from());

    // When the lower one is executed first, the other would be a rise.
    world.execute(cut).ok();
    world.execute(rise).refused(LeaseError::FeeMoved);
    assert_eq!(fee_params(&world).fee_bps, 100);
}

// ----- payloads -----

#[test]
fn a_change_of_the_fee_is_not_executed_as_a_withdrawal_nor_a_withdrawal_as_a_change() {
    let withdrawal = Action::WithdrawFees { mint: World::new().mint, amount: 1 };
    let (mut world, proposal) = passed(withdrawal);
    world.set_time(world.proposal(&proposal).executable_from());
    world.execute(proposal).refused(LeaseError::WrongAction);

    let mint = World::new().mint;
    for (action, refusal) in [
        (Action::SetFee { fee_bps: 150 }, LeaseError::WrongMint),
        (Action::SetVotingRules { rules: VotingRules { quorum_bps: 2_000, ..RULES } }, LeaseError::WrongMint),
        (Action::SetTreasury { treasury: NOWHERE }, LeaseError::WrongMint),
        // An address that happens to be a mint's.
        (Action::SetArbiter { arbiter: mint }, LeaseError::WrongAction),
        (Action::SetGuardian { guardian: mint }, LeaseError::WrongAction),
        (Action::SetTreasury { treasury: mint }, LeaseError::WrongAction),
    ] {
        let (mut world, proposal) = passed(action);
        world.set_time(world.proposal(&proposal).executable_from());
        world.play([world.withdraw_fees_ix(proposal)]).refused(refusal);
        world.execute(proposal).ok();
    }
}

#[test]
fn an_action_of_an_unknown_kind_or_length_is_refused() {
    let mut world = World::new();
    let [holder, _] = holders(&world);
    world.lock(holder, LOCKED);
    world.weigh_fees_of(&[], 1);
    let whole = instruction::create_proposal(&world.proposing(Action::SetFee { fee_bps: 150 }));
    let tag = whole.data.len() - 3;
    let changed = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut instruction = whole.clone();
        change(&mut instruction.data);
        instruction
    };
    for wrong in [
        changed(&|data| data[tag] = 6),
        changed(&|data| data[tag] = u8::MAX),
        // A fee as an address, as rules, as a withdrawal.
        changed(&|data| data[tag] = 1),
        changed(&|data| data[tag] = 4),
        changed(&|data| data[tag] = 5),
        changed(&|data| data.truncate(data.len() - 1)),
        changed(&|data| data.truncate(tag)),
    ] {
        world.play([wrong]).failed(InstructionError::InvalidInstructionData);
    }
    // What is behind a whole action is not read.
    let trailing = changed(&|data| data.extend([5; 64]));
    let proposal = trailing.account("proposal");
    world.play([trailing]).ok();
    assert_eq!(world.proposal(&proposal).action, ProposedAction::from(Action::SetFee { fee_bps: 150 }));
}

#[test]
fn an_action_out_of_its_bounds_is_refused() {
    let mut world = World::new();
    let [holder, _] = holders(&world);
    world.lock(holder, LOCKED);
    let (mint, none) = (world.mint, Address::default());
    for (action, refusal) in [
        (Action::SetTreasury { treasury: none }, LeaseError::AddressMissing),
        (Action::SetArbiter { arbiter: none }, LeaseError::AddressMissing),
        (Action::SetGuardian { guardian: none }, LeaseError::AddressMissing),
        (Action::WithdrawFees { mint: none, amount: 1 }, LeaseError::AddressMissing),
        (Action::WithdrawFees { mint, amount: 0 }, LeaseError::AmountZero),
    ] {
        world.try_to_propose(action).refused(refusal);
    }
    for rules in [
        VotingRules { timelock: 0, ..RULES },
        VotingRules { voting_period: 1, ..RULES },
        VotingRules { quorum_bps: 0, ..RULES },
        VotingRules { quorum_bps: MAX_QUORUM_BPS + 1, ..RULES },
        VotingRules { deposit: u64::MAX, ..RULES },
        VotingRules { execution_window: u32::MAX, ..RULES },
        VotingRules { extension: 0, ..RULES },
        VotingRules { spare: [1; 6], ..RULES },
    ] {
        world.try_to_propose(Action::SetVotingRules { rules }).refused(LeaseError::VotingRulesOutOfBounds);
    }
}

// ----- what running votes and leases keep -----

#[test]
fn voting_rules_that_change_while_a_vote_runs_do_not_reach_it() {
    let rules = VotingRules {
        deposit: MAX_PROPOSAL_DEPOSIT,
        voting_period: MAX_VOTING_PERIOD,
        extension: MAX_EXTENSION,
        timelock: MAX_TIMELOCK,
        execution_window: MAX_EXECUTION_WINDOW,
        quorum_bps: MAX_QUORUM_BPS,
        spare: [0; 6],
    };
    let (mut world, change) = passed(Action::SetVotingRules { rules });
    let [holder, other] = holders(&world);
    world.lock(other, LOCKED);
    world.set_time(world.proposal(&change).executable_from());
    let running = world.propose_fee(150);
    let before = world.proposal(&running);
    world.execute(change).ok();
    assert_eq!(world.proposal(&running), before);
    world.vote(holder, running, true).ok();
    world.set_time(before.ends_at);
    world.finalize(running).ok();
    world.set_time(before.ends_at + i64::from(RULES.timelock));
    world.execute(running).ok();

    world.cluster.fund(&holder, MAX_PROPOSAL_DEPOSIT);
    let next = world.propose_fee(100);
    let Proposal { tokens, created_at, ends_at, deposit, .. } = world.proposal(&next);
    assert_eq!((tokens.quorum, deposit), (2 * LOCKED * 4 / 10, MAX_PROPOSAL_DEPOSIT));
    assert_eq!(ends_at - created_at, i64::from(MAX_VOTING_PERIOD));
}

#[test]
fn voting_rules_do_not_reach_the_fee_payers_quorum() {
    for quorum_bps in [MIN_QUORUM_BPS, MAX_QUORUM_BPS] {
        let (mut world, change) =
            passed(Action::SetVotingRules { rules: VotingRules { quorum_bps, ..RULES } });
        world.set_time(world.proposal(&change).executable_from());
        world.execute(change).ok();
        let fees = world.earn_fees();
        let proposal = world.propose_fee(150);
        let Tally { electorate, quorum, .. } = world.proposal(&proposal).participants;
        assert_eq!((electorate, quorum), (2 * fees, 2 * fees / 20));
    }
}

#[test]
fn a_new_arbiter_decides_nothing_in_leases_that_are_open() {
    let next = World::new().people.agent.pubkey();
    let (mut world, change) = passed(Action::SetArbiter { arbiter: next });
    let from = world.proposal(&change).executable_from();
    let lease = world.active_lease_as(|request| request.duration = 5 * 86_400);
    world.pass(3_600);
    world.claim(&lease, 14_400).ok();
    world.dispute(&lease, 0).ok();
    world.set_time(from);
    world.execute(change).ok();

    let decide = world.resolve_dispute_ix(&lease, 14_400);
    let token = world.wallet(&next);
    let usurped = decide.clone().with("arbiter", next).with("arbiter_token", token);
    world.play([usurped]).refused(LeaseError::NotArbiter);
    world.play([decide]).ok();
    world.close(&lease).ok();

    let new = world.pending_lease_as(|request| request.nonce = 1);
    assert_eq!(world.lease(&new).arbiter, next);
}

// ----- the deposit -----

#[test]
fn strangers_lamports_sent_to_a_proposal_block_nothing_and_cost_the_proposer_nothing() {
    let (world, proposal) = voting();
    let [holder, _] = holders(&world);
    let rent = world.lamports(&proposal) - RULES.deposit;
    for cancels in [false, true] {
        let mut world = world.clone();
        let before = world.lamports(&holder);
        world.cluster.fund(&proposal, 12_345);
        if cancels {
            world.cancel_proposal(proposal).ok();
        }
        world.set_time(world.proposal(&proposal).ends_at);
        world.finalize(proposal).ok();
        assert_eq!(world.lamports(&holder), before + RULES.deposit);
        assert_eq!(world.lamports(&proposal), rent + 12_345);
    }
}

#[test]
fn a_deposit_goes_back_to_the_proposer_and_to_nobody_else_once() {
    let (mut world, proposal) = voting();
    let [holder, other] = holders(&world);
    world.set_time(world.proposal(&proposal).ends_at);
    let finalize = instruction::finalize_proposal(&world.keyed_proposal(proposal));
    world.play([finalize.clone().with("proposer", other)]).refused(LeaseError::WrongAccount);
    world.play([finalize.clone(), finalize.clone()]).failed_at(1, LeaseError::AlreadyFinalized);
    let before = world.lamports(&holder);
    world.play([finalize]).ok();
    assert_eq!(world.lamports(&holder), before + RULES.deposit);
}

#[test]
fn without_its_deposit_a_proposal_is_not_made() {
    let mut world = World::new();
    let [holder, _] = holders(&world);
    world.lock(holder, LOCKED);
    world.change_account(&holder, |account| account.lamports = RULES.deposit);
    let system_program_lacks_lamports = InstructionError::Custom(1);
    world.try_to_propose(Action::SetFee { fee_bps: 99 }).failed(system_program_lacks_lamports);
}

// ----- too many -----

/// `spammer` proposes its number `id`.
fn spam(world: &World, spammer: Address, id: u64) -> Instruction {
    let action = Action::SetArbiter { arbiter: spammer };
    instruction::create_proposal(&instruction::CreateProposal {
        proposer: spammer,
        id,
        ..world.proposing(action)
    })
}

#[test]
fn proposals_without_end_cost_a_deposit_each_and_hold_no_other_up() {
    let (mut world, proposal) = voting();
    let ([holder, _], spammer) = (holders(&world), world.people.stranger.pubkey());
    let units_before = world.clone().vote(holder, proposal, true).ok().units;
    world.cluster.fund(&spammer, 100 * RULES.deposit);
    let before = world.lamports(&spammer);
    let ids = 1..=50;
    for id in ids.clone() {
        world.play([spam(&world, spammer, id)]).ok();
    }
    assert!(world.lamports(&spammer) < before - 50 * RULES.deposit);

    assert_eq!(world.vote(holder, proposal, true).ok().units, units_before);
    world.set_time(world.proposal(&proposal).ends_at);
    world.finalize(proposal).ok();
    let lamports = world.lamports(&spammer);
    let fees = 50 * 5_000;
    for id in ids {
        world.finalize(address::proposal(id)).ok();
    }
    assert_eq!(world.lamports(&spammer), lamports + 50 * RULES.deposit - fees);
    world.set_time(world.proposal(&proposal).executable_from());
    world.execute(proposal).ok();
}

#[test]
fn a_number_that_someone_else_took_costs_a_deposit_and_the_next_one_is_taken() {
    let (mut world, _) = voting();
    let ([holder, _], spammer) = (holders(&world), world.people.stranger.pubkey());
    let id = world.proposing(Action::SetFee { fee_bps: 150 }).id;
    let [first, second] = [id, id + 1].map(|id| spam(&world, holder, id));
    // Taking it back at once does not bring the deposit back at once.
    let before = world.lamports(&spammer);
    world.play([spam(&world, spammer, id)]).ok();
    let known = world.keyed_proposal(address::proposal(id));
    world.play([instruction::cancel_proposal(&known)]).ok();
    assert!(world.lamports(&spammer) < before - RULES.deposit);
    world.play([first]).failed(InstructionError::InvalidSeeds);
    // Who sends several numbers, one transaction each, is not held up.
    world.play([second]).ok();
    assert_eq!(world.proposal(&address::proposal(id + 1)).proposer, holder);
    world.set_time(known.ends_at - 1);
    world.finalize(known.address).refused(LeaseError::VoteRunning);
    world.set_time(known.ends_at);
    world.finalize(known.address).ok();
}

#[test]
fn a_handful_of_locked_tokens_decides_nothing() {
    let mut world = World::new();
    let [holder, other] = holders(&world);
    let least = world.supply_of_votes() / 100;
    world.lock(holder, least - 1);
    world.try_to_propose(Action::SetFee { fee_bps: 99 }).refused(LeaseError::QuorumOutOfReach);
    world.lock(holder, 1);
    let proposal = world.propose_fee(150);
    assert_eq!(world.proposal(&proposal).tokens.quorum, least);
    // Tokens that come after it neither raise nor lower what it needs.
    world.lock(other, WEALTH);
    assert_eq!(world.proposal(&proposal).tokens.quorum, least);
    world.vote(holder, proposal, true).ok();
    assert_eq!(tally(&world, &proposal), [least, 0]);
}
