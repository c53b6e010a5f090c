//! Deposits, payouts and their rounding.

use gpu_lease_tests::prelude::*;
use rstest::rstest;

fn provider(world: &World) -> Address {
    world.people.provider.pubkey()
}

#[rstest]
fn a_deposit_used_up_in_the_middle_of_a_window_pays_the_rest_after_a_top_up(
    #[values(TOKEN, TOKEN_2022)] token_program: Address,
) {
    // Given a lease that delivers thirteen hours, of which twelve are paid.
    let mut world = World::on(token_program);
    let lease = world.active_lease();
    let before = world.money(&provider(&world));
    world.pass(13 * 3_600);
    world.claim(&lease, 13 * 14_400).ok();
    assert_eq!(world.phase(&lease), Phase::Exhausted);

    // When the claim matures, the deposit is all that is paid.
    world.pass(600);
    world.settle(&lease).ok();
    assert_eq!(world.money(&provider(&world)) - before, 118_800_000);

    // Then each base unit of a top-up is released, up to what was delivered.
    let steps = [(4_000_000, 122_760_000), (5_999_900, 128_699_901), (100, 128_700_000), (500, 128_700_000)];
    for (amount, paid) in steps {
        world.top_up(&lease, amount).ok();
        world.settle(&lease).ok();
        assert_eq!(world.money(&provider(&world)) - before, paid);
    }
}

#[rstest]
fn units_delivered_unpaid_are_not_owed_at_the_close(#[values(TOKEN, TOKEN_2022)] token_program: Address) {
    let mut world = World::on(token_program);
    let lease = world.active_lease();
    world.pass(13 * 3_600);
    world.agree(&lease, 13 * 14_400).ok();
    world.pass_grace(&lease);
    world.close(&lease).ok();
    assert_eq!(world.money(&lease.renter), WEALTH - 120_000_000);
    assert_eq!(world.money(&provider(&world)), WEALTH + 118_800_000);
}

#[rstest]
fn many_tiny_settlements_pay_exactly_what_one_large_one_pays(
    #[values(TOKEN, TOKEN_2022)] token_program: Address,
) {
    // A price and a fee that divide nothing evenly.
    let market = || {
        let mut world = World::on_with_terms(token_program, |terms| terms.price = 1_234_567);
        world.set_fee(333);
        let lease = world.active_lease();
        (world, lease)
    };
    let (mut tiny, lease) = market();
    let (mut large, _) = market();
    for second in 1..=150 {
        tiny.pass(1);
        tiny.agree(&lease, 4 * second - 1).ok();
        tiny.settle(&lease).ok();
    }
    large.pass(150);
    large.agree(&lease, 599).ok();
    large.settle(&lease).ok();

    assert_eq!(tiny.lease(&lease).ledger, large.lease(&lease).ledger);
    assert_eq!(tiny.money(&provider(&tiny)), large.money(&provider(&large)));
    // 599 × 1 234 567 / 3 600 = 205 418.2…, of which 3.33 % are 6 840.4…
    assert_eq!(tiny.lease(&lease).ledger.released, 205_418);
    assert_eq!(tiny.lease(&lease).ledger.fees, 6_840);

    for world in [&mut tiny, &mut large] {
        world.pass_grace(&lease);
        world.close(&lease).ok();
        assert_eq!(world.balance(&world.fee_vault()), 6_840);
    }
    assert_eq!(tiny.money(&lease.renter), large.money(&lease.renter));
    assert_eq!(tiny.money(&provider(&tiny)), large.money(&provider(&large)));
}

#[rstest]
fn inv_1_what_is_released_never_exceeds_price_time_or_deposit(
    #[values(TOKEN, TOKEN_2022)] token_program: Address,
) {
    let mut world = World::on_with_terms(token_program, |terms| terms.price = 7_777_777);
    let lease = world.active_lease();
    let start = world.now();
    for step in 1..=40_u32 {
        world.pass(i64::from(step) * 97);
        let elapsed = u64::try_from(world.now() - start).unwrap();
        world.agree(&lease, 4 * elapsed - u64::from(step)).ok();
        world.settle(&lease).ok();
        let Lease { ledger, meter, .. } = world.lease(&lease);
        let price_of = |units: u64| units as u128 * 7_777_777 / 3_600;
        assert_eq!(u128::from(ledger.released), price_of(meter.accepted).min(ledger.deposited.into()));
        assert!(u128::from(ledger.released) <= price_of(4 * elapsed));
    }
}

#[rstest]
fn inv_3_the_vault_covers_deposit_bond_and_fees_at_every_step(
    #[values(TOKEN, TOKEN_2022)] token_program: Address,
) {
    let mut world = World::on(token_program);
    let lease = world.pending_lease();
    let covered = |world: &World| {
        let Ledger { deposited, released, fees, bond, stake, .. } = world.lease(&lease).ledger;
        assert_eq!(world.balance(&lease.vault), deposited - released + fees + bond + stake);
    };
    covered(&world);
    world.start(&lease).ok();
    covered(&world);
    for hour in 1..=4 {
        world.pass(3_600);
        world.agree(&lease, hour * 14_111).ok();
        world.settle(&lease).ok();
        covered(&world);
        world.top_up(&lease, 12_345).ok();
        covered(&world);
    }
}

#[rstest]
fn a_claim_that_is_open_when_the_lease_ends_is_paid_at_the_close(
    #[values(TOKEN, TOKEN_2022)] token_program: Address,
) {
    let mut world = World::on(token_program);
    let lease = world.active_lease();
    let ends_at = world.lease(&lease).ends_at;
    world.set_time(ends_at + GRACE);
    world.claim_message(&lease, &world.message_until(&lease, 14_400, ends_at)).ok();
    world.pass(1);
    world.close(&lease).refused(LeaseError::NotClosable);
    world.pass(599);
    world.close(&lease).ok();
    assert_eq!(world.balance(&world.fee_vault()), 100_000);
}

#[rstest]
fn two_open_claims_hold_a_lease_until_the_second_has_matured(
    #[values(TOKEN, TOKEN_2022)] token_program: Address,
) {
    let mut world = World::on(token_program);
    let lease = world.active_lease();
    let ends_at = world.lease(&lease).ends_at;
    world.set_time(ends_at + GRACE - 300);
    world.claim_message(&lease, &world.message_until(&lease, 14_400, ends_at)).ok();
    world.pass(300);
    world.claim_message(&lease, &world.message_until(&lease, 28_800, ends_at)).ok();
    world.pass(599);
    world.close(&lease).refused(LeaseError::NotClosable);
    world.pass(1);
    world.close(&lease).ok();
    assert_eq!(world.balance(&world.fee_vault()), 200_000);
}

#[rstest]
fn a_sponsored_lease_refunds_the_sponsor_with_the_rent(#[values(TOKEN, TOKEN_2022)] token_program: Address) {
    let mut world = World::on(token_program);
    let sponsor = world.people.sponsor.pubkey();
    let lamports = world.lamports(&sponsor);
    let lease = world.sponsored_lease();
    world.start(&lease).ok();
    world.top_up(&lease, 1_000).ok();
    world.pass(12 * 3_600);
    world.agree(&lease, 172_000).ok();
    world.pass_grace(&lease);
    world.close(&lease).ok();

    // 172 000 units are worth 119 444 444.4…; the renter's top-up is the sponsor's now.
    assert_eq!(world.money(&sponsor), WEALTH + 1_000 - 119_444_444);
    assert_eq!(world.money(&lease.renter), WEALTH - 1_000);
    assert_eq!(world.lamports(&sponsor), lamports);
}

#[rstest]
fn a_sponsor_that_tops_up_its_renters_lease_pays_no_more_than_it_says(
    #[values(TOKEN, TOKEN_2022)] token_program: Address,
) {
    let mut world = World::on(token_program);
    let lease = world.sponsored_lease();
    let before = world.money(&lease.payer);
    world.play([world.top_up_ix(&lease, lease.payer, 77)]).ok();
    assert_eq!(world.money(&lease.payer), before - 77);
}
