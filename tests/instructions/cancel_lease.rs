use gpu_lease_tests::prelude::*;

#[test]
fn the_renter_takes_a_lease_back_at_once() {
    let mut world = World::new();
    let renter = world.people.renter.pubkey();
    let lamports = world.lamports(&renter);
    let lease = world.pending_lease();
    let refund = world.balance(&lease.vault);

    world.cancel(&lease, renter).emitted(Event::LeaseCancelled(LeaseCancelled {
        lease: lease.address,
        refund,
        never_started: 0,
    }));

    assert!(!world.exists(&lease.address) && !world.exists(&lease.vault));
    assert_eq!(world.money(&renter), WEALTH);
    assert_eq!(world.lamports(&renter), lamports);
}

#[test]
fn a_sponsor_gets_deposit_and_rent_back() {
    let mut world = World::new();
    let sponsor = world.people.sponsor.pubkey();
    let lamports = world.lamports(&sponsor);
    let lease = world.sponsored_lease();

    world.cancel(&lease, lease.renter).ok();

    assert_eq!(world.money(&sponsor), WEALTH);
    assert_eq!(world.money(&lease.renter), WEALTH);
    assert_eq!(world.lamports(&sponsor), lamports);
}

#[test]
fn anyone_else_only_after_the_start_deadline() {
    for (seconds, may) in [(-1, false), (0, false), (1, true)] {
        let mut world = World::new();
        let lease = world.pending_lease();
        world.set_time(world.lease(&lease).start_deadline + seconds);
        let outcome = world.cancel(&lease, world.people.stranger.pubkey());
        match may {
            true => {
                outcome.ok();
                assert_eq!(world.money(&lease.renter), WEALTH, "the refund is the payer's all the same");
            }
            false => outcome.refused(LeaseError::NotRenter),
        }
    }
}

#[test]
fn neither_provider_nor_sponsor_may_before_the_deadline() {
    let mut world = World::new();
    let lease = world.sponsored_lease();
    for nobody in [world.people.provider.pubkey(), world.people.sponsor.pubkey()] {
        world.cancel(&lease, nobody).refused(LeaseError::NotRenter);
    }
}

#[test]
fn a_started_lease_is_not_taken_back() {
    let mut world = World::new();
    let lease = world.active_lease();
    world.cancel(&lease, lease.renter).refused(LeaseError::NotPending);
    world.set_time(world.lease(&lease).start_deadline + 1);
    world.cancel(&lease, world.people.stranger.pubkey()).refused(LeaseError::NotPending);
}

#[test]
fn every_account_is_checked() {
    let mut world = World::new();
    let sibling = world.sibling();
    let lease = world.sponsored_lease();
    let stranger = world.people.stranger.pubkey();
    let sponsors_of_another_mint = address::associated_token(&lease.payer, &sibling.mint, &TOKEN);
    world.refuses_wrong_accounts(
        &[],
        &world.cancel_lease_ix(&lease, lease.renter),
        &[
            ("canceller", stranger, &LeaseError::NotRenter),
            ("lease", sibling.pending.address, &LeaseError::WrongAccount),
            ("vault", sibling.pending.vault, &LeaseError::WrongAccount),
            ("refund_token", world.wallet(&stranger), &LeaseError::WrongTokenOwner),
            ("refund_token", world.wallet(&lease.renter), &LeaseError::WrongTokenOwner),
            ("refund_token", sponsors_of_another_mint, &LeaseError::WrongMint),
            ("refund_token", lease.vault, &ACCOUNT_TWICE),
            ("payer", stranger, &LeaseError::WrongAccount),
            ("payer", lease.renter, &LeaseError::WrongAccount),
            ("token_program", TOKEN_2022, &LeaseError::WrongTokenProgram),
            ("token_program", system_program::ID, &InstructionError::IncorrectProgramId),
        ],
    );
}
