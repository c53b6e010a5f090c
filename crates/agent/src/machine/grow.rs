//! Leases that are asked to grow.

use gpu_lease_client::account::LeaseContext;
use gpu_lease_client::state::{Moment, Phase};

use super::notebook::Notebook;
use super::parts::Parts;
use crate::plan::{Growing, Observed, free_cards, life_of};
use crate::signer::{Growth, NotGrowth};
use crate::store::StoreError;

/// Seconds for which cards are set aside for a growth: as long as a transaction is good, and a bit more.
const SET_ASIDE: i64 = 120;

/// Why a lease does not grow.
#[derive(Debug, thiserror::Error)]
pub enum GrowError {
    /// The operator would not sign it.
    #[error(transparent)]
    Refused(#[from] NotGrowth),
    /// It does not run, or the provider works on the machine.
    #[error("the lease does not run, or maintenance is announced")]
    NotNow,
    /// It has as many already.
    #[error("the lease has as many GPUs already")]
    Grown,
    /// Not enough cards.
    #[error("not enough sound cards are free on this machine")]
    NoCards,
    /// The bond is too large.
    #[error("the bond would be too large for the deposit: top it up first")]
    LargeBond,
    /// It is not known here.
    #[error("the lease is not known here")]
    Unknown,
    /// It could not be written down.
    #[error(transparent)]
    Failed(#[from] StoreError),
}

/// Sets cards aside for a growth that the renter has signed, for the signer to sign: how many GPUs the lease has then. Nobody else
/// decides about cards meanwhile.
pub fn grow(
    parts: &Parts,
    notebook: &Notebook,
    lease: &LeaseContext,
    observed: &Observed,
    transaction: &str,
) -> Result<u32, GrowError> {
    let now = observed.now.ok_or(GrowError::NotNow)?;
    let growth = Growth::read(transaction, &lease.by_operator())?;
    let is_running = lease.phase(Moment::by_clock(now)) == Phase::Running;
    let (life, book) = (life_of(lease), notebook.book());
    let entry = book.entries.get(&life).ok_or(GrowError::Unknown)?;
    if !is_running || !entry.is_started_as(lease) || observed.maintenance.is_some() {
        return Err(GrowError::NotNow);
    }
    if growth.gpus <= lease.meter.gpus {
        return Err(GrowError::Grown);
    }
    let bond = lease.terms.bond(growth.gpus).map_err(|_| GrowError::LargeBond)?;
    if !parts.policy.accepts_bond(bond, lease.ledger.deposited) {
        return Err(GrowError::LargeBond);
    }
    let more = usize::try_from(growth.gpus).unwrap_or(usize::MAX).saturating_sub(entry.cards.len());
    let own = entry.growth(now).map(|growing| growing.cards.clone()).unwrap_or_default();
    let free = free_cards(observed, &book);
    let cards: Vec<String> = own.into_iter().chain(free).take(more).collect();
    if cards.len() < more {
        return Err(GrowError::NoCards);
    }
    let growing = Growing {
        transaction: transaction.to_owned(),
        gpus: growth.gpus,
        cards,
        until: now.saturating_add(SET_ASIDE),
    };
    notebook.change(&life, |entry| entry.growing = Some(growing))?;
    Ok(growth.gpus)
}
