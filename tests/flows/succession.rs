//! A provider changes hands in the middle of its leases.

use gpu_lease_client::account::ProviderRef;
use gpu_lease_tests::prelude::*;
use rstest::rstest;

/// The provider hands itself over to the rival. Returns the old and the new wallet.
fn hand_over(world: &mut World) -> (Address, Address) {
    let (old, new) = (world.people.provider.pubkey(), world.people.rival.pubkey());
    world.play([world.nominate_authority_ix(new)]).ok();
    world.play([world.accept_authority_ix(new, world.people.attestor.pubkey())]).ok();
    (old, new)
}

#[rstest]
fn the_new_wallet_gets_what_the_leases_still_pay(#[values(TOKEN, TOKEN_2022)] token_program: Address) {
    // Given a lease of which an hour was paid to the old wallet.
    let mut world = World::on(token_program);
    let lease = world.active_lease();
    world.pass(3_600);
    world.agree(&lease, 14_400).ok();
    world.settle(&lease).ok();
    let (old, new) = hand_over(&mut world);

    // When another eleven are delivered and the lease is closed.
    world.pass(11 * 3_600);
    world.agree(&lease, 172_800).ok();
    let to_the_old = world.settle_ix(&lease).with("payout_token", world.wallet(&old));
    world.play([to_the_old]).refused(LeaseError::WrongTokenOwner);
    world.settle(&lease).ok();
    assert_eq!(world.money(&new), WEALTH + 108_900_000);
    world.pass_grace(&lease);
    world.close(&lease).ok();

    // Then the old wallet has the first hour and not the bond that it paid; all the rest is the new one's.
    assert_eq!(world.money(&old), WEALTH - 20_000_000 + 9_900_000);
    assert_eq!(world.money(&new), WEALTH + 108_900_000 + 20_000_000);
    assert_eq!(world.money(&lease.renter), WEALTH - 120_000_000);
}

#[rstest]
fn the_old_wallet_may_nothing_any_more_and_the_new_one_everything(
    #[values(TOKEN, TOKEN_2022)] token_program: Address,
) {
    let mut world = World::on(token_program);
    let lease = world.active_lease();
    let waiting = world.pending_lease_as(|request| (request.nonce, request.gpus) = (1, 1));
    let (old, new) = hand_over(&mut world);
    world.create_token_account(world.provider, world.mint);
    world.transfer(&new, &world.bond_account(), 100).ok();
    let agent = world.people.agent.pubkey();
    let replaced = world.read::<Provider>(&world.provider).keys();
    let as_the = |authority| ProviderRef { address: world.provider, authority };
    let everything = |authority| {
        let provider = as_the(authority);
        let keys = HotKeys { attestor: agent, ..replaced };
        let together = instruction::close_lease_together(&world.context(&lease), 0, 0, FOR_EVER);
        [
            instruction::update_provider(provider, replaced, keys, FOR_EVER),
            instruction::nominate_authority(provider, Address::default(), agent, FOR_EVER),
            world.withdraw_bond_ix(world.wallet(&new), 100).with("authority", authority),
            instruction::create_offer(provider, 1, 8, terms(world.mint), listing()),
            world.update_offer_ix(8, true, terms(world.mint), listing()).with("authority", authority),
            instruction::close_offer(provider, address::offer(&world.provider, 1)),
            world.start_lease_ix(&waiting, ACCESS_BLOB).with("authority", authority),
            world.publish_access_ix(&lease, b"moved").with("authority", authority),
            world.resize_lease_ix(&lease, 5).with("authority", authority),
            together.with("authority", authority),
        ]
    };
    let of_the_authority = [LeaseError::NotProviderAuthority; 6];
    let of_its_keys = [LeaseError::NotProviderOperator; 4];
    let refusals = of_the_authority.into_iter().chain(of_its_keys);
    for ((by_the_old, by_the_new), refusal) in everything(old).into_iter().zip(everything(new)).zip(refusals)
    {
        world.play([by_the_old]).refused(refusal);
        world.play([by_the_new]).ok();
    }
    world.terminate(&waiting, old).refused(LeaseError::NotParty);
    world.terminate(&waiting, new).ok();
}

#[rstest]
fn usage_is_signed_by_the_attestor_that_the_new_wallet_names(
    #[values(TOKEN, TOKEN_2022)] token_program: Address,
) {
    let mut world = World::on(token_program);
    let lease = world.active_lease();
    let (_, new) = hand_over(&mut world);
    let People { attestor, agent, .. } = &world.people.insecure_clone();
    // The attestor stays until the new wallet names another.
    world.pass(600);
    let message = world.message(&lease, 1_000);
    world.submit(&lease, &message, &[attestor]).ok();
    let provider = ProviderRef { address: world.provider, authority: new };
    let keys = world.read::<Provider>(&world.provider).keys();
    let update =
        instruction::update_provider(provider, keys, HotKeys { attestor: agent.pubkey(), ..keys }, FOR_EVER);
    world.play([update]).ok();
    world.pass(600);
    let message = world.message(&lease, 2_000);
    world.submit(&lease, &message, &[attestor]).refused(LeaseError::SignerUnexpected);
    world.submit(&lease, &message, &[agent]).ok();
    world.settle(&lease).ok();
    assert_eq!(world.lease(&lease).meter.accepted, 1_000);
    world.pass(600);
    world.settle(&lease).ok();
    // 2 000 units are worth 1 388 888, of which 13 888 are fees.
    assert_eq!(world.money(&new), WEALTH + 1_375_000);
}
