//! The keys with which a guard logs in.

use std::fmt;
use std::sync::Arc;

use gpu_lease_client::ssh::SshAccess;
use russh::keys::ssh_key::private::Ed25519Keypair;
use russh::keys::{PrivateKey, PrivateKeyWithHashAlg};
use solana_address::Address;
use solana_keypair::Keypair;

use super::failure::Failure;

/// A private key that logs in by SSH. It shows nothing secret.
#[derive(Clone)]
pub struct Key(Arc<PrivateKey>);

impl Key {
    /// The Ed25519 key of this seed.
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        Self(Arc::new(Ed25519Keypair::from_seed(seed).into()))
    }

    /// A session key, which is a key of Solana.
    pub fn of_session(key: &Keypair) -> Self {
        Self::from_seed(key.secret_bytes())
    }

    /// The user's key that a provider has made for the renter, if it made one.
    pub fn of_access(access: &SshAccess, lease: &Address) -> Result<Option<Self>, Failure> {
        let file = access.user_key_file(lease).map_err(|error| Failure::Key(error.to_string()))?;
        file.map(|text| Self::from_openssh(&text)).transpose()
    }

    /// A file that `ssh-keygen` made, without a passphrase.
    pub fn from_openssh(text: &str) -> Result<Self, Failure> {
        let key = PrivateKey::from_openssh(text).map_err(|error| Failure::Key(error.to_string()))?;
        match key.is_encrypted() {
            true => Err(Failure::Key("it has a passphrase, and a guard has nobody to ask for it".to_owned())),
            false => Ok(Self(Arc::new(key))),
        }
    }

    /// As the library takes it.
    pub(super) fn for_login(&self) -> PrivateKeyWithHashAlg {
        PrivateKeyWithHashAlg::new(self.0.clone(), None)
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "Key({})", self.0.public_key().fingerprint(Default::default()))
    }
}
