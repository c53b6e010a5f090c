use crate::{
    bounds,
    states::{LOCKED, QUORUM},
};
use gpu_lease_tests::prelude::*;

/// A market in which the holder has locked tokens.
fn locked() -> World {
    let mut world = World::new();
    world.lock(world.people.holder.pubkey(), LOCKED);
    world
}

#[test]
fn anyone_puts_an_action_to_the_vote() {
    let mut world = locked();
    let proposer = world.people.sponsor.pubkey();
    let action = Action::SetFee { fee_bps: 150 };
    world.weigh_fees(1_001);
    let (address, bump) = Proposal::address(0);
    let (lamports, before) = (world.lamports(&proposer), world.read::<Governance>(&address::governance()));
    let rent = world.svm().minimum_balance_for_rent_exemption(8 + size_of::<Proposal>());
    let (now, slot) = (world.now(), world.slot());

    let new = instruction::CreateProposal { proposer, ..world.proposing(action) };
    world.play([instruction::create_proposal(&new)]).emitted(Event::ProposalCreated(ProposalCreated {
        proposal: address,
        proposer,
        action: action.into(),
        id: 0,
        ends_at: now + i64::from(RULES.voting_period),
        latest_end: now + i64::from(RULES.voting_period) + 3 * i64::from(RULES.extension),
        quorum: QUORUM,
        refusal_quorum: 301,
    }));

    assert_eq!(
        world.proposal(&address),
        Proposal {
            proposer,
            action: action.into(),
            tokens: Tally { votes_for: 0, votes_against: 0, electorate: LOCKED, quorum: QUORUM },
            participants: Tally { votes_for: 0, votes_against: 0, electorate: 6_006, quorum: 301 },
            id: 0,
            deposit: RULES.deposit,
            created_slot: slot,
            created_at: now,
            first_end: now + i64::from(RULES.voting_period),
            ends_at: now + i64::from(RULES.voting_period),
            paid: 0,
            extension: RULES.extension,
            timelock: RULES.timelock,
            execution_window: RULES.execution_window,
            fee_bps: FEE_BPS,
            state: PodProposalState::Voting,
            version: 1,
            bump,
            spare: [0; 31],
        }
    );
    assert_eq!(world.lamports(&address), rent + RULES.deposit);
    assert_eq!(world.lamports(&proposer), lamports - rent - RULES.deposit);
    let after = world.read::<Governance>(&address::governance());
    assert_eq!(after, Governance { proposal_count: 1, ..before });
}

#[test]
fn proposals_are_numbered() {
    let mut world = locked();
    for id in 0..3 {
        let proposal = world.propose(Action::SetArbiter { arbiter: NOWHERE });
        assert_eq!((proposal, world.proposal(&proposal).id), (address::proposal(id), id));
    }
    assert_eq!(world.read::<Governance>(&address::governance()).proposal_count, 3);
    // One that was taken back keeps its number.
    world.cancel_proposal(address::proposal(2)).ok();
    assert_eq!(world.propose(Action::SetFee { fee_bps: 99 }), address::proposal(3));
}

#[test]
fn a_fee_moves_by_one_to_fifty_basis_points() {
    let mut world = locked();
    world.weigh_fees(1);
    for (fee_bps, error) in [
        (0, Some(LeaseError::FeeStepOutOfBounds)),
        (49, Some(LeaseError::FeeStepOutOfBounds)),
        (50, None),
        (51, None),
        (99, None),
        (100, Some(LeaseError::FeeStepOutOfBounds)),
        (101, None),
        (149, None),
        (150, None),
        (151, Some(LeaseError::FeeStepOutOfBounds)),
        (500, Some(LeaseError::FeeStepOutOfBounds)),
        (501, Some(LeaseError::FeeAboveMaximum)),
        (u16::MAX, Some(LeaseError::FeeAboveMaximum)),
    ] {
        propose_and_expect(&mut world, Action::SetFee { fee_bps }, error);
    }
}

#[test]
fn no_fee_is_above_500_basis_points() {
    let mut world = locked();
    world.weigh_fees(1);
    world.set_fee(490);
    for (fee_bps, error) in [(499, None), (500, None), (501, Some(LeaseError::FeeAboveMaximum))] {
        propose_and_expect(&mut world, Action::SetFee { fee_bps }, error);
    }
    world.set_fee(1);
    propose_and_expect(&mut world, Action::SetFee { fee_bps: 0 }, None);
}

#[test]
fn no_address_may_be_empty() {
    let mut world = locked();
    for (address, error) in [(Address::default(), Some(LeaseError::AddressMissing)), (NOWHERE, None)] {
        for action in [
            Action::SetTreasury { treasury: address },
            Action::SetArbiter { arbiter: address },
            Action::SetGuardian { guardian: address },
            Action::WithdrawFees { mint: address, amount: 1 },
        ] {
            propose_and_expect(&mut world, action, error);
        }
    }
}

#[test]
fn nothing_is_not_withdrawn() {
    let mut world = locked();
    let mint = world.mint;
    for (amount, error) in [(0, Some(LeaseError::AmountZero)), (1, None), (u64::MAX, None)] {
        propose_and_expect(&mut world, Action::WithdrawFees { mint, amount }, error);
    }
}

#[test]
fn voting_rules_are_within_their_bounds() {
    for (change, error) in bounds::VOTING_RULES {
        let mut rules = RULES;
        change(&mut rules);
        // The rules in force are no change.
        let error = error.or((rules == RULES).then_some(LeaseError::NothingChanges));
        propose_and_expect(&mut locked(), Action::SetVotingRules { rules }, error);
    }
}

#[track_caller]
fn propose_and_expect(world: &mut World, action: Action, error: Option<LeaseError>) {
    match error {
        Some(error) => world.try_to_propose(action).refused(error),
        None => {
            let proposal = world.propose(action);
            assert_eq!(world.proposal(&proposal).action, action.into());
        }
    }
}

#[test]
fn a_quorum_is_a_share_of_the_locked_tokens_and_at_least_a_hundredth_of_all() {
    // Seventeen people have as much: a tenth of 1.7 locked wealths is a hundredth of all.
    let even = WEALTH / 10 * 17;
    for (locked, quorum) in [
        (QUORUM, QUORUM),
        (QUORUM + 1, QUORUM),
        (even - 1, QUORUM),
        (even, QUORUM),
        (even + 1, QUORUM + 1),
        (even + 10, QUORUM + 1),
        (even + 11, QUORUM + 2),
    ] {
        let mut world = World::new();
        let (first, second) = (world.people.holder.pubkey(), world.people.other_holder.pubkey());
        world.lock(first, locked.min(WEALTH));
        if locked > WEALTH {
            world.lock(second, locked - WEALTH);
        }
        let proposal = world.propose(Action::SetFee { fee_bps: 99 });
        let Tally { quorum: actual, electorate, .. } = world.proposal(&proposal).tokens;
        assert_eq!((actual, electorate), (quorum, locked));
    }
}

#[test]
fn nothing_is_proposed_that_could_not_pass() {
    let action = Action::SetFee { fee_bps: 99 };
    World::new().try_to_propose(action).refused(LeaseError::QuorumOutOfReach);
    for (locked, error) in
        [(QUORUM - 1, Some(LeaseError::QuorumOutOfReach)), (QUORUM, None), (QUORUM + 1, None)]
    {
        let mut world = World::new();
        world.lock(world.people.holder.pubkey(), locked);
        propose_and_expect(&mut world, action, error);
    }
}

#[test]
fn fee_payers_have_a_say_in_a_rise_and_in_nothing_else() {
    let mut world = locked();
    world.weigh_fees(100);
    for (action, electorate) in [
        (Action::SetFee { fee_bps: 101 }, 600),
        (Action::SetFee { fee_bps: 99 }, 0),
        (Action::SetTreasury { treasury: NOWHERE }, 0),
        (Action::SetArbiter { arbiter: NOWHERE }, 0),
        (Action::SetGuardian { guardian: NOWHERE }, 0),
        (Action::SetVotingRules { rules: VotingRules { quorum_bps: 2_000, ..RULES } }, 0),
        (Action::WithdrawFees { mint: world.mint, amount: 1 }, 0),
    ] {
        let proposal = world.propose(action);
        let quorum = electorate / 20;
        let participants = Tally { votes_for: 0, votes_against: 0, electorate, quorum };
        assert_eq!(world.proposal(&proposal).participants, participants);
    }
}

#[test]
fn the_smallest_of_three_complete_epochs_weighs_three_times_for_each_party() {
    let mut world = locked();
    let epoch = epoch_of(world.now());
    for (before, fees) in [(4, 1), (3, 10), (2, 1_000), (1, 100), (0, 50)] {
        world.count_fees_of(&[], fees, epoch - before);
    }
    let next = i64::try_from(epoch + 1).unwrap() * i64::from(FEE_EPOCH);
    // A second before the next epoch, and at its beginning.
    for (time, smallest) in [(world.now(), 10), (next - 1, 10), (next, 50), (next + 1, 50)] {
        world.set_time(time);
        let proposal = world.propose(Action::SetFee { fee_bps: 101 });
        assert_eq!(world.proposal(&proposal).participants.electorate, 2 * 3 * smallest);
    }
}

#[test]
fn where_nobody_paid_fees_there_is_no_rise_but_from_zero() {
    let mut world = locked();
    propose_and_expect(&mut world, Action::SetFee { fee_bps: 101 }, Some(LeaseError::NobodyCanRefuse));
    world.set_fee(0);
    let proposal = world.propose(Action::SetFee { fee_bps: 50 });
    let participants = Tally { votes_for: 0, votes_against: 0, electorate: 0, quorum: 1 };
    assert_eq!(world.proposal(&proposal).participants, participants);
    world.pass_proposal(proposal);
}

#[test]
fn a_proposer_without_the_deposit_proposes_nothing() {
    let mut world = locked();
    let proposer = world.people.holder.pubkey();
    let rent = world.svm().minimum_balance_for_rent_exemption(8 + size_of::<Proposal>());
    for (lamports, may) in [(-1, false), (0, true), (1, true)] {
        let mut world = world.clone();
        let needs = rent + RULES.deposit;
        world.change_account(&proposer, |account| {
            account.lamports = needs.checked_add_signed(lamports).unwrap();
        });
        let outcome = world.try_to_propose(Action::SetFee { fee_bps: 99 });
        match may {
            // What is left of a wallet is nothing or enough for its own rent: the cluster's rule.
            true if lamports == 0 => drop(outcome.ok()),
            true => assert!(outcome.0.is_err_and(|refusal| refusal.instruction.is_none())),
            false => outcome.failed(INSUFFICIENT_FUNDS),
        }
    }
}

#[test]
fn every_account_is_checked() {
    let mut world = locked();
    let sibling = world.sibling();
    world.propose(Action::SetFee { fee_bps: 99 });
    world.weigh_fees_of(&[], 1);
    let propose = instruction::create_proposal(&world.proposing(Action::SetFee { fee_bps: 101 }));
    let other_mints_policy = address::mint_policy(&sibling.mint);
    let forged_mint = world.copy_account(&world.vote_mint.clone(), NOWHERE, |account| account.owner = FORGER);
    world.refuses_wrong_accounts(
        &[],
        &propose,
        &[
            ("governance", sibling.provider, &InstructionError::AccountDataTooSmall),
            ("proposal", address::proposal(0), &InstructionError::InvalidSeeds),
            ("proposal", address::proposal(2), &InstructionError::InvalidSeeds),
            ("protocol", sibling.provider, &InstructionError::InvalidAccountData),
            ("fee_params", sibling.provider, &InstructionError::InvalidAccountData),
            ("mint_policy", other_mints_policy, &LeaseError::WrongMint),
            ("mint_policy", sibling.offer, &InstructionError::InvalidAccountData),
            ("vote_mint", world.mint, &LeaseError::WrongMint),
            ("vote_mint", forged_mint, &LeaseError::NotAMint),
            ("system_program", TOKEN, &InstructionError::IncorrectProgramId),
        ],
    );
}
