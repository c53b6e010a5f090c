//! Disputes: figures out of bounds, arbiters that are none or never answer, and a renter that disputes to get
//! out of what it owes.

use crate::{gain, gains};
use gpu_lease_tests::prelude::*;
use rstest::rstest;

/// Half an hour of four GPUs, which the parties agreed on: 5 000 000 base units.
const AGREED: u64 = 7_200;

/// An hour of four GPUs, which the provider claims: 10 000 000 base units.
const CLAIMED: u64 = 14_400;

/// A tenth of the price of what lies between, base units.
const STAKE: i64 = 500_000;

/// What the arbiter may take, seconds.
const WEEK: i64 = 7 * 24 * 3_600;

/// A lease after an hour: [`AGREED`] units are accepted, [`CLAIMED`] are claimed just now.
fn claimed() -> (World, LeaseKey) {
    let mut world = World::new();
    let lease = world.active_lease();
    world.pass(3_600);
    world.agree(&lease, AGREED).ok();
    world.claim(&lease, CLAIMED).ok();
    (world, lease)
}

/// The same, whose renter admits no more than is accepted.
fn disputed() -> (World, LeaseKey) {
    let (mut world, lease) = claimed();
    world.dispute(&lease, AGREED).ok();
    (world, lease)
}

// ----- the renter's figure -----

#[rstest]
#[case::nothing(0)]
#[case::one_below_accepted(AGREED - 1)]
#[case::all_that_is_claimed(CLAIMED)]
#[case::one_above_claimed(CLAIMED + 1)]
#[case::the_largest_number(u64::MAX)]
fn a_figure_below_accepted_equal_to_claimed_or_above_is_refused(#[case] units: u64) {
    let (mut world, lease) = claimed();
    world.dispute(&lease, units).refused(LeaseError::FigureOutOfBounds);
    assert_eq!(world.lease(&lease).state, LeaseState::Active);
}

#[rstest]
#[case::accepted(AGREED, STAKE)]
#[case::one_below_claimed(CLAIMED - 1, 200_000)]
fn a_figure_at_either_bound_is_taken(#[case] units: u64, #[case] stake: i64) {
    let (mut world, lease) = claimed();
    world.dispute(&lease, units).ok();
    let dispute = world.lease(&lease).dispute;
    assert_eq!((dispute.renter_units, dispute.provider_units), (units, CLAIMED));
    assert_eq!(gains(&world, &lease), [-120_000_000 - stake, -20_000_000, 0, 0]);
}

#[test]
fn a_claim_is_disputed_until_the_last_second_of_its_window_and_not_after_it() {
    let (world, lease) = claimed();
    for (seconds, is_open) in [(599, true), (600, false), (601, false)] {
        let mut world = world.clone();
        world.pass(seconds);
        let outcome = world.dispute(&lease, AGREED);
        if is_open {
            outcome.ok();
        } else {
            outcome.refused(LeaseError::NoOpenClaim);
        }
    }
}

#[test]
fn of_two_claims_the_one_whose_window_has_passed_is_accepted_for_good() {
    let (mut world, lease) = claimed();
    world.pass(599);
    world.claim(&lease, CLAIMED + 1).ok();
    world.pass(1);
    world.dispute(&lease, CLAIMED - 1).refused(LeaseError::FigureOutOfBounds);
    world.dispute(&lease, CLAIMED).ok();
    assert_eq!(world.lease(&lease).meter.accepted, CLAIMED);
}

#[test]
fn nothing_is_disputed_where_nothing_is_claimed() {
    let mut world = World::new();
    let pending = world.pending_lease();
    world.dispute(&pending, 0).refused(LeaseError::NotActive);
    world.start(&pending).ok();
    world.dispute(&pending, 0).refused(LeaseError::NoOpenClaim);
}

#[test]
fn a_dispute_does_not_get_the_renter_out_of_usage_that_it_co_signed() {
    let mut world = World::new();
    let lease = world.active_lease();
    world.pass(3_600);
    world.agree(&lease, CLAIMED).ok();
    world.dispute(&lease, 0).refused(LeaseError::NoOpenClaim);
    // Nor does a small claim above it reopen what was agreed.
    world.pass(60);
    world.claim(&lease, CLAIMED + 240).ok();
    world.dispute(&lease, 0).refused(LeaseError::FigureOutOfBounds);
    world.dispute(&lease, CLAIMED - 1).refused(LeaseError::FigureOutOfBounds);
    world.dispute(&lease, CLAIMED).ok();
    world.settle(&lease).ok();
    assert_eq!(gain(&world, &world.people.provider.pubkey()), -20_000_000 + 9_900_000);
}

#[test]
fn a_dispute_over_one_unit_ends_the_lease_but_keeps_the_renters_money_until_it_is_decided() {
    // It needs no notice and next to no stake; what it costs the renter is its refund for a week.
    let (mut world, lease) = claimed();
    world.dispute(&lease, CLAIMED - 1).ok();
    world.settle(&lease).ok();
    world.pass(WEEK);
    world.close(&lease).refused(LeaseError::NotActive);
    world.pass(1);
    world.resolve_by_timeout(&lease).ok();
    world.close(&lease).ok();
    // The price of 14 399 units, and no credit: the SLA was met.
    assert_eq!(gains(&world, &lease), [-9_999_305, 9_899_312, 0, 99_993]);
}

#[rstest]
#[case::a_stranger(|world: &World| world.people.stranger.pubkey())]
#[case::the_provider(|world: &World| world.people.provider.pubkey())]
#[case::the_attestor(|world: &World| world.people.attestor.pubkey())]
#[case::the_arbiter(|world: &World| world.people.arbiter.pubkey())]
#[case::the_sponsor(|world: &World| world.people.sponsor.pubkey())]
fn nobody_but_the_renter_disputes(#[case] who: fn(&World) -> Address) {
    let (mut world, lease) = claimed();
    let by_another = world.dispute_lease_ix(&lease, AGREED).with("renter", who(&world));
    world.play([by_another]).refused(LeaseError::NotRenter);
}

#[test]
fn a_renter_without_the_stake_disputes_nothing_until_someone_lends_it() {
    let mut world = World::new();
    let renter = world.people.renter.pubkey();
    let deposit = world.money(&renter);
    let lease = world.active_lease_as(|request| request.deposit = deposit);
    world.pass(3_600);
    world.claim(&lease, CLAIMED).ok();
    world.dispute(&lease, 0).failed(INSUFFICIENT_FUNDS);
    // A sponsor's help needs the sponsor's signature, and what is left of it is the payer's in the end.
    let sponsor = world.people.sponsor.pubkey();
    let helped = world.dispute_lease_by_ix(&lease, lease.renter, sponsor, 0);
    world.play([helped.clone().unsigned("funder")]).failed(InstructionError::MissingRequiredSignature);
    world.play([helped]).ok();
    assert_eq!(gain(&world, &sponsor), -1_000_000);
}

#[test]
fn the_stake_comes_out_of_no_account_but_the_funders_own() {
    let (mut world, lease) = claimed();
    let dispute = world.dispute_lease_ix(&lease, AGREED);
    let providers = world.wallet(&world.people.provider.pubkey());
    world.play([dispute.clone().with("funder_token", providers)]).failed(OWNER_MISMATCH);
    world.play([dispute.with("funder_token", lease.vault)]).failed(ACCOUNT_TWICE);
}

// ----- the arbiter -----

#[rstest]
#[case::a_stranger(|world: &World| world.people.stranger.pubkey())]
#[case::the_renter(|world: &World| world.people.renter.pubkey())]
#[case::the_provider(|world: &World| world.people.provider.pubkey())]
#[case::the_attestor(|world: &World| world.people.attestor.pubkey())]
#[case::the_deployer(|world: &World| world.people.deployer.pubkey())]
fn any_other_signer_is_no_arbiter(#[case] who: fn(&World) -> Address) {
    let (mut world, lease) = disputed();
    let resolve = world.resolve_dispute_ix(&lease, AGREED).with("arbiter", who(&world));
    world.play([resolve]).refused(LeaseError::NotArbiter);
}

#[test]
fn an_arbiter_that_does_not_sign_decides_nothing() {
    let (mut world, lease) = disputed();
    let resolve = world.resolve_dispute_ix(&lease, AGREED).unsigned("arbiter");
    world.play([resolve]).failed(InstructionError::MissingRequiredSignature);
}

#[test]
fn the_protocols_present_arbiter_has_no_say_in_a_lease_that_names_an_earlier_one() {
    let (mut world, lease) = disputed();
    let [present, earlier] = [&world.people.agent, &world.people.arbiter].map(Signer::pubkey);
    world.write(&address::protocol(), |protocol: &mut Protocol| protocol.arbiter = present);
    let resolve = world.resolve_dispute_ix(&lease, AGREED);
    world.play([resolve.clone().with("arbiter", present)]).refused(LeaseError::NotArbiter);

    // Nor has the earlier one in leases that were opened since.
    let later = world.active_lease_as(|request| request.nonce = 1);
    world.pass(3_600);
    world.claim(&later, CLAIMED).ok();
    world.dispute(&later, 0).ok();
    let by_the_earlier = world.resolve_dispute_ix(&later, 0).with("arbiter", earlier);
    world.play([by_the_earlier]).refused(LeaseError::NotArbiter);

    world.resolve(&lease, AGREED).ok();
    world.resolve(&later, 0).ok();
}

#[rstest]
#[case::nothing(0)]
#[case::one_below_the_renters(AGREED - 1)]
#[case::one_above_the_providers(CLAIMED + 1)]
#[case::the_largest_number(u64::MAX)]
fn a_decision_outside_the_two_claims_is_refused(#[case] units: u64) {
    let (mut world, lease) = disputed();
    world.resolve(&lease, units).refused(LeaseError::FigureOutOfBounds);
    assert_eq!(world.lease(&lease).state, LeaseState::Disputed);
}

/// Gains of payer, provider, arbiter and fee vault.
#[rstest]
#[case::for_the_renter(AGREED, [-100_000, -450_000, STAKE, 50_000])]
#[case::halfway(10_800, [-5_350_000, 4_775_000, STAKE, 75_000])]
#[case::for_the_provider(CLAIMED, [-10_500_000, 9_900_000, STAKE, 100_000])]
fn an_arbiter_is_paid_the_same_whoever_is_right(#[case] units: u64, #[case] expected: [i64; 4]) {
    let (mut world, lease) = disputed();
    world.resolve(&lease, units).ok();
    world.close(&lease).ok();
    assert_eq!(gains(&world, &lease), expected);
}

#[test]
fn a_dispute_is_decided_once() {
    let (mut world, lease) = disputed();
    let [first, second] = [CLAIMED, AGREED].map(|units| world.resolve_dispute_ix(&lease, units));
    world.play([first.clone(), second.clone()]).failed_at(1, LeaseError::NotDisputed);
    world.play([first.clone()]).ok();
    world.play([first]).refused(LeaseError::NotDisputed);
    world.play([second]).refused(LeaseError::NotDisputed);
    world.pass(WEEK + 1);
    world.resolve_by_timeout(&lease).refused(LeaseError::NotDisputed);
    assert_eq!(world.lease(&lease).meter.accepted, CLAIMED);
    assert_eq!(gain(&world, &world.people.arbiter.pubkey()), STAKE);
}

#[test]
fn nothing_is_decided_where_nothing_is_disputed() {
    let (mut world, lease) = claimed();
    world.resolve(&lease, AGREED).refused(LeaseError::NotDisputed);
    world.resolve_by_timeout(&lease).refused(LeaseError::NotDisputed);
    let pending = world.pending_lease_as(|request| request.nonce = 1);
    world.resolve(&pending, 0).refused(LeaseError::NotDisputed);
    world.resolve_by_timeout(&pending).refused(LeaseError::NotDisputed);
}

#[test]
fn the_arbiter_decides_until_its_deadline_and_the_clock_only_after_it() {
    let (mut world, lease) = disputed();
    let deadline = world.lease(&lease).dispute.deadline();
    assert_eq!(deadline, world.now() + WEEK);
    for time in [world.now(), deadline - 1, deadline] {
        world.set_time(time);
        world.resolve_by_timeout(&lease).refused(LeaseError::ArbitrationRunning);
        world.clone().resolve(&lease, AGREED).ok();
    }
    world.set_time(deadline + 1);
    world.resolve(&lease, AGREED).refused(LeaseError::ArbitrationOver);
    world.resolve_by_timeout(&lease).ok();
    world.resolve(&lease, AGREED).refused(LeaseError::NotDisputed);
    world.resolve_by_timeout(&lease).refused(LeaseError::NotDisputed);
}

#[test]
fn an_arbiter_that_never_answers_traps_nothing_and_is_not_paid() {
    let (mut world, lease) = disputed();
    world.pass(WEEK + 1);
    world.resolve_by_timeout(&lease).ok();
    world.close(&lease).ok();
    // The midpoint of 10 800 units; 3 456 are missing of the 14 256 that were promised.
    assert_eq!(gains(&world, &lease), [-5_100_000, 5_025_000, 0, 75_000]);
}

#[test]
fn an_arbiter_whose_account_refuses_takes_another_and_blocks_nobody() {
    let (mut world, lease) = disputed();
    let arbiter = world.people.arbiter.pubkey();
    world.freeze(&world.wallet(&arbiter));
    let resolve = world.resolve_dispute_ix(&lease, AGREED);
    world.play([resolve.clone()]).failed(ACCOUNT_FROZEN);
    world.play([resolve.clone().with("arbiter_token", lease.vault)]).failed(ACCOUNT_TWICE);
    let other_mint = world.create_mint(21, TOKEN);
    let of_another_mint = address::associated_token(&arbiter, &other_mint, &TOKEN);
    world.play([resolve.clone().with("arbiter_token", of_another_mint)]).failed(MINT_MISMATCH);
    let other = world.create_other_token_account(arbiter, world.mint, 60);
    world.play([resolve.with("arbiter_token", other)]).ok();
    assert_eq!(world.balance(&other), STAKE.cast_unsigned());
}

/// 144 000 units are claimed, for 100 000 000 base units, and none of them was delivered.
#[rstest]
#[case::no_bond_no_stake(0, [0, 0, 0, 0])]
#[case::a_bond_as_large_as_the_fee(1, [0, -10_000_000, 10_000_000, 0])]
#[case::a_bond_smaller_than_fee_and_credit(2, [10_000_000, -20_000_000, 10_000_000, 0])]
#[case::a_bond_larger_than_both(12, [99_000_000, -109_000_000, 10_000_000, 0])]
fn a_bond_smaller_than_credit_and_fee_pays_the_arbiter_first_and_no_more_than_it_is(
    #[case] bond_hours: u16,
    #[case] expected: [i64; 4],
) {
    let mut world = World::with_terms(|terms| terms.bond_hours = bond_hours);
    let lease = world.active_lease();
    world.pass(36_000);
    world.claim(&lease, 144_000).ok();
    world.dispute(&lease, 0).ok();
    world.resolve(&lease, 0).ok();
    world.close(&lease).ok();
    assert_eq!(gains(&world, &lease), expected);
}

#[test]
fn the_largest_dispute_there_can_be_is_divided_to_the_base_unit() {
    // 8 192 GPUs for an hour at the highest price: 2^63 base units claimed, and as many in the bond.
    let mut world =
        World::with_terms(|terms| (terms.price, terms.min_duration, terms.bond_hours) = (MAX_PRICE, 60, 1));
    world.play([world.update_offer_ix(8_192, true, world.offer().terms, listing())]).ok();
    let [renter, provider, arbiter] =
        [&world.people.renter, &world.people.provider, &world.people.arbiter].map(Signer::pubkey);
    let bond = 1_u64 << 63;
    world.mint_to(world.mint, world.wallet(&provider), bond - WEALTH);
    let supply = (world.people.all().len() as u64 - 1) * WEALTH + bond;
    world.mint_to(world.mint, world.wallet(&renter), u64::MAX - supply);
    let fortune = world.money(&renter);
    // All but the stake, a tenth of what will be in dispute: nine parts in ten would not do, eight will.
    let deposit = fortune / 10 * 8;
    let lease = world.active_lease_as(|request| (request.gpus, request.deposit) = (8_192, deposit));
    world.pass(3_600);
    world.claim(&lease, 8_192 * 3_600).ok();
    world.dispute(&lease, 0).ok();
    let stake = deposit / 10;
    assert_eq!(world.lease(&lease).ledger.stake, stake);

    let units = 8_192 * 1_200;
    world.resolve(&lease, units).ok();
    world.close(&lease).ok();
    assert_eq!(world.money(&arbiter), WEALTH + stake);
    // A third of 2^63 is accepted; of 99 % that were promised and funded, the rest is credited.
    let gross = bond / 3;
    let fee = gross / 100;
    assert_eq!(world.balance(&world.fee_vault()), fee);
    let funded = u128::from(deposit) * 3_600 / u128::from(MAX_PRICE);
    let missing = funded * 99 / 100 - u128::from(units);
    let credit = u64::try_from(missing * u128::from(MAX_PRICE) / 3_600).unwrap();
    let from_renter = u64::try_from(u128::from(stake) / 3).unwrap();
    assert_eq!(world.money(&provider), bond + gross - fee - (stake - from_renter) - credit);
    assert_eq!(world.money(&renter), fortune - gross - from_renter + credit);
}

// ----- afterwards -----

#[rstest]
#[case::while_it_runs(|_: &mut World, _: &LeaseKey| {})]
#[case::when_it_is_decided(|world: &mut World, lease: &LeaseKey| { world.resolve(lease, AGREED).ok(); })]
fn after_a_dispute_a_lease_takes_neither_money_nor_time_nor_usage(#[case] then: fn(&mut World, &LeaseKey)) {
    let (mut world, lease) = disputed();
    then(&mut world, &lease);
    let before = world.lease(&lease);
    let [renter, provider] = [lease.renter, world.people.provider.pubkey()];
    let message = world.message_until(&lease, CLAIMED, before.ends_at);
    world.top_up(&lease, 1).refused(LeaseError::NotActive);
    world.extend(&lease, 2 * 86_400).refused(LeaseError::NotActive);
    world.resize(&lease, 8).refused(LeaseError::NotActive);
    world.resize(&lease, 1).refused(LeaseError::NotActive);
    world.terminate(&lease, renter).refused(LeaseError::NotActive);
    world.terminate(&lease, provider).refused(LeaseError::NotActive);
    world.claim_message(&lease, &message).refused(LeaseError::NotActive);
    world.agree_message(&lease, &message).refused(LeaseError::NotActive);
    world.dispute(&lease, AGREED).refused(LeaseError::NotActive);
    world.start(&lease).refused(LeaseError::NotPending);
    world.cancel(&lease, renter).refused(LeaseError::NotPending);
    world.pass(901);
    world.expire(&lease).refused(LeaseError::NotActive);
    assert_eq!(world.lease(&lease), before);
}

#[test]
fn a_top_up_or_extension_before_a_dispute_changes_nothing_that_is_disputed() {
    let (mut world, lease) = claimed();
    world.top_up(&lease, 1_000_000).ok();
    world.extend(&lease, 2 * 86_400).ok();
    world.dispute(&lease, AGREED).ok();
    assert_eq!(world.lease(&lease).ends_at, world.now(), "the extension is void");
    world.resolve(&lease, AGREED).ok();
    world.close(&lease).ok();
    assert_eq!(gains(&world, &lease), [-100_000, -450_000, STAKE, 50_000], "the top-up came back");
}

#[test]
fn a_dispute_does_not_keep_the_offers_gpus() {
    let (mut world, lease) = disputed();
    world.release_gpus(&lease).ok();
    assert_eq!((world.offer().gpus_free, world.lease(&lease).gpus), (8, 0));
    let bond = world.lease(&lease).ledger.bond;
    assert_eq!(bond, 20_000_000, "the bond answers for the dispute");
    world.resolve(&lease, AGREED).ok();
    world.close(&lease).ok();
    assert_eq!(world.offer().gpus_free, 8);
    assert_eq!(gains(&world, &lease), [-100_000, -450_000, STAKE, 50_000]);
}

#[test]
fn a_disputed_lease_is_closed_by_nobody_before_it_is_decided() {
    let (mut world, lease) = disputed();
    world.close(&lease).refused(LeaseError::NotActive);
    // Renter and provider together may: see the instruction's own tests. One of them may not.
    for name in ["renter", "authority"] {
        let together = instruction::close_lease_together(&world.context(&lease), 0, 0, FOR_EVER);
        world.play([together.unsigned(name)]).refused(LeaseError::NotAgreed);
    }
    world.pass(10 * WEEK);
    world.close(&lease).refused(LeaseError::NotActive);
}

#[test]
fn a_silent_providers_promise_is_kept_through_a_dispute() {
    let (world, lease) = claimed();
    let decided = |is_expired: bool| {
        let mut world = world.clone();
        world.pass(901);
        world.claim_message(&lease, &world.message_until(&lease, CLAIMED + 1, world.now() - 900)).ok();
        world.pass(1);
        if is_expired {
            world.expire(&lease).ok();
        }
        world.dispute(&lease, CLAIMED).ok();
        world.resolve(&lease, CLAIMED).ok();
        world.close(&lease).ok();
        gain(&world, &lease.payer)
    };
    // Twelve hours were funded and promised: all of the bond is due that the arbiter's fee left, whether or not
    // somebody expires the lease first.
    assert_eq!([decided(true), decided(false)], [20_000_000 - 200_000 - 10_000_000; 2]);
}
