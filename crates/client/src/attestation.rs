//! Signing usage: the attestor signs on one machine, verifier and renter co-sign on others, anyone
//! submits. In between the message travels as text, see [`SignedMessage`].

use crate::{
    error::{Error, Result},
    explain,
    instruction::LeaseRef,
};
use base64::{Engine, prelude::BASE64_STANDARD};
pub use gpu_lease::attestation::{Attestation, AttestationSignature, MAX_SIGNATURES, Usage};
use gpu_lease::{
    attestation::{ED25519_PROGRAM, SignedAttestation, read_precompile, require_signers},
    state::{Lease, Moment},
};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use solana_address::Address;
use solana_instruction::Instruction;
use solana_signature::Signature;
use solana_signer::Signer;
use std::{fmt, str::FromStr};

/// An attestation with one to three valid signatures.
///
/// Its text form, through [`fmt::Display`], [`FromStr`] and serde alike, is the base64 of the Ed25519
/// precompile instruction's data: what is passed from hand to hand is what lands on chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedMessage {
    message: Attestation,
    signatures: Vec<AttestationSignature>,
}

/// Signs `message`. The first signer is usually the provider's attestor.
pub fn sign(message: Attestation, signer: &dyn Signer) -> Result<SignedMessage> {
    let mut signed = SignedMessage { message, signatures: Vec::with_capacity(MAX_SIGNATURES) };
    signed.sign(signer)?;
    Ok(signed)
}

/// What `signer` is in `lease`; nobody but the provider's account knows the attestor.
pub fn role_of(signer: &Address, lease: &Lease, attestor: Option<&Address>) -> &'static str {
    match signer {
        signer if Some(signer) == attestor => "attestor",
        signer if *signer == lease.renter => "renter",
        signer if *signer == lease.session_key => "renter's session key",
        signer if *signer == lease.terms.verifier => "verifier",
        _ => "stranger",
    }
}

impl SignedMessage {
    /// A message with one signature that was made elsewhere.
    pub fn with(message: Attestation, public_key: Address, signature: [u8; 64]) -> Result<Self> {
        let mut signed = Self { message, signatures: Vec::with_capacity(MAX_SIGNATURES) };
        signed.add(AttestationSignature { public_key, signature })?;
        Ok(signed)
    }

    /// The message.
    pub fn message(&self) -> &Attestation {
        &self.message
    }

    /// The signatures, in the order in which they were added.
    pub fn signatures(&self) -> &[AttestationSignature] {
        &self.signatures
    }

    /// The keys that signed.
    pub fn signers(&self) -> impl Iterator<Item = &Address> {
        self.signatures.iter().map(|signature| &signature.public_key)
    }

    /// Whether `key` signed.
    pub fn is_signed_by(&self, key: &Address) -> bool {
        self.signers().any(|signer| signer == key)
    }

    /// Adds a signature. Signing twice with one key changes nothing.
    pub fn sign(&mut self, signer: &dyn Signer) -> Result<()> {
        let public_key = signer.try_pubkey()?;
        let signature = signer.try_sign_message(self.message.as_bytes())?;
        self.add(AttestationSignature { public_key, signature: signature.into() })
    }

    /// Adds the signatures of `other`, which must be over the same message.
    pub fn merge(&mut self, other: &Self) -> Result<()> {
        if self.message != other.message {
            return Err(Error::MessagesDiffer);
        }
        other.signatures.iter().try_for_each(|signature| self.add(*signature))
    }

    /// Checks the message and its signers against `lease` by the program's own rules, as if it landed at
    /// `now` (unix seconds). Returns the lease as it would be afterwards.
    pub fn check(&self, lease: &LeaseRef, now: i64) -> Result<Lease> {
        let check = || {
            let mut after = lease.lease;
            self.message.require_about(&lease.address, &after)?;
            let co_signed = require_signers(&self.signatures, &after, &lease.provider.attestor)?;
            after.attest(&self.message, co_signed, Moment::by_clock(now))?;
            Ok(after)
        };
        check().map_err(|error| explain::program_error(error).into())
    }

    /// The Ed25519 precompile instruction, which must stand immediately before `attest`.
    pub fn precompile_instruction(&self) -> Result<Instruction> {
        Ok(Instruction { program_id: ED25519_PROGRAM, accounts: Vec::new(), data: self.to_bytes()? })
    }

    /// Data of the precompile instruction.
    fn to_bytes(&self) -> Result<Vec<u8>> {
        let message = self.message;
        match *self.signatures.as_slice() {
            [a] => Ok(SignedAttestation::new(message, [a]).as_bytes().to_vec()),
            [a, b] => Ok(SignedAttestation::new(message, [a, b]).as_bytes().to_vec()),
            [a, b, c] => Ok(SignedAttestation::new(message, [a, b, c]).as_bytes().to_vec()),
            _ => Err(Error::TooManySignatures),
        }
    }

    /// Reads the data of a precompile instruction and verifies its signatures.
    pub fn from_bytes(data: &[u8]) -> Result<Self> {
        let (signatures, message) = read_precompile(data).map_err(|_| Error::Malformed {
            kind: "signed attestation",
            reason: format!("{} bytes that are not in the canonical layout", data.len()),
        })?;
        let mut signed = Self { message: *message, signatures: Vec::with_capacity(MAX_SIGNATURES) };
        signatures.iter().try_for_each(|signature| signed.add(*signature))?;
        Ok(signed)
    }

    fn add(&mut self, signature: AttestationSignature) -> Result<()> {
        let AttestationSignature { public_key, signature: bytes } = signature;
        if !Signature::from(bytes).verify(public_key.as_ref(), self.message.as_bytes()) {
            return Err(Error::SignatureInvalid(public_key));
        }
        if self.is_signed_by(&public_key) {
            return Ok(());
        }
        if self.signatures.len() == MAX_SIGNATURES {
            return Err(Error::TooManySignatures);
        }
        self.signatures.push(signature);
        Ok(())
    }
}

impl fmt::Display for SignedMessage {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(&BASE64_STANDARD.encode(self.to_bytes().map_err(|_| fmt::Error)?))
    }
}

impl FromStr for SignedMessage {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let data = BASE64_STANDARD.decode(text.trim()).map_err(|error| Error::Malformed {
            kind: "signed attestation",
            reason: format!("not base64 ({error})"),
        })?;
        Self::from_bytes(&data)
    }
}

impl Serialize for SignedMessage {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for SignedMessage {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{decode, instruction, testing};
    use gpu_lease::errors::LeaseError;
    use solana_instruction::AccountMeta;

    fn usage(gpu_seconds: u64) -> Usage {
        Usage { window_end: 1_600, gpu_seconds, ..Usage::default() }
    }

    fn message(gpu_seconds: u64) -> Attestation {
        let lease = testing::lease_ref();
        Attestation::new(lease.address, &lease.lease, &usage(gpu_seconds))
    }

    #[test]
    fn signatures_of_several_parties_travel_as_text_and_merge() {
        let by_attestor = sign(message(800), &testing::keypair(2)).unwrap();
        let mut by_renter: SignedMessage = by_attestor.to_string().parse().unwrap();
        by_renter.sign(&testing::keypair(1)).unwrap();
        let by_verifier = sign(message(800), &testing::keypair(3)).unwrap();
        by_renter.merge(&by_verifier).unwrap();
        let signers: Vec<_> = by_renter.signers().copied().collect();
        assert_eq!(signers, [2, 1, 3].map(|seed| testing::keypair(seed).pubkey()));

        let json = serde_json::to_string(&by_renter).unwrap();
        assert_eq!(serde_json::from_str::<SignedMessage>(&json).unwrap(), by_renter);
    }

    #[test]
    fn signing_or_merging_twice_changes_nothing() {
        let mut signed = sign(message(800), &testing::keypair(2)).unwrap();
        let before = signed.clone();
        signed.sign(&testing::keypair(2)).unwrap();
        signed.merge(&before).unwrap();
        assert_eq!(signed, before);
    }

    #[test]
    fn different_messages_do_not_merge() {
        let mut signed = sign(message(800), &testing::keypair(2)).unwrap();
        let other = sign(message(801), &testing::keypair(1)).unwrap();
        assert!(matches!(signed.merge(&other), Err(Error::MessagesDiffer)));
    }

    #[test]
    fn a_fourth_signature_does_not_fit() {
        let mut signed = sign(message(800), &testing::keypair(1)).unwrap();
        signed.sign(&testing::keypair(2)).unwrap();
        signed.sign(&testing::keypair(3)).unwrap();
        assert!(matches!(signed.sign(&testing::keypair(4)), Err(Error::TooManySignatures)));
    }

    #[test]
    fn a_changed_byte_anywhere_is_noticed() {
        let data = sign(message(800), &testing::keypair(2)).unwrap().to_bytes().unwrap();
        for position in 0..data.len() {
            let mut changed = data.clone();
            changed[position] ^= 1;
            assert!(SignedMessage::from_bytes(&changed).is_err(), "byte {position}");
        }
    }

    #[test]
    fn a_message_is_checked_by_the_rules_of_the_program() {
        let lease = testing::lease_ref();
        let refused = |signed: &SignedMessage| match signed.check(&lease, 1_600).map(|_| ()) {
            Err(Error::Refused(explanation)) => explanation.number,
            other => panic!("{other:?}"),
        };
        let claimed = sign(message(800), &testing::keypair(2)).unwrap();
        assert_eq!(claimed.check(&lease, 1_600).unwrap().meter.latest.units, 800);
        let mut accepted = claimed.clone();
        accepted.sign(&testing::keypair(1)).unwrap();
        assert_eq!(accepted.check(&lease, 1_600).unwrap().meter.accepted, 800);

        let by_renter = sign(message(800), &testing::keypair(1)).unwrap();
        assert_eq!(refused(&by_renter), Some(LeaseError::AttestorMissing as u32));
        let too_much = sign(message(8 * 600 + 1), &testing::keypair(2)).unwrap();
        assert_eq!(refused(&too_much), Some(LeaseError::UnitsAboveCapacity as u32));
        let elsewhere = Attestation { domain: [4; 32], ..message(800) };
        let elsewhere = sign(elsewhere, &testing::keypair(2)).unwrap();
        assert_eq!(refused(&elsewhere), Some(LeaseError::MessageMismatch as u32));
    }

    #[test]
    fn an_indexer_finds_the_attestation_in_the_transaction() {
        let lease = testing::lease_ref();
        let signed = sign(message(800), &testing::keypair(2)).unwrap();
        let [precompile, attest] = instruction::attest(&lease, &signed).unwrap();
        assert_eq!(decode::attestations(&[precompile.clone(), attest.clone()], &[]), [signed]);
        assert_eq!(decode::attestations(&[attest, precompile], &[]), []);
    }

    #[test]
    fn an_indexer_finds_the_attestation_that_another_program_called() {
        let lease = testing::lease_ref();
        let signed = sign(message(800), &testing::keypair(2)).unwrap();
        let [precompile, attest] = instruction::attest(&lease, &signed).unwrap();
        let caller = Instruction { program_id: Address::default(), accounts: Vec::new(), data: vec![1] };
        let transaction = [precompile.clone(), caller.clone(), caller];
        let called = |place: usize, call: &Instruction| {
            let mut inner = vec![Vec::new(); 3];
            inner[place].push(call.clone());
            decode::attestations(&transaction, &inner)
        };
        assert_eq!(called(1, &attest), [signed]);
        assert_eq!(called(2, &attest), [], "the precompile does not stand before it");
        assert_eq!(called(1, &instruction::settle(&lease)), []);
    }

    #[test]
    fn a_stranger_s_signature_beside_something_that_names_the_lease_is_no_attestation() {
        let lease = testing::lease_ref();
        let forged = sign(message(u64::MAX), &testing::keypair(9)).unwrap();
        let precompile = forged.precompile_instruction().unwrap();
        // A transfer of one lamport to the lease, which writes it.
        let transfer = Instruction {
            program_id: solana_sdk_ids::system_program::ID,
            accounts: vec![
                AccountMeta::new(testing::keypair(9).pubkey(), true),
                AccountMeta::new(lease.address, false),
            ],
            data: [&2_u32.to_le_bytes()[..], &1_u64.to_le_bytes()].concat(),
        };
        assert_eq!(decode::attestations(&[precompile.clone(), transfer], &[]), []);
        // Nor is it beside other instructions of the program, or an attestation of another lease.
        assert_eq!(decode::attestations(&[precompile.clone(), instruction::settle(&lease)], &[]), []);
        let mut other = lease;
        other.address = Address::new_from_array([77; 32]);
        let [_, attest] = instruction::attest(&other, &forged).unwrap();
        assert_eq!(decode::attestations(&[precompile, attest], &[]), []);
    }
}
