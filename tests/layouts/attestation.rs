//! The golden attestation: every input, the signed bytes, the signatures and the instruction that carries
//! them.

use crate::fixture::{Text, require_recorded};
use bytemuck::Zeroable;
use gpu_lease::{
    attestation::{Attestation, AttestationSignature, Usage, precompile_data},
    state::{Lease, Protocol},
};
use gpu_lease_client::attestation::SignedAttestation;
use serde::Serialize;
use solana_address::{Address, address};
use solana_keypair::Keypair;
use solana_signer::Signer;
use std::mem::offset_of;

/// Genesis hash of mainnet-beta.
pub const GENESIS_HASH: Address = address!("5eykt4UsFv8P8NJdTREpY1vzqKqZKvdpKuc147dw2N9d");

#[derive(Serialize)]
struct Golden {
    program: String,
    genesis_hash: String,
    domain: String,
    renter: String,
    nonce: Text<u64>,
    lease: String,
    opened_slot: Text<u64>,
    window_end: Text<i64>,
    gpu_seconds: Text<u64>,
    energy_wh: Text<u64>,
    evidence: String,
    layout: Vec<Place>,
    message: String,
    signatures: Vec<GoldenSignature>,
    /// Data of the Ed25519 precompile instruction with the first one, two and three of the signatures.
    precompile: [String; 3],
}

/// Where a field lies in the message.
#[derive(Serialize)]
pub struct Place {
    field: &'static str,
    offset: usize,
    size: usize,
}

impl Place {
    /// The fields of a struct of signed bytes, from their offsets on.
    pub fn all<const N: usize>(fields: [(&'static str, usize, usize); N]) -> Vec<Self> {
        fields.into_iter().map(|(field, offset, size)| Self { field, offset, size }).collect()
    }
}

/// A signature, and the key that made it.
#[derive(Serialize)]
pub struct GoldenSignature {
    role: &'static str,
    /// Ed25519 seed: the private key as RFC 8032 has it.
    seed: String,
    public_key: String,
    signature: String,
}

/// Signatures of `message` by keys of these roles and seeds, and the data of the precompile instruction with the first
/// one, two and three of them.
pub fn sign(message: &[u8], signers: [(&'static str, u8); 3]) -> (Vec<GoldenSignature>, [String; 3]) {
    let signatures = signers.map(|(_, seed)| {
        let key = Keypair::new_from_array([seed; 32]);
        AttestationSignature { public_key: key.pubkey(), signature: key.sign_message(message).into() }
    });
    let golden = signers.iter().zip(signatures).map(|((role, seed), signature)| GoldenSignature {
        role,
        seed: hex::encode([*seed; 32]),
        public_key: signature.public_key.to_string(),
        signature: hex::encode(signature.signature),
    });
    let precompile = [1, 2, 3].map(|count| hex::encode(precompile_data(&signatures[..count], message)));
    (golden.collect(), precompile)
}

/// A renter's lease number 7 on mainnet-beta, eleven hours in.
fn message() -> Attestation {
    let renter = Keypair::new_from_array([2; 32]).pubkey();
    let domain = Protocol::domain(GENESIS_HASH.as_array());
    let lease = Lease { domain, opened_slot: 372_000_000, ..Lease::zeroed() };
    let usage = Usage {
        window_end: 1_800_039_600,
        gpu_seconds: 158_112,
        energy_wh: 30_744,
        evidence: core::array::from_fn(|index| 0xa0 + index as u8),
    };
    Attestation::new(Lease::address(&renter, 7).0, &lease, &usage)
}

fn golden() -> Golden {
    let message = message();
    let (signatures, precompile) =
        sign(message.as_bytes(), [("attestor", 5), ("verifier", 6), ("renter", 2)]);
    macro_rules! layout {
        ($($field:ident),*) => {
            Place::all([$((
                stringify!($field),
                offset_of!(Attestation, $field),
                size_of_val(&message.$field),
            )),*])
        };
    }
    Golden {
        program: gpu_lease::ID.to_string(),
        genesis_hash: GENESIS_HASH.to_string(),
        domain: hex::encode(message.domain),
        renter: Keypair::new_from_array([2; 32]).pubkey().to_string(),
        nonce: Text(7),
        lease: message.lease.to_string(),
        opened_slot: Text(message.opened_slot.get()),
        window_end: Text(message.window_end.get()),
        gpu_seconds: Text(message.gpu_seconds.get()),
        energy_wh: Text(message.energy_wh.get()),
        evidence: hex::encode(message.evidence),
        layout: layout![
            magic,
            version,
            domain,
            lease,
            opened_slot,
            window_end,
            gpu_seconds,
            energy_wh,
            evidence
        ],
        message: hex::encode(message.as_bytes()),
        signatures,
        precompile,
    }
}

#[test]
fn the_golden_attestation_is_as_recorded() {
    require_recorded("attestation.json", &golden());
}

#[test]
fn the_client_reads_and_verifies_the_golden_instructions() {
    for (index, data) in golden().precompile.iter().enumerate() {
        let data = hex::decode(data).expect("hex");
        let signed: SignedAttestation = SignedAttestation::from_bytes(&data).expect("valid signatures");
        assert_eq!(signed.signatures().len(), index + 1);
        assert_eq!(*signed.message(), message());
    }
}
