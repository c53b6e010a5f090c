//! Cases computed by hand.

use crate::*;

mod votes;

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

/// Eight GPUs, and a lease of two of them for 3000 seconds from moment 1000 on with a deposit of 5000.
fn market() -> Market {
    let mut market = Market::new(1_000, CONFIG, WEALTH);
    market.register(ProviderId(0), Person::Provider, Person::Attestor);
    let open = Action::Open {
        lease: ID,
        payer: Person::Sponsor,
        offer: OFFER,
        seen: terms(),
        deposit: 5_000,
        start_deadline: 1_500,
        duration: 3_000,
        gpus: 2,
        session_key: None,
    };
    let create = Action::CreateOffer { offer: OFFER, by: Person::Provider, gpus: 8, terms: terms() };
    let join = Action::CreateParticipant { renter: Person::Renter, payer: Person::Stranger };
    for action in [create, join, open, Action::Start { lease: ID, by: Person::Provider }] {
        assert_eq!(market.apply(&action), Ok(()), "{action:?}");
    }
    market
}

fn attest(market: &mut Market, units: u64, signers: &[Person]) -> Result<(), Refusal> {
    market.apply(&Action::Attest {
        lease: ID,
        signers: signers.to_vec(),
        units,
        window_end: market.now,
        energy_wh: 0,
        is_stale: false,
    })
}

fn wait(market: &mut Market, seconds: i64) {
    assert_eq!(market.apply(&Action::Wait(seconds)), Ok(()));
}

fn close(market: &mut Market) -> Result<(), Refusal> {
    market.apply(&Action::Close { lease: ID, renter_signs: false, provider_signs: false })
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
    let resize = |gpus| Action::Resize { lease: ID, by: Person::Renter, gpus, provider_signs: true };
    wait(&mut market, 100);
    market.apply(&resize(4)).unwrap();
    wait(&mut market, 100);
    assert_eq!(market.apply(&resize(1)), Err(Refusal::ResizePending), "nothing was attested since");
    attest(&mut market, 0, &[Person::Attestor]).unwrap();
    market.apply(&resize(1)).unwrap();
    assert_eq!(market.apply(&resize(2)), Err(Refusal::ResizePending));
    let lease = &market.leases[&ID];
    // Two until 1100, four until the notice is over at 1300, one after that.
    for (time, capacity) in [(1_000, 0), (1_100, 200), (1_200, 600), (1_300, 1_000), (1_400, 1_100)] {
        assert_eq!(lease.capacity(time), capacity, "at {time}");
    }
    assert_eq!((lease.gpus, lease.bond), (4, 14_400));
    wait(&mut market, 100);
    market.apply(&Action::ReleaseGpus { lease: ID }).unwrap();
    assert_eq!((market.leases[&ID].gpus, market.leases[&ID].bond), (1, 3_600));
}

#[test]
fn capacity_that_nobody_paid_for_is_not_promised() {
    let mut market = market();
    assert!(market.leases[&ID].is_paid(3_499) && !market.leases[&ID].is_paid(3_500));
    wait(&mut market, 2_700);
    // 400 units have passed unpaid.
    market.apply(&Action::TopUp { lease: ID, by: Person::Renter, amount: 10_000 }).unwrap();
    assert_eq!(market.leases[&ID].promised(), 5_600);
    assert_eq!(market.leases[&ID].revived_at, 3_700);
}

#[test]
fn the_arbiter_is_paid_by_each_side_for_its_distance() {
    let mut market = market();
    wait(&mut market, 500);
    attest(&mut market, 1_000, &[Person::Attestor]).unwrap();
    let dispute = |units| Action::Dispute { lease: ID, by: Person::Renter, funder: Person::Sponsor, units };
    assert_eq!(market.apply(&dispute(1_000)), Err(Refusal::FigureOutOfBounds));
    market.apply(&dispute(0)).unwrap();
    market.apply(&Action::Resolve { lease: ID, by: Person::Arbiter, units: 250 }).unwrap();
    close(&mut market).unwrap();
    // Of the fee of 100 the sponsor pays 25. Promised are 1000 until the dispute, missing are 750.
    assert_eq!(gains(&market), [-250 - 25 + 750, 225 - 75 - 750, 25, 100]);
    assert_eq!(market.providers[&ProviderId(0)].record.lost, 1);
}

#[test]
fn a_silent_provider_is_expired_and_what_it_promised_stays_promised() {
    let mut market = market();
    wait(&mut market, 900);
    assert_eq!(market.apply(&Action::Expire { lease: ID }), Err(Refusal::HeartbeatNotMissed));
    wait(&mut market, 1);
    market.apply(&Action::Expire { lease: ID }).unwrap();
    wait(&mut market, 2_700);
    close(&mut market).unwrap();
    assert_eq!(gains(&market), [5_000, -5_000, 0, 0]);
    assert_eq!(market.providers[&ProviderId(0)].record.abandoned, 1);
}

#[test]
fn a_refusal_changes_nothing() {
    let mut market = market();
    let before = market.clone();
    assert_eq!(
        market.apply(&Action::TopUp { lease: ID, by: Person::Renter, amount: 0 }),
        Err(Refusal::AmountZero)
    );
    let too_much = Action::TopUp { lease: ID, by: Person::Renter, amount: WEALTH + 1 };
    assert_eq!(market.apply(&too_much), Err(Refusal::InsufficientFunds));
    assert_eq!(market, before);
}

#[test]
fn every_lease_has_a_way_out_without_its_parties() {
    let mut market = market();
    attest(&mut market, 0, &[Person::Attestor]).unwrap_err();
    while let Some((time, action)) = market.way_out(ID) {
        let seconds = time - market.now;
        wait(&mut market, seconds);
        market.apply(&action).unwrap();
    }
    assert_eq!(gains(&market), [5_000, -5_000, 0, 0]);
}
