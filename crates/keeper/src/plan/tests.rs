//! What the plan keeps to.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use gpu_lease_client::outlook::AtStake;
use proptest::prelude::*;
use strum::IntoEnumIterator;

use super::*;

const DELAY: i64 = 60;
const JITTER: i64 = 30;

fn rules() -> Rules {
    Rules {
        delay: DELAY,
        jitter: JITTER,
        deeds: Upkeep::iter().collect(),
        at_once: 4,
        least_worth: 10,
        worth: Worth { by_mint: BTreeMap::from([(Address::default(), 1_000_000)]), of_unit: 0 },
    }
}

fn account(number: u64) -> Address {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&number.to_le_bytes());
    Address::new_from_array(bytes)
}

fn due(what: Upkeep, since: Option<i64>, amount: u64) -> Due {
    Due { what, since, at_stake: AtStake::Tokens { mint: Address::default(), amount } }
}

fn agenda(due: &[Due]) -> Agenda {
    Agenda { due: due.to_vec(), next: None }
}

fn errand(number: u64, what: Upkeep) -> Errand {
    Errand { account: account(number), what }
}

const RELEASE: Upkeep = Upkeep::ReleaseGpus;
const COUNT: Upkeep = Upkeep::CountFees;

#[test]
fn something_is_done_when_it_is_due_and_its_time_and_that_of_others_has_passed() {
    let mut plan = Plan::new(rules());
    // It was seen at 1 000, long after it was due, and at 1 000, before that.
    plan.observe(account(1), &agenda(&[due(RELEASE, Some(100), 50)]), 1_000, 7);
    plan.observe(account(2), &agenda(&[due(RELEASE, Some(1_200), 50)]), 1_000, 0);
    plan.observe(account(3), &agenda(&[due(RELEASE, None, 40)]), 1_000, 38);
    assert_eq!(plan.pick(1_066), None);
    assert_eq!(plan.pick(1_067), Some(errand(1, RELEASE)));
    assert_eq!(plan.pick(1_067), Some(errand(3, RELEASE)), "38 is 7, as there are 31 seconds");
    assert_eq!(plan.pick(1_259), None);
    assert_eq!(plan.pick(1_260), Some(errand(2, RELEASE)));
}

#[test]
fn the_most_valuable_is_first_and_what_was_voted_before_all() {
    let mut plan = Plan::new(rules());
    for (number, amount) in [(1, 20), (2, 9), (3, 30)] {
        plan.observe(account(number), &agenda(&[due(RELEASE, None, amount)]), 0, 0);
    }
    let voted = Due { what: Upkeep::ExecuteProposal, since: None, at_stake: AtStake::Decision };
    plan.observe(account(4), &agenda(&[voted]), 0, 0);
    let order: Vec<_> = std::iter::from_fn(|| plan.pick(DELAY)).map(|errand| errand.account).collect();
    assert_eq!(order, [account(4), account(3), account(1)], "the second is worth too little");
}

#[test]
fn a_mint_of_which_nothing_is_said_is_worth_nothing_and_its_leases_their_rent() {
    const RENT: u64 = (128 + 872 + 128 + 165) * 6_960;
    let worth = Worth { by_mint: BTreeMap::from([(account(1), 2_000_000)]), of_unit: 5_000_000 };
    let of = |what, mint| {
        let due = Due { what, since: None, at_stake: AtStake::Tokens { mint, amount: 10 } };
        worth.of(&due, Some(&account(2)))
    };
    for (mint, lamports) in [(account(1), 20), (account(2), 50), (account(3), 0)] {
        assert_eq!(of(RELEASE, mint), lamports);
        assert_eq!(of(Upkeep::CloseLease, mint), RENT + lamports);
    }
}

#[test]
fn of_an_account_one_thing_is_done_at_a_time_and_of_all_so_many() {
    let mut plan = Plan::new(Rules { at_once: 2, ..rules() });
    plan.observe(account(1), &agenda(&[due(RELEASE, None, 50), due(COUNT, None, 40)]), 0, 0);
    plan.observe(account(2), &agenda(&[due(RELEASE, None, 30)]), 0, 0);
    plan.observe(account(3), &agenda(&[due(RELEASE, None, 20)]), 0, 0);
    assert_eq!(plan.pick(DELAY), Some(errand(1, RELEASE)));
    assert_eq!(plan.pick(DELAY), Some(errand(2, RELEASE)));
    assert_eq!(plan.pick(DELAY), None);
    plan.settle(&errand(1, RELEASE), &Outcome::Done, DELAY);
    assert_eq!(plan.pick(DELAY), Some(errand(1, COUNT)));
}

#[test]
fn what_fails_is_tried_ever_more_rarely_and_told() {
    let mut plan = Plan::new(rules());
    plan.observe(account(1), &agenda(&[due(RELEASE, None, 50)]), 0, 0);
    let mut now = DELAY;
    for wait in [60, 120, 240, 480, 960, 1_920, 3_840, 7_680, 15_360, 30_720, 61_440, 86_400, 86_400] {
        let picked = plan.pick(now).unwrap();
        plan.settle(&picked, &Outcome::Failed("frozen".to_owned()), now);
        // Seen again it is the same.
        plan.observe(account(1), &agenda(&[due(RELEASE, None, 50)]), now, 0);
        assert_eq!(plan.pick(now + wait - 1), None);
        now += wait;
    }
    let task = plan.task(&errand(1, RELEASE)).unwrap();
    assert_eq!((task.failures, task.problem.as_deref()), (13, Some("frozen")));
}

#[test]
fn what_somebody_else_did_is_not_done_again_and_what_is_too_dear_waits() {
    let mut plan = Plan::new(rules());
    for outcome in [Outcome::Done, Outcome::WasDone] {
        plan.observe(account(1), &agenda(&[due(RELEASE, None, 50)]), 0, 0);
        let picked = plan.pick(DELAY).unwrap();
        plan.settle(&picked, &outcome, DELAY);
        assert_eq!(plan.pick(1_000_000), None);
    }
    plan.observe(account(1), &agenda(&[due(RELEASE, None, 50)]), 0, 0);
    plan.observe(account(1), &agenda(&[]), 10, 0);
    assert_eq!(plan.pick(1_000_000), None);
    plan.observe(account(1), &agenda(&[due(RELEASE, None, 50)]), 0, 0);
    let picked = plan.pick(DELAY).unwrap();
    plan.settle(&picked, &Outcome::Unaffordable, DELAY);
    assert_eq!(plan.pick(DELAY + POOR - 1), None);
    assert!(plan.pick(DELAY + POOR).is_some());
}

#[test]
fn in_a_hurry_only_the_delay_after_it_was_due_counts() {
    let mut plan = Plan::new(rules());
    plan.hurry();
    plan.observe(account(1), &agenda(&[due(RELEASE, Some(100), 50)]), 120, 30);
    assert_eq!(plan.pick(159), None);
    assert!(plan.pick(160).is_some());
}

#[test]
fn an_old_view_says_no_time() {
    let (every, at) = (Duration::from_secs(30), |seconds| Duration::from_secs(seconds));
    assert_eq!(time_after(1_000, at(0), every), Some(1_000));
    assert_eq!(time_after(1_000, at(90), every), Some(1_090));
    assert_eq!(time_after(1_000, at(91), every), None);
}

#[test]
fn ten_thousand_leases_are_woken_without_looking_at_the_others() {
    let busy = |leases: u64| {
        let mut plan = Plan::new(rules());
        for lease in 0..leases {
            let next = Some(1_000 + i64::try_from(lease).unwrap());
            plan.observe(account(lease), &Agenda { due: Vec::new(), next }, 0, 0);
        }
        let since = Instant::now();
        for now in 0..2_000 {
            assert_eq!(plan.woken(now).is_some(), now >= 1_000);
            assert_eq!(plan.pick(now), None);
        }
        (since.elapsed(), plan.scheduled())
    };
    let ((few, _), (many, left)) = (busy(1_000), busy(10_000));
    assert_eq!(left, 9_000);
    eprintln!("1,000 leases: {few:?}, 10,000 leases: {many:?} for 2,000 ticks");
    assert!(many < 5 * few + Duration::from_millis(20), "{many:?} after {few:?}");
}

#[derive(Clone, Debug)]
enum Event {
    See { number: u64, acts: Vec<(usize, Option<i64>, u64)>, roll: u64 },
    Forget(u64),
    Pick,
    Settle(usize),
}

fn event() -> impl Strategy<Value = Event> {
    let act = (0_usize..11, prop::option::of(0_i64..2_000), 0_u64..40);
    prop_oneof![
        (0_u64..4, prop::collection::vec(act, 0..4), any::<u64>())
            .prop_map(|(number, acts, roll)| Event::See { number, acts, roll }),
        (0_u64..4).prop_map(Event::Forget),
        Just(Event::Pick),
        (0_usize..5).prop_map(Event::Settle),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(1_000) })]

    #[test]
    fn nothing_is_done_before_its_time_nor_twice_at_once(
        events in prop::collection::vec((event(), 0_i64..120), 0..60),
        forbidden in 0_usize..11,
    ) {
        let forbidden = Upkeep::iter().nth(forbidden).unwrap();
        let mut plan = Plan::new(Rules { deeds: Upkeep::iter().filter(|it| *it != forbidden).collect(), ..rules() });
        // Since when each thing has been due and seen as such, by the events alone.
        let mut known: BTreeMap<Errand, (Option<i64>, i64)> = BTreeMap::new();
        let mut flying: BTreeSet<Errand> = BTreeSet::new();
        let mut now = 0;
        for (event, later) in events {
            now += later;
            match event {
                Event::See { number, acts, roll } => {
                    let mut seen = BTreeMap::new();
                    for (what, since, amount) in acts {
                        let what = Upkeep::iter().nth(what).unwrap();
                        let since = since.map(|since| since.min(now));
                        seen.entry(what).or_insert_with(|| due(what, since, amount));
                    }
                    let listed: Vec<_> = seen.values().copied().collect();
                    plan.observe(account(number), &agenda(&listed), now, roll);
                    known.retain(|errand, (since, _)| {
                        errand.account != account(number) || seen.get(&errand.what).is_some_and(|due| due.since == *since)
                    });
                    for due in listed {
                        known.entry(errand(number, due.what)).or_insert((due.since, now));
                    }
                }
                Event::Forget(number) => {
                    plan.forget(&account(number));
                    known.retain(|errand, _| errand.account != account(number));
                }
                Event::Pick => {
                    if let Some(picked) = plan.pick(now) {
                        let (since, seen) = known[&picked];
                        prop_assert!(now >= seen + DELAY && now >= since.unwrap_or(seen) + DELAY);
                        prop_assert!(picked.what != forbidden);
                        prop_assert!(flying.iter().all(|other| other.account != picked.account));
                        flying.insert(picked);
                        prop_assert!(flying.len() <= 4);
                    }
                }
                Event::Settle(which) => {
                    let outcomes = [
                        Outcome::Done,
                        Outcome::WasDone,
                        Outcome::Unaffordable,
                        Outcome::NotYet,
                        Outcome::Failed(String::new()),
                    ];
                    if let Some(first) = flying.pop_first() {
                        plan.settle(&first, &outcomes[which], now);
                        if which < 2 {
                            known.remove(&first);
                            prop_assert!(plan.task(&first).is_none());
                        }
                    }
                }
            }
        }
    }
}
