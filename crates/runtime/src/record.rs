//! What this machine wrote down about the leases on it: a file for each life. Anybody who makes an image or a container can
//! give it our labels; nobody else writes here.

use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result, silent};
use crate::folder;
use crate::lease::{Life, Spec};

/// What is known of a life.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Record {
    /// Whose it is.
    pub life: Life,
    /// What it was last made with; `None` once all that is left of it is its workspace.
    pub spec: Option<Spec>,
}

/// A folder of them.
pub(crate) struct Records {
    folder: PathBuf,
}

impl Records {
    /// Those in this folder, which is made if it is not there.
    pub fn open(folder: &Path) -> Result<Self> {
        folder::make_private(folder)?;
        Ok(Self { folder: folder.to_owned() })
    }

    /// All of them. One that cannot be read hides none of the others' absence: then nothing is known.
    pub fn all(&self) -> Result<Vec<Record>> {
        let mut all = Vec::new();
        for entry in fs::read_dir(&self.folder).map_err(silent(self.folder.display()))? {
            let path = entry.map_err(silent(self.folder.display()))?.path();
            if path.extension().is_some_and(|extension| extension == "json") {
                all.extend(read(&path)?);
            }
        }
        all.sort_by(|one, other| one.life.cmp(&other.life));
        Ok(all)
    }

    /// That of a life.
    pub fn of(&self, life: &Life) -> Result<Option<Record>> {
        let record = read(&self.path(life)?)?;
        Ok(record.filter(|record| record.life == *life))
    }

    /// Writes it, so that it is there after a power cut too, old or new, and never half.
    pub fn write(&self, record: &Record) -> Result<()> {
        let path = self.path(&record.life)?;
        let draft = path.with_extension("draft");
        let written = || {
            // The renter's variables are in it.
            let options = &mut File::options();
            let mut file = options.write(true).create(true).truncate(true).mode(0o600).open(&draft)?;
            file.write_all(&serde_json::to_vec_pretty(record)?)?;
            file.sync_all()?;
            fs::rename(&draft, &path)?;
            File::open(&self.folder)?.sync_all()
        };
        written().map_err(silent(path.display()))
    }

    /// Forgets a life.
    pub fn remove(&self, life: &Life) -> Result<()> {
        let path = self.path(life)?;
        match fs::remove_file(&path) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(silent(path.display())(error)),
            _ => Ok(()),
        }
    }

    fn path(&self, life: &Life) -> Result<PathBuf> {
        Ok(self.folder.join(format!("{}.json", life.name()?)))
    }
}

fn read(path: &Path) -> Result<Option<Record>> {
    match fs::read(path) {
        Ok(bytes) => serde_json::from_slice(&bytes).map(Some).map_err(|error| {
            Error::Silent(format!("{} cannot be read, restore it or move it away: {error}", path.display()))
        }),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(silent(path.display())(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn life(opened_slot: u64) -> Life {
        Life { lease: "A".into(), opened_slot }
    }

    #[test]
    fn a_record_is_there_until_it_is_removed() {
        let folder = tempfile::tempdir().unwrap();
        let records = Records::open(folder.path()).unwrap();
        let record = Record { life: life(1), spec: None };
        records.write(&record).unwrap();
        assert_eq!(records.of(&life(1)).unwrap(), Some(record.clone()));
        assert_eq!(records.of(&life(2)).unwrap(), None);
        assert_eq!(records.all().unwrap(), [record]);
        records.remove(&life(1)).unwrap();
        records.remove(&life(1)).unwrap();
        assert_eq!(records.all().unwrap(), []);
    }

    #[test]
    fn a_draft_that_a_crash_left_is_not_a_record() {
        let folder = tempfile::tempdir().unwrap();
        let records = Records::open(folder.path()).unwrap();
        fs::write(folder.path().join("gpu-lease-A-1.draft"), "{").unwrap();
        assert_eq!(records.all().unwrap(), []);
    }

    #[test]
    fn a_broken_record_is_silence_and_not_absence() {
        let folder = tempfile::tempdir().unwrap();
        let records = Records::open(folder.path()).unwrap();
        fs::write(folder.path().join("gpu-lease-A-1.json"), "{").unwrap();
        assert!(matches!(records.all(), Err(Error::Silent(_))));
        assert!(matches!(records.of(&life(1)), Err(Error::Silent(_))));
    }

    #[test]
    fn a_record_under_another_name_is_nobodys() {
        let folder = tempfile::tempdir().unwrap();
        let records = Records::open(folder.path()).unwrap();
        records.write(&Record { life: life(1), spec: None }).unwrap();
        fs::rename(folder.path().join("gpu-lease-A-1.json"), folder.path().join("gpu-lease-A-2.json"))
            .unwrap();
        assert_eq!(records.of(&life(2)).unwrap(), None);
    }
}
