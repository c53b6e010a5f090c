use gpu_lease_tests::prelude::*;

const PAUSE: i64 = MAX_PAUSE as i64;
const COOLDOWN: i64 = PAUSE_COOLDOWN as i64;

#[test]
fn the_guardian_pauses_new_leases_for_at_most_72_hours() {
    for (duration, may) in [
        (0, false),
        (1, true),
        (2, true),
        (MAX_PAUSE - 1, true),
        (MAX_PAUSE, true),
        (MAX_PAUSE + 1, false),
        (u32::MAX, false),
    ] {
        let mut world = World::new();
        let before: Protocol = world.read(&address::protocol());
        let until = world.now() + i64::from(duration);
        let outcome = world.pause(duration);
        match may {
            true => {
                outcome.emitted(Event::LeasesPaused(LeasesPaused { until }));
                assert_eq!(
                    world.read::<Protocol>(&address::protocol()),
                    Protocol { paused_until: until, pause_allowed_from: until + COOLDOWN, ..before }
                );
            }
            false => outcome.refused(LeaseError::PauseOutOfBounds),
        }
    }
}

#[test]
fn a_pause_lapses_by_itself() {
    for (seconds, is_paused) in [(-1, true), (0, false), (1, false)] {
        let mut world = World::new();
        let end = world.now() + 3_600;
        world.pause(3_600).ok();
        world.open(world.request(0)).refused(LeaseError::Paused);
        world.set_time(end + seconds);
        let outcome = world.open(world.request(0));
        match is_paused {
            true => outcome.refused(LeaseError::Paused),
            false => drop(outcome.ok()),
        }
    }
}

#[test]
fn after_a_pause_there_is_none_for_72_hours() {
    for (seconds, may) in [(-PAUSE, false), (-COOLDOWN, false), (-1, false), (0, true), (1, true)] {
        let mut world = World::new();
        let allowed_from = world.now() + PAUSE + COOLDOWN;
        world.pause(MAX_PAUSE).ok();
        world.set_time(allowed_from + seconds);
        let outcome = world.pause(1);
        match may {
            true => drop(outcome.ok()),
            false => outcome.refused(LeaseError::PauseTooSoon),
        }
    }
}

#[test]
fn a_pause_is_not_made_longer() {
    let mut world = World::new();
    world.pause(60).ok();
    for duration in [1, 60, MAX_PAUSE] {
        world.pause(duration).refused(LeaseError::PauseTooSoon);
    }
}

#[test]
fn nobody_but_the_guardian_may() {
    let mut world = World::new();
    let People { deployer, arbiter, treasury, holder, stranger, .. } = &world.people;
    for nobody in [deployer, arbiter, treasury, holder, stranger].map(Signer::pubkey) {
        world.play([instruction::pause(nobody, 60, FOR_EVER)]).refused(LeaseError::NotGuardian);
    }
}

#[test]
fn every_account_is_checked() {
    let mut world = World::new();
    let sibling = world.sibling();
    world.refuses_wrong_accounts(
        &[],
        &instruction::pause(world.people.guardian.pubkey(), 60, FOR_EVER),
        &[
            ("guardian", world.people.arbiter.pubkey(), &LeaseError::NotGuardian),
            ("protocol", sibling.offer, &InstructionError::InvalidAccountData),
        ],
    );
}
