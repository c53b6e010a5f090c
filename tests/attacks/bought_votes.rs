//! A say that is bought in a hurry, a quorum that is not there, and decisions that outlive their time.

use crate::votes::{LOCKED, holders, voting};
use gpu_lease_client::account::Keyed;
use gpu_lease_tests::prelude::*;

const MONTH: i64 = RISE_INTERVAL as i64;

fn fee_bps(world: &World) -> u16 {
    world.read::<FeeParams>(&address::fee_params()).fee_bps
}

/// The holder's votes decide `proposal`; the first moment of its execution comes if it passed.
fn decide(world: &mut World, proposal: Address) -> ProposalState {
    world.vote(holders(world)[0], proposal, true).ok();
    world.set_time(world.proposal(&proposal).ends_at);
    world.finalize(proposal).ok();
    world.set_time(world.proposal(&proposal).executable_from());
    world.proposal(&proposal).state.into()
}

// ----- a say that is bought -----

#[test]
fn a_quarter_bought_in_half_an_hour_weighs_nothing() {
    // Given three months of honest fees, 0.30, and 0.40 of a market with itself in the last half hour of the third.
    let mut world = World::new();
    let (rival, sibling) = (world.people.rival.pubkey(), world.sibling());
    world.join(rival).ok();
    assert_eq!(world.earn_fees(), 300_000);
    let last = epoch_of(world.now()) - 1;
    world.count_fees_of(&[rival, sibling.provider], 400_000, last);

    // When everybody votes.
    let rise = world.propose_fee(150);
    world.play([world.fee_vote_ix(rival, rival, rise, true)]).refused(LeaseError::NoWeight);
    world.vote_as_renter(rise, false).ok();
    world.vote_as_provider(rise, false).ok();

    // Then those decide who paid for three months: all that weighs is theirs.
    let Tally { votes_for, votes_against, electorate, .. } = world.proposal(&rise).participants;
    assert_eq!([votes_for, votes_against, electorate], [0, 600_000, 600_000]);
    assert_eq!(decide(&mut world, rise), ProposalState::Failed);
    assert_eq!(fee_bps(&world), 100);
}

#[test]
fn a_burst_of_fees_on_top_of_steady_ones_adds_nothing() {
    let mut world = World::new();
    let renter = world.people.renter.pubkey();
    world.weigh_fees(7);
    world.count_fees_of(&[renter, world.provider], 1_000_000, epoch_of(world.now()) - 1);
    let rise = world.propose_fee(150);
    world.vote_as_renter(rise, false).ok();
    let Tally { votes_against, electorate, quorum, .. } = world.proposal(&rise).participants;
    assert_eq!([votes_against, electorate, quorum], [21, 42, 3]);
}

// ----- nobody to refuse -----

#[test]
fn no_fee_rises_where_nobody_can_refuse() {
    let mut world = World::new();
    let [holder, _] = holders(&world);
    world.lock(holder, LOCKED);
    let parties = [world.people.renter.pubkey(), world.provider];
    let now = epoch_of(world.now());
    let rise = Action::SetFee { fee_bps: 101 };
    // The running epoch and the fourth before it, then one after the other of those that weigh.
    for epoch in [now, now - 4, now - 1, now - 3] {
        world.count_fees_of(&parties, 1_000, epoch);
        world.try_to_propose(rise).refused(LeaseError::NobodyCanRefuse);
    }
    world.propose(Action::SetFee { fee_bps: 99 });
    world.count_fees_of(&parties, 1, now - 2);
    let rise = world.propose(rise);
    assert_eq!(world.proposal(&rise).participants.electorate, 6);
}

#[test]
fn a_fee_of_zero_rises_by_one_step_and_then_waits_for_those_who_pay_it() {
    let mut world = World::new();
    world.set_fee(0);
    let [holder, _] = holders(&world);
    world.lock(holder, LOCKED);
    world.try_to_propose(Action::SetFee { fee_bps: 51 }).refused(LeaseError::FeeStepOutOfBounds);
    let first = world.propose(Action::SetFee { fee_bps: 50 });
    assert_eq!(decide(&mut world, first), ProposalState::Passed);
    world.execute(first).ok();
    assert_eq!(fee_bps(&world), 50);
    world.try_to_propose(Action::SetFee { fee_bps: 51 }).refused(LeaseError::NobodyCanRefuse);
}

#[test]
fn a_fee_rises_once_in_thirty_days() {
    let mut world = World::new();
    world.change_fee(150);
    let risen = world.now();
    // Made so that it could be executed from before the month is over until after it.
    world.set_time(risen + MONTH - 10 * 86_400);
    let next = world.propose_fee(200);
    assert_eq!(decide(&mut world, next), ProposalState::Passed);
    for time in [world.now(), risen + MONTH - 1] {
        world.set_time(time);
        world.execute(next).refused(LeaseError::RiseTooSoon);
    }
    for seconds in [0, 1] {
        let mut world = world.clone();
        world.set_time(risen + MONTH + seconds);
        world.execute(next).ok();
        assert_eq!(fee_bps(&world), 200);
    }
}

// ----- decisions that outlive their time -----

#[test]
fn an_older_decision_does_not_overrule_a_newer_one() {
    let [a, b] = [1, 2].map(|byte| Address::new_from_array([byte; 32]));
    let rules = |quorum_bps| VotingRules { quorum_bps, ..RULES };
    for [older, newer] in [
        [a, b].map(|treasury| Action::SetTreasury { treasury }),
        [a, b].map(|arbiter| Action::SetArbiter { arbiter }),
        [a, b].map(|guardian| Action::SetGuardian { guardian }),
        [500, 1_500].map(|quorum_bps| Action::SetVotingRules { rules: rules(quorum_bps) }),
    ] {
        let mut world = World::new();
        let [holder, _] = holders(&world);
        world.lock(holder, LOCKED);
        let [old, new] = [older, newer].map(|action| world.propose(action));
        world.vote(holder, old, true).ok();
        assert_eq!(decide(&mut world, new), ProposalState::Passed);
        world.finalize(old).ok();
        let before = world.clone();
        world.execute(new).ok();
        world.execute(old).refused(LeaseError::DecisionSuperseded);
        // In their order both are executed.
        let mut world = before;
        world.execute(old).ok();
        world.execute(new).ok();
    }
}

#[test]
fn what_changes_nothing_is_not_proposed() {
    let mut world = World::new();
    let [holder, _] = holders(&world);
    world.lock(holder, LOCKED);
    let [treasury, arbiter, guardian] =
        [&world.people.treasury, &world.people.arbiter, &world.people.guardian].map(Signer::pubkey);
    for action in [
        Action::SetTreasury { treasury },
        Action::SetArbiter { arbiter },
        Action::SetGuardian { guardian },
        Action::SetVotingRules { rules: RULES },
    ] {
        world.try_to_propose(action).refused(LeaseError::NothingChanges);
    }
    world.try_to_propose(Action::SetFee { fee_bps: FEE_BPS }).refused(LeaseError::FeeStepOutOfBounds);
}

// ----- extensions -----

#[test]
fn one_base_unit_burns_no_extension() {
    let mut world = World::new();
    let ([holder, other], mite) = (holders(&world), world.people.delegate.pubkey());
    for (owner, amount) in [(holder, LOCKED), (other, LOCKED), (mite, 1)] {
        world.lock(owner, amount);
    }
    let proposal = world.propose_fee(150);
    let first_end = world.proposal(&proposal).ends_at;
    // A majority without a quorum, as late as can be.
    world.set_time(first_end - 1);
    world.vote(mite, proposal, true).ok();
    assert_eq!(world.proposal(&proposal).ends_at, first_end);
    // What does decide is answered for a whole extension, and so is the answer.
    let extension = i64::from(RULES.extension);
    world.vote(holder, proposal, true).ok();
    assert_eq!(world.proposal(&proposal).ends_at, first_end - 1 + extension);
    world.set_time(first_end - 2 + extension);
    world.vote(other, proposal, false).ok();
    world.vote(mite, proposal, false).ok();
    assert_eq!(world.proposal(&proposal).ends_at, first_end - 2 + 2 * extension);
}

// ----- a quorum that is not there -----

#[test]
fn locks_of_a_second_inflate_no_quorum() {
    let mut world = World::new();
    let ([holder, other], agent) = (holders(&world), world.people.agent.pubkey());
    world.lock(holder, LOCKED);
    let now = world.now();
    world.lock_until(other, LOCKED, now + 1).refused(LeaseError::UnlockTimeOutOfBounds);
    // The shortest lock that there is, in its last week: it ends before the vote could.
    let end = world.lock_end(now + i64::from(MIN_LOCK));
    world.lock_until(other, LOCKED, end).ok();
    let longest = i64::from(RULES.voting_period) + 3 * i64::from(RULES.extension);
    for (seconds, electorate) in [(-1, 2 * LOCKED), (0, LOCKED), (1, LOCKED)] {
        let mut world = world.clone();
        world.set_time(end - longest + seconds);
        let proposal = world.propose(Action::SetArbiter { arbiter: agent });
        assert_eq!(world.proposal(&proposal).latest_end(), end + seconds);
        assert_eq!(world.proposal(&proposal).tokens.electorate, electorate, "{seconds}");
    }
    // Nor does one that has ended and lies there.
    world.set_time(end);
    let proposal = world.propose(Action::SetArbiter { arbiter: agent });
    assert_eq!(world.proposal(&proposal).tokens.electorate, LOCKED);
}

#[test]
fn a_lock_that_was_not_counted_does_not_vote_by_being_extended() {
    let mut world = World::new();
    let [holder, other] = holders(&world);
    world.lock(holder, LOCKED);
    let end = world.lock_end(world.now() + i64::from(MIN_LOCK));
    world.lock_until(other, LOCKED, end).ok();
    world.set_time(end - 5 * 86_400);
    let proposal = world.propose(Action::SetArbiter { arbiter: other });
    world.vote(other, proposal, true).refused(LeaseError::LockEndsBeforeVote);
    world.pass(1);
    world.extend_lock(other, end + 1).refused(LeaseError::UnlockTimeOutOfBounds);
    world.extend_lock(other, end + 12 * i64::from(LOCK_STEP)).ok();
    world.vote(other, proposal, true).refused(LeaseError::LockedAfterProposal);
    // One that was counted loses nothing.
    world.extend_lock(holder, world.vote_lock(&holder).unlock_at + i64::from(LOCK_STEP)).ok();
    world.vote(holder, proposal, true).ok();
    let Tally { votes_for, electorate, .. } = world.proposal(&proposal).tokens;
    assert_eq!([votes_for, electorate], [LOCKED; 2]);
}

#[test]
fn anyone_returns_an_expired_lock_to_its_owner_and_to_nobody_else() {
    let (mut world, _) = voting();
    let ([holder, other], stranger) = (holders(&world), world.people.stranger.pubkey());
    let unlock_at = world.vote_lock(&holder).unlock_at;
    world.set_time(unlock_at - 1);
    world.unlock(holder).refused(LeaseError::StillLocked);
    world.set_time(unlock_at);
    let unlock = world.unlock_ix(holder);
    let tokens_of = |wallet: &Address| address::associated_token(wallet, &world.vote_mint, &TOKEN);
    let theirs = [stranger, other].map(|wallet| tokens_of(&wallet));
    for thief in theirs {
        world.play([unlock.clone().with("owner_token", thief)]).refused(LeaseError::WrongTokenOwner);
    }
    world.play([unlock.clone().with("owner", stranger)]).refused(LeaseError::NotLockOwner);
    let rent = [address::lock(&holder), address::vault(&address::lock(&holder))];
    let rent: u64 = rent.iter().map(|account| world.lamports(account)).sum();
    let lamports = world.lamports(&holder);
    // Nobody but the stranger signs.
    world.send(&[unlock], &[&world.people.stranger.insecure_clone()]).ok();
    assert_eq!(world.votes_of(&holder), WEALTH);
    assert_eq!(world.lamports(&holder), lamports + rent);
}

// ----- withdrawals -----

#[test]
fn an_empty_vault_uses_no_withdrawal_up() {
    let mut world = World::new();
    let ([holder, _], treasury) = (holders(&world), world.people.treasury.pubkey());
    world.lock(holder, LOCKED);
    let withdrawal = world.propose(Action::WithdrawFees { mint: world.mint, amount: 150_000 });
    assert_eq!(decide(&mut world, withdrawal), ProposalState::Passed);
    let withdraw = world.withdraw_fees_ix(withdrawal);
    world.play([withdraw.clone()]).refused(LeaseError::NothingToWithdraw);
    assert_eq!(world.proposal(&withdrawal).state, ProposalState::Passed);
    for (nonce, paid, state) in [(0, 100_000, ProposalState::Passed), (1, 150_000, ProposalState::Executed)] {
        let lease = world.active_lease_as(|request| request.nonce = nonce);
        world.pass(3_600);
        world.agree(&lease, 14_400).ok();
        assert_eq!(world.close_as_claimed(&lease).closed().fees, 100_000);
        world.play([withdraw.clone()]).ok();
        assert_eq!(world.money(&treasury), WEALTH + paid);
        let Proposal { paid: kept, state: now, .. } = world.proposal(&withdrawal);
        assert_eq!((kept, ProposalState::from(now)), (paid, state));
    }
    world.play([withdraw]).refused(LeaseError::AlreadyExecuted);
    assert_eq!(world.balance(&world.fee_vault()), 50_000);
}

// ----- signatures -----

#[test]
fn a_vote_lands_on_what_its_voter_saw_and_in_time() {
    let mut world = World::new();
    let ([holder, _], renter) = (holders(&world), world.people.renter.pubkey());
    world.weigh_fees(1_000);
    let proposal = world.propose_fee(150);
    let other = world.propose(Action::SetFee { fee_bps: 149 });
    let (seen, now) = (world.keyed_proposal(proposal), world.now());
    let swapped = Keyed { address: other, account: seen.account };
    let cast = |proposal: &Keyed<Proposal>, until| {
        [
            instruction::cast_vote(holder, &holder, proposal, true, until),
            instruction::cast_participant_vote(renter, &renter, proposal, true, until),
        ]
    };
    for vote in cast(&swapped, FOR_EVER) {
        world.play([vote]).refused(LeaseError::ActionChanged);
    }
    for vote in cast(&seen, now + 59) {
        world.set_time(now + 60);
        world.play([vote]).refused(LeaseError::SignatureExpired);
    }
    for vote in cast(&seen, now + 60) {
        world.set_time(now + 60);
        world.play([vote]).ok();
    }
}

#[test]
fn a_withheld_signature_restores_no_delegate_and_no_pause_and_pays_no_higher_deposit() {
    let (mut world, _) = voting();
    let [holder, _] = holders(&world);
    let [a, b] = [&world.people.delegate, &world.people.agent].map(Signer::pubkey);
    let withheld = world.delegate_ix(holder, a);
    world.set_delegate(holder, b).ok();
    world.play([withheld]).refused(LeaseError::ValueReplaced);
    let now = world.now();
    for (until, refusal) in [(now - 1, Some(LeaseError::SignatureExpired)), (now, None)] {
        let guardian = world.people.guardian.pubkey();
        let new = instruction::CreateProposal {
            valid_until: until,
            ..world.proposing(Action::SetArbiter { arbiter: a })
        };
        for instruction in [
            instruction::set_delegate(holder, b, b, until),
            instruction::create_proposal(&new),
            instruction::pause(guardian, 1, until),
        ] {
            world.set_time(now);
            match refusal {
                Some(error) => world.play([instruction]).refused(error),
                None => drop(world.play([instruction]).ok()),
            }
        }
    }
    let deposit = RULES.deposit;
    let new = world.proposing(Action::SetArbiter { arbiter: a });
    let with =
        |max_deposit| instruction::create_proposal(&instruction::CreateProposal { max_deposit, ..new });
    world.play([with(deposit - 1)]).refused(LeaseError::DepositAboveAgreed);
    world.play([with(deposit)]).ok();
}
