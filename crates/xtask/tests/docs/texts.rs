//! The repository's texts.

use std::fs;
use std::path::{Path, PathBuf};

/// Folders of what is installed or built, and of the version control.
const FOREIGN: [&str; 5] = [".git", "dist", "node_modules", "pkg", "target"];

/// The repository.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("the repository")
}

/// Every file whose name ends in one of `endings`: its path from the repository, and its text.
pub fn with_endings(endings: &[&str]) -> Vec<(String, String)> {
    let root = root();
    let mut found = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder").map(|entry| entry.expect("an entry").path()) {
            let name = entry.file_name().expect("a name").to_string_lossy();
            if entry.is_dir() && !FOREIGN.contains(&&*name) {
                folders.push(entry);
            } else if entry.is_file() && endings.iter().any(|ending| name.ends_with(ending)) {
                let path = entry.strip_prefix(&root).expect("a path in it").to_string_lossy().into_owned();
                found.push((path, fs::read_to_string(&entry).expect("UTF-8")));
            }
        }
    }
    found.sort();
    found
}

/// The rows of the first table under the heading `title`, cell by cell.
pub fn table<'a>(page: &'a str, title: &str) -> Vec<Vec<&'a str>> {
    let below = page.lines().skip_while(|line| line.trim_start_matches('#').trim() != title);
    let rows = below.skip_while(|line| !line.starts_with('|')).take_while(|line| line.starts_with('|'));
    rows.skip(2).map(|row| row.trim_matches('|').split('|').map(str::trim).collect()).collect()
}
