use crate::states::{voting, voting_with_fees};
use gpu_lease_tests::prelude::*;

#[test]
fn anyone_returns_the_rent_of_a_vote_that_is_decided() {
    for (seconds, may) in [(-1, false), (0, true), (1, true)] {
        let (mut world, proposal) = voting();
        let (owner, delegate) = (world.people.holder.pubkey(), world.people.delegate.pubkey());
        world.set_delegate(owner, delegate).ok();
        let lamports = [owner, delegate].map(|wallet| world.lamports(&wallet));
        world.vote_by(delegate, owner, proposal, true).ok();
        // What the owner overrules stays the delegate's.
        world.vote(owner, proposal, false).ok();
        let (record, before) = (world.vote_record(&proposal, &owner), world.proposal(&proposal));
        world.set_time(before.ends_at + seconds);
        world.close_vote_record(&record).refused(LeaseError::VoteRunning);
        let before = match may {
            true => {
                world.finalize(proposal).ok();
                world.proposal(&proposal)
            }
            false => before,
        };

        let outcome = world.close_vote_record(&record);

        match may {
            true => {
                outcome.emitted_nothing();
                assert!(!world.exists(&record.address));
                // The owner has its deposit back, and no more.
                let expected = [lamports[0] + RULES.deposit, lamports[1]];
                assert_eq!([owner, delegate].map(|wallet| world.lamports(&wallet)), expected);
                assert_eq!(world.proposal(&proposal), before, "its vote counts");
            }
            false => outcome.refused(LeaseError::VoteRunning),
        }
    }
}

#[test]
fn what_is_decided_is_over() {
    let (mut world, proposal) = voting_with_fees(1_000);
    let renter = world.people.renter.pubkey();
    let before = world.lamports(&renter);
    world.vote_as_provider(proposal, true).ok();
    world.vote_as_renter(proposal, false).ok();
    let of = |party: &Address| address::vote_record(&proposal, &address::participant(party));
    let records = [renter, world.provider].map(|party| of(&party)).map(|address| {
        gpu_lease_client::account::Keyed { address, account: world.read::<VoteRecord>(&address) }
    });
    world.pass_proposal(proposal);
    world.close_vote_record(&records[0]).ok();
    assert_eq!(world.lamports(&renter), before);
    world.execute(proposal).ok();
    world.close_vote_record(&records[1]).ok();
}

#[test]
fn an_extended_vote_is_over_later() {
    let (mut world, proposal) = voting();
    let owner = world.people.holder.pubkey();
    let ends_at = world.proposal(&proposal).ends_at;
    world.set_time(ends_at - 1);
    world.vote(owner, proposal, true).ok();
    let record = world.vote_record(&proposal, &owner);
    let extended = ends_at + i64::from(RULES.extension);
    for running in [ends_at, extended - 1] {
        world.set_time(running);
        world.close_vote_record(&record).refused(LeaseError::VoteRunning);
    }
    world.set_time(extended);
    world.finalize(proposal).ok();
    world.close_vote_record(&record).ok();
}

#[test]
fn a_record_is_closed_once_and_nobody_votes_again() {
    let (mut world, proposal) = voting();
    let owner = world.people.holder.pubkey();
    world.vote(owner, proposal, true).ok();
    let record = world.vote_record(&proposal, &owner);
    world.set_time(world.proposal(&proposal).ends_at);
    world.finalize(proposal).ok();
    world.close_vote_record(&record).ok();
    world.close_vote_record(&record).failed(InstructionError::AccountDataTooSmall);
    world.vote(owner, proposal, true).refused(LeaseError::VoteOver);
}

#[test]
fn lamports_that_strangers_sent_go_with_the_rent() {
    let (mut world, proposal) = voting();
    let owner = world.people.holder.pubkey();
    let before = world.lamports(&owner);
    world.vote(owner, proposal, true).ok();
    let record = world.vote_record(&proposal, &owner);
    world.cluster.fund(&record.address, 1_000);
    world.set_time(world.proposal(&proposal).ends_at);
    world.finalize(proposal).ok();
    world.close_vote_record(&record).ok();
    assert_eq!(world.lamports(&owner), before + RULES.deposit + 1_000);
}

#[test]
fn every_account_is_checked() {
    let (mut world, proposal) = voting();
    let (owner, other) = (world.people.holder.pubkey(), world.people.other_holder.pubkey());
    let other_proposal = world.propose(Action::SetFee { fee_bps: 99 });
    for holder in [owner, other] {
        world.vote(holder, proposal, true).ok();
    }
    world.vote(owner, other_proposal, true).ok();
    let record = world.vote_record(&proposal, &owner);
    let others_record = world.vote_record(&proposal, &other).address;
    let of_other_proposal = world.vote_record(&other_proposal, &owner).address;
    world.set_time(world.proposal(&other_proposal).ends_at);
    for proposal in [proposal, other_proposal] {
        world.finalize(proposal).ok();
    }
    world.refuses_wrong_accounts(
        &[],
        &instruction::close_vote_record(&record),
        &[
            ("record", others_record, &LeaseError::WrongAccount),
            ("record", of_other_proposal, &LeaseError::WrongAccount),
            ("record", other_proposal, &InstructionError::InvalidAccountData),
            ("proposal", other_proposal, &LeaseError::WrongAccount),
            ("proposal", world.provider, &InstructionError::AccountDataTooSmall),
            ("rent_payer", other, &LeaseError::WrongAccount),
            ("rent_payer", world.people.stranger.pubkey(), &LeaseError::WrongAccount),
        ],
    );
}
