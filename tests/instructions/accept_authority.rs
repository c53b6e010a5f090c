use gpu_lease_tests::prelude::*;

/// A market whose provider nominated the rival.
fn nominated() -> (World, Address) {
    let mut world = World::new();
    let nominee = world.people.rival.pubkey();
    world.play([world.nominate_authority_ix(nominee)]).ok();
    (world, nominee)
}

#[test]
fn the_nominee_takes_the_provider_over() {
    let (mut world, nominee) = nominated();
    let before: Provider = world.read(&world.provider);
    let participant = world.participant(&world.provider);

    world.play([world.accept_authority_ix(nominee, world.people.attestor.pubkey())]).emitted(
        Event::AuthorityAccepted(AuthorityAccepted {
            provider: world.provider,
            authority: nominee,
            attestor: world.people.attestor.pubkey(),
        }),
    );

    assert_eq!(
        world.read::<Provider>(&world.provider),
        Provider { authority: nominee, pending_authority: Address::default(), ..before }
    );
    assert_eq!(
        world.participant(&world.provider),
        Participant { authority: nominee, ..participant },
        "and its vote"
    );
}

#[test]
fn nobody_but_the_nominee_may() {
    let (mut world, _) = nominated();
    let People { provider, attestor, agent, stranger, .. } = &world.people;
    for nobody in [provider, attestor, agent, stranger].map(Signer::pubkey) {
        let accept = world.accept_authority_ix(nobody, world.people.attestor.pubkey());
        world.play([accept]).refused(LeaseError::NotNominated);
    }
}

#[test]
fn nobody_accepts_what_was_never_offered_or_was_taken_back() {
    let (mut world, nominee) = nominated();
    let accept = world.accept_authority_ix(nominee, world.people.attestor.pubkey());
    world.play([world.nominate_authority_ix(Address::default())]).ok();
    world.play([accept.clone()]).refused(LeaseError::NotNominated);
    let mut world = World::new();
    world.play([accept]).refused(LeaseError::NotNominated);
}

#[test]
fn a_nominee_that_was_replaced_may_no_longer() {
    let (mut world, nominee) = nominated();
    let agent = world.people.agent.pubkey();
    world.play([world.nominate_authority_ix(agent)]).ok();
    world
        .play([world.accept_authority_ix(nominee, world.people.attestor.pubkey())])
        .refused(LeaseError::NotNominated);
    world.play([world.accept_authority_ix(agent, world.people.attestor.pubkey())]).ok();
}

#[test]
fn a_nomination_is_accepted_once() {
    let (mut world, nominee) = nominated();
    let accept = world.accept_authority_ix(nominee, world.people.attestor.pubkey());
    world.play([accept.clone()]).ok();
    world.play([accept]).refused(LeaseError::NotNominated);
}

#[test]
fn every_account_is_checked() {
    let (mut world, nominee) = nominated();
    let sibling = world.sibling();
    let renter = world.people.renter.pubkey();
    // Another provider with its own participant was not nominated for.
    let siblings = instruction::accept_authority(nominee, sibling.provider, NOWHERE, FOR_EVER);
    world.play([siblings]).refused(LeaseError::NotNominated);
    world.refuses_wrong_accounts(
        &[],
        &world.accept_authority_ix(nominee, world.people.attestor.pubkey()),
        &[
            ("nominee", world.people.stranger.pubkey(), &LeaseError::NotNominated),
            ("provider", sibling.provider, &LeaseError::WrongAccount),
            ("provider", world.offer, &InstructionError::InvalidAccountData),
            ("participant", address::participant(&sibling.provider), &LeaseError::WrongAccount),
            ("participant", address::participant(&renter), &LeaseError::WrongAccount),
            ("participant", sibling.provider, &InstructionError::InvalidAccountData),
        ],
    );
}
