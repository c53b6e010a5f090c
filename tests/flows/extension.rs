//! Leases that run longer than first agreed.

use crate::closed;
use gpu_lease_tests::prelude::*;
use rstest::rstest;

#[rstest]
fn an_extension_that_is_paid_for_is_delivered_and_promised(
    #[values(TOKEN, TOKEN_2022)] token_program: Address,
) {
    // Given four GPUs for a day that become four GPUs for two, all of it paid.
    let mut world = World::on(token_program);
    let lease = world.active_lease();
    let start = world.now();
    world.pass(3_600);
    world.extend(&lease, 172_800).ok();
    world.top_up(&lease, 360_000_000).ok();
    assert_eq!(world.lease(&lease).funded_until(), start + 172_800);

    // When the provider falls 1 440 units short of 99 % of two days.
    world.set_time(start + 86_401);
    world.agree(&lease, 345_604).ok();
    world.set_time(start + 172_800);
    world.agree(&lease, 682_848).ok();
    world.pass_grace(&lease);
    let closed = closed(&mut world, &lease);

    // Then they are credited, although the first day alone was promised and delivered.
    assert_eq!((closed.promised, closed.credit), (684_288, 1_000_000));
    assert_eq!(world.money(&lease.renter), WEALTH - 474_200_000 + 1_000_000);
    assert_eq!(world.money(&world.people.provider.pubkey()), WEALTH + 469_458_000 - 1_000_000);
    assert_eq!(world.balance(&world.fee_vault()), 4_742_000);
}

#[rstest]
fn an_extension_that_nobody_pays_for_promises_nothing(#[values(TOKEN, TOKEN_2022)] token_program: Address) {
    let mut world = World::on(token_program);
    let lease = world.active_lease();
    let funded_until = world.lease(&lease).funded_until();
    world.extend(&lease, 30 * 86_400).ok();
    assert_eq!(world.lease(&lease).funded_until(), funded_until);
    world.pass(12 * 3_600);
    world.agree(&lease, 172_800).ok();
    world.pass_grace(&lease);
    let closed = closed(&mut world, &lease);
    assert_eq!((closed.promised, closed.credit), (171_072, 0));
    assert_eq!(world.money(&lease.renter), WEALTH - 120_000_000);
}

#[rstest]
fn an_exhausted_lease_is_extended_and_paid_later_without_promising_what_passed(
    #[values(TOKEN, TOKEN_2022)] token_program: Address,
) {
    // Given twelve paid hours that were delivered, and eight more that nobody paid for.
    let mut world = World::on_with_terms(token_program, |terms| terms.sla_uptime_bps = 10_000);
    let lease = world.active_lease();
    let start = world.now();
    world.pass(12 * 3_600);
    world.agree(&lease, 172_800).ok();
    world.pass(8 * 3_600);

    // When the renter wants forty hours in all and pays for twelve of them more.
    world.extend(&lease, 40 * 3_600).ok();
    world.top_up(&lease, 120_000_000).ok();

    // Then the eight hours are excused and twelve from now on are paid and promised.
    assert_eq!(world.lease(&lease).meter.excused, 115_200);
    assert_eq!(world.lease(&lease).funded_until(), start + 32 * 3_600);
    world.set_time(start + 32 * 3_600);
    world.agree(&lease, 172_800 + 172_799).ok();
    world.pass_grace(&lease);
    let closed = closed(&mut world, &lease);
    // A missing unit is worth 694.4…, and 345 599 units are worth 239 999 305.5…
    assert_eq!((closed.promised, closed.credit), (345_600, 694));
    assert_eq!(world.money(&lease.renter), WEALTH - 239_999_305 + 694);
}
