use crate::states::{voting, voting_with_fees};
use gpu_lease_tests::prelude::*;

/// What renter and provider weigh each in [`voting_with_fees`].
const FEES: u64 = 3_000;

#[test]
fn renter_and_provider_vote_with_the_fees_that_they_paid() {
    for is_for in [true, false] {
        let (mut world, proposal) = voting_with_fees(FEES);
        let provider = world.people.provider.pubkey();
        for (voter, party) in [(world.people.renter.pubkey(), None), (provider, Some(world.provider))] {
            let participant = address::participant(&party.unwrap_or(voter));
            let (record, bump) = VoteRecord::address(&proposal, &participant);
            let (before, lamports) = (world.proposal(&proposal), world.lamports(&voter));

            let outcome = match party {
                None => world.vote_as_renter(proposal, is_for),
                Some(_) => world.vote_as_provider(proposal, is_for),
            };

            outcome.emitted(Event::VoteCast(VoteCast {
                proposal,
                voter: participant,
                house: House::Participants as u64,
                is_for: u64::from(is_for),
                weight: FEES,
                by_delegate: 0,
                votes_for: before.participants.votes_for + if is_for { FEES } else { 0 },
                votes_against: before.participants.votes_against + if is_for { 0 } else { FEES },
                ends_at: before.ends_at,
            }));
            assert_eq!(
                world.read::<VoteRecord>(&record),
                VoteRecord {
                    proposal,
                    voter: participant,
                    rent_payer: voter,
                    weight: FEES,
                    house: PodHouse::Participants,
                    is_for: u8::from(is_for),
                    by_delegate: 0,
                    version: 1,
                    bump,
                    spare: [0; 19],
                }
            );
            let mut participants = before.participants;
            *(if is_for { &mut participants.votes_for } else { &mut participants.votes_against }) += FEES;
            assert_eq!(world.proposal(&proposal), Proposal { participants, ..before });
            assert_eq!(world.lamports(&voter), lamports - world.lamports(&record), "the voter pays the rent");
        }
        let Tally { votes_for, votes_against, electorate, .. } = world.proposal(&proposal).participants;
        assert_eq!(votes_for + votes_against, electorate, "everybody who paid has voted");
    }
}

#[test]
fn fees_of_real_leases_vote() {
    let mut world = World::new();
    let fees = world.earn_fees();
    assert_eq!(fees, 300_000);
    let proposal = world.propose_fee(150);
    world.vote_as_renter(proposal, false).ok();
    world.vote_as_provider(proposal, true).ok();
    assert_eq!(
        world.proposal(&proposal).participants,
        Tally { votes_for: fees, votes_against: fees, electorate: 2 * fees, quorum: fees / 10 }
    );
}

#[test]
fn a_fee_payer_changes_its_vote_as_often_as_it_likes() {
    let (mut world, proposal) = voting_with_fees(FEES);
    world.vote_as_renter(proposal, true).ok();
    let lamports = world.lamports(&world.people.renter.pubkey());
    for is_for in [false, true, true, false] {
        world.vote_as_renter(proposal, is_for).ok();
        let Tally { votes_for, votes_against, .. } = world.proposal(&proposal).participants;
        assert_eq!((votes_for, votes_against), if is_for { (FEES, 0) } else { (0, FEES) });
    }
    assert_eq!(world.lamports(&world.people.renter.pubkey()), lamports, "no rent is due twice");
}

#[test]
fn nobody_votes_for_another_fee_payer() {
    let (mut world, proposal) = voting_with_fees(FEES);
    let (renter, provider) = (world.people.renter.pubkey(), world.people.provider.pubkey());
    for (party, nobody) in [
        (renter, provider),
        (renter, world.people.agent.pubkey()),
        (renter, world.people.sponsor.pubkey()),
        (world.provider, renter),
        (world.provider, world.people.attestor.pubkey()),
        (world.provider, world.people.stranger.pubkey()),
    ] {
        let vote = world.fee_vote_ix(nobody, party, proposal, true);
        world.play([vote]).refused(LeaseError::NotParticipant);
    }
}

#[test]
fn a_provider_that_changes_hands_takes_its_vote_with_it() {
    let (mut world, proposal) = voting_with_fees(FEES);
    let (seller, buyer) = (world.people.provider.pubkey(), world.people.rival.pubkey());
    world.vote_as_provider(proposal, true).ok();
    world.play([world.nominate_authority_ix(buyer)]).ok();
    let vote = |voter| world.fee_vote_ix(voter, world.provider, proposal, false);
    let (sellers, buyers) = (vote(seller), vote(buyer));
    world.play([buyers.clone()]).refused(LeaseError::NotParticipant);
    world.play([world.accept_authority_ix(buyer, world.people.attestor.pubkey())]).ok();
    world.play([sellers]).refused(LeaseError::NotParticipant);
    world.play([buyers]).ok();
    let Tally { votes_for, votes_against, .. } = world.proposal(&proposal).participants;
    assert_eq!((votes_for, votes_against), (0, FEES), "it voted before, and weighs once");
}

#[test]
fn fees_weigh_that_were_paid_in_each_of_the_three_complete_epochs_before_the_proposal() {
    for missing in 0..=4 {
        let mut world = World::new();
        let (renter, epoch) = (world.people.renter.pubkey(), epoch_of(world.now()));
        world.weigh_fees_of(&[], FEES);
        for before in (0..=4).filter(|before| *before != missing) {
            world.count_fees_of(&[renter], FEES, epoch - before);
        }
        let proposal = world.propose_fee(150);
        let outcome = world.vote_as_renter(proposal, true);
        match missing {
            1..=3 => outcome.refused(LeaseError::NoWeight),
            _ => {
                outcome.ok();
                assert_eq!(world.proposal(&proposal).participants.votes_for, 3 * FEES);
            }
        }
    }
}

#[test]
fn who_paid_no_fees_has_no_vote() {
    let (mut world, proposal) = voting();
    world.vote_as_renter(proposal, true).refused(LeaseError::NoWeight);
    let nobody = world.people.agent.pubkey();
    let vote = world.fee_vote_ix(nobody, nobody, proposal, true);
    world.play([vote.clone()]).failed(InstructionError::UninitializedAccount);
    world.join(nobody).ok();
    world.play([vote]).refused(LeaseError::NoWeight);
}

#[test]
fn fees_paid_while_the_vote_runs_do_not_weigh() {
    let mut world = World::new();
    let fees = world.earn_fees();
    // The vote begins in the last second of an epoch and ends in the next.
    world.next_fee_epoch();
    world.pass(-2);
    let proposal = world.propose_fee(150);
    let lease = world.active_lease();
    world.pass(3_600);
    world.agree(&lease, 4 * 3_600).ok();
    world.close_as_claimed(&lease).ok();
    world.vote_as_renter(proposal, true).ok();
    assert_eq!(world.proposal(&proposal).participants.votes_for, fees);
}

#[test]
fn fee_payers_have_no_say_but_in_a_rise() {
    let (mut world, rise) = voting_with_fees(FEES);
    let mint = world.mint;
    for action in [
        Action::SetFee { fee_bps: 99 },
        Action::SetTreasury { treasury: NOWHERE },
        Action::SetArbiter { arbiter: NOWHERE },
        Action::SetGuardian { guardian: NOWHERE },
        Action::SetVotingRules { rules: VotingRules { quorum_bps: 2_000, ..RULES } },
        Action::WithdrawFees { mint, amount: 1 },
    ] {
        let proposal = world.propose(action);
        world.vote_as_renter(proposal, false).refused(LeaseError::HouseHasNoSay);
    }
    world.vote_as_renter(rise, false).ok();
    let smallest = world.propose(Action::SetFee { fee_bps: 101 });
    world.vote_as_renter(smallest, false).ok();
}

#[test]
fn votes_are_taken_until_the_end_and_not_after() {
    for (seconds, may) in [(-1, true), (0, false), (1, false)] {
        let (mut world, proposal) = voting_with_fees(FEES);
        // What changes nothing extends nothing.
        world.vote_as_provider(proposal, true).ok();
        world.set_time(world.proposal(&proposal).ends_at + seconds);
        let outcome = world.vote_as_renter(proposal, true);
        match may {
            true => drop(outcome.ok()),
            false => outcome.refused(LeaseError::VoteOver),
        }
    }
}

#[test]
fn nobody_votes_on_what_is_decided() {
    let (mut world, proposal) = voting_with_fees(FEES);
    world.vote_as_provider(proposal, true).ok();
    world.pass_proposal(proposal);
    world.vote_as_renter(proposal, false).refused(LeaseError::VoteOver);
    world.vote_as_provider(proposal, false).refused(LeaseError::VoteOver);
    world.execute(proposal).ok();
    world.vote_as_renter(proposal, false).refused(LeaseError::VoteOver);
}

#[test]
fn a_late_refusal_extends_the_vote() {
    for (seconds, extends) in [(-1, false), (0, false), (1, true)] {
        let (mut world, proposal) = voting_with_fees(FEES);
        world.vote(world.people.holder.pubkey(), proposal, true).ok();
        let before = world.proposal(&proposal);
        world.set_time(before.ends_at - i64::from(RULES.extension) + seconds);
        // Whoever would pass it after all has an extension to answer.
        let ends_at = before.ends_at + seconds.max(0);

        let renter = address::participant(&world.people.renter.pubkey());
        world.vote_as_renter(proposal, false).emitted(Event::VoteCast(VoteCast {
            proposal,
            voter: renter,
            house: House::Participants as u64,
            is_for: 0,
            weight: FEES,
            by_delegate: 0,
            votes_for: 0,
            votes_against: FEES,
            ends_at,
        }));

        let after = world.proposal(&proposal);
        assert_eq!((after.ends_at, after.is_extended()), (ends_at, extends));
    }
}

#[test]
fn a_refusal_that_is_late_taken_back_extends_the_vote_and_so_does_another() {
    let (mut world, proposal) = voting_with_fees(FEES);
    world.vote(world.people.holder.pubkey(), proposal, true).ok();
    let ends_at = world.proposal(&proposal).ends_at;
    world.vote_as_renter(proposal, false).ok();
    assert_eq!(world.proposal(&proposal).ends_at, ends_at);
    world.set_time(ends_at - 1);
    world.vote_as_provider(proposal, true).ok();
    let extended = ends_at - 1 + i64::from(RULES.extension);
    assert_eq!(world.proposal(&proposal).ends_at, extended, "as many for as against: not refused any more");
    world.set_time(extended - 1);
    world.vote_as_provider(proposal, false).ok();
    assert_eq!(world.proposal(&proposal).ends_at, extended - 1 + i64::from(RULES.extension));
}

#[test]
fn every_account_is_checked() {
    let (mut world, proposal) = voting_with_fees(FEES);
    let sibling = world.sibling();
    let (renter, rival) = (world.people.renter.pubkey(), world.people.rival.pubkey());
    let other_proposal = world.propose(Action::SetFee { fee_bps: 101 });
    world.vote_as_renter(other_proposal, true).ok();
    let [participant, providers, siblings] =
        [renter, world.provider, sibling.provider].map(|party| address::participant(&party));
    world.refuses_wrong_accounts(
        &[],
        &world.fee_vote_ix(renter, renter, proposal, true),
        &[
            ("voter", rival, &LeaseError::NotParticipant),
            ("proposal", other_proposal, &InstructionError::InvalidSeeds),
            ("proposal", world.provider, &InstructionError::AccountDataTooSmall),
            ("participant", providers, &InstructionError::InvalidSeeds),
            ("participant", siblings, &InstructionError::InvalidSeeds),
            ("participant", world.provider, &InstructionError::InvalidAccountData),
            ("record", address::vote_record(&other_proposal, &participant), &InstructionError::InvalidSeeds),
            ("record", address::vote_record(&proposal, &providers), &InstructionError::InvalidSeeds),
            ("record", NOWHERE, &InstructionError::InvalidSeeds),
            ("system_program", TOKEN, &InstructionError::IncorrectProgramId),
        ],
    );
    // A lock is no participant, nor the other way round.
    let holder = world.people.holder.pubkey();
    let lock = address::lock(&holder);
    let vote = world.fee_vote_ix(holder, holder, proposal, true).with("participant", lock);
    let vote = vote.with("record", address::vote_record(&proposal, &lock));
    world.play([vote]).failed(InstructionError::AccountDataTooSmall);
    let vote = world.vote_ix(renter, renter, proposal, true).with("lock", participant);
    let vote = vote.with("record", address::vote_record(&proposal, &participant));
    world.play([vote]).failed(InstructionError::InvalidAccountData);
}
