use crate::states::{LOCKED, QUORUM, passed, voting};
use gpu_lease_tests::prelude::*;

#[test]
fn an_owner_votes_with_its_lock() {
    for is_for in [true, false] {
        let (mut world, proposal) = voting();
        let owner = world.people.holder.pubkey();
        let lock = address::lock(&owner);
        let (record, bump) = VoteRecord::address(&proposal, &lock);
        let (before, lamports) = (world.proposal(&proposal), world.lamports(&owner));
        let (of_lock, held) = (world.vote_lock(&owner), world.lamports(&proposal));

        world.vote(owner, proposal, is_for).emitted(Event::VoteCast(VoteCast {
            proposal,
            voter: lock,
            house: House::Tokens as u64,
            is_for: u64::from(is_for),
            weight: LOCKED,
            by_delegate: 0,
            votes_for: if is_for { LOCKED } else { 0 },
            votes_against: if is_for { 0 } else { LOCKED },
            ends_at: before.ends_at,
        }));

        assert_eq!(
            world.read::<VoteRecord>(&record),
            VoteRecord {
                proposal,
                voter: lock,
                rent_payer: owner,
                weight: LOCKED,
                house: PodHouse::Tokens,
                is_for: u8::from(is_for),
                by_delegate: 0,
                version: 1,
                bump,
                spare: [0; 19],
            }
        );
        let (votes_for, votes_against) = if is_for { (LOCKED, 0) } else { (0, LOCKED) };
        let tokens = Tally { votes_for, votes_against, ..before.tokens };
        assert_eq!(world.proposal(&proposal), Proposal { tokens, ..before });
        assert_eq!(world.vote_lock(&owner), of_lock, "a lock does not know of its votes");
        assert_eq!(world.lamports(&owner), lamports - world.lamports(&record), "the voter pays the rent");
        assert_eq!(world.lamports(&proposal), held);
    }
}

#[test]
fn an_owner_changes_its_vote_as_often_as_it_likes() {
    let (mut world, proposal) = voting();
    let owner = world.people.holder.pubkey();
    let Tally { electorate, quorum, .. } = world.proposal(&proposal).tokens;
    world.vote(owner, proposal, true).ok();
    let lamports = world.lamports(&owner);
    for is_for in [false, true, true, false] {
        world.vote(owner, proposal, is_for).ok();
        let (votes_for, votes_against) = if is_for { (LOCKED, 0) } else { (0, LOCKED) };
        assert_eq!(world.proposal(&proposal).tokens, Tally { votes_for, votes_against, electorate, quorum });
    }
    assert_eq!(world.lamports(&owner), lamports, "no rent is due twice");
}

#[test]
fn a_delegate_votes_where_nothing_was_voted() {
    let (mut world, proposal) = voting();
    let (owner, delegate) = (world.people.holder.pubkey(), world.people.delegate.pubkey());
    world.vote_by(delegate, owner, proposal, true).refused(LeaseError::NotVoter);
    world.set_delegate(owner, delegate).ok();
    let (of_owner, of_delegate) = (world.lamports(&owner), world.lamports(&delegate));

    world.vote_by(delegate, owner, proposal, true).emitted(Event::VoteCast(VoteCast {
        proposal,
        voter: address::lock(&owner),
        house: House::Tokens as u64,
        is_for: 1,
        weight: LOCKED,
        by_delegate: 1,
        votes_for: LOCKED,
        votes_against: 0,
        ends_at: world.proposal(&proposal).ends_at,
    }));

    let record = world.vote_record(&proposal, &owner);
    assert_eq!((record.rent_payer, record.by_delegate, record.is_for), (delegate, 1, 1));
    assert_eq!(world.lamports(&delegate), of_delegate - world.lamports(&record.address));
    assert_eq!(world.lamports(&owner), of_owner);
    assert_eq!(world.proposal(&proposal).tokens.votes_for, LOCKED);
    for is_for in [true, false] {
        world.vote_by(delegate, owner, proposal, is_for).refused(LeaseError::AlreadyVoted);
    }
}

#[test]
fn an_owner_overrules_its_delegate_for_good() {
    let (mut world, proposal) = voting();
    let (owner, delegate) = (world.people.holder.pubkey(), world.people.delegate.pubkey());
    world.set_delegate(owner, delegate).ok();
    world.vote_by(delegate, owner, proposal, true).ok();
    let before = world.vote_record(&proposal, &owner).account;

    world.vote(owner, proposal, false).ok();

    let record = VoteRecord { is_for: 0, by_delegate: 0, ..before };
    assert_eq!(world.vote_record(&proposal, &owner).account, record, "the delegate stays the rent's owner");
    let Tally { votes_for, votes_against, .. } = world.proposal(&proposal).tokens;
    assert_eq!((votes_for, votes_against), (0, LOCKED));
    world.vote_by(delegate, owner, proposal, true).refused(LeaseError::AlreadyVoted);
}

#[test]
fn an_owner_that_is_its_own_delegate_is_the_owner() {
    let (mut world, proposal) = voting();
    let owner = world.people.holder.pubkey();
    world.set_delegate(owner, owner).ok();
    world.vote(owner, proposal, true).ok();
    assert_eq!(world.vote_record(&proposal, &owner).by_delegate, 0);
    world.vote(owner, proposal, false).ok();
}

#[test]
fn a_delegation_goes_one_step_and_ends_when_it_is_taken_back() {
    let (mut world, proposal) = voting();
    let (owner, other) = (world.people.holder.pubkey(), world.people.other_holder.pubkey());
    let delegate = world.people.delegate.pubkey();
    world.set_delegate(owner, other).ok();
    world.set_delegate(other, delegate).ok();
    world.vote_by(delegate, owner, proposal, true).refused(LeaseError::NotVoter);
    world.set_delegate(owner, Address::default()).ok();
    world.vote_by(other, owner, proposal, true).refused(LeaseError::NotVoter);
    world.vote_by(delegate, other, proposal, true).ok();
}

#[test]
fn nobody_votes_with_the_lock_of_another() {
    let (mut world, proposal) = voting();
    let owner = world.people.holder.pubkey();
    for nobody in
        [&world.people.other_holder, &world.people.guardian, &world.people.stranger].map(Signer::pubkey)
    {
        world.vote_by(nobody, owner, proposal, true).refused(LeaseError::NotVoter);
    }
}

#[test]
fn tokens_vote_that_were_locked_in_a_slot_before_the_proposals() {
    // The slot of the deposit, from that of the proposal.
    for (slot, may) in [(-1, true), (0, false), (1, false)] {
        let mut world = World::new();
        let (owner, other) = (world.people.holder.pubkey(), world.people.other_holder.pubkey());
        world.lock(other, LOCKED);
        let lock = world.lock_ix(owner, 5, world.lock_end(world.now() + 365 * 24 * 3_600));
        if slot <= 0 {
            world.play([lock.clone()]).ok();
        }
        if slot < 0 {
            world.pass(1);
        }
        let proposal = world.propose(Action::SetFee { fee_bps: 99 });
        world.pass(1);
        if slot > 0 {
            world.play([lock]).ok();
        }
        let (deposit, created) =
            (world.vote_lock(&owner).deposit_slot, world.proposal(&proposal).created_slot);
        assert_eq!(deposit.cmp(&created), slot.cmp(&0));
        let outcome = world.vote(owner, proposal, true);
        match may {
            true => drop(outcome.ok()),
            false => outcome.refused(LeaseError::LockedAfterProposal),
        }
    }
}

#[test]
fn adding_to_a_lock_costs_its_vote_on_older_proposals_unless_it_was_cast() {
    let (mut world, proposal) = voting();
    let (owner, other) = (world.people.holder.pubkey(), world.people.other_holder.pubkey());
    world.vote(owner, proposal, true).ok();
    for holder in [owner, other] {
        world.lock(holder, 5);
    }
    world.vote(other, proposal, true).refused(LeaseError::LockedAfterProposal);
    world.vote(owner, proposal, false).ok();
    assert_eq!(world.vote_record(&proposal, &owner).weight, LOCKED, "with the weight that it had");
    assert_eq!(world.proposal(&proposal).tokens.votes_against, LOCKED);
}

#[test]
fn a_lock_outlasts_the_vote_and_its_extensions() {
    let longest = i64::from(RULES.voting_period) + 3 * i64::from(RULES.extension);
    for (seconds, may) in [(-i64::from(RULES.extension), true), (-1, true), (0, false), (1, false)] {
        let mut world = World::new();
        let (owner, other) = (world.people.holder.pubkey(), world.people.other_holder.pubkey());
        world.lock(other, LOCKED);
        let end = world.lock_end(world.now() + i64::from(MIN_LOCK));
        world.lock_until(owner, 5, end).ok();
        world.set_time(end - longest + seconds);
        let proposal = world.propose(Action::SetFee { fee_bps: 99 });
        let outcome = world.vote(owner, proposal, true);
        match may {
            true => drop(outcome.ok()),
            false => outcome.refused(LeaseError::LockEndsBeforeVote),
        }
    }
}

#[test]
fn a_lock_of_nothing_has_no_vote() {
    let (mut world, proposal) = voting();
    let owner = world.people.holder.pubkey();
    world.write(&address::lock(&owner), |lock: &mut VoteLock| lock.amount = 0);
    world.vote(owner, proposal, true).refused(LeaseError::NoWeight);
}

#[test]
fn votes_are_taken_until_the_end_and_not_after() {
    for (seconds, may) in [(-1, true), (0, false), (1, false)] {
        let (mut world, proposal) = voting();
        let (owner, other) = (world.people.holder.pubkey(), world.people.other_holder.pubkey());
        // Nothing that this vote could change late.
        for holder in [owner, other] {
            world.vote(holder, proposal, true).ok();
        }
        let third = world.people.holder.pubkey();
        world.set_time(world.proposal(&proposal).ends_at + seconds);
        let outcome = world.vote(third, proposal, true);
        match may {
            true => drop(outcome.ok()),
            false => outcome.refused(LeaseError::VoteOver),
        }
    }
}

#[test]
fn nobody_votes_on_what_is_decided() {
    let (mut world, proposal) = passed(Action::SetArbiter { arbiter: NOWHERE });
    let owner = world.people.holder.pubkey();
    world.vote(owner, proposal, false).refused(LeaseError::VoteOver);
    world.execute(proposal).ok();
    world.vote(owner, proposal, false).refused(LeaseError::VoteOver);
    let failed = world.propose(Action::SetTreasury { treasury: NOWHERE });
    world.set_time(world.proposal(&failed).ends_at);
    world.finalize(failed).ok();
    world.vote(owner, failed, true).refused(LeaseError::VoteOver);
}

#[test]
fn a_late_vote_that_changes_the_standing_extends_the_vote() {
    for (seconds, extends) in [(-1, false), (0, false), (1, true), (2, true)] {
        let (mut world, proposal) = voting();
        let owner = world.people.holder.pubkey();
        let before = world.proposal(&proposal);
        world.set_time(before.ends_at - i64::from(RULES.extension) + seconds);
        let ends_at = before.ends_at + if extends { seconds } else { 0 };

        world.vote(owner, proposal, true).emitted(Event::VoteCast(VoteCast {
            proposal,
            voter: address::lock(&owner),
            house: House::Tokens as u64,
            is_for: 1,
            weight: LOCKED,
            by_delegate: 0,
            votes_for: LOCKED,
            votes_against: 0,
            ends_at,
        }));

        let after = world.proposal(&proposal);
        assert_eq!((after.ends_at, after.is_extended()), (ends_at, extends));
        assert!(after.latest_end() == before.latest_end());
    }
}

#[test]
fn a_vote_is_extended_up_to_three_times_as_long() {
    let (mut world, proposal) = voting();
    let (owner, other) = (world.people.holder.pubkey(), world.people.other_holder.pubkey());
    world.vote(owner, proposal, true).ok();
    for is_for in [false, true, false, true, false] {
        world.set_time(world.proposal(&proposal).ends_at - 1);
        world.vote(other, proposal, is_for).ok();
    }
    let Proposal { first_end, ends_at, extension, .. } = world.proposal(&proposal);
    assert_eq!(ends_at, first_end + 3 * i64::from(extension));
    world.set_time(ends_at);
    world.vote(owner, proposal, false).refused(LeaseError::VoteOver);
}

#[test]
fn a_late_vote_that_changes_nothing_extends_nothing() {
    // What the holder has voted early, and the other holder votes late.
    for (early, late, extends) in
        [(true, true, false), (true, false, true), (false, false, false), (false, true, false)]
    {
        let (mut world, proposal) = voting();
        let ends_at = world.proposal(&proposal).ends_at;
        world.vote(world.people.holder.pubkey(), proposal, early).ok();
        world.set_time(ends_at - 1);
        world.vote(world.people.other_holder.pubkey(), proposal, late).ok();
        let is_extended = world.proposal(&proposal).is_extended();
        assert_eq!((is_extended, world.proposal(&proposal).ends_at > ends_at), (extends, extends));
    }
}

#[test]
fn a_vote_that_reaches_the_quorum_late_extends_the_vote() {
    for (missing, extends) in [(1_001, false), (1_000, true), (999, true)] {
        let mut world = World::new();
        let (owner, other) = (world.people.holder.pubkey(), world.people.other_holder.pubkey());
        let absent = world.people.agent.pubkey();
        for (holder, amount) in [(owner, 1_000), (other, QUORUM - missing), (absent, LOCKED)] {
            world.lock(holder, amount);
        }
        let proposal = world.propose(Action::SetFee { fee_bps: 99 });
        // A majority from the beginning: the quorum alone can change.
        world.vote(owner, proposal, true).ok();
        world.set_time(world.proposal(&proposal).ends_at - 1);
        world.vote(other, proposal, true).ok();
        assert_eq!(world.proposal(&proposal).is_extended(), extends);
    }
}

#[test]
fn every_account_is_checked() {
    let (mut world, proposal) = voting();
    let (owner, other) = (world.people.holder.pubkey(), world.people.other_holder.pubkey());
    let other_proposal = world.propose(Action::SetFee { fee_bps: 99 });
    world.vote(owner, other_proposal, true).ok();
    let [lock, others_lock] = [owner, other].map(|holder| address::lock(&holder));
    world.refuses_wrong_accounts(
        &[],
        &world.vote_ix(owner, owner, proposal, true),
        &[
            ("voter", other, &LeaseError::NotVoter),
            ("proposal", other_proposal, &InstructionError::InvalidSeeds),
            ("proposal", world.provider, &InstructionError::AccountDataTooSmall),
            ("lock", others_lock, &InstructionError::InvalidSeeds),
            ("lock", world.provider, &InstructionError::InvalidAccountData),
            ("record", address::vote_record(&other_proposal, &lock), &InstructionError::InvalidSeeds),
            ("record", address::vote_record(&proposal, &others_lock), &InstructionError::InvalidSeeds),
            ("record", NOWHERE, &InstructionError::InvalidSeeds),
            ("system_program", TOKEN, &InstructionError::IncorrectProgramId),
        ],
    );
}

#[test]
fn every_account_of_a_vote_that_changes_is_checked() {
    let (mut world, proposal) = voting();
    let (owner, other) = (world.people.holder.pubkey(), world.people.other_holder.pubkey());
    let other_proposal = world.propose(Action::SetFee { fee_bps: 99 });
    for voter in [owner, other] {
        world.vote(voter, proposal, true).ok();
        world.vote(voter, other_proposal, true).ok();
    }
    let others_lock = address::lock(&other);
    let others_record = address::vote_record(&proposal, &others_lock);
    let change = world.vote_ix(owner, owner, proposal, false);
    for (name, wrong) in [("proposal", other_proposal), ("lock", others_lock), ("record", others_record)] {
        world.play([change.clone().with(name, wrong)]).failed(InstructionError::InvalidSeeds);
    }
    world.play([change.clone().with("voter", other)]).refused(LeaseError::NotVoter);
    let others = change.clone().with("lock", others_lock).with("record", others_record);
    world.play([others]).refused(LeaseError::NotVoter);
    world.play([change]).ok();
}
