use crate::states::{disputed, resolved};
use gpu_lease_tests::prelude::*;

/// Two hours of four GPUs at 2.50.
const BOND: u64 = 20_000_000;

/// A lease whose renter gave notice to keep one of four GPUs.
fn shrinking() -> (World, LeaseKey) {
    let mut world = World::new();
    let lease = world.active_lease();
    world.pass(3_600);
    world.resize(&lease, 1).ok();
    (world, lease)
}

fn released(lease: &LeaseKey, gpus: u64) -> Event {
    Event::GpusReleased(GpusReleased { lease: lease.address, gpus })
}

#[test]
fn what_a_shrink_freed_goes_back_and_the_bond_stays() {
    let (mut world, lease) = shrinking();
    world.pass(3_600);
    let before = world.lease(&lease);

    world.release_gpus(&lease).emitted(released(&lease, 3));

    assert_eq!(world.lease(&lease), Lease { gpus: 1, ..before });
    assert_eq!((before.ledger.bond, world.balance(&lease.vault)), (BOND, 120_000_000 + BOND));
    assert_eq!(world.offer().gpus_free, 7);
}

#[test]
fn a_lease_keeps_its_gpus_until_the_notice_to_shrink_is_over() {
    for (seconds, gpus) in [(-1, 0), (0, 3), (1, 3)] {
        let (mut world, lease) = shrinking();
        world.set_time(world.lease(&lease).meter.segment_start + seconds);
        world.release_gpus(&lease).emitted(released(&lease, gpus));
    }
}

#[test]
fn nothing_to_give_changes_nothing() {
    let mut world = World::new();
    let lease = world.active_lease();
    let (before, vault) = (world.lease(&lease), world.balance(&lease.vault));
    for _ in 0..2 {
        world.release_gpus(&lease).emitted(released(&lease, 0));
        assert_eq!(world.lease(&lease), before);
        assert_eq!((world.balance(&lease.vault), world.offer().gpus_free), (vault, 4));
        world.pass(3_600);
    }
    // Neither does a second call, nor one after growing.
    world.resize(&lease, 1).ok();
    world.pass(3_600);
    world.release_gpus(&lease).emitted(released(&lease, 3));
    world.release_gpus(&lease).emitted(released(&lease, 0));
    world.claim(&lease, 0).ok();
    world.resize(&lease, 2).ok();
    world.release_gpus(&lease).emitted(released(&lease, 0));
    assert_eq!((world.lease(&lease).gpus, world.lease(&lease).ledger.bond), (2, BOND));
}

#[test]
fn after_the_end_all_gpus_go_back_and_the_bond_stays() {
    for (seconds, gpus) in [(-1, 0), (0, 4), (1, 4)] {
        let mut world = World::new();
        let lease = world.active_lease();
        world.set_time(world.lease(&lease).ends_at + seconds);
        let before = world.lease(&lease);
        world.release_gpus(&lease).emitted(released(&lease, gpus));
        assert_eq!(world.lease(&lease), Lease { gpus: 4 - gpus as u32, ..before });
        assert_eq!(world.offer().gpus_free, 4 + gpus as u32);
        assert_eq!(world.lease(&lease).ledger.bond, BOND);
    }
}

#[test]
fn after_the_end_what_a_shrink_freed_before_goes_back_too() {
    let (mut world, lease) = shrinking();
    world.set_time(world.lease(&lease).ends_at);
    world.release_gpus(&lease).emitted(released(&lease, 4));
    assert_eq!((world.lease(&lease).ledger.bond, world.offer().gpus_free), (BOND, 8));
}

#[test]
fn a_dispute_does_not_hold_the_gpus() {
    for (mut world, lease) in [disputed(), resolved()] {
        let before = world.lease(&lease);
        world.release_gpus(&lease).emitted(released(&lease, 4));
        assert_eq!(world.lease(&lease), Lease { gpus: 0, ..before });
        assert_eq!(world.offer().gpus_free, 8);
        world.release_gpus(&lease).emitted(released(&lease, 0));
    }
}

#[test]
fn inv_5_gpus_that_went_back_do_not_go_back_at_the_close_again() {
    let (mut world, lease) = resolved();
    world.release_gpus(&lease).ok();
    let next = world.active_lease_as(|request| (request.nonce, request.gpus) = (1, 8));
    assert_eq!(world.offer().gpus_free, 0);
    world.close(&lease).ok();
    assert_eq!(world.offer().gpus_free, 0);
    world.pass_grace(&next);
    world.close(&next).ok();
    assert_eq!(world.offer().gpus_free, 8);
}

#[test]
fn a_pending_lease_holds_no_gpus() {
    let mut world = World::new();
    let lease = world.pending_lease();
    world.release_gpus(&lease).refused(LeaseError::NotActive);
}

#[test]
fn every_account_is_checked() {
    let mut world = World::new();
    let sibling = world.sibling();
    let lease = world.active_lease();
    world.resize(&lease, 1).ok();
    world.pass(3_600);
    world.refuses_wrong_accounts(
        &[],
        &world.release_gpus_ix(&lease),
        &[
            ("lease", sibling.active.address, &LeaseError::WrongAccount),
            ("offer", sibling.offer, &LeaseError::WrongAccount),
        ],
    );
}
