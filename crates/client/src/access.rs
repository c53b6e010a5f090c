//! Access credentials, encrypted to the renter: sealed boxes (X25519, XSalsa20-Poly1305) of libsodium's
//! `crypto_box_seal`. The provider publishes the box in `start_lease`, and another in `publish_access` when the machine
//! moves; the renter's key opens it.
//!
//! What is in it is free text, or [access by SSH](SshAccess) that programs read.
//!
//! A box says nothing about who made it. That the provider did, or its operator, is shown by who signed the instruction.

use crate::{
    error::{Error, Result},
    ssh::{self, SshAccess},
};
use crypto_box::{PublicKey, SecretKey};
use curve25519_dalek::MontgomeryPoint;
use gpu_lease::constants::MAX_ACCESS_BLOB;
use rand::{CryptoRng, RngCore, rngs::OsRng};
use std::{fmt, str::FromStr};

/// Bytes by which a box is longer than what it holds: an ephemeral key and a tag.
const OVERHEAD: usize = 48;

/// Most bytes of credentials that fit a blob.
pub const MAX_CREDENTIALS: usize = MAX_ACCESS_BLOB - OVERHEAD;

const SECRET_PREFIX: &str = "gpu-lease-access-secret:";

/// A renter's X25519 key, one for each lease or one for all.
///
/// Its text form is that of a key file: comments, then one line with the secret. Parsing ignores empty
/// lines and lines that start with `#`. Formatting with `{:?}` shows the public key only.
#[derive(Clone)]
pub struct AccessKey(SecretKey);

impl AccessKey {
    /// A new key from the system's randomness.
    pub fn generate() -> Self {
        Self(SecretKey::generate(&mut OsRng))
    }

    /// The key of these 32 secret bytes.
    pub fn from_secret(secret: [u8; 32]) -> Self {
        Self(SecretKey::from_bytes(secret))
    }

    /// What is in the lease: `LeaseRequest::access_key`.
    pub fn public(&self) -> [u8; 32] {
        self.0.public_key().to_bytes()
    }

    /// Opens a blob that was encrypted to this key.
    pub fn decrypt(&self, blob: &[u8]) -> Result<Vec<u8>> {
        self.0.unseal(blob).map_err(|_| Error::Undecryptable)
    }

    /// The text of a key file.
    pub fn to_text(&self) -> String {
        format!(
            "# gpu-lease access key. Whoever has this file can read the credentials.\n\
             # public key: {}\n\
             {SECRET_PREFIX}{}\n",
            hex::encode(self.public()),
            hex::encode(self.0.to_bytes()),
        )
    }
}

impl fmt::Debug for AccessKey {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "AccessKey(public {})", hex::encode(self.public()))
    }
}

impl FromStr for AccessKey {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        let mut secret = [0; 32];
        match (lines.next().and_then(|line| line.strip_prefix(SECRET_PREFIX)), lines.next()) {
            (Some(digits), None) if hex::decode_to_slice(digits, &mut secret).is_ok() => {
                Ok(Self(SecretKey::from_bytes(secret)))
            }
            _ => Err(Error::input(
                "this is not an access key",
                format!("pass a key file, which has one line \"{SECRET_PREFIX}\" with 64 hex digits"),
            )),
        }
    }
}

/// What a renter finds in a blob.
#[derive(Clone, PartialEq, Eq)]
pub enum Credentials {
    /// Access that programs can use.
    Ssh(SshAccess),
    /// Whatever the provider wrote, for people.
    Text(String),
}

impl Credentials {
    /// Reads credentials: what does not begin as [access by SSH](SshAccess) is text. What is not UTF-8 in it is replaced.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        match bytes.first() {
            Some(&ssh::MAGIC) => SshAccess::from_bytes(bytes).map(Self::Ssh),
            _ => Ok(Self::Text(String::from_utf8_lossy(bytes).into_owned())),
        }
    }

    /// What is encrypted to the renter.
    pub fn to_bytes(&self) -> Vec<u8> {
        match self {
            Self::Ssh(access) => access.to_bytes(),
            Self::Text(text) => text.clone().into_bytes(),
        }
    }
}

/// Shows no secret.
impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::Ssh(access) => access.fmt(f),
            Self::Text(text) => write!(f, "Text({} bytes)", text.len()),
        }
    }
}

/// Encrypts credentials to the access key of a lease. The result goes into `start_lease` or `publish_access`.
pub fn encrypt(access_key: &[u8; 32], credentials: &[u8]) -> Result<Vec<u8>> {
    encrypt_with(&mut OsRng, access_key, credentials)
}

/// The same, with the randomness of `random`, for where the system has none to give.
pub fn encrypt_with<R: CryptoRng + RngCore>(
    random: &mut R,
    access_key: &[u8; 32],
    credentials: &[u8],
) -> Result<Vec<u8>> {
    if credentials.is_empty() || credentials.len() > MAX_CREDENTIALS {
        return Err(Error::input(
            format!("credentials must have 1 to {MAX_CREDENTIALS} bytes, these have {}", credentials.len()),
            "send a shorter text, for instance a link to the rest",
        ));
    }
    // With a point of small order, zero for instance, anyone could open the box. Clamped scalars are
    // multiples of the cofactor and take exactly those points to zero.
    if MontgomeryPoint(*access_key).mul_clamped([1; 32]).to_bytes() == [0; 32] {
        return Err(Error::input(
            "the lease's access key is not a usable X25519 key, anyone could read the credentials",
            "let the renter cancel and open the lease again with a key of its own",
        ));
    }
    PublicKey::from(*access_key)
        .seal(random, credentials)
        .map_err(|_| Error::input("the credentials could not be encrypted", "try again"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_renters_key_opens_the_blob() {
        let (key, other) = (AccessKey::generate(), AccessKey::generate());
        let blob = encrypt(&key.public(), b"ssh root@203.0.113.7").unwrap();
        assert_eq!(key.decrypt(&blob).unwrap(), b"ssh root@203.0.113.7");
        assert!(matches!(other.decrypt(&blob), Err(Error::Undecryptable)));
    }

    #[test]
    fn free_text_stays_text_and_ssh_access_is_read_back() {
        for text in ["ssh root@203.0.113.7", "", "ÿ is not the magic byte", "\u{1}"] {
            let credentials = Credentials::Text(text.to_owned());
            assert_eq!(Credentials::from_bytes(&credentials.to_bytes()).unwrap(), credentials);
        }
        let access = SshAccess::new("203.0.113.7", 22, [3; 32], Some([4; 32])).unwrap();
        let credentials = Credentials::Ssh(access);
        assert_eq!(Credentials::from_bytes(&credentials.to_bytes()).unwrap(), credentials);
        assert_eq!(Credentials::from_bytes(b"a\xffb").unwrap(), Credentials::Text("a\u{fffd}b".to_owned()));
        // What begins so must be all of it: a broken blob is not shown as text.
        assert!(Credentials::from_bytes(&[ssh::MAGIC]).is_err());
    }

    #[test]
    fn a_changed_blob_does_not_open() {
        let key = AccessKey::generate();
        let mut blob = encrypt(&key.public(), b"secret").unwrap();
        blob[50] ^= 1;
        assert!(key.decrypt(&blob).is_err());
        assert!(key.decrypt(&[]).is_err());
    }

    #[test]
    fn the_largest_credentials_fill_the_blob_exactly() {
        let key = AccessKey::generate();
        assert_eq!(encrypt(&key.public(), &[7; MAX_CREDENTIALS]).unwrap().len(), MAX_ACCESS_BLOB);
        assert!(encrypt(&key.public(), &[7; MAX_CREDENTIALS + 1]).is_err());
        assert!(encrypt(&key.public(), &[]).is_err());
    }

    #[test]
    fn keys_that_everyone_can_open_are_refused() {
        let order_8 = "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800";
        let mut point = [0; 32];
        hex::decode_to_slice(order_8, &mut point).unwrap();
        let mut one = [0; 32];
        one[0] = 1;
        for weak in [[0; 32], one, point] {
            assert!(encrypt(&weak, b"secret").is_err());
        }
    }

    #[test]
    fn a_key_file_comes_back_and_shows_its_public_key() {
        let key = AccessKey::generate();
        let text = key.to_text();
        assert!(text.contains(&hex::encode(key.public())));
        assert_eq!(text.parse::<AccessKey>().unwrap().public(), key.public());
        assert!(!format!("{key:?}").contains(&hex::encode(key.0.to_bytes())));
        for broken in ["", "# only a comment", "gpu-lease-access-secret:12", &text.repeat(2)] {
            assert!(broken.parse::<AccessKey>().is_err());
        }
    }
}
