//! How a lease stands, and what a change of it would come to.

use crate::json::{Bytes, Exactly, Key};
use gpu_lease_client::{
    Error,
    outlook::{self, AgreedOutcome, LeaseChange, LeaseEffect, LeaseOutlook, Role},
    state::Lease,
};
use serde::Deserialize;

/// A lease at a moment.
#[derive(Deserialize)]
pub struct At {
    lease: Bytes,
    now: Exactly<i64>,
}

/// See [`LeaseOutlook`].
pub fn outlook(At { lease, now }: &At) -> Result<LeaseOutlook, Error> {
    Ok(LeaseOutlook::of(&lease.account()?, now.0))
}

/// Somebody's key, and a lease with its provider.
#[derive(Deserialize)]
pub struct Somebody {
    lease: Bytes,
    provider: Bytes,
    key: Key,
}

/// See [`outlook::roles_of`].
pub fn roles(Somebody { lease, provider, key }: &Somebody) -> Result<Vec<Role>, Error> {
    Ok(outlook::roles_of(&key.0, &lease.account()?, &provider.account()?))
}

/// How both parties would divide a vault: GPU-seconds that are paid for in all, and base units of the bond.
#[derive(Deserialize)]
pub struct Agreement {
    lease: Bytes,
    units: Exactly<u64>,
    credit: Exactly<u64>,
    now: Exactly<i64>,
}

/// See [`AgreedOutcome`].
pub fn agree(Agreement { lease, units, credit, now }: &Agreement) -> Result<AgreedOutcome, Error> {
    Ok(AgreedOutcome::of(&lease.account()?, units.0, credit.0, now.0))
}

/// A lease, and units of it.
#[derive(Deserialize)]
pub struct Units {
    lease: Bytes,
    units: Exactly<u64>,
}

/// See [`outlook::worth`].
pub fn worth(Units { lease, units }: &Units) -> Result<u64, Error> {
    Ok(outlook::worth(&lease.account()?, units.0))
}

/// A lease, and a moment in it.
#[derive(Deserialize)]
pub struct Time {
    lease: Bytes,
    time: Exactly<i64>,
}

/// GPU-seconds that a lease's GPUs can have delivered until then.
pub fn capacity(Time { lease, time }: &Time) -> Result<u64, Error> {
    Ok(lease.account::<Lease>()?.meter.capacity(time.0))
}

/// A change that somebody has in mind.
#[derive(Deserialize)]
pub struct Change {
    lease: Bytes,
    now: Exactly<i64>,
    #[serde(flatten)]
    kind: Kind,
}

#[derive(Deserialize)]
#[serde(tag = "change", rename_all = "camelCase")]
enum Kind {
    Start,
    TopUp { amount: Exactly<u64> },
    Extend { duration: u32 },
    Resize { gpus: u32 },
    Terminate { party: Key, provider: Bytes },
    Expire,
}

impl Kind {
    fn read(&self) -> Result<LeaseChange, Error> {
        Ok(match self {
            Self::Start => LeaseChange::Start,
            Self::TopUp { amount } => LeaseChange::TopUp { amount: amount.0 },
            Self::Extend { duration } => LeaseChange::Extend { duration: *duration },
            Self::Resize { gpus } => LeaseChange::Resize { gpus: *gpus },
            Self::Terminate { party, provider } => {
                LeaseChange::Terminate { party: party.0, provider: Box::new(provider.account()?) }
            }
            Self::Expire => LeaseChange::Expire,
        })
    }
}

/// See [`LeaseEffect`].
pub fn effect(Change { lease, now, kind }: &Change) -> Result<LeaseEffect, Error> {
    Ok(LeaseEffect::of(&lease.account()?, &kind.read()?, now.0))
}
