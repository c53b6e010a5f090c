//! Tests and programs are compiled with the same features of the crates that both use.

use std::collections::{BTreeMap, BTreeSet};

use crate::workspace::{Workspace, run_quietly};

/// One that only tests ask for would have everything that depends on its crate compiled twice: with it for tests, and
/// without it for programs.
#[test]
fn tests_want_no_feature_that_programs_do_not_have() {
    let workspace = Workspace::locate().unwrap();
    let (programs, tests) = (features(&workspace, "normal,build"), features(&workspace, "normal,build,dev"));
    assert!(!programs.is_empty());
    let differs = |name: &&String| tests.get(*name) != programs.get(*name);
    let differing: Vec<_> = programs.keys().filter(differs).map(String::as_str).collect();
    assert!(
        differing.is_empty(),
        "name the features that tests need in the root Cargo.toml, for: {}",
        differing.join(", ")
    );
}

/// The crates that the workspace is built from along these edges, each with the sets of features it is compiled with.
fn features(workspace: &Workspace, edges: &str) -> BTreeMap<String, BTreeSet<String>> {
    let mut command =
        workspace.cargo(["tree", "--locked", "--workspace", "--edges", edges, "--prefix", "none"]);
    let tree = run_quietly(command.args(["--format", "{p}|{f}|"])).unwrap();
    let mut found = BTreeMap::<_, BTreeSet<_>>::new();
    for line in tree.lines() {
        let [name, features, ..] = line.split('|').collect::<Vec<_>>()[..] else { continue };
        found.entry(name.to_owned()).or_default().insert(features.to_owned());
    }
    found
}
