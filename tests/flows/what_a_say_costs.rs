//! The figures of `docs/what-a-say-costs.md`, each played: one base unit less, and the vote goes the other way.

use gpu_lease_tests::prelude::*;

/// Fees that honest leases pay in each of three months, base units.
const HONEST: u64 = 100_000;

/// Per cent of the honest fees whose participants vote against the rise.
const TURNOUTS: [u64; 4] = [10, 25, 50, 100];

/// A market in which everybody has paid, three months of it.
struct Quarter {
    world: World,
    rival: Address,
    sibling: Address,
}

impl Quarter {
    /// Honest parties whose participants of `turnout` per cent will vote; somebody with a market of its own besides, who
    /// pays `bought` in each month.
    fn new(turnout: u64, bought: [u64; 3]) -> Self {
        let mut world = World::new();
        let (rival, sibling) = (world.people.rival.pubkey(), world.sibling().provider);
        world.join(rival).ok();
        let honest = [world.people.renter.pubkey(), world.provider];
        let now = epoch_of(world.now());
        for (epoch, bought) in (now - 3..now).zip(bought) {
            world.count_fees_of(&honest, HONEST * turnout / 100, epoch);
            world.count_fees_of(&[], HONEST * (100 - turnout) / 100, epoch);
            world.count_fees_of(&[rival, sibling], bought, epoch);
        }
        Self { world, rival, sibling }
    }

    /// Whether a rise passes that the token house wants, if those vote who have a weight: the honest ones against
    /// it, if they come, and the others as they like.
    fn passes(mut self, honest_come: bool, others_are_for: bool) -> bool {
        let Self { world, rival, sibling } = &mut self;
        let rise = world.propose_fee(150);
        world.vote(world.people.holder.pubkey(), rise, true).ok();
        if honest_come {
            world.vote_as_renter(rise, false).ok();
            world.vote_as_provider(rise, false).ok();
        }
        for party in [*rival, *sibling] {
            let participant = world.participant(&party);
            let vote = world.fee_vote_ix(*rival, party, rise, others_are_for);
            match world.proposal(&rise).weight_of_participant(&participant) {
                Ok(_) => drop(world.play([vote]).ok()),
                Err(_) => world.play([vote]).refused(LeaseError::NoWeight),
            }
        }
        world.set_time(world.proposal(&rise).ends_at);
        world.finalize(rise).ok();
        world.proposal(&rise).state == ProposalState::Passed
    }
}

/// Whether the page says so.
#[track_caller]
fn requires_row(row: &str) {
    assert!(include_str!("../../docs/what-a-say-costs.md").contains(row), "the page lacks: {row}");
}

/// A share of the honest fees of three months, per cent with two digits.
fn percent(fees: u64) -> String {
    let hundredths = (fees * 10_000).div_ceil(3 * HONEST);
    format!("{}.{:02} %", hundredths / 100, hundredths % 100)
}

#[test]
fn honest_turnout_is_neutralized_by_as_much_in_each_of_three_months_and_by_no_burst() {
    for turnout in TURNOUTS {
        let month = HONEST * turnout / 100;
        assert!(!Quarter::new(turnout, [month - 1; 3]).passes(true, true), "{turnout} %");
        assert!(Quarter::new(turnout, [month; 3]).passes(true, true), "{turnout} %");
        // A hundred times as much in one month, or in two, or all but a base unit in the third.
        for burst in [[0, 0, 300 * HONEST], [0, 150 * HONEST, 150 * HONEST], [month - 1, month, 300 * HONEST]]
        {
            assert!(!Quarter::new(turnout, burst).passes(true, true), "{turnout} % {burst:?}");
        }
        // Before, the sum of the three months was the weight: in the last half hour as well.
        let before = 3 * month;
        requires_row(&format!(
            "| {turnout} % | {}, in half an hour | {}, a third of it in each of three months |",
            percent(before),
            percent(3 * month)
        ));
    }
}

#[test]
fn a_turnout_at_the_quorum_is_neutralized_by_a_base_unit() {
    assert!(!Quarter::new(5, [0; 3]).passes(true, true));
    assert!(!Quarter::new(5, [1, 1, 0]).passes(true, true));
    assert!(Quarter::new(5, [1; 3]).passes(true, true));
    requires_row("| 5 % | a base unit, in half an hour | a base unit in each of three months |");
}

#[test]
fn a_refusal_costs_a_nineteenth_of_the_honest_fees_in_each_of_three_months() {
    let month = HONEST.div_ceil(19);
    assert!(Quarter::new(100, [month - 1; 3]).passes(false, false));
    assert!(!Quarter::new(100, [month; 3]).passes(false, false));
    assert!(Quarter::new(100, [0, 0, 300 * HONEST]).passes(false, false));
    let row = format!(
        "| refuse, if nobody else votes | {}, in half an hour | {}, a third of it in each of three months |",
        percent(3 * month),
        percent(3 * month)
    );
    requires_row(&row);
}

#[test]
fn what_is_new_or_seasonal_weighs_as_much_as_its_smallest_month() {
    for (months, weight) in [([1, 2, 4], 3), ([0, 50, 50], 0), ([100, 1, 100], 3), ([9, 9, 9], 27)] {
        let mut fees = FeeEpochs::default();
        (697..).zip(months).for_each(|(epoch, paid)| fees.add(paid, epoch));
        assert_eq!(fees.weight_before(700), weight);
        let sum: u64 = months.iter().sum();
        let [a, b, c] = months;
        requires_row(&format!("| {a}, {b}, {c} | {sum} | {weight} |"));
    }
}
