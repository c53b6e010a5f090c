//! What was sent and of which nobody has told yet what became of it: one file a transaction.
//!
//! A transaction is written down before it is sent and struck out once its fate is known, so that a lost answer, a
//! broken connection or a killed process loses nothing: the next command that sends something asks first, and sends the
//! same bytes again instead of new ones. A file is locked by the process that waits for its transaction; those of
//! living processes are left alone.

use anyhow::{Context, Result};
use gpu_lease_client::rpc::Pending;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, Read, Write},
    path::{Path, PathBuf},
};

/// A transaction, and what a command has to say about it.
#[derive(Debug, Serialize, Deserialize)]
pub struct Entry {
    /// Genesis hash of the cluster that it was sent to.
    pub cluster: String,
    /// Digest of the command that sent it.
    pub command: String,
    /// What the command does, in the words that tell that it is done.
    pub done: String,
    /// When it was sent, unix seconds.
    pub sent_at: i64,
    /// Mint of the money that it is about.
    #[serde(default)]
    pub mint: Option<String>,
    /// What else the command says about it.
    pub about: Map<String, Value>,
    /// The transaction.
    pub pending: Pending,
}

/// The file of an entry, locked.
#[derive(Debug)]
pub struct Held {
    path: PathBuf,
    _lock: File,
}

impl Held {
    /// Strikes the entry out.
    pub fn remove(self) -> Result<()> {
        match fs::remove_file(&self.path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(error).with_context(|| format!("{} cannot be removed", self.path.display()))
            }
            _ => Ok(()),
        }
    }
}

/// A folder of entries.
#[derive(Debug)]
pub struct Journal(PathBuf);

impl Journal {
    /// `folder`, or `~/.config/gpu-lease/pending`.
    pub fn new(folder: Option<&Path>) -> Result<Self> {
        let folder = match folder {
            Some(folder) => folder.to_owned(),
            None => dirs::home_dir()
                .context("there is no home folder to keep pending transactions in; pass --pending")?
                .join(".config/gpu-lease/pending"),
        };
        Ok(Self(folder))
    }

    /// Writes an entry down, for good, before its transaction is sent.
    pub fn write(&self, entry: &Entry) -> Result<Held> {
        let write = || {
            let mut builder = DirBuilder::new();
            builder.recursive(true);
            #[cfg(unix)]
            std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
            builder.create(&self.0)?;
            let name = entry.pending.signature().to_string();
            let (unfinished, path) =
                (self.0.join(format!("{name}.new")), self.0.join(format!("{name}.json")));
            let mut file = OpenOptions::new().write(true).create(true).truncate(true).open(&unfinished)?;
            file.lock()?;
            file.write_all(&serde_json::to_vec_pretty(entry)?)?;
            file.sync_all()?;
            fs::rename(&unfinished, &path)?;
            Ok(Held { path, _lock: file })
        };
        write().map_err(|error: io::Error| {
            anyhow::anyhow!(
                "nothing was sent, since {} cannot be written, where it is noted until it is known what became of it: \
                 {error}; pass another folder as --pending",
                self.0.display()
            )
        })
    }

    /// The entries that no living process waits for, the oldest first.
    pub fn left(&self) -> Result<Vec<(Entry, Held)>> {
        let files = match fs::read_dir(&self.0) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            files => files.with_context(|| format!("{} cannot be read", self.0.display()))?,
        };
        let mut left = Vec::new();
        for file in files {
            let path = file?.path();
            if path.extension().is_some_and(|extension| extension == "json")
                && let Some(found) =
                    read(&path).with_context(|| format!("{} cannot be read", path.display()))?
            {
                left.push(found);
            }
        }
        left.sort_by_key(|(entry, _)| entry.sent_at);
        Ok(left)
    }
}

/// An entry, unless somebody holds it or has just struck it out.
fn read(path: &Path) -> Result<Option<(Entry, Held)>> {
    let mut file = match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        opened => opened?,
    };
    if file.try_lock().is_err() || !path.exists() {
        return Ok(None);
    }
    let mut text = String::new();
    file.read_to_string(&mut text)?;
    Ok(Some((serde_json::from_str(&text)?, Held { path: path.to_owned(), _lock: file })))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(pending: Pending) -> Entry {
        Entry {
            cluster: "cluster".to_owned(),
            command: "command".to_owned(),
            done: "Topped up".to_owned(),
            sent_at: 7,
            mint: None,
            about: Map::new(),
            pending,
        }
    }

    /// A transaction without instructions, signed by nobody it needs.
    fn pending() -> Pending {
        let message = [&[1, 0, 0, 1][..], &[7; 32], &[9; 32], &[0]].concat();
        let bytes = [&[1][..], &[5; 64], &message].concat();
        let transaction = base64::Engine::encode(&base64::prelude::BASE64_STANDARD, bytes);
        serde_json::from_value(
            serde_json::json!({ "transaction": transaction, "last_valid_block_height": 100 }),
        )
        .unwrap()
    }

    #[test]
    fn what_a_process_left_behind_is_found_and_what_it_holds_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let journal = Journal::new(Some(&folder.path().join("pending"))).unwrap();
        assert!(journal.left().unwrap().is_empty(), "there is no folder yet");
        let held = journal.write(&entry(pending())).unwrap();
        assert!(journal.left().unwrap().is_empty(), "its process waits for it");
        drop(held);
        let mut left = journal.left().unwrap();
        let (found, held) = left.pop().unwrap();
        assert_eq!((&found.pending, found.done.as_str()), (&pending(), "Topped up"));
        held.remove().unwrap();
        assert!(journal.left().unwrap().is_empty());
    }

    #[test]
    fn what_cannot_be_noted_is_not_sent() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, "").unwrap();
        let error = Journal::new(Some(&file.join("pending"))).unwrap().write(&entry(pending())).unwrap_err();
        assert!(error.to_string().starts_with("nothing was sent"), "{error}");
    }
}
