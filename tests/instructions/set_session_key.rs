use crate::states::{claimed, not_active};
use gpu_lease_tests::prelude::*;

#[test]
fn the_renter_sets_and_removes_its_session_key_in_any_state() {
    for (mut world, lease) in not_active().into_iter().chain([claimed()]) {
        for session_key in [world.people.agent.pubkey(), NOWHERE, Address::default()] {
            let before = world.lease(&lease);
            world
                .set_session_key(&lease, session_key)
                .emitted(Event::SessionKeySet(SessionKeySet { lease: lease.address, session_key }));
            assert_eq!(world.lease(&lease), Lease { session_key, ..before });
        }
    }
}

#[test]
fn nobody_but_the_renter_may() {
    let mut world = World::new();
    let agent = world.people.agent.pubkey();
    let lease = world.sponsored_lease();
    world.start(&lease).ok();
    world.set_session_key(&lease, agent).ok();
    let set = instruction::set_session_key(&world.context(&lease), NOWHERE, FOR_EVER);
    for nobody in [agent, lease.payer, world.people.provider.pubkey(), world.people.stranger.pubkey()] {
        world.play([set.clone().with("renter", nobody)]).refused(LeaseError::NotRenter);
    }
}

#[test]
fn every_account_is_checked() {
    let mut world = World::new();
    let lease = world.pending_lease();
    world.refuses_wrong_accounts(
        &[],
        &instruction::set_session_key(&world.context(&lease), NOWHERE, FOR_EVER),
        &[
            ("renter", world.people.sponsor.pubkey(), &LeaseError::NotRenter),
            ("lease", world.provider, &InstructionError::AccountDataTooSmall),
        ],
    );
}
