//! What a key is in a lease.

use crate::state::{Lease, Provider, ProviderRole};
use serde::Serialize;
use solana_address::Address;

/// What a key is in a lease; several things where parties share it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Roles {
    /// The wallet that uses the GPUs.
    pub renter: bool,
    /// The wallet that gets what is left.
    pub payer: bool,
    /// Accepts usage by its signature, disputes, gives notice and expires: the renter, or its session key.
    pub guard: bool,
    /// The provider's wallet.
    pub provider: bool,
    /// The provider's operator.
    pub operator: bool,
    /// Decides disputes.
    pub arbiter: bool,
}

impl Roles {
    /// Of `key` in `lease`, which is of `provider`.
    pub fn of(key: &Address, lease: &Lease, provider: &Provider) -> Self {
        let role = provider.role_of(key).ok();
        Self {
            renter: lease.renter == *key,
            payer: lease.payer == *key,
            guard: lease.is_of_renter(key),
            provider: role == Some(ProviderRole::Authority),
            operator: role == Some(ProviderRole::Operator),
            arbiter: lease.arbiter == *key,
        }
    }
}
