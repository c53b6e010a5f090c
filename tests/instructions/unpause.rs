use gpu_lease_tests::prelude::*;

#[test]
fn the_guardian_ends_a_pause_before_it_lapses() {
    let mut world = World::new();
    world.pause(3_600).ok();
    world.pass(60);
    let (now, before) = (world.now(), world.read::<Protocol>(&address::protocol()));
    let pause_allowed_from = now + i64::from(PAUSE_COOLDOWN);

    world.unpause().emitted(Event::LeasesUnpaused(LeasesUnpaused { pause_allowed_from }));

    let after = world.read::<Protocol>(&address::protocol());
    assert_eq!(after, Protocol { paused_until: now, pause_allowed_from, ..before });
    world.open(world.request(0)).ok();
}

#[test]
fn the_cooldown_begins_at_the_end_of_the_pause() {
    for (seconds, may) in [(-1, false), (0, true), (1, true)] {
        let mut world = World::new();
        world.pause(MAX_PAUSE).ok();
        world.pass(60);
        world.unpause().ok();
        world.pass(i64::from(PAUSE_COOLDOWN) + seconds);
        let outcome = world.pause(60);
        match may {
            true => drop(outcome.ok()),
            false => outcome.refused(LeaseError::PauseTooSoon),
        }
    }
}

#[test]
fn what_is_not_paused_is_not_opened() {
    World::new().unpause().refused(LeaseError::NotPaused);
    for (seconds, may) in [(-1, true), (0, false), (1, false)] {
        let mut world = World::new();
        world.pause(3_600).ok();
        world.pass(3_600 + seconds);
        let outcome = world.unpause();
        match may {
            true => drop(outcome.ok()),
            false => outcome.refused(LeaseError::NotPaused),
        }
    }
}

#[test]
fn nobody_but_the_guardian_may() {
    let mut world = World::new();
    world.pause(60).ok();
    let People { deployer, arbiter, treasury, holder, stranger, .. } = &world.people;
    for nobody in [deployer, arbiter, treasury, holder, stranger].map(Signer::pubkey) {
        world.play([world.unpause_ix().with("guardian", nobody)]).refused(LeaseError::NotGuardian);
    }
}

#[test]
fn a_signature_for_one_pause_does_not_end_a_later_one() {
    let mut world = World::new();
    world.pause(3_600).ok();
    let withheld = world.unpause_ix();
    world.pass(3_600 + i64::from(PAUSE_COOLDOWN));
    world.pause(3_600).ok();
    world.play([withheld]).refused(LeaseError::ValueReplaced);
    world.open(world.request(0)).refused(LeaseError::Paused);
    world.unpause().ok();
}

#[test]
fn every_account_is_checked() {
    let mut world = World::new();
    let sibling = world.sibling();
    world.pause(60).ok();
    world.refuses_wrong_accounts(
        &[],
        &world.unpause_ix(),
        &[
            ("guardian", world.people.arbiter.pubkey(), &LeaseError::NotGuardian),
            ("protocol", sibling.offer, &InstructionError::InvalidAccountData),
        ],
    );
}
