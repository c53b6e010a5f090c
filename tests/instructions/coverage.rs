//! Every way the program refuses is asserted somewhere in these tests.

use gpu_lease_client::refusal::{self, ProgramError};
use std::{fs, path::Path};

/// Errors that no test can provoke, each with the reason.
const UNREACHABLE: [(&str, &str); 5] = [
    ("InvariantReleased", "a broken invariant of the program itself"),
    ("InvariantMeter", "a broken invariant of the program itself"),
    ("InvariantVault", "a broken invariant of the program itself"),
    ("InvariantGpus", "a broken invariant of the program itself"),
    ("InvariantFee", "a broken invariant of the program itself"),
];

/// All Rust source below `folder`, but this file.
fn source(folder: &Path) -> String {
    let mut text = String::new();
    for entry in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if entry.is_dir() {
            text += &source(&entry);
        } else if !entry.ends_with("coverage.rs") {
            text += &fs::read_to_string(entry).unwrap();
        }
    }
    text
}

#[test]
fn every_error_of_the_program_is_asserted() {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    let asserted: String =
        ["instructions", "attacks", "flows"].map(|name| source(&tests.join(name))).concat();
    for ProgramError { name, .. } in refusal::ERRORS {
        let unreachable = UNREACHABLE.iter().any(|(exception, _)| exception == name);
        let is_asserted = asserted
            .split(&format!("LeaseError::{name}"))
            .skip(1)
            .any(|rest| !rest.starts_with(|next: char| next.is_alphanumeric()));
        assert!(is_asserted != unreachable, "{name}: asserted {is_asserted}, an exception {unreachable}");
    }
}
