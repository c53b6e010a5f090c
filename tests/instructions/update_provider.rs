use gpu_lease_tests::prelude::*;

#[test]
fn the_provider_changes_its_hot_keys() {
    let mut world = World::new();
    let before: Provider = world.read(&world.provider);
    let provider = world.provider;
    let [a, b] = [&world.people.agent, &world.people.delegate].map(Signer::pubkey);
    for (attestor, operator) in
        [(a, before.operator), (before.attestor, b), (a, b), (a, a), (a, Address::default())]
    {
        let keys = HotKeys { attestor, operator };
        world
            .play([world.update_keys_ix(|now| *now = keys)])
            .emitted(Event::ProviderUpdated(ProviderUpdated { provider, attestor, operator }));
        assert_eq!(world.read::<Provider>(&provider), Provider { attestor, operator, ..before });
    }
}

#[test]
fn a_change_replaces_the_keys_that_were_seen_and_no_others() {
    let mut world = World::new();
    let [agent, delegate] = [&world.people.agent, &world.people.delegate].map(Signer::pubkey);
    let seen: Provider = world.read(&world.provider);
    for wrong in [HotKeys { attestor: agent, ..seen.keys() }, HotKeys { operator: agent, ..seen.keys() }] {
        let keys = HotKeys { attestor: delegate, operator: delegate };
        let update = instruction::update_provider(world.provider_ref(), wrong, keys, FOR_EVER);
        world.play([update]).refused(LeaseError::ValueReplaced);
    }
    assert_eq!(world.read::<Provider>(&world.provider), seen);
}

#[test]
fn a_change_counts_until_the_last_second_of_its_signature() {
    for (seconds, may) in [(VALID_FOR - 1, true), (VALID_FOR, true), (VALID_FOR + 1, false)] {
        let mut world = World::new();
        let update = world.update_provider_ix(world.people.agent.pubkey());
        world.pass(seconds);
        let outcome = world.play([update]);
        match may {
            true => drop(outcome.ok()),
            false => outcome.refused(LeaseError::SignatureExpired),
        }
    }
}

#[test]
fn nobody_else_may() {
    let mut world = World::new();
    let People { stranger, attestor, operator, .. } = &world.people;
    for nobody in [stranger, attestor, operator].map(Signer::pubkey) {
        let update = world.update_provider_ix(nobody).with("authority", nobody);
        world.play([update]).refused(LeaseError::NotProviderAuthority);
    }
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
