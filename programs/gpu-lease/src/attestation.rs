//! What a provider's attestor signs, and how it travels.
//!
//! The memory of these structs is the signed bytes: the program reads them in place, clients write them with
//! [`Attestation::new`] and [`BatchHeader::new`]. A message is carried by the Ed25519 precompile instruction
//! immediately before `attest` or `attest_batch`, in the one layout that [`precompile_data`] writes.

use crate::{
    errors::LeaseError,
    state::{Lease, Moment, Terms},
};
use anchor_lang::{address_eq, prelude::*};
use bytemuck::{Pod, Zeroable, cast_ref};
use solana_program::hash::hashv;

/// First bytes of every message.
pub const MAGIC: [u8; 8] = *b"GPULEASE";

/// Version of the message's layout.
pub const MESSAGE_VERSION: u8 = 1;

/// Address of the Ed25519 precompile.
pub use solana_program::ed25519_program::ID as ED25519_PROGRAM;

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

    /// Reads the bytes that were signed.
    pub fn read(message: &[u8]) -> Result<&Self> {
        bytemuck::try_from_bytes(message).map_err(|_| LeaseError::PrecompileMalformed.into())
    }

    /// What the message says of the lease.
    pub fn usage(&self) -> Usage {
        Usage {
            window_end: self.window_end.get(),
            gpu_seconds: self.gpu_seconds.get(),
            energy_wh: self.energy_wh.get(),
            evidence: self.evidence,
        }
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

/// Version of a batch's layout.
pub const BATCH_VERSION: u8 = 2;

/// Most leases in a batch: as many accounts as a transaction holds, less those that are there besides them.
pub const MAX_BATCH: usize = 60;

/// What a batch says of all its leases: 114 bytes, little-endian, without padding. A [`BatchRow`] for each follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
#[repr(C)]
pub struct BatchHeader {
    /// [`MAGIC`].
    pub magic: [u8; 8],
    /// [`BATCH_VERSION`].
    pub version: u8,
    /// sha256 of the program id and the cluster's genesis hash.
    pub domain: [u8; 32],
    /// End of the attested window of every lease, unix seconds.
    pub window_end: PodI64,
    /// Root over the leases' metering records.
    pub evidence: [u8; 32],
    /// How many rows follow.
    pub count: u8,
    /// sha256 of the leases' addresses, in the order of the rows.
    pub leases: [u8; 32],
}

const _: () = assert!(core::mem::size_of::<BatchHeader>() == 114);

/// Cumulative usage of one lease of a batch: 24 bytes, little-endian.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Pod, Zeroable)]
#[repr(C)]
pub struct BatchRow {
    /// Slot in which the lease was opened.
    pub opened_slot: PodU64,
    /// GPU-seconds delivered since the start.
    pub gpu_seconds: PodU64,
    /// Watt-hours used since the start.
    pub energy_wh: PodU64,
}

/// Usage of many leases up to one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Batch<'a> {
    /// What is said of all of them.
    pub header: &'a BatchHeader,
    /// What is said of each, in the order of their addresses.
    pub rows: &'a [BatchRow],
}

impl BatchHeader {
    /// What a batch says of the leases at `addresses`, which must increase, on the cluster of `domain`.
    pub fn new(domain: [u8; 32], window_end: i64, evidence: [u8; 32], addresses: &[Address]) -> Self {
        let slices: Vec<&[u8]> = addresses.iter().map(AsRef::as_ref).collect();
        Self {
            magic: MAGIC,
            version: BATCH_VERSION,
            domain,
            window_end: window_end.into(),
            evidence,
            count: u8::try_from(addresses.len()).unwrap_or(u8::MAX),
            leases: hashv(&slices).to_bytes(),
        }
    }
}

impl<'a> Batch<'a> {
    /// Reads the bytes that were signed.
    pub fn read(message: &'a [u8]) -> Result<Self> {
        let (header, rows) =
            message.split_at_checked(size_of::<BatchHeader>()).ok_or(LeaseError::BatchMalformed)?;
        let header: &BatchHeader =
            bytemuck::try_from_bytes(header).map_err(|_| LeaseError::BatchMalformed)?;
        let rows: &[BatchRow] = bytemuck::try_cast_slice(rows).map_err(|_| LeaseError::BatchMalformed)?;
        require!(
            header.magic == MAGIC
                && header.version == BATCH_VERSION
                && usize::from(header.count) == rows.len()
                && (1..=MAX_BATCH).contains(&rows.len()),
            LeaseError::BatchMalformed
        );
        Ok(Self { header, rows })
    }

    /// Requires `leases` to be those that were signed for, each once: their addresses increase, and hash to what stands
    /// in the message.
    pub fn require_about(&self, leases: &[AccountView]) -> Result<()> {
        require!(leases.len() == self.rows.len(), LeaseError::BatchLeases);
        let mut addresses = Vec::with_capacity(leases.len());
        let mut last: Option<&Address> = None;
        for lease in leases {
            let address = lease.address();
            require!(last.is_none_or(|last| is_before(last, address)), LeaseError::BatchLeases);
            last = Some(address);
            addresses.push(address.as_ref());
        }
        let hash = hashv(&addresses).to_bytes();
        require!(address_eq(cast_ref(&hash), cast_ref(&self.header.leases)), LeaseError::BatchLeases);
        Ok(())
    }

    /// Takes `row` into `lease` of `provider` at `now`, by the rule of `attest`. Whatever refuses it skips the row, and
    /// has changed nothing.
    pub fn apply(
        &self,
        row: &BatchRow,
        lease: &mut Lease,
        provider: &Address,
        signers: &Signers,
        now: Moment,
    ) -> Result<()> {
        require!(
            address_eq(&lease.provider, provider)
                && lease.opened_slot == row.opened_slot.get()
                && address_eq(cast_ref(&lease.domain), cast_ref(&self.header.domain)),
            LeaseError::MessageMismatch
        );
        let co_signed = signers.roles(lease).co_signed(&lease.terms)?;
        let usage = Usage {
            window_end: self.header.window_end.get(),
            gpu_seconds: row.gpu_seconds.get(),
            energy_wh: row.energy_wh.get(),
            evidence: self.header.evidence,
        };
        lease.attest(&usage, co_signed, now)
    }
}

/// Whether an address comes before another: compared as their bytes are, eight at a time.
#[inline(always)]
fn is_before(one: &Address, other: &Address) -> bool {
    let (words, others) = (one.as_array().as_chunks().0, other.as_array().as_chunks().0);
    for (word, other) in words.iter().zip(others) {
        let (word, other) = (u64::from_be_bytes(*word), u64::from_be_bytes(*other));
        if word != other {
            return word < other;
        }
    }
    false
}

/// Where the precompile finds one signature, its key and its message: little-endian 16-bit numbers, two in each of the
/// first three fields. The precompile names places by the number of an instruction and an offset into its data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
#[repr(C)]
pub struct SignatureOffsets {
    /// Offset of the signature, and instruction.
    signature: PodU32,
    /// Offset of the key, and instruction.
    public_key: PodU32,
    /// Offset and length of the message.
    message: PodU32,
    /// Instruction of the message.
    message_instruction: PodU16,
}

const _: () = assert!(size_of::<SignatureOffsets>() == 14);

/// A public key and its signature of the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
#[repr(C)]
pub struct AttestationSignature {
    /// The signer.
    pub public_key: Address,
    /// Its Ed25519 signature.
    pub signature: [u8; 64],
}

/// Number by which the precompile means its own instruction.
const THIS_INSTRUCTION: u16 = u16::MAX;

/// Most signatures over one message: attestor, verifier and renter.
pub const MAX_SIGNATURES: usize = 3;

/// Lengths before the message, with `count` signatures: of count, padding and offsets, and with the signatures.
const fn lengths(count: usize) -> (usize, usize) {
    // At most three of each: nothing overflows.
    let header = count.wrapping_mul(size_of::<SignatureOffsets>()).wrapping_add(2);
    (header, header.wrapping_add(count.wrapping_mul(size_of::<AttestationSignature>())))
}

impl SignatureOffsets {
    /// Offsets of signature number `index` out of `count` over a message of `size` bytes. The data of an instruction is
    /// shorter than 64 KiB.
    #[inline(always)]
    #[allow(clippy::cast_possible_truncation, reason = "see above")]
    fn canonical(index: usize, count: usize, size: usize) -> Self {
        const fn pair(first: usize, second: u16) -> u32 {
            first as u32 | (second as u32) << u16::BITS
        }
        let (header, message) = lengths(count);
        let key = header.wrapping_add(index.wrapping_mul(size_of::<AttestationSignature>()));
        let signature = key.wrapping_add(size_of::<Address>());
        Self {
            signature: pair(signature, THIS_INSTRUCTION).into(),
            public_key: pair(key, THIS_INSTRUCTION).into(),
            message: pair(message, size as u16).into(),
            message_instruction: THIS_INSTRUCTION.into(),
        }
    }

    /// Whether these are the same. Compared by numbers, not by bytes.
    #[inline(always)]
    fn are(&self, other: &Self) -> bool {
        self.signature.get() == other.signature.get()
            && self.public_key.get() == other.public_key.get()
            && self.message.get() == other.message.get()
            && self.message_instruction.get() == other.message_instruction.get()
    }
}

/// Reads the data of the Ed25519 precompile instruction before `attest` or `attest_batch`: 1 to 3 signatures over one
/// message, as header, offsets, signatures, message, and nothing else. Returns signatures and message.
pub fn read_precompile(data: &[u8]) -> Result<(&[AttestationSignature], &[u8])> {
    fn parts(data: &[u8]) -> Option<(&[SignatureOffsets], &[AttestationSignature], &[u8])> {
        let (&[count, 0], rest) = data.split_first_chunk()? else { return None };
        let count = usize::from(count);
        if !(1..=MAX_SIGNATURES).contains(&count) {
            return None;
        }
        let (offsets, rest) = rest.split_at_checked(count.wrapping_mul(size_of::<SignatureOffsets>()))?;
        let (signatures, message) =
            rest.split_at_checked(count.wrapping_mul(size_of::<AttestationSignature>()))?;
        Some((bytemuck::try_cast_slice(offsets).ok()?, bytemuck::try_cast_slice(signatures).ok()?, message))
    }
    let (offsets, signatures, message) = parts(data).ok_or(LeaseError::PrecompileMalformed)?;
    for (index, offsets) in offsets.iter().enumerate() {
        let canonical = SignatureOffsets::canonical(index, signatures.len(), message.len());
        require!(offsets.are(&canonical), LeaseError::PrecompileMalformed);
    }
    Ok((signatures, message))
}

const ATTESTOR: u8 = 1;
const VERIFIER: u8 = 2;
const RENTER: u8 = 4;

/// Who signed a message, as a precompile instruction has verified, and whom the provider lets state its usage.
#[derive(Clone, Copy, Debug)]
pub struct Signers<'a> {
    /// The signatures.
    pub signatures: &'a [AttestationSignature],
    /// The provider's attestor.
    pub attestor: &'a Address,
}

impl Signers<'_> {
    /// Requires the attestor's signature.
    pub fn require_attestor(&self) -> Result<()> {
        let signed = self.signatures.iter().any(|signature| address_eq(&signature.public_key, self.attestor));
        require!(signed, LeaseError::AttestorMissing);
        Ok(())
    }

    /// What those who signed are in `lease`.
    #[inline(always)]
    pub fn roles(&self, lease: &Lease) -> Roles {
        let mut roles = Roles { present: 0, are_expected: true };
        for AttestationSignature { public_key, .. } in self.signatures {
            let its = roles_of(public_key, lease, self.attestor);
            roles.are_expected &= its & !roles.present != 0;
            roles.present |= its;
        }
        roles
    }
}

/// What those who signed a message are in a lease.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Roles {
    /// The roles of all of them.
    present: u8,
    /// Whether each has a role that nobody before it has.
    are_expected: bool,
}

impl Roles {
    /// Requires that nobody signed without a role of its own: strangers and repetitions bring none.
    pub fn require_expected(&self) -> Result<()> {
        require!(self.are_expected, LeaseError::SignerUnexpected);
        Ok(())
    }

    /// Requires the attestor's signature, and the verifier's if the `terms` name one. Returns whether the renter, or its
    /// session key, signed too.
    pub fn co_signed(&self, terms: &Terms) -> Result<bool> {
        require!(self.present & ATTESTOR != 0, LeaseError::AttestorMissing);
        require!(
            self.present & VERIFIER != 0 || address_eq(&terms.verifier, &Address::default()),
            LeaseError::VerifierMissing
        );
        Ok(self.present & RENTER != 0)
    }
}

/// The roles that a key has in `lease`: several if parties share it. The key of zeros means no key
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

/// Data of the precompile instruction that verifies `signatures`, 1 to 3, over `message`. Only clients write it.
pub fn precompile_data(signatures: &[AttestationSignature], message: &[u8]) -> Vec<u8> {
    let count = signatures.len();
    let (_, message_offset) = lengths(count);
    let mut data = Vec::with_capacity(message_offset.saturating_add(message.len()));
    data.extend([u8::try_from(count).unwrap_or(u8::MAX), 0]);
    for index in 0..count {
        data.extend_from_slice(bytemuck::bytes_of(&SignatureOffsets::canonical(index, count, message.len())));
    }
    data.extend_from_slice(bytemuck::cast_slice(signatures));
    data.extend_from_slice(message);
    data
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signature(byte: u8) -> AttestationSignature {
        AttestationSignature { public_key: Address::new_from_array([byte; 32]), signature: [byte; 64] }
    }

    #[test]
    fn an_instruction_has_the_documented_length_and_is_read_as_it_was_written() {
        let message = [7; 137];
        for (count, length) in [(1, 249), (2, 359), (3, 469)] {
            let signatures: Vec<_> = (1..=count).map(signature).collect();
            let data = precompile_data(&signatures, &message);
            assert_eq!(data.len(), length);
            assert_eq!(read_precompile(&data), Ok((signatures.as_slice(), message.as_slice())));
        }
    }

    #[test]
    fn offsets_point_at_the_fields_they_name() {
        let signatures = [1, 2, 3].map(signature);
        let message = [9; 200];
        let data = precompile_data(&signatures, &message);
        let at = |offset: u32, length: u32| {
            let (offset, length) = (offset as usize & 0xffff, length as usize);
            data.get(offset..offset + length).unwrap()
        };
        for (index, signature) in signatures.iter().enumerate() {
            let offsets = SignatureOffsets::canonical(index, 3, message.len());
            assert_eq!(at(offsets.public_key.get(), 32), signature.public_key.as_ref());
            assert_eq!(at(offsets.signature.get(), 64), signature.signature);
            assert_eq!(at(offsets.message.get(), offsets.message.get() >> 16), message);
        }
    }

    #[test]
    fn bytes_that_are_not_one_instruction_are_refused() {
        let data = precompile_data(&[signature(1), signature(2)], &[9; 10]);
        let malformed = Err(LeaseError::PrecompileMalformed.into());
        assert_eq!(read_precompile(&[]), malformed);
        for length in 0..data.len() {
            // A message cut short has another size than the offsets say.
            assert_eq!(read_precompile(data.get(..length).unwrap()), malformed, "{length}");
        }
        for index in 0..2 + 2 * size_of::<SignatureOffsets>() {
            let mut data = data.clone();
            *data.get_mut(index).unwrap() ^= 1;
            assert_eq!(read_precompile(&data), malformed, "{index}");
        }
    }

    #[test]
    fn a_batch_is_read_as_it_was_written_and_not_otherwise() {
        let rows = [BatchRow::default(); 3];
        let header = BatchHeader {
            magic: MAGIC,
            version: BATCH_VERSION,
            domain: [1; 32],
            window_end: 5.into(),
            evidence: [2; 32],
            count: 3,
            leases: [3; 32],
        };
        let message = |header: &BatchHeader, rows: &[BatchRow]| {
            [bytemuck::bytes_of(header), bytemuck::cast_slice(rows)].concat()
        };
        let written = message(&header, &rows);
        assert_eq!(written.len(), 114 + 3 * 24);
        assert_eq!(Batch::read(&written), Ok(Batch { header: &header, rows: &rows }));
        let malformed = Err(LeaseError::BatchMalformed.into());
        for (length, byte) in [
            (0, 0),
            (113, 0),
            (written.len() - 1, 0),
            (written.len(), 0),
            (written.len(), 8),
            (written.len(), 81),
        ] {
            let mut other = written.get(..length).unwrap().to_vec();
            if let Some(byte) = other.get_mut(byte) {
                *byte ^= 1;
            }
            assert_eq!(Batch::read(&other), malformed, "{length} {byte}");
        }
        for rows in [[].as_slice(), &[BatchRow::default(); MAX_BATCH + 1]] {
            let header = BatchHeader { count: u8::try_from(rows.len()).unwrap(), ..header };
            assert_eq!(Batch::read(&message(&header, rows)), malformed);
        }
        let most = [BatchRow::default(); MAX_BATCH];
        let header = BatchHeader { count: u8::try_from(most.len()).unwrap(), ..header };
        assert!(Batch::read(&message(&header, &most)).is_ok());
    }
}
