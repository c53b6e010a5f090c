//! Keys: session keys that were removed or do more than co-sign, authorities that are not yet or no longer,
//! and `attest` called by another program.

use crate::gain;
use gpu_lease::attestation::Attestation;
use gpu_lease_tests::prelude::*;
use solana_program_test::{BuiltinFunctionDefinition, InvokeContext};
use std::cell::RefCell;

/// A lease whose renter lets its agent co-sign, after an hour, and what the provider would like to be paid for.
fn with_session_key() -> (World, LeaseKey, Attestation) {
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
fn a_session_key_spends_nothing_changes_nothing_and_receives_nothing() {
    let (mut world, lease, wish) = with_session_key();
    world.claim_message(&lease, &wish).ok();
    let agent = world.people.agent.pubkey();
    let known = world.context(&lease);
    for renters in [
        instruction::extend_lease(&known, 2 * 86_400, FOR_EVER),
        instruction::resize_lease(&known, 1, FOR_EVER),
        instruction::resize_lease(&known, 8, FOR_EVER),
        instruction::set_session_key(&known, agent, FOR_EVER),
        instruction::close_lease_together(&known, 0, 0, FOR_EVER),
    ] {
        world.play([renters.with("renter", agent)]).refused(LeaseError::NotRenter);
    }
    let pending = world.pending_lease_as(|request| (request.nonce, request.session_key) = (1, agent));
    world.cancel(&pending, agent).refused(LeaseError::NotRenter);
    // What a close pays, it pays to the payer's accounts, whoever ended the lease.
    world.terminate(&lease, agent).ok();
    world.pass_grace(&lease);
    let own = world.wallet(&agent);
    let close = world.close_lease_ix(&lease);
    world.play([close.clone().with("refund_token", own)]).refused(LeaseError::WrongTokenOwner);
    world.play([close.with("payer", agent)]).refused(LeaseError::WrongAccount);
}

#[test]
fn a_session_key_that_was_removed_or_replaced_refuses_and_ends_nothing() {
    let (mut world, lease, wish) = with_session_key();
    world.claim_message(&lease, &wish).ok();
    let agent = world.people.agent.pubkey();
    let dispute = world.dispute_lease_by_ix(&lease, agent, agent, 0);
    let notice = world.terminate_lease_ix(&lease, agent);
    for next in [Address::default(), world.people.verifier.pubkey()] {
        let mut world = world.clone();
        world.set_session_key(&lease, next).ok();
        world.play([dispute.clone()]).refused(LeaseError::NotRenter);
        world.play([notice.clone()]).refused(LeaseError::NotParty);
        world.pass(901);
        world.play([world.expire_lease_ix(&lease, agent)]).refused(LeaseError::HeartbeatNotMissed);
    }
    world.play([dispute]).ok();
}

#[test]
fn a_session_key_of_one_lease_is_nobody_in_another() {
    let (mut world, _, _) = with_session_key();
    let other = world.active_lease_as(|request| request.nonce = 1);
    let People { attestor, agent, .. } = world.people.insecure_clone();
    world.pass(60);
    let message = world.message(&other, 240);
    world.submit(&other, &message, &[&attestor, &agent]).refused(LeaseError::SignerUnexpected);
    world.claim_message(&other, &message).ok();
    let dispute = world.dispute_lease_by_ix(&other, agent.pubkey(), agent.pubkey(), 0);
    world.play([dispute]).refused(LeaseError::NotRenter);
    world.terminate(&other, agent.pubkey()).refused(LeaseError::NotParty);
}

#[test]
fn a_session_key_that_is_one_of_the_providers_keys_is_a_session_key() {
    // The renter trusts a key of the provider's, and with it as much as it would trust another.
    let People { provider, attestor, operator, .. } = People::default();
    for own in [&provider, &attestor, &operator] {
        let (mut world, lease, wish) = with_session_key();
        world.set_session_key(&lease, own.pubkey()).ok();
        let mut noticed = world.clone();
        noticed.terminate(&lease, own.pubkey()).ok();
        assert_eq!(noticed.lease(&lease).end_reason, EndReason::RenterNotice);
        let signers = [&world.people.attestor.insecure_clone(), own];
        let signers = if own.pubkey() == attestor.pubkey() { &signers[..1] } else { &signers[..] };
        world.submit(&lease, &wish, signers).ok();
        assert_eq!(world.lease(&lease).meter.accepted, 14_400);
        // It receives nothing all the same.
        let gift = world.close_together_ix(&lease, 0, 0).with("renter", own.pubkey());
        world.play([gift]).refused(LeaseError::NotRenter);
    }
}

#[test]
fn a_provider_that_names_the_session_key_its_own_takes_nothing_from_the_renter() {
    let (mut world, lease, wish) = with_session_key();
    world.claim_message(&lease, &wish).ok();
    let agent = world.people.agent.pubkey();
    // In front of what the renter's guard signs, the provider names that key its operator, or its attestor.
    let dispute = world.dispute_lease_by_ix(&lease, agent, agent, 7_200);
    for change in
        [|keys: &mut HotKeys, agent| keys.operator = agent, |keys: &mut HotKeys, agent| keys.attestor = agent]
    {
        let mut world = world.clone();
        world.play([world.update_keys_ix(|keys| change(keys, agent))]).ok();
        world.clone().play([dispute.clone()]).ok();
        world.terminate(&lease, agent).ok();
        assert_eq!(world.lease(&lease).end_reason, PodEndReason::RenterNotice);
    }
}

// ----- the operator -----

#[test]
fn an_operator_without_a_renter_closes_nothing_and_with_one_gives_nothing_up() {
    let mut world = World::new();
    let lease = world.pooled_lease();
    world.pass(3_600);
    world.claim(&lease, 14_000).ok();
    let close = world.close_with_operator_ix(&lease, 14_000, 0);
    world.play([close.clone().unsigned("renter")]).refused(LeaseError::NotAgreed);
    // The whole bond to the renter, half of what is claimed, nothing of it.
    for (units, credit) in [(14_000, 20_000_000), (7_000, 0), (0, 0)] {
        let gift = world.close_with_operator_ix(&lease, units, credit);
        world.play([gift]).refused(LeaseError::OperatorMayNot);
    }
    // What is claimed when it lands counts: a claim in front of it voids it.
    world.claim(&lease, 14_400).ok();
    world.play([close]).refused(LeaseError::OperatorMayNot);
    world.play([world.close_with_operator_ix(&lease, 14_400, 0)]).ok();
    assert_eq!(gain(&world, &world.people.provider.pubkey()), 9_900_000 - 20_000_000);
    assert_eq!(world.balance(&world.bond_account()), 20_000_000);
}

#[test]
fn an_operator_uses_neither_the_wallets_account_nor_another_providers_bond_account() {
    let mut world = World::new();
    let sibling = world.sibling();
    let lease = world.pending_lease();
    world.pay_bond_in(20_000_000);
    let rivals = world.create_token_account(sibling.provider, world.mint);
    world.transfer(&world.people.rival.pubkey(), &rivals, 20_000_000).ok();
    let [wallet, own] =
        [&world.people.provider, &world.people.operator].map(|person| world.wallet(&person.pubkey()));
    let start = world.start_by_operator_ix(&lease);
    for elsewhere in [wallet, own, rivals] {
        world.play([start.clone().with("bond_token", elsewhere)]).refused(LeaseError::NotTheBondAccount);
    }
    // Nor is it an operator of the other.
    let others = world.start_by_operator_ix(&sibling.pending);
    let others = others.with("authority", world.people.operator.pubkey()).with("bond_token", rivals);
    world.play([others]).refused(LeaseError::NotProviderOperator);
    world.play([start]).ok();
    // What came out of the bond account comes back to no other.
    world.pass(60);
    world.claim(&lease, 240).ok();
    let close = world.close_together_ix(&lease, 240, 0);
    for elsewhere in [wallet, own, rivals] {
        world.play([close.clone().with("bond_token", elsewhere)]).refused(LeaseError::WrongTokenOwner);
    }
}

#[test]
fn an_operator_of_nobody_is_nobody() {
    let mut world = World::new();
    world.play([world.update_keys_ix(|keys| keys.operator = Address::default())]).ok();
    let provider: Provider = world.read(&world.provider);
    assert_eq!(provider.role_of(&Address::default()), Err(LeaseError::NotProviderOperator.into()));
    let lease = world.pending_lease();
    world.pay_bond_in(20_000_000);
    let nobodys = world.start_by_operator_ix(&lease).unsigned("authority");
    world.play([nobodys]).failed(InstructionError::MissingRequiredSignature);
}

#[test]
fn a_sellers_hot_keys_are_nobodys_after_the_sale() {
    let mut world = World::new();
    let lease = world.active_lease();
    world.pass(3_600);
    let pending = world.pending_lease_as(|request| (request.nonce, request.gpus) = (1, 1));
    world.pay_bond_in(5_000_000);
    let [heir, agent] = [&world.people.rival, &world.people.agent].map(Signer::pubkey);
    let operator = world.people.operator.pubkey();
    let start = world.start_by_operator_ix(&pending);
    let publish = world.publish_access_ix(&lease, b"moved").with("authority", operator);
    let withdraw = world.withdraw_bond_ix(world.wallet(&world.people.provider.pubkey()), 5_000_000);
    let batch = world.attest_batch_ix(&world.batch(&[(lease, 14_400)]), &[&world.people.attestor]);
    nominate(&mut world, heir);
    let keys = HotKeys { attestor: agent, operator: agent };
    world.play([instruction::accept_authority(heir, world.provider, keys, FOR_EVER)]).ok();

    for of_the_operator in [start, publish, world.close_together_ix(&lease, 0, 0).with("authority", operator)]
    {
        world.play([of_the_operator]).refused(LeaseError::NotProviderOperator);
    }
    world.terminate(&lease, operator).refused(LeaseError::NotParty);
    world.play([withdraw]).refused(LeaseError::NotProviderAuthority);
    world.play(batch).refused(LeaseError::AttestorMissing);
    // The buyer's do all of it, out of the bond account that the seller has filled.
    world.play([world.start_by_operator_ix(&pending)]).ok();
    assert_eq!(world.balance(&world.bond_account()), 0);
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
    let set = instruction::set_session_key(&world.context(&lease), attestor, FOR_EVER);
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
    let keys = provider.keys();
    assert_eq!(provider.accept(&Address::default(), keys), Err(LeaseError::NotNominated.into()));
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
    world.pay_bond_in(1);
    let rival = world.people.rival.pubkey();
    nominate(&mut world, rival);
    for owners in [
        world.update_provider_ix(rival),
        world.update_offer_ix(8, false, world.offer().terms, listing()),
        world.nominate_authority_ix(rival),
        world.withdraw_bond_ix(world.wallet(&rival), 1),
    ] {
        world.play([owners.with("authority", rival)]).refused(LeaseError::NotProviderAuthority);
    }
    for operators in [
        world.resize_lease_ix(&lease, 8),
        world.publish_access_ix(&lease, b"moved"),
        instruction::close_lease_together(&world.context(&lease), 0, 0, FOR_EVER),
    ] {
        world.play([operators.with("authority", rival)]).refused(LeaseError::NotProviderOperator);
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
        instruction::close_lease_together(&world.context(&lease), 0, 0, FOR_EVER),
    ];
    nominate(&mut world, rival);
    world.play([accept(&world, rival)]).ok();

    world.play([settled_before]).refused(LeaseError::WrongTokenOwner);
    for before in [grow_before, close_before] {
        world.play([before]).refused(LeaseError::NotProviderOperator);
    }
    for before in [
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
    let close = instruction::close_lease_together(&world.context(&lease), 0, 0, FOR_EVER);
    // The provider does not sign the transaction, and a program cannot sign for it.
    let mut call = called(&mut world, std::slice::from_ref(&close));
    for meta in &mut call.accounts {
        meta.is_signer &= meta.pubkey == lease.renter;
    }
    world.play([call]).failed(InstructionError::PrivilegeEscalation);
    world.close(&lease).refused(LeaseError::NotClosable);
}

#[test]
fn nobody_makes_a_providers_participant_ahead_and_keeps_it_from_registering() {
    let mut world = World::new();
    let [rival, stranger] = [&world.people.rival, &world.people.stranger].map(Signer::pubkey);
    let provider = address::provider(&rival);
    // The account that the provider will have signs nothing.
    let ahead = instruction::create_participant(stranger, provider).unsigned("party");
    world.play([ahead]).failed(InstructionError::MissingRequiredSignature);
    world.play([world.register_provider_ix(rival, stranger)]).ok();
    assert_eq!(world.participant(&provider).authority, rival);
}
