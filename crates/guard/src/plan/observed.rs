//! What was observed of a lease.

use std::collections::BTreeSet;

use gpu_lease_client::attestation::Usage;
use gpu_lease_client::evidence::Watch;
use gpu_lease_client::state::{Lease, Moment};

use super::decision::Deed;
use super::notes::Notes;

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
