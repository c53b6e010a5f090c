//! A lease, its machine, its provider and its guards, without a network: who does what when is the test's to say.

use std::collections::{BTreeMap, BTreeSet};

use bytemuck::Zeroable;
use gpu_lease_client::attestation::Usage;
use gpu_lease_client::evidence::{Probe, ProbeOutcome, Watch};
use gpu_lease_client::state::{Lease, LeaseState, Moment};
use solana_address::Address;

use crate::plan::{Act, Budgets, Decision, Deed, MintBudget, Notes, Observed, Settings, Spent, Wallet, plan};

/// A full minute.
pub const START: i64 = 1_800_000_000;

/// Seconds of a challenge window.
pub const WINDOW: u32 = 600;

pub const GPUS: u32 = 2;

/// Lamports of a transaction.
pub const FEE: u64 = 10_000;

pub fn at(time: i64) -> Moment {
    Moment::by_clock(time)
}

/// GPUs for so many seconds at one base unit a GPU-second, all of it paid.
pub fn lease(duration: u32) -> Lease {
    let mut lease = Lease {
        opened_slot: 5,
        opened_gpus: GPUS,
        gpus: GPUS,
        duration,
        start_deadline: START,
        session_key: Address::new_from_array([4; 32]),
        ..Lease::zeroed()
    };
    lease.terms.price = 3_600;
    lease.terms.challenge_window = WINDOW;
    lease.terms.heartbeat_timeout = 900;
    lease.terms.notice = 600;
    lease.terms.max_duration = 10 * duration;
    lease.ledger.deposited = u64::from(GPUS) * u64::from(duration);
    lease.terms.bond_hours = 1;
    lease.start([1; 32], false, at(START)).unwrap();
    lease
}

/// Enough for everything.
pub fn settings() -> Settings {
    let most = u64::MAX / 4;
    let budget =
        MintBudget { stakes_a_day: most, stakes_in_all: most, top_ups_a_day: most, top_ups_in_all: most };
    let mints = BTreeMap::from([(Address::default(), budget)]);
    Settings { budgets: Budgets { lamports_a_day: most, mints }, ..Settings::default() }
}

pub const WALLET: Wallet = Wallet { lamports: u64::MAX / 4, tokens: u64::MAX / 4, fee: FEE };

/// A guard, and what of it survives a kill.
pub struct Guard {
    pub settings: Settings,
    pub watch: Watch,
    pub notes: Notes,
    pub spent: Spent,
    pub wallet: Wallet,
    pub is_cut_off: bool,
    /// What was sent, and when it lands.
    pub in_flight: Vec<(i64, Act)>,
    /// Seconds until something lands.
    pub latency: i64,
    /// What it has sent in all.
    pub sent: Vec<Act>,
}

impl Guard {
    pub fn new(settings: Settings, lease: &Lease) -> Self {
        let mut watch = Watch::begin(Address::new_from_array([9; 32]), lease.opened_slot, lease.started_at);
        watch.observe(&lease.meter);
        Self {
            settings,
            watch,
            notes: Notes::default(),
            spent: Spent::default(),
            wallet: WALLET,
            is_cut_off: false,
            in_flight: Vec::new(),
            latency: 0,
            sent: Vec::new(),
        }
    }

    pub fn probe(&mut self, at: i64, outcome: ProbeOutcome, trusted: bool) {
        self.watch.probe(&Probe { at, outcome, trusted });
    }

    pub fn observed(
        &self,
        lease: &Lease,
        second: Option<&Lease>,
        draft: Option<Usage>,
        now: i64,
    ) -> Observed<'_> {
        Observed {
            now: Some(at(now)),
            lease: Some(*lease),
            second: second.copied(),
            finalized: second.copied(),
            watch: Some(&self.watch),
            draft,
            is_cut_off: self.is_cut_off,
            notes: self.notes.clone(),
            in_flight: self.in_flight.iter().map(|(_, act)| act.deed()).collect(),
            approved: BTreeSet::new(),
            spent: self.spent,
            wallet: self.wallet,
        }
    }

    /// Plans and does it; returns what was co-signed.
    pub fn turn(
        &mut self,
        lease: &Lease,
        second: Option<&Lease>,
        draft: Option<Usage>,
        now: i64,
    ) -> Option<Usage> {
        let decisions = plan(&self.observed(lease, second, draft, now), &self.settings);
        self.follow(&decisions, now)
    }

    pub fn follow(&mut self, decisions: &[Decision], now: i64) -> Option<Usage> {
        let mut signed = None;
        for decision in decisions {
            match decision {
                Decision::Note(notes) => self.notes = notes.clone(),
                Decision::CoSign(usage) => signed = Some(*usage),
                Decision::Act(act) => {
                    assert!(
                        self.in_flight.iter().all(|(_, other)| other.deed() != act.deed()),
                        "twice: {act:?}"
                    );
                    self.spent.lamports += FEE;
                    let add = |(today, in_all): &mut (u64, u64), amount: u64| {
                        (*today, *in_all) = (*today + amount, *in_all + amount)
                    };
                    match *act {
                        Act::Dispute { max_stake, .. } => add(&mut self.spent.stakes, max_stake),
                        Act::TopUp { amount, .. } => add(&mut self.spent.top_ups, amount),
                        _ => {}
                    }
                    self.in_flight.push((now + self.latency, *act));
                    self.sent.push(*act);
                }
                Decision::Probe | Decision::Tell(_) => {}
            }
        }
        signed
    }

    /// What has arrived by now happens to `lease`, or is refused.
    pub fn land(&mut self, lease: &mut Lease, now: i64) {
        self.in_flight.retain(|(lands_at, act)| {
            if *lands_at > now {
                return true;
            }
            let mut after = *lease;
            let is_done = match *act {
                Act::Dispute { units, max_stake } => after.dispute(units, max_stake, at(now)).is_ok(),
                Act::TopUp { amount, min_ends_at } => after.top_up(amount, min_ends_at, at(now)).is_ok(),
                Act::Expire { window_end } => after.expire(window_end, true, at(now)).is_ok(),
                Act::ResolveByTimeout => after.resolve_by_timeout(at(now)).is_ok(),
                Act::Cancel | Act::Close => false,
            };
            if is_done {
                *lease = after;
            }
            false
        });
    }

    pub fn disputes(&self) -> usize {
        self.sent.iter().filter(|act| act.deed() == Deed::Dispute).count()
    }
}

/// Usage up to `window_end`.
pub fn usage(window_end: i64, units: u64) -> Usage {
    Usage { window_end, gpu_seconds: units, energy_wh: 0, evidence: [0; 32] }
}

/// Claims so much of what the GPUs can have delivered, if the program takes it.
pub fn claim(lease: &mut Lease, window_end: i64, units: u64, now: i64) {
    let units = units.min(lease.meter.capacity(window_end));
    attest(lease, &usage(window_end, units), false, now);
}

/// Attests, if the program takes it: what is refused changes nothing.
pub fn attest(lease: &mut Lease, usage: &Usage, is_co_signed: bool, now: i64) {
    let mut after = *lease;
    if after.attest(usage, is_co_signed, at(now)).is_ok() {
        *lease = after;
    }
}

/// GPU-seconds that are final at `now`.
pub fn accepted(lease: &Lease, now: i64) -> u64 {
    match lease.state == LeaseState::Active {
        true => lease.meter.matured(lease.terms.challenge_window, at(now)).0,
        false => lease.meter.accepted,
    }
}
