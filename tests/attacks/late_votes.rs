//! Votes in the last seconds: what turns a result late gives the others time to answer, once.

use crate::votes::{LOCKED, holders, tally, voting};
use gpu_lease_tests::prelude::*;

const EXTENSION: i64 = RULES.extension as i64;

/// The time at which the vote ends, and whether it was extended.
fn end(world: &World, proposal: &Address) -> (i64, bool) {
    let Proposal { ends_at, is_extended, .. } = world.proposal(proposal);
    (ends_at, is_extended == 1)
}

#[test]
fn a_quorum_reached_in_the_last_second_extends_the_vote_once() {
    let (mut world, proposal) = voting();
    let [holder, other] = holders(&world);
    let (ends_at, _) = end(&world, &proposal);
    world.set_time(ends_at - 1);
    world.vote(holder, proposal, true).ok();
    assert_eq!(end(&world, &proposal), (ends_at + EXTENSION, true));
    world.set_time(ends_at);
    world.finalize(proposal).refused(LeaseError::VoteRunning);
    // The answer comes in time and, in its last second, turns the result for good.
    world.set_time(ends_at + EXTENSION - 1);
    world.vote(other, proposal, false).ok();
    assert_eq!(end(&world, &proposal), (ends_at + EXTENSION, true));
    world.set_time(ends_at + EXTENSION);
    world.vote(holder, proposal, true).refused(LeaseError::VoteOver);
    world.finalize(proposal).ok();
    assert_eq!(world.proposal(&proposal).state, ProposalState::Failed);
}

#[test]
fn a_majority_turned_in_the_last_second_extends_the_vote_once() {
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
    assert_eq!(end(&world, &proposal), (ends_at + EXTENSION, true), "a tie is no majority");
    for is_for in [true, false, true] {
        world.vote(other, proposal, is_for).ok();
    }
    assert_eq!(end(&world, &proposal), (ends_at + EXTENSION, true));
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
        assert_eq!(end(&world, &proposal), (ends_at + EXTENSION, true));
        world.set_time(ends_at + EXTENSION);
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
    for (before_end, is_late) in [(EXTENSION + 1, false), (EXTENSION, true), (1, true)] {
        let mut world = world.clone();
        world.set_time(ends_at - before_end);
        world.vote(holder, proposal, true).ok();
        let expected = if is_late { ends_at + EXTENSION } else { ends_at };
        assert_eq!(end(&world, &proposal), (expected, is_late), "{before_end} seconds before the end");
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
fn an_extension_that_was_taken_early_is_not_given_again() {
    // Known and accepted: one extension, whoever provokes it. The standing after it is public for a day.
    let (mut world, proposal) = voting();
    let [holder, other] = holders(&world);
    world.vote(holder, proposal, true).ok();
    let (ends_at, _) = end(&world, &proposal);
    world.set_time(ends_at - EXTENSION);
    world.vote(other, proposal, false).ok();
    world.vote(other, proposal, true).ok();
    assert_eq!(end(&world, &proposal), (ends_at + EXTENSION, true));
    world.set_time(ends_at + EXTENSION - 1);
    world.vote(other, proposal, false).ok();
    assert_eq!(end(&world, &proposal), (ends_at + EXTENSION, true));
}

#[test]
fn what_was_extended_is_executed_so_much_later() {
    let (mut world, proposal) = voting();
    let [holder, _] = holders(&world);
    let (ends_at, _) = end(&world, &proposal);
    world.set_time(ends_at - 1);
    world.vote(holder, proposal, true).ok();
    world.set_time(ends_at + EXTENSION);
    world.finalize(proposal).ok();
    let timelock = i64::from(RULES.timelock);
    world.set_time(ends_at + EXTENSION + timelock - 1);
    world.execute(proposal).refused(LeaseError::TimelockRunning);
    world.set_time(ends_at + EXTENSION + timelock);
    world.execute(proposal).ok();
}
