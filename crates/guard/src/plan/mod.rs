//! What to do about a lease, decided from what was observed and nothing else.
//!
//! [`plan`] is pure. What did not answer decides nothing: without a clock, without a node, and while the guard itself is cut
//! off, it is empty. Whoever plans several leases in a row counts what the plan before spends in [`Observed::spent`].

pub mod acceptance;
mod answer;
mod decision;
mod funding;
mod notes;
mod observed;
mod purse;
mod settings;
mod standing;
#[cfg(test)]
mod tests;
mod told;
mod upkeep;

pub use answer::{ToDraft, to_draft};
pub use decision::{Act, Decision, Deed, Tell};
pub use funding::runway;
pub use notes::Notes;
pub use observed::{Observed, Spent, Wallet};
pub use settings::{Budgets, Funding, LOSS_LIMIT, MintBudget, Mode, Part, Settings};
pub use standing::Standing;

use answer::When;
use funding::TopUp;
use gpu_lease_client::evidence::Watch;
use gpu_lease_client::state::{Lease, Moment};
use purse::Purse;

use crate::news::{Money, Spending};

/// What to do about a lease, in this order. At most one thing is sent.
pub fn plan(observed: &Observed, settings: &Settings) -> Vec<Decision> {
    let (Some(now), Some(lease), false) = (observed.now, &observed.lease, observed.is_cut_off) else {
        return Vec::new();
    };
    let mut plan = Planning {
        observed,
        settings,
        lease,
        now,
        purse: Purse::of(observed, settings, lease.terms.mint),
        notes: observed.notes.clone(),
        decisions: Vec::new(),
    };
    let is_suspected = observed.watch.is_some_and(|watch| plan.answer(watch));
    if settings.part == Part::Main && !is_suspected {
        plan.tidy();
        plan.fund();
    }
    plan.finish()
}

/// A plan in the making.
struct Planning<'a> {
    observed: &'a Observed<'a>,
    settings: &'a Settings,
    lease: &'a Lease,
    now: Moment,
    purse: Purse,
    notes: Notes,
    decisions: Vec<Decision>,
}

impl Planning<'_> {
    /// What is said to claims and drafts. Returns whether more is claimed than may be.
    fn answer(&mut self, watch: &Watch) -> bool {
        self.notes.conceded = standing::conceded(self.lease, watch, &self.notes, self.now);
        let Some(standing) = self.standing(self.lease, watch) else {
            self.notes.suspected = None;
            return false;
        };
        let is_main = self.settings.part == Part::Main;
        if is_main {
            self.decisions.extend(told::of_machine(watch).map(Decision::Tell));
            self.answer_draft(watch, &standing);
        }
        let Some(since) = standing.suspected else {
            self.notes.suspected = None;
            if is_main && standing.excess() > 0 && standing.claimed > standing.accepted {
                self.tell(told::claim(&standing, watch, None));
            }
            return false;
        };
        let since = self.notes.suspected.filter(|before| before.time < since.time).unwrap_or(since);
        self.notes.suspected = Some(since);
        if is_main {
            self.tell(told::claim(&standing, watch, Some(since)));
        }
        match answer::when(self.lease, watch, &standing, since, self.settings, self.now) {
            When::Now => self.dispute(watch, &standing, since),
            When::Probed => self.decisions.push(Decision::Probe),
            When::Later => {}
        }
        true
    }

    fn standing(&self, lease: &Lease, watch: &Watch) -> Option<Standing> {
        Standing::of(lease, watch, &self.notes, self.settings.loss_limit, self.now)
    }

    fn answer_draft(&mut self, watch: &Watch, standing: &Standing) {
        let Some(draft) = self.observed.draft.filter(|_| self.settings.mode != Mode::Alert) else { return };
        match to_draft(self.lease, watch, &draft, &self.notes, self.now) {
            ToDraft::Nothing => {}
            ToDraft::Probe => self.decisions.push(Decision::Probe),
            ToDraft::CoSign => {
                self.notes.signed = Some(draft);
                self.decisions.push(Decision::CoSign(draft));
            }
            ToDraft::Withhold(excess) => self.tell(told::withheld(&draft, standing, excess, watch)),
        }
    }

    /// Disputes what both nodes show, by the figure that is right for both.
    fn dispute(&mut self, watch: &Watch, standing: &Standing, since: Moment) {
        let second = self.observed.second.as_ref();
        let second = second.filter(|second| second.opened_slot == self.lease.opened_slot);
        let second = second.and_then(|second| self.standing(second, watch));
        let Some(second) = second.filter(|second| second.suspected.is_some()) else {
            self.tell(told::not_agreed(since));
            return;
        };
        let units = standing.figure().max(second.figure());
        match answer::dispute(self.lease, units, self.purse.stakes, self.now) {
            Some(Ok((units, max_stake))) => self.act(Act::Dispute { units, max_stake }),
            Some(Err(stake)) => self.lacks(Spending::Stakes, stake, self.purse.stakes),
            None => {}
        }
    }

    /// What brings a lease to its end that is over, or whose provider is gone.
    fn tidy(&mut self) {
        if let Some(act) = upkeep::tidy(self.lease, self.now) {
            self.act(act);
        } else if let (Some(watch), Some(second), Some(finalized)) =
            (self.observed.watch, &self.observed.second, &self.observed.finalized)
            && let Some(act) = upkeep::expire([self.lease, second, finalized], watch, self.now)
        {
            self.act(act);
        }
    }

    fn fund(&mut self) {
        let is_acting = self.decisions.iter().any(|decision| matches!(decision, Decision::Act(_)));
        let Some(runway) = funding::runway(self.lease, self.now.time).filter(|_| !is_acting) else { return };
        let passed = self.settings.warn_below.iter().filter(|below| runway < u64::from(**below));
        if let Some(below) = passed.min() {
            let is_topped_up = self.settings.mode == Mode::Act && self.settings.funding.is_some();
            self.tell(told::runway_low(self.lease, *below, runway, is_topped_up));
        }
        let Some(funding) = &self.settings.funding else { return };
        // What a dispute of this lease may take is not paid in.
        let reserved = self.lease.ledger.bond.min(self.purse.stakes);
        let purse = self.purse.top_ups.min(self.purse.tokens.saturating_sub(reserved));
        match funding::top_up(self.lease, funding, purse, self.now) {
            TopUp::Enough => {}
            TopUp::Pay { act, lacks } => {
                if lacks > 0 {
                    self.lacks(Spending::TopUps, lacks.saturating_add(purse), purse);
                }
                self.act(act);
            }
            TopUp::Lacks(amount) => self.lacks(Spending::TopUps, amount, purse),
        }
    }

    /// Sends something, if that is not on its way, nothing forbids it, and the renter need not be asked.
    fn act(&mut self, act: Act) {
        let deed = act.deed();
        let in_flight = &self.observed.in_flight;
        let is_busy = if deed == Deed::Dispute { in_flight.contains(&deed) } else { !in_flight.is_empty() };
        if is_busy {
            return;
        }
        let is_asked = match self.settings.mode {
            Mode::Act => false,
            Mode::Ask => deed.is_asked() && !self.observed.approved.contains(&deed),
            Mode::Alert => true,
        };
        if is_asked {
            let address = Lease::address(&self.lease.renter, self.lease.nonce).0;
            self.tell(told::asked(self.lease, &address.to_string(), &act, self.notes.suspected));
        } else if self.purse.lamports(deed) < self.purse.fee {
            let (needed, left) = (Money::sol(self.purse.fee), Money::sol(self.purse.lamports(deed)));
            self.tell(told::budget_spent(Spending::Fees, needed, left, self.now));
        } else {
            self.decisions.push(Decision::Act(act));
        }
    }

    /// Tells that so many base units are needed, and so many there.
    fn lacks(&mut self, what: Spending, needed: u64, left: u64) {
        let [needed, left] = [needed, left].map(|amount| told::money(amount, &self.lease.terms.mint));
        self.tell(told::budget_spent(what, needed, left, self.now));
    }

    fn tell(&mut self, tell: Tell) {
        self.decisions.push(Decision::Tell(tell));
    }

    fn finish(mut self) -> Vec<Decision> {
        if self.notes != self.observed.notes {
            self.decisions.insert(0, Decision::Note(self.notes));
        }
        self.decisions
    }
}
