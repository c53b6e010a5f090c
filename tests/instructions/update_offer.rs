use crate::bounds;
use gpu_lease_tests::prelude::*;

#[test]
fn the_provider_changes_everything_for_new_leases() {
    let mut world = World::new();
    let before = world.offer();
    let terms = Terms { price: 3_000_000, notice: 60, ..terms(world.mint) };
    let listing = Listing { memory_gib: 141, ..listing() };

    world
        .play([world.update_offer_ix(12, false, terms, listing)])
        .emitted(Event::OfferUpdated(OfferUpdated { offer: world.offer, gpus: 12, is_open: 0, terms }));

    let after = Offer { gpus: 12, gpus_free: 12, revision: 1, is_open: 0, terms, listing, ..before };
    assert_eq!(world.offer(), after);
}

#[test]
fn inv_6_running_leases_keep_their_terms() {
    let mut world = World::new();
    let lease = world.active_lease();
    let before = world.lease(&lease);
    let dearer = Terms { price: MAX_PRICE, ..terms(world.mint) };

    world.play([world.update_offer_ix(8, false, dearer, listing())]).ok();

    assert_eq!(world.lease(&lease), before);
}

#[test]
fn inv_5_leased_gpus_stay_leased() {
    let mut world = World::new();
    world.active_lease();
    let terms = terms(world.mint);

    world.play([world.update_offer_ix(3, true, terms, listing())]).refused(LeaseError::GpuCountOutOfBounds);

    for (gpus, free) in [(4, 0), (5, 1), (MAX_GPUS, MAX_GPUS - 4)] {
        world.play([world.update_offer_ix(gpus, true, terms, listing())]).ok();
        assert_eq!((world.offer().gpus, world.offer().gpus_free), (gpus, free));
    }
}

#[test]
fn nobody_changes_another_providers_offer() {
    let mut world = World::new();
    let sibling = world.sibling();
    let update = world.update_offer_ix(8, true, terms(world.mint), listing());
    let by_stranger = update.clone().with("authority", world.people.stranger.pubkey());
    world.play([by_stranger]).refused(LeaseError::NotProviderAuthority);
    world.play([update.with("offer", sibling.offer)]).refused(LeaseError::WrongAccount);
}

#[test]
fn the_mint_of_the_terms_must_be_registered() {
    let mut world = World::new();
    let mint = world.create_mint(21, TOKEN);
    let update = world.update_offer_ix(8, true, terms(mint), listing());
    world.play([update.clone()]).failed(InstructionError::UninitializedAccount);
    let with_another_mints_policy = update.with("mint_policy", address::mint_policy(&world.mint));
    world.play([with_another_mints_policy]).refused(LeaseError::WrongMint);
}

#[test]
fn terms_and_gpus_at_their_bounds_are_taken() {
    let mut world = World::new();
    for (gpus, change) in bounds::WITHIN {
        let terms = bounds::changed(&world, change);
        world.play([world.update_offer_ix(gpus, true, terms, listing())]).ok();
        assert_eq!((world.offer().gpus, world.offer().terms), (gpus, terms));
    }
}

#[test]
fn terms_and_gpus_beyond_their_bounds_are_refused() {
    let mut world = World::new();
    for ((gpus, change), error) in bounds::BEYOND {
        let terms = bounds::changed(&world, change);
        world.play([world.update_offer_ix(gpus, true, terms, listing())]).refused(error);
    }
}

#[test]
fn every_account_is_checked() {
    let mut world = World::new();
    let sibling = world.sibling();
    world.refuses_wrong_accounts(
        &[],
        &world.update_offer_ix(8, true, terms(world.mint), listing()),
        &[
            ("authority", world.people.rival.pubkey(), &LeaseError::NotProviderAuthority),
            ("provider", sibling.provider, &LeaseError::WrongAccount),
            ("offer", sibling.offer, &LeaseError::WrongAccount),
            ("mint_policy", address::mint_policy(&sibling.mint), &LeaseError::WrongMint),
            ("mint_policy", world.provider, &InstructionError::InvalidAccountData),
            ("mint_policy", sibling.offer, &InstructionError::InvalidAccountData),
        ],
    );
}
