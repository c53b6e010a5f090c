//! What honest parties do, and the last second for it.

use crate::{
    setup::{OPERATOR, Side, price_ceil},
    table::Table,
};
use gpu_lease::{
    constants::{ARBITRATION_TIME, ATTESTATION_GRACE},
    state::{LeaseState, Moment},
};

/// An honest renter tops up when less than this is paid, seconds.
const EARLY: u64 = 1_800;

impl Table {
    /// The last second, not before this one, for the next thing that an honest party has to do.
    pub fn due(&self) -> i64 {
        if self.is_closed {
            return i64::MAX;
        }
        match self.lease.state.into() {
            LeaseState::Active if self.setup.honest == Side::Provider => self.provider_due(),
            LeaseState::Active => self.renter_due(),
            LeaseState::Disputed => self.last_within(self.lease.dispute.opened, ARBITRATION_TIME.into()),
            LeaseState::Pending | LeaseState::Resolved => i64::MAX,
        }
    }

    /// Honest parties do what they have to do, or could. Whether anything was done.
    pub fn honest_act(&mut self) -> bool {
        if self.is_closed {
            return false;
        }
        match self.lease.state.into() {
            LeaseState::Active if self.setup.honest == Side::Provider => self.provider_acts(),
            LeaseState::Active => self.renter_acts(),
            LeaseState::Disputed => self.decide().is_ok(),
            LeaseState::Pending | LeaseState::Resolved => false,
        }
    }

    /// Whether an honest provider delivers nothing at the moment, as it may.
    fn is_idle(&self) -> bool {
        self.is_unpaid || self.free.is_some() && !self.setup.resumes
    }

    fn has_unstated(&self) -> bool {
        self.delivered.last() > self.lease.meter.latest.units
    }

    fn provider_due(&self) -> i64 {
        let (setup, lease) = (&self.setup, &self.lease);
        let timeout = u64::from(setup.terms.heartbeat_timeout);
        // A silence begins no sooner than a top-up that made the lease run again.
        let heard = lease.meter.heartbeat;
        let heartbeat = if self.revived.time > heard.time { self.revived } else { heard };
        let mut due = i64::MAX;
        if !self.is_running() {
            if self.has_unstated() {
                let end = Moment { time: lease.ends_at, slot: lease.end_slot };
                due = self.last_within(end, ATTESTATION_GRACE);
                // Where slots are slower than seconds, a silence before the end may be over behind it.
                if lease.ends_at > heartbeat.time + timeout as i64 {
                    due = due.min(self.last_within(heartbeat, timeout));
                }
            }
            return due;
        }
        if setup.leaves {
            let exhausted = self.time + (self.left() / u64::from(self.gpus())) as i64 + 1;
            due = if self.is_idle() { self.time } else { exhausted };
        }
        if !self.is_idle() || self.has_unstated() || setup.talks && self.free.is_none() {
            due = due.min(self.last_within(heartbeat, timeout));
        }
        due
    }

    /// Until when an honest provider states what it delivered. Nothing of what it says takes up a top-up that it does
    /// not deliver for.
    pub fn honest_window(&self) -> i64 {
        let until = if self.free.is_some() && !self.setup.resumes { self.revived.time } else { self.time };
        until.min(self.lease.ends_at).max(self.lease.meter.window_end)
    }

    fn provider_acts(&mut self) -> bool {
        let mut has_acted = false;
        if self.is_running() && self.setup.leaves && self.is_idle() {
            has_acted = self.leave(&OPERATOR).is_ok();
            self.tell(self.time, || "the provider leaves".into());
            if self.lease.ends_at != self.time {
                self.fault = Some("a provider that is not paid, or not bound, cannot leave");
            }
        }
        let window_end = self.honest_window();
        if window_end > self.lease.meter.window_end || self.has_unstated() {
            let result = self.state_truth(window_end);
            has_acted |= result.is_ok();
            let units = self.delivered.last();
            self.tell(self.time, || {
                format!(
                    "the provider states {units} until {}: {result:?}",
                    window_end - crate::setup::BEGIN.time
                )
            });
        }
        has_acted
    }

    /// What the provider has delivered of what it claims.
    fn truth(&self) -> u64 {
        self.delivered.at(self.lease.meter.window_end)
    }

    /// The last second in which the renter's deposit pays.
    fn paid_until(&self) -> i64 {
        self.time + (self.left() / u64::from(self.gpus())) as i64
    }

    fn renter_due(&self) -> i64 {
        let mut due = i64::MAX;
        let (maturing, latest) = self.claims();
        if let Some(claim) = [maturing, latest].into_iter().find(|claim| claim.units > self.truth()) {
            let window = u64::from(self.setup.terms.challenge_window);
            due = self.last_within(claim.submitted, window - 1);
        }
        if self.setup.keeps_paid && self.is_running() && self.paid_until() < self.lease.ends_at {
            due = due.min(self.paid_until());
        }
        due
    }

    fn renter_acts(&mut self) -> bool {
        let mut has_acted = false;
        if self.claims().1.units > self.truth() {
            let units = self.truth().max(self.lease.meter.accepted);
            let result = self.dispute(units);
            self.tell(self.time, || format!("the renter admits {units}: {result:?}"));
            has_acted = result.is_ok();
        }
        let gpus = u64::from(self.gpus());
        if self.setup.keeps_paid
            && self.is_running()
            && self.paid_until() < self.lease.ends_at
            && self.left() < gpus * EARLY
        {
            let amount = price_ceil(&self.setup.terms, self.gpus(), EARLY);
            let result = self.top_up(amount);
            self.tell(self.time, || format!("the renter tops up {amount}: {result:?}"));
            has_acted |= result.is_ok();
        }
        has_acted
    }
}
