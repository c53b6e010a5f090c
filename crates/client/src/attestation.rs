//! Signing usage: the attestor signs on one machine, verifier and renter co-sign on others, anyone
//! submits. In between the message travels as text, see [`Signed`].

use crate::{
    account::{Keyed, LeaseContext},
    error::{Error, Result},
    outlook,
};
use base64::{Engine, prelude::BASE64_STANDARD};
use borsh::{BorshDeserialize, BorshSerialize};
pub use gpu_lease::attestation::{
    Attestation, AttestationSignature, BatchHeader, BatchRow, MAX_BATCH, MAX_SIGNATURES, Usage,
};
use gpu_lease::{
    attestation::{Batch, ED25519_PROGRAM, Signers, precompile_data, read_precompile},
    state::{Lease, Moment},
};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use solana_address::Address;
use solana_instruction::Instruction;
use solana_signature::Signature;
use solana_signer::Signer;
use std::{borrow::Cow, fmt, str::FromStr};

/// Something that is signed: usage of one lease, or of several.
pub trait Message: Clone + fmt::Debug + PartialEq {
    /// What it is called, in words.
    const KIND: &'static str;

    /// The bytes to sign.
    fn bytes(&self) -> Cow<'_, [u8]>;

    /// What those who sign need to know beside the signed bytes. Travels in front of the precompile instruction's data,
    /// in Borsh.
    type Context: BorshSerialize + BorshDeserialize;

    /// That of this message.
    fn context(&self) -> Self::Context;

    /// The message whose signed bytes are `message`, if they and the context belong together.
    fn read(context: Self::Context, message: &[u8]) -> Option<Self>;
}

impl Message for Attestation {
    const KIND: &'static str = "signed attestation";

    fn bytes(&self) -> Cow<'_, [u8]> {
        self.as_bytes().into()
    }

    type Context = ();

    fn context(&self) {}

    fn read((): (), message: &[u8]) -> Option<Self> {
        Self::read(message).ok().copied()
    }
}

/// Usage of several leases of one provider up to one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttestationBatch {
    leases: Vec<Address>,
    header: BatchHeader,
    rows: Vec<BatchRow>,
}

impl AttestationBatch {
    /// Attests usage up to `window_end` of leases that are in the same cluster: for each GPU-seconds and watt-hours since
    /// its start. `evidence` is the root over their metering records.
    pub fn new(window_end: i64, evidence: [u8; 32], usage: &[(Address, Lease, u64, u64)]) -> Result<Self> {
        let mut usage = usage.to_vec();
        usage.sort_by_key(|(address, ..)| *address);
        usage.dedup_by_key(|(address, ..)| *address);
        let (Some((_, first, ..)), true) = (usage.first(), usage.len() <= MAX_BATCH) else {
            return Err(Error::input(
                format!("a batch reports the usage of 1 to {MAX_BATCH} leases, not of {}", usage.len()),
                "sign several batches",
            ));
        };
        let domain = first.domain;
        let leases: Vec<_> = usage.iter().map(|(address, ..)| *address).collect();
        let row = |(_, lease, gpu_seconds, energy_wh): &(Address, Lease, u64, u64)| BatchRow {
            opened_slot: lease.opened_slot.into(),
            gpu_seconds: (*gpu_seconds).into(),
            energy_wh: (*energy_wh).into(),
        };
        Ok(Self {
            header: BatchHeader::new(domain, window_end, evidence, &leases),
            rows: usage.iter().map(row).collect(),
            leases,
        })
    }

    /// The leases, in the order of their addresses.
    pub fn leases(&self) -> &[Address] {
        &self.leases
    }

    /// What is said of all of them.
    pub fn header(&self) -> &BatchHeader {
        &self.header
    }

    /// What is said of each, in the same order.
    pub fn rows(&self) -> &[BatchRow] {
        &self.rows
    }
}

impl Message for AttestationBatch {
    const KIND: &'static str = "signed batch of usage";

    fn bytes(&self) -> Cow<'_, [u8]> {
        [bytemuck::bytes_of(&self.header), bytemuck::cast_slice(&self.rows)].concat().into()
    }

    /// The leases: the signed bytes have but a hash of them.
    type Context = Vec<[u8; 32]>;

    fn context(&self) -> Self::Context {
        self.leases.iter().map(Address::to_bytes).collect()
    }

    fn read(leases: Self::Context, message: &[u8]) -> Option<Self> {
        let leases: Vec<_> = leases.into_iter().map(Address::new_from_array).collect();
        let Batch { header, rows } = Batch::read(message).ok()?;
        let again = BatchHeader::new(header.domain, header.window_end.get(), header.evidence, &leases);
        let in_order = leases.is_sorted_by(|a, b| a < b);
        (again == *header && in_order).then(|| Self { leases, header: *header, rows: rows.to_vec() })
    }
}

/// A message with one to three valid signatures.
///
/// Its text form, through [`fmt::Display`], [`FromStr`] and serde alike, is the base64 of the Ed25519
/// precompile instruction's data, behind the addresses of the leases if it is a batch: what is passed from hand to hand
/// is what lands on chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed<M> {
    message: M,
    signatures: Vec<AttestationSignature>,
}

/// Usage of one lease, with its signatures.
pub type SignedAttestation = Signed<Attestation>;

/// Usage of several leases, with its signatures.
pub type SignedBatch = Signed<AttestationBatch>;

/// Signs `message`. The first signer is usually the provider's attestor.
pub fn sign<M: Message>(message: M, signer: &dyn Signer) -> Result<Signed<M>> {
    let mut signed = Signed { message, signatures: Vec::with_capacity(MAX_SIGNATURES) };
    signed.sign(signer)?;
    Ok(signed)
}

/// Signs usage of `lease` as its attestor or verifier, after [`check_signer`].
pub fn sign_usage(
    lease: &Keyed<Lease>,
    usage: &Usage,
    signer: &dyn Signer,
    attestor: Option<&Address>,
    now: i64,
) -> Result<SignedAttestation> {
    sign(message_for(lease, usage, &[signer.try_pubkey()?], attestor, now)?, signer)
}

/// The message that says so of `lease`, after [`check_signer`] of each who is about to sign it.
pub fn message_for(
    lease: &Keyed<Lease>,
    usage: &Usage,
    signers: &[Address],
    attestor: Option<&Address>,
    now: i64,
) -> Result<Attestation> {
    let message = Attestation::new(lease.address, lease, usage);
    for signer in signers {
        check_signer(&message, lease, signer, attestor, now)?;
    }
    Ok(message)
}

/// Checks what `signer` is about to sign before anybody else has: that it is the attestor or the verifier, and by the
/// program's own rules what `attest` would say to it at `now` (unix seconds). Returns the lease as it would be afterwards.
/// Offline nobody knows the `attestor`: then it is not checked who signs.
pub fn check_signer(
    message: &Attestation,
    lease: &Keyed<Lease>,
    signer: &Address,
    attestor: Option<&Address>,
    now: i64,
) -> Result<Lease> {
    if let Some(attestor) = attestor {
        require_party(signer, [*attestor, lease.terms.verifier])?;
    }
    let attest = |after: &mut Lease| {
        message.require_about(&lease.address, after)?;
        after.attest(&message.usage(), false, Moment::by_clock(now))
    };
    Ok(outlook::rehearse(&lease.account, attest)?.0)
}

/// Requires `signer` to be one of `parties`, those aside that there are not.
fn require_party(signer: &Address, parties: impl IntoIterator<Item = Address>) -> Result<()> {
    let parties: Vec<_> = parties.into_iter().filter(|party| *party != Address::default()).collect();
    match parties.contains(signer) {
        true => Ok(()),
        false => Err(Error::NotParty { signer: *signer, parties }),
    }
}

impl<M: Message> Signed<M> {
    /// A message with one signature that was made elsewhere.
    pub fn with(message: M, public_key: Address, signature: [u8; 64]) -> Result<Self> {
        let mut signed = Self { message, signatures: Vec::with_capacity(MAX_SIGNATURES) };
        signed.add(AttestationSignature { public_key, signature })?;
        Ok(signed)
    }

    /// The same as if `signer` had signed it too: to see what would come of that before it does.
    fn as_if_signed_by(&self, signer: &Address) -> Self {
        let mut both = self.clone();
        if !both.is_signed_by(signer) {
            both.signatures.push(AttestationSignature { public_key: *signer, signature: [0; 64] });
        }
        both
    }

    /// A message with signatures that nobody has looked at: to see how long it would be.
    #[cfg(feature = "rpc")]
    pub(crate) const fn unverified(message: M, signatures: Vec<AttestationSignature>) -> Self {
        Self { message, signatures }
    }

    /// The message.
    pub fn message(&self) -> &M {
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
        let signature = signer.try_sign_message(&self.message.bytes())?;
        self.add(AttestationSignature { public_key, signature: signature.into() })
    }

    /// Adds the signatures of `other`, which must be over the same message.
    pub fn merge(&mut self, other: &Self) -> Result<()> {
        if self.message != other.message {
            return Err(Error::MessagesDiffer);
        }
        other.signatures.iter().try_for_each(|signature| self.add(*signature))
    }

    /// The Ed25519 precompile instruction, which must stand immediately before `attest` or `attest_batch`.
    pub fn precompile_instruction(&self) -> Instruction {
        Instruction { program_id: ED25519_PROGRAM, accounts: Vec::new(), data: self.precompile_data() }
    }

    fn precompile_data(&self) -> Vec<u8> {
        precompile_data(&self.signatures, &self.message.bytes())
    }

    /// Reads what travels: the context, and a precompile instruction's data. Verifies the signatures.
    pub fn from_bytes(mut data: &[u8]) -> Result<Self> {
        let context = M::Context::deserialize(&mut data)
            .map_err(|_| Error::Malformed { kind: M::KIND, reason: "it is cut short".to_owned() })?;
        Self::from_instruction(context, data)
    }

    /// Reads a precompile instruction's data. Verifies the signatures.
    pub fn from_instruction(context: M::Context, data: &[u8]) -> Result<Self> {
        let malformed = || Error::Malformed {
            kind: M::KIND,
            reason: format!("{} bytes that are not in the canonical layout", data.len()),
        };
        let (signatures, message) = read_precompile(data).map_err(|_| malformed())?;
        let message = M::read(context, message).ok_or_else(malformed)?;
        let mut signed = Self { message, signatures: Vec::with_capacity(MAX_SIGNATURES) };
        signatures.iter().try_for_each(|signature| signed.add(*signature))?;
        Ok(signed)
    }

    fn add(&mut self, signature: AttestationSignature) -> Result<()> {
        let AttestationSignature { public_key, signature: bytes } = signature;
        if !Signature::from(bytes).verify(public_key.as_ref(), &self.message.bytes()) {
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

impl SignedAttestation {
    /// The bytes of a message with signatures that were made elsewhere, each with its key.
    pub fn assembled(message: &[u8], signatures: &[(Address, [u8; 64])]) -> Result<Self> {
        let message = *Attestation::read(message)
            .map_err(|_| Error::input("these bytes are not an attestation", "let them be made again"))?;
        let mut signed = Self { message, signatures: Vec::with_capacity(MAX_SIGNATURES) };
        for (public_key, signature) in signatures {
            signed.add(AttestationSignature { public_key: *public_key, signature: *signature })?;
        }
        match signed.signatures.is_empty() {
            true => Err(Error::input("nobody has signed this attestation yet", "let the attestor sign it")),
            false => Ok(signed),
        }
    }

    /// Checks the message and its signers against `lease` by the program's own rules, as if it landed at
    /// `now` (unix seconds). Returns the lease as it would be afterwards.
    pub fn check(&self, lease: &LeaseContext, now: i64) -> Result<Lease> {
        let signers = Signers { signatures: &self.signatures, attestor: &lease.provider_account.attestor };
        let attest = |after: &mut Lease| {
            self.message.require_about(&lease.address, after)?;
            let roles = signers.roles(after);
            roles.require_expected()?;
            let co_signed = roles.co_signed(&after.terms)?;
            after.attest(&self.message.usage(), co_signed, Moment::by_clock(now))
        };
        Ok(outlook::rehearse(&lease.account, attest)?.0)
    }

    /// Checks what `signer` is about to co-sign: that it is the renter, its session key or the verifier, and the message
    /// with its signature as [`check`](Self::check) does, so that the attestor has signed. Returns the lease as it would
    /// be afterwards.
    pub fn check_co_signer(&self, signer: &Address, lease: &LeaseContext, now: i64) -> Result<Lease> {
        let Lease { renter, session_key, terms, .. } = lease.account;
        require_party(signer, [renter, session_key, terms.verifier])?;
        self.as_if_signed_by(signer).check(lease, now)
    }
}

impl SignedBatch {
    /// Checks the row about `lease` by the program's own rules, as if it landed at `now` (unix seconds). Returns the lease
    /// as it would be afterwards; what is refused would skip the row.
    pub fn check(&self, lease: &LeaseContext, now: i64) -> Result<Lease> {
        let AttestationBatch { leases, header, rows } = &self.message;
        let row = leases.binary_search(&lease.address).ok().and_then(|index| rows.get(index));
        let row = row.ok_or_else(|| {
            let what = format!("the batch says nothing of lease {}", lease.address);
            Error::input(what, "take the batch that was signed for it")
        })?;
        let signers = Signers { signatures: &self.signatures, attestor: &lease.provider_account.attestor };
        let batch = Batch { header, rows };
        let now = Moment::by_clock(now);
        let apply = |after: &mut Lease| batch.apply(row, after, &lease.provider, &signers, now);
        Ok(outlook::rehearse(&lease.account, apply)?.0)
    }

    /// The same as if `signer` had co-signed too.
    pub fn check_co_signer(&self, signer: &Address, lease: &LeaseContext, now: i64) -> Result<Lease> {
        self.as_if_signed_by(signer).check(lease, now)
    }
}

impl<M: Message> fmt::Display for Signed<M> {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let context = borsh::to_vec(&self.message.context()).map_err(|_| fmt::Error)?;
        f.write_str(&BASE64_STANDARD.encode([context, self.precompile_data()].concat()))
    }
}

impl<M: Message> FromStr for Signed<M> {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        // With `--output json` the command line writes the message as a field of an object.
        let json: Option<serde_json::Value> = serde_json::from_str(text).ok();
        let text = json.as_ref().and_then(|json| json.get("message")?.as_str()).unwrap_or(text);
        let data = BASE64_STANDARD
            .decode(text.trim())
            .map_err(|error| Error::Malformed { kind: M::KIND, reason: format!("not base64 ({error})") })?;
        Self::from_bytes(&data)
    }
}

impl<M: Message> Serialize for Signed<M> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de, M: Message> Deserialize<'de> for Signed<M> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        <String as Deserialize>::deserialize(deserializer)?.parse().map_err(de::Error::custom)
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
        let lease = testing::lease_context();
        Attestation::new(lease.address, &lease, &usage(gpu_seconds))
    }

    #[test]
    fn signatures_of_several_parties_travel_as_text_and_merge() {
        let by_attestor = sign(message(800), &testing::keypair(2)).unwrap();
        let mut by_renter: SignedAttestation = by_attestor.to_string().parse().unwrap();
        by_renter.sign(&testing::keypair(1)).unwrap();
        let by_verifier = sign(message(800), &testing::keypair(3)).unwrap();
        by_renter.merge(&by_verifier).unwrap();
        let signers: Vec<_> = by_renter.signers().copied().collect();
        assert_eq!(signers, [2, 1, 3].map(|seed| testing::keypair(seed).pubkey()));

        let json = serde_json::to_string(&by_renter).unwrap();
        assert_eq!(serde_json::from_str::<SignedAttestation>(&json).unwrap(), by_renter);
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
        let data = sign(message(800), &testing::keypair(2)).unwrap().precompile_data();
        for position in 0..data.len() {
            let mut changed = data.clone();
            changed[position] ^= 1;
            assert!(SignedAttestation::from_bytes(&changed).is_err(), "byte {position}");
        }
    }

    #[test]
    fn a_message_is_checked_by_the_rules_of_the_program() {
        let lease = testing::lease_context();
        let refused = |signed: &SignedAttestation| match signed.check(&lease, 1_600).map(|_| ()) {
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
    fn only_attestor_and_verifier_sign_first_and_only_what_the_program_would_take() {
        let mut context = testing::lease_context();
        let number = |refused: Result<SignedAttestation>| match refused {
            Err(Error::Refused(explanation)) => explanation.number,
            other => panic!("{other:?}"),
        };
        let sign = |context: &LeaseContext, figures: &Usage, seed, now| {
            let lease = context.keyed();
            sign_usage(
                &lease,
                figures,
                &testing::keypair(seed),
                Some(&context.provider_account.attestor),
                now,
            )
        };
        let signed = sign(&context, &usage(800), 2, 1_600).unwrap();
        assert_eq!(signed.message(), &message(800));
        // The renter, a verifier that the terms do not name, the provider's wallet and its operator.
        for stranger in [1, 3, 4, 5] {
            let refused = sign(&context, &usage(800), stranger, 1_600);
            assert!(matches!(refused, Err(Error::NotParty { .. })), "{stranger}: {refused:?}");
        }
        context.account.terms.verifier = testing::keypair(3).pubkey();
        assert!(sign(&context, &usage(800), 3, 1_600).is_ok());

        let too_much = sign(&context, &usage(8 * 600 + 1), 2, 1_600);
        assert_eq!(number(too_much), Some(LeaseError::UnitsAboveCapacity as u32));
        let too_early = sign(&context, &usage(800), 2, 1_599);
        assert_eq!(number(too_early), Some(LeaseError::WindowOutOfBounds as u32));
    }

    #[test]
    fn offline_everything_is_checked_but_who_signs() {
        let lease = testing::lease_context().keyed();
        let sign = |units| sign_usage(&lease, &usage(units), &testing::keypair(9), None, 1_600);
        assert!(sign(800).is_ok());
        assert!(matches!(sign(8 * 600 + 1), Err(Error::Refused(_))));
    }

    #[test]
    fn nobody_co_signs_what_the_attestor_has_not_signed() {
        let mut context = testing::lease_context();
        context.account.terms.verifier = testing::keypair(3).pubkey();
        let refused = |signed: &SignedAttestation, seed| match signed.check_co_signer(
            &testing::keypair(seed).pubkey(),
            &context,
            1_600,
        ) {
            Err(Error::Refused(explanation)) => explanation.number,
            other => panic!("{other:?}"),
        };
        for (first, then) in [(1, 3), (3, 1)] {
            let signed = sign(message(800), &testing::keypair(first)).unwrap();
            assert_eq!(refused(&signed, then), Some(LeaseError::AttestorMissing as u32), "{first}, {then}");
        }
        // Nor what a stranger has signed, nor before the verifier.
        let mut by_stranger = sign(message(800), &testing::keypair(2)).unwrap();
        assert_eq!(refused(&by_stranger, 1), Some(LeaseError::VerifierMissing as u32));
        by_stranger.sign(&testing::keypair(9)).unwrap();
        assert_eq!(refused(&by_stranger, 1), Some(LeaseError::SignerUnexpected as u32));
    }

    #[test]
    fn renter_session_key_and_verifier_co_sign_and_nobody_else() {
        let mut context = testing::lease_context();
        context.account.session_key = testing::keypair(7).pubkey();
        let signed = sign(message(800), &testing::keypair(2)).unwrap();
        let check = |context: &LeaseContext, seed| {
            signed.check_co_signer(&testing::keypair(seed).pubkey(), context, 1_600)
        };
        for of_renter in [1, 7] {
            assert_eq!(check(&context, of_renter).unwrap().meter.accepted, 800);
        }
        // The attestor itself, a verifier that the terms do not name, the provider's keys, a stranger.
        for other in [2, 3, 4, 5, 9] {
            let refused = check(&context, other);
            assert!(matches!(refused, Err(Error::NotParty { .. })), "{other}: {refused:?}");
        }
        context.account.terms.verifier = testing::keypair(3).pubkey();
        assert_eq!(check(&context, 3).unwrap().meter.accepted, 0, "a claim still");
        // What is about another life of the lease, or refused for its figures.
        let mut again = context;
        again.account.opened_slot += 1;
        assert!(matches!(check(&again, 3), Err(Error::Refused(_))));
        let mut over = context;
        over.account.ends_at = 1_599;
        assert!(matches!(check(&over, 3), Err(Error::Refused(_))));
        // A key of zeroes is nobody's.
        context.account.session_key = Address::default();
        let refused = signed.check_co_signer(&Address::default(), &context, 1_600);
        assert!(matches!(refused, Err(Error::NotParty { .. })), "{refused:?}");
    }

    #[test]
    fn a_message_is_put_together_of_signatures_that_were_made_elsewhere() {
        let mut signed = sign(message(800), &testing::keypair(2)).unwrap();
        signed.sign(&testing::keypair(1)).unwrap();
        let signatures: Vec<_> =
            signed.signatures().iter().map(|one| (one.public_key, one.signature)).collect();
        let assembled = |bytes: &[u8], signatures: &[_]| SignedAttestation::assembled(bytes, signatures);
        assert_eq!(assembled(message(800).as_bytes(), &signatures).unwrap(), signed);
        assert!(matches!(assembled(message(801).as_bytes(), &signatures), Err(Error::SignatureInvalid(_))));
        assert!(assembled(message(800).as_bytes(), &[]).is_err());
        assert!(assembled(&[0; 136], &signatures).is_err());
    }

    #[test]
    fn a_message_is_read_out_of_what_the_command_line_writes_as_json() {
        let signed = sign(message(800), &testing::keypair(2)).unwrap();
        let json = serde_json::json!({ "lease": "…", "message": signed.to_string() }).to_string();
        assert_eq!(json.parse::<SignedAttestation>().unwrap(), signed);
        assert!(r#"{"message": 7}"#.parse::<SignedAttestation>().is_err());
    }

    /// The leases at 3 and 2, in this order, with 800 and 700 GPU-seconds.
    fn leases() -> [LeaseContext; 2] {
        let at =
            |byte| LeaseContext { address: Address::new_from_array([byte; 32]), ..testing::lease_context() };
        [at(3), at(2)]
    }

    fn batch() -> AttestationBatch {
        let [first, second] = leases();
        let usage = [(first.address, first.account, 800, 30), (second.address, second.account, 700, 20)];
        AttestationBatch::new(1_600, [9; 32], &usage).unwrap()
    }

    fn number(refused: Result<Lease>) -> Option<u32> {
        match refused {
            Err(Error::Refused(explanation)) => explanation.number,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_batch_states_each_lease_once_in_the_order_of_addresses() {
        let [first, second] = leases();
        let batch = batch();
        assert_eq!(batch.leases(), [second.address, first.address]);
        let rows = batch.rows().iter().map(|row| (row.gpu_seconds.get(), row.energy_wh.get()));
        assert_eq!(rows.collect::<Vec<_>>(), [(700, 20), (800, 30)]);
        assert_eq!((batch.header().count, batch.header().window_end.get()), (2, 1_600));

        let most = |count: u8| {
            let usage = (0..count).map(|byte| (Address::new_from_array([byte; 32]), first.account, 0, 0));
            AttestationBatch::new(1_600, [0; 32], &usage.collect::<Vec<_>>()).map(|batch| batch.rows().len())
        };
        assert!(most(0).is_err());
        assert_eq!(most(60).unwrap(), 60);
        let refused = most(61).unwrap_err().to_string();
        assert!(refused.contains("not of 61"), "{refused}");
    }

    #[test]
    fn a_batch_travels_as_text_with_its_leases_and_collects_signatures() {
        let by_attestor = sign(batch(), &testing::keypair(2)).unwrap();
        let mut by_renter: SignedBatch = by_attestor.to_string().parse().unwrap();
        assert_eq!(by_renter, by_attestor);
        assert_eq!(by_renter.message().leases(), batch().leases());
        by_renter.sign(&testing::keypair(1)).unwrap();
        let mut merged = by_attestor.clone();
        merged.merge(&by_renter).unwrap();
        assert_eq!(merged, by_renter);
        let json = serde_json::to_string(&merged).unwrap();
        assert_eq!(serde_json::from_str::<SignedBatch>(&json).unwrap(), merged);
        // One kind is not read as the other.
        assert!(by_attestor.to_string().parse::<SignedAttestation>().is_err());
        let single = sign(message(800), &testing::keypair(2)).unwrap();
        assert!(single.to_string().parse::<SignedBatch>().is_err());
    }

    #[test]
    fn a_changed_byte_of_a_batch_is_noticed_anywhere_its_leases_included() {
        let signed = sign(batch(), &testing::keypair(2)).unwrap();
        let data = BASE64_STANDARD.decode(signed.to_string()).unwrap();
        // The count of the leases and their addresses, the precompile's data, header and rows.
        assert_eq!(data.len(), 4 + 2 * 32 + (2 + 14 + 96) + 114 + 2 * 24);
        assert_eq!(SignedBatch::from_bytes(&data).unwrap(), signed);
        for position in 0..data.len() {
            let mut changed = data.clone();
            changed[position] ^= 1;
            assert!(SignedBatch::from_bytes(&changed).is_err(), "byte {position}");
            assert!(SignedBatch::from_bytes(&data[..position]).is_err(), "{position} bytes");
        }
    }

    #[test]
    fn a_batch_with_other_leases_than_were_signed_for_is_refused() {
        let signed = sign(batch(), &testing::keypair(2)).unwrap();
        let data = signed.precompile_data();
        let leases = signed.message().context();
        let other = [8; 32];
        let read = |leases: &[[u8; 32]]| SignedBatch::from_instruction(leases.to_vec(), &data);
        assert_eq!(read(&leases).unwrap(), signed);
        let [first, second] = leases[..] else { panic!("two leases") };
        for wrong in
            [&[][..], &[first], &[second, first], &[first, first], &[first, other], &[first, second, other]]
        {
            assert!(read(wrong).is_err(), "{wrong:?}");
        }
        // Nor in a wrong order that was signed so.
        let disorder = [second, first].map(Address::new_from_array);
        let header = BatchHeader::new([3; 32], 1_600, [9; 32], &disorder);
        let message = [bytemuck::bytes_of(&header), bytemuck::cast_slice(signed.message().rows())].concat();
        assert!(AttestationBatch::read(vec![second, first], &message).is_none());
    }

    #[test]
    fn a_batch_is_checked_row_by_row_by_the_rules_of_the_program() {
        let [first, second] = leases();
        let claimed = sign(batch(), &testing::keypair(2)).unwrap();
        let after = claimed.check(&first, 1_600).unwrap();
        let latest = after.meter.latest.units;
        assert_eq!((latest, after.meter.accepted, after.meter.energy_wh), (800, 0, 30));
        assert_eq!(claimed.check(&second, 1_600).unwrap().meter.latest.units, 700);
        let mut accepted = claimed.clone();
        accepted.sign(&testing::keypair(1)).unwrap();
        assert_eq!(accepted.check(&second, 1_600).unwrap().meter.accepted, 700);

        // What one row is refused for says nothing of the others.
        let mut over = first;
        over.account.ends_at = 1_500;
        assert_eq!(number(claimed.check(&over, 1_600)), Some(LeaseError::WindowOutOfBounds as u32));
        let mut again = first;
        again.account.opened_slot += 1;
        assert_eq!(number(claimed.check(&again, 1_600)), Some(LeaseError::MessageMismatch as u32));
        let mut elsewhere = first;
        elsewhere.account.domain = [4; 32];
        assert_eq!(number(claimed.check(&elsewhere, 1_600)), Some(LeaseError::MessageMismatch as u32));
        let mut verified = first;
        verified.account.terms.verifier = testing::keypair(3).pubkey();
        assert_eq!(number(claimed.check(&verified, 1_600)), Some(LeaseError::VerifierMissing as u32));
        let by_renter = sign(batch(), &testing::keypair(1)).unwrap();
        assert_eq!(number(by_renter.check(&first, 1_600)), Some(LeaseError::AttestorMissing as u32));
        assert!(claimed.check(&second, 1_600).is_ok());

        let unknown = claimed.check(&testing::lease_context(), 1_600).unwrap_err().to_string();
        assert!(unknown.contains("says nothing of lease"), "{unknown}");
    }

    #[test]
    fn a_session_key_co_signs_the_rows_of_the_leases_that_name_it() {
        let [mut first, second] = leases();
        first.account.session_key = testing::keypair(7).pubkey();
        let mut signed = sign(batch(), &testing::keypair(2)).unwrap();
        signed.sign(&testing::keypair(7)).unwrap();
        assert_eq!(signed.check(&first, 1_600).unwrap().meter.accepted, 800);
        let claim = signed.check(&second, 1_600).unwrap().meter;
        assert_eq!((claim.accepted, claim.latest.units), (0, 700));
    }

    #[test]
    fn an_indexer_finds_a_batch_with_its_provider_called_directly_or_by_another_program() {
        let provider = testing::lease().provider;
        let signed = sign(batch(), &testing::keypair(2)).unwrap();
        let [precompile, attest] = instruction::attest_batch(provider, &signed);
        let found = vec![(provider, signed.clone())];
        assert_eq!(decode::batches(&[precompile.clone(), attest.clone()], &[]), found);
        assert_eq!(decode::attestations(&[precompile.clone(), attest.clone()], &[]), []);

        let caller = Instruction { program_id: Address::default(), accounts: Vec::new(), data: vec![1] };
        let transaction = [precompile.clone(), caller];
        assert_eq!(decode::batches(&transaction, &[Vec::new(), vec![attest.clone()]]), found);
        assert_eq!(decode::batches(&transaction, &[vec![attest.clone()], Vec::new()]), []);
        assert_eq!(decode::batches(&[attest.clone(), precompile.clone()], &[]), []);

        // Accounts that were not signed for make no batch, nor does an attestation of one lease.
        let mut other = attest.clone();
        other.accounts.last_mut().unwrap().pubkey = Address::new_from_array([77; 32]);
        assert_eq!(decode::batches(&[precompile.clone(), other], &[]), []);
        let mut fewer = attest;
        fewer.accounts.pop();
        assert_eq!(decode::batches(&[precompile.clone(), fewer], &[]), []);
        assert_eq!(decode::batches(&[precompile, instruction::settle(&testing::lease_context())], &[]), []);
        let single = sign(message(800), &testing::keypair(2)).unwrap();
        let pair = instruction::attest(&testing::lease_context(), &single);
        assert_eq!(decode::batches(&pair, &[]), []);
    }

    #[test]
    fn an_indexer_finds_the_attestation_in_the_transaction() {
        let lease = testing::lease_context();
        let signed = sign(message(800), &testing::keypair(2)).unwrap();
        let [precompile, attest] = instruction::attest(&lease, &signed);
        assert_eq!(decode::attestations(&[precompile.clone(), attest.clone()], &[]), [signed]);
        assert_eq!(decode::attestations(&[attest, precompile], &[]), []);
    }

    #[test]
    fn an_indexer_finds_the_attestation_that_another_program_called() {
        let lease = testing::lease_context();
        let signed = sign(message(800), &testing::keypair(2)).unwrap();
        let [precompile, attest] = instruction::attest(&lease, &signed);
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
        let lease = testing::lease_context();
        let forged = sign(message(u64::MAX), &testing::keypair(9)).unwrap();
        let precompile = forged.precompile_instruction();
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
        let [_, attest] = instruction::attest(&other, &forged);
        assert_eq!(decode::attestations(&[precompile, attest], &[]), []);
    }
}
