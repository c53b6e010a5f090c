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
fn nobody_but_the_provider_may() {
    let mut world = World::new();
    let lease = world.pending_lease();
    for nobody in [lease.renter, world.people.stranger.pubkey(), world.people.attestor.pubkey()] {
        let start = world.start_lease_ix(&lease, ACCESS_BLOB).with("authority", nobody);
        world.play([start]).refused(LeaseError::NotProviderAuthority);
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
            ("authority", world.people.rival.pubkey(), &LeaseError::NotProviderAuthority),
            ("lease", sibling.pending.address, &LeaseError::WrongAccount),
            ("offer", sibling.offer, &LeaseError::WrongAccount),
            ("provider", sibling.provider, &LeaseError::WrongAccount),
            ("vault", sibling.pending.vault, &LeaseError::WrongAccount),
            ("bond_token", world.wallet(&lease.renter), &OWNER_MISMATCH),
            ("bond_token", sibling.provider_token, &MINT_MISMATCH),
            ("bond_token", lease.vault, &ACCOUNT_TWICE),
            ("mint", sibling.mint, &LeaseError::WrongMint),
            ("token_program", TOKEN_2022, &LeaseError::WrongTokenProgram),
            ("token_program", system_program::ID, &InstructionError::IncorrectProgramId),
        ],
    );
}
