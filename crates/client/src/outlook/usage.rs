//! What usage that somebody signed says, and what it comes to.

use super::{LeaseOutlook, sentence, worth};
use crate::{
    Error,
    attestation::{AttestationSignature, SignedMessage, role_of},
    instruction::LeaseRef,
    json,
};
use serde::Serialize;
use solana_address::Address;

/// A key, and its signature of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Signature {
    /// The signer.
    #[serde(serialize_with = "json::display")]
    #[cfg_attr(test, ts(type = "string"))]
    pub public_key: Address,
    /// 64 bytes.
    #[serde(serialize_with = "json::bytes")]
    #[cfg_attr(test, ts(type = "Uint8Array"))]
    pub signature: [u8; 64],
}

/// What a signed attestation says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct AttestationFigures {
    /// The lease that it is about.
    #[serde(serialize_with = "json::display")]
    #[cfg_attr(test, ts(type = "string"))]
    pub lease: Address,
    /// Slot in which that lease was opened.
    pub opened_slot: u64,
    /// End of the attested window, unix seconds.
    pub window_end: i64,
    /// GPU-seconds delivered since the start.
    pub gpu_seconds: u64,
    /// Watt-hours used since the start.
    pub energy_wh: u64,
    /// sha256 of the metering record.
    #[serde(serialize_with = "json::bytes")]
    #[cfg_attr(test, ts(type = "Uint8Array"))]
    pub evidence: [u8; 32],
    /// The bytes that are signed.
    #[serde(serialize_with = "json::bytes")]
    #[cfg_attr(test, ts(type = "Uint8Array"))]
    pub message: Vec<u8>,
    /// Who signed them.
    pub signatures: Vec<Signature>,
}

/// Somebody who signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Signer {
    /// Its key.
    #[serde(serialize_with = "json::display")]
    #[cfg_attr(test, ts(type = "string"))]
    pub address: Address,
    /// `attestor`, `renter`, `renter's session key`, `verifier` or `stranger`.
    pub role: &'static str,
}

/// What `attest` would say to a signed attestation, and what it would come to.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct UsageCheck {
    /// What it says.
    pub attestation: AttestationFigures,
    /// Who signed it.
    pub signers: Vec<Signer>,
    /// Whether the renter signed, so that it is accepted at once.
    pub is_co_signed: bool,
    /// GPU-seconds that the GPUs can have delivered until then.
    pub capacity: u64,
    /// What the attested units are worth, base units.
    pub worth: u64,
    /// What they are worth beyond those that are accepted.
    pub more: u64,
    /// Why the program would refuse it.
    #[serde(serialize_with = "sentence")]
    #[cfg_attr(test, ts(type = "string | null"))]
    pub refusal: Option<Error>,
    /// The lease after it.
    pub after: Option<LeaseOutlook>,
    /// Data of the Ed25519 instruction that comes immediately before `attest`.
    #[serde(serialize_with = "json::bytes")]
    #[cfg_attr(test, ts(type = "Uint8Array"))]
    pub precompile: Vec<u8>,
}

impl From<&AttestationSignature> for Signature {
    fn from(AttestationSignature { public_key, signature }: &AttestationSignature) -> Self {
        Self { public_key: *public_key, signature: *signature }
    }
}

impl From<&SignedMessage> for AttestationFigures {
    fn from(signed: &SignedMessage) -> Self {
        let message = signed.message();
        Self {
            lease: message.lease,
            opened_slot: message.opened_slot.get(),
            window_end: message.window_end.get(),
            gpu_seconds: message.gpu_seconds.get(),
            energy_wh: message.energy_wh.get(),
            evidence: message.evidence,
            message: message.as_bytes().to_vec(),
            signatures: signed.signatures().iter().map(Signature::from).collect(),
        }
    }
}

impl UsageCheck {
    /// Of `signed`, if it landed at `now`.
    pub fn of(signed: &SignedMessage, context: &LeaseRef, now: i64) -> Self {
        let LeaseRef { lease, provider, .. } = context;
        let attestation = AttestationFigures::from(signed);
        let signer =
            |key: &Address| Signer { address: *key, role: role_of(key, lease, Some(&provider.attestor)) };
        let worth = worth(lease, attestation.gpu_seconds);
        let (refusal, after) = match signed.check(context, now) {
            Ok(after) => (None, Some(LeaseOutlook::of(&after, now))),
            Err(refusal) => (Some(refusal), None),
        };
        Self {
            signers: signed.signers().map(signer).collect(),
            is_co_signed: signed.signers().any(|signer| lease.is_of_renter(signer)),
            capacity: lease.meter.capacity(attestation.window_end),
            worth,
            more: worth.saturating_sub(lease.payable()),
            refusal,
            after,
            precompile: signed.precompile_instruction().data,
            attestation,
        }
    }
}
