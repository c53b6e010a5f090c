//! A sponsor pays for a renter: whatever end the lease takes, what is left and the rent are the sponsor's.

use gpu_lease_tests::prelude::*;
use rstest::rstest;

/// A sponsored lease, pending, and the sponsor's lamports before it.
fn sponsored(token_program: Address) -> (World, LeaseKey, u64) {
    let mut world = World::on(token_program);
    let lamports = world.lamports(&world.people.sponsor.pubkey());
    let lease = world.sponsored_lease();
    assert!(world.lamports(&lease.payer) < lamports);
    assert_eq!(world.money(&lease.payer), WEALTH - 120_000_000);
    (world, lease, lamports)
}

/// Requires the lease to be gone, the sponsor to have its rent back and lost `paid`, and the renter `lost`.
#[track_caller]
fn ended(world: &World, lease: &LeaseKey, lamports: u64, [paid, lost]: [i64; 2]) {
    let less = |person| i64::try_from(WEALTH).unwrap() - i64::try_from(world.money(&person)).unwrap();
    assert!(!world.exists(&lease.address) && !world.exists(&lease.vault));
    assert_eq!(world.lamports(&lease.payer), lamports, "the rent came back");
    assert_eq!([less(lease.payer), less(lease.renter)], [paid, lost]);
}

#[rstest]
fn a_cancelled_lease(#[values(TOKEN, TOKEN_2022)] token_program: Address) {
    let (mut world, lease, lamports) = sponsored(token_program);
    world.cancel(&lease, lease.payer).refused(LeaseError::NotRenter);
    world.cancel(&lease, lease.renter).ok();
    ended(&world, &lease, lamports, [0, 0]);
}

#[rstest]
fn a_completed_lease(#[values(TOKEN, TOKEN_2022)] token_program: Address) {
    let (mut world, lease, lamports) = sponsored(token_program);
    world.start(&lease).ok();
    world.pass(12 * 3_600);
    world.agree(&lease, 169_632).ok();
    world.pass_grace(&lease);
    world.close(&lease).ok();
    // 1 440 promised units are missing: the credit of 1 000 000 is the sponsor's too.
    ended(&world, &lease, lamports, [117_800_000 - 1_000_000, 0]);
}

#[rstest]
fn an_expired_lease(#[values(TOKEN, TOKEN_2022)] token_program: Address) {
    let (mut world, lease, lamports) = sponsored(token_program);
    world.start(&lease).ok();
    world.pass(901);
    world.expire(&lease).ok();
    world.pass_grace(&lease);
    world.close(&lease).ok();
    ended(&world, &lease, lamports, [-20_000_000, 0]);
}

#[rstest]
fn a_lease_that_the_renter_leaves(#[values(TOKEN, TOKEN_2022)] token_program: Address) {
    let (mut world, lease, lamports) = sponsored(token_program);
    world.start(&lease).ok();
    world.terminate(&lease, lease.payer).refused(LeaseError::NotParty);
    world.terminate(&lease, lease.renter).ok();
    world.pass(3_600);
    world.agree(&lease, 14_400).ok();
    world.pass_grace(&lease);
    world.close(&lease).ok();
    ended(&world, &lease, lamports, [10_000_000, 0]);
}

#[rstest]
fn a_lease_that_both_parties_close(#[values(TOKEN, TOKEN_2022)] token_program: Address) {
    let (mut world, lease, lamports) = sponsored(token_program);
    world.start(&lease).ok();
    world.pass(3_600);
    world.claim(&lease, 14_400).ok();
    // The sponsor's signature is none of the two.
    let together = world.close_together_ix(&lease, 14_400, 0);
    world.play([together.clone().with("renter", lease.payer)]).refused(LeaseError::NotRenter);
    world.play([together]).ok();
    ended(&world, &lease, lamports, [10_000_000, 0]);
}

#[rstest]
// Decided for the renter, for the provider, and by nobody: 10 000, 14 000 and 12 000 units are worth
// 6 944 444, 9 722 222 and 8 333 333; of 14 256 promised ones 4 256, 256 and 2 256 are missing.
#[case(Some(10_000), 6_944_444 - 2_955_555 - 277_777)]
#[case(Some(14_000), 9_722_222 - 177_777)]
#[case(None, 8_333_333 - 1_566_666 - 277_777)]
fn a_disputed_lease_whose_renter_stakes(
    #[values(TOKEN, TOKEN_2022)] token_program: Address,
    #[case] decision: Option<u64>,
    #[case] paid: i64,
) {
    // What is left of the renter's stake of 277 777 is the sponsor's, like everything on their side.
    let (mut world, lease, lamports) = sponsored(token_program);
    world.start(&lease).ok();
    world.pass(3_600);
    world.claim(&lease, 14_000).ok();
    world.dispute(&lease, 10_000).ok();
    match decision {
        Some(units) => drop(world.resolve(&lease, units).ok()),
        None => {
            world.set_time(world.lease(&lease).dispute.deadline() + 1);
            world.resolve_by_timeout(&lease).ok();
        }
    }
    world.close(&lease).ok();
    ended(&world, &lease, lamports, [paid, 277_777]);
}

#[rstest]
fn a_disputed_lease_whose_sponsor_stakes(#[values(TOKEN, TOKEN_2022)] token_program: Address) {
    let (mut world, lease, lamports) = sponsored(token_program);
    world.start(&lease).ok();
    world.pass(3_600);
    world.claim(&lease, 14_000).ok();
    world.play([world.dispute_lease_by_ix(&lease, lease.renter, lease.payer, 10_000)]).ok();
    world.resolve(&lease, 10_000).ok();
    world.close(&lease).ok();
    ended(&world, &lease, lamports, [6_944_444 - 2_955_555, 0]);
}
