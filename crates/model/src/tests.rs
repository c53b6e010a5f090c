//! Cases computed by hand.

use crate::*;

const ID: LeaseId = LeaseId { renter: Person::Renter, nonce: 0 };
const OFFER: OfferId = OfferId { provider: ProviderId(0), number: 0 };
const WEALTH: u64 = 1_000_000;

/// A fee of ten percent; votes of five days and one more, two days of timelock, a week to execute.
const CONFIG: Config = Config {
    fee_bps: 1_000,
    treasury: Person::Treasury,
    arbiter: Person::Arbiter,
    guardian: Person::Guardian,
    rules: Rules {
        deposit: 50_000_000,
        voting_period: 5 * DAY,
        extension: DAY,
        timelock: 2 * DAY,
        execution_window: 7 * DAY,
        quorum_bps: 1_000,
    },
};

/// One base unit a GPU-second, a tenth of it a fee, every second promised, a bond of an hour.
fn terms() -> Terms {
    Terms {
        price: 3_600,
        min_duration: 60,
        max_duration: 10_000,
        notice: 100,
        challenge_window: 600,
        heartbeat_timeout: 900,
        penalty_bps: BPS,
        uptime_bps: BPS,
        bond_hours: 1,
        verifier: None,
    }
}

/// The renter's lease on whatever its offer says, for whoever reads it carefully.
fn open(market: &Market, deposit: u64, duration: i64, gpus: u64) -> Action {
    let Offer { terms, listing, .. } = market.offers[&OFFER];
    Action::Open {
        lease: ID,
        payer: Person::Sponsor,
        offer: OFFER,
        terms,
        listing,
        deposit,
        start_deadline: market.now + 500,
        valid_until: market.now,
        duration,
        gpus,
        max_fee_bps: 1_000,
        arbiter: Person::Arbiter,
        access_key: AccessKey(1),
        session_key: None,
    }
}

fn seen(market: &Market) -> Seen {
    market.leases[&ID].seen(market.now)
}

fn start(market: &mut Market) -> Result<(), Refusal> {
    market.apply(&Action::Start { lease: ID, by: Person::Provider, seen: seen(market) })
}

/// Eight GPUs, and a lease of some of them that has started at moment 1000.
fn market_of(terms: Terms, deposit: u64, duration: i64, gpus: u64) -> Market {
    let mut market = Market::new(1_000, CONFIG, WEALTH);
    market.register(ProviderId(0), Person::Provider, Person::Attestor);
    let listing = Listing(1);
    for action in [
        Action::CreateOffer { offer: OFFER, by: Person::Provider, gpus: 8, terms, listing },
        Action::CreateParticipant { renter: Person::Renter, payer: Person::Stranger },
    ] {
        market.apply(&action).unwrap();
    }
    let open = open(&market, deposit, duration, gpus);
    market.apply(&open).unwrap();
    start(&mut market).unwrap();
    market
}

/// Two GPUs for 3000 seconds with a deposit of 5000.
fn market() -> Market {
    market_of(terms(), 5_000, 3_000, 2)
}

fn attest_until(market: &mut Market, units: u64, window_end: i64, signers: &[Person]) -> Result<(), Refusal> {
    let signers = signers.to_vec();
    market.apply(&Action::Attest { lease: ID, signers, units, window_end, energy_wh: 0, is_stale: false })
}

fn attest(market: &mut Market, units: u64, signers: &[Person]) -> Result<(), Refusal> {
    attest_until(market, units, market.now, signers)
}

fn wait(market: &mut Market, seconds: i64) {
    assert_eq!(market.apply(&Action::Wait(Wait::seconds(seconds))), Ok(()));
}

/// Waits until so many seconds after the start.
fn wait_until(market: &mut Market, since_start: i64) {
    let seconds = market.leases[&ID].started.at + since_start - market.now;
    wait(market, seconds);
}

/// The cluster stands still while its clock goes on.
fn halt(market: &mut Market, seconds: i64, slots: u64) {
    assert_eq!(market.apply(&Action::Wait(Wait { seconds, slots })), Ok(()));
}

fn top_up(market: &mut Market, amount: u64) -> Result<(), Refusal> {
    let action = Action::TopUp { lease: ID, by: Person::Stranger, seen: seen(market), amount, min_ends_at: 0 };
    market.apply(&action)
}

fn extend(market: &mut Market, gpus: u64, duration: i64) -> Result<(), Refusal> {
    market.apply(&Action::Extend { lease: ID, by: Person::Renter, seen: seen(market), gpus, duration })
}

fn resize(market: &mut Market, from_gpus: u64, gpus: u64) -> Result<(), Refusal> {
    let (seen, duration) = (seen(market), market.leases[&ID].duration);
    let (by, provider_signs) = (Person::Renter, true);
    market.apply(&Action::Resize { lease: ID, by, seen, duration, from_gpus, gpus, provider_signs })
}

fn terminate(market: &mut Market, by: Person, max_ends_at: i64) -> Result<(), Refusal> {
    market.apply(&Action::Terminate { lease: ID, by, seen: seen(market), max_ends_at })
}

fn expire(market: &mut Market, by: Person) -> Result<(), Refusal> {
    let window_end = market.leases[&ID].window_end();
    market.apply(&Action::Expire { lease: ID, by, seen: seen(market), window_end })
}

fn dispute(market: &mut Market, units: u64) -> Result<(), Refusal> {
    let (by, funder, seen, max_stake) = (Person::Renter, Person::Sponsor, seen(market), u64::MAX);
    market.apply(&Action::Dispute { lease: ID, by, funder, seen, units, max_stake })
}

fn resolve(market: &mut Market, units: u64) -> Result<(), Refusal> {
    let State::Disputed(Dispute { renter_units, provider_units, .. }) = market.leases[&ID].state else {
        panic!("it is not disputed")
    };
    let (by, seen) = (Person::Arbiter, seen(market));
    market.apply(&Action::Resolve { lease: ID, by, seen, renter_units, provider_units, units })
}

fn close(market: &mut Market) -> Result<(), Refusal> {
    market.apply(&Action::Close { lease: ID, renter_signs: false, provider_signs: false, agreed: None })
}

fn close_agreed(market: &mut Market, units: u64, credit: u64) -> Result<(), Refusal> {
    let agreed = Some(Agreed { seen: seen(market), units, credit });
    market.apply(&Action::Close { lease: ID, renter_signs: true, provider_signs: true, agreed })
}

fn lease(market: &Market) -> &Lease {
    &market.leases[&ID]
}

/// What the sponsor, the provider, the protocol and the arbiter have gained.
fn gains(market: &Market) -> [i128; 4] {
    let gain = |person| i128::from(market.money(Purse::Wallet(person))) - i128::from(WEALTH);
    let fees = i128::from(market.money(Purse::Fees));
    [gain(Person::Sponsor), gain(Person::Provider), fees, gain(Person::Arbiter)]
}

const BOTH: [Person; 2] = [Person::Attestor, Person::Renter];

#[test]
fn a_lease_takes_deposit_and_bond_and_holds_gpus() {
    let market = market();
    assert_eq!(gains(&market), [-5_000, -7_200, 0, 0]);
    assert_eq!((market.gpus_free(OFFER), market.gpus_leased(OFFER)), (6, 2));
}

#[test]
fn what_was_delivered_is_paid_and_what_is_missing_comes_out_of_the_bond() {
    let mut market = market();
    wait(&mut market, 2_000);
    attest(&mut market, 4_001, &BOTH).unwrap_err();
    attest(&mut market, 4_000, &BOTH).unwrap();
    market.apply(&Action::Settle { lease: ID }).unwrap();
    assert_eq!(gains(&market), [-5_000, 3_600 - 7_200, 0, 0]);
    wait(&mut market, 1_000 + GRACE);
    assert_eq!(close(&mut market), Err(Refusal::NotClosable));
    wait(&mut market, 1);
    close(&mut market).unwrap();
    // 6000 were possible, 5000 paid for and so promised, 4000 delivered.
    assert_eq!(gains(&market), [-4_000 + 1_000, 3_600 - 1_000, 400, 0]);
}

#[test]
fn frequent_claims_neither_postpone_nor_shorten_a_window() {
    let mut market = market();
    for (units, seconds) in [(10, 100), (20, 300), (30, 299)] {
        wait(&mut market, seconds);
        attest(&mut market, units, &[Person::Attestor]).unwrap();
    }
    let accepted = |market: &mut Market, seconds| {
        wait(market, seconds);
        market.apply(&Action::Settle { lease: ID }).unwrap();
        market.leases[&ID].accepted
    };
    assert_eq!(accepted(&mut market, 0), 0);
    assert_eq!(accepted(&mut market, 1), 10);
    assert_eq!(accepted(&mut market, 598), 10);
    assert_eq!(accepted(&mut market, 1), 30);
}

#[test]
fn capacity_is_the_sum_of_all_segments() {
    let mut market = market();
    wait(&mut market, 100);
    resize(&mut market, 2, 4).unwrap();
    wait(&mut market, 100);
    assert_eq!(resize(&mut market, 4, 1), Err(Refusal::ResizePending), "nothing was attested since");
    attest(&mut market, 0, &[Person::Attestor]).unwrap();
    resize(&mut market, 4, 1).unwrap();
    assert_eq!(resize(&mut market, 1, 2), Err(Refusal::ResizePending));
    // Two until 1100, four until the notice is over at 1300, one after that.
    for (time, capacity) in [(1_000, 0), (1_100, 200), (1_200, 600), (1_300, 1_000), (1_400, 1_100)] {
        assert_eq!(lease(&market).capacity(time), capacity, "at {time}");
    }
    assert_eq!((lease(&market).gpus, lease(&market).bond), (4, 14_400));
    wait(&mut market, 100);
    market.apply(&Action::ReleaseGpus { lease: ID }).unwrap();
    assert_eq!((lease(&market).gpus, lease(&market).bond), (1, 3_600));
}

#[test]
fn the_arbiter_is_paid_by_each_side_for_its_distance() {
    let mut market = market();
    wait(&mut market, 500);
    attest(&mut market, 1_000, &[Person::Attestor]).unwrap();
    assert_eq!(dispute(&mut market, 1_000), Err(Refusal::FigureOutOfBounds));
    dispute(&mut market, 0).unwrap();
    resolve(&mut market, 250).unwrap();
    close(&mut market).unwrap();
    // Of the fee of 100 the sponsor pays 25. Promised are 1000 until the dispute, missing are 750.
    assert_eq!(gains(&market), [-250 - 25 + 750, 225 - 75 - 750, 25, 100]);
    assert_eq!(market.providers[&ProviderId(0)].record.lost, 1);
    let division = Division { payout: 225, bond: 7_200 - 75 - 750, fees: 25, credit: 750, refund: 4_825 };
    assert_eq!(market.endings, [(End::Disputed, division)]);
}

#[test]
fn a_silent_provider_is_expired_and_what_it_promised_stays_promised() {
    let mut market = market();
    wait(&mut market, 900);
    assert_eq!(expire(&mut market, Person::Renter), Err(Refusal::HeartbeatNotMissed));
    wait(&mut market, 1);
    expire(&mut market, Person::Renter).unwrap();
    wait(&mut market, 2_700);
    close(&mut market).unwrap();
    assert_eq!(gains(&market), [5_000, -5_000, 0, 0]);
    assert_eq!(market.providers[&ProviderId(0)].record.abandoned, 1);
}

#[test]
fn a_refusal_changes_nothing() {
    let mut market = market();
    let before = market.clone();
    assert_eq!(top_up(&mut market, 0), Err(Refusal::AmountZero));
    assert_eq!(top_up(&mut market, WEALTH + 1), Err(Refusal::InsufficientFunds));
    assert_eq!(market, before);
}

#[test]
fn every_lease_has_a_way_out_without_its_parties() {
    let mut market = market();
    attest(&mut market, 0, &[Person::Attestor]).unwrap_err();
    while let Some((wait, action)) = market.way_out(ID) {
        market.apply(&Action::Wait(wait)).unwrap();
        market.apply(&action).unwrap();
    }
    assert_eq!(gains(&market), [5_000, -5_000, 0, 0]);
}


// ----- votes -----

/// The lease has paid a fee of 500, the fee is one percent since, the holder has locked 400 000 and the
/// second holder 160 000, and a new epoch begins.
fn houses() -> Market {
    let mut market = market();
    market.votes.first.fee_bps = 100;
    wait(&mut market, 2_700);
    attest(&mut market, 5_000, &BOTH).unwrap();
    close_agreed(&mut market, 5_000, 0).unwrap();
    assert_eq!(market.votes.fees[0].amount, 500, "signed for before");
    for (owner, amount) in [(Person::Holder, 400_000), (Person::SecondHolder, 160_000)] {
        let unlock_at = market.now + 400 * DAY;
        market.apply(&Action::LockTokens { owner, amount, unlock_at }).unwrap();
    }
    let begin = EPOCH - market.now;
    wait(&mut market, begin);
    market
}

fn propose(market: &mut Market, proposed: Proposed) -> Result<(), Refusal> {
    market.apply(&Action::Propose { by: Person::Holder, proposed })
}

fn vote(market: &mut Market, owner: Person, by: Person, is_for: bool) -> Result<(), Refusal> {
    market.apply(&Action::CastVote { proposal: 0, owner, by, is_for })
}

fn refuse(market: &mut Market) -> Result<(), Refusal> {
    let party = Party::Renter(Person::Renter);
    market.apply(&Action::CastParticipantVote { proposal: 0, party, by: Person::Renter, is_for: false })
}

#[test]
fn a_rise_passes_and_an_open_lease_keeps_its_fee() {
    let mut market = houses();
    assert_eq!(propose(&mut market, Proposed::Fee(151)), Err(Refusal::FeeStepOutOfBounds));
    propose(&mut market, Proposed::Fee(150)).unwrap();
    vote(&mut market, Person::SecondHolder, Person::SecondHolder, true).unwrap();
    wait(&mut market, 5 * DAY - 1);
    let count = Action::Finalize { proposal: 0 };
    assert_eq!(market.apply(&count), Err(Refusal::VoteRunning));
    wait(&mut market, 1);
    market.apply(&count).unwrap();
    let execute = Action::Execute { proposal: 0 };
    wait(&mut market, 2 * DAY - 1);
    assert_eq!(market.apply(&execute), Err(Refusal::TimelockRunning));
    wait(&mut market, 1);
    let open = open(&market, 5_000, 3_000, 2);
    market.apply(&open).unwrap();
    market.apply(&execute).unwrap();
    assert_eq!((market.votes.config().fee_bps, market.leases[&ID].life.fee_bps), (150, 100));
    assert_eq!(market.apply(&execute), Err(Refusal::AlreadyExecuted));
}

#[test]
fn the_quorum_is_of_the_locked_or_of_all() {
    let mut market = houses();
    propose(&mut market, Proposed::Fee(150)).unwrap();
    // A hundredth of sixteen millions is more than a tenth of what is locked.
    assert_eq!(market.votes.proposals[0].quorum, 160_000);
    market.votes.first.rules.quorum_bps = 4_000;
    propose(&mut market, Proposed::Fee(150)).unwrap();
    assert_eq!(market.votes.proposals[1].quorum, 224_000);
}

#[test]
fn who_paid_refuses_a_rise_and_has_no_other_say() {
    let mut market = houses();
    propose(&mut market, Proposed::Fee(150)).unwrap();
    propose(&mut market, Proposed::Fee(50)).unwrap();
    vote(&mut market, Person::Holder, Person::Holder, true).unwrap();
    assert!(market.votes.proposals[0].passes());
    assert_eq!(market.votes.proposals[0].refusal_quorum(), 50);
    refuse(&mut market).unwrap();
    assert!(!market.votes.proposals[0].passes());
    let party = Party::Provider(ProviderId(0));
    let by = Person::Provider;
    let elsewhere = Action::CastParticipantVote { proposal: 1, party, by, is_for: false };
    assert_eq!(market.apply(&elsewhere), Err(Refusal::HouseHasNoSay));
    let answer = Action::CastParticipantVote { proposal: 0, party, by, is_for: true };
    market.apply(&answer).unwrap();
    assert_eq!(market.votes.proposals[0].tally(true), [500, 500]);
    assert!(market.votes.proposals[0].passes(), "a tie refuses nothing");
}

#[test]
fn fees_weigh_for_three_epochs() {
    let mut market = houses();
    let weight = |market: &Market, time| market.votes.fees_before(Some(Party::Renter(Person::Renter)), time);
    let weights = [EPOCH - 1, EPOCH, 4 * EPOCH - 1, 4 * EPOCH].map(|time| weight(&market, time));
    assert_eq!(weights, [0, 500, 500, 0]);
    wait(&mut market, 3 * EPOCH);
    propose(&mut market, Proposed::Fee(150)).unwrap();
    assert_eq!(refuse(&mut market), Err(Refusal::NoWeight));
}

#[test]
fn a_delegate_votes_once_and_the_owner_overrules_it() {
    let mut market = houses();
    let [owner, by] = [Person::Holder, Person::Delegate];
    propose(&mut market, Proposed::Arbiter(Some(Person::Agent))).unwrap();
    assert_eq!(vote(&mut market, owner, by, true), Err(Refusal::NotVoter));
    market.apply(&Action::SetDelegate { owner, by: owner, delegate: Some(by) }).unwrap();
    vote(&mut market, owner, by, true).unwrap();
    assert_eq!(vote(&mut market, owner, by, false), Err(Refusal::AlreadyVoted));
    vote(&mut market, owner, owner, false).unwrap();
    assert_eq!(market.votes.proposals[0].tally(false), [0, 400_000]);
}

#[test]
fn a_late_turn_extends_a_vote_once() {
    let mut market = houses();
    let end = market.now + 5 * DAY;
    propose(&mut market, Proposed::Fee(50)).unwrap();
    vote(&mut market, Person::SecondHolder, Person::SecondHolder, true).unwrap();
    wait(&mut market, 4 * DAY);
    vote(&mut market, Person::SecondHolder, Person::SecondHolder, true).unwrap();
    assert_eq!(market.votes.proposals[0].ends_at(), end);
    for is_for in [false, true] {
        vote(&mut market, Person::Holder, Person::Holder, is_for).unwrap();
        assert_eq!(market.votes.proposals[0].ends_at(), end + DAY);
    }
}

#[test]
fn tokens_vote_that_were_there_before_and_stay_until_after() {
    let mut market = houses();
    let [owner, late] = [Person::Renter, Person::Agent];
    let unlock_at = market.now + 6 * DAY;
    market.apply(&Action::LockTokens { owner, amount: 1, unlock_at }).unwrap();
    wait(&mut market, 0);
    propose(&mut market, Proposed::Fee(50)).unwrap();
    market.apply(&Action::LockTokens { owner: late, amount: 1, unlock_at: unlock_at + 1 }).unwrap();
    assert_eq!(vote(&mut market, late, late, true), Err(Refusal::LockedAfterProposal));
    assert_eq!(vote(&mut market, owner, owner, true), Err(Refusal::LockEndsBeforeVote));
    market.apply(&Action::ExtendLock { owner, by: owner, unlock_at: unlock_at + 1 }).unwrap();
    vote(&mut market, owner, owner, true).unwrap();
    // What is added later does not make the vote heavier.
    market.apply(&Action::LockTokens { owner, amount: 9, unlock_at: unlock_at + 1 }).unwrap();
    vote(&mut market, owner, owner, true).unwrap();
    assert_eq!(market.votes.proposals[0].tally(false), [1, 0]);
    let unlock = Action::UnlockTokens { owner, by: owner };
    wait(&mut market, 6 * DAY);
    assert_eq!(market.apply(&unlock), Err(Refusal::StillLocked));
    wait(&mut market, 1);
    market.apply(&unlock).unwrap();
    assert_eq!(market.votes.unlocked(owner), WEALTH);
}

#[test]
fn a_fee_that_has_moved_is_voted_on_again() {
    let mut market = houses();
    for fee_bps in [50, 60] {
        propose(&mut market, Proposed::Fee(fee_bps)).unwrap();
    }
    for proposal in [0, 1] {
        let [owner, by] = [Person::Holder; 2];
        market.apply(&Action::CastVote { proposal, owner, by, is_for: true }).unwrap();
    }
    wait(&mut market, 7 * DAY);
    for proposal in [0, 1] {
        market.apply(&Action::Finalize { proposal }).unwrap();
    }
    market.apply(&Action::Execute { proposal: 0 }).unwrap();
    assert_eq!(market.apply(&Action::Execute { proposal: 1 }), Err(Refusal::FeeMoved));
}

#[test]
fn a_pause_lapses_and_is_followed_by_a_rest() {
    let mut market = market();
    let by = Person::Guardian;
    market.apply(&Action::Pause { by, seconds: PAUSE }).unwrap();
    wait(&mut market, 99);
    market.apply(&Action::Unpause { by }).unwrap();
    assert!(!market.votes.is_paused(market.now));
    wait(&mut market, PAUSE - 1);
    assert_eq!(market.apply(&Action::Pause { by, seconds: 1 }), Err(Refusal::PauseTooSoon));
    wait(&mut market, 1);
    market.apply(&Action::Pause { by, seconds: 1 }).unwrap();
    assert!(market.votes.is_paused(market.now));
}
