//! Who speaks to the agent's API.

use serde::{Deserialize, Serialize};

use crate::admission::Role;

/// The first line on the API's socket, in JSON. What follows is the caller's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Caller {
    /// The lease.
    pub lease: String,
    /// The slot in which it was opened.
    pub opened_slot: u64,
    /// Whose key it is.
    pub role: Role,
    /// The key's fingerprint, `SHA256:` and base64.
    pub fingerprint: String,
}
