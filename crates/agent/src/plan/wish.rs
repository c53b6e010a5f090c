//! What there ought to be of a lease on this machine.

use gpu_lease_client::account::LeaseContext;
use gpu_lease_client::state::{LeaseState, Moment, Phase};
use gpu_lease_gateway::Access;
use gpu_lease_runtime::Spec;

use super::door::Door;
use super::entry::{Entry, OnChain};
use crate::meter::Record;

/// Seconds for which a lease that has ended goes on, so that a sample after the end brackets its last second.
const DRAIN: i64 = 10;

/// What is said to whom is not let in.
const WAITING: &str = "The lease does not run yet.";
const UNPAID: &str = "The lease has no money left. A top-up lets it go on.";
const RESIZED: &str = "The lease is made again with another number of GPUs. Try again in a moment.";
const OVER: &str = "The lease is over. Its files can be read for a while.";

/// What there ought to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wish {
    /// Its container.
    pub container: Option<Spec>,
    /// Whether that runs.
    pub runs: bool,
    /// Its door; `None` where it has none.
    pub door: Option<Door>,
    /// How many of its cards it holds.
    pub cards: usize,
    /// Whether its workspace is kept.
    pub keeps_workspace: bool,
    /// Whether it is to be started on chain.
    pub starts: bool,
    /// Whether there is still anything to know about it.
    pub is_known: bool,
}

impl Wish {
    /// Nothing at all.
    pub(super) const NOTHING: Self = Self {
        container: None,
        runs: false,
        door: None,
        cards: 0,
        keeps_workspace: false,
        starts: false,
        is_known: false,
    };

    /// What there ought to be of a lease that was taken on, at `now`, unix seconds.
    pub fn of(entry: &Entry, chain: &OnChain, record: Option<&Record>, now: i64) -> Self {
        let lease = match chain {
            OnChain::Gone => return Self::after(entry, Door::to_closed(Access::Files, OVER), now),
            OnChain::There(lease) => lease,
        };
        if lease.state == LeaseState::Pending {
            return if now <= lease.start_deadline { Self::before(entry, lease, now) } else { Self::NOTHING };
        }
        if !entry.is_started_as(lease) {
            // Another machine was faster. Nobody has been let in here.
            return Self::NOTHING;
        }
        let open = Door::to(lease, Access::Open, "");
        let over = Door::to(lease, Access::Files, OVER);
        let due = entry.due_cards(lease, now).unwrap_or_default();
        match lease.phase(Moment::by_clock(now)) {
            Phase::Running if entry.cards.len() > due => Self::serving(entry, open).shrunk_to(due),
            Phase::Running => Self::serving(entry, open),
            // Nobody pays; a top-up brings it back as it was.
            Phase::Exhausted => {
                let shut = Door::to(lease, Access::Shut, UNPAID);
                let paused = Self { runs: false, ..Self::serving(entry, shut) };
                if entry.cards.len() > due { paused.shrunk_to(due) } else { paused }
            }
            Phase::Pending => Self::before(entry, lease, now),
            Phase::Ending | Phase::Closable => {
                let is_drained = record.is_none_or(|record| record.until() >= lease.ends_at);
                match is_drained || now >= lease.ends_at.saturating_add(DRAIN) {
                    // Known until it is closed: it has to be stated and settled.
                    true => Self { is_known: true, ..Self::after(entry, over, now) },
                    false => Self::serving(entry, over),
                }
            }
            Phase::Disputed => Self { is_known: true, ..Self::after(entry, over, now) },
        }
    }

    /// All is there.
    fn serving(entry: &Entry, door: Door) -> Self {
        Self {
            container: Some(entry.spec()),
            runs: true,
            door: Some(door),
            cards: entry.cards.len(),
            keeps_workspace: true,
            is_known: true,
            ..Self::NOTHING
        }
    }

    /// Its container makes way for one with other cards. Nobody is let in meanwhile.
    pub fn made_way(self) -> Self {
        let resized = |door: Door| Door { access: Access::Shut, note: RESIZED.to_owned(), ..door };
        Self { container: None, runs: false, door: self.door.map(resized), ..self }
    }

    /// It makes way for one with so many of its cards.
    fn shrunk_to(self, cards: usize) -> Self {
        Self { cards, ..self.made_way() }
    }

    /// It waits to be started, and who knocks is told to wait.
    fn before(entry: &Entry, lease: &LeaseContext, now: i64) -> Self {
        let serving = Self::serving(entry, Door::to(lease, Access::Shut, WAITING));
        let waits = entry.launch.is_none() && entry.waits_until.is_some_and(|until| now < until);
        Self { starts: serving.runs && entry.is_tested && !waits, ..serving }
    }

    /// It is over: its user can read what it has left, without cards, for a while.
    fn after(entry: &Entry, door: Door, now: i64) -> Self {
        let is_kept = entry.has_started && entry.keep_until.is_none_or(|until| now < until);
        if !is_kept {
            return Self::NOTHING;
        }
        Self {
            container: Some(entry.spec_with(&[])),
            runs: true,
            door: Some(door),
            keeps_workspace: true,
            is_known: true,
            ..Self::NOTHING
        }
    }
}
