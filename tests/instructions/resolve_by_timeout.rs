use crate::states::{claimed, disputed, not_disputed};
use gpu_lease_tests::prelude::*;

#[test]
fn the_midpoint_counts_when_the_arbiter_did_not_decide_and_nobody_pays_it() {
    let (mut world, lease) = disputed();
    world.set_time(world.lease(&lease).dispute.deadline() + 1);
    let (before, vault) = (world.lease(&lease), world.balance(&lease.vault));
    let record = world.read::<Provider>(&world.provider).record;

    world.resolve_by_timeout(&lease).emitted(Event::DisputeResolved(DisputeResolved {
        lease: lease.address,
        units: 12_000,
        from_renter: 0,
        from_provider: 0,
        by_arbiter: 0,
        ledger: before.ledger,
    }));

    let midpoint = Claim { units: 12_000, submitted: world.moment() };
    assert_eq!(
        world.lease(&lease),
        Lease {
            state: PodLeaseState::Resolved,
            meter: Meter { accepted: 12_000, maturing: midpoint, latest: midpoint, ..before.meter },
            ..before
        }
    );
    assert_eq!(world.balance(&lease.vault), vault);
    assert_eq!(world.read::<Provider>(&world.provider).record, record, "nobody won and nobody lost");
}

#[test]
fn the_arbiter_has_a_week() {
    for (seconds, may) in [(-1, false), (0, false), (1, true)] {
        let (mut world, lease) = disputed();
        world.set_time(world.lease(&lease).dispute.deadline() + seconds);
        let outcome = world.resolve_by_timeout(&lease);
        match may {
            true => drop(outcome.ok()),
            false => outcome.refused(LeaseError::ArbitrationRunning),
        }
    }
}

#[test]
fn half_a_unit_is_the_renters() {
    for (units, midpoint) in [(10_000, 12_000), (10_001, 12_000), (10_002, 12_001), (13_999, 13_999)] {
        let (mut world, lease) = claimed();
        world.dispute(&lease, units).ok();
        world.set_time(world.lease(&lease).dispute.deadline() + 1);
        world.resolve_by_timeout(&lease).ok();
        assert_eq!(world.lease(&lease).meter.accepted, midpoint, "{units} of 14 000");
    }
}

#[test]
fn only_a_disputed_lease_is_resolved_and_only_once() {
    for (mut world, lease) in not_disputed() {
        world.pass(i64::from(ARBITRATION_TIME) + 1);
        world.resolve_by_timeout(&lease).refused(LeaseError::NotDisputed);
    }
}

#[test]
fn every_account_is_checked() {
    let (mut world, lease) = disputed();
    let sibling = world.sibling();
    world.set_time(world.lease(&lease).dispute.deadline() + 1);
    world.refuses_wrong_accounts(
        &[],
        &instruction::resolve_by_timeout(&world.context(&lease)),
        &[
            ("lease", sibling.active.address, &LeaseError::NotDisputed),
            ("lease", world.offer, &InstructionError::AccountDataTooSmall),
        ],
    );
}
