//! The golden batch: every input, the signed bytes, the signatures, the instruction that carries them, and the text that
//! goes from hand to hand.

use crate::{
    attestation::{GENESIS_HASH, GoldenSignature, Place, sign},
    fixture::{Text, require_recorded},
};
use bytemuck::Zeroable;
use gpu_lease::{
    attestation::{BatchHeader, BatchRow},
    state::{Lease, Protocol},
};
use gpu_lease_client::{
    attestation::{AttestationBatch, Message, SignedBatch},
    evidence::{leaf, root},
};
use serde::Serialize;
use solana_address::Address;
use solana_keypair::Keypair;
use solana_signer::Signer;
use std::{mem::offset_of, path::Path};

#[derive(Serialize)]
struct Golden {
    program: String,
    genesis_hash: String,
    domain: String,
    window_end: Text<i64>,
    evidence: String,
    /// In the order of their addresses, as the rows are.
    leases: Vec<GoldenLease>,
    /// sha256 of the addresses, one after the other.
    leases_hash: String,
    header_layout: Vec<Place>,
    row_layout: Vec<Place>,
    message: String,
    signatures: Vec<GoldenSignature>,
    /// Data of the Ed25519 precompile instruction with the first one, two and three of the signatures.
    precompile: [String; 3],
    /// What goes from hand to hand, with the same: base64 of the number of leases (u32), their addresses, and that data.
    text: Vec<String>,
}

/// A lease, and what is said of it.
#[derive(Serialize)]
struct GoldenLease {
    renter: String,
    nonce: Text<u64>,
    lease: String,
    opened_slot: Text<u64>,
    gpu_seconds: Text<u64>,
    energy_wh: Text<u64>,
}

/// Seed of the renter's key, number of the lease, slot of its opening, GPU-seconds and watt-hours since its start.
const LEASES: [(u8, u64, u64, u64, u64); 3] =
    [(2, 7, 372_000_000, 158_112, 30_744), (2, 8, 372_100_000, 79_200, 15_400), (3, 0, 372_200_000, 0, 0)];

/// Three leases of two renters on mainnet-beta.
fn batch() -> (AttestationBatch, Vec<GoldenLease>) {
    let domain = Protocol::domain(GENESIS_HASH.as_array());
    let mut leases = LEASES.map(|(seed, nonce, opened_slot, gpu_seconds, energy_wh)| {
        let renter = Keypair::new_from_array([seed; 32]).pubkey();
        let lease = Lease { domain, opened_slot, ..Lease::zeroed() };
        (Lease::address(&renter, nonce).0, renter, nonce, lease, gpu_seconds, energy_wh)
    });
    leases.sort_by_key(|(address, ..)| *address);
    let usage =
        leases.map(|(address, _, _, lease, gpu_seconds, energy)| (address, lease, gpu_seconds, energy));
    let evidence = core::array::from_fn(|index| 0xc0 + index as u8);
    let golden = leases.map(|(address, renter, nonce, lease, gpu_seconds, energy_wh)| GoldenLease {
        renter: renter.to_string(),
        nonce: Text(nonce),
        lease: address.to_string(),
        opened_slot: Text(lease.opened_slot),
        gpu_seconds: Text(gpu_seconds),
        energy_wh: Text(energy_wh),
    });
    (AttestationBatch::new(1_800_039_600, evidence, &usage).expect("a batch"), golden.into())
}

/// The text form of the batch with the signatures of `precompile`.
fn text(leases: &[Address], precompile: &str) -> String {
    let addresses = leases.iter().map(Address::to_bytes).collect();
    let data = hex::decode(precompile).expect("hex");
    SignedBatch::from_instruction(addresses, &data).expect("valid signatures").to_string()
}

fn golden() -> Golden {
    let (batch, leases) = batch();
    let header = batch.header();
    let (signatures, precompile) =
        sign(&batch.bytes(), [("attestor", 5), ("verifier", 6), ("session key", 7)]);
    macro_rules! layout {
        ($type:ident { $($field:ident),* }) => {{
            let value = $type::zeroed();
            Place::all([$((stringify!($field), offset_of!($type, $field), size_of_val(&value.$field))),*])
        }};
    }
    Golden {
        program: gpu_lease::ID.to_string(),
        genesis_hash: GENESIS_HASH.to_string(),
        domain: hex::encode(header.domain),
        window_end: Text(header.window_end.get()),
        evidence: hex::encode(header.evidence),
        leases,
        leases_hash: hex::encode(header.leases),
        header_layout: layout!(BatchHeader { magic, version, domain, window_end, evidence, count, leases }),
        row_layout: layout!(BatchRow { opened_slot, gpu_seconds, energy_wh }),
        message: hex::encode(batch.bytes()),
        signatures,
        text: precompile.iter().map(|precompile| text(batch.leases(), precompile)).collect(),
        precompile,
    }
}

#[test]
fn the_golden_batch_is_as_recorded() {
    require_recorded("batch.json", &golden());
}

#[test]
fn the_client_reads_and_verifies_the_golden_texts() {
    let (batch, _) = batch();
    for (index, text) in golden().text.iter().enumerate() {
        let signed: SignedBatch = text.parse().expect("valid signatures");
        assert_eq!(signed.signatures().len(), index + 1);
        assert_eq!(*signed.message(), batch);
    }
}

#[test]
fn the_parts_of_a_batch_follow_one_another() {
    assert_eq!((size_of::<BatchHeader>(), size_of::<BatchRow>()), (114, 24));
    let (batch, leases) = batch();
    assert_eq!(batch.bytes().len(), 114 + 24 * leases.len());
    assert!(batch.leases().is_sorted());
}

#[test]
fn roots_over_records_are_those_of_the_document() {
    let document = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/protocol/attestations.md");
    let document = std::fs::read_to_string(document).unwrap();
    let leaves: Vec<_> =
        (0..5).map(|number| leaf(&Address::new_from_array([number; 32]), 7, &[number; 32])).collect();
    for count in [1, 2, 3, 5] {
        let row = format!("| {count} | `{}` |", hex::encode(root(&leaves[..count])));
        assert!(document.contains(&row), "{row}");
    }
}
