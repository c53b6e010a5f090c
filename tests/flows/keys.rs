//! Keys that sign usage: the renter's session key, the verifier, the attestor.

use gpu_lease_tests::prelude::*;
use rstest::rstest;

/// An agent in the renter's place signs that 1 000 more units were delivered in the next ten minutes.
fn co_sign(world: &mut World, lease: &LeaseKey, agent: &Keypair) -> Outcome {
    world.pass(600);
    let message = world.message(lease, world.lease(lease).meter.latest.units + 1_000);
    let attestor = world.people.attestor.insecure_clone();
    world.submit(lease, &message, &[&attestor, agent])
}

#[rstest]
fn a_session_key_co_signs_from_when_it_is_set_until_it_is_replaced(
    #[values(TOKEN, TOKEN_2022)] token_program: Address,
) {
    let mut world = World::on(token_program);
    let lease = world.active_lease();
    let People { agent, sponsor, renter, .. } = &world.people.insecure_clone();
    let accepted = |world: &World| world.lease(&lease).meter.accepted;
    co_sign(&mut world, &lease, agent).refused(LeaseError::SignerUnexpected);

    // Set in the middle of the lease, the agent accepts usage at once.
    world.set_session_key(&lease, agent.pubkey()).ok();
    co_sign(&mut world, &lease, agent).ok();
    assert_eq!(accepted(&world), 1_000);

    // Replaced, it does so no longer; its successor and the renter itself do.
    world.set_session_key(&lease, sponsor.pubkey()).ok();
    co_sign(&mut world, &lease, agent).refused(LeaseError::SignerUnexpected);
    co_sign(&mut world, &lease, sponsor).ok();
    co_sign(&mut world, &lease, renter).ok();
    assert_eq!(accepted(&world), 3_000);

    // With a key of zero nobody but the renter does.
    world.set_session_key(&lease, Address::default()).ok();
    for nobody in [agent, sponsor] {
        co_sign(&mut world, &lease, nobody).refused(LeaseError::SignerUnexpected);
    }
    co_sign(&mut world, &lease, renter).ok();
    world.settle(&lease).ok();
    // 4 000 units are worth 2 777 777, of which 27 777 are fees.
    let provider = world.people.provider.pubkey();
    assert_eq!(world.money(&provider), WEALTH - 20_000_000 + 2_750_000);
}

#[rstest]
fn what_a_session_key_signed_before_it_was_replaced_stays_accepted(
    #[values(TOKEN, TOKEN_2022)] token_program: Address,
) {
    let mut world = World::on(token_program);
    let agent = world.people.agent.insecure_clone();
    let lease = world.active_lease_as(|request| request.session_key = agent.pubkey());
    co_sign(&mut world, &lease, &agent).ok();
    world.set_session_key(&lease, Address::default()).ok();
    world.dispute(&lease, 0).refused(LeaseError::NoOpenClaim);
    assert_eq!(world.lease(&lease).meter.accepted, 1_000);
}

#[rstest]
fn a_session_key_neither_prolongs_nor_changes_a_lease(#[values(TOKEN, TOKEN_2022)] token_program: Address) {
    let mut world = World::on(token_program);
    let agent = world.people.agent.pubkey();
    let lease = world.active_lease_as(|request| request.session_key = agent);
    world.pass(600);
    world.claim(&lease, 1_000).ok();
    let reference = world.context(&lease);
    for instruction in [
        instruction::extend_lease(&reference, 172_800, FOR_EVER),
        instruction::resize_lease(&reference, 1, FOR_EVER),
        instruction::set_session_key(&reference, agent, FOR_EVER),
    ] {
        world.play([instruction.with("renter", agent)]).refused(LeaseError::NotRenter);
    }
}

#[rstest]
fn a_session_key_refuses_for_a_renter_that_sleeps(#[values(TOKEN, TOKEN_2022)] token_program: Address) {
    // Given a provider that claims an hour of which half was delivered.
    let mut world = World::on(token_program);
    let [agent, sponsor] = [&world.people.agent, &world.people.sponsor].map(Signer::pubkey);
    let lease = world.active_lease_as(|request| request.session_key = agent);
    world.pass(3_600);
    world.claim(&lease, 14_400).ok();

    // When the agent disputes it with a sponsor's money, and the arbiter finds what it says.
    world.play([world.dispute_lease_by_ix(&lease, agent, sponsor, 7_200)]).ok();
    world.resolve(&lease, 7_200).ok();
    let closed = world.close(&lease).closed();

    // Then the renter pays for that half, and has the credit for 7 056 missing units; what is left of the stake of
    // 500 000, which is all of it, is the payer's.
    assert_eq!((closed.accepted, closed.promised, closed.credit), (7_200, 14_256, 4_900_000));
    assert_eq!(world.money(&lease.renter), WEALTH - 5_000_000 + 4_900_000 + 500_000);
    assert_eq!(world.money(&sponsor), WEALTH - 500_000);
    assert_eq!(world.money(&agent), WEALTH);
}

#[rstest]
fn a_session_key_gives_notice_for_the_renter(#[values(TOKEN, TOKEN_2022)] token_program: Address) {
    let mut world = World::on(token_program);
    let agent = world.people.agent.pubkey();
    let lease = world.active_lease_as(|request| request.session_key = agent);
    world.pass(600);
    world.terminate(&lease, agent).ok();
    let Lease { ends_at, end_reason, .. } = world.lease(&lease);
    assert_eq!((ends_at, end_reason), (world.now() + 3_600, PodEndReason::RenterNotice));
}

#[rstest]
fn a_verifier_signs_claims_and_what_the_renters_agent_accepts(
    #[values(TOKEN, TOKEN_2022)] token_program: Address,
) {
    // Given terms that name a verifier, and a renter with a session key.
    let people = People::default();
    let People { attestor, verifier, agent, .. } = &people;
    let mut world = World::on_with_terms(token_program, |terms| terms.verifier = verifier.pubkey());
    let lease = world.active_lease_as(|request| request.session_key = agent.pubkey());
    world.pass(3_600);

    // Neither a claim nor an agreement stands without it.
    let message = world.message(&lease, 9_000);
    world.submit(&lease, &message, &[attestor]).refused(LeaseError::VerifierMissing);
    world.submit(&lease, &message, &[attestor, agent]).refused(LeaseError::VerifierMissing);
    world.submit(&lease, &message, &[verifier, agent]).refused(LeaseError::AttestorMissing);

    // A claim that it signed waits for its window and can be disputed all the same.
    world.submit(&lease, &message, &[attestor, verifier]).ok();
    let meter = world.lease(&lease).meter;
    assert_eq!((meter.accepted, meter.latest.units), (0, 9_000));
    world.clone().dispute(&lease, 0).ok();

    // With the agent's signature it is accepted at once.
    world.pass(300);
    let message = world.message(&lease, 10_000);
    world.submit(&lease, &message, &[attestor, verifier, agent]).ok();
    assert_eq!(world.lease(&lease).meter.accepted, 10_000);
    world.dispute(&lease, 0).refused(LeaseError::NoOpenClaim);
    world.pass_grace(&lease);
    world.close(&lease).ok();
    // 6 944 444 less the whole bond of 20 000 000 for 161 072 missing units.
    assert_eq!(world.money(&lease.renter), WEALTH - 6_944_444 + 20_000_000);
}
