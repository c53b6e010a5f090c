use crate::states::not_active;
use gpu_lease_tests::prelude::*;

/// A lease of which an hour is settled: 1 % of 10 000 000 are fees.
fn settled() -> (World, LeaseKey) {
    let mut world = World::new();
    let lease = world.active_lease();
    world.pass(3_600);
    world.agree(&lease, 14_400).ok();
    world.settle(&lease).ok();
    (world, lease)
}

/// Fees of both parties and of the mint in the running epoch.
fn counted(world: &World, lease: &LeaseKey) -> [u64; 3] {
    let policy: MintPolicy = world.read(&address::mint_policy(&world.mint));
    let parties = [lease.renter, world.provider].map(|party| world.participant(&party).fees);
    let epoch = epoch_of(world.now());
    [parties[0], parties[1], policy.fees].map(|fees| {
        fees.epochs.iter().filter(|counted| counted.epoch == epoch).map(|counted| counted.fees).sum()
    })
}

#[test]
fn fees_are_a_weight_before_the_close_and_counted_once() {
    let (mut world, lease) = settled();
    let before = world.lease(&lease);
    let ledger = Ledger { counted: 100_000, ..before.ledger };
    let event = |fees| Event::FeesCounted(FeesCounted { lease: lease.address, fees, ledger });

    world.count_fees(&lease).emitted(event(100_000));
    assert_eq!(world.lease(&lease), Lease { ledger, ..before });
    assert_eq!(counted(&world, &lease), [100_000; 3]);

    world.count_fees(&lease).emitted(event(0));
    assert_eq!(counted(&world, &lease), [100_000; 3]);
}

#[test]
fn the_close_counts_what_was_not_counted_before() {
    let (mut world, lease) = settled();
    world.count_fees(&lease).ok();
    world.pass(3_600);
    world.agree(&lease, 28_800).ok();
    let fees = world.close_as_claimed(&lease).closed().fees;
    assert_eq!((fees, counted(&world, &lease)), (200_000, [200_000; 3]));
}

#[test]
fn what_is_claimed_or_accepted_and_not_released_is_not_counted() {
    let mut world = World::new();
    let lease = world.active_lease();
    world.pass(3_600);
    world.agree(&lease, 14_000).ok();
    world.claim(&lease, 14_400).ok();
    world.count_fees(&lease).ok();
    assert_eq!(counted(&world, &lease), [0; 3]);
}

#[test]
fn every_lease_that_was_started_is_counted_and_no_other() {
    let [(mut pending, lease), others @ ..] = not_active();
    pending.count_fees(&lease).refused(LeaseError::NotActive);
    for (mut world, lease) in others {
        world.count_fees(&lease).ok();
    }
}

#[test]
fn every_account_is_checked() {
    let (mut world, lease) = settled();
    let sibling = world.sibling();
    let [siblings, own, renters] =
        [sibling.provider, world.provider, lease.renter].map(|party| address::participant(&party));
    world.refuses_wrong_accounts(
        &[],
        &world.count_fees_ix(&lease),
        &[
            ("lease", sibling.active.address, &LeaseError::WrongAccount),
            ("protocol", sibling.active.address, &InstructionError::InvalidAccountData),
            ("renter_participant", siblings, &LeaseError::WrongAccount),
            ("renter_participant", own, &ACCOUNT_TWICE),
            ("provider_participant", siblings, &LeaseError::WrongAccount),
            ("provider_participant", renters, &ACCOUNT_TWICE),
            ("mint_policy", address::mint_policy(&sibling.mint), &LeaseError::WrongMint),
        ],
    );
}
