//! npm, which the SDK for TypeScript, the page and their tests are built and run with.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::digest::Entries;
use crate::workspace::{Workspace, is_on_path, run_on_stderr};

/// Installs what all packages of the checkout are built with, unless it is installed.
pub fn packages(workspace: &Workspace) -> Result<()> {
    find()?;
    let lock = workspace.root.join("package-lock.json");
    once(workspace, "packages", &[lock], &workspace.root.join("node_modules"), || {
        eprintln!("Installing what SDK and page are built with");
        // Its warnings are about tools that nothing here calls.
        let install = ["ci", "--no-audit", "--no-fund", "--loglevel=error"];
        run_on_stderr(&mut command(&workspace.root, install))
    })
}

/// Fails unless it is installed.
pub fn find() -> Result<()> {
    ensure!(is_on_path("npm"), "npm is missing: install Node.js 20 or newer");
    Ok(())
}

/// npm in a folder.
pub fn command<'a>(folder: &Path, arguments: impl IntoIterator<Item = &'a str>) -> Command {
    let mut command = Command::new("npm");
    command.args(arguments).current_dir(folder);
    command
}

/// Makes `result` of these files, unless it is there and was made of the same.
pub fn once(
    workspace: &Workspace,
    name: &str,
    files: &[PathBuf],
    result: &Path,
    make: impl FnOnce() -> Result<()>,
) -> Result<()> {
    let memory = workspace.target.join("npm").join(name).with_extension("sha256");
    let digest = digest(files)?;
    if result.exists() && fs::read_to_string(&memory).is_ok_and(|made_of| made_of == digest) {
        return Ok(());
    }
    make()?;
    let folder = memory.parent().context("a file in no folder")?;
    fs::create_dir_all(folder)
        .and_then(|()| fs::write(&memory, digest))
        .with_context(|| format!("cannot write {}", memory.display()))
}

fn digest(files: &[PathBuf]) -> Result<String> {
    let mut entries = Entries::default();
    for file in files {
        entries.add_file(file, file)?;
    }
    Ok(entries.digest())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{cell::Cell, env};

    #[test]
    fn what_was_made_of_the_same_is_not_made_again() {
        let root = env::temp_dir().join(format!("gpu-lease-npm-{}", std::process::id()));
        fs::create_dir_all(&root).unwrap();
        let (source, result) = (root.join("source"), root.join("result"));
        let workspace = Workspace { target: root.join("target"), root: root.clone() };
        let made = Cell::new(0);
        let make = || {
            made.set(made.get() + 1);
            Ok(fs::write(&result, "")?)
        };
        let times = |content: &str| {
            fs::write(&source, content).unwrap();
            once(&workspace, "test", std::slice::from_ref(&source), &result, make).unwrap();
            made.get()
        };
        assert_eq!([times("1"), times("1"), times("2"), times("2")], [1, 1, 2, 2]);
        fs::remove_file(&result).unwrap();
        assert_eq!(times("2"), 3);
        fs::remove_dir_all(root).unwrap();
    }
}
