//! Who is let in to a lease.

use gpu_lease_client::account::LeaseContext;
use gpu_lease_client::ssh::public_key_line;
use gpu_lease_gateway::Access;
use solana_address::Address;

/// The door to a lease, behind which are its container and the agent's API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Door {
    /// How far it is open for the user.
    pub access: Access,
    /// What a user is told who is not let in.
    pub note: String,
    /// The public key of a guard, as OpenSSH writes it, which may use the API whatever the access is.
    pub guard_key: Option<String>,
}

impl Door {
    /// The door to a lease: its session key is its guard's.
    pub fn to(lease: &LeaseContext, access: Access, note: &str) -> Self {
        let key = Some(lease.session_key).filter(|key| *key != Address::default());
        let guard_key = key.and_then(|key| public_key_line(key.to_bytes()).ok());
        Self { access, note: note.to_owned(), guard_key }
    }

    /// The door to one that is not on the chain any more.
    pub fn to_closed(access: Access, note: &str) -> Self {
        Self { access, note: note.to_owned(), guard_key: None }
    }

    /// What is left of this door when all is taken from it that `wished` has not.
    pub fn narrowed_to(&self, wished: &Self) -> Self {
        let guard_key = self.guard_key.clone().filter(|key| wished.guard_key.as_ref() == Some(key));
        let access = self.access.min(wished.access);
        let note = if access == self.access { &self.note } else { &wished.note };
        Self { access, note: note.clone(), guard_key }
    }
}
