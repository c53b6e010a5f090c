//! INV-4: everything paid in is paid out, to the base unit.

use crate::closed;
use gpu_lease_tests::prelude::*;
use rstest::rstest;

/// Base units of everybody and of the fee vault together.
fn everything(world: &World) -> u64 {
    let people: u64 = world.people.addresses().map(|person| world.money(&person)).sum();
    people + world.balance(&world.fee_vault())
}

#[rstest]
fn inv_4_whatever_happens_to_a_lease_all_money_is_there_when_it_is_gone(
    #[values(TOKEN, TOKEN_2022)] token_program: Address,
) {
    // Fixed sequences without a pattern, on prices and fees that divide nothing evenly.
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = move |below: u64| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state % below
    };
    for _ in 0..8 {
        let mut world = World::on_with_terms(token_program, |terms| {
            terms.price = 1 + random(9_999_999);
            terms.sla_uptime_bps = u16::try_from(random(10_001)).unwrap();
            terms.sla_penalty_bps = u32::try_from(random(100_001)).unwrap();
            terms.bond_hours = u16::try_from(random(10)).unwrap();
        });
        world.set_fee(u16::try_from(random(501)).unwrap());
        let total = everything(&world);
        let lease = world.sponsored_lease();
        world.start(&lease).ok();
        let (started, mut units) = (world.now(), 0);
        for _ in 0..12 {
            world.pass(1 + i64::try_from(random(7_000)).unwrap());
            let capacity = 4 * u64::try_from(world.now() - started).unwrap();
            units += random(1 + capacity - units);
            match random(4) {
                0 => drop(world.agree(&lease, units).ok()),
                1 => drop(world.top_up(&lease, 1 + random(50_000_000)).ok()),
                2 => drop(world.settle(&lease).ok()),
                _ => drop(world.claim(&lease, units).ok()),
            }
            assert_eq!(everything(&world) + world.balance(&lease.vault), total);
        }
        world.transfer(&lease.renter, &lease.vault, random(5)).ok();
        world.pass_grace(&lease);
        world.pass(600);
        world.close(&lease).ok();

        assert!(!world.exists(&lease.address) && !world.exists(&lease.vault));
        assert_eq!(everything(&world), total);
    }
}

#[rstest]
fn inv_4_a_cancelled_lease_leaves_every_purse_as_it_was(#[values(TOKEN, TOKEN_2022)] token_program: Address) {
    let mut world = World::on(token_program);
    let purses = |world: &World| {
        let of = |person| (world.money(&person), world.lamports(&person));
        let stranger = world.people.stranger.pubkey();
        world.people.addresses().filter(|person| *person != stranger).map(of).collect::<Vec<_>>()
    };
    let before = purses(&world);
    let lease = world.sponsored_lease();
    assert_ne!(purses(&world), before);
    world.cancel(&lease, lease.renter).ok();
    assert_eq!(purses(&world), before);
}

#[rstest]
fn inv_4_the_close_divides_the_vault_among_four(#[values(TOKEN, TOKEN_2022)] token_program: Address) {
    let mut world = World::on(token_program);
    let lease = world.active_lease();
    world.pass(3_600);
    world.agree(&lease, 14_399).ok();
    world.pass_grace(&lease);
    let (vault, before) = (world.balance(&lease.vault), everything(&world));
    let LeaseClosed { payout, fees, bond, refund, credit, .. } = closed(&mut world, &lease);
    assert_eq!(payout + fees + bond + refund, vault);
    assert!(credit <= refund);
    assert_eq!(everything(&world), before + vault);
}
