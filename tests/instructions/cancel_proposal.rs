use crate::states::{voting, voting_with_fees};
use gpu_lease_tests::prelude::*;

#[test]
fn the_proposer_takes_a_proposal_back_and_its_deposit_when_the_vote_would_have_ended() {
    let (mut world, proposal) = voting();
    let proposer = world.people.holder.pubkey();
    let (before, governance) = (world.proposal(&proposal), world.read::<Governance>(&address::governance()));
    let lamports = world.lamports(&proposer);

    world.cancel_proposal(proposal).emitted(Event::ProposalCancelled(ProposalCancelled { proposal }));

    let taken_back = Proposal { state: PodProposalState::Failed, ..before };
    assert_eq!(world.proposal(&proposal), taken_back);
    assert_eq!(world.read::<Governance>(&address::governance()), governance);
    assert_eq!(world.lamports(&proposer), lamports);
    world.vote(world.people.other_holder.pubkey(), proposal, true).refused(LeaseError::VoteOver);
    world.set_time(before.ends_at - 1);
    world.finalize(proposal).refused(LeaseError::VoteRunning);
    world.set_time(before.ends_at);
    world.finalize(proposal).ok();
    assert_eq!(world.proposal(&proposal), Proposal { deposit: 0, ..taken_back });
    assert_eq!(world.lamports(&proposer), lamports + RULES.deposit);
    world.finalize(proposal).refused(LeaseError::AlreadyFinalized);
}

#[test]
fn nobody_but_the_proposer_may() {
    let (mut world, proposal) = voting();
    let cancel = instruction::cancel_proposal(&world.keyed_proposal(proposal));
    for nobody in
        [&world.people.other_holder, &world.people.guardian, &world.people.stranger].map(Signer::pubkey)
    {
        let cancel = cancel.clone().with("proposer", nobody);
        world.play([cancel]).refused(LeaseError::NotProposer);
    }
    world.play([cancel]).ok();
}

#[test]
fn nobody_may_once_a_vote_was_cast() {
    for is_for in [true, false] {
        let (mut world, proposal) = voting();
        world.vote(world.people.other_holder.pubkey(), proposal, is_for).ok();
        world.cancel_proposal(proposal).refused(LeaseError::VotesCast);
        let (mut world, proposal) = voting_with_fees(3);
        world.vote_as_renter(proposal, is_for).ok();
        world.cancel_proposal(proposal).refused(LeaseError::VotesCast);
    }
}

#[test]
fn what_nobody_voted_on_is_taken_back_until_it_is_decided() {
    for seconds in [-1, 0, 1] {
        let (mut world, proposal) = voting();
        world.set_time(world.proposal(&proposal).ends_at + seconds);
        world.cancel_proposal(proposal).ok();
        world.cancel_proposal(proposal).refused(LeaseError::AlreadyFinalized);
    }
    let (mut world, proposal) = voting();
    world.set_time(world.proposal(&proposal).ends_at);
    world.finalize(proposal).ok();
    world.cancel_proposal(proposal).refused(LeaseError::AlreadyFinalized);
}

#[test]
fn what_passed_is_not_taken_back() {
    let (mut world, proposal) = voting();
    world.pass_proposal(proposal);
    world.cancel_proposal(proposal).refused(LeaseError::AlreadyFinalized);
    world.execute(proposal).ok();
    world.cancel_proposal(proposal).refused(LeaseError::AlreadyFinalized);
}

#[test]
fn every_account_is_checked() {
    let (mut world, proposal) = voting();
    let other = world.people.other_holder.pubkey();
    let new =
        instruction::CreateProposal { proposer: other, ..world.proposing(Action::SetFee { fee_bps: 99 }) };
    world.play([instruction::create_proposal(&new)]).ok();
    world.refuses_wrong_accounts(
        &[],
        &instruction::cancel_proposal(&world.keyed_proposal(proposal)),
        &[
            ("proposer", other, &LeaseError::NotProposer),
            ("proposal", address::proposal(new.id), &LeaseError::NotProposer),
            ("proposal", world.provider, &InstructionError::AccountDataTooSmall),
        ],
    );
}
