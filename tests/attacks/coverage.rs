//! `README.md` names tests that exist, and every test of this folder.

use std::{collections::BTreeSet, fs, path::Path};

/// The tests in the source of a module.
fn tests_of(source: &str) -> BTreeSet<&str> {
    let marked = ["\n#[test]", "\n#[rstest]"].map(|mark| source.split(mark).skip(1));
    let functions = marked.into_iter().flatten().filter_map(|rest| rest.split_once("\nfn "));
    functions.filter_map(|(_, function)| function.split('(').next()).collect()
}

#[test]
fn every_item_of_the_list_names_tests_that_exist_and_every_test_here_is_named() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |module: &str| {
        // `module::test` is in this folder, `folder/module::test` beside it.
        let folder = if module.contains('/') { "" } else { "attacks/" };
        fs::read_to_string(here.join(format!("{folder}{module}.rs"))).unwrap_or_default()
    };
    let mut named = BTreeSet::new();
    let rows = include_str!("README.md").lines().filter(|line| line.starts_with("| ")).collect::<Vec<_>>();
    assert!(rows.len() > 90, "the list is read");
    for row in rows.iter().filter(|row| !row.starts_with("| What is tried")) {
        let tests: Vec<_> = row.split('`').skip(1).step_by(2).filter(|name| name.contains("::")).collect();
        assert!(!tests.is_empty(), "no test: {row}");
        for test in tests {
            let (module, name) = test.split_once("::").expect("a module and a test");
            assert!(tests_of(&read(module)).contains(name), "{test} does not exist");
            named.insert(test);
        }
    }
    for entry in fs::read_dir(here.join("attacks")).unwrap().map(|entry| entry.unwrap().path()) {
        let module = entry.file_stem().unwrap().to_str().unwrap();
        for test in tests_of(&read(module)).into_iter().map(|name| format!("{module}::{name}")) {
            let is_named = named.contains(test.as_str()) || module == "coverage";
            assert!(is_named, "{test} answers no item of the list");
        }
    }
}
