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
fn inv_4_whatever_parties_do_to_each_other_all_money_is_there_when_a_stranger_closed(
    #[values(TOKEN, TOKEN_2022)] token_program: Address,
    #[values(0x9e37_79b9_7f4a_7c15, 0x2545_f491_4f6c_dd1d, 0xd1b5_4a32_d192_ed03)] seed: u64,
) {
    let mut state: u64 = seed;
    let mut random = move |below: u64| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state % below
    };
    let mut done = [0; 11];
    for _ in 0..10 {
        let mut world = World::on_with_terms(token_program, |terms| {
            terms.price = 1 + random(9_999_999);
            terms.notice = u32::try_from(random(5_000)).unwrap();
            terms.sla_uptime_bps = u16::try_from(random(10_001)).unwrap();
            terms.sla_penalty_bps = u32::try_from(random(100_001)).unwrap();
            terms.bond_hours = u16::try_from(random(10)).unwrap();
        });
        world.set_fee(u16::try_from(random(501)).unwrap());
        let total = everything(&world);
        let lease = world.sponsored_lease();
        world.start(&lease).ok();
        let provider = world.people.provider.pubkey();
        for _ in 0..16 {
            let longest = [500, 8_000][usize::from(random(3) == 0)];
            world.pass(1 + i64::try_from(random(longest)).unwrap());
            let Lease { meter, ends_at, duration, .. } = world.lease(&lease);
            let until = world.now().min(ends_at);
            let units = meter.latest.units + random(1 + meter.capacity(until) - meter.latest.units);
            let message = world.message_until(&lease, units, until);
            let is_disputed = world.lease(&lease).state == LeaseState::Disputed;
            let action = if is_disputed && random(3) == 0 { 10 } else { random(10) };
            // Many are refused in the state that the lease is in; that moves nothing, as the audit sees.
            let outcome = match action {
                0 => world.agree_message(&lease, &message),
                1 | 2 => world.claim_message(&lease, &message),
                3 => world.top_up(&lease, 1 + random(50_000_000)),
                4 => world.settle(&lease),
                5 => world.extend(&lease, duration + 1 + u32::try_from(random(9_000)).unwrap()),
                6 => world.resize(&lease, 1 + u32::try_from(random(8)).unwrap()),
                7 => world.release_gpus(&lease),
                8 => {
                    let _ = world.claim_message(&lease, &message);
                    let Meter { accepted, latest, .. } = world.lease(&lease).meter;
                    world.dispute(&lease, accepted + random(1 + latest.units - accepted))
                }
                9 if random(4) == 0 => world.terminate(&lease, provider),
                9 => world.expire(&lease),
                _ => {
                    let Dispute { renter_units, provider_units, .. } = world.lease(&lease).dispute;
                    world.resolve(&lease, renter_units + random(1 + provider_units - renter_units))
                }
            };
            done[usize::try_from(action).unwrap()] += u32::from(outcome.0.is_ok());
            assert_eq!(everything(&world) + world.balance(&lease.vault), total);
            let Ledger { deposited, released, fees, bond, stake, .. } = world.lease(&lease).ledger;
            assert_eq!(world.balance(&lease.vault), deposited - released + fees + bond + stake, "INV-3");
        }
        if world.lease(&lease).state == LeaseState::Disputed {
            world.set_time(world.lease(&lease).dispute.deadline() + 1);
            world.resolve_by_timeout(&lease).ok();
        }
        let over = world.lease(&lease).ends_at + GRACE + 600 + 1;
        world.set_time(over.max(world.now() + 600));
        world.close(&lease).ok();
        assert!(!world.exists(&lease.address) && !world.exists(&lease.vault));
        assert_eq!(everything(&world), total);
        assert_eq!(world.offer().gpus_free, 8);
    }
    assert!(done.iter().all(|successes| *successes > 0), "everything happened: {done:?}");
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
    assert_eq!(payout + fees + bond + credit + refund, vault);
    assert_eq!(everything(&world), before + vault);
}
