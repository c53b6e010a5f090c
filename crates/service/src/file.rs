//! A file that is replaced whole: after a crash it has its old bytes or its new ones.

use anyhow::{Context, Result};
use std::fs::{self, File, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use tempfile::Builder;

/// How the names of files begin that are being written.
const UNFINISHED: &str = ".new-";

/// Writes `bytes` to `path` with the permissions `mode`. When this returns, they are on the disk.
pub fn replace(path: &Path, bytes: &[u8], mode: u32) -> Result<()> {
    let write = || -> Result<()> {
        let folder = folder(path);
        let mut new = Builder::new().prefix(UNFINISHED).tempfile_in(&folder)?;
        new.write_all(bytes)?;
        new.as_file().set_permissions(Permissions::from_mode(mode))?;
        new.as_file().sync_all()?;
        // Without the file, which is removed with what has it.
        new.persist(path).map_err(|it| it.error)?;
        // The name is in the folder, which is a file of its own.
        File::open(folder)?.sync_all()?;
        Ok(())
    };
    write().with_context(|| format!("{} cannot be written", path.display()))
}

/// Removes from `folder` what a crash left unfinished. Nobody is writing there.
pub fn sweep(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_name().as_encoded_bytes().starts_with(UNFINISHED.as_bytes()) {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

fn folder(path: &Path) -> PathBuf {
    match path.parent() {
        Some(folder) if folder != Path::new("") => folder.to_owned(),
        _ => PathBuf::from("."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let names = fs::read_dir(folder).unwrap().map(|it| it.unwrap().file_name().into_string().unwrap());
        names.collect()
    }

    #[test]
    fn a_file_gets_new_bytes_and_mode_and_nothing_is_left_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state");
        replace(&path, b"old", 0o600).unwrap();
        replace(&path, b"new", 0o640).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o640);
        assert_eq!(names(folder.path()), ["state"]);
    }

    #[test]
    fn whoever_has_the_old_file_open_goes_on_reading_the_old_bytes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state");
        replace(&path, b"old", 0o600).unwrap();
        let mut open = File::open(&path).unwrap();
        replace(&path, b"new", 0o600).unwrap();
        assert_eq!(std::io::read_to_string(&mut open).unwrap(), "old");
    }

    #[test]
    fn a_failure_names_the_file_and_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a-folder");
        fs::create_dir(&path).unwrap();
        let error = replace(&path, b"new", 0o600).unwrap_err();
        assert_eq!(error.to_string(), format!("{} cannot be written", path.display()));
        assert_eq!(names(folder.path()), ["a-folder"]);
    }

    #[test]
    fn what_a_crash_left_unfinished_is_swept_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(".new-a1b2c3"), "hal").unwrap();
        fs::write(folder.path().join("state"), "whole").unwrap();
        sweep(folder.path()).unwrap();
        assert_eq!(names(folder.path()), ["state"]);
    }

    #[test]
    fn a_bare_name_is_in_the_current_folder() {
        assert_eq!(folder(Path::new("state")), Path::new("."));
        assert_eq!(folder(Path::new("/var/state")), Path::new("/var"));
    }
}
