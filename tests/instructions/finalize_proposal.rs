use crate::states::{LOCKED, QUORUM, voting};
use gpu_lease_tests::prelude::*;

/// Finalizes `proposal` at its end: whether it passed.
#[track_caller]
fn passes(world: &mut World, proposal: Address) -> bool {
    world.set_time(world.proposal(&proposal).ends_at);
    world.finalize(proposal).ok();
    let state = world.proposal(&proposal).state;
    assert!(state == ProposalState::Passed || state == ProposalState::Failed, "{state:?}");
    state == ProposalState::Passed
}

#[test]
fn anyone_decides_a_proposal_and_the_deposit_goes_back() {
    for (is_for, state) in [(true, PodProposalState::Passed), (false, PodProposalState::Failed)] {
        let (mut world, proposal) = voting();
        let (proposer, other) = (world.people.holder.pubkey(), world.people.other_holder.pubkey());
        world.vote(other, proposal, is_for).ok();
        let before = world.proposal(&proposal);
        let (lamports, held) = (world.lamports(&proposer), world.lamports(&proposal));
        world.set_time(before.ends_at);

        world.finalize(proposal).emitted(Event::ProposalFinalized(ProposalFinalized {
            proposal,
            state: u64::from(state.0),
            executable_from: before.ends_at + i64::from(RULES.timelock),
        }));

        assert_eq!(world.proposal(&proposal), Proposal { state, deposit: 0, ..before });
        assert_eq!(world.lamports(&proposer), lamports + RULES.deposit);
        assert_eq!(world.lamports(&proposal), held - RULES.deposit, "the rent stays with the record");
    }
}

#[test]
fn a_vote_is_decided_when_it_is_over_and_not_before() {
    for (seconds, may) in [(-1, false), (0, true), (1, true), (365 * 24 * 3_600, true)] {
        let (mut world, proposal) = voting();
        world.vote(world.people.holder.pubkey(), proposal, true).ok();
        world.set_time(world.proposal(&proposal).ends_at + seconds);
        let outcome = world.finalize(proposal);
        match may {
            true => drop(outcome.ok()),
            false => outcome.refused(LeaseError::VoteRunning),
        }
    }
}

#[test]
fn an_extended_vote_is_decided_after_its_extension() {
    let (mut world, proposal) = voting();
    let ends_at = world.proposal(&proposal).ends_at;
    world.set_time(ends_at - 1);
    world.vote(world.people.holder.pubkey(), proposal, true).ok();
    let extended = ends_at - 1 + i64::from(RULES.extension);
    for running in [ends_at, extended - 1] {
        world.set_time(running);
        world.finalize(proposal).refused(LeaseError::VoteRunning);
    }
    world.set_time(extended);
    world.finalize(proposal).ok();
    assert_eq!(world.proposal(&proposal).executable_from(), extended + i64::from(RULES.timelock));
}

#[test]
fn a_proposal_is_decided_once() {
    for is_for in [true, false] {
        let (mut world, proposal) = voting();
        world.vote(world.people.holder.pubkey(), proposal, is_for).ok();
        passes(&mut world, proposal);
        let (proposer, before) = (world.people.holder.pubkey(), world.lamports(&proposal));
        let lamports = world.lamports(&proposer);
        world.finalize(proposal).refused(LeaseError::AlreadyFinalized);
        if is_for {
            world.set_time(world.proposal(&proposal).executable_from());
            world.execute(proposal).ok();
            world.finalize(proposal).refused(LeaseError::AlreadyFinalized);
        }
        assert_eq!((world.lamports(&proposal), world.lamports(&proposer)), (before, lamports));
    }
}

#[test]
fn votes_for_reach_the_quorum_or_nothing_passes() {
    for (weight, expected) in [(QUORUM - 1, false), (QUORUM, true), (QUORUM + 1, true)] {
        let mut world = World::new();
        let voter = world.people.other_holder.pubkey();
        world.lock(voter, weight);
        let proposal = world.propose_fee(150);
        assert_eq!(world.proposal(&proposal).tokens.quorum, QUORUM);
        world.vote(voter, proposal, true).ok();
        assert_eq!(passes(&mut world, proposal), expected, "{weight}");
    }
}

#[test]
fn more_vote_for_than_against_or_nothing_passes() {
    for (against, expected) in [(LOCKED - 1, true), (LOCKED, false), (LOCKED + 1, false)] {
        let mut world = World::new();
        let (holder, other) = (world.people.holder.pubkey(), world.people.other_holder.pubkey());
        world.lock(other, against);
        let proposal = world.propose_fee(150);
        world.vote(holder, proposal, true).ok();
        world.vote(other, proposal, false).ok();
        assert_eq!(passes(&mut world, proposal), expected, "{against} against");
    }
}

#[test]
fn a_vote_against_does_not_help_to_the_quorum() {
    let mut world = World::new();
    let (holder, other) = (world.people.holder.pubkey(), world.people.other_holder.pubkey());
    world.lock(holder, QUORUM - 1);
    world.lock(other, QUORUM - 2);
    let proposal = world.propose(Action::SetFee { fee_bps: 99 });
    world.vote(holder, proposal, true).ok();
    world.vote(other, proposal, false).ok();
    assert!(!passes(&mut world, proposal));
}

#[test]
fn without_votes_nothing_passes() {
    let (mut world, proposal) = voting();
    assert!(!passes(&mut world, proposal));
}

/// The holder votes for a rise of the fee to which renter and provider, who paid these fees in each of three epochs,
/// say what they say. Together with somebody else they have paid 100 000 in each, which weigh six times: a twentieth is
/// 30 000.
#[track_caller]
fn passes_with_payers(renter: (u64, Option<bool>), provider: (u64, Option<bool>)) -> bool {
    let mut world = World::new();
    world.weigh_fees_of(&[], 100_000);
    let epochs: Vec<_> = (1..=WEIGHT_EPOCHS).map(|before| epoch_of(world.now()) - before).collect();
    let parties = [world.people.renter.pubkey(), world.provider];
    for (party, (fees, _)) in parties.iter().zip([renter, provider]) {
        let participant = address::participant(party);
        world.write(&participant, |participant: &mut Participant| {
            epochs.iter().for_each(|epoch| participant.fees.add(fees, *epoch));
        });
    }
    let proposal = world.propose_fee(150);
    assert_eq!(world.proposal(&proposal).participants.quorum, 30_000);
    if let Some(is_for) = renter.1 {
        world.vote_as_renter(proposal, is_for).ok();
    }
    if let Some(is_for) = provider.1 {
        world.vote_as_provider(proposal, is_for).ok();
    }
    world.vote(world.people.holder.pubkey(), proposal, true).ok();
    passes(&mut world, proposal)
}

#[test]
fn fee_payers_refuse_a_rise_with_a_twentieth_of_what_they_paid() {
    for (against, expected) in [(9_999, true), (10_000, false), (10_001, false)] {
        assert_eq!(passes_with_payers((against, Some(false)), (100_000, None)), expected, "{against}");
    }
}

#[test]
fn fee_payers_refuse_a_rise_with_more_against_than_for() {
    for (against, expected) in [(19_999, true), (20_000, true), (20_001, false)] {
        assert_eq!(passes_with_payers((against, Some(false)), (20_000, Some(true))), expected, "{against}");
    }
}

#[test]
fn fee_payers_that_say_nothing_refuse_nothing() {
    assert!(passes_with_payers((100_000, None), (100_000, None)));
    assert!(passes_with_payers((100_000, Some(true)), (100_000, None)));
}

#[test]
fn lamports_that_strangers_sent_to_a_proposal_hinder_nothing() {
    let (mut world, proposal) = voting();
    let proposer = world.people.holder.pubkey();
    let before = world.lamports(&proposer);
    world.cluster.fund(&proposal, 1_000);
    passes(&mut world, proposal);
    assert_eq!(world.lamports(&proposer), before + RULES.deposit);
}

#[test]
fn every_account_is_checked() {
    let (mut world, proposal) = voting();
    world.vote(world.people.holder.pubkey(), proposal, true).ok();
    let proposer = world.people.other_holder.pubkey();
    let new = instruction::CreateProposal { proposer, ..world.proposing(Action::SetFee { fee_bps: 99 }) };
    world.play([instruction::create_proposal(&new)]).ok();
    let others = address::proposal(new.id);
    world.set_time(world.proposal(&others).ends_at);
    world.refuses_wrong_accounts(
        &[],
        &instruction::finalize_proposal(&world.keyed_proposal(proposal)),
        &[
            ("proposal", others, &LeaseError::WrongAccount),
            ("proposal", world.provider, &InstructionError::AccountDataTooSmall),
            ("proposer", proposer, &LeaseError::WrongAccount),
            ("proposer", world.people.stranger.pubkey(), &LeaseError::WrongAccount),
        ],
    );
}
