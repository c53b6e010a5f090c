//! Folders that only their owner enters, and the sockets in them.

use std::fs::{self, DirBuilder};
use std::io::ErrorKind;
use std::os::unix::fs::DirBuilderExt;
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

/// Makes a folder that only its owner may enter.
pub(crate) fn make_private(folder: &Path) -> Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(silent(folder.display()))
}

/// Removes a folder with all that is in it.
pub(crate) fn remove(folder: &Path) -> Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(silent(folder.display())(error)),
        _ => Ok(()),
    }
}
