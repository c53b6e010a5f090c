//! The SLA credit at the close: 99 % of what was funded is promised, a missing unit costs its price.

use crate::closed;
use gpu_lease_tests::prelude::*;
use rstest::rstest;

const BOND: u64 = 20_000_000;

/// A lease funded for `DEPOSIT`, closed after `accepted` units: what the close said about it.
fn closed_after(world: &mut World, accepted: u64) -> LeaseClosed {
    let lease = world.active_lease();
    world.pass(12 * 3_600);
    if accepted > 0 {
        world.agree(&lease, accepted).ok();
    }
    world.pass_grace(&lease);
    closed(world, &lease)
}

#[rstest]
fn full_uptime_costs_no_credit(#[values(TOKEN, TOKEN_2022)] token_program: Address) {
    let closed = closed_after(&mut World::on(token_program), 172_800);
    assert_eq!((closed.promised, closed.credit, closed.bond), (171_072, 0, BOND));
}

#[rstest]
fn the_promise_is_met_exactly_and_missed_by_one_unit(#[values(TOKEN, TOKEN_2022)] token_program: Address) {
    let closed = closed_after(&mut World::on(token_program), 171_072);
    assert_eq!((closed.credit, closed.bond), (0, BOND));
    // A unit is worth 694.4…
    let closed = closed_after(&mut World::on(token_program), 171_071);
    assert_eq!((closed.credit, closed.bond), (694, BOND - 694));
}

#[rstest]
fn what_is_missing_is_credited_at_the_price_times_the_penalty(
    #[values(TOKEN, TOKEN_2022)] token_program: Address,
) {
    let mut world = World::on_with_terms(token_program, |terms| terms.sla_penalty_bps = 25_000);
    // 1 440 units are missing, worth 1 000 000, times 2.5.
    let closed = closed_after(&mut world, 169_632);
    assert_eq!((closed.credit, closed.bond), (2_500_000, BOND - 2_500_000));
}

#[rstest]
fn the_credit_ends_at_the_bond(#[values(TOKEN, TOKEN_2022)] token_program: Address) {
    // 20 000 000 of credit are 28 800 missing units.
    for (missing, credit) in [(28_799, 19_999_305), (28_800, BOND), (28_801, BOND), (171_072, BOND)] {
        let closed = closed_after(&mut World::on(token_program), 171_072 - missing);
        assert_eq!((closed.credit, closed.bond), (credit, BOND - credit), "{missing} missing");
    }
}

#[rstest]
fn nothing_attested_at_all_gives_the_renter_everything_and_the_bond(
    #[values(TOKEN, TOKEN_2022)] token_program: Address,
) {
    let mut world = World::on(token_program);
    let closed = closed_after(&mut world, 0);
    assert_eq!((closed.payout, closed.fees, closed.bond, closed.credit), (0, 0, 0, BOND));
    assert_eq!(world.money(&world.people.renter.pubkey()), WEALTH + BOND);
    assert_eq!(world.money(&world.people.provider.pubkey()), WEALTH - BOND);
    assert_eq!(world.balance(&world.fee_vault()), 0);
}

#[rstest]
fn without_a_bond_there_is_no_credit(#[values(TOKEN, TOKEN_2022)] token_program: Address) {
    let mut world = World::on_with_terms(token_program, |terms| terms.bond_hours = 0);
    let closed = closed_after(&mut world, 0);
    assert_eq!((closed.bond, closed.credit), (0, 0));
    assert_eq!(world.money(&world.people.renter.pubkey()), WEALTH);
}

#[rstest]
fn without_a_promise_or_a_penalty_there_is_no_credit(#[values(TOKEN, TOKEN_2022)] token_program: Address) {
    for change in
        [|terms: &mut Terms| terms.sla_uptime_bps = 0, |terms: &mut Terms| terms.sla_penalty_bps = 0]
    {
        let closed = closed_after(&mut World::on_with_terms(token_program, change), 0);
        assert_eq!((closed.bond, closed.credit), (BOND, 0));
    }
}

#[rstest]
fn only_what_the_deposit_funds_is_promised(#[values(TOKEN, TOKEN_2022)] token_program: Address) {
    let mut world = World::on_with_terms(token_program, |terms| terms.sla_uptime_bps = 10_000);
    // Twelve of 24 hours are paid: the other twelve are not missed.
    let closed = closed_after(&mut world, 172_800);
    assert_eq!((closed.promised, closed.credit), (172_800, 0));
}

#[rstest]
fn only_what_the_lease_can_deliver_is_promised(#[values(TOKEN, TOKEN_2022)] token_program: Address) {
    let mut world = World::on_with_terms(token_program, |terms| terms.sla_uptime_bps = 10_000);
    let lease = world.active_lease_as(|request| request.deposit *= 10);
    world.pass(86_400);
    world.agree(&lease, 345_600).ok();
    world.pass_grace(&lease);
    world.close(&lease).ok();
    assert_eq!(world.read::<Provider>(&world.provider).record.units_promised, 345_600);
    assert_eq!(world.money(&lease.renter), WEALTH - 240_000_000);
}

#[rstest]
fn a_top_up_at_the_very_end_does_not_take_the_bond_for_hours_that_were_not_paid(
    #[values(TOKEN, TOKEN_2022)] token_program: Address,
) {
    let mut world = World::on_with_terms(token_program, |terms| terms.sla_uptime_bps = 10_000);
    let lease = world.active_lease();
    // Given a provider that delivers the twelve paid hours and stops.
    world.pass(12 * 3_600);
    world.agree(&lease, 172_800).ok();
    // When the renter pays for the other twelve a second before they are over.
    world.set_time(world.lease(&lease).ends_at - 1);
    world.top_up(&lease, 120_000_000).ok();
    world.pass_grace(&lease);
    world.close(&lease).ok();
    // Then nothing was missed, not even in that second: nobody took the money up.
    assert_eq!(world.money(&world.people.provider.pubkey()), WEALTH + 118_800_000);
    assert_eq!(world.money(&lease.renter), WEALTH - 120_000_000);
}

#[rstest]
fn a_provider_cannot_excuse_itself_by_topping_its_own_lease_up(
    #[values(TOKEN, TOKEN_2022)] token_program: Address,
) {
    let mut world = World::on_with_terms(token_program, |terms| terms.sla_uptime_bps = 10_000);
    let lease = world.active_lease();
    let provider = world.people.provider.pubkey();
    // Given a provider that delivers nothing, and pays for a minute when the deposit is used up.
    world.set_time(world.lease(&lease).funded_until() + 1);
    world.play([world.top_up_ix(&lease, provider, 166_667)]).ok();
    world.pass_grace(&lease);
    world.close(&lease).ok();
    // Then the twelve paid hours were promised all the same.
    assert_eq!(world.money(&lease.renter), WEALTH + BOND + 166_667);
    assert_eq!(world.money(&provider), WEALTH - BOND - 166_667);
}

#[rstest]
fn a_top_up_after_the_end_promises_nothing_that_was_not_paid(
    #[values(TOKEN, TOKEN_2022)] token_program: Address,
) {
    for after_the_end in [0, 1, GRACE] {
        let mut world = World::on_with_terms(token_program, |terms| terms.sla_uptime_bps = 10_000);
        let lease = world.active_lease();
        world.pass(12 * 3_600);
        world.agree(&lease, 172_800).ok();
        world.set_time(world.lease(&lease).ends_at + after_the_end);
        world.top_up(&lease, 120_000_000).refused(LeaseError::LeaseEnding);
        world.pass_grace(&lease);
        world.close(&lease).ok();
        assert_eq!(world.money(&lease.renter), WEALTH - 120_000_000, "everything but the delivered hours");
        assert_eq!(world.money(&world.people.provider.pubkey()), WEALTH + 118_800_000);
    }
}

#[rstest]
fn a_top_up_is_in_time_until_the_deposit_is_used_up(#[values(TOKEN, TOKEN_2022)] token_program: Address) {
    // A second late, and four GPUs passed unpaid: the provider may stop, and promises no more than it did.
    for (late, excused, promised) in [(-1, 0, 345_600), (0, 0, 345_600), (1, 4, 172_800), (2, 8, 172_800)] {
        let mut world = World::on_with_terms(token_program, |terms| terms.sla_uptime_bps = 10_000);
        let lease = world.active_lease();
        world.set_time(world.lease(&lease).funded_until() + late);
        world.top_up(&lease, 120_000_000).ok();
        assert_eq!(world.lease(&lease).meter.excused, excused, "{late} seconds late");
        world.pass_grace(&lease);
        world.close(&lease).ok();
        assert_eq!(world.read::<Provider>(&world.provider).record.units_promised, promised, "{late}");
    }
}

#[rstest]
fn every_hour_that_nobody_paid_is_excused_however_often_the_deposit_was_used_up(
    #[values(TOKEN, TOKEN_2022)] token_program: Address,
) {
    // Given twelve paid hours, an hour unpaid, one paid, two unpaid, and the rest of the day paid.
    let mut world = World::on_with_terms(token_program, |terms| terms.sla_uptime_bps = 10_000);
    let lease = world.active_lease();
    let start = world.now();
    let excused = |world: &World| world.lease(&lease).meter.excused;
    world.set_time(start + 13 * 3_600);
    world.top_up(&lease, 10_000_000).ok();
    assert_eq!((excused(&world), world.lease(&lease).funded_until()), (14_400, start + 14 * 3_600));
    world.pass(1_800);
    world.top_up(&lease, 1).ok();
    assert_eq!(excused(&world), 14_400, "it runs");
    world.set_time(start + 16 * 3_600);
    world.top_up(&lease, 109_999_999).ok();
    assert_eq!(excused(&world), 3 * 14_400);

    // When the provider delivers all but the three unpaid hours and a unit.
    world.set_time(start + 86_400);
    world.agree(&lease, 302_399).ok();
    world.pass_grace(&lease);
    let closed = closed(&mut world, &lease);

    // Then the unit is missing, and the three hours are not.
    assert_eq!((closed.promised, closed.credit), (302_400, 694));
    // 302 399 units are worth 209 999 305.5…
    assert_eq!(world.money(&lease.renter), WEALTH - 209_999_305 + 694);
}
