//! The lease that nobody touches, as `cargo xtask up --once` plays it.

use std::process::Command;

use gpu_lease_client::address;
use gpu_lease_tests::prelude::*;
use serde_json::Value;
use tempfile::TempDir;

use crate::programs::program;

/// A figure of 64 bits, which JSON has as text.
fn figure(value: &Value) -> i128 {
    value.as_str().unwrap_or_else(|| panic!("{value}")).parse().unwrap()
}

#[test]
fn nobody_touches_a_lease_and_what_was_not_delivered_is_refused() {
    let home = TempDir::new().unwrap();
    let mut command = Command::new(program("gpu-lease"));
    command.args(["localnet", "--once", "--output", "json", "--runtime", "process"]).env("HOME", home.path());
    for name in ["agent", "helper", "guard", "keeper", "indexer"] {
        command.arg(format!("--{name}")).arg(program(&format!("gpu-lease-{name}")));
    }
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    eprintln!("{said}");
    assert!(output.status.success());

    let played: Value = serde_json::from_slice(&output.stdout).unwrap();
    let lease = &played["unattended"];
    assert!(lease["lease"].as_str().unwrap().parse::<Address>().unwrap() != address::PROGRAM);
    let [bound, claimed, accepted] = ["bound", "claimed", "accepted"].map(|name| figure(&lease[name]));
    // Of 45 seconds of two GPUs those from the first probe that failed to the last.
    let refused = claimed - bound;
    assert!((20..=90).contains(&refused), "{refused} of {claimed} were refused");
    // Nobody decided.
    assert_eq!(accepted, bound + refused / 2);
    for book in ["tokens", "lamports"] {
        let rows = lease["ledger"][book]["rows"].as_array().unwrap();
        assert_eq!(rows.iter().map(|row| figure(&row["total"])).sum::<i128>(), 0, "{book}");
    }
    // The command holds its receipts, and those of all leases before, against the books.
    assert!(said.contains("The indexer's receipts of all these leases"), "{said}");
    let happenings = lease["happenings"].as_array().unwrap();
    let told = |what: &str| happenings.iter().any(|it| it["what"].as_str().unwrap().contains(what));
    for what in [
        "Started by",
        "is answered: it works",
        "co-signed",
        "signs no more",
        "Disputed by the guard",
        "Closed",
    ] {
        assert!(told(what), "{what}: {said}");
    }
}
