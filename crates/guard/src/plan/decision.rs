//! What is done about a lease.

use gpu_lease_client::attestation::Usage;

use super::notes::Notes;
use crate::news::Kind;

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
    /// What the next probe says decides something: probe at once, and plan again.
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

impl Deed {
    /// Whether it decides about the renter's money, so that a guard asks first that was told to.
    pub const fn is_asked(self) -> bool {
        matches!(self, Self::Dispute | Self::TopUp | Self::Expire)
    }
}
