use crate::{
    curve::Curve,
    moves::Move,
    setup::{BEGIN, OPERATOR, PROVIDER, RENTER, SESSION_KEY, Setup, Side},
};
use anchor_lang::Result;
use anchor_lang::prelude::Address;
use gpu_lease::{
    attestation::Usage,
    constants::*,
    errors::LeaseError,
    math::{bps_floor, gross_floor},
    state::{Agreed, Claim, EndReason, Lease, LeaseState, Moment, Provider, Resize},
};

/// A game as it stands: the program's lease, everybody's purse, and what really happened.
///
/// What an honest party is entitled to follows from what happened: from the capacity that passed while it was paid
/// for and what was delivered of it, moment by moment. None of it is read from the lease's meter.
#[derive(Clone)]
pub struct Table {
    /// What was given.
    pub setup: Setup,
    /// The program's.
    pub lease: Lease,
    /// The program's.
    keys: Provider,
    /// Unix seconds.
    pub time: i64,
    /// Whether the lease was closed.
    pub is_closed: bool,
    /// Statements that were signed: the message, and whether an honest renter co-signed it.
    pub statements: Vec<(Usage, bool)>,
    /// What the honest party has more than it is entitled to at least, base units; known once the lease is closed.
    pub slack: Option<i128>,
    /// What no honest party must meet, whatever it costs.
    pub fault: Option<&'static str>,
    /// What happened, in words, if somebody wants to read it.
    pub story: Option<Vec<String>>,
    /// Capacity that passed while it was paid for.
    pub funded: Curve,
    /// What the provider delivered of the capacity.
    pub delivered: Curve,
    /// Whether capacity has passed unpaid since the lease last ran again.
    pub is_unpaid: bool,
    /// Since a top-up made the lease run again that the provider has not taken up: the funded capacity at the first.
    pub free: Option<u64>,
    /// When such a top-up last came.
    pub revived: Moment,
    /// Units that an honest provider has stated in time, whether the program took them or not.
    stated: u64,
    half_slots: u64,
    vault: u64,
    deposits: u64,
    payer: i128,
    provider: i128,
    segments: Vec<(i64, u32)>,
    /// Most GPUs that the provider has agreed to: a stolen operator may have agreed to more.
    known: u32,
    /// Base units that lie in the bond account.
    pool: u64,
    /// Base units that the provider has ever put there.
    pooled: u64,
    quarters: u64,
    arbiter_of_provider: u64,
}

impl Table {
    /// A lease that has just been started.
    pub fn new(setup: &Setup) -> Self {
        let mut lease = setup.open();
        let bond = lease.start([1; 32], setup.is_pooled, BEGIN).expect("before the deadline");
        let mut table = Self {
            lease,
            keys: setup.provider(),
            time: BEGIN.time,
            is_closed: false,
            statements: Vec::new(),
            slack: None,
            fault: None,
            story: None,
            funded: Curve::default(),
            delivered: Curve::default(),
            is_unpaid: false,
            free: None,
            revived: Moment::default(),
            stated: 0,
            half_slots: 2 * BEGIN.slot,
            vault: setup.deposit + bond,
            deposits: setup.deposit,
            payer: -i128::from(setup.deposit),
            provider: -i128::from(bond),
            segments: vec![(BEGIN.time, setup.gpus)],
            known: setup.gpus,
            pool: setup.pool,
            pooled: setup.pool + if setup.is_pooled { bond } else { 0 },
            quarters: 4,
            arbiter_of_provider: 0,
            setup: setup.clone(),
        };
        table.funded.go(BEGIN.time, 0);
        table.delivered.go(BEGIN.time, 0);
        table
    }

    pub fn now(&self) -> Moment {
        Moment { time: self.time, slot: self.half_slots / 2 }
    }

    /// The last second, not before this one, in which no more than `wait` has passed since `mark`.
    pub fn last_within(&self, mark: Moment, wait: u64) -> i64 {
        let by_seconds = mark.time + wait as i64;
        let half_slots = (2 * (mark.slot + wait + 1)).saturating_sub(self.half_slots);
        let by_slots = self.time + half_slots.div_ceil(self.setup.half_slots) as i64 - 1;
        by_seconds.max(by_slots).max(self.time)
    }

    /// Makes a move; whether the program took it.
    pub fn play(&mut self, next: Move) -> bool {
        let begin = self.time;
        let result = if self.is_closed { Err(LeaseError::NotActive.into()) } else { self.make(next) };
        self.tell(begin, || match &result {
            Ok(()) => format!("{next:?}"),
            Err(error) => format!("{next:?}: refused, {error:?}"),
        });
        result.is_ok()
    }

    /// Adds a line to the story.
    pub fn tell(&mut self, time: i64, line: impl FnOnce() -> String) {
        if let Some(story) = &mut self.story {
            story.push(format!("{:>7} {}", time - BEGIN.time, line()));
        }
    }

    fn make(&mut self, next: Move) -> Result<()> {
        let now = self.now();
        match next {
            Move::Wait(seconds) => self.wait(self.time + seconds),
            Move::Halt(seconds) => {
                // A halt forgives seconds, not the slots that have passed: where they pass faster, nobody waits for it.
                if self.setup.half_slots > 2 || self.due() <= self.time + 1 {
                    self.honest_act();
                }
                self.pass(self.time + seconds, 2);
            }
            Move::HonestAct => {
                self.honest_act();
            }
            Move::TopUp(amount) => self.top_up(amount)?,
            Move::Dust(amount) => {
                self.payer -= i128::from(amount);
                self.vault += amount;
            }
            Move::Settle => {
                let payout = self.change(|lease| lease.settle(now))?.payout;
                self.pay_provider(payout);
            }
            Move::Release => {
                self.change(|lease| lease.release_gpus(now.time))?;
            }
            Move::Close => self.close(None)?,
            Move::Expire { is_by_renter } => {
                let window_end = self.lease.meter.window_end;
                self.change(|lease| lease.expire(window_end, is_by_renter, now))?;
            }
            Move::Timeout => {
                self.change(|lease| lease.resolve_by_timeout(now))?;
            }
            Move::RenterLeaves => self.leave(&RENTER)?,
            Move::ProviderLeaves => self.leave(&PROVIDER)?,
            Move::Extend(duration) => {
                let gpus = self.lease.meter.gpus;
                self.change(|lease| lease.extend(gpus, duration, now))?;
            }
            Move::Resize(to) => self.resize(to)?,
            Move::Dispute(units) => self.dispute(units)?,
            Move::OperatorLeaves => self.leave(&OPERATOR)?,
            Move::OperatorGrows(to) => self.grow_unknown(to)?,
            Move::OperatorCloses => {
                let (seen, units) = (self.lease.seen(i64::MAX), self.lease.claimed());
                self.close(Some(&Agreed { seen, units, credit: 0 }))?;
            }
            Move::KeyLeaves => self.leave(&SESSION_KEY)?,
            Move::KeyDisputes(units) => {
                let stake = self.stake(units)?;
                self.vault += stake;
            }
            Move::State { window_end, units } => self.state(window_end, units)?,
            Move::HandOver => {
                if self.setup.honest == Side::Provider {
                    let usage = Self::usage(self.honest_window(), self.delivered.last());
                    self.statements.push((usage, false));
                }
            }
            Move::Land { number, is_co_signed } => {
                let Some((usage, by_honest_renter)) = self.statements.get(number).copied() else {
                    return Err(LeaseError::AttestationRepeated.into());
                };
                let is_others = self.setup.honest == Side::Provider || self.setup.is_stolen;
                self.land(&usage, is_co_signed && (is_others || by_honest_renter))?;
            }
            Move::Deliver(quarters) => self.quarters = quarters,
        }
        Ok(())
    }

    /// As an instruction does it: all or nothing, and no invariant broken.
    fn change<T>(&mut self, change: impl FnOnce(&mut Lease) -> Result<T>) -> Result<T> {
        let mut lease = self.lease;
        let done = change(&mut lease)?;
        lease.invariant()?;
        self.lease = lease;
        Ok(done)
    }

    fn pay_provider(&mut self, amount: u64) {
        self.vault -= amount;
        self.provider += i128::from(amount);
    }

    /// Whoever pays, it counts as the payer's: so no gift hides what it loses.
    pub fn top_up(&mut self, amount: u64) -> Result<()> {
        let now = self.now();
        self.change(|lease| lease.top_up(amount, 0, now))?;
        self.vault += amount;
        self.deposits += amount;
        self.payer -= i128::from(amount);
        if self.is_unpaid {
            self.is_unpaid = false;
            self.free.get_or_insert(self.funded.last());
            self.revived = now;
        }
        Ok(())
    }

    /// Gives notice, or leaves.
    pub fn leave(&mut self, party: &Address) -> Result<()> {
        let (now, keys) = (self.now(), self.keys);
        self.change(|lease| lease.terminate(party, &keys, i64::MAX, now))
    }

    fn resize(&mut self, to: u32) -> Result<()> {
        if to > self.lease.meter.gpus && (self.is_unpaid || self.free.is_some()) {
            return Err(LeaseError::NotProviderAuthority.into());
        }
        let is_pooled = self.setup.is_pooled;
        let bond = self.change_gpus(to, is_pooled, u64::MAX)?;
        self.pooled += if is_pooled { bond } else { 0 };
        self.known = self.known.max(to);
        Ok(())
    }

    /// A stolen operator agrees to grow, with what is left in the bond account.
    fn grow_unknown(&mut self, to: u32) -> Result<()> {
        if to <= self.lease.meter.gpus || self.lease.holds_bond_of_wallet() {
            return Err(LeaseError::OperatorMayNot.into());
        }
        self.pool -= self.change_gpus(to, true, self.pool)?;
        Ok(())
    }

    /// Goes on with `to` GPUs, for a bond of at most `most` base units; what it was.
    fn change_gpus(&mut self, to: u32, is_pooled: bool, most: u64) -> Result<u64> {
        let now = self.time;
        let change = Resize { duration: self.lease.duration, from: self.lease.meter.gpus, to };
        let bond = self.change(|lease| {
            let (_, bond) = lease.resize(&change, is_pooled, now)?;
            if bond > most { Err(LeaseError::InvariantVault.into()) } else { Ok(bond) }
        })?;
        self.vault += bond;
        self.provider -= i128::from(bond);
        self.segments.push((self.lease.meter.segment_start, to));
        Ok(bond)
    }

    /// The renter admits `units`, by its session key.
    pub fn dispute(&mut self, units: u64) -> Result<()> {
        let stake = self.stake(units)?;
        self.vault += stake;
        self.payer -= i128::from(stake);
        Ok(())
    }

    /// The session key admits `units`; what that costs whoever pays the stake.
    fn stake(&mut self, units: u64) -> Result<u64> {
        let now = self.now();
        self.change(|lease| {
            lease.require_of_renter(&SESSION_KEY)?;
            lease.dispute(units, u64::MAX, now)
        })
    }

    /// An honest arbiter finds the truth, or the figure that is nearest to it.
    pub fn decide(&mut self) -> Result<()> {
        let (now, truth) = (self.now(), self.delivered.at(self.lease.meter.window_end));
        let figures = (self.lease.dispute.renter_units, self.lease.dispute.provider_units);
        let units = truth.clamp(figures.0, figures.1);
        let fee = self.change(|lease| lease.resolve(figures, units, now))?;
        self.vault -= fee.from_renter + fee.from_provider;
        self.arbiter_of_provider = fee.from_provider;
        self.tell(now.time, || format!("the arbiter finds {units} of {figures:?}"));
        Ok(())
    }

    fn usage(window_end: i64, gpu_seconds: u64) -> Usage {
        Usage { window_end, gpu_seconds, ..Usage::default() }
    }

    /// The attestor signs a statement, and it lands.
    pub fn state(&mut self, window_end: i64, units: u64) -> Result<()> {
        let usage = Self::usage(window_end, units);
        let is_true = units <= self.delivered.at(window_end) && window_end <= self.time;
        let is_co_signed = self.setup.honest == Side::Renter && self.setup.co_signs && is_true;
        self.statements.push((usage, is_co_signed));
        self.land(&usage, is_co_signed)
    }

    /// An honest provider states in time what it has delivered.
    pub fn state_truth(&mut self, window_end: i64) -> Result<()> {
        self.stated = self.delivered.last();
        self.state(window_end, self.delivered.last())
    }

    fn land(&mut self, usage: &Usage, is_co_signed: bool) -> Result<()> {
        let (now, before) = (self.now(), self.lease.meter.window_end);
        self.change(|lease| lease.attest(usage, is_co_signed, now))?;
        if usage.window_end > before && usage.window_end > self.revived.time {
            self.free = None;
        }
        Ok(())
    }

    /// The claims as they are now: the one that matures, and the newest.
    pub fn claims(&self) -> (Claim, Claim) {
        let mut meter = self.lease.meter;
        meter.mature(self.setup.terms.challenge_window, self.now());
        (meter.maturing, meter.latest)
    }

    /// Whether the lease is on its way to its end.
    pub fn is_running(&self) -> bool {
        !self.is_closed && self.lease.state == LeaseState::Active && self.time < self.lease.ends_at
    }

    /// GPUs that count now.
    pub fn gpus(&self) -> u32 {
        self.gpus_at(self.time)
    }

    fn gpus_at(&self, time: i64) -> u32 {
        self.segments.iter().rev().find(|(from, _)| *from <= time).map_or(0, |&(_, gpus)| gpus)
    }

    /// What can be delivered until `time`.
    fn capacity(&self, time: i64) -> u64 {
        let ends = self.segments.iter().skip(1).map(|&(from, _)| from).chain([time]);
        let seconds = |from: i64, to: i64| (to.min(time) - from).max(0).unsigned_abs();
        self.segments.iter().zip(ends).map(|(&(from, gpus), to)| u64::from(gpus) * seconds(from, to)).sum()
    }

    /// When another number of GPUs begins to count.
    fn next_segment(&self) -> i64 {
        let now = self.time;
        self.segments.iter().map(|&(from, _)| from).find(|from| *from > now).unwrap_or(i64::MAX)
    }

    /// Units that are paid for and have not passed yet.
    pub fn left(&self) -> u64 {
        let paid =
            u128::from(self.deposits) * u128::from(SECONDS_PER_HOUR) / u128::from(self.setup.terms.price);
        u64::try_from(paid).unwrap_or(u64::MAX).saturating_sub(self.funded.last())
    }

    /// Time passes in which honest parties do in the last second what they have to do.
    fn wait(&mut self, to: i64) {
        while self.time < to && !self.is_closed && self.fault.is_none() {
            let due = self.due();
            if due <= self.time && self.honest_act() {
                continue;
            }
            let due = if due <= self.time { to } else { due };
            let end = if self.time < self.lease.ends_at { self.lease.ends_at } else { to };
            let next = due.min(to).min(end).min(self.next_segment());
            let half_slots = (next - self.time).unsigned_abs() * self.setup.half_slots;
            self.pass(next, half_slots);
        }
    }

    /// Time passes in which nobody does anything.
    fn pass(&mut self, to: i64, half_slots: u64) {
        self.half_slots += half_slots;
        while self.time < to {
            let until =
                if self.is_running() { to.min(self.lease.ends_at).min(self.next_segment()) } else { to };
            if self.is_running() {
                self.count(until);
            }
            self.time = until;
        }
    }

    /// Counts the capacity that passes until `until`.
    fn count(&mut self, until: i64) {
        let (gpus, left) = (u64::from(self.gpus()), self.left());
        let capacity = gpus * (until - self.time).unsigned_abs();
        let (funded, delivered) = (self.funded.last(), self.delivered.last());
        let known = gpus.min(self.known.into());
        let delivers_paid =
            self.setup.honest == Side::Provider && (self.free.is_none() || self.setup.resumes);
        let mut go = |time, units| {
            self.funded.go(time, funded + units);
            if delivers_paid {
                self.delivered.go(time, delivered + units * known / gpus);
            }
        };
        if capacity > left {
            let seconds = left / gpus;
            go(self.time + seconds as i64, gpus * seconds);
            go(self.time + seconds as i64 + 1, left);
            self.is_unpaid = true;
        }
        go(until, capacity.min(left));
        if self.setup.honest == Side::Renter {
            self.delivered.go(until, delivered + capacity * self.quarters / 4);
        }
    }

    /// Capacity until `time` that was paid for when it passed, and that binds the provider.
    fn promised(&self, time: i64) -> u64 {
        let mut units = self.funded.at(time);
        if time > self.time {
            let ends = self.segments.iter().skip(1).map(|&(from, _)| from).chain([i64::MAX]);
            let coming: u64 = self
                .segments
                .iter()
                .zip(ends)
                .map(|(&(from, gpus), to)| {
                    u64::from(gpus) * (to.min(time) - from.max(self.time)).max(0).unsigned_abs()
                })
                .sum();
            // The lease did not run any more, so this was not counted.
            units = self.funded.last() + coming.min(self.left());
        }
        self.free.map_or(units, |free| units.min(free))
    }

    /// Anybody closes the lease, or both parties as they have `agreed`.
    fn close(&mut self, agreed: Option<&Agreed>) -> Result<()> {
        let (now, vault) = (self.now(), self.vault);
        let closing = self.change(|lease| lease.close(vault, agreed, now))?;
        self.is_closed = true;
        self.vault -= closing.fees;
        self.pay_provider(closing.payout + closing.bond);
        self.vault -= closing.credit + closing.refund;
        self.payer += i128::from(closing.credit + closing.refund);
        assert_eq!(self.vault, 0, "a vault that is closed is empty");
        let price = self.setup.terms.price;
        let gross = |units| {
            i128::try_from(gross_floor(units, price)).expect("a small lease").min(self.deposits.into())
        };
        let share = |whole: i128, bps: u32| {
            i128::try_from(bps_floor(u64::try_from(whole).expect("a share of a sum"), bps)).expect("a share")
        };
        let slack = match self.setup.honest {
            Side::Provider => {
                let due = gross(self.stated);
                let slack = self.provider - (due - share(due, self.setup.fee_bps.into()));
                // A stolen operator costs what was ever in the bond account, at most.
                slack + if self.setup.is_stolen { i128::from(self.pooled) } else { 0 }
            }
            // A stolen session key costs the price of what can have been delivered, at most.
            Side::Renter if self.setup.is_stolen => self.payer + gross(self.capacity(self.lease.ends_at)),
            Side::Renter => {
                let used = self.delivered.at(self.lease.ends_at);
                let paid = self.promised(self.lease.promised_until);
                let promised = share(paid.into(), self.setup.terms.sla_uptime_bps.into());
                let missing = u64::try_from(promised).expect("a count").saturating_sub(used);
                // The bond of the most GPUs that it ever ran with answers for it, less what the arbiter took.
                let most = self.segments.iter().map(|&(_, gpus)| gpus).max().unwrap_or(0);
                let bond = self.setup.terms.bond(most).expect("a small bond");
                let bond = i128::from(bond) - i128::from(self.arbiter_of_provider);
                let credit = share(gross(missing), self.setup.terms.sla_penalty_bps).min(bond);
                self.payer + gross(used) - credit
            }
        };
        self.slack = Some(slack);
        if self.setup.honest == Side::Provider && self.lease.end_reason == EndReason::Abandoned {
            self.fault = Some(
                "a provider that delivered all that was paid is on record for having abandoned the lease",
            );
        }
        Ok(())
    }

    /// Everybody stops acting, but for what honest parties have to do; then anybody closes the lease.
    pub fn finish(&mut self) {
        // After a halt slots are waited for, up to as many as the lease has seconds: longer each time.
        for turn in 0..12 {
            self.play(Move::Timeout);
            if self.play(Move::Close) || self.is_closed || self.fault.is_some() {
                return;
            }
            let until_end = self.lease.ends_at - self.time;
            let wait = match self.lease.state.into() {
                LeaseState::Disputed => 15 * 86_400,
                _ if until_end > 0 => until_end,
                _ => 7_300.max(i64::from(self.setup.terms.challenge_window) * 2 + 2) << turn,
            };
            self.play(Move::Wait(wait));
        }
        self.fault = Some("a lease that cannot be closed");
    }

    /// Whether an honest party has lost more than its rounding.
    pub fn is_lost(&self) -> bool {
        self.fault.is_some() || self.slack.is_some_and(|slack| slack < 0)
    }
}
