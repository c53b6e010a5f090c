use crate::states::not_active;
use gpu_lease_tests::prelude::*;

/// Two hours of a GPU at 2.50.
const BOND_PER_GPU: u64 = 5_000_000;

/// A lease of four GPUs that has run for an hour.
fn after_an_hour() -> (World, LeaseKey) {
    let mut world = World::new();
    let lease = world.active_lease();
    world.pass(3_600);
    (world, lease)
}

#[test]
fn both_parties_let_a_lease_grow_at_once() {
    let (mut world, lease) = after_an_hour();
    let before = world.lease(&lease);
    let (now, money) = (world.now(), world.money(&world.people.provider.pubkey()));

    world.resize(&lease, 6).emitted(Event::LeaseResized(LeaseResized {
        lease: lease.address,
        gpus: 6,
        effective_at: now,
        bond: 2 * BOND_PER_GPU,
        ledger: Ledger { bond: 6 * BOND_PER_GPU, ..before.ledger },
    }));

    let meter = Meter { segment_base: 14_400, segment_start: now, gpus: 6, previous_gpus: 4, ..before.meter };
    let ledger = Ledger { bond: 6 * BOND_PER_GPU, ..before.ledger };
    assert_eq!(world.lease(&lease), Lease { gpus: 6, meter, ledger, ..before });
    assert_eq!(world.balance(&lease.vault), 120_000_000 + 6 * BOND_PER_GPU);
    assert_eq!(world.money(&world.people.provider.pubkey()), money - 2 * BOND_PER_GPU);
    assert_eq!(world.offer().gpus_free, 2);
}

#[test]
fn the_renter_alone_lets_a_lease_shrink_when_the_notice_is_over() {
    let (mut world, lease) = after_an_hour();
    let before = world.lease(&lease);
    let effective_at = world.now() + 3_600;
    let shrink = world.resize_lease_ix(&lease, 1);
    assert_eq!(world.people.signers_of(std::slice::from_ref(&shrink)).len(), 1);

    world.play([shrink]).emitted(Event::LeaseResized(LeaseResized {
        lease: lease.address,
        gpus: 1,
        effective_at,
        bond: 0,
        ledger: before.ledger,
    }));

    let meter = Meter {
        segment_base: 28_800,
        segment_start: effective_at,
        gpus: 1,
        previous_gpus: 4,
        ..before.meter
    };
    assert_eq!(world.lease(&lease), Lease { meter, ..before }, "it holds all GPUs and their bond meanwhile");
    assert_eq!(world.balance(&lease.vault), 140_000_000);
    assert_eq!(world.offer().gpus_free, 4);
}

#[test]
fn a_lease_without_a_bond_or_notice_is_resized_without_them() {
    let mut world = World::with_terms(|terms| (terms.bond_hours, terms.notice) = (0, 0));
    let lease = world.active_lease();
    world.resize(&lease, 8).ok();
    world.pass(100);
    world.resize(&lease, 2).ok();
    assert_eq!(world.lease(&lease).meter.segment_start, world.now());
    world.release_gpus(&lease).ok();
    assert_eq!((world.lease(&lease).gpus, world.lease(&lease).ledger.bond), (2, 0));
    assert_eq!(world.money(&world.people.provider.pubkey()), WEALTH);
}

#[test]
fn a_lease_grows_with_both_signatures_and_not_with_one() {
    let (mut world, lease) = after_an_hour();
    let grow = world.resize_lease_ix(&lease, 5);
    world.play([grow.clone().unsigned("authority")]).refused(LeaseError::NotProviderAuthority);
    world.play([grow.clone().unsigned("renter")]).failed(InstructionError::MissingRequiredSignature);
    world.play([grow]).ok();
}

// ----- bonds out of the bond account -----

#[test]
fn the_operator_lets_a_lease_grow_with_a_bond_out_of_the_bond_account() {
    let mut world = World::new();
    let lease = world.pooled_lease();
    world.pass(3_600);
    world.pay_bond_in(2 * BOND_PER_GPU);
    let before = world.lease(&lease);
    let (now, money) = (world.now(), world.money(&world.people.provider.pubkey()));

    world.grow_by_operator(&lease, 6).emitted(Event::LeaseResized(LeaseResized {
        lease: lease.address,
        gpus: 6,
        effective_at: now,
        bond: 2 * BOND_PER_GPU,
        ledger: Ledger { bond: 6 * BOND_PER_GPU, ..before.ledger },
    }));

    let meter = Meter { segment_base: 14_400, segment_start: now, gpus: 6, previous_gpus: 4, ..before.meter };
    let ledger = Ledger { bond: 6 * BOND_PER_GPU, ..before.ledger };
    assert_eq!(world.lease(&lease), Lease { gpus: 6, meter, ledger, ..before });
    assert_eq!(world.balance(&lease.vault), 120_000_000 + 6 * BOND_PER_GPU);
    assert_eq!(world.balance(&world.bond_account()), 0);
    assert_eq!(world.money(&world.people.provider.pubkey()), money);
    assert_eq!(world.offer().gpus_free, 2);
}

#[test]
fn a_part_out_of_the_bond_account_makes_all_of_the_bond_go_back_there() {
    let (mut world, lease) = after_an_hour();
    world.pay_bond_in(BOND_PER_GPU);
    assert_eq!(world.lease(&lease).bond_is_pooled, 0);
    let known = world.context(&lease).with_pooled_bond();
    world.play([instruction::resize_lease(&known, 5, FOR_EVER)]).ok();
    assert_eq!(world.lease(&lease).bond_is_pooled, 1);
    world.close_as_claimed(&lease).ok();
    assert_eq!(world.balance(&world.bond_account()), 5 * BOND_PER_GPU);
}

#[test]
fn a_part_out_of_the_wallet_changes_nothing_about_where_the_bond_goes_back() {
    let mut world = World::new();
    let lease = world.pooled_lease();
    world.resize(&lease, 5).ok();
    assert_eq!(world.lease(&lease).bond_is_pooled, 1);
    world.close_as_claimed(&lease).ok();
    assert_eq!(world.balance(&world.bond_account()), 5 * BOND_PER_GPU);
}

#[test]
fn a_growth_that_needs_no_bond_does_not_make_one_pooled() {
    // Given a lease that gave four of eight GPUs up, and keeps their bond.
    let mut world = World::with_terms(|terms| terms.notice = 0);
    let lease = world.active_lease_as(|request| request.gpus = 8);
    world.pass(60);
    world.resize(&lease, 4).ok();
    world.release_gpus(&lease).ok();
    world.pass(1);
    world.claim(&lease, 0).ok();
    world.create_token_account(world.provider, world.mint);
    let known = world.context(&lease).with_pooled_bond();
    for gpus in [5, 8] {
        let mut world = world.clone();
        world.play([instruction::resize_lease(&known, gpus, FOR_EVER)]).ok();
        let Lease { ledger, bond_is_pooled, .. } = world.lease(&lease);
        assert_eq!((ledger.bond, bond_is_pooled), (8 * BOND_PER_GPU, 0));
    }
}

#[test]
fn the_operator_lets_no_lease_grow_that_holds_a_bond_of_the_wallets() {
    let (mut world, lease) = after_an_hour();
    world.pay_bond_in(BOND_PER_GPU);
    world.grow_by_operator(&lease, 5).refused(LeaseError::OperatorMayNot);
    // Without any bond there is none of the wallet's.
    let mut free = World::with_terms(|terms| terms.bond_hours = 0);
    let lease = free.active_lease();
    free.create_token_account(free.provider, free.mint);
    free.pass(60);
    free.grow_by_operator(&lease, 5).ok();
}

#[test]
fn the_operator_takes_the_bond_of_a_growth_from_nowhere_else() {
    let mut world = World::new();
    let lease = world.pooled_lease();
    world.pass(3_600);
    world.pay_bond_in(BOND_PER_GPU);
    let grow = world.grow_by_operator_ix(&lease, 5);
    let People { provider, operator, renter, .. } = &world.people;
    for elsewhere in [provider, operator, renter].map(|person| world.wallet(&person.pubkey())) {
        world.play([grow.clone().with("bond_token", elsewhere)]).refused(LeaseError::NotTheBondAccount);
    }
    world.play([grow]).ok();
}

#[test]
fn nobody_but_the_provider_and_its_operator_lets_a_lease_grow() {
    let (mut world, lease) = after_an_hour();
    world.pay_bond_in(BOND_PER_GPU);
    for grow in [world.resize_lease_ix(&lease, 5), world.grow_by_operator_ix(&lease, 5)] {
        let People { rival, attestor, agent, stranger, .. } = &world.people;
        for nobody in [rival, attestor, agent, stranger].map(Signer::pubkey) {
            world.play([grow.clone().with("authority", nobody)]).refused(LeaseError::NotProviderOperator);
        }
    }
}

#[test]
fn nobody_but_the_renter_resizes() {
    let mut world = World::new();
    let lease = world.sponsored_lease();
    world.start(&lease).ok();
    for gpus in [3, 5] {
        let resize = world.resize_lease_ix(&lease, gpus);
        let People { sponsor, rival, agent, stranger, .. } = &world.people;
        for nobody in [sponsor, rival, agent, stranger].map(Signer::pubkey) {
            world.play([resize.clone().with("renter", nobody)]).refused(LeaseError::NotRenter);
        }
    }
}

#[test]
fn a_lease_has_a_gpu_at_least_and_another_number_than_before() {
    for (gpus, may) in [(0, false), (1, true), (3, true), (4, false), (5, true)] {
        let (mut world, lease) = after_an_hour();
        let outcome = world.resize(&lease, gpus);
        match may {
            true => drop(outcome.ok()),
            false => outcome.refused(LeaseError::GpuCountOutOfBounds),
        }
    }
}

#[test]
fn a_lease_grows_by_the_offers_free_gpus_and_no_further() {
    for (gpus, may) in [(7, true), (8, true), (9, false)] {
        let (mut world, lease) = after_an_hour();
        let outcome = world.resize(&lease, gpus);
        match may {
            true => drop(outcome.ok()),
            false => outcome.refused(LeaseError::NotEnoughFreeGpus),
        }
    }
}

#[test]
fn no_lease_is_larger_than_the_largest_offer() {
    for (gpus, may) in [(MAX_GPUS - 1, true), (MAX_GPUS, true), (MAX_GPUS + 1, false), (u32::MAX, false)] {
        let mut world = World::new();
        let lease = world.active_lease();
        world.play([world.update_offer_ix(MAX_GPUS, true, terms(world.mint), listing())]).ok();
        let outcome = world.resize(&lease, gpus);
        match may {
            true => drop(outcome.ok()),
            false => outcome.refused(LeaseError::GpuCountOutOfBounds),
        }
    }
}

#[test]
fn a_bond_fits_64_bits() {
    // 2^50 × 720 hours: the bond of 22 GPUs fits, that of 23 does not.
    let mut world = World::with_terms(|terms| (terms.price, terms.bond_hours) = (MAX_PRICE, MAX_BOND_HOURS));
    world.play([world.update_offer_ix(64, true, world.offer().terms, listing())]).ok();
    for (person, amount) in [(&world.people.renter, 1 << 60), (&world.people.provider, 1 << 62)]
        .map(|(person, amount)| (person.pubkey(), amount))
    {
        world.mint_to(world.mint, world.wallet(&person), amount);
    }
    let lease = world.active_lease();
    world.resize(&lease, 4 + 23).refused(LeaseError::AmountOverflow);
    world.resize(&lease, 4 + 19).refused(LeaseError::AmountOverflow);
    // What just fits gets as far as the provider's purse.
    world.resize(&lease, 4 + 18).failed(INSUFFICIENT_FUNDS);
}

#[test]
fn a_provider_without_the_bond_lets_nothing_grow() {
    let (mut world, lease) = after_an_hour();
    let (provider, stranger) = (world.people.provider.pubkey(), world.people.stranger.pubkey());
    let rest = world.money(&provider);
    world.transfer(&provider, &world.wallet(&stranger), rest - BOND_PER_GPU + 1).ok();

    world.resize(&lease, 5).failed(INSUFFICIENT_FUNDS);

    world.transfer(&stranger, &world.wallet(&provider), 1).ok();
    world.resize(&lease, 5).ok();
    assert_eq!(world.money(&provider), 0);
}

#[test]
fn a_lease_is_resized_until_the_second_before_its_end() {
    for gpus in [3, 5] {
        for (seconds, may) in [(-1, true), (0, false), (1, false)] {
            let mut world = World::new();
            let lease = world.active_lease();
            world.set_time(world.lease(&lease).ends_at + seconds);
            let outcome = world.resize(&lease, gpus);
            match may {
                true => drop(outcome.ok()),
                false => outcome.refused(LeaseError::LeaseEnding),
            }
        }
    }
}

#[test]
fn nobody_resizes_a_lease_to_which_notice_was_given() {
    for by_provider in [false, true] {
        let (mut world, lease) = after_an_hour();
        let party = if by_provider { world.people.provider.pubkey() } else { lease.renter };
        world.terminate(&lease, party).ok();
        for gpus in [3, 5] {
            world.resize(&lease, gpus).refused(LeaseError::LeaseEnding);
        }
    }
}

#[test]
fn a_resize_waits_until_the_one_before_it_is_complete() {
    for gpus in [1, 5] {
        let (mut world, lease) = after_an_hour();
        world.resize(&lease, 2).ok();
        let effective_at = world.lease(&lease).meter.segment_start;
        for seconds in [-3_600, -1, 0, 1] {
            world.set_time(effective_at + seconds);
            world.resize(&lease, gpus).refused(LeaseError::ResizePending);
            if seconds == -1 {
                world.release_gpus(&lease).ok();
                world.resize(&lease, gpus).refused(LeaseError::ResizePending);
            }
        }
        world.release_gpus(&lease).ok();
        for (window_end, may) in [(effective_at - 1, false), (effective_at, true), (effective_at + 1, true)] {
            let mut world = world.clone();
            let units = world.lease(&lease).meter.latest.units;
            world.claim_message(&lease, &world.message_until(&lease, units, window_end)).ok();
            let outcome = world.resize(&lease, gpus);
            match may {
                true => drop(outcome.ok()),
                false => outcome.refused(LeaseError::ResizePending),
            }
        }
    }
}

#[test]
fn only_an_active_lease_is_resized() {
    for (mut world, lease) in not_active() {
        for gpus in [3, 5] {
            world.resize(&lease, gpus).refused(LeaseError::NotActive);
        }
    }
}

#[test]
fn every_account_is_checked() {
    let mut world = World::new();
    let sibling = world.sibling();
    let lease = world.active_lease();
    let (grow, shrink) = (world.resize_lease_ix(&lease, 8), world.resize_lease_ix(&lease, 1));
    let [stranger, rival] = [&world.people.stranger, &world.people.rival].map(Signer::pubkey);
    // Without the provider's signature it is the program that refuses: shrinking does without.
    world.play([grow.clone().unsigned("authority")]).refused(LeaseError::NotProviderAuthority);
    // Another provider, even with its own wallet, is not this lease's.
    let rivals = grow.clone().with("authority", rival).with("provider", sibling.provider);
    world.play([rivals]).refused(LeaseError::WrongAccount);
    // So the signature that growing needs comes from an instruction before it.
    let signs = world.update_provider_ix(world.people.attestor.pubkey());
    for (before, instruction) in [(vec![signs], grow.unsigned("authority")), (vec![], shrink)] {
        let mut world = world.clone();
        let mut substitutes: Vec<(&str, Address, &dyn Refusal)> = vec![
            ("renter", stranger, &LeaseError::NotRenter),
            ("lease", sibling.active.address, &LeaseError::WrongAccount),
            ("offer", sibling.offer, &LeaseError::WrongAccount),
            ("provider", sibling.provider, &LeaseError::WrongAccount),
            ("vault", sibling.active.vault, &LeaseError::WrongAccount),
            ("vault", world.fee_vault(), &LeaseError::WrongAccount),
            ("bond_token", lease.vault, &ACCOUNT_TWICE),
            ("token_program", TOKEN_2022, &LeaseError::WrongTokenProgram),
            ("token_program", system_program::ID, &InstructionError::IncorrectProgramId),
        ];
        // Growing moves the bond, whose owner signs; a shrink looks at nobody but the renter.
        if !before.is_empty() {
            substitutes.push(("authority", rival, &LeaseError::NotProviderAuthority));
            substitutes.push(("authority", lease.renter, &LeaseError::NotProviderOperator));
            substitutes.push(("bond_token", world.wallet(&lease.renter), &OWNER_MISMATCH));
            substitutes.push(("bond_token", sibling.provider_token, &MINT_MISMATCH));
        } else {
            substitutes.push(("authority", lease.address, &ACCOUNT_TWICE));
        }
        world.refuses_wrong_accounts(&before, &instruction, &substitutes);
    }
}

#[test]
fn a_resize_is_for_the_duration_and_the_gpus_that_were_seen() {
    for gpus in [3, 5] {
        for (seconds, from, refused) in [
            (-1, 4, Some(LeaseError::DurationChanged)),
            (1, 4, Some(LeaseError::DurationChanged)),
            (0, 6, Some(LeaseError::GpusChanged)),
            (0, 2, Some(LeaseError::GpusChanged)),
            (0, 4, None),
        ] {
            let (mut world, lease) = after_an_hour();
            let mut reference = world.context(&lease);
            reference.account.duration = reference.duration.checked_add_signed(seconds).unwrap();
            reference.account.meter.gpus = from;
            let mut resize = instruction::resize_lease(&reference, gpus, FOR_EVER);
            resize.accounts[1].is_signer = true;
            let outcome = world.play([resize]);
            match refused {
                Some(error) => outcome.refused(error),
                None => drop(outcome.ok()),
            }
        }
    }
}
