//! Attestation: what reaches `attest` without, or beside, the signatures that it needs.

use crate::precompile::{Offsets, Precompile, sign};
use gpu_lease::attestation::{Attestation, AttestationSignature, Signers};
use gpu_lease_tests::prelude::*;
use solana_compute_budget_interface::ComputeBudgetInstruction;
use solana_sdk_ids::secp256k1_program;

/// The precompile refuses a signature that does not match, with its own error.
const INVALID_SIGNATURE: InstructionError = InstructionError::Custom(2);

/// The precompile refuses offsets past the data, with its own error.
const INVALID_OFFSETS: InstructionError = InstructionError::Custom(3);

/// The precompile refuses data that is too short or too long, with its own error.
const INVALID_SIZE: InstructionError = InstructionError::Custom(4);

/// A lease of four GPUs that has run for an hour, and what its provider would like to be paid for.
fn after_an_hour() -> (World, LeaseKey, Attestation) {
    let mut world = World::new();
    let lease = world.active_lease();
    world.pass(3_600);
    let wish = world.message(&lease, 14_400);
    (world, lease, wish)
}

/// Plays `precompile` and `attest` behind it.
#[track_caller]
fn play(world: &mut World, lease: &LeaseKey, precompile: &Precompile) -> Outcome {
    world.play([precompile.instruction(), world.attest_ix(lease)])
}

#[test]
fn the_layout_that_the_attacks_start_from_is_the_one_that_attest_takes() {
    let (mut world, lease, wish) = after_an_hour();
    let people = &world.people;
    for signers in [&[&people.attestor][..], &[&people.attestor, &people.renter]] {
        let honest = Precompile::canonical(wish.as_bytes(), signers).instruction();
        assert_eq!(honest, signed(&wish, signers));
    }
    let honest = Precompile::canonical(wish.as_bytes(), &[&world.people.attestor]);
    play(&mut world, &lease, &honest).ok();
}

// ----- where the precompile looks -----

/// Tries a forged message whose signature the precompile finds in the honest instruction before it.
fn looking_elsewhere(change: fn(&mut Offsets, &Offsets)) {
    let (mut world, lease, wish) = after_an_hour();
    let honest = Precompile::canonical(world.message(&lease, 1).as_bytes(), &[&world.people.attestor]);
    let mut forged = Precompile { message: wish.as_bytes().to_vec(), ..honest.clone() };
    change(&mut forged.offsets[0], &honest.offsets[0]);
    let pair = [forged.instruction(), world.attest_ix(&lease)];
    world.play([&[honest.instruction()], &pair[..]].concat()).failed_at(2, LeaseError::PrecompileMalformed);
}

#[test]
fn a_message_of_another_instruction_is_refused() {
    looking_elsewhere(|offsets, _| offsets.message_instruction = 0);
}

#[test]
fn a_message_signature_and_key_of_another_instruction_are_refused() {
    looking_elsewhere(|offsets, _| {
        (offsets.message_instruction, offsets.signature_instruction, offsets.key_instruction) = (0, 0, 0);
    });
}

#[test]
fn a_signature_or_key_of_another_instruction_is_refused() {
    let (mut world, lease, wish) = after_an_hour();
    let honest = Precompile::canonical(wish.as_bytes(), &[&world.people.attestor]);
    let by_signature = honest.clone().looking(|offsets| offsets.signature_instruction = 0);
    let by_key = honest.clone().looking(|offsets| offsets.key_instruction = 0);
    for precompile in [by_signature, by_key] {
        let instructions = [honest.instruction(), precompile.instruction(), world.attest_ix(&lease)];
        world.play(instructions).failed_at(2, LeaseError::PrecompileMalformed);
    }
}

#[test]
fn its_own_instruction_by_number_is_refused_too() {
    let (mut world, lease, wish) = after_an_hour();
    let honest = Precompile::canonical(wish.as_bytes(), &[&world.people.attestor]);
    for change in [
        |offsets: &mut Offsets| offsets.message_instruction = 0,
        |offsets: &mut Offsets| offsets.signature_instruction = 0,
        |offsets: &mut Offsets| offsets.key_instruction = 0,
    ] {
        play(&mut world, &lease, &honest.clone().looking(change)).refused(LeaseError::PrecompileMalformed);
    }
}

#[test]
fn a_message_elsewhere_in_the_same_instruction_is_refused() {
    let (mut world, lease, wish) = after_an_hour();
    // What is signed lies behind the message that `attest` would read.
    let small = world.message(&lease, 1);
    let mut precompile = Precompile::canonical(small.as_bytes(), &[&world.people.attestor]);
    precompile.offsets[0].message += 137;
    precompile.message = [wish.as_bytes(), small.as_bytes()].concat();
    play(&mut world, &lease, &precompile).refused(LeaseError::PrecompileMalformed);
}

#[test]
fn a_message_that_starts_before_or_behind_its_place_is_refused() {
    let (mut world, lease, wish) = after_an_hour();
    let attestor = world.people.attestor.insecure_clone();
    let honest = Precompile::canonical(wish.as_bytes(), &[&attestor]);
    // From the signature's last byte on: a signature cannot cover itself, so the precompile refuses.
    let before = honest.clone().looking(|offsets| offsets.message -= 1);
    play(&mut world, &lease, &before).failed_at(0, INVALID_SIGNATURE);
    // It can cover the one behind it.
    let renter = world.people.renter.insecure_clone();
    let mut across =
        Precompile::canonical(wish.as_bytes(), &[&attestor, &renter]).looking(|offsets| offsets.message -= 1);
    let covered = [&across.signatures[1].1[63..], &wish.as_bytes()[..136]].concat();
    across.signatures[0] = sign(&covered, &attestor);
    play(&mut world, &lease, &across).refused(LeaseError::PrecompileMalformed);
    // From the message's second byte on, signed so.
    let mut behind =
        honest.looking(|offsets| (offsets.message, offsets.message_size) = (offsets.message + 1, 136));
    behind.signatures[0] = sign(&wish.as_bytes()[1..], &attestor);
    play(&mut world, &lease, &behind).refused(LeaseError::PrecompileMalformed);
}

#[test]
fn a_message_of_another_length_is_refused() {
    let (mut world, lease, wish) = after_an_hour();
    let attestor = world.people.attestor.insecure_clone();
    // One byte less is signed than is there.
    let mut part =
        Precompile::canonical(wish.as_bytes(), &[&attestor]).looking(|offsets| offsets.message_size -= 1);
    part.signatures[0] = sign(&wish.as_bytes()[..136], &attestor);
    play(&mut world, &lease, &part).refused(LeaseError::PrecompileMalformed);
    // One byte less, or more, is there and signed.
    let short = Precompile::canonical(&wish.as_bytes()[..136], &[&attestor]);
    play(&mut world, &lease, &short).refused(LeaseError::PrecompileMalformed);
    let long = Precompile::canonical(&[wish.as_bytes(), &[0]].concat(), &[&attestor]);
    play(&mut world, &lease, &long).refused(LeaseError::PrecompileMalformed);
    let empty = Precompile::canonical(&[], &[&attestor]);
    play(&mut world, &lease, &empty).refused(LeaseError::PrecompileMalformed);
}

#[test]
fn offsets_past_the_data_are_refused_by_the_precompile() {
    let (mut world, lease, wish) = after_an_hour();
    let honest = Precompile::canonical(wish.as_bytes(), &[&world.people.attestor]);
    for change in [
        |offsets: &mut Offsets| offsets.message += 1,
        |offsets: &mut Offsets| offsets.message_size += 1,
        |offsets: &mut Offsets| offsets.message = u16::MAX,
        |offsets: &mut Offsets| offsets.message_size = u16::MAX,
        |offsets: &mut Offsets| offsets.signature = u16::MAX,
        |offsets: &mut Offsets| offsets.key = u16::MAX,
        |offsets: &mut Offsets| offsets.message_instruction = 2,
    ] {
        play(&mut world, &lease, &honest.clone().looking(change)).failed_at(0, INVALID_OFFSETS);
    }
}

#[test]
fn keys_and_signatures_at_other_places_are_refused() {
    let (mut world, lease, wish) = after_an_hour();
    let honest = Precompile::canonical(wish.as_bytes(), &[&world.people.attestor, &world.people.renter]);
    let [first, second] = honest.offsets[..] else { unreachable!() };
    let [(attestor, by_attestor), (renter, by_renter)] = honest.signatures[..] else { unreachable!() };
    // Keys, signatures, or both change places; the precompile finds them all the same.
    let keys = Precompile {
        offsets: vec![Offsets { key: second.key, ..first }, Offsets { key: first.key, ..second }],
        signatures: vec![(renter, by_attestor), (attestor, by_renter)],
        ..honest.clone()
    };
    let signatures = Precompile {
        offsets: vec![
            Offsets { signature: second.signature, ..first },
            Offsets { signature: first.signature, ..second },
        ],
        signatures: vec![(attestor, by_renter), (renter, by_attestor)],
        ..honest.clone()
    };
    let both = Precompile { offsets: vec![second, first], ..honest };
    for precompile in [keys, signatures, both] {
        play(&mut world, &lease, &precompile).refused(LeaseError::PrecompileMalformed);
    }
}

// ----- how many, how long -----

#[test]
fn no_signatures_are_refused() {
    let (mut world, lease, wish) = after_an_hour();
    let none = Precompile { message: vec![], ..Precompile::canonical(&[], &[]) };
    play(&mut world, &lease, &none).refused(LeaseError::PrecompileMalformed);
    // With a message behind the count, the precompile refuses by itself.
    let mut zero = Precompile::canonical(wish.as_bytes(), &[&world.people.attestor]);
    zero.count = 0;
    play(&mut world, &lease, &zero).failed_at(0, INVALID_SIZE);
}

#[test]
fn two_signatures_over_different_messages_are_refused() {
    let (mut world, lease, wish) = after_an_hour();
    // The renter agreed to one unit; the provider would like its signature to count for more.
    let agreed = world.message(&lease, 1);
    let (attestor, renter) = (world.people.attestor.insecure_clone(), world.people.renter.insecure_clone());
    let mut two = Precompile::canonical(wish.as_bytes(), &[&attestor, &renter]);
    two.signatures[1] = sign(agreed.as_bytes(), &renter);
    play(&mut world, &lease, &two).failed_at(0, INVALID_SIGNATURE);

    two.offsets[1].message += 137;
    two.message.extend(agreed.as_bytes());
    play(&mut world, &lease, &two).refused(LeaseError::PrecompileMalformed);
}

#[test]
fn a_count_below_the_signatures_that_are_there_is_refused() {
    let (mut world, lease, wish) = after_an_hour();
    let mut one = Precompile::canonical(wish.as_bytes(), &[&world.people.attestor, &world.people.renter]);
    one.count = 1;
    play(&mut world, &lease, &one).refused(LeaseError::PrecompileMalformed);
}

#[test]
fn four_signatures_are_refused() {
    let (mut world, lease, wish) = after_an_hour();
    let people = &world.people;
    let four = [&people.attestor, &people.renter, &people.verifier, &people.agent];
    let four = Precompile::canonical(wish.as_bytes(), &four);
    play(&mut world, &lease, &four).refused(LeaseError::PrecompileMalformed);
}

#[test]
fn more_signatures_than_the_data_holds_are_refused_by_the_precompile() {
    let (mut world, lease, wish) = after_an_hour();
    let mut many = Precompile::canonical(wish.as_bytes(), &[&world.people.attestor]);
    many.count = u8::MAX;
    play(&mut world, &lease, &many).failed_at(0, INVALID_SIZE);
}

#[test]
fn trailing_bytes_are_refused() {
    let (mut world, lease, wish) = after_an_hour();
    for trailing in [1, 2, 96, 110] {
        let mut precompile = Precompile::canonical(wish.as_bytes(), &[&world.people.attestor]);
        precompile.trailing = vec![0; trailing];
        play(&mut world, &lease, &precompile).refused(LeaseError::PrecompileMalformed);
    }
}

#[test]
fn a_padding_byte_that_is_not_zero_is_refused() {
    let (mut world, lease, wish) = after_an_hour();
    let mut precompile = Precompile::canonical(wish.as_bytes(), &[&world.people.attestor]);
    precompile.padding = 1;
    play(&mut world, &lease, &precompile).refused(LeaseError::PrecompileMalformed);
}

// ----- what stands around it -----

#[test]
fn a_compute_budget_first_is_fine() {
    let (mut world, lease, wish) = after_an_hour();
    let budget = ComputeBudgetInstruction::set_compute_unit_limit(200_000);
    let signatures = signed(&wish, &[&world.people.attestor]);
    world.play([budget, signatures, world.attest_ix(&lease)]).ok();
}

#[test]
fn a_compute_budget_in_between_is_refused() {
    let (mut world, lease, wish) = after_an_hour();
    let budget = ComputeBudgetInstruction::set_compute_unit_limit(200_000);
    let signatures = signed(&wish, &[&world.people.attestor]);
    world.play([signatures, budget, world.attest_ix(&lease)]).refused(LeaseError::PrecompileMissing);
}

#[test]
fn signatures_behind_the_attestation_are_refused() {
    let (mut world, lease, wish) = after_an_hour();
    let signatures = signed(&wish, &[&world.people.attestor]);
    world.play([world.attest_ix(&lease), signatures]).failed_at(0, LeaseError::PrecompileMissing);
}

#[test]
fn another_precompile_is_refused() {
    let (mut world, lease, _) = after_an_hour();
    let other = Instruction { program_id: secp256k1_program::ID, accounts: vec![], data: vec![0] };
    world.play([other, world.attest_ix(&lease)]).refused(LeaseError::PrecompileMissing);
}

#[test]
fn one_message_serves_one_attestation() {
    let (mut world, lease, wish) = after_an_hour();
    let signatures = signed(&wish, &[&world.people.attestor]);
    let attest = world.attest_ix(&lease);
    world.play([signatures, attest.clone(), attest]).failed_at(2, LeaseError::PrecompileMissing);
}

/// Two leases that have run for an hour, and a claim for each.
fn two_leases() -> (World, [LeaseKey; 2], [Instruction; 2]) {
    let mut world = World::new();
    let leases = [0, 1].map(|nonce| world.active_lease_as(|request| request.nonce = nonce));
    world.pass(3_600);
    let claims = leases.map(|lease| signed(&world.message(&lease, 14_400), &[&world.people.attestor]));
    (world, leases, claims)
}

#[test]
fn two_pairs_in_one_transaction_are_fine() {
    let (mut world, [a, b], [for_a, for_b]) = two_leases();
    world.play([for_a, world.attest_ix(&a), for_b, world.attest_ix(&b)]).ok();
    for lease in [a, b] {
        assert_eq!(world.lease(&lease).meter.latest.units, 14_400);
    }
}

#[test]
fn two_pairs_with_their_messages_swapped_are_refused() {
    let (mut world, [a, b], [for_a, for_b]) = two_leases();
    let swapped = [for_b, world.attest_ix(&a), for_a, world.attest_ix(&b)];
    world.play(swapped).failed_at(1, LeaseError::MessageMismatch);
}

// ----- who signs -----

#[test]
fn a_key_that_is_neither_attestor_verifier_nor_renter_is_refused() {
    let (mut world, lease, wish) = after_an_hour();
    let stranger = Precompile::canonical(wish.as_bytes(), &[&world.people.attestor, &world.people.stranger]);
    play(&mut world, &lease, &stranger).refused(LeaseError::SignerUnexpected);
}

#[test]
fn one_key_twice_is_refused() {
    let (mut world, lease, wish) = after_an_hour();
    let people = &world.people;
    let twice = Precompile::canonical(wish.as_bytes(), &[&people.attestor, &people.attestor]);
    let thrice = Precompile::canonical(wish.as_bytes(), &[&people.attestor, &people.renter, &people.renter]);
    play(&mut world, &lease, &twice).refused(LeaseError::SignerUnexpected);
    play(&mut world, &lease, &thrice).refused(LeaseError::SignerUnexpected);
}

#[test]
fn a_session_key_beside_the_renter_is_one_role_twice() {
    let mut world = World::new();
    let agent = world.people.agent.pubkey();
    let lease = world.active_lease_as(|request| request.session_key = agent);
    world.pass(60);
    let people = &world.people;
    let message = world.message(&lease, 1);
    let both = Precompile::canonical(message.as_bytes(), &[&people.attestor, &people.renter, &people.agent]);
    play(&mut world, &lease, &both).refused(LeaseError::SignerUnexpected);
}

#[test]
fn a_signature_by_nobody_in_the_place_of_an_absent_key_is_refused() {
    // The key of zeroes is a point of small order: without strict checks, one signature of zeroes in four
    // would verify under it, and stand for a verifier or session key that the lease does not have.
    let (mut world, lease, wish) = after_an_hour();
    let mut forged = Precompile::canonical(wish.as_bytes(), &[&world.people.attestor, &world.people.renter]);
    let mut signature = [0; 64];
    signature[0] = 1;
    forged.signatures[1] = ([0; 32], signature);
    for evidence in 0..8 {
        let message = Attestation { evidence: [evidence; 32], ..wish };
        forged.message = message.as_bytes().to_vec();
        forged.signatures[0] = sign(message.as_bytes(), &world.people.attestor);
        play(&mut world, &lease, &forged).failed_at(0, INVALID_SIGNATURE);
    }
    // Should a cluster's precompile ever let it through, the program does not.
    let nobody = AttestationSignature { public_key: Address::default(), signature };
    let attestor = world.people.attestor.pubkey();
    let refused =
        Signers { signatures: &[nobody], attestor: &attestor }.roles(&world.lease(&lease)).require_expected();
    assert_eq!(refused, Err(LeaseError::SignerUnexpected.into()));
}

#[test]
fn a_changed_byte_of_message_or_signature_is_refused_by_the_precompile() {
    let (mut world, lease, wish) = after_an_hour();
    let honest = Precompile::canonical(wish.as_bytes(), &[&world.people.attestor]);
    for byte in [0, 41, 81, 89, 136] {
        let mut changed = honest.clone();
        changed.message[byte] ^= 1;
        play(&mut world, &lease, &changed).failed_at(0, INVALID_SIGNATURE);
    }
    let mut changed = honest;
    changed.signatures[0].1[7] ^= 1;
    play(&mut world, &lease, &changed).failed_at(0, INVALID_SIGNATURE);
}

#[test]
fn a_former_attestor_after_rotation_is_refused() {
    let (mut world, lease, wish) = after_an_hour();
    let signed_before = signed(&wish, &[&world.people.attestor]);
    world.play([world.update_provider_ix(world.people.agent.pubkey())]).ok();

    world.play([signed_before, world.attest_ix(&lease)]).refused(LeaseError::SignerUnexpected);

    let with_the_renter = signed(&wish, &[&world.people.attestor, &world.people.renter]);
    world.play([with_the_renter, world.attest_ix(&lease)]).refused(LeaseError::SignerUnexpected);
    let by_the_new_one = signed(&wish, &[&world.people.agent]);
    world.play([by_the_new_one, world.attest_ix(&lease)]).ok();
}

// ----- replays -----

#[test]
fn the_same_message_again_in_one_transaction_is_refused() {
    let (mut world, lease, wish) = after_an_hour();
    let pair = [signed(&wish, &[&world.people.attestor]), world.attest_ix(&lease)];
    world.play([pair.clone(), pair].concat()).failed_at(3, LeaseError::AttestationRepeated);
}

#[test]
fn the_same_message_again_in_the_same_slot_or_later_is_refused() {
    let (mut world, lease, wish) = after_an_hour();
    world.claim_message(&lease, &wish).ok();
    world.claim_message(&lease, &wish).refused(LeaseError::AttestationRepeated);
    world.pass(1);
    world.claim_message(&lease, &wish).refused(LeaseError::AttestationRepeated);
    world.pass(600);
    world.settle(&lease).ok();
    world.claim_message(&lease, &wish).refused(LeaseError::AttestationRepeated);
    world.agree_message(&lease, &wish).refused(LeaseError::AttestationRepeated);
}

#[test]
fn a_message_of_a_closed_lease_is_refused_by_the_next_at_its_address() {
    let (mut world, lease, wish) = after_an_hour();
    let replay = [signed(&wish, &[&world.people.attestor, &world.people.renter]), world.attest_ix(&lease)];
    world.play(replay.clone()).ok();
    world.pass_grace(&lease);
    world.close(&lease).ok();

    world.play(replay.clone()).failed(InstructionError::AccountDataTooSmall);
    assert_eq!(world.active_lease(), lease, "at the same address");
    world.pass(7_200);

    world.play(replay).refused(LeaseError::MessageMismatch);
}

#[test]
fn an_older_cumulative_count_is_refused() {
    let (mut world, lease, wish) = after_an_hour();
    let early = world.message_until(&lease, 7_200, world.now() - 1_800);
    world.claim_message(&lease, &wish).ok();
    world.claim_message(&lease, &early).refused(LeaseError::AttestationRegressed);
    world.agree_message(&lease, &early).refused(LeaseError::AttestationRegressed);
}

#[test]
fn a_message_of_another_lease_program_or_cluster_is_refused() {
    let (mut world, lease, wish) = after_an_hour();
    let other_cluster = Protocol::domain(&[8; 32]);
    let mut program_and_genesis = [0; 64];
    program_and_genesis[..32].copy_from_slice(&[6; 32]);
    program_and_genesis[32..].copy_from_slice(&GENESIS_HASH);
    let other_program = anchor_lang::hash::sha256(&program_and_genesis);
    let other_lease = world.lease_key(1, lease.renter).address;
    for message in [
        Attestation { domain: other_cluster, ..wish },
        Attestation { domain: other_program, ..wish },
        Attestation { lease: other_lease, ..wish },
    ] {
        world.agree_message(&lease, &message).refused(LeaseError::MessageMismatch);
    }
}

// ----- how much -----

#[test]
fn a_window_in_the_future_is_refused() {
    let (mut world, lease, _) = after_an_hour();
    let future = world.message_until(&lease, 1, world.now() + 1);
    world.agree_message(&lease, &future).refused(LeaseError::WindowOutOfBounds);
    world.pass(1);
    world.agree_message(&lease, &future).ok();
}

#[test]
fn units_at_the_exact_cap_are_taken_and_one_above_is_refused() {
    let (mut world, lease, _) = after_an_hour();
    world.agree(&lease, 14_401).refused(LeaseError::UnitsAboveCapacity);
    world.agree(&lease, 14_400).ok();
    assert_eq!(world.lease(&lease).meter.accepted, 14_400);
}
