//! Every declared dependency is used: what nobody uses costs everybody who compiles.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};

use crate::metadata::Metadata;
use crate::workspace::Workspace;

/// Fails unless each crate's sources name every dependency that its manifest declares, and some crate each that the
/// workspace lists.
pub fn check(workspace: &Workspace) -> Result<()> {
    let mut unused = Vec::new();
    let mut inherited = BTreeSet::new();
    for package in Metadata::read(workspace)?.packages {
        let sources = sources(package.manifest_path.parent().context("a manifest in no folder")?)?;
        for dependency in package.dependencies {
            let name = dependency.rename.as_ref().unwrap_or(&dependency.name).replace('-', "_");
            inherited.insert(dependency.name);
            if !is_named(&sources, &name) {
                unused.push(format!("{name} in {}", package.name));
            }
        }
    }
    let listed: toml::Table = fs::read_to_string(workspace.root.join("Cargo.toml"))?.parse()?;
    let listed =
        listed["workspace"]["dependencies"].as_table().context("the workspace lists no dependencies")?;
    unused.extend(
        listed
            .keys()
            .filter(|name| !inherited.contains(*name))
            .map(|name| format!("{name} in the workspace's list")),
    );
    ensure!(unused.is_empty(), "declared and used by nobody: {}", unused.join(", "));
    eprintln!("every declared dependency is used");
    Ok(())
}

/// All Rust code of a crate, with the files of others that it takes in by their paths.
fn sources(folder: &Path) -> Result<String> {
    let mut all = String::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).with_context(|| folder.display().to_string())? {
            let path = entry?.path();
            let is_apart = path.file_name().is_some_and(|name| name == "node_modules" || name == "target");
            if path.is_dir() && !is_apart {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let source = fs::read_to_string(&path)?;
                for named in source.lines().filter_map(|line| line.strip_prefix("#[path = \"")) {
                    let file = folder.join(named.trim_end_matches("\"]"));
                    all.push_str(&fs::read_to_string(&file).with_context(|| file.display().to_string())?);
                }
                all.push_str(&source);
            }
        }
    }
    Ok(all)
}

/// Whether some path begins with this crate's name, or it is renamed.
fn is_named(sources: &str, name: &str) -> bool {
    let is_part = |character: char| character.is_alphanumeric() || character == '_';
    sources.match_indices(name).any(|(place, _)| {
        let before = sources[..place].chars().next_back();
        let behind = &sources[place + name.len()..];
        !before.is_some_and(is_part)
            && (behind.starts_with("::") || behind.starts_with(" as ") || behind.starts_with(';'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crate_is_named_where_a_path_begins_with_it() {
        for source in ["use serde::Serialize;", "fn f() { serde::f() }", "use serde as s;", "use serde;"] {
            assert!(is_named(source, "serde"), "{source}");
        }
        for source in ["use serde_json::Value;", "use my_serde::f;", "// serde", "let serde = 1;"] {
            assert!(!is_named(source, "serde"), "{source}");
        }
    }

    #[test]
    fn what_a_crate_takes_in_by_a_path_is_code_of_its_own() {
        let workspace = Workspace::locate().unwrap();
        let engine = fs::read_to_string(workspace.root.join("crates/runtime/tests/docker/world.rs")).unwrap();
        assert!(sources(&workspace.root.join("tests")).unwrap().contains(&engine));
    }
}
