//! Sequences by hand, through the same comparison: what the random play has found, shrunk.

use crate::{
    machine::Machine,
    moves::{Beginning, Game, PROVIDERS, Play, offer_of},
};
use gpu_lease_model::{
    AccessKey, Action, BPS, BondSource, DAY, LeaseId, Life, Listing, Mint, Moment, Offer, OfferId, Party,
    Person, Proposed, Refusal, Seen, Terms, Wait,
};
use gpu_lease_tests::{FEE_BPS, GENESIS_TIME};
use proptest_state_machine::{ReferenceStateMachine, StateMachineTest};

const LEASE: LeaseId = LeaseId { renter: Person::Renter, nonce: 0 };

/// One base unit a GPU-second, every second promised, a bond of an hour.
const TERMS: Terms = Terms {
    price: 3_600,
    min_duration: 60,
    max_duration: 10_000,
    notice: 0,
    challenge_window: 5_000,
    heartbeat_timeout: 900,
    penalty_bps: BPS,
    uptime_bps: BPS,
    bond_hours: 1,
    verifier: None,
};

/// All that never changes about the lease.
const LIFE: Life = Life {
    lease: LEASE,
    payer: Person::Renter,
    offer: OfferId { provider: PROVIDERS[0], number: 0 },
    terms: TERMS,
    listing: Listing(0),
    fee_bps: FEE_BPS as u64,
    arbiter: Person::Arbiter,
    access_key: AccessKey(0),
    opened: Moment { at: GENESIS_TIME, slot: 0 },
    start_deadline: GENESIS_TIME + 600,
    deposit: 1_000,
    duration: 8_000,
    gpus: 1,
};

/// What everybody signs for.
const SEEN: Seen = Seen { life: LIFE, valid_until: i64::MAX };

/// Plays `actions` after a lease of one GPU has started whose deposit pays for 1 000 of its 8 000 seconds. Returns what
/// became of each.
fn play(actions: impl IntoIterator<Item = Action>) -> Vec<Result<(), Refusal>> {
    let mut game = Game::new([TERMS; 2], false, Beginning::New);
    let Life { offer, listing, arbiter, access_key, deposit, start_deadline, duration, gpus, .. } = LIFE;
    let expected = Offer { gpus: 8, is_open: true, terms: TERMS, listing, revision: 2 };
    assert_eq!(game.market.offers[&offer], expected);
    let open = Action::Open {
        lease: LEASE,
        payer: Person::Renter,
        offer,
        terms: TERMS,
        listing,
        deposit,
        start_deadline,
        valid_until: GENESIS_TIME,
        duration,
        gpus,
        max_fee_bps: LIFE.fee_bps,
        arbiter,
        access_key,
        session_key: None,
    };
    let start = Action::Start { lease: LEASE, by: Person::Provider, seen: SEEN, bond: BondSource::Wallet };
    let mut machine = Machine::init_test(&game);
    let mut outcomes = Vec::new();
    for action in [open, start].into_iter().chain(actions) {
        game = Play::apply(game, &action);
        machine = Machine::apply(machine, &game, action);
        outcomes.push(game.outcome);
    }
    Machine::teardown(machine, game);
    outcomes.split_off(2)
}

fn top_up(amount: u64) -> Action {
    Action::TopUp { lease: LEASE, by: Person::Provider, seen: SEEN, min_ends_at: 0, amount }
}

fn wait(seconds: i64) -> Action {
    Action::Wait(Wait::seconds(seconds))
}

fn expire() -> Action {
    Action::Expire { lease: LEASE, by: Person::Renter, seen: SEEN, window_end: GENESIS_TIME }
}

fn claim(units: u64, window_end: i64) -> Action {
    Action::Attest {
        lease: LEASE,
        signers: vec![Person::Attestor],
        units,
        window_end,
        energy_wh: 0,
        is_stale: false,
    }
}

#[test]
fn a_renter_pays_for_its_own_participant() {
    let _ = play([Action::CreateParticipant { renter: Person::SecondRenter, payer: Person::SecondRenter }]);
}

#[test]
fn inv_9_an_offer_stays_until_its_last_lease_is_closed() {
    let _ = play([
        wait(10),
        Action::Terminate { lease: LEASE, by: Person::Renter, seen: SEEN, max_ends_at: i64::MAX },
        Action::ReleaseGpus { lease: LEASE },
        Action::CloseOffer { offer: offer_of(PROVIDERS[0]), by: Person::Provider },
    ]);
}

#[test]
fn a_top_up_of_a_lease_that_runs_does_not_end_its_providers_silence() {
    let _ = play([
        // 2000 seconds pass unpaid, then it runs for 3000.
        wait(3_000),
        top_up(3_000),
        // More has passed than the whole deposit pays for, and yet it runs.
        wait(1_500),
        top_up(1),
        wait(1),
        expire(),
    ]);
}

#[test]
fn a_dispute_takes_nothing_off_the_promise_for_what_passed_unpaid_after_the_lease() {
    let _ = play([
        // Claimed before the deposit is used up.
        wait(900),
        claim(900, GENESIS_TIME + 900),
        // 2000 seconds pass unpaid.
        wait(2_100),
        top_up(1_000),
        Action::Dispute {
            lease: LEASE,
            by: Person::Renter,
            funder: Person::Renter,
            seen: SEEN,
            units: 0,
            max_stake: 3_600,
        },
        Action::Resolve {
            lease: LEASE,
            by: Person::Arbiter,
            seen: SEEN,
            renter_units: 0,
            provider_units: 900,
            units: 0,
        },
        Action::Close { lease: LEASE, renter_signs: false, provider: None, agreed: None },
    ]);
}

#[test]
fn a_late_top_up_pays_for_a_minute_and_moves_the_window_that_can_be_stated() {
    let late = |min_ends_at, amount| Action::TopUp {
        lease: LEASE,
        by: Person::Provider,
        seen: SEEN,
        min_ends_at,
        amount,
    };
    let outcomes = play([
        wait(1_100),
        late(0, 59),
        late(GENESIS_TIME + LIFE.duration + 1, 60),
        late(GENESIS_TIME + LIFE.duration, 60),
        claim(1_000, GENESIS_TIME + 1_099),
        claim(1_000, GENESIS_TIME + 1_100),
    ]);
    let refused = [Refusal::TopUpTooSmall, Refusal::EndsTooEarly, Refusal::WindowBeforeRevival];
    assert_eq!(outcomes[1..5], [Err(refused[0]), Err(refused[1]), Ok(()), Err(refused[2])]);
    assert_eq!(outcomes[5], Ok(()));
}

#[test]
fn a_dispute_costs_what_was_signed_for_and_is_decided_between_the_figures_that_were_seen() {
    let dispute = |max_stake| Action::Dispute {
        lease: LEASE,
        by: Person::Renter,
        funder: Person::Renter,
        seen: SEEN,
        units: 0,
        max_stake,
    };
    let resolve = |renter_units, provider_units| Action::Resolve {
        lease: LEASE,
        by: Person::Arbiter,
        seen: SEEN,
        renter_units,
        provider_units,
        units: 0,
    };
    let outcomes = play([
        wait(900),
        claim(900, GENESIS_TIME + 900),
        dispute(89),
        dispute(90),
        resolve(1, 900),
        resolve(0, 899),
        resolve(0, 900),
    ]);
    let changed = Err(Refusal::FiguresChanged);
    assert_eq!(outcomes[2..4], [Err(Refusal::StakeAboveAgreed), Ok(())]);
    assert_eq!(outcomes[4..], [changed, changed, Ok(())]);
}

#[test]
fn after_a_halt_a_lease_expires_when_as_many_slots_have_passed() {
    let _ = play([
        Action::Wait(Wait { seconds: 5_000, slots: 900 }),
        expire(),
        Action::Wait(Wait { seconds: 0, slots: 1 }),
        expire(),
    ]);
}

#[test]
fn a_decision_is_executed_once_in_order_and_a_rise_a_month_after_another() {
    let mut game = Game::new([TERMS; 2], false, Beginning::Enough);
    let mut machine = Machine::init_test(&game);
    let mut act = |action: Action| {
        game.act(&action);
        machine.step(&game, &action);
        game.outcome
    };
    let valid_until = i64::MAX;
    let pass = |act: &mut dyn FnMut(Action) -> Result<(), Refusal>, first: usize, all: &[Proposed]| {
        for (proposal, proposed) in (first..).zip(all.iter().copied()) {
            let by = Person::Holder;
            let propose = Action::Propose { by, valid_until, max_deposit: u64::MAX, proposed };
            assert_eq!(act(propose), Ok(()));
            for by in [Person::Holder, Person::SecondHolder] {
                let (owner, seen, is_for) = (by, proposed, true);
                assert_eq!(act(Action::CastVote { proposal, owner, by, valid_until, seen, is_for }), Ok(()));
            }
        }
        for wait in [Action::Wait(Wait::seconds(6 * DAY)), Action::Wait(Wait::seconds(2 * DAY))] {
            assert_eq!(act(wait), Ok(()));
            for proposal in first..first + all.len() {
                let _ = act(Action::Finalize { proposal });
            }
        }
    };
    let treasuries = [Person::Sponsor, Person::Agent].map(|person| Proposed::Treasury(Some(person)));
    pass(&mut act, 0, &[treasuries[0], treasuries[1], Proposed::Fee(110), Proposed::Fee(120)]);
    let execute = |proposal| Action::Execute { proposal };
    assert_eq!(act(execute(1)), Ok(()));
    assert_eq!(act(execute(0)), Err(Refusal::Superseded));
    assert_eq!(act(execute(2)), Ok(()));
    assert_eq!(act(execute(3)), Err(Refusal::FeeMoved));
    pass(&mut act, 4, &[Proposed::Fee(120)]);
    assert_eq!(act(execute(4)), Err(Refusal::RiseTooSoon));
    // More than there is takes all there is, and the decision stays for what comes in.
    pass(&mut act, 5, &[Proposed::Withdrawal { mint: Some(Mint::Money), amount: u64::MAX }]);
    let withdraw = Action::WithdrawFees { proposal: 5, to: Person::Agent };
    assert_eq!(act(withdraw.clone()), Ok(()));
    assert_eq!(act(withdraw), Err(Refusal::NothingToWithdraw));
}

#[test]
fn who_paid_no_fees_has_no_weight_against_a_rise() {
    let mut game = Game::new([TERMS; 2], false, Beginning::Enough);
    let mut machine = Machine::init_test(&game);
    let mut act = |action: Action| {
        game.act(&action);
        machine.step(&game, &action);
        game.outcome
    };
    let (valid_until, seen) = (i64::MAX, Proposed::Fee(110));
    let renter = Person::Stranger;
    assert_eq!(act(Action::CreateParticipant { renter, payer: renter }), Ok(()));
    let propose = Action::Propose { by: Person::Holder, valid_until, max_deposit: u64::MAX, proposed: seen };
    assert_eq!(act(propose), Ok(()));
    let (party, by) = (Party::Renter(renter), renter);
    let vote = Action::CastParticipantVote { proposal: 0, party, by, valid_until, seen, is_for: false };
    assert_eq!(act(vote), Err(Refusal::NoWeight));
}
