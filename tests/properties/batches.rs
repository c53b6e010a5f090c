//! A batch equals its rows, in order: byte by byte, whatever states its leases are in.
//!
//! Random play leads to a state, in which leases of both providers are at every address. A batch lands there, and on a
//! copy its rows land one by one, each with those of the signatures that its lease knows.

use crate::{
    machine::Machine,
    moves::{self, Game, NONCES, PROVIDERS, Play, offer_of},
};
use gpu_lease_model::*;
use proptest::{
    prelude::*,
    strategy::ValueTree,
    test_runner::{Config as RunnerConfig, RngAlgorithm, TestRng, TestRunner},
};
use proptest_state_machine::{ReferenceStateMachine, StateMachineTest};
use std::{collections::BTreeMap, io::Write, time::Instant};

const SEQUENCES: u64 = 40;

/// Batches that are tried in a state.
const BATCHES: usize = 10;

/// Of the batches: how many landed and how many were refused; of the rows: how many were applied, and why others were
/// not.
#[derive(Default)]
struct Counts {
    batches: [u64; 2],
    applied: u64,
    skipped: BTreeMap<Refusal, u64>,
}

#[test]
fn a_batch_equals_its_rows_in_order() {
    let begin = Instant::now();
    let mut counts = Counts::default();
    for number in 0..SEQUENCES {
        play_batches(number, &mut counts);
    }
    let Counts { batches: [landed, refused], applied, skipped } = counts;
    let mut stderr = std::io::stderr();
    writeln!(
        stderr,
        "{landed} batches landed, {refused} were refused; {applied} rows were applied, skipped {skipped:?}; {:.0} s",
        begin.elapsed().as_secs_f64()
    )
    .expect("writes");
    assert!(landed > 100 && applied > 200, "too few batches land");
    for refusal in [
        Refusal::NotActive,
        Refusal::VerifierMissing,
        Refusal::MessageMismatch,
        Refusal::AttestationRegressed,
        Refusal::AttestationRepeated,
        Refusal::WindowOutOfBounds,
        Refusal::UnitsAboveCapacity,
        Refusal::AttestationTooLate,
    ] {
        assert!(skipped.contains_key(&refusal), "no row was skipped for {refusal:?}");
    }
}

fn draw<T: std::fmt::Debug>(runner: &mut TestRunner, strategy: impl Strategy<Value = T>) -> T {
    strategy.new_tree(runner).expect("a value").current()
}

/// Plays to a state and lands batches in it.
fn play_batches(number: u64, counts: &mut Counts) {
    let mut seed = [1; 32];
    seed[..8].copy_from_slice(&number.to_le_bytes());
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &seed);
    let mut runner = TestRunner::new_with_rng(RunnerConfig::default(), rng);
    let game = draw(&mut runner, Play::init_state());
    let machine = Machine::init_test(&game);
    let mut fleet = Fleet { game, machine };
    let steps = draw(&mut runner, 0..=24_usize);
    for _ in 0..steps {
        let action = draw(&mut runner, Play::transitions(&fleet.game));
        fleet.act(&action);
    }
    fleet.fill();
    for _ in 0..BATCHES {
        let seconds = draw(&mut runner, 1..=600_i64);
        fleet.act(&Action::Wait(Wait::seconds(seconds)));
        let steps = draw(&mut runner, 0..=2_usize);
        for _ in 0..steps {
            let action = draw(&mut runner, Play::transitions(&fleet.game));
            fleet.act(&action);
        }
        let provider = draw(&mut runner, proptest::sample::select(&PROVIDERS[..]));
        let batch = draw(&mut runner, moves::batch(&fleet.game.market, provider));
        fleet.land(number, &batch, counts);
    }
}

/// Leases, in the model and on the cluster.
struct Fleet {
    game: Game,
    machine: Machine,
}

impl Fleet {
    /// Somebody does something, if it is about something that exists.
    fn act(&mut self, action: &Action) {
        if Play::preconditions(&self.game, action) {
            self.game.act(action);
            self.machine.follow(&self.game, action);
        }
    }

    /// Leases of both providers are opened and started wherever there is none.
    fn fill(&mut self) {
        let renters = [Person::Renter, Person::SecondRenter];
        self.act(&Action::CreateParticipant { renter: Person::SecondRenter, payer: Person::Sponsor });
        for (number, (renter, nonce)) in
            renters.into_iter().flat_map(|renter| (0..NONCES).map(move |nonce| (renter, nonce))).enumerate()
        {
            // What comes later needs a verifier, or none.
            if number == 3 {
                self.turn_verifiers();
            }
            let market = &self.game.market;
            let (id, now) = (LeaseId { renter, nonce }, market.now);
            let offer = offer_of(PROVIDERS[usize::from(number % 3 == 2)]);
            let Some(Offer { terms, listing, .. }) = market.offers.get(&offer).copied() else { continue };
            let Config { fee_bps, arbiter, .. } = market.votes.config();
            let deposit = u64::try_from(terms.gross(terms.max_duration.unsigned_abs())).unwrap_or(u64::MAX);
            self.act(&Action::Open {
                lease: id,
                payer: Person::Sponsor,
                offer,
                terms,
                listing,
                deposit: deposit.saturating_add(1),
                start_deadline: now + HOUR,
                valid_until: now,
                duration: terms.max_duration,
                gpus: 1,
                max_fee_bps: fee_bps,
                arbiter,
                access_key: AccessKey(0),
                session_key: (number % 2 == 0).then_some(Person::Agent),
            });
            // One of them waits.
            let market = &self.game.market;
            if let Some(lease) = market.leases.get(&id).filter(|_| number != 4) {
                let by = market.providers[&lease.life.offer.provider].authority;
                let (seen, bond) = (lease.seen(now), BondSource::Wallet);
                self.act(&Action::Start { lease: id, by, seen, bond });
            }
        }
        self.act(&Action::Wait(Wait::seconds(60)));
    }

    /// New leases need a verifier where those before do not.
    fn turn_verifiers(&mut self) {
        for provider in PROVIDERS {
            let market = &self.game.market;
            let (offer, by) = (offer_of(provider), market.providers[&provider].authority);
            let Some(Offer { gpus, terms, listing, revision, .. }) = market.offers.get(&offer).copied()
            else {
                continue;
            };
            let verifier = if terms.verifier.is_none() { Some(Person::Verifier) } else { None };
            self.act(&Action::UpdateOffer {
                offer,
                by,
                valid_until: market.now,
                revision,
                gpus,
                is_open: true,
                terms: Terms { verifier, ..terms },
                listing,
            });
        }
    }

    /// Lands a batch here, and its rows on a copy.
    fn land(&mut self, number: u64, batch: &Action, counts: &mut Counts) {
        let Action::AttestBatch { provider, signers, window_end, rows, leases } = batch else {
            unreachable!("it is a batch: {batch:?}")
        };
        let mut by_row = self.machine.clone();
        let before = self.game.market.clone();
        self.act(batch);
        let moment = format!("sequence {number}: {batch:?}");
        if let Err(refusal) = self.game.outcome {
            counts.batches[1] += 1;
            let mut lands_none =
                || rows.iter().all(|row| !lands(&mut by_row, &before, *provider, signers, *window_end, row));
            assert!(refusal != Refusal::BatchEmpty || lands_none(), "{moment}");
            return;
        }
        counts.batches[0] += 1;
        let done = self.game.market.batches.last().expect("it has landed").clone();
        for (row, done) in rows.iter().zip(done) {
            let is_taken = lands(&mut by_row, &before, *provider, signers, *window_end, row);
            assert_eq!(is_taken, done.is_ok(), "{row:?} is {done:?}, {moment}");
            match done {
                Ok(()) => counts.applied += 1,
                Err(refusal) => *counts.skipped.entry(refusal).or_default() += 1,
            }
        }
        for id in leases {
            let accounts = [&self.machine, &by_row].map(|machine| machine.lease_bytes(*id));
            assert_eq!(accounts[0], accounts[1], "{id:?}, {moment}");
        }
    }
}

/// Whether `attest` takes a row by itself. One that is about no lease of this provider is none that it could be.
fn lands(
    machine: &mut Machine,
    market: &Market,
    provider: ProviderId,
    signers: &[Person],
    window_end: i64,
    row: &Row,
) -> bool {
    let Row { lease: id, units, energy_wh, is_stale } = *row;
    let Some(lease) = market.leases.get(&id).filter(|lease| lease.life.offer.provider == provider) else {
        return false;
    };
    let signers = known(market, lease, signers);
    !signers.is_empty()
        && machine.takes(&Action::Attest { lease: id, signers, units, window_end, energy_wh, is_stale })
}

/// Those who fill a role in a lease that none before them fills.
fn known(market: &Market, lease: &Lease, signers: &[Person]) -> Vec<Person> {
    let HotKeys { attestor, .. } = market.providers[&lease.life.offer.provider].keys;
    let mut filled = [false; 3];
    let mut fills = |signer: &&Person| {
        let roles = [
            **signer == attestor,
            Some(**signer) == lease.life.terms.verifier,
            **signer == lease.life.lease.renter || Some(**signer) == lease.session_key,
        ];
        let is_new = roles.iter().zip(filled).any(|(role, filled)| *role && !filled);
        filled = std::array::from_fn(|role| filled[role] || roles[role]);
        is_new
    };
    signers.iter().filter(|signer| fills(signer)).copied().collect()
}
