use gpu_lease::attestation::Attestation;
use gpu_lease_tests::prelude::*;

/// A lease of four GPUs that has run for an hour: 14 400 units at most.
fn after_an_hour() -> (World, LeaseKey) {
    let mut world = World::new();
    let lease = world.active_lease();
    world.pass(3_600);
    (world, lease)
}

#[test]
fn with_the_renters_signature_units_are_accepted_at_once() {
    let (mut world, lease) = after_an_hour();
    let before = world.lease(&lease);
    let message = world.message(&lease, 14_000);

    world.agree_message(&lease, &message).emitted_nothing();

    let claim = Claim { units: 14_000, submitted: world.moment() };
    let meter = Meter {
        accepted: 14_000,
        maturing: claim,
        latest: claim,
        window_end: world.now(),
        heartbeat: claim.submitted,
        energy_wh: 2_800,
        evidence: message.evidence,
        attested_fundable: 14_400,
        free_fundable: 14_400,
        ..before.meter
    };
    let end_slot = claim.submitted.ahead_at(before.ends_at).slot;
    assert_eq!(world.lease(&lease), Lease { meter, end_slot, ..before });
}

#[test]
fn without_it_they_are_a_claim() {
    let (mut world, lease) = after_an_hour();
    let before = world.lease(&lease);

    world.claim(&lease, 14_000).emitted_nothing();

    let claim = Claim { units: 14_000, submitted: world.moment() };
    let after = world.lease(&lease).meter;
    assert_eq!((after.accepted, after.maturing, after.latest), (0, claim, claim));
    let end_slot = claim.submitted.ahead_at(before.ends_at).slot;
    assert_eq!(world.lease(&lease), Lease { meter: after, end_slot, ..before });
}

#[test]
fn the_session_key_signs_for_the_renter() {
    let mut world = World::new();
    let agent = world.people.agent.pubkey();
    let lease = world.active_lease_as(|request| request.session_key = agent);
    world.pass(3_600);
    let message = world.message(&lease, 14_000);
    let signatures = signed(&message, &[&world.people.attestor, &world.people.agent]);

    world.play([signatures, world.attest_ix(&lease)]).ok();

    assert_eq!(world.lease(&lease).meter.accepted, 14_000);
}

#[test]
fn a_renter_may_agree_to_the_claim_that_is_open() {
    let (mut world, lease) = after_an_hour();
    let message = world.message(&lease, 14_000);
    world.claim_message(&lease, &message).ok();
    world.agree_message(&lease, &message).ok();
    assert_eq!(world.lease(&lease).meter.accepted, 14_000);
}

#[test]
fn the_order_of_signatures_is_free() {
    let (mut world, lease) = after_an_hour();
    let message = world.message(&lease, 14_000);
    let signatures = signed(&message, &[&world.people.renter, &world.people.attestor]);
    world.play([signatures, world.attest_ix(&lease)]).ok();
    assert_eq!(world.lease(&lease).meter.accepted, 14_000);
}

#[test]
fn a_verifier_that_the_terms_name_must_sign() {
    let mut world = World::new();
    let verified = Terms { verifier: world.people.verifier.pubkey(), ..terms(world.mint) };
    world.play([world.update_offer_ix(8, true, verified, listing())]).ok();
    let lease = world.active_lease();
    world.pass(3_600);
    world.claim(&lease, 14_000).refused(LeaseError::VerifierMissing);
    world.agree(&lease, 14_000).refused(LeaseError::VerifierMissing);

    let message = world.message(&lease, 14_000);
    let two = signed(&message, &[&world.people.attestor, &world.people.verifier]);
    world.play([two, world.attest_ix(&lease)]).ok();
    assert_eq!(world.lease(&lease).meter.accepted, 0);

    let three = signed(&message, &[&world.people.renter, &world.people.verifier, &world.people.attestor]);
    world.play([three, world.attest_ix(&lease)]).ok();
    assert_eq!(world.lease(&lease).meter.accepted, 14_000);
}

#[test]
fn the_attestor_must_sign() {
    let (mut world, lease) = after_an_hour();
    let by_renter = signed(&world.message(&lease, 14_000), &[&world.people.renter]);
    world.play([by_renter, world.attest_ix(&lease)]).refused(LeaseError::AttestorMissing);
}

#[test]
fn nobody_without_a_role_may_sign() {
    let (mut world, lease) = after_an_hour();
    let message = world.message(&lease, 14_000);
    for person in ["stranger", "provider", "verifier", "agent", "sponsor"] {
        let people = &world.people;
        let nobody: &Keypair = match person {
            "stranger" => &people.stranger,
            "provider" => &people.provider,
            "verifier" => &people.verifier,
            "agent" => &people.agent,
            _ => &people.sponsor,
        };
        let alone = signed(&message, &[nobody]);
        let beside = signed(&message, &[&people.attestor, nobody]);
        let attest = world.attest_ix(&lease);
        world.play([alone, attest.clone()]).refused(LeaseError::SignerUnexpected);
        world.play([beside, attest]).refused(LeaseError::SignerUnexpected);
    }
}

#[test]
fn the_instruction_before_carries_the_signatures() {
    let (mut world, lease) = after_an_hour();
    let attest = world.attest_ix(&lease);
    let settle = world.settle_ix(&lease);
    world.play([attest.clone()]).refused(LeaseError::PrecompileMissing);
    world.play([settle, attest]).refused(LeaseError::PrecompileMissing);
}

#[test]
fn the_precompile_says_one_to_three_signatures() {
    let (mut world, lease) = after_an_hour();
    let attest = world.attest_ix(&lease);
    let mut none = signed(&world.message(&lease, 14_000), &[&world.people.attestor]);
    none.data = vec![0, 0];
    world.play([none, attest]).refused(LeaseError::PrecompileMalformed);
}

#[test]
fn the_message_is_about_this_lease() {
    let (mut world, lease) = after_an_hour();
    let right = world.message(&lease, 14_000);
    for wrong in [
        Attestation { magic: *b"GPULEASF", ..right },
        Attestation { version: 2, ..right },
        Attestation { version: 0, ..right },
        Attestation { domain: [0; 32], ..right },
        Attestation { lease: lease.vault, ..right },
        Attestation { opened_slot: (right.opened_slot.get() - 1).into(), ..right },
        Attestation { opened_slot: (right.opened_slot.get() + 1).into(), ..right },
    ] {
        world.claim_message(&lease, &wrong).refused(LeaseError::MessageMismatch);
    }
    world.claim_message(&lease, &right).ok();
}

#[test]
fn neither_units_nor_energy_nor_window_go_back() {
    let (mut world, lease) = after_an_hour();
    let first = world.message(&lease, 14_000);
    world.claim_message(&lease, &first).ok();
    world.pass(60);
    let later = world.message(&lease, 14_000);
    for back in [
        Attestation { gpu_seconds: 13_999.into(), ..later },
        Attestation { energy_wh: (first.energy_wh.get() - 1).into(), ..later },
        Attestation { window_end: (first.window_end.get() - 1).into(), gpu_seconds: 14_001.into(), ..later },
    ] {
        world.claim_message(&lease, &back).refused(LeaseError::AttestationRegressed);
        world.agree_message(&lease, &back).refused(LeaseError::AttestationRegressed);
    }
    world.claim_message(&lease, &later).ok();
}

#[test]
fn the_window_starts_with_the_lease() {
    let (mut world, lease) = after_an_hour();
    let start = world.lease(&lease).started_at;
    let before = world.message_until(&lease, 0, start - 1);
    let at_start = world.message_until(&lease, 0, start);
    let after = world.message_until(&lease, 0, start + 1);
    world.claim_message(&lease, &before).refused(LeaseError::AttestationRegressed);
    world.claim_message(&lease, &at_start).refused(LeaseError::AttestationRepeated);
    world.claim_message(&lease, &after).ok();
}

#[test]
fn a_message_says_something_new() {
    let (mut world, lease) = after_an_hour();
    let message = world.message(&lease, 14_000);
    world.claim_message(&lease, &message).ok();
    world.claim_message(&lease, &message).refused(LeaseError::AttestationRepeated);
    world.agree_message(&lease, &message).ok();
    world.agree_message(&lease, &message).refused(LeaseError::AttestationRepeated);
    let only_energy = Attestation { energy_wh: 9_999.into(), ..message };
    world.claim_message(&lease, &only_energy).refused(LeaseError::AttestationRepeated);

    world.pass(1);
    let heartbeat = world.message(&lease, 14_000);
    world.claim_message(&lease, &heartbeat).ok();
    assert_eq!(world.lease(&lease).meter.window_end, world.now());
}

#[test]
fn the_window_does_not_end_in_the_future() {
    let (mut world, lease) = after_an_hour();
    let now = world.now();
    for window_end in [now + 1, i64::MAX] {
        let message = world.message_until(&lease, 1, window_end);
        world.claim_message(&lease, &message).refused(LeaseError::WindowOutOfBounds);
    }
    for (units, window_end) in [(1, now - 1), (2, now)] {
        let message = world.message_until(&lease, units, window_end);
        world.claim_message(&lease, &message).ok();
    }
}

#[test]
fn the_window_does_not_end_after_the_lease() {
    let mut world = World::new();
    let lease = world.active_lease();
    let ends_at = world.lease(&lease).ends_at;
    world.set_time(ends_at + 100);
    let beyond = world.message_until(&lease, 1, ends_at + 1);
    world.claim_message(&lease, &beyond).refused(LeaseError::WindowOutOfBounds);
    for (units, window_end) in [(1, ends_at - 1), (2, ends_at)] {
        let message = world.message_until(&lease, units, window_end);
        world.claim_message(&lease, &message).ok();
    }
}

#[test]
fn inv_2_no_more_units_than_the_gpus_can_have_delivered() {
    let (mut world, lease) = after_an_hour();
    let now = world.now();
    for units in [14_401, u64::MAX] {
        let message = world.message_until(&lease, units, now);
        world.claim_message(&lease, &message).refused(LeaseError::UnitsAboveCapacity);
        world.agree_message(&lease, &message).refused(LeaseError::UnitsAboveCapacity);
    }
    // The capacity is that of the window's end, not that of now.
    let early = world.message_until(&lease, 14_397, now - 1);
    world.claim_message(&lease, &early).refused(LeaseError::UnitsAboveCapacity);
    for (units, window_end) in [(14_395, now - 1), (14_396, now - 1), (14_399, now), (14_400, now)] {
        let message = world.message_until(&lease, units, window_end);
        world.claim_message(&lease, &message).ok();
    }
}

#[test]
fn usage_is_attested_until_an_hour_after_the_end() {
    for (seconds, may) in [(-1, true), (0, true), (1, false)] {
        let mut world = World::new();
        let lease = world.active_lease();
        let ends_at = world.lease(&lease).ends_at;
        world.set_time(ends_at + GRACE + seconds);
        let outcome = world.agree_message(&lease, &world.message_until(&lease, 1, ends_at));
        match may {
            true => drop(outcome.ok()),
            false => outcome.refused(LeaseError::AttestationTooLate),
        }
    }
}

#[test]
fn a_lease_that_has_not_started_has_no_usage() {
    let mut world = World::new();
    let lease = world.pending_lease();
    world.agree(&lease, 0).refused(LeaseError::NotActive);
}

#[test]
fn every_account_is_checked() {
    let (mut world, lease) = after_an_hour();
    let sibling = world.sibling();
    let signatures = signed(&world.message(&lease, 1), &[&world.people.attestor]);
    let forged_sysvar = world.copy_account(&address::protocol(), NOWHERE, |account| account.owner = FORGER);
    world.refuses_wrong_accounts(
        &[signatures],
        &world.attest_ix(&lease),
        &[
            ("lease", sibling.active.address, &LeaseError::WrongAccount),
            ("provider", sibling.provider, &LeaseError::WrongAccount),
            ("instructions", forged_sysvar, &InstructionError::InvalidArgument),
        ],
    );
}
