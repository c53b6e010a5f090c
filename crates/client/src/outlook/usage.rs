//! What usage that somebody signed says, and what it is worth.

use super::{LeaseOutlook, Role, sentence, signer_role, worth};
use crate::{
    Error,
    account::LeaseContext,
    attestation::{AttestationSignature, SignedAttestation},
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
    /// As what it signs; `None` if its signature says nothing.
    pub role: Option<Role>,
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

impl From<&SignedAttestation> for AttestationFigures {
    fn from(signed: &SignedAttestation) -> Self {
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
    /// Of `signed`, if it landed at `now`; with the signature of a `co_signer` who is asked for it, unless the renter's side
    /// has signed already.
    pub fn of(
        signed: &SignedAttestation,
        context: &LeaseContext,
        co_signer: Option<&Address>,
        now: i64,
    ) -> Self {
        let LeaseContext { account: lease, provider_account: provider, .. } = context;
        let attestation = AttestationFigures::from(signed);
        let signer =
            |key: &Address| Signer { address: *key, role: signer_role(key, lease, Some(&provider.attestor)) };
        let worth = worth(lease, attestation.gpu_seconds);
        let is_co_signed = signed.signers().any(|signer| lease.is_of_renter(signer));
        let checked = match co_signer.filter(|_| !is_co_signed) {
            Some(co_signer) => signed.check_co_signer(co_signer, context, now),
            None => signed.check(context, now),
        };
        let (refusal, after) = match checked {
            Ok(after) => (None, Some(LeaseOutlook::of(&after, now))),
            Err(refusal) => (Some(refusal), None),
        };
        Self {
            signers: signed.signers().map(signer).collect(),
            is_co_signed,
            capacity: lease.meter.capacity(attestation.window_end),
            worth,
            more: worth.saturating_sub(lease.earned()),
            refusal,
            after,
            precompile: signed.precompile_instruction().data,
            attestation,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{attestation, testing};
    use attestation::{Attestation, Usage};
    use solana_signer::Signer as _;

    fn key(seed: u8) -> Address {
        testing::keypair(seed).pubkey()
    }

    /// 800 GPU-seconds until 1600, signed by the attestor.
    fn signed() -> SignedAttestation {
        let context = testing::lease_context();
        let usage = Usage { window_end: 1_600, gpu_seconds: 800, ..Usage::default() };
        let message = Attestation::new(context.address, &context, &usage);
        attestation::sign(message, &testing::keypair(2)).unwrap()
    }

    #[test]
    fn a_check_tells_what_was_signed_by_whom_and_what_it_is_worth() {
        let context = testing::lease_context();
        let check = UsageCheck::of(&signed(), &context, None, 1_600);
        assert_eq!((check.attestation.gpu_seconds, check.capacity), (800, 4_800));
        // At 2.5 tokens an hour.
        assert_eq!((check.worth, check.more), (555_555, 555_555));
        assert_eq!(check.signers, [Signer { address: key(2), role: Some(Role::Attestor) }]);
        assert_eq!(check.after.unwrap().usage.claimed, 800);
        assert!(check.refusal.is_none() && !check.is_co_signed);
        let early = UsageCheck::of(&signed(), &context, None, 1_599);
        assert!(early.refusal.is_some() && early.after.is_none());
    }

    #[test]
    fn whoever_is_asked_to_co_sign_sees_what_its_signature_brings_about_or_why_it_is_not_asked_for() {
        let context = testing::lease_context();
        let check =
            |signed: &SignedAttestation, seed| UsageCheck::of(signed, &context, Some(&key(seed)), 1_600);
        let asked = check(&signed(), 1);
        assert_eq!(asked.after.unwrap().usage.accepted, 800);
        assert!(!asked.is_co_signed && asked.refusal.is_none());
        assert_eq!(asked.precompile, signed().precompile_instruction().data, "without its signature");
        assert!(check(&signed(), 9).refusal.unwrap().sentence().contains("is not a party"));
        // What the renter has signed already, it is not asked for once more.
        let mut both = signed();
        both.sign(&testing::keypair(1)).unwrap();
        for seed in [1, 9] {
            let done = check(&both, seed);
            assert!(done.is_co_signed && done.refusal.is_none());
        }
    }
}
