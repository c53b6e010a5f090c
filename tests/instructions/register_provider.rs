use gpu_lease_tests::prelude::*;

#[test]
fn a_wallet_becomes_a_provider() {
    let mut world = World::new();
    let [authority, attestor, operator] =
        [&world.people.rival, &world.people.agent, &world.people.operator].map(Signer::pubkey);
    let (provider, bump) = Provider::address(&authority);
    let before = world.lamports(&authority);

    world
        .play([instruction::register_provider(authority, HotKeys { attestor, operator })])
        .emitted(Event::ProviderRegistered(ProviderRegistered { provider, authority, attestor, operator }));

    assert_eq!(
        world.read::<Provider>(&provider),
        Provider {
            authority,
            pending_authority: Address::default(),
            attestor,
            operator,
            registered_by: authority,
            record: ProviderRecord::default(),
            version: 1,
            bump,
            spare: [0; 62],
        }
    );
    let (participant, bump) = Participant::address(&provider);
    assert_eq!(
        world.participant(&provider),
        Participant {
            party: provider,
            authority,
            fees: FeeEpochs::default(),
            version: 1,
            bump,
            spare: [0; 30],
        }
    );
    let rent = world.lamports(&provider) + world.lamports(&participant);
    assert_eq!(world.lamports(&authority), before - rent, "the wallet pays the rent");
}

#[test]
fn an_attestor_is_required() {
    let mut world = World::new();
    let register = world.register_provider_ix(world.people.rival.pubkey(), Address::default());
    world.play([register]).refused(LeaseError::AddressMissing);
}

#[test]
fn an_operator_is_not_required() {
    let mut world = World::new();
    let (authority, attestor) = (world.people.rival.pubkey(), world.people.agent.pubkey());
    world.play([world.register_provider_ix(authority, attestor)]).ok();
    let provider: Provider = world.read(&address::provider(&authority));
    assert_eq!(provider.keys(), HotKeys { attestor, operator: Address::default() });
}

#[test]
fn nobody_registers_twice() {
    let mut world = World::new();
    let again = world.register_provider_ix(world.people.provider.pubkey(), world.people.agent.pubkey());
    world.play([again]).failed(ALREADY_IN_USE);
}

#[test]
fn every_account_is_checked() {
    let mut world = World::new();
    let register = world.register_provider_ix(world.people.rival.pubkey(), world.people.agent.pubkey());
    world.refuses_wrong_accounts(
        &[],
        &register,
        &[
            ("authority", world.people.sponsor.pubkey(), &InstructionError::InvalidSeeds),
            ("provider", world.provider, &InstructionError::InvalidSeeds),
            ("provider", NOWHERE, &InstructionError::InvalidSeeds),
            ("participant", address::participant(&world.provider), &InstructionError::InvalidSeeds),
            ("participant", NOWHERE, &InstructionError::InvalidSeeds),
            ("system_program", TOKEN, &InstructionError::IncorrectProgramId),
        ],
    );
}
