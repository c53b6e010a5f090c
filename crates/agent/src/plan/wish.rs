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

/// What there ought to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wish {
    /// Its container.
    pub container: Option<Spec>,
    /// Whether that runs.
    pub runs: bool,
    /// Its door; `None` where it has none.
    pub door: Option<Door>,
    /// Whether it holds its cards.
    pub holds_cards: bool,
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
        holds_cards: false,
        keeps_workspace: false,
        starts: false,
        is_known: false,
    };

    /// What there ought to be of a lease that was taken on, at `now`, unix seconds.
    pub fn of(entry: &Entry, chain: &OnChain, record: Option<&Record>, now: i64) -> Self {
        let lease = match chain {
            OnChain::Gone => return Self::after(entry, Door::to_closed(Access::Files), now),
            OnChain::There(lease) => lease,
        };
        if lease.state == LeaseState::Pending {
            return if now <= lease.start_deadline { Self::before(entry, lease) } else { Self::NOTHING };
        }
        if !entry.is_started_as(lease) {
            // Another machine was faster. Nobody has been let in here.
            return Self::NOTHING;
        }
        let door = |access| Door::to(lease, access);
        match lease.phase(Moment::by_clock(now)) {
            Phase::Running => Self::serving(entry, door(Access::Open)),
            // Nobody pays; a top-up brings it back as it was.
            Phase::Exhausted => Self { runs: false, ..Self::serving(entry, door(Access::Shut)) },
            Phase::Pending => Self::before(entry, lease),
            Phase::Ending | Phase::Closable => {
                let is_drained = record.is_none_or(|record| record.until() >= lease.ends_at);
                match is_drained || now >= lease.ends_at.saturating_add(DRAIN) {
                    // Known until it is closed: it has to be stated and settled.
                    true => Self { is_known: true, ..Self::after(entry, door(Access::Files), now) },
                    false => Self::serving(entry, door(Access::Files)),
                }
            }
            Phase::Disputed => Self { is_known: true, ..Self::after(entry, door(Access::Files), now) },
        }
    }

    /// All is there.
    fn serving(entry: &Entry, door: Door) -> Self {
        Self {
            container: Some(entry.served.spec(&entry.cards)),
            runs: true,
            door: Some(door),
            holds_cards: true,
            keeps_workspace: true,
            is_known: true,
            ..Self::NOTHING
        }
    }

    /// It waits to be started, and who knocks is told to wait.
    fn before(entry: &Entry, lease: &LeaseContext) -> Self {
        let serving = Self::serving(entry, Door::to(lease, Access::Shut));
        Self { starts: serving.runs && entry.is_tested, ..serving }
    }

    /// It is over: its user can read what it has left, without cards, for a while.
    fn after(entry: &Entry, door: Door, now: i64) -> Self {
        let is_kept = entry.has_started && entry.keep_until.is_none_or(|until| now < until);
        if !is_kept {
            return Self::NOTHING;
        }
        Self {
            container: Some(entry.served.spec(&[])),
            runs: true,
            door: Some(door),
            keeps_workspace: true,
            is_known: true,
            ..Self::NOTHING
        }
    }
}
