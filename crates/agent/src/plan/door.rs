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
    /// That of the verifier whom the terms name, which may look and sign.
    pub verifier_key: Option<String>,
}

impl Door {
    /// The door to a lease: its session key is its guard's.
    pub fn to(lease: &LeaseContext, access: Access, note: &str) -> Self {
        let [guard_key, verifier_key] = [lease.session_key, lease.terms.verifier].map(|key| {
            let key = Some(key).filter(|key| *key != Address::default());
            key.and_then(|key| public_key_line(key.to_bytes()).ok())
        });
        Self { access, note: note.to_owned(), guard_key, verifier_key }
    }

    /// The door to one that is not on the chain any more.
    pub fn to_closed(access: Access, note: &str) -> Self {
        Self { access, note: note.to_owned(), guard_key: None, verifier_key: None }
    }

    /// What is left of this door when all is taken from it that `wished` has not.
    pub fn narrowed_to(&self, wished: &Self) -> Self {
        let keys = [(&self.guard_key, &wished.guard_key), (&self.verifier_key, &wished.verifier_key)];
        let [guard_key, verifier_key] =
            keys.map(|(key, wished)| key.clone().filter(|key| wished.as_ref() == Some(key)));
        let access = self.access.min(wished.access);
        let note = if access == self.access { &self.note } else { &wished.note };
        Self { access, note: note.clone(), guard_key, verifier_key }
    }
}
