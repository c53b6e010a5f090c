//! Leases in wrapped SOL, whose token accounts hold lamports and tokens alike.

use gpu_lease_tests::prelude::*;
use spl_token_interface::{instruction as token, native_mint};

/// A market in wrapped SOL, in which renter and provider have a hundred each.
fn market() -> World {
    let mut world = World::new();
    let terms = terms(native_mint::ID);
    let issued = std::mem::replace(&mut world.mint, native_mint::ID);
    world.copy_account(&issued, native_mint::ID, |mint| {
        // No authority, no supply, nine decimals.
        mint.data.fill(0);
        (mint.data[44], mint.data[45]) = (native_mint::DECIMALS, 1);
    });
    for person in [world.people.renter.pubkey(), world.people.provider.pubkey()] {
        world.cluster.fund(&person, 1_000_000_000_000);
        let wallet = world.create_token_account(person, native_mint::ID);
        wrap(&mut world, &person, &wallet, 100_000_000_000);
    }
    world.register_mint(world.mint).ok();
    world.play([world.update_offer_ix(8, true, terms, listing())]).ok();
    world
}

/// `person` sends lamports to a token account of wrapped SOL and counts them.
fn wrap(world: &mut World, person: &Address, account: &Address, lamports: u64) {
    let send = solana_system_interface::instruction::transfer(person, account, lamports);
    world.play([send, token::sync_native(&TOKEN, account).unwrap()]).ok();
}

#[test]
fn a_lease_in_wrapped_sol_lives_like_any_other() {
    let mut world = market();
    let (renter, provider) = (world.people.renter.pubkey(), world.people.provider.pubkey());
    let before = (world.money(&renter), world.money(&provider));
    let lease = world.active_lease();
    world.pass(3_600);
    world.agree(&lease, 14_400).ok();
    world.settle(&lease).ok();
    world.pass_grace(&lease);
    world.close(&lease).ok();
    assert_eq!(world.money(&renter), before.0 - 10_000_000 + 20_000_000);
    assert_eq!(world.money(&provider), before.1 + 9_900_000 - 20_000_000);
    assert_eq!(world.balance(&world.fee_vault()), 100_000);
}

#[test]
fn lamports_sent_to_a_vault_of_wrapped_sol_are_the_payers_counted_or_not() {
    for counted in [false, true] {
        let mut world = market();
        let (renter, stranger) = (world.people.renter.pubkey(), world.people.stranger.pubkey());
        let worth = |world: &World| world.money(&renter) + world.lamports(&renter);
        let before = worth(&world);
        // Both before the vault exists, when its creation counts what is above the rent, and after.
        let vault = world.lease_key(0, renter).vault;
        let send = solana_system_interface::instruction::transfer(&stranger, &vault, 5_000_000);
        world.play([send]).ok();
        let lease = world.pending_lease();
        match counted {
            true => wrap(&mut world, &stranger, &vault, 7_000_000),
            false => {
                let send = solana_system_interface::instruction::transfer(&stranger, &vault, 7_000_000);
                world.play([send]).ok();
            }
        }
        world.cancel(&lease, renter).ok();
        assert!(!world.exists(&vault) && !world.exists(&lease.address));
        assert_eq!(worth(&world), before + 12_000_000);
    }
}
