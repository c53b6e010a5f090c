//! Records of what was delivered.

use crate::json::{Bytes, Key};
use bytemuck::Zeroable;
use gpu_lease_client::{
    Error,
    account::LeaseContext,
    address,
    evidence::{EvidenceCheck, EvidenceFile},
    state::Provider,
};
use serde::Deserialize;

/// The text of an evidence file, and the lease that it should be about.
#[derive(Deserialize)]
pub struct Check {
    text: String,
    lease: Bytes,
    address: Key,
    attestor: Key,
}

/// See [`EvidenceCheck`].
pub fn check(Check { text, lease, address, attestor }: &Check) -> Result<EvidenceCheck, Error> {
    let provider = Provider { attestor: attestor.0, ..Provider::zeroed() };
    let context = LeaseContext::new(lease.account_at(address.0)?, provider, address::SPL_TOKEN);
    EvidenceCheck::of(&EvidenceFile::read(text)?, Some(&context))
}
