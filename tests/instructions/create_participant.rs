use gpu_lease_tests::prelude::*;

#[test]
fn a_renter_lets_its_fees_be_counted_and_anyone_pays() {
    let mut world = World::new();
    let (sponsor, party) = (world.people.sponsor.pubkey(), world.people.agent.pubkey());
    let (participant, bump) = Participant::address(&party);
    let (of_sponsor, of_party) = (world.lamports(&sponsor), world.lamports(&party));

    world
        .play([instruction::create_participant(sponsor, party)])
        .emitted(Event::ParticipantCreated(ParticipantCreated { participant, party }));

    assert_eq!(
        world.participant(&party),
        Participant { party, authority: party, fees: FeeEpochs::default(), version: 1, bump, spare: [0; 30] }
    );
    assert_eq!(
        world.lamports(&sponsor),
        of_sponsor - world.lamports(&participant),
        "the payer pays the rent"
    );
    assert_eq!(world.lamports(&party), of_party);
}

#[test]
fn a_renter_pays_for_itself() {
    let mut world = World::new();
    let renter = world.people.agent.pubkey();
    let before = world.lamports(&renter);
    world.play([instruction::create_participant(renter, renter)]).ok();
    assert_eq!(world.lamports(&renter), before - world.lamports(&address::participant(&renter)));
    assert_eq!(world.participant(&renter).authority, renter);
}

#[test]
fn nobody_is_counted_twice() {
    let mut world = World::new();
    let party = world.people.renter.pubkey();
    let before = world.participant(&party);
    world.join(party).failed(ALREADY_IN_USE);
    assert_eq!(world.participant(&party), before);
}

#[test]
fn every_account_is_checked() {
    let mut world = World::new();
    let (sponsor, party) = (world.people.sponsor.pubkey(), world.people.agent.pubkey());
    let renters = address::participant(&world.people.renter.pubkey());
    world.refuses_wrong_accounts(
        &[],
        &instruction::create_participant(sponsor, party),
        &[
            ("participant", renters, &InstructionError::InvalidSeeds),
            ("participant", NOWHERE, &InstructionError::InvalidSeeds),
            ("party", world.people.rival.pubkey(), &InstructionError::InvalidSeeds),
            ("system_program", TOKEN, &InstructionError::IncorrectProgramId),
        ],
    );
}
