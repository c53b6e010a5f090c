//! What is mounted where, as `/proc/self/mountinfo` says.

use std::fs;
use std::path::Path;

use crate::error::{Result, silent};

/// One of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct MountPoint<'a> {
    /// Where; a space and the like are written there as `\040`.
    pub at: &'a str,
    /// The kind of its file system.
    pub kind: &'a str,
    /// How that is mounted.
    pub options: &'a str,
}

/// All of this process's, as text.
pub(crate) fn read() -> Result<String> {
    let path = "/proc/self/mountinfo";
    fs::read_to_string(path).map_err(silent(path))
}

/// Each of such a text.
pub(crate) fn parse(text: &str) -> impl Iterator<Item = MountPoint<'_>> {
    text.lines().filter_map(|line| {
        let (place, system) = line.split_once(" - ")?;
        let mut system = system.split(' ');
        Some(MountPoint { at: place.split(' ').nth(4)?, kind: system.next()?, options: system.nth(1)? })
    })
}

/// Whether something is mounted at a path that has no links in it.
pub(crate) fn is_mounted(path: &Path, text: &str) -> bool {
    let escaped: String = path.to_string_lossy().chars().map(escape).collect();
    parse(text).any(|mount| mount.at == escaped)
}

fn escape(character: char) -> String {
    match character {
        ' ' | '\t' | '\n' | '\\' => format!("\\{:03o}", u32::from(character)),
        other => other.into(),
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    const TEXT: &str = "1 0 8:1 / / rw - ext4 /dev/a rw,noquota\n2 1 0:5 / /a\\040b rw shared:1 - tmpfs gpu-lease rw,size=64k\n";

    #[rstest]
    #[case("/a b", true)]
    #[case("/a", false)]
    #[case("/a b/c", false)]
    #[case("/a\\040b", false)]
    fn a_path_is_mounted_where_a_line_says_just_that(#[case] path: &str, #[case] is: bool) {
        assert_eq!(is_mounted(Path::new(path), TEXT), is);
    }

    #[test]
    fn fields_after_the_hyphen_are_the_file_systems() {
        let all: Vec<_> = parse(TEXT).map(|mount| (mount.kind, mount.options)).collect();
        assert_eq!(all, [("ext4", "rw,noquota"), ("tmpfs", "rw,size=64k")]);
    }
}
