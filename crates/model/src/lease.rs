use crate::{ARBITER_FEE_BPS, BPS, GRACE, MAX_GPUS, OfferId, Person, ProviderId, Refusal, Terms, WEEK};
use crate::{seconds, share};
use std::collections::VecDeque;

/// One lease: its whole history, as far as it matters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// Uses the GPUs.
    pub renter: Person,
    /// Funded it; gets everything that is left.
    pub payer: Person,
    /// May co-sign usage for the renter.
    pub session_key: Option<Person>,
    /// Whose GPUs.
    pub provider: ProviderId,
    /// Of which offer.
    pub offer: OfferId,
    /// What was agreed.
    pub terms: Terms,
    /// Basis points of the gross.
    pub fee_bps: u64,
    /// Decides a dispute.
    pub arbiter: Person,
    /// Until when it may be started, unix seconds.
    pub start_deadline: i64,
    /// How long it runs once started, seconds.
    pub duration: i64,
    /// Where it is in its life.
    pub state: State,
    /// Why it ends.
    pub end: End,
    /// Unix seconds; 0 before the start.
    pub started_at: i64,
    /// Unix seconds; 0 before the start.
    pub ends_at: i64,
    /// Until when capacity is promised, unix seconds; 0 before the start.
    pub promised_until: i64,
    /// Since when it runs on its present deposit without a gap, unix seconds.
    pub revived_at: i64,
    /// GPUs that it holds of the offer, or will.
    pub gpus: u64,
    /// All segments, in order of time.
    pub segments: Vec<Segment>,
    /// Ranges of the capacity's count that passed while nothing paid for them.
    pub unfunded: Vec<std::ops::Range<u64>>,
    /// Until when capacity was excused, unix seconds.
    pub excused_until: i64,
    /// What of it lay before the last attested window when it was excused, GPU-seconds.
    pub excused_attested: u64,
    /// Final units.
    pub accepted: u64,
    /// Claims that can be challenged: the one whose window runs, and the newest.
    pub claims: VecDeque<Claim>,
    /// End of the last attested window, unix seconds.
    pub window_end: i64,
    /// Watt-hours attested.
    pub energy_wh: u64,
    /// Base units that the renter's side paid in.
    pub deposited: u64,
    /// Base units that the provider was paid for usage.
    pub paid: u64,
    /// Base units of fees that wait in the vault.
    pub fees: u64,
    /// Base units of the provider that answer for the SLA.
    pub bond: u64,
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
    /// Until when the arbiter may decide, unix seconds.
    pub deadline: i64,
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
    /// How many.
    pub gpus: u64,
}

/// Units attested without the renter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claim {
    /// Cumulative GPU-seconds.
    pub units: u64,
    /// Unix seconds.
    pub submitted_at: i64,
}

/// How a vault is divided, base units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Division {
    pub(crate) to_provider: u64,
    pub(crate) to_fees: u64,
    pub(crate) to_payer: u64,
    pub(crate) promised: u64,
}

impl Lease {
    // ----- time and capacity -----

    /// GPU-seconds that can have been delivered until `time`.
    pub fn capacity(&self, time: i64) -> u64 {
        let ends = self.segments.iter().skip(1).map(|next| next.from.min(time)).chain([time]);
        self.segments.iter().zip(ends).map(|(segment, end)| segment.gpus * seconds(segment.from, end)).sum()
    }

    /// GPU-seconds that the deposit pays for.
    pub fn funded(&self) -> u64 {
        u64::try_from(u128::from(self.deposited) * 3_600 / u128::from(self.terms.price)).unwrap_or(u64::MAX)
    }

    /// Capacity that passed before `time` while nothing paid for it, GPU-seconds.
    fn excused(&self, time: i64) -> u64 {
        let passed = if time == i64::MAX { u64::MAX } else { self.capacity(time) };
        self.unfunded.iter().map(|range| range.end.min(passed).saturating_sub(range.start)).sum()
    }

    /// Capacity until `time`, the end of the last attested window or later, that nobody promised. A window
    /// that is attested late, for a time before the last top-up that excused anything, changes nothing.
    fn excused_by(&self, time: i64) -> u64 {
        if time <= self.window_end && time < self.excused_until {
            self.excused_attested
        } else {
            self.excused(i64::MAX)
        }
    }

    /// Whether the deposit pays for the second that begins at `time`, on all GPUs.
    pub fn is_paid(&self, time: i64) -> bool {
        let excused = self.excused(i64::MAX);
        self.capacity(time + 1) <= self.funded().saturating_add(excused)
    }

    /// Whether it runs and nothing pays for it.
    pub fn is_exhausted(&self, now: i64) -> bool {
        now < self.ends_at && !self.is_paid(now)
    }

    /// GPUs that it runs with at `time`.
    fn gpus_at(&self, time: i64) -> u64 {
        self.segments.iter().rev().find(|segment| segment.from <= time).map_or(0, |segment| segment.gpus)
    }

    /// The segment that it is in, or will be.
    fn last_segment(&self) -> Segment {
        *self.segments.last().expect("it has started")
    }

    /// Units of the newest attestation.
    pub fn latest(&self) -> u64 {
        self.claims.back().map_or(self.accepted, |claim| claim.units)
    }

    /// Moments at which, or a second beside which, something changes, unix seconds.
    pub fn moments(&self) -> Vec<i64> {
        let terms = &self.terms;
        match self.state {
            State::Pending => vec![self.start_deadline],
            State::Disputed(dispute) => vec![dispute.deadline],
            State::Resolved(_) => Vec::new(),
            State::Active => {
                let mut moments = vec![
                    self.ends_at,
                    self.ends_at + GRACE,
                    self.window_end.max(self.revived_at) + terms.heartbeat_timeout,
                    self.last_segment().from,
                ];
                moments.extend(self.claims.iter().map(|claim| claim.submitted_at + terms.challenge_window));
                // The second in which the money runs out: halving, since capacity only grows.
                let (mut paid, mut unpaid) = (self.started_at, self.ends_at);
                while unpaid - paid > 1 {
                    let middle = paid + (unpaid - paid) / 2;
                    *(if self.is_paid(middle) { &mut paid } else { &mut unpaid }) = middle;
                }
                moments.push(unpaid);
                moments
            }
        }
    }

    fn require_active(&self) -> Result<(), Refusal> {
        if self.state == State::Active { Ok(()) } else { Err(Refusal::NotActive) }
    }

    /// Active, before the end, and nobody wants it to end early.
    fn require_going_on(&self, now: i64) -> Result<(), Refusal> {
        self.require_active()?;
        if now < self.ends_at && self.end == End::Completed { Ok(()) } else { Err(Refusal::LeaseEnding) }
    }

    fn end_early(&mut self, time: i64, end: End) {
        if time < self.ends_at {
            (self.ends_at, self.promised_until, self.end) = (time, time, end);
        } else if self.end == End::Completed {
            self.end = end;
        }
    }

    // ----- its life -----

    /// Returns the bond to take.
    pub(crate) fn start(&mut self, now: i64) -> Result<u64, Refusal> {
        if self.state != State::Pending {
            return Err(Refusal::NotPending);
        }
        if now > self.start_deadline {
            return Err(Refusal::StartDeadlinePassed);
        }
        self.bond = self.terms.bond(self.gpus)?;
        self.state = State::Active;
        (self.started_at, self.revived_at, self.window_end) = (now, now, now);
        (self.ends_at, self.promised_until) = (now + self.duration, now + self.duration);
        self.segments = vec![Segment { from: now, gpus: self.gpus }];
        Ok(self.bond)
    }

    /// Capacity that has passed without money stays unpromised, whatever is paid later; and a provider that
    /// was not paid was not silent.
    pub(crate) fn top_up(&mut self, amount: u64, now: i64) -> Result<(), Refusal> {
        if amount == 0 {
            return Err(Refusal::AmountZero);
        }
        if !matches!(self.state, State::Pending | State::Active) {
            return Err(Refusal::NotActive);
        }
        let runs = now < self.ends_at;
        let until = if runs { now } else { self.promised_until };
        let passed = self.capacity(until);
        let paid_for = self.funded().saturating_add(self.excused(i64::MAX));
        if passed > paid_for {
            self.unfunded.push(paid_for..passed);
            if self.window_end >= self.excused_until {
                self.excused_attested = self.excused(self.window_end);
            }
            self.excused_until = until;
            if runs {
                self.revived_at = now;
            }
        }
        self.deposited = self.deposited.checked_add(amount).ok_or(Refusal::AmountOverflow)?;
        Ok(())
    }

    pub(crate) fn extend(&mut self, duration: i64, now: i64) -> Result<(), Refusal> {
        self.require_going_on(now)?;
        if duration <= self.duration || duration > self.terms.max_duration {
            return Err(Refusal::DurationOutOfBounds);
        }
        self.duration = duration;
        (self.ends_at, self.promised_until) = (self.started_at + duration, self.started_at + duration);
        Ok(())
    }

    /// Returns the GPUs to reserve and the bond to take.
    pub(crate) fn resize(&mut self, gpus: u64, now: i64) -> Result<(u64, u64), Refusal> {
        self.require_going_on(now)?;
        let last = self.last_segment();
        if gpus == 0 || gpus > MAX_GPUS || gpus == last.gpus {
            return Err(Refusal::GpuCountOutOfBounds);
        }
        if self.window_end < last.from || self.gpus != last.gpus {
            return Err(Refusal::ResizePending);
        }
        if gpus < last.gpus {
            self.segments.push(Segment { from: now + self.terms.notice, gpus });
            return Ok((0, 0));
        }
        let more = gpus - last.gpus;
        let bond = self.terms.bond(more)?;
        self.bond = self.bond.checked_add(bond).ok_or(Refusal::AmountOverflow)?;
        self.segments.push(Segment { from: now, gpus });
        self.gpus = gpus;
        Ok((more, bond))
    }

    /// Returns the GPUs and the bond to give back.
    pub(crate) fn release_gpus(&mut self, now: i64) -> Result<(u64, u64), Refusal> {
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
        let freed = self.gpus - needed;
        self.gpus = needed;
        if is_over {
            return Ok((freed, 0));
        }
        let bond = self.terms.bond(freed)?;
        self.bond -= bond;
        Ok((freed, bond))
    }

    pub(crate) fn terminate(&mut self, by: Person, authority: Person, now: i64) -> Result<(), Refusal> {
        self.require_active()?;
        if now >= self.ends_at {
            return Err(Refusal::LeaseEnding);
        }
        let (time, end) = if by == self.renter {
            (now + self.terms.notice, End::RenterNotice)
        } else if by != authority {
            return Err(Refusal::NotParty);
        } else if self.is_exhausted(now) {
            (now, End::Exhausted)
        } else {
            (now + self.terms.notice, End::ProviderNotice)
        };
        self.end_early(time, end);
        Ok(())
    }

    pub(crate) fn expire(&mut self, now: i64) -> Result<(), Refusal> {
        self.require_active()?;
        let last_sign = self.window_end.max(self.revived_at);
        if now.min(self.ends_at) - last_sign <= self.terms.heartbeat_timeout {
            return Err(Refusal::HeartbeatNotMissed);
        }
        // Silence while nothing paid abandons nobody, nor does what a heartbeat forgives.
        let paid = |time, excused| self.capacity(time).saturating_sub(excused).min(self.funded());
        let until_now = paid(now.min(self.ends_at), self.excused(i64::MAX));
        let missing = until_now.saturating_sub(paid(self.window_end, self.excused_by(self.window_end)));
        let forgiven = seconds(0, self.terms.heartbeat_timeout) * self.last_segment().gpus;
        self.end = if missing > forgiven { End::Abandoned } else { End::Exhausted };
        // What was promised stays promised.
        self.ends_at = self.window_end;
        Ok(())
    }

    // ----- usage -----

    pub(crate) fn mature(&mut self, now: i64) {
        while let Some(claim) = self.claims.front().copied()
            && now - claim.submitted_at >= self.terms.challenge_window
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
        now: i64,
    ) -> Result<(), Refusal> {
        self.require_active()?;
        if now > self.ends_at + GRACE {
            return Err(Refusal::AttestationTooLate);
        }
        if window_end > now || window_end > self.ends_at {
            return Err(Refusal::WindowOutOfBounds);
        }
        self.mature(now);
        if units < self.latest() || window_end < self.window_end || energy_wh < self.energy_wh {
            return Err(Refusal::AttestationRegressed);
        }
        let accepts = co_signed && units > self.accepted;
        if units == self.latest() && window_end == self.window_end && !accepts {
            return Err(Refusal::AttestationRepeated);
        }
        if units > self.capacity(window_end) {
            return Err(Refusal::UnitsAboveCapacity);
        }
        let is_more = units > self.latest();
        (self.window_end, self.energy_wh) = (window_end, energy_wh);
        if co_signed {
            self.accept(units);
        } else if is_more {
            // One claim's window runs; the newest waits behind it, in place of any other.
            self.claims.truncate(1);
            self.claims.push_back(Claim { units, submitted_at: now });
        }
        Ok(())
    }

    fn accept(&mut self, units: u64) {
        self.accepted = units;
        self.claims.clear();
    }

    // ----- money -----

    /// Gross that was released.
    pub fn released(&self) -> u64 {
        self.paid + self.fees
    }

    /// Price of `units` as far as the deposit covers it.
    fn price_of(&self, units: u64) -> u64 {
        u64::try_from(self.terms.gross(units)).map_or(self.deposited, |gross| gross.min(self.deposited))
    }

    /// What the vault must hold at least.
    pub fn owed(&self) -> u64 {
        self.deposited - self.paid + self.bond + self.stake
    }

    /// Returns the payout. The fee is computed on the whole, so that rounding never adds up.
    pub(crate) fn settle(&mut self, now: i64) -> Result<u64, Refusal> {
        if self.state == State::Pending {
            return Err(Refusal::NotActive);
        }
        self.mature(now);
        Ok(self.release())
    }

    fn release(&mut self) -> u64 {
        let gross = self.price_of(self.accepted);
        self.fees = share(gross, self.fee_bps, BPS);
        let payout = gross - self.fees - self.paid;
        self.paid += payout;
        payout
    }

    /// Divides what the vault holds.
    pub(crate) fn close(&mut self, held: u64, is_agreed: bool, now: i64) -> Result<Division, Refusal> {
        match self.state {
            State::Resolved(_) => {}
            // What the renter admits counts, if the provider agrees.
            State::Disputed(_) if is_agreed => {}
            State::Pending | State::Disputed(_) => return Err(Refusal::NotActive),
            State::Active => {
                self.mature(now);
                if is_agreed {
                    self.end_early(now, End::Mutual);
                    self.accept(self.latest());
                } else if now <= self.ends_at + GRACE || !self.claims.is_empty() {
                    return Err(Refusal::NotClosable);
                }
            }
        }
        let payout = self.release();
        let promised = self.promised();
        let missing = promised.saturating_sub(self.accepted);
        let penalty = self.terms.gross(missing) * u128::from(self.terms.penalty_bps) / u128::from(BPS);
        let credit = u64::try_from(penalty).map_or(self.bond, |penalty| penalty.min(self.bond));
        let to_provider = payout + self.bond - credit;
        let to_payer = held - to_provider - self.fees;
        Ok(Division { to_provider, to_fees: self.fees, to_payer, promised })
    }

    /// Units that the SLA promises: a share of what was both possible and paid for.
    pub fn promised(&self) -> u64 {
        let excused = self.excused_by(self.promised_until);
        let possible = self.capacity(self.promised_until).saturating_sub(excused);
        share(possible.min(self.funded()), self.terms.uptime_bps, BPS)
    }

    // ----- disputes -----

    /// Returns the stake to take.
    pub(crate) fn dispute(&mut self, units: u64, now: i64) -> Result<u64, Refusal> {
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
        self.stake = share(disputed, ARBITER_FEE_BPS, BPS).min(self.bond);
        self.accept(units);
        self.end_early(self.window_end, End::Disputed);
        self.state = State::Disputed(Dispute { renter_units: units, provider_units, deadline: now + WEEK });
        Ok(self.stake)
    }

    /// Returns the arbiter's fee and whether the provider lost.
    pub(crate) fn resolve(&mut self, units: u64, now: i64) -> Result<(u64, bool), Refusal> {
        let State::Disputed(dispute) = self.state else { return Err(Refusal::NotDisputed) };
        if now > dispute.deadline {
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

    pub(crate) fn resolve_by_timeout(&mut self, now: i64) -> Result<(), Refusal> {
        let State::Disputed(dispute) = self.state else { return Err(Refusal::NotDisputed) };
        if now <= dispute.deadline {
            return Err(Refusal::ArbitrationRunning);
        }
        self.accept(dispute.renter_units + (dispute.provider_units - dispute.renter_units) / 2);
        self.state = State::Resolved(dispute);
        Ok(())
    }
}
