//! The machine's own key, by which a renter knows that it is this machine.

use std::fs::{self, File, Permissions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use nix::libc::{O_NOFOLLOW, O_NONBLOCK};
use rand::RngCore;
use rand::rngs::OsRng;
use russh::keys::ssh_key::LineEnding;
use russh::keys::ssh_key::private::{Ed25519Keypair, KeypairData};
use russh::keys::{HashAlg, PrivateKey, PublicKey};
use tempfile::Builder;

/// Far more bytes than a public key has.
const MAX_PUBLIC: u64 = 4 * 1024;

/// An Ed25519 key in OpenSSH's format.
#[derive(Clone)]
pub struct HostKey {
    private: PrivateKey,
    public: [u8; 32],
}

impl HostKey {
    /// Reads the key of this machine, or makes one where there is none yet. Its public half is next to it, in a file
    /// that ends in `.pub`: the agent is another user, and has no business with the rest.
    pub fn load_or_generate(path: &Path) -> Result<Self> {
        if let Some(key) = Self::load(path)? {
            key.publish(path)?;
            return Ok(key);
        }
        Self::generate(path).with_context(|| format!("no host key can be written to {}", path.display()))?;
        let made = Self::load(path)?;
        let made = made.with_context(|| format!("{} has just been removed by somebody", path.display()))?;
        made.publish(path)?;
        Ok(made)
    }

    /// Reads the public half of the key at `path`; `None` where there is none yet.
    pub fn public_at(path: &Path) -> Result<Option<[u8; 32]>> {
        let path = public_path(path);
        // Whoever reads this has more rights than whoever owns the folder, which may try to make use of them.
        let read = || -> Result<[u8; 32]> {
            let file = fs::OpenOptions::new().read(true).custom_flags(O_NOFOLLOW | O_NONBLOCK).open(&path)?;
            ensure!(file.metadata()?.is_file(), "it is not a file");
            let mut line = String::new();
            file.take(MAX_PUBLIC).read_to_string(&mut line)?;
            let key = PublicKey::from_openssh(&line).context("it is not a public key in OpenSSH's format")?;
            Ok(key.key_data().ed25519().context("it is not an Ed25519 key")?.0)
        };
        match read() {
            Err(error) if is_absent(&error) => Ok(None),
            read => read.map(Some).with_context(|| {
                format!("{}: remove it, and start the gateway again, which writes it", path.display())
            }),
        }
    }

    /// Its public half, as it is pinned in a lease's access.
    pub fn public(&self) -> [u8; 32] {
        self.public
    }

    /// As OpenSSH shows it: `SHA256:` and base64.
    pub fn fingerprint(&self) -> String {
        self.private.fingerprint(HashAlg::Sha256).to_string()
    }

    /// For the server.
    pub(crate) fn private(&self) -> PrivateKey {
        self.private.clone()
    }

    fn load(path: &Path) -> Result<Option<Self>> {
        let file = match fs::OpenOptions::new().read(true).custom_flags(O_NOFOLLOW).open(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            file => file.with_context(|| format!("the host key {} cannot be read", path.display()))?,
        };
        Self::parse(file).map(Some).with_context(|| format!("the host key {}", path.display()))
    }

    fn parse(file: File) -> Result<Self> {
        let mode = file.metadata()?.mode() & 0o777;
        ensure!(mode & 0o077 == 0, "others may read it: set its mode to 0600 instead of {mode:04o}");
        let private = PrivateKey::from_openssh(io::read_to_string(file)?)
            .context("it is not in OpenSSH's format: make one with ssh-keygen -t ed25519, or remove it")?;
        let Some(public) = private.public_key().key_data().ed25519() else {
            bail!("it is not an Ed25519 key: make one with ssh-keygen -t ed25519, or remove it")
        };
        let public = public.0;
        ensure!(!private.is_encrypted(), "it has a passphrase: remove that with ssh-keygen -p");
        Ok(Self { private, public })
    }

    fn publish(&self, path: &Path) -> Result<()> {
        let (public, line) = (public_path(path), self.private.public_key().to_openssh()? + "\n");
        if fs::read_to_string(&public).is_ok_and(|there| there == line) {
            return Ok(());
        }
        let write = || -> io::Result<()> {
            let mut new = Builder::new().prefix(".new-").tempfile_in(folder(path))?;
            new.write_all(line.as_bytes())?;
            new.as_file().set_permissions(Permissions::from_mode(0o644))?;
            new.persist(&public).map(drop).map_err(|it| it.error)
        };
        write().with_context(|| format!("{} cannot be written", public.display()))
    }

    fn generate(path: &Path) -> Result<()> {
        let mut seed = [0; 32];
        OsRng.fill_bytes(&mut seed);
        let private = PrivateKey::new(KeypairData::Ed25519(Ed25519Keypair::from_seed(&seed)), "gpu-lease")?;
        // Nobody else may read a temporary file. If another gateway was faster, its key stays.
        let mut new = Builder::new().prefix(".new-").tempfile_in(folder(path))?;
        new.write_all(private.to_openssh(LineEnding::LF)?.as_bytes())?;
        new.as_file().sync_all()?;
        match new.persist_noclobber(path) {
            Err(error) if error.error.kind() != io::ErrorKind::AlreadyExists => Err(error.error.into()),
            _ => Ok(()),
        }
    }
}

fn folder(path: &Path) -> &Path {
    path.parent().filter(|it| *it != Path::new("")).unwrap_or(Path::new("."))
}

fn public_path(path: &Path) -> PathBuf {
    path.with_added_extension("pub")
}

fn is_absent(error: &anyhow::Error) -> bool {
    error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::NotFound)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn a_key_is_made_once_for_its_owner_alone_and_found_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("host_key");
        let made = HostKey::load_or_generate(&path).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
        let found = HostKey::load_or_generate(&path).unwrap();
        assert_eq!(found.public(), made.public());
        assert_eq!(found.fingerprint(), made.fingerprint());
        assert!(made.fingerprint().starts_with("SHA256:"));
        let other = HostKey::load_or_generate(&folder.path().join("other")).unwrap();
        assert_ne!(other.public(), made.public());
    }

    #[test]
    fn a_key_that_others_may_read_is_refused_and_the_error_says_what_to_do() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("host_key");
        HostKey::load_or_generate(&path).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o640)).unwrap();
        let error = format!("{:#}", HostKey::load_or_generate(&path).err().unwrap());
        assert!(error.contains("set its mode to 0600 instead of 0640"), "{error}");
    }

    #[test]
    fn its_public_half_is_there_for_everybody_and_is_written_again_when_the_key_is_another() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("host_key");
        assert_eq!(HostKey::public_at(&path).unwrap(), None);
        let made = HostKey::load_or_generate(&path).unwrap();
        assert_eq!(HostKey::public_at(&path).unwrap(), Some(made.public()));
        assert_eq!(fs::metadata(folder.path().join("host_key.pub")).unwrap().mode() & 0o777, 0o644);
        fs::remove_file(&path).unwrap();
        let other = HostKey::load_or_generate(&path).unwrap();
        assert_ne!(made.public(), other.public());
        assert_eq!(HostKey::public_at(&path).unwrap(), Some(other.public()));
    }

    #[test]
    fn a_public_half_that_leads_elsewhere_or_is_none_is_refused_with_what_to_do() {
        let folder = tempfile::tempdir().unwrap();
        let (path, public) = (folder.path().join("host_key"), folder.path().join("host_key.pub"));
        HostKey::load_or_generate(&folder.path().join("other")).unwrap();
        symlink(folder.path().join("other.pub"), &public).unwrap();
        let refusal = || format!("{:#}", HostKey::public_at(&path).unwrap_err());
        assert!(refusal().contains("remove it, and start the gateway again"), "{}", refusal());
        fs::remove_file(&public).unwrap();
        fs::write(&public, "root:x:0:0").unwrap();
        assert!(refusal().contains("not a public key"), "{}", refusal());
        assert!(!refusal().contains("root"), "{}", refusal());
    }

    #[test]
    fn what_is_no_key_is_kept_and_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("host_key");
        fs::write(&path, "nonsense").unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
        assert!(HostKey::load_or_generate(&path).is_err());
        assert_eq!(fs::read_to_string(&path).unwrap(), "nonsense");
    }
}
