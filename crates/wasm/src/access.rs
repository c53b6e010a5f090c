//! Keys and credentials.

use crate::json::Bytes;
use gpu_lease_client::{
    Error,
    access::{AccessKey, encrypt_with},
};
use rand::{SeedableRng, rngs::StdRng};
use serde::Deserialize;

/// A renter's secret, 32 bytes.
#[derive(Deserialize)]
pub struct Secret {
    secret: Bytes,
}

/// The public key of a secret.
pub fn public_key(Secret { secret }: &Secret) -> Result<Bytes, Error> {
    Ok(Bytes(AccessKey::from_secret(secret.exactly("a secret")?).public().to_vec()))
}

/// Credentials to encrypt.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Plain {
    access_key: Bytes,
    credentials: String,
    /// 32 bytes that nobody can guess.
    seed: Bytes,
}

/// The blob that goes into `start_lease`.
pub fn encrypt(Plain { access_key, credentials, seed }: &Plain) -> Result<Bytes, Error> {
    let mut random = StdRng::from_seed(seed.exactly("a seed")?);
    encrypt_with(&mut random, &access_key.exactly("an access key")?, credentials.as_bytes()).map(Bytes)
}

/// A blob to open.
#[derive(Deserialize)]
pub struct Sealed {
    secret: Bytes,
    blob: Bytes,
}

/// The credentials in it, which are text or access by SSH.
pub fn decrypt(Sealed { secret, blob }: &Sealed) -> Result<Bytes, Error> {
    AccessKey::from_secret(secret.exactly("a secret")?).decrypt(&blob.0).map(Bytes)
}
