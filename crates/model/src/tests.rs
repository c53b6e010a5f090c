//! Cases computed by hand.

use crate::*;

/// The same opening but for one figure.
macro_rules! but {
    ($open:expr, $field:ident: $value:expr) => {{
        let mut action = $open.clone();
        let Action::Open { $field, .. } = &mut action else { unreachable!("it opens a lease") };
        *$field = $value;
        action
    }};
}

mod batches;
mod governance;
mod keys;

const ID: LeaseId = LeaseId { renter: Person::Renter, nonce: 0 };
const OFFER: OfferId = OfferId { provider: ProviderId(0), number: 0 };
const WEALTH: u64 = 1_000_000;

/// What the provider's machines sign with.
const KEYS: HotKeys = HotKeys { attestor: Person::Attestor, operator: Some(Person::Operator) };

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
    let (by, bond) = (Person::Provider, BondSource::Wallet);
    market.apply(&Action::Start { lease: ID, by, seen: seen(market), bond })
}

/// Eight GPUs, and a lease of some of them that has started at moment 1000.
fn market_of(terms: Terms, deposit: u64, duration: i64, gpus: u64) -> Market {
    let mut market = Market::new(1_000, CONFIG, WEALTH);
    market.register(ProviderId(0), Person::Provider, KEYS);
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
    let action =
        Action::TopUp { lease: ID, by: Person::Stranger, seen: seen(market), amount, min_ends_at: 0 };
    market.apply(&action)
}

fn extend(market: &mut Market, gpus: u64, duration: i64) -> Result<(), Refusal> {
    market.apply(&Action::Extend { lease: ID, by: Person::Renter, seen: seen(market), gpus, duration })
}

fn resize(market: &mut Market, from_gpus: u64, gpus: u64) -> Result<(), Refusal> {
    resize_by(market, from_gpus, gpus, Some(Person::Provider), BondSource::Wallet)
}

fn resize_by(
    market: &mut Market,
    from_gpus: u64,
    gpus: u64,
    provider: Option<Person>,
    bond: BondSource,
) -> Result<(), Refusal> {
    let (seen, duration, by) = (seen(market), market.leases[&ID].duration, Person::Renter);
    market.apply(&Action::Resize { lease: ID, by, seen, duration, from_gpus, gpus, provider, bond })
}

fn terminate(market: &mut Market, by: Person, max_ends_at: i64) -> Result<(), Refusal> {
    market.apply(&Action::Terminate { lease: ID, by, seen: seen(market), max_ends_at })
}

fn expire(market: &mut Market, by: Person) -> Result<(), Refusal> {
    let window_end = market.leases[&ID].window_end();
    market.apply(&Action::Expire { lease: ID, by, seen: seen(market), window_end })
}

fn dispute(market: &mut Market, units: u64) -> Result<(), Refusal> {
    dispute_by(market, Person::Renter, units)
}

fn dispute_by(market: &mut Market, by: Person, units: u64) -> Result<(), Refusal> {
    let (funder, seen, max_stake) = (Person::Sponsor, seen(market), u64::MAX);
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
    market.apply(&Action::Close { lease: ID, renter_signs: false, provider: None, agreed: None })
}

fn close_agreed(market: &mut Market, units: u64, credit: u64) -> Result<(), Refusal> {
    close_by(market, Person::Provider, units, credit)
}

/// The renter and `by` divide the vault.
fn close_by(market: &mut Market, by: Person, units: u64, credit: u64) -> Result<(), Refusal> {
    let agreed = Some(Agreed { seen: seen(market), units, credit });
    market.apply(&Action::Close { lease: ID, renter_signs: true, provider: Some(by), agreed })
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
    assert_eq!((lease(&market).gpus, lease(&market).bond), (1, 14_400));
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

// ----- the meter and the promise -----

/// One base unit a GPU-second, for up to a day, with a short minimum.
fn long_terms() -> Terms {
    Terms { max_duration: DAY, notice: 1_000, ..terms() }
}

/// A statement of nothing new up to so many seconds after the start.
fn attest_at(market: &mut Market, since_start: i64) -> Result<(), Refusal> {
    let (units, start) = (lease(market).latest(), lease(market).started.at);
    attest_until(market, units, start + since_start, &[Person::Attestor])
}

/// What is promised and what nobody paid for, until so many seconds after the start.
fn promise(market: &Market, since_start: i64) -> (u64, u64) {
    let (lease, time) = (lease(market), lease(market).started.at + since_start);
    (lease.fundable(time), lease.capacity(time) - lease.paid_for(time))
}

#[test]
fn a_late_top_up_takes_no_bond_for_hours_that_nobody_funded() {
    let mut market = market_of(long_terms(), 57_600, 86_400, 4);
    wait_until(&mut market, 43_200);
    top_up(&mut market, 115_200).unwrap();
    assert_eq!(attest_at(&mut market, 14_400), Err(Refusal::WindowBeforeRevival));
    attest_until(&mut market, 57_600, 1_000 + 43_200, &[Person::Attestor]).unwrap();
    dispute(&mut market, 0).unwrap();
    let lease = lease(&market);
    assert_eq!((lease.fundable(lease.promised_until), lease.promised()), (57_600, 57_600));
}

#[test]
fn dust_wakes_nobody_and_what_passes_unpaid_between_revivals_is_not_promised() {
    let mut market = market_of(long_terms(), 400, 1_000, 4);
    wait_until(&mut market, 150);
    assert_eq!(top_up(&mut market, 239), Err(Refusal::TopUpTooSmall));
    top_up(&mut market, 240).unwrap();
    wait_until(&mut market, 180);
    top_up(&mut market, 1).unwrap();
    wait_until(&mut market, 300);
    top_up(&mut market, 240).unwrap();
    wait_until(&mut market, 320);
    assert_eq!(attest_at(&mut market, 250), Err(Refusal::WindowBeforeRevival));
    assert_eq!(attest_at(&mut market, 299), Err(Refusal::WindowBeforeRevival));
    attest_at(&mut market, 320).unwrap();
    assert_eq!(promise(&market, 320), (721, 559));
    assert_eq!(promise(&market, 1_000).0, 881);
}

#[test]
fn a_revival_does_not_bind_before_it_is_answered() {
    let mut market = market_of(long_terms(), 200, 200, 2);
    wait_until(&mut market, 120);
    attest_at(&mut market, 120).unwrap();
    wait_until(&mut market, 150);
    extend(&mut market, 2, 400).unwrap();
    wait_until(&mut market, 160);
    resize(&mut market, 2, 4).unwrap();
    wait_until(&mut market, 180);
    top_up(&mut market, 360).unwrap();
    assert_eq!((promise(&market, 180), promise(&market, 400).0), ((200, 200), 200), "free");
    assert_eq!(resize(&mut market, 4, 1), Err(Refusal::ResizePending), "not before it is answered");
    wait_until(&mut market, 200);
    attest_at(&mut market, 200).unwrap();
    assert_eq!((promise(&market, 200), promise(&market, 400).0), ((280, 200), 560));
    resize(&mut market, 4, 1).unwrap();
}

#[test]
fn a_revival_that_nobody_answered_binds_no_more_after_another() {
    let mut market = market_of(long_terms(), 400, 10_000, 4);
    for (time, amount) in [(150, 2_000), (700, 240)] {
        wait_until(&mut market, time);
        top_up(&mut market, amount).unwrap();
        assert_eq!(promise(&market, 10_000).0, 400, "after {time}");
    }
    // What it says about the second of the last may have been signed before, and binds it to neither.
    attest_at(&mut market, 700).unwrap();
    assert_eq!((promise(&market, 700), promise(&market, 10_000).0), ((400, 400), 400));
    // Until the provider takes up both.
    wait_until(&mut market, 701);
    attest_at(&mut market, 701).unwrap();
    assert_eq!((promise(&market, 701), promise(&market, 10_000).0), ((2_404, 400), 2_640));
}

#[test]
fn what_was_claimed_before_a_revival_can_still_be_co_signed() {
    let mut market = market_of(long_terms(), 400, 1_000, 4);
    wait_until(&mut market, 100);
    attest(&mut market, 400, &[Person::Attestor]).unwrap();
    wait_until(&mut market, 150);
    top_up(&mut market, 240).unwrap();
    attest_until(&mut market, 400, 1_100, &BOTH).unwrap();
    assert_eq!((lease(&market).accepted, promise(&market, 1_000).0), (400, 400));
    assert!(lease(&market).free_since().is_some(), "a co-signature is no answer");
    assert_eq!(resize(&mut market, 4, 1), Err(Refusal::ResizePending), "not before an answer");
    attest_at(&mut market, 150).unwrap();
    assert_eq!(resize(&mut market, 4, 1), Err(Refusal::ResizePending), "it may be from before the top-up");
    wait_until(&mut market, 151);
    attest_at(&mut market, 151).unwrap();
    resize(&mut market, 4, 1).unwrap();
}

#[test]
fn a_top_up_to_the_end_is_enough_and_none_comes_after_it() {
    let mut market = market_of(long_terms(), 240, 300, 4);
    wait_until(&mut market, 270);
    assert_eq!(top_up(&mut market, 119), Err(Refusal::TopUpTooSmall));
    top_up(&mut market, 120).unwrap();
    wait_until(&mut market, 299);
    top_up(&mut market, 1).unwrap();
    wait_until(&mut market, 300);
    assert_eq!(top_up(&mut market, 1), Err(Refusal::LeaseEnding));
}

#[test]
fn it_is_exhausted_once_a_unit_has_passed_unpaid() {
    let mut market = market_of(Terms { price: 3_599, ..long_terms() }, 400, 1_000, 4);
    // 400 × 3600 / 3599 is a bit more than 400 and less than 401.
    for (time, is_exhausted) in [(99, false), (100, false), (101, true), (999, true), (1_000, false)] {
        assert_eq!(lease(&market).is_exhausted(1_000 + time), is_exhausted, "at {time}");
    }
    wait_until(&mut market, 100);
    top_up(&mut market, 1).unwrap();
    wait_until(&mut market, 101);
    assert_eq!(top_up(&mut market, 1), Err(Refusal::TopUpTooSmall));
}

#[test]
fn a_free_provider_leaves_at_once_and_a_bound_one_gives_notice() {
    for is_bound in [false, true] {
        let mut market = market_of(long_terms(), 400, 10_000, 4);
        wait_until(&mut market, 100);
        let noticed = market.now + 1_000;
        assert_eq!(terminate(&mut market, Person::Provider, noticed - 1), Err(Refusal::EndsTooLate));
        wait_until(&mut market, 150);
        let now = market.now;
        let mut exhausted = market.clone();
        terminate(&mut exhausted, Person::Provider, now).unwrap();
        assert_eq!(lease(&exhausted).end, End::Exhausted);
        top_up(&mut market, 10_000).unwrap();
        let expected = if is_bound {
            // A window that ends in the second of the top-up may have been signed before it.
            attest_at(&mut market, 150).unwrap();
            assert!(lease(&market).free_since().is_some());
            wait_until(&mut market, 151);
            attest_at(&mut market, 151).unwrap();
            Err(Refusal::EndsTooLate)
        } else {
            Ok(())
        };
        let now = market.now;
        assert_eq!(terminate(&mut market, Person::Provider, now + 999), expected);
        if !is_bound {
            assert_eq!((lease(&market).end, lease(&market).ends_at), (End::Exhausted, now));
            assert_eq!(promise(&market, 150).0, 400);
        }
        assert_eq!(is_bound, terminate(&mut market, Person::Renter, now + 1_001).is_ok());
    }
}

#[test]
fn a_shrink_to_come_does_not_weigh_in_a_silence_that_was() {
    // Paid for are 900 seconds after the last statement and `more`; a heartbeat forgives 900 of four GPUs.
    for (more, end) in [(0, End::Exhausted), (1, End::Abandoned)] {
        let mut market = market_of(Terms { notice: 5_000, ..long_terms() }, 4 * 1_000 + more, 50_000, 4);
        wait_until(&mut market, 100);
        attest(&mut market, 400, &[Person::Attestor]).unwrap();
        wait_until(&mut market, 1_002);
        resize(&mut market, 4, 1).unwrap();
        expire(&mut market, Person::Renter).unwrap();
        assert_eq!(lease(&market).end, end);
        assert_eq!(lease(&market).promised(), 4_000 + more);
    }
}

#[test]
fn a_dispute_of_a_silent_provider_keeps_the_promise() {
    for (silence, promised) in [(900, 400), (901, 2_000)] {
        let mut market = market_of(Terms { challenge_window: 2_000, ..long_terms() }, 2_000, 10_000, 4);
        wait_until(&mut market, 100);
        attest(&mut market, 400, &[Person::Attestor]).unwrap();
        wait(&mut market, silence);
        dispute(&mut market, 0).unwrap();
        assert_eq!((lease(&market).ends_at, lease(&market).promised()), (1_100, promised), "{silence}");
    }
}

// ----- waits -----

#[test]
fn anybody_else_ends_a_silent_lease_three_days_later() {
    let mut market = market_of(terms(), 5_000, 10_000, 2);
    for (by, seconds) in [(Person::Renter, 901), (Person::Stranger, 900 + 3 * DAY + 1)] {
        let mut early = market.clone();
        wait(&mut early, seconds - 1);
        assert_eq!(expire(&mut early, by), Err(Refusal::HeartbeatNotMissed), "{by:?}");
        wait(&mut early, 1);
        expire(&mut early, by).unwrap();
    }
    let (by, seen, key) = (Person::Renter, seen(&market), Some(Person::Agent));
    market.apply(&Action::SetSessionKey { lease: ID, by, seen, replaced: None, key }).unwrap();
    wait(&mut market, 901);
    expire(&mut market, Person::Agent).unwrap();
}

#[test]
fn after_a_halt_everybody_has_as_many_slots_to_answer() {
    let mut market = market();
    wait(&mut market, 500);
    attest(&mut market, 1_000, &[Person::Attestor]).unwrap();
    halt(&mut market, 10 * DAY, 599);
    market.apply(&Action::Settle { lease: ID }).unwrap();
    assert_eq!(lease(&market).accepted, 0, "its claim has not matured");
    assert_eq!(expire(&mut market, Person::Renter), Err(Refusal::HeartbeatNotMissed));
    let mut disputed = market.clone();
    dispute(&mut disputed, 0).unwrap();
    halt(&mut market, 0, 1);
    market.apply(&Action::Settle { lease: ID }).unwrap();
    assert_eq!(lease(&market).accepted, 1_000);
    // The last statement still lands, and nothing is closed, while the grace has no 3601 slots: the end is
    // reckoned 2500 slots after the statement.
    halt(&mut market, 0, 2_500 + 3_600 - 600);
    assert_eq!(close(&mut market), Err(Refusal::NotClosable));
    attest_until(&mut market.clone(), 2_000, 4_000, &[Person::Attestor]).unwrap();
    halt(&mut market, 0, 1);
    assert_eq!(attest_until(&mut market.clone(), 2_000, 4_000, &BOTH), Err(Refusal::AttestationTooLate));
    close(&mut market).unwrap();

    // The arbiter, too.
    let timeout = Action::ResolveByTimeout { lease: ID };
    halt(&mut disputed, 8 * DAY, WEEK.unsigned_abs());
    assert_eq!(disputed.apply(&timeout), Err(Refusal::ArbitrationRunning));
    resolve(&mut disputed.clone(), 500).unwrap();
    halt(&mut disputed, 0, 1);
    assert_eq!(resolve(&mut disputed, 500), Err(Refusal::ArbitrationOver));
    disputed.apply(&timeout).unwrap();
}

#[test]
fn a_heartbeat_is_missed_after_as_many_slots() {
    let mut market = market();
    halt(&mut market, 2_000, 900);
    assert_eq!(expire(&mut market, Person::Renter), Err(Refusal::HeartbeatNotMissed));
    halt(&mut market, 0, 1);
    expire(&mut market, Person::Renter).unwrap();
}

#[test]
fn a_statement_about_a_time_before_a_halt_makes_no_silence_longer() {
    let mut market = market();
    wait(&mut market, 500);
    attest(&mut market, 0, &[Person::Attestor]).unwrap();
    halt(&mut market, 1_500, 900);
    attest_until(&mut market, 0, 1_501, &[Person::Attestor]).unwrap();
    assert_eq!(expire(&mut market, Person::Renter), Err(Refusal::HeartbeatNotMissed));
    halt(&mut market, 0, 1);
    expire(&mut market, Person::Renter).unwrap();
}

#[test]
fn seconds_count_where_slots_are_many() {
    let mut market = market();
    halt(&mut market, 900, 1_000_000);
    assert_eq!(expire(&mut market, Person::Renter), Err(Refusal::HeartbeatNotMissed));
}

// ----- what a signature binds -----

#[test]
fn an_agreed_close_divides_as_both_say() {
    let mut market = market();
    wait(&mut market, 500);
    attest(&mut market, 200, &BOTH).unwrap();
    attest(&mut market, 1_000, &[Person::Attestor]).unwrap();
    assert_eq!(close_agreed(&mut market, 199, 0), Err(Refusal::FigureOutOfBounds));
    assert_eq!(close_agreed(&mut market, 1_001, 0), Err(Refusal::FigureOutOfBounds));
    assert_eq!(close_agreed(&mut market, 200, 7_201), Err(Refusal::CreditAboveBond));
    let authority = Some(Person::Provider);
    for (renter_signs, provider) in [(true, None), (false, authority), (false, None)] {
        let agreed = Some(Agreed { seen: seen(&market), units: 200, credit: 0 });
        let action = Action::Close { lease: ID, renter_signs, provider, agreed };
        assert_eq!(market.apply(&action), Err(Refusal::NotAgreed));
    }
    let both = Action::Close { lease: ID, renter_signs: true, provider: authority, agreed: None };
    assert_eq!(market.apply(&both), Err(Refusal::NotClosable), "two signatures agree on nothing");
    for (units, credit) in [(200, 0), (1_000, 7_200)] {
        let mut market = market.clone();
        close_agreed(&mut market, units, credit).unwrap();
        let (fees, credit, gross) = (units / 10, i128::from(credit), i128::from(units));
        let expected = [credit - gross, gross - i128::from(fees) - credit, i128::from(fees), 0];
        assert_eq!(gains(&market), expected);
        assert_eq!(market.endings[0].0, End::Mutual);
    }
}

#[test]
fn neither_dust_nor_a_dispute_nor_time_voids_or_changes_an_agreed_close() {
    let mut market = market();
    wait(&mut market, 500);
    attest(&mut market, 1_000, &[Person::Attestor]).unwrap();
    let agreed = Some(Agreed { seen: lease(&market).seen(i64::MAX), units: 700, credit: 100 });
    let together = Action::Close { lease: ID, renter_signs: true, provider: Some(Person::Provider), agreed };
    let fronts: [fn(&mut Market); 4] = [
        |_| {},
        |market| top_up(market, 1).unwrap(),
        |market| {
            dispute(market, 0).unwrap();
            market.apply(&Action::Settle { lease: ID }).unwrap();
        },
        |market| terminate(market, Person::Renter, i64::MAX).unwrap(),
    ];
    for front in fronts {
        let mut market = market.clone();
        front(&mut market);
        wait(&mut market, 599);
        market.apply(&together).unwrap();
        let (_, Division { fees, credit, .. }) = market.endings[0];
        assert_eq!((fees, credit), (70, 100));
        assert_eq!(gains(&market)[1..3], [700 - 70 - 100, 70]);
    }
    // Outside the two figures of a dispute nothing is agreed.
    dispute(&mut market, 300).unwrap();
    assert_eq!(close_agreed(&mut market.clone(), 299, 0), Err(Refusal::FigureOutOfBounds));
    assert_eq!(close_agreed(&mut market.clone(), 1_001, 0), Err(Refusal::FigureOutOfBounds));
    close_agreed(&mut market.clone(), 300, 0).unwrap();
    close_agreed(&mut market.clone(), 1_000, 0).unwrap();
}

#[test]
fn a_signature_does_not_land_on_another_life_of_an_address() {
    let mut market = Market::new(1_000, CONFIG, WEALTH);
    market.register(ProviderId(0), Person::Provider, KEYS);
    let (terms, listing, by) = (terms(), Listing(1), Person::Provider);
    market.apply(&Action::CreateOffer { offer: OFFER, by, gpus: 8, terms, listing }).unwrap();
    let join = Action::CreateParticipant { renter: Person::Renter, payer: Person::Stranger };
    market.apply(&join).unwrap();
    let small = open(&market, 5_000, 3_000, 1);
    market.apply(&small).unwrap();
    let signed = Action::Start { lease: ID, by, seen: seen(&market), bond: BondSource::Wallet };
    market.apply(&Action::Cancel { lease: ID, by: Person::Renter, seen: seen(&market) }).unwrap();
    let large = open(&market, 5_000, 3_000, 8);
    for other in [large, but!(small, payer: Person::Renter), but!(small, access_key: AccessKey(2))] {
        let mut market = market.clone();
        market.apply(&other).unwrap();
        assert_eq!(market.apply(&signed), Err(Refusal::LeaseChanged));
    }
    market.apply(&small).unwrap();
    market.apply(&signed).unwrap();
}

#[test]
fn every_signed_action_names_the_lease_and_expires() {
    let mut market = market();
    wait(&mut market, 1);
    let (now, lease) = (market.now, lease(&market).clone());
    let other = Life { access_key: AccessKey(2), ..lease.life };
    let changed = Seen { life: other, valid_until: now };
    for (seen, refusal) in
        [(changed, Refusal::LeaseChanged), (lease.seen(now - 1), Refusal::SignatureExpired)]
    {
        let (by, lease) = (Person::Renter, ID);
        let agreed = Some(Agreed { seen, units: 0, credit: 0 });
        let (arbiter, authority, bond) = (Person::Arbiter, Person::Provider, BondSource::Wallet);
        let (renter_units, provider_units, provider) = (0, 0, Some(authority));
        let (replaced, access) = (Access(0), Access(1));
        for action in [
            Action::Start { lease, by: authority, seen, bond },
            Action::PublishAccess { lease, by: authority, seen, replaced, access },
            Action::Cancel { lease, by, seen },
            Action::TopUp { lease, by, seen, amount: 1, min_ends_at: 0 },
            Action::Extend { lease, by, seen, gpus: 2, duration: 4_000 },
            Action::Resize { lease, by, seen, duration: 3_000, from_gpus: 2, gpus: 1, provider: None, bond },
            Action::Terminate { lease, by, seen, max_ends_at: i64::MAX },
            Action::Expire { lease, by, seen, window_end: 1_000 },
            Action::Dispute { lease, by, funder: by, seen, units: 0, max_stake: 0 },
            Action::Resolve { lease, by: arbiter, seen, renter_units, provider_units, units: 0 },
            Action::SetSessionKey { lease, by, seen, replaced: None, key: None },
            Action::Close { lease, renter_signs: true, provider, agreed },
        ] {
            assert_eq!(market.apply(&action), Err(refusal), "{action:?}");
        }
    }
}

#[test]
fn every_figure_of_a_signature_is_named() {
    let mut market = market();
    wait(&mut market, 500);
    attest(&mut market, 1_000, &[Person::Attestor]).unwrap();
    let (by, lease, seen) = (Person::Renter, ID, seen(&market));
    let resize = |duration, from_gpus| Action::Resize {
        lease,
        by,
        seen,
        duration,
        from_gpus,
        gpus: 1,
        provider: None,
        bond: BondSource::Wallet,
    };
    let publish = |replaced| {
        let (by, access) = (Person::Provider, Access(1));
        Action::PublishAccess { lease, by, seen, replaced, access }
    };
    let key = |replaced| Action::SetSessionKey { lease, by, seen, replaced, key: Some(Person::Delegate) };
    let dispute = |max_stake| Action::Dispute { lease, by, funder: by, seen, units: 0, max_stake };
    let top_up = |min_ends_at| Action::TopUp { lease, by, seen, amount: 1, min_ends_at };
    let extend = |gpus| Action::Extend { lease, by, seen, gpus, duration: 4_000 };
    let terminate = |max_ends_at| Action::Terminate { lease, by, seen, max_ends_at };
    for (wrong, right, refusal) in [
        (top_up(4_001), top_up(4_000), Refusal::EndsTooEarly),
        (extend(1), extend(2), Refusal::GpusChanged),
        (resize(2_999, 2), resize(3_000, 2), Refusal::DurationChanged),
        (resize(3_000, 3), resize(3_000, 2), Refusal::GpusChanged),
        (terminate(1_599), terminate(1_600), Refusal::EndsTooLate),
        (key(Some(Person::Agent)), key(None), Refusal::ValueReplaced),
        (publish(Access(1)), publish(Access(0)), Refusal::ValueReplaced),
        (dispute(99), dispute(100), Refusal::StakeAboveAgreed),
    ] {
        assert_eq!(market.apply(&wrong), Err(refusal), "{wrong:?}");
        assert_eq!(market.clone().apply(&right), Ok(()), "{right:?}");
    }
    let expire = |window_end| Action::Expire { lease, by, seen, window_end };
    assert_eq!(market.apply(&expire(1_499)), Err(Refusal::WindowMoved));
    assert_eq!(market.apply(&expire(1_500)), Err(Refusal::HeartbeatNotMissed));
    market.apply(&dispute(100)).unwrap();
    for (renter_units, provider_units, outcome) in
        [(1, 1_000, Err(Refusal::FiguresChanged)), (0, 999, Err(Refusal::FiguresChanged)), (0, 1_000, Ok(()))]
    {
        let by = Person::Arbiter;
        let action = Action::Resolve { lease, by, seen, renter_units, provider_units, units: 500 };
        assert_eq!(market.clone().apply(&action), outcome);
    }
}

#[test]
fn a_pending_lease_counts_as_ending_its_duration_from_now() {
    let mut market = Market::new(1_000, CONFIG, WEALTH);
    market.register(ProviderId(0), Person::Provider, KEYS);
    let (terms, listing, by) = (terms(), Listing(1), Person::Provider);
    market.apply(&Action::CreateOffer { offer: OFFER, by, gpus: 8, terms, listing }).unwrap();
    let join = Action::CreateParticipant { renter: Person::Renter, payer: Person::Stranger };
    market.apply(&join).unwrap();
    let open = open(&market, 5_000, 3_000, 2);
    market.apply(&open).unwrap();
    let top_up = |min_ends_at| Action::TopUp { lease: ID, by, seen: seen(&market), amount: 1, min_ends_at };
    let (late, right) = (top_up(4_001), top_up(4_000));
    assert_eq!(market.apply(&late), Err(Refusal::EndsTooEarly));
    market.apply(&right).unwrap();
}

#[test]
fn a_renter_opens_what_it_saw() {
    let mut market = market();
    close_agreed(&mut market, 0, 0).unwrap();
    let open = open(&market, 5_000, 3_000, 2);
    let dearer = Terms { price: 3_601, ..terms() };
    for (wrong, refusal) in [
        (but!(open, terms: dearer), Refusal::OfferChanged),
        (but!(open, listing: Listing(2)), Refusal::OfferChanged),
        (but!(open, max_fee_bps: 999), Refusal::FeeAboveAgreed),
        (but!(open, arbiter: Person::Agent), Refusal::ArbiterChanged),
        (but!(open, valid_until: market.now - 1), Refusal::SignatureExpired),
    ] {
        assert_eq!(market.apply(&wrong), Err(refusal), "{wrong:?}");
    }
    market.apply(&open).unwrap();
}

#[test]
fn what_is_replaced_is_named() {
    let mut market = market();
    let (provider, by, valid_until) = (ProviderId(0), Person::Provider, market.now);
    let update = |revision, valid_until| Action::UpdateOffer {
        offer: OFFER,
        by,
        valid_until,
        revision,
        gpus: 8,
        is_open: true,
        terms: terms(),
        listing: Listing(2),
    };
    let other = |attestor| HotKeys { attestor, operator: None };
    let update_keys = |replaced, valid_until| {
        let keys = other(by);
        Action::UpdateProvider { provider, by, valid_until, replaced, keys }
    };
    let nominate = |replaced, valid_until| {
        let nominee = Some(Person::SecondProvider);
        Action::Nominate { provider, by, valid_until, replaced, nominee }
    };
    for (right, wrong, late) in [
        (update(0, valid_until), update(1, valid_until), update(0, valid_until - 1)),
        (
            update_keys(KEYS, valid_until),
            update_keys(other(Person::Attestor), valid_until),
            update_keys(KEYS, valid_until - 1),
        ),
        (nominate(None, valid_until), nominate(Some(by), valid_until), nominate(None, valid_until - 1)),
    ] {
        assert_eq!(market.apply(&wrong), Err(Refusal::ValueReplaced));
        assert_eq!(market.apply(&late), Err(Refusal::SignatureExpired));
        market.apply(&right).unwrap();
        assert_eq!(market.apply(&right), Err(Refusal::ValueReplaced), "once");
    }
    let accept = |valid_until| Action::Accept {
        provider,
        by: Person::SecondProvider,
        valid_until,
        keys: other(Person::SecondAttestor),
    };
    assert_eq!(market.apply(&accept(valid_until - 1)), Err(Refusal::SignatureExpired));
    market.apply(&accept(valid_until)).unwrap();
    let Provider { authority, keys, .. } = market.providers[&provider];
    assert_eq!((authority, keys), (Person::SecondProvider, other(Person::SecondAttestor)));
}
