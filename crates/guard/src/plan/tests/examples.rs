//! Single decisions, at their boundaries.

use gpu_lease_client::evidence::ProbeOutcome::{Failed, OtherCards, Reached};
use gpu_lease_client::state::{EndReason, Lease, PodLeaseState};

use super::stage::{GPUS, Guard, START, WINDOW, at, attest, claim, lease, settings, usage};
use crate::news::Kind;
use crate::plan::{Act, Decision, Funding, Mode, Settings, plan};

const DAY: i64 = 86_400;

fn acts(decisions: &[Decision]) -> Vec<Act> {
    decisions.iter().filter_map(|it| if let Decision::Act(act) = it { Some(*act) } else { None }).collect()
}

fn told(decisions: &[Decision]) -> Vec<Kind> {
    decisions
        .iter()
        .filter_map(|it| if let Decision::Tell(tell) = it { Some(tell.kind) } else { None })
        .collect()
}

/// A guard whose machine was gone between two seconds after the start, and back until `until`, unless that is earlier.
fn guard(lease: &Lease, gone: (i64, i64), until: i64) -> Guard {
    let mut guard = Guard::new(settings(), lease);
    for after in (0..=until).step_by(10) {
        let outcome = if (gone.0..gone.1).contains(&after) { Failed } else { Reached };
        guard.probe(START + after, outcome, true);
    }
    guard
}

#[test]
fn a_draft_is_co_signed_up_to_the_bound_and_not_one_beyond() {
    let lease = lease(10_000);
    // Failed from 100 to 190: 90 seconds do not count.
    let guard = guard(&lease, (100, 200), 600);
    let answer = |units, window: i64| {
        let draft = usage(START + window, units);
        plan(&guard.observed(&lease, Some(&lease), Some(draft), START + 630), &guard.settings)
    };
    let signs =
        |units, window| answer(units, window).contains(&Decision::CoSign(usage(START + window, units)));
    assert_eq!([1_019, 1_020, 1_021].map(|units| signs(units, 600)), [true, true, false]);
    assert!(told(&answer(1_021, 600)).contains(&Kind::Withheld));
    // What is later than the newest probe counts if that was answered, whatever the next one says.
    assert!(signs(1_080, 630));
}

#[test]
fn what_the_next_probe_may_show_to_be_missed_waits_for_it() {
    let lease = lease(10_000);
    let guard = guard(&lease, (590, 9_000), 590);
    let answer = |units| {
        let draft = usage(START + 600, units);
        plan(&guard.observed(&lease, Some(&lease), Some(draft), START + 610), &guard.settings)
    };
    assert!(answer(1_180).contains(&Decision::CoSign(usage(START + 600, 1_180))));
    assert_eq!(answer(1_181), [Decision::Probe]);
}

#[test]
fn no_second_figure_is_signed_for_a_window_and_no_lower_one() {
    let lease = lease(10_000);
    let mut guard = guard(&lease, (0, 0), 600);
    assert!(guard.turn(&lease, None, Some(usage(START + 300, 500)), START + 610).is_some());
    let mut signs =
        |window, units| guard.turn(&lease, None, Some(usage(START + window, units)), START + 610).is_some();
    assert!(signs(300, 500));
    for (window, units) in [(300, 501), (300, 499), (299, 500), (360, 499)] {
        assert!(!signs(window, units), "{units} until {window}");
    }
    assert!(signs(360, 500));
}

#[test]
fn what_is_within_the_loss_limit_matures_and_what_is_beyond_is_disputed_at_the_bound() {
    for (more, is_disputed) in [(0, false), (1, false), (1_200, false), (1_201, true)] {
        let mut lease = lease(10_000);
        let guard = guard(&lease, (100, 1_400), 2_000);
        let bound = guard.watch.bound(&lease.meter, START + 1_900);
        assert_eq!(bound, 2 * (1_900 - 1_290));
        claim(&mut lease, START + 1_900, bound + more, START + 1_900);
        let decisions = plan(&guard.observed(&lease, Some(&lease), None, START + 2_000), &guard.settings);
        let dispute = Act::Dispute { units: bound, max_stake: lease.ledger.bond };
        assert_eq!(acts(&decisions), if is_disputed { vec![dispute] } else { vec![] }, "{more}");
        assert_eq!(told(&decisions).contains(&Kind::Withheld), more > 0, "{more}");
    }
}

#[test]
fn a_dispute_waits_for_the_machine_to_be_back_or_for_half_the_window() {
    let mut lease = lease(10_000);
    let mut guard = guard(&lease, (300, 9_000), 2_000);
    claim(&mut lease, START + 2_000, 4_000, START + 2_000);
    let half = 2_000 + i64::from(WINDOW) / 2;
    let disputes = |guard: &Guard, after: i64| {
        !acts(&plan(&guard.observed(&lease, Some(&lease), None, START + after), &guard.settings)).is_empty()
    };
    assert_eq!([2_010, half - 1, half].map(|after| disputes(&guard, after)), [false, false, true]);
    guard.settings.at_once = true;
    assert!(disputes(&guard, 2_010));
    guard.settings.at_once = false;
    guard.probe(START + 2_010, Failed, true);
    assert!(!disputes(&guard, 2_020));
    guard.probe(START + 2_020, Reached, true);
    assert!(disputes(&guard, 2_020));
}

#[test]
fn a_claim_that_landed_while_the_guard_was_down_is_disputed_at_once_if_half_its_window_is_over() {
    let mut lease = lease(10_000);
    let guard = guard(&lease, (300, 9_000), 1_000);
    claim(&mut lease, START + 1_000, 2_000, START + 1_000);
    let at = |after: i64| plan(&guard.observed(&lease, Some(&lease), None, START + after), &guard.settings);
    let dispute = Act::Dispute { units: 600, max_stake: lease.ledger.bond };
    assert_eq!(acts(&at(1_599)), [dispute]);
    // It has matured: what is lost is lost.
    assert_eq!(acts(&at(1_600)), []);
}

#[test]
fn later_claims_do_not_put_a_dispute_off() {
    let mut lease = lease(10_000);
    let mut guard = guard(&lease, (300, 9_000), 1_000);
    // The first claim is right, and its window runs; each of the others takes the place of the one before.
    claim(&mut lease, START + 900, 600, START + 950);
    let mut disputed_at = None;
    for after in 1_000..2_000 {
        claim(&mut lease, START + 1_000, 1_900 + u64::try_from(after - 1_000).unwrap() / 10, START + after);
        let view = lease;
        guard.turn(&view, Some(&view), None, START + after);
        if guard.disputes() > 0 {
            disputed_at = Some(after);
            break;
        }
    }
    assert_eq!(disputed_at, Some(1_000 + i64::from(WINDOW) / 2));
}

#[test]
fn what_the_renter_co_signs_by_itself_is_not_refused_later() {
    let mut lease = lease(10_000);
    let mut guard = guard(&lease, (300, 1_800), 2_000);
    attest(&mut lease, &usage(START + 1_900, 3_800), true, START + 1_950);
    let view = lease;
    guard.turn(&view, Some(&view), None, START + 1_960);
    assert_eq!(guard.notes.conceded, 2 * 1_490);
    claim(&mut lease, START + 2_000, 4_000, START + 2_010);
    let view = lease;
    guard.turn(&view, Some(&view), None, START + 2_010 + i64::from(WINDOW) - 1);
    assert_eq!(guard.disputes(), 0);
    // What matures by itself is not conceded.
    let mut lease = self::lease(10_000);
    let mut guard = self::guard(&lease, (300, 1_800), 2_000);
    claim(&mut lease, START + 1_900, 3_800, START + 1_900);
    let later = START + 1_900 + i64::from(WINDOW);
    lease.settle(at(later)).unwrap();
    let view = lease;
    guard.turn(&view, Some(&view), None, later);
    assert_eq!(guard.notes.conceded, 0);
}

#[test]
fn other_cards_are_as_good_as_none() {
    let mut lease = lease(10_000);
    let mut guard = guard(&lease, (0, 0), 300);
    (310..=1_500).step_by(10).for_each(|after| guard.probe(START + after, OtherCards, true));
    guard.probe(START + 1_510, Reached, true);
    claim(&mut lease, START + 1_500, 3_000, START + 1_500);
    let decisions = plan(&guard.observed(&lease, Some(&lease), None, START + 1_520), &guard.settings);
    assert!(matches!(acts(&decisions)[..], [Act::Dispute { units: 620, .. }]), "{decisions:?}");
}

#[test]
fn a_stake_beyond_budget_or_wallet_is_not_set_aside_and_told() {
    let mut lease = lease(10_000);
    let mut guard = guard(&lease, (300, 9_000), 2_000);
    claim(&mut lease, START + 2_000, 4_000, START + 2_000);
    // A tenth of the 3 400 in dispute.
    for (tokens, is_disputed) in [(339, false), (340, true)] {
        guard.wallet.tokens = tokens;
        let decisions = plan(&guard.observed(&lease, Some(&lease), None, START + 2_400), &guard.settings);
        let dispute = Act::Dispute { units: 600, max_stake: tokens };
        assert_eq!(acts(&decisions), if is_disputed { vec![dispute] } else { vec![] });
        assert_eq!(told(&decisions).contains(&Kind::BudgetSpent), !is_disputed);
    }
}

#[test]
fn a_lease_is_topped_up_below_its_runway_and_never_beyond_its_end() {
    let funded = |days: i64, after: i64, funding: Option<Funding>| {
        let mut lease = lease(10 * DAY as u32);
        lease.ledger.deposited = u64::from(GPUS) * (days * DAY).unsigned_abs();
        let guard = Guard::new(Settings { funding, ..settings() }, &lease);
        plan(&guard.observed(&lease, None, None, START + after), &guard.settings)
    };
    let pays = |days, after| acts(&funded(days, after, Some(Funding::default())));
    let min_ends_at = START + 10 * DAY;
    let amount = |seconds: i64| Act::TopUp { amount: u64::from(GPUS) * seconds.unsigned_abs(), min_ends_at };
    assert_eq!(pays(3, 2 * DAY), []);
    assert_eq!(pays(3, 2 * DAY + 1), [amount(DAY + 1)]);
    // In its last days no more than is used.
    assert_eq!(pays(9, 8 * DAY + 100), [amount(DAY)]);
    assert_eq!(pays(10, 9 * DAY + 100), []);
    // One that is used up already is paid for from now on, and not for what passed.
    assert_eq!(pays(3, 4 * DAY), [amount(2 * DAY)]);
    let warned = funded(3, 2 * DAY + 1, None);
    assert_eq!((acts(&warned), told(&warned)), (vec![], vec![Kind::RunwayLow]));
}

#[test]
fn a_lease_in_suspicion_is_not_paid_for() {
    let mut lease = lease(10_000);
    (lease.ledger.deposited, lease.terms.heartbeat_timeout) = (8_000, 86_400);
    let guard = guard(&lease, (300, 9_000), 2_000);
    let before = plan(&guard.observed(&lease, Some(&lease), None, START + 2_000), &guard.settings);
    assert!(matches!(acts(&before)[..], [Act::TopUp { .. }]));
    claim(&mut lease, START + 2_000, 4_000, START + 2_000);
    let after = plan(&guard.observed(&lease, Some(&lease), None, START + 2_010), &guard.settings);
    assert_eq!(acts(&after), []);
}

#[test]
fn a_silent_lease_expires_only_if_its_machine_is_gone_and_all_views_say_so() {
    let mut lease = lease(10_000);
    attest(&mut lease, &usage(START + 300, 600), true, START + 310);
    let now = 2_000;
    let mut gone = guard(&lease, (300, 9_000), now);
    let expires = |guard: &Guard, finalized: Option<Lease>| {
        let mut observed = guard.observed(&lease, Some(&lease), None, START + now);
        observed.finalized = finalized;
        acts(&plan(&observed, &guard.settings)) == [Act::Expire { window_end: START + 300 }]
    };
    assert!(expires(&gone, Some(lease)));
    assert!(!expires(&gone, None));
    let mut attested = lease;
    attest(&mut attested, &usage(START + 1_900, 3_000), false, START + 1_900);
    assert!(!expires(&gone, Some(attested)));
    assert!(!expires(&guard(&lease, (0, 0), now), Some(lease)));
    // It was not looked at for long, or is gone for less than the heartbeat timeout.
    assert!(!expires(&guard(&lease, (300, 9_000), 1_390), Some(lease)));
    assert!(!expires(&guard(&lease, (1_100, 9_000), now), Some(lease)));
    gone.settings.mode = Mode::Ask;
    assert!(!expires(&gone, Some(lease)));
    let mut asked = gone.observed(&lease, Some(&lease), None, START + now);
    assert!(told(&plan(&asked, &gone.settings)).contains(&Kind::Asked));
    asked.approved.insert(crate::plan::Deed::Expire);
    assert_eq!(acts(&plan(&asked, &gone.settings)), [Act::Expire { window_end: START + 300 }]);
}

#[test]
fn what_is_over_is_brought_to_its_end() {
    let active = lease(1_000);
    let guard = Guard::new(settings(), &active);
    let at = |lease: &Lease, now: i64| acts(&plan(&guard.observed(lease, None, None, now), &guard.settings));
    let pending = Lease { state: PodLeaseState::Pending, ..active };
    assert_eq!((at(&pending, START), at(&pending, START + 1)), (vec![], vec![Act::Cancel]));
    let over = active.ends_at + 3_600;
    assert_eq!((at(&active, over), at(&active, over + 1)), (vec![], vec![Act::Close]));
    let mut disputed = active;
    claim(&mut disputed, START + 500, 1_000, START + 500);
    disputed.dispute(600, u64::MAX, super::stage::at(START + 600)).unwrap();
    assert!(disputed.end_reason == EndReason::Disputed);
    let deadline = disputed.dispute.deadline();
    assert_eq!((at(&disputed, deadline), at(&disputed, deadline + 1)), (vec![], vec![Act::ResolveByTimeout]));
}

#[test]
fn lamports_are_kept_for_a_dispute() {
    let mut lease = lease(10_000);
    let mut guard = guard(&lease, (300, 9_000), 2_000);
    guard.settings.budgets.lamports_a_day = 2 * super::stage::FEE - 1;
    lease.ledger.deposited = 8_000;
    let decisions = plan(&guard.observed(&lease, Some(&lease), None, START + 2_000), &guard.settings);
    assert!(acts(&decisions).is_empty() && told(&decisions).contains(&Kind::BudgetSpent));
    claim(&mut lease, START + 2_000, 4_000, START + 2_000);
    let decisions = plan(&guard.observed(&lease, Some(&lease), None, START + 2_400), &guard.settings);
    assert!(matches!(acts(&decisions)[..], [Act::Dispute { .. }]));
}
