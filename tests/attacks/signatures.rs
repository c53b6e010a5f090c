//! A signature that somebody else lands: later, and after whatever suits him.

use crate::{gain, gains};
use gpu_lease_client::account::Keyed;
use gpu_lease_tests::prelude::*;

/// A lease of four GPUs of which an hour is delivered and claimed.
fn an_hour_claimed() -> (World, LeaseKey) {
    let mut world = World::new();
    let lease = world.active_lease();
    world.pass(12 * 3_600);
    world.claim(&lease, 14_400).ok();
    (world, lease)
}

// ----- a close by both parties -----

#[test]
fn a_claim_in_front_of_a_close_that_the_renter_signed_gets_the_provider_no_more() {
    let (mut world, lease) = an_hour_claimed();
    let close = world.close_together_ix(&lease, 14_400, 0);
    world.claim(&lease, 172_800).ok();
    world.play([close]).ok();
    assert_eq!(gains(&world, &lease), [-10_000_000, 9_900_000, 0, 100_000]);
}

#[test]
fn a_dispute_in_front_of_a_close_that_the_provider_signed_costs_it_nothing() {
    let mut world = World::new();
    let lease = world.active_lease();
    world.pass(12 * 3_600);
    world.claim(&lease, 172_800).ok();
    let close = world.close_together_ix(&lease, 172_800, 0);
    world.dispute(&lease, 0).ok();
    world.play([close]).ok();
    assert_eq!(gains(&world, &lease), [-120_000_000, 118_800_000, 0, 1_200_000]);
}

#[test]
fn a_close_by_both_takes_the_credit_that_they_agreed_on_and_no_other() {
    let (mut world, lease) = an_hour_claimed();
    world.close_together(&lease, 14_400, 20_000_001).refused(LeaseError::CreditAboveBond);
    world.close_together(&lease, 14_401, 0).refused(LeaseError::FigureOutOfBounds);
    world.close_together(&lease, 14_400, 20_000_000).ok();
    assert_eq!(gains(&world, &lease), [10_000_000, -10_100_000, 0, 100_000]);
}

// ----- another lease at the address -----

#[test]
fn a_start_does_not_land_on_another_lease_of_the_same_number() {
    // Given a start that the provider signed for one GPU and an hour.
    let mut world = World::new();
    let small = |request: &mut LeaseRequest| {
        (request.gpus, request.duration, request.deposit) = (1, 3_600, 2_500_000);
    };
    let lease = world.pending_lease_as(small);
    let start = world.start_lease_ix(&lease, ACCESS_BLOB);
    let provider = world.people.provider.pubkey();
    for later in [0, 1] {
        let mut world = world.clone();
        // When the renter puts eight GPUs for thirty days in its place, in the same slot or later.
        let cancel = world.cancel_lease_ix(&lease, lease.renter);
        let large = LeaseRequest { gpus: 8, duration: 30 * 86_400, deposit: 20_000_000, ..world.request(0) };
        let open = world.open_lease_ix(large);
        world.play([cancel, open]).ok();
        world.pass(later);
        // Then no bond is taken.
        world.play([start.clone()]).refused(LeaseError::LeaseChanged);
        assert_eq!(gain(&world, &provider), 0);
    }
    // Nor does it land on the like of a later slot.
    world.cancel(&lease, lease.renter).ok();
    world.pass(1);
    assert_eq!(world.pending_lease_as(small), lease);
    world.play([start]).refused(LeaseError::LeaseChanged);
    assert_eq!(gain(&world, &provider), 0);
}

#[test]
fn a_sponsors_top_up_does_not_land_in_another_life_of_the_address() {
    let mut world = World::new();
    let lease = world.sponsored_lease();
    let sponsor = lease.payer;
    let top_up = world.top_up_ix(&lease, sponsor, 50_000_000);
    world.cancel(&lease, lease.renter).ok();
    let again = world.pending_lease();
    assert_eq!(again.address, lease.address);
    world.play([top_up]).refused(LeaseError::LeaseChanged);
    assert_eq!(gain(&world, &sponsor), 0);
}

#[test]
fn a_sponsors_top_up_does_not_land_after_the_end_nor_after_the_close() {
    let mut world = World::new();
    let lease = world.sponsored_lease();
    world.start(&lease).ok();
    let (sponsor, ends_at) = (lease.payer, world.lease(&lease).ends_at);
    world.set_time(ends_at - 1);
    let top_up = world.top_up_ix(&lease, sponsor, 50_000_000);
    world.set_time(ends_at);
    world.play([top_up.clone()]).refused(LeaseError::LeaseEnding);
    world.pass_grace(&lease);
    world.close(&lease).ok();
    world.pending_lease();
    world.play([top_up]).refused(LeaseError::LeaseChanged);
    // The bond of a provider that never came was added to what came back.
    assert_eq!(gain(&world, &sponsor), 20_000_000);
}

#[test]
fn a_top_up_is_for_an_end_and_not_for_a_lease_that_was_cut_short() {
    let mut world = World::new();
    let lease = world.active_lease();
    let top_up = world.top_up_ix(&lease, world.people.sponsor.pubkey(), 50_000_000);
    world.terminate(&lease, lease.renter).ok();
    world.play([top_up]).refused(LeaseError::EndsTooEarly);
}

// ----- what a renter sees -----

#[test]
fn a_listing_that_changed_in_front_of_an_opening_opens_nothing() {
    let mut world = World::new();
    let open = world.open_lease_ix(world.request(0));
    let mut worse = Listing { memory_gib: 6, ..listing() };
    worse.gpu_model = [0; 32];
    worse.gpu_model[..8].copy_from_slice(b"GTX 1060");
    world.play([world.update_offer_ix(8, true, terms(world.mint), worse)]).ok();
    world.play([open]).refused(LeaseError::OfferChanged);
}

#[test]
fn an_arbiter_that_changed_in_front_of_an_opening_opens_nothing() {
    let mut world = World::new();
    let open = world.open_lease_ix(world.request(0));
    let another = world.people.agent.pubkey();
    world.write(&address::protocol(), |protocol: &mut Protocol| protocol.arbiter = another);
    world.play([open]).refused(LeaseError::ArbiterChanged);
}

// ----- limits -----

#[test]
fn a_claim_in_front_of_a_dispute_does_not_raise_the_stake() {
    let mut world = World::new();
    let lease = world.active_lease();
    world.pass(12 * 3_600);
    world.claim(&lease, 10_000).ok();
    let disputing = |world: &World, max_stake| {
        let known = world.context(&lease);
        instruction::dispute_lease(lease.renter, lease.renter, &known, 0, max_stake, FOR_EVER)
    };
    let dispute = disputing(&world, 694_444);
    world.claim(&lease, 172_800).ok();
    world.play([dispute]).refused(LeaseError::StakeAboveAgreed);
    world.play([disputing(&world, 11_999_999)]).refused(LeaseError::StakeAboveAgreed);
    world.play([disputing(&world, 12_000_000)]).ok();
    assert_eq!(world.lease(&lease).ledger.stake, 12_000_000);
}

#[test]
fn a_top_up_in_front_of_an_exit_does_not_turn_it_into_a_notice() {
    // Given four paid hours that were delivered, and a notice of twenty days.
    let mut world = World::with_terms(|terms| terms.notice = 20 * 86_400);
    let lease = world.active_lease_as(|request| request.deposit = 40_000_000);
    world.pass(4 * 3_600);
    world.agree(&lease, 57_600).ok();
    world.pass(3_600);
    let exit = world.terminate_lease_by_ix(&lease, world.people.provider.pubkey(), world.now() + 60);
    // When the renter pays in front of the exit.
    world.top_up(&lease, 80_000_000).ok();
    let mut answered = world.clone();
    world.play([exit.clone()]).ok();
    // Then the provider stops all the same and has its bond.
    assert_eq!(world.lease(&lease).end_reason, EndReason::Exhausted);
    assert_eq!(world.lease(&lease).ends_at, world.now());
    world.pass_grace(&lease);
    world.close(&lease).ok();
    assert_eq!(gains(&world, &lease), [-40_000_000, 39_600_000, 0, 400_000]);
    // And one that has taken the money up leaves by no notice that it did not sign for.
    answered.pass(1);
    answered.claim(&lease, 57_600).ok();
    answered.play([exit]).refused(LeaseError::EndsTooLate);
}

#[test]
fn a_signature_is_over_after_its_last_second() {
    for (seconds, may) in [(VALID_FOR - 1, true), (VALID_FOR, true), (VALID_FOR + 1, false)] {
        let (mut world, lease) = an_hour_claimed();
        let close = world.close_together_ix(&lease, 14_400, 0);
        world.pass(seconds);
        match may {
            true => drop(world.play([close]).ok()),
            false => world.play([close]).refused(LeaseError::SignatureExpired),
        }
    }
}

// ----- values that are replaced -----

#[test]
fn a_session_key_that_was_signed_for_and_withheld_does_not_come_back() {
    let mut world = World::new();
    let lease = world.active_lease();
    let [agent, delegate] = [&world.people.agent, &world.people.delegate].map(Signer::pubkey);
    let withheld = world.set_session_key_ix(&lease, agent);
    world.set_session_key(&lease, delegate).ok();
    world.play([withheld]).refused(LeaseError::ValueReplaced);
}

#[test]
fn an_attestor_or_nominee_that_was_signed_for_and_withheld_does_not_come_back() {
    let mut world = World::new();
    let [agent, delegate] = [&world.people.agent, &world.people.delegate].map(Signer::pubkey);
    let attestor = world.update_provider_ix(agent);
    let nominee = world.nominate_authority_ix(agent);
    let later = [world.update_provider_ix(delegate), world.nominate_authority_ix(delegate)];
    world.play(later).ok();
    world.play([attestor]).refused(LeaseError::ValueReplaced);
    world.play([nominee]).refused(LeaseError::ValueReplaced);
}

#[test]
fn an_operator_that_was_signed_for_and_withheld_does_not_come_back() {
    let mut world = World::new();
    let lease = world.pending_lease();
    world.pay_bond_in(20_000_000);
    let [agent, delegate] = [&world.people.agent, &world.people.delegate].map(Signer::pubkey);
    let withheld = world.update_keys_ix(|keys| keys.operator = agent);
    world.play([world.update_keys_ix(|keys| keys.operator = delegate)]).ok();
    world.play([withheld]).refused(LeaseError::ValueReplaced);
    let start = world.start_by_operator_ix(&lease).with("authority", agent);
    world.play([start]).refused(LeaseError::NotProviderOperator);
}

#[test]
fn a_change_of_one_hot_key_does_not_restore_the_other() {
    // Given a change of the attestor that was signed while the operator was one that has been stolen since.
    let mut world = World::new();
    let [agent, delegate] = [&world.people.agent, &world.people.delegate].map(Signer::pubkey);
    let withheld = world.update_provider_ix(agent);
    world.play([world.update_keys_ix(|keys| keys.operator = delegate)]).ok();
    world.play([withheld]).refused(LeaseError::ValueReplaced);
    assert_eq!(world.read::<Provider>(&world.provider).operator, delegate);
}

#[test]
fn credentials_that_were_signed_for_and_withheld_replace_no_newer_ones_and_none_of_another_lease() {
    let mut world = World::new();
    let lease = world.active_lease();
    let withheld = world.publish_access_ix(&lease, b"the first machine");
    world.publish_access(&lease, b"the second machine").ok();
    world.play([withheld.clone()]).refused(LeaseError::ValueReplaced);
    // Nor in the next lease at the address, whose start has published the same blob.
    world.close_as_claimed(&lease).ok();
    world.pass(1);
    assert_eq!(world.active_lease(), lease);
    world.play([withheld.clone()]).refused(LeaseError::LeaseChanged);
    world.pass(VALID_FOR + 1);
    world.play([withheld]).refused(LeaseError::LeaseChanged);
    let late = world.publish_access_ix(&lease, b"the third machine");
    world.pass(VALID_FOR + 1);
    world.play([late]).refused(LeaseError::SignatureExpired);
}

#[test]
fn a_withdrawal_that_was_withheld_takes_what_it_says_in_time_or_nothing() {
    let mut world = World::new();
    let lease = world.pending_lease();
    world.pay_bond_in(30_000_000);
    let provider = world.people.provider.pubkey();
    let withheld = world.withdraw_bond_ix(world.wallet(&provider), 20_000_000);
    // What pays in, or a start in front of it, changes nothing that was signed for.
    world.transfer(&world.people.stranger.pubkey(), &world.bond_account(), 500).ok();
    let mut in_time = world.clone();
    in_time.play([withheld.clone()]).ok();
    assert_eq!(in_time.balance(&in_time.bond_account()), 10_000_500);
    in_time.play([withheld.clone()]).failed(INSUFFICIENT_FUNDS);
    world.start_by_operator(&lease).ok();
    world.play([withheld.clone()]).failed(INSUFFICIENT_FUNDS);
    world.pay_bond_in(20_000_000);
    world.pass(VALID_FOR + 1);
    world.play([withheld]).refused(LeaseError::SignatureExpired);
    assert_eq!(world.balance(&world.bond_account()), 30_000_500);
}

#[test]
fn a_start_by_the_operator_takes_the_bond_that_it_signed_for_and_no_other_leases() {
    let mut world = World::new();
    let small = |request: &mut LeaseRequest| (request.gpus, request.deposit) = (1, 30_000_000);
    let lease = world.pending_lease_as(small);
    world.pay_bond_in(40_000_000);
    let start = world.start_by_operator_ix(&lease);
    let large = LeaseRequest { gpus: 8, deposit: 240_000_000, ..world.request(0) };
    world.play([world.cancel_lease_ix(&lease, lease.renter), world.open_lease_ix(large)]).ok();
    world.play([start]).refused(LeaseError::LeaseChanged);
    assert_eq!(world.balance(&world.bond_account()), 40_000_000);
}

#[test]
fn an_offer_that_was_signed_for_and_withheld_does_not_come_back() {
    let mut world = World::new();
    let cheap = Terms { price: 1, ..terms(world.mint) };
    let withheld = world.update_offer_ix(8, true, cheap, listing());
    // Not even when the offer is as it was.
    world.play([world.update_offer_ix(8, true, terms(world.mint), listing())]).ok();
    world.play([withheld]).refused(LeaseError::ValueReplaced);
}

#[test]
fn a_delegate_that_was_signed_for_and_withheld_does_not_come_back() {
    let mut world = World::new();
    let [holder, agent, delegate] =
        [&world.people.holder, &world.people.agent, &world.people.delegate].map(Signer::pubkey);
    world.lock(holder, 5);
    let withheld = world.delegate_ix(holder, agent);
    world.set_delegate(holder, delegate).ok();
    world.play([withheld]).refused(LeaseError::ValueReplaced);
}

#[test]
fn a_vote_is_for_an_action_and_not_for_a_number() {
    let mut world = World::new();
    let holder = world.people.holder.pubkey();
    let at = world.propose_fee(FEE_BPS - 1);
    let shown = Proposal {
        action: ProposedAction::from(Action::SetFee { fee_bps: FEE_BPS - 2 }),
        ..world.proposal(&at)
    };
    let shown = Keyed { address: at, account: shown };
    world
        .play([instruction::cast_vote(holder, &holder, &shown, true, FOR_EVER)])
        .refused(LeaseError::ActionChanged);
}

#[test]
fn a_seller_does_not_go_on_attesting_for_what_it_sold() {
    let mut world = World::new();
    let lease = world.active_lease();
    let [heir, agent] = [&world.people.rival, &world.people.agent].map(Signer::pubkey);
    world.pass(3_600);
    let message = world.message(&lease, 14_400);
    world.play([world.nominate_authority_ix(heir)]).ok();
    world.play([world.accept_authority_ix(heir, agent)]).ok();
    assert_eq!(world.read::<Provider>(&world.provider).attestor, agent);
    let People { attestor, agent, .. } = world.people.insecure_clone();
    world.submit(&lease, &message, &[&attestor]).refused(LeaseError::SignerUnexpected);
    world.submit(&lease, &message, &[&agent]).ok();
}
