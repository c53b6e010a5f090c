//! Folders that only their owner enters, and the sockets in them.

use std::fs::{self, DirBuilder, Permissions};
use std::io::ErrorKind;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt, chown};
use std::path::Path;

use crate::error::{Result, refused, silent};

/// Longest path of a socket.
const LONGEST_SOCKET: usize = 107;

/// Refuses a folder from which nothing can be found, by whoever has another one as its own.
pub(crate) fn check_path(path: &Path) -> Result<()> {
    if path.is_absolute() {
        return Ok(());
    }
    refused(format!("{} has to be a path from the root, beginning with /", path.display()))
}

/// Refuses the path of a socket that Linux would cut.
pub(crate) fn check_socket(path: &Path) -> Result<()> {
    if path.as_os_str().len() <= LONGEST_SOCKET {
        return Ok(());
    }
    refused(format!("{} is too long for the path of a socket: choose a shorter folder", path.display()))
}

/// Makes a folder that only its owner may enter. Those above it that are missing are made as usual.
pub(crate) fn make_private(folder: &Path) -> Result<()> {
    let made = || {
        fs::create_dir_all(folder.parent().unwrap_or(folder))?;
        DirBuilder::new().recursive(true).mode(0o700).create(folder)
    };
    made().map_err(silent(folder.display()))
}

/// Lets a group through a folder to what it knows the path of. It does not see what is there.
pub(crate) fn let_through(folder: &Path, group: u32) -> Result<()> {
    let changed = || {
        chown(folder, None, Some(group))?;
        fs::set_permissions(folder, Permissions::from_mode(0o710))
    };
    changed().map_err(silent(folder.display()))
}

/// Refuses a folder that a group does not get to.
pub(crate) fn check_passage(folder: &Path, group: u32) -> Result<()> {
    for above in folder.ancestors() {
        let found = fs::metadata(above).map_err(silent(above.display()))?;
        let is_passed = found.mode() & 0o001 != 0 || found.gid() == group && found.mode() & 0o010 != 0;
        if !is_passed {
            let above = above.display();
            return refused(format!(
                "the gateway's group {group} does not get through {above} to the helpers' sockets: chmod o+x {above}"
            ));
        }
    }
    Ok(())
}

/// Removes a folder with all that is in it.
pub(crate) fn remove(folder: &Path) -> Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(silent(folder.display())(error)),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::others(0o701, 1, true)]
    #[case::the_group(0o710, 0, true)]
    #[case::another_group(0o710, 1, false)]
    #[case::nobody(0o766, 1, false)]
    fn a_group_passes_folders_that_are_open_to_it_or_to_all(
        #[case] mode: u32,
        #[case] more: u32,
        #[case] passes: bool,
    ) {
        let above = tempfile::tempdir().unwrap();
        let folder = above.path().join("folder");
        fs::create_dir(&folder).unwrap();
        fs::set_permissions(&folder, Permissions::from_mode(0o711)).unwrap();
        fs::set_permissions(above.path(), Permissions::from_mode(mode)).unwrap();
        let group = fs::metadata(&folder).unwrap().gid() + more;
        let checked = check_passage(&folder, group);
        assert_eq!(checked.is_ok(), passes, "{checked:?}");
        fs::set_permissions(above.path(), Permissions::from_mode(0o700)).unwrap();
    }
}
