//! Sequences by hand, through the same comparison: what the random play has found, shrunk.

use crate::{
    machine::Machine,
    play::{Beginning, Game, PROVIDERS, Play, offer_of},
};
use gpu_lease_model::{Action, BPS, LeaseId, Offer, Person, Terms};
use gpu_lease_tests::GENESIS_TIME;
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

/// Plays `actions` after a lease of one GPU has started whose deposit pays for 1 000 of its 8 000 seconds.
fn play(actions: impl IntoIterator<Item = Action>) {
    let mut game = Game::new([TERMS; 2], false, Beginning::New);
    let offer = offer_of(PROVIDERS[0]);
    assert_eq!(game.market.offers[&offer], Offer { gpus: 8, is_open: true, terms: TERMS });
    let open = Action::Open {
        lease: LEASE,
        payer: Person::Renter,
        offer,
        seen: TERMS,
        deposit: 1_000,
        start_deadline: GENESIS_TIME + 600,
        duration: 8_000,
        gpus: 1,
        session_key: None,
    };
    let start = Action::Start { lease: LEASE, by: Person::Provider };
    let mut machine = Machine::init_test(&game);
    for action in [open, start].into_iter().chain(actions) {
        game = Play::apply(game, &action);
        machine = Machine::apply(machine, &game, action);
    }
    Machine::teardown(machine, game);
}

fn top_up(amount: u64) -> Action {
    Action::TopUp { lease: LEASE, by: Person::Provider, amount }
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
fn a_renter_pays_for_its_own_seat_among_the_fee_payers() {
    play([Action::CreateParticipant { renter: Person::SecondRenter, payer: Person::SecondRenter }]);
}

#[test]
fn inv_9_an_offer_stays_until_its_last_lease_is_closed() {
    play([
        Action::Wait(10),
        Action::Terminate { lease: LEASE, by: Person::Renter },
        Action::ReleaseGpus { lease: LEASE },
        Action::CloseOffer { offer: offer_of(PROVIDERS[0]), by: Person::Provider },
    ]);
}

#[test]
fn a_top_up_of_a_lease_that_runs_does_not_end_its_providers_silence() {
    play([
        // 2000 seconds pass unpaid, then it runs for 3000.
        Action::Wait(3_000),
        top_up(3_000),
        // More has passed than the whole deposit pays for, and yet it runs.
        Action::Wait(1_500),
        top_up(1),
        Action::Wait(1),
        Action::Expire { lease: LEASE },
    ]);
}

#[test]
fn a_dispute_takes_nothing_off_the_promise_for_what_passed_unpaid_after_the_lease() {
    play([
        // Claimed before the deposit is used up.
        Action::Wait(900),
        claim(900, GENESIS_TIME + 900),
        // 2000 seconds pass unpaid.
        Action::Wait(2_100),
        top_up(1_000),
        Action::Dispute { lease: LEASE, by: Person::Renter, funder: Person::Renter, units: 0 },
        Action::Resolve { lease: LEASE, by: Person::Arbiter, units: 0 },
        Action::Close { lease: LEASE, renter_signs: false, provider_signs: false },
    ]);
}
