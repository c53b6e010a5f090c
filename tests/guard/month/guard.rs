//! A guard of one lease: the planner, what is on its disk, and nothing else.

use std::collections::{BTreeMap, BTreeSet};

use gpu_lease_client::attestation::Usage;
use gpu_lease_client::evidence::{Probe, ProbeOutcome, Watch};
use gpu_lease_guard::plan::{Act, Decision, Deed, Notes, Observed, Settings, Spent, Wallet, plan};
use gpu_lease_tests::prelude::*;

use super::story::{DAY, HOUR};

/// Lamports of a transaction.
pub const FEE: u64 = 10_000;

/// What one guard may spend in all, and has: all of its leases share it.
#[derive(Clone, Debug, Default)]
pub struct Till {
    day: i64,
    pub spent: Spent,
    pub lamports: u64,
}

impl Till {
    pub fn turn(&mut self, now: i64) {
        let today = now.div_euclid(DAY);
        if std::mem::replace(&mut self.day, today) != today {
            (self.spent.lamports, self.spent.stakes.0, self.spent.top_ups.0) = (0, 0, 0);
        }
    }

    fn take(&mut self, act: &Act) {
        let add = |sums: &mut (u64, u64), amount: u64| *sums = (sums.0 + amount, sums.1 + amount);
        self.spent.lamports += FEE;
        self.lamports += FEE;
        match act {
            Act::Dispute { max_stake, .. } => add(&mut self.spent.stakes, *max_stake),
            Act::TopUp { amount, .. } => add(&mut self.spent.top_ups, *amount),
            _ => {}
        }
    }
}

/// What a kill leaves.
#[derive(Clone)]
struct Disk {
    watch: Option<String>,
    notes: Notes,
    in_flight: BTreeMap<Deed, Act>,
}

pub struct Guard {
    pub settings: Settings,
    pub watch: Option<Watch>,
    pub notes: Notes,
    /// What was sent and has not landed yet.
    pub in_flight: BTreeMap<Deed, Act>,
    disk: Disk,
    /// The kinds of what it told, each with how often.
    pub told: BTreeMap<String, usize>,
    /// Every probe, for the script.
    pub probes: Vec<(i64, ProbeOutcome, bool)>,
    next_probe: i64,
    dice: u64,
}

/// What it sees of the chain.
pub struct View<'a> {
    pub now: Option<Moment>,
    pub lease: Option<Lease>,
    pub second: Option<Lease>,
    pub draft: Option<Usage>,
    pub is_cut_off: bool,
    pub tokens: u64,
    pub till: &'a mut Till,
}

impl Guard {
    pub fn new(settings: Settings, dice: u64, now: i64) -> Self {
        let disk = Disk { watch: None, notes: Notes::default(), in_flight: BTreeMap::new() };
        let mut guard = Self {
            settings,
            watch: None,
            notes: Notes::default(),
            in_flight: BTreeMap::new(),
            disk,
            told: BTreeMap::new(),
            probes: Vec::new(),
            next_probe: 0,
            dice,
        };
        guard.next_probe = now + guard.gap();
        guard
    }

    /// A number below one.
    fn throw(&mut self) -> f64 {
        // SplitMix64.
        self.dice = self.dice.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.dice;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (bits ^ (bits >> 31)) as f64 / (u64::MAX as f64 + 1.0)
    }

    /// Seconds until the next probe: a minute on average.
    fn gap(&mut self) -> i64 {
        let seconds = -60.0 * (1.0 - self.throw()).ln();
        (seconds as i64).clamp(1, 600)
    }

    /// Probes until `now`. Of those that would be answered one in fifty is lost.
    pub fn probe(
        &mut self,
        now: i64,
        lease: &LeaseKey,
        on_chain: &Lease,
        found: impl Fn(i64) -> (ProbeOutcome, bool),
    ) {
        if on_chain.started_at == 0 {
            return;
        }
        let begin = || Watch::begin(lease.address, on_chain.opened_slot, on_chain.started_at);
        let mut watch = self.watch.take().unwrap_or_else(begin);
        watch.observe(&on_chain.meter);
        while self.next_probe <= now {
            let at = self.next_probe;
            let (outcome, trusted) = found(at);
            let is_lost =
                self.throw() < 0.02 && self.probes.last().is_none_or(|last| last.1 != ProbeOutcome::Failed);
            let (outcome, trusted) =
                if is_lost { (ProbeOutcome::Failed, trusted) } else { (outcome, trusted) };
            watch.probe(&Probe { at, outcome, trusted });
            self.probes.push((at, outcome, trusted));
            self.next_probe = at + self.gap();
        }
        self.watch = Some(watch);
    }

    /// Nobody looks until `now`.
    pub fn sleep(&mut self, now: i64) {
        self.next_probe = self.next_probe.max(now + 1);
    }

    /// Plans, writes down what has to be, and sends. Returns what it co-signs.
    pub fn turn(&mut self, view: View) -> Option<Usage> {
        let View { now, lease, second, draft, is_cut_off, tokens, till } = view;
        let observed = Observed {
            now,
            lease,
            second,
            finalized: second,
            watch: self.watch.as_ref(),
            draft,
            is_cut_off,
            notes: self.notes.clone(),
            in_flight: self.in_flight.keys().copied().collect(),
            approved: BTreeSet::new(),
            spent: till.spent,
            wallet: Wallet { lamports: u64::MAX / 4, tokens, fee: FEE },
        };
        let mut signed = None;
        for decision in plan(&observed, &self.settings) {
            match decision {
                Decision::Note(notes) => {
                    self.disk.notes = notes.clone();
                    self.notes = notes;
                }
                Decision::CoSign(usage) => signed = Some(usage),
                Decision::Act(act) => {
                    till.take(&act);
                    let before = self.in_flight.insert(act.deed(), act);
                    assert_eq!(before, None, "sent twice");
                    self.disk.in_flight = self.in_flight.clone();
                }
                Decision::Tell(tell) => {
                    *self.told.entry(format!("{:?} {}", tell.kind, tell.once)).or_default() += 1
                }
                Decision::Probe => {}
            }
        }
        signed
    }

    /// What it has sent, which has landed or was refused.
    pub fn landed(&mut self) -> Vec<Act> {
        self.disk.in_flight.clear();
        std::mem::take(&mut self.in_flight).into_values().collect()
    }

    /// Writes its record down.
    pub fn save(&mut self) {
        self.disk.watch =
            self.watch.as_ref().map(|watch| serde_json::to_string(watch).expect("it can be written"));
    }

    /// It is killed, and begins again with what is on its disk.
    pub fn restart(&mut self) {
        let Disk { watch, notes, in_flight } = self.disk.clone();
        self.watch = watch.map(|text| serde_json::from_str(&text).expect("it can be read"));
        (self.notes, self.in_flight) = (notes, in_flight);
    }
}

/// GPU-seconds that can have been delivered at most until `until`, by the script's own reading of the probes: what is between
/// two failed ones in a row counts nothing, and neither does what is between one that found other cards and the next that
/// did not. `gpus` says how many there were at a second after the start.
pub fn bound(probes: &[(i64, ProbeOutcome, bool)], start: i64, until: i64, gpus: impl Fn(i64) -> u64) -> u64 {
    let mut missed = vec![false; usize::try_from((until - start).max(0)).expect("it has begun")];
    let mut has_others = false;
    for pair in probes.windows(2) {
        let [(from, before, trusted), (to, after, is_trusted)] = [pair[0], pair[1]];
        let (is_own, is_apart) = (!trusted || !is_trusted, to - from > HOUR / 6);
        has_others = match before {
            ProbeOutcome::OtherCards => true,
            ProbeOutcome::Reached => false,
            ProbeOutcome::Failed => has_others && trusted,
        };
        let is_down = (before, after) == (ProbeOutcome::Failed, ProbeOutcome::Failed);
        if is_own || is_apart {
            has_others = false;
        } else if is_down || has_others {
            (from.max(start)..to.min(until)).for_each(|second| missed[(second - start) as usize] = true);
        }
    }
    (0..).zip(missed).filter(|(_, is_missed)| !is_missed).map(|(after, _)| gpus(after)).sum()
}
