use crate::bounds;
use gpu_lease_tests::prelude::*;

#[test]
fn the_provider_lists_its_gpus() {
    let mut world = World::new();
    let (offer, bump) = Offer::address(&world.provider, 7);
    let terms = terms(world.mint);

    world.play([world.create_offer_ix(7, 16, terms, listing())]).emitted(Event::OfferCreated(OfferCreated {
        offer,
        provider: world.provider,
        id: 7,
        gpus: 16,
        terms,
    }));

    assert_eq!(
        world.read::<Offer>(&offer),
        Offer {
            provider: world.provider,
            id: 7,
            terms,
            listing: listing(),
            gpus: 16,
            gpus_free: 16,
            leases: 0,
            revision: 0,
            is_open: 1,
            version: 1,
            bump,
            spare: [0; 53],
        }
    );
}

#[test]
fn any_number_names_an_offer() {
    let mut world = World::new();
    for id in [1, u64::MAX - 1, u64::MAX] {
        world.play([world.create_offer_ix(id, 8, terms(world.mint), listing())]).ok();
        assert_eq!(world.read::<Offer>(&address::offer(&world.provider, id)).id, id);
    }
}

#[test]
fn nobody_lists_for_another_provider() {
    let mut world = World::new();
    let create = world.create_offer_ix(1, 8, terms(world.mint), listing());
    let create = create.with("authority", world.people.stranger.pubkey());
    world.play([create]).refused(LeaseError::NotProviderAuthority);
}

#[test]
fn the_mint_of_the_terms_must_be_registered() {
    let mut world = World::new();
    let mint = world.create_mint(21, TOKEN);
    let create = world.create_offer_ix(1, 8, terms(mint), listing());
    world.play([create.clone()]).failed(InstructionError::UninitializedAccount);

    let with_another_mints_policy = create.with("mint_policy", address::mint_policy(&world.mint));
    world.play([with_another_mints_policy]).refused(LeaseError::WrongMint);
}

#[test]
fn terms_and_gpus_at_their_bounds_are_taken() {
    let mut world = World::new();
    for (id, (gpus, change)) in (1..).zip(bounds::WITHIN) {
        let terms = bounds::changed(&world, change);
        world.play([world.create_offer_ix(id, gpus, terms, listing())]).ok();
        assert_eq!(world.read::<Offer>(&address::offer(&world.provider, id)).terms, terms);
    }
}

#[test]
fn terms_and_gpus_beyond_their_bounds_are_refused() {
    let mut world = World::new();
    for ((gpus, change), error) in bounds::BEYOND {
        let terms = bounds::changed(&world, change);
        world.play([world.create_offer_ix(1, gpus, terms, listing())]).refused(error);
    }
}

#[test]
fn no_offer_is_created_twice() {
    let mut world = World::new();
    world.play([world.create_offer_ix(0, 8, terms(world.mint), listing())]).failed(ALREADY_IN_USE);
}

#[test]
fn every_account_is_checked() {
    let mut world = World::new();
    let sibling = world.sibling();
    world.refuses_wrong_accounts(
        &[],
        &world.create_offer_ix(1, 8, terms(world.mint), listing()),
        &[
            ("authority", world.people.rival.pubkey(), &LeaseError::NotProviderAuthority),
            ("provider", sibling.provider, &InstructionError::InvalidSeeds),
            ("offer", world.offer, &InstructionError::InvalidSeeds),
            ("offer", address::offer(&sibling.provider, 1), &InstructionError::InvalidSeeds),
            ("mint_policy", address::mint_policy(&sibling.mint), &LeaseError::WrongMint),
            ("mint_policy", world.offer, &InstructionError::InvalidAccountData),
            ("system_program", TOKEN, &InstructionError::IncorrectProgramId),
        ],
    );
}
