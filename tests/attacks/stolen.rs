//! Hot keys in the hands of a thief: what each costs at most, reached to the base unit, and what it does not reach. The
//! formulas are those of `docs/protocol/keys.md`.

use crate::gain;
use gpu_lease::math::{bps_floor, gross_floor};
use gpu_lease_client::instruction::OpenLease;
use gpu_lease_tests::prelude::*;

/// Two hours of a GPU at 2.50.
const BOND_PER_GPU: u64 = 5_000_000;

/// Heartbeat timeout of the usual terms, seconds.
const HEARTBEAT: i64 = 900;

/// Gross of `units` at the price of the lease, base units.
fn gross(world: &World, lease: &LeaseKey, units: u64) -> u64 {
    u64::try_from(gross_floor(units, world.lease(lease).terms.price)).unwrap()
}

/// What every account holds that has nothing to do with the bond account or the thief.
fn untouched(world: &World, honest: &LeaseKey) -> Vec<u64> {
    let People { provider, renter, sponsor, operator, attestor, agent, arbiter, treasury, .. } =
        &world.people;
    let people = [provider, renter, sponsor, operator, attestor, agent, arbiter, treasury];
    let accounts = people.map(|person| world.wallet(&person.pubkey()));
    accounts.iter().chain([&honest.vault, &world.fee_vault()]).map(|account| world.balance(account)).collect()
}

// ----- the operator -----

/// A lease number `nonce` of the rival, who has stolen the operator's key and rents for itself.
fn thiefs(world: &World, nonce: u64) -> LeaseKey {
    let thief = world.people.rival.pubkey();
    let address = address::lease(&thief, nonce);
    LeaseKey { address, vault: address::vault(&address), renter: thief, payer: thief }
}

/// The thief opens a lease of `gpus` and lets the stolen operator start it.
fn pledge(world: &mut World, nonce: u64, gpus: u32, change: impl FnOnce(&mut LeaseRequest)) -> LeaseKey {
    let lease = thiefs(world, nonce);
    let deposit = u64::from(gpus) * 12 * world.offer().terms.price;
    let mut request = LeaseRequest { gpus, deposit, ..world.request(nonce) };
    change(&mut request);
    let open = OpenLease { renter: lease.renter, payer: lease.renter, ..world.opening(request) };
    world.play([instruction::open_lease(&open)]).ok();
    world.start_by_operator(&lease).ok();
    lease
}

/// A market with an honest lease of two GPUs, an hour of which is paid, and `paid_in` in the bond account. The rival has
/// what it needs to rent.
fn with_bonds(paid_in: u64) -> (World, LeaseKey) {
    let mut world = World::new();
    let honest = world.active_lease_as(|request| request.gpus = 2);
    world.pass(3_600);
    world.agree(&honest, 7_200).ok();
    world.settle(&honest).ok();
    world.join(world.people.rival.pubkey()).ok();
    world.pay_bond_in(paid_in);
    (world, honest)
}

#[test]
fn a_stolen_operator_costs_the_bond_account_to_the_last_base_unit_and_nothing_else() {
    // Given bonds of six GPUs and of four in the bond account, and six GPUs that are free.
    let (mut world, honest) = with_bonds(10 * BOND_PER_GPU);
    let before = untouched(&world, &honest);
    let thief = world.people.rival.pubkey();

    // When the thief pledges them to leases of its own, one after the other, which nobody serves.
    for (nonce, gpus) in [(1, 6), (2, 4)] {
        let lease = pledge(&mut world, nonce, gpus, |_| {});
        world.pass(HEARTBEAT + 1);
        world.expire(&lease).ok();
        world.pass_grace(&lease);
        let closed = world.close(&lease).closed();
        assert_eq!((closed.payout, closed.bond, closed.credit), (0, 0, u64::from(gpus) * BOND_PER_GPU));
    }

    // Then it has all of the bond account, and not a base unit of anything else.
    assert_eq!(world.balance(&world.bond_account()), 0);
    assert_eq!(gain(&world, &thief), 50_000_000);
    assert_eq!(untouched(&world, &honest), before);
    let next = thiefs(&world, 3);
    let request = world.request(3);
    let open = OpenLease { renter: thief, payer: thief, ..world.opening(request) };
    world.play([instruction::open_lease(&open)]).ok();
    world.start_by_operator(&next).failed(INSUFFICIENT_FUNDS);
}

#[test]
fn a_stolen_operator_reaches_no_wallet_no_deposit_and_no_key() {
    let (mut world, honest) = with_bonds(10 * BOND_PER_GPU);
    let pending = world.pending_lease_as(|request| (request.nonce, request.gpus) = (1, 1));
    let before = untouched(&world, &honest);
    let operator = world.people.operator.pubkey();
    let (own, wallet) = (world.wallet(&operator), world.wallet(&world.people.provider.pubkey()));
    let Offer { terms, listing, .. } = world.offer();
    for (attempt, error) in [
        // The bond account, by itself.
        (world.withdraw_bond_ix(own, 1).with("authority", operator), LeaseError::NotProviderAuthority),
        // A bond out of the wallet.
        (world.start_by_operator_ix(&pending).with("bond_token", wallet), LeaseError::NotTheBondAccount),
        (world.grow_by_operator_ix(&honest, 3).with("bond_token", wallet), LeaseError::NotTheBondAccount),
        // A bond of the wallet's that is at stake for more.
        (world.grow_by_operator_ix(&honest, 3), LeaseError::OperatorMayNot),
        // A payout to anyone else.
        (world.settle_ix(&honest).with("payout_token", own), LeaseError::WrongTokenOwner),
        (
            world.close_with_operator_ix(&honest, 7_200, 0).with("payout_token", own),
            LeaseError::WrongTokenOwner,
        ),
        (
            world.close_with_operator_ix(&honest, 7_200, 0).with("bond_token", own),
            LeaseError::WrongTokenOwner,
        ),
        // A gift to the renter.
        (world.close_with_operator_ix(&honest, 7_200, 1), LeaseError::OperatorMayNot),
        // Prices, keys, notice.
        (
            world.update_offer_ix(8, true, Terms { price: 1, ..terms }, listing).with("authority", operator),
            LeaseError::NotProviderAuthority,
        ),
        (world.close_offer_ix().with("authority", operator), LeaseError::NotProviderAuthority),
        (
            world.create_offer_ix(1, 8, terms, listing).with("authority", operator),
            LeaseError::NotProviderAuthority,
        ),
        (
            world.update_keys_ix(|keys| keys.attestor = operator).with("authority", operator),
            LeaseError::NotProviderAuthority,
        ),
        (world.nominate_authority_ix(operator).with("authority", operator), LeaseError::NotProviderAuthority),
        (world.terminate_lease_ix(&honest, operator), LeaseError::OperatorMayNot),
    ] {
        world.play([attempt]).refused(error);
    }
    assert_eq!(untouched(&world, &honest), before);
    assert_eq!(world.balance(&world.bond_account()), 10 * BOND_PER_GPU);
}

#[test]
fn the_shortest_leases_drain_a_bond_account_no_faster_than_the_free_gpus_turn_over() {
    // Given enough in the bond account for thirty GPUs, and eight that are free.
    let mut world = World::new();
    world.join(world.people.rival.pubkey()).ok();
    world.pay_bond_in(30 * BOND_PER_GPU);
    let start = world.now();
    let mut leases = Vec::new();
    for round in 1..=3 {
        // An hour's deposit would buy no more than an hour's credit; a little above two hours' buys the bond.
        let lease = pledge(&mut world, round, 8, |request| request.duration = 2 * 3_600 + 300);
        // No second one runs beside it.
        let beside = LeaseRequest { gpus: 8, ..world.request(100 + round) };
        let thief = lease.renter;
        let open = OpenLease { renter: thief, payer: thief, ..world.opening(beside) };
        world.play([instruction::open_lease(&open)]).refused(LeaseError::NotEnoughFreeGpus);
        // It ends no sooner than its provider counts as silent, and its GPUs come back then.
        world.pass(HEARTBEAT);
        world.expire(&lease).refused(LeaseError::HeartbeatNotMissed);
        world.release_gpus(&lease).ok();
        assert_eq!(world.offer().gpus_free, 0);
        world.pass(1);
        world.expire(&lease).ok();
        world.release_gpus(&lease).ok();
        leases.push(lease);
        let left = (30 - 8 * round) * BOND_PER_GPU;
        assert_eq!(world.balance(&world.bond_account()), left);
        assert_eq!(world.now() - start, round.cast_signed() * (HEARTBEAT + 1));
    }
    // Until a close, an hour later at the earliest, the bonds are in the vaults.
    world.close(&leases[2]).refused(LeaseError::NotClosable);
    world.pass(3_600);
    for lease in leases {
        assert_eq!(world.close(&lease).closed().credit, 8 * BOND_PER_GPU);
    }
    assert_eq!(gain(&world, &world.people.rival.pubkey()), (24 * BOND_PER_GPU).cast_signed());
}

#[test]
fn a_bond_that_a_thief_has_pledged_is_kept_by_whoever_serves_the_lease() {
    let (mut world, honest) = with_bonds(6 * BOND_PER_GPU);
    let before = untouched(&world, &honest);
    let lease = pledge(&mut world, 1, 6, |_| {});
    // The wallet names another operator, and its machines serve what was started.
    world.play([world.update_keys_ix(|keys| keys.operator = Address::default())]).ok();
    world.publish_access(&lease, b"credentials that are true").ok();
    world.pass(12 * 3_600);
    world.claim(&lease, 6 * 12 * 3_600).ok();
    world.terminate(&lease, world.people.provider.pubkey()).ok();
    world.pass_grace(&lease);
    let closed = world.close(&lease).closed();
    assert_eq!((closed.bond, closed.credit, closed.payout), (6 * BOND_PER_GPU, 0, 178_200_000));
    assert_eq!(world.balance(&world.bond_account()), 6 * BOND_PER_GPU);
    // The thief has paid for it.
    assert_eq!(gain(&world, &world.people.rival.pubkey()), -180_000_000);
    let mut after = before;
    after[0] += 178_200_000;
    after[9] += 1_800_000;
    assert_eq!(untouched(&world, &honest), after);
}

#[test]
fn an_operator_that_was_replaced_drains_nothing_any_more() {
    let (mut world, _) = with_bonds(6 * BOND_PER_GPU);
    let lease = thiefs(&world, 1);
    let open = OpenLease { renter: lease.renter, payer: lease.renter, ..world.opening(world.request(1)) };
    world.play([instruction::open_lease(&open)]).ok();
    let start = world.start_by_operator_ix(&lease);
    world.play([world.update_keys_ix(|keys| keys.operator = world.people.agent.pubkey())]).ok();
    world.play([start]).refused(LeaseError::NotProviderOperator);
    assert_eq!(world.balance(&world.bond_account()), 6 * BOND_PER_GPU);
}

#[test]
fn an_operator_and_a_renter_together_take_what_was_delivered_and_not_stated_and_no_more() {
    let deliver = || {
        let (mut world, _) = with_bonds(4 * BOND_PER_GPU);
        let lease = world.pending_lease_as(|request| request.nonce = 1);
        world.start_by_operator(&lease).ok();
        world.pass(3_600);
        world.claim(&lease, 14_000).ok();
        world.pass(600);
        (world, lease)
    };
    let provider = People::default().provider.pubkey();
    // Had the provider stated all that it has delivered, it would have been paid for it.
    let (mut honest, lease) = deliver();
    honest.agree(&lease, 16_400).ok();
    honest.close_as_claimed(&lease).ok();
    // In front of that, the two close at what is claimed.
    let (mut world, lease) = deliver();
    let not_stated = world.lease(&lease).meter.capacity(world.now()) - 14_000;
    assert_eq!(not_stated, 2_800);
    for (units, credit) in [(13_999, 0), (0, 0), (14_000, 1)] {
        let close = world.close_with_operator_ix(&lease, units, credit);
        world.play([close]).refused(LeaseError::OperatorMayNot);
    }
    let most = gross(&world, &lease, not_stated);
    world.play([world.close_with_operator_ix(&lease, 14_000, 0)]).ok();
    let lost = honest.money(&provider) - world.money(&provider);
    assert_eq!(lost, 1_666_667 - 16_667, "the payout for 2 400 units, less their fee");
    assert!(lost <= most);
    assert_eq!(world.balance(&world.bond_account()), 4 * BOND_PER_GPU, "and no base unit of the bond");
}

#[test]
fn an_operator_and_a_renter_together_do_not_touch_a_bond_that_the_wallet_paid() {
    // Given a lease that the wallet started, rented by the thief, and a bond for one GPU in the bond account.
    let (mut world, _) = with_bonds(BOND_PER_GPU);
    let lease = thiefs(&world, 1);
    let request = LeaseRequest { gpus: 1, deposit: 30_000_000, ..world.request(1) };
    let open = OpenLease { renter: lease.renter, payer: lease.renter, ..world.opening(request) };
    world.play([instruction::open_lease(&open)]).ok();
    world.start(&lease).ok();
    // A GPU more, of which the provider's machines know nothing, would put that bond at stake, and bring it into the
    // bond account.
    world.grow_by_operator(&lease, 2).refused(LeaseError::OperatorMayNot);
    let wallet = world.money(&world.people.provider.pubkey());
    world.play([world.close_with_operator_ix(&lease, 0, 0)]).ok();
    assert_eq!(world.balance(&world.bond_account()), BOND_PER_GPU);
    assert_eq!(world.money(&world.people.provider.pubkey()), wallet + BOND_PER_GPU);
}

// ----- the attestor -----

/// An hour of four GPUs of which 3 600 units were delivered and the thief of the attestor's key claims all.
fn overstated(bond_hours: u16) -> (World, LeaseKey, u64) {
    let mut world = World::with_terms(|terms| {
        (terms.bond_hours, terms.sla_penalty_bps) = (bond_hours, 0);
    });
    let lease = world.active_lease();
    world.pass(3_600);
    let capacity = world.lease(&lease).meter.capacity(world.now());
    world.claim(&lease, capacity + 1).refused(LeaseError::UnitsAboveCapacity);
    world.claim(&lease, capacity).ok();
    (world, lease, capacity)
}

#[test]
fn a_stolen_attestor_costs_its_provider_the_stake_of_each_lease_and_no_more() {
    // A bond of 20 000 000, of which a tenth of what is in dispute is not all.
    let (mut world, lease, capacity) = overstated(2);
    let bond = world.lease(&lease).ledger.bond;
    let disputed = gross(&world, &lease, capacity) - gross(&world, &lease, 3_600);
    let stake = (disputed / 10).min(bond).max(bond.div_ceil(100));
    world.dispute(&lease, 3_600).ok();
    assert_eq!((world.lease(&lease).ledger.stake, stake), (stake, 750_000));
    world.resolve(&lease, 3_600).ok();
    let closed = world.close(&lease).closed();
    // The provider keeps the rest of its bond, and is paid for what it has delivered.
    assert_eq!((closed.bond, closed.credit, closed.payout), (bond - stake, 0, 2_475_000));
    assert_eq!(gain(&world, &world.people.provider.pubkey()), 2_475_000 - 750_000);
    assert_eq!(gain(&world, &world.people.arbiter.pubkey()), 750_000);
    assert_eq!(gain(&world, &lease.renter), -2_500_000);
}

#[test]
fn a_stolen_attestor_costs_all_of_a_bond_that_a_tenth_of_the_dispute_reaches_and_no_more() {
    // The deposit of twelve hours is claimed at once; a bond of an hour is 10 000 000.
    let mut world = World::with_terms(|terms| (terms.bond_hours, terms.sla_penalty_bps) = (1, 0));
    let lease = world.active_lease();
    world.pass(12 * 3_600);
    world.claim(&lease, 172_800).ok();
    let bond = world.lease(&lease).ledger.bond;
    world.dispute(&lease, 0).ok();
    assert_eq!((world.lease(&lease).ledger.stake, bond), (10_000_000, 10_000_000));
    world.resolve(&lease, 0).ok();
    world.close(&lease).ok();
    assert_eq!(gain(&world, &world.people.provider.pubkey()), -10_000_000);
    assert_eq!(gain(&world, &lease.renter), 0);
}

#[test]
fn the_smallest_false_claim_costs_a_hundredth_of_the_bond() {
    let mut world = World::new();
    let lease = world.active_lease();
    world.pass(3_600);
    world.agree(&lease, 14_399).ok();
    world.claim(&lease, 14_400).ok();
    world.dispute(&lease, 14_399).ok();
    assert_eq!(world.lease(&lease).ledger.stake, 200_000);
    world.resolve(&lease, 14_399).ok();
    assert_eq!(world.close(&lease).closed().bond, 20_000_000 - 200_000);
}

#[test]
fn a_stolen_attestor_takes_from_a_payer_that_sleeps_what_capacity_and_deposit_allow_and_no_more() {
    for (hours, most) in [(1, 10_000_000), (12, 120_000_000), (20, 120_000_000)] {
        let mut world = World::with_terms(|terms| terms.heartbeat_timeout = MAX_HEARTBEAT_TIMEOUT);
        let lease = world.active_lease();
        world.pass(hours * 3_600);
        let Lease { meter, ledger, .. } = world.lease(&lease);
        let capacity = meter.capacity(world.now());
        assert_eq!(gross(&world, &lease, capacity).min(ledger.deposited), most);
        world.claim(&lease, capacity + 1).refused(LeaseError::UnitsAboveCapacity);
        world.claim(&lease, capacity).ok();
        world.pass(600);
        world.settle(&lease).ok();
        assert_eq!(world.lease(&lease).ledger.released, most);
        // To the provider's wallet, whoever holds the key.
        let own = world.wallet(&world.people.attestor.pubkey());
        let elsewhere = world.settle_ix(&lease).with("payout_token", own);
        world.play([elsewhere]).refused(LeaseError::WrongTokenOwner);
        assert_eq!(
            gain(&world, &world.people.provider.pubkey()) + 20_000_000,
            (most - most / 100).cast_signed()
        );
        assert_eq!(gain(&world, &world.people.attestor.pubkey()), 0);
    }
}

#[test]
fn a_stolen_operator_and_attestor_together_cost_the_bond_account_and_the_bonds_of_running_leases() {
    // Given a running lease whose bond came out of the wallet, and a bond in the bond account.
    let mut world = World::with_terms(|terms| terms.bond_hours = 1);
    let running = world.active_lease();
    world.join(world.people.rival.pubkey()).ok();
    world.pay_bond_in(10_000_000);
    // The thief pledges the one, and claims everything of the other, which its renter refuses.
    let pledged = pledge(&mut world, 1, 4, |_| {});
    world.pass(12 * 3_600);
    world.claim(&running, 172_800).ok();
    world.dispute(&running, 0).ok();
    world.resolve(&running, 0).ok();
    world.close(&running).ok();
    world.expire(&pledged).ok();
    world.pass_grace(&pledged);
    world.close(&pledged).ok();
    // Then the provider has lost both bonds, and nothing else.
    assert_eq!(gain(&world, &world.people.provider.pubkey()), -20_000_000);
    assert_eq!(world.balance(&world.bond_account()), 0);
    assert_eq!(gain(&world, &world.people.rival.pubkey()), 10_000_000);
    assert_eq!(gain(&world, &world.people.arbiter.pubkey()), 10_000_000);
    assert_eq!(gain(&world, &running.renter), 0);
}

// ----- the session key -----

/// A lease with a session key, of which nothing was delivered for an hour.
fn with_session_key() -> (World, LeaseKey) {
    let mut world = World::new();
    let agent = world.people.agent.pubkey();
    let lease = world.active_lease_as(|request| request.session_key = agent);
    world.pass(3_600);
    (world, lease)
}

#[test]
fn a_stolen_session_key_and_attestor_cost_capacity_so_far_and_the_credit_for_it_and_no_more() {
    let (world, lease) = with_session_key();
    let Lease { terms, ledger, meter, .. } = world.lease(&lease);
    let capacity = meter.capacity(world.now());
    // Had nobody signed anything, the renter would have left by notice, with all of its deposit and a credit for the hour.
    let ended = |mut world: World| {
        world.terminate(&lease, lease.renter).ok();
        world.pass_grace(&lease);
        world.close(&lease).ok();
        gain(&world, &lease.renter)
    };
    let honest = ended(world.clone());
    assert_eq!(honest, 2 * 9_900_000, "for that hour and the hour of notice");

    // The thief accepts all that the GPUs can have delivered, and not a unit more.
    let mut stolen = world.clone();
    let People { attestor, agent, .. } = stolen.people.insecure_clone();
    let more = stolen.message(&lease, capacity + 1);
    stolen.submit(&lease, &more, &[&attestor, &agent]).refused(LeaseError::UnitsAboveCapacity);
    let all = stolen.message(&lease, capacity);
    stolen.submit(&lease, &all, &[&attestor, &agent]).ok();
    stolen.set_session_key(&lease, Address::default()).ok();
    let next = stolen.message(&lease, capacity + 1);
    stolen.submit(&lease, &next, &[&attestor, &agent]).refused(LeaseError::SignerUnexpected);

    // What was not delivered is paid for, and is not missing.
    let paid = gross(&world, &lease, capacity).min(ledger.deposited);
    let penalty = bps_floor(gross(&world, &lease, capacity), terms.sla_penalty_bps);
    let credit = u64::try_from(penalty).unwrap().min(ledger.bond);
    assert_eq!((paid, credit), (10_000_000, 10_000_000));
    assert_eq!(honest - ended(stolen), (paid + credit).cast_signed());
}

#[test]
fn a_stolen_session_key_costs_no_more_than_the_deposit_however_long_it_signs() {
    let (mut world, lease) = with_session_key();
    let People { attestor, agent, .. } = world.people.insecure_clone();
    world.pass(22 * 3_600);
    let capacity = world.lease(&lease).meter.capacity(world.now());
    let all = world.message(&lease, capacity);
    world.submit(&lease, &all, &[&attestor, &agent]).ok();
    world.settle(&lease).ok();
    assert_eq!(gross(&world, &lease, capacity), 230_000_000);
    assert_eq!(world.lease(&lease).ledger.released, 120_000_000);
    assert_eq!(gain(&world, &lease.renter), -120_000_000);
    // It has no money to add, and none that it could take.
    assert_eq!(gain(&world, &agent.pubkey()), 0);
}

#[test]
fn a_stolen_session_key_alone_ends_its_lease_and_takes_nothing() {
    let (world, lease) = with_session_key();
    let agent = world.people.agent.pubkey();
    // By notice: the renter pays for what is delivered until then, and has the rest back.
    let mut noticed = world.clone();
    noticed.terminate(&lease, agent).ok();
    assert_eq!(noticed.lease(&lease).ends_at, noticed.now() + 3_600);
    noticed.extend(&lease, 2 * 86_400).refused(LeaseError::LeaseEnding);
    noticed.pass(3_600);
    noticed.agree(&lease, 28_800).ok();
    noticed.pass_grace(&lease);
    noticed.close(&lease).ok();
    assert_eq!(gain(&noticed, &lease.renter), -20_000_000);
    assert_eq!(gain(&noticed, &agent), 0);

    // By a dispute of a true claim, with a stake of its own, which it loses.
    let mut disputed = world.clone();
    disputed.claim(&lease, 14_400).ok();
    disputed.play([disputed.dispute_lease_by_ix(&lease, agent, agent, 0)]).ok();
    disputed.resolve(&lease, 14_400).ok();
    disputed.close(&lease).ok();
    assert_eq!(gain(&disputed, &lease.renter), -10_000_000, "what was delivered");
    assert_eq!(gain(&disputed, &agent), -1_000_000);
    assert_eq!(gain(&disputed, &disputed.people.arbiter.pubkey()), 1_000_000);
}

#[test]
fn a_wrong_dispute_by_a_stolen_session_key_forgoes_the_credit_for_later_and_no_more_than_the_bond() {
    // Given a provider that has delivered and claimed an hour, and then stops.
    let (mut world, lease) = with_session_key();
    let agent = world.people.agent.pubkey();
    world.claim(&lease, 14_400).ok();
    let mut watched = world.clone();
    // Watched by the renter, its silence costs it the bond.
    watched.pass(HEARTBEAT + 1);
    watched.expire(&lease).ok();
    watched.pass_grace(&lease);
    assert_eq!(watched.close(&lease).closed().credit, 20_000_000);
    // A thief that disputes before the silence is one ends the promise at the last window.
    world.play([world.dispute_lease_by_ix(&lease, agent, agent, 14_399)]).ok();
    world.resolve(&lease, 14_400).ok();
    assert_eq!(world.close(&lease).closed().credit, 0);
    let forgone = gain(&watched, &lease.renter) - gain(&world, &lease.renter);
    assert_eq!(forgone, 20_000_000, "the bond, and no more");
}
