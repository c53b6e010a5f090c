//! What a guard writes down about a lease.

use gpu_lease_client::attestation::Usage;
use gpu_lease_client::state::Moment;

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
