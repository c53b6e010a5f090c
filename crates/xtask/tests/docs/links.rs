//! Links between documents lead somewhere.

use crate::texts;
use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};

/// `document` without its blocks of code.
fn prose(document: &str) -> String {
    let blocks = document.split("\n```").enumerate();
    let prose = blocks.filter(|(index, _)| index % 2 == 0).map(|(_, text)| text);
    prose.collect::<Vec<_>>().join("\n")
}

/// `text` without its code spans, which may look like links.
fn without_code(text: &str) -> String {
    let parts = text.split('`').enumerate();
    parts.map(|(index, part)| if index % 2 == 0 { part } else { "code" }).collect()
}

/// What the links of `document` lead to, whatever is on other hosts left out.
fn targets(document: &str) -> Vec<String> {
    let text = without_code(&prose(document));
    let targets = text.split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|(target, _)| target);
    targets
        .filter(|target| !target.contains("://") && !target.starts_with("mailto:"))
        .map(str::to_owned)
        .collect()
}

/// The anchors of `document`'s headings, as GitHub makes them.
fn anchors(document: &str) -> BTreeSet<String> {
    let text = prose(document);
    let headings =
        text.lines().filter(|line| line.starts_with('#')).map(|line| line.trim_start_matches('#').trim());
    headings
        .map(|heading| {
            let kept = heading
                .to_lowercase()
                .chars()
                .filter(|c| c.is_alphanumeric() || " -_".contains(*c))
                .collect::<String>();
            kept.replace(' ', "-")
        })
        .collect()
}

/// `path` without `.` and `..`.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => {
                plain.pop();
            }
            Component::CurDir => {}
            part => plain.push(part),
        }
    }
    plain
}

#[test]
fn every_link_between_documents_leads_somewhere() {
    let root = texts::root();
    let documents = texts::with_endings(&[".md"]);
    let mut dead = Vec::new();
    let mut count = 0;
    for (path, text) in &documents {
        for target in targets(text) {
            count += 1;
            let (file, anchor) = target.split_once('#').unwrap_or((&target, ""));
            let folder = Path::new(path).parent().expect("a folder");
            let place = if file.is_empty() { PathBuf::from(path) } else { plain(&folder.join(file)) };
            let document = documents.iter().find(|(other, _)| Path::new(other) == place);
            let leads = root.join(&place).exists()
                && (anchor.is_empty() || document.is_none_or(|(_, text)| anchors(text).contains(anchor)));
            if !leads {
                dead.push(format!("{path}: {target}"));
            }
        }
    }
    assert!(count > 300, "the links of all documents");
    assert!(dead.is_empty(), "links that lead nowhere:\n{}", dead.join("\n"));
}

#[test]
fn links_and_anchors_are_read_as_readers_see_them() {
    let document = "# One *heading*, `code_1`\n[a](#b) [c](d.md#e) [f](https://g)\n```\n# no heading [h](i)\n```\n`[j](k)`";
    assert_eq!(targets(document), ["#b", "d.md#e"]);
    assert_eq!(anchors(document).into_iter().collect::<Vec<_>>(), ["one-heading-code_1"]);
}
