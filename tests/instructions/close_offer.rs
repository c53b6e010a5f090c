use gpu_lease_tests::prelude::*;

#[test]
fn the_provider_takes_an_offer_down_and_gets_its_rent() {
    let mut world = World::new();
    let authority = world.people.provider.pubkey();
    let (before, rent) = (world.lamports(&authority), world.lamports(&world.offer));

    world.play([world.close_offer_ix()]).emitted(Event::OfferClosed(OfferClosed { offer: world.offer }));

    assert!(!world.exists(&world.offer));
    assert_eq!(world.lamports(&authority), before + rent);
}

#[test]
fn inv_9_an_offer_stays_until_the_last_lease_on_it_is_closed() {
    // A lease whose GPUs are back cannot be closed without its offer.
    let mut world = World::new();
    let lease = world.active_lease();
    world.pass_grace(&lease);
    world.release_gpus(&lease).ok();
    assert_eq!((world.offer().gpus_free, world.offer().leases), (8, 1));
    world.play([world.close_offer_ix()]).refused(LeaseError::OfferInUse);
    world.close(&lease).ok();
    assert_eq!(world.offer().leases, 0);
    world.play([world.close_offer_ix()]).ok();
}

#[test]
fn inv_5_an_offer_with_running_leases_stays() {
    let mut world = World::new();
    let lease = world.active_lease();
    world.play([world.close_offer_ix()]).refused(LeaseError::OfferInUse);

    world.pass_grace(&lease);
    world.close(&lease).ok();
    world.play([world.close_offer_ix()]).ok();
}

#[test]
fn a_pending_lease_does_not_hold_an_offer_and_loses_nothing_with_it() {
    let mut world = World::new();
    let lease = world.pending_lease();
    world.play([world.close_offer_ix()]).ok();

    world.start(&lease).failed(InstructionError::AccountDataTooSmall);
    world.cancel(&lease, lease.renter).ok();

    assert_eq!(world.money(&lease.renter), WEALTH);
}

#[test]
fn nobody_takes_another_providers_offer_down() {
    let mut world = World::new();
    let sibling = world.sibling();
    let close = world.close_offer_ix();
    let by_stranger = close.clone().with("authority", world.people.stranger.pubkey());
    world.play([by_stranger]).refused(LeaseError::NotProviderAuthority);
    world.play([close.with("offer", sibling.offer)]).refused(LeaseError::WrongAccount);
}

#[test]
fn every_account_is_checked() {
    let mut world = World::new();
    let sibling = world.sibling();
    world.refuses_wrong_accounts(
        &[],
        &world.close_offer_ix(),
        &[
            ("authority", world.people.rival.pubkey(), &LeaseError::NotProviderAuthority),
            ("provider", sibling.provider, &LeaseError::WrongAccount),
            ("offer", sibling.offer, &LeaseError::WrongAccount),
            ("offer", sibling.active.address, &InstructionError::InvalidAccountData),
        ],
    );
}
