//! One process at a time for a folder: two that write one journal would sign twice.

use crate::file;
use anyhow::{Context, Result, bail};
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// The file in the folder that is locked. It stays when the process ends; the kernel takes the lock away.
const NAME: &str = "lock";

/// A folder that no other process has for as long as this is kept.
#[derive(Debug)]
pub struct FolderLock(#[expect(dead_code, reason = "the lock lasts as long as the open file")] File);

impl FolderLock {
    /// Locks `folder`, which exists, or says who has it. What its last owner left half written is removed.
    pub fn take(folder: &Path) -> Result<Self> {
        let path = folder.join(NAME);
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&path)
            .with_context(|| format!("{} cannot be opened; is the folder yours?", path.display()))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => bail!(
                "{} is in use by {}; stop that process, or give this one a folder of its own",
                folder.display(),
                owner(&mut file)
            ),
            Err(TryLockError::Error(error)) => {
                return Err(error).with_context(|| format!("{} cannot be locked", path.display()));
            }
        }
        let mut note = || -> std::io::Result<()> {
            file.set_len(0)?;
            file.rewind()?;
            writeln!(file, "{}", std::process::id())
        };
        note().with_context(|| format!("{} cannot be written", path.display()))?;
        file::sweep(folder).with_context(|| format!("{} cannot be swept", folder.display()))?;
        Ok(Self(file))
    }
}

fn owner(file: &mut File) -> String {
    let mut text = String::new();
    let pid = file.take(32).read_to_string(&mut text).ok().and_then(|_| text.trim().parse::<u32>().ok());
    match pid {
        Some(pid) => format!("process {pid}"),
        None => "another process".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_taker_is_told_who_has_the_folder() {
        let folder = tempfile::tempdir().unwrap();
        let _first = FolderLock::take(folder.path()).unwrap();
        let error = FolderLock::take(folder.path()).unwrap_err().to_string();
        assert!(
            error.contains(&format!("in use by process {}; stop that process", std::process::id())),
            "{error}"
        );
    }

    #[test]
    fn a_folder_is_free_after_its_owner_has_gone() {
        let folder = tempfile::tempdir().unwrap();
        drop(FolderLock::take(folder.path()).unwrap());
        FolderLock::take(folder.path()).unwrap();
    }

    #[test]
    fn what_a_crash_left_half_written_goes_with_the_next_owner_and_not_before() {
        let folder = tempfile::tempdir().unwrap();
        let unfinished = folder.path().join(".new-a1b2c3");
        let first = FolderLock::take(folder.path()).unwrap();
        std::fs::write(&unfinished, "hal").unwrap();
        FolderLock::take(folder.path()).unwrap_err();
        assert!(unfinished.exists());
        drop(first);
        FolderLock::take(folder.path()).unwrap();
        assert!(!unfinished.exists());
    }

    #[test]
    fn a_missing_folder_is_named() {
        let error = FolderLock::take(Path::new("/nowhere/state")).unwrap_err().to_string();
        assert_eq!(error, "/nowhere/state/lock cannot be opened; is the folder yours?");
    }
}
