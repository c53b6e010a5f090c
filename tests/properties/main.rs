//! Program and model do the same, whatever people try: after every step of random sequences every balance,
//! every ledger and every watermark, every lock, every tally and every record of a vote is equal, the
//! invariants hold, and a refusal has the same reason. After every sequence all parties stop cooperating, and
//! permissionless calls and waiting bring all money, all deposits and all locked tokens to their owners.
//!
//! `PROPTEST_CASES` says how many sequences, `PROPTEST_RNG_SEED` which. A sequence that fails is shrunk; its seed goes
//! to `regressions.txt` and is tried first from then on.

mod batches;
mod bounds;
mod cases;
mod coverage;
mod houses;
mod machine;
mod moves;
mod place;
mod signatures;
mod vote;

use coverage::COVERAGE;
use machine::Machine;
use moves::Play;
use proptest::test_runner::{Config, FileFailurePersistence, RngSeed, TestRunner, contextualize_config};
use proptest_state_machine::{ReferenceStateMachine, StateMachineTest};
use std::{io::Write, time::Instant};

/// Sequences, unless the environment says otherwise.
const CASES: u32 = 1_000;

/// Where the dice begin, unless the environment says otherwise: what one run has reached, each run reaches.
const SEED: u64 = 1;

/// Steps of a sequence.
const STEPS: usize = 40;

#[test]
fn program_and_model_agree_after_every_step_and_every_vault_empties() {
    let regressions = concat!(env!("CARGO_MANIFEST_DIR"), "/properties/regressions.txt");
    let config = contextualize_config(Config {
        cases: CASES,
        failure_persistence: Some(Box::new(FileFailurePersistence::Direct(regressions))),
        max_shrink_iters: 2_000,
        rng_seed: RngSeed::Fixed(SEED),
        ..Config::default()
    });
    let cases = config.cases;
    let begin = Instant::now();
    let mut runner = TestRunner::new(config.clone());
    let result = runner.run(&Play::sequential_strategy(STEPS), |(game, actions, seen)| {
        Machine::test_sequential(config.clone(), game, actions, seen);
        Ok(())
    });
    let coverage = COVERAGE.lock().expect("never panics");
    let seconds = begin.elapsed().as_secs_f64();
    let rate = coverage.steps as f64 / seconds;
    // Past the harness, which keeps the output of tests that pass to itself.
    let mut stderr = std::io::stderr();
    writeln!(
        stderr,
        "{coverage}{cases} sequences, {} steps in {seconds:.0} s: {rate:.0} steps per second",
        coverage.steps
    )
    .expect("writes");
    if let Err(error) = result {
        panic!("{error}\n{runner}");
    }
    // A few sequences cannot show everything.
    if cases >= CASES {
        coverage.require_everything();
    }
}
