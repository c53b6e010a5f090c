use gpu_lease_tests::prelude::*;

#[test]
fn a_deposit_grows_before_and_after_the_start() {
    let mut world = World::new();
    let lease = world.pending_lease();
    let deposit = world.lease(&lease).ledger.deposited;
    let event = |amount, ledger| {
        Event::LeaseToppedUp(LeaseToppedUp { lease: lease.address, funder: lease.renter, amount, ledger })
    };

    world.top_up(&lease, 1).emitted(event(1, Ledger { deposited: deposit + 1, ..Ledger::default() }));
    world.start(&lease).ok();
    let active = world.lease(&lease);
    let ledger = Ledger { deposited: deposit + 71, ..active.ledger };
    world.top_up(&lease, 70).emitted(event(70, ledger));

    assert_eq!(world.lease(&lease), Lease { ledger, ..active });
    assert_eq!(world.balance(&lease.vault), deposit + 71 + active.ledger.bond);
    assert_eq!(world.money(&lease.renter), WEALTH - deposit - 71);
}

#[test]
fn anyone_may_add_to_anyones_lease() {
    let mut world = World::new();
    let lease = world.pending_lease();
    let stranger = world.people.stranger.pubkey();
    world.play([world.top_up_ix(&lease, stranger, 5)]).ok();
    assert_eq!(world.money(&stranger), WEALTH - 5);

    world.cancel(&lease, lease.renter).ok();
    assert_eq!(world.money(&lease.renter), WEALTH + 5, "what is left is the payer's all the same");
}

#[test]
fn nothing_is_no_top_up() {
    let mut world = World::new();
    let lease = world.pending_lease();
    world.top_up(&lease, 0).refused(LeaseError::AmountZero);
}

#[test]
fn a_deposit_fits_64_bits() {
    let mut world = World::new();
    let lease = world.pending_lease();
    let room = u64::MAX - world.lease(&lease).ledger.deposited;
    world.top_up(&lease, room + 1).refused(LeaseError::AmountOverflow);
    world.top_up(&lease, u64::MAX).refused(LeaseError::AmountOverflow);
    // What just fits gets as far as the funder's purse.
    world.top_up(&lease, room).failed(INSUFFICIENT_FUNDS);
}

#[test]
fn a_funder_pays_what_it_has_and_no_more() {
    let mut world = World::new();
    let lease = world.pending_lease();
    let rest = world.money(&lease.renter);
    world.top_up(&lease, rest + 1).failed(INSUFFICIENT_FUNDS);
    world.top_up(&lease, rest).ok();
    assert_eq!(world.money(&lease.renter), 0);
}

#[test]
fn every_account_is_checked() {
    let mut world = World::new();
    let sibling = world.sibling();
    let lease = world.pending_lease();
    world.refuses_wrong_accounts(
        &[],
        &world.top_up_ix(&lease, lease.renter, 1),
        &[
            ("funder", world.people.rival.pubkey(), &OWNER_MISMATCH),
            ("lease", sibling.pending.address, &LeaseError::WrongAccount),
            ("vault", sibling.pending.vault, &LeaseError::WrongAccount),
            ("funder_token", world.wallet(&world.people.sponsor.pubkey()), &OWNER_MISMATCH),
            ("funder_token", sibling.renter_token, &MINT_MISMATCH),
            ("funder_token", lease.vault, &ACCOUNT_TWICE),
            ("token_program", TOKEN_2022, &LeaseError::WrongTokenProgram),
            ("token_program", system_program::ID, &InstructionError::IncorrectProgramId),
        ],
    );
}

#[test]
fn a_top_up_is_for_an_end_that_does_not_come_nearer() {
    for (seconds, may) in [(-1, true), (0, true), (1, false)] {
        let mut world = World::new();
        let lease = world.active_lease();
        let mut reference = world.context(&lease);
        reference.account.ends_at += seconds;
        let outcome = world.play([instruction::top_up(lease.renter, &reference, 1, FOR_EVER)]);
        match may {
            true => drop(outcome.ok()),
            false => outcome.refused(LeaseError::EndsTooEarly),
        }
    }
}

#[test]
fn nobody_pays_for_a_lease_that_is_over() {
    for (seconds, may) in [(-1, true), (0, false), (1, false)] {
        let mut world = World::new();
        let lease = world.active_lease();
        world.set_time(world.lease(&lease).ends_at + seconds);
        let outcome = world.top_up(&lease, 120_000_000);
        match may {
            true => drop(outcome.ok()),
            false => outcome.refused(LeaseError::LeaseEnding),
        }
    }
}

#[test]
fn what_makes_a_lease_run_again_pays_for_a_minute_or_up_to_the_end() {
    // A minute of four GPUs is worth 166 666.6…, the last second of the lease 2 777.7….
    for (before_the_end, least) in [(43_000, 166_667), (61, 166_667), (60, 166_667), (1, 2_778)] {
        let mut world = World::new();
        let lease = world.active_lease();
        world.set_time(world.lease(&lease).ends_at - before_the_end);
        world.top_up(&lease, least - 1).refused(LeaseError::TopUpTooSmall);
        world.top_up(&lease, least).ok();
        assert_eq!(world.lease(&lease).meter.revived_at, world.now());
    }
}
