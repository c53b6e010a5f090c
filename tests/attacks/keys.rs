//! Keys: session keys that were removed or do more than co-sign, authorities that are not yet or no longer,
//! and `attest` called by another program.

use crate::gain;
use gpu_lease::attestation::Attestation;
use gpu_lease_tests::prelude::*;
use solana_program_test::{BuiltinFunctionDefinition, InvokeContext};
use std::cell::RefCell;

/// A lease whose renter lets its agent co-sign, after an hour, and what the provider would like to be paid for.
fn with_session_key() -> (World, LeaseRef, Attestation) {
    let mut world = World::new();
    let agent = world.people.agent.pubkey();
    let lease = world.active_lease_as(|request| request.session_key = agent);
    world.pass(3_600);
    let wish = world.message(&lease, 14_400);
    (world, lease, wish)
}

// ----- session keys -----

#[test]
fn a_session_key_that_was_removed_or_replaced_co_signs_no_more() {
    let (world, lease, wish) = with_session_key();
    for next in [Address::default(), world.people.verifier.pubkey()] {
        let mut world = world.clone();
        // The signature was given before, and lands after.
        let pair = [signed(&wish, &[&world.people.attestor, &world.people.agent]), world.attest_ix(&lease)];
        world.set_session_key(&lease, next).ok();
        world.play(pair.clone()).refused(LeaseError::SignerUnexpected);
        world.set_session_key(&lease, world.people.agent.pubkey()).ok();
        world.play(pair).ok();
        assert_eq!(world.lease(&lease).meter.accepted, 14_400);
    }
}

#[test]
fn a_session_key_does_nothing_but_co_sign() {
    let (mut world, lease, wish) = with_session_key();
    world.claim_message(&lease, &wish).ok();
    let agent = world.people.agent.pubkey();
    let known = world.client_ref(&lease);
    for renters in [
        instruction::extend_lease(&known, 2 * 86_400, FOR_EVER),
        instruction::resize_lease(&known, 1, FOR_EVER),
        instruction::dispute_lease(agent, &known, 0, u64::MAX, FOR_EVER),
        instruction::set_session_key(&known, agent, FOR_EVER),
        instruction::close_lease_together(&known, 0, 0, FOR_EVER),
    ] {
        world.play([renters.with("renter", agent)]).refused(LeaseError::NotRenter);
    }
    world.terminate(&lease, agent).refused(LeaseError::NotParty);
    let pending = world.pending_lease_as(|request| (request.nonce, request.session_key) = (1, agent));
    world.cancel(&pending, agent).refused(LeaseError::NotRenter);
}

#[test]
fn a_session_key_alone_is_no_attestor() {
    let (mut world, lease, wish) = with_session_key();
    let agent = world.people.agent.insecure_clone();
    world.submit(&lease, &wish, &[&agent]).refused(LeaseError::AttestorMissing);
}

#[test]
fn nobody_but_the_renter_sets_a_session_key() {
    let (mut world, lease, _) = with_session_key();
    let attestor = world.people.attestor.pubkey();
    let set = instruction::set_session_key(&world.client_ref(&lease), attestor, FOR_EVER);
    let people = &world.people;
    for another in [&people.provider, &people.attestor, &people.agent, &people.stranger].map(Signer::pubkey) {
        world.play([set.clone().with("renter", another)]).refused(LeaseError::NotRenter);
    }
    world.play([set.unsigned("renter")]).failed(InstructionError::MissingRequiredSignature);
}

#[test]
fn the_attestors_key_as_session_key_counts_twice_which_only_the_renter_can_choose() {
    let (mut world, lease, wish) = with_session_key();
    let attestor = world.people.attestor.pubkey();
    world.claim_message(&lease, &wish).ok();
    assert_eq!(world.lease(&lease).meter.accepted, 0, "the attestor alone claims");
    world.set_session_key(&lease, attestor).ok();
    world.pass(1);
    world.claim(&lease, 14_404).ok();
    assert_eq!(world.lease(&lease).meter.accepted, 14_404, "the renter trusts it with both roles");
    world.claim(&lease, 14_405).refused(LeaseError::UnitsAboveCapacity);
}

#[test]
fn a_provider_that_names_the_renters_key_its_attestor_gives_its_own_say_away() {
    let (mut world, lease, wish) = with_session_key();
    let [attestor, agent] = [&world.people.attestor, &world.people.agent].map(Keypair::insecure_clone);
    world.play([world.update_provider_ix(agent.pubkey())]).ok();
    world.submit(&lease, &wish, &[&attestor]).refused(LeaseError::SignerUnexpected);
    world.submit(&lease, &wish, &[&attestor, &agent]).refused(LeaseError::SignerUnexpected);
    world.submit(&lease, &wish, &[&agent]).ok();
    assert_eq!(world.lease(&lease).meter.accepted, 14_400);
}

// ----- the provider's authority -----

/// `accept_authority` by `nominee`.
fn accept(world: &World, nominee: Address) -> Instruction {
    world.accept_authority_ix(nominee, world.people.attestor.pubkey())
}

/// The provider nominates `nominee`.
fn nominate(world: &mut World, nominee: Address) {
    world.play([world.nominate_authority_ix(nominee)]).ok();
}

#[test]
fn nobody_accepts_who_is_not_nominated() {
    let mut world = World::new();
    let [rival, agent] = [&world.people.rival, &world.people.agent].map(Signer::pubkey);
    world.play([accept(&world, rival)]).refused(LeaseError::NotNominated);
    nominate(&mut world, rival);
    world.play([accept(&world, agent)]).refused(LeaseError::NotNominated);
    // A nomination that was replaced, or taken back, is over.
    nominate(&mut world, agent);
    world.play([accept(&world, rival)]).refused(LeaseError::NotNominated);
    nominate(&mut world, Address::default());
    world.play([accept(&world, agent)]).refused(LeaseError::NotNominated);
    assert_eq!(world.read::<Provider>(&world.provider).authority, world.people.provider.pubkey());
}

#[test]
fn the_zero_key_accepts_nothing() {
    let mut world = World::new();
    nominate(&mut world, Address::default());
    let nobodys = accept(&world, Address::default()).unsigned("nominee");
    world.play([nobodys]).failed(InstructionError::MissingRequiredSignature);
    // Should a cluster ever take it for a signer, the program does not.
    let mut provider: Provider = world.read(&world.provider);
    assert_eq!(provider.accept(&Address::default(), NOWHERE), Err(LeaseError::NotNominated.into()));
}

#[test]
fn nobody_but_the_authority_nominates() {
    let mut world = World::new();
    let people = &world.people;
    for another in [&people.stranger, &people.attestor, &people.rival].map(Signer::pubkey) {
        let nominate = world.nominate_authority_ix(another);
        world.play([nominate.with("authority", another)]).refused(LeaseError::NotProviderAuthority);
    }
}

#[test]
fn a_nominee_is_nobody_until_it_accepts() {
    let mut world = World::new();
    let lease = world.active_lease();
    let rival = world.people.rival.pubkey();
    nominate(&mut world, rival);
    for owners in [
        world.update_provider_ix(rival),
        world.update_offer_ix(8, false, world.offer().terms, listing()),
        world.resize_lease_ix(&lease, 8),
        world.nominate_authority_ix(rival),
        instruction::close_lease_together(&world.client_ref(&lease), 0, 0, FOR_EVER),
    ] {
        world.play([owners.with("authority", rival)]).refused(LeaseError::NotProviderAuthority);
    }
    world.terminate(&lease, rival).refused(LeaseError::NotParty);
}

#[test]
fn a_nomination_is_accepted_once() {
    let mut world = World::new();
    let rival = world.people.rival.pubkey();
    nominate(&mut world, rival);
    let accept = accept(&world, rival);
    world.play([accept.clone()]).ok();
    world.play([accept]).refused(LeaseError::NotNominated);
}

#[test]
fn a_former_authority_is_paid_nothing_and_decides_nothing() {
    let mut world = World::new();
    let lease = world.active_lease();
    world.pass(3_600);
    world.agree(&lease, 14_400).ok();
    let [former, rival] = [&world.people.provider, &world.people.rival].map(Signer::pubkey);
    let settled_before = world.settle_ix(&lease);
    let [grow_before, close_before] = [
        world.resize_lease_ix(&lease, 8),
        instruction::close_lease_together(&world.client_ref(&lease), 0, 0, FOR_EVER),
    ];
    nominate(&mut world, rival);
    world.play([accept(&world, rival)]).ok();

    world.play([settled_before]).refused(LeaseError::WrongTokenOwner);
    for before in [
        grow_before,
        close_before,
        world.update_provider_ix(former),
        world.update_offer_ix(8, false, world.offer().terms, listing()),
        world.nominate_authority_ix(former),
    ] {
        world.play([before]).refused(LeaseError::NotProviderAuthority);
    }
    world.terminate(&lease, former).refused(LeaseError::NotParty);
    world.play([world.register_provider_ix(former, former)]).failed(ALREADY_IN_USE);

    world.settle(&lease).ok();
    assert_eq!(gain(&world, &rival), 9_900_000);
    assert_eq!(gain(&world, &former), -20_000_000);
    // The bond is the lease's, and follows the provider.
    world.close_as_claimed(&lease).ok();
    assert_eq!(gain(&world, &rival), 29_900_000);
}

// ----- attest called by another program -----

/// Address of [`Caller`].
const CALLER: Address = Address::new_from_array([78; 32]);

thread_local! {
    /// What [`Caller`] calls next.
    static CALLS: RefCell<Vec<Instruction>> = const { RefCell::new(Vec::new()) };
}

/// A program that calls [`CALLS`], one after the other.
struct Caller;

impl BuiltinFunctionDefinition<InvokeContext<'_, '_>> for Caller {
    type Error = InstructionError;

    fn rust(
        context: &mut InvokeContext,
        _: u64,
        _: u64,
        _: u64,
        _: u64,
        _: u64,
    ) -> Result<u64, InstructionError> {
        // Every builtin has to cost something.
        context
            .compute_meter
            .consume_checked(1)
            .map_err(|_| InstructionError::ComputationalBudgetExceeded)?;
        for call in CALLS.take() {
            context.native_invoke_signed(call, &[])?;
        }
        Ok(0)
    }
}

/// [`Caller`] calling `calls`.
fn called(world: &mut World, calls: &[Instruction]) -> Instruction {
    world.svm().add_builtin(CALLER, Caller::register);
    CALLS.set(calls.to_vec());
    let mut accounts: Vec<_> = calls.iter().flat_map(|call| call.accounts.clone()).collect();
    accounts.push(solana_instruction::AccountMeta::new_readonly(gpu_lease::ID, false));
    Instruction { program_id: CALLER, accounts, data: vec![] }
}

#[test]
fn attest_called_by_a_program_takes_the_message_before_the_call_and_no_other() {
    let (mut world, lease, wish) = with_session_key();
    let other = world.active_lease_as(|request| request.nonce = 1);
    let message = signed(&wish, &[&world.people.attestor]);
    let [attest, of_the_other] = [&lease, &other].map(|lease| world.attest_ix(lease));

    // Nothing before the call.
    let call = called(&mut world, std::slice::from_ref(&attest));
    world.play([call]).failed_at(0, LeaseError::PrecompileMissing);
    // Another lease, by the same message.
    let call = called(&mut world, &[attest.clone(), of_the_other]);
    world.play([message.clone(), call]).failed_at(1, LeaseError::MessageMismatch);
    // The same lease twice: one message, one claim.
    let call = called(&mut world, &[attest.clone(), attest.clone()]);
    world.play([message.clone(), call]).failed_at(1, LeaseError::AttestationRepeated);
    // A call between message and attestation hides the message.
    let call = called(&mut world, &[]);
    world.play([message.clone(), call, attest.clone()]).failed_at(2, LeaseError::PrecompileMissing);
    // The message says who may be paid for what, so whoever carries it does no harm.
    let call = called(&mut world, &[attest]);
    world.play([message, call]).ok();
    assert_eq!(world.lease(&lease).meter.latest.units, 14_400);
    assert_eq!(world.lease(&lease).meter.accepted, 0);
}

#[test]
fn a_program_that_is_called_with_one_partys_signature_does_not_close_for_both() {
    let (mut world, lease, _) = with_session_key();
    let close = instruction::close_lease_together(&world.client_ref(&lease), 0, 0, FOR_EVER);
    // The provider does not sign the transaction, and a program cannot sign for it.
    let mut call = called(&mut world, std::slice::from_ref(&close));
    for meta in &mut call.accounts {
        meta.is_signer &= meta.pubkey == lease.renter;
    }
    world.play([call]).failed(InstructionError::PrivilegeEscalation);
    world.close(&lease).refused(LeaseError::NotClosable);
}

#[test]
fn nobody_makes_a_providers_seat_ahead_and_keeps_it_from_registering() {
    let mut world = World::new();
    let [rival, stranger] = [&world.people.rival, &world.people.stranger].map(Signer::pubkey);
    let provider = address::provider(&rival);
    // The account that the provider will have signs nothing.
    let ahead = instruction::create_participant(stranger, provider).unsigned("party");
    world.play([ahead]).failed(InstructionError::MissingRequiredSignature);
    world.play([world.register_provider_ix(rival, stranger)]).ok();
    assert_eq!(world.participant(&provider).authority, rival);
}
