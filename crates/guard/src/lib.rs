//! Watches the leases of a renter.
//!
//! [`plan`] decides, from what was observed and nothing else: what is co-signed, withheld, disputed, paid for. Around it
//! stand thin shells that observe and act.

pub mod news;
pub mod plan;
pub mod probe;
pub mod status;
