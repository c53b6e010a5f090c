use gpu_lease_tests::prelude::*;

#[test]
fn the_renter_funds_a_lease_on_the_terms_it_saw() {
    let mut world = World::new();
    let renter = world.people.renter.pubkey();
    let request = LeaseRequest { session_key: world.people.agent.pubkey(), ..world.request(5) };
    let lease = world.lease_key(5, renter);
    let (offer, lamports) = (world.offer(), world.lamports(&renter));

    let outcome = world.open(request);

    let account = world.lease(&lease);
    outcome.emitted(Event::LeaseOpened(LeaseOpened {
        lease: lease.address,
        renter,
        payer: renter,
        offer: world.offer,
        provider: world.provider,
        arbiter: world.people.arbiter.pubkey(),
        mint: world.mint,
        life: account.computed_life(),
        offer_hash: offer.content_hash(),
        deposit: request.deposit,
        price: 2_500_000,
        opened_slot: account.opened_slot,
        start_deadline: request.start_deadline,
        duration: request.duration,
        gpus: 4,
        fee_bps: 100,
    }));
    assert_eq!(
        account,
        Lease {
            renter,
            payer: renter,
            provider: world.provider,
            offer: world.offer,
            vault: lease.vault,
            domain: Protocol::domain(&GENESIS_HASH),
            arbiter: world.people.arbiter.pubkey(),
            access_key: request.access_key,
            offer_hash: offer.content_hash(),
            terms: offer.terms,
            nonce: 5,
            opened_slot: account.opened_slot,
            opened_at: world.now(),
            start_deadline: request.start_deadline,
            opened_deposit: request.deposit,
            opened_duration: request.duration,
            opened_gpus: 4,
            fee_bps: FEE_BPS,
            version: 1,
            bump: Lease::address(&renter, 5).1,
            spare: [0; 4],
            life: account.computed_life(),
            access_blob_hash: [0; 32],
            access_slot: 0,
            session_key: request.session_key,
            started_at: 0,
            ends_at: 0,
            end_slot: 0,
            promised_until: 0,
            ledger: Ledger { deposited: request.deposit, ..Ledger::default() },
            meter: Meter::default(),
            dispute: Dispute::default(),
            duration: request.duration,
            gpus: 4,
            state: PodLeaseState::Pending,
            end_reason: PodEndReason::Completed,
            bond_is_pooled: 0,
            spare_after: [0; 13],
        }
    );
    assert_eq!(world.balance(&lease.vault), request.deposit);
    assert_eq!(world.money(&renter), WEALTH - request.deposit);
    let rent = world.lamports(&lease.address) + world.lamports(&lease.vault);
    assert_eq!(world.lamports(&renter), lamports - rent);
    assert_eq!(world.offer(), offer, "opening reserves nothing");
}

#[test]
fn a_sponsor_pays_deposit_and_rent_for_the_renter() {
    let mut world = World::new();
    let (renter, sponsor) = (world.people.renter.pubkey(), world.people.sponsor.pubkey());
    let (of_renter, of_sponsor) = (world.lamports(&renter), world.lamports(&sponsor));

    let lease = world.sponsored_lease();

    assert_eq!((world.lease(&lease).renter, world.lease(&lease).payer), (renter, sponsor));
    assert_eq!(world.money(&sponsor), WEALTH - world.lease(&lease).ledger.deposited);
    assert_eq!(world.money(&renter), WEALTH);
    assert_eq!(world.lamports(&renter), of_renter);
    assert!(world.lamports(&sponsor) < of_sponsor);
}

#[test]
fn a_pause_ends_by_itself() {
    for (remaining, paused) in [(1, true), (0, false), (-1, false)] {
        let mut world = World::new();
        world.pause_until(world.now() + remaining);
        let outcome = world.open(world.request(0));
        match paused {
            true => outcome.refused(LeaseError::Paused),
            false => drop(outcome.ok()),
        }
    }
}

#[test]
fn a_closed_offer_takes_no_leases() {
    let mut world = World::new();
    world.play([world.update_offer_ix(8, false, terms(world.mint), listing())]).ok();
    world.open(world.request(0)).refused(LeaseError::OfferNotOpen);
}

#[test]
fn a_mint_that_became_unsafe_after_it_was_registered_takes_no_deposit() {
    // No token program of today lets it; a later one might.
    let mut world = World::on(TOKEN_2022);
    let mint = world.mint;
    world.change_account(&mint, |account| {
        // Padding, the mark of a mint, and a permanent delegate of no length.
        account.data.resize(165, 0);
        account.data.extend([1, 12, 0, 0, 0]);
    });
    world.open(world.request(0)).refused(LeaseError::PermanentDelegate);
}

#[test]
fn at_least_one_gpu_and_no_more_than_are_free_can_be_leased() {
    let mut world = World::new();
    let of_gpus =
        |world: &World, nonce, gpus| LeaseRequest { gpus, deposit: 100_000_000, ..world.request(nonce) };
    for (nonce, gpus) in [(1, 1), (7, 7), (8, 8)] {
        world.open(of_gpus(&world, nonce, gpus)).ok();
    }
    for gpus in [0, 9, u32::MAX] {
        world.open(of_gpus(&world, 0, gpus)).refused(LeaseError::NotEnoughFreeGpus);
    }
    world.active_lease();
    world.open(of_gpus(&world, 9, 4)).ok();
    world.open(of_gpus(&world, 10, 5)).refused(LeaseError::NotEnoughFreeGpus);
}

#[test]
fn terms_that_the_renter_did_not_see_are_refused() {
    let mut world = World::new();
    let request = LeaseRequest { expected_offer: [0; 32], ..world.request(0) };
    world.open(request).refused(LeaseError::OfferChanged);
}

#[test]
fn a_fee_above_what_the_renter_agreed_to_is_refused() {
    let mut world = World::new();
    let agreeing =
        |world: &World, max_fee_bps| LeaseRequest { max_fee_bps, ..world.request(max_fee_bps.into()) };
    world.open(agreeing(&world, FEE_BPS - 1)).refused(LeaseError::FeeAboveAgreed);
    for max_fee_bps in [FEE_BPS, FEE_BPS + 1] {
        world.open(agreeing(&world, max_fee_bps)).ok();
    }
}

#[test]
fn the_duration_is_within_the_offers_bounds() {
    let mut world = World::new();
    let Terms { min_duration, max_duration, .. } = world.offer().terms;
    for (nonce, duration) in (1..).zip([min_duration, min_duration + 1, max_duration - 1, max_duration]) {
        world.open(LeaseRequest { duration, ..world.request(nonce) }).ok();
    }
    for duration in [0, min_duration - 1, max_duration + 1, u32::MAX] {
        let request = LeaseRequest { duration, ..world.request(0) };
        world.open(request).refused(LeaseError::DurationOutOfBounds);
    }
}

#[test]
fn the_deposit_pays_for_the_shortest_duration_rounded_up() {
    // Three GPUs for an hour and a second at 2.500001: 7500003 + 2083.33…
    let mut world = World::with_terms(|terms| (terms.price, terms.min_duration) = (2_500_001, 3_601));
    let request = |world: &World, nonce, deposit| LeaseRequest { gpus: 3, deposit, ..world.request(nonce) };
    for deposit in [0, 7_502_086] {
        world.open(request(&world, 0, deposit)).refused(LeaseError::DepositTooSmall);
    }
    for (nonce, deposit) in [(1, 7_502_087), (2, 7_502_088)] {
        world.open(request(&world, nonce, deposit)).ok();
    }
}

#[test]
fn the_start_deadline_is_in_the_future_and_at_most_a_week_away() {
    let mut world = World::new();
    let now = world.now();
    let week = i64::from(MAX_START_WINDOW);
    for (nonce, start_deadline) in (1..).zip([now + 1, now + 2, now + week - 1, now + week]) {
        world.open(LeaseRequest { start_deadline, ..world.request(nonce) }).ok();
    }
    for start_deadline in [i64::MIN, now - 1, now, now + week + 1, i64::MAX] {
        let request = LeaseRequest { start_deadline, ..world.request(0) };
        world.open(request).refused(LeaseError::StartDeadlineOutOfBounds);
    }
}

#[test]
fn a_shortest_duration_that_no_deposit_can_pay_for_is_refused() {
    let mut world = World::with_terms(|terms| {
        (terms.price, terms.min_duration, terms.max_duration) = (MAX_PRICE, MAX_DURATION, MAX_DURATION);
        terms.bond_hours = 0;
    });
    let request = |world: &World| LeaseRequest {
        gpus: 8,
        duration: MAX_DURATION,
        deposit: u64::MAX,
        ..LeaseRequest { expected_offer: world.offer().content_hash(), ..tiny_request(world) }
    };
    world.open(request(&world)).refused(LeaseError::AmountOverflow);
}

#[test]
fn a_bond_that_does_not_fit_is_refused_at_once() {
    // 8 GPUs × 720 hours × 2^50 is above 2^62; 2^52 / 720 / 8 is what just fits.
    let fits = |price| {
        World::with_terms(|terms| {
            (terms.price, terms.min_duration, terms.bond_hours) = (price, MIN_DURATION, MAX_BOND_HOURS);
        })
    };
    let request = |world: &World| LeaseRequest { gpus: 8, duration: MIN_DURATION, ..tiny_request(world) };
    let mut world = fits(MAX_PRICE);
    world.play([world.update_offer_ix(MAX_GPUS, true, world.offer().terms, listing())]).ok();
    let most = u32::try_from(u64::MAX / MAX_PRICE / u64::from(MAX_BOND_HOURS)).unwrap();
    let deposit = 0;
    let too_many = LeaseRequest { gpus: most + 1, deposit: u64::MAX, ..request(&world) };
    world.open(too_many).refused(LeaseError::AmountOverflow);
    // What just fits gets as far as the deposit.
    let just = LeaseRequest { gpus: most, deposit, ..request(&world) };
    world.open(just).refused(LeaseError::DepositTooSmall);
}

fn tiny_request(world: &World) -> LeaseRequest {
    LeaseRequest {
        nonce: 0,
        deposit: 0,
        start_deadline: world.now() + 600,
        duration: MIN_DURATION,
        gpus: 1,
        max_fee_bps: FEE_BPS,
        valid_until: world.valid_until(),
        expected_offer: world.offer().content_hash(),
        arbiter: world.people.arbiter.pubkey(),
        access_key: [11; 32],
        session_key: Address::default(),
    }
}

#[test]
fn a_deposit_that_the_payer_does_not_have_opens_nothing() {
    let mut world = World::new();
    let poor = LeaseRequest { deposit: WEALTH + 1, ..world.request(0) };
    world.open(poor).failed(INSUFFICIENT_FUNDS);
    let all = LeaseRequest { deposit: WEALTH, ..world.request(0) };
    world.open(all).ok();
}

#[test]
fn a_lease_is_not_opened_twice() {
    let mut world = World::new();
    world.pending_lease();
    world.open(world.request(0)).failed(ALREADY_IN_USE);
}

#[test]
fn a_renter_whose_fees_nobody_counts_opens_nothing() {
    let mut world = World::new();
    let rival = world.people.rival.pubkey();
    let opening = world.opening(world.request(0));
    let open = instruction::open_lease(&instruction::OpenLease { renter: rival, payer: rival, ..opening });
    world.play([open.clone()]).failed(InstructionError::UninitializedAccount);
    world.join(rival).ok();
    world.play([open]).ok();
}

#[test]
fn every_account_is_checked() {
    let mut world = World::new();
    let sibling = world.sibling();
    let sponsor = world.people.sponsor.pubkey();
    let open = world.open_lease_for_ix(&world.lease_key(0, sponsor), world.request(0));
    world.join(sponsor).ok();
    let payer_token_of_another_mint = address::associated_token(&sponsor, &sibling.mint, &TOKEN);
    world.refuses_wrong_accounts(
        &[],
        &open,
        &[
            ("renter", world.people.rival.pubkey(), &InstructionError::InvalidSeeds),
            ("payer", world.people.rival.pubkey(), &OWNER_MISMATCH),
            ("lease", sibling.pending.address, &InstructionError::InvalidSeeds),
            ("lease", NOWHERE, &InstructionError::InvalidSeeds),
            ("offer", sibling.active.address, &InstructionError::InvalidAccountData),
            ("fee_params", address::protocol(), &InstructionError::InvalidAccountData),
            ("protocol", address::fee_params(), &InstructionError::AccountDataTooSmall),
            ("participant", address::participant(&sponsor), &LeaseError::WrongAccount),
            ("participant", address::participant(&world.provider), &LeaseError::WrongAccount),
            ("participant", world.provider, &InstructionError::InvalidAccountData),
            ("vault", sibling.pending.vault, &InstructionError::InvalidSeeds),
            ("vault", NOWHERE, &InstructionError::InvalidSeeds),
            ("payer_token", world.wallet(&world.people.renter.pubkey()), &OWNER_MISMATCH),
            ("payer_token", payer_token_of_another_mint, &MINT_MISMATCH),
            ("mint", sibling.mint, &LeaseError::WrongMint),
            ("token_program", TOKEN_2022, &LeaseError::WrongTokenProgram),
            ("token_program", system_program::ID, &InstructionError::IncorrectProgramId),
            ("system_program", TOKEN, &InstructionError::IncorrectProgramId),
        ],
    );
}
