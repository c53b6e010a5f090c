//! What holds whatever a provider does, and whatever goes wrong.

use gpu_lease_client::attestation::Usage;
use gpu_lease_client::evidence::ProbeOutcome;
use gpu_lease_client::math::gross_ceil;
use gpu_lease_client::state::{Lease, LeaseState};
use proptest::prelude::*;

use super::stage::{GPUS, Guard, START, WINDOW, accepted, attest, claim, lease, settings, usage};
use crate::plan::{Act, Decision, Deed, Funding, Mode, Part, Settings, plan};

/// Seconds of the leases here.
const DURATION: i64 = 5_000;

/// Seconds between two turns of a guard.
const TURN: i64 = 10;

/// What a provider claims, beside what its guard lets it.
#[derive(Clone, Copy, Debug)]
enum Lie {
    /// What was delivered.
    Truth,
    /// All that the GPUs can have delivered.
    Everything,
    /// What may mature, and so many GPU-seconds more or fewer.
    NearLimit(i64),
    /// This share of the capacity, percent.
    Share(u64),
    /// The same again, for a later window.
    Repeat,
}

fn lies() -> impl Strategy<Value = Lie> {
    prop_oneof![
        2 => Just(Lie::Truth),
        1 => Just(Lie::Everything),
        3 => (-3i64..3).prop_map(Lie::NearLimit),
        2 => (0u64..101).prop_map(Lie::Share),
        1 => Just(Lie::Repeat),
    ]
}

/// When the machine is down, seconds after the start: each time for a while.
fn outages() -> impl Strategy<Value = Vec<(i64, i64)>> {
    prop::collection::vec((300i64..1_500, 0i64..1_000), 0..4).prop_map(|pauses| {
        let mut until = 0;
        let mut placed = |(pause, length)| {
            let from = until + pause;
            until = from + length;
            (from, until)
        };
        pauses.into_iter().map(&mut placed).collect()
    })
}

fn is_up(outages: &[(i64, i64)], after: i64) -> bool {
    outages.iter().all(|(from, to)| !(*from..*to).contains(&after))
}

/// GPU-seconds that were delivered.
fn truth(outages: &[(i64, i64)], until: i64) -> u64 {
    let until = until.clamp(0, DURATION);
    let missed: i64 = outages.iter().map(|(from, to)| (*to).min(until) - (*from).min(until)).sum();
    (until - missed).unsigned_abs() * u64::from(GPUS)
}

/// Seconds after the start at which the machine is probed.
fn probes() -> impl Strategy<Value = Vec<i64>> {
    prop::collection::vec(1i64..120, 200)
        .prop_map(|gaps| gaps.into_iter().scan(0, |at, gap| Some(std::mem::replace(at, *at + gap))).collect())
}

fn limit(settings: &Settings) -> u64 {
    u64::from(GPUS) * u64::from(settings.loss_limit)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    /// Whatever its provider claims and whenever, and whatever it does with co-signatures: what is final never exceeds the
    /// bound by more than the loss limit, which a provider can reach and not pass.
    #[test]
    fn at_most_the_bound_and_the_loss_limit_ever_mature(
        outages in outages(),
        probes in probes(),
        lies in prop::collection::vec((1i64..200, lies(), any::<bool>()), 1..80),
        (latency, lag, at_once, loss_limit) in (0i64..60, 0i64..60, any::<bool>(), 0u32..700),
        flood in prop_oneof![2 => Just(None), 1 => (0i64..DURATION).prop_map(Some)],
    ) {
        let mut lease = lease(DURATION as u32);
        let settings = Settings { at_once, loss_limit, ..settings() };
        let mut guard = Guard { latency, ..Guard::new(settings, &lease) };
        let mut lies = lies.into_iter();
        let (mut next, mut lie, mut takes) = (0, Lie::Truth, true);
        let (mut probes, mut before) = (probes.into_iter().peekable(), Vec::<Lease>::new());
        for after in (0..DURATION + 4_500).step_by(TURN as usize) {
            let now = START + after;
            let limit = limit(&guard.settings);
            while let Some(probed) = probes.next_if(|at| *at <= after) {
                let outcome = if is_up(&outages, probed) { ProbeOutcome::Reached } else { ProbeOutcome::Failed };
                guard.probe(START + probed, outcome, true);
            }
            // From then on it claims a unit more in every turn.
            let is_flooding = flood.is_some_and(|from| after >= from);
            if after >= next || is_flooding {
                if after >= next && let Some((pause, what, takes_it)) = lies.next() {
                    (next, lie, takes) = (after + pause, what, takes_it);
                }
                let window_end = now.min(lease.ends_at);
                let bound = guard.watch.bound(&lease.meter, window_end);
                let units = match lie {
                    Lie::Truth => truth(&outages, window_end - START),
                    Lie::Everything => u64::MAX,
                    Lie::NearLimit(more) => (bound + limit).saturating_add_signed(more),
                    Lie::Share(percent) => lease.meter.capacity(window_end) * percent / 100,
                    Lie::Repeat => lease.meter.latest.units,
                };
                let units = units.saturating_add(u64::from(is_flooding)).max(lease.meter.latest.units);
                claim(&mut lease, window_end, units, now);
            }
            before.push(lease);
            let second = before[before.len().saturating_sub(1 + (lag / TURN) as usize)];
            let draft = usage((now - 20).min(lease.ends_at), truth(&outages, after - 20).max(lease.meter.latest.units));
            if let Some(signed) = guard.turn(&lease, Some(&second), Some(draft), now)
                && takes
            {
                attest(&mut lease, &signed, true, now);
            }
            guard.land(&mut lease, now);
            let bound = guard.watch.bound(&lease.meter, lease.meter.window_end);
            let is_final = accepted(&lease, now);
            prop_assert!(is_final <= bound + limit, "{is_final} of {bound} and {limit} after {after}: {:?} {:?} {:?}", guard.notes, guard.watch, lease.meter);
        }
    }

    /// No provider is disputed that claims no more than it has delivered, however often and whenever: not while single probes
    /// are lost, while the guard is cut off, or while it does not run.
    #[test]
    fn nobody_is_disputed_who_claims_what_was_delivered(
        outages in outages(),
        probes in probes(),
        lost in prop::collection::vec(prop::bool::weighted(0.2), 200),
        claims in prop::collection::vec((1i64..300, 0u64..2_000), 1..60),
        cut_off in (0i64..DURATION, 0i64..900),
        dead in (0i64..DURATION, 0i64..2_000),
        (loss_limit, at_once) in (0u32..2, any::<bool>()),
    ) {
        let mut lease = lease(DURATION as u32);
        let mut guard = Guard::new(Settings { loss_limit, at_once, ..settings() }, &lease);
        let is_in = |(from, length): (i64, i64), after: i64| (from..from + length).contains(&after);
        let (mut probes, mut claims) = (probes.into_iter().zip(lost).peekable(), claims.into_iter());
        let (mut next, mut was_lost) = (0, false);
        for after in (0..DURATION + 4_500).step_by(TURN as usize) {
            let now = START + after;
            guard.is_cut_off = is_in(cut_off, after);
            while let Some((probed, is_lost)) = probes.next_if(|(at, _)| *at <= after) {
                if is_in(dead, probed) {
                    continue;
                }
                // One that is lost stands alone: the next is answered.
                let is_near = outages.iter().any(|(from, to)| (from - 240..to + 240).contains(&probed));
                was_lost = is_lost && !was_lost && !is_near;
                let is_reached = is_up(&outages, probed) && !was_lost && !is_in(cut_off, probed);
                let outcome = if is_reached { ProbeOutcome::Reached } else { ProbeOutcome::Failed };
                guard.probe(START + probed, outcome, !is_in(cut_off, probed));
            }
            if after >= next && let Some((pause, fewer)) = claims.next() {
                next = after + pause;
                let window_end = now.min(lease.ends_at);
                let units = truth(&outages, window_end - START).saturating_sub(fewer).max(lease.meter.latest.units);
                claim(&mut lease, window_end, units, now);
            }
            if !is_in(dead, after) {
                let view = lease;
                guard.turn(&lease, Some(&view), None, now);
                prop_assert_eq!(guard.disputes(), 0, "{:?} after {}", guard.watch, after);
            }
        }
    }

    /// However little it may spend, it never spends more, and it never pays in what a lease cannot use.
    #[test]
    fn no_budget_is_exceeded(
        (a_day, in_all, stakes, lamports, tokens) in (0u64..9_000, 0u64..20_000, 0u64..9_000, 0u64..300_000, 0u64..30_000),
        (below, more) in (60u32..4_000, 0u32..4_000),
        (deposit, latency) in (200u64..12_000, 0i64..100),
        overclaims_at in prop::option::of(500i64..4_000),
    ) {
        let mut lease = lease(DURATION as u32);
        lease.ledger.deposited = deposit;
        let mut settings = Settings { funding: Some(Funding { below, up_to: below + more }), ..settings() };
        settings.budgets.lamports_a_day = lamports;
        let budget = settings.budgets.mints.values_mut().next().unwrap();
        (budget.top_ups_a_day, budget.top_ups_in_all) = (a_day, in_all);
        (budget.stakes_a_day, budget.stakes_in_all) = (stakes, stakes / 2);
        let mut guard = Guard { latency, ..Guard::new(settings, &lease) };
        (guard.wallet.tokens, guard.wallet.lamports) = (tokens, lamports);
        // The machine never answers.
        for after in (0..DURATION).step_by(TURN as usize) {
            let now = START + after;
            guard.probe(now, ProbeOutcome::Failed, true);
            if overclaims_at == Some(after / TURN * TURN) {
                claim(&mut lease, now, u64::MAX, now);
            }
            let (view, had) = (lease, lease.ledger.deposited);
            let sent = guard.sent.len();
            guard.turn(&lease, Some(&view), None, now);
            for act in &guard.sent[sent..] {
                match act {
                    Act::TopUp { amount, .. } => guard.wallet.tokens = guard.wallet.tokens.checked_sub(*amount).unwrap(),
                    Act::Dispute { max_stake, .. } => guard.wallet.tokens = guard.wallet.tokens.checked_sub(*max_stake).unwrap(),
                    _ => {}
                }
            }
            guard.land(&mut lease, now);
            let spent = guard.spent;
            prop_assert!(spent.top_ups.0 <= a_day && spent.top_ups.1 <= in_all, "{spent:?}");
            prop_assert!(spent.stakes.0 <= stakes && spent.stakes.1 <= stakes / 2, "{spent:?}");
            prop_assert!(spent.lamports <= lamports, "{spent:?}");
            if lease.ledger.deposited > had {
                let usable = lease.meter.capacity(lease.ends_at) - lease.meter.excused;
                prop_assert!(u128::from(lease.ledger.deposited) <= gross_ceil(usable, lease.terms.price));
                prop_assert!(lease.funded_until() <= now + i64::from(below + more) + latency + 1);
            }
        }
    }

    /// What was done is not done again while it is not known what became of it, and the same plan says the same.
    #[test]
    fn nothing_is_done_twice(
        (claims_at, percent) in (1i64..3_000, 0u64..101),
        deposit in 200u64..12_000,
        after in 0i64..9_000,
        outages in outages(),
        (mode, part) in (
            prop_oneof![Just(Mode::Act), Just(Mode::Ask), Just(Mode::Alert)],
            prop_oneof![Just(Part::Main), Just(Part::Standby)],
        ),
    ) {
        let mut lease = lease(DURATION as u32);
        lease.ledger.deposited = deposit;
        let mut guard = Guard::new(Settings { mode, part, loss_limit: 60, ..settings() }, &lease);
        for probed in (0..after).step_by(50) {
            let outcome = if is_up(&outages, probed) { ProbeOutcome::Reached } else { ProbeOutcome::Failed };
            guard.probe(START + probed, outcome, true);
        }
        if claims_at < after {
            let window_end = START + claims_at;
            let units = lease.meter.capacity(window_end) * percent / 100;
            claim(&mut lease, window_end, units, window_end);
        }
        let now = START + after;
        let draft = usage((now - 60).max(START).min(lease.ends_at), truth(&outages, after - 60));
        let observed = guard.observed(&lease, Some(&lease), Some(draft), now);
        let decisions = plan(&observed, &guard.settings);
        prop_assert_eq!(&plan(&observed, &guard.settings), &decisions);
        let acts: Vec<Act> = decisions.iter().filter_map(|it| if let Decision::Act(act) = it { Some(*act) } else { None }).collect();
        prop_assert!(acts.len() <= 1, "{acts:?}");
        let signs = decisions.iter().any(|it| matches!(it, Decision::CoSign(_)));
        prop_assert!(mode != Mode::Alert || acts.is_empty() && !signs);
        let is_dispute = |act: &Act| act.deed() == Deed::Dispute;
        prop_assert!(part != Part::Standby || acts.iter().all(is_dispute) && !signs);
        guard.latency = 1_000;
        guard.follow(&decisions, now);
        let again = plan(&guard.observed(&lease, Some(&lease), None, now), &guard.settings);
        let is_told = |it: &Decision| matches!(it, Decision::Tell(_));
        prop_assert!(again.iter().all(is_told), "{again:?}");
    }

    /// Two guards that see the same act once; and if one does not run, the other acts before it is too late.
    #[test]
    fn a_main_guard_and_its_standby_dispute_once(
        overclaims_at in 700i64..3_000,
        probes in probes(),
        (latency, is_main_dead, at_once) in (0i64..60, any::<bool>(), any::<bool>()),
    ) {
        let outages = [(300, 900_000)];
        let mut lease = lease(DURATION as u32);
        lease.terms.heartbeat_timeout = 86_400;
        let main = Settings { at_once, loss_limit: 60, ..settings() };
        let standby = Settings { part: Part::Standby, ..main.clone() };
        let mut guards = [main, standby].map(|settings| Guard { latency, ..Guard::new(settings, &lease) });
        let mut probes = probes.into_iter().peekable();
        for after in (0..DURATION).step_by(TURN as usize) {
            let now = START + after;
            while let Some(probed) = probes.next_if(|at| *at <= after) {
                let outcome = if is_up(&outages, probed) { ProbeOutcome::Reached } else { ProbeOutcome::Failed };
                guards.iter_mut().for_each(|guard| guard.probe(START + probed, outcome, true));
            }
            if after == overclaims_at / TURN * TURN {
                claim(&mut lease, now, u64::MAX, now);
            }
            for (guard, is_dead) in guards.iter_mut().zip([is_main_dead, false]) {
                let view = lease;
                if !is_dead {
                    guard.turn(&view, Some(&view), None, now);
                }
                guard.land(&mut lease, now);
            }
        }
        let sent = [guards[0].disputes(), guards[1].disputes()];
        prop_assert_eq!(sent, if is_main_dead { [0, 1] } else { [1, 0] });
        prop_assert!(lease.state == LeaseState::Disputed);
        let waited = lease.dispute.opened.time - (START + overclaims_at / TURN * TURN);
        let most = if is_main_dead { i64::from(WINDOW) * 3 / 4 } else { i64::from(WINDOW) / 2 };
        prop_assert!(waited <= most + TURN + latency, "{waited}");
        prop_assert!(lease.dispute.renter_units >= truth(&outages, 300));
    }
}

#[test]
fn what_did_not_answer_decides_nothing() {
    let mut lease = lease(DURATION as u32);
    let mut guard = Guard::new(settings(), &lease);
    for after in (0..2_000).step_by(50) {
        guard.probe(START + after, ProbeOutcome::Failed, true);
    }
    claim(&mut lease, START + 2_000, 4_000, START + 2_000);
    let draft = Usage { window_end: START + 2_001, ..usage(0, 4_000) };
    let now = START + 2_000 + i64::from(WINDOW) / 2;
    let whole = guard.observed(&lease, Some(&lease), Some(draft), now);
    let acts = |observed: &crate::plan::Observed| {
        plan(observed, &guard.settings).iter().any(|it| matches!(it, Decision::Act(_) | Decision::CoSign(_)))
    };
    assert!(acts(&whole));
    let mut silent = whole.clone();
    silent.now = None;
    assert_eq!(plan(&silent, &guard.settings), []);
    let mut silent = whole.clone();
    silent.lease = None;
    assert_eq!(plan(&silent, &guard.settings), []);
    let mut silent = whole.clone();
    silent.is_cut_off = true;
    assert_eq!(plan(&silent, &guard.settings), []);
    let mut silent = whole.clone();
    silent.watch = None;
    assert!(!acts(&silent));
    let mut silent = whole.clone();
    silent.second = None;
    assert!(!acts(&silent));
    // A node that shows another claim does not agree; one that shows a higher figure does, and the higher bound counts.
    let mut lower = lease;
    lower.meter.latest.units = 1_000;
    lower.meter.maturing.units = 1_000;
    let mut other = whole.clone();
    other.second = Some(lower);
    assert!(!acts(&other));
}
