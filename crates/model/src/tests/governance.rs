//! Votes, computed by hand.

use super::*;

/// When the votes of these cases begin: three epochs are complete, the fourth begins.
const BEGIN: i64 = 3 * EPOCH;

/// How long a vote runs at most.
const LONGEST: i64 = 8 * DAY;

/// At a fee of one percent, the renter and the first provider have paid 500 in each of three epochs; the holder has
/// locked 400 000 and the second holder 160 000 until the tenth begins.
fn houses() -> Market {
    let mut market = Market::new(BEGIN - HOUR, Config { fee_bps: 100, ..CONFIG }, WEALTH);
    market.register(ProviderId(0), Person::Provider, KEYS);
    market.register(
        ProviderId(1),
        Person::SecondProvider,
        HotKeys { attestor: Person::SecondAttestor, operator: None },
    );
    for epoch in 0..3 {
        pay(&mut market, epoch * EPOCH, Person::Renter, 0, 500);
    }
    for (owner, amount) in [(Person::Holder, 400_000), (Person::SecondHolder, 170_000)] {
        lock(&mut market, owner, amount, 10 * EPOCH).unwrap();
    }
    wait(&mut market, HOUR);
    market
}

/// Fees of a lease between two parties are counted.
fn pay(market: &mut Market, at: i64, renter: Person, provider: u8, amount: u64) {
    let parties = [Party::Renter(renter), Party::Provider(ProviderId(provider))];
    let lease = LeaseId { renter, nonce: 0 };
    market.votes.fees.push(Fee { lease, at, parties, amount, is_last: true });
}

/// At another fee, by another year's fees: one amount an epoch.
fn paid(fee_bps: u64, amounts: [u64; 3]) -> Market {
    let mut market = houses();
    market.votes.first.fee_bps = fee_bps;
    market.votes.fees.clear();
    for (epoch, amount) in (0..).zip(amounts) {
        pay(&mut market, epoch * EPOCH, Person::Renter, 0, amount);
    }
    market
}

fn lock(market: &mut Market, owner: Person, amount: u64, unlock_at: i64) -> Result<(), Refusal> {
    market.apply(&Action::LockTokens { owner, amount, unlock_at })
}

fn extend(market: &mut Market, owner: Person, unlock_at: i64) -> Result<(), Refusal> {
    market.apply(&Action::ExtendLock { owner, by: owner, unlock_at })
}

fn wait_until(market: &mut Market, time: i64) {
    let seconds = time - market.now;
    wait(market, seconds);
}

fn propose(market: &mut Market, proposed: Proposed) -> Result<(), Refusal> {
    let (valid_until, max_deposit) = (market.now, CONFIG.rules.deposit);
    market.apply(&Action::Propose { by: Person::Holder, valid_until, max_deposit, proposed })
}

fn vote_by(market: &mut Market, owner: Person, by: Person, is_for: bool) -> Result<(), Refusal> {
    let proposal = market.votes.proposals.len() - 1;
    let seen = market.votes.proposals[proposal].proposed;
    let valid_until = market.now;
    market.apply(&Action::CastVote { proposal, owner, by, valid_until, seen, is_for })
}

/// The newest proposal is voted on.
fn vote(market: &mut Market, owner: Person, is_for: bool) -> Result<(), Refusal> {
    vote_by(market, owner, owner, is_for)
}

/// The newest proposal is voted on with fees.
fn answer(market: &mut Market, party: Party, is_for: bool) -> Result<(), Refusal> {
    let proposal = market.votes.proposals.len() - 1;
    let seen = market.votes.proposals[proposal].proposed;
    let by = match party {
        Party::Renter(renter) => renter,
        Party::Provider(provider) => market.providers[&provider].authority,
    };
    let valid_until = market.now;
    market.apply(&Action::CastParticipantVote { proposal, party, by, valid_until, seen, is_for })
}

fn newest(market: &Market) -> &Proposal {
    market.votes.proposals.last().unwrap()
}

/// The holder passes each of these proposals; returns at the first moment in which they can be executed.
fn pass(market: &mut Market, proposed: &[Proposed]) {
    let first = market.votes.proposals.len();
    for proposed in proposed {
        propose(market, *proposed).unwrap();
        vote(market, Person::Holder, true).unwrap();
    }
    wait(market, 5 * DAY);
    for proposal in first..first + proposed.len() {
        market.apply(&Action::Finalize { proposal }).unwrap();
    }
    wait(market, 2 * DAY);
}

fn execute(market: &mut Market, proposal: usize) -> Result<(), Refusal> {
    market.apply(&Action::Execute { proposal })
}

fn withdraw(market: &mut Market, proposal: usize) -> Result<(), Refusal> {
    market.apply(&Action::WithdrawFees { proposal, to: Person::Treasury })
}

const RENTER: Party = Party::Renter(Person::Renter);
const SECOND_RENTER: Party = Party::Renter(Person::SecondRenter);
const PROVIDER: Party = Party::Provider(ProviderId(0));
const SECOND_PROVIDER: Party = Party::Provider(ProviderId(1));

// ----- fees -----

#[test]
fn fees_weigh_three_times_the_poorest_of_the_three_epochs_before() {
    let mut market = paid(100, [500, 400, 600]);
    let weights = |market: &Market| {
        [BEGIN - 1, BEGIN, BEGIN + 1, BEGIN + EPOCH - 1, BEGIN + EPOCH]
            .map(|time| market.votes.weight_of_fees(Some(RENTER), time))
    };
    assert_eq!(weights(&market), [0, 1_200, 1_200, 1_200, 0]);
    // The last second of an epoch belongs to it, the next to the next.
    pay(&mut market, EPOCH - 1, Person::Renter, 0, 7);
    pay(&mut market, 2 * EPOCH - 1, Person::Renter, 0, 7);
    pay(&mut market, BEGIN, Person::Renter, 0, 7);
    assert_eq!(weights(&market), [0, 3 * 407, 3 * 407, 3 * 407, 3 * 7]);
    assert_eq!(market.votes.weight_of_fees(None, BEGIN), 3 * 407);
    propose(&mut market, Proposed::Fee(150)).unwrap();
    assert_eq!(newest(&market).participants(), 2 * 3 * 407, "each fee weighs for both parties");
}

#[test]
fn splitting_fees_helps_nobody() {
    let mut market = paid(100, [500, 0, 500]);
    pay(&mut market, EPOCH, Person::SecondRenter, 0, 500);
    propose(&mut market, Proposed::Fee(150)).unwrap();
    assert_eq!(newest(&market).participants(), 3_000);
    let weights = [RENTER, SECOND_RENTER, PROVIDER].map(|party| newest(&market).weight(Voter::Fees(party)));
    assert_eq!(weights, [0, 0, 1_500]);
}

#[test]
fn fees_count_as_they_are_released_and_once() {
    let mut market = market();
    let count = Action::CountFees { lease: ID };
    let counted = |market: &Market| [0, 1].map(|epoch| market.votes.fees_in(Some(PROVIDER), epoch));
    market.apply(&count).unwrap();
    assert_eq!(counted(&market), [0, 0]);
    wait(&mut market, 500);
    attest(&mut market, 1_000, &BOTH).unwrap();
    market.apply(&count).unwrap();
    assert_eq!(counted(&market), [0, 0], "accepted and not released");
    for _ in 0..2 {
        market.apply(&Action::Settle { lease: ID }).unwrap();
        market.apply(&count).unwrap();
        assert_eq!(counted(&market), [100, 0]);
    }
    wait(&mut market, 500);
    attest(&mut market, 2_000, &BOTH).unwrap();
    market.apply(&Action::Settle { lease: ID }).unwrap();
    wait(&mut market, 500);
    attest(&mut market, 3_000, &BOTH).unwrap();
    // In the epoch in which they are counted, whenever they were released.
    wait_until(&mut market, EPOCH - 1);
    let mut before = market.clone();
    before.apply(&count).unwrap();
    assert_eq!(counted(&before), [200, 0]);
    wait(&mut market, 1);
    market.apply(&count).unwrap();
    assert_eq!(counted(&market), [100, 100]);
    close(&mut market).unwrap();
    assert_eq!(counted(&market), [100, 200], "the close counts the rest");
    assert_eq!(market.votes.fees_in(Some(RENTER), 1), 200);
    assert_eq!(market.money(Purse::Fees), 300);
    assert_eq!(market.votes.counted(ID), 0, "of another life of the number");
}

#[test]
fn a_burst_of_fees_weighs_nothing_on_either_side() {
    // Three months of honest fees, and more than all of them in the last half hour.
    let mut market = paid(100, [100_000; 3]);
    pay(&mut market, BEGIN - 1_800, Person::SecondRenter, 1, 400_000);
    propose(&mut market, Proposed::Fee(150)).unwrap();
    assert_eq!((newest(&market).participants(), newest(&market).refusal_quorum()), (600_000, 30_000));
    vote(&mut market, Person::Holder, true).unwrap();
    for party in [SECOND_RENTER, SECOND_PROVIDER] {
        assert_eq!(answer(&mut market, party, true), Err(Refusal::NoWeight));
    }
    for party in [RENTER, PROVIDER] {
        answer(&mut market, party, false).unwrap();
    }
    assert_eq!(newest(&market).tally(true), [0, 600_000]);
    assert!(newest(&market).is_refused());
    wait(&mut market, 5 * DAY);
    market.apply(&Action::Finalize { proposal: 0 }).unwrap();
    wait(&mut market, 2 * DAY);
    assert_eq!(execute(&mut market, 0), Err(Refusal::NotPassed));
}

// ----- the pace of the fee -----

#[test]
fn without_fees_in_each_of_three_epochs_there_is_no_rise() {
    for amounts in [[0, 500, 500], [500, 0, 500], [500, 500, 0], [0; 3]] {
        let mut market = paid(100, amounts);
        assert_eq!(propose(&mut market, Proposed::Fee(101)), Err(Refusal::RiseWithoutFees), "{amounts:?}");
        propose(&mut market, Proposed::Fee(50)).unwrap();
    }
    let mut market = paid(100, [500, 1, 500]);
    propose(&mut market, Proposed::Fee(150)).unwrap();
    assert_eq!(newest(&market).refusal_quorum(), 1);
    vote(&mut market, Person::Holder, true).unwrap();
    answer(&mut market, RENTER, false).unwrap();
    assert!(newest(&market).is_refused());
}

#[test]
fn from_no_fee_there_is_one_step_without_anybody_who_could_refuse() {
    let mut market = paid(0, [0; 3]);
    assert_eq!(propose(&mut market, Proposed::Fee(51)), Err(Refusal::FeeStepOutOfBounds));
    pass(&mut market, &[Proposed::Fee(49), Proposed::Fee(50)]);
    execute(&mut market, 1).unwrap();
    assert_eq!(market.votes.config().fee_bps, 50);
    assert_eq!(propose(&mut market, Proposed::Fee(51)), Err(Refusal::RiseWithoutFees));
    wait(&mut market, EPOCH);
    assert_eq!(propose(&mut market, Proposed::Fee(51)), Err(Refusal::RiseWithoutFees));
}

#[test]
fn four_rises_take_four_months_in_which_they_can_be_refused() {
    // Fees are paid from the first epoch on, and the vote is always on.
    let mut market = paid(100, [500, 500, 500]);
    market.votes.fees.clear();
    market.now = 0;
    let mut rises = Vec::new();
    while rises.len() < 4 {
        let now = market.now;
        pay(&mut market, now, Person::Renter, 0, 500);
        let fee_bps = market.votes.config().fee_bps + 50;
        if propose(&mut market, Proposed::Fee(fee_bps)) == Ok(()) {
            assert!(newest(&market).weight(Voter::Fees(RENTER)) >= newest(&market).refusal_quorum());
            vote(&mut market, Person::Holder, true).unwrap();
        }
        wait(&mut market, DAY);
        for proposal in 0..market.votes.proposals.len() {
            let _ = market.apply(&Action::Finalize { proposal });
            if execute(&mut market, proposal) == Ok(()) {
                rises.push(market.now / DAY);
            }
        }
    }
    // Three complete epochs, a vote of five days and two of timelock; then one a month.
    assert_eq!(rises, [97, 127, 157, 187]);
}

#[test]
fn thirty_days_lie_between_two_rises() {
    let mut market = houses();
    pass(&mut market, &[Proposed::Fee(150)]);
    execute(&mut market, 0).unwrap();
    assert_eq!(market.votes.last_rise(), Some(market.now));
    let allowed = market.now + EPOCH;
    wait(&mut market, 20 * DAY);
    pass(&mut market, &[Proposed::Fee(200)]);
    wait_until(&mut market, allowed - 1);
    assert_eq!(execute(&mut market, 1), Err(Refusal::RiseTooSoon));
    for late in [0, 1] {
        let mut market = market.clone();
        wait_until(&mut market, allowed + late);
        execute(&mut market, 1).unwrap();
        assert_eq!(market.votes.config().fee_bps, 200);
    }
}

#[test]
fn a_fall_waits_for_no_rise_and_lets_none_wait() {
    let mut market = houses();
    pass(&mut market, &[Proposed::Fee(150)]);
    execute(&mut market, 0).unwrap();
    for (proposal, fee_bps) in [(1, 149), (2, 100)] {
        pass(&mut market, &[Proposed::Fee(fee_bps)]);
        execute(&mut market, proposal).unwrap();
    }
    assert_eq!(market.votes.last_rise(), Some(BEGIN + 7 * DAY));
    wait(&mut market, EPOCH - 21 * DAY);
    pass(&mut market, &[Proposed::Treasury(Some(Person::Agent))]);
    execute(&mut market, 3).unwrap();
}

#[test]
fn an_open_lease_keeps_its_fee() {
    let mut market = market();
    market.votes.first.fee_bps = 100;
    lock(&mut market, Person::Holder, 400_000, 10 * EPOCH).unwrap();
    wait(&mut market, 1);
    pass(&mut market, &[Proposed::Fee(50)]);
    execute(&mut market, 0).unwrap();
    assert_eq!((market.votes.config().fee_bps, market.leases[&ID].life.fee_bps), (50, CONFIG.fee_bps));
    assert_eq!(execute(&mut market, 0), Err(Refusal::AlreadyExecuted));
}

// ----- what is proposed -----

#[test]
fn a_decision_waits_for_its_end_its_count_and_its_timelock() {
    let mut market = houses();
    propose(&mut market, Proposed::Fee(150)).unwrap();
    vote(&mut market, Person::SecondHolder, true).unwrap();
    let count = Action::Finalize { proposal: 0 };
    wait(&mut market, 5 * DAY - 1);
    assert_eq!(market.apply(&count), Err(Refusal::VoteRunning));
    wait(&mut market, 1);
    assert_eq!(vote(&mut market, Person::Holder, true), Err(Refusal::VoteOver));
    assert_eq!(execute(&mut market, 0), Err(Refusal::NotPassed));
    market.apply(&count).unwrap();
    wait(&mut market, 2 * DAY - 1);
    assert_eq!(execute(&mut market, 0), Err(Refusal::TimelockRunning));
    let mut late = market.clone();
    wait(&mut market, 1);
    execute(&mut market, 0).unwrap();
    wait(&mut late, 7 * DAY);
    let mut too_late = late.clone();
    execute(&mut late, 0).unwrap();
    wait(&mut too_late, 1);
    assert_eq!(execute(&mut too_late, 0), Err(Refusal::ProposalExpired));
}

#[test]
fn what_is_so_already_is_not_proposed() {
    let mut market = houses();
    let rules = CONFIG.rules;
    let alike = [
        Proposed::Treasury(Some(Person::Treasury)),
        Proposed::Arbiter(Some(Person::Arbiter)),
        Proposed::Guardian(Some(Person::Guardian)),
        Proposed::Rules(rules),
    ];
    for proposed in alike {
        assert_eq!(propose(&mut market, proposed), Err(Refusal::ChangesNothing), "{proposed:?}");
    }
    assert_eq!(propose(&mut market, Proposed::Fee(100)), Err(Refusal::FeeStepOutOfBounds));
    propose(&mut market, Proposed::Rules(Rules { quorum_bps: rules.quorum_bps + 1, ..rules })).unwrap();
    pass(&mut market, &[Proposed::Arbiter(Some(Person::Agent))]);
    execute(&mut market, 1).unwrap();
    propose(&mut market, Proposed::Arbiter(Some(Person::Arbiter))).unwrap();
    assert_eq!(propose(&mut market, Proposed::Arbiter(Some(Person::Agent))), Err(Refusal::ChangesNothing));
}

#[test]
fn an_older_decision_does_not_overrule_a_newer() {
    let rules = |timelock| Proposed::Rules(Rules { timelock, ..CONFIG.rules });
    let kinds = [
        [Proposed::Treasury(Some(Person::Agent)), Proposed::Treasury(Some(Person::Sponsor))],
        [Proposed::Arbiter(Some(Person::Agent)), Proposed::Arbiter(Some(Person::Sponsor))],
        [Proposed::Guardian(Some(Person::Agent)), Proposed::Guardian(Some(Person::Sponsor))],
        [rules(3 * DAY), rules(4 * DAY)],
        [Proposed::Fee(150), Proposed::Fee(90)],
    ];
    for pair in kinds {
        let mut market = houses();
        // One that never passes, and one of another kind, stand in nobody's way.
        let other = if matches!(pair[0], Proposed::Fee(_)) { rules(5 * DAY) } else { Proposed::Fee(80) };
        pass(&mut market, &[pair[0], pair[1], other]);
        propose(&mut market, pair[1]).unwrap();
        execute(&mut market, 2).unwrap();
        let mut in_order = market.clone();
        execute(&mut market, 1).unwrap();
        let config = market.votes.config();
        // A change of the fee was not made for the rate that another leaves.
        let is_fee = matches!(pair[0], Proposed::Fee(_));
        let refusal = if is_fee { Refusal::FeeMoved } else { Refusal::Superseded };
        assert_eq!(execute(&mut market, 0), Err(refusal), "{pair:?}");
        assert_eq!(market.votes.config(), config);
        assert_eq!(execute(&mut market, 1), Err(Refusal::AlreadyExecuted));
        execute(&mut in_order, 0).unwrap();
        assert_eq!(execute(&mut in_order, 1), if is_fee { Err(Refusal::FeeMoved) } else { Ok(()) });
    }
}

#[test]
fn a_fee_that_is_back_where_it_was_revives_no_older_decision() {
    let mut market = houses();
    market.votes.first.rules.execution_window = 30 * DAY;
    pass(&mut market, &[Proposed::Fee(150), Proposed::Fee(90)]);
    execute(&mut market, 1).unwrap();
    pass(&mut market, &[Proposed::Fee(100)]);
    execute(&mut market, 2).unwrap();
    assert_eq!(market.votes.config().fee_bps, 100);
    assert_eq!(execute(&mut market, 0), Err(Refusal::Superseded));
}

#[test]
fn a_fee_that_has_moved_is_voted_on_again() {
    let mut market = houses();
    pass(&mut market, &[Proposed::Fee(50), Proposed::Fee(60)]);
    execute(&mut market, 0).unwrap();
    assert_eq!(execute(&mut market, 1), Err(Refusal::FeeMoved));
}

#[test]
fn a_withdrawal_goes_on_until_its_amount_is_out() {
    let mut market = houses();
    let withdrawal = |amount| Proposed::Withdrawal { mint: Some(Mint::Money), amount };
    let fees = |market: &mut Market, amount| {
        market.pay(Purse::Wallet(Person::Stranger), Purse::Fees, amount).unwrap();
    };
    let gain = |market: &Market| market.money(Purse::Wallet(Person::Treasury)) - WEALTH;
    pass(&mut market, &[withdrawal(100), withdrawal(1_000)]);
    assert_eq!(execute(&mut market, 1), Err(Refusal::WrongAction));
    // Nothing is used up while the vault is empty, or all but.
    assert_eq!(withdraw(&mut market, 1), Err(Refusal::NothingToWithdraw));
    fees(&mut market, 1);
    withdraw(&mut market, 1).unwrap();
    assert_eq!((gain(&market), newest(&market).paid(), newest(&market).is_executed), (1, 1, false));
    fees(&mut market, 998);
    withdraw(&mut market, 1).unwrap();
    assert_eq!((gain(&market), newest(&market).is_executed), (999, false));
    fees(&mut market, 500);
    let last = newest(&market).expires_at() - 1;
    wait_until(&mut market, last);
    let mut too_late = market.clone();
    wait(&mut too_late, 1);
    assert_eq!(withdraw(&mut too_late, 1), Err(Refusal::ProposalExpired));
    withdraw(&mut market, 1).unwrap();
    assert_eq!((gain(&market), newest(&market).is_executed), (1_000, true), "its amount and no more");
    assert_eq!(withdraw(&mut market, 1), Err(Refusal::AlreadyExecuted));
    // An older withdrawal undoes no newer one.
    withdraw(&mut market, 0).unwrap();
    assert_eq!((gain(&market), market.money(Purse::Fees)), (1_100, 399));
    assert_eq!(withdraw(&mut market, 0), Err(Refusal::AlreadyExecuted));
}

// ----- locks -----

#[test]
fn locks_end_with_an_epoch_after_a_vote_and_within_two_years() {
    let owner = Person::Agent;
    let try_at = |now: i64, unlock_at: i64| {
        let mut market = houses();
        wait_until(&mut market, now);
        let locked = lock(&mut market, owner, 1, unlock_at);
        let mut extended = houses();
        lock(&mut extended, owner, 1, 4 * EPOCH).unwrap();
        wait_until(&mut extended, now);
        assert_eq!(extend(&mut extended, owner, unlock_at), locked, "alike");
        locked
    };
    let end = 30 * EPOCH;
    for (beside, expected) in [(-1, Ok(())), (0, Ok(())), (1, Err(Refusal::UnlockTimeOutOfBounds))] {
        assert_eq!(try_at(end - SHORTEST_LOCK + beside, end), expected, "{beside} of the shortest");
    }
    for (beside, expected) in [(-1, Err(Refusal::UnlockTimeOutOfBounds)), (0, Ok(())), (1, Ok(()))] {
        assert_eq!(try_at(end - 731 * DAY + beside, end), expected, "{beside} of the longest");
    }
    assert_eq!(try_at(end - 100 * DAY, end), Ok(()));
    for beside in [-DAY, -1, 1, DAY] {
        let off = try_at(end - 100 * DAY, end + beside);
        assert_eq!(off, Err(Refusal::UnlockTimeOffBoundary), "{beside} of the boundary");
    }
    let mut market = houses();
    let before = lock(&mut market, Person::Holder, 1, 9 * EPOCH);
    assert_eq!(before, Err(Refusal::LockShortened));
    assert_eq!(extend(&mut market, Person::Holder, 9 * EPOCH), Err(Refusal::LockShortened));
}

#[test]
fn a_lock_of_a_second_inflates_no_quorum() {
    let mut market = houses();
    market.votes.first.rules.quorum_bps = 4_000;
    let now = market.now;
    let for_a_second = lock(&mut market, Person::Stranger, WEALTH, now + 1);
    assert_eq!(for_a_second, Err(Refusal::UnlockTimeOutOfBounds));
    // Nor does one that is over, or all but.
    let owner = Person::Agent;
    lock(&mut market, owner, WEALTH, 4 * EPOCH).unwrap();
    wait(&mut market, 0);
    for (time, tokens) in [
        (4 * EPOCH - LONGEST - 1, 1_570_000),
        (4 * EPOCH - LONGEST, 570_000),
        (4 * EPOCH - LONGEST + 1, 570_000),
        (4 * EPOCH, 570_000),
    ] {
        wait_until(&mut market, time);
        propose(&mut market, Proposed::Fee(50)).unwrap();
        let quorum = newest(&market).quorum();
        assert_eq!((newest(&market).tokens(), quorum), (tokens, tokens * 4 / 10), "at {time}");
        let vote = vote(&mut market, owner, true);
        let counts = tokens > 570_000;
        assert_eq!(vote, if counts { Ok(()) } else { Err(Refusal::LockEndsBeforeVote) }, "at {time}");
    }
    market.apply(&Action::UnlockTokens { owner }).unwrap();
    propose(&mut market, Proposed::Fee(50)).unwrap();
    assert_eq!(newest(&market).quorum(), 228_000);
}

#[test]
fn the_quorum_is_of_the_locked_or_of_all() {
    let mut market = houses();
    // A hundredth of seventeen millions is more than a tenth of what is locked.
    propose(&mut market, Proposed::Fee(50)).unwrap();
    assert_eq!(newest(&market).quorum(), 170_000);
    // Nobody could pass what the smaller lock alone is there for.
    for (now, amount, expected) in [
        (10 * EPOCH - LONGEST - 1, 0, Ok(())),
        (10 * EPOCH - LONGEST, 169_999, Err(Refusal::QuorumOutOfReach)),
        (10 * EPOCH - LONGEST, 170_000, Ok(())),
    ] {
        let mut market = market.clone();
        if amount > 0 {
            lock(&mut market, Person::Agent, amount, 20 * EPOCH).unwrap();
        }
        wait_until(&mut market, now);
        assert_eq!(propose(&mut market, Proposed::Fee(50)), expected, "{amount} at {now}");
    }
}

#[test]
fn what_votes_is_what_the_quorum_was_made_of() {
    let mut market = houses();
    let [owner, late] = [Person::Renter, Person::Agent];
    lock(&mut market, owner, 50, 4 * EPOCH).unwrap();
    wait_until(&mut market, 4 * EPOCH - LONGEST);
    propose(&mut market, Proposed::Fee(50)).unwrap();
    lock(&mut market, late, 1, 5 * EPOCH).unwrap();
    assert_eq!(vote(&mut market, late, true), Err(Refusal::LockedAfterProposal));
    assert_eq!(vote(&mut market, owner, true), Err(Refusal::LockEndsBeforeVote));
    extend(&mut market, owner, 5 * EPOCH).unwrap();
    assert_eq!(vote(&mut market, owner, true), Err(Refusal::LockedAfterProposal), "extended too late");
    wait(&mut market, 0);
    propose(&mut market, Proposed::Fee(50)).unwrap();
    assert_eq!(newest(&market).tokens(), 570_051);
    for voter in [owner, late, Person::Holder, Person::SecondHolder] {
        vote(&mut market, voter, true).unwrap();
    }
    // What is added later makes the vote no heavier, and too late for a first.
    lock(&mut market, owner, 9, 5 * EPOCH).unwrap();
    vote(&mut market, owner, true).unwrap();
    assert_eq!(newest(&market).tally(false), [570_051, 0]);
}

#[test]
fn tokens_of_the_slot_of_a_proposal_do_not_vote_on_it() {
    let mut market = houses();
    lock(&mut market, Person::Agent, 1, 5 * EPOCH).unwrap();
    propose(&mut market, Proposed::Fee(50)).unwrap();
    assert_eq!(vote(&mut market, Person::Agent, true), Err(Refusal::LockedAfterProposal));
    wait(&mut market, 0);
    propose(&mut market, Proposed::Fee(50)).unwrap();
    vote(&mut market, Person::Agent, true).unwrap();
}

#[test]
fn anyone_returns_an_expired_lock_to_its_owner() {
    let mut market = houses();
    let unlock = Action::UnlockTokens { owner: Person::Holder };
    wait_until(&mut market, 10 * EPOCH - 1);
    assert_eq!(market.apply(&unlock), Err(Refusal::StillLocked));
    for late in [1, 2] {
        let mut market = market.clone();
        wait(&mut market, late);
        market.apply(&unlock).unwrap();
        assert_eq!(market.votes.unlocked(Person::Holder), WEALTH);
    }
}

// ----- the vote -----

#[test]
fn who_paid_refuses_a_rise_and_has_no_other_say() {
    let mut market = houses();
    propose(&mut market, Proposed::Fee(50)).unwrap();
    assert_eq!(answer(&mut market, PROVIDER, false), Err(Refusal::HouseHasNoSay));
    assert_eq!((newest(&market).participants(), newest(&market).refusal_quorum()), (0, 0));
    propose(&mut market, Proposed::Fee(150)).unwrap();
    vote(&mut market, Person::Holder, true).unwrap();
    assert!(newest(&market).passes());
    assert_eq!((newest(&market).participants(), newest(&market).refusal_quorum()), (3_000, 150));
    answer(&mut market, RENTER, false).unwrap();
    assert!(!newest(&market).passes());
    answer(&mut market, PROVIDER, true).unwrap();
    assert_eq!(newest(&market).tally(true), [1_500, 1_500]);
    assert!(newest(&market).passes(), "a tie refuses nothing");
}

#[test]
fn a_twentieth_of_the_fees_refuses() {
    for (amount, is_refused) in [(49, false), (50, true), (51, true)] {
        let mut market = paid(100, [500 - amount; 3]);
        for epoch in 0..3 {
            pay(&mut market, epoch * EPOCH, Person::SecondRenter, 1, amount);
        }
        propose(&mut market, Proposed::Fee(150)).unwrap();
        assert_eq!(newest(&market).refusal_quorum(), 150);
        answer(&mut market, SECOND_RENTER, false).unwrap();
        assert_eq!(newest(&market).is_refused(), is_refused, "{amount}");
    }
}

#[test]
fn a_delegate_votes_once_and_the_owner_overrules_it() {
    let mut market = houses();
    let [owner, by] = [Person::Holder, Person::Delegate];
    propose(&mut market, Proposed::Arbiter(Some(Person::Agent))).unwrap();
    assert_eq!(vote_by(&mut market, owner, by, true), Err(Refusal::NotVoter));
    let valid_until = market.now;
    let delegate = Action::SetDelegate { owner, by: owner, valid_until, replaced: None, delegate: Some(by) };
    market.apply(&delegate).unwrap();
    vote_by(&mut market, owner, by, true).unwrap();
    assert_eq!(vote_by(&mut market, owner, by, false), Err(Refusal::AlreadyVoted));
    vote(&mut market, owner, false).unwrap();
    assert_eq!(newest(&market).tally(false), [0, 400_000]);
}

#[test]
fn a_vote_ends_an_extension_after_the_last_change_of_its_result() {
    for (beside, put_off) in [(-1, 0), (0, 0), (1, 1), (DAY - 1, DAY - 1)] {
        let mut market = houses();
        propose(&mut market, Proposed::Fee(50)).unwrap();
        let end = newest(&market).ends_at();
        wait_until(&mut market, end - DAY + beside);
        vote(&mut market, Person::Holder, true).unwrap();
        assert_eq!(newest(&market).ends_at(), end + put_off, "{beside}");
        // Repeated, and a second for: the result stays.
        wait_until(&mut market, end - 1);
        for owner in [Person::Holder, Person::SecondHolder] {
            vote(&mut market, owner, true).unwrap();
        }
        assert_eq!(newest(&market).ends_at(), end + put_off, "{beside}");
    }
}

#[test]
fn one_base_unit_does_not_use_up_the_time_to_answer() {
    let mut market = houses();
    lock(&mut market, Person::Agent, 1, 10 * EPOCH).unwrap();
    wait(&mut market, 0);
    propose(&mut market, Proposed::Fee(150)).unwrap();
    let end = newest(&market).ends_at();
    wait_until(&mut market, end - 2);
    // A majority without a quorum, and a refusal of what does not pass.
    vote(&mut market, Person::Agent, true).unwrap();
    answer(&mut market, RENTER, false).unwrap();
    answer(&mut market, PROVIDER, true).unwrap();
    assert_eq!(newest(&market).ends_at(), end);
    // The bulk in the last second leaves a day to answer it, and so does the answer.
    wait(&mut market, 1);
    vote(&mut market, Person::SecondHolder, true).unwrap();
    assert_eq!(newest(&market).ends_at(), end - 1 + DAY);
    wait_until(&mut market, end - 2 + DAY);
    vote(&mut market, Person::Holder, false).unwrap();
    assert_eq!(newest(&market).ends_at(), end - 2 + 2 * DAY);
    assert!(!newest(&market).passes());
}

#[test]
fn a_refusal_in_the_last_second_can_be_answered() {
    let mut market = houses();
    propose(&mut market, Proposed::Fee(150)).unwrap();
    vote(&mut market, Person::Holder, true).unwrap();
    let end = newest(&market).ends_at();
    wait_until(&mut market, end - 1);
    answer(&mut market, RENTER, false).unwrap();
    assert_eq!(newest(&market).ends_at(), end - 1 + DAY);
    wait(&mut market, DAY - 1);
    answer(&mut market, PROVIDER, true).unwrap();
    assert_eq!(newest(&market).ends_at(), end - 2 + 2 * DAY);
    assert!(newest(&market).passes());
}

#[test]
fn a_quarrel_puts_the_end_off_by_three_extensions_at_most() {
    let mut market = houses();
    propose(&mut market, Proposed::Fee(50)).unwrap();
    let first_end = newest(&market).first_end();
    let put_off: Vec<_> = [true, false, true, false, true]
        .map(|is_for| {
            let end = newest(&market).ends_at();
            wait_until(&mut market, end - 1);
            vote(&mut market, Person::Holder, is_for).unwrap();
            newest(&market).ends_at() - first_end
        })
        .into();
    assert_eq!(put_off, [DAY - 1, 2 * DAY - 2, 3 * DAY - 3, 3 * DAY, 3 * DAY]);
    assert_eq!(newest(&market).latest_end(), first_end + 3 * DAY);
    wait(&mut market, 1);
    assert_eq!(vote(&mut market, Person::Holder, true), Err(Refusal::VoteOver));
    market.apply(&Action::Finalize { proposal: 0 }).unwrap();
}

// ----- signatures -----

/// Refused for `refusal` a second after it was to hold, and taken in that second and the one before.
fn holds_until(market: &Market, action: impl Fn(i64) -> Action) {
    for (beside, expected) in [(-1, Err(Refusal::SignatureExpired)), (0, Ok(())), (1, Ok(()))] {
        let action = action(market.now + beside);
        assert_eq!(market.clone().apply(&action), expected, "{action:?}");
    }
}

#[test]
fn a_vote_is_for_what_the_voter_saw_and_for_as_long_as_it_said() {
    let mut market = houses();
    let seen = Proposed::Fee(150);
    propose(&mut market, seen).unwrap();
    let [owner, by] = [Person::Holder; 2];
    let cast =
        |valid_until, seen| Action::CastVote { proposal: 0, owner, by, valid_until, seen, is_for: true };
    let participants = |valid_until, seen| {
        let (party, by) = (RENTER, Person::Renter);
        Action::CastParticipantVote { proposal: 0, party, by, valid_until, seen, is_for: true }
    };
    holds_until(&market, |valid_until| cast(valid_until, seen));
    holds_until(&market, |valid_until| participants(valid_until, seen));
    for other in [Proposed::Fee(149), Proposed::Fee(151), Proposed::Treasury(Some(Person::Agent))] {
        for action in [cast(market.now, other), participants(market.now, other)] {
            assert_eq!(market.apply(&action), Err(Refusal::ActionChanged), "{other:?}");
        }
    }
}

#[test]
fn a_delegate_replaces_the_one_that_the_owner_saw() {
    let mut market = houses();
    let owner = Person::Holder;
    let [stolen, new] = [Some(Person::Delegate), Some(Person::Agent)];
    let now = market.now;
    let set = |valid_until, replaced, delegate| Action::SetDelegate {
        owner,
        by: owner,
        valid_until,
        replaced,
        delegate,
    };
    holds_until(&market, |valid_until| set(valid_until, None, stolen));
    market.apply(&set(now, None, stolen)).unwrap();
    market.apply(&set(now, stolen, new)).unwrap();
    // A signature that was withheld restores nobody.
    assert_eq!(market.apply(&set(now, None, stolen)), Err(Refusal::ValueReplaced));
    assert_eq!(market.votes.locks[&owner].delegate, new);
    market.apply(&set(now, new, None)).unwrap();
}

#[test]
fn no_larger_deposit_is_taken_than_was_agreed_to() {
    let mut market = houses();
    let by = Person::Agent;
    let proposed = Proposed::Fee(50);
    let propose = |valid_until, max_deposit| Action::Propose { by, valid_until, max_deposit, proposed };
    let deposit = CONFIG.rules.deposit;
    holds_until(&market, |valid_until| propose(valid_until, deposit));
    let now = market.now;
    let too_large = market.apply(&propose(now, deposit - 1));
    assert_eq!(too_large, Err(Refusal::DepositAboveAgreed));
    for max_deposit in [deposit, deposit + 1] {
        market.apply(&propose(now, max_deposit)).unwrap();
    }
}

#[test]
fn a_pause_lapses_and_is_followed_by_a_rest() {
    let mut market = market();
    let by = Person::Guardian;
    let pause = |market: &mut Market, seconds| {
        let valid_until = market.now;
        market.apply(&Action::Pause { by, valid_until, seconds })
    };
    holds_until(&market, |valid_until| Action::Pause { by, valid_until, seconds: PAUSE });
    pause(&mut market, PAUSE).unwrap();
    wait(&mut market, 99);
    let until = market.now - 99 + PAUSE;
    assert_eq!(market.apply(&Action::Unpause { by, until: until - 1 }), Err(Refusal::ValueReplaced));
    market.apply(&Action::Unpause { by, until }).unwrap();
    assert!(!market.votes.is_paused(market.now));
    wait(&mut market, PAUSE - 1);
    assert_eq!(pause(&mut market, 1), Err(Refusal::PauseTooSoon));
    wait(&mut market, 1);
    pause(&mut market, 1).unwrap();
    assert!(market.votes.is_paused(market.now));
}
