//! What the command line does without any cluster.

use anchor_lang::Discriminator;
use base64::{Engine, prelude::BASE64_STANDARD};
use bytemuck::Zeroable;
use gpu_lease_client::{
    address,
    attestation::{SignedAttestation, SignedBatch},
    evidence::{Seen, Stretch, watch_head},
    state::{ACCOUNT_VERSION, Lease, Meter, Moment, PodLeaseState},
};
use serde_json::{Value, json};
use solana_address::Address;
use solana_keypair::Keypair;
use solana_signer::Signer;
use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};
use tempfile::TempDir;

/// A folder with an attestor's keypair and the accounts of two active leases, in `lease.json` and `other.json`.
struct Offline {
    folder: TempDir,
    attestor: Keypair,
    lease: Address,
    other: Address,
}

impl Offline {
    fn new() -> Self {
        let offline = Self {
            folder: tempfile::tempdir().unwrap(),
            attestor: Keypair::new_from_array([2; 32]),
            lease: Address::new_from_array([8; 32]),
            other: Address::new_from_array([7; 32]),
        };
        solana_keypair::write_keypair_file(&offline.attestor, offline.path("attestor.json")).unwrap();
        fs::write(offline.path("lease.json"), Self::account(&offline.lease)).unwrap();
        fs::write(offline.path("other.json"), Self::account(&offline.other)).unwrap();
        offline
    }

    /// The account of an active lease at this address, as `lease show --save` writes it.
    fn account(address: &Address) -> String {
        let lease = Lease {
            gpus: 2,
            started_at: 1_000,
            ends_at: 4_600,
            state: PodLeaseState::Active,
            version: ACCOUNT_VERSION,
            meter: Meter::start(2, Moment::by_clock(1_000)),
            ..Lease::zeroed()
        };
        let data = [Lease::DISCRIMINATOR, bytemuck::bytes_of(&lease)].concat();
        let account = json!({
            "pubkey": address.to_string(),
            "account": {
                "lamports": 1,
                "data": [BASE64_STANDARD.encode(data), "base64"],
                "owner": address::PROGRAM.to_string(),
            },
        });
        account.to_string()
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Signs a batch that states this of the first lease and that of the other.
    fn sign_batch(&self, first: &str, other: &str, arguments: &[&str]) -> Output {
        let rows = [format!("{}={first}", self.lease), format!("{}={other}", self.other)];
        let mut all = vec!["attest", "batch", "sign", &rows[0], &rows[1], "-k", "attestor.json"];
        all.extend(["--account", "lease.json", "--account", "other.json"]);
        all.extend(arguments);
        gpu_lease(self.folder.path(), &all)
    }

    fn sign(&self, arguments: &[&str]) -> Output {
        let mut all = vec!["attest", "sign", "--account", "lease.json", "-k", "attestor.json"];
        all.extend(arguments);
        gpu_lease(self.folder.path(), &[&all[..], &[&self.lease.to_string()]].concat())
    }
}

/// Runs the binary without a home, a configuration or a cluster.
fn gpu_lease(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_gpu-lease"))
        .args(["-u", "http://127.0.0.1:1"])
        .args(arguments)
        .current_dir(folder)
        .env_clear()
        .env("HOME", folder)
        .output()
        .unwrap()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

#[test]
fn an_attestor_signs_without_a_connection() {
    let offline = Offline::new();
    let output = offline.sign(&["--gpu-seconds", "7000", "--until", "4600"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let signed: SignedAttestation = text(&output.stdout).parse().unwrap();
    assert!(signed.is_signed_by(&offline.attestor.pubkey()));
    assert_eq!(signed.message().gpu_seconds.get(), 7_000);
    assert_eq!(signed.message().lease, offline.lease);
}

#[test]
fn with_json_standard_output_is_nothing_but_json() {
    let offline = Offline::new();
    let output = offline.sign(&["--full", "--until", "4600", "--output", "json"]);
    let json: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(json["gpu_seconds"], "7200");
    assert!(json["message"].as_str().unwrap().parse::<SignedAttestation>().is_ok());
}

#[test]
fn what_the_program_would_refuse_is_not_signed() {
    let offline = Offline::new();
    let output = offline.sign(&["--gpu-seconds", "7201", "--until", "4600"]);
    assert_eq!(output.status.code(), Some(4));
    assert!(output.stdout.is_empty());
    let message = text(&output.stderr);
    assert!(message.contains("6409") && message.contains("try:"), "{message}");
}

#[test]
fn an_attestor_signs_a_batch_without_a_connection() {
    let offline = Offline::new();
    let output = offline.sign_batch("7000,30", "full", &["--until", "4600"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let signed: SignedBatch = text(&output.stdout).parse().unwrap();
    assert!(signed.is_signed_by(&offline.attestor.pubkey()));
    let batch = signed.message();
    assert_eq!(batch.leases(), [offline.other, offline.lease]);
    let rows = batch.rows().iter().map(|row| (row.gpu_seconds.get(), row.energy_wh.get()));
    assert_eq!(rows.collect::<Vec<_>>(), [(7_200, 0), (7_000, 30)]);
    // A batch is not an attestation of one lease.
    fs::write(offline.path("batch.txt"), &output.stdout).unwrap();
    let output = gpu_lease(offline.folder.path(), &["attest", "submit", "batch.txt", "-k", "attestor.json"]);
    assert!(text(&output.stderr).contains("holds no valid signed attestation"), "{}", text(&output.stderr));
}

#[test]
fn a_batch_with_a_row_that_would_be_skipped_is_not_signed() {
    let offline = Offline::new();
    let output = offline.sign_batch("7201", "7200", &["--until", "4600"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(output.stdout.is_empty());
    let message = text(&output.stderr);
    assert!(message.contains("6409") && message.contains("1 of 2 leases would be skipped"), "{message}");
    assert!(message.contains(&offline.lease.to_string()), "{message}");
    assert!(!message.contains(&offline.other.to_string()), "{message}");
    // Offline nobody knows the time.
    assert_eq!(offline.sign_batch("1", "1", &[]).status.code(), Some(2));
}

#[test]
fn an_account_file_of_another_lease_is_refused() {
    let offline = Offline::new();
    let other = Address::new_from_array([9; 32]).to_string();
    let arguments = ["attest", "sign", &other, "--account", "lease.json", "-k", "attestor.json"];
    let output = gpu_lease(offline.folder.path(), &[&arguments[..], &["--full", "--until", "1"]].concat());
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("not"), "{}", text(&output.stderr));
}

#[test]
fn a_missing_keypair_is_explained() {
    let folder = tempfile::tempdir().unwrap();
    let lease = Address::default().to_string();
    let output = gpu_lease(folder.path(), &["settle", &lease]);
    assert_eq!(output.status.code(), Some(6));
    assert!(text(&output.stderr).contains("solana-keygen new"), "{}", text(&output.stderr));
}

#[test]
fn a_hardware_wallet_is_named_as_the_solana_tools_name_it() {
    let (folder, lease) = (tempfile::tempdir().unwrap(), Address::default().to_string());
    let output = gpu_lease(folder.path(), &["settle", &lease, "-k", "usb://toaster"]);
    assert!(text(&output.stderr).contains("usb://ledger?key=0"), "{}", text(&output.stderr));
    // Without one, or without USB, there is a sentence.
    let output = gpu_lease(folder.path(), &["settle", &lease, "-k", "usb://ledger"]);
    assert_eq!(output.status.code(), Some(6), "{}", text(&output.stderr));
    assert!(text(&output.stderr).contains("try:"), "{}", text(&output.stderr));
}

#[test]
fn shells_and_man_are_told_of_every_command() {
    let folder = tempfile::tempdir().unwrap();
    for shell in ["bash", "zsh", "fish"] {
        let script = gpu_lease(folder.path(), &["completions", shell]);
        assert!(script.status.success(), "{}", text(&script.stderr));
        for word in ["cosign", "--nonce-authority", "--fee-payer"] {
            let word = if shell == "fish" { word.trim_start_matches("--") } else { word };
            assert!(text(&script.stdout).contains(word), "{shell}: {word}");
        }
    }
    let page = gpu_lease(folder.path(), &["man"]);
    assert!(text(&page.stdout).contains(".TH gpu-lease 1"), "{}", text(&page.stdout));
    assert!(gpu_lease(folder.path(), &["man", "--out", "man1"]).status.success());
    let open = fs::read_to_string(folder.path().join("man1/gpu-lease-lease-open.1")).unwrap();
    assert!(open.contains("withdrawn with"), "{open}");
}

#[test]
fn a_nonce_account_is_for_what_is_handed_over() {
    let lease = Address::default().to_string();
    let close = ["lease", "close", &lease, "--together", "--nonce", &lease];
    assert!(refused(&close, 2).contains("--out"));
}

#[test]
fn wrong_usage_exits_with_2() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(gpu_lease(folder.path(), &["lease", "show", "nothing"]).status.code(), Some(2));
    assert_eq!(gpu_lease(folder.path(), &["offer", "create"]).status.code(), Some(2));
}

/// Runs the binary where it is refused, and returns what it says.
fn refused(arguments: &[&str], code: i32) -> String {
    let folder = tempfile::tempdir().unwrap();
    solana_keypair::write_keypair_file(&Keypair::new_from_array([3; 32]), folder.path().join("me.json"))
        .unwrap();
    fs::write(folder.path().join("half.txt"), "no transaction").unwrap();
    let output = gpu_lease(folder.path(), &[&["-k", "me.json"], arguments].concat());
    assert_eq!(output.status.code(), Some(code), "{}", text(&output.stderr));
    assert!(output.stdout.is_empty(), "{}", text(&output.stdout));
    text(&output.stderr).to_owned()
}

#[test]
fn without_an_indexer_it_is_said_how_to_get_one() {
    for arguments in [["history"].as_slice(), &["receipts", "--csv"], &["market"]] {
        let said = refused(arguments, 2);
        assert!(said.contains("GPU_LEASE_INDEXER") && said.contains("docs/guides/indexer.md"), "{said}");
    }
    assert!(refused(&["market", "--indexer", "ftp://there"], 2).contains("not an http URL"));
    let folder = tempfile::tempdir().unwrap();
    let cluster = folder.path().join("cluster.json");
    fs::write(&cluster, "{ \"name\": \"devnet\" }").unwrap();
    let said = refused(&["market", "--indexer", cluster.to_str().unwrap()], 1);
    assert!(said.contains("names no indexer"), "{said}");
    fs::write(&cluster, "{ \"indexer\": \"http://127.0.0.1:1\" }").unwrap();
    let said = refused(&["market", "--indexer", cluster.to_str().unwrap()], 5);
    assert!(said.contains("the indexer at http://127.0.0.1:1 does not answer"), "{said}");
}

#[test]
fn a_dispute_names_one_figure_in_one_unit() {
    let lease = Address::default().to_string();
    for command in [["dispute", "open"], ["arbiter", "resolve"]] {
        let with = |rest: &[&str]| refused(&[&command, &[lease.as_str()][..], rest].concat(), 2);
        assert!(with(&[]).contains("--gpu-hours"));
        assert!(with(&["--units", "1", "--gpu-hours", "1"]).contains("cannot be used with"));
        assert!(with(&["--gpu-hours", "0.0001"]).contains("pass the GPU-seconds as --units"));
    }
}

#[test]
fn a_figure_is_called_units_or_gpu_seconds_everywhere() {
    let offline = Offline::new();
    let same =
        ["--units", "--gpu-seconds"].map(|flag| offline.sign(&[flag, "7000", "--until", "4600"]).stdout);
    assert!(!same[0].is_empty() && same[0] == same[1]);
    // Both are understood: what fails is the connection.
    let lease = Address::default().to_string();
    for flag in ["--units", "--gpu-seconds"] {
        assert!(refused(&["dispute", "open", &lease, flag, "7"], 5).contains("RPC node"));
    }
}

#[test]
fn the_other_party_signs_here_or_elsewhere_but_not_both() {
    let lease = Address::default().to_string();
    for command in [&["resize", &lease, "--gpus", "2"][..], &["close", &lease, "--together"]] {
        let arguments = [&["lease"], command, &["--with", "a.json", "--out", "b.txt"]].concat();
        assert!(refused(&arguments, 2).contains("cannot be used with"));
    }
}

#[test]
fn what_is_no_transaction_is_not_signed() {
    assert!(refused(&["sign", "half.txt", "--yes"], 1).contains("not a transaction"));
    assert!(refused(&["sign", "missing.txt"], 1).contains("cannot be read"));
}

#[test]
fn none_takes_a_key_or_a_nomination_away() {
    let lease = Address::default().to_string();
    for arguments in [&["lease", "session-key", &lease][..], &["provider", "nominate"]] {
        assert!(refused(&[arguments, &["nobody"]].concat(), 2).contains("`none` takes it away"));
        assert!(refused(&[arguments, &["none"]].concat(), 5).contains("RPC node"));
    }
}

#[test]
fn at_most_four_leases_are_settled_at_once() {
    let lease = Address::default().to_string();
    let leases = |count| [&["settle"][..], &vec![lease.as_str(); count]].concat();
    assert!(refused(&leases(4), 5).contains("RPC node"));
    refused(&leases(5), 2);
    refused(&leases(0), 2);
}

/// The error that is said with `--output json`, and its exit status.
fn refused_in_json(arguments: &[&str]) -> (Value, Option<i32>) {
    let folder = tempfile::tempdir().unwrap();
    solana_keypair::write_keypair_file(&Keypair::new_from_array([3; 32]), folder.path().join("me.json"))
        .unwrap();
    let output = gpu_lease(folder.path(), arguments);
    let said: Value =
        serde_json::from_slice(&output.stderr).unwrap_or_else(|_| panic!("{}", text(&output.stderr)));
    assert!(output.stdout.is_empty());
    (said["error"].clone(), output.status.code())
}

#[test]
fn with_json_every_error_is_json_with_a_kind_that_the_exit_status_tells_too() {
    let lease = Address::default().to_string();
    let offline = Offline::new();
    let refused = offline.sign(&["--gpu-seconds", "7201", "--until", "4600", "--output", "json"]);
    let error: Value = serde_json::from_slice(&refused.stderr).unwrap();
    let error = &error["error"];
    assert_eq!(
        (&error["kind"], &error["number"], refused.status.code()),
        (&json!("refused"), &json!(6409), Some(4))
    );
    assert_eq!((&error["name"], &error["signature"]), (&json!("UnitsAboveCapacity"), &Value::Null));
    assert!(error["message"].is_string() && error["advice"].is_string(), "{error}");
    for (arguments, kind, code) in [
        (&["--output", "json", "offer", "create"][..], "usage", 2),
        (&["lease", "open", &lease, "--duration", "2M", "--output=json-compact"], "usage", 2),
        (&["--output", "json", "-u", "ftp://nowhere", "status"], "usage", 2),
        (&["--output", "json", "-k", "me.json", "settle", &lease], "node", 5),
        (&["--output", "json", "-k", "you.json", "settle", &lease], "key", 6),
        (&["--output", "json", "-k", "me.json", "sign", "missing.txt"], "failed", 1),
    ] {
        let (error, status) = refused_in_json(arguments);
        assert_eq!((&error["kind"], status), (&json!(kind), Some(code)), "{arguments:?}: {error}");
        assert!(error["message"].as_str().is_some_and(|message| !message.starts_with("error")), "{error}");
        assert!(!error["advice"].as_str().unwrap_or("missing").is_empty(), "{error}");
    }
}

#[test]
fn every_exit_status_is_in_the_help() {
    let folder = tempfile::tempdir().unwrap();
    let help = gpu_lease(folder.path(), &["--help"]).stdout;
    let help = text(&help).split_once("Exit status:").unwrap().1;
    for code in 0..=9 {
        assert!(help.lines().any(|line| line.starts_with(&format!("  {code}  "))), "{code}: {help}");
    }
}

#[test]
fn numbers_that_can_be_misread_are_refused_with_how_to_write_them() {
    let lease = Address::default().to_string();
    for (arguments, words) in [
        (&["lease", "open", &lease, "--duration", "2M"][..], "lower case"),
        (&["lease", "extend", &lease, "--duration", "1,5h"], "write it like"),
        (&["lease", "open", &lease, "--duration", "2h", "--gpus", "0"], "1 or more"),
        (&["lease", "open", &lease, "--duration", "2h", "--gpus", "1,000"], "could mean"),
        (&["lease", "resize", &lease, "--gpus", "0"], "1 or more"),
        (&["lease", "open", &lease, "--duration", "2h", "--max-fee", "1,5%"], "could mean"),
        (&["governance", "propose", "fee", "1.5"], "unit"),
        (&["governance", "propose", "rules", "--deposit", "0,5"], "could mean"),
        (&["governance", "lock", "5", "--until", "2026-12-31 12:00:00"], "UTC"),
        (&["dispute", "open", &lease, "--units", "1.000"], "whole number"),
        (&["--with-compute-unit-price", "1,000", "status"], "could mean"),
        (&["--patience", "3M", "status"], "lower case"),
    ] {
        let said = refused(arguments, 2);
        assert!(said.contains(words), "{arguments:?}: {said}");
    }
}

#[test]
fn offers_is_short_for_offer_list() {
    let folder = tempfile::tempdir().unwrap();
    let options = |arguments: &[&str]| {
        let output = gpu_lease(folder.path(), &[arguments, &["--help"]].concat());
        let help = text(&output.stdout).to_owned();
        help.split_once("Options:").unwrap().1.to_owned()
    };
    assert_eq!(options(&["offers"]), options(&["offer", "list"]));
}

#[test]
fn registering_a_mint_says_what_is_refused_and_why() {
    let folder = tempfile::tempdir().unwrap();
    let help = gpu_lease(folder.path(), &["mint", "register", "--help"]).stdout;
    let help = text(&help).split_whitespace().collect::<Vec<_>>().join(" ");
    for refused in [
        "transfer fee",
        "permanent delegate",
        "transfer hook",
        "pause",
        "default account state",
        "non-transferable",
        "interest",
        "scaled amounts",
        "confidential transfers",
        "close authority",
    ] {
        assert!(help.contains(refused), "{refused}");
    }
}

#[test]
fn a_url_is_shown_without_its_secrets_when_nobody_answers_and_in_the_help() {
    let folder = tempfile::tempdir().unwrap();
    let url = "http://user:SECRET@127.0.0.1:1/v2/SECRET?api-key=SECRET";
    let lease = Address::default().to_string();
    for (arguments, code) in
        [(&["status"][..], 5), (&["lease", "show", &lease], 5), (&["lease", "open", "--help"], 0)]
    {
        let output = Command::new(env!("CARGO_BIN_EXE_gpu-lease"))
            .args(arguments)
            .env_clear()
            .env("HOME", folder.path())
            .env("GPU_LEASE_URL", url)
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(code));
        let all = [text(&output.stdout), text(&output.stderr)].concat();
        assert!(!all.contains("SECRET"), "{all}");
    }
}

/// The file of the golden record, changed.
fn evidence(offline: &Offline, change: impl FnOnce(&mut Value)) -> PathBuf {
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/evidence.json");
    let mut file =
        serde_json::from_str::<Value>(&fs::read_to_string(fixture).unwrap()).unwrap()["file"].take();
    change(&mut file);
    let path = offline.path("evidence.json");
    fs::write(&path, file.to_string()).unwrap();
    path
}

fn replay(offline: &Offline, arguments: &[&str]) -> Output {
    let command = ["attest", "evidence", "evidence.json", "--offline"];
    gpu_lease(offline.folder.path(), &[&command, arguments].concat())
}

#[test]
fn a_record_is_replayed_and_says_what_was_missed_and_whether_it_is_what_was_signed() {
    let offline = Offline::new();
    evidence(&offline, |_| {});
    let said = replay(&offline, &[]);
    let text = String::from_utf8_lossy(&said.stdout);
    assert!(said.status.success(), "{said:?}");
    for part in [
        "delivered       1224 GPU-seconds (0.34 GPU-hours)",
        "energy          192 Wh",
        "evidence        039668b9e3c2e5a7bc35e454d85b12d5276955e78e82daa2629027ef6f57b2c9",
        "nothing happened",
        "nobody looked",
        "the tenant ended its container",
        "units     what was signed  yes",
        "It goes on for 1m, which were not attested when it was made.",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let json: Value = serde_json::from_slice(&replay(&offline, &["--output", "json"]).stdout).unwrap();
    assert_eq!((&json["units"], &json["energy_wh"]), (&json!("1224"), &json!("192")));
    assert_eq!(json["matches"], json!(true));
    assert_eq!(json["causes"][0], json!({ "cause": "unobserved", "seconds": "60", "is_delivered": false }));
}

#[test]
fn a_record_that_is_not_what_was_signed_ends_with_an_error() {
    let offline = Offline::new();
    evidence(&offline, |file| file["rows"][6]["cause"] = json!(null));
    let said = replay(&offline, &[]);
    assert_eq!(said.status.code(), Some(1), "{said:?}");
    let text = String::from_utf8_lossy(&said.stdout);
    assert!(text.contains("NO       1224 there, 1464 here"), "{text}");

    // Rows that are not a record are not replayed at all.
    evidence(&offline, |file| file["rows"][6]["from"] = json!("1800000181"));
    let said = replay(&offline, &[]);
    assert_eq!((said.status.code(), said.stdout.len()), (Some(1), 0), "{said:?}");
    let why = String::from_utf8_lossy(&said.stderr);
    assert!(why.contains("a row begins later than the row in front of it has ended"), "{why}");

    evidence(&offline, |file| file["version"] = json!(2));
    assert_eq!(replay(&offline, &[]).status.code(), Some(1));
    evidence(&offline, |_| {});
    let other = offline.other.to_string();
    assert_eq!(replay(&offline, &["--lease", &other]).status.code(), Some(1));
}

/// A guard's file about the lease of the golden record, which was seen so: what, and until when.
fn watch(offline: &Offline, seen: &[(Seen, i64)]) {
    let fixture =
        serde_json::from_str::<Value>(&fs::read_to_string(evidence(offline, |_| {})).unwrap()).unwrap();
    let number = |name: &str| fixture[name].as_str().unwrap().parse::<i64>().unwrap();
    let (start, opened_slot) = (number("start"), number("openedSlot"));
    let lease: Address = fixture["lease"].as_str().unwrap().parse().unwrap();
    let mut from = start;
    let stretches: Vec<Stretch> = seen
        .iter()
        .map(|(seen, to)| {
            let stretch = Stretch { from, to: *to, seen: *seen };
            from = *to;
            stretch
        })
        .collect();
    let sealed = stretches.split_last().unwrap().1;
    let file = json!({
        "kind": "watch", "version": 1, "lease": lease.to_string(), "openedSlot": opened_slot.to_string(),
        "start": start.to_string(), "segments": [{ "from": start, "gpus": 8 }], "stretches": stretches,
        "head": hex::encode(watch_head(&lease, opened_slot.cast_unsigned(), start, sealed)),
    });
    fs::write(offline.path("watch.json"), file.to_string()).unwrap();
}

fn compared(offline: &Offline, arguments: &[&str]) -> Output {
    let command = ["dispute", "evidence", "watch.json", "evidence.json", "--offline"];
    gpu_lease(offline.folder.path(), &[&command, arguments].concat())
}

#[test]
fn two_records_are_put_beside_each_other_and_differ_where_one_saw_nothing() {
    let offline = Offline::new();
    // The provider's own record has an outage from ...60 to ...66, and none from ...66 to ...120.
    let until = 1_800_000_120;
    watch(&offline, &[(Seen::Reached, until - 60), (Seen::Unreachable, until - 20), (Seen::Reached, until)]);
    let said = compared(&offline, &[]);
    assert_eq!(said.status.code(), Some(1), "{said:?}");
    let text = String::from_utf8_lossy(&said.stdout);
    for part in [
        "The provider counts 272 GPU-seconds (0.07 GPU-hours) that the guard did not see delivered.",
        "by the provider  864 GPU-seconds (0.24 GPU-hours) were delivered",
        "by the guard     at most 592 GPU-seconds (0.16 GPU-hours) can have been",
        "2027-01-15 08:01:06Z  34s  delivered          it did not answer          272",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let why = String::from_utf8_lossy(&said.stderr);
    assert!(
        why.contains("the provider counts 272 GPU-seconds that the guard did not see delivered"),
        "{why}"
    );
    let json: Value = serde_json::from_slice(&compared(&offline, &["--output", "json"]).stdout).unwrap();
    assert_eq!((&json["only_provider"], &json["bound"]), (&json!("272"), &json!("592")));
    assert_eq!(json["provider_record_is_signed"], json!(true));
    assert_eq!(json["differences"][0]["seen"], json!("unreachable"));
}

#[test]
fn records_that_agree_end_well_and_those_that_cannot_be_compared_do_not() {
    let offline = Offline::new();
    watch(&offline, &[(Seen::Reached, 1_800_000_120)]);
    let said = compared(&offline, &[]);
    let text = String::from_utf8_lossy(&said.stdout);
    assert!(
        said.status.success() && text.contains("there is nothing to dispute in these records"),
        "{said:?}"
    );
    // The provider itself says that six seconds of eight GPUs were not delivered.
    assert!(
        text.contains("48 GPU-seconds (0.01 GPU-hours) were not delivered by the provider's own record"),
        "{text}"
    );

    let swapped = ["dispute", "evidence", "evidence.json", "watch.json", "--offline"];
    let said = gpu_lease(offline.folder.path(), &swapped);
    assert!(String::from_utf8_lossy(&said.stderr).contains("name them in this order"), "{said:?}");
    evidence(&offline, |file| file["openedSlot"] = json!("7"));
    let said = compared(&offline, &[]);
    assert!(String::from_utf8_lossy(&said.stderr).contains("not about the same life"), "{said:?}");
    // One that was changed after it was signed is told, whatever it says.
    evidence(&offline, |file| file["rows"][6]["cause"] = json!(null));
    let said = compared(&offline, &[]);
    assert_eq!(said.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&said.stderr).contains("is not the one that it signed"), "{said:?}");
}
