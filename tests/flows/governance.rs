//! Votes as those live them who hold tokens, pay fees, or keep watch.

use gpu_lease_tests::prelude::*;
use rstest::rstest;

const LOCKED: u64 = WEALTH / 2;
const DAY: i64 = 24 * 3_600;

/// Wallets of the two who hold tokens that vote.
fn holders(world: &World) -> [Address; 2] {
    [&world.people.holder, &world.people.other_holder].map(Signer::pubkey)
}

fn fee_bps(world: &World) -> u16 {
    world.read::<FeeParams>(&address::fee_params()).fee_bps
}

/// The renter rents four GPUs for an hour, all delivered: the fees. 10 000 000 base units are paid for them.
fn rent_for_an_hour(world: &mut World, nonce: u64) -> u64 {
    let lease = world.active_lease_as(|request| request.nonce = nonce);
    world.pass(3_600);
    world.agree(&lease, 14_400).ok();
    world.close_as_claimed(&lease).closed().fees
}

/// Owners of locks vote; then the vote ends and anyone finalizes it.
fn decide(world: &mut World, proposal: Address, votes: &[(Address, bool)]) -> ProposalState {
    for (owner, is_for) in votes {
        world.vote(*owner, proposal, *is_for).ok();
    }
    end(world, proposal)
}

/// The vote ends and anyone finalizes it.
fn end(world: &mut World, proposal: Address) -> ProposalState {
    world.set_time(world.proposal(&proposal).ends_at);
    world.finalize(proposal).ok();
    world.proposal(&proposal).state.into()
}

/// The timelock passes and anyone executes what passed.
fn execute(world: &mut World, proposal: Address) {
    world.set_time(world.proposal(&proposal).executable_from());
    world.execute(proposal).ok();
}

#[rstest]
fn a_fee_falls_by_a_vote_and_rises_again_with_the_payers_consent(
    #[values(TOKEN, TOKEN_2022)] token_program: Address,
) {
    // Given two holders who do not agree, one of them with more.
    let mut world = World::on(token_program);
    let [holder, other] = holders(&world);
    world.lock(holder, LOCKED);
    world.lock(other, LOCKED - 1);
    assert_eq!(rent_for_an_hour(&mut world, 0), 100_000);

    // When more want the fee to fall, it does for those who come then, without asking who pays.
    let cut = world.propose(Action::SetFee { fee_bps: 60 });
    assert_eq!(decide(&mut world, cut, &[(holder, true), (other, false)]), ProposalState::Passed);
    let before = world.active_lease_as(|request| (request.nonce, request.duration) = (1, 30 * 86_400));
    execute(&mut world, cut);
    assert_eq!(rent_for_an_hour(&mut world, 2), 60_000);
    world.agree(&before, 14_400).ok();
    assert_eq!(world.close_as_claimed(&before).closed().fees, 100_000);

    // Then it rises again, since renter and provider say yes, who have paid for three months.
    for nonce in [3, 4] {
        world.next_fee_epoch();
        assert_eq!(rent_for_an_hour(&mut world, nonce), 60_000);
    }
    world.next_fee_epoch();
    let rise = world.propose(Action::SetFee { fee_bps: 110 });
    world.vote_as_renter(rise, true).ok();
    world.vote_as_provider(rise, true).ok();
    let Tally { votes_for, electorate, .. } = world.proposal(&rise).participants;
    assert_eq!((votes_for, electorate), (360_000, 360_000));
    assert_eq!(decide(&mut world, rise, &[(holder, true)]), ProposalState::Passed);
    execute(&mut world, rise);
    assert_eq!(rent_for_an_hour(&mut world, 5), 110_000);
}

#[rstest]
fn payers_refuse_a_rise_and_take_a_smaller_one(#[values(TOKEN, TOKEN_2022)] token_program: Address) {
    let mut world = World::on(token_program);
    let [holder, other] = holders(&world);
    world.lock(holder, LOCKED);
    world.lock(other, LOCKED);
    world.earn_fees();

    // All holders want more, the renter does not; its provider is silent.
    let rise = world.propose(Action::SetFee { fee_bps: 150 });
    world.vote_as_renter(rise, false).ok();
    assert_eq!(decide(&mut world, rise, &[(holder, true), (other, true)]), ProposalState::Failed);
    world.set_time(world.proposal(&rise).executable_from());
    world.execute(rise).refused(LeaseError::NotPassed);
    assert_eq!(fee_bps(&world), 100);

    // A tenth of it is no reason to get up, for either.
    let smaller = world.propose(Action::SetFee { fee_bps: 105 });
    assert_eq!(decide(&mut world, smaller, &[(holder, true), (other, true)]), ProposalState::Passed);
    execute(&mut world, smaller);
    assert_eq!(fee_bps(&world), 105);
}

#[rstest]
fn a_delegate_votes_for_a_sleepy_owner_who_wakes_up_and_overrules_it(
    #[values(TOKEN, TOKEN_2022)] token_program: Address,
) {
    let mut world = World::on(token_program);
    let ([holder, other], delegate) = (holders(&world), world.people.delegate.pubkey());
    for owner in [holder, other] {
        world.lock(owner, LOCKED);
        world.set_delegate(owner, delegate).ok();
    }
    let [first, second] = [90, 80].map(|fee_bps| world.propose(Action::SetFee { fee_bps }));
    let votes = [holder, other].map(|owner| world.vote_ix(delegate, owner, first, true));
    world.play(votes).ok();
    for owner in [holder, other] {
        world.vote_by(delegate, owner, second, true).ok();
    }

    // One owner wakes up on the last day and wants no change at all. The tie is news, and gives a day to answer.
    world.set_time(world.proposal(&first).ends_at - 60);
    for proposal in [first, second] {
        world.vote(holder, proposal, false).ok();
        assert_eq!(world.proposal(&proposal).ends_at, world.now() + DAY);
    }
    // The other, who is content with its delegate, takes the second one up itself.
    world.vote(other, second, false).ok();
    assert_eq!(end(&mut world, first), ProposalState::Failed);
    assert_eq!(end(&mut world, second), ProposalState::Failed);
    assert_eq!(world.proposal(&second).tokens.votes_against, 2 * LOCKED);

    // The delegate paid for the records and gets it back, whoever voted last.
    let lamports = world.lamports(&delegate);
    let mut rent = 0;
    for (proposal, owner) in [(first, holder), (first, other), (second, holder), (second, other)] {
        let record = world.vote_record(&proposal, &owner);
        rent += world.lamports(&record.address);
        world.close_vote_record(&record).ok();
    }
    assert_eq!(world.lamports(&delegate), lamports + rent);
}

#[rstest]
fn fees_go_to_a_new_treasury_by_two_votes(#[values(TOKEN, TOKEN_2022)] token_program: Address) {
    let mut world = World::on(token_program);
    let ([holder, _], new) = (holders(&world), world.people.sponsor.pubkey());
    world.lock(holder, LOCKED);
    let collected = rent_for_an_hour(&mut world, 0) + rent_for_an_hour(&mut world, 1);

    let change = world.propose(Action::SetTreasury { treasury: new });
    let withdrawal = world.propose(Action::WithdrawFees { mint: world.mint, amount: collected - 1 });
    world.vote(holder, withdrawal, true).ok();
    assert_eq!(decide(&mut world, change, &[(holder, true)]), ProposalState::Passed);
    assert_eq!(end(&mut world, withdrawal), ProposalState::Passed);
    execute(&mut world, change);
    world.set_time(world.proposal(&withdrawal).executable_from());
    world.play([instruction::withdraw_fees(withdrawal, &new, world.mint, token_program)]).ok();

    assert_eq!(world.money(&new), WEALTH + collected - 1);
    assert_eq!(world.money(&world.people.treasury.pubkey()), WEALTH);
    assert_eq!(world.balance(&world.fee_vault()), 1);
}

#[rstest]
fn a_guardian_pauses_the_market_goes_on_and_the_pause_lapses(
    #[values(TOKEN, TOKEN_2022)] token_program: Address,
) {
    // Given a running lease, when something looks wrong.
    let mut world = World::on(token_program);
    let lease = world.active_lease();
    world.pass(3_600);
    let start = world.now();
    world.pause(MAX_PAUSE).ok();

    // Then nobody new comes in, and whoever is there is served, paid and let go.
    world.open(world.request(1)).refused(LeaseError::Paused);
    world.agree(&lease, 14_400).ok();
    world.settle(&lease).ok();
    world.terminate(&lease, lease.renter).ok();
    world.pass_grace(&lease);
    world.close(&lease).ok();
    assert!(world.is_gone(&lease));

    // Three days later it is over without anybody's doing, and the next one has to wait as long.
    world.set_time(start + 3 * DAY);
    world.open(world.request(1)).ok();
    world.pause(MAX_PAUSE).refused(LeaseError::PauseTooSoon);
    world.set_time(start + 6 * DAY);
    world.pause(MAX_PAUSE).ok();
    world.unpause().ok();
    world.open(world.request(2)).ok();
}

#[rstest]
fn a_guardian_that_pauses_too_often_is_replaced(#[values(TOKEN, TOKEN_2022)] token_program: Address) {
    let mut world = World::on(token_program);
    let ([holder, _], next) = (holders(&world), world.people.agent.pubkey());
    world.lock(holder, LOCKED);
    world.pause(MAX_PAUSE).ok();
    let change = world.propose(Action::SetGuardian { guardian: next });
    assert_eq!(decide(&mut world, change, &[(holder, true)]), ProposalState::Passed);
    world.set_time(world.proposal(&change).executable_from());
    world.pause(MAX_PAUSE).ok();
    world.execute(change).ok();
    world.play([world.unpause_ix().with("guardian", next)]).ok();
    world.open(world.request(0)).ok();
    world.pause(1).refused(LeaseError::NotGuardian);
}

#[rstest]
fn an_arbiter_is_replaced_and_new_leases_have_the_new_one(
    #[values(TOKEN, TOKEN_2022)] token_program: Address,
) {
    let mut world = World::on(token_program);
    let ([holder, _], next) = (holders(&world), world.people.verifier.pubkey());
    let old = world.people.arbiter.pubkey();
    world.lock(holder, LOCKED);
    let change = world.propose(Action::SetArbiter { arbiter: next });
    assert_eq!(decide(&mut world, change, &[(holder, true)]), ProposalState::Passed);
    world.set_time(world.proposal(&change).executable_from());
    let earlier = world.active_lease_as(|request| (request.nonce, request.gpus) = (0, 4));
    world.execute(change).ok();
    let later = world.active_lease_as(|request| (request.nonce, request.gpus) = (1, 4));
    world.pass(3_600);
    for lease in [earlier, later] {
        world.claim(&lease, 14_400).ok();
        world.dispute(&lease, 0).ok();
        world.resolve(&lease, 14_400).ok();
        world.close(&lease).ok();
    }
    // Each was paid for its own.
    assert_eq!([old, next].map(|arbiter| world.money(&arbiter)), [WEALTH + 1_000_000; 2]);
}

#[rstest]
fn what_nobody_executes_in_time_is_voted_on_again(#[values(TOKEN, TOKEN_2022)] token_program: Address) {
    let mut world = World::on(token_program);
    let [holder, _] = holders(&world);
    world.lock(holder, LOCKED);
    let forgotten = world.propose(Action::SetFee { fee_bps: 90 });
    assert_eq!(decide(&mut world, forgotten, &[(holder, true)]), ProposalState::Passed);
    world.set_time(world.proposal(&forgotten).expires_at());
    world.execute(forgotten).refused(LeaseError::ProposalExpired);
    world.change_fee(90);
    assert_eq!(fee_bps(&world), 90);
    assert_eq!(world.proposal(&forgotten).phase(world.now()), ProposalPhase::Expired);
}

#[rstest]
fn a_holder_that_locks_votes_and_leaves_has_what_it_brought(
    #[values(TOKEN, TOKEN_2022)] token_program: Address,
) {
    let mut world = World::on(token_program);
    let [holder, _] = holders(&world);
    let lamports = world.lamports(&holder);
    let until = world.lock_end(world.now() + i64::from(MIN_LOCK));
    world.lock_until(holder, LOCKED, until).ok();
    world.pass(1);
    assert_eq!(world.votes_of(&holder), WEALTH - LOCKED);

    // In its last week a lock is too short for any vote; the owner extends it and votes on what comes after that.
    world.set_time(until - 7 * DAY);
    world.try_to_propose(Action::SetFee { fee_bps: 90 }).refused(LeaseError::QuorumOutOfReach);
    let until = until + i64::from(LOCK_STEP);
    world.extend_lock(holder, until).ok();
    world.pass(1);
    let proposal = world.propose(Action::SetFee { fee_bps: 90 });
    assert_eq!(decide(&mut world, proposal, &[(holder, true)]), ProposalState::Passed);
    execute(&mut world, proposal);

    world.close_vote_record(&world.vote_record(&proposal, &holder)).ok();
    world.set_time(until);
    world.unlock(holder).ok();
    assert_eq!(world.votes_of(&holder), WEALTH);
    assert_eq!(world.lamports(&holder), lamports - world.lamports(&proposal), "the record of the vote stays");
    assert_eq!(world.read::<Governance>(&address::governance()).locked.beyond(world.now()), 0);
}

#[rstest]
fn all_money_of_the_protocol_is_where_it_should_be_in_the_end(
    #[values(TOKEN, TOKEN_2022)] token_program: Address,
) {
    // Given leases at three rates, one of them disputed, one cancelled.
    let mut world = World::on(token_program);
    let [holder, _] = holders(&world);
    world.lock(holder, LOCKED);
    let mut collected = rent_for_an_hour(&mut world, 0);
    world.change_fee(51);
    collected += rent_for_an_hour(&mut world, 1);
    world.change_fee(1);
    collected += rent_for_an_hour(&mut world, 2);
    let disputed = world.active_lease_as(|request| request.nonce = 3);
    world.pass(3_600);
    world.claim(&disputed, 14_400).ok();
    world.dispute(&disputed, 7_199).ok();
    world.resolve(&disputed, 9_999).ok();
    collected += world.close(&disputed).closed().fees;
    let cancelled = world.pending_lease_as(|request| request.nonce = 4);
    world.cancel(&cancelled, cancelled.renter).ok();

    // When the treasury is paid twice, and more fees come after it.
    let treasury = world.people.treasury.pubkey();
    for amount in [70_000, u64::MAX] {
        let withdrawal = world.propose(Action::WithdrawFees { mint: world.mint, amount });
        world.pass_proposal(withdrawal);
        world.play([world.withdraw_fees_ix(withdrawal)]).ok();
    }
    let withdrawn = world.money(&treasury) - WEALTH;
    assert_eq!(withdrawn, collected);
    collected += rent_for_an_hour(&mut world, 5);

    // Then fees were collected to be withdrawn or to lie there, and nobody else won or lost any.
    let policy: MintPolicy = world.read(&address::mint_policy(&world.mint));
    assert_eq!(policy.fees.epochs.iter().map(|epoch| epoch.fees).sum::<u64>(), collected);
    assert_eq!(withdrawn + world.balance(&world.fee_vault()), collected);
    let wallets: u64 = world.people.addresses().map(|person| world.money(&person)).sum();
    let people = world.people.all().len() as u64;
    assert_eq!(wallets + world.balance(&world.fee_vault()), people * WEALTH);
    let votes: u64 = world.people.addresses().map(|person| world.votes_of(&person)).sum();
    let locked = world.balance(&address::vault(&address::lock(&holder)));
    assert_eq!((votes + locked, locked), (people * WEALTH, LOCKED));
}
