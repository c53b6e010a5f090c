//! The fee is the one that the renter signed for.

use gpu_lease_tests::prelude::*;
use rstest::rstest;

#[rstest]
fn inv_6_a_fee_changed_while_a_lease_is_open_does_not_reach_it(
    #[values(TOKEN, TOKEN_2022)] token_program: Address,
) {
    let mut world = World::on(token_program);
    let lease = world.pending_lease();
    world.set_fee(500);
    world.start(&lease).ok();
    world.pass(3_600);
    world.agree(&lease, 14_400).ok();
    world.set_fee(0);
    world.settle(&lease).ok();
    world.set_fee(500);
    world.pass_grace(&lease);
    world.close(&lease).ok();
    assert_eq!(world.balance(&world.fee_vault()), 100_000, "1 % of 10 000 000");

    let next = world.active_lease_as(|request| request.nonce = 1);
    assert_eq!(world.lease(&next).fee_bps, 500);
}

#[rstest]
fn fees_of_0_1_and_500_bps_are_taken_to_the_base_unit(#[values(TOKEN, TOKEN_2022)] token_program: Address) {
    for (fee_bps, fee) in [(0, 0), (1, 999), (500, 499_999)] {
        let mut world = World::on(token_program);
        world.set_fee(fee_bps);
        let lease = world.active_lease();
        world.pass(3_600);
        // 14 399 units are worth 9 999 305.5…
        world.agree(&lease, 14_399).ok();
        world.pass_grace(&lease);
        world.close(&lease).ok();
        assert_eq!(
            world.balance(&world.fee_vault()),
            9_999_305 * u64::from(fee_bps) / 10_000,
            "{fee_bps} bps"
        );
        assert!(world.balance(&world.fee_vault()).abs_diff(fee) <= 35);
    }
}

#[rstest]
fn inv_7_no_instruction_of_a_lease_changes_the_fee_rate(#[values(TOKEN, TOKEN_2022)] token_program: Address) {
    let mut world = World::on(token_program);
    let before: FeeParams = world.read(&address::fee_params());
    let lease = world.active_lease();
    world.pass(3_600);
    world.agree(&lease, 14_400).ok();
    world.top_up(&lease, 1).ok();
    world.settle(&lease).ok();
    world.pass_grace(&lease);
    world.close(&lease).ok();
    let again = world.initialize_ix(world.config());
    world.play([again]).failed(ALREADY_IN_USE);
    assert_eq!(world.read::<FeeParams>(&address::fee_params()), before);
}

#[rstest]
fn fees_of_different_leases_gather_in_one_vault(#[values(TOKEN, TOKEN_2022)] token_program: Address) {
    let mut world = World::on(token_program);
    for nonce in 0..3 {
        let lease = world.active_lease_as(|request| request.nonce = nonce);
        world.pass(3_600);
        world.agree(&lease, 14_400).ok();
        world.pass_grace(&lease);
        world.close(&lease).ok();
        assert_eq!(world.balance(&world.fee_vault()), 100_000 * (nonce + 1));
    }
}
