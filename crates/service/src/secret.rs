//! Secrets in files: keys, tokens. They are wiped from memory, never shown, and refused where others can read them.

use anyhow::{Context, Result, bail, ensure};
use nix::libc::O_NONBLOCK;
use serde::Deserialize;
use std::fmt;
use std::fs::OpenOptions;
use std::io::Read;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// Far more than any key or certificate has.
const MAX_BYTES: u64 = 64 * 1024;

/// Where systemd puts what a unit's `LoadCredential=` names.
const CREDENTIALS: &str = "CREDENTIALS_DIRECTORY";

/// Where a secret is, as the configuration says it: a path, or `credential:NAME` for one that systemd hands over.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum SecretFile {
    Path(PathBuf),
    Credential(String),
}

/// A secret's bytes.
#[derive(Clone)]
pub struct Secret(Zeroizing<Vec<u8>>);

impl TryFrom<String> for SecretFile {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        match text.strip_prefix("credential:") {
            Some(name) if name.is_empty() || name.starts_with('.') || name.contains('/') => Err(format!(
                "`{text}` names no credential; write `credential:NAME`, as in the unit's LoadCredential="
            )),
            Some(name) => Ok(Self::Credential(name.to_owned())),
            None => Ok(Self::Path(PathBuf::from(text))),
        }
    }
}

impl SecretFile {
    /// Reads the secret.
    pub fn read(&self) -> Result<Secret> {
        self.read_with(std::env::var_os(CREDENTIALS).map(PathBuf::from))
    }

    fn read_with(&self, credentials: Option<PathBuf>) -> Result<Secret> {
        match self {
            Self::Path(path) => read(path, 0o077),
            // systemd lets the unit's user in by an access control list, whose mask stands where the group's bits do.
            // The folder is private.
            Self::Credential(name) => {
                let folder = credentials.with_context(|| {
                    format!(
                        "there is no credential `{name}`, since ${CREDENTIALS} is not set; start this by a systemd unit \
                         with LoadCredential={name}:/PATH, or write a path"
                    )
                })?;
                read(&folder.join(name), 0o007)
            }
        }
    }
}

impl fmt::Display for SecretFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path(path) => path.display().fmt(f),
            Self::Credential(name) => write!(f, "credential:{name}"),
        }
    }
}

/// Reads a file whose mode has none of the bits `forbidden`.
fn read(path: &Path, forbidden: u32) -> Result<Secret> {
    let shown = path.display();
    // A pipe would wait for a writer.
    let file = OpenOptions::new().read(true).custom_flags(O_NONBLOCK).open(path);
    let file = file.with_context(|| format!("the secret {shown} cannot be read"))?;
    // Of the file that is open: the name may stand for another by now.
    let metadata = file.metadata().with_context(|| format!("the secret {shown} cannot be read"))?;
    ensure!(metadata.is_file(), "the secret {shown} is not a file; write the path of one");
    let mode = metadata.mode() & 0o777;
    ensure!(
        mode & forbidden == 0,
        "others can read the secret {shown} (its mode is {mode:03o}); run `chmod 600 {shown}`, and replace the secret \
         if this machine has other users"
    );
    // As long as it can get: one that grew would leave copies behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(MAX_BYTES as usize + 1));
    let read = file.take(MAX_BYTES + 1).read_to_end(&mut bytes);
    read.with_context(|| format!("the secret {shown} cannot be read"))?;
    if bytes.len() as u64 > MAX_BYTES {
        bail!("the secret {shown} has more than {MAX_BYTES} bytes; is it the right file?");
    }
    ensure!(!bytes.is_empty(), "the secret {shown} is empty");
    Ok(Secret(bytes))
}

impl Secret {
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// The secret as text, without the line end that editors add.
    pub fn text(&self) -> Result<&str> {
        // The cause would show what is there.
        let text = std::str::from_utf8(&self.0).map_err(|_| anyhow::anyhow!("the secret is not text"))?;
        Ok(text.trim_end_matches(['\n', '\r']))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::{self, Permissions};
    use std::os::unix::fs::PermissionsExt;
    use tempfile::TempDir;

    fn secret(bytes: &[u8], mode: u32) -> (TempDir, SecretFile) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        fs::write(&path, bytes).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
        (folder, SecretFile::Path(path))
    }

    fn refusal(file: &SecretFile) -> String {
        format!("{:#}", file.read_with(None).unwrap_err())
    }

    #[test]
    fn a_private_file_is_read_and_its_line_end_dropped() {
        let (_folder, file) = secret(b"hunter2\n", 0o600);
        let secret = file.read_with(None).unwrap();
        assert_eq!(secret.bytes(), b"hunter2\n");
        assert_eq!(secret.text().unwrap(), "hunter2");
    }

    #[test]
    fn what_group_or_world_can_touch_is_refused_with_the_remedy() {
        for mode in [0o640, 0o604, 0o660, 0o620, 0o610, 0o601] {
            let (_folder, file) = secret(b"hunter2", mode);
            let refusal = refusal(&file);
            assert!(refusal.contains(&format!("its mode is {mode:o}); run `chmod 600 ")), "{refusal}");
        }
        let (_folder, file) = secret(b"hunter2", 0o400);
        file.read_with(None).unwrap();
    }

    #[test]
    fn a_credential_may_have_the_mask_of_systemd_s_list_but_not_be_the_world_s() {
        let name = SecretFile::try_from("credential:key".to_owned()).unwrap();
        let (folder, _) = secret(b"hunter2", 0o440);
        assert_eq!(name.read_with(Some(folder.path().to_owned())).unwrap().bytes(), b"hunter2");
        let (folder, _) = secret(b"hunter2", 0o444);
        assert!(name.read_with(Some(folder.path().to_owned())).is_err());
    }

    #[test]
    fn a_credential_outside_a_unit_says_how_to_get_one() {
        let file = SecretFile::try_from("credential:key".to_owned()).unwrap();
        assert!(refusal(&file).contains("LoadCredential=key:/PATH, or write a path"), "{}", refusal(&file));
    }

    #[test]
    fn a_credential_s_name_cannot_leave_its_folder() {
        for text in ["credential:", "credential:../key", "credential:/etc/key", "credential:.."] {
            assert!(SecretFile::try_from(text.to_owned()).is_err(), "{text}");
        }
    }

    #[test]
    fn length_is_bounded() {
        let (_folder, file) = secret(&vec![b'a'; MAX_BYTES as usize], 0o600);
        file.read_with(None).unwrap();
        let (_folder, file) = secret(&vec![b'a'; MAX_BYTES as usize + 1], 0o600);
        assert!(refusal(&file).contains("more than 65536 bytes"));
        let (_folder, file) = secret(b"", 0o600);
        assert!(refusal(&file).contains("is empty"));
    }

    #[test]
    fn a_folder_or_a_pipe_is_refused_and_not_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        assert!(refusal(&SecretFile::Path(folder.path().to_owned())).contains("is not a file"));
        let pipe = folder.path().join("pipe");
        nix::unistd::mkfifo(&pipe, nix::sys::stat::Mode::S_IRUSR).unwrap();
        assert!(refusal(&SecretFile::Path(pipe)).contains("is not a file"));
    }

    #[test]
    fn neither_debug_nor_an_error_shows_a_secret() {
        let (_folder, file) = secret(b"hunter2\xff", 0o600);
        let secret = file.read_with(None).unwrap();
        assert_eq!(format!("{secret:?}"), "Secret");
        assert_eq!(format!("{:#}", secret.text().unwrap_err()), "the secret is not text");
    }
}
