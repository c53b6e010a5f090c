//! What is remembered of cards: which there are, and a file for each, which outlasts agent and machine.

use std::fs;
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// Where the kernel says which boot this is.
const BOOT: &str = "/proc/sys/kernel/random/boot_id";

/// The file of those that there are.
const KNOWN: &str = "known";

/// What is remembered of a card.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// The boot in which it was last found well, and the newest record of the kernel's log then.
    pub well: Option<(String, u64)>,
    /// Why it is out of use, if it is.
    pub withheld: Option<String>,
}

/// The folder of them.
#[derive(Clone, Debug)]
pub struct Notes {
    folder: PathBuf,
    boot: String,
}

impl Notes {
    /// Those in the agent's folder.
    pub fn open(state: &Path) -> io::Result<Self> {
        let folder = state.join("cards");
        fs::create_dir_all(&folder)?;
        Ok(Self { folder, boot: fs::read_to_string(BOOT)?.trim().to_owned() })
    }

    /// That of a card. One that cannot be read keeps the card out of use.
    pub fn read(&self, card: &str) -> Note {
        let note = match fs::read(self.folder.join(card)) {
            Ok(bytes) => serde_json::from_slice(&bytes).map_err(|error| error.to_string()),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Note::default()),
            Err(error) => Err(error.to_string()),
        };
        note.unwrap_or_else(|error| Note {
            well: None,
            withheld: Some(format!("its note is unreadable: {error}")),
        })
    }

    /// The newest record of this boot's log when the card was last found well.
    pub fn well(&self, note: &Note) -> Option<u64> {
        note.well.as_ref().filter(|(boot, _)| *boot == self.boot).map(|(_, number)| *number)
    }

    /// Notes that a card is well, at this record of the kernel's log.
    pub fn found_well(&self, card: &str, number: u64) -> io::Result<()> {
        self.write(card, &Note { well: Some((self.boot.clone(), number)), withheld: None })
    }

    /// Notes that a card is out of use until its provider has looked after it.
    pub fn withhold(&self, card: &str, why: String) -> io::Result<()> {
        self.write(card, &Note { withheld: Some(why), ..self.read(card) })
    }

    /// The cards that there were when they were last counted.
    pub fn known(&self) -> Vec<String> {
        let known = fs::read(self.folder.join(KNOWN)).ok();
        known.and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default()
    }

    /// Notes which cards there are.
    pub fn know(&self, cards: &[String]) -> io::Result<()> {
        match self.known() == cards {
            true => Ok(()),
            false => self.write(KNOWN, cards),
        }
    }

    fn write(&self, name: &str, note: &(impl Serialize + ?Sized)) -> io::Result<()> {
        let (path, new) = (self.folder.join(name), self.folder.join(format!(".{name}")));
        let mut file = fs::File::create(&new)?;
        file.write_all(&serde_json::to_vec(note)?)?;
        file.sync_all()?;
        fs::rename(new, path)?;
        fs::File::open(&self.folder)?.sync_all()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_is_well_or_withheld_and_what_was_found_in_another_boot_says_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let notes = Notes::open(folder.path()).unwrap();
        assert_eq!(notes.read("GPU-1"), Note::default());
        notes.found_well("GPU-1", 7).unwrap();
        assert_eq!(notes.well(&notes.read("GPU-1")), Some(7));
        notes.withhold("GPU-1", "ill".to_owned()).unwrap();
        let note = notes.read("GPU-1");
        assert_eq!((notes.well(&note), note.withheld.as_deref()), (Some(7), Some("ill")));
        let later = Notes { boot: "another".to_owned(), ..notes.clone() };
        assert_eq!(later.well(&later.read("GPU-1")), None);
        notes.found_well("GPU-1", 9).unwrap();
        assert_eq!(notes.read("GPU-1").withheld, None);
        assert!(notes.known().is_empty());
        notes.know(&["GPU-1".to_owned()]).unwrap();
        assert_eq!(notes.known(), ["GPU-1"]);
        fs::write(folder.path().join("cards/GPU-1"), "{").unwrap();
        assert!(notes.read("GPU-1").withheld.unwrap().contains("unreadable"));
    }
}
