//! What a provider's attestor signs, and how it travels.
//!
//! The message is one struct whose memory is the signed bytes: the program reads it in place, clients
//! write it with [`Attestation::new`]. It is carried by the Ed25519 precompile instruction immediately
//! before `attest`, in the one layout that [`SignedAttestation`] spells out.

use crate::{errors::LeaseError, state::Lease};
use anchor_lang::{address_eq, prelude::*};
use bytemuck::{Pod, Zeroable, cast_ref};

/// First bytes of every message.
pub const MAGIC: [u8; 8] = *b"GPULEASE";

/// Version of the message's layout.
pub const MESSAGE_VERSION: u8 = 1;

/// Address of the Ed25519 precompile.
pub const ED25519_PROGRAM: Address = anchor_lang::address!("Ed25519SigVerify111111111111111111111111111");

/// Cumulative usage of one lease: 137 bytes, little-endian, without padding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
#[repr(C)]
pub struct Attestation {
    /// [`MAGIC`].
    pub magic: [u8; 8],
    /// [`MESSAGE_VERSION`].
    pub version: u8,
    /// sha256 of the program id and the cluster's genesis hash.
    pub domain: [u8; 32],
    /// The lease's address.
    pub lease: Address,
    /// Slot in which the lease was opened.
    pub opened_slot: PodU64,
    /// End of the attested window, unix seconds.
    pub window_end: PodI64,
    /// GPU-seconds delivered since the start.
    pub gpu_seconds: PodU64,
    /// Watt-hours used since the start.
    pub energy_wh: PodU64,
    /// sha256 of the provider's metering record.
    pub evidence: [u8; 32],
}

const _: () = assert!(core::mem::size_of::<Attestation>() == 137);
const _: () = assert!(core::mem::align_of::<Attestation>() == 1);

/// Usage of a lease up to a moment: the part of an attestation that changes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// End of the attested window, unix seconds.
    pub window_end: i64,
    /// GPU-seconds delivered since the start.
    pub gpu_seconds: u64,
    /// Watt-hours used since the start.
    pub energy_wh: u64,
    /// sha256 of the provider's metering record.
    pub evidence: [u8; 32],
}

impl Attestation {
    /// The message that states `usage` of the lease at `address`.
    pub fn new(address: Address, lease: &Lease, usage: &Usage) -> Self {
        Self {
            magic: MAGIC,
            version: MESSAGE_VERSION,
            domain: lease.domain,
            lease: address,
            opened_slot: lease.opened_slot.into(),
            window_end: usage.window_end.into(),
            gpu_seconds: usage.gpu_seconds.into(),
            energy_wh: usage.energy_wh.into(),
            evidence: usage.evidence,
        }
    }

    /// The bytes to sign.
    pub fn as_bytes(&self) -> &[u8] {
        bytemuck::bytes_of(self)
    }

    /// Requires the message to be about the lease at `address`, in this life of it, on this cluster.
    pub fn require_about(&self, address: &Address, lease: &Lease) -> Result<()> {
        require!(
            self.magic == MAGIC
                && self.version == MESSAGE_VERSION
                && address_eq(cast_ref(&self.domain), cast_ref(&lease.domain))
                && address_eq(&self.lease, address)
                && self.opened_slot.get() == lease.opened_slot,
            LeaseError::MessageMismatch
        );
        Ok(())
    }
}

/// Data of the Ed25519 precompile instruction with `N` signatures over one [`Attestation`], as the one
/// layout that `attest` takes: header, offsets, signatures, message, nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct SignedAttestation<const N: usize> {
    count: u8,
    padding: u8,
    offsets: [SignatureOffsets; N],
    signatures: [AttestationSignature; N],
    message: Attestation,
}

// SAFETY: every field is plain old data of alignment 1, so there is no padding.
unsafe impl<const N: usize> Zeroable for SignedAttestation<N> {}
// SAFETY: as above; every bit pattern is a valid value of every field.
unsafe impl<const N: usize> Pod for SignedAttestation<N> {}

/// Where the precompile finds one signature, its key and its message: little-endian 16-bit numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
#[repr(C)]
struct SignatureOffsets {
    signature_offset: [u8; 2],
    signature_instruction_index: [u8; 2],
    public_key_offset: [u8; 2],
    public_key_instruction_index: [u8; 2],
    message_offset: [u8; 2],
    message_size: [u8; 2],
    message_instruction_index: [u8; 2],
}

/// A public key and its signature of the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
#[repr(C)]
pub struct AttestationSignature {
    /// The signer.
    pub public_key: Address,
    /// Its Ed25519 signature.
    pub signature: [u8; 64],
}

/// Instruction index by which the precompile means its own instruction.
const THIS_INSTRUCTION: [u8; 2] = [0xff; 2];

#[allow(clippy::arithmetic_side_effects, reason = "evaluated at compile time only")]
impl SignatureOffsets {
    /// Offsets of signature number `index` out of `count`.
    const fn canonical(index: usize, count: usize) -> Self {
        let header = 2 + count * size_of::<Self>();
        let entry = header + index * size_of::<AttestationSignature>();
        Self {
            signature_offset: little_endian(entry + size_of::<Address>()),
            signature_instruction_index: THIS_INSTRUCTION,
            public_key_offset: little_endian(entry),
            public_key_instruction_index: THIS_INSTRUCTION,
            message_offset: little_endian(header + count * size_of::<AttestationSignature>()),
            message_size: little_endian(size_of::<Attestation>()),
            message_instruction_index: THIS_INSTRUCTION,
        }
    }
}

/// An offset as it stands in the instruction.
#[allow(clippy::cast_possible_truncation, reason = "asserted, at compile time")]
const fn little_endian(offset: usize) -> [u8; 2] {
    assert!(offset <= u16::MAX as usize);
    (offset as u16).to_le_bytes()
}

impl<const N: usize> SignedAttestation<N> {
    /// The offsets that the layout leads to.
    #[allow(clippy::indexing_slicing, reason = "evaluated at compile time only")]
    const OFFSETS: [SignatureOffsets; N] = {
        let mut offsets = [SignatureOffsets::canonical(0, N); N];
        let mut index = 1;
        while index < N {
            offsets[index] = SignatureOffsets::canonical(index, N);
            index += 1;
        }
        offsets
    };

    /// `message` with its signatures, ready to be the data of an Ed25519 precompile instruction.
    #[allow(clippy::cast_possible_truncation, reason = "asserted, at compile time")]
    pub const fn new(message: Attestation, signatures: [AttestationSignature; N]) -> Self {
        const { assert!(N >= 1 && N <= MAX_SIGNATURES) };
        Self { count: N as u8, padding: 0, offsets: Self::OFFSETS, signatures, message }
    }

    /// The instruction's data.
    pub fn as_bytes(&self) -> &[u8] {
        bytemuck::bytes_of(self)
    }

    /// Reads the data of a precompile instruction that says it has `N` signatures.
    fn read(data: &[u8]) -> Result<(&[AttestationSignature], &Attestation)> {
        let signed = bytemuck::try_from_bytes::<Self>(data).map_err(|_| LeaseError::PrecompileMalformed)?;
        require!(signed.padding == 0 && signed.offsets == Self::OFFSETS, LeaseError::PrecompileMalformed);
        Ok((&signed.signatures, &signed.message))
    }
}

/// Most signatures over one attestation: attestor, verifier and renter.
pub const MAX_SIGNATURES: usize = 3;

/// Reads the data of the Ed25519 precompile instruction before `attest`.
///
/// Takes 1 to 3 signatures over one message in the canonical layout, of exactly its length. Anything
/// else is [`LeaseError::PrecompileMalformed`].
pub fn read_precompile(data: &[u8]) -> Result<(&[AttestationSignature], &Attestation)> {
    match data.first() {
        Some(1) => SignedAttestation::<1>::read(data),
        Some(2) => SignedAttestation::<2>::read(data),
        Some(3) => SignedAttestation::<3>::read(data),
        _ => Err(LeaseError::PrecompileMalformed.into()),
    }
}

const ATTESTOR: u8 = 1;
const VERIFIER: u8 = 2;
const RENTER: u8 = 4;

/// Requires the attestor's signature, the verifier's if the terms name one, and no signature without a
/// role. Returns whether the renter, or its session key, signed too.
pub fn require_signers(
    signatures: &[AttestationSignature],
    lease: &Lease,
    attestor: &Address,
) -> Result<bool> {
    let mut present = 0;
    for AttestationSignature { public_key, .. } in signatures {
        let roles = roles_of(public_key, lease, attestor);
        // Each signature must bring a role of its own: strangers and repetitions bring none.
        require!(roles & !present != 0, LeaseError::SignerUnexpected);
        present |= roles;
    }
    require!(present & ATTESTOR != 0, LeaseError::AttestorMissing);
    require!(
        present & VERIFIER != 0 || address_eq(&lease.terms.verifier, &Address::default()),
        LeaseError::VerifierMissing
    );
    Ok(present & RENTER != 0)
}

/// The roles that a key has in `lease`: several if parties share it. The key of zeroes stands for no key
/// where one is optional; as a point of small order it could otherwise be signed for by anyone.
#[inline(never)]
fn roles_of(key: &Address, lease: &Lease, attestor: &Address) -> u8 {
    let mut roles = 0;
    if address_eq(key, &Address::default()) {
        return roles;
    }
    if address_eq(key, attestor) {
        roles |= ATTESTOR;
    }
    if address_eq(key, &lease.terms.verifier) {
        roles |= VERIFIER;
    }
    if address_eq(key, &lease.renter) || address_eq(key, &lease.session_key) {
        roles |= RENTER;
    }
    roles
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_instruction_has_the_documented_length() {
        assert_eq!(size_of::<SignedAttestation<1>>(), 249);
        assert_eq!(size_of::<SignedAttestation<2>>(), 359);
        assert_eq!(size_of::<SignedAttestation<3>>(), 469);
    }

    #[test]
    fn offsets_point_at_the_fields_they_name() {
        type Signed = SignedAttestation<3>;
        let base = core::mem::offset_of!(Signed, signatures);
        for (index, offsets) in Signed::OFFSETS.iter().enumerate() {
            let entry = base + index * size_of::<AttestationSignature>();
            let key = entry + core::mem::offset_of!(AttestationSignature, public_key);
            let signature = entry + core::mem::offset_of!(AttestationSignature, signature);
            assert_eq!(usize::from(u16::from_le_bytes(offsets.public_key_offset)), key);
            assert_eq!(usize::from(u16::from_le_bytes(offsets.signature_offset)), signature);
            assert_eq!(
                usize::from(u16::from_le_bytes(offsets.message_offset)),
                core::mem::offset_of!(Signed, message)
            );
        }
    }
}
