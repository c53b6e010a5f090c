use crate::states::{claimed, not_active};
use gpu_lease_tests::prelude::*;

#[test]
fn the_renter_disputes_what_is_claimed() {
    let (mut world, lease) = claimed();
    world.pass(300);
    let before = world.lease(&lease);
    let record = world.read::<Provider>(&world.provider).record;
    let now = world.moment();
    let ledger = Ledger { stake: 277_777, ..before.ledger };

    // 14 000 units are worth 9 722 222, 10 000 are worth 6 944 444; a tenth of the difference is the stake.
    world.dispute(&lease, 10_000).emitted(Event::LeaseDisputed(LeaseDisputed {
        lease: lease.address,
        funder: lease.renter,
        renter_units: 10_000,
        provider_units: 14_000,
        stake: 277_777,
        deadline: now.time + i64::from(ARBITRATION_TIME),
        ledger,
    }));

    let admitted = Claim { units: 10_000, submitted: now };
    assert_eq!(
        world.lease(&lease),
        Lease {
            state: PodLeaseState::Disputed,
            end_reason: PodEndReason::Disputed,
            ends_at: now.time - 300,
            end_slot: now.slot,
            promised_until: now.time - 300,
            ledger,
            meter: Meter { accepted: 10_000, maturing: admitted, latest: admitted, ..before.meter },
            dispute: Dispute { renter_units: 10_000, provider_units: 14_000, opened: now },
            ..before
        }
    );
    assert_eq!(world.balance(&lease.vault), 140_000_000 + 277_777);
    assert_eq!(world.money(&lease.renter), WEALTH - 120_000_000 - 277_777);
    assert_eq!(
        world.read::<Provider>(&world.provider).record,
        ProviderRecord { leases_disputed: 1, ..record }
    );
}

#[test]
fn somebody_else_may_pay_the_stake() {
    let (mut world, lease) = claimed();
    let (sponsor, renters) = (world.people.sponsor.pubkey(), world.money(&lease.renter));
    let dispute = world.dispute_lease_by_ix(&lease, lease.renter, sponsor, 10_000);
    let events = world.play([dispute]).events();
    assert!(matches!(events[..], [Event::LeaseDisputed(LeaseDisputed { funder, .. })] if funder == sponsor));
    assert_eq!(world.money(&sponsor), WEALTH - 277_777);
    assert_eq!(world.money(&lease.renter), renters);
}

#[test]
fn the_session_key_disputes_for_the_renter_with_its_own_money_or_anybodys() {
    for by_sponsor in [false, true] {
        let (mut world, lease) = claimed();
        let [agent, sponsor] = [&world.people.agent, &world.people.sponsor].map(Signer::pubkey);
        world.set_session_key(&lease, agent).ok();
        let funder = if by_sponsor { sponsor } else { agent };
        let renters = world.money(&lease.renter);
        let events = world.play([world.dispute_lease_by_ix(&lease, agent, funder, 10_000)]).events();
        assert!(matches!(events[..], [Event::LeaseDisputed(disputed)] if disputed.funder == funder));
        assert_eq!(world.lease(&lease).state, LeaseState::Disputed);
        assert_eq!((world.money(&funder), world.money(&lease.renter)), (WEALTH - 277_777, renters));
    }
}

#[test]
fn a_session_key_disputes_whoever_else_it_is() {
    let People { provider, attestor, operator, .. } = People::default();
    for own in [provider, attestor, operator].map(|person| person.pubkey()) {
        let (mut world, lease) = claimed();
        world.set_session_key(&lease, own).ok();
        world.play([world.dispute_lease_by_ix(&lease, own, own, 10_000)]).ok();
    }
}

#[test]
fn the_stake_is_a_hundredth_of_the_bond_at_least_rounded_up() {
    // Of 4 000 accepted and 14 000 claimed units: one is worth 694, of which a tenth is 69. The bond is 20 000 000.
    for (units, stake) in [(13_999, 200_000), (11_200, 200_000), (11_119, 200_069), (10_000, 277_777)] {
        let (mut world, lease) = claimed();
        world.dispute(&lease, units).ok();
        assert_eq!(world.lease(&lease).ledger.stake, stake, "{units}");
    }
    // A bond of 1, 100 and 101 base units.
    for (price, stake) in [(1, 1), (100, 1), (101, 2)] {
        let mut world = World::with_terms(|terms| (terms.price, terms.bond_hours) = (price, 1));
        let lease = world.active_lease_as(|request| request.gpus = 1);
        world.pass(3_600);
        world.claim(&lease, 1).ok();
        assert_eq!(world.lease(&lease).ledger.bond, price);
        let known = world.context(&lease);
        let dispute =
            |most| instruction::dispute_lease(lease.renter, lease.renter, &known, 0, most, FOR_EVER);
        world.play([dispute(stake - 1)]).refused(LeaseError::StakeAboveAgreed);
        world.play([dispute(stake)]).ok();
        assert_eq!(world.lease(&lease).ledger.stake, stake, "{price}");
    }
    // Without a bond there is none.
    let mut world = World::with_terms(|terms| terms.bond_hours = 0);
    let lease = world.active_lease();
    world.pass(3_600);
    world.claim(&lease, 1).ok();
    world.dispute(&lease, 0).ok();
    assert_eq!(world.lease(&lease).ledger.stake, 0);
}

#[test]
fn nobody_but_the_renter_and_its_session_key_may() {
    let (mut world, lease) = claimed();
    let dispute = world.dispute_lease_ix(&lease, 10_000);
    let People { sponsor, provider, operator, agent, stranger, arbiter, .. } = &world.people;
    for nobody in [sponsor, provider, operator, agent, stranger, arbiter].map(Signer::pubkey) {
        world.play([dispute.clone().with("renter", nobody)]).refused(LeaseError::NotRenter);
    }
}

#[test]
fn the_renters_figure_lies_from_what_is_accepted_to_below_what_is_claimed() {
    for (units, may) in [
        (0, false),
        (3_999, false),
        (4_000, true),
        (4_001, true),
        (13_999, true),
        (14_000, false),
        (14_001, false),
        (u64::MAX, false),
    ] {
        let (mut world, lease) = claimed();
        let outcome = world.dispute(&lease, units);
        match may {
            true => drop(outcome.ok()),
            false => outcome.refused(LeaseError::FigureOutOfBounds),
        }
    }
}

#[test]
fn a_claim_is_disputed_until_its_challenge_window_is_over() {
    for (seconds, may) in [(599, true), (600, false), (601, false)] {
        let (mut world, lease) = claimed();
        world.pass(seconds);
        let outcome = world.dispute(&lease, 10_000);
        match may {
            true => drop(outcome.ok()),
            false => outcome.refused(LeaseError::NoOpenClaim),
        }
    }
}

#[test]
fn what_is_not_claimed_is_not_disputed() {
    let mut world = World::new();
    let lease = world.active_lease();
    world.dispute(&lease, 0).refused(LeaseError::NoOpenClaim);
    world.pass(3_600);
    world.agree(&lease, 14_000).ok();
    for units in [0, 13_999, 14_000] {
        world.dispute(&lease, units).refused(LeaseError::NoOpenClaim);
    }
}

#[test]
fn only_an_active_lease_is_disputed() {
    for (mut world, lease) in not_active() {
        world.dispute(&lease, 10_000).refused(LeaseError::NotActive);
    }
}

#[test]
fn nobody_disputes_without_the_stake() {
    let (mut world, lease) = claimed();
    let (renter, stranger) = (lease.renter, world.people.stranger.pubkey());
    let rest = world.money(&renter);
    world.transfer(&renter, &world.wallet(&stranger), rest - 277_776).ok();

    world.dispute(&lease, 10_000).failed(INSUFFICIENT_FUNDS);

    world.transfer(&stranger, &world.wallet(&renter), 1).ok();
    world.dispute(&lease, 10_000).ok();
    assert_eq!(world.money(&renter), 0);
}

#[test]
fn every_account_is_checked() {
    let (mut world, lease) = claimed();
    let sibling = world.sibling();
    let funder = world.people.sponsor.pubkey();
    world.refuses_wrong_accounts(
        &[],
        &world.dispute_lease_by_ix(&lease, lease.renter, funder, 10_000),
        &[
            ("renter", world.people.stranger.pubkey(), &LeaseError::NotRenter),
            ("funder", world.people.rival.pubkey(), &OWNER_MISMATCH),
            ("lease", sibling.active.address, &LeaseError::WrongAccount),
            ("provider", sibling.provider, &LeaseError::WrongAccount),
            ("vault", sibling.active.vault, &LeaseError::WrongAccount),
            ("vault", world.fee_vault(), &LeaseError::WrongAccount),
            ("funder_token", world.wallet(&lease.renter), &OWNER_MISMATCH),
            ("funder_token", sibling.renter_token, &MINT_MISMATCH),
            ("funder_token", lease.vault, &ACCOUNT_TWICE),
            ("token_program", TOKEN_2022, &LeaseError::WrongTokenProgram),
            ("token_program", system_program::ID, &InstructionError::IncorrectProgramId),
        ],
    );
}
