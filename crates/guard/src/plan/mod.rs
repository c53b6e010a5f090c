//! What to do about a lease, decided from what was observed and nothing else.
//!
//! [`plan`] is pure. What did not answer decides nothing: without a clock, without a node, and while the guard itself is cut
//! off, it is empty. Whoever plans several leases in a row counts what the plan before spends in [`Observed::spent`].

pub mod acceptance;
mod settings;

pub use settings::{Budgets, Funding, LOSS_LIMIT, MintBudget, Mode, Part, Settings};

use std::collections::BTreeSet;

use gpu_lease_client::attestation::Usage;
use gpu_lease_client::evidence::Watch;
use gpu_lease_client::state::{Lease, Moment};

use crate::news::Kind;

/// What was observed of a lease. `None` is what did not answer.
#[derive(Clone, Debug)]
pub struct Observed<'a> {
    /// The cluster's time, by a healthy clock.
    pub now: Option<Moment>,
    /// The lease as a node shows it, confirmed.
    pub lease: Option<Lease>,
    /// As another node shows it; where only one is known, as that shows what is finalized.
    pub second: Option<Lease>,
    /// As it is finalized.
    pub finalized: Option<Lease>,
    /// What was seen of its machine; `None` before its first probe.
    pub watch: Option<&'a Watch>,
    /// What the machine asks to have co-signed: the newest draft, unless the machine has its signature already.
    pub draft: Option<Usage>,
    /// Whether the guard itself is cut off: no node answers, or machines of several providers fail at once.
    pub is_cut_off: bool,
    /// What was written down about it.
    pub notes: Notes,
    /// What was sent and has neither landed nor expired for certain.
    pub in_flight: BTreeSet<Deed>,
    /// What the renter was asked and has agreed to.
    pub approved: BTreeSet<Deed>,
    /// What was spent on all leases, what is in flight included.
    pub spent: Spent,
    /// What the guard has.
    pub wallet: Wallet,
}

/// What a guard writes down about a lease. It is on disk before anything of the same plan is done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Notes {
    /// The newest usage that was co-signed.
    pub signed: Option<Usage>,
    /// Since when more is claimed than may be, without an end.
    pub suspected: Option<Moment>,
    /// GPU-seconds above the bound that the renter itself has co-signed.
    pub conceded: u64,
}

/// What was spent of the budgets of a lease's mint and of the day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spent {
    /// Lamports, today.
    pub lamports: u64,
    /// Base units of stakes, today and in all.
    pub stakes: (u64, u64),
    /// Base units of top-ups, today and in all.
    pub top_ups: (u64, u64),
}

/// What a guard has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wallet {
    pub lamports: u64,
    /// Base units of the lease's mint.
    pub tokens: u64,
    /// Lamports that a transaction costs at most.
    pub fee: u64,
}

/// What can be sent about a lease, whatever its figures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Deed {
    Dispute,
    TopUp,
    Cancel,
    Expire,
    ResolveByTimeout,
    Close,
}

/// What is sent. Units are GPU-seconds, money is base units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// `units` are admitted, and `max_stake` set aside at most.
    Dispute { units: u64, max_stake: u64 },
    /// Of a lease that ends no sooner than `min_ends_at`.
    TopUp { amount: u64, min_ends_at: i64 },
    /// It was not started in time.
    Cancel,
    /// Its provider is silent, and so is its machine.
    Expire { window_end: i64 },
    /// Its arbiter has not decided in time.
    ResolveByTimeout,
    /// It is over.
    Close,
}

/// What the renter is told.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tell {
    pub kind: Kind,
    /// Of what is told with the same words here only the first is told.
    pub once: String,
    /// What happened and what to do, in a sentence or two.
    pub text: String,
}

/// One thing to do, in this order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Write this down first.
    Note(Notes),
    /// Co-sign the draft. It is in the notes of the same plan.
    CoSign(Usage),
    /// The draft goes further than the newest probe: probe at once, and plan again.
    Probe,
    /// Send this.
    Act(Act),
    /// Tell this.
    Tell(Tell),
}

impl Act {
    /// What it is, whatever its figures.
    pub const fn deed(&self) -> Deed {
        match self {
            Self::Dispute { .. } => Deed::Dispute,
            Self::TopUp { .. } => Deed::TopUp,
            Self::Cancel => Deed::Cancel,
            Self::Expire { .. } => Deed::Expire,
            Self::ResolveByTimeout => Deed::ResolveByTimeout,
            Self::Close => Deed::Close,
        }
    }
}

/// What to do about a lease, in this order.
pub fn plan(_observed: &Observed, _settings: &Settings) -> Vec<Decision> {
    Vec::new()
}
