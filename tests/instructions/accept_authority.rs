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
    let (provider, authority) = (world.provider, nominee);
    let [attestor, operator] = [&world.people.agent, &world.people.delegate].map(Signer::pubkey);
    let keys = HotKeys { attestor, operator };

    world
        .play([instruction::accept_authority(nominee, provider, keys, FOR_EVER)])
        .emitted(Event::AuthorityAccepted(AuthorityAccepted { provider, authority, attestor, operator }));

    assert_eq!(
        world.read::<Provider>(&world.provider),
        Provider { authority, attestor, operator, pending_authority: Address::default(), ..before },
        "what it was registered by stays: the bond account is signed for with it"
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
fn the_nominee_names_an_attestor_and_an_operator_if_it_wants_one() {
    let (mut world, nominee) = nominated();
    world.play([world.accept_authority_ix(nominee, Address::default())]).refused(LeaseError::AddressMissing);
    let attestor = world.people.agent.pubkey();
    world.play([world.accept_authority_ix(nominee, attestor)]).ok();
    let keys = world.read::<Provider>(&world.provider).keys();
    assert_eq!(keys, HotKeys { attestor, operator: Address::default() }, "the one before is gone");
}

#[test]
fn an_acceptance_counts_until_the_last_second_of_its_signature() {
    for (seconds, may) in [(VALID_FOR - 1, true), (VALID_FOR, true), (VALID_FOR + 1, false)] {
        let (mut world, nominee) = nominated();
        let accept = world.accept_authority_ix(nominee, world.people.attestor.pubkey());
        world.pass(seconds);
        let outcome = world.play([accept]);
        match may {
            true => drop(outcome.ok()),
            false => outcome.refused(LeaseError::SignatureExpired),
        }
    }
}

#[test]
fn the_bond_account_goes_with_the_provider() {
    let (mut world, nominee) = nominated();
    world.pay_bond_in(300);
    let before = world.withdraw_bond_ix(world.wallet(&world.people.provider.pubkey()), 100);
    world.play([world.accept_authority_ix(nominee, world.people.attestor.pubkey())]).ok();
    world.play([before.clone()]).refused(LeaseError::NotProviderAuthority);
    let to = world.wallet(&nominee);
    world.play([before.with("authority", nominee).with("destination", to)]).ok();
    assert_eq!((world.money(&nominee), world.balance(&world.bond_account())), (WEALTH + 100, 200));
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
    let keys = HotKeys { attestor: NOWHERE, ..HotKeys::default() };
    let siblings = instruction::accept_authority(nominee, sibling.provider, keys, FOR_EVER);
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
