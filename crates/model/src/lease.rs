use crate::{
    ARBITER_FEE_BPS, BPS, BondSource, GRACE, LEAST_STAKE_BPS, LeaseId, MAX_GPUS, Moment, OfferId, Person,
    Provider, RIVALS_DELAY, Refusal, SHORTEST_REVIVAL, Terms, WEEK,
};
use crate::{seconds, share};
use std::collections::VecDeque;

/// All that never changes about a lease: by this a signature tells it from any other at its address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Life {
    /// Renter and number.
    pub lease: LeaseId,
    /// Funded it; gets everything that is left.
    pub payer: Person,
    /// Of which offer, and so of which provider.
    pub offer: OfferId,
    /// What was agreed.
    pub terms: Terms,
    /// What was offered.
    pub listing: Listing,
    /// Basis points of the gross.
    pub fee_bps: u64,
    /// Decides a dispute.
    pub arbiter: Person,
    /// What access is encrypted to.
    pub access_key: AccessKey,
    /// When it was opened.
    pub opened: Moment,
    /// Until when it may be started, unix seconds.
    pub start_deadline: i64,
    /// Base units paid in when it was opened.
    pub deposit: u64,
    /// Seconds asked for when it was opened.
    pub duration: i64,
    /// GPUs asked for when it was opened.
    pub gpus: u64,
}

/// What an offer says in words: one number for each text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Listing(pub u8);

/// A renter's key for access: one number for each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct AccessKey(pub u8);

/// Credentials that a provider publishes: one number for each, and 0 for those of a start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Access(pub u8);

/// What a signer saw, and until when it stands by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    pub life: Life,
    /// Unix seconds.
    pub valid_until: i64,
}

/// How both parties agree to divide a vault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Agreed {
    /// What both saw.
    pub seen: Seen,
    /// GPU-seconds that are paid.
    pub units: u64,
    /// Base units of the bond that go to the payer.
    pub credit: u64,
}

/// One lease: its whole history, as far as it matters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// What never changes.
    pub life: Life,
    /// May co-sign usage for the renter.
    pub session_key: Option<Person>,
    /// How long it runs once started, seconds.
    pub duration: i64,
    /// Where it is in its life.
    pub state: State,
    /// Why it ends.
    pub end: End,
    /// When it started; zeroes before.
    pub started: Moment,
    /// Unix seconds; 0 before the start.
    pub ends_at: i64,
    /// Until when capacity is promised, unix seconds; 0 before the start.
    pub promised_until: i64,
    /// When its end was last set or, before it, last known to lie ahead.
    pub end_known: Moment,
    /// GPUs that it holds of the offer, or will.
    pub gpus: u64,
    /// All segments, in order of time.
    pub segments: Vec<Segment>,
    /// All that the renter's side paid in for usage, in order of time.
    pub deposits: Vec<Deposit>,
    /// All attestations, in order of time.
    pub statements: Vec<Statement>,
    /// Final units.
    pub accepted: u64,
    /// Claims that can be challenged: the one whose window runs, and the newest.
    pub claims: VecDeque<Claim>,
    /// Base units that the provider was paid for usage.
    pub paid: u64,
    /// Base units of fees that wait in the vault.
    pub fees: u64,
    /// Base units of the provider that answer for the SLA.
    pub bond: u64,
    /// All that the provider put up for it, in order of time.
    pub bonds: Vec<Bond>,
    /// All credentials that the provider published, in order of time, and when.
    pub published: Vec<(Access, Moment)>,
    /// Base units that the renter's side set aside for the arbiter.
    pub stake: u64,
}

/// Where a lease is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Waits for the provider.
    Pending,
    /// Started.
    Active,
    /// The arbiter may decide between two figures.
    Disputed(Dispute),
    /// A figure was decided.
    Resolved(Dispute),
}

/// Two figures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dispute {
    /// Units that the renter admits.
    pub renter_units: u64,
    /// Units that the provider claims.
    pub provider_units: u64,
    /// Since when the arbiter may decide.
    pub opened: Moment,
}

impl Dispute {
    /// Until when the arbiter may decide in a cluster that makes slots, unix seconds.
    pub fn deadline(&self) -> i64 {
        self.opened.at + WEEK
    }

    fn is_over(&self, now: Moment) -> bool {
        now.since(self.opened) > WEEK
    }
}

/// Why a lease ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, strum::EnumIter)]
pub enum End {
    /// As agreed.
    Completed,
    /// By the renter's notice.
    RenterNotice,
    /// By the provider's notice.
    ProviderNotice,
    /// Nothing paid for it any more.
    Exhausted,
    /// The provider fell silent.
    Abandoned,
    /// By a dispute.
    Disputed,
    /// By agreement.
    Mutual,
}

/// A number of GPUs from a moment on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Segment {
    /// Unix seconds.
    pub from: i64,
    pub gpus: u64,
}

/// Money paid in for usage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deposit {
    pub made: Moment,
    /// Base units.
    pub amount: u64,
}

/// Money that a provider put up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bond {
    /// Out of what.
    pub source: BondSource,
    /// Base units.
    pub amount: u64,
}

/// Usage that those who must sign have signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Statement {
    /// Until when it counts, unix seconds.
    pub window_end: i64,
    /// Cumulative GPU-seconds.
    pub units: u64,
    /// Cumulative watt-hours.
    pub energy_wh: u64,
    /// When it landed.
    pub landed: Moment,
    /// Deposits that had been made before.
    pub deposits: usize,
}

/// Units attested without the renter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claim {
    /// Cumulative GPU-seconds.
    pub units: u64,
    /// When they were claimed.
    pub submitted: Moment,
}

/// What has passed of a lease, GPU-seconds of its capacity.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Passed {
    /// While the deposit, as it stood then, paid for it.
    paid: u64,
    /// While it did not, since the last deposit.
    unpaid: u64,
    /// Deposits that were made after some had passed unpaid, and how many came before each.
    revivals: Vec<(usize, Moment)>,
}

/// How a vault is divided, base units: the transfers of a close, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Closing {
    /// Usage, to the provider.
    pub payout: u64,
    /// The bond less the credit, to the provider.
    pub bond: u64,
    /// All fees of the lease, to the protocol.
    pub fees: u64,
    /// For what was promised and is missing, out of the bond to the payer.
    pub credit: u64,
    /// Everything else, to the payer.
    pub refund: u64,
}

impl Lease {
    /// A lease that waits for its provider.
    pub(crate) fn new(life: Life, session_key: Option<Person>) -> Self {
        Self {
            life,
            session_key,
            duration: life.duration,
            state: State::Pending,
            end: End::Completed,
            started: Moment::default(),
            ends_at: 0,
            promised_until: 0,
            end_known: Moment::default(),
            gpus: life.gpus,
            segments: Vec::new(),
            deposits: vec![Deposit { made: life.opened, amount: life.deposit }],
            statements: Vec::new(),
            accepted: 0,
            claims: VecDeque::new(),
            paid: 0,
            fees: 0,
            bond: 0,
            bonds: Vec::new(),
            published: Vec::new(),
            stake: 0,
        }
    }

    // ----- what is signed for -----

    /// What somebody signs who sees this lease.
    pub fn seen(&self, valid_until: i64) -> Seen {
        Seen { life: self.life, valid_until }
    }

    /// Requires this to be the lease that was seen, and the signature to be still meant.
    pub(crate) fn require_seen(&self, seen: &Seen, now: i64) -> Result<(), Refusal> {
        if seen.life != self.life {
            Err(Refusal::LeaseChanged)
        } else if now > seen.valid_until {
            Err(Refusal::SignatureExpired)
        } else {
            Ok(())
        }
    }

    // ----- who acts -----

    /// Whether `by` may act for the renter where its session key may, whoever else that is.
    pub fn is_renters(&self, by: Person) -> bool {
        by == self.life.lease.renter || Some(by) == self.session_key
    }

    // ----- time and capacity -----

    /// GPU-seconds that can have been delivered until `time`.
    pub fn capacity(&self, time: i64) -> u64 {
        let ends = self.segments.iter().skip(1).map(|next| next.from.min(time)).chain([time]);
        self.segments.iter().zip(ends).map(|(segment, end)| segment.gpus * seconds(segment.from, end)).sum()
    }

    /// Base units that the renter's side paid in for usage.
    pub fn deposited(&self) -> u64 {
        self.deposits.iter().map(|deposit| deposit.amount).sum()
    }

    /// Walks through the lease until `time`: between two deposits capacity passes paid until they are used up,
    /// and unpaid from then on, whatever is paid in later.
    fn passed(&self, time: i64) -> Passed {
        let mut passed = Passed::default();
        let (mut from, mut deposited) = (self.started.at, 0_u64);
        let mut pass = |passed: &mut Passed, deposited, to: i64| {
            let passing = self.capacity(to) - self.capacity(from);
            let paid = passing.min(self.life.terms.units(deposited) - passed.paid);
            (passed.paid, passed.unpaid, from) = (passed.paid + paid, passing - paid, from.max(to));
        };
        let made = self.deposits.iter().enumerate().take_while(|(_, deposit)| deposit.made.at <= time);
        for (number, deposit) in made {
            pass(&mut passed, deposited, deposit.made.at.max(self.started.at));
            if passed.unpaid > 0 {
                passed.revivals.push((number, deposit.made));
            }
            deposited += deposit.amount;
        }
        pass(&mut passed, deposited, time.max(self.started.at));
        passed
    }

    /// GPU-seconds that pass until `time` while the deposit, as it stands then, pays for them.
    pub fn paid_for(&self, time: i64) -> u64 {
        self.passed(time).paid
    }

    /// Whether it runs and some capacity has passed that nothing paid for, since the last deposit.
    pub fn is_exhausted(&self, now: i64) -> bool {
        now < self.ends_at && self.passed(now).unpaid > 0
    }

    /// The top-ups that came when it was exhausted, in order of time.
    pub fn revivals(&self) -> Vec<Moment> {
        self.numbered_revivals().into_iter().map(|(_, revival)| revival).collect()
    }

    fn numbered_revivals(&self) -> Vec<(usize, Moment)> {
        self.deposits.last().map_or(Vec::new(), |last| self.passed(last.made.at).revivals)
    }

    /// When it was last funded again after it had been exhausted, else its start, unix seconds.
    pub fn revived_at(&self) -> i64 {
        self.revivals().last().map_or(self.started.at, |revival| revival.at)
    }

    /// The first revival that the provider has not answered. Its answer is a statement about a window that ends after
    /// every revival so far. One that ends in the same second as the last may have been made before it: it binds the
    /// provider no more than any before the first.
    pub fn free_since(&self) -> Option<i64> {
        let revivals = self.numbered_revivals();
        let is_answer = |statement: &&Statement| {
            let mut before = revivals.iter().take_while(|(number, _)| *number < statement.deposits);
            before.all(|(_, revival)| revival.at < statement.window_end)
        };
        let answered = self.statements.iter().filter(is_answer).map(|statement| statement.deposits).max();
        let first = revivals.iter().find(|(number, _)| *number >= answered.unwrap_or(0));
        first.map(|(_, revival)| revival.at)
    }

    /// GPU-seconds that the provider owes for the time until `time`: what passes paid, as far as it is bound.
    pub fn fundable(&self, time: i64) -> u64 {
        self.paid_for(self.free_since().map_or(time, |free| free.min(time)))
    }

    /// Units that the SLA promises.
    pub fn promised(&self) -> u64 {
        share(self.fundable(self.promised_until), self.life.terms.uptime_bps, BPS)
    }

    /// GPUs that it runs with at `time`.
    fn gpus_at(&self, time: i64) -> u64 {
        self.segments.iter().rev().find(|segment| segment.from <= time).map_or(0, |segment| segment.gpus)
    }

    /// The segment that it is in, or will be.
    fn last_segment(&self) -> Segment {
        *self.segments.last().expect("it has started")
    }

    /// End of the last attested window, else the start, unix seconds.
    pub fn window_end(&self) -> i64 {
        self.statements.last().map_or(self.started.at, |statement| statement.window_end)
    }

    /// Watt-hours attested.
    pub fn energy_wh(&self) -> u64 {
        self.statements.last().map_or(0, |statement| statement.energy_wh)
    }

    /// Units of the newest attestation.
    pub fn latest(&self) -> u64 {
        self.claims.back().map_or(self.accepted, |claim| claim.units)
    }

    /// Since when the provider is silent while it is funded: the start, the last revival or the end of the last
    /// window. That lies before the first statement about it lands, at least a slot for each second.
    pub fn heartbeat(&self) -> Moment {
        let windows = self.statements.chunk_by(|one, next| one.window_end == next.window_end);
        let first = windows.map(|same| same[0]).filter(|first| first.window_end > self.started.at);
        let stated = first.map(|statement| Moment {
            at: statement.window_end,
            slot: statement.landed.slot.saturating_sub(seconds(statement.window_end, statement.landed.at)),
        });
        stated.chain(self.revivals()).fold(self.started, Moment::max)
    }

    /// Whether the provider has been silent for longer than the terms forgive, before the lease ended.
    pub fn is_heartbeat_missed(&self, now: Moment) -> bool {
        let until = Moment { at: now.at.min(self.ends_at), ..now };
        until.since(self.heartbeat()) > self.life.terms.heartbeat_timeout
    }

    /// When it ends: a slot a second is reckoned from when the end was last known to lie ahead.
    pub fn ending(&self) -> Moment {
        Moment { at: self.ends_at, slot: self.end_known.slot + seconds(self.end_known.at, self.ends_at) }
    }

    /// Whether no more statements are taken.
    pub fn is_grace_over(&self, now: Moment) -> bool {
        now.since(self.ending()) > GRACE
    }

    /// When anybody can close it, if nobody does anything until then.
    pub(crate) fn closable_from(&self) -> Moment {
        let matured = |claim: &Claim| claim.submitted.after(self.life.terms.challenge_window);
        self.claims.iter().map(matured).fold(self.ending().after(GRACE + 1), Moment::max)
    }

    /// Moments at which, or a second beside which, something changes, unix seconds.
    pub fn moments(&self) -> Vec<i64> {
        let terms = &self.life.terms;
        match self.state {
            State::Pending => vec![self.life.start_deadline],
            State::Disputed(dispute) => vec![dispute.deadline()],
            State::Resolved(_) => Vec::new(),
            State::Active => {
                let silent_from = self.heartbeat().at + terms.heartbeat_timeout;
                let mut moments = vec![
                    self.ends_at,
                    self.ends_at + GRACE,
                    silent_from,
                    silent_from + RIVALS_DELAY,
                    self.last_segment().from,
                ];
                moments.extend(self.claims.iter().map(|claim| claim.submitted.at + terms.challenge_window));
                // The second in which the money runs out: halving, since what passes unpaid only grows.
                let last = self.deposits.last().map_or(0, |deposit| deposit.made.at);
                let (mut paid, mut unpaid) = (last.max(self.started.at), self.ends_at);
                while unpaid - paid > 1 {
                    let middle = paid + (unpaid - paid) / 2;
                    *(if self.is_exhausted(middle) { &mut unpaid } else { &mut paid }) = middle;
                }
                moments.push(unpaid);
                moments
            }
        }
    }

    fn require_active(&self) -> Result<(), Refusal> {
        if self.state == State::Active { Ok(()) } else { Err(Refusal::NotActive) }
    }

    /// Active and before the end.
    fn require_running(&self, now: i64) -> Result<(), Refusal> {
        self.require_active()?;
        if now < self.ends_at { Ok(()) } else { Err(Refusal::LeaseEnding) }
    }

    /// Running, and nobody wants it to end early.
    fn require_going_on(&self, now: i64) -> Result<(), Refusal> {
        self.require_running(now)?;
        if self.end == End::Completed { Ok(()) } else { Err(Refusal::LeaseEnding) }
    }

    fn end_early(&mut self, time: i64, end: End, now: Moment) {
        if time < self.ends_at {
            (self.ends_at, self.promised_until, self.end) = (time, time, end);
            self.end_known = now;
        } else if self.end == End::Completed {
            self.end = end;
        }
    }

    // ----- its life -----

    /// Returns the bond to take.
    pub(crate) fn start(&mut self, source: BondSource, now: Moment) -> Result<u64, Refusal> {
        if self.state != State::Pending {
            return Err(Refusal::NotPending);
        }
        if now.at > self.life.start_deadline {
            return Err(Refusal::StartDeadlinePassed);
        }
        let amount = self.life.terms.bond(self.gpus)?;
        self.put_up(source, amount)?;
        self.published.push((Access::default(), now));
        self.state = State::Active;
        (self.started, self.end_known) = (now, now);
        (self.ends_at, self.promised_until) = (now.at + self.duration, now.at + self.duration);
        self.segments = vec![Segment { from: now.at, gpus: self.gpus }];
        Ok(amount)
    }

    fn put_up(&mut self, source: BondSource, amount: u64) -> Result<(), Refusal> {
        self.bond = self.bond.checked_add(amount).ok_or(Refusal::AmountOverflow)?;
        self.bonds.push(Bond { source, amount });
        Ok(())
    }

    /// The machine has moved.
    pub(crate) fn publish_access(
        &mut self,
        replaced: Access,
        access: Access,
        now: Moment,
    ) -> Result<(), Refusal> {
        self.require_active()?;
        if self.access() != Some(replaced) {
            return Err(Refusal::ValueReplaced);
        }
        self.published.push((access, now));
        Ok(())
    }

    /// The newest credentials; none before the start.
    pub fn access(&self) -> Option<Access> {
        self.published.last().map(|(access, _)| *access)
    }

    /// Whoever wakes a lease that is exhausted pays for a minute at least, or for all that is left of it.
    pub(crate) fn top_up(&mut self, amount: u64, min_ends_at: i64, now: Moment) -> Result<(), Refusal> {
        if amount == 0 {
            return Err(Refusal::AmountZero);
        }
        let ends_at = if self.state == State::Pending {
            now.at + self.duration
        } else {
            self.require_running(now.at)?;
            self.ends_at
        };
        if ends_at < min_ends_at {
            return Err(Refusal::EndsTooEarly);
        }
        let is_revival = self.is_exhausted(now.at);
        self.deposited().checked_add(amount).ok_or(Refusal::AmountOverflow)?;
        self.deposits.push(Deposit { made: now, amount });
        if is_revival && self.passed(ends_at.min(now.at + SHORTEST_REVIVAL)).unpaid > 0 {
            return Err(Refusal::TopUpTooSmall);
        }
        Ok(())
    }

    pub(crate) fn extend(&mut self, gpus: u64, duration: i64, now: Moment) -> Result<(), Refusal> {
        self.require_going_on(now.at)?;
        if gpus != self.last_segment().gpus {
            return Err(Refusal::GpusChanged);
        }
        if duration <= self.duration || duration > self.life.terms.max_duration {
            return Err(Refusal::DurationOutOfBounds);
        }
        self.duration = duration;
        let ends_at = self.started.at + duration;
        (self.ends_at, self.promised_until, self.end_known) = (ends_at, ends_at, now);
        Ok(())
    }

    /// Returns the GPUs to reserve and the bond to take.
    pub(crate) fn resize(
        &mut self,
        duration: i64,
        from_gpus: u64,
        gpus: u64,
        source: BondSource,
        now: i64,
    ) -> Result<(u64, u64), Refusal> {
        self.require_going_on(now)?;
        let last = self.last_segment();
        if duration != self.duration {
            return Err(Refusal::DurationChanged);
        }
        if from_gpus != last.gpus {
            return Err(Refusal::GpusChanged);
        }
        if gpus == 0 || gpus > MAX_GPUS || gpus == last.gpus {
            return Err(Refusal::GpuCountOutOfBounds);
        }
        if self.window_end() < last.from || self.free_since().is_some() || self.gpus != last.gpus {
            return Err(Refusal::ResizePending);
        }
        if gpus < last.gpus {
            self.segments.push(Segment { from: now + self.life.terms.notice, gpus });
            return Ok((0, 0));
        }
        let more = gpus - last.gpus;
        // The most GPUs that it ever ran with have put up theirs, and none of it went back.
        let most = self.segments.iter().map(|segment| segment.gpus).max().unwrap_or(0);
        let bond = self.life.terms.bond(gpus.saturating_sub(most))?;
        self.put_up(source, bond)?;
        self.segments.push(Segment { from: now, gpus });
        self.gpus = gpus;
        Ok((more, bond))
    }

    /// Gives GPUs back, and no bond.
    pub(crate) fn release_gpus(&mut self, now: i64) -> Result<(), Refusal> {
        let is_over = match self.state {
            State::Pending => return Err(Refusal::NotActive),
            State::Active => now >= self.ends_at,
            State::Disputed(_) | State::Resolved(_) => true,
        };
        let needed = if is_over {
            0
        } else if now < self.last_segment().from {
            self.gpus
        } else {
            self.gpus_at(now)
        };
        self.gpus = needed;
        Ok(())
    }

    /// A provider that nothing pays, or that has not taken up what pays for it again, leaves at once.
    pub(crate) fn terminate(
        &mut self,
        by: Person,
        provider: &Provider,
        max_ends_at: i64,
        now: Moment,
    ) -> Result<(), Refusal> {
        self.require_running(now.at)?;
        let noticed = now.at + self.life.terms.notice;
        let (time, end) = if self.is_renters(by) {
            (noticed, End::RenterNotice)
        } else if !provider.is_run_by(by) {
            return Err(Refusal::NotParty);
        } else if self.is_exhausted(now.at) || self.free_since().is_some() {
            (now.at, End::Exhausted)
        } else if by == provider.authority {
            (noticed, End::ProviderNotice)
        } else {
            return Err(Refusal::OperatorMayNot);
        };
        self.end_early(time, end, now);
        if self.ends_at <= max_ends_at { Ok(()) } else { Err(Refusal::EndsTooLate) }
    }

    pub(crate) fn expire(&mut self, by: Person, window_end: i64, now: Moment) -> Result<(), Refusal> {
        self.require_active()?;
        if window_end != self.window_end() {
            return Err(Refusal::WindowMoved);
        }
        let timeout = self.life.terms.heartbeat_timeout;
        let may_by = self.is_renters(by) || now.since(self.heartbeat()) > timeout + RIVALS_DELAY;
        if !self.is_heartbeat_missed(now) || !may_by {
            return Err(Refusal::HeartbeatNotMissed);
        }
        // Silence while nothing paid abandons nobody, nor does as much as could pass in what a heartbeat forgives.
        let missing = self.fundable(now.at.min(self.ends_at)) - self.fundable(window_end);
        let forgiven = self.capacity(window_end + timeout) - self.capacity(window_end);
        self.end = if missing > forgiven { End::Abandoned } else { End::Exhausted };
        // What was promised stays promised.
        (self.ends_at, self.end_known) = (window_end, self.heartbeat());
        Ok(())
    }

    // ----- usage -----

    pub(crate) fn mature(&mut self, now: Moment) {
        while let Some(claim) = self.claims.front().copied()
            && now.since(claim.submitted) >= self.life.terms.challenge_window
        {
            self.accepted = claim.units;
            self.claims.pop_front();
        }
    }

    /// Takes in usage that those who must sign have signed.
    pub(crate) fn attest(
        &mut self,
        units: u64,
        window_end: i64,
        energy_wh: u64,
        co_signed: bool,
        now: Moment,
    ) -> Result<(), Refusal> {
        self.require_active()?;
        if self.is_grace_over(now) {
            return Err(Refusal::AttestationTooLate);
        }
        if window_end > now.at || window_end > self.ends_at {
            return Err(Refusal::WindowOutOfBounds);
        }
        self.mature(now);
        if units < self.latest() || window_end < self.window_end() || energy_wh < self.energy_wh() {
            return Err(Refusal::AttestationRegressed);
        }
        let accepts = co_signed && units > self.accepted;
        if units == self.latest() && window_end == self.window_end() && !accepts {
            return Err(Refusal::AttestationRepeated);
        }
        // Who goes on after a revival says so; what was stated before can still be co-signed.
        let moves = window_end != self.window_end();
        if units > self.capacity(window_end) {
            return Err(Refusal::UnitsAboveCapacity);
        }
        if moves && window_end < self.revived_at() {
            return Err(Refusal::WindowBeforeRevival);
        }
        let is_more = units > self.latest();
        let deposits = self.deposits.len();
        self.statements.push(Statement { window_end, units, energy_wh, landed: now, deposits });
        if moves && now.at < self.ends_at {
            self.end_known = now;
        }
        if co_signed {
            self.accept(units);
        } else if is_more {
            // One claim's window runs; the newest waits behind it, in place of any other.
            self.claims.truncate(1);
            self.claims.push_back(Claim { units, submitted: now });
        }
        Ok(())
    }

    fn accept(&mut self, units: u64) {
        self.accepted = units;
        self.claims.clear();
    }

    // ----- money -----

    /// What of the bond came out of the provider's bond account, base units. If any did, all of it returns there.
    pub fn pooled(&self) -> u64 {
        let pooled = self.bonds.iter().filter(|bond| bond.source == BondSource::BondAccount);
        pooled.map(|bond| bond.amount).sum()
    }

    /// Gross that was released.
    pub fn released(&self) -> u64 {
        self.paid + self.fees
    }

    /// Price of `units` as far as the deposit covers it.
    fn price_of(&self, units: u64) -> u64 {
        let deposited = self.deposited();
        u64::try_from(self.life.terms.gross(units)).map_or(deposited, |gross| gross.min(deposited))
    }

    /// What the vault must hold at least.
    pub fn owed(&self) -> u64 {
        self.deposited() - self.paid + self.bond + self.stake
    }

    /// Returns the payout. The fee is computed on the whole, so that rounding never adds up.
    pub(crate) fn settle(&mut self, now: Moment) -> Result<u64, Refusal> {
        self.require_started()?;
        self.mature(now);
        Ok(self.release())
    }

    pub(crate) fn require_started(&self) -> Result<(), Refusal> {
        if self.state == State::Pending { Err(Refusal::NotActive) } else { Ok(()) }
    }

    fn release(&mut self) -> u64 {
        let gross = self.price_of(self.accepted);
        self.fees = share(gross, self.life.fee_bps, BPS);
        let payout = gross - self.fees - self.paid;
        self.paid += payout;
        payout
    }

    /// Divides what the vault holds, once nothing can change any more, by the promise.
    pub(crate) fn close(&mut self, held: u64, now: Moment) -> Result<Closing, Refusal> {
        match self.state {
            State::Resolved(_) => {}
            State::Pending | State::Disputed(_) => return Err(Refusal::NotActive),
            State::Active => {
                self.mature(now);
                if !self.is_grace_over(now) || !self.claims.is_empty() {
                    return Err(Refusal::NotClosable);
                }
            }
        }
        let missing = self.promised().saturating_sub(self.accepted);
        let penalty =
            self.life.terms.gross(missing) * u128::from(self.life.terms.penalty_bps) / u128::from(BPS);
        let credit = u64::try_from(penalty).map_or(self.bond, |penalty| penalty.min(self.bond));
        Ok(self.divide(held, credit))
    }

    /// Divides what the vault holds as both parties say, at any time.
    pub(crate) fn close_agreed(
        &mut self,
        held: u64,
        units: u64,
        credit: u64,
        now: Moment,
    ) -> Result<Closing, Refusal> {
        self.require_started()?;
        self.mature(now);
        if !(self.accepted..=self.claimed()).contains(&units) {
            return Err(Refusal::FigureOutOfBounds);
        }
        if credit > self.bond {
            return Err(Refusal::CreditAboveBond);
        }
        if self.state == State::Active {
            self.end_early(now.at, End::Mutual, now);
        }
        self.accept(units);
        Ok(self.divide(held, credit))
    }

    /// Most that was claimed: it can be agreed on even after somebody has decided.
    pub fn claimed(&self) -> u64 {
        match self.state {
            State::Disputed(dispute) | State::Resolved(dispute) => dispute.provider_units,
            _ => self.latest(),
        }
    }

    fn divide(&mut self, held: u64, credit: u64) -> Closing {
        let (payout, bond, fees) = (self.release(), self.bond - credit, self.fees);
        Closing { payout, bond, fees, credit, refund: held - payout - bond - fees - credit }
    }

    // ----- disputes -----

    /// Returns the stake to take.
    pub(crate) fn dispute(&mut self, units: u64, max_stake: u64, now: Moment) -> Result<u64, Refusal> {
        self.require_active()?;
        self.mature(now);
        if self.claims.is_empty() {
            return Err(Refusal::NoOpenClaim);
        }
        let provider_units = self.latest();
        if units < self.accepted || units >= provider_units {
            return Err(Refusal::FigureOutOfBounds);
        }
        let disputed = self.price_of(provider_units) - self.price_of(units);
        // A tenth of what is disputed: no less than a hundredth of the bond, and no more than all of it.
        let least = (self.bond * LEAST_STAKE_BPS).div_ceil(BPS);
        self.stake = share(disputed, ARBITER_FEE_BPS, BPS).clamp(least, self.bond);
        if self.stake > max_stake {
            return Err(Refusal::StakeAboveAgreed);
        }
        self.accept(units);
        let promised_until = self.promised_until;
        let is_missed = self.is_heartbeat_missed(now);
        self.end_early(self.window_end(), End::Disputed, now);
        if is_missed {
            // As after an expiry.
            self.promised_until = promised_until;
        }
        self.state = State::Disputed(Dispute { renter_units: units, provider_units, opened: now });
        Ok(self.stake)
    }

    /// Returns the arbiter's fee and whether the provider lost.
    pub(crate) fn resolve(
        &mut self,
        figures: (u64, u64),
        units: u64,
        now: Moment,
    ) -> Result<(u64, bool), Refusal> {
        let State::Disputed(dispute) = self.state else { return Err(Refusal::NotDisputed) };
        if figures != (dispute.renter_units, dispute.provider_units) {
            return Err(Refusal::FiguresChanged);
        }
        if dispute.is_over(now) {
            return Err(Refusal::ArbitrationOver);
        }
        if units < dispute.renter_units || units > dispute.provider_units {
            return Err(Refusal::FigureOutOfBounds);
        }
        let fee = self.stake;
        let (above, below) = (units - dispute.renter_units, dispute.provider_units - units);
        let from_renter = share(fee, above, above + below);
        self.stake -= from_renter;
        self.bond -= fee - from_renter;
        self.accept(units);
        self.state = State::Resolved(dispute);
        Ok((fee, above < below))
    }

    pub(crate) fn resolve_by_timeout(&mut self, now: Moment) -> Result<(), Refusal> {
        let State::Disputed(dispute) = self.state else { return Err(Refusal::NotDisputed) };
        if !dispute.is_over(now) {
            return Err(Refusal::ArbitrationRunning);
        }
        self.accept(dispute.renter_units + (dispute.provider_units - dispute.renter_units) / 2);
        self.state = State::Resolved(dispute);
        Ok(())
    }
}
