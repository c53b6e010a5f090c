//! What a dispute would come to.

use crate::json::{Bytes, Exactly};
use gpu_lease_client::{
    Error,
    outlook::{DisputeOutcome, ResolveOutcome},
};
use serde::Deserialize;

/// A figure that a renter would admit, or an arbiter would find, GPU-seconds.
#[derive(Deserialize)]
pub struct Figure {
    lease: Bytes,
    units: Exactly<u64>,
    now: Exactly<i64>,
}

/// See [`DisputeOutcome`].
pub fn open(Figure { lease, units, now }: &Figure) -> Result<DisputeOutcome, Error> {
    Ok(DisputeOutcome::of(&lease.account()?, units.0, now.0))
}

/// See [`ResolveOutcome`].
pub fn resolve(Figure { lease, units, now }: &Figure) -> Result<ResolveOutcome, Error> {
    Ok(ResolveOutcome::of(&lease.account()?, units.0, now.0))
}
