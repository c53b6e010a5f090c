//! Batches: leases that are not what they were, accounts that are no leases, rows that are not true, signatures that
//! count elsewhere.

use crate::precompile::Precompile;
use gpu_lease::attestation::{AttestationSignature, BatchHeader, BatchRow, Signers};
use gpu_lease_client::attestation::{AttestationBatch, Message};
use gpu_lease_tests::prelude::*;

/// As many leases of one GPU that have run for an hour.
fn after_an_hour(count: u32) -> (World, Vec<LeaseKey>) {
    let mut world = World::new();
    let leases = world.many_leases(count);
    world.pass(3_600);
    (world, leases)
}

/// `units` of each lease.
fn all(leases: &[LeaseKey], units: u64) -> Vec<(LeaseKey, u64)> {
    leases.iter().map(|lease| (*lease, units)).collect()
}

/// Which rows of the batch were applied.
#[track_caller]
fn applied(outcome: Outcome) -> u64 {
    match outcome.events()[..] {
        [Event::BatchAttested(BatchAttested { applied, .. })] => applied,
        ref events => panic!("not one batch: {events:?}"),
    }
}

fn attestor(world: &World) -> Keypair {
    world.people.attestor.insecure_clone()
}

/// Units that were stated of each lease.
fn stated(world: &World, leases: &[LeaseKey]) -> Vec<u64> {
    leases.iter().map(|lease| world.lease(lease).meter.latest.units).collect()
}

// ----- leases that changed -----

#[test]
fn a_lease_that_shrank_or_grew_since_is_held_to_its_new_capacity() {
    let (mut world, leases) = after_an_hour(3);
    world.claim_batch(&all(&leases, 3_600)).ok();
    world.resize(&leases[1], 2).ok();
    world.pass(100);
    // With one GPU 3 700 units are the most, with two 3 800.
    let usage: Vec<_> = leases.iter().copied().zip([3_700, 3_800, 3_700]).collect();
    let one_more = [usage[0], (leases[1], 3_801), usage[2]];
    let mut above = world.clone();
    assert_eq!(applied(above.claim_batch(&one_more)), 0b101);
    assert_eq!(applied(world.claim_batch(&usage)), 0b111);
    // A shrink in front of the batch counts from the end of its notice.
    world.resize(&leases[1], 1).ok();
    world.pass(3_600 + 100);
    let after = 3_800 + 2 * 3_600 + 100;
    let usage: Vec<_> = leases.iter().copied().zip([7_400, after, 7_400]).collect();
    let mut above = world.clone();
    assert_eq!(applied(above.claim_batch(&[usage[0], (leases[1], after + 1), usage[2]])), 0b101);
    assert_eq!(applied(world.claim_batch(&usage)), 0b111);
}

#[test]
fn an_exhausted_lease_is_stated_and_paid_no_more_than_its_deposit() {
    let mut world = World::new();
    let leases = world.many_leases(2);
    world.pass(13 * 3_600);
    assert_eq!(world.phase(&leases[0]), Phase::Exhausted);
    assert_eq!(applied(world.claim_batch(&all(&leases, 13 * 3_600))), 0b11);
    world.pass(600);
    for lease in &leases {
        let settled = world.settle(lease).settled();
        assert_eq!((settled.accepted, settled.payout + settled.fee), (13 * 3_600, 30_000_000));
    }
}

#[test]
fn a_lease_disputed_or_closed_in_front_of_a_batch_does_not_stop_the_others() {
    let (mut world, leases) = after_an_hour(5);
    let before: Vec<_> = leases.iter().map(|lease| (*lease, 2_000)).collect();
    world.claim_batch(&before).ok();
    let batch = world.attest_batch_ix(&world.batch(&all(&leases, 3_600)), &[&attestor(&world)]);
    world.dispute(&leases[1], 1_000).ok();
    world.close_as_claimed(&leases[3]).ok();
    assert_eq!(applied(world.play(batch)), 0b10101);
    assert_eq!(world.lease(&leases[1]).state, LeaseState::Disputed);
    assert!(world.is_gone(&leases[3]));
}

#[test]
fn a_batch_says_nothing_of_the_next_lease_at_an_address() {
    let (mut world, leases) = after_an_hour(2);
    let batch = world.attest_batch_ix(&world.batch(&all(&leases, 3_600)), &[&attestor(&world)]);
    let nonce = world.lease(&leases[0]).nonce;
    world.close_as_claimed(&leases[0]).ok();
    world.active_lease_as(|request| (request.nonce, request.gpus) = (nonce, 1));
    world.pass(7_200);
    assert_eq!(applied(world.play(batch)), 0b10);
    assert_eq!(world.lease(&leases[0]).meter.latest.units, 0);
}

// ----- accounts that are no leases -----

#[test]
fn what_is_no_lease_in_the_place_of_one_is_skipped() {
    // Given a batch that the attestor has signed for accounts of every kind, in the order of their addresses.
    let (mut world, leases) = after_an_hour(1);
    let lease = leases[0];
    let forged = world.copy_account(&lease.address, NOWHERE, |account| account.owner = FORGER);
    let relabelled =
        world.copy_account(&lease.address, Address::new_from_array([76; 32]), |account| account.data[0] ^= 1);
    let others = [
        world.offer,
        lease.vault,
        world.mint,
        world.people.stranger.pubkey(),
        address::protocol(),
        address::participant(&world.provider),
        system_program::ID,
        Address::new_from_array([74; 32]),
        forged,
        relabelled,
    ];
    let mut accounts = [&others[..], &[lease.address]].concat();
    accounts.sort();
    let Lease { domain, opened_slot, .. } = world.lease(&lease);
    let header = BatchHeader::new(domain, world.now(), [9; 32], &accounts);
    let row = BatchRow { opened_slot: opened_slot.into(), gpu_seconds: 3_600.into(), energy_wh: 1.into() };
    let message = [bytemuck::bytes_of(&header), bytemuck::cast_slice(&vec![row; accounts.len()])].concat();
    let before: Vec<_> = others.iter().map(|account| world.cluster.account(account)).collect();

    let signatures = signed_bytes(&message, &[&world.people.attestor]);
    let mut attest = world.attest_batch_alone_ix(&accounts);
    // A program cannot be written to.
    let program = attest.accounts.iter_mut().find(|meta| meta.pubkey == system_program::ID);
    program.expect("is among them").is_writable = false;
    let applied = applied(world.play([signatures, attest]));

    // Then the lease's row is applied, and nothing is written anywhere else, but for the stranger's network fee.
    let place = accounts.iter().position(|account| *account == lease.address).unwrap();
    assert_eq!(applied, 1 << place);
    assert_eq!(stated(&world, &leases), [3_600]);
    for (account, before) in others.iter().zip(before) {
        if *account != world.people.stranger.pubkey() {
            assert_eq!(world.cluster.account(account), before);
        }
    }
}

#[test]
fn the_provider_in_the_place_of_a_lease_is_skipped() {
    let (mut world, leases) = after_an_hour(1);
    let mut accounts = vec![leases[0].address, world.provider];
    accounts.sort();
    let Lease { domain, opened_slot, .. } = world.lease(&leases[0]);
    let header = BatchHeader::new(domain, world.now(), [9; 32], &accounts);
    let row = BatchRow { opened_slot: opened_slot.into(), gpu_seconds: 3_600.into(), energy_wh: 1.into() };
    let message = [bytemuck::bytes_of(&header), bytemuck::cast_slice(&[row; 2])].concat();
    let before: Provider = world.read(&world.provider);
    let signatures = signed_bytes(&message, &[&world.people.attestor]);
    let place = accounts.iter().position(|account| *account == leases[0].address).unwrap();
    let attest = world.attest_batch_alone_ix(&accounts);
    assert_eq!(applied(world.play([signatures, attest])), 1 << place);
    assert_eq!(world.read::<Provider>(&world.provider), before);
}

#[test]
fn a_lease_of_another_provider_is_not_stated_by_this_ones_attestor() {
    let (mut world, leases) = after_an_hour(1);
    let sibling = world.sibling();
    world.pass(60);
    let foreign = [(leases[0], 3_600), (sibling.active, 240)];
    let batch = world.batch(&foreign);
    let place = batch.leases().iter().position(|lease| *lease == leases[0].address).unwrap();
    let before = world.lease(&sibling.active);
    assert_eq!(applied(world.submit_batch(&batch, &[&attestor(&world)])), 1 << place);
    assert_eq!(world.lease(&sibling.active), before);
}

// ----- rows that are not true -----

#[test]
fn a_false_row_beside_57_true_ones_is_no_more_than_a_claim_under_a_co_signature_of_others() {
    // Given 57 leases whose renter trusts an agent, and one whose renter does not know it.
    let (mut world, leases) = after_an_hour(58);
    let People { attestor, agent, .. } = world.people.insecure_clone();
    let (last, others) = leases.split_last().unwrap();
    for lease in others {
        world.set_session_key(lease, agent.pubkey()).ok();
    }
    // When the agent co-signs a batch in which that one has delivered nothing and everything is stated.
    let usage: Vec<_> = leases.iter().map(|lease| (*lease, 3_600)).collect();
    world.submit_batch(&world.batch(&usage), &[&attestor, &agent]).ok();
    // Then 57 are accepted, and the renter of the one may refuse it as ever.
    for lease in others {
        assert_eq!(world.lease(lease).meter.accepted, 3_600);
    }
    assert_eq!(world.lease(last).meter.accepted, 0);
    world.dispute(last, 0).ok();
}

#[test]
fn who_co_signs_a_batch_has_signed_every_row_of_its_own() {
    // A signature cannot leave a row out: what is signed are all of them.
    let (mut world, leases) = after_an_hour(3);
    let People { attestor, agent, .. } = world.people.insecure_clone();
    for lease in &leases {
        world.set_session_key(lease, agent.pubkey()).ok();
    }
    let [a, b, c] = leases[..] else { unreachable!() };
    let seen = world.batch(&[(a, 3_600), (b, 100), (c, 3_600)]);
    let signed_for = world.attest_batch_ix(&seen, &[&attestor, &agent]);
    // Another count under the same signature is refused by the precompile.
    let mut forged = signed_for.clone();
    let row = forged[0].data.len() - 2 * 24 + 8;
    forged[0].data[row] ^= 1;
    world.play(forged).failed_at(0, InstructionError::Custom(2));
    assert_eq!(applied(world.play(signed_for)), 0b111);
    let accepted = leases.iter().map(|lease| world.lease(lease).meter.accepted);
    assert_eq!(accepted.collect::<Vec<_>>(), [3_600, 100, 3_600]);
}

#[test]
fn the_same_batch_again_is_refused() {
    let (mut world, leases) = after_an_hour(2);
    let batch = world.attest_batch_ix(&world.batch(&all(&leases, 3_000)), &[&attestor(&world)]);
    world.play([batch.clone(), batch.clone()].concat()).failed_at(3, LeaseError::BatchEmpty);
    world.play(batch.clone()).ok();
    world.play(batch.clone()).refused(LeaseError::BatchEmpty);
    world.pass(600);
    world.play(batch).refused(LeaseError::BatchEmpty);
}

#[test]
fn an_older_batch_changes_nothing_of_what_a_newer_one_said() {
    let (mut world, leases) = after_an_hour(2);
    let older = world.attest_batch_ix(&world.batch(&all(&leases, 3_000)), &[&attestor(&world)]);
    world.pass(60);
    world.claim(&leases[0], 3_500).ok();
    assert_eq!(applied(world.play(older)), 0b10);
    assert_eq!(stated(&world, &leases), [3_500, 3_000]);
}

#[test]
fn a_batch_about_a_time_to_come_waits_for_it() {
    let (mut world, leases) = after_an_hour(2);
    let early = world.batch_until(&all(&leases, 3_600), world.now() + 60);
    let early = world.attest_batch_ix(&early, &[&attestor(&world)]);
    world.play(early.clone()).refused(LeaseError::BatchEmpty);
    world.pass(60);
    world.play(early).ok();
}

// ----- signatures -----

#[test]
fn a_session_key_counts_where_it_is_named_and_while_it_is() {
    let (mut world, leases) = after_an_hour(3);
    let People { attestor, agent, .. } = world.people.insecure_clone();
    world.set_session_key(&leases[0], agent.pubkey()).ok();
    world.set_session_key(&leases[1], agent.pubkey()).ok();
    let batch = world.attest_batch_ix(&world.batch(&all(&leases, 3_000)), &[&attestor, &agent]);
    world.set_session_key(&leases[1], Address::default()).ok();
    world.play(batch).ok();
    let accepted = leases.iter().map(|lease| world.lease(lease).meter.accepted);
    assert_eq!(accepted.collect::<Vec<_>>(), [3_000, 0, 0]);
}

#[test]
fn two_session_keys_each_accept_their_own() {
    let (mut world, leases) = after_an_hour(3);
    let People { attestor, agent, delegate, .. } = world.people.insecure_clone();
    world.set_session_key(&leases[0], agent.pubkey()).ok();
    world.set_session_key(&leases[2], delegate.pubkey()).ok();
    world.submit_batch(&world.batch(&all(&leases, 3_000)), &[&attestor, &agent, &delegate]).ok();
    let accepted = leases.iter().map(|lease| world.lease(lease).meter.accepted);
    assert_eq!(accepted.collect::<Vec<_>>(), [3_000, 0, 3_000]);
}

#[test]
fn a_verifier_that_did_not_sign_is_missed_in_its_leases_alone() {
    let (mut world, mut leases) = after_an_hour(2);
    let People { attestor, verifier, renter, .. } = world.people.insecure_clone();
    let terms = Terms { verifier: verifier.pubkey(), ..world.offer().terms };
    world.play([world.update_offer_ix(16, true, terms, listing())]).ok();
    let verified = world.active_lease_as(|request| (request.nonce, request.gpus) = (2, 1));
    leases.push(verified);
    leases.sort_by_key(|lease| lease.address);
    world.pass(60);
    let batch = world.batch(&all(&leases, 60));
    let place = leases.iter().position(|lease| *lease == verified).unwrap();
    // Neither alone nor with the renter's signature, nor for a batch of its lease alone.
    for signers in [&[&attestor][..], &[&attestor, &renter]] {
        assert_eq!(applied(world.clone().submit_batch(&batch, signers)), 0b111 ^ 1 << place);
    }
    let alone = world.batch(&[(verified, 60)]);
    world.submit_batch(&alone, &[&attestor]).refused(LeaseError::BatchEmpty);
    assert_eq!(applied(world.submit_batch(&batch, &[&attestor, &verifier])), 0b111);
}

#[test]
fn a_former_attestor_states_nothing() {
    let (mut world, leases) = after_an_hour(2);
    let batch = world.batch(&all(&leases, 3_000));
    let by_the_former = world.attest_batch_ix(&batch, &[&attestor(&world)]);
    world.play([world.update_provider_ix(world.people.agent.pubkey())]).ok();
    world.play(by_the_former).refused(LeaseError::AttestorMissing);
    world.submit_batch(&batch, &[&world.people.agent.insecure_clone()]).ok();
}

#[test]
fn the_key_of_zeroes_is_neither_verifier_nor_session_key() {
    let (world, leases) = after_an_hour(1);
    let lease = world.lease(&leases[0]);
    let nobody = AttestationSignature { public_key: Address::default(), signature: [0; 64] };
    let attestor = world.people.attestor.pubkey();
    let of_the_attestor = AttestationSignature { public_key: attestor, ..nobody };
    let co_sign =
        |signatures: &[_]| Signers { signatures, attestor: &attestor }.roles(&lease).co_signed(&lease.terms);
    assert_eq!(co_sign(&[nobody]), Err(LeaseError::AttestorMissing.into()));
    assert_eq!(co_sign(&[of_the_attestor, nobody]), Ok(false));
    assert_eq!(lease.session_key, Address::default());
}

#[test]
fn the_precompile_has_the_one_layout_for_a_batch_too() {
    let (mut world, leases) = after_an_hour(2);
    let batch: AttestationBatch = world.batch(&all(&leases, 3_000));
    let attest = world.attest_batch_alone_ix(batch.leases());
    let People { attestor, renter, verifier, agent, .. } = world.people.insecure_clone();
    let honest = Precompile::canonical(&batch.bytes(), &[&attestor]);
    // What was verified stands in another instruction, is more than what is read, or signed by more than have a place.
    let earlier = Precompile::canonical(&world.batch(&all(&leases, 1)).bytes(), &[&attestor]);
    let forged = Precompile { message: batch.bytes().to_vec(), ..earlier.clone() };
    let elsewhere = forged.looking(|offsets| offsets.message_instruction = 0);
    let pair = [earlier.instruction(), elsewhere.instruction(), attest.clone()];
    world.play(pair).failed_at(2, LeaseError::PrecompileMalformed);
    let four = Precompile::canonical(&batch.bytes(), &[&attestor, &renter, &verifier, &agent]);
    let padded = Precompile { padding: 1, ..honest.clone() };
    let trailing = Precompile { trailing: vec![0; 24], ..honest.clone() };
    for wrong in [four, padded, trailing] {
        world.play([wrong.instruction(), attest.clone()]).refused(LeaseError::PrecompileMalformed);
    }
    world.play([honest.instruction(), attest]).ok();
}

#[test]
fn a_message_about_one_lease_is_no_batch_and_a_batch_no_message_about_one() {
    let (mut world, leases) = after_an_hour(1);
    let batch = world.batch(&all(&leases, 3_000));
    let single = signed(&world.message(&leases[0], 3_000), &[&world.people.attestor]);
    let attest_batch = world.attest_batch_alone_ix(batch.leases());
    world.play([single.clone(), attest_batch.clone()]).refused(LeaseError::BatchMalformed);
    let of_batch = signed(&batch, &[&world.people.attestor]);
    let attest = world.attest_ix(&leases[0]);
    world.play([of_batch.clone(), attest.clone()]).refused(LeaseError::PrecompileMalformed);
    // Nor does one serve the instruction after the next.
    world.play([single, attest, attest_batch.clone()]).failed_at(2, LeaseError::PrecompileMissing);
    world.play([of_batch, attest_batch]).ok();
}
