//! The guardian: pauses that follow upon each other, reach further than new leases, or are someone else's.

use crate::votes::{LOCKED, holders};
use gpu_lease_tests::prelude::*;

const PAUSE: i64 = MAX_PAUSE as i64;
const COOLDOWN: i64 = PAUSE_COOLDOWN as i64;

#[test]
fn a_pause_is_neither_prolonged_nor_followed_by_another_for_72_hours() {
    let mut world = World::new();
    let start = world.now();
    world.pause(MAX_PAUSE).ok();
    for time in [start, start + 1, start + PAUSE - 1, start + PAUSE, start + PAUSE + COOLDOWN - 1] {
        world.set_time(time);
        world.pause(1).refused(LeaseError::PauseTooSoon);
        world.pause(MAX_PAUSE).refused(LeaseError::PauseTooSoon);
    }
    world.set_time(start + PAUSE + COOLDOWN);
    world.pause(MAX_PAUSE).ok();
}

#[test]
fn a_pause_that_is_lifted_early_leaves_no_shorter_rest_after_it() {
    let mut world = World::new();
    let start = world.now();
    world.pause(MAX_PAUSE).ok();
    world.pass(60);
    world.unpause().ok();
    world.unpause().refused(LeaseError::NotPaused);
    let guardian = world.people.guardian.pubkey();
    world.play([instruction::pause(guardian, 1, FOR_EVER)]).refused(LeaseError::PauseTooSoon);
    world.set_time(start + 60 + COOLDOWN - 1);
    world.pause(1).refused(LeaseError::PauseTooSoon);
    world.set_time(start + 60 + COOLDOWN);
    // On and off within one transaction does not let it begin again.
    let (on, off) = (world.pause_ix(1), instruction::unpause(guardian, world.now() + 1));
    world.play([on.clone(), off, on]).failed_at(2, LeaseError::PauseTooSoon);
}

#[test]
fn a_pause_is_a_second_to_72_hours_long_and_lapses_by_itself() {
    let mut world = World::new();
    for duration in [0, MAX_PAUSE + 1, u32::MAX] {
        world.pause(duration).refused(LeaseError::PauseOutOfBounds);
    }
    let start = world.now();
    world.pause(MAX_PAUSE).ok();
    world.set_time(start + PAUSE - 1);
    world.open(world.request(0)).refused(LeaseError::Paused);
    world.set_time(start + PAUSE);
    world.unpause().refused(LeaseError::NotPaused);
    world.open(world.request(0)).ok();
    world.set_time(start + PAUSE + COOLDOWN);
    world.pause(1).ok();
    world.open(world.request(1)).refused(LeaseError::Paused);
    world.pass(1);
    world.open(world.request(1)).ok();
}

#[test]
fn a_pause_leaves_every_lease_and_every_exit_open() {
    let mut world = World::new();
    let [lease, disputed] =
        [0, 1].map(|nonce| world.active_lease_as(|request| (request.nonce, request.gpus) = (nonce, 2)));
    let [waiting, unwanted] =
        [2, 3].map(|nonce| world.pending_lease_as(|request| (request.nonce, request.gpus) = (nonce, 1)));
    world.pause(MAX_PAUSE).ok();

    world.open(world.request(4)).refused(LeaseError::Paused);

    world.start(&waiting).ok();
    world.cancel(&unwanted, unwanted.renter).ok();
    world.top_up(&lease, 1_000_000).ok();
    world.extend(&lease, 2 * 86_400).ok();
    world.resize(&lease, 3).ok();
    world.pass(3_600);
    world.agree(&lease, 7_200).ok();
    world.settle(&lease).ok();
    world.resize(&lease, 2).ok();
    world.claim(&disputed, 7_200).ok();
    world.dispute(&disputed, 3_600).ok();
    world.resolve(&disputed, 3_600).ok();
    world.close(&disputed).ok();
    world.terminate(&lease, lease.renter).ok();
    world.expire(&waiting).ok();
    world.set_time(world.lease(&lease).ends_at);
    world.release_gpus(&lease).ok();
    world.pass_grace(&lease);
    assert!(world.read::<Protocol>(&address::protocol()).is_paused(world.now()));
    world.close(&lease).ok();
    world.close(&waiting).ok();
    assert!([lease, disputed, waiting, unwanted].iter().all(|lease| world.is_gone(lease)));
    world.open(world.request(4)).refused(LeaseError::Paused);
}

#[test]
fn a_pause_holds_no_vote_up() {
    let mut world = World::new();
    let [holder, other] = holders(&world);
    world.lock(other, LOCKED);
    world.pause(MAX_PAUSE).ok();
    let proposal = world.propose_fee(50);
    world.vote(other, proposal, true).ok();
    world.pass_proposal(proposal);
    world.pause(MAX_PAUSE).ok();
    world.execute(proposal).ok();
    world.set_time(world.vote_lock(&holder).unlock_at - 1);
    world.pause(1).ok();
    world.pass(1);
    world.unlock(holder).ok();
}

#[test]
fn nobody_but_the_guardian_pauses_or_lifts_a_pause() {
    let mut world = World::new();
    let others =
        [&world.people.deployer, &world.people.arbiter, &world.people.treasury, &world.people.holder]
            .map(Signer::pubkey);
    for other in others {
        world.play([instruction::pause(other, 1, FOR_EVER)]).refused(LeaseError::NotGuardian);
    }
    world.pause(MAX_PAUSE).ok();
    for other in others {
        world.play([world.unpause_ix().with("guardian", other)]).refused(LeaseError::NotGuardian);
    }
    for unsigned in [world.pause_ix(1), world.unpause_ix()] {
        let unsigned = unsigned.unsigned("guardian");
        world.play([unsigned]).failed(InstructionError::MissingRequiredSignature);
    }
}

#[test]
fn a_new_guardian_inherits_the_rest_after_the_last_pause() {
    let mut world = World::new();
    let next = world.people.agent.pubkey();
    let proposal = {
        world.propose_fee(50);
        world.propose(Action::SetGuardian { guardian: next })
    };
    world.pass_proposal(proposal);
    let start = world.now();
    world.pause(MAX_PAUSE).ok();
    world.execute(proposal).ok();
    world.pause(1).refused(LeaseError::NotGuardian);
    world.unpause().refused(LeaseError::NotGuardian);
    for time in [start, start + PAUSE + COOLDOWN - 1] {
        world.set_time(time);
        world.play([instruction::pause(next, 1, FOR_EVER)]).refused(LeaseError::PauseTooSoon);
    }
    world.set_time(start + PAUSE + COOLDOWN);
    let pause = world.pause_ix(MAX_PAUSE).with("guardian", next);
    world.play([pause, instruction::unpause(next, world.now() + PAUSE)]).ok();
}

#[test]
fn a_guardian_that_always_pauses_leaves_the_market_half_of_the_time() {
    let mut world = World::new();
    let (start, mut open) = (world.now(), 0);
    for hour in 0..24 * 30 {
        world.set_time(start + hour * 3_600);
        let _ = world.pause(MAX_PAUSE);
        let is_paused = world.read::<Protocol>(&address::protocol()).is_paused(world.now());
        open += i64::from(!is_paused);
    }
    assert!(open >= 24 * 15, "open in {open} of 720 hours");
}

#[test]
fn a_pause_at_the_limit_of_time_overflows_nothing() {
    let mut world = World::new();
    world.set_time(i64::MAX - 2 * PAUSE);
    world.pause(MAX_PAUSE).ok();
    let Protocol { paused_until, pause_allowed_from, .. } = world.read(&address::protocol());
    assert_eq!((paused_until, pause_allowed_from), (i64::MAX - PAUSE, i64::MAX));
}
