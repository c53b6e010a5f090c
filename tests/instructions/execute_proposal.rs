use crate::states::{LOCKED, passed, passed_in, voting};
use gpu_lease_tests::prelude::*;

/// What executed proposals can change.
type Settings = (Protocol, Governance, FeeParams);

fn settings(world: &World) -> Settings {
    (world.read(&address::protocol()), world.read(&address::governance()), world.read(&address::fee_params()))
}

/// Executes `action`, which changes what `change` says and nothing else.
#[track_caller]
fn executes(action: Action, change: impl FnOnce(&mut Settings, i64)) {
    let (mut world, proposal) = passed(action);
    let mut expected = settings(&world);
    change(&mut expected, world.now());
    let before = world.proposal(&proposal);
    expected.1.supersede(before.action.kind.into(), before.id).unwrap();

    world
        .execute(proposal)
        .emitted(Event::ProposalExecuted(ProposalExecuted { proposal, action: action.into() }));

    assert_eq!(settings(&world), expected);
    assert_eq!(world.proposal(&proposal), Proposal { state: PodProposalState::Executed, ..before });
}

#[test]
fn a_fee_that_was_voted_is_what_new_leases_sign_for() {
    for fee_bps in [50, 99, 101, 150] {
        let (mut world, proposal) = passed(Action::SetFee { fee_bps });
        let old = world.pending_lease();
        let (protocol, mut governance, fee_params) = settings(&world);
        governance.supersede(ActionKind::SetFee, 0).unwrap();
        let action = world.proposal(&proposal).action;

        let events = world.execute(proposal).events();

        let expected = [
            Event::ProposalExecuted(ProposalExecuted { proposal, action }),
            Event::FeeChanged(FeeChanged { from_bps: 100, to_bps: u64::from(fee_bps) }),
        ];
        assert_eq!(format!("{events:?}"), format!("{expected:?}"));
        let effective_since = world.now();
        let last_rise_at = if fee_bps > 100 { effective_since } else { 0 };
        let fee_params = FeeParams { fee_bps, effective_since, last_rise_at, changes: 1, ..fee_params };
        assert_eq!(settings(&world), (protocol, governance, fee_params));
        let new = world.pending_lease_as(|request| request.nonce = 1);
        assert_eq!((world.lease(&old).fee_bps, world.lease(&new).fee_bps), (100, fee_bps));
    }
}

#[test]
fn a_treasury_that_was_voted_is_paid() {
    executes(Action::SetTreasury { treasury: NOWHERE }, |(_, _, params), _| params.treasury = NOWHERE);
}

#[test]
fn an_arbiter_that_was_voted_decides() {
    executes(Action::SetArbiter { arbiter: NOWHERE }, |(protocol, ..), _| protocol.arbiter = NOWHERE);
}

#[test]
fn a_guardian_that_was_voted_guards() {
    executes(Action::SetGuardian { guardian: NOWHERE }, |(protocol, ..), _| protocol.guardian = NOWHERE);
    let (mut world, proposal) = passed(Action::SetGuardian { guardian: World::new().people.agent.pubkey() });
    world.pause(60).ok();
    world.execute(proposal).ok();
    world.unpause().refused(LeaseError::NotGuardian);
    world.play([world.unpause_ix().with("guardian", world.people.agent.pubkey())]).ok();
}

#[test]
fn rules_that_were_voted_are_those_of_new_proposals() {
    let rules = VotingRules {
        deposit: MIN_PROPOSAL_DEPOSIT,
        voting_period: MIN_VOTING_PERIOD,
        extension: MIN_EXTENSION,
        timelock: MIN_TIMELOCK,
        execution_window: MIN_EXECUTION_WINDOW,
        quorum_bps: MAX_QUORUM_BPS,
        ..RULES
    };
    executes(Action::SetVotingRules { rules }, |(_, governance, _), _| governance.rules = rules);

    let (mut world, proposal) = passed(Action::SetVotingRules { rules });
    let running = world.propose(Action::SetFee { fee_bps: 99 });
    let before = world.proposal(&running);
    world.execute(proposal).ok();
    assert_eq!(world.proposal(&running), before, "running votes keep theirs");
    let new = world.propose(Action::SetFee { fee_bps: 99 });
    let new = world.proposal(&new);
    assert_eq!(
        (new.deposit, new.ends_at - new.created_at, new.extension, new.timelock, new.execution_window),
        (
            MIN_PROPOSAL_DEPOSIT,
            i64::from(MIN_VOTING_PERIOD),
            MIN_EXTENSION,
            MIN_TIMELOCK,
            MIN_EXECUTION_WINDOW
        )
    );
    assert_eq!(new.tokens.quorum, LOCKED * 4 / 10);
}

#[test]
fn an_arbiter_of_new_leases_does_not_decide_old_ones() {
    let (mut world, proposal) = passed(Action::SetArbiter { arbiter: NOWHERE });
    let old = world.pending_lease();
    world.execute(proposal).ok();
    let new = world.pending_lease_as(|request| request.nonce = 1);
    let arbiter = world.people.arbiter.pubkey();
    assert_eq!((world.lease(&old).arbiter, world.lease(&new).arbiter), (arbiter, NOWHERE));
}

#[test]
fn what_passed_is_executed_after_the_timelock_and_before_it_expires() {
    let window = i64::from(RULES.execution_window);
    for (seconds, error) in [
        (-i64::from(RULES.timelock), Some(LeaseError::TimelockRunning)),
        (-1, Some(LeaseError::TimelockRunning)),
        (0, None),
        (1, None),
        (window - 1, None),
        (window, Some(LeaseError::ProposalExpired)),
        (window + 1, Some(LeaseError::ProposalExpired)),
    ] {
        let (mut world, proposal) = passed(Action::SetFee { fee_bps: 150 });
        let from = world.proposal(&proposal).ends_at + i64::from(RULES.timelock);
        assert_eq!(world.now(), from);
        world.set_time(from + seconds);
        let outcome = world.execute(proposal);
        match error {
            Some(error) => outcome.refused(error),
            None => drop(outcome.ok()),
        }
    }
}

#[test]
fn what_did_not_pass_is_not_executed() {
    let (mut world, proposal) = voting();
    world.execute(proposal).refused(LeaseError::NotPassed);
    let Proposal { ends_at, .. } = world.proposal(&proposal);
    world.vote(world.people.holder.pubkey(), proposal, true).ok();
    world.set_time(ends_at + i64::from(RULES.timelock));
    world.execute(proposal).refused(LeaseError::NotPassed);

    let (mut world, proposal) = voting();
    world.set_time(ends_at);
    world.finalize(proposal).ok();
    world.set_time(ends_at + i64::from(RULES.timelock));
    world.execute(proposal).refused(LeaseError::NotPassed);
}

#[test]
fn nothing_is_executed_twice() {
    let (mut world, proposal) = passed(Action::SetFee { fee_bps: 150 });
    world.execute(proposal).ok();
    world.execute(proposal).refused(LeaseError::AlreadyExecuted);
    assert_eq!(settings(&world).2.changes, 1);
}

#[test]
fn a_fee_that_moved_since_is_not_changed() {
    let (mut world, first) = passed(Action::SetFee { fee_bps: 150 });
    let second = world.propose(Action::SetFee { fee_bps: 149 });
    let third = world.propose(Action::SetTreasury { treasury: NOWHERE });
    for proposal in [second, third] {
        world.vote(world.people.holder.pubkey(), proposal, true).ok();
    }
    world.execute(first).ok();
    world.set_time(world.proposal(&second).ends_at);
    for proposal in [second, third] {
        world.finalize(proposal).ok();
    }
    world.set_time(world.proposal(&second).executable_from());
    world.execute(second).refused(LeaseError::FeeMoved);
    world.execute(third).ok();
    assert_eq!(settings(&world).2.fee_bps, 150);
}

#[test]
fn a_fee_that_came_back_is_changed() {
    let (mut world, proposal) = passed(Action::SetFee { fee_bps: 150 });
    for (fee_bps, error) in [(99, Some(LeaseError::FeeMoved)), (101, Some(LeaseError::FeeMoved)), (100, None)]
    {
        world.set_fee(fee_bps);
        let outcome = world.execute(proposal);
        match error {
            Some(error) => outcome.refused(error),
            None => drop(outcome.ok()),
        }
    }
}

#[test]
fn fees_are_not_withdrawn_here() {
    let world = World::new();
    let mint = world.mint;
    let (mut world, proposal) = passed_in(world, Action::WithdrawFees { mint, amount: 1 });
    world.execute(proposal).refused(LeaseError::WrongAction);
    assert_eq!(world.proposal(&proposal).state, PodProposalState::Passed);
}

#[test]
fn every_account_is_checked() {
    let (mut world, proposal) = passed(Action::SetFee { fee_bps: 150 });
    let sibling = world.sibling();
    let voting = world.propose(Action::SetFee { fee_bps: 99 });
    world.refuses_wrong_accounts(
        &[],
        &instruction::execute_proposal(proposal),
        &[
            ("proposal", voting, &LeaseError::NotPassed),
            ("proposal", sibling.active.address, &InstructionError::InvalidAccountData),
            ("protocol", sibling.offer, &InstructionError::InvalidAccountData),
            ("governance", sibling.offer, &InstructionError::AccountDataTooSmall),
            ("fee_params", sibling.offer, &InstructionError::InvalidAccountData),
        ],
    );
}
