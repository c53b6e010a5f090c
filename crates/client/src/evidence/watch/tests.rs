use proptest::prelude::*;
use solana_address::Address;

use super::*;
use crate::evidence::{Cause, EvidenceFile, Row};
use crate::state::{Claim, Lease, Meter, Moment, PodLeaseState};
use bytemuck::Zeroable;

const LEASE: Address = Address::new_from_array([7; 32]);
const START: i64 = 1_000;

use ProbeOutcome::{Failed, OtherCards, Reached};

fn begun(gpus: u32) -> Watch {
    let mut watch = Watch::begin(LEASE, 5, START);
    watch.observe(&Meter::start(gpus, Moment::by_clock(START)));
    watch
}

/// Probes so many seconds after the start; one that is not trusted is the guard's own fault.
fn probed(watch: &mut Watch, probes: &[(i64, ProbeOutcome, bool)]) {
    for &(after, outcome, trusted) in probes {
        watch.probe(&Probe { at: START + after, outcome, trusted });
    }
}

/// Stretches as seconds after the start.
fn seen(watch: &Watch) -> Vec<(i64, i64, Seen)> {
    watch.stretches().map(|it| (it.from - START, it.to - START, it.seen)).collect()
}

#[test]
fn a_single_failed_probe_costs_nothing_and_two_cost_what_is_between_them() {
    let mut watch = begun(2);
    probed(&mut watch, &[(10, Reached, true), (60, Failed, true), (130, Reached, true)]);
    assert_eq!(seen(&watch), [(0, 10, Seen::Unwatched), (10, 130, Seen::Reached)]);
    probed(
        &mut watch,
        &[(180, Failed, true), (250, Failed, true), (300, Failed, true), (320, Reached, true)],
    );
    let expected = [
        (0, 10, Seen::Unwatched),
        (10, 180, Seen::Reached),
        (180, 300, Seen::Unreachable),
        (300, 320, Seen::Reached),
    ];
    assert_eq!(seen(&watch), expected);
    let meter = Meter::start(2, Moment::by_clock(START));
    let bound = |after| watch.bound(&meter, START + after);
    assert_eq!([180, 181, 300, 301, 400].map(bound), [360, 360, 360, 362, 560]);
    assert_eq!(watch.missed(START + 400), 120);
}

#[test]
fn what_the_guard_did_not_see_for_reasons_of_its_own_counts() {
    let mut watch = begun(1);
    let outage = [(10, Failed, true), (40, Failed, false), (90, Failed, false), (120, Failed, true)];
    probed(&mut watch, &outage);
    assert_eq!(seen(&watch), [(0, 120, Seen::Unwatched)]);
    // It did not look for longer than ten minutes.
    probed(&mut watch, &[(720, Failed, true), (1_321, Failed, true), (1_330, Failed, true)]);
    let expected = [
        (0, 120, Seen::Unwatched),
        (120, 720, Seen::Unreachable),
        (720, 1_321, Seen::Unwatched),
        (1_321, 1_330, Seen::Unreachable),
    ];
    assert_eq!(seen(&watch), expected);
}

#[test]
fn other_cards_count_for_nothing_until_the_accepted_ones_are_back() {
    let mut watch = begun(1);
    let probes = [
        (10, Reached, true),
        (50, OtherCards, true),
        (100, Failed, true),
        (150, Failed, true),
        (200, OtherCards, true),
        (240, Reached, true),
        (300, Reached, true),
    ];
    probed(&mut watch, &probes);
    let expected = [
        (0, 10, Seen::Unwatched),
        (10, 50, Seen::Reached),
        (50, 100, Seen::OtherCards),
        (100, 150, Seen::Unreachable),
        (150, 240, Seen::OtherCards),
        (240, 300, Seen::Reached),
    ];
    assert_eq!(seen(&watch), expected);
    assert!(watch.is_reached());
}

#[test]
fn older_probes_say_nothing_and_the_last_of_a_second_counts() {
    let mut watch = begun(1);
    probed(&mut watch, &[(10, Reached, true), (60, Reached, true), (60, Failed, true), (50, Reached, true)]);
    assert!(!watch.is_reached());
    probed(&mut watch, &[(90, Failed, true)]);
    assert_eq!(seen(&watch)[1..], [(10, 60, Seen::Reached), (60, 90, Seen::Unreachable)]);
}

#[test]
fn seconds_count_for_as_many_gpus_as_the_lease_had() {
    let mut watch = begun(4);
    let mut meter = Meter::start(4, Moment::by_clock(START));
    probed(&mut watch, &[(0, Failed, true), (80, Failed, true)]);
    meter.resize(1, START + 100);
    watch.observe(&meter);
    probed(&mut watch, &[(140, Failed, true), (150, Reached, true)]);
    // 100 seconds of four and 40 of one are missed.
    assert_eq!(watch.bound(&meter, START + 200), 500 - 440);
    meter.window_end = START + 150;
    meter.resize(3, START + 200);
    watch.observe(&meter);
    let segments = [(0, 4), (100, 1), (200, 3)].map(|(after, gpus)| Segment { from: START + after, gpus });
    assert_eq!(watch.segments(), segments);
    assert_eq!(watch.bound(&meter, START + 210), 530 - 440);
    // Undone by a fork: as it was.
    meter.resize(2, START + 200);
    watch.observe(&meter);
    assert_eq!(watch.segments().last(), Some(&Segment { from: START + 200, gpus: 2 }));
}

fn watched() -> Watch {
    let mut watch = begun(2);
    let probes = [(10, Reached, true), (60, Failed, true), (130, Failed, true), (150, Reached, true)];
    probed(&mut watch, &probes);
    watch
}

#[test]
fn a_file_that_was_changed_is_refused_with_the_reason() {
    let file = WatchFile::from(&watched());
    assert_eq!(WatchFile::read(&file.text()).unwrap(), file);
    assert!(is_watch(&file.text()));
    let refused = |change: &dyn Fn(&mut WatchFile)| {
        let mut changed = file.clone();
        change(&mut changed);
        WatchFile::read(&changed.text()).unwrap_err().to_string()
    };
    let reasons = [
        (refused(&|it| it.stretches[0].from += 1), WatchFlaw::Start),
        (refused(&|it| it.stretches[1].from += 1), WatchFlaw::Apart),
        (refused(&|it| it.stretches[3].to = it.stretches[3].from), WatchFlaw::Backwards),
        (refused(&|it| it.stretches[3].seen = Seen::Unreachable), WatchFlaw::Same),
        (refused(&|it| (it.stretches[1].to, it.stretches[2].from) = (1_061, 1_061)), WatchFlaw::Head),
        (refused(&|it| it.stretches[2].seen = Seen::OtherCards), WatchFlaw::Head),
        (refused(&|it| it.opened_slot += 1), WatchFlaw::Head),
        (refused(&|it| it.head[0] ^= 1), WatchFlaw::Head),
        (refused(&|it| it.segments.clear()), WatchFlaw::Segments),
        (refused(&|it| it.segments.push(it.segments[0])), WatchFlaw::Segments),
    ];
    for (told, flaw) in reasons {
        assert!(told.contains(&flaw.to_string()), "{told}: {flaw}");
    }
    // The last stretch may still grow.
    let mut longer = file.clone();
    longer.stretches[3].to += 50;
    assert!(WatchFile::read(&longer.text()).is_ok());
    let provider = EvidenceFile::new(LEASE, 5, START, vec![], None).text();
    assert!(!is_watch(&provider) && WatchFile::read(&provider).is_err());
    assert!(EvidenceFile::read(&file.text()).is_err());
    let next = file.text().replace("\"version\":1", "\"version\":2");
    assert!(WatchFile::read(&next).unwrap_err().to_string().contains("version 2"));
}

fn row(from: i64, to: i64, cause: Option<Cause>) -> Row {
    Row { from: START + from, to: START + to, gpus: 2, cause, energy: 0 }
}

#[test]
fn two_records_are_put_beside_each_other_and_beside_the_chain() {
    // A start at no full minute: 1000 is 40 seconds after one.
    let rows = vec![
        row(0, 20, Some(Cause::Gateway)),
        row(20, 80, None),
        row(80, 100, None),
        row(100, 140, Some(Cause::Program)),
        row(140, 160, None),
    ];
    let record = EvidenceFile::new(LEASE, 5, START, rows, None);
    let file = WatchFile::from(&watched());
    let mut lease =
        Lease { opened_slot: 5, started_at: START, state: PodLeaseState::Active, ..Lease::zeroed() };
    lease.meter = Meter::start(2, Moment::by_clock(START));
    lease.meter.window_end = START + 140;
    lease.meter.claim(Claim { units: 250, submitted: Moment::by_clock(START + 145) });
    let found = WatchComparison::of(&file, &record, Some(&lease)).unwrap();
    let spans: Vec<_> = found
        .differences
        .iter()
        .map(|it| (it.from - START, it.to - START, it.cause, it.seen, it.is_claimed, it.units))
        .collect();
    let expected = [
        (0, 10, Some(Cause::Gateway), Seen::Unwatched, false, 20),
        (10, 20, Some(Cause::Gateway), Seen::Reached, false, 20),
        (60, 100, None, Seen::Unreachable, true, 80),
        (100, 130, Some(Cause::Program), Seen::Unreachable, true, 60),
    ];
    assert_eq!(spans, expected);
    assert_eq!((found.until - START, found.by_provider, found.bound, found.unwatched), (150, 260, 160, 10));
    assert_eq!((found.only_provider, found.only_guard), (140, 40));
    assert_eq!(found.by_provider - found.only_provider + found.only_guard, found.bound);
    let claimed = Claimed {
        window_end: START + 140,
        accepted: 0,
        claimed: 250,
        by_provider: Some(240),
        bound: 140,
        excess: 110,
    };
    assert_eq!(found.on_chain, Some(claimed));
    let other = EvidenceFile { opened_slot: 6, ..record };
    assert!(WatchComparison::of(&file, &other, None).is_err());
}

fn outcomes() -> impl Strategy<Value = Vec<(i64, ProbeOutcome, bool)>> {
    let outcome = prop_oneof![3 => Just(Reached), 3 => Just(Failed), 1 => Just(OtherCards)];
    let gap = prop_oneof![8 => 0i64..100, 1 => 550i64..700];
    prop::collection::vec((gap, outcome, prop::bool::weighted(0.8)), 0..30).prop_map(|probes| {
        let mut at = 0;
        let mut placed = |(gap, outcome, trusted)| {
            at += gap;
            (at, outcome, trusted)
        };
        probes.into_iter().map(&mut placed).collect()
    })
}

/// Whether the second that begins so many seconds after the start counts, by the definition and by nothing else.
fn counts(probes: &[(i64, ProbeOutcome, bool)], second: i64) -> bool {
    // Of probes in the same second the last one counts.
    let before = probes.iter().rev().find(|(at, ..)| *at <= second);
    let after_at = probes.iter().map(|(at, ..)| *at).find(|at| *at > second);
    let after = after_at.and_then(|next| probes.iter().find(|(at, ..)| *at == next));
    let (Some(before), Some(after)) = (before, after) else { return true };
    let is_own = |it: &(i64, ProbeOutcome, bool)| it.1 == Failed && !it.2;
    if is_own(before) || is_own(after) || after.0 - before.0 > 600 {
        return true;
    }
    if before.1 == Failed && after.1 == Failed {
        return false;
    }
    // The newest that was answered says which cards, unless the guard was cut off or did not look since.
    let until = probes.iter().rposition(|(at, ..)| *at <= second).unwrap();
    let mut later = None;
    for probe in probes[..=until].iter().rev() {
        if is_own(probe) || later.is_some_and(|later: i64| later - probe.0 > 600) {
            return true;
        }
        match probe.1 {
            Reached => return true,
            OtherCards => return false,
            Failed => later = Some(probe.0),
        }
    }
    true
}

proptest! {
    #[test]
    fn the_bound_is_the_capacity_without_the_seconds_that_do_not_count(
        probes in outcomes(), until in 0i64..3_000,
    ) {
        let mut watch = begun(3);
        probed(&mut watch, &probes);
        let meter = Meter::start(3, Moment::by_clock(START));
        let expected = (0..until).filter(|second| counts(&probes, *second)).count() as u64 * 3;
        prop_assert_eq!(watch.bound(&meter, START + until), expected, "{:?}", seen(&watch));
        let file = WatchFile::read(&WatchFile::from(&watch).text()).unwrap();
        prop_assert_eq!(file.bound(START + until), expected);
        prop_assert_eq!(watch_head(&LEASE, 5, START, watch.sealed()), watch.head());
    }

    #[test]
    fn the_bound_never_rises_and_ends_no_lower_than_it_was_said_to(probes in outcomes(), until in 0i64..3_000) {
        let meter = Meter::start(3, Moment::by_clock(START));
        let mut watch = begun(3);
        for probe in probes {
            let until = START + until.min(probe.0);
            let (least, most) = (watch.least_bound(&meter, until), watch.bound(&meter, until));
            probed(&mut watch, &[probe]);
            let after = watch.bound(&meter, until);
            prop_assert!(least <= after && after <= most, "{least} {after} {most}");
            prop_assert_eq!(watch.least_bound(&meter, until), after);
        }
    }
}
