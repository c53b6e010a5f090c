//! Disputes: two figures, an arbiter or the passing of time, and who pays for it.

use crate::closed;
use gpu_lease_tests::prelude::*;
use rstest::rstest;

/// An hour of four GPUs, of which 4 000 units are accepted and 14 000 claimed.
fn claimed(token_program: Address) -> (World, LeaseKey) {
    let mut world = World::on(token_program);
    let lease = world.active_lease();
    world.pass(3_600);
    world.agree(&lease, 4_000).ok();
    world.claim(&lease, 14_000).ok();
    (world, lease)
}

fn provider(world: &World) -> Address {
    world.people.provider.pubkey()
}

/// What renter, provider, arbiter and the fee vault have more or less than at the beginning.
fn gains(world: &World) -> [i64; 4] {
    let gain = |money: u64, before: u64| i64::try_from(money).unwrap() - i64::try_from(before).unwrap();
    let People { renter, provider, arbiter, .. } = &world.people;
    let [renter, provider, arbiter] =
        [renter, provider, arbiter].map(|person| gain(world.money(&person.pubkey()), WEALTH));
    [renter, provider, arbiter, gain(world.balance(&world.fee_vault()), 0)]
}

fn time_out(world: &mut World, lease: &LeaseKey) {
    world.set_time(world.lease(lease).dispute.deadline() + 1);
    world.resolve_by_timeout(lease).ok();
}

#[rstest]
// The renter was right: 10 000 units are worth 6 944 444, and 4 256 promised ones are missing, 2 955 555.
#[case(10_000, [-6_944_444 + 2_955_555, 6_875_000 - 2_955_555 - 277_777, 277_777, 69_444])]
// The provider was right: 9 722 222 and 177 777.
#[case(14_000, [-9_722_222 + 177_777 - 277_777, 9_625_000 - 177_777, 277_777, 97_222])]
// Three quarters of the way to the provider's figure: 9 027 777 and 872 222.
#[case(13_000, [-9_027_777 + 872_222 - 208_332, 8_937_500 - 872_222 - 69_445, 277_777, 90_277])]
fn the_arbiters_figure_is_paid_and_each_side_pays_for_its_distance(
    #[values(TOKEN, TOKEN_2022)] token_program: Address,
    #[case] units: u64,
    #[case] expected: [i64; 4],
) {
    let (mut world, lease) = claimed(token_program);
    world.pass(599);
    world.dispute(&lease, 10_000).ok();
    world.pass(3 * 86_400);
    world.resolve(&lease, units).ok();
    let closed = closed(&mut world, &lease);
    assert_eq!((closed.accepted, closed.promised), (units, 14_256));
    assert_eq!(gains(&world), expected);
    assert_eq!(expected.iter().sum::<i64>(), 0, "INV-4");
    assert_eq!(world.offer().gpus_free, 8);
}

#[rstest]
// 12 000 units are worth 8 333 333, and 2 256 are missing, 1 566 666.
#[case(10_000, [-8_333_333 + 1_566_666, 8_250_000 - 1_566_666, 0, 83_333])]
// The midpoint of 10 001 and 14 000 is the same, rounded down.
#[case(10_001, [-8_333_333 + 1_566_666, 8_250_000 - 1_566_666, 0, 83_333])]
// The midpoint of 4 000 and 14 000 is 9 000: 6 250 000, and 5 256 missing, 3 650 000.
#[case(4_000, [-6_250_000 + 3_650_000, 6_187_500 - 3_650_000, 0, 62_500])]
fn an_arbiter_that_never_answers_gets_nothing_and_the_midpoint_counts(
    #[values(TOKEN, TOKEN_2022)] token_program: Address,
    #[case] units: u64,
    #[case] expected: [i64; 4],
) {
    let (mut world, lease) = claimed(token_program);
    world.dispute(&lease, units).ok();
    time_out(&mut world, &lease);
    world.resolve(&lease, 12_000).refused(LeaseError::NotDisputed);
    world.close(&lease).ok();
    assert_eq!(gains(&world), expected);
    assert_eq!(expected.iter().sum::<i64>(), 0, "INV-4");
}

#[rstest]
fn both_stakes_end_at_the_bond(#[values(TOKEN, TOKEN_2022)] token_program: Address) {
    // Given a bond of 10 000 000, and twelve hours claimed, worth 120 000 000, of which the renter admits nothing.
    for (units, expected) in [
        // The provider was wrong: its whole bond is the arbiter's, nothing is left for the SLA.
        (0, [0, -10_000_000, 10_000_000, 0]),
        // It was right: the renter's stake is as large.
        (172_800, [-130_000_000, 118_800_000, 10_000_000, 1_200_000]),
        // Halfway: the credit for 84 672 missing units, 58 800 000, is what is left of the bond.
        (86_400, [-60_000_000, 59_400_000 - 10_000_000, 10_000_000, 600_000]),
    ] {
        let mut world = World::on_with_terms(token_program, |terms| terms.bond_hours = 1);
        let lease = world.active_lease();
        world.pass(12 * 3_600);
        world.claim(&lease, 172_800).ok();
        world.dispute(&lease, 0).ok();
        assert_eq!(world.lease(&lease).ledger.stake, 10_000_000, "a tenth would be 12 000 000");
        world.resolve(&lease, units).ok();
        let closed = closed(&mut world, &lease);
        assert!(closed.credit + closed.bond <= 10_000_000);
        assert_eq!(gains(&world), expected, "{units} units");
    }
}

#[rstest]
fn a_stake_a_base_unit_below_the_bond_is_a_tenth_of_what_is_disputed(
    #[values(TOKEN, TOKEN_2022)] token_program: Address,
) {
    // A bond of 10 000 000: the tenth of what 144 000 units are worth.
    for (units, stake) in [(143_999, 9_999_930), (144_000, 10_000_000), (144_001, 10_000_000)] {
        let mut world = World::on_with_terms(token_program, |terms| terms.bond_hours = 1);
        let lease = world.active_lease();
        world.pass(12 * 3_600);
        world.claim(&lease, units).ok();
        world.dispute(&lease, 0).ok();
        assert_eq!(world.lease(&lease).ledger.stake, stake);
    }
}

#[rstest]
fn without_a_bond_nobody_stakes_and_the_arbiter_decides_for_nothing(
    #[values(TOKEN, TOKEN_2022)] token_program: Address,
) {
    let mut world = World::on_with_terms(token_program, |terms| terms.bond_hours = 0);
    let lease = world.active_lease();
    world.pass(3_600);
    world.claim(&lease, 14_000).ok();
    world.dispute(&lease, 10_000).ok();
    assert_eq!(world.money(&lease.renter), WEALTH - 120_000_000);
    world.resolve(&lease, 10_000).ok();
    world.close(&lease).ok();
    assert_eq!(gains(&world), [-6_944_444, 6_875_000, 0, 69_444]);
    assert_eq!(world.read::<Provider>(&world.provider).record.disputes_lost, 1);
}

#[rstest]
fn only_money_of_the_deposit_is_in_dispute(#[values(TOKEN, TOKEN_2022)] token_program: Address) {
    // Given thirteen hours claimed, of which twelve are paid.
    for (units, stake) in [
        // 140 000 units are worth 97 222 222: 22 777 778 are in dispute.
        (140_000, 2_277_777),
        // 172 000 units are worth 119 444 444, and less is in dispute than makes up a hundredth of the bond.
        (172_000, 200_000),
        (172_799, 200_000),
        (172_800, 200_000),
        (172_801, 200_000),
    ] {
        let mut world = World::on(token_program);
        let lease = world.active_lease();
        world.pass(13 * 3_600);
        world.claim(&lease, 187_200).ok();
        world.dispute(&lease, units).ok();
        assert_eq!(world.lease(&lease).ledger.stake, stake, "{units} admitted");
        world.resolve(&lease, 187_200).ok();
        world.close(&lease).ok();
        let stake = i64::try_from(stake).unwrap();
        assert_eq!(gains(&world), [-120_000_000 - stake, 118_800_000, stake, 1_200_000]);
    }
}

#[rstest]
fn the_claim_that_waits_is_disputed_after_the_one_before_it_matured(
    #[values(TOKEN, TOKEN_2022)] token_program: Address,
) {
    // Given a claim of 5 000 units and, five minutes later, one of 14 000.
    let claims = || {
        let mut world = World::on(token_program);
        let lease = world.active_lease();
        world.pass(3_600);
        world.claim(&lease, 5_000).ok();
        world.pass(300);
        world.claim(&lease, 14_000).ok();
        (world, lease)
    };
    // While both are open the renter may deny both.
    let (mut world, lease) = claims();
    world.pass(299);
    world.dispute(&lease, 2_000).ok();
    let Dispute { renter_units, provider_units, .. } = world.lease(&lease).dispute;
    assert_eq!((renter_units, provider_units), (2_000, 14_000));

    // Later what matured is out of dispute.
    let (mut world, lease) = claims();
    world.pass(300);
    world.dispute(&lease, 4_999).refused(LeaseError::FigureOutOfBounds);
    world.dispute(&lease, 5_000).ok();
    world.resolve(&lease, 5_000).ok();

    let (mut world, lease) = claims();
    world.pass(599);
    world.dispute(&lease, 5_000).ok();

    let (mut world, lease) = claims();
    world.pass(600);
    world.dispute(&lease, 5_000).refused(LeaseError::NoOpenClaim);
}

#[rstest]
fn the_last_claim_is_disputed_during_the_grace_and_after_it(
    #[values(TOKEN, TOKEN_2022)] token_program: Address,
) {
    // Given a claim for the paid half of the day in the last second of the grace.
    for (seconds, may) in [(0, true), (599, true), (600, false)] {
        let mut world = World::on(token_program);
        let lease = world.active_lease();
        let ends_at = world.lease(&lease).ends_at;
        world.set_time(ends_at + GRACE);
        world.claim_message(&lease, &world.message_until(&lease, 172_800, ends_at)).ok();
        world.pass(seconds);
        if !may {
            world.dispute(&lease, 168_480).refused(LeaseError::NoOpenClaim);
            continue;
        }
        world.dispute(&lease, 168_480).ok();
        world.resolve(&lease, 168_480).ok();
        let closed = closed(&mut world, &lease);
        // The lease had ended as agreed: the promise stays. 168 480 units are worth 117 000 000, the 2 592
        // that are missing 1 800 000; 300 000 were staked.
        assert_eq!((closed.promised, closed.reason), (171_072, EndReason::Disputed as u64));
        let provider = 117_000_000 - 1_170_000 - 1_800_000 - 300_000;
        assert_eq!(gains(&world), [-117_000_000 + 1_800_000, provider, 300_000, 1_170_000]);
    }
}

#[rstest]
fn while_a_lease_is_disputed_only_what_was_admitted_is_paid(
    #[values(TOKEN, TOKEN_2022)] token_program: Address,
) {
    let (mut world, lease) = claimed(token_program);
    let before = world.money(&provider(&world));
    world.dispute(&lease, 10_000).ok();
    for days in [0, 1, 6] {
        world.pass(days * 86_400);
        world.settle(&lease).ok();
        assert_eq!(world.money(&provider(&world)) - before, 6_875_000);
    }
    world.resolve(&lease, 12_000).ok();
    world.settle(&lease).ok();
    // 1 388 889 more, of which 13 889 are fees.
    assert_eq!(world.money(&provider(&world)) - before, 6_875_000 + 1_375_000);
    world.close(&lease).ok();
    let [renter, _, arbiter, fees] = gains(&world);
    assert_eq!((renter, arbiter, fees), (-8_333_333 + 1_566_666 - 138_888, 277_777, 83_333));
}

#[rstest]
fn a_disputed_lease_takes_no_usage_and_no_money_any_more(
    #[values(TOKEN, TOKEN_2022)] token_program: Address,
) {
    let (mut world, lease) = claimed(token_program);
    let window_end = world.now();
    world.dispute(&lease, 10_000).ok();
    for decided in [false, true] {
        if decided {
            world.resolve(&lease, 12_000).ok();
        }
        let message = world.message_until(&lease, 14_400, window_end);
        world.claim_message(&lease, &message).refused(LeaseError::NotActive);
        world.agree_message(&lease, &message).refused(LeaseError::NotActive);
        world.top_up(&lease, 1).refused(LeaseError::NotActive);
    }
}

#[rstest]
fn inv_9_a_dispute_that_nobody_decides_is_emptied_by_strangers(
    #[values(TOKEN, TOKEN_2022)] token_program: Address,
) {
    let (mut world, lease) = claimed(token_program);
    world.dispute(&lease, 4_000).ok();
    world.release_gpus(&lease).ok();
    assert_eq!(world.offer().gpus_free, 8);
    world.close(&lease).refused(LeaseError::NotActive);
    time_out(&mut world, &lease);
    world.close(&lease).ok();
    assert!(!world.exists(&lease.address) && !world.exists(&lease.vault));
}

#[rstest]
fn a_top_up_before_a_dispute_takes_nothing_off_the_promise(
    #[values(TOKEN, TOKEN_2022)] token_program: Address,
    #[values(0, 1, 2)] top_ups: u64,
) {
    // Given twelve paid hours that are claimed in full, and minutes that nothing paid for.
    let mut world = World::on(token_program);
    let lease = world.active_lease();
    world.pass(12 * 3_600);
    world.claim(&lease, 172_800).ok();
    let party = provider(&world);
    for amount in 1..=top_ups {
        world.pass(250);
        world.play([world.top_up_ix(&lease, party, 200_000 * amount)]).ok();
    }
    // When the renter admits half of them, and the arbiter finds the same.
    world.dispute(&lease, 86_400).ok();
    world.resolve(&lease, 86_400).ok();
    // Then what lies behind the last window changes nothing.
    assert_eq!(closed(&mut world, &lease).promised, 171_072);
}
