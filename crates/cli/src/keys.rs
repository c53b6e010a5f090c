//! The renter's access keys: one file a lease, readable by its owner only.

use anyhow::{Context, Result, bail};
use gpu_lease_client::access::AccessKey;
use solana_address::Address;
use std::{
    fs::{self, DirBuilder, OpenOptions},
    io::{ErrorKind, Write},
    path::{Path, PathBuf},
};

/// A folder of access keys.
pub struct KeyFolder(PathBuf);

impl KeyFolder {
    /// `folder`, or `~/.config/gpu-lease/keys`.
    pub fn new(folder: Option<&Path>) -> Result<Self> {
        let folder = match folder {
            Some(folder) => folder.to_owned(),
            None => dirs::home_dir()
                .context("there is no home folder to keep access keys in; pass --keys")?
                .join(".config/gpu-lease/keys"),
        };
        Ok(Self(folder))
    }

    /// Where the key of `lease` is.
    pub fn path(&self, lease: &Address) -> PathBuf {
        self.0.join(format!("{lease}.key"))
    }

    /// Writes the key of a lease. Never overwrites one: credentials may still be encrypted to it.
    pub fn save(&self, lease: &Address, key: &AccessKey) -> Result<PathBuf> {
        let path = self.path(lease);
        create_private_folder(&self.0).with_context(|| format!("{} cannot be created", self.0.display()))?;
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        match options.open(&path) {
            Ok(mut file) => file
                .write_all(key.to_text().as_bytes())
                .and_then(|()| file.sync_all())
                .with_context(|| format!("the access key cannot be written to {}", path.display()))?,
            Err(error) if error.kind() == ErrorKind::AlreadyExists => bail!(
                "there is a key for this lease already, {}; pass another --number, or the file as --access-key",
                path.display()
            ),
            Err(error) => {
                return Err(error).with_context(|| format!("{} cannot be created", path.display()));
            }
        }
        Ok(path)
    }

    /// Reads the key of a lease.
    pub fn load(&self, lease: &Address) -> Result<AccessKey> {
        read(&self.path(lease)).context(
            "the key that `lease open` made for this lease is needed; pass --keys with the folder that holds \
             it, or --access-key with the file",
        )
    }
}

/// Reads a key file.
pub fn read(path: &Path) -> Result<AccessKey> {
    let text = fs::read_to_string(path)
        .with_context(|| format!("the access key {} cannot be read", path.display()))?;
    Ok(text.parse()?)
}

/// A folder that only its owner can read, and those above it.
pub fn create_private_folder(folder: &Path) -> std::io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_comes_back_is_private_and_is_never_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let keys = KeyFolder::new(Some(&folder.path().join("keys"))).unwrap();
        let (lease, key) = (Address::new_from_array([1; 32]), AccessKey::generate());
        let path = keys.save(&lease, &key).unwrap();
        assert_eq!(keys.load(&lease).unwrap().public(), key.public());
        assert!(keys.save(&lease, &AccessKey::generate()).unwrap_err().to_string().contains("already"));
        assert_eq!(keys.load(&lease).unwrap().public(), key.public());
        assert!(keys.load(&Address::default()).is_err());
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o600);
        }
    }
}
