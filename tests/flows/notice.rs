//! Notice: a lease ends an hour after either party said so, and never later than agreed.

use crate::closed;
use gpu_lease_tests::prelude::*;
use rstest::rstest;

fn provider(world: &World) -> Address {
    world.people.provider.pubkey()
}

#[rstest]
fn a_renter_that_leaves_pays_for_the_notice_and_gets_the_rest_back(
    #[values(TOKEN, TOKEN_2022)] token_program: Address,
) {
    // Given four GPUs for a day, of which the renter has enough after an hour.
    let mut world = World::on(token_program);
    let lease = world.active_lease();
    world.pass(3_600);
    world.agree(&lease, 14_400).ok();
    world.terminate(&lease, lease.renter).ok();
    let ends_at = world.now() + 3_600;

    // When the provider delivers until the notice is over, not a second longer.
    world.set_time(ends_at + 1);
    let late = world.message_until(&lease, 28_800, ends_at + 1);
    world.claim_message(&lease, &late).refused(LeaseError::WindowOutOfBounds);
    world.claim_message(&lease, &world.message_until(&lease, 28_800, ends_at)).ok();
    world.release_gpus(&lease).ok();
    assert_eq!(world.offer().gpus_free, 8);

    // Then two hours are paid, and the two hours are all that was promised.
    world.pass_grace(&lease);
    let closed = closed(&mut world, &lease);
    assert_eq!((closed.promised, closed.reason), (28_512, EndReason::RenterNotice as u64));
    assert_eq!(world.money(&lease.renter), WEALTH - 20_000_000);
    assert_eq!(world.money(&provider(&world)), WEALTH + 19_800_000);
    assert_eq!(world.balance(&world.fee_vault()), 200_000);
}

#[rstest]
fn a_provider_that_leaves_answers_for_the_notice(#[values(TOKEN, TOKEN_2022)] token_program: Address) {
    // Given a provider that gives notice after an hour and delivers nothing any more.
    let mut world = World::on(token_program);
    let lease = world.active_lease();
    world.pass(3_600);
    world.agree(&lease, 14_400).ok();
    let party = provider(&world);
    world.terminate(&lease, party).ok();

    world.pass_grace(&lease);
    let closed = closed(&mut world, &lease);

    // Then 14 112 units of the hour of notice are missing, worth 9 800 000.
    assert_eq!((closed.promised, closed.credit), (28_512, 9_800_000));
    assert_eq!(closed.reason, EndReason::ProviderNotice as u64);
    assert_eq!(world.money(&lease.renter), WEALTH - 10_000_000 + 9_800_000);
    assert_eq!(world.money(&party), WEALTH + 9_900_000 - 9_800_000);
}

#[rstest]
fn a_provider_that_is_not_paid_any_more_stops_at_once_and_owes_nothing(
    #[values(TOKEN, TOKEN_2022)] token_program: Address,
) {
    // Given a provider that delivered the twelve paid hours.
    let mut world = World::on_with_terms(token_program, |terms| terms.sla_uptime_bps = 10_000);
    let lease = world.active_lease();
    world.pass(12 * 3_600);
    world.agree(&lease, 172_800).ok();
    let party = provider(&world);

    // When it stops, nobody pays for the rest of the day any more.
    world.pass(100);
    world.terminate(&lease, party).ok();
    assert_eq!(world.lease(&lease).ends_at, world.now());
    world.pass(1);
    world.top_up(&lease, 120_000_000).refused(LeaseError::LeaseEnding);

    // Then nothing was promised that was not paid before the stop.
    world.pass_grace(&lease);
    let closed = closed(&mut world, &lease);
    assert_eq!((closed.promised, closed.credit), (172_800, 0));
    assert_eq!(closed.reason, EndReason::Exhausted as u64);
    assert_eq!(world.money(&lease.renter), WEALTH - 120_000_000);
    assert_eq!(world.money(&party), WEALTH + 118_800_000);
}

#[rstest]
fn a_notice_in_the_last_hour_moves_no_end_but_keeps_it(#[values(TOKEN, TOKEN_2022)] token_program: Address) {
    let mut world = World::on(token_program);
    let lease = world.active_lease_as(|request| request.deposit *= 2);
    let ends_at = world.lease(&lease).ends_at;
    world.set_time(ends_at - 1_800);
    let party = provider(&world);
    world.terminate(&lease, party).ok();
    assert_eq!(world.lease(&lease).ends_at, ends_at);
    world.extend(&lease, 2 * 24 * 3_600).refused(LeaseError::LeaseEnding);
    world.set_time(ends_at);
    world.agree(&lease, 345_600).ok();
    world.pass_grace(&lease);
    let closed = closed(&mut world, &lease);
    assert_eq!((closed.promised, closed.reason), (342_144, EndReason::ProviderNotice as u64));
    assert_eq!(world.money(&lease.renter), WEALTH - 240_000_000);
}
