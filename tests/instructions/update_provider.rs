use gpu_lease_tests::prelude::*;

#[test]
fn the_provider_changes_its_attestor() {
    let mut world = World::new();
    let before: Provider = world.read(&world.provider);
    let attestor = world.people.agent.pubkey();

    world
        .play([world.update_provider_ix(attestor)])
        .emitted(Event::ProviderUpdated(ProviderUpdated { provider: world.provider, attestor }));

    assert_eq!(world.read::<Provider>(&world.provider), Provider { attestor, ..before });
}

#[test]
fn nobody_else_may() {
    let mut world = World::new();
    let stranger = world.people.stranger.pubkey();
    let update = world.update_provider_ix(stranger).with("authority", stranger);
    world.play([update]).refused(LeaseError::NotProviderAuthority);
}

#[test]
fn an_attestor_is_required() {
    let mut world = World::new();
    world.play([world.update_provider_ix(Address::default())]).refused(LeaseError::AddressMissing);
}

#[test]
fn every_account_is_checked() {
    let mut world = World::new();
    let sibling = world.sibling();
    world.refuses_wrong_accounts(
        &[],
        &world.update_provider_ix(world.people.agent.pubkey()),
        &[
            ("authority", world.people.rival.pubkey(), &LeaseError::NotProviderAuthority),
            ("provider", sibling.provider, &LeaseError::NotProviderAuthority),
            ("provider", world.offer, &InstructionError::InvalidAccountData),
        ],
    );
}
