use gpu_lease_tests::prelude::*;

/// A lease of four GPUs that has run for an hour.
fn after_an_hour() -> (World, LeaseKey) {
    let mut world = World::new();
    let lease = world.active_lease();
    world.pass(3_600);
    (world, lease)
}

#[test]
fn the_provider_is_paid_for_accepted_units_less_the_fee() {
    let (mut world, lease) = after_an_hour();
    let provider = world.people.provider.pubkey();
    world.agree(&lease, 14_000).ok();
    let before = world.lease(&lease);
    let (vault, money) = (world.balance(&lease.vault), world.money(&provider));

    // 14 000 × 2 500 000 / 3 600 = 9 722 222.2…, of which 1 % is 97 222.2…
    let ledger = Ledger { released: 9_722_222, fees: 97_222, ..before.ledger };
    world.settle(&lease).emitted(Event::LeaseSettled(LeaseSettled {
        lease: lease.address,
        accepted: 14_000,
        payout: 9_625_000,
        fee: 97_222,
        ledger,
    }));

    assert_eq!(world.lease(&lease), Lease { ledger, ..before });
    assert_eq!(world.money(&provider), money + 9_625_000);
    assert_eq!(world.balance(&lease.vault), vault - 9_625_000, "the fee waits in the vault");
}

#[test]
fn nothing_due_is_no_error_and_moves_nothing() {
    let (mut world, lease) = after_an_hour();
    let vault = world.balance(&lease.vault);
    let nothing = |accepted, ledger| {
        Event::LeaseSettled(LeaseSettled { lease: lease.address, accepted, payout: 0, fee: 0, ledger })
    };
    let ledger = world.lease(&lease).ledger;
    world.settle(&lease).emitted(nothing(0, ledger));
    assert_eq!(world.balance(&lease.vault), vault);

    world.agree(&lease, 14_400).ok();
    world.settle(&lease).ok();
    let vault = world.balance(&lease.vault);
    world.settle(&lease).emitted(nothing(14_400, Ledger { released: 10_000_000, fees: 100_000, ..ledger }));
    assert_eq!(world.balance(&lease.vault), vault);
}

#[test]
fn claims_are_paid_when_they_have_matured() {
    for (seconds, paid) in [(599, 0), (600, 9_900_000), (601, 9_900_000)] {
        let (mut world, lease) = after_an_hour();
        let before = world.money(&world.people.provider.pubkey());
        world.claim(&lease, 14_400).ok();
        world.pass(seconds);
        world.settle(&lease).ok();
        assert_eq!(world.money(&world.people.provider.pubkey()) - before, paid, "after {seconds} seconds");
    }
}

#[test]
fn inv_1_no_more_than_the_deposit_is_released() {
    let mut world = World::new();
    let lease = world.active_lease();
    let deposit = world.lease(&lease).ledger.deposited;
    world.pass(13 * 3_600);
    world.agree(&lease, 4 * 13 * 3_600).ok();

    world.settle(&lease).ok();

    assert_eq!(world.lease(&lease).ledger.released, deposit);
    assert_eq!(
        world.balance(&lease.vault),
        world.lease(&lease).ledger.bond + world.lease(&lease).ledger.fees
    );
}

#[test]
fn a_pending_lease_is_not_settled() {
    let mut world = World::new();
    let lease = world.pending_lease();
    world.settle(&lease).refused(LeaseError::NotActive);
}

#[test]
fn any_token_account_of_the_providers_wallet_is_paid() {
    let (mut world, lease) = after_an_hour();
    world.agree(&lease, 14_400).ok();
    let other = world.create_other_token_account(world.people.provider.pubkey(), world.mint, 60);
    world.play([world.settle_ix(&lease).with("payout_token", other)]).ok();
    assert_eq!(world.balance(&other), 9_900_000);
}

#[test]
fn every_account_is_checked() {
    let (mut world, lease) = after_an_hour();
    let sibling = world.sibling();
    world.agree(&lease, 14_400).ok();
    let stranger = world.wallet(&world.people.stranger.pubkey());
    world.refuses_wrong_accounts(
        &[],
        &world.settle_ix(&lease),
        &[
            ("lease", sibling.active.address, &LeaseError::WrongAccount),
            ("provider", sibling.provider, &LeaseError::WrongAccount),
            ("vault", sibling.active.vault, &LeaseError::WrongAccount),
            ("vault", world.fee_vault(), &LeaseError::WrongAccount),
            ("payout_token", stranger, &LeaseError::WrongTokenOwner),
            ("payout_token", sibling.provider_token, &LeaseError::WrongMint),
            ("payout_token", lease.vault, &ACCOUNT_TWICE),
            ("token_program", TOKEN_2022, &LeaseError::WrongTokenProgram),
            ("token_program", system_program::ID, &InstructionError::IncorrectProgramId),
        ],
    );
}

#[test]
fn what_is_no_token_account_is_not_paid() {
    let (mut world, lease) = after_an_hour();
    let wallet = world.wallet(&world.people.provider.pubkey());
    let mut copies = (80..).map(|byte| Address::new_from_array([byte; 32]));
    let mut copy = |world: &mut World, change: fn(&mut solana_account::Account)| {
        let empty = |account: &mut solana_account::Account| {
            account.data[64..72].fill(0);
            change(account);
        };
        world.copy_account(&wallet, copies.next().unwrap(), empty)
    };
    let uninitialized = copy(&mut world, |account| account.data[108] = 0);
    let short = copy(&mut world, |account| account.data.truncate(164));
    let as_long_as_a_multisig = copy(&mut world, |account| {
        account.data.resize(355, 0);
        account.data[165] = 2;
    });
    let extended_mint = copy(&mut world, |account| {
        account.owner = TOKEN_2022;
        account.data.resize(170, 0);
        account.data[165] = 1;
    });
    let another_mint = world.create_mint(21, TOKEN);
    for wrong in [uninitialized, as_long_as_a_multisig, extended_mint] {
        let settle = world.settle_ix(&lease).with("payout_token", wrong);
        world.play([settle]).refused(LeaseError::NotATokenAccount);
    }
    for short in [short, another_mint, world.people.provider.pubkey()] {
        let settle = world.settle_ix(&lease).with("payout_token", short);
        world.play([settle]).failed(InstructionError::AccountDataTooSmall);
    }
}
