//! Where a lease's machine is.

use std::fmt;

use gpu_lease_client::listing::Ssh;
use gpu_lease_client::ssh::SshAccess;
use russh::keys::{HashAlg, PublicKey};
use solana_address::Address;

/// An SSH port, which leads to one lease.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reach {
    /// Name or address.
    pub host: String,
    /// Port.
    pub port: u16,
    /// The machine's own key, and no other.
    pub host_key: HostKey,
    /// The lease, which is the user name.
    pub lease: Address,
}

/// The key by which a machine is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HostKey {
    /// An Ed25519 public key.
    Key([u8; 32]),
    /// The fingerprint of one, as OpenSSH shows it: `SHA256:…`.
    Fingerprint(String),
}

impl HostKey {
    /// Whether it is this one.
    pub(super) fn is(&self, key: &PublicKey) -> bool {
        match self {
            Self::Key(bytes) => key.key_data().ed25519().is_some_and(|ed25519| ed25519.0 == *bytes),
            Self::Fingerprint(text) => key.fingerprint(HashAlg::Sha256).to_string() == *text,
        }
    }
}

impl Reach {
    /// Where the lease's own credentials say that it is.
    pub fn by_access(access: &SshAccess, lease: Address) -> Self {
        let host_key = HostKey::Key(*access.host_key());
        Self { host: access.host().to_owned(), port: access.port(), host_key, lease }
    }

    /// Where the offer's listing says that its machines are: for who cannot read the credentials.
    pub fn by_listing(ssh: &Ssh, lease: Address) -> Self {
        let host_key = HostKey::Fingerprint(ssh.host_key_fingerprint.clone());
        Self { host: ssh.host.clone(), port: ssh.port, host_key, lease }
    }
}

impl fmt::Display for Reach {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{} port {}", self.host, self.port)
    }
}
