use gpu_lease::instructions::ProtocolConfig;
use gpu_lease_tests::prelude::*;

#[test]
fn the_upgrade_authority_creates_the_protocol_and_the_fee_rate() {
    let mut world = World::with_program();
    let config = world.config();
    let domain = Protocol::domain(&GENESIS_HASH);

    world.initialize(config).emitted(Event::ProtocolInitialized(ProtocolInitialized {
        domain,
        vote_mint: config.vote_mint,
        unit_mint: config.unit_mint,
        guardian: config.guardian,
        arbiter: config.arbiter,
        treasury: config.treasury,
        fee_bps: u64::from(FEE_BPS),
    }));

    let (address, bump) = Protocol::address();
    assert_eq!(
        world.read::<Protocol>(&address),
        Protocol {
            domain,
            vote_mint: config.vote_mint,
            unit_mint: config.unit_mint,
            guardian: config.guardian,
            arbiter: config.arbiter,
            paused_until: 0,
            pause_allowed_from: 0,
            version: 1,
            bump,
            spare: [0; 62],
        }
    );
    let (address, bump) = Governance::address();
    assert_eq!(
        world.read::<Governance>(&address),
        Governance {
            rules: RULES,
            locked: LockEnds::default(),
            proposal_count: 0,
            executable: [0; 5],
            version: 1,
            bump,
            spare: [0; 62],
        }
    );
    let (address, bump) = FeeParams::address();
    assert_eq!(
        world.read::<FeeParams>(&address),
        FeeParams {
            treasury: config.treasury,
            effective_since: GENESIS_TIME,
            last_rise_at: 0,
            changes: 0,
            fee_bps: FEE_BPS,
            version: 1,
            bump,
            spare: [0; 56],
        }
    );
}

#[test]
fn nobody_but_the_upgrade_authority_may() {
    let mut world = World::with_program();
    let by_stranger = world.initialize_ix(world.config()).with("authority", world.people.stranger.pubkey());
    world.play([by_stranger]).refused(LeaseError::NotUpgradeAuthority);
}

#[test]
fn nobody_may_once_the_program_is_final() {
    let mut world = World::with_program();
    world.set_upgrade_authority(None);
    world.initialize(world.config()).refused(LeaseError::NotUpgradeAuthority);
}

#[test]
fn nobody_may_twice() {
    let mut world = World::with_program();
    world.initialize(world.config()).ok();
    world.initialize(ProtocolConfig { fee_bps: 0, ..world.config() }).failed(ALREADY_IN_USE);
}

#[test]
fn the_first_fee_is_at_most_500_bps() {
    for fee_bps in [0, 499, 500] {
        let mut world = World::with_program();
        world.initialize(ProtocolConfig { fee_bps, ..world.config() }).ok();
        assert_eq!(world.read::<FeeParams>(&address::fee_params()).fee_bps, fee_bps);
    }
    for fee_bps in [501, u16::MAX] {
        let mut world = World::with_program();
        let config = ProtocolConfig { fee_bps, ..world.config() };
        world.initialize(config).refused(LeaseError::FeeAboveMaximum);
    }
}

#[test]
fn no_address_may_be_empty() {
    let mut world = World::with_program();
    let none = Address::default();
    for config in [
        ProtocolConfig { vote_mint: none, ..world.config() },
        ProtocolConfig { unit_mint: none, ..world.config() },
        ProtocolConfig { guardian: none, ..world.config() },
        ProtocolConfig { arbiter: none, ..world.config() },
        ProtocolConfig { treasury: none, ..world.config() },
    ] {
        world.initialize(config).refused(LeaseError::AddressMissing);
    }
}

#[test]
fn the_first_voting_rules_are_within_their_bounds() {
    for (change, error) in crate::bounds::VOTING_RULES {
        let mut world = World::with_program();
        let mut config = world.config();
        change(&mut config.rules);
        let outcome = world.initialize(config);
        match error {
            Some(error) => outcome.refused(error),
            None => {
                outcome.ok();
                assert_eq!(world.read::<Governance>(&address::governance()).rules, config.rules);
            }
        }
    }
}

#[test]
fn every_account_is_checked() {
    let mut world = World::with_program();
    let initialize = world.initialize_ix(world.config());
    let elsewhere = Address::new_from_array([78; 32]);
    let program_data = world.copy_account(&initialize.account("program_data"), elsewhere, |_| {});
    world.refuses_wrong_accounts(
        &[],
        &initialize,
        &[
            ("authority", world.people.stranger.pubkey(), &LeaseError::NotUpgradeAuthority),
            ("protocol", NOWHERE, &InstructionError::InvalidSeeds),
            ("governance", NOWHERE, &InstructionError::InvalidSeeds),
            ("fee_params", NOWHERE, &InstructionError::InvalidSeeds),
            ("program_data", program_data, &LeaseError::WrongProgramData),
            ("system_program", TOKEN, &InstructionError::IncorrectProgramId),
        ],
    );
}
