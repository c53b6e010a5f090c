//! The golden watch record: probes, the stretches that follow from them, the bound, and the file as it is handed to an arbiter.

use crate::fixture::{Text, require_recorded};
use gpu_lease::state::{Meter, Moment};
use gpu_lease_client::evidence::{Probe, ProbeOutcome, Seen, Watch, WatchFile, is_watch, watch_head};
use serde::Serialize;
use serde_json::Value;
use solana_address::{Address, address};

const LEASE: Address = address!("FytsGMubs6Nq7dvirUz3ivDTLRCpcXYKis6ZLGmfAxqv");
const OPENED_SLOT: u64 = 250_000_000;
const START: i64 = 1_800_000_006;
const UNTIL: i64 = 1_800_002_400;

#[derive(Serialize)]
struct Golden {
    probes: Vec<Probed>,
    until: Text<i64>,
    bound: Text<u64>,
    /// That of no stretch, and those after each.
    heads: Vec<String>,
    /// What an arbiter gets.
    file: Value,
}

#[derive(Clone, Serialize)]
struct Probed {
    at: Text<i64>,
    outcome: ProbeOutcome,
    trusted: bool,
}

fn probes() -> Vec<Probed> {
    use ProbeOutcome::{Failed, OtherCards, Reached};
    [
        (36, Reached, true),
        (90, Failed, true),
        (130, Reached, true),
        // Gone: from the first that failed to the last.
        (200, Failed, true),
        (260, Failed, true),
        (440, Failed, true),
        (500, Reached, true),
        // The guard itself was cut off.
        (560, Failed, false),
        (620, Failed, false),
        (680, Reached, true),
        // Other cards, after the lease shrank to four GPUs at 700.
        (740, OtherCards, true),
        (800, Failed, true),
        (860, Reached, true),
        (900, Reached, true),
        // For longer than ten minutes nobody looked.
        (1_700, Failed, true),
        (1_730, Failed, true),
        (1_760, Reached, true),
    ]
    .map(|(after, outcome, trusted)| Probed { at: Text(1_800_000_000 + after), outcome, trusted })
    .to_vec()
}

fn meter() -> Meter {
    let mut meter = Meter::start(8, Moment::by_clock(START));
    meter.resize(4, 1_800_000_700);
    meter
}

fn watch() -> Watch {
    let mut watch = Watch::begin(LEASE, OPENED_SLOT, START);
    watch.observe(&meter());
    for Probed { at, outcome, trusted } in probes() {
        watch.probe(&Probe { at: at.0, outcome, trusted });
    }
    watch
}

fn golden() -> Golden {
    let watch = watch();
    let stretches: Vec<_> = watch.stretches().collect();
    let head = |count| hex::encode(watch_head(&LEASE, OPENED_SLOT, START, &stretches[..count]));
    Golden {
        probes: probes(),
        until: Text(UNTIL),
        bound: Text(watch.bound(&meter(), UNTIL)),
        heads: (0..=stretches.len()).map(head).collect(),
        file: serde_json::from_str(&WatchFile::from(&watch).text()).unwrap(),
    }
}

#[test]
fn the_golden_watch_record_is_as_recorded() {
    require_recorded("watch.json", &golden());
}

#[test]
fn the_golden_watch_record_is_what_the_document_says() {
    let document = include_str!("../../docs/protocol/watch.md");
    let golden = golden();
    // 694 seconds of 8 GPUs and 1 700 of 4, less 240 of 8 that it was gone, 120 of 4 with other cards, and 30 of 4.
    assert_eq!(golden.bound.0, 8 * (694 - 240) + 4 * (1_700 - 120 - 30));
    assert_eq!(golden.bound.0, 9_832);
    let sealed = golden.heads.iter().rev().nth(1).unwrap();
    assert_eq!(golden.file["head"], sealed.as_str());
    for said in ["9 832 GPU-seconds", sealed] {
        assert!(document.contains(said), "{said}");
    }
    let seen = |name: &str| document.contains(&format!("`{name}`"));
    let names = ["reached", "unreachable", "otherCards", "unwatched"];
    assert!(names.into_iter().all(seen));
    let numbers = [Seen::Reached, Seen::Unreachable, Seen::OtherCards, Seen::Unwatched].map(Seen::number);
    assert_eq!(numbers, [0, 1, 2, 3]);
    for (number, name) in numbers.into_iter().zip(names) {
        assert!(document.contains(&format!("| {number} | `{name}` |")), "{name}");
    }
}

#[test]
fn the_golden_watch_file_is_read_and_has_the_same_bound() {
    let text = golden().file.to_string();
    assert!(is_watch(&text));
    let file = WatchFile::read(&text).unwrap();
    assert_eq!(file, WatchFile::from(&watch()));
    assert_eq!(file.bound(UNTIL), 9_832);
    for (from, to, said) in [
        (r#""version":1"#, r#""version":2"#, "version 2"),
        (r#""seen":"unreachable""#, r#""seen":"asleep""#, "unknown variant `asleep`"),
        (r#""gpus":8"#, r#""gpus":-8"#, "expected u32"),
        (r#""kind":"watch""#, r#""kind":"clock""#, "of the kind"),
    ] {
        let changed = text.replacen(from, to, 1);
        assert_ne!(changed, text);
        let error = WatchFile::read(&changed).unwrap_err().to_string();
        assert!(error.contains(said), "{error}");
    }
}
