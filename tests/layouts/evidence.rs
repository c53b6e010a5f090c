//! The golden record: a file as it is handed to an arbiter, its sums, and the head after each of its rows.

use crate::attestation::GENESIS_HASH;
use crate::fixture::{Text, require_recorded};
use bytemuck::Zeroable;
use gpu_lease::{
    attestation::{Attestation, Usage},
    state::{Lease, Protocol},
};
use gpu_lease_client::{
    attestation::sign,
    evidence::{Cause, EvidenceCheck, EvidenceFile, Row, SignedStatement, watt_hours},
};
use serde::Serialize;
use serde_json::Value;
use solana_address::{Address, address};
use solana_keypair::Keypair;

const LEASE: Address = address!("FytsGMubs6Nq7dvirUz3ivDTLRCpcXYKis6ZLGmfAxqv");
const OPENED_SLOT: u64 = 250_000_000;
const START: i64 = 1_800_000_006;
const WINDOW_END: i64 = 1_800_000_240;

#[derive(Serialize)]
struct Golden {
    window_end: Text<i64>,
    units: Text<u64>,
    energy_wh: Text<u64>,
    /// That of no row, and those after each.
    heads: Vec<String>,
    /// What an arbiter gets.
    file: Value,
}

fn rows() -> Vec<Row> {
    let ends: [(i64, u32, Option<Cause>, u64); 9] = [
        (60, 8, None, 302_400_000),
        (66, 8, Some(Cause::Engine), 33_600_000),
        (120, 8, None, 302_400_001),
        (131, 8, Some(Cause::Ended), 6_160_000),
        (150, 8, Some(Cause::Program), 10_640_000),
        (180, 4, None, 37_800_000),
        (240, 4, Some(Cause::Unobserved), 0),
        (241, 4, Some(Cause::CardFault), 280_000),
        (300, 4, None, 165_199_999),
    ];
    let mut from = START;
    let row = |(to, gpus, cause, energy)| {
        let row = Row { from, to: 1_800_000_000 + to, gpus, cause, energy };
        from = row.to;
        row
    };
    ends.map(row).to_vec()
}

fn file() -> EvidenceFile {
    let without = EvidenceFile::new(LEASE, OPENED_SLOT, START, rows(), None);
    let chain = without.replay(WINDOW_END).unwrap().chain;
    let lease = Lease {
        domain: Protocol::domain(GENESIS_HASH.as_array()),
        opened_slot: OPENED_SLOT,
        ..Lease::zeroed()
    };
    let usage = Usage {
        window_end: WINDOW_END,
        gpu_seconds: chain.units(),
        energy_wh: watt_hours(chain.energy()),
        evidence: chain.head(),
    };
    let signed = sign(Attestation::new(LEASE, &lease, &usage), &Keypair::new_from_array([2; 32])).unwrap();
    EvidenceFile::new(LEASE, OPENED_SLOT, START, rows(), Some(SignedStatement::Alone(signed)))
}

fn golden() -> Golden {
    let file = file();
    let ends = file.rows.iter().map(|row| row.to);
    let heads =
        [START].into_iter().chain(ends).map(|end| hex::encode(file.replay(end).unwrap().chain.head()));
    let chain = file.replay(WINDOW_END).unwrap().chain;
    Golden {
        window_end: Text(WINDOW_END),
        units: Text(chain.units()),
        energy_wh: Text(watt_hours(chain.energy())),
        heads: heads.collect(),
        file: serde_json::from_str(&file.text()).unwrap(),
    }
}

#[test]
fn the_golden_record_is_as_recorded() {
    require_recorded("evidence.json", &golden());
}

#[test]
fn the_golden_record_is_what_the_document_says() {
    let document = include_str!("../../docs/protocol/evidence.md");
    let golden = golden();
    // 54, 54, 11 and 19 seconds of 8 GPUs, and 30 of 4.
    assert_eq!(golden.units.0, 8 * (54 + 54 + 11 + 19) + 4 * 30);
    assert_eq!(
        golden.energy_wh.0,
        (302_400_000 + 33_600_000 + 302_400_001 + 6_160_000 + 10_640_000 + 37_800_000) / 3_600_000
    );
    for said in ["1 224 units, 192 Wh", &golden.heads[7]] {
        assert!(document.contains(said), "{said}");
    }
    assert_eq!((golden.units.0, golden.energy_wh.0), (1_224, 192));
}

#[test]
fn the_golden_file_is_read_and_agrees_with_what_was_signed() {
    let file = EvidenceFile::read(&golden().file.to_string()).unwrap();
    assert_eq!(file, self::file());
    let check = EvidenceCheck::of(&file, None).unwrap();
    assert!(check.matches() && check.comparisons.len() == 4, "{check:?}");
    assert_eq!((check.plain, check.window_end, check.units), (138, WINDOW_END, 1_224));

    // Whoever changes a row has another head, and whoever changes where it was signed, another sum.
    let changed = |change: fn(&mut EvidenceFile)| {
        let mut file = file.clone();
        change(&mut file);
        EvidenceCheck::of(&EvidenceFile::read(&file.text()).unwrap(), None).map(|check| check.matches())
    };
    assert!(!changed(|file| file.rows[6].cause = Some(Cause::Network)).unwrap());
    assert!(!changed(|file| file.rows[0].energy += 1).unwrap());
    assert!(!changed(|file| file.rows[1].cause = None).unwrap());
    assert!(!changed(|file| file.opened_slot += 1).unwrap());
    assert!(changed(|file| file.rows[8].energy += 1).unwrap());
    for change in [(|file| _ = file.rows.remove(3)) as fn(&mut EvidenceFile), |file| file.rows[2].to -= 1] {
        changed(change).unwrap_err();
    }
}

#[test]
fn what_is_not_an_evidence_file_is_refused_in_a_sentence() {
    let text = golden().file.to_string();
    for (from, to, said) in [
        (r#""version":1"#, r#""version":2"#, "version 2"),
        (r#""gpus":8"#, r#""gpus":8,"more":1"#, "unknown field `more`"),
        (r#""cause":"engine""#, r#""cause":"tired""#, "unknown variant `tired`"),
        (r#""energy":"33600000""#, r#""energy":"-1""#, "invalid digit"),
    ] {
        let changed = text.replacen(from, to, 1);
        assert_ne!(changed, text);
        let error = EvidenceFile::read(&changed).unwrap_err().to_string();
        assert!(error.contains(said), "{error}");
    }
    let signed = file().statement.map(|it| serde_json::to_value(&it).unwrap().to_string()).unwrap();
    let forged = text.replacen(&signed, &signed.replacen("AAAA", "AAAB", 1), 1);
    assert_ne!(forged, text);
    assert!(EvidenceFile::read(&forged).is_err());
}
