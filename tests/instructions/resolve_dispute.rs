use crate::states::{disputed, not_disputed};
use gpu_lease_tests::prelude::*;

#[test]
fn the_arbiter_decides_and_each_side_pays_for_its_distance() {
    let (mut world, lease) = disputed();
    world.pass(1_000);
    let (before, now) = (world.lease(&lease), world.moment());
    let (vault, arbiter) = (world.balance(&lease.vault), world.people.arbiter.pubkey());

    // Halfway: the odd base unit of the stake of 277 777 is the provider's.
    world.resolve(&lease, 12_000).emitted(Event::DisputeResolved(DisputeResolved {
        lease: lease.address,
        units: 12_000,
        from_renter: 138_888,
        from_provider: 138_889,
        by_arbiter: 1,
        ledger: Ledger { bond: 20_000_000 - 138_889, stake: 277_777 - 138_888, ..before.ledger },
    }));

    let decided = Claim { units: 12_000, submitted: now };
    assert_eq!(
        world.lease(&lease),
        Lease {
            state: PodLeaseState::Resolved,
            meter: Meter { accepted: 12_000, maturing: decided, latest: decided, ..before.meter },
            ledger: Ledger { bond: 20_000_000 - 138_889, stake: 277_777 - 138_888, ..before.ledger },
            ..before
        }
    );
    assert_eq!(world.balance(&lease.vault), vault - 277_777);
    assert_eq!(world.money(&arbiter), WEALTH + 277_777);
}

#[test]
fn the_figure_lies_between_the_two_claims() {
    for (units, may) in [
        (0, false),
        (9_999, false),
        (10_000, true),
        (10_001, true),
        (13_999, true),
        (14_000, true),
        (14_001, false),
        (u64::MAX, false),
    ] {
        let (mut world, lease) = disputed();
        let outcome = world.resolve(&lease, units);
        match may {
            true => drop(outcome.ok()),
            false => outcome.refused(LeaseError::FigureOutOfBounds),
        }
    }
}

#[test]
fn whoever_was_right_pays_nothing() {
    for (units, from_renter) in [(10_000, 0), (10_001, 69), (13_999, 277_707), (14_000, 277_777)] {
        let (mut world, lease) = disputed();
        world.resolve(&lease, units).emitted(Event::DisputeResolved(DisputeResolved {
            lease: lease.address,
            units,
            from_renter,
            from_provider: 277_777 - from_renter,
            by_arbiter: 1,
            ledger: world.lease(&lease).ledger,
        }));
        assert_eq!(world.money(&world.people.arbiter.pubkey()), WEALTH + 277_777);
    }
}

#[test]
fn a_provider_loses_when_the_figure_is_nearer_to_the_renters() {
    for (units, lost) in [(10_000, 1), (11_999, 1), (12_000, 0), (12_001, 0), (14_000, 0)] {
        let (mut world, lease) = disputed();
        let before = world.read::<Provider>(&world.provider).record;
        world.resolve(&lease, units).ok();
        let record = ProviderRecord { disputes_lost: lost, ..before };
        assert_eq!(world.read::<Provider>(&world.provider).record, record, "{units} units");
    }
}

#[test]
fn nobody_but_the_leases_arbiter_may() {
    let (mut world, lease) = disputed();
    let resolve = world.resolve_dispute_ix(&lease, 12_000);
    let People { deployer, renter, provider, rival, stranger, .. } = &world.people;
    for nobody in [deployer, renter, provider, rival, stranger].map(Signer::pubkey) {
        world.play([resolve.clone().with("arbiter", nobody)]).refused(LeaseError::NotArbiter);
    }
}

#[test]
fn the_arbiter_is_the_one_that_the_protocol_named_at_the_opening() {
    let mut world = World::new();
    let lease = world.pending_lease();
    let other = world.people.rival.pubkey();
    world.write(&address::protocol(), |protocol: &mut Protocol| protocol.arbiter = other);
    world.start(&lease).ok();
    world.pass(3_600);
    world.claim(&lease, 14_000).ok();
    world.dispute(&lease, 10_000).ok();
    let resolve = world.resolve_dispute_ix(&lease, 12_000);
    world.play([resolve.clone().with("arbiter", other)]).refused(LeaseError::NotArbiter);
    world.play([resolve]).ok();
}

#[test]
fn the_arbiter_has_a_week() {
    for (seconds, may) in [(-1, true), (0, true), (1, false)] {
        let (mut world, lease) = disputed();
        world.set_time(world.lease(&lease).dispute.deadline() + seconds);
        let outcome = world.resolve(&lease, 12_000);
        match may {
            true => drop(outcome.ok()),
            false => outcome.refused(LeaseError::ArbitrationOver),
        }
    }
}

#[test]
fn only_a_disputed_lease_is_resolved_and_only_once() {
    for (mut world, lease) in not_disputed() {
        world.resolve(&lease, 12_000).refused(LeaseError::NotDisputed);
    }
}

#[test]
fn the_arbiter_is_paid_where_it_says() {
    let (mut world, lease) = disputed();
    let elsewhere = world.wallet(&world.people.stranger.pubkey());
    world.play([world.resolve_dispute_ix(&lease, 12_000).with("arbiter_token", elsewhere)]).ok();
    assert_eq!(world.balance(&elsewhere), WEALTH + 277_777);
}

#[test]
fn every_account_is_checked() {
    let (mut world, lease) = disputed();
    let sibling = world.sibling();
    world.refuses_wrong_accounts(
        &[],
        &world.resolve_dispute_ix(&lease, 12_000),
        &[
            ("arbiter", world.people.rival.pubkey(), &LeaseError::NotArbiter),
            ("lease", sibling.active.address, &LeaseError::WrongAccount),
            ("provider", sibling.provider, &LeaseError::WrongAccount),
            ("vault", sibling.active.vault, &LeaseError::WrongAccount),
            ("vault", world.fee_vault(), &LeaseError::WrongAccount),
            ("arbiter_token", sibling.renter_token, &MINT_MISMATCH),
            ("arbiter_token", lease.vault, &ACCOUNT_TWICE),
            ("token_program", TOKEN_2022, &LeaseError::WrongTokenProgram),
            ("token_program", system_program::ID, &InstructionError::IncorrectProgramId),
        ],
    );
}

#[test]
fn a_decision_is_between_the_figures_that_the_arbiter_saw() {
    for (renters, providers, may) in
        [(-1, 0, false), (1, 0, false), (0, -1, false), (0, 1, false), (0, 0, true)]
    {
        let (mut world, lease) = disputed();
        let mut reference = world.context(&lease);
        let dispute = &mut reference.account.dispute;
        dispute.renter_units = dispute.renter_units.checked_add_signed(renters).unwrap();
        dispute.provider_units = dispute.provider_units.checked_add_signed(providers).unwrap();
        let outcome = world.play([instruction::resolve_dispute(&reference, 12_000, FOR_EVER)]);
        match may {
            true => drop(outcome.ok()),
            false => outcome.refused(LeaseError::FiguresChanged),
        }
    }
}
