//! What OpenSSH needs to log in to one lease: a folder that only its owner can read, with the key, the known host, and a
//! configuration.

use crate::keys::create_private_folder;
use anyhow::{Context, Result};
use gpu_lease_client::ssh::{Files, SshAccess};
use solana_address::Address;
use std::{
    env, fs,
    io::{self, Write},
    path::{Path, PathBuf},
};
use tempfile::{NamedTempFile, TempDir};

const KEY: &str = "key";
const KNOWN_HOSTS: &str = "known_hosts";
const CONFIG: &str = "config";

/// The files of one lease.
pub struct SshFiles {
    /// For `ssh -F`.
    pub config: PathBuf,
    /// What is in it.
    pub block: String,
}

/// `folder`, or `~/.config/gpu-lease/ssh`: a folder of folders, each of a lease.
pub fn kept(folder: Option<&Path>) -> Result<PathBuf> {
    match folder {
        Some(folder) => {
            std::path::absolute(folder).with_context(|| format!("{} is not a path", folder.display()))
        }
        None => Ok(dirs::home_dir()
            .context("there is no home folder to keep SSH keys in; pass --folder")?
            .join(".config/gpu-lease/ssh")),
    }
}

/// A private folder that is removed when it is dropped.
pub fn temporary() -> Result<TempDir> {
    let mut builder = tempfile::Builder::new();
    builder.prefix("gpu-lease-ssh-");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o700));
    let folder = env::temp_dir();
    builder.tempdir_in(&folder).with_context(|| format!("no folder can be made in {}", folder.display()))
}

impl SshFiles {
    /// Writes the files of a lease into a folder of its own below `folder`, in place of earlier ones. `identity` is the
    /// renter's own key, for machines that let that one in.
    pub fn write(
        folder: &Path,
        lease: &Address,
        access: &SshAccess,
        identity: Option<&Path>,
    ) -> Result<Self> {
        let folder = folder.join(lease.to_string());
        create_private_folder(&folder).with_context(|| format!("{} cannot be created", folder.display()))?;
        let write = |name: &str, text: &str| {
            let path = folder.join(name);
            replace(&path, text).with_context(|| format!("{} cannot be written", path.display()))?;
            Ok::<_, anyhow::Error>(path)
        };
        let key = match (access.user_key_file(lease)?, identity) {
            (Some(text), _) => write(KEY, &text)?,
            (None, Some(path)) => {
                path.canonicalize().with_context(|| format!("{} cannot be read", path.display()))?
            }
            (None, None) => anyhow::bail!(
                "the machine lets in a key of yours and not a one-time key; pass its file as --identity"
            ),
        };
        let known_hosts = write(KNOWN_HOSTS, &access.known_hosts(lease)?)?;
        let (key, known_hosts) = (named(&key)?, named(&known_hosts)?);
        let block = access.config(lease, Files { key: &key, known_hosts: &known_hosts })?;
        Ok(Self { config: write(CONFIG, &block)?, block })
    }
}

/// The leases that have a folder below `folder`.
pub fn leases(folder: &Path) -> Result<Vec<Address>> {
    match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        entries => {
            let names = entries
                .with_context(|| format!("{} cannot be read", folder.display()))?
                .map(|entry| Ok(entry?.file_name().to_str().and_then(|name| name.parse().ok())))
                .collect::<io::Result<Vec<_>>>()?;
            Ok(names.into_iter().flatten().collect())
        }
    }
}

/// Removes the files of a lease, and nothing that somebody else has put beside them.
pub fn remove(folder: &Path, lease: &Address) -> Result<()> {
    let folder = folder.join(lease.to_string());
    for name in [KEY, KNOWN_HOSTS, CONFIG] {
        let path = folder.join(name);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(error).with_context(|| format!("{} cannot be removed", path.display()));
            }
            _ => {}
        }
    }
    // What else is in it is not ours.
    let _ = fs::remove_dir(&folder);
    Ok(())
}

/// Writes a file that only its owner can read, whole or not at all. Where it is a link, what that names is replaced.
pub fn replace(path: &Path, text: &str) -> Result<()> {
    let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let folder = path.parent().context("it has no folder")?;
    let mut file = NamedTempFile::new_in(folder)?;
    file.write_all(text.as_bytes())?;
    if let Ok(before) = fs::metadata(&path) {
        file.as_file().set_permissions(before.permissions())?;
    }
    file.as_file().sync_all()?;
    file.persist(&path)?;
    Ok(())
}

/// A path as OpenSSH's configuration has it: with slashes, on Windows too.
fn named(path: &Path) -> Result<String> {
    let text = path.to_str().with_context(|| {
        format!("the path {} is not UTF-8; choose another folder with --folder", path.display())
    })?;
    Ok(if cfg!(windows) { text.replace('\\', "/") } else { text.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEASE: Address = Address::new_from_array([8; 32]);

    fn access(user_seed: Option<[u8; 32]>) -> SshAccess {
        SshAccess::new("203.0.113.7", 2222, [3; 32], user_seed).unwrap()
    }

    #[cfg(unix)]
    #[test]
    fn only_their_owner_can_read_the_files() {
        use std::os::unix::fs::PermissionsExt;
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        let folder = temporary().unwrap();
        SshFiles::write(folder.path(), &LEASE, &access(Some([4; 32])), None).unwrap();
        let of_lease = folder.path().join(LEASE.to_string());
        assert_eq!((mode(folder.path()), mode(&of_lease)), (0o700, 0o700));
        for name in [KEY, KNOWN_HOSTS, CONFIG] {
            assert_eq!(mode(&of_lease.join(name)), 0o600, "{name}");
        }
    }

    #[test]
    fn new_credentials_replace_the_files_and_a_closed_lease_leaves_none() {
        let folder = temporary().unwrap();
        let write = |seed| SshFiles::write(folder.path(), &LEASE, &access(Some(seed)), None).unwrap();
        let key = folder.path().join(LEASE.to_string()).join(KEY);
        write([4; 32]);
        let first = fs::read_to_string(&key).unwrap();
        write([5; 32]);
        assert_ne!(fs::read_to_string(&key).unwrap(), first);
        assert_eq!(leases(folder.path()).unwrap(), [LEASE]);
        remove(folder.path(), &LEASE).unwrap();
        assert!(leases(folder.path()).unwrap().is_empty());
        remove(folder.path(), &LEASE).unwrap();
        assert!(leases(&folder.path().join("none")).unwrap().is_empty());
    }

    #[test]
    fn a_machine_that_lets_in_the_renters_own_key_needs_to_be_told_which() {
        let folder = temporary().unwrap();
        let write = |identity| SshFiles::write(folder.path(), &LEASE, &access(None), identity);
        assert!(write(None).err().unwrap().to_string().contains("--identity"));
        let own = folder.path().join("id_ed25519");
        fs::write(&own, "").unwrap();
        let block = write(Some(&own)).unwrap().block;
        assert!(
            block.contains(&format!("IdentityFile \"{}\"", own.canonicalize().unwrap().display())),
            "{block}"
        );
        assert!(!folder.path().join(LEASE.to_string()).join(KEY).exists());
    }
}
