//! Votes in the last seconds: what turns the result gives the others time to answer, three times at most.

use crate::votes::{LOCKED, holders, tally, voting};
use gpu_lease_tests::prelude::*;

const EXTENSION: i64 = RULES.extension as i64;

/// The time at which the vote ends, and whether it was extended.
fn end(world: &World, proposal: &Address) -> (i64, bool) {
    let proposal = world.proposal(proposal);
    (proposal.ends_at, proposal.is_extended())
}

#[test]
fn a_quorum_reached_in_the_last_second_is_answered_and_so_is_the_answer() {
    let (mut world, proposal) = voting();
    let [holder, other] = holders(&world);
    let (first_end, _) = end(&world, &proposal);
    world.set_time(first_end - 1);
    world.vote(holder, proposal, true).ok();
    assert_eq!(end(&world, &proposal), (first_end - 1 + EXTENSION, true));
    world.set_time(first_end);
    world.finalize(proposal).refused(LeaseError::VoteRunning);
    world.set_time(first_end - 2 + EXTENSION);
    world.vote(other, proposal, false).ok();
    let ends_at = first_end - 2 + 2 * EXTENSION;
    assert_eq!(end(&world, &proposal), (ends_at, true));
    world.set_time(ends_at - 1);
    world.finalize(proposal).refused(LeaseError::VoteRunning);
    world.set_time(ends_at);
    world.vote(holder, proposal, true).refused(LeaseError::VoteOver);
    world.finalize(proposal).ok();
    assert_eq!(world.proposal(&proposal).state, ProposalState::Failed);
}

#[test]
fn a_quarrel_ends_three_extensions_after_the_first_end() {
    let (mut world, proposal) = voting();
    let [holder, other] = holders(&world);
    let (first_end, _) = end(&world, &proposal);
    let latest_end = first_end + 3 * EXTENSION;
    world.vote(holder, proposal, true).ok();
    world.set_time(first_end - 1);
    for (is_for, ends_at) in [
        (false, first_end - 1 + EXTENSION),
        (true, first_end - 2 + 2 * EXTENSION),
        (false, first_end - 3 + 3 * EXTENSION),
        (true, latest_end),
        (false, latest_end),
    ] {
        world.vote(other, proposal, is_for).ok();
        assert_eq!(end(&world, &proposal), (ends_at, true));
        assert_eq!(world.proposal(&proposal).latest_end(), latest_end);
        world.set_time(ends_at - 1);
    }
    world.set_time(latest_end);
    world.vote(other, proposal, true).refused(LeaseError::VoteOver);
    world.finalize(proposal).ok();
}

#[test]
fn a_majority_turned_in_the_last_second_extends_the_vote() {
    let (mut world, proposal) = voting();
    let [holder, other] = holders(&world);
    let (ends_at, _) = end(&world, &proposal);
    world.lock(other, 1);
    world.vote(holder, proposal, true).ok();
    world.set_time(ends_at - 1);
    world.vote(other, proposal, false).refused(LeaseError::LockedAfterProposal);
    assert_eq!(end(&world, &proposal), (ends_at, false), "what is refused extends nothing");

    let (mut world, proposal) = voting();
    world.vote(holder, proposal, true).ok();
    world.set_time(ends_at - 1);
    world.vote(other, proposal, false).ok();
    assert_eq!(end(&world, &proposal), (ends_at - 1 + EXTENSION, true), "a tie is not a majority");
    // To and fro in one second is no more than one answer.
    for is_for in [true, false, true] {
        world.vote(other, proposal, is_for).ok();
    }
    let (now, after) = (world.now(), end(&world, &proposal));
    assert_eq!(after, (now + EXTENSION, true));
    assert_eq!(tally(&world, &proposal), [2 * LOCKED, 0]);
}

#[test]
fn a_refusal_by_the_payers_in_the_last_second_extends_the_vote_and_so_does_its_end() {
    for turns_back in [false, true] {
        let mut world = World::new();
        world.earn_fees();
        let [holder, _] = holders(&world);
        let proposal = world.propose_fee(150);
        world.vote(holder, proposal, true).ok();
        let (ends_at, _) = end(&world, &proposal);
        if turns_back {
            world.vote_as_provider(proposal, false).ok();
        }
        world.set_time(ends_at - 1);
        // A tie refuses nothing any more.
        world.vote_as_renter(proposal, turns_back).ok();
        let extended = ends_at - 1 + EXTENSION;
        assert_eq!(end(&world, &proposal), (extended, true));
        world.set_time(extended);
        world.finalize(proposal).ok();
        let expected = if turns_back { ProposalState::Passed } else { ProposalState::Failed };
        assert_eq!(world.proposal(&proposal).state, expected);
    }
}

#[test]
fn a_vote_that_turns_the_result_before_the_last_day_extends_nothing() {
    let (world, proposal) = voting();
    let [holder, _] = holders(&world);
    let (ends_at, _) = end(&world, &proposal);
    for before_end in [EXTENSION + 1, EXTENSION, EXTENSION - 1, 1] {
        let mut world = world.clone();
        world.set_time(ends_at - before_end);
        world.vote(holder, proposal, true).ok();
        let expected = ends_at.max(ends_at - before_end + EXTENSION);
        assert_eq!(end(&world, &proposal), (expected, expected > ends_at), "{before_end}");
    }
}

#[test]
fn a_late_vote_that_turns_nothing_extends_nothing() {
    let (mut world, proposal) = voting();
    let [holder, other] = holders(&world);
    world.vote(holder, proposal, true).ok();
    let (ends_at, _) = end(&world, &proposal);
    world.set_time(ends_at - 1);
    world.vote(other, proposal, true).ok();
    world.vote(holder, proposal, true).ok();
    assert_eq!(end(&world, &proposal), (ends_at, false));
    world.set_time(ends_at);
    world.vote(other, proposal, false).refused(LeaseError::VoteOver);
}

#[test]
fn votes_against_reach_no_quorum_and_extend_nothing() {
    let (mut world, proposal) = voting();
    let [holder, other] = holders(&world);
    let (ends_at, _) = end(&world, &proposal);
    world.set_time(ends_at - 1);
    world.vote(holder, proposal, false).ok();
    world.vote(other, proposal, false).ok();
    assert_eq!(end(&world, &proposal), (ends_at, false));
}

#[test]
fn what_was_extended_is_executed_so_much_later() {
    let (mut world, proposal) = voting();
    let [holder, _] = holders(&world);
    let (ends_at, _) = end(&world, &proposal);
    world.set_time(ends_at - 1);
    world.vote(holder, proposal, true).ok();
    let extended = ends_at - 1 + EXTENSION;
    world.set_time(extended);
    world.finalize(proposal).ok();
    let timelock = i64::from(RULES.timelock);
    world.set_time(extended + timelock - 1);
    world.execute(proposal).refused(LeaseError::TimelockRunning);
    world.set_time(extended + timelock);
    world.execute(proposal).ok();
}
