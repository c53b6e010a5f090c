use gpu_lease_tests::prelude::*;

#[test]
fn the_provider_nominates_its_successor_and_takes_it_back() {
    let mut world = World::new();
    let provider = world.provider;
    for nominee in [world.people.rival.pubkey(), world.people.agent.pubkey(), Address::default()] {
        let before: Provider = world.read(&provider);
        world
            .play([world.nominate_authority_ix(nominee)])
            .emitted(Event::AuthorityNominated(AuthorityNominated { provider, nominee }));
        assert_eq!(world.read::<Provider>(&provider), Provider { pending_authority: nominee, ..before });
    }
}

#[test]
fn nobody_else_may() {
    let mut world = World::new();
    let nominee = world.people.rival.pubkey();
    let nominate = world.nominate_authority_ix(nominee);
    world.play([nominate.clone()]).ok();
    for nobody in [nominee, world.people.attestor.pubkey(), world.people.stranger.pubkey()] {
        let nominate = nominate.clone().with("authority", nobody);
        world.play([nominate]).refused(LeaseError::NotProviderAuthority);
    }
}

#[test]
fn every_account_is_checked() {
    let mut world = World::new();
    let sibling = world.sibling();
    world.refuses_wrong_accounts(
        &[],
        &world.nominate_authority_ix(NOWHERE),
        &[
            ("authority", world.people.rival.pubkey(), &LeaseError::NotProviderAuthority),
            ("provider", sibling.provider, &LeaseError::NotProviderAuthority),
            ("provider", world.offer, &InstructionError::InvalidAccountData),
        ],
    );
}
