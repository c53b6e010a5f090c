//! No file uses a file that uses it, directly or through others: each can be understood after those below it.

use std::collections::BTreeSet;

use super::modules::Modules;
use crate::metadata::Metadata;
use crate::workspace::Workspace;

/// Crates in which there still are circles.
const EXCEPTIONS: &[&str] = &["gpu-lease", "gpu-lease-model", "gpu-lease-tests"];

#[test]
fn no_files_use_each_other() {
    let workspace = Workspace::locate().unwrap();
    let mut found = Vec::new();
    for package in Metadata::read(&workspace).unwrap().packages {
        if EXCEPTIONS.contains(&package.name.as_str()) {
            continue;
        }
        for root in package.targets {
            let modules = Modules::read(&root.src_path).unwrap();
            for circle in circles(&modules.uses()) {
                let files = circle.into_iter().map(|file| modules.file(file));
                let files = files.map(|file| file.strip_prefix(&workspace.root).unwrap_or(file));
                found.push(files.map(|file| file.display().to_string()).collect::<Vec<_>>().join(" ↔ "));
            }
        }
    }
    assert!(
        found.is_empty(),
        "these files use each other; move what both need to a file that uses neither:\n{}",
        found.join("\n")
    );
}

/// The largest sets of files in which each uses every other, directly or through others.
fn circles(uses: &[BTreeSet<usize>]) -> BTreeSet<Vec<usize>> {
    let reached: Vec<_> = (0..uses.len()).map(|file| reached_from(file, uses)).collect();
    let comes_back = |file: usize, from: &usize| reached[*from].contains(&file);
    let circle = |file: usize| reached[file].iter().copied().filter(|from| comes_back(file, from)).collect();
    (0..uses.len()).map(circle).filter(|circle: &Vec<_>| !circle.is_empty()).collect()
}

fn reached_from(file: usize, uses: &[BTreeSet<usize>]) -> BTreeSet<usize> {
    let mut reached = BTreeSet::new();
    let mut waiting: Vec<usize> = uses[file].iter().copied().collect();
    while let Some(next) = waiting.pop() {
        if reached.insert(next) {
            waiting.extend(&uses[next]);
        }
    }
    reached
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(uses: &[&[usize]]) -> Vec<Vec<usize>> {
        circles(&uses.iter().map(|used| used.iter().copied().collect()).collect::<Vec<_>>())
            .into_iter()
            .collect()
    }

    #[test]
    fn a_circle_is_found_through_others_and_once() {
        assert_eq!(found(&[&[1], &[2], &[0, 4], &[0], &[]]), [[0, 1, 2]]);
    }

    #[test]
    fn what_is_used_twice_is_no_circle() {
        assert!(found(&[&[1, 2], &[3], &[3], &[]]).is_empty());
    }
}
