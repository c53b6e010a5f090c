use crate::states::not_active;
use anchor_lang::hash::sha256;
use gpu_lease_tests::prelude::*;

const MOVED: &[u8] = b"credentials of another machine";

/// `publish_access` by the operator.
fn by_operator(world: &World, lease: &LeaseKey) -> Instruction {
    instruction::publish_access(&world.context(lease).by_operator(), MOVED, FOR_EVER)
}

#[test]
fn the_provider_or_its_operator_replaces_the_credentials() {
    for is_by_operator in [false, true] {
        let mut world = World::new();
        let lease = world.active_lease();
        world.pass(3_600);
        let (before, slot) = (world.lease(&lease), world.slot());
        let publish = match is_by_operator {
            true => by_operator(&world, &lease),
            false => world.publish_access_ix(&lease, MOVED),
        };

        world.play([publish]).emitted(Event::AccessPublished(AccessPublished {
            lease: lease.address,
            access_blob_hash: sha256(MOVED),
            slot,
        }));

        let after = Lease { access_blob_hash: sha256(MOVED), access_slot: slot, ..before };
        assert_eq!(world.lease(&lease), after, "and nothing else");
    }
}

#[test]
fn a_machine_moves_as_often_as_it_has_to() {
    let mut world = World::new();
    let lease = world.active_lease();
    for blob in [MOVED, ACCESS_BLOB, MOVED, MOVED] {
        world.pass(1);
        let slot = world.slot();
        world.publish_access(&lease, blob).ok();
        let Lease { access_blob_hash, access_slot, .. } = world.lease(&lease);
        assert_eq!((access_blob_hash, access_slot), (sha256(blob), slot));
    }
}

#[test]
fn nobody_else_may() {
    let mut world = World::new();
    let agent = world.people.agent.pubkey();
    let lease = world.active_lease_as(|request| request.session_key = agent);
    let publish = world.publish_access_ix(&lease, MOVED);
    let People { renter, agent, attestor, rival, stranger, .. } = &world.people;
    for nobody in [renter, agent, attestor, rival, stranger].map(Signer::pubkey) {
        world.play([publish.clone().with("authority", nobody)]).refused(LeaseError::NotProviderOperator);
    }
}

#[test]
fn only_an_active_lease_has_its_credentials_replaced() {
    for (mut world, lease) in not_active() {
        world.publish_access(&lease, MOVED).refused(LeaseError::NotActive);
    }
}

#[test]
fn a_lease_that_is_over_but_not_closed_may_still_move() {
    let mut world = World::new();
    let lease = world.active_lease();
    world.set_time(world.lease(&lease).ends_at + 1);
    world.publish_access(&lease, MOVED).ok();
}

#[test]
fn the_access_blob_is_one_to_512_bytes_long() {
    let mut world = World::new();
    let lease = world.active_lease();
    for length in [1, 2, 511, 512] {
        world.publish_access(&lease, &vec![7; length]).ok();
        assert_eq!(world.lease(&lease).access_blob_hash, sha256(&vec![7; length]));
    }
    for length in [0, 513] {
        world.publish_access(&lease, &vec![7; length]).refused(LeaseError::AccessBlobInvalid);
    }
}

#[test]
fn it_replaces_the_credentials_that_were_seen_and_no_others() {
    let mut world = World::new();
    let lease = world.active_lease();
    let early = world.publish_access_ix(&lease, b"early");
    world.publish_access(&lease, MOVED).ok();
    world.play([early]).refused(LeaseError::ValueReplaced);
    assert_eq!(world.lease(&lease).access_blob_hash, sha256(MOVED));
}

#[test]
fn it_is_for_the_lease_that_was_seen_until_the_last_second_of_the_signature() {
    for (seconds, may) in [(VALID_FOR - 1, true), (VALID_FOR, true), (VALID_FOR + 1, false)] {
        let mut world = World::new();
        let lease = world.active_lease();
        let publish = world.publish_access_ix(&lease, MOVED);
        world.pass(seconds);
        let outcome = world.play([publish]);
        match may {
            true => drop(outcome.ok()),
            false => outcome.refused(LeaseError::SignatureExpired),
        }
    }
    let mut world = World::new();
    let lease = world.active_lease();
    let mut another = world.context(&lease);
    another.account.opened_slot += 1;
    let publish = instruction::publish_access(&another, MOVED, FOR_EVER);
    world.play([publish]).refused(LeaseError::LeaseChanged);
}

#[test]
fn every_account_is_checked() {
    let mut world = World::new();
    let sibling = world.sibling();
    let lease = world.active_lease();
    for publish in [world.publish_access_ix(&lease, MOVED), by_operator(&world, &lease)] {
        let mut world = world.clone();
        world.refuses_wrong_accounts(
            &[],
            &publish,
            &[
                ("authority", world.people.rival.pubkey(), &LeaseError::NotProviderOperator),
                ("lease", sibling.active.address, &LeaseError::WrongAccount),
                ("provider", sibling.provider, &LeaseError::WrongAccount),
            ],
        );
    }
}
