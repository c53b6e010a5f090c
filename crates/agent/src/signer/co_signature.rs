//! Signatures of the renter's side, and of a verifier.

use std::fmt;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use gpu_lease_client::account::Keyed;
use gpu_lease_client::attestation::{Attestation, SignedAttestation};
use gpu_lease_client::state::Lease;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use solana_address::Address;

use super::guard::Signed;

/// A signature of a renter, its session key or a verifier over the message that says what was delivered.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CoSignature {
    /// Whose.
    #[serde(serialize_with = "address_text", deserialize_with = "text_address")]
    pub key: Address,
    /// The signature; as text base64.
    #[serde(serialize_with = "to_base64", deserialize_with = "from_base64")]
    pub signature: [u8; 64],
}

impl fmt::Debug for CoSignature {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.debug_struct("CoSignature").field("key", &self.key).finish_non_exhaustive()
    }
}

impl CoSignature {
    /// The message that says `usage` of `lease`, with this signature, if it is one of it.
    pub fn over(&self, lease: &Keyed<Lease>, usage: &Signed) -> Option<SignedAttestation> {
        SignedAttestation::with(message(lease, usage), self.key, self.signature).ok()
    }

    /// Whether it is of the renter's side of `lease`, as that is now.
    pub fn counts_for(&self, lease: &Lease) -> bool {
        self.key != Address::default() && lease.is_of_renter(&self.key)
    }

    /// Whether it is of the verifier whom the terms of `lease` name.
    pub fn is_verifiers(&self, lease: &Lease) -> bool {
        self.key != Address::default() && self.key == lease.terms.verifier
    }
}

/// What was co-signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CoSigned {
    /// The figures.
    pub usage: Signed,
    /// The signature over them.
    pub by: CoSignature,
}

/// The message that says `usage` of `lease`: what is signed.
pub fn message(lease: &Keyed<Lease>, usage: &Signed) -> Attestation {
    Attestation::new(lease.address, lease, &usage.into())
}

fn address_text<S: Serializer>(address: &Address, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(address)
}

fn text_address<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Address, D::Error> {
    String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
}

fn to_base64<S: Serializer>(signature: &[u8; 64], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&BASE64_STANDARD.encode(signature))
}

fn from_base64<'de, D: Deserializer<'de>>(deserializer: D) -> Result<[u8; 64], D::Error> {
    let bytes = BASE64_STANDARD.decode(String::deserialize(deserializer)?).map_err(de::Error::custom)?;
    bytes.try_into().map_err(|_| de::Error::custom("a signature has 64 bytes"))
}
