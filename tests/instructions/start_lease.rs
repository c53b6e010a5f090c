use anchor_lang::hash::sha256;
use gpu_lease_tests::prelude::*;

/// Two hours of four GPUs at 2.50.
const BOND: u64 = 20_000_000;

#[test]
fn the_provider_starts_a_lease_with_its_bond() {
    let mut world = World::new();
    let lease = world.pending_lease();
    let provider = world.people.provider.pubkey();
    let pending = world.lease(&lease);
    world.pass(60);
    let now = world.moment();

    world.start(&lease).emitted(Event::LeaseStarted(LeaseStarted {
        lease: lease.address,
        access_blob_hash: sha256(ACCESS_BLOB),
        bond: BOND,
        started_at: now.time,
        ends_at: now.time + 86_400,
        ledger: Ledger { bond: BOND, ..pending.ledger },
    }));

    assert_eq!(
        world.lease(&lease),
        Lease {
            state: PodLeaseState::Active,
            access_blob_hash: sha256(ACCESS_BLOB),
            access_slot: now.slot,
            started_at: now.time,
            ends_at: now.time + 86_400,
            end_slot: now.slot + 86_400,
            promised_until: now.time + 86_400,
            ledger: Ledger { bond: BOND, ..pending.ledger },
            meter: Meter {
                gpus: 4,
                segment_start: now.time,
                window_end: now.time,
                heartbeat: now,
                ..Meter::default()
            },
            ..pending
        }
    );
    assert_eq!(world.balance(&lease.vault), pending.ledger.deposited + BOND);
    assert_eq!(world.money(&provider), WEALTH - BOND);
    assert_eq!(world.offer().gpus_free, 4);
    assert_eq!(world.read::<Provider>(&world.provider).record.leases_started, 1);
}

#[test]
fn a_lease_without_a_bond_takes_none() {
    let mut world = World::with_terms(|terms| terms.bond_hours = 0);
    let lease = world.active_lease();
    assert_eq!(world.lease(&lease).ledger.bond, 0);
    assert_eq!(world.money(&world.people.provider.pubkey()), WEALTH);
}

#[test]
fn nobody_but_the_provider_and_its_operator_may() {
    let mut world = World::new();
    let lease = world.pending_lease();
    world.pay_bond_in(BOND);
    for start in [world.start_lease_ix(&lease, ACCESS_BLOB), world.start_by_operator_ix(&lease)] {
        for nobody in [lease.renter, world.people.stranger.pubkey(), world.people.attestor.pubkey()] {
            world.play([start.clone().with("authority", nobody)]).refused(LeaseError::NotProviderOperator);
        }
    }
}

// ----- bonds out of the bond account -----

#[test]
fn the_operator_starts_a_lease_with_a_bond_out_of_the_bond_account() {
    let mut world = World::new();
    let lease = world.pending_lease();
    world.pay_bond_in(BOND + 7);
    let [provider, operator] = [&world.people.provider, &world.people.operator].map(Signer::pubkey);
    let (pending, now) = (world.lease(&lease), world.moment());

    world.start_by_operator(&lease).emitted(Event::LeaseStarted(LeaseStarted {
        lease: lease.address,
        access_blob_hash: sha256(ACCESS_BLOB),
        bond: BOND,
        started_at: now.time,
        ends_at: now.time + 86_400,
        ledger: Ledger { bond: BOND, ..pending.ledger },
    }));

    let active = world.lease(&lease);
    assert_eq!((active.bond_is_pooled, active.access_slot, active.ledger.bond), (1, now.slot, BOND));
    assert_eq!(world.balance(&lease.vault), pending.ledger.deposited + BOND);
    assert_eq!(world.balance(&world.bond_account()), 7);
    assert_eq!(world.money(&provider), WEALTH - BOND - 7, "its wallet paid in, and nothing more");
    assert_eq!(world.money(&operator), WEALTH);
}

#[test]
fn the_provider_itself_may_take_the_bond_from_there() {
    let mut world = World::new();
    let lease = world.pending_lease();
    world.pay_bond_in(BOND);
    let known = world.context(&lease).with_pooled_bond();
    world.play([instruction::start_lease(&known, ACCESS_BLOB, FOR_EVER)]).ok();
    assert_eq!((world.lease(&lease).bond_is_pooled, world.balance(&world.bond_account())), (1, 0));
}

#[test]
fn any_token_account_that_the_providers_account_owns_is_a_bond_account() {
    let mut world = World::new();
    let lease = world.pending_lease();
    let other = world.create_other_token_account(world.provider, world.mint, 60);
    world.transfer(&world.people.sponsor.pubkey(), &other, BOND).ok();
    world.create_token_account(world.provider, world.mint);
    world.play([world.start_by_operator_ix(&lease).with("bond_token", other)]).ok();
    assert_eq!((world.lease(&lease).bond_is_pooled, world.balance(&other)), (1, 0));
}

#[test]
fn the_operator_takes_a_bond_from_nowhere_else() {
    let mut world = World::new();
    let sibling = world.sibling();
    let lease = world.pending_lease();
    world.pay_bond_in(BOND);
    let rivals = world.create_token_account(sibling.provider, world.mint);
    world.transfer(&world.people.rival.pubkey(), &rivals, BOND).ok();
    let start = world.start_by_operator_ix(&lease);
    let People { provider, operator, renter, .. } = &world.people;
    let wallets = [provider, operator, renter].map(|person| world.wallet(&person.pubkey()));
    for elsewhere in wallets.into_iter().chain([rivals]) {
        world.play([start.clone().with("bond_token", elsewhere)]).refused(LeaseError::NotTheBondAccount);
    }
    // Nor does the provider itself take another's.
    let by_the_provider = world.start_lease_ix(&lease, ACCESS_BLOB).with("bond_token", rivals);
    world.play([by_the_provider]).failed(OWNER_MISMATCH);
    world.play([start]).ok();
}

#[test]
fn a_bond_account_that_holds_too_little_starts_nothing() {
    let mut world = World::new();
    let lease = world.pending_lease();
    world.pay_bond_in(BOND - 1);
    world.start_by_operator(&lease).failed(INSUFFICIENT_FUNDS);
    world.pay_bond_in(1);
    world.start_by_operator(&lease).ok();
}

#[test]
fn the_operator_starts_without_a_bond_where_the_terms_ask_for_none() {
    let mut world = World::with_terms(|terms| terms.bond_hours = 0);
    let lease = world.pending_lease();
    let own = world.wallet(&world.people.operator.pubkey());
    world.create_token_account(world.provider, world.mint);
    let start = world.start_by_operator_ix(&lease);
    world.play([start.clone().with("bond_token", own)]).refused(LeaseError::NotTheBondAccount);
    world.play([start]).ok();
    let Lease { ledger, bond_is_pooled, .. } = world.lease(&lease);
    assert_eq!((ledger.bond, bond_is_pooled), (0, 0));
}

#[test]
fn an_operator_that_was_replaced_or_taken_away_starts_nothing() {
    for next in [People::default().agent.pubkey(), Address::default()] {
        let mut world = World::new();
        let lease = world.pending_lease();
        world.pay_bond_in(BOND);
        let start = world.start_by_operator_ix(&lease);
        world.play([world.update_keys_ix(|keys| keys.operator = next)]).ok();
        world.play([start]).refused(LeaseError::NotProviderOperator);
    }
}

#[test]
fn a_lease_starts_until_its_deadline() {
    for (seconds, may) in [(-1, true), (0, true), (1, false)] {
        let mut world = World::new();
        let lease = world.pending_lease();
        world.set_time(world.lease(&lease).start_deadline + seconds);
        let outcome = world.start(&lease);
        match may {
            true => drop(outcome.ok()),
            false => outcome.refused(LeaseError::StartDeadlinePassed),
        }
    }
}

#[test]
fn a_lease_starts_once() {
    let mut world = World::new();
    let lease = world.active_lease();
    world.start(&lease).refused(LeaseError::NotPending);
}

#[test]
fn inv_5_gpus_that_another_lease_took_are_gone() {
    let mut world = World::new();
    let first = world.pending_lease_as(|request| (request.nonce, request.gpus) = (1, 4));
    let second = world.pending_lease_as(|request| (request.nonce, request.gpus) = (2, 4));
    let third = world.pending_lease_as(|request| (request.nonce, request.gpus) = (3, 1));
    world.start(&first).ok();
    world.start(&second).ok();
    assert_eq!(world.offer().gpus_free, 0);

    world.start(&third).refused(LeaseError::NotEnoughFreeGpus);
}

#[test]
fn the_access_blob_is_one_to_512_bytes_long() {
    for length in [1, 2, 511, 512] {
        let mut world = World::new();
        let lease = world.pending_lease();
        world.play([world.start_lease_ix(&lease, &vec![7; length])]).ok();
        assert_eq!(world.lease(&lease).access_blob_hash, sha256(&vec![7; length]));
    }
    for length in [0, 513] {
        let mut world = World::new();
        let lease = world.pending_lease();
        let start = world.start_lease_ix(&lease, &vec![7; length]);
        world.play([start]).refused(LeaseError::AccessBlobInvalid);
    }
}

#[test]
fn a_provider_without_the_bond_starts_nothing() {
    let mut world = World::new();
    let lease = world.pending_lease();
    let (provider, stranger) = (world.people.provider.pubkey(), world.people.stranger.pubkey());
    world.transfer(&provider, &world.wallet(&stranger), WEALTH - BOND + 1).ok();

    world.start(&lease).failed(INSUFFICIENT_FUNDS);

    world.transfer(&stranger, &world.wallet(&provider), 1).ok();
    world.start(&lease).ok();
}

#[test]
fn every_account_is_checked() {
    let mut world = World::new();
    let sibling = world.sibling();
    let lease = world.pending_lease();
    world.refuses_wrong_accounts(
        &[],
        &world.start_lease_ix(&lease, ACCESS_BLOB),
        &[
            ("authority", world.people.rival.pubkey(), &LeaseError::NotProviderOperator),
            ("authority", world.people.operator.pubkey(), &LeaseError::NotTheBondAccount),
            ("lease", sibling.pending.address, &LeaseError::WrongAccount),
            ("offer", sibling.offer, &LeaseError::WrongAccount),
            ("provider", sibling.provider, &LeaseError::WrongAccount),
            ("vault", sibling.pending.vault, &LeaseError::WrongAccount),
            ("bond_token", world.wallet(&lease.renter), &OWNER_MISMATCH),
            ("bond_token", sibling.provider_token, &MINT_MISMATCH),
            ("bond_token", lease.vault, &ACCOUNT_TWICE),
            ("token_program", TOKEN_2022, &LeaseError::WrongTokenProgram),
            ("token_program", system_program::ID, &InstructionError::IncorrectProgramId),
        ],
    );
}

#[test]
fn every_account_of_a_start_by_the_operator_is_checked() {
    let mut world = World::new();
    let sibling = world.sibling();
    let lease = world.pending_lease();
    world.pay_bond_in(BOND);
    let of_another_mint = world.create_token_account(world.provider, sibling.mint);
    world.mint_to(sibling.mint, of_another_mint, BOND);
    world.refuses_wrong_accounts(
        &[],
        &world.start_by_operator_ix(&lease),
        &[
            ("authority", world.people.rival.pubkey(), &LeaseError::NotProviderOperator),
            ("authority", world.people.attestor.pubkey(), &LeaseError::NotProviderOperator),
            ("lease", sibling.pending.address, &LeaseError::WrongAccount),
            ("offer", sibling.offer, &LeaseError::WrongAccount),
            ("provider", sibling.provider, &LeaseError::WrongAccount),
            ("vault", sibling.pending.vault, &LeaseError::WrongAccount),
            ("bond_token", world.wallet(&world.people.operator.pubkey()), &LeaseError::NotTheBondAccount),
            ("bond_token", of_another_mint, &MINT_MISMATCH),
            ("bond_token", lease.vault, &ACCOUNT_TWICE),
            ("token_program", TOKEN_2022, &LeaseError::WrongTokenProgram),
            ("token_program", system_program::ID, &InstructionError::IncorrectProgramId),
        ],
    );
}
